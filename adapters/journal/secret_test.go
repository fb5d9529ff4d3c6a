package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// noTrace fails for every file of the journal in which one of secrets stands.
func noTrace(t *testing.T, when, dir string, secrets ...[]byte) {
	t.Helper()
	for name, text := range files(t, dir) {
		for _, s := range secrets {
			if bytes.Contains(text, s) {
				t.Errorf("%s: %.20q stands in %s", when, s, name)
			}
		}
	}
}

// wrappedKeys returns the wrapped keys of the messages about the canary.
func wrappedKeys(t *testing.T, j *Journal) (keys [][]byte) {
	t.Helper()
	err := j.read(t.Context(), func(c *conn) error {
		return c.query(`SELECT wrapped FROM message WHERE wrapped IS NOT NULL`, nil, func(r row) error {
			keys = append(keys, r.blob(0))
			return nil
		})
	})
	if err != nil || len(keys) == 0 {
		t.Fatalf("%d keys: %v", len(keys), err)
	}
	return keys
}

// A citizen's number goes through every path of the journal and is found in no
// file of it; erased, the keys of his messages are in no file either.
func TestCanary(t *testing.T) {
	j, c := start(t)
	var others []string
	for n := range 40 {
		m := letter(n)
		if n%2 == 1 {
			m.Patient = "another citizen"
			others = append(others, m.ID)
		}
		m.Body = append(m.Body, bytes.Repeat([]byte(canary), 10*n*n)...) // also on overflow pages
		m.Destinations = append(m.Destinations, Destination{Name: "psychiatry", Held: Reason{"consent-missing", "of " + canary}})
		accept(t, j, m)
		if r, err := j.Accept(t.Context(), m); err != nil || r.Verdict != Duplicate { // duplicate
			t.Fatalf("got %+v, %v", r, err)
		}
		m.Body = []byte(canary)
		if r, err := j.Accept(t.Context(), m); err != nil || r.Verdict != Conflict { // conflict
			t.Fatalf("got %+v, %v", r, err)
		}
	}
	for i, o := range []Outcome{
		{State: Retry, Reason: Reason{"no-answer", canary}, Answer: []byte(canary), Audit: Audit{Detail: canary}},
		{State: Dead, Reason: Reason{"refused", canary}, Answer: []byte(canary)},
	} {
		a := attempt(t, j, due(t, j, i == 1)[0])
		if err := j.Store(t.Context(), a, []Part{{"translation/gp", []byte(canary)}}); err != nil {
			t.Fatal(err)
		}
		reply := letter(1000 + i)
		o.Reply = &reply
		finish(t, j, a, o)
	}
	if err := j.Note(t.Context(), "read", "kommune", others[0], canary, Audit{Actor: canary, Detail: canary}); err != nil {
		t.Fatal(err)
	}
	noTrace(t, "in use", j.dir, []byte(canary))
	keys := wrappedKeys(t, j)
	inFile := false
	for _, text := range files(t, j.dir) {
		inFile = inFile || bytes.Contains(text, keys[0])
	}
	if !inFile {
		t.Fatal("the search does not find a wrapped key that is there")
	}
	for _, e := range []string{"kommune", "kommune"} { // the second time there is nothing left
		n, err := j.EraseCitizen(t.Context(), e, canary, Audit{Actor: "dpo", Detail: canary})
		if err != nil || n != 22 && n != 0 {
			t.Fatalf("erase: got %d, %v", n, err)
		}
	}
	left := wrappedKeys(t, j)
	if len(left) != len(others) {
		t.Errorf("keys left: got %d, want %d", len(left), len(others))
	}
	gone := keys[:0]
	for _, k := range keys {
		if !bytes.Contains(bytes.Join(left, nil), k) {
			gone = append(gone, k)
		}
	}
	if len(gone) != 22 {
		t.Errorf("keys gone: got %d, want 22", len(gone))
	}
	noTrace(t, "erased", j.dir, append(gone, []byte(canary))...)
	if p, err := j.Original(t.Context(), others[0]); err != nil || !strings.Contains(string(p.Body), canary) {
		t.Errorf("another's message: got %v", err)
	}
	trail, err := j.Audit(t.Context(), Trail{Tenant: "kommune", Patient: canary})
	if err != nil || len(trail) == 0 || trail[len(trail)-1].Event != "erase" {
		t.Errorf("who saw what: got %d rows, %v", len(trail), err)
	}
	verify(t, j)
	c.add(31 * 24 * time.Hour)
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := j.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	noTrace(t, "closed", j.dir, append(gone, []byte(canary))...)
	noTrace(t, "backup", filepath.Dir(backup), append(gone, []byte(canary))...)
}

// An erased message is known and cannot be read, sent or sent in again.
func TestErase(t *testing.T) {
	j, _ := start(t)
	m, behind := letter(1), letter(2)
	accept(t, j, m)
	accept(t, j, behind)
	a := attempt(t, j, due(t, j, false)[0])
	if err := j.Erase(t.Context(), m.ID, Audit{Actor: "dpo"}); !errors.Is(err, ErrState) {
		t.Errorf("while it is sent: got %v", err)
	}
	finish(t, j, a, Outcome{State: Dead, Reason: Reason{Code: "refused"}})
	if err := j.Erase(t.Context(), m.ID, Audit{Actor: "dpo"}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Original(t.Context(), m.ID); !errors.Is(err, ErrErased) {
		t.Errorf("read: got %v", err)
	}
	if r, err := j.Accept(t.Context(), letter(1)); err != nil || r.Verdict != Duplicate || !r.Erased || r.Answer != nil || r.ID != m.ID {
		t.Errorf("sent again: got %+v, %v", r, err)
	}
	l, err := j.Life(t.Context(), m.ID)
	if err != nil || !l.Summary.Erased || l.Summary.States[0].State != Released {
		t.Errorf("life: got %+v, %v", l, err)
	}
	if ids := due(t, j, false); len(ids) != 1 {
		t.Errorf("what stood behind it: got %v", ids)
	}
	verify(t, j)
}

// A bit that is not what it was is found wherever it stands, and the body is
// never given out altered.
func TestFlippedBits(t *testing.T) {
	for column, sql := range map[string]string{
		"body":        `UPDATE body SET sealed=?1||substr(sealed,2)`,
		"envelope":    `UPDATE message SET sealed=?1||substr(sealed,2)`,
		"key":         `UPDATE message SET wrapped=?1||substr(wrapped,2)`,
		"sender":      `UPDATE message SET sender='bosted-2' WHERE ?1 IS NOT NULL`,
		"route":       `UPDATE message SET version='8' WHERE ?1 IS NOT NULL`,
		"destination": `UPDATE delivery SET destination='press' WHERE ?1 IS NOT NULL`,
		"lost body":   `DELETE FROM body WHERE ?1 IS NOT NULL`,
		"moved body":  `UPDATE body SET sealed=(SELECT sealed FROM body WHERE message=2) WHERE message=1 AND ?1 IS NOT NULL`,
		"part":        `UPDATE body SET part='translation' WHERE ?1 IS NOT NULL`,
	} {
		j, _ := start(t)
		accept(t, j, letter(1))
		accept(t, j, letter(2))
		err := j.write(t.Context(), small, func(x *tx) error { return x.exec(sql, []byte{0}) })
		if err != nil {
			t.Fatalf("%s: %v", column, err)
		}
		a, err := j.Attempt(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := j.Open(t.Context(), a); !errors.Is(err, ErrCorrupt) || p.Body != nil {
			t.Errorf("%s: got %+v, %v, want ErrCorrupt", column, p, err)
		}
	}
}

// A row of the audit that was changed, taken out, put in, or cut off the end is
// named.
func TestAuditIsTamperEvident(t *testing.T) {
	for name, tt := range map[string]struct {
		sql  string
		want string
	}{
		"event":       {`UPDATE audit SET event='read' WHERE seq=3`, "audit[3]"},
		"time":        {`UPDATE audit SET at=at+1 WHERE seq=4`, "audit[4]"},
		"text":        {`UPDATE audit SET sealed=x'00' WHERE seq=2`, "audit[2]"},
		"moved word":  {`UPDATE audit SET event='acc', code='epted' WHERE seq=1`, "audit[1]"},
		"hash":        {`UPDATE audit SET hash=zeroblob(32) WHERE seq=5`, "audit[5]"},
		"taken out":   {`DELETE FROM audit WHERE seq=3`, "audit[3]"},
		"first":       {`DELETE FROM audit WHERE seq=1`, "audit[1]"},
		"cut off":     {`DELETE FROM audit WHERE seq>=4`, "audit[4]"},
		"all cut off": {`DELETE FROM audit`, "audit[1]"},
		"put in":      {`INSERT INTO audit SELECT 6, at, event, code, tenant, message, destination, patient, sealed, hash FROM audit WHERE seq=5`, "audit[6]"},
	} {
		j, _ := start(t)
		for n := range 5 {
			accept(t, j, letter(n))
		}
		head := verify(t, j)
		if head.Seq != 5 {
			t.Fatalf("head: got %v", head)
		}
		if _, err := j.Verify(t.Context(), head); err != nil {
			t.Errorf("%s: the head that was kept: got %v", name, err)
		}
		if err := j.write(t.Context(), small, func(x *tx) error { return x.exec(tt.sql) }); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := j.Verify(t.Context(), Head{}); !errors.Is(err, ErrCorrupt) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
	// A chain that was computed anew from its first row on is whole, and not the
	// one whose head was kept.
	j, _ := start(t)
	accept(t, j, letter(1))
	head := verify(t, j)
	head.Hash[0]++
	if _, err := j.Verify(t.Context(), head); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another chain: got %v", err)
	}
	if _, err := j.Verify(t.Context(), Head{Seq: 9}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a head beyond the end: got %v", err)
	}
}

// The key file is the owner's, is never overwritten, and says what is wrong
// with it.
func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := InitKeys(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v, %v", info.Mode(), err)
	}
	if err := InitKeys(path); err == nil {
		t.Error("made again: got no error")
	}
	k, err := OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := k.Wrap(t.Context(), "a", []byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Unwrap(t.Context(), "b", w); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another tenant: got %v", err)
	}
	before, _ := k.MAC(t.Context(), "a", []byte(canary))
	if err := RotateKeys(path); err != nil {
		t.Fatal(err)
	}
	rotated, err := OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := rotated.Unwrap(t.Context(), "a", w); err != nil || string(key) != "key" {
		t.Errorf("wrapped before the rotation: got %q, %v", key, err)
	}
	if n, err := rotated.Wrap(t.Context(), "a", nil); err != nil || n.KeyID == w.KeyID {
		t.Errorf("rotated: got %v, %v", n.KeyID, err)
	}
	if after, _ := rotated.MAC(t.Context(), "a", []byte(canary)); !bytes.Equal(before, after) {
		t.Error("the index changed with the rotation")
	}
	text, _ := os.ReadFile(path)
	for name, bad := range map[string]string{
		"not json": "x", "another format": strings.Replace(string(text), keyFormat, "k", 1),
		"unknown field": strings.Replace(string(text), `"format"`, `"more": 1, "format"`, 1), "no current": strings.Replace(string(text), `"current": "`, `"current": "x`, 1),
	} {
		other := filepath.Join(t.TempDir(), "keys.json")
		os.WriteFile(other, []byte(bad), 0o600)
		if _, err := OpenKeys(other); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	os.Chmod(path, 0o644)
	if _, err := OpenKeys(path); err == nil {
		t.Error("readable by others: got no error")
	}
	if _, err := OpenKeys(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no file: got no error")
	}
}
