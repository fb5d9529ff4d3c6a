package complete

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"tolk/mapping/tree"
)

// referral has what every field of a demand can ask about.
const referral = `{"resourceType":"Bundle","entry":[
 {"fullUrl":"urn:uuid:1","resource":{"resourceType":"ServiceRequest","id":"1","authoredOn":"2026-11-20","requester":{"reference":"urn:uuid:2"},
  "extension":[{"url":"urn:x:tolk","valueBoolean":true}],"note":[{"text":"a"},{"text":"b"},{"text":"  "}],
  "reasonCode":[{"text":"trist","coding":[{"system":"urn:ffb","code":"1"}]}]}},
 {"fullUrl":"urn:uuid:2","resource":{"resourceType":"PractitionerRole","id":"2","organization":{"reference":"Organization/3"}}},
 {"fullUrl":"urn:uuid:3","resource":{"resourceType":"Organization","id":"3","identifier":[{"system":"urn:yder","value":"012345"}]}},
 {"fullUrl":"urn:uuid:4","resource":{"resourceType":"Patient","id":"4","birthDate":"2008-11-22","identifier":[{"system":"urn:cpr","value":"2509479989"}]}},
 {"fullUrl":"urn:uuid:5","resource":{"resourceType":"Condition","id":"5"}},
 {"fullUrl":"urn:uuid:6","resource":{"resourceType":"Condition","id":"6","code":{"text":"privat"}}}]}`

func gaps(t *testing.T, row, text string, now time.Time) string {
	t.Helper()
	var d Demand
	if err := yaml.Unmarshal([]byte(row), &d); err != nil {
		t.Fatal(err)
	}
	if err := d.Compile(); err != nil {
		t.Fatalf("%s: %v", row, err)
	}
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	private := func(r tree.ID) bool { return doc.Text(doc.Child(r, "id")) == "6" }
	var all []string
	for _, g := range d.Gaps(&Document{Doc: doc, Now: now, Overlook: private}) {
		refused := ""
		if g.Refused {
			refused = " refused"
		}
		all = append(all, strings.TrimPrefix(doc.Path(g.Place), "Bundle.")+refused)
	}
	return strings.Join(all, ", ")
}

func TestGaps(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ row, want string }{
		{"{one: ServiceRequest}", ""},
		{"{one: Consent}", "Bundle"},
		{"{one: Condition}", ""},
		{"{one: Condition, least: 2}", "Bundle"}, // the private one counts for nothing
		{"{one: Condition, path: code.text}", "entry[4].resource"},
		{"{each: Condition, path: code.text}", "entry[4].resource"},
		{"{each: Consent, path: status}", ""},
		{"{each: ServiceRequest, path: note.text, least: 2}", ""},
		{"{each: ServiceRequest, path: note.text, least: 3}", "entry[0].resource.note[0].text"}, // the blank one says nothing
		{"{each: ServiceRequest, path: \"reasonCode.coding[system=urn:sks].code\"}", "entry[0].resource.reasonCode[0]"},
		{"{each: ServiceRequest, path: \"reasonCode.coding[system=urn:sks].code|reasonCode.coding[system=urn:ffb].code\"}", ""},
		{"{each: ServiceRequest, path: reasonCode.coding.system, is: [\"urn:sks\"]}", "entry[0].resource.reasonCode[0].coding[0].system refused"},
		{"{each: ServiceRequest, path: reasonCode.coding.system, is: [\"urn:sks\", \"urn:ffb\"]}", ""},
		{"{each: ServiceRequest, path: priority, is: [routine]}", ""}, // that it is not there is another demand's
		{"{each: ServiceRequest, path: authoredOn, days: 1}", ""},
		{"{each: Patient, path: birthDate, days: 7}", "entry[3].resource.birthDate refused"},
		{"{each: ServiceRequest, path: \"requester->Organization.name\"}", "entry[0].resource.requester"}, // it is a role
		{"{each: ServiceRequest, path: \"requester->PractitionerRole.organization->Organization.identifier[system=urn:yder].value\"}", ""},
		{"{each: ServiceRequest, path: \"requester->PractitionerRole.organization->Organization\"}", ""},
		{"{each: ServiceRequest, path: \"requester->PractitionerRole.organization->Organization.name\"}", "entry[1].resource.organization"},
		{"{one: Consent, when: {one: ServiceRequest, path: \"extension(urn:x:tolk).valueBoolean\", is: [\"true\"]}}", "Bundle"},
		{"{one: Consent, when: {one: ServiceRequest, path: \"extension(urn:x:tolk).valueBoolean\", is: [\"false\"]}}", ""},
		{"{one: Consent, when: {one: ServiceRequest, path: \"extension(urn:x:nej).valueBoolean\", is: [\"true\"]}}", ""},
		{"{one: Consent, when: {one: Condition}}", "Bundle"},
		{"{one: Consent, when: {one: Condition, path: code}}", ""}, // only the private one has a code
		{"{one: Consent, unless: {one: Condition}}", ""},
		{"{one: Consent, unless: {one: Flag}}", "Bundle"},
		{"{one: Consent, unless: {one: ServiceRequest, path: authoredOn, days: 1}}", ""},
		{"{one: Consent, unless: {one: Patient, path: birthDate, days: 1}}", "Bundle"},
		{"{one: Consent, when: {one: Patient, path: birthDate, younger: 18}}", "Bundle"},
		{"{one: Consent, when: {one: Patient, path: identifier.value, younger: 18}}", ""}, // 1947
		{"{one: Consent, when: {one: Patient, path: identifier.value, younger: 80}}", "Bundle"},
		{"{one: Consent, when: {one: Patient, path: gender, younger: 18}}", ""},
	} {
		if got := gaps(t, c.row, referral, now); got != c.want {
			t.Errorf("%s: got %q, want %q", c.row, got, c.want)
		}
	}
}

// Somebody is eighteen on the birthday; without a moment nobody's age is judged.
func TestAgeOfTheCitizen(t *testing.T) {
	const row = "{one: Consent, when: {one: Patient, path: birthDate, younger: 18}}"
	for _, c := range []struct{ now, want string }{{"2026-11-21T23:59:59Z", "Bundle"}, {"2026-11-22T00:00:00Z", ""}, {"0001-01-01T00:00:00Z", ""}} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := gaps(t, row, referral, now); got != c.want {
			t.Errorf("%s: got %q, want %q", c.now, got, c.want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for row, want := range map[string]string{
		"{}":                               ": expected one, or each",
		"{one: List, each: List}":          ": expected one, or each",
		"{each: List}":                     "each: expected a path",
		"{one: List, path: date, days: 7}": "one: is, days and younger are asked of what is there",
		"{each: List, path: date, days: 7, is: [a]}":                    ": is, days and younger exclude each other",
		"{each: List, path: date, days: -1}":                            ": days, younger and least: expected a number above 0",
		"{each: List, path: date, days: 7, least: 2}":                   "least: least counts what is there",
		"{one: \"List[code=\"}":                                         "one: expected a type of resource",
		"{each: Patiant, path: name}":                                   "each: Patiant: FHIR R4 has no such resource; did you mean Patient?",
		"{one: Patient, path: name.famly}":                              "path: name.famly: FHIR R4 has no such element in Patient; did you mean family?",
		"{one: ServiceRequest, path: \"requester->Organisation.name\"}": "path: expected a type of resource after ->; FHIR R4 has no Organisation; did you mean Organization?",
		"{one: ServiceRequest, path: \"requester->Organization.navn\"}": "path: navn: FHIR R4 has no such element in Organization; did you mean name?",
		"{one: ServiceRequest, path: \"->Organization\"}":               "path: the path is empty",
		"{one: List, when: {each: Patient, path: name}}":                "when: expected one",
		"{one: List, when: {one: Patient, is: [a]}}":                    "when.one: expected a path",
		"{one: List, when: {one: Patient, path: nam}}":                  "when.path: nam: FHIR R4 has no such element",
		"{one: List, unless: {one: List, least: 2}}":                    "unless: expected one",
		"{one: List, when: {one: List, when: {one: List}}}":             "when: expected one",
	} {
		var d Demand
		if err := yaml.Unmarshal([]byte(row), &d); err != nil {
			t.Fatal(err)
		}
		err := d.Compile()
		if err == nil || !strings.Contains(fmt.Sprintf("%s: %s", err.Path, err.Message), want) {
			t.Errorf("%s: got %v, want %s", row, err, want)
		}
	}
}
