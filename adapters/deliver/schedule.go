package deliver

import (
	"math/rand/v2"
	"time"

	"tolk/mapping/exchange"
)

// Schedule says when a message is sent again, and when no more.
type Schedule struct {
	First time.Duration // after the first attempt, at most; doubles with each
	Most  time.Duration
	Until time.Duration // from when it was accepted
	// Draw returns a wait of at least 0 and less than span; nil draws one of them
	// all. Tests put a seeded one here.
	Draw func(span time.Duration) time.Duration
}

// Usual waits up to a second after the first attempt and up to a quarter of an
// hour later on, for three days.
var Usual = Schedule{First: time.Second, Most: 15 * time.Minute, Until: 72 * time.Hour}

// For returns the usual schedule for as long as a receiver's messages are tried.
func For(r *exchange.Receiver) Schedule {
	s := Usual
	if r.Until > 0 {
		s.Until = r.Until
	}
	return s
}

// soonest keeps a retry from following at once.
const soonest = 100 * time.Millisecond

// Next says what follows an attempt that came to v, counted from 1, of a message
// that is age old. The wait is drawn from the whole of its span (full jitter), so
// that those who failed together do not come back together.
//
// Age is what the clock says: one that was set back makes a message live longer,
// one that was set forward past Until ends it as Expired, with its reason, after
// the next attempt that fails and never without one. Nothing here remembers a
// time, so a wrong one does no more than that.
func (s Schedule) Next(v Verdict, attempt int, age time.Duration) Verdict {
	if v.Class != Retry {
		return v
	}
	if age >= s.Until {
		return Verdict{Class: Dead, Code: Expired}
	}
	span := max(s.First, 1)
	for n := 1; n < attempt && span < s.Most; n++ {
		span *= 2
	}
	span = max(min(span, s.Most), 1)
	draw := s.Draw
	if draw == nil {
		draw = rand.N[time.Duration]
	}
	v.After = max(v.After, soonest, draw(span))
	return v
}
