package work

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping/exchange"
)

// What an alarm is about.
const (
	alarmDead    = "dead-letter"      // a message will not arrive by itself
	alarmDown    = "receiver-down"    // it does not answer
	alarmHeld    = "held"             // a person must decide about a message
	alarmGone    = ReceiverGone       // something waits for it, and it is not in the configuration
	alarmWaiting = "waiting"          // something waits for it longer than it may
	alarmMailbox = "mailbox-unopened" // letters lie in it, and nobody fetches them
	alarmJournal = "journal-stopped"  // nothing is accepted
)

// Alarms of one thing are told once, and again after repeat while it lasts; it
// has passed when nobody raised it for settled, and its end is not told.
const (
	repeat  = time.Hour
	settled = 5 * time.Minute
)

// alarms tell people, by event and webhook. An alarm names a receiver and no
// message: whoever gets it looks the rest up.
type alarms struct {
	w     *Work
	queue chan alarm

	mu   sync.Mutex
	open map[alarmKey]*alarmState
}

type alarmKey struct{ what, receiver string }

type alarmState struct {
	since      time.Time // of what it is about
	told, last time.Time // when it was told, and when it was raised
	count      int64     // since it was told
}

// alarm is what the webhook gets.
type alarm struct {
	What     string    `json:"what"`
	Receiver string    `json:"receiver,omitempty"`
	Since    time.Time `json:"since"`
	Count    int64     `json:"count"` // times, since it was told last
}

func newAlarms(w *Work) *alarms {
	return &alarms{w: w, queue: make(chan alarm, 64), open: map[alarmKey]*alarmState{}}
}

// raise raises an alarm. It never waits.
func (a *alarms) raise(what, receiver string, since time.Time) {
	a.mu.Lock()
	now := a.w.o.Now() // under the lock, or who came second would set the clock back
	key := alarmKey{what, receiver}
	s := a.open[key]
	if s == nil || now.Before(s.last) || now.Sub(s.last) > settled && what != alarmDead && what != alarmHeld {
		s = &alarmState{since: since}
		a.open[key] = s
	}
	s.count++
	s.last = now
	tell := s.told.IsZero() || now.Sub(s.told) >= repeat
	n := alarm{what, receiver, s.since, s.count}
	if tell {
		s.told, s.count = now, 0
		if what == alarmDead || what == alarmHeld { // each is another one
			s.since = now
		}
	}
	a.mu.Unlock()
	if !tell {
		return
	}
	a.w.o.Log.Error("alarm", "what", what, "receiver", receiver, "since", since)
	a.w.o.Observe(Event{What: "alarm", Receiver: receiver, Class: what})
	select {
	case a.queue <- n:
	default: // the webhook does not answer; the log and the event have it
	}
}

// passed ends an alarm, so that the next one of its kind is told at once.
func (a *alarms) passed(what, receiver string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, alarmKey{what, receiver})
}

// breaker tells of a receiver that is left alone, or answers again.
func (a *alarms) breaker(receiver string, opened, closed bool) {
	switch {
	case opened:
		a.raise(alarmDown, receiver, a.w.o.Now())
	case closed:
		a.passed(alarmDown, receiver)
		a.w.o.Log.Info("the receiver answers again", "receiver", receiver)
	}
}

// run posts alarms until ctx ends. One that does not arrive is tried again a few
// times: the event and the log have it as well.
func (a *alarms) run(ctx context.Context) {
	var to Sender
	var of exchange.Alarms
	defer func() {
		if to != nil {
			to.Close()
		}
	}()
	for {
		var n alarm
		select {
		case <-ctx.Done():
			return
		case n = <-a.queue:
		}
		c := a.w.o.Config().Alarms
		if c.Webhook == "" {
			continue
		}
		if to == nil || c.Webhook != of.Webhook || c.Insecure != of.Insecure || !slices.Equal(c.Networks, of.Networks) {
			if to != nil {
				to.Close()
			}
			var err error
			if to, err = a.w.o.Webhook(c, a.w.o.Now); err != nil {
				a.w.o.Log.Error("the webhook of alarms cannot be called as it is configured", "error", safe(err))
				to = nil
				continue
			}
			of = c
		}
		a.post(ctx, to, n)
	}
}

// longestAlarm is how long the webhook may have an alarm wait before it is posted
// again.
const longestAlarm = 30 * time.Second

func (a *alarms) post(ctx context.Context, to Sender, n alarm) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(n); err != nil {
		return
	}
	p := deliver.Parcel{ID: journal.NewID(a.w.o.Now()), ContentType: "application/json", Body: b.Bytes()}
	for try := range 3 {
		v, _ := to.Send(ctx, p)
		if v.Class != deliver.Retry {
			return
		}
		// Others wait behind this one, however long it asks to be left alone.
		pause(ctx, min(max(v.After, time.Second<<try), longestAlarm), nil, nil)
		if ctx.Err() != nil {
			return
		}
	}
	a.w.o.Log.Error("the webhook of alarms does not answer", "what", n.What, "receiver", n.Receiver)
}

// watch looks at what waits, until ctx ends.
func (a *alarms) watch(ctx context.Context) {
	for ctx.Err() == nil {
		if err := a.look(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, journal.ErrStopped) {
			a.w.o.Log.Error("what waits cannot be counted", "error", safe(err))
		}
		pause(ctx, a.w.jitter(a.w.o.Watch), nil, nil)
	}
}

// look raises what there is to raise now.
func (a *alarms) look(ctx context.Context) error {
	now, c := a.w.o.Now(), a.w.o.Config()
	if err := a.w.journal.Ready(); err != nil {
		a.raise(alarmJournal, "", now)
	} else {
		a.passed(alarmJournal, "")
	}
	for i := range c.Receivers {
		if s := a.w.station(c.Receivers[i].Name); s != nil {
			if down, since, _ := s.gate.down(); down {
				a.raise(alarmDown, s.to.Name, since)
			}
		}
	}
	counts, err := a.w.journal.Counts(ctx)
	for _, n := range counts {
		to := c.Receiver(n.Destination)
		switch {
		case n.State == journal.Dead || n.State == journal.Held:
			continue // a person's to decide, and told of when it happened
		case to == nil:
			a.raise(alarmGone, n.Destination, n.Oldest)
		case c.Alarms.Waiting <= 0 || now.Sub(n.Oldest) <= c.Alarms.Waiting:
		case to.Mailbox != nil && n.State != journal.Waiting:
			a.raise(alarmMailbox, to.Name, n.Oldest)
		default:
			a.raise(alarmWaiting, to.Name, n.Oldest)
		}
	}
	return err
}
