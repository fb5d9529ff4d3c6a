package work

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"tolk/mapping"
)

// running are the translations under way. As many run at a time as there are
// processors, and twice that; one that takes longer than patience gives its place
// to the next, and one that takes longer than its budget is left to itself: it
// cannot be ended, but it is not begun a second time while it runs.
type running struct {
	slots chan struct{}
	slow  chan struct{} // those that gave their place away

	mu    sync.Mutex
	under map[int64]*run // by delivery
}

// run is one translation. What it came to may be read when done is closed.
type run struct {
	done chan struct{}
	made *translated
	err  error
}

func newRunning() *running {
	n := 2 * runtime.GOMAXPROCS(0)
	return &running{slots: make(chan struct{}, n), slow: make(chan struct{}, 2*n), under: map[int64]*run{}}
}

// panicked is the error of a translation that did. Its text may quote the
// document, and is not in it.
type panicked struct{ stack []byte }

func (p *panicked) Error() string { return "the translation met a fault of the gateway" }

func newPanicked(v any) *panicked { return &panicked{fmt.Appendf(nil, "%T\n%s", v, debug.Stack())} }

// do runs a translation within a budget. slow is called when it takes longer than
// patience, so that those behind it go on.
func (r *running) do(ctx context.Context, delivery int64, budget, patience time.Duration, slow func(), work func() (*translated, error)) (*translated, error) {
	timer := time.NewTimer(budget)
	defer timer.Stop()
	late := &mapping.Error{Kind: mapping.Timeout, Message: "the time budget of the translation is spent"}
	select {
	case r.slots <- struct{}{}:
	case <-timer.C:
		return nil, late
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	held := true
	defer func() {
		if held {
			<-r.slots
		}
	}()
	t := r.begin(delivery, work)
	wait := time.NewTimer(patience)
	defer wait.Stop()
	for {
		select {
		case <-t.done:
			return t.made, t.err
		case <-wait.C:
			select {
			case r.slow <- struct{}{}:
				defer func() { <-r.slow }()
				<-r.slots
				held = false
				slow()
			default: // too many are slow already: it keeps its place
			}
		case <-timer.C:
			return nil, late
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// begin starts a translation, or joins the one that runs still.
func (r *running) begin(delivery int64, work func() (*translated, error)) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.under[delivery]; t != nil {
		return t
	}
	t := &run{done: make(chan struct{})}
	r.under[delivery] = t
	go func() {
		defer func() {
			if v := recover(); v != nil {
				t.made, t.err = nil, newPanicked(v)
			}
			r.mu.Lock()
			delete(r.under, delivery)
			r.mu.Unlock()
			close(t.done)
		}()
		t.made, t.err = work()
	}()
	return t
}
