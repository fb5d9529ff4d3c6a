package kltools

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/measure"
	"tolk/mapping/residue"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// cases returns the worked examples of a direction.
func cases(t testing.TB, direction string) map[string]string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "sundhedstjek", direction, "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no fixtures of %s: %v", direction, err)
	}
	inputs := map[string]string{}
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "input.json"))
		if err != nil {
			t.Fatal(err)
		}
		inputs[filepath.Base(folder)+".json"] = string(text)
	}
	return inputs
}

// restored takes a document back with the residue.
func restored(t *testing.T, name, text, from, to string, w *transcript.Written) {
	t.Helper()
	r := residue.Write(w.Doc, text, w.Ledger, w.Raws())
	back, _, err := residue.Restore(string(w.Output), string(r), to, from, tree.Limits{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	doc := parse(t, text)
	if got, want := string(back), string(doc.Append(nil, doc.Root())); got != want {
		t.Errorf("%s: the residue does not give it back\n got %s\nwant %s", name, got, want)
	}
}

func TestFixturesBothWays(t *testing.T) {
	var hubs, backs []written
	for name, text := range cases(t, "fsiii-to-fhir") {
		there := run(t, ToHub, text)
		restored(t, name, text, Form, "fhir", there)
		back := run(t, FromHub, string(there.Output))
		restored(t, name, string(there.Output), "fhir", Form, back)
		if got, want := string(run(t, ToHub, string(back.Output)).Output), string(there.Output); got != want {
			t.Errorf("%s: the hub is not stable after one trip\n got %s\nwant %s", name, got, want)
		}
		if got, want := profilesOf(t, string(back.Output)), profilesOf(t, text); !slices.Equal(got, want) {
			t.Errorf("%s: got the profiles %v, want %v", name, got, want)
		}
		hubs = append(hubs, written{name, string(there.Output)})
		backs = append(backs, written{name, string(back.Output)})
	}
	for name, text := range cases(t, "fhir-to-fsiii") {
		w := run(t, FromHub, text)
		restored(t, name, text, "fhir", Form, w)
		if n := w.Ledger.Counts["unclaimed"]; n != 0 {
			t.Errorf("%s: %d leaves unclaimed", name, n)
		}
		hubs = append(hubs, written{"hub-" + name, text})
		backs = append(backs, written{"kl-" + name, string(w.Output)})
	}
	valid(t, "hl7.fhir.dk.core#3.7.0", hubs)
	valid(t, "kl.dk.fhir.ffinst#1.0.0", backs)
}

// profilesOf lists the profiles of KL's that a document claims.
func profilesOf(t *testing.T, text string) (found []string) {
	t.Helper()
	doc := parse(t, text)
	doc.Walk(doc.Root(), func(leaf tree.ID, path string) {
		if strings.Contains(path, ".meta.profile[") {
			found = append(found, doc.Text(leaf))
		}
	})
	slices.Sort(found)
	return found
}

func TestWhatIsSaidOfWhatHasNoProfile(t *testing.T) {
	w := run(t, FromHub, cases(t, "fhir-to-fsiii")["uden-profil.json"])
	var noticed []string
	for _, n := range w.Ledger.Notices {
		noticed = append(noticed, n.Message)
	}
	for _, item := range []string{"bmi", "hba1c", "tobak"} {
		if !strings.Contains(strings.Join(noticed, "\n"), "no profile for "+item) {
			t.Errorf("%s: no notice that KL's instruments have no profile for it; got %q", item, noticed)
		}
	}
	if w.Ledger.Conformance.Met {
		t.Error("a height without method: got met, want a lack")
	}
}

func TestAnObservationKnownByItsProfileAlone(t *testing.T) {
	w := run(t, ToHub, cases(t, "fsiii-to-fhir")["who-5.json"])
	if !strings.Contains(string(w.Output), `"system":"`+measure.System+`","code":"who5_glad"`) {
		t.Errorf("the question is not told from those with the same code: %s", w.Output)
	}
}

func TestRefused(t *testing.T) {
	whole := cases(t, "fsiii-to-fhir")["vitalvaerdier.json"]
	for what, change := range map[string][2]string{
		"a comma":          {"82.50", `"82,50"`},
		"a text":           {"82.50", `"tung"`},
		"31 February":      {"2026-10-05T09:10:00+02:00", "2026-02-31T09:10:00+01:00"},
		"no zone":          {"2026-10-05T09:10:00+02:00", "2026-10-05T09:10:00"},
		"no resourceType":  {`"resourceType": "Patient",`, ""},
		"nothing of FHIR":  {`"resourceType": "Bundle",`, ""},
		"a Bundle of none": {`"entry":`, `"entries":`},
	} {
		text := strings.Replace(whole, change[0], change[1], 1)
		if text == whole {
			t.Fatalf("%s: the fixture has no %q", what, change[0])
		}
		_, err := ToHub(parse(t, text), document.Request{})
		var e *mapping.Error
		if !errors.As(err, &e) || e.Path == "" || e.Kind == mapping.Exception {
			t.Errorf("%s: got %v, want an error with a path", what, err)
		}
	}
}

// The value sets and the codes of the table are those that KL publishes.
func TestTheTableIsWhatKLPublishes(t *testing.T) {
	folder := shared.Path(t, "official", "packages", "kl.dk.fhir.ffinst#1.0.0", "package")
	for name, codes := range sets {
		text, err := os.ReadFile(filepath.Join(folder, "ValueSet-"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var v struct {
			Compose struct {
				Include []struct{ Concept []struct{ Code string } }
			}
		}
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		var published []string
		for _, i := range v.Compose.Include {
			for _, c := range i.Concept {
				published = append(published, c.Code)
			}
		}
		if !slices.Equal(codes, published) {
			t.Errorf("%s: got %v, want %v", name, codes, published)
		}
	}
	for name, p := range profiles {
		text, err := os.ReadFile(filepath.Join(folder, "StructureDefinition-"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		for what, fact := range map[string]string{"condition": p.condition, "value set": p.answers} {
			if !strings.Contains(string(text), fact) {
				t.Errorf("%s: the profile has no %s %s", name, what, fact)
			}
		}
	}
	for _, i := range measure.All() {
		if _, ok := profiles[strings.TrimPrefix(i.ProfileKL, base)]; !ok && i.InKL() {
			t.Errorf("%s: its profile is not in the table", i.Name)
		}
	}
}

func FuzzKL(f *testing.F) {
	for _, direction := range []string{"fsiii-to-fhir", "fhir-to-fsiii"} {
		for _, text := range cases(f, direction) {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			return
		}
		for _, translate := range []func(*tree.Doc, document.Request) (*transcript.Written, error){ToHub, FromHub} {
			_, err := translate(doc, document.Request{})
			var e *mapping.Error
			if err != nil && (!errors.As(err, &e) || e.Kind == mapping.Exception) {
				t.Error(err)
			}
		}
	})
}

// Whatever stands in the place of a node, it is translated or refused.
func TestStrangeNodes(t *testing.T) {
	for _, way := range []struct {
		direction string
		translate func(*tree.Doc, document.Request) (*transcript.Written, error)
	}{{"fsiii-to-fhir", ToHub}, {"fhir-to-fsiii", FromHub}} {
		for name, text := range cases(t, way.direction) {
			doc := parse(t, text)
			for n := tree.ID(1); int(n) < doc.Len(); n++ {
				for _, strange := range []string{"null", "1", `"x"`, "[]", "{}", "[[1]]"} {
					_, err := way.translate(parse(t, instead(doc, n, strange)), document.Request{})
					var e *mapping.Error
					if err != nil && (!errors.As(err, &e) || e.Kind == mapping.Exception) {
						t.Errorf("%s: %s at %s: %v", name, strange, doc.Path(n), err)
					}
				}
			}
		}
	}
}

// instead writes a document with a text in place of a node.
func instead(doc *tree.Doc, n tree.ID, text string) string {
	var put func(b []byte, c tree.ID) []byte
	put = func(b []byte, c tree.ID) []byte {
		switch {
		case c == n:
			return append(b, text...)
		case !doc.Kind(c).Container():
			return append(b, doc.Raw(c)...)
		}
		open, closing := byte('{'), byte('}')
		if doc.Kind(c) == tree.Array {
			open, closing = '[', ']'
		}
		b = append(b, open)
		for m := doc.First(c); m != tree.None; m = doc.Next(m) {
			if m != doc.First(c) {
				b = append(b, ',')
			}
			if open == '{' {
				b = append(append(append(b, '"'), doc.RawKey(m)...), '"', ':')
			}
			b = put(b, m)
		}
		return append(b, closing)
	}
	return string(put(nil, doc.Root()))
}

func TestRecognised(t *testing.T) {
	const observation = `{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"8302-2"}]}}`
	for text, want := range map[string]string{
		`{"resourceType":"Observation","meta":{"profile":["` + base + `KLToolsCareRSS"]}}`: document.Sundhedstjek,
		observation: document.Sundhedstjek,
		`{"resourceType":"Bundle","entry":[{"resource":` + observation + `},{"resource":{"resourceType":"Condition"}}]}`: "",
		`{"resourceType":"Observation","code":{"coding":[{"system":"http://snomed.info/sct","code":"712744002"}]}}`:      "",
		`{"resourceType":"Patient"}`: "",
		`{}`:                         "",
	} {
		if got := Recogniser().Recognise(parse(t, text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	for name, text := range cases(t, "fsiii-to-fhir") {
		if got := Recogniser().Recognise(parse(t, text)); got != document.Sundhedstjek {
			t.Errorf("%s: got %q, want a health check", name, got)
		}
	}
}

// No condition record of municipal health is taken for a health check.
func TestConditionRecordsAreNotRecognised(t *testing.T) {
	for _, name := range shared.Files(t, "official", "examples", "kl.dk.fhir.[gp]*", "*.json") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := Recogniser().Recognise(parse(t, string(text))); got != "" {
			t.Errorf("%s: got %q, want none", filepath.Base(name), got)
		}
	}
}
