package healthcheck

import (
	"errors"
	"testing"

	"tolk/mapping"
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

func open(t *testing.T, text string) (*Copier, error) {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return Open(doc, "hco", Hub)
}

func TestWhatIsNoBundleIsRefused(t *testing.T) {
	for text, path := range map[string]string{
		`{}`:                                     "resourceType",
		`[]`:                                     "resourceType",
		`{"resourceType":1}`:                     "resourceType",
		`{"resourceType":"Bundle"}`:              "Bundle.entry",
		`{"resourceType":"Bundle","entry":[]}`:   "Bundle.entry",
		`{"resourceType":"Bundle","entry":[{}]}`: "Bundle.entry[0]",
	} {
		_, err := open(t, text)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Path != path || e.Kind != mapping.Required {
			t.Errorf("%s: got %v, want a required error at %s", text, err, path)
		}
	}
}

// An id that is a UUID stays. Another is made of the document and the place, and
// two resources never share one.
func TestIds(t *testing.T) {
	const one = "11111111-1111-4111-8111-111111111111"
	const text = `{"resourceType":"Bundle","entry":[
		{"fullUrl":"https://a.example/Patient/` + one + `","resource":{"resourceType":"Patient","id":"` + one + `"}},
		{"fullUrl":"urn:uuid:22222222-2222-4222-8222-222222222222","resource":{"resourceType":"Organization","id":"o"}},
		{"resource":{"resourceType":"Practitioner","id":"` + one + `"}},
		{"resource":{"resourceType":"Device"}}]}`
	c, err := open(t, text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := open(t, text)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, r := range c.Resources {
		if !IsUUID(r.ID) || seen[r.ID] || r.ID != again.Resources[i].ID {
			t.Errorf("%s: got the id %q, want a UUID of its own, the same every time", r.Type, r.ID)
		}
		seen[r.ID] = true
	}
	if got := c.Resources[0].ID; got != one {
		t.Errorf("Patient: got %s, want %s", got, one)
	}
	if got := c.Resources[1].ID; got != "22222222-2222-4222-8222-222222222222" {
		t.Errorf("Organization: got %s, want that of its fullUrl", got)
	}
}

// A reference is followed by the fullUrl, by type and id, and with a version.
func TestReferences(t *testing.T) {
	c, err := open(t, `{"resourceType":"Bundle","entry":[
		{"fullUrl":"https://a.example/fhir/Patient/p","resource":{"resourceType":"Patient","id":"p"}},
		{"resource":{"resourceType":"Basic","id":"b","subject":[
			{"reference":"Patient/p"},{"reference":"https://a.example/fhir/Patient/p"},{"reference":"Patient/p/_history/2"},
			{"reference":"Patient/q"},{"reference":"#p"},{"display":"p"},{"reference":"p"}]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for i, reference := range c.List(c.Resources[1].Node, "subject") {
		if got, want := c.Target(reference) != nil, i < 3; got != want {
			t.Errorf("reference %d: found: got %v, want %v", i, got, want)
		}
	}
}

func TestAdded(t *testing.T) {
	pulse, ok := measure.ByName("puls")
	if !ok {
		t.Fatal("no item puls")
	}
	for _, c := range pulse.Codings(measure.Hub) {
		if !Added(pulse, c) {
			t.Errorf("%s: the hub adds it, and it is not told", c.Code)
		}
		c.Display = "another word"
		if Added(pulse, c) {
			t.Errorf("%s: with another display it says more than the hub adds", c.Code)
		}
	}
	if Added(pulse, mapping.Coding{System: "http://snomed.info/sct", Code: "78564009"}) {
		t.Error("another SNOMED CT code says more than the hub adds")
	}
}
