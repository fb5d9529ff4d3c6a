package faults

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unicode/utf16"
)

// spellings are the ways in which a citizen's number may stand in a file that
// nobody meant it to stand in.
var spellings = sync.OnceValue(func() map[string][]byte {
	all := map[string][]byte{}
	for _, c := range citizens {
		n := c.number
		all[n] = []byte(n)
		all[n+" with a hyphen"] = []byte(n[:6] + "-" + n[6:])
		for name, wide := range map[string][]byte{"UTF-16LE": utf16Bytes(n, 0), "UTF-16BE": utf16Bytes(n, 1)} {
			all[n+" in "+name] = wide
		}
		all[n+" in hex"] = []byte(hex.EncodeToString([]byte(n)))
		// In base64 a text has three looks, by where it begins in a group of three
		// bytes; what the neighbours decide is left out at both ends.
		for shift := range 3 {
			padded := append(bytes.Repeat([]byte{0}, shift), n...)
			for name, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
				text := e.EncodeToString(padded)
				from := (shift*8 + 5) / 6
				to := (len(padded) * 8) / 6
				all[fmt.Sprintf("%s in %s, shifted by %d", n, name, shift)] = []byte(text[from:to])
			}
		}
	}
	return all
})

func utf16Bytes(text string, high int) []byte {
	b := make([]byte, 0, 2*len(text))
	for _, u := range utf16.Encode([]rune(text)) {
		pair := [2]byte{byte(u), byte(u >> 8)}
		b = append(b, pair[high], pair[1-high])
	}
	return b
}

// findCitizen looks for a citizen's number in every spelling.
func findCitizen(text []byte) (what string, found bool) {
	for name, spelled := range spellings() {
		if i := bytes.Index(text, spelled); i >= 0 {
			return name + " in …" + string(bytes.ToValidUTF8(text[max(0, i-60):min(len(text), i+60)], []byte("?"))), true
		}
	}
	return "", false
}

// findCitizenIn looks for one in every file of a folder.
func findCitizenIn(t *testing.T, dir string) (found []string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		text, err := os.ReadFile(name)
		if what, ok := findCitizen(text); ok {
			found = append(found, filepath.Base(name)+": "+what)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("%s: %d files read: %v", dir, files, err)
	}
	return found
}

// What looks for a citizen finds one, however it is spelled.
func TestFindCitizen(t *testing.T) {
	for _, c := range citizens {
		for _, before := range []string{"", "x", "xy"} {
			text := before + c.number + "zz"
			for name, spelled := range map[string][]byte{
				"plain": []byte(text), "UTF-16LE": utf16Bytes(text, 0), "UTF-16BE": utf16Bytes(text, 1),
				"hex": []byte(hex.EncodeToString([]byte(text))), "base64": []byte(base64.StdEncoding.EncodeToString([]byte(text))),
				"base64url": []byte(base64.RawURLEncoding.EncodeToString([]byte(text))),
			} {
				if _, found := findCitizen(spelled); !found {
					t.Errorf("%q in %s is not found", text, name)
				}
			}
		}
	}
	if what, found := findCitizen([]byte("5790000000005 999000016001 2026-11-20T09:10:00")); found {
		t.Errorf("found %s where there is none", what)
	}
}
