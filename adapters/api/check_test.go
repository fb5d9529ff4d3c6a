package api

import (
	"encoding/json"
	"strings"
	"testing"

	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/maps"
	"tolk/mapping/receiver"
	"tolk/mapping/tree"
)

// hubs reads every document as one in the hub form.
type hubs struct{ asked document.Request }

func (h *hubs) Hub(text string, q document.Request) (*document.Hub, error) {
	h.asked = q
	doc, err := tree.Parse(text, tree.Limits{})
	return &document.Hub{Doc: doc, Document: "henvisning", Form: "fhir"}, err
}

// withReceivers is a server that knows the receivers that are built in.
func withReceivers(t *testing.T) (*harness, *hubs) {
	t.Helper()
	words, err := snapshot()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := receiver.Load(maps.FS, "receivers", words)
	if err != nil {
		t.Fatal(err)
	}
	h, by := start(t, Limits{}), &hubs{}
	checker := &receiver.Checker{Tables: tables, Reader: by, Fields: &fields.Library{}}
	content := &Content{Tag: "1", Translator: h.core, Terminology: words, Checker: func() (*receiver.Checker, error) { return checker, nil }}
	h.contents = func() *Content { return content }
	return h, by
}

const bareReferral = `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ServiceRequest","id":"1"}},{"resource":{"resourceType":"Patient","id":"2","identifier":[{"value":"2509479989"}]}}]}`

func TestCheck(t *testing.T) {
	h, by := withReceivers(t)
	for _, c := range []struct{ language, said, what, tag string }{
		{"da", "Kan ikke sendes: ", "borgerens efternavn", "da"},
		{"en-GB, da;q=0.5", "Cannot be sent: ", "the citizen's family name", "en"},
		{"", "Cannot be sent: ", "the citizen's family name", "en"},
	} {
		a := h.send(t, "POST", "/v1/check?receiver=kommune&from=fhir&document=henvisning", bareReferral, "Accept-Language", c.language)
		var answer receiver.Answer
		if err := json.Unmarshal([]byte(a.body), &answer); err != nil || a.status != 200 {
			t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
		if !strings.HasPrefix(answer.Said, c.said) || answer.Verdict != receiver.CannotBeSent || !strings.Contains(a.body, c.what) || strings.Contains(a.body, "2509479989") {
			t.Errorf("%s: got %s", c.language, a.body)
		}
		if got := a.header.Get("Content-Language"); got != c.tag {
			t.Errorf("%s: got Content-Language %s", c.language, got)
		}
		if got := a.header.Get("Content-Type"); got != "application/json" {
			t.Errorf("got Content-Type %s", got)
		}
	}
	if by.asked.From != "fhir" || by.asked.Document != "henvisning" || by.asked.Now.IsZero() {
		t.Errorf("asked %+v", by.asked)
	}
	if strings.Contains(h.logs.String(), "2509479989") {
		t.Error("the log names the citizen")
	}
}

func TestCheckRefuses(t *testing.T) {
	h, _ := withReceivers(t)
	for _, c := range []struct {
		query, body string
		status      int
		code, want  string
	}{
		{"", bareReferral, 400, "required", "receiver: required: whom the document is for"},
		{"?receiver=ukendt", bareReferral, 400, "value", "receiver: accepted: egen-laege, kommune, psykiatri"},
		{"?receiver=kommune&to=fhir", bareReferral, 400, "not-supported", "to: unknown parameter; accepted: receiver, from, document, _format"},
		{"?receiver=kommune&receiver=kommune", bareReferral, 400, "invalid", "receiver: given more than once, accepted once"},
		{"?receiver=kommune", "", 400, "required", "the body is empty; expected the document to check"},
		{"?receiver=kommune", "{", 400, "structure", ""},
	} {
		if got := outcomeText(t, h.send(t, "POST", "/v1/check"+c.query, c.body), c.status, c.code); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.query, got, c.want)
		}
	}
	if a := h.send(t, "POST", "/v1/check?receiver=kommune", bareReferral, "Accept", "application/fhir+xml"); a.status != 406 {
		t.Errorf("as XML: got %d", a.status)
	}
	if a := h.send(t, "GET", "/v1/check?receiver=kommune", ""); a.status != 405 {
		t.Errorf("GET: got %d", a.status)
	}
	outcomeText(t, start(t, Limits{}).send(t, "POST", "/v1/check?receiver=kommune", bareReferral), 503, "transient")
}
