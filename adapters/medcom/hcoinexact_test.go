package medcom

import (
	"strings"
	"testing"

	"tolk/mapping/document"
)

// A value that its other unit has no decimal number for is one value: the rest of
// the health check goes. It is not rounded: into the hub it goes as it stands, and
// out of it it has no place.
func TestAValueThatIsNotExactStopsNothingElse(t *testing.T) {
	check := func(system, weight, temperature string) string {
		observation := func(id, code, value, unit, ucum string) string {
			return `{"fullUrl":"urn:uuid:` + id + `","resource":{"resourceType":"Observation","id":"` + id + `","status":"final",
			"code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]},"effectiveDateTime":"2026-11-20T09:10:00+01:00",
			"valueQuantity":{"value":` + value + `,"unit":"` + unit + `","system":"http://unitsofmeasure.org","code":"` + ucum + `"}}}`
		}
		return `{"resourceType":"Bundle","type":"collection","entry":[` + observation("0d363340-b04e-5d97-8fa0-3f96c6392c22", weight, "81.4", "kg", "kg") + `,` +
			observation("246b82a7-2d8a-5c37-871b-6a2632d12f07", temperature, "98.5", "°F", "[degF]") + `]}`
	}
	out, err := HubToHCO(parse(t, check("http://loinc.org", "29463-7", "8310-5")), document.Request{})
	if err != nil {
		t.Fatalf("out: %v", err)
	}
	if got := string(out.Output); !strings.Contains(got, "81.4") || strings.Contains(got, "98.5") || strings.Contains(got, "36.9") {
		t.Errorf("out: got %s", got)
	}
	told := ""
	for _, n := range out.Ledger.Notices {
		told += n.Path + ": " + n.Message + "\n"
	}
	if !strings.Contains(told, "Bundle.entry[1].resource: left out: ") || !strings.Contains(told, "exactly") {
		t.Errorf("out: told %q", told)
	}
	in, err := HCOToHub(parse(t, check("urn:oid:1.2.208.176.2.1", "NPU03804", "NPU08676")), document.Request{})
	if err != nil {
		t.Fatalf("in: %v", err)
	}
	if got := string(in.Output); !strings.Contains(got, `"value":98.5,"unit":"°F"`) {
		t.Errorf("in: got %s", got)
	}
	if n := len(in.Ledger.Notices); n == 0 {
		t.Error("in: nobody is told")
	}
}

// A blood pressure of the ankle is not sent under MedCom's code, which says the arm,
// nor does it get that code in the hub. Whoever wrote the code beside another place
// is told.
func TestABloodPressureOfAnotherPlace(t *testing.T) {
	const npu = "urn:oid:1.2.208.176.2.1"
	pressure := func(system, systolic, diastolic, site string) string {
		half := func(id, code, value string) string {
			return `{"fullUrl":"urn:uuid:` + id + `","resource":{"resourceType":"Observation","id":"` + id + `","status":"final",` + site + `
			"code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]},"effectiveDateTime":"2026-11-20T09:10:00+01:00",
			"valueQuantity":{"value":` + value + `,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}}`
		}
		return `{"resourceType":"Bundle","type":"collection","entry":[` + half("0d363340-b04e-5d97-8fa0-3f96c6392c22", systolic, "142") + `,` +
			half("246b82a7-2d8a-5c37-871b-6a2632d12f07", diastolic, "88") + `]}`
	}
	panel := func(site string) string {
		return `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:0d363340-b04e-5d97-8fa0-3f96c6392c22","resource":{"resourceType":"Observation",
			"id":"0d363340-b04e-5d97-8fa0-3f96c6392c22","status":"final",` + site + `"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"effectiveDateTime":"2026-11-20T09:10:00+01:00",
			"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":142,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
			{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":88,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}}]}`
	}
	const ankle, arm = `"bodySite":{"coding":[{"system":"http://snomed.info/sct","code":"344001"}],"text":"ankel"},`, `"bodySite":{"text":"venstre overarm"},`
	for _, c := range []struct {
		name, text string
		out        bool
		holds      map[string]bool
		told       int // of the place
	}{
		{"the ankle", pressure("http://loinc.org", "8480-6", "8462-4", ankle), true, map[string]bool{"142": false, "DNK05472": false}, 2},
		{"the ankle, a panel", panel(ankle), true, map[string]bool{"142": false, "88,": false, "DNK05473": false}, 2},
		{"the arm, a panel", panel(arm), true, map[string]bool{"142": true, "DNK05472": true, "DNK05473": true}, 0},
		{"no place", panel(""), true, map[string]bool{"142": true, "DNK05472": true, "DNK05473": true}, 0},
		{"the ankle with the sender's own code", pressure(npu, "DNK05472", "DNK05473", ankle), true, map[string]bool{"142": true, "DNK05472": true}, 2},
		{"the ankle, in", pressure("http://loinc.org", "8480-6", "8462-4", ankle), false, map[string]bool{"142": true, "DNK05472": false, "8480-6": true}, 0},
		{"the arm, in", pressure("http://loinc.org", "8480-6", "8462-4", arm), false, map[string]bool{"142": true, "DNK05472": true}, 0},
		{"the ankle with the sender's own code, in", pressure(npu, "DNK05472", "DNK05473", ankle), false, map[string]bool{"142": true, "DNK05472": true, "8480-6": true}, 2},
	} {
		translate := HCOToHub
		if c.out {
			translate = HubToHCO
		}
		w, err := translate(parse(t, c.text), document.Request{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for text, want := range c.holds {
			if got := strings.Contains(string(w.Output), text); got != want {
				t.Errorf("%s: %s is there %t in %s", c.name, text, got, w.Output)
			}
		}
		told := 0
		for _, n := range w.Ledger.Notices {
			if strings.Contains(n.Message, "the arm") {
				told++
			}
		}
		if told != c.told {
			t.Errorf("%s: told %d times, want %d: %v", c.name, told, c.told, w.Ledger.Notices)
		}
	}
}

// A HomeCareObservation says of no value that it is critical, so whoever has judged it
// is told that the judgement stays behind.
func TestAJudgementThatIsLeftOut(t *testing.T) {
	check := func(system, code string) string {
		return `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:0d363340-b04e-5d97-8fa0-3f96c6392c22","resource":{"resourceType":"Observation",
			"id":"0d363340-b04e-5d97-8fa0-3f96c6392c22","status":"final","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.1","code":"NPU03230"}]},"effectiveDateTime":"2026-11-20T09:10:00+01:00",
			"valueQuantity":{"value":6.9,"unit":"mmol/L"},"interpretation":[{"coding":[{"system":"` + system + `","code":"` + code + `"}]}]}}]}`
	}
	const judged = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
	for code, want := range map[string]bool{"HH": true, "LL": true, "AA": true, "H": true, "N": true, "NI": false} {
		system := judged
		if !want {
			system = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-core-interpretation-codes"
		}
		w, err := HubToHCO(parse(t, check(system, code)), document.Request{})
		if err != nil {
			t.Errorf("%s: %v", code, err)
			continue
		}
		told := false
		for _, n := range w.Ledger.Notices {
			told = told || n.Path == "Bundle.entry[0].resource.interpretation[0]" && strings.Contains(n.Message, "left out")
		}
		if told != want || strings.Contains(string(w.Output), `"`+code+`"`) == want {
			t.Errorf("%s: told %t, want %t: %s", code, told, want, w.Output)
		}
	}
}
