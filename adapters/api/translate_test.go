package api

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

const bundle = `{"resourceType":"Bundle","type":"collection", "entry":[{"x":72.50,"y":"<5 & \u00e6"}]}`

func TestTranslate(t *testing.T) {
	h := start(t, Limits{})
	a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii&area=sygepleje,hjemmepleje&accept=narrower,p-1&strict=true", bundle, "Content-Type", "application/fhir+json; charset=UTF-8")
	if a.status != 200 || a.body != bundle || a.header.Get("Content-Type") != "application/fhir+json" {
		t.Errorf("got %d %q %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	want := document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{"sygepleje", "hjemmepleje"}, Accept: []string{"narrower", "p-1"}, Strict: true}
	got := h.core.last()
	if age := time.Since(got.Now); age < 0 || age > time.Minute {
		t.Errorf("the moment of the translation is %s", got.Now)
	}
	if got.Now = want.Now; !reflect.DeepEqual(got, want) {
		t.Errorf("asked the core for %+v, want %+v", got, want)
	}
	for name, want := range map[string]string{"Leaves": "9", "Carried": "4", "Converted": "2", "Used": "1", "Residue": "1",
		"Dropped": "1", "Unclaimed": "0", "Proposals": "0", "Conformance": "lacking"} {
		if got := a.header.Get("Tolk-" + name); got != want {
			t.Errorf("Tolk-%s: got %q, want %q", name, got, want)
		}
	}
}

func TestBodiesThatAreTaken(t *testing.T) {
	h := start(t, Limits{})
	for name, headers := range map[string][]string{
		"no content type": nil,
		"fhir":            {"Content-Type", "application/fhir+json;fhirVersion=4.0"},
		"json":            {"Content-Type", "application/json"},
		"identity":        {"Content-Encoding", "identity"},
	} {
		if a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", bundle, headers...); a.status != 200 || a.body != bundle {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	if a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", zipped(t, bundle), "Content-Encoding", "gzip"); a.status != 200 || a.body != bundle {
		t.Errorf("gzip: got %d %s", a.status, a.body)
	}
}

func TestBodiesThatAreNotTaken(t *testing.T) {
	h := start(t, Limits{})
	const accepted = "content-type: accepted: application/fhir+json, application/json, and for FHIR and FMK application/fhir+xml, application/xml"
	for kind, want := range map[string]string{
		"text/html":                              accepted,
		"application/fhir+yaml":                  accepted,
		"application/x-www-form-urlencoded":      accepted + "; curl says neither unless given -H 'Content-Type: application/json'",
		"application/json; charset=latin1":       "content-type: charset: accepted: utf-8",
		"application/fhir+json; fhirVersion=5.0": "content-type: fhirVersion: accepted: 4.0",
	} {
		if got := outcomeText(t, h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", bundle, "Content-Type", kind), 415, "not-supported"); got != want {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
	}
}

func TestLedgerAndResidueStandBesideTheDocument(t *testing.T) {
	h := start(t, Limits{})
	for query, want := range map[string]string{
		"&residue=true":             `{"output":` + bundle + `,"residue":[{"path":"Patient.name"}]}`,
		"&ledger=true":              `{"output":` + bundle + `,"ledger":` + string(encode(ledgerOf())) + `}`,
		"&ledger=true&residue=true": `{"output":` + bundle + `,"ledger":` + string(encode(ledgerOf())) + `,"residue":[{"path":"Patient.name"}]}`,
	} {
		a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii"+query, bundle)
		if a.status != 200 || a.body != want || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s:\ngot  %s\nwant %s", query, a.body, want)
		}
		if query == "&ledger=true" {
			continue
		}
		// The way home takes exactly that.
		home := h.send(t, "POST", "/v1/translate?from=fsiii&to=ffb&restore=true", a.body)
		if got := h.core.last().Residue; home.status != 200 || home.body != bundle || got != `[{"path":"Patient.name"}]` {
			t.Errorf("restored: got %d %s, residue %s", home.status, home.body, got)
		}
	}
}

// A form that is XML of its own is answered as what it is, and stands as a string
// beside what else is asked for. The way home takes that too.
func TestAnotherXML(t *testing.T) {
	const letter = `<Emessage a="1">"ja"</Emessage>`
	h := start(t, Limits{})
	got := ""
	h.core.answer = func(doc string, q document.Request) (*document.Result, error) {
		got = doc
		return &document.Result{Output: []byte(letter), Ledger: &ledger.Ledger{}, Residue: []byte(`[1]`)}, nil
	}
	for _, accept := range []string{"*/*", "application/fhir+json", "application/fhir+xml"} {
		a := h.send(t, "POST", "/v1/translate?from=fhir&to=xref01", bundle, "Accept", accept)
		if a.status != 200 || a.body != letter || a.header.Get("Content-Type") != "application/xml" {
			t.Errorf("%s: got %d %s %s", accept, a.status, a.header.Get("Content-Type"), a.body)
		}
	}
	a := h.send(t, "POST", "/v1/translate?from=fhir&to=xref01&residue=true", bundle)
	if want := `{"output":` + tree.Quote(letter) + `,"residue":[1]}`; a.body != want {
		t.Errorf("got %s, want %s", a.body, want)
	}
	if h.send(t, "POST", "/v1/translate?from=xref01&to=fhir&restore=true", a.body); got != letter {
		t.Errorf("home came %s, want %s", got, letter)
	}
}

func ledgerOf() *ledger.Ledger {
	r, _ := (&stub{}).Translate("{}", document.Request{From: "ffb", To: "fsiii"})
	return r.Ledger
}

func TestRestoreTakesOnlyAnEarlierAnswer(t *testing.T) {
	h := start(t, Limits{})
	for body, want := range map[string]string{
		`[]`:                            `$this: expected {"output": the document, "residue": its residue}`,
		`{"output":{}}`:                 "$this.residue: required with restore=true: what the earlier translation gave back beside its output, with residue=true",
		`{"output":{},"residue":null}`:  "$this.residue: required with restore=true: what the earlier translation gave back beside its output, with residue=true",
		`{"residue":[]}`:                "$this.output: required with restore=true: the document",
		`{"output":{},"rest":1}`:        "$this.rest: accepted with restore=true: output, residue, ledger",
		`{"output":{},"` + canary + `"`: "$this: expected ':'",
		`{"output":{},"` + canary + `":1,"residue":null}`: "$this.children()[1]: accepted with restore=true: output, residue, ledger",
	} {
		a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii&restore=true", body)
		if a.status != 400 || strings.Contains(a.body, canary) {
			t.Errorf("%s: got %d %s", body, a.status, a.body)
		}
		if quoted := strings.ReplaceAll(want, `"`, `\"`); !strings.Contains(a.body, quoted) && !strings.HasSuffix(want, "':'") {
			t.Errorf("%s:\ngot  %s\nwant %s", body, a.body, want)
		}
	}
}

// Who sends and who receives is told in the query, and stands in no log: a name
// there is an employee's.
func TestParties(t *testing.T) {
	h := start(t, Limits{})
	a := h.send(t, "POST", "/v1/translate?from=fhir&to=carecommunication&sender-sor=938061000016005&sender-gln=5790001382445&sender-name=Testlunden"+
		"&sender-person=Anna+Testesen&sender-role=sygeplejerske&sender-phone=%2B4570203040&receiver-sor=52581000016005&receiver-gln=5790000121526&receiver-name=L%C3%A6gehuset", bundle)
	if a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	got := h.core.last()
	sender := document.Party{Name: "Testlunden", SOR: "938061000016005", GLN: "5790001382445", Person: "Anna Testesen", Role: "sygeplejerske", Phone: "+4570203040"}
	receiver := document.Party{Name: "Lægehuset", SOR: "52581000016005", GLN: "5790000121526"}
	if got.Sender != sender || got.Receiver != receiver {
		t.Errorf("got %+v, %+v", got.Sender, got.Receiver)
	}
	for _, name := range []string{"person", "role", "phone"} {
		refused := h.send(t, "POST", "/v1/translate?from=fhir&to=carecommunication&receiver-"+name+"=Testesen", bundle)
		if text := outcomeText(t, refused, 400, "not-supported"); !strings.Contains(text, "receiver-"+name+": unknown parameter") {
			t.Errorf("receiver-%s: got %s", name, text)
		}
	}
	if logs := h.logs.String(); strings.Contains(logs, "Testesen") || strings.Contains(logs, "70203040") || strings.Contains(logs, "sygeplejerske") || !strings.Contains(logs, "/v1/translate") {
		t.Errorf("the log has a party, or no request: %s", logs)
	}
}

func TestTranslateParametersAreRead(t *testing.T) {
	h := start(t, Limits{})
	for query, want := range map[string]string{
		"?to=fsiii":                               "from: required: the form of the document",
		"?from=ffb":                               "to: required: the form asked for",
		"?from=ffb&to=fsiii&strickt=true":         "strickt: unknown parameter; accepted: document, from, to, area, accept, strict, ledger, residue, restore, envelope",
		"?from=ffb&to=fsiii&" + canary + "=1":     "unknown parameter; accepted: document, from, to, area, accept, strict, ledger, residue, restore, envelope",
		"?from=ffb&to=fsiii&to=fhir":              "to: given more than once, accepted once",
		"?from=ffb&to=fsiii&strict":               "strict: given without a value",
		"?from=ffb&to=fsiii&strict=1":             "strict: accepted: true, false",
		"?from=ffb&to=fsiii&ledger=True":          "ledger: accepted: true, false",
		"?from=ffb&to=fsiii&area=%zz":             "the query is not written as name=value&name=value with %-escapes",
		"?from=ffb&to=fsiii&area=%ff":             "area: has characters that are not text in UTF-8",
		"?from=ffb&to=fsiii&area=a%00b":           "area: has characters that are not text in UTF-8",
		"?from=ffb&to=fsiii;strict=true&restore=": "the query is not written as name=value&name=value with %-escapes",
	} {
		a := h.send(t, "POST", "/v1/translate"+query, bundle)
		if a.status != 400 || !strings.Contains(a.body, want) {
			t.Errorf("%s:\ngot  %d %s\nwant %s", query, a.status, a.body, want)
		}
	}
	if h.core.count() != 0 {
		t.Errorf("the core was asked %d times", h.core.count())
	}
}

// Each kind of the core has its status, and nothing of the value is told.
func TestErrorsOfTheCore(t *testing.T) {
	h := start(t, Limits{})
	for kind, status := range map[mapping.Kind]int{
		mapping.Structure: 400, mapping.Invalid: 400, mapping.NotSupported: 400, mapping.NotFound: 404,
		mapping.Required: 422, mapping.Value: 422, mapping.CodeInvalid: 422, mapping.BusinessRule: 422,
		mapping.TooLong: 413, mapping.Security: 403, mapping.Timeout: 503,
	} {
		h.core.answer = func(string, document.Request) (*document.Result, error) {
			return nil, fmt.Errorf("wrapped: %w", &mapping.Error{Kind: kind, Path: "Condition.code", Message: "is < what is accepted",
				Value: canary, Err: errors.New(canary)})
		}
		a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", bundle)
		if text := outcomeText(t, a, status, string(kind)); text != "Condition.code: is < what is accepted" {
			t.Errorf("%s: got %q", kind, text)
		}
		if !strings.Contains(a.body, `"expression":["Condition.code"]`) || strings.Contains(a.body, canary) || strings.Contains(a.body, `\u003c`) {
			t.Errorf("%s: got %s", kind, a.body)
		}
	}
	if strings.Contains(h.logs.String(), `"level":"ERROR"`) {
		t.Errorf("errors of the caller are in our log: %s", h.logs)
	}
}

// What the core finds wrong with a parameter is told as one, and not as a place in
// the document; so is one that is missing.
func TestParameterOfTheCore(t *testing.T) {
	h := start(t, Limits{})
	for _, name := range []string{"from", "to", "document", "area", "accept"} {
		h.core.answer = func(string, document.Request) (*document.Result, error) {
			return nil, fmt.Errorf("wrapped: %w", &mapping.Error{Kind: mapping.Invalid, Path: name, Message: "expected another"})
		}
		a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", bundle)
		if text := outcomeText(t, a, 400, "invalid"); text != name+": expected another" {
			t.Errorf("%s: got %q", name, text)
		}
		if !strings.Contains(a.body, `"location":["http.`+name+`"]`) || strings.Contains(a.body, "expression") {
			t.Errorf("%s: got %s", name, a.body)
		}
	}
	for query, name := range map[string]string{"?to=fsiii": "from", "?from=ffb": "to"} {
		if a := h.send(t, "POST", "/v1/translate"+query, bundle); a.status != 400 || !strings.Contains(a.body, `"location":["http.`+name+`"]`) {
			t.Errorf("%s: got %d %s", query, a.status, a.body)
		}
	}
}

func TestJoinedErrorsAreAllTold(t *testing.T) {
	h := start(t, Limits{})
	h.core.answer = func(string, document.Request) (*document.Result, error) {
		return nil, errors.Join(&mapping.Error{Kind: mapping.CodeInvalid, Path: "a", Message: "one"}, &mapping.Error{Kind: mapping.Value, Path: "b", Message: "two"})
	}
	a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", bundle)
	want := `{"resourceType":"OperationOutcome","issue":[` +
		`{"severity":"error","code":"code-invalid","details":{"text":"a: one"},"expression":["a"]},` +
		`{"severity":"error","code":"value","details":{"text":"b: two"},"expression":["b"]}]}`
	if a.status != 422 || a.body != want {
		t.Errorf("got  %d %s\nwant %s", a.status, a.body, want)
	}
}

// Bugs tell the caller nothing and us where, but not whose document it was.
func TestBugsStayInside(t *testing.T) {
	for name, answer := range map[string]func() (*document.Result, error){
		"panic":         func() (*document.Result, error) { panic("while reading " + canary) },
		"runtime panic": func() (*document.Result, error) { var none []int; return nil, fmt.Errorf("%d", none[len(canary)]) },
		"exception": func() (*document.Result, error) {
			return nil, &mapping.Error{Kind: mapping.Exception, Message: "invented a leaf"}
		},
		"foreign error": func() (*document.Result, error) { return nil, errors.New(canary) },
		"nothing":       func() (*document.Result, error) { return nil, nil },
	} {
		h := start(t, Limits{})
		h.core.answer = func(string, document.Request) (*document.Result, error) { return answer() }
		a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", bundle)
		if text := outcomeText(t, a, 500, "exception"); text != "internal error" {
			t.Errorf("%s: told %q", name, text)
		}
		logs := h.logs.String()
		if strings.Count(logs, `"level":"ERROR"`) != 1 || strings.Contains(logs, canary) {
			t.Errorf("%s: logged %s", name, logs)
		}
		if strings.Contains(name, "panic") && !strings.Contains(logs, "translate_test.go") {
			t.Errorf("%s: no stack in %s", name, logs)
		}
		if a := h.send(t, "GET", "/healthz", ""); a.status != 200 {
			t.Errorf("%s: afterwards healthz says %d", name, a.status)
		}
	}
}

func TestTimeBudget(t *testing.T) {
	h := start(t, Limits{Budget: 30 * time.Millisecond, Translations: 1})
	release := make(chan struct{})
	h.core.answer = func(string, document.Request) (*document.Result, error) {
		<-release
		return &document.Result{Output: []byte("{}"), Ledger: &ledger.Ledger{}}, nil
	}
	// The first runs too long and keeps the only slot, so the second finds none.
	for range 2 {
		outcomeText(t, h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", bundle), 503, "timeout")
	}
	if n := h.core.count(); n != 1 {
		t.Errorf("%d translations ran, want 1", n)
	}
	close(release)
	for deadline := time.Now().Add(5 * time.Second); ; {
		if a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", bundle); a.status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the slot was never given back")
		}
	}
}

func TestConformanceHeader(t *testing.T) {
	lack := func(elements ...string) (f ledger.Conformance) {
		for _, e := range elements {
			f.Lacks = append(f.Lacks, ledger.Lack{Element: e})
		}
		return f
	}
	for _, c := range []struct {
		in   ledger.Conformance
		want string
	}{
		{ledger.Conformance{Met: true}, "met"},
		{lack("Patient.managingOrganization.identifier"), `lacking; element="Patient.managingOrganization.identifier"`},
		{lack("A.b", "A.b", "C.d"), `lacking; element="A.b", "C.d"`},
		{lack("A\"\r\nSet-Cookie: x", "Bø"), `lacking; element="ASet-Cookie: x", "B"`},
	} {
		if got := conformance(c.in); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("Condition.element%d", i))
	}
	if got := conformance(lack(many...)); len(got) > 1100 || !strings.Contains(got, "; more=") {
		t.Errorf("got %d bytes: %s", len(got), got)
	}
}

// A document is taken out of its envelope, what is strange about that is told,
// and it is put into the one asked for.
func TestTranslateEnvelopes(t *testing.T) {
	h := mail(t)
	h.enclose = func(kind, form string) (Enclose, error) {
		if kind != "vans" || form != "fsiii" {
			return nil, &mapping.Error{Kind: mapping.NotSupported, Path: "envelope", Message: "accepted: vans"}
		}
		return func(r *document.Result, xml bool, now time.Time) ([]byte, error) {
			if now.IsZero() {
				return nil, &mapping.Error{Kind: mapping.Required, Path: "envelope", Message: "no moment"}
			}
			if len(r.Output) == 2 {
				return nil, &mapping.Error{Kind: mapping.Required, Path: "envelope", Message: "is no whole message"}
			}
			return fmt.Appendf(nil, "<sealed/>%v%s", xml, r.Output), nil
		}, nil
	}
	got := ""
	h.core.answer = func(doc string, _ document.Request) (*document.Result, error) {
		got = doc
		return &document.Result{Output: []byte(doc), Ledger: ledgerOf(), Residue: []byte("{}")}, nil
	}
	a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", "<sealed/>"+care)
	if a.status != 200 || got != care || a.body != care || a.header.Get("Tolk-Leaves") != "9" || a.header.Get("Tolk-Envelope") != "it is  longer; 5790000121526 to 5790000201389" {
		t.Errorf("opened: got %d %.100s %q", a.status, got, a.header)
	}
	a = h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii&envelope=vans", care)
	if a.status != 200 || a.body != "<sealed/>false"+care || a.header.Get("Content-Type") != "application/xml" || a.header.Get("Tolk-Leaves") != "9" {
		t.Errorf("enclosed: got %d %.100s %q", a.status, a.body, a.header)
	}
	if a = h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii&envelope=vans", care, "Accept", "application/fhir+xml"); a.body != "<sealed/>true"+care {
		t.Errorf("enclosed as XML: got %d %.100s", a.status, a.body)
	}
	a = h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii&envelope=vans&residue=true", care)
	if home := h.send(t, "POST", "/v1/translate?from=fsiii&to=ffb&restore=true", strings.Replace(a.body, "<sealed/>false", "<sealed/>", 1)); home.status != 200 || got != care {
		t.Errorf("home came %d %.100s", home.status, got)
	}
	for query, want := range map[string]struct {
		body, says string
		status     int
		code       string
	}{
		"from=ffb&to=fsiii&envelope=ehmi": {care, "envelope: accepted: vans", 400, "not-supported"},
		"from=ffb&to=ffb&envelope=vans":   {care, "envelope: accepted: vans", 400, "not-supported"},
		"from=ffb&to=fsiii&envelope=vans": {"{}", "envelope: is no whole message", 422, "required"},
		"from=fsiii&to=ffb":               {"<sealed/>", "sealed: the envelope is empty", 422, "required"},
		"from=fsiii&to=fsiii":             {"<sealed/>receipt", "$this: a positive receipt; there is no document in it", 400, "invalid"},
	} {
		if text := outcomeText(t, h.send(t, "POST", "/v1/translate?"+query, want.body), want.status, want.code); text != want.says {
			t.Errorf("%s: got %q, want %q", query, text, want.says)
		}
	}
	letter := "<sealed/><Emessage xmlns=\"urn:x\"/>"
	if text := outcomeText(t, h.send(t, "POST", "/fhir/$process-message", letter), 400, "not-supported"); !strings.Contains(text, "is translated by POST /v1/translate") {
		t.Errorf("a letter for $process-message: got %q", text)
	}
	if strings.Contains(h.logs.String(), canary) {
		t.Error("the log names the citizen")
	}
}
