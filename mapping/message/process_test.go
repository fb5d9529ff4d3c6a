package message

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// fake is a gateway that recognises by a word and translates to a word.
type fake struct {
	asked []document.Request
	texts []string
	err   map[string]error // by document
}

func (f *fake) Translate(text string, q document.Request) (*document.Result, error) {
	f.asked, f.texts = append(f.asked, q), append(f.texts, text)
	if err := f.err[q.Document]; err != nil {
		return nil, err
	}
	return &document.Result{Output: []byte(q.Document + " to " + q.To), Ledger: &ledger.Ledger{}}, nil
}

func (f *fake) Recognise(doc *tree.Doc) []document.Recognised {
	var all []document.Recognised
	for _, r := range []document.Recognised{{Form: "fhir", Document: "medicinliste"}, {Form: "ffb", Document: "tilstande"}, {Form: "fsiii", Document: "tilstande"}, {Form: "hco", Document: "sundhedstjek"}} {
		if strings.Contains(doc.Source(), r.Form+"-content") {
			all = append(all, r)
		}
	}
	return all
}

func process(a Ask, f *fake) *Outcome {
	a.Now = now
	return (&Processor{Gateway: f}).Process(a)
}

// carrying is the sound message with a Binary of FHIR that holds a text.
func carrying(t testing.TB, body string) string {
	return with(t, sound(t), `"text/plain"`, `"application/fhir+json; charset=utf-8"`, `VGFr`, base64.StdEncoding.EncodeToString([]byte(body)))
}

func response(t *testing.T, o *Outcome) *Response {
	t.Helper()
	m, err := Read(parse(t, string(o.Acknowledgement)))
	if err != nil {
		t.Fatalf("acknowledgement: %v", err)
	}
	return m.Response
}

func TestProcessMessage(t *testing.T) {
	f := &fake{}
	o := process(Ask{Body: sound(t), To: "plain", Strict: true, WithResidue: true, Unreceipted: true}, f)
	if o.Err != nil || o.Kind != CareCommunication || string(o.Result.Output) != "korrespondance to plain" {
		t.Fatalf("%+v", o)
	}
	if q := f.asked[0]; q.From != "carecommunication" || !q.Strict || !q.WithResidue || !q.Unreceipted || !q.Now.Equal(now) || f.texts[0] != sound(t) {
		t.Errorf("asked %+v", q)
	}
	if r := response(t, o); r.Code != OK || !r.Answers(o.Message) {
		t.Errorf("answered %+v", r)
	}
	f = &fake{}
	if o = process(Ask{Body: sound(t)}, f); o.Err != nil || o.Result != nil || len(f.asked) != 0 || response(t, o).Code != OK {
		t.Errorf("no form asked: %+v", o)
	}
	o = process(Ask{Body: sound(t), To: "plain", Document: "medicinliste"}, f)
	if o.Err != nil || string(o.Result.Output) != "medicinliste to plain" || o.Attached != nil {
		t.Errorf("what it carries: %+v", o)
	}
}

// What is said beside a message counts, or is refused by its name: by its sender
// nothing was done wrong, so that nothing is acknowledged.
func TestProcessOverlooksNothing(t *testing.T) {
	f := &fake{}
	bosted := document.Party{Name: "Bosted"}
	o := process(Ask{Body: `{"resourceType":"Bundle","type":"collection"}`, From: "fhir", Document: document.Medicinliste, To: "carecommunication", Sender: bosted}, f)
	if o.Err != nil || f.asked[0].Sender != bosted {
		t.Errorf("who sends a message: %+v, asked %+v", o, f.asked)
	}
	f = &fake{}
	for name, a := range map[string]Ask{
		"sender-name":   {To: "plain", Sender: bosted},
		"receiver-name": {Receiver: bosted},
		"document":      {Document: document.Medicinliste},
		"from":          {From: "carecommunication"},
		"strict":        {Strict: true},
		"residue":       {WithResidue: true},
	} {
		a.Body = sound(t)
		o := process(a, f)
		var e *mapping.Error
		if !errors.As(o.Err, &e) || e.Path != name || e.Kind != mapping.Invalid || o.Acknowledgement != nil || len(f.asked) != 0 {
			t.Errorf("%s: %v, acknowledged %t, asked %+v", name, o.Err, o.Acknowledgement != nil, f.asked)
		}
	}
}

// The same message in XML is the same message, with the same answer.
func TestProcessXML(t *testing.T) {
	text, err := fhirxml.ToXML(sound(t), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	o := process(Ask{Body: string(text), To: "plain"}, f)
	if o.Err != nil || f.texts[0] != string(text) || string(o.Acknowledgement) != string(process(Ask{Body: sound(t)}, f).Acknowledgement) {
		t.Errorf("%+v", o)
	}
	for _, bad := range []string{`<Bundle`, `<Bundle xmlns="urn:x"/>`, `{`, ``, "\xff", "<\xff", `<Bundle xmlns="http://hl7.org/fhir"><type value="message"/><type value="batch"/></Bundle>`} {
		if o := process(Ask{Body: bad}, f); o.Err == nil || o.Message != nil || o.Acknowledgement != nil {
			t.Errorf("%q: %+v", bad, o)
		}
	}
}

// What is refused, and with which answer.
func TestProcessRefused(t *testing.T) {
	spent := &mapping.Error{Kind: mapping.Timeout, Message: "the time budget of the request is spent"}
	lost := &mapping.Error{Kind: mapping.BusinessRule, Path: "Bundle.entry[1].resource", Message: "not wholly translated", Value: "2509479989"}
	for name, c := range map[string]struct {
		ask   Ask
		err   error // of the translation
		code  string
		issue Issue
	}{
		"an envelope with a fault": {Ask{Body: with(t, sound(t), `VGFr`, `!`), To: "plain"}, nil, Fatal,
			Issue{"error", "value", errorCodes, datatypeWrong, "expected base64; it is not, or was cut short", "Bundle.entry[5].resource.data"}},
		"a hospital notification": {Ask{Body: with(t, sound(t), CareCommunication, HospitalNotification, `"resourceType": "Communication"`, `"resourceType": "Encounter"`, `Communication/`, `Encounter/`)}, nil, Fatal,
			Issue{"error", "not-supported", errorCodes, typeNotTaken, "messages of this event are not taken here; accepted: care-communication-message, homecareobservation-message, acknowledgement-message", h + ".eventCoding.code"}},
		"a translation that is refused": {Ask{Body: sound(t), To: "plain", Strict: true}, lost, Fatal,
			Issue{"error", "business-rule", "", "", "not wholly translated", "Bundle.entry[1].resource"}},
		"a translation out of time": {Ask{Body: sound(t), To: "plain"}, spent, Transient,
			Issue{"error", "timeout", errorCodes, outOfOperation, "the time budget of the request is spent", ""}},
		"a bug": {Ask{Body: sound(t), To: "plain"}, errors.New("2509479989"), Transient,
			Issue{"error", "exception", "", "", "an unexpected fault of the gateway", ""}},
	} {
		o := process(c.ask, &fake{err: map[string]error{"korrespondance": c.err}})
		if o.Err == nil || o.Result != nil {
			t.Errorf("%s: %+v", name, o)
			continue
		}
		if r := response(t, o); r.Code != c.code || len(r.Issues) == 0 || r.Issues[0] != c.issue {
			t.Errorf("%s: %+v", name, r)
		}
		if strings.Contains(string(o.Acknowledgement), "2509479989") {
			t.Errorf("%s: the citizen's number is in the answer", name)
		}
	}
}

// A wrong request is answered to who asks, and is no fault of the message.
func TestProcessAskedWrongly(t *testing.T) {
	for name, a := range map[string]Ask{
		"a form that nobody has": {Body: sound(t), To: "pdf"},
		"the form it is in":      {Body: sound(t), To: "carecommunication"},
		"a form without it":      {Body: sound(t), To: "fmk"},
		"no kind of document":    {Body: sound(t), To: "plain", Document: "recept"},
	} {
		f := &fake{}
		o := process(a, f)
		var e *mapping.Error
		if !errors.As(o.Err, &e) || o.Acknowledgement != nil || len(f.asked) != 0 {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// Where nobody can be answered, there is no answer and both reasons are told.
func TestProcessNobodyToAnswer(t *testing.T) {
	o := process(Ask{Body: with(t, sound(t), `"sender": {`, `"author": {`)}, &fake{})
	if o.Acknowledgement != nil || o.Message == nil || !strings.Contains(o.Err.Error(), "not acknowledged") || FaultsOf(o.Err)[0].Path != h+".sender" {
		t.Errorf("%+v", o)
	}
	nobody := with(t, sound(t), `"receiver": {"reference": "urn:uuid:`+one+`005"}`, `"receiver": {"display": "nogen"}`)
	if o = process(Ask{Body: nobody}, &fake{}); o.Acknowledgement != nil {
		t.Error("a message to nobody is answered by nobody")
	}
	o = process(Ask{Body: nobody, Own: Party{Name: "Tolk", SOR: "1144561000016002", GLN: "5790000123117"}}, &fake{})
	if r := response(t, o); r.Code != Fatal || r.Issues[0].Code != receiverUnknown {
		t.Errorf("%+v", r)
	}
}

// An acknowledgement is read, and never answered.
func TestProcessAcknowledgement(t *testing.T) {
	ack := string(answersTo(t)["refused"])
	f := &fake{}
	o := process(Ask{Body: ack}, f)
	if o.Err != nil || o.Acknowledgement != nil || o.Result != nil || o.Message.Response.Code != Fatal || o.Kind != Acknowledgement {
		t.Errorf("%+v", o)
	}
	if o = process(Ask{Body: ack, To: "plain"}, f); o.Err == nil || o.Message.Response == nil || o.Acknowledgement != nil {
		t.Errorf("translated: %+v", o)
	}
	header := `{"resourceType":"MessageHeader","id":"1","eventCoding":{"system":"` + eventCodes + `","code":"acknowledgement-message"},"response":{"identifier":"2","code":"ok"}}`
	if o = process(Ask{Body: header}, f); o.Err != nil || o.Message.Response.Of != "2" || o.Acknowledgement != nil {
		t.Errorf("a header alone: %+v", o)
	}
	if o = process(Ask{Body: with(t, header, Acknowledgement, Empty)}, f); o.Err == nil || o.Acknowledgement != nil {
		t.Errorf("a header alone of another event: %+v", o)
	}
	if o = process(Ask{Body: with(t, ack, `"timestamp"`, `"time"`)}, f); o.Err == nil || o.Acknowledgement != nil {
		t.Errorf("with a fault: %+v", o)
	}
}

// The documents that come along are translated where that is offered, and named
// where it is not.
func TestProcessAttached(t *testing.T) {
	list := `{"resourceType":"Bundle","type":"collection","note":"fhir-content"}`
	f := &fake{}
	o := process(Ask{Body: carrying(t, list), To: "plain"}, f)
	if o.Err != nil || len(o.Attached) != 1 {
		t.Fatalf("%+v", o)
	}
	x := o.Attached[0]
	if x.Path != "Bundle.entry[5].resource" || x.Document != "medicinliste" || x.Body != list || x.Err != nil || string(x.Result.Output) != "medicinliste to plain" {
		t.Errorf("%+v", x)
	}
	if q := f.asked[1]; q.From != "fhir" {
		t.Errorf("asked %+v", q)
	}
	for _, to := range []string{"", "fhir"} {
		if o = process(Ask{Body: carrying(t, list), To: to}, f); len(o.Attached) != 1 || o.Attached[0].Result != nil || o.Attached[0].Err != nil {
			t.Errorf("to %q: %+v", to, o)
		}
	}
	for _, other := range []string{`{"resourceType":"Bundle","note":"ffb-content"}`, `{"resourceType":"Patient"}`, `{`, `ffb-content fhir-content`} {
		if o = process(Ask{Body: carrying(t, other), To: "plain"}, f); o.Err != nil || o.Attached != nil {
			t.Errorf("%s: %+v", other, o)
		}
	}
	f.err = map[string]error{"medicinliste": &mapping.Error{Kind: mapping.Required, Path: "Bundle.entry", Message: "expected a list"}}
	if o = process(Ask{Body: carrying(t, list), To: "plain"}, f); o.Err != nil || o.Attached[0].Err == nil || response(t, o).Code != OK {
		t.Errorf("a document with a fault: %+v", o)
	}
	if o = process(Ask{Body: carrying(t, list), To: "plain", Strict: true}, f); o.Err == nil || o.Result != nil || response(t, o).Code != Fatal {
		t.Errorf("a document with a fault, strictly: %+v", o)
	}
}

// What came with a message that is taken back is named and not translated, and that
// is no fault of the message.
func TestProcessTakenBack(t *testing.T) {
	body := with(t, carrying(t, `{"resourceType":"Bundle","type":"collection","note":"fhir-content"}`), `"reply-message"`, `"retract-message"`)
	for _, to := range []string{"", "plain"} {
		f := &fake{}
		o := process(Ask{Body: body, To: to, Strict: to != ""}, f)
		if o.Err != nil || len(o.Attached) != 1 || response(t, o).Code != OK {
			t.Fatalf("to %q: %+v", to, o)
		}
		if x := o.Attached[0]; !x.TakenBack || x.Result != nil || x.Err == nil || !strings.Contains(x.Err.Error(), "taken back") {
			t.Errorf("to %q: %+v", to, x)
		}
		for _, q := range f.asked {
			if q.Document == "medicinliste" {
				t.Errorf("to %q: it is translated", to)
			}
		}
	}
}

func TestProcessDocument(t *testing.T) {
	for name, c := range map[string]struct {
		body, to, from, document string
		kind, output, fault      string
	}{
		"a collection":         {`"type":"collection","note":"fhir-content"`, "plain", "", "", "medicinliste", "medicinliste to plain", ""},
		"a document":           {`"type":"document","note":"ffb-content"`, "plain", "", "", "tilstande", "tilstande to plain", ""},
		"only recognised":      {`"type":"collection","note":"ffb-content"`, "", "", "", "tilstande", "", ""},
		"unknown":              {`"type":"collection"`, "plain", "", "", "", "", "Bundle"},
		"two things":           {`"type":"collection","note":"ffb-content fsiii-content"`, "plain", "", "", "", "", "Bundle"},
		"two, and one is it":   {`"type":"collection","note":"ffb-content fsiii-content"`, "plain", "fsiii", "tilstande", "tilstande", "tilstande to plain", ""},
		"two, and one of them": {`"type":"collection","note":"ffb-content hco-content"`, "plain", "", "sundhedstjek", "sundhedstjek", "sundhedstjek to plain", ""},
		"another":              {`"type":"collection","note":"ffb-content"`, "plain", "", "henvisning", "", "", "Bundle"},
		"KL's message":         {`"type":"message","note":"ffb-content","entry":[{"resource":{"resourceType":"MessageHeader","eventCoding":{"system":"http://fhir.kl.dk/x","code":"ffb-order"}}}]`, "fsiii", "", "", "tilstande", "tilstande to fsiii", ""},
		"a search set":         {`"type":"searchset"`, "plain", "", "", "", "", "Bundle.type"},
		"no type":              {`"note":"ffb-content"`, "plain", "", "", "", "", "Bundle.type"},
	} {
		o := process(Ask{Body: `{"resourceType":"Bundle",` + c.body + `}`, To: c.to, From: c.from, Document: c.document}, &fake{})
		if c.fault != "" {
			var e *mapping.Error
			if !errors.As(o.Err, &e) || e.Path != c.fault {
				t.Errorf("%s: %v", name, o.Err)
			}
			continue
		}
		output := ""
		if o.Result != nil {
			output = string(o.Result.Output)
		}
		if o.Err != nil || o.Kind != c.kind || output != c.output || o.Message != nil || o.Acknowledgement != nil {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if o := process(Ask{Body: `{"resourceType":"Patient"}`}, &fake{}); o.Err == nil {
		t.Error("a Patient is taken")
	}
	// a profile of MedCom's makes it one of MedCom's, whatever else is wrong
	medcom := process(Ask{Body: with(t, sound(t), eventCodes, "http://example.org/ffb-content")}, &fake{})
	if medcom.Message == nil || response(t, medcom).Code != Fatal {
		t.Errorf("an event of another system: %+v", medcom)
	}
	late := with(t, sound(t), `"entry": [`, `"entry": [{"resource": {"resourceType": "Basic", "id": "ffb-content"}},`)
	for _, profile := range []string{`"meta": {"profile": ["http://medcomfhir.dk/ig/carecommunication/StructureDefinition/medcom-careCommunication-message"]},`,
		`"meta": {"profile": ["http://medcomfhir.dk/ig/carecommunication/StructureDefinition/medcom-careCommunication-messageHeader"]},`} {
		late = with(t, late, profile, "")
	}
	if o := process(Ask{Body: late}, &fake{}); o.Message == nil || response(t, o).Code != Fatal {
		t.Errorf("a header that is not first, without any profile: %+v", o)
	}
	two := process(Ask{Body: `{"resourceType":"Bundle","type":"collection","note":"ffb-content fsiii-content"}`}, &fake{})
	if !strings.Contains(two.Err.Error(), "tilstande from ffb, tilstande from fsiii") {
		t.Errorf("the forms are not named: %v", two.Err)
	}
}

func TestProcessEntries(t *testing.T) {
	entry := func(method, url string) string {
		return `{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Condition","note":"ffb-content"},"request":{"method":"` + method + `","url":"` + url + `"}}`
	}
	whole := func(kind string, entries ...string) string {
		return `{"resourceType":"Bundle","id":"1","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`
	}
	for _, kind := range []string{"transaction", "batch"} {
		f := &fake{}
		o := process(Ask{Body: whole(kind, entry("POST", "Condition"), entry("PUT", "Condition/1")), To: "plain"}, f)
		if o.Err != nil || o.Kind != "tilstande" || o.Message != nil || o.Acknowledgement != nil {
			t.Fatalf("%s: %+v", kind, o)
		}
		resource := `{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Condition","note":"ffb-content"}}`
		if want := `{"resourceType":"Bundle","id":"1","type":"collection","entry":[` + resource + `,` + resource + `]}`; f.texts[0] != want {
			t.Errorf("%s: translated %s", kind, f.texts[0])
		}
		if n := o.Result.Ledger.Notices; len(n) != 1 || !strings.Contains(n[0].Message, "nothing is stored") {
			t.Errorf("%s: notices %v", kind, n)
		}
		answer := string(o.Answer)
		if d := parse(t, answer); d.Text(d.Child(d.Root(), "type")) != kind+"-response" || strings.Count(answer, `"status":"200"`) != 2 {
			t.Errorf("%s: answered %s", kind, answer)
		}
		looked := process(Ask{Body: whole(kind, entry("POST", "Condition"))}, f)
		for text, times := range map[string]int{string(o.Answer): 0, string(looked.Answer): 1} {
			if strings.Count(text, "nothing is stored") == 0 || strings.Count(text, "nothing is translated") != times {
				t.Errorf("%s: an entry is told %s", kind, text)
			}
		}
	}
	good := entry("POST", "Condition")
	for name, c := range map[string]struct {
		body, path string
		holds      bool
	}{
		"a read":          {whole("batch", entry("GET", "ValueSet/1")), "Bundle.entry[0].request.method", false},
		"an operation":    {whole("batch", entry("POST", "ValueSet/$expand")), "Bundle.entry[0].request.url", false},
		"an operation on": {whole("batch", entry("POST", "$translate")), "Bundle.entry[0].request.url", false},
		"no url":          {whole("transaction", entry("POST", "")), "Bundle.entry[0].request.url", false},
		"no request":      {whole("transaction", `{"resource":{}}`), "Bundle.entry[0].request.method", false},
		"no resource":     {whole("transaction", good, `{"request":{"method":"PUT","url":"X/1"}}`), "Bundle.entry[1].resource", true},
		"a deletion":      {whole("transaction", good, entry("DELETE", "Condition/2")), "Bundle.entry[1].request.method", true},
		"nothing":         {whole("transaction"), "Bundle", false},
	} {
		o := process(Ask{Body: c.body, To: "plain"}, &fake{})
		var e *mapping.Error
		if !errors.As(o.Err, &e) || e.Path != c.path || o.Answer != nil || o.Result != nil {
			t.Errorf("%s: %+v", name, o)
		}
		if HoldsResources(parse(t, c.body)) != c.holds {
			t.Errorf("%s: HoldsResources is %v", name, !c.holds)
		}
	}
}
