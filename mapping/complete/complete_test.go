package complete

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tolk/mapping/maps"
	"tolk/mapping/tree"
)

func shipped(t *testing.T) *Rules {
	t.Helper()
	r, err := Load(maps.FS, "complete")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lacks(t *testing.T, r *Rules, document, text string, now time.Time) string {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range r.Lacks(document, doc, now) {
		all = append(all, l.Path+" "+l.Element)
	}
	return strings.Join(all, "\n")
}

const list = `{"resourceType":"Bundle","entry":[
 {"resource":{"resourceType":"List","date":"2026-11-10","source":{"reference":"x"},"entry":[{"item":{"reference":"y"}}]}},
 {"resource":{"resourceType":"Patient","identifier":[{"value":"2509479989"}],"name":[{"family":"Elmer"}]}},
 {"resource":{"resourceType":"MedicationStatement","dosage":[{"text":"1 stk"}],"reasonCode":[{"text":"mod smerter"}]}},
 {"resource":{"resourceType":"Medication","code":{"text":"Panodil","coding":[{"system":"urn:x","code":"1"},{"system":"http://www.whocc.no/atc","code":"N02BE01"}]}}}]}`

func TestEachDemandIsTold(t *testing.T) {
	r := shipped(t)
	if got := lacks(t, r, "medicinliste", list, time.Time{}); got != "" {
		t.Errorf("a complete list lacks %s", got)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"date":"2026-11-10",`, ``, "Bundle.entry[0].resource List.date"},
		{`,"source":{"reference":"x"}`, ``, "Bundle.entry[0].resource List.source"},
		{`,"entry":[{"item":{"reference":"y"}}]`, ``, "Bundle.entry[0].resource List.entry|emptyReason"},
		{`"Patient","identifier"`, `"Person","identifier"`, "Bundle Patient"},
		{`{"value":"2509479989"}`, `{"system":"x"}`, "Bundle.entry[1].resource Patient.identifier.value"},
		{`"family":"Elmer"`, `"text":"Elmer"`, "Bundle.entry[1].resource Patient.name.family"},
		{`"text":"1 stk"`, `"sequence":1`, "Bundle.entry[2].resource MedicationStatement.dosage.text"},
		{`"reasonCode":[{"text":"mod smerter"}]`, `"reasonCode":[]`, "Bundle.entry[2].resource MedicationStatement.reasonCode.text|reasonCode.coding.code"},
		{`"text":"Panodil",`, ``, "Bundle.entry[3].resource Medication.code.text"},
		{`http://www.whocc.no/atc`, `urn:y`, "Bundle.entry[3].resource Medication.code.coding[system=http://www.whocc.no/atc].code"},
	} {
		if !strings.Contains(list, c.old) {
			t.Fatalf("%s is not in the list", c.old)
		}
		if got := lacks(t, r, "medicinliste", strings.Replace(list, c.old, c.new, 1), time.Time{}); got != c.want {
			t.Errorf("without %s: got %q, want %q", c.old, got, c.want)
		}
	}
}

func TestAgeIsJudgedAtAMoment(t *testing.T) {
	r := shipped(t)
	at := func(text string) time.Time {
		now, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	const old = "Bundle.entry[0].resource List.date"
	for _, c := range []struct{ date, now, want string }{
		{"2026-11-10", "2026-11-18T00:00:00+01:00", ""}, // read at the end of the 10th at the latest
		{"2026-11-10", "2026-11-18T00:00:01+01:00", old},
		{"2026-11-10T09:00:00+01:00", "2026-11-17T08:00:00Z", ""},
		{"2026-11-10T09:00:00+01:00", "2026-11-17T08:00:01Z", old},
		{"2026-11-10T09:00:00.123+01:00", "2026-12-17T08:00:01Z", old},
		{"2026-11", "2026-12-08T00:00:00Z", ""},
		{"2026-10", "2026-12-08T00:00:00Z", old},
		{"2026", "2026-12-17T08:00:01Z", ""},  // it may have been yesterday
		{"i går", "2026-12-17T08:00:01Z", ""}, // no time at all is another check's to tell
	} {
		if got := lacks(t, r, "medicinliste", strings.Replace(list, "2026-11-10", c.date, 1), at(c.now)); got != c.want {
			t.Errorf("read %s, now %s: got %q, want %q", c.date, c.now, got, c.want)
		}
	}
}

func TestAllOfTheHealthCheckIsAskedFor(t *testing.T) {
	got := lacks(t, shipped(t), "sundhedstjek", `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"DiagnosticReport"}}]}`, time.Time{})
	for _, want := range []string{"DiagnosticReport.conclusion", "Patient", "85354-9", "39156-5", "laboratory", "10160-0"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not missed in %q", want, got)
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	for text, want := range map[string]string{
		"document: x\ndemands: [{one: List}]":                            "x.yaml:2:11: expected a message",
		"document: x\ndemands: [{message: m}]":                           "x.yaml:2:11: expected one, or each",
		"document: x\ndemands: [{each: List, message: m}]":               "x.yaml:2:18: expected a path",
		"document: x\ndemands: [{one: List.date, message: m}]":           "x.yaml:2:17: expected a type of resource",
		"document: x\ndemands: [{one: Lits, message: m}]":                "x.yaml:2:17: Lits: FHIR R4 has no such resource; did you mean List?",
		"document: x\ndemands: [{each: List, path: \"a[\", message: m}]": "expected [key=value]",
		"document: x\ndemandz: []":                                       "x.yaml:2:1: unknown field \"demandz\"; did you mean demands?",
	} {
		if _, err := Load(fstest.MapFS{"complete/x.yaml": {Data: []byte(text)}}, "complete"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// What was measured by mistake has not been measured, and nothing more is asked of
// it. Of a report that is a mistake as a whole, no measurement is missing.
func TestMistakesAreNotThere(t *testing.T) {
	for _, c := range []struct {
		report, weight string
		missing, asked bool
	}{{"final", "final", false, true}, {"final", "entered-in-error", true, false}, {"entered-in-error", "entered-in-error", false, true}} {
		doc, err := tree.Parse(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"DiagnosticReport","status":"`+c.report+`"}},
		{"resource":{"resourceType":"Observation","status":"`+c.weight+`","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"valueQuantity":{"value":814}}}]}`, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		missing, asked := false, false
		for _, l := range shipped(t).Lacks("sundhedstjek", doc, time.Time{}) {
			missing = missing || strings.Contains(l.Message, "the weight is missing")
			asked = asked || l.Element == "Observation.effectiveDateTime"
		}
		if missing != c.missing || asked != c.asked {
			t.Errorf("a weight that is %s in a report that is %s: missing %v, want %v; asked when %v, want %v", c.weight, c.report, missing, c.missing, asked, c.asked)
		}
	}
}
