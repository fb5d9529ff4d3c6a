package work

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tolk/adapters/envelope"
	"tolk/adapters/journal"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

var noConformance ledger.Conformance

// What stops a message before it is sent, by receiver and route.
func TestHeld(t *testing.T) {
	bundled := `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation","meta":{"security":[{"code":"R"}]}}}]}`
	social := func(r *exchange.Receiver) { r.Sector = "social" }
	for name, c := range map[string]struct {
		do     string
		body   string
		to     func(*exchange.Receiver)
		route  exchange.Route
		code   string // empty: it is sent
		part   string
		absent string
	}{
		"nothing is wrong":               {part: "residue:r"},
		"a residue, and it is refused":   {do: "residue", route: exchange.Route{Residue: "refuse"}, code: ResidueRefused},
		"no residue, where it is":        {route: exchange.Route{Residue: "refuse"}, absent: "residue:r"},
		"a residue in escrow":            {do: "residue", route: exchange.Route{Residue: "escrow"}, part: "escrow:r", absent: "residue:r"},
		"a residue for a form without":   {do: "residue", route: exchange.Route{Residue: "attach"}, code: ResidueNoPlace},
		"a residue for a collection":     {do: "residue", to: func(r *exchange.Receiver) { r.Form = "fhir" }, route: exchange.Route{Residue: "attach"}, part: "residue:r"},
		"too large":                      {to: func(r *exchange.Receiver) { r.Bytes = 10 }, code: TooLarge},
		"no message in an envelope":      {to: func(r *exchange.Receiver) { r.Envelope = "vans" }, code: EnvelopeRefused},
		"no tables":                      {to: func(r *exchange.Receiver) { r.Check = "psykiatri" }, code: CheckUnknown},
		"maps that nobody has":           {route: exchange.Route{Maps: "maps-9"}, code: MapsUnknown},
		"maps that are in force":         {route: exchange.Route{Maps: "maps-1"}},
		"private, translated":            {do: "private", to: func(r *exchange.Receiver) { r.Form, r.Sector = "fhir", "social" }, code: PrivateContent},
		"private, as it came":            {do: "private", to: func(r *exchange.Receiver) { r.Form, r.Sector = "original", "social" }, code: PrivateContent},
		"private, and there is a reason": {do: "private", to: func(r *exchange.Receiver) { r.Form, r.Sector = "fhir", "social" }, route: exchange.Route{Private: "consent 1"}},
		"private, to the health side":    {do: "private", to: func(r *exchange.Receiver) { r.Form = "fhir" }},
		"private, a Bundle as it came":   {body: bundled, to: func(r *exchange.Receiver) { r.Form, r.Sector = "original", "social" }, code: PrivateContent},
		"not read, as it came":           {do: "refuse", to: func(r *exchange.Receiver) { r.Form, r.Sector = "original", "social" }, code: PrivateUnknown},
		"not JSON":                       {body: "{", code: TranslationRefused},
		"not private, as it came":        {to: social},
	} {
		t.Run(name, func(t *testing.T) {
			r := plainReceiver("r")
			if c.to != nil {
				c.to(&r)
			}
			b := newBench(t, r)
			c.route.Name = "all"
			b.config.Load().Routes = []exchange.Route{c.route}
			b.start()
			m := b.message("", c.do, "r")
			if c.body != "" {
				m.Body = []byte(c.body)
			}
			id := b.accept(m)
			if c.code != "" {
				b.reaches(id, "r", journal.Held)
				if got := b.reason(id, "r"); got.Code != c.code || got.Text == "" {
					t.Errorf("got %+v, want %s", got, c.code)
				}
				if len(b.parts(id)) != 0 || len(b.world.of("r")) != 0 {
					t.Errorf("kept or sent: %v", b.parts(id))
				}
				return
			}
			b.reaches(id, "r", journal.Delivered)
			parts := b.parts(id)
			if c.part != "" && parts[c.part] == "" || c.absent != "" && parts[c.absent] != "" {
				t.Errorf("parts: %v", parts)
			}
			if name == "a residue for a collection" && !strings.Contains(parts["translation:r"], `{"resourceType":"Binary"`) &&
				!strings.Contains(parts["translation:r"], `"contentType":"application/json"`) {
				t.Errorf("not attached: %s", parts["translation:r"])
			}
		})
	}
}

// What comes is told by what it is, and opened.
func TestSource(t *testing.T) {
	in, err := enclose("vans", []byte(care(t)), noConformance, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body, kind string
		form, doc  string
		message    bool
	}{
		"plain":          {`{"a":1}`, document.Henvisning, "plain", document.Henvisning, false},
		"a message":      {care(t), "", "carecommunication", "", true},
		"in an envelope": {string(in), "", "carecommunication", "", true},
		"the hub":        {`{"resourceType":"Bundle","type":"collection"}`, "", "fhir", "", false},
		"another kind":   {`{"resourceType":"Bundle","type":"collection"}`, document.Medicinliste, "", document.Medicinliste, false},
		"other XML":      {`<a/>`, "", "", "", false},
	} {
		s, err := readSource(&fakeGateway{}, []byte(c.body), c.kind, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.form != c.form || s.document != c.doc || (s.message != nil) != c.message {
			t.Errorf("%s: got %q %q %v", name, s.form, s.document, s.message)
		}
	}
	for _, body := range []string{"", "{", "<", "<VANSEnvelope/>", "\xff"} {
		if _, err := readSource(&fakeGateway{}, []byte(body), "", ""); err == nil {
			t.Errorf("%q: no error", body)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	ids := identifiers([]byte(care(t)))
	if len(ids) != 2 || ids[0] != "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002" || ids[1] != "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0001" {
		t.Errorf("got %v", ids)
	}
	in, err := enclose("vans", []byte(care(t)), noConformance, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	e, err := envelope.Unwrap(in, len(in))
	if ids := identifiers(in); err != nil || len(ids) != 3 || ids[0] != e.ID {
		t.Errorf("got %v", ids)
	}
	for _, none := range []string{"", "{}", "{", "<a/>", "<", `{"resourceType":"Bundle"}`} {
		if ids := identifiers([]byte(none)); len(ids) != 0 {
			t.Errorf("%q: got %v", none, ids)
		}
	}
}

func TestContentType(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1}`: "application/json", `{"resourceType":"Bundle"}`: "application/fhir+json", `{"a":"\"resourceType\""}`: "application/json",
		`{"a":{"resourceType":"Bundle"}}`: "application/json", `<a/>`: "application/xml", `<Bundle xmlns="http://hl7.org/fhir"/>`: "application/fhir+xml",
		`<VANSEnvelope/>`: "application/xml", ``: "application/json",
	} {
		if got := contentType([]byte(body)); got != want {
			t.Errorf("%q: got %s, want %s", body, got, want)
		}
	}
}

// A residue is attached at the end of a collection, and nothing else moves.
func TestAttach(t *testing.T) {
	in := `{"resourceType":"Bundle","id":"1","type":"collection","entry":[{"resource":{"a":72.50}}],"x":null}`
	out, err := attach([]byte(in), []byte(`{"r":1}`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := tree.Parse(string(out), tree.Limits{})
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.HasPrefix(string(out), strings.TrimSuffix(in, `],"x":null}`)+",{") || !strings.HasSuffix(string(out), `],"x":null}`) || d.Leaves() < 7 {
		t.Errorf("got %s", out)
	}
	for _, none := range []string{`{}`, `<a/>`, `[]`, `{"resourceType":"Bundle","type":"message","entry":[{}]}`, `{"resourceType":"Bundle","type":"collection","entry":[]}`} {
		if _, err := attach([]byte(none), nil); err == nil {
			t.Errorf("%s: no error", none)
		}
	}
}

// No text of a stranger is shown.
func TestSafe(t *testing.T) {
	if got := safe(errors.New(person)); strings.Contains(got, person) {
		t.Errorf("got %s", got)
	}
	if got := safe(errors.Join(journal.ErrBusy, errors.New(person))); got != "busy; an unexpected fault" {
		t.Errorf("got %s", got)
	}
}
