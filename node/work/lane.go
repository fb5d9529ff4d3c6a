package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"tolk/adapters/journal"
)

// lane takes what waits for one receiver in one queue, as many at a time as it
// has places.
type lane struct {
	*station
	queue  journal.Queue
	places chan struct{}

	mu   sync.Mutex
	busy map[int64]bool // begun, and perhaps not written yet
}

// nap is the longest a lane waits without looking: the clock of the journal may
// have been set forward meanwhile.
const nap = 15 * time.Second

// run takes until taking ends; what it began goes on until ctx ends.
func (l *lane) run(taking, ctx context.Context) {
	for taking.Err() == nil {
		// Asked for before Due, so that nothing is missed between.
		changed := l.w.journal.Changed(l.to.Name)
		due, next, err := l.w.journal.Due(taking, l.queue, 4*cap(l.places))
		if err != nil {
			if taking.Err() == nil && !errors.Is(err, journal.ErrStopped) {
				l.w.o.Log.Error("what waits for a receiver cannot be read", "receiver", l.to.Name, "error", safe(err))
			}
			pause(taking, time.Second, nil, nil)
			continue
		}
		began, left, back := l.take(taking, ctx, due)
		if began > 0 {
			continue
		}
		wait := nap
		if !next.IsZero() {
			wait = min(wait, max(next.Sub(l.w.o.Now()), time.Millisecond))
		}
		if left > 0 {
			// It may not be called: whatever comes, nothing can begin before that.
			wait, changed = min(nap, left), nil
		}
		pause(taking, wait, changed, back)
	}
}

// take begins what is due, and returns how many; none, where the receiver is left
// alone, with how long it will be.
func (l *lane) take(taking, ctx context.Context, due []journal.Due) (began int, left time.Duration, back <-chan struct{}) {
	for _, d := range due {
		if l.is(d.Delivery) {
			continue
		}
		select {
		case l.places <- struct{}{}:
		case <-taking.Done():
			return began, 0, nil
		}
		p, left, back := l.gate.enter(l.w.o.Now())
		if p == nil {
			<-l.places
			return began, max(left, time.Millisecond), back
		}
		began++
		l.begin(taking, ctx, d, p)
	}
	return began, 0, nil
}

func (l *lane) is(delivery int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy[delivery]
}

// begin makes an attempt beside the others.
func (l *lane) begin(taking, ctx context.Context, d journal.Due, p *pass) {
	l.mu.Lock()
	l.busy[d.Delivery] = true
	l.mu.Unlock()
	l.lanes.Add(1)
	free := sync.OnceFunc(func() { <-l.places })
	go func() {
		defer l.lanes.Done()
		defer func() {
			l.mu.Lock()
			delete(l.busy, d.Delivery)
			l.mu.Unlock()
			p.leave()
			free()
		}()
		t := &attempt{station: l.station, pass: p, slow: free, taking: taking, rerun: !l.queue.Retries && d.Attempts > 0}
		t.make(ctx, d)
	}()
}

// pause waits for a time, or until something is closed.
func pause(ctx context.Context, d time.Duration, first, second <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-first:
	case <-second:
	}
}
