package plain

import (
	"strings"
	"testing"

	"tolk/mapping/transcript"
)

// What the plain form has no field for makes a dosage incomplete,
// so that nobody reckons a dose from half a rule; and what is taken as needed is
// never told as if it were fixed.
func TestDosagesWithoutAHome(t *testing.T) {
	const list = `{"dokument":"medicinliste","version":"1.0","borger":{"cpr":"2509479989"},"laestFraFmk":"2026-11-20T08:30:00+01:00","laegemidler":[
	 {"navn":"Panodil","oprindelse":"fmk","status":"aktiv","dosering":[{"tekst":"1 tablet morgen","tidspunkter":["morgen"],"gange":1,"periode":1,"periodeEnhed":"dag","maengde":{"vaerdi":1,"enhed":"tablet"}}]}]}`
	forward, backward := ways(t, "medicinliste")
	hub, err := forward(list)
	if err != nil {
		t.Fatal(err)
	}
	const dose, repeat = `"doseQuantity":{"value":1,"unit":"tablet"}`, `"repeat":{`
	const whole = `"maengde":{"vaerdi":1,"enhed":"tablet"}`
	for name, c := range map[string]struct {
		old, new   string
		want       string
		incomplete bool
	}{
		"whole":                {"", "", whole, false},
		"a length":             {repeat, repeat + `"boundsDuration":{"value":7,"unit":"dage","system":"http://unitsofmeasure.org","code":"d"},`, whole, true},
		"as often as":          {repeat, repeat + `"frequencyMax":3,`, whole, true},
		"before a meal":        {`"MORN"`, `"ACM"`, whole, true},
		"less than":            {`"value":1,"unit"`, `"value":1,"comparator":"<","unit"`, whole, true},
		"at most at once":      {`"doseAndRate"`, `"maxDosePerAdministration":{"value":2,"unit":"tablet"},"doseAndRate"`, whole, true},
		"a modifier":           {`"doseAndRate"`, `"modifierExtension":[{"url":"urn:x","valueBoolean":true}],"doseAndRate"`, whole, true},
		"a list that they use": {`"doseAndRate"`, `"route":{"coding":[{"system":"urn:x","code":"1","display":"i munden"}]},"doseAndRate"`, whole, false},
		"a code for a unit":    {dose, `"doseQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"mg"}`, `"maengde":{"vaerdi":1,"enhed":"mg"}`, false},
		"no unit":              {dose, `"doseQuantity":{"value":1}`, `"maengde":{"vaerdi":1}`, true},
		"as needed, a code":    {`"doseAndRate"`, `"asNeededCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"25064002","display":"Headache"}]},"doseAndRate"`, `"efterBehovVed":"Headache"`, false},
		"as needed, no words":  {`"doseAndRate"`, `"asNeededCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"25064002"}]},"doseAndRate"`, `"efterBehov":true`, true},
		"as needed, in words":  {`"doseAndRate"`, `"asNeededCodeableConcept":{"text":"uro"},"doseAndRate"`, `"efterBehovVed":"uro"`, false},
	} {
		got, err := backward(with(t, hub, c.old, c.new))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		out := string(got.Output)
		if !strings.Contains(out, c.want) || strings.Contains(out, `"ufuldstaendig":true`) != c.incomplete {
			t.Errorf("%s: want %s, incomplete %v: %s", name, c.want, c.incomplete, out)
		}
	}
}

// What takes back a list or a line is told where the plain form has a word for it,
// and is a lack where it has none: List.status, List.entry.deleted and
// modifierExtension change what the rest means (FHIR R4, isModifier).
func TestListsThatDoNotCount(t *testing.T) {
	const list = `{"dokument":"medicinliste","version":"1.0","borger":{"cpr":"2509479989"},"laestFraFmk":"2026-11-20T08:30:00+01:00","laegemidler":[
	 {"navn":"Panodil","oprindelse":"fmk","status":"aktiv","dosering":[{"tekst":"1 tablet morgen"}]}]}`
	forward, backward := ways(t, "medicinliste")
	hub, err := forward(list)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want, lack string }{
		"current":       {"", "", `"status":"aktiv"`, ""},
		"retired":       {`"status":"current"`, `"status":"retired"`, `"status":"aktiv"`, "List.status"},
		"mistaken":      {`"status":"current"`, `"status":"entered-in-error"`, `"status":"aktiv"`, "List.status"},
		"deleted":       {`"item":`, `"deleted":true,"item":`, `"aendring":"ophoert"`, ""},
		"not deleted":   {`"item":`, `"deleted":false,"item":`, `"status":"aktiv"`, ""},
		"modified line": {`"resourceType":"MedicationStatement",`, `"resourceType":"MedicationStatement","modifierExtension":[{"url":"urn:x"}],`, `"status":"aktiv"`, "MedicationStatement.modifierExtension"},
	} {
		got, err := backward(with(t, hub, c.old, c.new))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lack := ""
		for _, l := range got.Ledger.Conformance.Lacks {
			lack += l.Element
		}
		if out := string(got.Output); !strings.Contains(out, c.want) || lack != c.lack || strings.Contains(out, "ophoert") != (name == "deleted") {
			t.Errorf("%s: lacks %q, want %q: %s", name, lack, c.lack, out)
		}
	}
}

// with is a document in which something stands for what it has.
func with(t *testing.T, w *transcript.Written, old, new string) string {
	t.Helper()
	text := strings.Replace(string(w.Output), old, new, 1)
	if text == string(w.Output) && old != "" {
		t.Fatalf("the document has no %s", old)
	}
	return text
}
