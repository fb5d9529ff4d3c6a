package exchange

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/rules"
)

// What counts where the file says nothing.
const (
	defaultTenant      = "tolk"
	defaultConcurrency = 4
	defaultBytes       = 16 << 20
	defaultUntil       = 72 * time.Hour
	defaultTimeout     = 30 * time.Second
	defaultAgain       = 5 * time.Minute
	defaultBodies      = 30 * day
	defaultIdentifiers = 90 * day
	defaultWaiting     = time.Hour

	day = 24 * time.Hour
)

// Parse reads a configuration and checks the whole of it. name is what errors
// call the file, and read reads the files that it names (JWK Sets). The error is
// a rules.List with file:line:column as path: everything that is wrong, not only
// the first of it, unless the file is not YAML or has a key that nothing knows.
func Parse(text []byte, name string, read func(path string) ([]byte, error)) (*Config, error) {
	var f file
	p := &parser{name: name, text: text, read: read}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, rules.List{{Kind: mapping.Required, Path: name, Message: "the file is empty; expected clients, receivers and routes"}}
	}
	if line := second(text); line > 0 {
		return nil, rules.List{{Kind: mapping.Structure, Path: fmt.Sprintf("%s:%d:1", name, line), Message: "another YAML document begins here and would not be read; expected one in the file"}}
	}
	if err := rules.Decode(p, name, &f); err != nil {
		return nil, rules.List{err}
	}
	sum := sha256.Sum256(text)
	c := &Config{Version: hex.EncodeToString(sum[:])[:12], Public: f.Public}
	p.node(&f, c)
	p.clients(f.Clients, c)
	p.receivers(f.Receivers, c)
	p.routes(f.Routes, c)
	p.relations(c)
	if len(p.faults) > 0 {
		return nil, p.faults
	}
	return c, nil
}

// second returns the line where a second YAML document begins, 0 if none does.
func second(text []byte) int {
	content := false
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimRight(line, " \r\t")
		marker := line == "---" || strings.HasPrefix(line, "--- ")
		if marker && content {
			return i + 1
		}
		content = content || marker || line != "" && strings.TrimLeft(line, " ")[0] != '#'
	}
	return 0
}

// parser notes what is wrong with one file. It is the file system of that file.
type parser struct {
	name   string
	text   []byte
	read   func(path string) ([]byte, error)
	faults rules.List
}

// fault notes what is wrong at a path of the file ($.clients[0].id).
func (p *parser) fault(at, format string, args ...any) {
	p.faults = append(p.faults, &mapping.Error{Kind: mapping.Invalid, Path: rules.Place(p, p.name, at), Message: fmt.Sprintf(format, args...)})
}

// node reads what is of the node itself.
func (p *parser) node(f *file, c *Config) {
	if c.Public != "" {
		p.url(c.Public, "$.public", reach{loopback: true})
	}
	c.Keep = Keep{
		Bodies:      p.duration(f.Keep.Bodies, "$.keep.bodies", defaultBodies, time.Hour, 3650*day),
		Identifiers: p.duration(f.Keep.Identifiers, "$.keep.identifiers", defaultIdentifiers, day, 3650*day),
	}
	c.Alarms = Alarms{
		Webhook: f.Alarms.Webhook, Insecure: f.Alarms.Insecure,
		Networks: p.networks(f.Alarms.Networks, "$.alarms.networks"),
		Waiting:  p.duration(f.Alarms.Waiting, "$.alarms.waiting", defaultWaiting, time.Minute, 30*day),
	}
	if c.Alarms.Webhook != "" {
		p.url(c.Alarms.Webhook, "$.alarms.webhook", reach{networks: c.Alarms.Networks, insecure: c.Alarms.Insecure})
	}
}

// plain reports whether a text can be a name: of small letters, digits and
// hyphens, and no number of a citizen. Names stand in logs and in addresses.
func plain(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		strings.Trim(name, "-") == name && !citizen(name)
}

// unique checks a name that must be the only one of its kind.
func (p *parser) unique(name, at string, seen []string) {
	switch {
	case !plain(name):
		p.fault(at, "expected a name of small letters, digits and hyphens")
	case slices.Contains(seen, name):
		p.fault(at, "%s is the name of another one already", name)
	}
}

// oneOf checks that a word is among those that can be meant.
func (p *parser) oneOf(word string, known []string, at string) {
	if slices.Contains(known, word) {
		return
	}
	if len(known) == 0 {
		p.fault(at, "there is none to name yet")
		return
	}
	p.fault(at, "expected %s%s", oneOf(known), mapping.Meant(word, known))
}

// each checks a list of words, none of which may stand twice.
func (p *parser) each(words, known []string, at string) {
	for i, word := range words {
		here := fmt.Sprintf("%s[%d]", at, i)
		p.oneOf(word, known, here)
		if slices.Contains(words[:i], word) {
			p.fault(here, "%s stands in the list already", word)
		}
	}
}

// said checks a text for people: one line, and nothing of a citizen in it.
func (p *parser) said(text, at string) {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) || len(text) > 300 {
		p.fault(at, "expected one line of at most 300 characters")
	}
	if citizen(text) {
		p.fault(at, "there is a number of a citizen in this; it stands in logs")
	}
}

// duration reads a time: 30s, 5m, 72h, 30d.
func (p *parser) duration(text, at string, unsaid, least, most time.Duration) time.Duration {
	if text == "" {
		return unsaid
	}
	d, err := parseDuration(text)
	switch {
	case err != nil:
		p.fault(at, "expected a time such as 30s, 5m, 72h or 30d")
	case d < least || d > most:
		p.fault(at, "expected a time from %s to %s", span(least), span(most))
	}
	return d
}

func parseDuration(text string) (time.Duration, error) {
	days, whole := strings.CutSuffix(text, "d")
	if !whole {
		return time.ParseDuration(text)
	}
	n, ok := count(days, 10000)
	if !ok {
		return 0, errors.New("no number of days")
	}
	return time.Duration(n) * day, nil
}

// span writes a time as it is written in the file.
func span(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.of && d%unit.of == 0 {
			return fmt.Sprintf("%d%s", d/unit.of, unit.name)
		}
	}
	return d.String()
}

// size reads a number of bytes: 16MiB, 512KiB, 4096.
func (p *parser) size(text, at string, unsaid int) int {
	if text == "" {
		return unsaid
	}
	const least, most = 1 << 10, 256 << 20
	digits, factor := text, 1
	for _, unit := range []struct {
		name string
		of   int
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}} {
		if cut, ok := strings.CutSuffix(text, unit.name); ok {
			digits, factor = strings.TrimSpace(cut), unit.of
		}
	}
	n, ok := count(digits, most/factor)
	if !ok || n*factor < least {
		p.fault(at, "expected a size from 1KiB to 256MiB")
		return unsaid
	}
	return n * factor
}

// count reads decimal digits, up to a number.
func count(digits string, most int) (n int, ok bool) {
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + int(c-'0'); n > most {
			return 0, false
		}
	}
	return n, digits != ""
}

// Open is that of fs.FS. The one file that there is, is read whole.
func (p *parser) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile is that of fs.ReadFileFS.
func (p *parser) ReadFile(name string) ([]byte, error) {
	if name != p.name {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return p.text, nil
}
