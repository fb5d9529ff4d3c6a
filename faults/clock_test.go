package faults

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"tolk/adapters/ffb"
	"tolk/adapters/journal"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/maps"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	nodes "tolk/node"
	"tolk/node/work"
	facts "tolk/schemas/terminology"
)

// clock is one that can be set. The program has no such thing, so what is about
// the clock runs here, in a node of this process.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }

// inside is a node in this process, with a clock of its own.
type inside struct {
	*nodes.Node
	t      *testing.T
	clock  *clock
	dir    string
	config *exchange.Config
	said   sink
	end    func()
}

func newInside(t *testing.T, c *configuration) *inside {
	t.Helper()
	home := t.TempDir()
	c.write(t, home)
	name := filepath.Join(home, "config.yaml")
	config, err := exchange.Parse([]byte(read(t, name)), "config.yaml", func(p string) ([]byte, error) { return os.ReadFile(filepath.Join(home, p)) })
	if err != nil {
		t.Fatal(err)
	}
	if err := journal.InitKeys(filepath.Join(home, "keys.json")); err != nil {
		t.Fatal(err)
	}
	keys, err := journal.OpenKeys(filepath.Join(home, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	n := &inside{t: t, clock: &clock{}, dir: filepath.Join(home, "data"), config: config}
	core := bareCore(t)
	n.Node, err = nodes.Open(t.Context(), nodes.Options{Dir: n.dir, Keys: keys, Config: config, Core: func() *work.Core { return core },
		Log: slog.New(slog.NewTextHandler(&n.said, nil)), Now: n.clock.now, Tune: func(o *work.Options) {
			o.Schedule = work.Waits{First: 100 * time.Millisecond, Most: time.Second}
			o.Breaker = work.Limits{Failures: 5, Pause: 200 * time.Millisecond, Longest: time.Second}
			o.Sweep, o.Watch = 200*time.Millisecond, 200*time.Millisecond
		}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	n.end = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		n.end = func() {}
		if what, found := findCitizen(n.said.bytes()); found {
			t.Errorf("the log names a citizen: %s", what)
		}
	}
	t.Cleanup(func() { n.end() })
	return n
}

// bareCore translates nothing but conditions: what goes as it came needs no more.
func bareCore(t *testing.T) *work.Core {
	t.Helper()
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	files, err := rules.Load(maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	g, err := document.New(terms, files, []document.Form{ffb.Form()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &work.Core{Tag: "bare", Gateway: g}
}

func (n *inside) caller(id string) exchange.Caller {
	return exchange.Caller{Client: n.config.Client(id), Config: n.config}
}

// submit hands a letter over, which must be acknowledged.
func (n *inside) submit(b *book, l letter) exchange.Receipt {
	n.t.Helper()
	b.offer(l)
	r, err := n.Submit(n.t.Context(), n.caller(bosted), exchange.Submission{Body: l.body, ContentType: l.kind, Receiver: l.receiver})
	if err != nil {
		n.t.Fatalf("%s: %v", l.name(), err)
	}
	b.take(l, r.ID)
	return r
}

// life is that of a message, nil for one that is not there.
func (n *inside) life(id string) *exchange.Life {
	life, err := n.Life(n.t.Context(), n.caller(overseer), id)
	if err != nil {
		return nil
	}
	return life
}

// ends waits until every message has ended.
func (n *inside) ends(b *book, limit time.Duration) {
	n.t.Helper()
	var waits *exchange.Life
	defer func() {
		if n.t.Failed() && waits != nil {
			n.t.Logf("at %s (%s ahead) one that waits: %+v\n%s", n.clock.now(), time.Duration(n.clock.ahead.Load()), *waits, n.said.tail(2000))
		}
	}()
	until(n.t, "everything has ended", limit, func() bool {
		for id := range b.taken {
			if waits = n.life(id); waits == nil || waits.Deliveries[0].State != "delivered" {
				return false
			}
		}
		return true
	})
}

// Fault 12: a clock that jumps, by an hour or by a month, ahead and back, while a
// receiver fails, costs no message its delivery, sends none without end, and lets
// none wait for the hour that the clock lost.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	to := posted("sygehus", hospital.url())
	to.Until = "30d"
	n := newInside(t, configure(to))
	b := newBook()
	hospital.behave(stumbles)
	for lane := range 8 {
		for number := 1; number <= 3; number++ {
			n.submit(b, laneLetter(lane, number, "sygehus"))
		}
	}
	for _, ahead := range []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, 20 * 24 * time.Hour, 0} {
		n.clock.set(ahead)
		time.Sleep(400 * time.Millisecond)
	}
	if asked := hospital.asked(); asked > 200 {
		t.Errorf("it was asked %d times while it failed", asked)
	}
	hospital.behave(takes)
	n.ends(b, 30*time.Second)
	for range 2 {
		for _, ahead := range []time.Duration{10 * time.Hour, -10 * time.Hour, 0} {
			n.clock.set(ahead)
			for lane := range 8 {
				n.submit(b, laneLetter(lane, 4+b.count(), "sygehus"))
			}
		}
	}
	n.ends(b, 30*time.Second)
	_, faults := b.arrived("sygehus", hospital.arrivals())
	report(t, faults)
	if got := hospital.different(); got != b.count() {
		t.Errorf("%d of %d arrived", got, b.count())
	}
	if _, err := n.Journal().Verify(t.Context(), journal.Head{}); err != nil {
		t.Errorf("the audit: %v", err)
	}
}

// Fault 18, with a clock that moves: content is erased when its time is up, and
// what it was known by later; what has not ended is kept. No file knows a citizen
// then or before, and neither does the log.
func TestRetention(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	hospital, silent := newReceiver(t), newReceiver(t)
	silent.behave(stumbles)
	late := posted("tavs", silent.url())
	late.Until = "60d"
	c := configure(posted("sygehus", hospital.url()), late)
	c.Keep = map[string]string{"bodies": "30d", "identifiers": "90d"}
	n := newInside(t, c)
	b, waiting := newBook(), newBook()
	for i := range citizens {
		l := laneLetter(i, 1, "sygehus")
		n.submit(b, l)
		l.receiver = "tavs"
		n.submit(waiting, l)
	}
	n.ends(b, 20*time.Second)
	who := n.caller(overseer)
	who.Why = "tilsyn"
	read := func(id string) error {
		_, err := n.Part(t.Context(), who, id, exchange.Original, "")
		return err
	}
	n.clock.set(29 * day)
	time.Sleep(time.Second)
	for id := range b.taken {
		if err := read(id); err != nil {
			t.Errorf("after 29 days its content is gone: %v", err)
		}
	}
	n.clock.set(31 * day)
	until(t, "the content is gone after 31 days", 20*time.Second, func() bool {
		for id := range b.taken {
			if read(id) == nil {
				return false
			}
		}
		return true
	})
	for id := range b.taken {
		if life := n.life(id); life == nil || !life.Erased {
			t.Errorf("that %s was there is not known any more: %v", id, life)
		}
	}
	for id := range waiting.taken {
		if err := read(id); err != nil {
			t.Errorf("what still waits is gone: %v", err)
		}
	}
	silent.behave(takes)
	n.ends(waiting, 30*time.Second)
	l := laneLetter(0, 1, "sygehus")
	if r := n.submit(newBook(), l); r.Verdict != exchange.Duplicate {
		t.Errorf("after 31 days the same again is %s, want a duplicate", r.Verdict)
	}
	n.clock.set(92 * day)
	until(t, "the identifiers are gone after 92 days", 20*time.Second, func() bool {
		r, err := n.Submit(t.Context(), n.caller(bosted), exchange.Submission{Body: l.body, ContentType: l.kind, Receiver: "sygehus"})
		return err == nil && r.Verdict == exchange.Accepted
	})
	n.end()
	if found := findCitizenIn(t, n.dir); len(found) > 0 {
		t.Errorf("in files: %q", found)
	}
}
