package node

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/adapters/ffb"
	"tolk/adapters/fmk"
	"tolk/adapters/fsiii"
	"tolk/adapters/journal"
	"tolk/adapters/medcom"
	"tolk/adapters/plain"
	"tolk/adapters/xref"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/fields"
	"tolk/mapping/maps"
	"tolk/mapping/message"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	"tolk/node/work"
	facts "tolk/schemas/terminology"
)

// The number of MedCom's test person, which no file may hold in plain.
const citizenNumber = "2509479989"

// core is the gateway as the command wires it, for the forms that the tests send.
var core = sync.OnceValues(func() (*work.Core, error) {
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		return nil, err
	}
	files, err := rules.Load(maps.FS)
	if err != nil {
		return nil, err
	}
	g, err := document.New(terms, files, []document.Form{ffb.Form(), fsiii.Form()}, nil)
	if err != nil {
		return nil, err
	}
	schemas, err := plain.New()
	if err != nil {
		return nil, err
	}
	lenses, err := plain.Lenses()
	if err != nil {
		return nil, err
	}
	library, err := fields.Load(maps.FS, "fields", lenses)
	if err != nil {
		return nil, err
	}
	steps := slices.Concat(plain.Steps(schemas, library), fmk.Steps(), medcom.HCOSteps(), medcom.CareSteps(), xref.Steps())
	known := append([]document.Recogniser{plain.Recogniser(), fmk.Recogniser(), medcom.HCORecogniser(), medcom.CareRecogniser()}, xref.Recognisers()...)
	return &work.Core{Tag: "test", Gateway: g.WithSteps(steps, known, nil), Terms: terms}, nil
})

// world is a node in a folder of its own, with what it needs.
type world struct {
	*Node
	t      testing.TB
	dir    string
	keys   journal.Keys
	config *exchange.Config
	mu     sync.Mutex
	events []work.Event
	log    bytes.Buffer // under mu
	now    func() time.Time
	tune   func(*work.Options)
	end    func()
}

// organisations of the story.
var (
	bosted    = document.Party{Name: "Bostedet Testlunden", SOR: "938061000016005", GLN: "5790001382445"}
	doctor    = document.Party{Name: "Lægerne på Testvej", SOR: "52581000016005", GLN: "5790000121526"}
	psychiatr = document.Party{Name: "Psykiatrien Test", SOR: "265161000016000", GLN: "5790000209354"}
)

// story is the configuration of most tests: a bosted that has consent, psychiatry
// with a mailbox for letters, a doctor with one for plain documents, and another
// tenant that has nothing to do with any of it.
func story() *exchange.Config {
	consent := exchange.Statement{Purpose: "TREAT", LegalBasis: "samtykke", Capacity: "social"}
	health := exchange.Statement{Purpose: "COC", LegalBasis: "sundhedsloven-43", Capacity: "health", Consent: "Consent/c-2"}
	c := &exchange.Config{
		Version: "0123456789ab",
		Clients: []exchange.Client{
			{ID: "bosted", Tenant: "kommune", Sector: "social", Organisation: bosted, Rights: []exchange.Right{exchange.Send, exchange.Receive},
				Documents: []string{"*"}, Receivers: []string{"*"}, Statement: consent, Answers: "bosted-svar"},
			{ID: "psykiatri", Tenant: "region", Sector: "health", Organisation: psychiatr, Rights: []exchange.Right{exchange.Send, exchange.Receive},
				Documents: []string{"*"}, Receivers: []string{"*"}, Statement: health, Answers: "psykiatri-svar"},
			{ID: "laege", Tenant: "praksis", Sector: "health", Organisation: doctor, Rights: []exchange.Right{exchange.Send, exchange.Receive},
				Documents: []string{"*"}, Receivers: []string{"*"}, Statement: health},
			{ID: "drift", Tenant: "kommune", Sector: "social", Organisation: bosted,
				Rights: []exchange.Right{exchange.Log, exchange.Operate, exchange.Delete, exchange.Examine}},
			{ID: "kontrol", Tenant: "kommune", Sector: "social", Organisation: bosted, Rights: []exchange.Right{exchange.Read, exchange.Log}},
			{ID: "fremmed", Tenant: "andre", Sector: "social", Rights: exchange.Rights()},
		},
		Receivers: []exchange.Receiver{
			mailbox("psykiatri-post", "psykiatri", "health", psychiatr, "xref01"),
			mailbox("psykiatri-svar", "psykiatri", "health", psychiatr, exchange.Original),
			mailbox("laege-post", "laege", "health", doctor, exchange.Original),
			mailbox("bosted-svar", "bosted", "social", bosted, exchange.Original),
			mailbox("bosted-post", "bosted", "social", bosted, exchange.Original),
		},
		Routes: []exchange.Route{{Name: "asked", Residue: exchange.Return, Why: "whom the sender asks for"}},
	}
	return c
}

func mailbox(name, client, sector string, of document.Party, form string) exchange.Receiver {
	return exchange.Receiver{Name: name, Client: client, Sector: sector, Organisation: of, Form: form, Mailbox: &exchange.Mailbox{Again: time.Minute}, Concurrency: 4}
}

// newWorld opens a node by a configuration. It runs only when it is told.
func newWorld(t testing.TB, c *exchange.Config) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := journal.InitKeys(path); err != nil {
		t.Fatal(err)
	}
	keys, err := journal.OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "data"), keys: keys, config: c, now: time.Now}
	return w
}

// open opens the node, and closes it at the end of the test.
func (w *world) open() *world {
	w.t.Helper()
	c, err := core()
	if err != nil {
		w.t.Fatal(err)
	}
	w.Node, err = Open(w.t.Context(), Options{Dir: w.dir, Keys: w.keys, Config: w.config, Core: func() *work.Core { return c },
		Observe: w.observed, Log: slog.New(slog.NewTextHandler(logged{w}, nil)), Now: w.now, Tune: w.tune})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.close() })
	return w
}

// logged is where a world's log goes.
type logged struct{ *world }

func (l logged) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(text)
}

func (w *world) observed(e work.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

// saw counts the events of a kind.
func (w *world) saw(what string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.What == what {
			n++
		}
	}
	return n
}

// run starts the node's work.
func (w *world) run() *world {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	w.end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("Run: %v", err)
		}
	})
	return w
}

func (w *world) close() {
	if w.end != nil {
		w.end()
		w.end = nil
	}
	if w.Node != nil {
		w.Close()
		w.Node = nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for what, text := range map[string]string{"the log": w.log.String(), "what is observed": fmt.Sprint(w.events)} {
		if strings.Contains(text, citizenNumber) {
			w.t.Errorf("%s names the citizen: %s", what, text)
		}
	}
}

// as is a client as a caller.
func (w *world) as(id string) exchange.Caller {
	return exchange.Caller{Client: w.Config().Client(id), Config: w.Config()}
}

var operator = exchange.Caller{Operator: "anna", Why: "a test looks"}

// because is a client as a caller who says why.
func (w *world) because(id string) exchange.Caller {
	who := w.as(id)
	who.Why = "a complaint"
	return who
}

// submit hands something over and demands that it is taken.
func (w *world) submit(client string, s exchange.Submission) exchange.Receipt {
	w.t.Helper()
	if s.Statement.Consent == "" {
		s.Statement.Consent = "Consent/c-1"
	}
	r, err := w.Submit(w.t.Context(), w.as(client), s)
	if err != nil {
		w.t.Fatalf("submitting: %v", err)
	}
	return r
}

// fetch takes letters from a mailbox, waiting a while for them.
func (w *world) fetch(client, mailbox string, limit int) []exchange.Letter {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	letters, err := w.Fetch(ctx, w.as(client), mailbox, limit)
	if err != nil {
		w.t.Fatalf("fetching from %s: %v", mailbox, err)
	}
	return letters
}

// one fetches one letter and demands that there is one.
func (w *world) one(client, mailbox string) exchange.Letter {
	w.t.Helper()
	letters := w.fetch(client, mailbox, 1)
	if len(letters) != 1 {
		w.t.Fatalf("got %d letters in %s, want one", len(letters), mailbox)
	}
	return letters[0]
}

func (w *world) take(client, mailbox string, l exchange.Letter) {
	w.t.Helper()
	if err := w.Take(w.t.Context(), w.as(client), mailbox, l.ID); err != nil {
		w.t.Fatalf("taking %s from %s: %v", l.ID, mailbox, err)
	}
}

// life returns the life of a message as the operator sees it.
func (w *world) life(id string) *exchange.Life {
	w.t.Helper()
	l, err := w.Life(w.t.Context(), operator, id)
	if err != nil {
		w.t.Fatalf("the life of %s: %v", id, err)
	}
	return l
}

// referral is a referral in plain JSON that can be written as a letter, between
// the organisations of the story.
func referral(t testing.TB) string {
	t.Helper()
	return strings.NewReplacer("999000016001", bosted.SOR, "5790000000005", bosted.GLN, "333211000016005", psychiatr.SOR, "5790000000012", psychiatr.GLN).
		Replace(fixture(t, "henvisning/plain-to-fhir/bosted-til-psykiatrien/input.json"))
}

func fixture(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "fixtures", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// small is a small plain document about a citizen, the n-th of its kind.
func small(n int, citizen string) string {
	register := "cpr"
	if strings.ContainsAny(citizen, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		register = "xecpr"
	}
	return fmt.Sprintf(`{"dokument":"henvisning","version":"1.0","dokumentId":"d-%d","borger":{"%s":"%s","fornavn":"Bruno Test","efternavn":"Elmer"},"prioritet":"rutine","aarsager":[{"tekst":"Kan ikke sove"}]}`, n, register, citizen)
}

// somebody is the n-th of many citizens, each with a replacement number: no CPR
// number is made up.
func somebody(n int) string {
	return fmt.Sprintf("070392%d%c%c%d", 1+n/6760%2*6, 'A'+n/260%26, 'A'+n/10%26, n%10)
}

// correspondence is a CareCommunication from psychiatry to the bosted, under
// these identifiers.
func correspondence(t testing.TB, bundle, header string) string {
	t.Helper()
	text := fixture(t, "korrespondance/carecommunication-to-fhir/svar-fra-psykiatrien/input.json")
	return strings.NewReplacer("10000000-0000-4000-8000-000000000999", bundle, "10000000-0000-4000-8000-000000000003", header).Replace(text)
}

// uid is the n-th identifier of a test.
func uid(n int) string { return fmt.Sprintf("20000000-0000-4000-8000-%012d", n) }

// acknowledgement writes the acknowledgement of a message, under identifiers that
// n gives, as an answer to what has the identifier of.
func acknowledged(t testing.TB, text, of, code string, n int) string {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	a := message.Answer{Code: code, Now: time.Now().Add(time.Duration(n) * time.Second)}
	if code != message.OK {
		a.Faults = message.FaultsOf(&mapping.Error{Kind: mapping.BusinessRule, Message: "no"})
	}
	out, err := message.Acknowledge(m, a)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(out), `"identifier":"`+m.Header, `"identifier":"`+of, 1)
}
