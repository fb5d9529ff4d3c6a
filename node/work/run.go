package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"tolk/adapters/journal"
)

func (w *Work) run(ctx context.Context) error {
	// What is under way goes on for a while when nothing more is begun.
	under, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var beside sync.WaitGroup
	for _, f := range []func(){
		func() { w.alarms.run(ctx) },
		func() { w.alarms.watch(ctx) },
		func() { w.sweep(ctx) },
		func() { w.shadow.run(ctx.Done()) },
	} {
		beside.Go(f)
	}
	w.settleAll(under, &beside)
	for running := true; running; {
		select {
		case <-ctx.Done():
			running = false
		case <-w.reload:
			w.settleAll(under, &beside)
		}
	}
	w.drain(end)
	beside.Wait()
	if err := w.journal.Ready(); errors.Is(err, journal.ErrStopped) {
		return err
	}
	return nil
}

// settleAll takes over the configuration in force. Stations that are no more end
// beside the others.
func (w *Work) settleAll(under context.Context, beside *sync.WaitGroup) {
	for _, s := range w.settle(under, w.o.Config()) {
		beside.Go(func() {
			s.end()
			w.o.Ended()
		})
	}
}

// drain ends all stations: nothing more is begun, what is under way has its grace,
// and is cut off then and recorded as to be sent again.
func (w *Work) drain(end context.CancelFunc) {
	w.mu.Lock()
	all := make([]*station, 0, len(w.stations))
	for _, s := range w.stations {
		s.stop()
		all = append(all, s)
	}
	clear(w.stations)
	w.mu.Unlock()
	late := time.AfterFunc(w.o.Grace, end)
	defer late.Stop()
	for _, s := range all {
		s.end()
	}
	end()
}

// sweep erases what is kept no longer, now and then, until ctx ends.
func (w *Work) sweep(ctx context.Context) {
	for {
		if pause(ctx, w.jitter(w.o.Sweep), nil, nil); ctx.Err() != nil {
			return
		}
		swept, err := w.journal.Sweep(ctx)
		if err == nil && swept == (journal.Swept{}) {
			err = w.journal.Purge(ctx) // what an erasure left to a reader of that moment
		}
		switch {
		case err != nil && ctx.Err() == nil && !errors.Is(err, journal.ErrBusy) && !errors.Is(err, journal.ErrStopped):
			w.o.Log.Error("what is kept no longer cannot be erased", "error", safe(err))
		case swept.Bodies > 0 || swept.Messages > 0:
			w.o.Log.Info("erased what is kept no longer", "bodies", swept.Bodies, "messages", swept.Messages)
		}
	}
}
