package healthcheck_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tolk/adapters/kltools"
	"tolk/adapters/medcom"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

type translate func(*tree.Doc, document.Request) (*transcript.Written, error)

// ways are the translations written with this package, and where the documents
// are that each is tried on.
var ways = []struct {
	name    string
	run     translate
	folders []string
}{
	{"hco-to-fhir", medcom.HCOToHub, []string{"hco-to-fhir"}},
	{"fhir-to-hco", medcom.HubToHCO, []string{"fhir-to-hco", "fhir-to-fsiii", "fhir-to-plain"}},
	{"fsiii-to-fhir", kltools.ToHub, []string{"fsiii-to-fhir"}},
	{"fhir-to-fsiii", kltools.FromHub, []string{"fhir-to-fsiii", "fhir-to-hco", "fhir-to-plain"}},
}

// each calls try with every document of every way that is not refused.
func each(t *testing.T, try func(t *testing.T, run translate, text string)) {
	t.Helper()
	for _, w := range ways {
		for _, folder := range w.folders {
			names, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "sundhedstjek", folder, "*", "input.json"))
			if err != nil || len(names) == 0 {
				t.Fatalf("no fixtures of %s: %v", folder, err)
			}
			for _, name := range names {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := w.run(parse(t, string(text)), document.Request{}); err == nil {
					t.Run(w.name+"/"+filepath.Base(filepath.Dir(name)), func(t *testing.T) { try(t, w.run, string(text)) })
				}
			}
		}
	}
}

func parse(t *testing.T, text string) *tree.Doc {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// changed writes a document as edit wants it: what edit returns stands in the
// place of a node, and the empty text changes nothing.
func changed(doc *tree.Doc, edit func(n tree.ID, children []string) string) string {
	var put func(n tree.ID) string
	put = func(n tree.ID) string {
		if !doc.Kind(n).Container() {
			if s := edit(n, nil); s != "" {
				return s
			}
			return doc.Raw(n)
		}
		var children []string
		for c := doc.First(n); c != tree.None; c = doc.Next(c) {
			child := put(c)
			if doc.Kind(n) == tree.Object {
				child = `"` + doc.RawKey(c) + `":` + child
			}
			children = append(children, child)
		}
		if s := edit(n, children); s != "" {
			return s
		}
		return enclosed(doc, n, children)
	}
	return put(doc.Root())
}

func enclosed(doc *tree.Doc, n tree.ID, children []string) string {
	if doc.Kind(n) == tree.Object {
		return "{" + strings.Join(children, ",") + "}"
	}
	return "[" + strings.Join(children, ",") + "]"
}

// step is how many nodes there are from one that is tried to the next.
const step = 5

// A member that nobody knows, wherever it stands, has not been understood: it is
// unclaimed, or dropped for a reason, and it is never used.
func TestUnknownMember(t *testing.T) {
	each(t, func(t *testing.T, run translate, text string) {
		doc := parse(t, text)
		for grown := tree.ID(doc.Len() % step); int(grown) < doc.Len(); grown += step {
			if !doc.Kind(grown).Container() {
				continue
			}
			unknown := `"ukendtFelt":"x"`
			if doc.Kind(grown) == tree.Array {
				unknown = `{"ukendtFelt":"x"}`
			}
			w, err := run(parse(t, changed(doc, func(n tree.ID, children []string) string {
				if n != grown {
					return ""
				}
				return enclosed(doc, n, append(slices.Clone(children), unknown))
			})), document.Request{})
			if err != nil {
				placed(t, err)
				continue
			}
			fate := ""
			for _, l := range w.Ledger.Lines() {
				if strings.HasSuffix(l.Path, ".ukendtFelt") {
					fate = l.Fate
				}
			}
			if fate != ledger.Unclaimed.String() && fate != ledger.Dropped.String() || strings.Contains(string(w.Output), "ukendtFelt") {
				t.Errorf("in %s: %q", doc.Path(grown), fate)
			}
		}
	})
}

func placed(t *testing.T, err error) {
	t.Helper()
	var e *mapping.Error
	if !errors.As(err, &e) || e.Path == "" || e.Kind == mapping.Exception {
		t.Errorf("got %v, want an error with a path", err)
	}
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// The order of members means nothing in JSON.
func TestOrderOfMembers(t *testing.T) {
	each(t, func(t *testing.T, run translate, text string) {
		doc := parse(t, text)
		sorted := func(less func(n tree.ID, a, b string) int) string {
			w, err := run(parse(t, changed(doc, func(n tree.ID, children []string) string {
				if doc.Kind(n) != tree.Object {
					return ""
				}
				children = slices.Clone(children)
				slices.SortFunc(children, func(a, b string) int { return less(n, a, b) })
				return enclosed(doc, n, children)
			})), document.Request{})
			if err != nil {
				t.Fatal(err)
			}
			return said(t, w.Output)
		}
		up := sorted(func(_ tree.ID, a, b string) int { return strings.Compare(a, b) })
		for _, other := range []string{
			sorted(func(_ tree.ID, a, b string) int { return strings.Compare(b, a) }),
			sorted(func(n tree.ID, a, b string) int { return (1 - int(n)%3) * strings.Compare(a, b) }), // not alike in two elements
		} {
			if up != other {
				t.Errorf("the order of members made\n%s\nof\n%s", other, up)
			}
		}
	})
}

// said is a document with its members sorted, and without the ids that are
// made of its bytes.
func said(t *testing.T, text []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return uuid.ReplaceAllString(string(sorted), "id")
}

// What the sender wrote, a value or the name of a member, is in no reason, no
// notice, no lack and no error.
func TestSenderIsNotQuoted(t *testing.T) {
	const canary = "2509479989"
	each(t, func(t *testing.T, run translate, text string) {
		doc := parse(t, text)
		for n := tree.ID(1 + doc.Len()%step); int(n) < doc.Len(); n += step {
			mutants := []string{changed(doc, func(m tree.ID, _ []string) string {
				if m == n && doc.Kind(n) == tree.String {
					return `"` + canary + `"`
				}
				return ""
			})}
			if key := doc.Key(n); strings.HasPrefix(key, "value") || key == "component" {
				mutants = append(mutants, changed(doc, func(m tree.ID, children []string) string {
					if m != doc.Parent(n) {
						return ""
					}
					children = slices.Clone(children)
					for i := range children {
						if strings.HasPrefix(children[i], `"`+key+`":`) {
							children[i] = `"value` + canary + children[i][1+len(key):]
						}
					}
					return enclosed(doc, m, children)
				}))
			}
			for _, mutant := range mutants {
				w, err := run(parse(t, mutant), document.Request{})
				if err != nil {
					if strings.Contains(err.Error(), canary) {
						t.Errorf("%s: %v", doc.Path(n), err)
					}
					continue
				}
				for _, words := range words(w.Ledger) {
					if strings.Contains(words, canary) {
						t.Errorf("%s: %s", doc.Path(n), words)
					}
				}
			}
		}
	})
}

// words are the sentences of a ledger.
func words(l *ledger.Ledger) (all []string) {
	for _, s := range l.Lines() {
		all = append(all, s.Reason)
	}
	for _, n := range l.Notices {
		all = append(all, n.Message)
	}
	for _, k := range l.Conformance.Lacks {
		all = append(all, k.Element, k.Profile, k.Message)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// What went once from KL's instruments to MedCom and back says the same when it
// goes again.
func TestStableOverBothForms(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "sundhedstjek", "fsiii-to-fhir", "*", "input.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		once, ok := through(t, string(text), kltools.ToHub, medcom.HubToHCO)
		if !ok {
			continue
		}
		back, ok := through(t, once, medcom.HCOToHub, kltools.FromHub)
		if !ok {
			t.Errorf("%s: does not come back", name)
			continue
		}
		twice, _ := through(t, back, kltools.ToHub, medcom.HubToHCO)
		if got, want := said(t, []byte(twice)), said(t, []byte(once)); got != want {
			t.Errorf("%s: the second trip made\n%s\nof\n%s", name, got, want)
		}
	}
}

// through translates a document by some ways, and tells whether none refused it.
func through(t *testing.T, text string, by ...translate) (string, bool) {
	t.Helper()
	for _, run := range by {
		w, err := run(parse(t, text), document.Request{})
		if err != nil {
			placed(t, err)
			return "", false
		}
		text = string(w.Output)
	}
	return text, true
}

// two observations of one pressure, with a narrative that a machine wrote.
const pressures = `{"resourceType":"Bundle","type":"collection","entry":[
	{"resource":{"resourceType":"Observation","id":"s","text":{"status":"extensions","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">s</div>"},"status":"final","effectiveDateTime":"2026-11-01T09:00:00+01:00",
		"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.1","code":"DNK05472"}]},"valueQuantity":{"value":128,"unit":"mmHg"}}},
	{"resource":{"resourceType":"Observation","id":"d","text":{"status":"extensions","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">d</div>"},"effectiveDateTime":"2026-11-01T09:00:00+01:00","status":"final",
		"valueQuantity":{"unit":"mmHg","value":80},"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.1","code":"DNK05473"}]}}}]}`

func TestGeneratedNarrativesDoNotKeepABloodPressureApart(t *testing.T) {
	w, err := medcom.HCOToHub(parse(t, pressures), document.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(w.Output), `"resourceType":"Observation"`); got != 1 || !strings.Contains(string(w.Output), "85354-9") {
		t.Errorf("got %d observations, want one panel: %s", got, w.Output)
	}
	apart := strings.Replace(pressures, `"status":"extensions","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">s`, `"status":"additional","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">s`, 1)
	if w, err = medcom.HCOToHub(parse(t, apart), document.Request{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(w.Output), `"resourceType":"Observation"`); got != 2 {
		t.Errorf("got %d observations, want two: a person wrote beside one of them", got)
	}
}

// The code of a unit counts where its text says another, and the sender hears.
func TestUnitsThatDisagree(t *testing.T) {
	const weight = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation","status":"final","effectiveDateTime":"2026-11-01T09:00:00+01:00",
		"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.1","code":"NPU03804"}]},"valueQuantity":{"value":80,"unit":"UNIT","system":"http://unitsofmeasure.org","code":"kg"}}}]}`
	for _, w := range ways {
		for unit, want := range map[string]bool{"g": true, "kg": false, "kilo": false} {
			written, err := w.run(parse(t, strings.Replace(weight, "UNIT", unit, 1)), document.Request{})
			if err != nil {
				t.Fatal(err)
			}
			heard := slices.ContainsFunc(written.Ledger.Notices, func(n ledger.Notice) bool { return strings.HasPrefix(n.Message, "unit: its text is") })
			if heard != want {
				t.Errorf("%s: the text %s and the code kg: told %v, want %v", w.name, unit, heard, want)
			}
		}
	}
}

// A coding of a system that nobody knows is not the one with the same code.
func TestCodingOfAnUnknownSystemStays(t *testing.T) {
	const weight = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation","status":"final","effectiveDateTime":"2026-11-01T09:00:00+01:00",
		"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"},{"system":"urn:example:unknown","code":"NPU03804"}]},"valueQuantity":{"value":80,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}}]}`
	w, err := medcom.HubToHCO(parse(t, weight), document.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(w.Output), `{"system":"urn:example:unknown","code":"NPU03804"}`) {
		t.Errorf("the coding is not there: %s", w.Output)
	}
}

// The type of a Bundle is carried where it is the same, and follows otherwise.
func TestTypeOfTheBundle(t *testing.T) {
	for kind, want := range map[string]string{"collection": "carried", "message": "used", "2509479989": "dropped"} {
		for _, w := range ways {
			written, err := w.run(parse(t, strings.Replace(pressures, `"collection"`, `"`+kind+`"`, 1)), document.Request{})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range written.Ledger.Lines() {
				if l.Path == "Bundle.type" && l.Fate != want {
					t.Errorf("%s: the type %s: got %s, want %s", w.name, kind, l.Fate, want)
				}
			}
		}
	}
}

// A report that is the only one to say whom it is about is no mere cover.
func TestOwnReportThatSaysMore(t *testing.T) {
	const cover = `{"resource":{"resourceType":"DiagnosticReport","status":"unknown","code":{"coding":[{"system":"urn:tolk:CodeSystem:document","code":"sundhedstjek"}],"text":"Sundhedstjek"},"subject":{"reference":"Patient/x"}}},`
	w, err := kltools.FromHub(parse(t, strings.Replace(pressures, `"entry":[`, `"entry":[`+cover, 1)), document.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(w.Output), "Patient/x") {
		t.Error("whom the report is about is lost")
	}
}

// Who only has to do with what stays behind, stays behind.
func TestWhoPrescribedDoesNotGoWithAMeasurement(t *testing.T) {
	const others = `{"fullUrl":"urn:uuid:l","resource":{"resourceType":"MedicationStatement","id":"l","status":"active","informationSource":{"reference":"urn:uuid:p"}}},
		{"fullUrl":"urn:uuid:p","resource":{"resourceType":"PractitionerRole","id":"p","practitioner":{"reference":"urn:uuid:q"},"organization":{"reference":"urn:uuid:h"}}},
		{"fullUrl":"urn:uuid:q","resource":{"resourceType":"Practitioner","id":"q","name":[{"text":"Lars Læge"}]}},
		{"fullUrl":"urn:uuid:h","resource":{"resourceType":"Organization","id":"h","name":"Lægerne"}},
		{"fullUrl":"urn:uuid:u","resource":{"resourceType":"Organization","id":"u","name":"Ingen nævner den"}},`
	text := strings.Replace(strings.Replace(pressures, `"entry":[`, `"entry":[`+others, 1), `"status":"final"`, `"status":"final","performer":[{"reference":"urn:uuid:h"}]`, 1)
	w, err := medcom.HubToHCO(parse(t, text), document.Request{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"Lars Læge": false, "PractitionerRole": false, "Lægerne": true, "Ingen nævner den": true} {
		if got := strings.Contains(string(w.Output), name); got != want {
			t.Errorf("%s goes along: got %v, want %v", name, got, want)
		}
	}
}

// A report that is made has every observation of the hub among its results, a
// panel of two once.
func TestMadeReportHasAllResults(t *testing.T) {
	each(t, func(t *testing.T, run translate, text string) { resulting(t, run, text) })
	for _, run := range []translate{medcom.HCOToHub, kltools.ToHub} {
		resulting(t, run, pressures)
	}
}

func resulting(t *testing.T, run translate, text string) {
	t.Helper()
	w, err := run(parse(t, text), document.Request{})
	if err != nil {
		t.Fatal(err)
	}
	var bundle struct {
		Entry []struct {
			FullURL  string
			Resource struct {
				ResourceType, Status string
				Result               []struct{ Reference string }
			}
		}
	}
	if err := json.Unmarshal(w.Output, &bundle); err != nil {
		t.Fatal(err)
	}
	var results, observations []string
	made := false
	for _, e := range bundle.Entry {
		switch e.Resource.ResourceType {
		case "DiagnosticReport":
			made = made || e.Resource.Status == "unknown"
			for _, r := range e.Resource.Result {
				results = append(results, r.Reference)
			}
		case "Observation":
			observations = append(observations, e.FullURL)
		}
	}
	slices.Sort(results)
	slices.Sort(observations)
	if made && !slices.Equal(results, observations) {
		t.Errorf("the report has the results %v of %v", results, observations)
	}
}
