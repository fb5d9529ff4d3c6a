package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// Each of these was found by a law or a mutant and has its own test, so that
// nobody has to find it again among ten thousand.

// bundle is a collection of resources, each under the URL of its type and id.
func bundle(t *testing.T, resources ...string) string {
	t.Helper()
	var entries []string
	for _, r := range resources {
		d := parsed(t, r)
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"https://example.dk/%s/%s","resource":%s}`,
			d.Text(d.Child(0, "resourceType")), d.Text(d.Child(0, "id")), r))
	}
	return `{"resourceType":"Bundle","type":"collection","entry":[` + strings.Join(entries, ",") + `]}`
}

func TestGoalWithoutAddressesIsHeldBack(t *testing.T) {
	goal := `{"resourceType":"Goal","id":"g","category":[{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"0bb3daef-538d-45dc-b444-abdbcb63f6bc"}]}]}`
	d, l := given(t, bundle(t, goal), document.Request{From: "ffb", To: "fsiii"})
	if d.Find(0, "entry") != tree.None {
		t.Error("a goal for nothing is in the output")
	}
	if line := linesOf(l)["Bundle.entry[0].resource.id"]; line.Fate != ledger.Residue.String() || line.Reason == "" {
		t.Errorf("got %+v, want residue with a reason", line)
	}
}

// An empty meta cannot hold the profile that the output claims and be carried
// at once.
func TestEmptyMeta(t *testing.T) {
	for _, meta := range []string{`{}`, `[]`, `7`, `"x"`, `null`, `[{"tag":[]}]`, `{"profile":[]}`, `{"profile":{}}`, `{"profile":"x"}`} {
		text := strings.Replace(condition(mapping.FSIII, fsiiiLaveMad, "B3"), `"id":"c1"`, `"id":"c1","meta":`+meta, 1)
		for _, to := range []string{"ffb", document.FHIR} {
			d, _ := given(t, text, document.Request{From: "fsiii", To: to})
			if d.Find(0, "meta", "profile") == tree.None {
				t.Errorf("%s to %s: nothing is claimed", meta, to)
			}
		}
	}
}

// Two ways of the maps to one concept are one resource, and several resources
// made of one have ids and URLs of their own, in the hub form as well.
func TestIdsAreUniqueInTheOutput(t *testing.T) {
	for _, e := range officialExamples(t) {
		for _, q := range requests(e.from) {
			d, _ := given(t, e.text, q)
			seen := map[string]bool{}
			for x := d.Find(0, "entry"); x != tree.None; x = d.Next(x) {
				r := d.Child(x, "resource")
				for _, name := range []string{"URL " + d.Text(d.Child(x, "fullUrl")), d.Text(d.Child(r, "resourceType")) + "/" + d.Text(d.Child(r, "id"))} {
					if seen[name] {
						t.Errorf("%s %s: twice: %s", e.title(), label(q), name)
					}
					seen[name] = true
				}
			}
		}
	}
}

// A level that stands in both systems already is not translated once more; a
// strict form takes the one a person chose.
func TestDualCodedLevelIsKept(t *testing.T) {
	both := strings.Replace(condition(mapping.FSIII, fsiiiLaveMad, "B3"), `"code":"B3"}`,
		`"code":"B3"},{"system":"`+mapping.FFB+`","code":"`+steps[3].ffb+`"}`, 1)
	for _, to := range []string{"ffb", document.FHIR} {
		d, _ := given(t, both, document.Request{From: "fsiii", To: to})
		if got := codes(d, "severity", mapping.FFB); len(got) != 1 || got[0] != steps[3].ffb {
			t.Errorf("to %s: got %v, want the level that was there", to, got)
		}
	}
}

func TestBundleWithoutTypeIsACollection(t *testing.T) {
	text := strings.Replace(bundle(t, condition(mapping.FFB, ffbSpise, steps[2].ffb)), `"type":"collection",`, "", 1)
	d, _ := given(t, text, document.Request{From: "ffb", To: "fsiii"})
	if got := d.Text(d.Child(0, "type")); got != "collection" {
		t.Errorf("got type %q, want collection", got)
	}
}

// What has not the shape of FHIR is carried into the hub as it is, and refused
// by a strict form with its path.
func TestMisshapenElements(t *testing.T) {
	whole := condition(mapping.FSIII, fsiiiLaveMad, "B3")
	for _, c := range []struct{ old, new, path string }{
		{`"subject":{"reference":"Patient/p1"}`, `"subject":"Patient/p1"`, "Condition.subject"},
		{`"subject":{"reference":"Patient/p1"}`, `"subject":{}`, "Condition.subject"},
		{`"subject":{"reference":"Patient/p1"}`, `"subject":[[{"reference":"Patient/p1"}]]`, "Condition.subject"},
		{`"subject":{"reference":"Patient/p1"}`, `"subject":{"reference":{}}`, "Condition.subject"},
		{`"severity":{"coding":[{`, `"severity":{"coding":[{},{`, "Condition.severity"},
		{`"severity":{"coding":`, `"severity":{"coding":[],"_coding":`, "Condition.severity"},
		{`"code":"B3"`, `"code":"B3","display":["2"]`, "Condition.severity"},
		{`"clinicalStatus":{`, `"clinicalStatus":7,"clinical":{`, "Condition.clinicalStatus"},
		{`"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.21","code":"` + fsiiiLaveMad + `"}]}`, `"code":[{"coding":[{"system":"urn:oid:1.2.208.176.2.21","code":"` + fsiiiLaveMad + `"}]}]`, "Condition.code"},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		if text == whole {
			t.Fatalf("%s: the condition holds none", c.old)
		}
		d, _ := given(t, text, document.Request{From: "fsiii", To: document.FHIR})
		if !strings.Contains(string(d.Append(nil, 0)), c.new) {
			t.Errorf("%s: the hub does not carry it", c.new)
		}
		var refused *mapping.Error
		_, err := gateway(t, registered).Translate(text, document.Request{From: "fsiii", To: "ffb"})
		if !errors.As(err, &refused) || refused.Kind != mapping.Structure || refused.Path != c.path {
			t.Errorf("%s: got %v, want a refusal at %s", c.new, err, c.path)
		}
	}
}

// The follow-up extension demands the gateway's own encounter: where that is
// delivered in the hub form, the extension waits with the sender.
func TestExtensionWaitsForItsEncounter(t *testing.T) {
	const url = "http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-follow-up-encounter-extension"
	spise := strings.Replace(condition(mapping.FFB, ffbSpise, steps[2].ffb), `"id":"c1"`,
		`"id":"c1","extension":[{"url":"http://fhir.kl.dk/core/StructureDefinition/FollowUpEncounter","valueReference":{"reference":"Encounter/e1"}}]`, 1)
	encounter := `{"resourceType":"Encounter","id":"e1","status":"planned","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HH"},` +
		`"type":[{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"9f03dfbb-7a97-45a5-94db-d4c3501714a9"}]}],%s"period":{"start":"2026-06-15"}}`
	for subject, want := range map[string]string{`"subject":{"reference":"Patient/p1"},`: ledger.Carried.String(), "": ledger.Residue.String()} {
		d, l := given(t, bundle(t, spise, fmt.Sprintf(encounter, subject)), document.Request{From: "ffb", To: "fsiii"})
		if got := linesOf(l)["Bundle.entry[0].resource.extension[0].valueReference.reference"].Fate; got != want {
			t.Errorf("with %q the reference is %s, want %s", subject, got, want)
		}
		if got := strings.Contains(string(d.Append(nil, 0)), url); got != (subject != "") {
			t.Errorf("with %q the extension is there: %v", subject, got)
		}
	}
}

// A contact whose extension demands the gateway's own intervention says so when
// codings were added to the condition that the intervention is for.
func TestHubSaysWhichExtensionIsBroken(t *testing.T) {
	level := condition(mapping.FSIII, fsiiiLaveMad, "B4")
	plan := `{"resourceType":"CarePlan","id":"i1","status":"active","intent":"plan","subject":{"reference":"Patient/p1"},` +
		`"activity":[{"detail":{"status":"in-progress","reasonReference":[{"reference":"Condition/c1"}],` +
		`"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.21","code":"17312894-b23f-43d9-9723-b725ac25d872"}]}}}]}`
	contact := `{"resourceType":"Encounter","id":"e1","status":"finished","extension":[{"url":"http://fhir.kl.dk/gateway/StructureDefinition/BasedOnInterventionExtension",` +
		`"valueReference":{"reference":"CarePlan/i1"}}]}`
	_, l := given(t, bundle(t, contact, plan, level), document.Request{From: "fsiii", To: document.FHIR})
	if !slices.ContainsFunc(l.Conformance.Lacks, func(k ledger.Lack) bool { return k.Path == "Bundle.entry[0].resource.extension[0]" }) {
		t.Errorf("the lacks are %+v", l.Conformance.Lacks)
	}
}

// What FHIR has no place for does not come into a document that claims a
// profile, inside an element that a rule carries whole either.
func TestUnknownInsideACarriedElement(t *testing.T) {
	text := strings.Replace(condition(mapping.FFB, ffbSpise, steps[2].ffb), `"id":"c1"`, `"id":"c1","meta":{"tag":[{"code":"x","hat":1},{"hat":[2]}]}`, 1)
	for to, want := range map[string]string{"fsiii": ledger.Unclaimed.String(), document.FHIR: ledger.Carried.String()} {
		d, l := given(t, text, document.Request{From: "ffb", To: to})
		for _, path := range []string{"Condition.meta.tag[0].hat", "Condition.meta.tag[1].hat[0]"} {
			if got := linesOf(l)[path].Fate; got != want {
				t.Errorf("to %s: %s is %s, want %s", to, path, got, want)
			}
		}
		if got := d.Text(d.Find(0, "meta", "tag", "code")); got != "x" {
			t.Errorf("to %s: the tag itself is %q", to, got)
		}
	}
}

// A follow-up names every intervention of its care plan, but the answer does
// not become the square of the question.
func TestFollowUpsAreBounded(t *testing.T) {
	resources := []string{`{"resourceType":"CarePlan","id":"b","status":"active","intent":"plan"}`}
	for i := range 200 {
		resources = append(resources,
			fmt.Sprintf(`{"resourceType":"CarePlan","id":"i%d","basedOn":[{"reference":"CarePlan/b"}],"status":"active","intent":"order","activity":[{"detail":{"status":"in-progress","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"ad7755d2-11bf-468d-958b-2f0c8d9c3742"}]}}}]}`, i),
			fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"712744002"}]},"focus":[{"reference":"CarePlan/b"}],"valueCodeableConcept":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"1e971d84-10a4-4ef8-a8b3-0daa4c7d088a"}]}}`, i))
	}
	text := bundle(t, resources...)
	d, l := given(t, text, document.Request{From: "ffb", To: "fsiii", Accept: []string{"inexact"}})
	if size := len(d.Source()); size > 5*len(text) {
		t.Errorf("%d bytes became %d", len(text), size)
	}
	if line := linesOf(l)["Bundle.entry[2].resource.focus[0].reference"]; line.Fate != ledger.Residue.String() || line.Reason == "" {
		t.Errorf("got %+v, want residue with a reason", line)
	}
}

// Concepts and codes of the tests below.
const (
	ffbFoelelser   = "dccaa419-0bcd-4056-a11a-2e385e23edc6" // suicide and self-harm are in it
	ffbSelvmord    = "5e95db73-4d16-4084-93a3-595c0650b160" // target group
	fsiiiTrivsel   = "b754ce15-4de8-4ac6-8224-57432fd7cd6a" // nursing: Problemer med trivsel
	fsiiiForebyg   = "ba083ca7-fe46-41d0-acd5-85851ac8137f" // prevention: Trivsel
	fsiiiIndsats   = "17312894-b23f-43d9-9723-b725ac25d872" // an intervention
	ffbYdelse      = "ad7755d2-11bf-468d-958b-2f0c8d9c3742" // an intervention
	verStatus      = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
	gatewayProfile = "http://fhir.kl.dk/gateway/StructureDefinition/klgateway-care-condition"
)

// rewritten replaces a part of a document that must be in it.
func rewritten(t *testing.T, text, old, new string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("%s: not in the document", old)
	}
	return strings.Replace(text, old, new, 1)
}

// beside puts a second coding into the code of a condition.
func beside(t *testing.T, text, code, system, second string) string {
	t.Helper()
	return rewritten(t, text, `"code":"`+code+`"}`, `"code":"`+code+`"},{"system":"`+system+`","code":"`+second+`"}`)
}

// Suicide and self-harm go along with their own code, whatever stands beside
// it: a coding of the target system, one that the report does not hold, or
// another of FFB's.
func TestGraveFactBesideAnotherCoding(t *testing.T) {
	alone := condition(mapping.FFB, ffbFoelelser, "")
	for name, text := range map[string]string{
		"nursing":    beside(t, alone, ffbFoelelser, mapping.FSIII, fsiiiTrivsel),
		"prevention": beside(t, alone, ffbFoelelser, mapping.FSIII, fsiiiForebyg),
		"second":     beside(t, condition(mapping.FFB, ffbSpise, steps[2].ffb), ffbSpise, mapping.FFB, ffbFoelelser),
	} {
		for _, q := range []document.Request{{From: "ffb", To: "fsiii"}, {From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}}} {
			d, l := given(t, bundle(t, text), q)
			found := false
			for x := d.Find(0, "entry"); x != tree.None; x = d.Next(x) {
				r := d.Child(x, "resource")
				for c := d.Find(r, "code", "coding"); c != tree.None; c = d.Next(c) {
					found = found || d.Text(d.Child(c, "code")) == ffbFoelelser
				}
				if d.Text(d.Find(r, "meta", "profile")) == gatewayProfile {
					t.Errorf("%s %v: it claims a profile that takes one coding", name, q.Areas)
				}
			}
			if !found || l.Conformance.Met {
				t.Errorf("%s %v: its own code is there: %v; conformance met: %v", name, q.Areas, found, l.Conformance.Met)
			}
		}
	}
}

// A coding of the target system stands for the condition only if it is one, and
// under the URI that the profile fixes.
func TestExistingCodingIsACondition(t *testing.T) {
	spise := condition(mapping.FFB, ffbSpise, steps[2].ffb)
	for _, c := range []struct{ system, code, want string }{
		{mapping.FSIII, fsiiiIndsats, "41c201d5-6d3d-4576-b3d2-510a9b105631"},
		{mapping.FSIII, "B3", "41c201d5-6d3d-4576-b3d2-510a9b105631"},
		{"http://kl.dk/fhir/common/caresocial/CodeSystem/FSIII", fsiiiLaveMad, fsiiiLaveMad},
	} {
		d, _ := given(t, beside(t, spise, ffbSpise, c.system, c.code), document.Request{From: "ffb", To: "fsiii"})
		if got := codes(d, "code", mapping.FSIII); len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: got %v, want %s", c.code, got, c.want)
		}
	}
	d, _ := given(t, beside(t, condition(mapping.FSIII, fsiiiLaveMad, "B3"), fsiiiLaveMad, mapping.FFB, ffbSelvmord), document.Request{From: "fsiii", To: "ffb"})
	if got := codes(d, "code", mapping.FFB); slices.Contains(got, ffbSelvmord) {
		t.Errorf("a target group stands for a condition found: %v", got)
	}
}

// A condition that is refuted in words, or in another system's code, is not one
// that stands: without a status the gateway's condition counts as confirmed.
func TestModifiersAreNotLeftOut(t *testing.T) {
	spise := condition(mapping.FFB, ffbSpise, steps[2].ffb)
	status := func(s string) string {
		return rewritten(t, spise, `"subject":{`, `"verificationStatus":`+s+`,"subject":{`)
	}
	for name, text := range map[string]string{
		"in words":        status(`{"text":"afkræftet"}`),
		"in another code": status(`{"coding":[{"system":"urn:x","code":"afkraeftet"}]}`),
		"clinical":        rewritten(t, spise, `"code":"active"`, `"display":"aktiv"`),
		"implicit rules":  rewritten(t, spise, `"id":"c1"`, `"id":"c1","implicitRules":"urn:x"`),
		"not to be done":  `{"resourceType":"CarePlan","id":"i1","status":"active","intent":"order","period":{"start":"2026-01-01"},"activity":[{"detail":{"doNotPerform":true,"status":"in-progress","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"` + ffbYdelse + `"}]}}}]}`,
		"two activities":  `{"resourceType":"CarePlan","id":"i1","status":"active","intent":"order","period":{"start":"2026-01-01"},"activity":[{"detail":{"status":"in-progress","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"` + ffbYdelse + `"}]}}},{"detail":{"status":"in-progress"}}]}`,
	} {
		d, l := given(t, bundle(t, text), document.Request{From: "ffb", To: "fsiii", Accept: []string{"inexact"}})
		if line := linesOf(l)["Bundle.entry[0].resource.id"]; d.Find(0, "entry") != tree.None || line.Fate != ledger.Residue.String() || line.Reason == "" {
			t.Errorf("%s: got %+v, want residue with a reason", name, line)
		}
	}
	refuted := `{"coding":[{"system":"urn:x","code":"x"},{"system":"` + verStatus + `","code":"refuted"}]}`
	d, _ := given(t, bundle(t, status(refuted)), document.Request{From: "ffb", To: "fsiii", Accept: []string{"inexact"}})
	for x := d.Find(0, "entry"); x != tree.None; x = d.Next(x) {
		r := d.Child(x, "resource")
		if got := d.Text(d.Find(r, "verificationStatus", "coding", "code")); got != "refuted" || d.Find(r, "severity") == tree.None {
			t.Errorf("%s says %q: a refuted problem is none, and stays refuted", d.Text(d.Child(r, "id")), got)
		}
	}
}

// A subject that leads nowhere is no subject.
func TestReferenceToNothing(t *testing.T) {
	spise := condition(mapping.FFB, ffbSpise, steps[2].ffb)
	for _, subject := range []string{`{"type":"Patient","identifier":{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}}`, `{"reference":"#p"}`} {
		text := rewritten(t, spise, `{"reference":"Patient/p1"}`, subject)
		d, l := given(t, text, document.Request{From: "ffb", To: "fsiii"})
		if d.Child(0, "subject") != tree.None || l.Conformance.Met {
			t.Errorf("%s: got %s, met %v", subject, d.Append(nil, d.Child(0, "subject")), l.Conformance.Met)
		}
	}
}

// An old CPR number is not the citizen's, and of two nobody may guess.
func TestOneOfSeveralCPRNumbers(t *testing.T) {
	const cpr = `{"use":"%s","system":"urn:oid:1.2.208.176.1.2","value":"%s"}`
	for _, c := range []struct{ first, second, want string }{
		{"old", "official", "1509819996"}, {"official", "usual", "2509479989"}, {"usual", "usual", ""}, {"old", "old", ""},
	} {
		text := fmt.Sprintf(`{"resourceType":"Patient","id":"p1","identifier":[`+cpr+`,`+cpr+`]}`, c.first, "2509479989", c.second, "1509819996")
		d, _ := given(t, text, document.Request{From: "ffb", To: "fsiii"})
		if got := d.Text(d.Find(0, "identifier", "value")); got != c.want {
			t.Errorf("%s, %s: got %q, want %q", c.first, c.second, got, c.want)
		}
	}
}

// The id of a proposal means one resource, with and without an id of its own.
func TestProposalOfAResourceWithoutID(t *testing.T) {
	one := rewritten(t, condition(mapping.FFB, ffbSpise, steps[2].ffb), `"id":"c1",`, "")
	text := `{"resourceType":"Bundle","type":"collection","entry":[{"resource":` + one + `},{"resource":` + one + `}]}`
	_, l := given(t, text, document.Request{From: "ffb", To: "fsiii"})
	seen := map[string]bool{}
	for _, p := range l.Proposals {
		for _, c := range p.Candidates {
			if c.ID != "" && seen[c.ID] {
				t.Errorf("%s: %s is another's as well", p.Path, c.ID)
			}
			seen[c.ID] = true
		}
	}
	if len(seen) == 0 {
		t.Error("no proposals")
	}
}

// Where one fact becomes several, each has an id and a URL that nobody else has.
func TestNewIdsAreFree(t *testing.T) {
	spise := condition(mapping.FFB, ffbSpise, steps[2].ffb)
	named := func(id string) string { return rewritten(t, spise, `"id":"c1"`, `"id":"`+id+`"`) }
	long := strings.Repeat("a", 63)
	for _, text := range []string{
		bundle(t, named("1"+long), named("2"+long)),
		bundle(t, spise, named("c1-hjemmepleje")),
		strings.ReplaceAll(bundle(t, named("0b1f6a3c-52d4-4d62-9d1e-6f4a6f0c1a01")), "https://example.dk/Condition/", "urn:uuid:"),
	} {
		d, _ := given(t, text, document.Request{From: "ffb", To: "fsiii", Accept: []string{"inexact"}})
		seen := map[string]bool{}
		for x := d.Find(0, "entry"); x != tree.None; x = d.Next(x) {
			id, url := d.Text(d.Find(x, "resource", "id")), d.Text(d.Child(x, "fullUrl"))
			if seen[id] || seen[url] || len(id) > 64 {
				t.Errorf("not one resource's alone: %s %s", id, url)
			}
			if strings.HasPrefix(url, "urn:uuid:") && len(url) != len("urn:uuid:")+36 {
				t.Errorf("no uuid: %s", url)
			}
			seen[id], seen[url] = true, true
		}
		if len(seen) < 4 {
			t.Errorf("got %d names, want those of two resources at least", len(seen))
		}
	}
}

// goalFor is a goal for condition c1.
const goalFor = `{"resourceType":"Goal","id":"g","lifecycleStatus":"active","startDate":"2026-01-01","category":[{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"0bb3daef-538d-45dc-b444-abdbcb63f6bc"}]}],` +
	`"subject":{"reference":"Patient/p1"},"addresses":[{"reference":"Condition/c1"}],"target":[{"measure":{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"66959f77-6e2a-4574-8423-3ff097f8b9fa"}]},` +
	`"detailCodeableConcept":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"8328ce4a-6238-4f73-bf1a-74aadb68eff8"}]}}]}`

// A goal goes to the home-care condition it is for, wherever in the Bundle that
// stands, however it got its code, and claims its profile only if that does.
func TestGoalFollowsItsCondition(t *testing.T) {
	spise := condition(mapping.FFB, ffbSpise, steps[2].ffb)
	open := rewritten(t, spise, `,"recordedDate":"2026-01-05"`, "")
	for _, c := range []struct {
		name, text string
		claims     bool
	}{
		{"goal first", bundle(t, goalFor, open), false},
		{"goal last", bundle(t, open, goalFor), false},
		{"chosen by a person", bundle(t, beside(t, spise, ffbSpise, mapping.FSIII, fsiiiLaveMad), goalFor), true},
	} {
		d, _ := given(t, c.text, document.Request{From: "ffb", To: "fsiii"})
		reference, profile := "", ""
		for x := d.Find(0, "entry"); x != tree.None; x = d.Next(x) {
			if r := d.Child(x, "resource"); d.Text(d.Child(r, "resourceType")) == "Goal" {
				reference, profile = d.Text(d.Find(r, "addresses", "reference")), d.Text(d.Find(r, "meta", "profile"))
			}
		}
		if reference == "" || (profile != "") != c.claims {
			t.Errorf("%s: it addresses %q and claims %q", c.name, reference, profile)
		}
	}
}

// Where a level belongs, only a level is written.
func TestConditionInThePlaceOfALevel(t *testing.T) {
	text := condition(mapping.FFB, ffbSpise, "b947f321-7cdb-4b33-9653-f3ff800572b0") // Lave mad
	for _, to := range []string{"fsiii", document.FHIR} {
		d, _ := given(t, text, document.Request{From: "ffb", To: to, Accept: []string{"wider", "narrower", "inexact"}})
		if got := codes(d, "severity", mapping.FSIII); len(got) > 0 {
			t.Errorf("to %s: got %v as a level", to, got)
		}
	}
}

// The open form has the shape of the report: the sender's own words do not go
// to the other sector in it, and neither do extensions inside an element.
func TestOwnWordsStayWithTheSender(t *testing.T) {
	const name = "Bruno Test Elmer"
	open := rewritten(t, condition(mapping.FFB, ffbFoelelser, ""), `"code":{"coding"`, `"code":{"text":"`+name+`","coding"`)
	extended := rewritten(t, condition(mapping.FFB, ffbSpise, steps[2].ffb), `"recordedDate"`, `"_recordedDate":{"extension":[{"url":"urn:x","valueString":"`+name+`"}]},"recordedDate"`)
	assigned := `{"resourceType":"Patient","id":"p1","managingOrganization":{"identifier":{"system":"https://www.kombit.dk/organisation","value":"unknown","assigner":{"display":"` + name + `"}}}}`
	for _, text := range []string{open, extended, assigned} {
		for to, want := range map[string]bool{"fsiii": false, document.FHIR: true} {
			d, _ := given(t, text, document.Request{From: "ffb", To: to})
			if got := strings.Contains(d.Source(), name); got != want {
				t.Errorf("to %s: the words are there: %v, want %v, in %s", to, got, want, d.Source())
			}
		}
	}
}

// What the health side has marked private does not go to the social side by
// itself; the other way it goes along with its mark.
func TestPrivateStaysOnTheHealthSide(t *testing.T) {
	mark := `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},`
	private := rewritten(t, condition(mapping.FSIII, fsiiiLaveMad, "B3"), `"id":"c1",`, `"id":"c1",`+mark)
	whole := rewritten(t, bundle(t, condition(mapping.FSIII, fsiiiLaveMad, "B3")), `"type":`, mark+`"type":`)
	for _, text := range []string{bundle(t, private), whole} {
		d, l := given(t, text, document.Request{From: "fsiii", To: "ffb"})
		if line := linesOf(l)["Bundle.entry[0].resource.id"]; d.Find(0, "entry") != tree.None || line.Fate != ledger.Residue.String() || line.Reason == "" {
			t.Errorf("got %+v, want residue with a reason", line)
		}
		if d, _ = given(t, text, document.Request{From: "fsiii", To: document.FHIR}); !strings.Contains(d.Source(), `"code":"R"`) {
			t.Error("the mark is not in the hub")
		}
	}
	var refused *mapping.Error
	_, err := gateway(t, registered).Translate(private, document.Request{From: "fsiii", To: "ffb"})
	if !errors.As(err, &refused) || refused.Kind != mapping.BusinessRule || refused.Path != "Condition.meta.security" {
		t.Errorf("alone: got %v, want a refusal", err)
	}
}

func TestOrganisationInOneRegisterOnly(t *testing.T) {
	for _, o := range []document.Organisation{{KOMBIT: "4d1c9d0e-6a52-4c39-9c55-0b6f1f8a2e11"}, {SOR: "999000016001"}} {
		if _, err := gateway(t, registered).WithOrganisations([]document.Organisation{o}); err == nil {
			t.Errorf("%+v: accepted", o)
		}
	}
}
