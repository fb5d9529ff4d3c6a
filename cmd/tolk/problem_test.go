package main

import (
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

const (
	ffbPsykosocial = "52e0b8dd-f5fa-4e1a-b66e-f5e4a41bd313" // a theme outside Aktivitet og deltagelse
	fsiiiSamvaer   = "5cc0c081-4b5a-4465-8635-7515768fbadc" // nursing: Problemer med socialt samvær
	fsiiiErnaering = "bc65b137-9f5a-4889-82c2-c6764e5507f0" // nursing: Problemer med ernæring
	fsiiiSpise     = "41c201d5-6d3d-4576-b3d2-510a9b105631" // home care: Spise og drikke
	fsiiiPraktisk  = "1c850a09-aa49-4fae-9354-f932f13e030b" // home care: Praktiske opgaver, a heading
	ffbIsolation   = "16075f99-3694-4878-a48d-b2f4b515cb76" // target group
)

// A neutral theme becomes a problem only where the record says that it is one:
// active, not refuted, and on the list of problems. A level alone says it under
// Aktivitet og deltagelse only. What the record denies nobody may accept; what it
// leaves open a person may.
func TestThemeIsAProblemOnlyIfTheRecordSaysSo(t *testing.T) {
	const list, diagnosis = "problem-list-item", "encounter-diagnosis"
	for _, c := range []struct{ clinical, verification, category, level, want string }{
		{"active", "", list, "", "written"},
		{"recurrence", "", list, "", "written"},
		{"relapse", "", list, "", "written"},
		{"active", "confirmed", list, "", "written"},
		{"active", "", list, steps[2].ffb, "written"},
		{"active", "", "", "", "open"},
		{"active", "", diagnosis, "", "open"},
		{"active", "", "", steps[2].ffb, "open"},
		{"inactive", "", list, "", "denied"},
		{"remission", "", list, "", "denied"},
		{"resolved", "", list, "", "denied"},
		{"active", "refuted", list, "", "denied"},
		{"active", "entered-in-error", list, "", "denied"},
		{"active", "", list, steps[0].ffb, "denied"},
		{"active", "", list, ffbIkkeVurderet, "denied"},
	} {
		text := rewritten(t, condition(mapping.FFB, ffbPsykosocial, c.level), `"code":"active"`, `"code":"`+c.clinical+`"`)
		if c.verification != "" {
			text = rewritten(t, text, `"subject":`, `"verificationStatus":{"coding":[{"system":"`+verStatus+`","code":"`+c.verification+`"}]},"subject":`)
		}
		if c.category != "" {
			text = rewritten(t, text, `"subject":`, `"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"`+c.category+`"}]}],"subject":`)
		}
		d, l := given(t, bundle(t, text), document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Sygepleje}, Accept: []string{"inexact"}})
		got := "nothing"
		if strings.Contains(d.Source(), fsiiiSamvaer) {
			got = "written"
		}
		for _, p := range l.Proposals {
			for _, k := range p.Candidates {
				switch {
				case k.Code != fsiiiSamvaer:
				case got != "nothing":
					got += " and proposed"
				case k.ID == "":
					got = "denied"
				default:
					got = "open"
				}
			}
		}
		if got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

// A coding of FSIII that the record has already goes into the report of its own
// area alone; into the hub it goes as it is, and no other is put beside it.
func TestExistingCodingOfAnotherArea(t *testing.T) {
	spise := condition(mapping.FFB, ffbSpise, steps[2].ffb)
	for _, c := range []struct {
		own   string
		area  mapping.Area
		holds bool
	}{
		{fsiiiLaveMad, mapping.Hjemmepleje, true},
		{fsiiiLaveMad, mapping.Sygepleje, false},
		{fsiiiLaveMad, mapping.Forebyggelse, false},
		{fsiiiTrivsel, mapping.Sygepleje, true},
		{fsiiiTrivsel, mapping.Hjemmepleje, false},
		{fsiiiForebyg, mapping.Forebyggelse, true},
		{fsiiiForebyg, mapping.Hjemmepleje, false},
		{fsiiiForebyg, "", false}, // nursing and home care share a report, prevention has its own
	} {
		text := bundle(t, beside(t, spise, ffbSpise, mapping.FSIII, c.own))
		q := document.Request{From: "ffb", To: "fsiii"}
		if c.area != "" {
			q.Areas = []mapping.Area{c.area}
		}
		d, l := given(t, text, q)
		line := linesOf(l)["Bundle.entry[0].resource.id"]
		if c.holds != strings.Contains(d.Source(), c.own) || !c.holds && (d.Find(0, "entry") != tree.None || line.Fate != ledger.Residue.String() || line.Reason == "") {
			t.Errorf("%s for %q: got %s and %+v", c.own, c.area, d.Source(), line)
		}
	}
	for _, own := range []string{fsiiiLaveMad, fsiiiForebyg, fsiiiIndsats} {
		d, _ := given(t, beside(t, spise, ffbSpise, mapping.FSIII, own), document.Request{From: "ffb", To: document.FHIR})
		if got := codes(d, "code", mapping.FSIII); len(got) != 1 || got[0] != own {
			t.Errorf("in the hub: got %v, want %s alone", got, own)
		}
	}
}

// Very restricted is private as restricted is, and alone it goes into the hub
// too: the hub is nobody's side.
func TestPrivateOfEitherDegree(t *testing.T) {
	for code, stays := range map[string]bool{"N": false, "R": true, "V": true} {
		text := rewritten(t, condition(mapping.FSIII, fsiiiLaveMad, "B3"), `"id":"c1",`,
			`"id":"c1","meta":{"security":[{"code":"N"},{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"`+code+`"}]},`)
		d, _ := given(t, bundle(t, text), document.Request{From: "fsiii", To: "ffb"})
		if got := d.Find(0, "entry") == tree.None; got != stays {
			t.Errorf("%s: it stays with its sender: %v", code, got)
		}
		if d, _ = given(t, text, document.Request{From: "fsiii", To: document.FHIR}); !strings.Contains(d.Source(), `"code":"`+code+`"`) {
			t.Errorf("%s: the mark is not in the hub", code)
		}
	}
}

// A resource that no rule knows is nobody's to leave out in silence: it is on the
// ledger, strict mode refuses it, and it is in the hub.
func TestResourceOfAnUnknownKind(t *testing.T) {
	text := bundle(t, condition(mapping.FFB, ffbSpise, steps[2].ffb), `{"resourceType":"Device","id":"d1","status":"active"}`)
	d, l := given(t, text, document.Request{From: "ffb", To: "fsiii"})
	line := linesOf(l)["Bundle.entry[1].resource.status"]
	if strings.Contains(d.Source(), "Device") || line.Fate != ledger.Unclaimed.String() || line.Reason == "" {
		t.Errorf("got %+v in %s", line, d.Source())
	}
	if _, err := gateway(t, registered).Translate(text, document.Request{From: "ffb", To: "fsiii", Strict: true}); err == nil {
		t.Error("strict mode left it over")
	}
	if d, _ = given(t, text, document.Request{From: "ffb", To: document.FHIR}); !strings.Contains(d.Source(), "Device") {
		t.Error("it is not in the hub")
	}
}

// activity is one of a care plan, with the codings of its intervention.
func activity(codings string) string {
	return `{"detail":{"status":"in-progress","code":{"coding":[` + codings + `]}}}`
}

func codingOf(system, code string) string { return `{"system":"` + system + `","code":"` + code + `"}` }

func intervention(activities ...string) string {
	return `{"resourceType":"CarePlan","id":"i1","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"period":{"start":"2026-01-01"},"activity":[` + strings.Join(activities, ",") + `]}`
}

// What the record says of the target's own in an intervention, a follow-up or a
// target group is taken as it is said for a condition found: no other is judged.
func TestExistingCodingOfOtherFacts(t *testing.T) {
	const fortsaettes, afsluttes = "9c90b0e5-9c0a-4b72-a18c-76cd6d6c6213", "59753987-c38d-41c5-b201-0eeff3032fef"
	followUp := func(codings string) string {
		return bundle(t, condition(mapping.FFB, ffbSpise, steps[2].ffb), `{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"712744002"}]},`+
			`"focus":[{"reference":"Condition/c1"}],"valueCodeableConcept":{"coding":[`+codings+`]}}`)
	}
	continued := codingOf(mapping.FFB, "1e971d84-10a4-4ef8-a8b3-0daa4c7d088a")
	for _, c := range []struct{ name, text, want, not string }{
		{"intervention", bundle(t, intervention(activity(codingOf(mapping.FFB, ffbYdelse)+","+codingOf(mapping.FSIII, fsiiiIndsats)))), fsiiiIndsats, "6260adb6-38a0-42e3-9505-01bc3da5af94"},
		{"follow-up", followUp(continued + "," + codingOf(mapping.FSIII, afsluttes)), afsluttes, fortsaettes},
		{"follow-up with an intervention's", followUp(continued + "," + codingOf(mapping.FSIII, fsiiiIndsats)), fortsaettes, afsluttes},
		{"heading", bundle(t, beside(t, condition(mapping.FFB, ffbSpise, steps[2].ffb), ffbSpise, mapping.FSIII, fsiiiPraktisk)), fsiiiSpise, fsiiiPraktisk},
		{"target group", bundle(t, beside(t, condition(mapping.FFB, ffbIsolation, ""), ffbIsolation, mapping.FSIII, fsiiiTrivsel)), fsiiiTrivsel, fsiiiSamvaer},
	} {
		d, _ := given(t, c.text, document.Request{From: "ffb", To: "fsiii", Accept: []string{"inexact"}})
		if text := d.Source(); !strings.Contains(text, c.want) || strings.Contains(text, c.not) {
			t.Errorf("%s: want %s and not %s in %s", c.name, c.want, c.not, text)
		}
	}
}

// A follow-up without a code of the sender's form is not guessed at: it waits, with
// the reason, and goes into the hub as it is.
func TestFollowUpWithoutACodeOfTheSender(t *testing.T) {
	for _, code := range []string{`{"text":"Spise"}`, `{"coding":[` + codingOf("http://snomed.info/sct", "110292000") + `]}`} {
		text := bundle(t, `{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"712744002"}]},"focus":[{"reference":"Condition/c9"}],"valueCodeableConcept":`+code+`}`)
		d, l := given(t, text, document.Request{From: "ffb", To: "fsiii", Accept: []string{"inexact"}})
		line := linesOf(l)["Bundle.entry[0].resource.id"]
		if d.Find(0, "entry") != tree.None || line.Fate != ledger.Residue.String() || line.Reason != "it has no code of ffb" {
			t.Errorf("%s: got %+v in %s", code, line, d.Source())
		}
		if d, _ = given(t, text, document.Request{From: "ffb", To: document.FHIR}); !strings.Contains(d.Source(), code) {
			t.Errorf("%s: in the hub: %s", code, d.Source())
		}
	}
}

// The hub takes every activity of an intervention: the first decides, the others
// keep their codes as they are.
func TestHubKeepsEveryActivity(t *testing.T) {
	first, second := activity(codingOf(mapping.FFB, ffbYdelse)), activity(codingOf(mapping.FFB, "35b593cf-724f-4058-9f31-fe1b3e8df124"))
	d, l := given(t, bundle(t, intervention(first, second)), document.Request{From: "ffb", To: document.FHIR, Accept: []string{"inexact"}})
	if text := d.Source(); strings.Count(text, mapping.FSIII) != 1 || !strings.Contains(text, second) {
		t.Errorf("got %s", text)
	}
	if line := linesOf(l)["Bundle.entry[0].resource.activity[1].detail.code.coding[0].code"]; line.Fate != ledger.Carried.String() {
		t.Errorf("the second code is %+v", line)
	}
}

// Where the hub takes one coding of several, it is the one that a person chose by
// its id, though another needs nobody; the other stays a proposal.
func TestHubTakesWhatAPersonChose(t *testing.T) {
	text := condition(mapping.FFB, ffbSpise, steps[2].ffb)
	_, l := given(t, text, document.Request{From: "ffb", To: document.FHIR, Areas: []mapping.Area{mapping.Sygepleje}})
	id := ""
	for _, p := range l.Proposals {
		for _, k := range p.Candidates {
			if k.Code == fsiiiErnaering {
				id = k.ID
			}
		}
	}
	for _, c := range []struct {
		accept     []string
		want, held string
	}{
		{[]string{"inexact"}, fsiiiSpise, fsiiiErnaering},
		{[]string{"inexact", id}, fsiiiErnaering, fsiiiSpise},
		{[]string{id}, fsiiiErnaering, fsiiiSpise},
	} {
		d, l := given(t, text, document.Request{From: "ffb", To: document.FHIR, Accept: c.accept})
		held := false
		for _, p := range l.Proposals {
			for _, k := range p.Candidates {
				held = held || k.Code == c.held && k.ID != ""
			}
		}
		if got := codes(d, "code", mapping.FSIII); len(got) != 1 || got[0] != c.want || !held {
			t.Errorf("%v: got %v, want %s; the other is a proposal: %v", c.accept, got, c.want, held)
		}
	}
}

// What stands beside the one coding that the report takes does not go along, and
// the ledger has a reason for each: the sender's words, a code of a third system,
// and what belongs to the sender's coding and not to the translated one.
func TestBesideTheOneCoding(t *testing.T) {
	const sct, words = "110292000", "spiser dårligt"
	third := codingOf("http://snomed.info/sct", sct)
	own := `{"system":"` + mapping.FFB + `","version":"1.6","code":"` + ffbSpise + `"}`
	twice := codingOf(mapping.FSIII, fsiiiLaveMad) + "," + codingOf(mapping.FSIII, fsiiiSpise)
	for _, c := range []struct {
		name, codings, want string
		dropped             []string
	}{
		{"translated", own + "," + third, fsiiiSpise, []string{"coding[0].version", "coding[1].system", "coding[1].code", "text", "extension[0].valueString"}},
		{"existing", own + "," + third + "," + codingOf(mapping.FSIII, fsiiiLaveMad), fsiiiLaveMad, []string{"coding[0].code", "coding[1].code", "text", "extension[0].valueString"}},
		{"existing twice", own + "," + twice, fsiiiLaveMad, []string{"coding[0].code", "coding[2].code", "text", "extension[0].valueString"}},
	} {
		text := rewritten(t, condition(mapping.FFB, ffbSpise, steps[2].ffb), `"code":{"coding":[`+codingOf(mapping.FFB, ffbSpise)+`]}`, `"code":{"extension":[{"url":"urn:x","valueString":"`+words+`"}],"coding":[`+c.codings+`],"text":"`+words+`"}`)
		d, l := given(t, text, document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}})
		if got := codes(d, "code", mapping.FSIII); len(got) != 1 || got[0] != c.want || strings.Count(d.Source(), `"coding"`) != 3 || strings.Contains(d.Source(), sct) || strings.Contains(d.Source(), words) {
			t.Errorf("%s: got %s", c.name, d.Source())
		}
		lines := linesOf(l)
		for _, place := range c.dropped {
			if line := lines["Condition.code."+place]; line.Fate != ledger.Dropped.String() || line.Reason == "" {
				t.Errorf("%s: %s is %+v, want dropped with a reason", c.name, place, line)
			}
		}
	}
}

// The hub loses nothing of it: the translation stands beside what was there.
func TestHubKeepsWhatStandsBesideTheCoding(t *testing.T) {
	own := `{"system":"` + mapping.FFB + `","version":"1.6","code":"` + ffbSpise + `"}`
	third := codingOf("http://snomed.info/sct", "110292000")
	text := rewritten(t, condition(mapping.FFB, ffbSpise, steps[2].ffb), `"code":{"coding":[`+codingOf(mapping.FFB, ffbSpise)+`]}`, `"code":{"extension":[{"url":"urn:x"}],"coding":[`+third+`,`+own+`],"text":"spiser dårligt"}`)
	d, _ := given(t, text, document.Request{From: "ffb", To: document.FHIR})
	if got := codes(d, "code", mapping.FSIII); len(got) != 1 || got[0] != fsiiiSpise {
		t.Errorf("the translation: %v", got)
	}
	chosen := strings.TrimSuffix(own, "}") + `,"userSelected":true}`
	for _, part := range []string{`"extension":[{"url":"urn:x"}]`, third + ",", chosen, `"text":"spiser dårligt"`} {
		if !strings.Contains(d.Source(), part) {
			t.Errorf("%s is not in %s", part, d.Source())
		}
	}
	said := rewritten(t, text, `"version":"1.6",`, `"userSelected":false,`)
	d, _ = given(t, said, document.Request{From: "ffb", To: document.FHIR})
	if c := d.Find(0, "code"); strings.Count(string(d.Append(nil, c)), "userSelected") != 1 || !strings.Contains(d.Source(), `"userSelected":false`) {
		t.Errorf("what the sender says of his choice is not kept: %s", d.Append(nil, c))
	}
}

// A level in words and an organisation that the table does not have stay with the
// sender, with the reason; his own words for a fact that goes along with its own code
// are dropped, and what FHIR does not know beside a code of the target is unclaimed.
func TestReasonForWhatStaysBehind(t *testing.T) {
	spise := condition(mapping.FFB, ffbSpise, steps[2].ffb)
	for _, c := range []struct{ text, place, fate, reason string }{
		{bundle(t, rewritten(t, spise, `{"coding":[`+codingOf(mapping.FFB, steps[2].ffb)+`]}`, `{"text":"dårlig"}`)), "Bundle.entry[0].resource.severity.text", "residue", "it has no code of the sender's form"},
		{bundle(t, `{"resourceType":"Patient","id":"p1","managingOrganization":{"identifier":{"system":"https://www.kombit.dk/organisation","value":"unknown","assigner":{"display":"Elmehuset"}}}}`),
			"Bundle.entry[0].resource.managingOrganization.identifier.assigner.display", "residue", "the organisations table has no entry for it"},
		{bundle(t, beside(t, spise, ffbSpise, mapping.FSIII, fsiiiSpise+`","hat":"bowler`)), "Bundle.entry[0].resource.code.coding[1].hat", "unclaimed", "no rule knows this element"},
		{bundle(t, rewritten(t, condition(mapping.FFB, ffbFoelelser, ""), `"code":{"coding"`, `"code":{"text":"ked af det","coding"`)), "Bundle.entry[0].resource.code.text", "dropped", "the report has no place for the sender's own words"},
	} {
		d, l := given(t, c.text, document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}, Accept: []string{"wider", "inexact"}})
		if line := linesOf(l)[c.place]; line.Fate != c.fate || line.Reason != c.reason || strings.Contains(d.Source(), "bowler") {
			t.Errorf("%s: got %+v in %s", c.place, line, d.Source())
		}
	}
}

// In the place of a level a concept of another kind is none: it is not taken for one
// that was recorded, nor offered. A level of the target's own stands alone in its form.
func TestLevelOfTheTargetsOwn(t *testing.T) {
	level := steps[2]
	spise := condition(mapping.FFB, ffbSpise, level.ffb)
	for own, want := range map[string]string{fsiiiTrivsel: level.uuid, steps[4].uuid: steps[4].uuid} {
		d, l := given(t, beside(t, spise, level.ffb, mapping.FSIII, own), document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}})
		if got := codes(d, "severity", mapping.FSIII); len(got) != 1 || got[0] != want || len(codes(d, "severity", mapping.FFB)) > 0 || !l.Conformance.Met {
			t.Errorf("%s: got %s", own, d.Append(nil, d.Child(0, "severity")))
		}
	}
	_, l := given(t, condition(mapping.FFB, ffbSpise, ffbPsykosocial), document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}})
	for _, p := range l.Proposals {
		if p.Path == "Condition.severity" {
			t.Errorf("offered as a level: %+v", p)
		}
	}
}

// A citizen is known by a CPR number and by nothing that only looks like one; an
// organisation by its number in a register that is named. What else an identifier
// says stays behind, with the reason.
func TestWhoItIsAbout(t *testing.T) {
	const cpr, other = "2509479989", "1509819996"
	id := func(use, system, value string) string {
		return `{"use":"` + use + `","system":"` + system + `","value":"` + value + `","period":{"start":"2020-01-01"}}`
	}
	const register = "urn:oid:1.2.208.176.1.2"
	for _, c := range []struct{ identifiers, want string }{
		{id("usual", register, cpr) + "," + id("old", register, other), cpr},
		{id("old", register, other) + "," + id("usual", register, cpr), cpr},
		{id("old", register, other), ""},
		{id("official", "urn:x", other), ""},
		{id("official", "urn:x", other) + "," + id("usual", register, cpr), cpr},
	} {
		d, l := given(t, `{"resourceType":"Patient","id":"p1","identifier":[`+c.identifiers+`]}`, document.Request{From: "ffb", To: "fsiii"})
		if got := d.Text(d.Find(0, "identifier", "value")); got != c.want || strings.Contains(d.Source(), other) || strings.Contains(d.Source(), "period") {
			t.Errorf("%s: got %s", c.identifiers, d.Source())
		}
		for path, line := range linesOf(l) {
			if strings.HasSuffix(path, "period.start") && (line.Fate != ledger.Dropped.String() || line.Reason == "") {
				t.Errorf("%s is %+v, want dropped with a reason", path, line)
			}
		}
	}
	const kombit, sor = "11111111-2222-4333-8444-555555555555", "123456789012345" // one row of the table
	for _, c := range []struct{ from, to, system, value, want string }{
		{"ffb", "fsiii", "https://www.kombit.dk/organisation", kombit, sor},
		{"ffb", "fsiii", "urn:x", kombit, ""},
		{"fsiii", "ffb", "urn:oid:1.2.208.176.1.1", sor, kombit},
		{"fsiii", "ffb", "urn:x", sor, ""},
	} {
		text := `{"resourceType":"Patient","id":"p1","managingOrganization":{"identifier":{"system":"` + c.system + `","value":"` + c.value + `","assigner":{"display":"Elmehuset"}}}}`
		d, l := given(t, text, document.Request{From: c.from, To: c.to})
		if c.want == "" {
			c.want = c.value // as it stands, in the open form
		} else if line := linesOf(l)["Patient.managingOrganization.identifier.assigner.display"]; line.Fate != ledger.Dropped.String() || line.Reason == "" {
			t.Errorf("the assigner is %+v, want dropped with a reason", line)
		}
		if got := d.Text(d.Find(0, "managingOrganization", "identifier", "value")); got != c.want || strings.Contains(d.Source(), "Elmehuset") {
			t.Errorf("%s of %s: got %s", c.value, c.system, d.Source())
		}
	}
}
