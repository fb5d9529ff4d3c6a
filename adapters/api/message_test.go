package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// The ids of the message below.
const (
	bundleID = "7d0c2c0e-6a6f-4a55-9a0b-0d6c2f5f7a11"
	headerID = "b9a1a9be-3f0e-4d4e-8a38-6b0a5ce3f902"
)

// care is a sound CareCommunication, as far as its envelope goes. The citizen is
// named wherever a text may be.
var care = func() string {
	text := `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">` + canary + `</div>"}`
	organisation := func(id, sor, gln string) string {
		return `{"fullUrl":"urn:uuid:` + id + `","resource":{"resourceType":"Organization","id":"` + id + `",` + text + `,"identifier":[{"system":"urn:oid:1.2.208.176.1.1","value":"` + sor +
			`"},{"system":"https://www.gs1.org/gln","value":"` + gln + `"}],"name":"Afdeling ` + sor[:2] + `"}}`
	}
	const left, right, topic = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
	const citizen = "55555555-5555-4555-8555-555555555555"
	return `{"resourceType":"Bundle","id":"` + bundleID + `","type":"message","timestamp":"2026-03-02T09:15:00+01:00","entry":[` +
		`{"fullUrl":"urn:uuid:` + headerID + `","resource":{"resourceType":"MessageHeader","id":"` + headerID + `",` + text + `,` +
		`"eventCoding":{"system":"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-eventCodes","code":"care-communication-message"},` +
		`"destination":[{"extension":[{"url":"http://medcomfhir.dk/ig/messaging/StructureDefinition/medcom-messaging-destinationUseExtension","valueCoding":{"system":"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-destinationUse","code":"primary"}}],` +
		`"endpoint":"https://sor2.sum.dsdn.dk/#id=263001000016001","receiver":{"reference":"urn:uuid:` + right + `"}}],` +
		`"sender":{"reference":"urn:uuid:` + left + `"},"source":{"endpoint":"https://sor2.sum.dsdn.dk/#id=8851000016006"},"focus":[{"reference":"urn:uuid:` + topic + `"}],` +
		`"definition":"http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0"}},` +
		organisation(left, "8851000016006", "5790000121526") + `,` + organisation(right, "263001000016001", "5790000201389") + `,` +
		`{"fullUrl":"urn:uuid:` + topic + `","resource":{"resourceType":"Communication","id":"` + topic + `",` + text + `,"status":"unknown","note":[{"text":"` + canary + `"}],` +
		`"subject":{"reference":"urn:uuid:` + citizen + `"},"payload":[{"contentString":"` + canary + `"}]}},` +
		`{"fullUrl":"urn:uuid:` + citizen + `","resource":{"resourceType":"Patient","id":"` + citizen + `",` + text + `}},` +
		`{"fullUrl":"urn:uuid:44444444-4444-4444-8444-444444444444","resource":{"resourceType":"Provenance","id":"44444444-4444-4444-8444-444444444444",` + text + `,` +
		`"target":[{"reference":"urn:uuid:` + headerID + `"}],"occurredDateTime":"2026-03-02T09:15:00+01:00","recorded":"2026-03-02T09:15:00+01:00",` +
		`"activity":{"coding":[{"system":"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-activityCodes","code":"new-message"}]},"agent":[{"who":{"reference":"urn:uuid:` + left + `"}}]}}]}`
}()

// gateway is the stub, which also knows what a Bundle is: what a test says.
type gateway struct {
	*stub
	is []document.Recognised
}

func (g gateway) Recognise(*tree.Doc) []document.Recognised { return g.is }

// mail is a server that takes messages, with a stub behind it and an envelope
// that is the word "sealed" before its message.
func mail(t testing.TB, is ...document.Recognised) *harness {
	t.Helper()
	h := start(t, Limits{})
	content := *h.inForce()
	content.Messages = &message.Processor{Gateway: gateway{h.core, is}}
	h.contents = func() *Content { return &content }
	h.open = func(text string, _ int) (*Opened, error) {
		inner, sealed := strings.CutPrefix(text, "<sealed/>")
		switch {
		case !sealed:
			return nil, nil
		case inner == "":
			return nil, &mapping.Error{Kind: mapping.Required, Path: "sealed", Message: "the envelope is empty"}
		case inner == "receipt":
			return &Opened{Receipt: "a positive receipt"}, nil
		}
		strange := func(m *message.Message) []string { return []string{m.Sender.GLN + " to " + m.Receivers[0].GLN} }
		said := func() *message.Message {
			d, err := tree.Parse(inner, tree.Limits{})
			if err != nil {
				return nil
			}
			m, _ := message.Read(d)
			return m
		}
		return &Opened{Message: inner, Notices: []string{"it is æ longer"}, Parties: said, Strange: strange, Acknowledge: func(ack []byte, now time.Time) ([]byte, error) {
			if now.IsZero() {
				return nil, errors.New("no moment")
			}
			return append([]byte("<sealed/>"), ack...), nil
		}}, nil
	}
	return h
}

// acknowledgement is what a test reads of one.
type acknowledgement struct{ code, of, sender, receiver, text string }

func readAcknowledgement(t *testing.T, text string) (a acknowledgement) {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatalf("%v: %.300s", err, text)
	}
	m, err := message.Read(d)
	if err != nil || m.Response == nil {
		t.Fatalf("%v: %.1000s", err, text)
	}
	a = acknowledgement{code: m.Response.Code, of: m.Response.Of, sender: m.Sender.GLN, receiver: m.Receivers[0].GLN}
	for _, i := range m.Response.Issues {
		a.text += i.Code + " " + i.Text + "; "
	}
	return a
}

var fromReceiver = acknowledgement{code: "ok", of: headerID, sender: "5790000201389", receiver: "5790000121526"}

// A message is answered with its acknowledgement, in every way it may come.
func TestProcessMessage(t *testing.T) {
	h := mail(t)
	xml, err := fhirxml.ToXML(care, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ target, body, kind string }{
		"bare":                     {processPath, care, fhirJSON},
		"escaped":                  {"/fhir/%24process-message", care, fhirJSON},
		"at once":                  {processPath + "?async=false", care, plainJSON},
		"Parameters":               {processPath, `{"resourceType":"Parameters","parameter":[{"name":"content","resource":` + care + `}]}`, fhirJSON},
		"XML":                      {processPath, string(xml), fhirXML},
		"the base":                 {"/fhir", care, fhirJSON},
		"base in XML":              {"/fhir/", string(xml), plainXML},
		"an envelope, answer bare": {processPath + "?envelope=none", "<sealed/>" + care, plainXML},
	} {
		a := h.send(t, "POST", c.target, c.body, "Content-Type", c.kind)
		if a.status != 200 || a.header.Get("Content-Type") != fhirJSON {
			t.Errorf("%s: got %d %s %.500s", name, a.status, a.header.Get("Content-Type"), a.body)
			continue
		}
		if got := readAcknowledgement(t, a.body); got != fromReceiver {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	a := h.send(t, "POST", processPath, care, "Accept", "application/fhir+xml")
	if a.status != 200 || !strings.HasPrefix(a.body, "<?xml") || !strings.Contains(a.body, `<code value="ok"/>`) {
		t.Errorf("in XML: got %d %.300s", a.status, a.body)
	}
	a = h.send(t, "POST", processPath, "<sealed/>"+care, "Content-Type", "application/xml")
	inner, sealed := strings.CutPrefix(a.body, "<sealed/>")
	if a.status != 200 || !sealed || a.header.Get("Content-Type") != plainXML || a.header.Get("Tolk-Envelope") != "it is  longer; 5790000121526 to 5790000201389" {
		t.Errorf("in an envelope: got %d %v %.300s", a.status, a.header, a.body)
	} else if got := readAcknowledgement(t, inner); got != fromReceiver {
		t.Errorf("in an envelope: got %+v", got)
	}
	if n := h.core.count(); n != 0 {
		t.Errorf("%d translations that nobody asked for", n)
	}
}

// out is what a test reads of the Parameters that answer a message.
type out map[string]json.RawMessage

func readOut(t *testing.T, a answer) out {
	t.Helper()
	var p struct {
		ResourceType string
		Parameter    []struct {
			Name     string
			Resource json.RawMessage
			Part     json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.status != 200 || p.ResourceType != "Parameters" {
		t.Fatalf("got %d %v %.500s", a.status, err, a.body)
	}
	all := out{}
	for _, one := range p.Parameter {
		all[one.Name] = append(one.Resource, one.Part...)
	}
	return all
}

// held returns what a Binary holds.
func held(t *testing.T, resource json.RawMessage) (contentType, data string) {
	t.Helper()
	var b struct{ ResourceType, ContentType, Data string }
	if err := json.Unmarshal(resource, &b); err != nil || b.ResourceType != "Binary" {
		t.Fatalf("%v: %s", err, resource)
	}
	text, err := base64.StdEncoding.DecodeString(b.Data)
	if err != nil {
		t.Fatal(err)
	}
	return b.ContentType, string(text)
}

// With a form asked for, the answer holds the acknowledgement, the content in
// that form, its account, and what came along.
func TestProcessMessageTranslates(t *testing.T) {
	h := mail(t)
	outputs := map[string]string{"plain": `{"dokument":"korrespondance"}`, "fhir": `{"id":"x","resourceType":"Bundle"}`, "xref01": "<Emessage/>"}
	h.core.answer = func(_ string, q document.Request) (*document.Result, error) {
		r := &document.Result{Output: []byte(outputs[q.To]), Ledger: &ledger.Ledger{To: q.To, Counts: map[string]int{"leaves": 7}}}
		if q.WithResidue {
			r.Residue = []byte(`[1]`)
		}
		return r, nil
	}
	for to, want := range map[string]string{"plain": plainJSON, "fhir": ""} {
		a := h.send(t, "POST", processPath+"?to="+to+"&residue=true&strict=true", "<sealed/>"+care)
		got := readOut(t, a)
		if ack := readAcknowledgement(t, string(got["return"])); ack != fromReceiver {
			t.Errorf("%s: got %+v", to, ack)
		}
		if want == "" {
			if string(got["result"]) != outputs[to] {
				t.Errorf("%s: got %s", to, got["result"])
			}
		} else if kind, text := held(t, got["result"]); kind != want || text != outputs[to] {
			t.Errorf("%s: got %s %s", to, kind, text)
		}
		if kind, text := held(t, got["ledger"]); kind != plainJSON || !strings.Contains(text, `"to":"`+to+`"`) {
			t.Errorf("%s: got %s", to, text)
		}
		if _, text := held(t, got["residue"]); text != "[1]" {
			t.Errorf("%s: got %s", to, text)
		}
		if kind, text := held(t, got["envelope"]); kind != plainXML || !strings.HasPrefix(text, "<sealed/>{") {
			t.Errorf("%s: got %s", to, text)
		}
		if a.header.Get("Tolk-Leaves") != "7" {
			t.Errorf("%s: got %v", to, a.header)
		}
		if q := h.core.last(); q.To != to || !q.Strict || !q.WithResidue || q.From != "carecommunication" || q.Now.IsZero() {
			t.Errorf("%s: asked %+v", to, q)
		}
	}
	bare := readOut(t, h.send(t, "POST", processPath+"?to=plain&envelope=none", "<sealed/>"+care))
	if bare["envelope"] != nil || bare["residue"] != nil {
		t.Errorf("got %v", bare)
	}
}

// carrier is a Processor whose messages carry three documents.
type carrier struct{}

func (carrier) Process(a message.Ask) *message.Outcome {
	return &message.Outcome{Acknowledgement: []byte(`{"resourceType":"Bundle"}`), Attached: []message.Attached{
		{Path: "Bundle.entry[1].resource", Document: "medicinliste", Result: &document.Result{Output: []byte(`{"dokument":"medicinliste"}`), Ledger: &ledger.Ledger{}}},
		{Path: "Bundle.entry[2].resource", Document: "sundhedstjek", Err: &mapping.Error{Kind: mapping.NotSupported, Path: "to", Message: "why not"}},
		{Path: "Bundle.entry[3].resource", Document: "henvisning", Body: `{"resourceType":"Bundle","id":"h"}`},
	}}
}

// What came along in a message is in the answer: translated, as it is, or with
// the reason why not.
func TestAttachments(t *testing.T) {
	h := mail(t)
	h.inForce().Messages = carrier{}
	a := h.send(t, "POST", processPath+"?to=plain", care)
	for _, want := range []string{
		`{"name":"attachment","part":[{"name":"path","valueString":"Bundle.entry[1].resource"},{"name":"document","valueCode":"medicinliste"},{"name":"result","resource":{"resourceType":"Binary","contentType":"application/json","data":"` +
			base64.StdEncoding.EncodeToString([]byte(`{"dokument":"medicinliste"}`)) + `"}},{"name":"ledger","resource":{`,
		`{"name":"document","valueCode":"sundhedstjek"},{"name":"outcome","resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported","details":{"text":"to: why not"}`,
		`{"name":"document","valueCode":"henvisning"},{"name":"result","resource":{"resourceType":"Bundle","id":"h"}}]}`,
	} {
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("got %d %s\nwant %s", a.status, a.body, want)
		}
	}
}

// What is not a message and can be read is translated; all else is refused by
// name.
func TestBaseTakesDocuments(t *testing.T) {
	h := mail(t, document.Recognised{Form: "ffb", Document: document.Tilstande})
	bundle := func(kind, entries string) string {
		return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + entries + `]}`
	}
	const resource = `{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}`
	for _, kind := range []string{"collection", "document"} {
		got := readOut(t, h.send(t, "POST", "/fhir?to=carecommunication&sender-name=Bosted", bundle(kind, `{"resource":{"resourceType":"Patient"}}`)))
		if got["return"] != nil || !strings.Contains(string(got["result"]), kind) || h.core.last().Sender.Name != "Bosted" {
			t.Errorf("%s: got %s", kind, got)
		}
	}
	for _, kind := range []string{"transaction", "batch"} {
		got := readOut(t, h.send(t, "POST", "/fhir?to=fsiii", bundle(kind, resource)))
		if !strings.Contains(string(got["return"]), kind+"-response") || !strings.Contains(string(got["result"]), `"type":"collection"`) {
			t.Errorf("%s: got %s", kind, got)
		}
		if a := h.send(t, "POST", "/fhir", bundle(kind, resource)); a.status != 200 || !strings.Contains(a.body, kind+"-response") || !strings.Contains(a.body, "nothing is stored") {
			t.Errorf("%s: got %d %s", kind, a.status, a.body)
		}
	}
	for name, c := range map[string]struct {
		target, body, kind string
		status             int
	}{
		"nothing is asked":        {"/fhir", bundle("collection", ""), "required", 400},
		"an operation in storing": {"/fhir?to=fsiii", bundle("transaction", `{"request":{"method":"GET","url":"ValueSet/$expand"}}`), "not-supported", 400},
		"a searchset":             {"/fhir?to=fsiii", bundle("searchset", ""), "not-supported", 400},
		"a batch of operations":   {"/fhir?to=fsiii", bundle("batch", ""), "not-supported", 400},
		"no message":              {processPath, bundle("collection", ""), "invalid", 400},
		"no Bundle":               {processPath, `{"resourceType":"Patient"}`, "invalid", 400},
		"no content":              {processPath, `{"resourceType":"Parameters"}`, "required", 400},
		"another parameter":       {processPath, `{"resourceType":"Parameters","parameter":[{"name":"async","valueBoolean":true}]}`, "not-supported", 400},
		"later":                   {processPath + "?async=true", care, "not-supported", 400},
		"elsewhere":               {processPath + "?response-url=http://x", care, "not-supported", 400},
		"another envelope":        {processPath + "?envelope=vans", care, "value", 400},
		"strict about nothing":    {processPath + "?strict=true", care, "invalid", 400},
		"parties of nothing":      {processPath + "?sender-gln=5790000121526", care, "invalid", 400},
		"another parameter of it": {processPath + "?area=sygepleje", care, "not-supported", 400},
		"an empty envelope":       {processPath, "<sealed/>", "required", 422},
		"an empty body":           {processPath, "", "required", 400},
		"no JSON":                 {processPath, "{" + canary, "structure", 400},
		"a form nobody has":       {processPath + "?to=nosuch", care, "invalid", 400},
	} {
		a := h.send(t, "POST", c.target, c.body)
		if outcomeText(t, a, c.status, c.kind); strings.Contains(a.body, canary) {
			t.Errorf("%s: repeats the body: %s", name, a.body)
		}
	}
}

// The answers that are no acknowledgement: to one, to a receipt, and to what
// cannot be acknowledged.
func TestNothingToAcknowledge(t *testing.T) {
	h := mail(t)
	ack := h.send(t, "POST", processPath, care).body
	for name, c := range map[string]struct{ body, says string }{
		"an acknowledgement": {ack, "an acknowledgement of " + headerID + ": ok; it is taken, and is never acknowledged itself"},
		"one in an envelope": {"<sealed/>" + ack, "never acknowledged"},
		"a receipt":          {"<sealed/>receipt", "a positive receipt; nothing is answered to a receipt"},
	} {
		a := h.send(t, "POST", processPath, c.body)
		if a.status != 200 || !strings.Contains(a.body, `"severity":"information","code":"informational"`) || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	outcomeText(t, h.send(t, "POST", processPath+"?to=plain", ack), 400, "invalid")
	nobody := strings.Replace(care, `"sender":{"reference":"urn:uuid:1`, `"sender":{"reference":"urn:uuid:9`, 1)
	a := h.send(t, "POST", processPath, nobody)
	if a.status != 422 || !strings.Contains(a.body, "leads nowhere") || !strings.Contains(a.body, `"resourceType":"OperationOutcome"`) {
		t.Errorf("from nobody: got %d %s", a.status, a.body)
	}
	to := strings.Replace(care, `"receiver":{"reference":"urn:uuid:2`, `"receiver":{"reference":"urn:uuid:9`, 1)
	if a := h.send(t, "POST", processPath, to); a.status != 422 || !strings.Contains(a.body, "no other answers for it") {
		t.Errorf("to nobody: got %d %s", a.status, a.body)
	}
	h.own = message.Party{Name: "Porten", SOR: "52581000016005", GLN: "5790000201389"}
	if got := readAcknowledgement(t, h.send(t, "POST", processPath, to).body); got.code != "fatal-error" || got.sender != h.own.GLN || !strings.Contains(got.text, "MSG_Receiver_Identifier_UNKNOWN") {
		t.Errorf("to nobody, answered by us: got %+v", got)
	}
	h.inForce().Messages = nil
	outcomeText(t, h.send(t, "POST", processPath, care), 503, "transient")
}

// A message that there is no time for may be sent again, and the acknowledgement
// says so; one that is at fault hears that.
func TestTooLate(t *testing.T) {
	h := mail(t)
	h.limits.Budget = 50 * time.Millisecond
	wait := make(chan struct{})
	defer close(wait)
	h.core.answer = func(string, document.Request) (*document.Result, error) { <-wait; return nil, nil }
	got := readOut(t, h.send(t, "POST", processPath+"?to=plain", care))
	if ack := readAcknowledgement(t, string(got["return"])); ack.code != "transient-error" || ack.of != headerID || got["result"] != nil {
		t.Errorf("got %+v", ack)
	}
	h = mail(t) // the translation that is too late still runs in the other
	h.core.answer = func(string, document.Request) (*document.Result, error) { panic(canary) }
	a := h.send(t, "POST", processPath+"?to=plain", care)
	if a.status != 500 || strings.Contains(a.body, canary) || strings.Contains(h.logs.String(), canary) {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// Whatever stands in place of any word of a message, no error, no issue of an
// acknowledgement and no line of the log repeats it.
func TestMessagesNameNobody(t *testing.T) {
	h := mail(t)
	h.core.answer = func(string, document.Request) (*document.Result, error) {
		return nil, &mapping.Error{Kind: mapping.Value, Path: "Bundle.entry[3].resource.note[0].text", Message: "too long", Value: canary}
	}
	words := regexp.MustCompile(`"(\\.|[^"\\])*"`).FindAllStringIndex(care, -1)
	if len(words) < 140 {
		t.Fatalf("only %d words", len(words))
	}
	refusals := 0
	for _, at := range words {
		body := care[:at[0]] + `"` + canary + `"` + care[at[1]:]
		for _, target := range []string{processPath, "/fhir?to=plain"} {
			a := h.send(t, "POST", target, body)
			said := a.body
			switch {
			case a.status >= 500:
				t.Errorf("got %d %s", a.status, a.body)
			case a.status >= 400:
				refusals++
			case strings.Contains(a.body, `"severity":"information"`):
			default:
				if text, ok := strings.CutPrefix(a.body, `{"resourceType":"Parameters","parameter":[{"name":"return","resource":`); ok {
					said = strings.TrimSuffix(text, "}]}")
				}
				said = readAcknowledgement(t, said).text
			}
			if strings.Contains(said, canary) {
				t.Errorf("%s with %.40s in place of %.60s: %s", target, canary, care[at[0]:at[1]], said)
			}
		}
	}
	if refusals == 0 || strings.Contains(h.logs.String(), canary) {
		t.Errorf("%d refusals, or the log names the citizen", refusals)
	}
}

// Whatever comes in place of a message is answered or refused, and is no bug of
// ours.
func FuzzMessage(f *testing.F) {
	for _, text := range []string{care, "<sealed/>" + care, `{"resourceType":"Parameters","parameter":[{"name":"content","resource":` + care + `}]}`,
		`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"},"request":{"method":"PUT","url":"Patient/1"}}]}`,
		`<Bundle xmlns="http://hl7.org/fhir"><type value="message"/><entry><resource><MessageHeader/></resource></entry></Bundle>`} {
		f.Add(text, "to=plain")
		f.Add(text, "")
	}
	h := mail(f, document.Recognised{Form: "ffb", Document: document.Tilstande})
	f.Fuzz(func(t *testing.T, text, query string) {
		for _, path := range []string{processPath, "/fhir"} {
			if a := h.send(t, "POST", path+"?"+url.PathEscape(query), text); a.status >= 500 {
				t.Errorf("%s?%q with %q: %d %s", path, query, text, a.status, a.body)
			}
		}
	})
}
