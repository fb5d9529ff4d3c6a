package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"tolk/adapters/journal"
	"tolk/fixtures"
	"tolk/mapping"
)

// starter is what tolk init writes, but for what is made on the machine: the keys, and
// what the example becomes.
//
//go:embed starter
var starter embed.FS

func initCommand() *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Write a folder to begin with: an example, a row of your own, a configuration",
		Long: `init writes a new folder that holds all a site begins with, and that passes:

  fixtures    a worked example: a document, what it becomes, and its ledger
  overrides   one row of a concept map that the site states otherwise, with its
              reason; it changes what the example becomes
  tolk.yaml   the configuration of a node with a sender and a receiver, and their keys
  README.md   what to run, and what to do next

The folder must be new, or empty.`,
		Example: `  tolk init aarhus
  cd aarhus && tolk test --overrides overrides fixtures`,
		Args: takes(1, "DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if dir == "" {
				return usageError("expected DIR: the name of a new folder")
			}
			if err := begin(dir); err != nil {
				return err
			}
			w := words{cmd.ErrOrStderr(), quiet}
			w.say("%s: an example, a row of the site and a configuration", dir)
			w.hint("%s says how to go on", filepath.Join(dir, "README.md"))
			w.hint("tolk test --overrides %s %s", shellWord(filepath.Join(dir, "overrides")), shellWord(filepath.Join(dir, "fixtures")))
			return nil
		},
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "nothing on stderr but errors")
	return cmd
}

// begun is a folder that is being written: all that was made in it, in that order.
type begun struct {
	dir  string
	made []string
}

// begin writes the folder, and takes away again what it made where it could not be
// finished.
func begin(dir string) (err error) {
	b := &begun{dir: dir}
	defer func() {
		if err != nil {
			b.takeBack()
		}
	}()
	for _, step := range []func() error{b.folder, b.starter, b.keys, b.cases} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// folder makes the folder and those it is in, or refuses one that holds something.
func (b *begun) folder() error {
	there, err := os.ReadDir(b.dir)
	switch {
	case err == nil && len(there) > 0:
		return &mapping.Error{Kind: mapping.Invalid, Path: b.dir, Message: "the folder is not empty; expected a new one"}
	case err == nil:
		return nil
	case !os.IsNotExist(err):
		return &mapping.Error{Kind: mapping.Invalid, Path: b.dir, Message: "it is no folder; expected a new one", Err: err}
	}
	var missing []string
	for dir := filepath.Clean(b.dir); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); err == nil || !os.IsNotExist(err) {
			break
		}
		missing = append(missing, dir)
	}
	for _, dir := range slices.Backward(missing) {
		if err := b.mkdir(dir); err != nil {
			return err
		}
	}
	return nil
}

// mkdir makes a folder that was not there.
func (b *begun) mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return unwritable(dir, err)
	}
	b.made = append(b.made, dir)
	return nil
}

// write writes a file that was not there, and follows no link to where it would
// overwrite what is another's.
func (b *begun) write(file string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return unwritable(file, err)
	}
	b.made = append(b.made, file)
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return unwritable(file, err)
	}
	return nil
}

// takeBack takes away what was made, the last first, and nothing else: a folder in
// which somebody has put something meanwhile stays.
func (b *begun) takeBack() {
	for _, name := range slices.Backward(b.made) {
		os.Remove(name)
	}
}

// starter writes what is the same for everybody.
func (b *begun) starter() error {
	return fs.WalkDir(starter, "starter", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "starter" {
			return err
		}
		short := strings.TrimPrefix(name, "starter/")
		if short == "gitignore" { // which go:embed would leave out under its own name
			short = ".gitignore"
		}
		file := filepath.Join(b.dir, filepath.FromSlash(short))
		if d.IsDir() {
			return b.mkdir(file)
		}
		text, err := starter.ReadFile(name)
		if err != nil {
			return err
		}
		return b.write(file, text, 0o644)
	})
}

// keys makes the keys of the journal, and those of the two clients: what each signs
// with, and what it is known by.
func (b *begun) keys() error {
	keys := filepath.Join(b.dir, "keys.json")
	if err := journal.InitKeys(keys); err != nil {
		return named(err, keys)
	}
	b.made = append(b.made, keys)
	for _, client := range []string{"bosted", "hjemmepleje"} {
		if err := b.client(filepath.Join(b.dir, client)); err != nil {
			return err
		}
	}
	return nil
}

// client makes the keys of one client, in files that begin with this.
func (b *begun) client(name string) error {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return &mapping.Error{Kind: mapping.Exception, Message: "no key can be made", Err: err}
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return &mapping.Error{Kind: mapping.Exception, Message: "the key cannot be written", Err: err}
	}
	if err := b.write(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwks := fmt.Sprintf(`{"keys": [{"kty": "RSA", "kid": "1", "alg": "RS384", "use": "sig", "n": %q, "e": %q}]}`+"\n",
		b64(key.N.Bytes()), b64(big.NewInt(int64(key.E)).Bytes()))
	return b.write(name+".jwks.json", []byte(jwks), 0o644)
}

// cases writes what the example becomes with the row of the site.
func (b *begun) cases() error {
	core, err := wireOver(filepath.Join(b.dir, "overrides"), "")
	if err != nil {
		return err
	}
	root := filepath.Join(b.dir, "fixtures")
	cases, err := fixtures.Load(os.DirFS(root))
	if err != nil {
		return err
	}
	for _, c := range cases {
		files, err := c.Update(core.gateway)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if files[name] == nil {
				continue
			}
			if err := b.write(filepath.Join(root, filepath.FromSlash(name)), files[name], 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func unwritable(file string, err error) error {
	return &mapping.Error{Kind: mapping.NotFound, Path: file, Message: "it cannot be written", Err: err}
}

// shellWord is a name as it is typed in a shell.
func shellWord(name string) string {
	plain := func(r rune) bool {
		return r == '/' || r == '.' || r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	if !strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
