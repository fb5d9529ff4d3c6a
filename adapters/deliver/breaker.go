package deliver

import (
	"sync"
	"time"
)

// Breaker keeps attempts from a receiver that does not answer. After Failures
// in a row it is open and lets nobody through for Pause, which doubles up to
// Longest; then it lets exactly one through, when nobody else is on the way any
// more, and the outcome of that one closes or opens it again. Only what says
// something of the receiver counts: a message it refuses is an answer.
type Breaker struct {
	Failures int
	Pause    time.Duration
	Longest  time.Duration

	mu      sync.Mutex
	failed  int
	pause   time.Duration
	until   time.Time // open until then; zero is closed
	flying  int       // allowed, and not reported yet
	probing bool      // the one is on the way
}

// NewBreaker returns a closed breaker that opens after five failures, for half
// a minute up to five.
func NewBreaker() *Breaker {
	return &Breaker{Failures: 5, Pause: 30 * time.Second, Longest: 5 * time.Minute}
}

// Allow reports whether an attempt may be made now, and if not, how long it
// will be before one may. Whoever is allowed must Report or TakeBack, whatever happens
// to him: until then an open breaker stays open.
func (b *Breaker) Allow(now time.Time) (bool, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch left := b.until.Sub(now); {
	case b.until.IsZero():
		b.flying++
		return true, 0
	case left > 0 && left <= b.pause: // a longer one is a clock that was set back
		return false, left
	case b.flying > 0: // the one, or somebody from before it opened
		return false, b.Pause
	}
	b.flying, b.probing = 1, true
	return true, 0
}

// TakeBack takes back what Allow allowed: no attempt was made.
func (b *Breaker) TakeBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying, b.probing = max(b.flying-1, 0), false // nobody flies beside the one
}

// Report tells how an attempt that was allowed ended.
func (b *Breaker) Report(now time.Time, v Verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probe := b.probing
	b.flying = max(b.flying-1, 0)
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
	// A receiver may ask for more than it is left alone for: others have messages
	// for it too, and one that is well again is not to be waited for.
	b.until, b.probing = now.Add(max(b.pause, min(v.After, b.Longest))), false
	b.pause = b.until.Sub(now)
}

// Open reports whether the breaker keeps attempts away.
func (b *Breaker) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.until.IsZero()
}
