package work

import (
	"sync"
	"time"

	"tolk/adapters/deliver"
)

// gate is the breaker of one receiver, and tells who waits there when somebody
// came back.
type gate struct {
	breaker *deliver.Breaker

	mu    sync.Mutex
	until time.Time // when it is asked again, while it is open
	since time.Time // since when it is open
	back  chan struct{}
}

func newGate(l Limits) *gate {
	return &gate{breaker: &deliver.Breaker{Failures: l.Failures, Pause: l.Pause, Longest: l.Longest}, back: make(chan struct{})}
}

// pass is the permission to make one attempt. Whoever has one gives it back.
type pass struct {
	gate     *gate
	reported bool
}

// enter asks whether an attempt may begin. Otherwise it returns how long it will
// be at most, and what is closed when it may be sooner.
func (g *gate) enter(now time.Time) (p *pass, left time.Duration, back <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ok, left := g.breaker.Allow(now)
	if ok {
		return &pass{gate: g}, 0, nil
	}
	g.until = now.Add(left)
	return nil, left, g.back
}

// sent tells what came of sending, and returns whether the receiver is left alone
// from now on, or answers again.
func (p *pass) sent(now time.Time, v deliver.Verdict) (opened, closed bool) {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.breaker.Open()
	g.breaker.Report(now, v)
	after := g.breaker.Open()
	p.reported = true
	if after && !before {
		g.since = now
	}
	return after && !before, before && !after
}

// leave gives the permission back, whether anything was sent or not.
func (p *pass) leave() {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if !p.reported {
		g.breaker.TakeBack()
	}
	if g.breaker.Open() || !p.reported {
		close(g.back)
		g.back = make(chan struct{})
	}
}

// down tells whether the receiver is left alone, since when, and until when.
func (g *gate) down() (is bool, since, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.breaker.Open(), g.since, g.until
}
