package faults

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/mapping/exchange"
)

// book is what the senders know: what they handed over, and what of it was
// acknowledged. It is the one side of the judgement, the receivers are the other.
type book struct {
	mu      sync.Mutex
	offered map[[32]byte]bool // everything that was ever handed over
	taken   map[string]letter // by our identifier: what was acknowledged
	faults  []string
}

func newBook() *book { return &book{offered: map[[32]byte]bool{}, taken: map[string]letter{}} }

// offer notes a letter before it is handed over.
func (b *book) offer(l letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.offered[sha256.Sum256([]byte(l.body))] = true
}

// take notes that it was acknowledged.
func (b *book) take(l letter, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.taken[id]; ok && old.body != l.body {
		b.faults = append(b.faults, fmt.Sprintf("%s was acknowledged for two letters, %s and %s", id, old.name(), l.name()))
	}
	b.taken[id] = l
}

func (b *book) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

func (b *book) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.taken)
}

// hand hands a letter over until it is acknowledged, and notes it.
func (b *book) hand(c *client, l letter, limit time.Duration) (receipt, error) {
	b.offer(l)
	r, err := c.insist(l, limit)
	if err == nil {
		b.take(l, r.ID)
	}
	return r, err
}

// final are the states after which nothing follows, and those in which a person
// finds a message with its reason.
var (
	final = []string{"delivered", "released"}
	lies  = []string{"dead", "held"}
)

// judge holds a node that has come to rest to its promise, against what the
// receivers got: those of the map, by the names they have in the configuration.
// Every one of them must be a receiver that gets the bytes as they were sent.
func (b *book) judge(t *testing.T, c *client, receivers map[string]*receiver) {
	t.Helper()
	if len(b.taken) == 0 {
		t.Fatal("nothing was acknowledged, so nothing was shown")
	}
	lives := b.lives(t, c)
	all := slices.Clone(b.faults)
	got := map[string]map[string]bool{} // receiver → our identifiers
	for name, r := range receivers {
		ids, faults := b.arrived(name, r.arrivals())
		got[name], all = ids, append(all, faults...)
	}
	for id, l := range b.taken {
		all = append(all, judgeOne(l, id, lives[id], got)...)
	}
	report(t, all)
}

// report fails the test with what is wrong, the first of it.
func report(t *testing.T, faults []string) {
	t.Helper()
	for i, f := range faults {
		if i == 20 {
			t.Errorf("and %d more", len(faults)-i)
			return
		}
		t.Error(f)
	}
}

// arrived returns which messages one receiver got, by our identifiers, and what is
// wrong with it: what was never sent, what came twice as two things, and what came
// before what stands before it in its lane.
func (b *book) arrived(name string, all []arrival) (ids map[string]bool, faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	first := map[string]arrival{}
	last := map[string]int{}
	for _, a := range all {
		if !b.offered[a.sum()] {
			fault("%s got %s with bytes that nobody sent", name, a.Request)
		}
		if before, ok := first[a.Request]; ok && before.sum() != a.sum() {
			fault("%s got %s twice, with different bytes", name, a.Request)
		} else if !ok {
			first[a.Request] = a
		}
		lane, number, ok := place(a.Body)
		if !ok {
			continue
		}
		if number < last[lane] {
			fault("%s got %s-%d after %s-%d: backwards", name, lane, number, lane, last[lane])
		}
		last[lane] = max(last[lane], number)
	}
	ids = map[string]bool{}
	keys := map[[32]byte]string{}
	for id, a := range first {
		ids[id] = true
		if l, ok := b.taken[id]; ok && sha256.Sum256([]byte(l.body)) != a.sum() {
			fault("%s got as %s something else than was acknowledged as %s", name, id, id)
		}
		if other, ok := keys[a.sum()]; ok {
			fault("%s got the same letter as %s and as %s", name, id, other)
		}
		keys[a.sum()] = id
	}
	return ids, faults
}

// lives asks the node for the life of everything that was acknowledged.
func (b *book) lives(t *testing.T, c *client) map[string]*exchange.Life {
	t.Helper()
	ids := make(chan string)
	lives := map[string]*exchange.Life{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for id := range ids {
				l, err := c.lifeOf(id)
				mu.Lock()
				if err == nil {
					lives[id] = l
				} else if !strings.Contains(err.Error(), " 404 ") {
					t.Errorf("asking for %s: %v", id, err)
				}
				mu.Unlock()
			}
		})
	}
	for id := range b.taken {
		ids <- id
	}
	close(ids)
	all.Wait()
	return lives
}

// judgeOne says what is wrong with the end of one acknowledged message, by its life
// and by what the receivers got.
func judgeOne(l letter, id string, life *exchange.Life, got map[string]map[string]bool) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if life == nil {
		return []string{fmt.Sprintf("%s (%s) was acknowledged, and the node does not know it", id, l.name())}
	}
	if len(life.Deliveries) == 0 {
		fault("%s (%s) goes nowhere", id, l.name())
	}
	for _, d := range life.Deliveries {
		ids, known := got[d.Receiver]
		switch {
		case slices.Contains(lies, d.State):
			if d.Code == "" || d.Why == "" {
				fault("%s at %s is %s, and nothing says why", id, d.Receiver, d.State)
			}
		case d.State == "delivered" && known && !ids[id]:
			fault("%s (%s) is said to be delivered to %s, which never got it", id, l.name(), d.Receiver)
		case !slices.Contains(final, d.State):
			fault("%s (%s) to %s is %s, and nothing moves any more", id, l.name(), d.Receiver, d.State)
		}
		ends := 0
		for _, s := range life.Steps {
			if s.Receiver == d.Receiver && slices.Contains(final, s.What) {
				ends++
			}
		}
		if ends > 1 || ends == 0 && slices.Contains(final, d.State) {
			fault("%s at %s is %s, and ended %d times", id, d.Receiver, d.State, ends)
		}
	}
	return faults
}

// rest waits until nothing is under way: every delivery has ended, or lies where
// a person must decide.
func rest(t *testing.T, c *client, limit time.Duration) {
	t.Helper()
	until(t, "everything delivered or lying with its reason", limit, func() bool {
		all, err := c.health()
		if err != nil {
			return false
		}
		for _, h := range all {
			for state, n := range h.Open {
				if n > 0 && !slices.Contains(lies, state) && !slices.Contains(final, state) {
					return false
				}
			}
		}
		return true
	})
}

// verify has the audit of a node checked, from the first row.
func (n *node) verify() {
	n.Helper()
	n.tolk("audit", "verify", "--data", n.data, "--keys", n.path("keys.json"))
}
