package work

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// citizen's number of a test person, which may stand in no event and no log.
const person = "2509479989"

// fakeGateway translates by wrapping, and does what a document tells it to.
type fakeGateway struct {
	tag   string
	block chan struct{} // what "forever" waits for
	calls atomic.Int64
}

func (g *fakeGateway) Recognise(d *tree.Doc) []document.Recognised {
	return []document.Recognised{{Form: "fhir", Document: document.Henvisning}}
}

func (g *fakeGateway) Translate(text string, q document.Request) (*document.Result, error) {
	g.calls.Add(1)
	switch {
	case strings.Contains(text, `"do":"panic"`):
		panic("a bug that quotes " + person)
	case strings.Contains(text, `"do":"forever"`):
		<-g.block
	case strings.Contains(text, `"do":"refuse"`):
		return nil, &mapping.Error{Kind: mapping.Value, Path: "cpr", Message: "expected a number", Value: person}
	}
	l := &ledger.Ledger{From: q.From, To: q.To, Counts: map[string]int{"leaves": 3, "unclaimed": 0}}
	if strings.Contains(text, `"do":"residue"`) {
		l.Counts["unclaimed"] = 2
	}
	r := &document.Result{Ledger: l, Residue: []byte(`{"tolk":"residue"}`)}
	switch {
	case q.To == "fhir" && strings.Contains(text, `"do":"private"`):
		r.Output = []byte(`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation","meta":{"security":[{"code":"R"}]}}}]}`)
	case q.To == "fhir":
		r.Output = []byte(`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation"}}]}`)
	default:
		r.Output = fmt.Appendf(nil, `{"maps":%q,"to":%q,"was":%s}`, g.tag, q.To, text)
	}
	return r, nil
}

// receivers are the world outside: what arrived, and how each behaves.
type receivers struct {
	mu      sync.Mutex
	got     map[string][]arrival
	behaves func(receiver string, p deliver.Parcel, nth int) behaviour
}

type arrival struct {
	deliver.Parcel
	at time.Time
}

// behaviour is how a receiver takes one attempt.
type behaviour struct {
	delay   time.Duration
	takes   bool // it has the message, whatever it says
	verdict deliver.Verdict
	said    []byte
}

var (
	taken   = behaviour{takes: true, verdict: deliver.Verdict{Class: deliver.Delivered, Code: "http-200"}}
	failing = behaviour{verdict: deliver.Verdict{Class: deliver.Retry, Code: "http-500"}}
)

func (r *receivers) of(receiver string) []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got[receiver])
}

func (r *receivers) dial(to *exchange.Receiver, _ func() time.Time) (Sender, error) {
	return &fakeSender{r: r, name: to.Name}, nil
}

type fakeSender struct {
	r     *receivers
	name  string
	calls atomic.Int64
}

func (s *fakeSender) Send(ctx context.Context, p deliver.Parcel) (deliver.Verdict, []byte) {
	b := taken
	s.r.mu.Lock()
	if s.r.behaves != nil {
		b = s.r.behaves(s.name, p, int(s.calls.Add(1)))
	}
	s.r.mu.Unlock()
	if b.delay > 0 {
		select {
		case <-time.After(b.delay):
		case <-ctx.Done():
			return deliver.Verdict{Class: deliver.Retry, Code: deliver.NoAnswer}, nil
		}
	}
	if b.takes {
		s.r.mu.Lock()
		s.r.got[s.name] = append(s.r.got[s.name], arrival{p, time.Now()})
		s.r.mu.Unlock()
	}
	return b.verdict, b.said
}

func (s *fakeSender) Close() {}

// bench is a journal, a configuration and the world, for work to work on.
type bench struct {
	t       testing.TB
	dir     string
	keys    journal.Keys
	journal *journal.Journal
	world   *receivers
	work    *Work
	config  atomic.Pointer[exchange.Config]
	core    atomic.Pointer[Core]
	options Options
	clock   atomic.Int64 // how far the clock is set from the real one
	log     *lockedBuffer

	mu     sync.Mutex
	events []Event
	seed   uint64
	end    func() // of Run
	expect error  // of Run
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func fakeCore(tag string) *Core {
	return &Core{Tag: tag, Gateway: &fakeGateway{tag: tag, block: make(chan struct{})}}
}

// plainReceiver is a receiver of translated documents, in a folder that nobody
// looks at: the world stands in its place.
func plainReceiver(name string) exchange.Receiver {
	return exchange.Receiver{Name: name, Form: "fsiii", Sector: "health", Folder: &exchange.Folder{Path: name}}
}

func newBench(t testing.TB, receive ...exchange.Receiver) *bench {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := journal.InitKeys(path); err != nil {
		t.Fatal(err)
	}
	keys, err := journal.OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: t.TempDir(), keys: keys, world: &receivers{got: map[string][]arrival{}}, log: &lockedBuffer{}, seed: rand.Uint64()}
	b.config.Store(&exchange.Config{Version: "v1", Receivers: receive,
		Clients: []exchange.Client{{ID: "bosted", Tenant: "tolk", Organisation: document.Party{SOR: "1", GLN: "2"}}},
		Routes:  []exchange.Route{{Name: "all", Why: "test"}}})
	b.core.Store(fakeCore("maps-1"))
	b.options = Options{Seed: b.seed, Schedule: Waits{time.Millisecond, 20 * time.Millisecond}, Grace: time.Second,
		Breaker: Limits{5, 150 * time.Millisecond, 300 * time.Millisecond}, Watch: 50 * time.Millisecond}
	t.Logf("seed %d", b.seed)
	b.open()
	t.Cleanup(func() {
		b.stop()
		b.journal.Close()
		b.silent()
	})
	return b
}

func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.clock.Load())) }

// open opens the journal, as a new process would.
func (b *bench) open() {
	b.t.Helper()
	var err error
	b.journal, err = journal.Open(context.Background(), b.dir, journal.Options{Keys: b.keys, Now: b.now, Ballast: 64 << 10})
	if err != nil {
		b.t.Fatal(err)
	}
}

// start begins the work.
func (b *bench) start() {
	b.t.Helper()
	o := b.options
	o.Journal, o.Config, o.Core, o.Now = b.journal, b.config.Load, b.core.Load, b.now
	if o.Dial == nil {
		o.Dial = b.world.dial
	}
	o.Log = slog.New(slog.NewTextHandler(b.log, nil))
	o.Observe = func(e Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.events = append(b.events, e)
	}
	w, err := New(o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.work = w
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	b.end = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if !errors.Is(err, b.expect) {
				b.t.Errorf("run: %v, want %v", err, b.expect)
			}
		case <-time.After(10 * time.Second):
			b.t.Errorf("the work does not end")
		}
	})
}

func (b *bench) stop() {
	if b.end != nil {
		b.end()
	}
}

// silent checks that nothing of a citizen stands in what is told.
func (b *bench) silent() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if strings.Contains(b.log.String(), person) || strings.Contains(fmt.Sprintf("%+v", b.events), person) {
		b.t.Error("the citizen's number is in the log or in an event")
	}
}

func (b *bench) told(what, class string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if e.What == what && (class == "" || e.Class == class) {
			n++
		}
	}
	return n
}

// message is a plain document.
func (b *bench) message(patient, do string, to ...string) journal.Message {
	id := journal.NewID(b.now())
	m := journal.Message{ID: id, Tenant: "tolk", Sender: "bosted", Channel: "document", Document: document.Henvisning, Patient: patient,
		Transport: id, Body: fmt.Appendf(nil, `{"id":%q,"do":%q,"cpr":%q}`, id, do, patient), Route: journal.Route{Name: "all", Version: "v1", Why: "test"},
		Audit: journal.Audit{Actor: "bosted"}, Answer: []byte(`{}`)}
	for _, name := range to {
		m.Destinations = append(m.Destinations, journal.Destination{Name: name})
	}
	return m
}

func (b *bench) accept(m journal.Message) string {
	b.t.Helper()
	r, err := b.journal.Accept(context.Background(), m)
	if err != nil || r.Verdict != journal.Accepted {
		b.t.Fatalf("accept: %+v, %v", r, err)
	}
	return m.ID
}

func (b *bench) life(id string) journal.Life {
	b.t.Helper()
	l, err := b.journal.Life(context.Background(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// progress is where a message is on its way to a receiver.
func (b *bench) progress(id, receiver string) journal.Progress {
	b.t.Helper()
	for _, p := range b.life(id).Summary.States {
		if p.Destination == receiver {
			return p
		}
	}
	b.t.Fatalf("%s does not go to %s", id, receiver)
	return journal.Progress{}
}

// reason is why the last attempt at a receiver ended as it did.
func (b *bench) reason(id, receiver string) journal.Reason {
	b.t.Helper()
	at := b.progress(id, receiver)
	var last journal.Reason
	for _, t := range b.life(id).Tries {
		if t.Delivery == at.Delivery {
			last = t.Reason
		}
	}
	return last
}

// parts are what is kept beside a message.
func (b *bench) parts(id string) map[string]string {
	b.t.Helper()
	p, err := b.journal.Original(context.Background(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	all := map[string]string{}
	for _, part := range p.Parts {
		all[part.Name] = string(part.Body)
	}
	return all
}

// until waits for something to be so.
func (b *bench) until(what string, is func() bool) {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			counts, _ := b.journal.Counts(context.Background())
			log := b.log.String()
			b.t.Fatalf("%s: did not come about at %v\n%+v\n%s", what, b.now(), counts, log[max(0, len(log)-600):])
		}
	}
}

func (b *bench) reaches(id, receiver string, s journal.State) {
	b.t.Helper()
	b.until(receiver+" "+s.String(), func() bool { return b.progress(id, receiver).State == s })
}

// oracle checks the laws of the exchange over what was accepted: everything
// arrived or is dead or held with its reason; what came twice came with the same
// key and bytes; per patient and receiver nothing went backwards; the audit is
// whole.
func (b *bench) oracle(accepted []journal.Message) {
	b.t.Helper()
	place := map[string]int{}
	for i, m := range accepted {
		place[m.ID] = i
		for _, s := range b.life(m.ID).Summary.States {
			arrived := slices.ContainsFunc(b.world.of(s.Destination), func(a arrival) bool { return a.ID == m.ID })
			switch s.State {
			case journal.Delivered:
				if !arrived {
					b.t.Errorf("%s is delivered to %s and did not arrive", m.ID, s.Destination)
				}
			case journal.Dead, journal.Held, journal.Released:
				if s.Code == "" {
					b.t.Errorf("%s is %s at %s without a reason", m.ID, s.State, s.Destination)
				}
			default:
				b.t.Errorf("%s is %s at %s in the end", m.ID, s.State, s.Destination)
			}
		}
	}
	for name, got := range b.world.got {
		bodies, newest := map[string]string{}, map[string]int{}
		for _, a := range got {
			if first, again := bodies[a.ID]; again && first != string(a.Body)+a.ContentType {
				b.t.Errorf("%s came to %s twice, and not the same", a.ID, name)
			}
			bodies[a.ID] = string(a.Body) + a.ContentType
			i, ok := place[a.ID]
			if !ok {
				b.t.Errorf("%s came to %s and was never accepted", a.ID, name)
				continue
			}
			if p := accepted[i].Patient; p != "" {
				if i < newest[p] {
					b.t.Errorf("%s of a citizen came to %s after a newer one", a.ID, name)
				}
				newest[p] = max(newest[p], i)
			}
		}
	}
	if _, err := b.journal.Verify(context.Background(), journal.Head{}); err != nil {
		b.t.Errorf("audit: %v", err)
	}
}

// quiet waits until nothing waits any more.
func (b *bench) quiet() {
	b.t.Helper()
	b.until("everything ends", func() bool {
		counts, err := b.journal.Counts(context.Background())
		if err != nil && !errors.Is(err, journal.ErrBusy) {
			b.t.Fatal(err)
		}
		for _, c := range counts {
			if c.State != journal.Dead && c.State != journal.Held {
				return false
			}
		}
		return true
	})
}

// was is the document that a translated one was made of, and by which maps.
func was(t testing.TB, body []byte) (maps, id string) {
	t.Helper()
	var x struct {
		Maps string
		Was  struct{ ID string }
	}
	if err := json.Unmarshal(body, &x); err != nil {
		t.Fatal(err)
	}
	return x.Maps, x.Was.ID
}
