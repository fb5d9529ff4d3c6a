package node

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf16"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
)

// spellings are the ways in which a file could have a number.
func spellings(number string) map[string][]byte {
	wide := utf16.Encode([]rune(number))
	var big, little []byte
	for _, u := range wide {
		big, little = append(big, byte(u>>8), byte(u)), append(little, byte(u), byte(u>>8))
	}
	all := map[string][]byte{
		"plain": []byte(number), "hyphen": []byte(number[:6] + "-" + number[6:]), "UTF-16BE": big, "UTF-16LE": little,
		"hex": []byte(hex.EncodeToString([]byte(number))),
	}
	for shift := range 3 { // in base64 it looks different at each of three places
		text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), number...))
		all["base64 "+string(rune('0'+shift))] = []byte(text[(shift*8+5)/6 : (shift+len(number))*8/6])
	}
	return all
}

// absent checks that no file below a folder has a number in any spelling.
func absent(t *testing.T, dir, number string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for spelling, canary := range spellings(number) {
			if bytes.Contains(text, canary) {
				t.Errorf("%s has the number (%s)", filepath.Base(path), spelling)
			}
		}
		return nil
	})
	if err != nil || files < 2 {
		t.Errorf("looked at %d files: %v", files, err)
	}
}

// The canary goes through every path: delivered, held, a duplicate, a conflict,
// refused, answered, read, searched for. It is in no file then, and after its
// erasure what was written about it cannot be read either.
func TestCanary(t *testing.T) {
	for name, text := range spellings(citizenNumber) { // the search itself finds it
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, "a"), append([]byte("xx"), text...), 0o600)
		if found, _ := os.ReadFile(filepath.Join(dir, "a")); !bytes.Contains(found, text) || len(text) < 10 {
			t.Errorf("the spelling %s is %q", name, text)
		}
	}
	w := newWorld(t, story()).open().run()
	referred := w.submit("bosted", exchange.Submission{Body: referral(t), Receiver: "psykiatri-post"})
	w.submit("bosted", exchange.Submission{Body: referral(t), Receiver: "psykiatri-post"})
	w.take("psykiatri", "psykiatri-post", w.one("psykiatri", "psykiatri-post"))
	held := w.submit("bosted", unsendable(1, citizenNumber))
	w.state(held.ID, "held")
	care := exchange.Submission{Body: correspondence(t, uid(1), uid(2)), Receiver: "bosted-post"}
	w.submit("psykiatri", care)
	w.submit("psykiatri", changed(care))
	w.take("bosted", "bosted-post", w.one("bosted", "bosted-post"))
	w.submit("bosted", exchange.Submission{Body: acknowledged(t, correspondence(t, uid(1), uid(2)), uid(2), message.OK, 1)})
	if _, err := w.Submit(t.Context(), w.as("bosted"), exchange.Submission{Body: small(2, citizenNumber), Receiver: citizenNumber}); err == nil {
		t.Error("a receiver was found under a number")
	}
	for _, part := range []string{exchange.Original, exchange.Translation, exchange.Ledger} {
		if _, err := w.Part(t.Context(), operator, referred.ID, part, ""); err != nil {
			t.Errorf("reading the %s: %v", part, err)
		}
	}
	found, err := w.List(t.Context(), operator, exchange.Filter{Citizen: "250947-9989"})
	if err != nil || len(found) != 3 {
		t.Errorf("got %d messages about the citizen, %v; want 3", len(found), err)
	}
	absent(t, w.dir, citizenNumber)

	done, err := w.EraseCitizen(t.Context(), operator, citizenNumber, "the citizen asked for it")
	if err != nil || len(done) != 3 || slices.ContainsFunc(done, func(d exchange.Done) bool { return d.Did != exchange.Erase }) {
		t.Errorf("erasing: %+v, %v", done, err)
	}
	for _, d := range done {
		if _, err := w.Part(t.Context(), operator, d.ID, exchange.Original, ""); codeOf(err) != string(mapping.NotFound) {
			t.Errorf("the original of an erased message: %v", err)
		}
		if l := w.life(d.ID); !l.Erased || len(l.Parts) != 0 {
			t.Errorf("the life of an erased message: %+v", l)
		}
	}
	if r := w.submit("psykiatri", care); r.Verdict != exchange.Duplicate || !r.Erased || r.Answer != nil {
		t.Errorf("an erased message came again: %+v", r)
	}
	absent(t, w.dir, citizenNumber)
	w.close()
	absent(t, w.dir, citizenNumber)
	w.open()
	if _, err := w.Journal().Verify(t.Context(), zeroHead); err != nil {
		t.Errorf("the audit: %v", err)
	}
}
