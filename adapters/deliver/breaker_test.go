package deliver

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever attempts come to, in whatever order they report, and however the clock
// jumps: an open breaker never has two on the way, and never keeps everybody away
// for longer than it says.
func TestBreakerLetsOneThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, now, flying := NewBreaker(), noon, 0
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			open := b.Open()
			switch rapid.SampledFrom([]string{"allow", "allow", "report", "skip", "wait", "jump"}).Draw(t, "step") {
			case "allow":
				ok, left := b.Allow(now)
				switch {
				case !open && (!ok || left != 0):
					t.Fatalf("closed: got %v, %v", ok, left)
				case open && ok && flying > 0:
					t.Fatalf("open: let a second one through beside %d", flying)
				case !ok && (left <= 0 || left > b.Longest):
					t.Fatalf("open: got %v, at most %v", left, b.Longest)
				case !ok && flying == 0:
					if again, _ := b.Allow(now.Add(left)); !again {
						t.Fatalf("nobody on the way, and nobody let through after %v", left)
					}
					b.TakeBack()
				case ok:
					flying++
				}
			case "report":
				if flying == 0 {
					continue
				}
				v := rapid.SampledFrom([]Verdict{{Class: Retry}, {Class: Retry}, {Class: Retry, After: time.Hour}, {Class: Delivered}, {Class: Dead}}).Draw(t, "verdict")
				flying--
				b.Report(now, v)
				if v.Class != Retry && b.Open() {
					t.Fatalf("open after %+v", v)
				}
			case "skip":
				if flying > 0 {
					flying--
					b.TakeBack()
				}
			case "wait":
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(6*time.Minute)).Draw(t, "wait")))
			case "jump":
				now = now.Add(time.Duration(rapid.Int64Range(int64(-100*time.Hour), int64(100*time.Hour)).Draw(t, "jump")))
			}
		}
		for ; flying > 0; flying-- {
			b.Report(now, Verdict{Class: Retry})
		}
		if _, left := b.Allow(now); left > 0 {
			if ok, _ := b.Allow(now.Add(left)); !ok {
				t.Fatalf("everybody has reported, and nobody is let through after %v", left)
			}
		}
	})
}

// Of many who ask at once when the pause is over exactly one is let through.
func TestBreakerAtOnce(t *testing.T) {
	b := NewBreaker()
	for range b.Failures {
		b.Allow(noon)
		b.Report(noon, Verdict{Class: Retry})
	}
	for round := range 50 {
		now := noon.Add(time.Duration(round+1) * time.Hour)
		var through atomic.Int32
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				if ok, _ := b.Allow(now); ok {
					through.Add(1)
				}
			})
		}
		if all.Wait(); through.Load() != 1 {
			t.Fatalf("%d let through", through.Load())
		}
		if round%2 == 0 {
			b.Report(now, Verdict{Class: Retry})
		} else {
			b.TakeBack()
		}
	}
}

// Somebody who was on the way when the breaker opened is waited for, and what he
// comes to is not taken for the outcome of the one.
func TestBreakerLate(t *testing.T) {
	b, fail := NewBreaker(), Verdict{Class: Retry}
	for range b.Failures + 2 {
		b.Allow(noon)
	}
	for range b.Failures {
		b.Report(noon, fail)
	}
	later := noon.Add(time.Minute)
	for late := range 2 {
		if ok, left := b.Allow(later); ok || left != b.Pause {
			t.Fatalf("beside %d: got %v, %v", 2-late, ok, left)
		}
		b.Report(later, fail)
	}
	if ok, _ := b.Allow(later); !ok {
		t.Fatal("nobody let through")
	}
	if ok, _ := b.Allow(later); ok {
		t.Fatal("two let through")
	}
	b.TakeBack() // no attempt was made
	if ok, _ := b.Allow(later); !ok {
		t.Fatal("nobody let through after a skip")
	}
	b.Report(later, fail)
	if ok, left := b.Allow(later); ok || left != time.Minute {
		t.Errorf("got %v, %v", ok, left)
	}
	if ok, _ := b.Allow(later.Add(-1000 * time.Hour)); !ok {
		t.Error("a clock that was set back keeps everybody away")
	}
}
