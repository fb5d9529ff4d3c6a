package medcom

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/fixtures/validator"
	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// official returns the published examples of HomeCareObservation.
func official(t *testing.T) map[string]string {
	t.Helper()
	names := shared.Files(t, "official", "examples", "medcom.fhir.dk.homecareobservation", "*.json")
	examples := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		examples[filepath.Base(name)] = string(text)
	}
	return examples
}

func parse(t *testing.T, text string) *tree.Doc {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// written is a document with a name, to be validated.
type written struct{ name, text string }

// valid checks documents against a package.
func valid(t *testing.T, ig string, documents []written) {
	t.Helper()
	v := validator.Find(t)
	dir := t.TempDir()
	var files []string
	for _, d := range documents {
		file := filepath.Join(dir, d.name)
		if err := os.WriteFile(file, []byte(d.text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, i := range validator.Errors(v.Validate(t, ig, nil, files...)) {
		t.Error(i)
	}
}

func toHub(t *testing.T, text string) *transcript.Written {
	t.Helper()
	w, err := HCOToHub(parse(t, text), document.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func fromHub(t *testing.T, text string, q document.Request) *transcript.Written {
	t.Helper()
	w, err := HubToHCO(parse(t, text), q)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// receiver is the party that a message of the examples is addressed to.
func receiver(t *testing.T, text string) document.Request {
	t.Helper()
	doc := parse(t, text)
	endpoint := doc.Text(doc.Find(doc.Root(), "entry", "resource", "destination", "endpoint"))
	_, sor, ok := strings.Cut(endpoint, "#id=")
	if !ok {
		return document.Request{}
	}
	return document.Request{Receiver: document.Party{SOR: sor}}
}

// envelopeOnly reports whether an example is a part of an envelope.
func envelopeOnly(name string) bool {
	return strings.HasPrefix(name, "MessageHeader-") || strings.HasPrefix(name, "Provenance-")
}

func TestExamplesToTheHubAndBack(t *testing.T) {
	var hubs, messages []written
	for name, text := range official(t) {
		if envelopeOnly(name) {
			if _, err := HCOToHub(parse(t, text), document.Request{}); err == nil {
				t.Errorf("%s: got a document for an envelope without a health check, want an error", name)
			}
			continue
		}
		there := toHub(t, text)
		if n := there.Ledger.Counts["unclaimed"]; n != 0 {
			t.Errorf("%s: %d leaves unclaimed on the way to the hub", name, n)
		}
		back := fromHub(t, string(there.Output), receiver(t, text))
		if n := back.Ledger.Counts["unclaimed"]; n != 0 {
			t.Errorf("%s: %d leaves unclaimed on the way back", name, n)
		}
		if bundle := strings.HasPrefix(name, "Bundle-"); bundle != back.Ledger.Conformance.Met {
			t.Errorf("%s: got a message: %v, lacks %v", name, back.Ledger.Conformance.Met, back.Ledger.Conformance.Lacks)
		}
		again := toHub(t, string(back.Output))
		if got, want := loose(t, again.Output), loose(t, there.Output); got != want {
			t.Errorf("%s: the hub is not stable after one trip\n got %s\nwant %s", name, got, want)
		}
		hubs = append(hubs, written{name, string(there.Output)})
		messages = append(messages, written{name, string(back.Output)})
	}
	valid(t, "hl7.fhir.dk.core#3.7.0", hubs)
	valid(t, "medcom.fhir.dk.homecareobservation#1.2.1", messages)
}

var narratives = regexp.MustCompile(`"text":\{"status":"generated","div":"(\\.|[^"\\])*"\},?`)

// loose is a document without the narratives that were generated for it.
func loose(t *testing.T, text []byte) string {
	t.Helper()
	return narratives.ReplaceAllString(string(text), "")
}
