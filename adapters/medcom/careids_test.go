package medcom

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
)

// unaddressed is a correspondence of the hub that does not say who receives it.
func unaddressed(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "korrespondance", "plain-to-fhir", "uden-modtager", "output.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// One thread to two receivers is two messages with an id each, and to the same one
// again it is the same message.
func TestThreadIDs(t *testing.T) {
	q := document.Request{Document: document.Korrespondance, Now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		Sender:   document.Party{Name: "Bostedet", SOR: "938061000016005", GLN: "5790001382445", Person: "Signe Holm", Role: "Pædagog", Phone: "86123456"},
		Receiver: document.Party{Name: "Klinikken", SOR: "52581000016005", GLN: "5790000121526"}}
	ids := func(q document.Request) (bundle, header, act string) {
		w, err := toCare(t, unaddressed(t), q)
		if err != nil {
			t.Fatal(err)
		}
		if !w.Ledger.Conformance.Met {
			t.Fatalf("it is no message: %v", w.Ledger.Conformance.Lacks)
		}
		out := parse(t, string(w.Output))
		return out.Text(out.Child(out.Root(), "id")), out.Text(of(t, out, "MessageHeader", "id")), out.Text(of(t, out, "Provenance", "target", "reference"))
	}
	bundle, header, act := ids(q)
	if act != "urn:uuid:"+header {
		t.Errorf("the act is of %s, and the message is %s", act, header)
	}
	later := q
	later.Now = later.Now.Add(time.Hour)
	if b, h, _ := ids(later); b != bundle || h != header {
		t.Error("the same message has other ids when it is written again")
	}
	q.Receiver = document.Party{Name: "Psykiatrien", SOR: "954681000016005", GLN: "5790000123117"}
	if b, h, _ := ids(q); b == bundle || h == header {
		t.Errorf("two messages have one id: Bundle %v, MessageHeader %v", b == bundle, h == header)
	}
}

// A text that no XHTML can hold is refused at its place, in a thread and in a text
// that is made of a document.
func TestCareControlCharacters(t *testing.T) {
	text := strings.Replace(unaddressed(t), `"text": "Søvn"`, `"text": "S\u0001vn"`, 1)
	_, err := toCare(t, text, document.Request{Document: document.Korrespondance})
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.Value || e.Path != "Bundle.entry[0].resource.topic.text" {
		t.Errorf("a thread: %v", err)
	}
	list := `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"List","id":"1","subject":{"reference":"Patient/2"},"note":[{"text":"a\u0001b"}],"code":{"coding":[{"system":"http://loinc.org","code":"10160-0"}]}}},` +
		`{"resource":{"resourceType":"Patient","id":"2","name":[{"text":"Bruno\u0001"}],"identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}]}}]}`
	if _, err := toCare(t, list, document.Request{Document: document.Medicinliste}); !errors.As(err, &e) || e.Kind != mapping.Value {
		t.Errorf("a list: %v", err)
	}
}

// The same of a measurement: the name of the citizen stands in a narrative.
func TestHCOControlCharacters(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "sundhedstjek", "fhir-to-hco", "*", "input.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixture: %v", err)
	}
	tried := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := HubToHCO(parse(t, string(text)), document.Request{}); err != nil || !strings.Contains(string(text), `"family": "`) {
			continue
		}
		tried++
		_, err = HubToHCO(parse(t, strings.ReplaceAll(string(text), `"family": "`, `"family": "\u0001`)), document.Request{})
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != mapping.Value || !strings.Contains(e.Path, "family") {
			t.Errorf("%s: %v", file, err)
		}
	}
	if tried == 0 {
		t.Error("no fixture has a family name")
	}
}

// What is missed many times is said of each place once.
func TestMissOnce(t *testing.T) {
	q := document.Request{Document: document.Korrespondance}
	w, err := toCare(t, unaddressed(t), q)
	if err != nil {
		t.Fatal(err)
	}
	lacks := w.Ledger.Conformance.Lacks
	for i, l := range lacks {
		if slices.IndexFunc(lacks[:i], func(o ledger.Lack) bool { return o == l }) >= 0 {
			t.Errorf("said twice: %v", l)
		}
	}
	if len(lacks) == 0 {
		t.Error("nothing is missed")
	}
}
