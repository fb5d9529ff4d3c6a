package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"

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
  tolk.yaml   the configuration of a node, with the keys that it names
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
			return nil
		},
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "nothing on stderr but errors")
	return cmd
}

// begin writes the folder, and takes it away again where it could not be finished.
func begin(dir string) (err error) {
	made, err := newFolder(dir)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			takeBack(dir, made)
		}
	}()
	for _, step := range []func(string) error{copyStarter, startKeys, startCases} {
		if err := step(dir); err != nil {
			return err
		}
	}
	return nil
}

// newFolder makes a folder, or refuses one that holds something.
func newFolder(dir string) (made bool, err error) {
	there, err := os.ReadDir(dir)
	switch {
	case err == nil && len(there) > 0:
		return false, &mapping.Error{Kind: mapping.Invalid, Path: dir, Message: "the folder is not empty; expected a new one"}
	case err == nil:
		return false, nil
	case !os.IsNotExist(err):
		return false, &mapping.Error{Kind: mapping.Invalid, Path: dir, Message: "it is no folder; expected a new one", Err: err}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, unwritable(dir, err)
	}
	return true, nil
}

// takeBack takes away what was written: the folder was empty before, or was not there.
func takeBack(dir string, made bool) {
	if made {
		os.RemoveAll(dir)
		return
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, f := range there {
		os.RemoveAll(filepath.Join(dir, f.Name()))
	}
}

// copyStarter writes what is the same for everybody.
func copyStarter(dir string) error {
	return fs.WalkDir(starter, "starter", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "starter" {
			return err
		}
		short := strings.TrimPrefix(name, "starter/")
		if short == "gitignore" { // which go:embed would leave out under its own name
			short = ".gitignore"
		}
		file := filepath.Join(dir, filepath.FromSlash(short))
		if d.IsDir() {
			if err := os.Mkdir(file, 0o755); err != nil {
				return unwritable(file, err)
			}
			return nil
		}
		text, err := starter.ReadFile(name)
		if err != nil {
			return err
		}
		return writeNew(file, text, 0o644)
	})
}

// startKeys makes the keys of the journal, and those of the one client: what it signs
// with, and what it is known by.
func startKeys(dir string) error {
	keys := filepath.Join(dir, "keys.json")
	if err := journal.InitKeys(keys); err != nil {
		return named(err, keys)
	}
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return &mapping.Error{Kind: mapping.Exception, Message: "no key can be made", Err: err}
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return &mapping.Error{Kind: mapping.Exception, Message: "the key cannot be written", Err: err}
	}
	if err := writeNew(filepath.Join(dir, "bosted.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwks := fmt.Sprintf(`{"keys": [{"kty": "RSA", "kid": "1", "alg": "RS384", "use": "sig", "n": %q, "e": %q}]}`+"\n",
		b64(key.N.Bytes()), b64(big.NewInt(int64(key.E)).Bytes()))
	return writeNew(filepath.Join(dir, "bosted.jwks.json"), []byte(jwks), 0o644)
}

// startCases writes what the example becomes with the row of the site.
func startCases(dir string) error {
	core, err := wireOver(filepath.Join(dir, "overrides"), "")
	if err != nil {
		return err
	}
	root := filepath.Join(dir, "fixtures")
	cases, err := fixtures.Load(os.DirFS(root))
	if err != nil {
		return err
	}
	for _, c := range cases {
		files, err := c.Update(core.gateway)
		if err != nil {
			return err
		}
		for name, text := range files {
			if text == nil {
				continue
			}
			if err := writeNew(filepath.Join(root, filepath.FromSlash(name)), text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeNew writes a file that was not there.
func writeNew(file string, text []byte, mode fs.FileMode) error {
	if err := os.WriteFile(file, text, mode); err != nil {
		return unwritable(file, err)
	}
	return nil
}

func unwritable(file string, err error) error {
	return &mapping.Error{Kind: mapping.NotFound, Path: file, Message: "it cannot be written", Err: err}
}
