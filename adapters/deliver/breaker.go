package deliver

import (
	"sync"
	"time"
)

// Breaker keeps attempts from a receiver that does not answer. After Failures
// in a row it is open and lets nobody through for Pause, which doubles up to
// Longest; then it lets one through, whose outcome closes or opens it again.
// Only what says something of the receiver counts: a message it refuses is an
// answer.
type Breaker struct {
	Failures int
	Pause    time.Duration
	Longest  time.Duration

	mu      sync.Mutex
	failed  int
	pause   time.Duration
	until   time.Time // open until then; zero is closed
	probing bool      // the one is under way
}

// NewBreaker returns a closed breaker that opens after five failures, for half
// a minute up to five.
func NewBreaker() *Breaker {
	return &Breaker{Failures: 5, Pause: 30 * time.Second, Longest: 5 * time.Minute}
}

// Allow reports whether an attempt may be made now, and if not, how long it
// will be before one may. Whoever is allowed must report.
func (b *Breaker) Allow(now time.Time) (bool, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch left := b.until.Sub(now); {
	case b.until.IsZero():
		return true, 0
	case left > 0 && left <= b.pause: // a longer one is a clock that was set back
		return false, left
	case b.probing:
		return false, b.Pause
	}
	b.probing = true
	return true, 0
}

// Report tells how an attempt that was allowed ended.
func (b *Breaker) Report(now time.Time, v Verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probe := b.probing
	if v.Class != Retry {
		b.failed, b.pause, b.until, b.probing = 0, 0, time.Time{}, false
		return
	}
	b.failed++
	switch {
	case probe:
		b.pause = min(2*b.pause, b.Longest)
	case b.until.IsZero() && b.failed >= b.Failures:
		b.pause = b.Pause
	default: // of one that was under way when it opened
		return
	}
	b.until, b.probing = now.Add(max(b.pause, v.After)), false
	b.pause = b.until.Sub(now)
}

// Open reports whether the breaker keeps attempts away.
func (b *Breaker) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.until.IsZero()
}
