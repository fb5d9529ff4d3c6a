// Package work is the moving part of a node: it takes what the journal has for
// each receiver, translates it, sends it, and records how it went. It also runs a
// candidate map beside the one in force, raises alarms and sweeps.
//
// Each receiver has two lanes of its own, one for what was never tried and one
// for what is tried again, with its own places and its own breaker, so that none
// waits for another. What a message becomes for a receiver is stored before it is
// sent: every attempt sends the same bytes.
package work

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
	"tolk/mapping/receiver"
	"tolk/mapping/terminology"
)

// Core is what translates, in one version. It is immutable.
type Core struct {
	Tag     string // the version of the mappings: a word of the journal
	Gateway message.Gateway
	// Checker checks against the tables of receivers; it is read when somebody
	// checks first. Nil checks nothing: a receiver with a table gets nothing then.
	Checker func() (*receiver.Checker, error)
	// Terms tell of which areas of FSIII a document is; nil tells nothing.
	Terms *terminology.Terminology
}

// Event is something that happened, in words of the configuration: no citizen,
// and no text of anybody's.
type Event struct {
	What     string // accept, duplicate, conflict, refused, translate, send, fetch, take, alarm
	Receiver string
	Document string
	Class    string // of a send: delivered, retry, dead; of a translate: translated, verbatim, held, dead, retry; of an alarm: which
	Code     string // why, in one word
	Took     time.Duration
	Bytes    int
	Message  string // its id; empty for what is not of one message
	Trace    string // what ties spans together; the id of the message where there is none
}

// Sender makes one attempt to send to one receiver. It is used by many
// goroutines. What adapters/deliver builds are Senders.
type Sender interface {
	Send(ctx context.Context, p deliver.Parcel) (deliver.Verdict, []byte)
	Close()
}

// Options say what works, on what, and for whom. Journal, Config and Core are
// required.
type Options struct {
	Journal *journal.Journal
	// Config returns the configuration in force. After it returned another one,
	// Reload is to be called.
	Config func() *exchange.Config
	// Core returns what translates now, CoreOf what translates with a version; a
	// nil CoreOf, or a nil answer, is a version that nobody has.
	Core   func() *Core
	CoreOf func(tag string) *Core
	// Candidate returns what runs in the shadow of Core; nil, or a nil answer:
	// nothing does.
	Candidate func() *Core
	Observe   func(Event) // must not wait; may be nil
	// Ended is called when all that an earlier configuration began for a receiver has
	// ended, and must not wait; may be nil.
	Ended func()
	Log   *slog.Logger // nil: slog.Default
	Now   func() time.Time
	// Seed makes what is left to chance repeatable; 0 draws one.
	Seed uint64
	// Dial returns what sends to a receiver that is no mailbox; nil is
	// adapters/deliver. Tests and fault injection put theirs here.
	Dial func(r *exchange.Receiver, now func() time.Time) (Sender, error)
	// Webhook returns what posts alarms; nil is adapters/deliver.
	Webhook func(a exchange.Alarms, now func() time.Time) (Sender, error)

	Schedule Waits         // when it is sent again; adapters/deliver's usual waits
	Breaker  Limits        // when a receiver is left alone; adapters/deliver's usual limits
	Budget   time.Duration // of one translation; 10 s
	Patience time.Duration // how long a translation keeps others waiting; 250 ms
	Grace    time.Duration // how long attempts may go on when Run is to end; 5 s
	Watch    time.Duration // how often what waits is looked at for alarms; 15 s
	Sweep    time.Duration // how often what is kept no longer is erased; 1 h
}

// Waits are the waits of a message that is tried again: up to First after the
// first attempt, doubling up to Most.
type Waits struct{ First, Most time.Duration }

// Limits say that a receiver is left alone after Failures in a row, for Pause,
// which doubles up to Longest.
type Limits struct {
	Failures       int
	Pause, Longest time.Duration
}

// maxBroken is how many attempts a message may have that end in its translation
// before it is dead.
const maxBroken = 5

// Work is the moving part of one node. Its methods may be called by many
// goroutines.
type Work struct {
	o       Options
	journal *journal.Journal
	shadow  *shadow
	alarms  *alarms
	running *running      // translations under way
	last    chan struct{} // held by who finds out whether a message arrived everywhere

	reload   chan struct{}
	mu       sync.Mutex
	stations map[string]*station // by receiver
	random   *rand.Rand          // under mu
}

// New returns work that has not begun. Returns an error for options that lack
// something.
func New(o Options) (*Work, error) {
	if o.Journal == nil || o.Config == nil || o.Core == nil {
		return nil, &mapping.Error{Kind: mapping.Required, Path: "Options", Message: "expected Journal, Config and Core"}
	}
	o.fill()
	w := &Work{o: o, journal: o.Journal, running: newRunning(), last: make(chan struct{}, 1), reload: make(chan struct{}, 1), stations: map[string]*station{},
		random: rand.New(rand.NewPCG(o.Seed, o.Seed^0x9e3779b97f4a7c15))}
	w.shadow, w.alarms = newShadow(w), newAlarms(w)
	return w, nil
}

func (o *Options) fill() {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.Observe == nil {
		o.Observe = func(Event) {}
	}
	if o.Ended == nil {
		o.Ended = func() {}
	}
	if o.Candidate == nil {
		o.Candidate = func() *Core { return nil }
	}
	if o.Dial == nil {
		o.Dial = dial
	}
	if o.Webhook == nil {
		o.Webhook = dialWebhook
	}
	if o.Breaker.Failures == 0 {
		usual := deliver.NewBreaker()
		o.Breaker = Limits{usual.Failures, usual.Pause, usual.Longest}
	}
	if o.Schedule.First == 0 {
		o.Schedule = Waits{deliver.Usual.First, deliver.Usual.Most}
	}
	for _, d := range []struct {
		of    *time.Duration
		usual time.Duration
	}{{&o.Budget, 10 * time.Second}, {&o.Patience, 250 * time.Millisecond}, {&o.Grace, 5 * time.Second}, {&o.Watch, 15 * time.Second}, {&o.Sweep, time.Hour}} {
		if *d.of == 0 {
			*d.of = d.usual
		}
	}
}

// Run works until ctx ends, and returns when every attempt under way has ended
// and is recorded, or Options.Grace and a few seconds have passed: what is not
// recorded then the journal sends again, with the same identifiers. It returns
// nil, or what stopped the journal. It is called once.
func (w *Work) Run(ctx context.Context) error { return w.run(ctx) }

// Reload takes over the configuration that Config returns now: lanes of new
// receivers start, those of receivers that are gone end when their attempts have,
// and a receiver that changed is called as it says now.
func (w *Work) Reload() {
	select {
	case w.reload <- struct{}{}:
	default: // one is on its way already
	}
}

// Health tells where each receiver of the configuration is, and each that has
// something waiting and is not in it, in the order of their names.
func (w *Work) Health(ctx context.Context) ([]exchange.Health, error) { return w.health(ctx) }

// Shadow tells how the candidate differs from what is in force; nil when there is
// none.
func (w *Work) Shadow() *exchange.Shadowed { return w.shadow.told() }

// Finish records how an attempt ended that somebody else made, as when a letter
// is taken from a mailbox: with the acknowledgement that its sender is due, the
// event and the alarm that follow from it.
func (w *Work) Finish(ctx context.Context, a journal.Attempt, o journal.Outcome) error {
	return w.finishOther(ctx, a, o)
}
