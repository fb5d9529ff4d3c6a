package journal

import (
	"context"
	"errors"
	"testing"
	"time"
)

// endless is a question that SQLite never answers.
func endless(c *conn) error {
	_, err := c.number(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n`)
	return err
}

// Who asks too much is interrupted when his time is over, and does not keep others
// from their work meanwhile.
func TestAskLeavesRoomForWork(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Keys: testKeys(t)})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	const many = 4 * readers
	for range many {
		go func() { ended <- j.ask(ctx, endless) }()
	}
	for len(j.asked) < cap(j.asked) {
		time.Sleep(time.Millisecond)
	}
	accept(t, j, letter(1))
	if got := due(t, j, false); len(got) != 1 {
		t.Errorf("due: got %d", len(got))
	}
	cancel()
	for range many {
		if err := <-ended; !errors.Is(err, ErrBusy) {
			t.Errorf("got %v, want %v", err, ErrBusy)
		}
	}
	for range 2 * readers { // every connection is whole again
		if list, err := j.List(t.Context(), Filter{}); err != nil || len(list) != 1 {
			t.Errorf("got %d messages, %v", len(list), err)
		}
	}
}

// The life of a message has its first and its newest rows, however often somebody
// read it between, and says how many it leaves out.
func TestLongLife(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Keys: testKeys(t)})
	m := letter(1)
	accept(t, j, m)
	const reads = 2100
	for range reads {
		if err := j.Remark(t.Context(), Remark{Event: "read", Tenant: m.Tenant, Message: m.ID, Audit: Audit{Actor: "gp"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Remark(t.Context(), Remark{Event: "fetch", Tenant: m.Tenant, Message: m.ID, Audit: Audit{Actor: "gp"}}); err != nil {
		t.Fatal(err)
	}
	l, err := j.Life(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if first, last := l.Audit[0].Event, l.Audit[len(l.Audit)-1].Event; first != "accepted" || last != "fetch" {
		t.Errorf("from %s to %s, want from accepted to fetch", first, last)
	}
	if got := int64(len(l.Audit)) + l.Omitted; got != reads+2 || len(l.Audit) != 2000 {
		t.Errorf("%d rows and %d left out, want %d in all", len(l.Audit), l.Omitted, reads+2)
	}
	for i := 1; i < len(l.Audit); i++ {
		if l.Audit[i].Seq <= l.Audit[i-1].Seq {
			t.Fatalf("row %d is not behind the one before it", i)
		}
	}
}
