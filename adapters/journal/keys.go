package journal

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"tolk/mapping"
)

// Keys wraps the keys of messages and hashes identifiers, each tenant's with
// its own key. It has the shape of a key management service: the wrapping keys
// never leave it. Its methods are called by many goroutines at once.
type Keys interface {
	// Wrap encrypts a key under the tenant's current wrapping key.
	Wrap(ctx context.Context, tenant string, key []byte) (Wrapped, error)
	// Unwrap is the inverse of Wrap, also after the wrapping key was replaced.
	// Returns ErrCorrupt for bytes that Wrap did not write for that tenant.
	Unwrap(ctx context.Context, tenant string, w Wrapped) ([]byte, error)
	// MAC returns a keyed hash of at least 16 bytes, always the same for the
	// same tenant and text.
	MAC(ctx context.Context, tenant string, text []byte) ([]byte, error)
}

// Wrapped is a key that only the holder of wrapping key KeyID can read.
type Wrapped struct {
	KeyID string
	Bytes []byte
}

// keyFile is the content of a key file. The index key is never replaced: what
// was hashed with it must be found again.
type keyFile struct {
	Format  string            `json:"format"`
	Current string            `json:"current"`
	Keys    map[string][]byte `json:"keys"`
	Index   []byte            `json:"index"`
}

const keyFormat = "tolk-keys-1"

// KeyFile is Keys in a file of one's own, for those without a key management
// service. The key of a tenant is derived from the file's by HKDF-SHA-256.
type KeyFile struct {
	file  keyFile
	wraps sync.Map // tenant and key id → cipher.AEAD
	macs  sync.Map // tenant → []byte
}

// InitKeys makes a key file, readable by its owner only. An existing file is
// never touched: whoever loses its keys loses every body.
func InitKeys(path string) error {
	f := keyFile{Format: keyFormat, Keys: map[string][]byte{}, Index: fresh(32)}
	f.add()
	return f.write(path, false)
}

// RotateKeys puts a new wrapping key into the file. What was wrapped before
// can still be read; a running KeyFile knows the new key after OpenKeys.
func RotateKeys(path string) error {
	k, err := OpenKeys(path)
	if err != nil {
		return err
	}
	k.file.add()
	return k.file.write(path, true)
}

func (f *keyFile) add() {
	f.Current = "k-" + hex.EncodeToString(fresh(6))
	f.Keys[f.Current] = fresh(32)
}

// write puts the file on disk whole or not at all.
func (f *keyFile) write(path string, replace bool) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	target := path
	if replace {
		target = path + ".new"
	}
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist) && replace:
		return &mapping.Error{Kind: mapping.Invalid, Message: "beside the key file lies one of the same name with .new, of a change that was cut off or goes on; expected it taken away", Err: err}
	case errors.Is(err, fs.ErrExist):
		return &mapping.Error{Kind: mapping.Invalid, Message: "a file of this name is there already, and keys are never written over; expected another name", Err: err}
	case err != nil:
		return &mapping.Error{Kind: mapping.Invalid, Message: "the key file cannot be written; expected a folder that is there and may be written", Err: err}
	}
	_, err = out.Write(append(text, '\n'))
	if err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	if err == nil && replace {
		err = os.Rename(target, path)
	}
	if err != nil {
		os.Remove(target)
		return err
	}
	return syncDir(filepath.Dir(path))
}

// OpenKeys reads a key file. Returns an error for a file that others may read.
func OpenKeys(path string) (*KeyFile, error) {
	refuse := func(message string, err error) (*KeyFile, error) {
		return nil, &mapping.Error{Kind: mapping.Security, Message: message, Err: err}
	}
	info, err := os.Stat(path)
	if err != nil {
		return refuse("the key file cannot be read", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return refuse("the key file may be read by others; expected mode 0600", nil)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return refuse("the key file cannot be read", err)
	}
	k := &KeyFile{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&k.file); err != nil || k.file.Format != keyFormat {
		return refuse("the key file has another format; expected "+keyFormat, nil)
	}
	if len(k.file.Index) != 32 || len(k.file.Keys[k.file.Current]) != 32 {
		return refuse("the key file has no current key or no index key of 32 bytes", nil)
	}
	return k, nil
}

// aead returns the cipher of a tenant's wrapping key.
func (k *KeyFile) aead(tenant, id string) (cipher.AEAD, error) {
	name := id + "\x00" + tenant
	if a, ok := k.wraps.Load(name); ok {
		return a.(cipher.AEAD), nil
	}
	master := k.file.Keys[id]
	if master == nil {
		return nil, &mapping.Error{Kind: mapping.Security, Message: "the key file has no key " + id, Err: ErrCorrupt}
	}
	key, err := hkdf.Key(sha256.New, master, nil, "tolk wrap "+tenant, 32)
	if err != nil {
		return nil, err
	}
	a, err := gcm(key)
	if err == nil {
		k.wraps.Store(name, a)
	}
	return a, err
}

// Wrap implements Keys.
func (k *KeyFile) Wrap(_ context.Context, tenant string, key []byte) (Wrapped, error) {
	a, err := k.aead(tenant, k.file.Current)
	if err != nil {
		return Wrapped{}, err
	}
	return Wrapped{k.file.Current, seal(a, key, nil)}, nil
}

// Unwrap implements Keys.
func (k *KeyFile) Unwrap(_ context.Context, tenant string, w Wrapped) ([]byte, error) {
	a, err := k.aead(tenant, w.KeyID)
	if err != nil {
		return nil, err
	}
	return unseal(a, w.Bytes, nil)
}

// MAC implements Keys.
func (k *KeyFile) MAC(_ context.Context, tenant string, text []byte) ([]byte, error) {
	key, ok := k.macs.Load(tenant)
	if !ok {
		derived, err := hkdf.Key(sha256.New, k.file.Index, nil, "tolk index "+tenant, 32)
		if err != nil {
			return nil, err
		}
		key, _ = k.macs.LoadOrStore(tenant, derived)
	}
	h := hmac.New(sha256.New, key.([]byte))
	h.Write(text)
	return h.Sum(nil), nil
}

// fresh returns n random bytes. Keys and nonces never come from a seed.
func fresh(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never returns an error: it ends the program instead
	return b
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal encrypts text under a fresh nonce, which stands first. What about says
// is not stored and must be said again to read the text.
func seal(a cipher.AEAD, text, about []byte) []byte {
	out := make([]byte, a.NonceSize(), a.NonceSize()+len(text)+a.Overhead())
	rand.Read(out)
	return a.Seal(out, out, text, about)
}

// unseal is the inverse of seal. Returns ErrCorrupt when a bit of it, or of
// about, is not what it was.
func unseal(a cipher.AEAD, sealed, about []byte) ([]byte, error) {
	n := a.NonceSize()
	if len(sealed) < n {
		return nil, corrupt("sealed bytes are cut short", nil)
	}
	text, err := a.Open(nil, sealed[:n], sealed[n:], about)
	if err != nil {
		return nil, corrupt("sealed bytes are not as they were written", err)
	}
	return text, nil
}

// syncDir makes the entries of a folder durable.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be opened there
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
