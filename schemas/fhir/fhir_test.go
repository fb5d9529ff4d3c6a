package fhir

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
)

func show(e Element, ok bool) string {
	if !ok {
		return "none"
	}
	array := map[bool]string{true: " array"}[e.Array]
	return fmt.Sprintf("%s %d..%d %s%s", e.Path, e.Min, e.Max, strings.Join(e.Types, "|"), array)
}

func TestResolve(t *testing.T) {
	for _, c := range []struct{ steps, want string }{
		{"Patient", "Patient 0..-1 DomainResource"},
		{"Condition code coding system", "Coding.system 0..1 uri"},
		{"Condition code coding", "CodeableConcept.coding 0..-1 Coding array"},
		{"Condition subject", "Condition.subject 1..1 Reference"},
		{"CodeableConcept coding code", "Coding.code 0..1 code"},
		// a choice is found by the name of a variant alone
		{"Observation valueCodeableConcept", "Observation.value[x] 0..1 CodeableConcept"},
		{"Observation valueQuantity value", "Quantity.value 0..1 decimal"},
		{"Observation component valueDateTime", "Observation.component.value[x] 0..1 dateTime"},
		{"Observation value", "none"},
		{"Observation value[x]", "none"},
		{"Observation valueAddress", "none"},
		{"Patient deceasedBoolean", "Patient.deceased[x] 0..1 boolean"},
		// types stated in place, and content that is another's
		{"MedicationStatement dosage timing repeat boundsPeriod start", "Period.start 0..1 dateTime"},
		{"Questionnaire item item item linkId", "Questionnaire.item.linkId 1..1 string"},
		{"QuestionnaireResponse item answer item", "QuestionnaireResponse.item.answer.item 0..-1 #QuestionnaireResponse.item array"},
		{"Observation component referenceRange low value", "Quantity.value 0..1 decimal"},
		// extensions stand on all but Bundle, Binary, Parameters, ids and xhtml
		{"Condition extension extension valueCoding code", "Coding.code 0..1 code"},
		{"Condition code coding extension url", "Extension.url 1..1 System.String"},
		{"Encounter status extension", "code.extension 0..-1 Extension array"},
		{"MedicationStatement dosage timing repeat extension", "Timing.repeat.extension 0..-1 Extension array"},
		{"Patient contact modifierExtension", "Patient.contact.modifierExtension 0..-1 Extension array"},
		{"Patient name modifierExtension", "none"},
		{"Bundle extension", "none"},
		{"Patient id extension", "none"},
		{"Patient text div extension", "none"},
		// the sibling of a primitive
		{"Patient _birthDate", "Patient.birthDate 0..1 date"},
		{"Patient _birthDate extension valueDateTime", "Extension.value[x] 0..1 dateTime"},
		{"Patient _birthDate id", "date.id 0..1 System.String"},
		{"Patient name _given", "HumanName.given 0..-1 string array"},
		{"Observation _valueString extension", "string.extension 0..-1 Extension array"},
		{"Patient birthDate value", "none"},
		{"Patient _name", "none"},
		{"Patient _id", "none"},
		{"Patient __birthDate", "none"},
		{"Patient extension _url", "none"},
		{"Patient text _div", "none"},
		{"Observation _valueQuantity", "none"},
		// any resource
		{"Patient id", "Patient.id 0..1 System.String"},
		{"Patient contained", "Patient.contained 0..-1 Resource array"},
		{"Patient contained Organization name", "Organization.name 0..1 string"},
		{"Bundle entry resource Condition", "Bundle.entry.resource 0..1 Condition"},
		{"Bundle entry resource Bundle entry resource Patient name family", "HumanName.family 0..1 string"},
		{"Bundle entry resource meta profile", "Meta.profile 0..-1 canonical array"},
		{"Bundle entry resource code", "none"},
		{"Bundle entry resource Quantity value", "none"},
		{"Bundle entry resource DomainResource", "none"},
		{"Bundle entry resource Patient Patient", "none"},
		{"Bundle Patient", "none"},
		{"Parameters parameter part resource Patient birthDate", "Patient.birthDate 0..1 date"},
		// no element
		{"Patient resourceType", "none"},
		{"Patient nothing more", "none"},
		{"Patient name.given", "none"},
		{"Person", "none"},
		{"", "none"},
	} {
		steps := strings.Split(c.steps, " ")
		if got := show(Resolve(steps[0], steps[1:]...)); got != c.want {
			t.Errorf("Resolve(%s)\n got %s\nwant %s", c.steps, got, c.want)
		}
	}
}

func TestLookup(t *testing.T) {
	for path, want := range map[string]string{
		"Element":                  "Element 0..-1 ",
		"code":                     "code 0..-1 string",
		"Observation.value[x]":     "Observation.value[x] 0..1 Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period",
		"Observation.valueInteger": "Observation.value[x] 0..1 integer",
		"Bundle.entry.link":        "Bundle.entry.link 0..-1 #Bundle.link array",
		"xhtml.extension":          "xhtml.extension 0..0 Extension",
		"HumanName.given":          "HumanName.given 0..-1 string array",
		"Patient.name.given":       "none",
		"":                         "none",
	} {
		if got := show(Lookup(path)); got != want {
			t.Errorf("Lookup(%s)\n got %s\nwant %s", path, got, want)
		}
	}
}

// Every row is found where it says it is, once, and its types are in the table.
func TestTableIsWhole(t *testing.T) {
	rows := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	if rows[0] != "path,min,max,types" || len(rows) < 1000 {
		t.Fatalf("%d rows below %q", len(rows)-1, rows[0])
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		want, err := parse(row)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Lookup(want.Path); seen[want.Path] || !ok || show(got, ok) != show(want, true) {
			t.Errorf("%s: got %s, seen before: %t", row, show(got, ok), seen[want.Path])
		}
		seen[want.Path] = true
		for _, name := range want.Types {
			if elements()[strings.TrimPrefix(name, "#")] == nil && !strings.HasPrefix(name, "System.") {
				t.Errorf("%s: the table has no type %s", row, name)
			}
		}
	}
	for _, row := range []string{"Patient.a,0,1", "Patient.a,,1,string", "Patient.a,0,n,string", "Patient.a,0,1,string,id"} {
		if got, err := parse(row); err == nil {
			t.Errorf("parse(%s): got %s, want an error", row, show(got, true))
		}
	}
}

// Every element of every example that KL publishes is found, and is written as
// the table says: repeated in an array, a primitive as a scalar.
func TestPublishedExamples(t *testing.T) {
	official := filepath.Join(shared.Path(t), "official")
	files, found := 0, 0
	for _, guide := range []string{"core", "ffbmessaging", "ffbreporting", "ffinst", "gateway", "prevention"} {
		root := os.DirFS(filepath.Join(official, "examples", "kl.dk.fhir."+guide))
		names, err := fs.Glob(root, "*.json")
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d examples: %v", guide, len(names), err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			var resource map[string]any
			if err := json.Unmarshal(b, &resource); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			kind, _ := resource["resourceType"].(string)
			found += walk(t, name, resource, kind)
			files++
		}
	}
	t.Logf("%d elements in %d examples", found, files)
	if found == 0 {
		t.Error("no element was found")
	}
}

// walk resolves everything below the object that stands at steps, and returns
// how many elements that were.
func walk(t *testing.T, file string, parent map[string]any, steps ...string) (found int) {
	for name, value := range parent {
		if name == "resourceType" {
			continue
		}
		at := append(steps[:len(steps):len(steps)], name)
		e, ok := Resolve(at[0], at[1:]...)
		list, array := value.([]any)
		if !ok || array != e.Array {
			t.Errorf("%s: %s: array %t, got %s", file, strings.Join(at, "."), array, show(e, ok))
			continue
		}
		found++
		if !array {
			list = []any{value}
		}
		for _, item := range list {
			child, object := item.(map[string]any)
			scalar := strings.HasPrefix(e.Types[0], "System.") || primitive(e.content())
			if item != nil && object == (scalar && name[0] != '_') {
				t.Errorf("%s: %s: object %t, got %s", file, strings.Join(at, "."), object, show(e, ok))
			}
			inside := at
			if kind, typed := child["resourceType"].(string); typed {
				inside = append(at[:len(at):len(at)], kind)
			}
			found += walk(t, file, child, inside...)
		}
	}
	return found
}
