package readable

import (
	"strings"
	"testing"
	"time"

	"tolk/fixtures/shared"
	"tolk/mapping/tree"
)

func shown(t *testing.T, text string) string {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Read(doc, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return Text(p)
}

// measurement is a health check with one measurement.
func measurement(members string) string {
	return `{"resourceType":"Bundle","type":"collection","entry":[
		{"fullUrl":"urn:uuid:r","resource":{"resourceType":"DiagnosticReport","id":"r","status":"final","code":{"text":"Sundhedstjek"},"result":[{"reference":"urn:uuid:o"}]}},
		{"fullUrl":"urn:uuid:o","resource":{"resourceType":"Observation","id":"o","status":"final","effectiveDateTime":"2026-11-18T10:00:00+01:00",` + members + `}}]}`
}

// What was measured has a Danish name, whoever sent it.
func TestNamesOfMeasurements(t *testing.T) {
	const value = `,"valueQuantity":{"value":37.1,"unit":"°C"}`
	for _, c := range []struct{ code, want string }{
		{`{"coding":[{"system":"urn:oid:1.2.208.176.2.1","code":"NPU08676","display":"Pt—Legeme; temp. = ? °C"}]}`, "Temperatur: "},
		{`{"coding":[{"system":"http://loinc.org","code":"8310-5"}]}`, "Temperatur: "},
		{`{"coding":[{"system":"http://loinc.org","code":"8310-5"}],"text":"Temp. i øret"}`, "Temp. i øret: "},
		{`{"coding":[{"system":"http://loinc.org","code":"8310-5","display":"Puls"}]}`, "Temperatur (kilden skriver: Puls): "},
		{`{"coding":[{"system":"urn:x","code":"9","display":"Fodstatus"}]}`, "Fodstatus: "},
	} {
		if got := shown(t, measurement(`"code":`+c.code+value)); !strings.Contains(got, c.want+"37,1") {
			t.Errorf("%s: want %q in\n%s", c.code, c.want, got)
		}
	}
}

// MedCom's senders do not interpret, and have to say so each time: that is no
// mark.
func TestNotInterpretedIsNoMark(t *testing.T) {
	got := shown(t, measurement(`"code":{"text":"Puls"},"valueQuantity":{"value":72,"unit":"/min"},
		"interpretation":[{"coding":[{"system":"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-core-interpretation-codes","code":"NI","display":"Not Interpreted"}]}]`))
	if strings.Contains(strings.ToLower(got), "interpreted") {
		t.Errorf("a mark where the source makes none:\n%s", got)
	}
}

func TestPositionIsShown(t *testing.T) {
	for _, position := range []string{
		`{"coding":[{"code":"33586001","display":"siddende"}]}`,
		`{"coding":[{"system":"http://snomed.info/sct","code":"33586001","display":"Sitting position (finding)"}]}`,
		`{"coding":[{"system":"http://snomed.info/sct","code":"33586001"}],"text":"siddende i seng"}`,
	} {
		got := shown(t, measurement(`"code":{"text":"Blodtryk"},"valueString":"132/84",
			"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/observation-bodyPosition","valueCodeableConcept":`+position+`}]`))
		if !strings.Contains(got, "Stilling: siddende") {
			t.Errorf("how the citizen sat is not there, from %s:\n%s", position, got)
		}
	}
}

// References that lead in a circle end.
func TestReferencesInACircle(t *testing.T) {
	for _, first := range []string{`"resourceType":"DiagnosticReport","code":{"text":"Sundhedstjek"}`, `"resourceType":"List","status":"current","mode":"snapshot","code":{"coding":[{"system":"http://loinc.org","code":"10160-0"}]}`} {
		for _, to := range []string{"a", "b", "c"} {
			r := `{"reference":"urn:uuid:` + to + `"}`
			extensions := ""
			for i, name := range []string{"screening", "tilstand", "medicinliste"} {
				if i > 0 {
					extensions += ","
				}
				extensions += `{"url":"urn:tolk:StructureDefinition:` + name + `","valueReference":` + r + `}`
			}
			every := `"subject":` + r + `,"source":` + r + `,"performer":[` + r + `],"result":[` + r + `],"entry":[{"item":` + r + `}],"extension":[` + extensions + `],
				"practitioner":` + r + `,"organization":` + r + `,"medicationReference":` + r + `,"informationSource":` + r + `,"author":` + r + `,"partOf":` + r + `,"derivedFrom":[` + r + `]`
			for _, kind := range []string{"PractitionerRole", "Organization", "MedicationStatement", "Observation", "QuestionnaireResponse", "List", "DiagnosticReport", "Condition"} {
				shown(t, `{"resourceType":"Bundle","type":"collection","entry":[
					{"fullUrl":"urn:uuid:a","resource":{"id":"a",`+first+`,`+every+`}},
					{"fullUrl":"urn:uuid:b","resource":{"id":"b","resourceType":"`+kind+`",`+strings.ReplaceAll(every, "urn:uuid:"+to, "urn:uuid:c")+`}},
					{"fullUrl":"urn:uuid:c","resource":{"id":"c","resourceType":"`+kind+`",`+strings.ReplaceAll(every, "urn:uuid:"+to, "urn:uuid:b")+`}}]}`)
			}
		}
	}
}

// An answer that is a code alone is shown in the words it was published with.
func TestAnswersInWords(t *testing.T) {
	const kl = `"system":"http://fhir.kl.dk/ffinst/CodeSystem/KLToolsCodes","code":`
	got := shown(t, measurement(`"code":{"text":"WHO-5"},"valueCodeableConcept":{"coding":[{`+kl+`"9fd3c658-d0b7-4018-84e9-8588be7de478"}]},
		"method":{"coding":[{`+kl+`"a3231c9a-5569-49c4-8760-4fffbf0b2b80"}]}`))
	for _, want := range []string{"WHO-5 Det meste af tiden - 4 (glad)", "Metode: Afvigelse i test-setup"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
}

// That nobody said when is said.
func TestUntimedMeasurementSaysSo(t *testing.T) {
	untimed := strings.Replace(measurement(`"code":{"text":"Puls"},"valueQuantity":{"value":72,"unit":"/min"}`), `"effectiveDateTime":"2026-11-18T10:00:00+01:00",`, "", 1)
	if got := shown(t, untimed); !strings.Contains(got, "Tidspunkt ikke oplyst") {
		t.Errorf("when it was measured is not known, and the page does not say so:\n%s", got)
	}
	if got := shown(t, measurement(`"code":{"text":"Puls"},"valueQuantity":{"value":72,"unit":"/min"}`)); strings.Contains(got, "Tidspunkt ikke oplyst") {
		t.Errorf("when it was measured is known:\n%s", got)
	}
}

// The words for how it went are KL's.
func TestTechniquesAreKLs(t *testing.T) {
	doc, err := tree.Parse(shared.Read(t, "official", "packages", "kl.dk.fhir.ffinst#1.0.0", "package", "CodeSystem-KLToolsCodes.json"), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for n := range tree.ID(doc.Len()) {
		if want, ok := techniques[doc.Text(n)]; ok && doc.Key(n) == "code" {
			found++
			if got := doc.Text(doc.Child(doc.Parent(n), "display")); got != want {
				t.Errorf("%s: got %q, want %q", doc.Text(n), want, got)
			}
		}
	}
	if found != len(techniques) {
		t.Errorf("%d of %d are KL's", found, len(techniques))
	}
}

// An earlier value stands beside the latest; where its source remarks on it, it has
// its own row too, for the remark to be read.
func TestRemarkOnAnEarlierValue(t *testing.T) {
	weight := func(id, at, value, more string) string {
		return `{"fullUrl":"urn:uuid:` + id + `","resource":{"resourceType":"Observation","id":"` + id + `","status":"final","effectiveDateTime":"` + at + `T10:00:00+01:00",
		"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"valueQuantity":{"value":` + value + `,"unit":"kg"}` + more + `}}`
	}
	for _, remark := range []string{"", `,"note":[{"text":"vejet med sko"}]`} {
		got := shown(t, `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:r","resource":{"resourceType":"DiagnosticReport","id":"r","status":"final",
		"code":{"text":"Sundhedstjek"},"result":[{"reference":"urn:uuid:a"},{"reference":"urn:uuid:b"}]}},`+weight("a", "2026-11-18", "81.4", "")+`,`+weight("b", "2026-05-12", "83", remark)+`]}`)
		if !strings.Contains(got, "fra 83 kg") || strings.Contains(got, "vejet med sko") != (remark != "") {
			t.Errorf("with %q:\n%s", remark, got)
		}
	}
}

// Why there is no value is told as it is: what was held back has been measured.
func TestWhyThereIsNoValue(t *testing.T) {
	for code, want := range map[string]string{
		"asked-declined": "Ikke målt: borgeren ønskede det ikke", "not-performed": "Ikke målt: ikke udført", "not-asked": "Ikke målt: ikke spurgt",
		"masked": "Ingen værdi: holdt tilbage", "not-permitted": "Ingen værdi: må ikke oplyses", "as-text": "Ingen værdi: se teksten",
		"unknown": "Ingen værdi: ukendt", "not-a-number": "Ingen værdi: intet tal",
	} {
		got := shown(t, measurement(`"code":{"text":"Puls"},"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"`+code+`"}]}`))
		if !strings.Contains(got, want) {
			t.Errorf("%s: want %q in\n%s", code, want, got)
		}
	}
}
