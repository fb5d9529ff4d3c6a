package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// canary is the number of nobody that no file may hold in plain.
const canary = "0101909999"

// clock is a clock that stands still until it is told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// testKeys makes a key file and reads it.
func testKeys(t testing.TB) *KeyFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := InitKeys(path); err != nil {
		t.Fatal(err)
	}
	k, err := OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// reopen opens the journal in dir and closes it at the end of the test.
func reopen(t testing.TB, dir string, o Options) *Journal {
	t.Helper()
	if o.Ballast == 0 {
		o.Ballast = 64 << 10
	}
	j, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// start opens a new journal with a clock that stands still.
func start(t testing.TB) (*Journal, *clock) {
	t.Helper()
	c := newClock()
	return reopen(t, t.TempDir(), Options{Keys: testKeys(t), Now: c.Now}), c
}

// letter is a message with identifiers of its own, to the GP, about the canary.
func letter(n int) Message {
	return Message{
		ID: NewID(time.Now()), Tenant: "kommune", Sender: "bosted-1", Channel: "fhir", Document: "henvisning",
		Transport: fmt.Sprintf("t-%d", n), Bundle: fmt.Sprintf("b-%d-%s", n, canary), Header: fmt.Sprintf("h-%d", n),
		Correlation: "c-" + canary, Patient: canary,
		Body:         fmt.Appendf(nil, `{"resourceType":"Bundle","id":"%d","cpr":"%s"}`, n, canary),
		Route:        Route{Name: "to-gp", Version: "7", Why: "document henvisning, area " + canary},
		Destinations: []Destination{{Name: "gp"}},
		Audit:        Audit{Actor: "bosted-1", Purpose: "TREAT", LegalBasis: "consent", Capacity: "health", Detail: canary},
		Answer:       fmt.Appendf(nil, "answer %d for %s", n, canary),
	}
}

func accept(t testing.TB, j *Journal, m Message) {
	t.Helper()
	r, err := j.Accept(t.Context(), m)
	if err != nil || r.Verdict != Accepted {
		t.Fatalf("accept: got %+v, %v", r, err)
	}
}

// due returns the deliveries that may be attempted at the GP.
func due(t testing.TB, j *Journal, retries bool) (ids []int64) {
	t.Helper()
	list, _, err := j.Due(t.Context(), Queue{Destination: "gp", Retries: retries}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		ids = append(ids, d.Delivery)
	}
	return ids
}

func attempt(t testing.TB, j *Journal, delivery int64) Attempt {
	t.Helper()
	a, err := j.Attempt(t.Context(), delivery)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func finish(t testing.TB, j *Journal, a Attempt, o Outcome) {
	t.Helper()
	if err := j.Finish(t.Context(), a, o); err != nil {
		t.Fatal(err)
	}
}

func verify(t testing.TB, j *Journal) Head {
	t.Helper()
	head, err := j.Verify(t.Context(), Head{})
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// What was accepted is delivered as it was sent, and its life can be told.
func TestLife(t *testing.T) {
	j, c := start(t)
	m := letter(1)
	accept(t, j, m)
	ids := due(t, j, false)
	if len(ids) != 1 {
		t.Fatalf("due: got %v, want one", ids)
	}
	a := attempt(t, j, ids[0])
	if err := j.Store(t.Context(), a, []Part{{"translation/gp", []byte("oversat " + canary)}}); err != nil {
		t.Fatal(err)
	}
	p, err := j.Open(t.Context(), a)
	if err != nil || !bytes.Equal(p.Body, m.Body) || p.Envelope.Bundle != m.Bundle || p.Envelope.Route != m.Route ||
		len(p.Parts) != 1 || string(p.Parts[0].Body) != "oversat "+canary {
		t.Errorf("open: got %+v, %v", p, err)
	}
	finish(t, j, a, Outcome{State: Retry, Reason: Reason{"no-answer", "nobody of " + canary}, After: time.Minute, Audit: Audit{Actor: "tolk"}})
	if got := due(t, j, true); got != nil {
		t.Errorf("due at once: got %v", got)
	}
	_, next, _ := j.Due(t.Context(), Queue{Destination: "gp", Retries: true}, 1)
	if want := c.Now().Add(time.Minute); !next.Equal(want) {
		t.Errorf("next: got %v, want %v", next, want)
	}
	c.add(time.Minute)
	b := attempt(t, j, due(t, j, true)[0])
	if b.Number != 2 || b.Message != m.ID {
		t.Errorf("second attempt: got %+v", b)
	}
	if err := j.Finish(t.Context(), a, Outcome{State: Delivered}); !errors.Is(err, ErrState) {
		t.Errorf("the first attempt ends again: got %v", err)
	}
	finish(t, j, b, Outcome{State: Delivered, Answer: []byte("thanks"), Audit: Audit{Actor: "tolk", Maps: "3"}})
	l, err := j.Life(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, e := range l.Audit {
		events = append(events, e.Event)
	}
	if got, want := strings.Join(events, " "), "accepted retry delivered"; got != want {
		t.Errorf("events: got %s, want %s", got, want)
	}
	if len(l.Tries) != 2 || l.Tries[0].Reason.Text != "nobody of "+canary || string(l.Tries[1].Answer) != "thanks" {
		t.Errorf("tries: got %+v", l.Tries)
	}
	if s := l.Summary.States; len(s) != 1 || s[0].State != Delivered || s[0].Attempts != 2 {
		t.Errorf("states: got %+v", s)
	}
	if l.Audit[0].Audit != m.Audit {
		t.Errorf("audit: got %+v, want %+v", l.Audit[0].Audit, m.Audit)
	}
	verify(t, j)
	state := Delivered
	for name, f := range map[string]Filter{
		"patient": {Tenant: "kommune", Patient: canary}, "sender": {Sender: "bosted-1"}, "state": {State: &state, Destination: "gp"},
		"time": {From: c.Now().Add(-time.Hour), To: c.Now()},
	} {
		if list, err := j.List(t.Context(), f); err != nil || len(list) != 1 || list[0].ID != m.ID {
			t.Errorf("list by %s: got %+v, %v", name, list, err)
		}
	}
	if list, err := j.List(t.Context(), Filter{Tenant: "other", Patient: canary}); err != nil || len(list) != 0 {
		t.Errorf("another tenant's list: got %+v, %v", list, err)
	}
	counts, err := j.Counts(t.Context())
	if err != nil || len(counts) != 0 {
		t.Errorf("counts: got %+v, %v", counts, err)
	}
}

// files returns the content of every file of the journal.
func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d files: %v", len(entries), err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = text
	}
	return all
}

// The shapes in which a journal says no.
func TestRefusals(t *testing.T) {
	j, _ := start(t)
	for name, change := range map[string]func(*Message){
		"id":        func(m *Message) { m.ID = "1" },
		"sender":    func(m *Message) { m.Sender = "" },
		"person":    func(m *Message) { m.Sender = "bosted-010190-9999" },
		"tenant":    func(m *Message) { m.Tenant = "a b" },
		"held":      func(m *Message) { m.Destinations[0].Held = Reason{Text: "no word for it"} },
		"receiver":  func(m *Message) { m.Destinations[0].Name = "" },
		"too large": func(m *Message) { m.Body = make([]byte, 64<<20+1) },
	} {
		m := letter(1)
		change(&m)
		if r, err := j.Accept(t.Context(), m); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: got %+v, %v", name, r, err)
		}
	}
	m := letter(2)
	accept(t, j, m)
	again := letter(3)
	again.ID = m.ID
	if _, err := j.Accept(t.Context(), again); err == nil {
		t.Error("an identifier of ours for two messages: got no error")
	}
	if _, err := j.Attempt(t.Context(), 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such delivery: got %v", err)
	}
	if _, err := j.Life(t.Context(), NewID(time.Now())); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such message: got %v", err)
	}
	if _, err := Open(t.Context(), j.dir, Options{Keys: j.keys}); !errors.Is(err, ErrBusy) {
		t.Errorf("opened twice: got %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), j.dir, Options{Keys: testKeys(t)}); err == nil {
		t.Error("opened with other keys: got no error")
	}
	if _, err := j.Accept(t.Context(), letter(4)); !errors.Is(err, ErrStopped) {
		t.Errorf("accept after close: got %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	k, _ := start(t)
	if _, err := k.Accept(cancelled, letter(5)); !errors.Is(err, ErrBusy) && !errors.Is(err, ErrUnknown) {
		t.Errorf("accept without time: got %v", err)
	}
}

// A part of a transaction that finds something wrong takes back what it wrote,
// and nothing of its neighbours.
func TestNeighbours(t *testing.T) {
	j, _ := start(t)
	var wg sync.WaitGroup
	wrong := errors.New("wrong")
	var stored sync.Map
	for n := range 200 {
		wg.Go(func() {
			if n%20 != 0 {
				m := letter(n)
				accept(t, j, m)
				stored.Store(m.ID, true)
				return
			}
			err := j.write(t.Context(), small, func(x *tx) error {
				if err := x.audit(trace{event: "wrong", tenant: "kommune"}); err != nil {
					return err
				}
				return wrong
			})
			if !errors.Is(err, wrong) {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if head := verify(t, j); head.Seq != 190 {
		t.Errorf("rows of the audit: got %d, want 190", head.Seq)
	}
	acknowledged := map[string]bool{}
	stored.Range(func(id, _ any) bool {
		acknowledged[id.(string)] = true
		return true
	})
	mustHold(t, j, acknowledged, nil)
}

// More than may wait is refused at once, and nothing of it is stored.
func TestTooMuchAtOnce(t *testing.T) {
	j, _ := start(t)
	release := make(chan struct{})
	blocked := make(chan struct{})
	go j.write(t.Context(), small, func(*tx) error {
		close(blocked)
		<-release
		return nil
	})
	<-blocked
	j.waiting.Add(queueBytes)
	if r, err := j.Accept(t.Context(), Message{}); err == nil || errors.Is(err, ErrBusy) {
		t.Errorf("what is wrong in itself: got %+v, %v", r, err)
	}
	err := j.write(t.Context(), small, func(*tx) error { return nil })
	if !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	j.waiting.Add(-queueBytes)
	cancelled, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	ran := false
	if err := j.write(cancelled, small, func(*tx) error { ran = true; return nil }); !errors.Is(err, ErrBusy) {
		t.Errorf("given up in the queue: got %v, want ErrBusy", err)
	}
	close(release)
	if err := j.write(t.Context(), small, func(*tx) error { return nil }); err != nil || ran {
		t.Errorf("afterwards: got %v, what was given up ran: %v", err, ran)
	}
}

// Prove tells whether a start with these keys would find its journal, whether a node
// runs on it or not, and changes nothing.
func TestProve(t *testing.T) {
	j, _ := start(t)
	accept(t, j, letter(1))
	others := testKeys(t)
	for _, running := range []bool{true, false} {
		before, err := os.ReadFile(filepath.Join(j.dir, fileName))
		if err != nil {
			t.Fatal(err)
		}
		if err := Prove(t.Context(), j.dir, j.keys); err != nil {
			t.Errorf("running %v: %v", running, err)
		}
		if err := Prove(t.Context(), j.dir, others); err == nil || !strings.Contains(err.Error(), "written with other keys") {
			t.Errorf("running %v, other keys: got %v", running, err)
		}
		if after, err := os.ReadFile(filepath.Join(j.dir, fileName)); err != nil || !bytes.Equal(before, after) {
			t.Errorf("running %v: the journal was changed (%v)", running, err)
		}
		if running {
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := Prove(t.Context(), t.TempDir(), others); err != nil {
		t.Errorf("no journal yet: %v", err)
	}
	if err := os.WriteFile(filepath.Join(j.dir, fileName), []byte("no journal at all, whatever it is called"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Prove(t.Context(), j.dir, others); err == nil {
		t.Error("a file that is none: got no error")
	}
}
