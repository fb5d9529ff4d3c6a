package klreferral

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

// ways returns the steps to the hub and from it.
func ways(t testing.TB) (in, out func(string) (*transcript.Written, error)) {
	t.Helper()
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	run := func(s document.Step) func(string) (*transcript.Written, error) {
		return func(text string) (*transcript.Written, error) {
			d, err := tree.Parse(text, tree.Limits{})
			if err != nil {
				return nil, err
			}
			return s.Run(document.Source{Doc: d, Bytes: text}, document.Request{})
		}
	}
	all := Steps(terms)
	return run(all[0]), run(all[1])
}

// official returns KL's published requests: single ones, and each with the
// resources that it refers to, as far as they are published.
func official(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, ig := range []string{"kl.dk.fhir.core", "kl.dk.fhir.prevention"} {
		folder := shared.Path(t, "official", "examples", ig)
		for _, name := range shared.Files(t, "official", "examples", ig, "ServiceRequest-*.json") {
			text := read(t, name)
			found[filepath.Base(name)] = text
			found["Bundle-"+filepath.Base(name)] = together(t, folder, text)
		}
	}
	return found
}

// together makes a Bundle of a request and the published resources it names.
func together(t *testing.T, folder, text string) string {
	d := parse(t, text)
	entries := []string{`{"fullUrl":"https://example.org/` + "ServiceRequest/" + d.Text(d.Child(d.Root(), "id")) + `","resource":` + text + `}`}
	d.Walk(d.Root(), func(leaf tree.ID, _ string) {
		kind, id, ok := strings.Cut(d.Text(leaf), "/")
		if d.Key(leaf) != "reference" || !ok {
			return
		}
		if other, err := os.ReadFile(filepath.Join(folder, kind+"-"+id+".json")); err == nil {
			entries = append(entries, `{"fullUrl":"https://example.org/`+kind+"/"+id+`","resource":`+string(other)+`}`)
		}
	})
	return `{"resourceType":"Bundle","type":"collection","entry":[` + strings.Join(entries, ",") + `]}`
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t testing.TB, text string) *tree.Doc {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// valid writes documents to files and has them validated.
func valid(t *testing.T, ig string, documents map[string]string) {
	t.Helper()
	v := validator.Find(t)
	dir := t.TempDir()
	var files []string
	for name, text := range documents {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, i := range validator.Errors(v.Validate(t, ig, nil, files...)) {
		if !newer(t, i) {
			t.Error(i)
		}
	}
}

// newer reports whether an error is only that KL's core is published with the
// codes of kl-term 1.0.0, and a condition has one that FSIII got since.
func newer(t *testing.T, i validator.Issue) bool {
	code, found := strings.CutPrefix(i.Message, "code ")
	code, rest, _ := strings.Cut(code, " ")
	if i.Code != "code-unknown" || !found || !strings.HasSuffix(rest, "urn:oid:1.2.208.176.2.21 (1.0.0)") || strings.Contains(i.Path, "extension") {
		return false
	}
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	_, ok := terms.Lookup(mapping.FSIII, code)
	return ok
}

// Every published request is read whole, comes back with nothing lost, is the
// same in the hub again, and what is written is valid on both sides.
func TestOfficialThereAndBack(t *testing.T) {
	in, out := ways(t)
	hubs, backs := map[string]string{}, map[string]string{}
	for name, text := range official(t) {
		want := Document
		if !strings.HasPrefix(name, "Bundle-") && !strings.Contains(text, Profile) {
			want = "" // of the prevention gateway: the caller says which document it is
		}
		if got := Recognise(parse(t, text)); got != want {
			t.Errorf("%s: recognised as %q, want %q", name, got, want)
		}
		hub, err := in(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		back, err := out(string(hub.Output))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, w := range []*transcript.Written{hub, back} {
			if n := w.Ledger.Counts["unclaimed"]; n != 0 {
				t.Errorf("%s: %d leaves unclaimed on the way to %s", name, n, w.Ledger.To)
			}
		}
		again, err := in(string(back.Output))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := string(again.Output), string(hub.Output); got != want {
			t.Errorf("%s: the hub is another after one trip\n got %s\nwant %s", name, got, want)
		}
		if lost := missing(t, text, string(back.Output)); len(lost) > 0 {
			t.Errorf("%s: lost on the trip: %v", name, lost)
		}
		hubs[name], backs[name] = string(hub.Output), string(back.Output)
	}
	valid(t, "hl7.fhir.dk.core#3.7.0", hubs)
	valid(t, "kl.dk.fhir.core#1.2.0", backs)
}

// missing lists the texts of the request in a document that its copy does not
// have; ids, references and profiles are those of another document.
func missing(t *testing.T, text, back string) (lost []string) {
	t.Helper()
	count := func(text string) map[string]int {
		d, found := parse(t, text), map[string]int{}
		d.Walk(d.Root(), func(leaf tree.ID, _ string) {
			switch d.Key(leaf) {
			case "id", "fullUrl", "reference", "":
			default:
				found[d.Key(leaf)+"="+d.Raw(leaf)]++
			}
		})
		return found
	}
	had := count(back)
	for leaf, n := range count(text) {
		if had[leaf] < n {
			lost = append(lost, leaf)
		}
	}
	return lost
}

const patient = `{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000002","resource":{"resourceType":"Patient","id":"00000000-0000-4000-8000-000000000002",
"meta":{"profile":["http://hl7.dk/fhir/core/StructureDefinition/dk-core-patient"]},"identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],"name":[{"given":["Bruno Test"],"family":"Elmer"}]}}`

const parties = `{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000003","resource":{"resourceType":"PractitionerRole","id":"00000000-0000-4000-8000-000000000003","code":[{"text":"sygeplejerske"}],
"practitioner":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000004"},"organization":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000005"}}},
{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000004","resource":{"resourceType":"Practitioner","id":"00000000-0000-4000-8000-000000000004","name":[{"text":"Lone Sygeplejerske"}]}},
{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000005","resource":{"resourceType":"Organization","id":"00000000-0000-4000-8000-000000000005","name":"Bostedet Solsikken","identifier":[{"system":"urn:oid:1.2.208.176.1.1","value":"999000016001"}]}},
{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000006","resource":{"resourceType":"Condition","id":"00000000-0000-4000-8000-000000000006","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"4977ce08-df4d-4c09-8e03-c2a563862e68"},{"system":"urn:oid:1.2.208.176.2.21","code":"J1.1"}]},"subject":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000002"}}}`

// hub is a referral in the hub form that meets KL's profile.
const hub = `{"resourceType":"Bundle","type":"collection","timestamp":"2026-11-20T14:05:00+01:00","entry":[{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":{"resourceType":"ServiceRequest","id":"00000000-0000-4000-8000-000000000001",
"extension":[{"url":"urn:tolk:StructureDefinition:requester-type","valueCoding":{"system":"urn:oid:1.2.208.176.2.21","code":"A9"}},{"url":"urn:tolk:StructureDefinition:transport","valueString":"ingen"},{"url":"http://fhir.kl.dk/core/StructureDefinition/SubjectConsentToLiaising","valueCodeableConcept":{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"e67035da-9179-466b-99ad-ea86835d38c9"}]}}],
"requisition":{"system":"urn:tolk:NamingSystem:forloeb","value":"t-1"},"status":"active","intent":"order","category":[{"coding":[{"system":"http://snomed.info/sct","code":"3457005","display":"Patient referral"}]}],"priority":"routine",
"code":{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"4a297733-4d66-4726-a933-590d55cf91e0"}]},"orderDetail":[{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"638f44df-6bf2-47f8-9935-b8fdc83e5bf5"}]}],
"subject":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000002"},"authoredOn":"2026-11-20T14:00:00+01:00","requester":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000003"},
"reasonCode":[{"text":"Har brug for støtte"}],"reasonReference":[{"reference":"urn:uuid:00000000-0000-4000-8000-000000000006"}],"note":[{"extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"anamnese"}],"text":"Første linje\nanden linje"}]}},` + patient + "," + parties + `]}`

// The hub's referral meets KL's profile where it says what KL demands, says
// what it lacks where it does not, and comes back as it was.
func TestHubToKL(t *testing.T) {
	in, out := ways(t)
	tests := []struct{ name, old, new, lack string }{
		{"whole", "", "", ""},
		{"no date", `"authoredOn":"2026-11-20T14:00:00+01:00",`, "", "ServiceRequest.authoredOn"},
		{"no requester", `"requester":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000003"},`, "", "ServiceRequest.requester"},
		{"a requester that is not here", `"requester":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000003"},`, `"requester":{"reference":"Organization/x"},`, "ServiceRequest.requester"},
		{"asked for in words", `"code":{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"4a297733-4d66-4726-a933-590d55cf91e0"}]}`, `"code":{"text":"Udredning"}`, "ServiceRequest.code"},
		{"a code of something else", `4a297733-4d66-4726-a933-590d55cf91e0`, `effe55c7-572c-4a99-8fb4-2a9dda2f6572`, "ServiceRequest.code"},
		{"a detail that is a condition", `638f44df-6bf2-47f8-9935-b8fdc83e5bf5`, `4977ce08-df4d-4c09-8e03-c2a563862e68`, "ServiceRequest.orderDetail"},
		{"a requester of another kind", `"code":"A9"`, `"code":"J1.1"`, "ServiceRequest.extension"},
		{"an answer of another kind", `e67035da-9179-466b-99ad-ea86835d38c9`, `effe55c7-572c-4a99-8fb4-2a9dda2f6572`, "ServiceRequest.extension"},
		{"a reason with two codes of a system", `"code":"J1.1"}`, `"code":"J1.1"},{"system":"urn:oid:1.2.208.176.2.21","code":"I3.4"}`, "ServiceRequest.reasonReference"},
		{"a citizen without a number", `"identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],`, "", "ServiceRequest.subject"},
	}
	written := map[string]string{}
	for _, tt := range tests {
		text := strings.Replace(hub, tt.old, tt.new, 1)
		if tt.old != "" && text == hub {
			t.Errorf("%s: the referral has no %s", tt.name, tt.old)
		}
		w, err := out(text)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var lacks []string
		for _, l := range w.Ledger.Conformance.Lacks {
			lacks = append(lacks, l.Element)
		}
		if got := strings.Join(lacks, " "); got != tt.lack {
			t.Errorf("%s: lacks %q, want %q", tt.name, got, tt.lack)
		}
		if claimed := strings.Contains(string(w.Output), Profile); claimed != (tt.lack == "") {
			t.Errorf("%s: the profile is claimed: %v", tt.name, claimed)
		}
		if n := w.Ledger.Counts["unclaimed"] + w.Ledger.Counts["residue"]; n != 0 {
			t.Errorf("%s: %d leaves did not go along", tt.name, n)
		}
		if tt.lack == "" {
			written[tt.name+".json"] = string(w.Output)
			back, err := in(string(w.Output))
			if err != nil {
				t.Fatal(err)
			}
			if lost := missing(t, strings.Replace(text, "dk-core-patient", "dk-core-patient", 1), string(back.Output)); len(lost) > 0 {
				t.Errorf("%s: lost on the trip: %v\n%s", tt.name, lost, back.Output)
			}
			if !strings.Contains(string(back.Output), `"requester":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000003"}`) {
				t.Errorf("%s: who refers is another: %s", tt.name, back.Output)
			}
		}
	}
	valid(t, "kl.dk.fhir.core#1.2.0", written)
}

// What is no request is refused at its place.
func TestRefused(t *testing.T) {
	in, out := ways(t)
	tests := []struct {
		name, old, new, path string
		kind                 mapping.Kind
	}{
		{"no request", `"resourceType":"ServiceRequest"`, `"resourceType":"Task"`, "Bundle", mapping.Required},
		{"a second request", patient, strings.Replace(patient, `"Patient"`, `"ServiceRequest"`, 1), "Bundle.entry[1].resource", mapping.Invalid},
		{"a second citizen", parties, strings.ReplaceAll(patient, "000002", "000009"), "Bundle.entry[2].resource", mapping.Invalid},
		{"31 February", "2026-11-20T14:00:00", "2026-02-31T14:00:00", "Bundle.entry[0].resource.authoredOn", mapping.Value},
		{"no code of FSIII", `"code":"A9"`, `"code":"A99"`, "Bundle.entry[0].resource.extension[0].valueCoding.code", mapping.CodeInvalid},
		{"no entry", `"entry":[`, `"x":[`, "Bundle.entry", mapping.Required},
	}
	for _, tt := range tests {
		text := strings.Replace(hub, tt.old, tt.new, 1)
		for way, run := range map[string]func(string) (*transcript.Written, error){"in": in, "out": out} {
			_, err := run(text)
			var e *mapping.Error
			if !errors.As(err, &e) || e.Path != tt.path || e.Kind != tt.kind {
				t.Errorf("%s, %s: got %v, want %s at %s", tt.name, way, err, tt.kind, tt.path)
			}
		}
	}
}

// A delivery report holds requests and is no referral.
func TestRecognise(t *testing.T) {
	for text, want := range map[string]string{
		hub:                                 Document,
		`{"resourceType":"ServiceRequest"}`: "",
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ServiceRequest"}},{"resource":{"resourceType":"CarePlan"}}]}`: "",
		`{"resourceType":"Patient"}`:          "",
		`{"resourceType":"Bundle","entry":7}`: "",
	} {
		if got := Recognise(parse(t, text)); got != want {
			t.Errorf("%.60s: got %q, want %q", text, got, want)
		}
	}
}

func FuzzToHub(f *testing.F) {
	in, out := ways(f)
	f.Add(hub)
	f.Add(strings.Replace(hub, `"organization":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000005"}`, `"organization":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000003"}`, 1))
	f.Add(`{"resourceType":"ServiceRequest","subject":{"reference":"Patient/x"}}`)
	f.Add(`{"resourceType":"ServiceRequest","extension":[{"url":"http://fhir.kl.dk/core/StructureDefinition/RequesterType","valueCodeableConcept":{"coding":[7]}}],"requester":{"extension":[{}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, run := range []func(string) (*transcript.Written, error){in, out} {
			_, err := run(text)
			var e *mapping.Error
			if err != nil && (!errors.As(err, &e) || e.Kind == mapping.Exception) {
				t.Errorf("%T: %v", err, err)
			}
		}
	})
}

func BenchmarkFromHub(b *testing.B) {
	_, out := ways(b)
	b.SetBytes(int64(len(hub)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out(hub); err != nil {
			b.Fatal(err)
		}
	}
}

// Whatever referral of the hub the fixtures have goes to KL and comes back with
// nothing lost, and is valid there.
func TestFixturesThereAndBack(t *testing.T) {
	in, out := ways(t)
	names, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "henvisning", "plain-to-fhir", "*", "output.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	written := map[string]string{}
	for _, name := range names {
		text := read(t, name)
		if !strings.Contains(text, `"Bundle"`) {
			continue // it is refused
		}
		there, err := out(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n := there.Ledger.Counts["unclaimed"]; n != 0 {
			t.Errorf("%s: %d leaves unclaimed", name, n)
		}
		back, err := in(string(there.Output))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := out(string(back.Output))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if lost := missing(t, string(there.Output), string(again.Output)); len(lost) > 0 {
			t.Errorf("%s: lost on the second trip: %v", name, lost)
		}
		written[filepath.Base(filepath.Dir(name))+".json"] = string(there.Output)
	}
	valid(t, "kl.dk.fhir.core#1.2.0", written)
}

// A document in which somebody has changed any one thing in its resources is read or refused, and
// what nobody knows is on the account.
func TestChanged(t *testing.T) {
	in, out := ways(t)
	kl, err := out(hub)
	if err != nil {
		t.Fatal(err)
	}
	for way, c := range map[string]struct {
		text string
		run  func(string) (*transcript.Written, error)
	}{"in": {string(kl.Output), in}, "out": {hub, out}} {
		d := parse(t, c.text)
		for at, end := d.Child(d.Root(), "entry"), tree.ID(d.Len()); at < end; at++ { // the Bundle around is package healthcheck's
			for _, with := range []string{"", `"xUkendt"`, `{"xUkendt":"ja"}`, `[]`, `{}`, `null`, `true`, `1e5`} {
				changed := change(d, at, with)
				w, err := c.run(changed)
				var e *mapping.Error
				if err != nil {
					if !errors.As(err, &e) || e.Kind == mapping.Exception {
						t.Errorf("%s, %s as %s: %v", way, d.Path(at), with, err)
					}
					continue
				}
				for _, l := range w.Ledger.Lines() {
					if strings.HasSuffix(l.Path, ".xUkendt") && (l.Fate == "carried" || l.Fate == "converted" || l.Fate == "used") {
						t.Errorf("%s, %s: what nobody knows is %s by %s", way, l.Path, l.Fate, l.Rule)
					}
				}
			}
		}
	}
}

// change writes a document with one node otherwise: another value, or gone.
func change(d *tree.Doc, at tree.ID, with string) string {
	var b []byte
	var write func(n tree.ID)
	write = func(n tree.ID) {
		switch {
		case n == at:
			b = append(b, with...)
			return
		case d.Leaf(n):
			b = d.Append(b, n)
			return
		}
		brackets := "[]"
		if d.Kind(n) == tree.Object {
			brackets = "{}"
		}
		b = append(b, brackets[0])
		first := true
		for c := d.First(n); c != tree.None; c = d.Next(c) {
			if c == at && with == "" {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			if d.Kind(n) == tree.Object {
				b = append(append(append(b, '"'), d.RawKey(c)...), '"', ':')
			}
			write(c)
		}
		b = append(b, brackets[1])
	}
	write(d.Root())
	return string(b)
}
