package ffb

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/readable"
	"tolk/mapping/residue"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// cases are the worked examples that go from the hub to a section of FFB.
func cases(t *testing.T) []fixtures.Case {
	t.Helper()
	all, err := fixtures.Load(os.DirFS(filepath.Join("..", "..", "fixtures")))
	if err != nil {
		t.Fatal(err)
	}
	var of []fixtures.Case
	for _, c := range all {
		if strings.Contains(c.Name, "/fhir-to-ffb/") && c.Request.Document != document.Tilstande {
			of = append(of, c)
		}
	}
	if len(of) < 6 {
		t.Fatalf("%d cases", len(of))
	}
	return of
}

func toSection(t *testing.T, text string, q document.Request) (*transcript.Written, error) {
	t.Helper()
	doc := parse(t, text)
	for _, s := range Steps() {
		if s.Document == q.Document {
			return s.Run(document.Source{Doc: doc, Bytes: text}, q)
		}
	}
	t.Fatalf("no step for %q", q.Document)
	return nil, nil
}

func parse(t *testing.T, text string) *tree.Doc {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func refused(c fixtures.Case) bool { return strings.Contains(c.Name, "/afvist-") }

// The attached document stands alone: it is a document of the hub, nothing of
// what was held back is in it, and it goes the same way again with nothing held.
func TestSection(t *testing.T) {
	for _, c := range cases(t) {
		w, err := toSection(t, c.Input, c.Request)
		if refused(c) {
			if err == nil {
				t.Errorf("%s: got a section, want it refused", c.Name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		again, err := toSection(t, c.Input, c.Request)
		if err != nil || string(again.Output) != string(w.Output) {
			t.Errorf("%s: a second run gives other bytes: %v", c.Name, err)
		}
		if n := w.Ledger.Counts["unclaimed"] + w.Ledger.Counts["dropped"]; n > 0 {
			t.Errorf("%s: %d leaves unclaimed or dropped", c.Name, n)
		}
		doc := parse(t, c.Input)
		back, _, err := residue.Restore(string(w.Output), string(residue.Write(doc, c.Input, w.Ledger, w.Raws())), "ffb", document.FHIR, tree.Limits{})
		if err != nil || string(back) != string(doc.Append(nil, doc.Root())) {
			t.Errorf("%s: the residue gives another document: %v", c.Name, err)
		}
		text := attachment(t, w)
		if strings.Contains(text, `"Binary"`) {
			t.Errorf("%s: the untouched original is attached", c.Name)
		}
		if _, err := toSection(t, text, c.Request); err != nil {
			t.Errorf("%s: the attached document: %v", c.Name, err)
		}
		b, err := bundle.Read(parse(t, text))
		if err != nil {
			t.Fatal(err)
		}
		s, err := b.Social()
		if err != nil || s.Text != text || len(s.Held) > 0 {
			t.Errorf("%s: the attached document still holds something back: %d, %v", c.Name, len(s.Held), err)
		}
	}
}

func attachment(t *testing.T, w *transcript.Written) string {
	t.Helper()
	out := parse(t, string(w.Output))
	text := ""
	for n := out.Root(); int(n) < out.Len(); n++ {
		if out.RawKey(n) == "data" {
			b, err := base64.StdEncoding.DecodeString(out.Text(n))
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
	}
	return text
}

// What a private line is called, and everything that belongs to it alone,
// stands nowhere in what goes to the social side: not in the text, not in the
// attachment, not in the account of it.
func TestNothingPrivateGoesToTheSocialSide(t *testing.T) {
	const (
		open    = `{"resourceType":"Bundle","type":"collection","timestamp":"2026-11-20T08:10:00Z","entry":[`
		list    = `{"fullUrl":"urn:uuid:a","resource":{"resourceType":"List","id":"a","text":{"status":"generated","div":"<div>Kanarin</div>"},"extension":[{"url":"urn:tolk:StructureDefinition:withheld","valueUnsignedInt":1}],"status":"current","mode":"snapshot","title":"Medicinliste","code":{"coding":[{"system":"http://loinc.org","code":"10160-0"}]},"subject":{"reference":"urn:uuid:p"},"date":"2026-11-20T08:10:00Z","note":[{"text":"KANARIN og kanarin-depot er sat op; vitaminpillen er uændret"}],"entry":[{"item":{"reference":"urn:uuid:s1"}},{"item":{"reference":"urn:uuid:s2"}}]}},`
		person  = `{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],"name":[{"use":"official","given":["Bruno","Test"],"family":"Elmer"}]}},`
		private = `{"fullUrl":"urn:uuid:s1","resource":{"resourceType":"MedicationStatement","id":"s1","MARK"status":"active","medicationReference":{"reference":"urn:uuid:m1"},"subject":{"reference":"urn:uuid:p"},"informationSource":{"reference":"urn:uuid:r1"},"reasonCode":[{"text":"hemmelig grund"}],"dosage":[{"text":"9 stk hemmeligt"}]}},` +
			`{"fullUrl":"urn:uuid:m1","resource":{"resourceType":"Medication","id":"m1","code":{"coding":[{"system":"http://www.whocc.no/atc","code":"X00XX00","display":"kanarinum"}],"text":"Kanarin"}}},` +
			`{"fullUrl":"urn:uuid:r1","resource":{"resourceType":"PractitionerRole","id":"r1","practitioner":{"reference":"urn:uuid:d1"}}},` +
			`{"fullUrl":"urn:uuid:d1","resource":{"resourceType":"Practitioner","id":"d1","name":[{"text":"Hemmelig Psykiater"}]}},` +
			`{"fullUrl":"urn:uuid:g1","resource":{"resourceType":"MedicationAdministration","id":"g1","status":"completed","medicationReference":{"reference":"urn:uuid:m1"},"subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-11-20","note":[{"text":"hemmelig virkning"}]}},` +
			`{"fullUrl":"urn:uuid:v1","resource":{"resourceType":"Provenance","id":"v1","target":[{"reference":"urn:uuid:s1"}],"recorded":"2026-11-20T08:10:00Z","agent":[{"who":{"display":"Hemmelig Klinik"}}]}},` +
			`{"fullUrl":"urn:uuid:v2","resource":{"resourceType":"Provenance","id":"v2","target":[{"reference":"urn:uuid:a"}],"recorded":"2026-11-20T08:10:00Z","agent":[{"who":{"display":"FMK"}}],"entity":[{"extension":[{"url":"urn:tolk:StructureDefinition:sha256","valueString":"hemmelig-sum"}],"role":"source","what":{"reference":"urn:uuid:b"}}]}},` +
			`{"fullUrl":"urn:uuid:b","resource":{"resourceType":"Binary","id":"b","contentType":"application/xml","data":"aGVtbWVsaWd0IGthbmFyaW4="}},`
		open2 = `{"fullUrl":"urn:uuid:s2","resource":{"resourceType":"MedicationStatement","id":"s2","extension":[{"url":"urn:tolk:StructureDefinition:origin","valueCode":"fmk"}],"status":"active","medicationReference":{"reference":"urn:uuid:m2"},"subject":{"reference":"urn:uuid:p"},"dosage":[{"text":"1 stk morgen"}]}},` +
			`{"fullUrl":"urn:uuid:m2","resource":{"resourceType":"Medication","id":"m2","code":{"text":"Vitaminpillen"}}}]}`
	)
	marks := map[string]string{
		"extension": `extension":[{"url":"urn:tolk:StructureDefinition:private","valueBoolean":true}],"`,
		"security":  `meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"`,
	}
	for name, mark := range marks {
		text := strings.Replace(open+list+person+private+open2, "MARK\"", mark, 1)
		w, err := toSection(t, text, document.Request{Document: document.Medicinliste})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sent := strings.ToLower(string(w.Output) + attachment(t, w))
		for _, canary := range []string{"kanarin", "hemmelig", "x00xx00", "aGVtbWVsaWd0"} {
			if strings.Contains(sent, strings.ToLower(canary)) {
				t.Errorf("%s: %q goes to the social side", name, canary)
			}
		}
		for _, want := range []string{`"valueUnsignedInt":2`, "vitaminpillen", "[privatmarkeret lægemiddel]-depot er sat op"} {
			if !strings.Contains(sent, strings.ToLower(want)) {
				t.Errorf("%s: %q is missing", name, want)
			}
		}
		if !strings.Contains(string(w.Output), "2 lægemidler er privatmarkeret og holdt tilbage") {
			t.Errorf("%s: the number of lines held back is not said in words", name)
		}
	}
}

// Each case that is not refused is valid, and claims the profile it meets.
func TestSectionIsValid(t *testing.T) {
	v := validator.Find(t)
	files := map[string][]string{}
	for _, c := range cases(t) {
		if refused(c) {
			continue
		}
		w, err := toSection(t, c.Input, c.Request)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		// The section in the guide it claims, the attached document in the hub's.
		for guide, text := range map[string]string{"kl.dk.fhir.ffbmessaging#1.0.0": string(w.Output), "hl7.fhir.dk.core#3.7.0": attachment(t, w)} {
			file := filepath.Join(t.TempDir(), strings.ReplaceAll(c.Name, "/", "_")+".json")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			files[guide] = append(files[guide], file)
		}
	}
	for guide, of := range files {
		for _, i := range validator.Errors(v.Validate(t, guide, nil, of...)) {
			t.Errorf("%s: %v", guide, i)
		}
	}
}

func TestProfileClaimed(t *testing.T) {
	want := map[string]string{
		"bosted":             core + "KLCommonCareSocialMatterOfInterest",
		"borger-med-telefon": messaging + "matterOfInterest",
		"uden-dato":          "",
	}
	for _, c := range cases(t) {
		name := filepath.Base(c.Name)
		profile, ok := want[name]
		if !ok {
			continue
		}
		w, err := toSection(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Ledger.Conformance; got.Profile != profile || got.Met != (profile != "") {
			t.Errorf("%s: got %+v, want %q", name, got, profile)
		}
	}
}

// What must not be missed stands in the text that people read.
func TestSectionSaysWhatMatters(t *testing.T) {
	for _, c := range cases(t) {
		if refused(c) {
			continue
		}
		w, err := toSection(t, c.Input, c.Request)
		if err != nil {
			t.Fatal(err)
		}
		social := parse(t, attachment(t, w))
		p, err := readable.Options{Now: c.Request.Now, Kept: true}.Read(social)
		if err != nil {
			t.Fatal(err)
		}
		out := parse(t, string(w.Output))
		b, err := bundle.Read(out)
		if err != nil {
			t.Fatal(err)
		}
		text := out.Text(out.Find(b.Entries[0].Node, "valueCodeableConcept", "text"))
		want := append([]string{}, p.CAVE...)
		if m := p.Medication; m != nil {
			want = append(want, m.Read, m.HeldBack(), m.Old)
			if m.Incomplete {
				want = append(want, incomplete)
			}
		}
		for _, s := range want {
			if !strings.Contains(text, s) {
				t.Errorf("%s: the text does not say %q", c.Name, s)
			}
		}
	}
}

func TestSectionRefuses(t *testing.T) {
	drug := `{"resource":{"resourceType":"MedicationStatement","id":"s","status":"active"}}`
	tests := []struct {
		name, text string
		kind       mapping.Kind
		path       string
	}{
		{"no bundle", `{"resourceType":"List"}`, mapping.Invalid, "resourceType"},
		{"nothing in it", `{"resourceType":"Bundle","entry":[]}`, mapping.Required, "Bundle.entry"},
		{"no list", `{"resourceType":"Bundle","entry":[` + drug + `]}`, mapping.Required, "Bundle.entry"},
		{"no patient", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","id":"a"}}]}`, mapping.Required, "Bundle.entry[0].resource.subject"},
		{"another patient", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","id":"a","subject":{"reference":"urn:uuid:p"}}}]}`, mapping.Required, "Bundle.entry[0].resource.subject"},
		{"too long", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","id":"a","subject":{"reference":"urn:uuid:p"},"extension":[{"url":"urn:tolk:StructureDefinition:cave","valueString":"` + strings.Repeat("lang ", longest/5) + `"}]}},{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p"}}]}`, mapping.TooLong, "Bundle.entry[0].resource"},
	}
	for _, tt := range tests {
		_, err := toSection(t, tt.text, document.Request{Document: document.Medicinliste})
		e, ok := err.(*mapping.Error)
		if !ok || e.Kind != tt.kind || e.Path != tt.path {
			t.Errorf("%s: got %v, want %s at %s", tt.name, err, tt.kind, tt.path)
		}
	}
}
