package journal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tolk/adapters/journal/faulty"
)

// Whatever of a message is not as it was written: its life is told as far as it
// stands, and says that it is damaged.
func TestLifeOfDamaged(t *testing.T) {
	for column, sql := range map[string]string{
		"envelope": `UPDATE message SET sealed=?1||substr(sealed,2)`,
		"key":      `UPDATE message SET wrapped=?1||substr(wrapped,2)`,
		"key id":   `UPDATE message SET keyid='gone' WHERE ?1 IS NOT NULL`,
		"route":    `UPDATE message SET version='8' WHERE ?1 IS NOT NULL`,
		"attempt":  `UPDATE attempt SET sealed=?1||substr(sealed,2)`,
		"audit":    `UPDATE audit SET sealed=?1||substr(sealed,2) WHERE event='dead'`,
	} {
		j, _ := start(t)
		m := letter(1)
		accept(t, j, m)
		finish(t, j, attempt(t, j, due(t, j, false)[0]), Outcome{State: Dead, Reason: Reason{Code: "http-422", Text: "no such patient"}, Answer: []byte("no"), Audit: Audit{Actor: "tolk"}})
		if l, err := j.Life(t.Context(), m.ID); err != nil || l.Damaged {
			t.Fatalf("%s: before: %+v, %v", column, l, err)
		}
		if err := j.write(t.Context(), small, func(x *tx) error { return x.exec(sql, []byte{0}) }); err != nil {
			t.Fatal(err)
		}
		l, err := j.Life(t.Context(), m.ID)
		if err != nil || !l.Damaged {
			t.Errorf("%s: damaged %v, %v", column, l.Damaged, err)
			continue
		}
		if l.Summary.ID != m.ID || len(l.Summary.States) != 1 || l.Summary.States[0].State != Dead || len(l.Tries) != 1 || len(l.Audit) != 2 || l.Envelope.Sender != m.Sender {
			t.Errorf("%s: got %+v", column, l)
		}
	}
}

// forget takes the entries of a table out of one of its indexes, and leaves the
// table: as a page of the index that was written wrongly.
func forget(t *testing.T, j *Journal, index string) {
	t.Helper()
	var sql string
	err := j.read(t.Context(), func(c *conn) error {
		_, err := c.one(`SELECT sql FROM sqlite_schema WHERE name=?`, []any{index}, func(r row) { sql = r.text(0) })
		return err
	})
	if err != nil || sql == "" {
		t.Fatalf("no index %s: %v", index, err)
	}
	// The index is made over none of the rows, and then said to be over all.
	some := sql + " AND seq<0"
	if !strings.Contains(sql, "WHERE") {
		some = sql + " WHERE rowid<0"
	}
	err = j.submit(t.Context(), &job{alone: true, do: func(x *tx) error {
		return x.script("DROP INDEX "+index, some, "PRAGMA writable_schema=ON",
			"UPDATE sqlite_schema SET sql='"+strings.ReplaceAll(sql, "'", "''")+"' WHERE name='"+index+"'", "PRAGMA writable_schema=RESET")
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// An index that lacks what its table has is made anew at the start, and said so;
// what nobody would have found is found.
func TestIndexIsMadeAnew(t *testing.T) {
	for _, index := range []string{"delivery_due", "audit_message"} {
		var said bytes.Buffer
		c := newClock()
		o := Options{Keys: testKeys(t), Now: c.Now, Log: slog.New(slog.NewTextHandler(&said, nil))}
		j := reopen(t, t.TempDir(), o)
		for n := range 20 {
			m := letter(n)
			m.Patient = ""
			accept(t, j, m)
		}
		forget(t, j, index)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if said.Len() > 0 {
			t.Errorf("%s: %s", index, said.String())
		}
		j = reopen(t, j.dir, o)
		if got := due(t, j, false); len(got) != 20 {
			t.Errorf("%s: %d of 20 are due", index, len(got))
		}
		if !strings.Contains(said.String(), "made anew") {
			t.Errorf("%s: nothing is said of it", index)
		}
		verify(t, j)
	}
}

// What is wrong with an index alone is told from what is wrong with a table.
func TestOfIndex(t *testing.T) {
	for said, want := range map[string]bool{
		"row 12 missing from index delivery_due": true, "wrong # of entries in index audit_message": true,
		"row 3 values differ from index x": true, "non-unique entry in index sqlite_autoindex_message_1": true,
		"Tree 12 page 34 cell 5: Rowid 7 out of order": false, "NULL value in message.id": false, "*** in database main ***": false,
	} {
		if got := ofIndex.MatchString(said); got != want {
			t.Errorf("%s: of an index: %v", said, got)
		}
	}
}

// What was accepted while the clock was ahead is due when it is set back, and
// what is to be tried again is not later than it was told to be: also where only
// the writer ever saw the time ahead.
func TestClockAhead(t *testing.T) {
	j, c := start(t)
	c.add(72 * time.Hour)
	accept(t, j, letter(1))
	m := letter(2)
	m.Patient = "2"
	accept(t, j, m)
	first := attempt(t, j, 1)
	finish(t, j, first, Outcome{State: Retry, Reason: Reason{Code: "no-answer"}, After: time.Minute})
	c.add(-72 * time.Hour)
	if got := due(t, j, false); fmt.Sprint(got) != "[2]" {
		t.Errorf("never tried: got %v", got)
	}
	c.add(time.Minute)
	if got := due(t, j, true); fmt.Sprint(got) != "[1]" {
		t.Errorf("to be tried again: got %v", got)
	}
}

// A part's size is told where it is asked for, and nothing where it is not there.
func TestDueBytes(t *testing.T) {
	j, _ := start(t)
	accept(t, j, letter(1))
	a := attempt(t, j, 1)
	if err := j.Store(t.Context(), a, []Part{{"translation:gp", make([]byte, 5000)}}); err != nil {
		t.Fatal(err)
	}
	finish(t, j, a, Outcome{State: Retry, Reason: Reason{Code: InMailbox}})
	for part, want := range map[string]bool{"translation:gp": true, "translation:press": false, "": false} {
		list, _, err := j.Due(t.Context(), Queue{Destination: "gp", Letters: true, Part: part}, 10)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v, %v", part, list, err)
		}
		if got := list[0].Bytes; (got >= 5000 && got < 5100) != want || !want && got != 0 {
			t.Errorf("%s: %d bytes", part, got)
		}
	}
}

// An attempt finds its message though the index of the names has lost it, and a
// message that is gone is not found.
func TestOpenByRow(t *testing.T) {
	j, _ := start(t)
	m := letter(1)
	accept(t, j, m)
	a := attempt(t, j, 1)
	a.message++
	if _, err := j.Open(t.Context(), a); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	a.message--
	a.Message = letter(2).ID
	if _, err := j.Open(t.Context(), a); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

// An attempt at a message whose key cannot be read ends all the same.
func TestFinishOfDamaged(t *testing.T) {
	j, _ := start(t)
	m := letter(1)
	accept(t, j, m)
	a := attempt(t, j, 1)
	if err := j.write(t.Context(), small, func(x *tx) error { return x.exec(`UPDATE message SET wrapped=?||substr(wrapped,2)`, []byte{0}) }); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Open(t.Context(), a); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
	finish(t, j, a, Outcome{State: Dead, Reason: Reason{Code: "corrupt", Text: "its key"}, Answer: []byte("no")})
	l, err := j.Life(t.Context(), m.ID)
	if s := l.Summary.States[0]; err != nil || s.State != Dead || s.Code != "corrupt" || !l.Damaged {
		t.Errorf("got %+v, %v", l, err)
	}
}

// A full disk takes what belongs to messages under way as long as the log, once
// its content lies in the file, can be written over.
func TestFullAndTheLogIsLong(t *testing.T) {
	d := faulty.New()
	keys, dir := testKeys(t), t.TempDir()
	j := reopen(t, dir, Options{Keys: keys, VFS: d.Name, Ballast: 64 << 10})
	for i := range 20 {
		accept(t, j, letter(i))
	}
	// The log may not grow; what lies in the file may be written over.
	room := 0
	d.Break(func(op faulty.Op, name string) int32 {
		switch {
		case op != faulty.Write:
		case !strings.HasSuffix(name, "-wal"):
			room = 100
		case room == 0:
			return faulty.NoSpace
		default:
			room--
		}
		return 0
	})
	const n = 100
	for i := range n {
		if first, err := j.Once(t.Context(), "gp", fmt.Sprint("jti-", i), time.Now().Add(time.Minute)); !first || err != nil {
			t.Fatalf("%d: %v, %v", i, first, err)
		}
	}
	if _, err := j.Accept(t.Context(), letter(n)); !errors.Is(err, ErrFull) {
		t.Errorf("new work: %v", err)
	}
	d.Break(nil)
}
