package plain

import (
	"encoding/json"
	"strings"
	"testing"

	"tolk/mapping/transcript"
)

// check is a hub document of a health check with one observation.
const check = `{"resourceType":"Bundle","type":"collection","meta":{"tag":[{"system":"urn:tolk:CodeSystem:document","code":"sundhedstjek","version":"1.0"}]},"entry":[
{"fullUrl":"urn:uuid:r","resource":{"resourceType":"DiagnosticReport","status":"final","subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-10-05T09:00:00+02:00","performer":[{"reference":"urn:uuid:n"}],"result":[{"reference":"urn:uuid:o"}]}},
{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],"name":[{"given":["Bruno","Test"],"family":"Elmer"}]}},
{"fullUrl":"urn:uuid:n","resource":{"resourceType":"Practitioner","name":[{"family":"Test","given":["Anna","Marie"],"prefix":["frk."]}]}},
{"fullUrl":"urn:uuid:o","resource":{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-10-05T09:00:00+02:00",
 "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/observation-bodyPosition","valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"33586001","display":"Sitting position (finding)"}]}}],
 "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":128,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"},
  "interpretation":[{"coding":[{"system":"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-core-interpretation-codes","code":"NI","display":"Not Interpreted"}]}]},
 {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"error"}]}}]}}]}`

// fatesOf lists what became of the leaves below a place.
func fatesOf(w *transcript.Written, at string) map[string]string {
	all := map[string]string{}
	for _, l := range w.Ledger.Lines() {
		if _, below, ok := strings.Cut(l.Path, at); ok {
			all[below] = l.Fate
		}
	}
	return all
}

func TestHubOfOthers(t *testing.T) {
	_, backward := ways(t, "sundhedstjek")
	tests := []struct {
		name, old, new string
		want           string // in the document
		at             string
		fates          map[string]string
	}{
		{"the citizen's given names", "", "", `"fornavn":"Bruno Test","efternavn":"Elmer"`,
			"entry[1].resource.name[0]", map[string]string{".given[0]": "converted", ".given[1]": "used", ".family": "carried"}},
		{"one given name in two words", `["Bruno","Test"]`, `["Bruno Test"]`, `"fornavn":"Bruno Test"`,
			"entry[1].resource.name[0]", map[string]string{".given[0]": "carried", ".family": "carried"}},
		{"a D-eCPR by its system, as dk-core has it", `"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"`, `"use":"temp","system":"urn:oid:1.2.208.176.1.6.1.3.181","value":"0703925VJ4"`,
			`"decpr":{"region":"midtjylland","nummer":"0703925VJ4"}`, "entry[1].resource.identifier[0]", map[string]string{".use": "dropped", ".system": "converted", ".value": "carried"}},
		{"a D-eCPR that says what it is", `"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"`, `"type":{"text":"D-eCPR"},"system":"urn:oid:1.2.208.176.1.6.1.3","value":"0703925VJ4"`,
			`"decpr":{"region":"uoplyst","nummer":"0703925VJ4"}`, "entry[1].resource.identifier[0]", map[string]string{".type.text": "used", ".system": "converted", ".value": "carried"}},
		{"a person's name in parts", "", "", `"person":{"navn":"Anna Marie Test"}`,
			"entry[2].resource.name[0]", map[string]string{".given[0]": "converted", ".given[1]": "used", ".family": "used", ".prefix[0]": "unclaimed"}},
		{"a person's family name alone", `"given":["Anna","Marie"],"prefix":["frk."]`, `"given":["  "]`, `"person":{"navn":"Test"}`,
			"entry[2].resource.name[0]", map[string]string{".given[0]": "unclaimed", ".family": "carried"}},
		{"a person's name whole, after one in parts", `"prefix":["frk."]}`, `"prefix":["frk."]},{"text":"A. M. Test"}`, `"person":{"navn":"A. M. Test"}`,
			"entry[2].resource.name[", map[string]string{"0].given[0]": "unclaimed", "0].given[1]": "unclaimed", "0].family": "unclaimed", "0].prefix[0]": "unclaimed", "1].text": "carried"}},
		{"two names in parts", `"prefix":["frk."]}`, `"prefix":["frk."]},{"family":"Gammel"}`, `"person":{"navn":"Anna Marie Test"}`,
			"entry[2].resource.name[1]", map[string]string{".family": "unclaimed"}},
		{"the position's display", "", "", `"stilling":"Sitting position (finding)"`,
			"valueCodeableConcept", map[string]string{".coding[0].system": "dropped", ".coding[0].code": "dropped", ".coding[0].display": "carried"}},
		{"the position's text", `"display":"Sitting position (finding)"}]`, `"display":"Sitting position (finding)"}],"text":"siddende"`, `"stilling":"siddende"`,
			"valueCodeableConcept", map[string]string{".coding[0].system": "dropped", ".coding[0].code": "dropped", ".coding[0].display": "dropped", ".text": "carried"}},
		{"a position without a word", `,"display":"Sitting position (finding)"`, ``, `"tidspunkt":`,
			"valueCodeableConcept", map[string]string{".coding[0].system": "unclaimed", ".coding[0].code": "unclaimed"}},
		{"not interpreted", "", "", `"systolisk":128`,
			"component[0].interpretation", map[string]string{"[0].coding[0].system": "dropped", "[0].coding[0].code": "dropped", "[0].coding[0].display": "dropped"}},
		{"interpreted in MedCom's words", `"NI"`, `"X"`, `"systolisk":128`,
			"component[0].interpretation", map[string]string{"[0].coding[0].system": "unclaimed", "[0].coding[0].code": "unclaimed", "[0].coding[0].display": "unclaimed"}},
		{"why a half is missing", "", "", `"systolisk":128`,
			"component[1].dataAbsentReason", map[string]string{".coding[0].system": "dropped", ".coding[0].code": "dropped"}},
		{"a check taken back", `"status":"final","subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-10-05T09:00:00+02:00","performer"`, `"status":"entered-in-error","subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-10-05T09:00:00+02:00","performer"`, `"status":"fejlregistreret"`,
			"entry[0].resource.st", map[string]string{"atus": "converted"}},
	}
	for _, tt := range tests {
		text := strings.Replace(check, tt.old, tt.new, 1)
		if tt.old != "" && text == check {
			t.Errorf("%s: the document has no %s", tt.name, tt.old)
		}
		w, err := backward(text)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !strings.Contains(string(w.Output), tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, w.Output, tt.want)
		}
		got, _ := json.Marshal(fatesOf(w, tt.at))
		if want, _ := json.Marshal(tt.fates); string(got) != string(want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
		}
	}
}

// The reason for a missing half has no place, and the sender hears so.
func TestReasonForAHalfIsNoticed(t *testing.T) {
	_, backward := ways(t, "sundhedstjek")
	w, err := backward(check)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.Ledger.Notices; len(n) != 1 || !strings.Contains(n[0].Path, "component[1].dataAbsentReason") || !strings.Contains(n[0].Message, "the sender says why") {
		t.Errorf("notices %v", n)
	}
}

// A check that is taken back says so in both forms.
func TestTakenBackComesBack(t *testing.T) {
	forward, backward := ways(t, "sundhedstjek")
	text := strings.Replace(example(t, "sundhedstjek"), `"status":"endelig"`, `"status":"fejlregistreret"`, 1)
	hub, err := forward(text)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(hub.Output), `"status":"entered-in-error"`) {
		t.Errorf("got %s", hub.Output)
	}
	if why := lost(forward, backward, text); why != "" {
		t.Error(why)
	}
}

// A code that says the unit stands only beside a value that can be said in it, and one
// that says the arm only where nothing says another place.
func TestNoCodeBesideAnotherUnitOrPlace(t *testing.T) {
	forward, _ := ways(t, "sundhedstjek")
	for _, tt := range []struct {
		item, value string
		codes       map[string]bool
	}{
		{"haemoglobin", `"vaerdi":140,"enhed":"g/L"`, map[string]bool{"NPU02319": false}},
		{"haemoglobin", `"vaerdi":8.7,"enhed":"mmol/L"`, map[string]bool{"NPU02319": true}},
		{"haemoglobin", `"vaerdi":8.7`, map[string]bool{"NPU02319": false}},
		{"glukose_kapillaer", `"vaerdi":100,"enhed":"mg/dL"`, map[string]bool{"NPU22089": false}},
		{"temperatur", `"vaerdi":98.6,"enhed":"F"`, map[string]bool{"NPU08676": false, "8310-5": true}},
		{"temperatur", `"vaerdi":98.6,"enhed":"°F"`, map[string]bool{"NPU08676": true, "8310-5": true}},
		{"temperatur", `"vaerdi":98.5,"enhed":"°F"`, map[string]bool{"NPU08676": false, "8310-5": true}}, // in °C it has no end
		{"blodtryk_systolisk", `"vaerdi":16.0,"enhed":"kPa"`, map[string]bool{"DNK05472": false, "8480-6": true, "kPa": true}},
		{"blodtryk_systolisk", `"vaerdi":142,"enhed":"mmHg","maalested":"højre ankel"`, map[string]bool{"DNK05472": false, "8480-6": true}},
		{"blodtryk_systolisk", `"vaerdi":142,"enhed":"mmHg","maalested":"højre overarm"`, map[string]bool{"DNK05472": true, "8480-6": true}},
		{"blodtryk", `"systolisk":142,"diastolisk":88,"maalested":"Højre ankel"`, map[string]bool{"DNK05472": false, "DNK05473": false, "8480-6": true, "85354-9": true}},
		{"blodtryk", `"systolisk":142,"diastolisk":88,"maalested":"Venstre arm"`, map[string]bool{"DNK05472": true, "DNK05473": true}},
		{"vaegt", `"vaerdi":84,"enhed":"kg","maalested":"ankel"`, map[string]bool{"NPU03804": true}},
		{"puls", `"vaerdi":1.2,"enhed":"Hz"`, map[string]bool{"NPU21692": false, "8867-4": true}},
		{"tobs", `"vaerdi":3`, map[string]bool{"MCS88125": true}},
		{"temperatur", `"udeladtAarsag":"ikkeUdfoert"`, map[string]bool{"NPU08676": true}},
	} {
		w, err := forward(measured(tt.item, tt.value))
		if err != nil {
			t.Errorf("%s: %v", tt.item, err)
			continue
		}
		for code, want := range tt.codes {
			if got := strings.Contains(string(w.Output), `"`+code+`"`); got != want {
				t.Errorf("%s, %s: %s is there %t, want %t", tt.item, tt.value, code, got, want)
			}
		}
	}
}

func measured(item, value string) string {
	return `{"dokument":"sundhedstjek","version":"1.0","borger":{"cpr":"2509479989","fornavn":"Bruno Test","efternavn":"Elmer"},"status":"endelig","udfoert":"2026-10-05T09:00:00+02:00","maalinger":[{"hvad":"` + item + `",` + value + `,"tidspunkt":"2026-10-05T09:00:00+02:00"}]}`
}

// Half a blood pressure is a measurement of its own, which the form reads again.
func TestHalfABloodPressure(t *testing.T) {
	forward, backward := ways(t, "sundhedstjek")
	for item, code := range map[string]string{"blodtryk_systolisk": "8480-6", "blodtryk_diastolisk": "8462-4"} {
		text := measured(item, `"vaerdi":88,"enhed":"mmHg"`)
		w, err := forward(text)
		if err != nil || !strings.Contains(string(w.Output), `"`+code+`"`) {
			t.Errorf("%s: %v", item, err)
			continue
		}
		if why := lost(forward, backward, text); why != "" {
			t.Errorf("%s: %s", item, why)
		}
	}
}

// What was corrected is corrected in the hub; "amended" is read as that too.
func TestCorrected(t *testing.T) {
	forward, backward := ways(t, "sundhedstjek")
	w, err := forward(measured("puls", `"vaerdi":70,"enhed":"/min","status":"rettet"`))
	if err != nil || !strings.Contains(string(w.Output), `"status":"corrected"`) {
		t.Fatalf("%v: %s", err, w.Output)
	}
	for _, status := range []string{"corrected", "amended"} {
		back, err := backward(strings.Replace(string(w.Output), `"status":"corrected"`, `"status":"`+status+`"`, 1))
		if err != nil || strings.Count(string(back.Output), `"status":"rettet"`) != 1 {
			t.Errorf("%s: %v: %s", status, err, back.Output)
		}
	}
}

// A measurement that is not final is not told as one that is: the plain form has
// three words, and a reader takes a measurement without any of them for final.
func TestStatusesWithoutAWord(t *testing.T) {
	_, backward := ways(t, "sundhedstjek")
	const status = `"resourceType":"Observation","status":"`
	for of, want := range map[string]string{
		"final": "", "preliminary": "foreloebig", "amended": "rettet", "corrected": "rettet", "entered-in-error": "fejlregistreret",
		"registered": "foreloebig", "unknown": "foreloebig", "cancelled": "fejlregistreret",
	} {
		got, err := backward(strings.Replace(check, status+"final", status+of, 1))
		if err != nil {
			t.Fatal(err)
		}
		out := string(got.Output)
		if said := strings.Contains(out, `"status":"`+want+`"`); said != (want != "") {
			t.Errorf("%s: want %q in %s", of, want, out)
		}
		told := false
		for _, n := range got.Ledger.Notices {
			told = told || strings.HasPrefix(n.Message, "status: "+of)
		}
		if other := of == "registered" || of == "unknown" || of == "cancelled"; told != other {
			t.Errorf("%s: the sender is told: %v, want %v", of, told, other)
		}
	}
}
