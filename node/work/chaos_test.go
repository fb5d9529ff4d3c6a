package work

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
)

// chance is how a receiver behaves, drawn anew for every attempt from what the
// test drew once.
type chance struct {
	mu     sync.Mutex
	random *rand.Rand
	weight map[string][]int // by receiver: takes, fails, takes and cuts, refuses, waits, asks to wait
}

func (c *chance) behaves(receiver string, p deliver.Parcel, _ int) behaviour {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.weight[receiver]
	sum := 0
	for _, n := range w {
		sum += n
	}
	at := c.random.IntN(sum)
	for kind, n := range w {
		if at -= n; at >= 0 {
			continue
		}
		switch kind {
		case 1:
			return failing
		case 2:
			return behaviour{takes: true, verdict: deliver.Verdict{Class: deliver.Retry, Code: deliver.NoAnswer}}
		case 3:
			return behaviour{verdict: deliver.Verdict{Class: deliver.Dead, Code: "http-422"}, said: []byte("no")}
		case 4:
			b := taken
			b.delay = time.Duration(c.random.IntN(50)) * time.Millisecond
			return b
		case 5:
			return behaviour{verdict: deliver.Verdict{Class: deliver.Retry, Code: "http-503", After: time.Duration(c.random.IntN(200)) * time.Millisecond}}
		}
		break
	}
	return taken
}

// Whatever the receivers, the maps, the documents and the process do, what was
// accepted arrives or is dead or held with its reason, once, whole, in order.
func TestOracle(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		// Each check takes a second; more of them by -rapid.checks.
		flag.Set("rapid.checks", "8")
		defer flag.Set("rapid.checks", checks.DefValue)
	}
	rapid.Check(t, func(r *rapid.T) {
		names := []string{"a", "b", "c"}
		b := newBench(t, plainReceiver("a"), plainReceiver("b"), plainReceiver("c"))
		b.config.Load().Receivers[1].Concurrency = 1
		b.options.Budget, b.options.Patience, b.options.Grace = 400*time.Millisecond, 50*time.Millisecond, 200*time.Millisecond
		b.options.Breaker = Limits{5, 50 * time.Millisecond, 100 * time.Millisecond}
		seed := rapid.Uint64().Draw(r, "seed")
		c := &chance{random: rand.New(rand.NewPCG(seed, 1)), weight: map[string][]int{}}
		for _, name := range names {
			c.weight[name] = rapid.SliceOfN(rapid.IntRange(0, 3), 6, 6).Draw(r, name)
			c.weight[name][0] += 3 // some day it takes
		}
		b.world.behaves = c.behaves
		b.start()
		var all []journal.Message
		steps := rapid.SliceOfN(rapid.SampledFrom([]string{"send", "send", "send", "send", "send", "swap", "stop", "clock", "reload"}), 10, 40).Draw(r, "steps")
		for i, step := range steps {
			switch step {
			case "send":
				m := b.message(fmt.Sprint("c", rapid.IntRange(0, 4).Draw(r, "citizen")), rapid.SampledFrom([]string{"", "", "", "", "refuse", "panic"}).Draw(r, "do"),
					slices.Clone(names[:rapid.IntRange(1, 3).Draw(r, "to")])...)
				b.accept(m)
				all = append(all, m)
			case "swap":
				b.core.Store(fakeCore(fmt.Sprint("maps-", i)))
			case "clock":
				b.clock.Add(int64(time.Duration(rapid.IntRange(-60, 60).Draw(r, "minutes")) * time.Minute))
			case "reload":
				change := *b.config.Load()
				change.Receivers = slices.Clone(change.Receivers)
				change.Receivers[0].Concurrency = 1 + i%4
				b.config.Store(&change)
				b.work.Reload()
			case "stop":
				b.stop()
				if err := b.journal.Close(); err != nil {
					t.Fatal(err)
				}
				b.open()
				b.start()
			}
		}
		b.settled(all)
		b.stop()
		b.oracle(all)
		if t.Failed() {
			r.Fatalf("seeds %d, %d", seed, b.seed)
		}
		b.journal.Close()
	})
}

// settled waits until nothing happens by itself any more. Where a citizen's message
// stopped, a person releases it, so that what stands behind it goes on; which of
// them stopped, and why, is kept for the oracle.
func (b *bench) settled(all []journal.Message) {
	b.t.Helper()
	b.until("all settle", func() bool {
		open, stopped := false, []int64(nil)
		for _, m := range all {
			for _, s := range b.life(m.ID).Summary.States {
				open = open || s.State < journal.Dead
				if (s.State == journal.Dead || s.State == journal.Held) && s.First {
					stopped = append(stopped, s.Delivery)
				}
				if s.State == journal.Dead || s.State == journal.Held {
					if s.Code == "" {
						b.t.Errorf("%s is %s at %s without a reason", m.ID, s.State, s.Destination)
					}
				}
			}
		}
		if !open {
			return true
		}
		for _, d := range stopped {
			if err := b.journal.Release(context.Background(), d, journal.Reason{Code: "given-up"}, journal.Audit{Actor: "op"}, nil); err != nil && !errors.Is(err, journal.ErrState) {
				b.t.Fatal(err)
			}
		}
		return false
	})
}
