package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A journal that lost the end of its log, or that an older copy was put in the
// place of, does not open, and says why; without its witness it does.
func TestWitness(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := InitKeys(keys); err != nil {
		t.Fatal(err)
	}
	k, err := OpenKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	dir, older := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "older.db")
	open := func() (*Journal, error) { return Open(t.Context(), dir, Options{Keys: k, Ballast: 4096}) }
	// note writes rows, one after the other, and waits until the witness knows.
	note := func(j *Journal, rows int) {
		t.Helper()
		for range rows {
			if err := j.Note(context.Background(), "read", "tolk", "", "", Audit{Actor: "somebody"}); err != nil {
				t.Fatal(err)
			}
		}
		head, err := j.Verify(t.Context(), Head{})
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			text, _ := os.ReadFile(filepath.Join(dir, witnessName))
			if kept, whole := parseWitness(string(text)); whole && kept.head == head {
				return
			} else if time.Now().After(end) {
				t.Fatalf("the witness says %q, want %s", text, head)
			}
		}
	}
	closed := func(j *Journal, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(what string) {
		t.Helper()
		j, err := open()
		if err == nil {
			j.Close()
			t.Fatalf("%s: it opens", what)
		}
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "not what it was") {
			t.Errorf("%s: %v, want that it is not what it was", what, err)
		}
	}
	j, err := open()
	if err != nil {
		t.Fatal(err)
	}
	note(j, 5)
	closed(j, nil)
	copyTo(t, filepath.Join(dir, fileName), older)
	j, err = open()
	closed(j, err) // as it was left

	// The log as a process leaves it that is killed, with a bit turned in a page
	// whose transaction was synced long ago.
	j, err = open()
	if err != nil {
		t.Fatal(err)
	}
	note(j, 5)
	killed := filepath.Join(t.TempDir(), "killed")
	if err := os.Mkdir(killed, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fileName, fileName + "-wal", witnessName} {
		copyTo(t, filepath.Join(dir, name), filepath.Join(killed, name))
	}
	closed(j, nil)
	dir = killed
	log, err := os.ReadFile(filepath.Join(dir, fileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	const header, frame = 32, 24 + pageSize
	frames := (len(log) - header) / frame
	for _, at := range []int{10, header + 10, header + frame/2, header + frame*(frames/2) + 30} {
		turned := append([]byte(nil), log...)
		turned[at] ^= 4
		if err := os.WriteFile(filepath.Join(dir, fileName+"-wal"), turned, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(fmt.Sprintf("byte %d of the log", at))
	}

	// Each time nothing was taken away: with the log as it was all of it is there.
	if err := os.WriteFile(filepath.Join(dir, fileName+"-wal"), log, 0o600); err != nil {
		t.Fatal(err)
	}
	closed(open())

	// A bit turned anywhere in a file that was closed.
	sound, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{100, len(sound) / 2, len(sound) - 1} {
		turned := append([]byte(nil), sound...)
		turned[at] ^= 1
		if err := os.WriteFile(filepath.Join(dir, fileName), turned, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(fmt.Sprintf("byte %d of the file", at))
	}
	if err := os.WriteFile(filepath.Join(dir, fileName), sound, 0o600); err != nil {
		t.Fatal(err)
	}
	closed(open())

	// An older file in the place of the last one; and the way out.
	os.Remove(filepath.Join(dir, fileName+"-wal"))
	os.Remove(filepath.Join(dir, fileName+"-shm"))
	copyTo(t, older, filepath.Join(dir, fileName))
	refused("an older copy")
	witness := filepath.Join(dir, witnessName)
	whole, err := os.ReadFile(witness)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []string{"", "1:00", strings.Replace(string(whole), ":", ";", 1), "9" + string(whole), string(whole[:len(whole)-3])} {
		if err := os.WriteFile(witness, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := open()
		closed(j, err) // it says nothing, and is written anew
	}
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
