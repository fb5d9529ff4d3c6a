package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tolk/adapters/api"
	"tolk/adapters/deliver"
	"tolk/adapters/token"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/receiver"
	"tolk/mapping/rules"
)

// largestConfig is how large the configuration may be, and each file it names.
const largestConfig = 4 << 20

// configured is a configuration that was read and proved, with what is made of it.
type configured struct {
	*exchange.Config
	clients map[string]*token.Client
}

// trying is the configuration where there is no file.
func trying() *configured { return &configured{Config: exchange.Try()} }

// configure reads a configuration and proves all of it: what is wrong has its
// place in the file. Files that it names are found from where it lies; it
// returns, also with an error, all that were looked at.
func configure(name string, tables func() (*receiver.Tables, error)) (_ *configured, files []string, _ error) {
	files = []string{name}
	text, err := largest(name)
	if err != nil {
		return nil, files, err
	}
	from := func(file string) string {
		if file == "" || filepath.IsAbs(file) {
			return file
		}
		return filepath.Join(filepath.Dir(name), file)
	}
	c, err := exchange.Parse(text, name, func(file string) ([]byte, error) {
		files = append(files, from(file))
		return largest(from(file))
	})
	if err != nil {
		return nil, files, err
	}
	found := &configured{Config: c, clients: map[string]*token.Client{}}
	place := func(format string, i int) string {
		at := rules.Place(os.DirFS(filepath.Dir(name)), filepath.Base(name), fmt.Sprintf(format, i))
		return filepath.Join(filepath.Dir(name), at)
	}
	var faults rules.List
	for i := range c.Clients {
		one, err := enrolled(&c.Clients[i])
		if err != nil {
			faults = append(faults, placed(err, place("$.clients[%d]", i)))
			continue
		}
		found.clients[one.ID] = one
	}
	for i := range c.Receivers {
		r := &c.Receivers[i]
		for _, file := range namedFiles(r) {
			*file = from(*file)
			files = append(files, *file)
		}
		if err := judged(r, tables); err != nil {
			faults = append(faults, placed(err, place("$.receivers[%d].check", i)))
		}
		if err := reachable(r); err != nil {
			faults = append(faults, placed(err, place("$.receivers[%d]", i)))
		}
	}
	if len(faults) > 0 {
		return nil, files, faults
	}
	return found, files, nil
}

// stamp tells whether the content of files is another one.
func stamp(files []string) string {
	sum := sha256.New()
	for _, name := range files {
		text, err := largest(name)
		fmt.Fprintf(sum, "%q %t %x\n", name, err == nil, sha256.Sum256(text))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// largest reads a file that is no larger than a configuration may be.
func largest(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "no such file"}
	}
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "the file cannot be opened", Err: err}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: name, Message: "it is a folder, expected a file"}
	}
	text, err := io.ReadAll(io.LimitReader(f, largestConfig+1))
	switch {
	case err != nil:
		return nil, &mapping.Error{Kind: mapping.Structure, Path: name, Message: "reading stopped before the end", Err: err}
	case len(text) > largestConfig:
		return nil, &mapping.Error{Kind: mapping.TooLong, Path: name, Message: "the file is larger than 4 MiB"}
	}
	return text, nil
}

// placed puts the place in the file before an error that has one in words.
func placed(err error, place string) *mapping.Error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return &mapping.Error{Kind: mapping.Invalid, Path: place, Message: "is not as it must be", Err: err}
	}
	at := *e
	if at.Path = place; e.Path != "" {
		at.Path += ": " + e.Path
	}
	return &at
}

// enrolled is a client as the authorization server knows him.
func enrolled(c *exchange.Client) (*token.Client, error) {
	keys, err := token.ParseKeys(c.JWKS)
	if err != nil {
		return nil, err
	}
	scopes, err := token.ParseScopes(api.Scopes(c.Rights))
	if err != nil {
		return nil, err
	}
	return &token.Client{ID: c.ID, Keys: keys, Scopes: scopes, Certificates: c.Certificates}, nil
}

// namedFiles are the files of a receiver.
func namedFiles(r *exchange.Receiver) (all []*string) {
	if r.HTTP == nil {
		return nil
	}
	all = []*string{&r.HTTP.Certificate, &r.HTTP.Key, &r.HTTP.Roots}
	if r.HTTP.Token != nil {
		all = append(all, &r.HTTP.Token.Key)
	}
	given := all[:0]
	for _, file := range all {
		if *file != "" {
			given = append(given, file)
		}
	}
	return given
}

// judged proves that the table of demands of a receiver is there. Without tables
// nothing is asked.
func judged(r *exchange.Receiver, tables func() (*receiver.Tables, error)) error {
	if r.Check == "" || tables == nil {
		return nil
	}
	known, err := tables()
	if err == nil {
		_, err = known.Table(r.Check)
	}
	return err
}

// reachable proves the keys and certificates that a receiver names.
func reachable(r *exchange.Receiver) error {
	if r.Mailbox != nil {
		return nil
	}
	channel, err := deliver.Open(r, time.Now)
	if err == nil {
		channel.Close()
	}
	return err
}

// follow looks at the configuration again and again, and at once when it is told
// to. One that is broken is refused as a whole, by name, and the one in force
// stays.
func (o *office) follow(ctx context.Context, every time.Duration, now <-chan os.Signal) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	tried := stamp(o.files)
	for last := tried; ; {
		told := false
		select {
		case <-ctx.Done():
			return
		case <-now:
			told = true
		case <-ticker.C:
		}
		found := stamp(o.files)
		settled := found == last
		last = found
		if !told && (!settled || found == tried) {
			continue
		}
		o.readAgain(ctx)
		last = stamp(o.files)
		tried = last
	}
}

// readAgain puts the configuration in force as it is now, if all of it is sound.
func (o *office) readAgain(ctx context.Context) {
	c, files, err := configure(o.settings.config, o.tables)
	o.files = files
	if err == nil {
		err = o.adopt(ctx, c)
	}
	if err == nil {
		o.log.Info("configuration in force", "configuration", c.Version, "clients", len(c.Clients), "receivers", len(c.Receivers), "routes", len(c.Routes))
		return
	}
	said := []string{fault(err)}
	var faults rules.List
	if errors.As(err, &faults) {
		said = nil
		for _, one := range faults {
			said = append(said, one.Error())
		}
	}
	o.log.Error("configuration refused", "errors", said, "configuration", o.force.Load().Version)
}
