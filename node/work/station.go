package work

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping/exchange"
)

// station is all that is done for one receiver, as one version of the
// configuration has it.
type station struct {
	w       *Work
	to      *exchange.Receiver
	sender  *caller // nil for a mailbox
	gate    *gate   // goes on when the receiver changes
	sending chan struct{}
	stop    context.CancelFunc // of taking more
	lanes   sync.WaitGroup     // and the attempts they began
}

// concurrency is how many attempts are made at a time, where the receiver does
// not say.
const concurrency = 4

func (w *Work) newStation(to *exchange.Receiver, g *gate) *station {
	n := to.Concurrency
	if n <= 0 {
		n = concurrency
	}
	s := &station{w: w, to: to, gate: g, sending: make(chan struct{}, n)}
	if to.Mailbox == nil {
		s.sender = &caller{dial: func() (Sender, error) { return w.o.Dial(to, w.o.Now) }, log: w.o.Log, name: to.Name}
	}
	return s
}

// start begins both lanes. ctx ends what is under way, stop only that more is
// taken.
func (s *station) start(ctx context.Context) {
	taking, stop := context.WithCancel(ctx)
	s.stop = stop
	n := cap(s.sending)
	for _, l := range []*lane{
		{station: s, queue: journal.Queue{Destination: s.to.Name}, places: make(chan struct{}, n)},
		{station: s, queue: journal.Queue{Destination: s.to.Name, Retries: true}, places: make(chan struct{}, max(1, n/2))},
	} {
		l.busy = map[int64]bool{}
		s.lanes.Add(1)
		go func() {
			defer s.lanes.Done()
			l.run(taking, ctx)
		}()
	}
}

// end waits until what the station began has ended, and hangs up.
func (s *station) end() {
	s.stop()
	s.lanes.Wait()
	if s.sender != nil {
		s.sender.Close()
	}
}

// caller is a Sender that is made when it is needed first: a file that it needs
// may come later than the configuration that names it.
type caller struct {
	name string
	dial func() (Sender, error)
	log  *slog.Logger

	mu sync.Mutex
	to Sender
}

// Send implements Sender.
func (c *caller) Send(ctx context.Context, p deliver.Parcel) (deliver.Verdict, []byte) {
	c.mu.Lock()
	if c.to == nil {
		to, err := c.dial()
		if err != nil {
			c.mu.Unlock()
			c.log.Error("a receiver cannot be called as it is configured", "receiver", c.name, "error", safe(err))
			return deliver.Verdict{Class: deliver.Retry, Code: NotConfigured}, nil
		}
		c.to = to
	}
	to := c.to
	c.mu.Unlock()
	return to.Send(ctx, p)
}

// Close hangs up.
func (c *caller) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.to != nil {
		c.to.Close()
	}
}

// station returns the one of a receiver, nil if there is none now.
func (w *Work) station(name string) *station {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stations[name]
}

// settle makes the stations those of a configuration, and returns what ends the
// ones that are no more.
func (w *Work) settle(ctx context.Context, c *exchange.Config) (ended []*station) {
	w.mu.Lock()
	defer w.mu.Unlock()
	named := map[string]bool{}
	for i := range c.Receivers {
		to := &c.Receivers[i]
		named[to.Name] = true
		old := w.stations[to.Name]
		if old != nil && reflect.DeepEqual(old.to, to) {
			continue
		}
		g := newGate(w.o.Breaker)
		if old != nil {
			if old.stop(); reflect.DeepEqual(old.to.HTTP, to.HTTP) && reflect.DeepEqual(old.to.Folder, to.Folder) {
				g = old.gate
			}
			ended = append(ended, old)
		}
		s := w.newStation(to, g)
		w.stations[to.Name] = s
		s.start(ctx)
	}
	for name, s := range w.stations {
		if !named[name] {
			s.stop()
			ended = append(ended, s)
			delete(w.stations, name)
		}
	}
	return ended
}

// draw draws a wait below span.
func (w *Work) draw(span time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Duration(w.random.Int64N(int64(max(span, 1))))
}

// jitter draws a wait around d, from three quarters of it to five.
func (w *Work) jitter(d time.Duration) time.Duration {
	return d*3/4 + w.draw(d/2)
}
