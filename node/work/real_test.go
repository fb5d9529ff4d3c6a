package work

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"tolk/adapters/envelope"
	"tolk/adapters/ffb"
	"tolk/adapters/fmk"
	"tolk/adapters/fsiii"
	"tolk/adapters/journal"
	"tolk/adapters/klreferral"
	"tolk/adapters/kltools"
	"tolk/adapters/medcom"
	"tolk/adapters/plain"
	"tolk/adapters/xref"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/fields"
	"tolk/mapping/maps"
	"tolk/mapping/receiver"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	envelopes "tolk/node/enclose"
	facts "tolk/schemas/terminology"
)

// realCore is the core as cmd wires it, without what only judges.
var realCore = sync.OnceValues(func() (*Core, error) {
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		return nil, err
	}
	files, err := rules.Load(maps.FS)
	if err != nil {
		return nil, err
	}
	gateway, err := document.New(terms, files, []document.Form{ffb.Form(), fsiii.Form()}, nil)
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
	steps := slices.Concat(plain.Steps(schemas, library), fmk.Steps(), medcom.HCOSteps(), medcom.CareSteps(), kltools.Steps(), ffb.Steps(), fsiii.Steps(), klreferral.Steps(terms), xref.Steps())
	known := append([]document.Recogniser{plain.Recogniser(), fmk.Recogniser(), medcom.HCORecogniser(), medcom.CareRecogniser(), klreferral.Recogniser(), kltools.Recogniser()}, xref.Recognisers()...)
	gateway = gateway.WithSteps(steps, known, nil)
	return &Core{Tag: "real-1", Gateway: gateway, Checker: func() (*receiver.Checker, error) {
		tables, err := receiver.Load(maps.FS, "receivers", terms)
		return &receiver.Checker{Tables: tables, Reader: gateway, Fields: library}, err
	}}, nil
})

func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../fixtures/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// posted is a receiver over HTTP that fails first, and keeps what it gets.
type posted struct {
	mu   sync.Mutex
	fail int
	got  []arrivedAt
}

type arrivedAt struct{ id, kind, body string }

func (p *posted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail--; p.fail >= 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	p.got = append(p.got, arrivedAt{r.Header.Get("X-Request-ID"), r.Header.Get("Content-Type"), string(body)})
	w.WriteHeader(http.StatusAccepted)
}

// A referral in plain JSON goes to psychiatry as a letter in an envelope, over
// HTTP and after two failures; to the GP's mailbox as a message; to the archive as
// it came; and to whom it lacks something for, not at all.
func TestReal(t *testing.T) {
	core, err := realCore()
	if err != nil {
		t.Fatal(err)
	}
	ward := &posted{fail: 2}
	server := httptest.NewServer(ward)
	defer server.Close()
	organisation := document.Party{Name: "Modtager", SOR: "265161000016000", GLN: "5790000121526"}
	over := func(name, form string) exchange.Receiver {
		return exchange.Receiver{Name: name, Form: form, Sector: "health", Organisation: organisation,
			HTTP: &exchange.HTTP{URL: server.URL + "/" + name, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Insecure: true}}
	}
	ward1 := over("psykiatri", "xref01")
	ward1.Envelope = "vans"
	picky := over("krav", "xref01")
	picky.Check = "psykiatri"
	gp := exchange.Receiver{Name: "laege", Form: "carecommunication", Sector: "health", Organisation: organisation, Mailbox: &exchange.Mailbox{}}
	dir := t.TempDir()
	archive := exchange.Receiver{Name: "arkiv", Form: exchange.Original, Sector: "health", Folder: &exchange.Folder{Path: dir}}
	b := newBench(t, ward1, picky, gp, archive)
	b.config.Load().Clients[0].Organisation = document.Party{Name: "Bostedet", SOR: "953741000016009", GLN: "5790000121510", Person: "Anne And", Role: "pædagog", Phone: "12345678"}
	b.core.Store(core)
	b.options.Dial = dial
	b.start()
	m := b.message("", "", "psykiatri", "laege", "arkiv", "krav")
	m.Body = []byte(fixture(t, "henvisning/plain-to-fhir/bosted-til-psykiatrien/input.json"))
	id := b.accept(m)
	small := b.message("", "", "krav")
	small.Body = []byte(fixture(t, "henvisning/plain-to-fhir/mindst/input.json"))
	lacking := b.accept(small)

	b.reaches(id, "psykiatri", journal.Delivered)
	e, err := envelope.Unwrap([]byte(ward.got[0].body), 1<<20)
	if err != nil || ward.got[0].id != id || ward.got[0].kind != "application/xml" || !strings.HasSuffix(e.Type, "XREF01") {
		t.Fatalf("%v, %+v", err, ward.got[0])
	}
	form, o, err := envelopes.Letter(e.Text())
	if err != nil || form != "xref01" || o.Receiver.GLN != "5790000000012" {
		t.Errorf("%s %+v %v", form, o, err)
	}
	if !strings.Contains(e.Text(), ">minuspositivkvitt<") {
		t.Error("a positive receipt is asked for, and nobody takes it")
	}
	if s, err := b.journal.FindSent(t.Context(), "psykiatri", o.Message); err != nil || s.Message != id {
		t.Errorf("sent as %s: %+v, %v", o.Message, s, err)
	}
	b.until("a letter", func() bool { return b.progress(id, "laege").Code != "" })
	parts := b.parts(id)
	if p := b.progress(id, "laege"); p.Code != journal.InMailbox || !strings.Contains(parts["translation:laege"], "care-communication-message") || parts["type:laege"] != "application/fhir+json" {
		t.Errorf("%+v %+v", p, b.reason(id, "laege"))
	}
	var l struct{ Counts map[string]int }
	if err := json.Unmarshal([]byte(parts["ledger:psykiatri"]), &l); err != nil || l.Counts["leaves"] == 0 {
		t.Errorf("ledger: %v", err)
	}
	b.reaches(id, "arkiv", journal.Delivered)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if text, err := os.ReadFile(dir + "/" + files[0].Name()); err != nil || string(text) != string(m.Body) {
		t.Errorf("%s, %v", text, err)
	}
	b.reaches(lacking, "krav", journal.Held)
	if r := b.reason(lacking, "krav"); r.Code != CheckNotMet || !strings.Contains(r.Text, "kan ikke sendes") && len(r.Text) < 20 {
		t.Errorf("%+v", r)
	}
	for _, name := range []string{"krav"} {
		if s := b.progress(id, name); s.State == journal.Held && b.reason(id, name).Code != CheckNotMet {
			t.Errorf("%s: %+v", name, b.reason(id, name))
		}
	}
}

// A document that came along with a letter is not left behind without a word: its
// receiver gets it, or the letter is not sent.
func TestRealAttached(t *testing.T) {
	core, err := realCore()
	if err != nil {
		t.Fatal(err)
	}
	b := answered(t, wanted("bosted", "plain"), wanted("hub", "fhir"))
	b.core.Store(core)
	b.start()
	with := b.medcom(fixture(t, "korrespondance/carecommunication-to-fhir/med-medicinliste/input.json"), "bosted", "hub")
	with.Form = "carecommunication"
	id := b.accept(with)
	b.reaches(id, "bosted", journal.Held)
	if got := b.reason(id, "bosted"); got.Code != TranslationRefused || !strings.Contains(got.Text, "medicinliste") {
		t.Errorf("got %+v", got)
	}
	b.reaches(id, "hub", journal.Delivered)
	if got := string(b.world.of("hub")[0].Body); !strings.Contains(got, `"resourceType":"Binary"`) {
		t.Error("the hub's document has it not either")
	}
	without := b.medcom(fixture(t, "korrespondance/carecommunication-to-fhir/svar-fra-psykiatrien/input.json"), "bosted")
	without.Form = "carecommunication"
	b.reaches(b.accept(without), "bosted", journal.Delivered)
}
