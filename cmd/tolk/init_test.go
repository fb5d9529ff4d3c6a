package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Nothing that was there is written over, also not by way of a link that somebody put
// there meanwhile; and what is taken back is what was made.
func TestBeginLeavesWhatIsThere(t *testing.T) {
	here := t.TempDir()
	theirs := filepath.Join(here, "theirs")
	site := filepath.Join(here, "site")
	if err := os.WriteFile(theirs, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := &begun{dir: site}
	if err := b.folder(); err != nil {
		t.Fatal(err)
	}
	for name, link := range map[string]bool{"README.md": true, "hjemmepleje.pem": true, "tolk.yaml": false} {
		var err error
		if file := filepath.Join(site, name); link {
			err = os.Symlink(theirs, file)
		} else {
			err = os.WriteFile(file, []byte("theirs"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := b.write(filepath.Join(site, name), []byte("ours"), 0o644); err == nil {
			t.Errorf("%s: was written over", name)
		}
	}
	if err := b.starter(); err == nil {
		t.Error("the README that was there is written over")
	}
	if err := b.keys(); err == nil {
		t.Error("the key that was there is written over")
	}
	b.takeBack()
	if text, err := os.ReadFile(theirs); err != nil || string(text) != "theirs" {
		t.Errorf("got %q, %v", text, err)
	}
	left, err := os.ReadDir(site)
	if err != nil || len(left) != 3 {
		t.Errorf("left: %v, %v; want the three that another put there", left, err)
	}
}

// A folder that could not be finished is gone, with those that were made for it and
// no other.
func TestBeginTakesBack(t *testing.T) {
	here := t.TempDir()
	b := &begun{dir: filepath.Join(here, "a", "b", "site")}
	for _, step := range []func() error{b.folder, b.starter, b.keys, b.cases} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	b.takeBack()
	if left, err := os.ReadDir(here); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	empty := filepath.Join(here, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	b = &begun{dir: empty}
	if err := b.folder(); err != nil {
		t.Fatal(err)
	}
	b.takeBack()
	if _, err := os.Stat(empty); err != nil {
		t.Error("the folder that was there is gone")
	}
}

func TestShellWord(t *testing.T) {
	for name, want := range map[string]string{"aarhus/overrides": "aarhus/overrides", "Århus_1.2-x": "Århus_1.2-x", "a b": "'a b'", "a'b": `'a'\''b'`, "$x": "'$x'"} {
		if got := shellWord(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
