package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	lib "modernc.org/sqlite/lib"
)

// Bodies are kept for their time after the last delivery ended, and never taken
// from one that is open.
func TestRetention(t *testing.T) {
	j, c := start(t)
	if at, err := j.OldestBody(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("of nothing: got %v, %v", at, err)
	}
	done, open := letter(1), letter(2)
	done.Patient, open.Patient = "a", "b"
	accept(t, j, done)
	c.add(time.Hour)
	accept(t, j, open)
	born := c.Now()
	c.add(20 * 24 * time.Hour)
	finish(t, j, attempt(t, j, 1), Outcome{State: Delivered})
	for _, step := range []struct {
		after time.Duration
		want  Swept
	}{
		{0, Swept{}}, {29 * 24 * time.Hour, Swept{}}, {25 * time.Hour, Swept{Bodies: 1}}, {100 * 24 * time.Hour, Swept{Messages: 1}}, {0, Swept{}},
	} {
		c.add(step.after)
		if got, err := j.Sweep(t.Context()); err != nil || got != step.want {
			t.Errorf("%v later: got %+v, %v, want %+v", step.after, got, err, step.want)
		}
	}
	if at, err := j.OldestBody(t.Context()); err != nil || !at.Equal(born) {
		t.Errorf("oldest: got %v, %v, want %v", at, err, born)
	}
	if _, err := j.Original(t.Context(), open.ID); err != nil {
		t.Errorf("the open one: got %v", err)
	}
	if _, err := j.Life(t.Context(), done.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the forgotten one: got %v", err)
	}
	trail, err := j.Audit(t.Context(), Trail{Message: done.ID})
	if err != nil || len(trail) != 3 || trail[2].Event != "erase" || trail[2].Code != "retention" {
		t.Errorf("its audit stays: got %+v, %v", trail, err)
	}
	verify(t, j)
}

// A backup made while messages come is a journal of one moment.
func TestBackup(t *testing.T) {
	j, _ := start(t)
	m, sent := letter(1), letter(2)
	m.Patient, sent.Patient = "a", "b"
	accept(t, j, m)
	accept(t, j, sent)
	attempt(t, j, 2) // is under way
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 10; ; n++ {
			select {
			case <-stop:
				return
			default:
				if _, err := j.Accept(t.Context(), letter(n)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "backup.db")
	err := j.Backup(t.Context(), path)
	close(stop)
	<-stopped
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v, %v", info.Mode(), err)
	}
	if err := j.Backup(t.Context(), path); err == nil {
		t.Error("over an existing file: got no error")
	}
	dir := filepath.Join(t.TempDir(), "restored")
	if err := Restore(t.Context(), path, dir); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), path, dir); err == nil {
		t.Error("over an existing journal: got no error")
	}
	k := reopen(t, dir, j.options)
	if p, err := k.Original(t.Context(), m.ID); err != nil || string(p.Body) != string(m.Body) {
		t.Errorf("body: got %+v, %v", p, err)
	}
	if r, err := k.Accept(t.Context(), letter(1)); err != nil || r.Verdict != Duplicate || string(r.Answer) != string(m.Answer) {
		t.Errorf("duplicate: got %+v, %v", r, err)
	}
	if got := due(t, k, true); len(got) != 1 || got[0] != 2 {
		t.Errorf("what was under way: got %v, want 2", got)
	}
	accept(t, k, letter(5))
	verify(t, k)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 4096; at < len(text)/2; at++ {
		text[at] ^= 0xff
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), path, filepath.Join(t.TempDir(), "x")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged backup: got %v", err)
	}
}

// A damaged file, another program's, or one of a newer tolk is refused.
func TestOpenRefuses(t *testing.T) {
	keys := testKeys(t)
	for name, damage := range map[string]func(c *conn, path string) error{
		"another program": func(c *conn, _ string) error {
			return c.script("PRAGMA application_id=1", "PRAGMA user_version=1")
		},
		"newer": func(c *conn, _ string) error { return c.script("PRAGMA user_version=99") },
		"no database": func(c *conn, path string) error {
			return os.WriteFile(path, []byte("this is not a database, and longer than a header of one hundred bytes would be, or so it seems"), 0o600)
		},
		"damaged": func(c *conn, path string) error {
			text, err := os.ReadFile(path)
			for at := 4096; err == nil && at < len(text); at++ {
				text[at] = 0x55
			}
			return either(err, os.WriteFile(path, text, 0o600))
		},
	} {
		dir := t.TempDir()
		j := reopen(t, dir, Options{Keys: keys})
		accept(t, j, letter(1))
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fileName)
		c, err := connect(path, "", lib.SQLITE_OPEN_READWRITE)
		if err != nil {
			t.Fatal(err)
		}
		err = damage(c, path)
		c.close()
		if err != nil {
			t.Fatal(err)
		}
		if k, err := Open(t.Context(), dir, Options{Keys: keys}); err == nil {
			k.Close()
			t.Errorf("%s: got no error", name)
		}
	}
}

// A file of an earlier version is brought to the newest, with what is in it.
func TestMigrate(t *testing.T) {
	dir, keys := t.TempDir(), testKeys(t)
	c, err := connectFile(filepath.Join(dir, fileName), "")
	if err != nil {
		t.Fatal(err)
	}
	steps := append(slices.Clone(schemas[0]), fmt.Sprintf("PRAGMA application_id=%d", application), "PRAGMA user_version=1")
	if err := c.script(steps...); err != nil {
		t.Fatal(err)
	}
	c.close()
	j := reopen(t, dir, Options{Keys: keys})
	accept(t, j, letter(1))
	finish(t, j, attempt(t, j, due(t, j, false)[0]), Outcome{State: Delivered, SentAs: []string{"x"}})
	if _, err := j.FindSent(t.Context(), "gp", "x"); err != nil {
		t.Error(err)
	}
	verify(t, j)
}

// How long things are kept may change while the journal is open.
func TestKeep(t *testing.T) {
	j, c := start(t)
	accept(t, j, letter(1))
	finish(t, j, attempt(t, j, due(t, j, false)[0]), Outcome{State: Delivered})
	c.add(2 * time.Hour)
	if s, err := j.Sweep(t.Context()); err != nil || s.Bodies != 0 {
		t.Errorf("swept %+v, %v", s, err)
	}
	j.Keep(time.Hour, 0)
	if s, err := j.Sweep(t.Context()); err != nil || s.Bodies != 1 || s.Messages != 0 {
		t.Errorf("swept %+v, %v", s, err)
	}
	j.Keep(0, time.Hour)
	if s, err := j.Sweep(t.Context()); err != nil || s.Messages != 1 {
		t.Errorf("swept %+v, %v", s, err)
	}
}
