package node

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/node/work"
)

// hand is a clock that a test sets forward.
type hand struct{ ahead atomic.Int64 }

func (h *hand) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

func (h *hand) add(d time.Duration) { h.ahead.Add(int64(d)) }

// A letter that is not taken is given again, and can be taken late as long as it
// was not.
func TestNotTaken(t *testing.T) {
	var clock hand
	w := newWorld(t, story())
	w.now = clock.now
	w.open().run()
	r := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	first := w.one("laege", "laege-post")
	clock.add(2 * time.Minute)
	w.given.more <- struct{}{} // the watcher looks at its clock
	second := w.one("laege", "laege-post")
	if second.Message != r.ID || second.ID == first.ID || string(second.Body) != string(first.Body) {
		t.Errorf("got %s of %s, want the same letter again", second.ID, second.Message)
	}
	demandKind(t, w.Take(t.Context(), w.as("laege"), "laege-post", first.ID), mapping.BusinessRule)
	clock.add(2 * time.Minute)
	w.given.more <- struct{}{}
	for w.life(r.ID).Deliveries[0].Code != "not-taken" {
		time.Sleep(5 * time.Millisecond)
	}
	w.take("laege", "laege-post", second) // late, and nobody was given it since
	if d := w.life(r.ID).Deliveries[0]; d.State != "delivered" || d.Code != "taken" {
		t.Errorf("the delivery is %+v", d)
	}
}

// After a start a letter that was out lies ready again, and may be taken still.
func TestMailboxAfterRestart(t *testing.T) {
	w := newWorld(t, story()).open().run()
	w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	w.submit("bosted", exchange.Submission{Body: small(2, "1509819996"), Receiver: "laege-post"})
	for w.Node != nil { // the second is translated too
		h, err := w.Health(t.Context(), operator)
		if err != nil {
			t.Fatal(err)
		}
		if n := openAt(h, "laege-post", "retry"); n == 2 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	letters := w.fetch("laege", "laege-post", 2)
	if len(letters) != 2 {
		t.Fatalf("got %d letters", len(letters))
	}
	for range 6 { // it is no poison, however often the node ends while it is out
		w.close()
		w.open().run()
	}
	w.take("laege", "laege-post", letters[0])
	again := w.one("laege", "laege-post")
	if again.Message != letters[1].Message || again.ID == letters[1].ID {
		t.Errorf("got %s of %s", again.ID, again.Message)
	}
	demandKind(t, w.Take(t.Context(), w.as("laege"), "laege-post", letters[1].ID), mapping.BusinessRule)
	w.take("laege", "laege-post", again)
}

func openAt(h []exchange.Health, receiver, state string) int {
	for _, r := range h {
		if r.Receiver == receiver {
			return r.Open[state]
		}
	}
	return 0
}

// Of one citizen the next letter comes when the one before it was taken, and of
// many who fetch at once each letter goes to one.
func TestFetchOrderAndOnce(t *testing.T) {
	w := newWorld(t, story()).open().run()
	first := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	second := w.submit("bosted", exchange.Submission{Body: small(2, citizenNumber), Receiver: "laege-post"})
	others := map[string]bool{}
	for n := range 20 {
		r := w.submit("bosted", exchange.Submission{Body: small(10+n, somebody(n)), Receiver: "laege-post"})
		others[r.ID] = true
	}
	var mu sync.Mutex
	got := map[string]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				letters, err := w.Fetch(ctx, w.as("laege"), "laege-post", 3)
				cancel()
				if err != nil {
					t.Errorf("fetching: %v", err)
				}
				if len(letters) == 0 {
					return
				}
				mu.Lock()
				for _, l := range letters {
					got[l.Message]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if got[first.ID] != 1 || got[second.ID] != 0 {
		t.Errorf("of the citizen with two, the first came %d times and the second %d", got[first.ID], got[second.ID])
	}
	for id := range others {
		if got[id] != 1 {
			t.Errorf("%s came %d times", id, got[id])
		}
	}
}

// Who fetches when nothing is there waits for the first letter, and goes with
// nothing when his time is up.
func TestLongPoll(t *testing.T) {
	w := newWorld(t, story()).open().run()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if letters, err := w.Fetch(ctx, w.as("laege"), "laege-post", 1); len(letters) != 0 || err != nil {
		t.Errorf("got %v, %v", letters, err)
	}
	came := make(chan exchange.Letter, 1)
	go func() { came <- w.one("laege", "laege-post") }()
	time.Sleep(20 * time.Millisecond)
	r := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	if l := <-came; l.Message != r.ID {
		t.Errorf("got the letter of %s", l.Message)
	}
	for _, letter := range []string{"", "1", "1.", "a.b", "0.1", "01.1", "99.1", "1.99"} {
		demandKind(t, w.Take(t.Context(), w.as("laege"), "laege-post", letter), mapping.NotFound)
	}
	demandKind(t, w.Take(t.Context(), w.as("laege"), "bosted-post", "1.2"), mapping.NotFound)
}

// An attempt by the configuration before may end late, and make a letter for a
// mailbox that is gone.
func TestLetterForAMailboxThatIsGone(t *testing.T) {
	began, goOn := make(chan struct{}), make(chan struct{})
	var first sync.Once
	w := newWorld(t, story())
	w.tune = func(o *work.Options) {
		core := o.Core
		o.Core = func() *work.Core {
			first.Do(func() { close(began); <-goOn })
			return core()
		}
	}
	w.open().run()
	r := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	<-began
	next := story()
	next.Version, next.Receiver("laege-post").Mailbox = "abcdef012345", nil
	next.Receiver("laege-post").Folder = &exchange.Folder{Path: t.TempDir()}
	if err := w.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // the watcher looks, and there is no letter yet
	close(goOn)
	w.state(r.ID, "delivered")
}

// When a receiver ceases to be a mailbox, what lay there is sent as it is reached
// now.
func TestNoMailboxAnyMore(t *testing.T) {
	w := newWorld(t, story()).open().run()
	r := w.submit("bosted", exchange.Submission{Body: small(1, citizenNumber), Receiver: "laege-post"})
	for w.life(r.ID).Deliveries[0].Code != "in-mailbox" {
		time.Sleep(5 * time.Millisecond)
	}
	next := story()
	next.Version, next.Receiver("laege-post").Mailbox = "abcdef012345", nil
	dir := t.TempDir()
	next.Receiver("laege-post").Folder = &exchange.Folder{Path: dir}
	if err := w.Reload(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if d := w.state(r.ID, "delivered"); d.Why == "" {
		t.Errorf("the delivery is %+v", d)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("the folder has %d files, %v", len(files), err)
	}
	if _, err := w.Fetch(t.Context(), w.as("laege"), "laege-post", 1); codeOf(err) != string(mapping.NotFound) {
		t.Errorf("the mailbox is fetched from: %v", err)
	}
}

// Whoever goes while letters are given to him loses none: they are known to be
// out, and are given again.
func TestGoneWhileFetching(t *testing.T) {
	var clock hand
	w := newWorld(t, story())
	w.now = clock.now
	w.open().run()
	const n = 30
	for i := range n {
		w.submit("bosted", exchange.Submission{Body: small(i, somebody(i)), Receiver: "laege-post"})
	}
	for {
		h, err := w.Health(t.Context(), operator)
		if err != nil {
			t.Fatal(err)
		}
		if openAt(h, "laege-post", "retry") == n {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	out := map[string]bool{}
	for i := range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*i)*20*time.Microsecond)
		letters, err := w.Fetch(ctx, w.as("laege"), "laege-post", 2)
		cancel()
		if err != nil {
			t.Errorf("fetching: %v", err)
		}
		for _, l := range letters {
			out[l.Message] = true
		}
	}
	h, err := w.Health(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	if sending := openAt(h, "laege-post", "sending"); sending != len(out) {
		t.Errorf("%d are out, %d were given", sending, len(out))
	}
	clock.add(time.Hour)
	w.given.wake()
	all := map[string]bool{}
	for len(all) < n {
		for _, l := range w.fetch("laege", "laege-post", 100) {
			all[l.Message] = true
			w.take("laege", "laege-post", l)
		}
	}
}
