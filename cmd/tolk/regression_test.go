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
