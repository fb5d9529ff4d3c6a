package node

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
)

// What is nobody's fault is answered with a wait, and anything else as it is.
func TestLater(t *testing.T) {
	for _, c := range []struct {
		err  error
		full bool
		wait time.Duration
	}{
		{journal.ErrBusy, false, soon}, {journal.ErrUnknown, false, soon}, {fmt.Errorf("x: %w", journal.ErrFull), true, longer},
		{journal.ErrStopped, false, longer}, {context.DeadlineExceeded, false, soon},
	} {
		var l *exchange.Later
		if err := later(c.err); !errors.As(err, &l) || l.Full != c.full || l.After != c.wait || !errors.Is(err, c.err) {
			t.Errorf("%v: got %#v", c.err, err)
		}
	}
	if later(nil) != nil {
		t.Error("nothing is later")
	}
	if err := notFound("message"); later(err) != err {
		t.Error("what is the caller's fault is later")
	}
	if said(errors.New("2509479989")) != "" || codeOf(errors.New("x")) != string(mapping.Exception) {
		t.Error("a foreign error says something")
	}
}

// A node without what it needs is not opened.
func TestOpenRefuses(t *testing.T) {
	w := newWorld(t, story())
	for _, o := range []Options{{}, {Dir: w.dir, Config: w.config}, {Dir: w.dir, Keys: w.keys}, {Keys: w.keys, Config: w.config}} {
		if _, err := Open(t.Context(), o); codeOf(err) != string(mapping.Required) {
			t.Errorf("got %v", err)
		}
	}
	w.open()
	if _, err := Open(t.Context(), Options{Dir: w.dir, Keys: w.keys, Config: w.config}); err == nil {
		t.Error("one folder is open in two nodes")
	}
}

// When the journal has stopped nobody is told that he is refused: he is told to
// come again.
func TestStopped(t *testing.T) {
	w := newWorld(t, story()).open()
	w.Node.Close()
	_, submitted := w.Submit(t.Context(), w.as("bosted"), consented(exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"}))
	_, refused := w.Submit(t.Context(), w.as("bosted"), consented(exchange.Submission{Body: `{}`}))
	_, listed := w.List(t.Context(), operator, exchange.Filter{})
	_, lived := w.Life(t.Context(), operator, "01890000-0000-7000-8000-000000000000")
	_, fetched := w.Fetch(t.Context(), w.as("laege"), "laege-post", 1)
	taken := w.Take(t.Context(), w.as("laege"), "laege-post", "1.1")
	_, audited := w.Audit(t.Context(), operator, exchange.AuditQuery{})
	for name, err := range map[string]error{"submit": submitted, "refuse": refused, "list": listed, "life": lived, "fetch": fetched, "take": taken, "audit": audited, "ready": w.Ready()} {
		var l *exchange.Later
		if !errors.As(err, &l) {
			t.Errorf("%s: got %v, want it later", name, err)
		}
	}
}
