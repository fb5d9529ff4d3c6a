package main

import (
	"fmt"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// The concepts of these tests, as KL publishes them (kl-term 2.3.0).
const (
	ffbSpise          = "464a2ab6-a7df-4b3a-b74d-7873f4cfe668" // Aktivitet og deltagelse
	ffbIkkeVurderet   = "1c327095-107f-4b96-88d0-ec562cb980be" // of the levels of functioning
	ffbStoetteUkendt  = "2254dac8-8aa3-4334-8502-9720194f49ad" // "Ikke vurderet" as well, of the need for support
	ffbFysiskHelbred  = "69dbfad7-859a-4596-8737-8054f6b4948f"
	fsiiiLaveMad      = "75bfc8db-a220-4801-a8c7-5e968e94d44b" // home care
	fsiiiNi           = "d7ff926a-4955-478f-b300-0b0ec0785013" // 9, Ikke relevant
	fsiiiKommunikere  = "68dcfecb-3b30-4392-bfb2-325174220323" // nursing
	vandladningBefore = "116ff724-09b7-45c0-bee5-8bbf1d500c63" // retired
	vandladningNow    = "ae911e37-1ed5-4c30-9622-c73640f1c606" // current
)

// condition is an active condition of a public test person's.
func condition(system, code, severity string) string {
	level := ""
	if severity != "" {
		level = fmt.Sprintf(`"severity":{"coding":[{"system":"%s","code":"%s"}]},`, system, severity)
	}
	return fmt.Sprintf(`{"resourceType":"Condition","id":"c1",`+
		`"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},%s`+
		`"code":{"coding":[{"system":"%s","code":"%s"}]},"subject":{"reference":"Patient/p1"},"recordedDate":"2026-01-05"}`, level, system, code)
}

// codes lists the codes of a system at an element of a resource.
func codes(d *tree.Doc, element, system string) []string {
	var all []string
	for c := d.Find(d.Root(), element, "coding"); c != tree.None; c = d.Next(c) {
		if d.Text(d.Child(c, "system")) == system {
			all = append(all, d.Text(d.Child(c, "code")))
		}
	}
	return all
}

// given translates a document that must translate.
func given(t *testing.T, text string, q document.Request) (*tree.Doc, *ledger.Ledger) {
	t.Helper()
	r, err := gateway(t, registered).Translate(text, q)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, string(r.Output)), r.Ledger
}

// steps is the scale of functioning on both sides: the ICF step, FFB's level,
// and FSIII's under both spellings. The legacy spelling is offset by one: B1 is
// step 0. To be one step off here is the worst mistake this program could make.
var steps = []struct{ step, ffb, uuid, legacy string }{
	{"0", "b508ff66-6326-4862-a6d7-7bbf184c9823", "9c5cfb57-a498-40e5-98a7-792bf5fb205b", "B1"},
	{"1", "8328ce4a-6238-4f73-bf1a-74aadb68eff8", "fcc16cb1-41f0-4832-b834-110fba0aaabe", "B2"},
	{"2", "5bdde847-2837-416b-ab63-bbff8b7aa531", "d984ad21-48fe-4619-845e-2aa0303048e7", "B3"},
	{"3", "cae545f5-2813-4d79-98fc-0a7d770af3cd", "1ceef776-0cfa-4acd-b222-c5bb2424e0c1", "B4"},
	{"4", "832ae90b-23b5-4063-80aa-0b81bdce680e", "f4c9f159-5806-4c06-95e9-e69b83bab1a1", "B5"},
}

func TestBCodeOffset(t *testing.T) {
	for _, s := range steps {
		for _, spelling := range []string{s.legacy, s.uuid} {
			for _, to := range []string{"ffb", document.FHIR} {
				d, l := given(t, condition(mapping.FSIII, fsiiiLaveMad, spelling), document.Request{From: "fsiii", To: to})
				if got := codes(d, "severity", mapping.FFB); len(got) != 1 || got[0] != s.ffb {
					t.Errorf("%s to %s: got %v, want step %s, %s", spelling, to, got, s.step, s.ffb)
				}
				if to == "ffb" && linesOf(l)["Condition.severity.coding[0].code"].Relation != mapping.Inexact {
					t.Errorf("%s: the ledger does not say that the step is inexact", spelling)
				}
			}
		}
		d, _ := given(t, condition(mapping.FFB, ffbSpise, s.ffb), document.Request{From: "ffb", To: "fsiii"})
		if got := codes(d, "severity", mapping.FSIII); len(got) != 1 || got[0] != s.uuid {
			t.Errorf("%s: got %v, want step %s, %s (%s)", s.ffb, got, s.step, s.uuid, s.legacy)
		}
	}
}

// FSIII's 9 is a decision (Ikke relevant), FFB's "Ikke vurderet" says that
// there is none: neither is ever written for the other, nor any step for them.
func TestNineAgainstIkkeVurderet(t *testing.T) {
	for _, nine := range []string{"B6", fsiiiNi} {
		d, l := given(t, condition(mapping.FSIII, fsiiiLaveMad, nine), document.Request{From: "fsiii", To: "ffb", Accept: []string{"narrower", "inexact"}})
		notTranslated(t, nine, d, l, mapping.FFB)
		if got := codes(d, "severity", mapping.FSIII); len(got) != 1 || got[0] != nine {
			t.Errorf("%s: got %v, want the sender's own", nine, got)
		}
	}
	d, l := given(t, condition(mapping.FFB, ffbSpise, ffbIkkeVurderet), document.Request{From: "ffb", To: "fsiii",
		Areas: []mapping.Area{mapping.Hjemmepleje}, Accept: []string{"narrower", "inexact"}})
	notTranslated(t, "Ikke vurderet", d, l, mapping.FSIII)
}

// notTranslated checks that a level has no counterpart in the output, that the
// document says so, and that the maps' reason is there.
func notTranslated(t *testing.T, name string, d *tree.Doc, l *ledger.Ledger, system string) {
	t.Helper()
	if got := codes(d, "severity", system); len(got) != 0 {
		t.Errorf("%s: it was translated to %v", name, got)
	}
	if l.Conformance.Met || len(l.Conformance.Lacks) == 0 || l.Conformance.Lacks[0].Element != "Condition.severity" {
		t.Errorf("%s: the ledger does not say that the level is lacking: %+v", name, l.Conformance)
	}
	for _, u := range l.Unmatched {
		if u.Path == "Condition.severity" && u.Reason != "" {
			return
		}
	}
	t.Errorf("%s: no reason of the maps: %+v", name, l.Unmatched)
}

// FFB has two concepts called "Ikke vurderet", of two scales. The one of
// functioning is what a level is that nobody recorded; the one of support never
// stands for it and is no level of a condition.
func TestTwoIkkeVurderet(t *testing.T) {
	d, _ := given(t, condition(mapping.FSIII, fsiiiKommunikere, ""), document.Request{From: "fsiii", To: "ffb", Accept: []string{"narrower"}})
	if got := codes(d, "severity", mapping.FFB); len(got) != 1 || got[0] != ffbIkkeVurderet {
		t.Errorf("a level that nobody recorded: got %v, want %s", got, ffbIkkeVurderet)
	}
	var rows []string
	for _, level := range []string{ffbIkkeVurderet, ffbStoetteUkendt} {
		d, l := given(t, condition(mapping.FFB, ffbSpise, level), document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}})
		notTranslated(t, level, d, l, mapping.FSIII)
		if got := codes(d, "severity", mapping.FFB); len(got) != 1 || got[0] != level {
			t.Errorf("%s: the hub form has %v", level, got)
		}
		for _, u := range l.Unmatched {
			if u.Path == "Condition.severity" {
				rows = append(rows, u.Row)
			}
		}
	}
	if len(rows) != 2 || rows[0] == rows[1] {
		t.Errorf("the two are told apart by the rows %v", rows)
	}
}

// Two nursing concepts are called "Problemer med vandladning", one retired and
// one current. Each is known by its code, whatever the display says; the
// retired one comes to FFB by a judgement of its own.
func TestTwoProblemerMedVandladning(t *testing.T) {
	rows := map[string]string{}
	for _, code := range []string{vandladningBefore, "I12.2", vandladningNow, "Problemer_med_vandladning"} {
		text := strings.Replace(condition(mapping.FSIII, code, ""), code+`"`, code+`","display":"Problemer med vandladning"`, 1)
		d, l := given(t, text, document.Request{From: "fsiii", To: "ffb"})
		if got := codes(d, "code", mapping.FFB); len(got) != 1 || got[0] != ffbFysiskHelbred {
			t.Errorf("%s: got %v, want Fysisk helbred", code, got)
		}
		line := linesOf(l)["Condition.code.coding[0].code"]
		if line.Relation != mapping.Wider {
			t.Errorf("%s: the relation is %q", code, line.Relation)
		}
		rows[code] = line.Row
	}
	if rows[vandladningBefore] == rows[vandladningNow] || rows[vandladningBefore] != rows["I12.2"] || rows[vandladningNow] != rows["Problemer_med_vandladning"] {
		t.Errorf("the rows are %v", rows)
	}
	// In the hub the sender's spelling stays, and nothing is resolved by name.
	d, _ := given(t, strings.Replace(condition(mapping.FSIII, vandladningBefore, ""), `"subject"`, `"note":[{"text":"Problemer med vandladning"}],"subject"`, 1),
		document.Request{From: "fsiii", To: document.FHIR})
	if got := codes(d, "code", mapping.FSIII); len(got) != 1 || got[0] != vandladningBefore {
		t.Errorf("in the hub: got %v, want the retired code as sent", got)
	}
}
