package redact

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// impostors are words that look like codes, each of another kind.
var impostors = []string{"hansen", "hansen-jensen", "HANS", "HansJensen", "H-Jensen", "hansen/jensen", "text/hansen", "application/vnd.hansen", "HAN", "ha-HJ", "hansen.1"}

// codeAt returns a document in which a value stands at the path of an element, false for
// an element of a type that nothing here has.
func codeAt(path, value string) (string, bool) {
	names := strings.Split(path, ".")
	e, _ := fhir.Lookup(names[0])
	if len(e.Types) == 0 {
		return "", false
	}
	if _, variant := fhir.Lookup("Parameters.parameter.value" + names[0]); variant && !strings.HasSuffix(e.Types[0], "Resource") {
		names = append([]string{"Parameters", "parameter", "value" + names[0]}, names[1:]...)
	} else if !strings.HasSuffix(e.Types[0], "Resource") {
		return "", false
	}
	text := tree.Quote(value)
	for _, name := range slices.Backward(names[1:]) {
		text = "{" + tree.Quote(strings.Replace(name, "[x]", "Code", 1)) + ":" + text + "}"
	}
	return `{"resourceType":"` + names[0] + `",` + text[1:], true
}

// codeLeft is what a code that stands at a path becomes.
func codeLeft(t *testing.T, r Redactor, text string) string {
	t.Helper()
	out, err := r.Redact(text, "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := tree.Read(string(out.Output), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	left := ""
	for n := tree.ID(1); int(n) < d.Len(); n++ {
		if d.Leaf(n) && d.Key(n) != "resourceType" {
			left = d.Text(n)
		}
	}
	return left
}

// An element of type code keeps the codes that are published for it, and nothing else
// that looks like one.
func TestCodesOfElements(t *testing.T) {
	r := redactor(t)
	tried, kept := 0, 0
	for _, e := range fhir.All() {
		if !slices.Contains(e.Types, "code") || !strings.Contains(e.Path, ".") {
			continue
		}
		for _, impostor := range impostors {
			text, ok := codeAt(e.Path, impostor)
			if !ok {
				continue
			}
			tried++
			if left := codeLeft(t, r, text); strings.Contains(strings.ToLower(left), "hans") || strings.Contains(left, "ensen") || left == impostor {
				t.Errorf("%s: %s became %s", e.Path, impostor, left)
			}
		}
		for _, code := range slices.Sorted(maps.Keys(fhir.Codes(e.Path))) {
			text, ok := codeAt(e.Path, code)
			if !ok {
				continue
			}
			kept++
			if left := codeLeft(t, r, text); left != code {
				t.Errorf("%s: %s became %s", e.Path, code, left)
			}
		}
	}
	if tried < 2000 || kept < 700 {
		t.Errorf("%d impostors and %d codes were tried", tried, kept)
	}
}

// What R4 leaves open is kept where a list has it: media types, languages, currencies,
// what extensions say. What stands for a media type is one, too.
func TestOpenCodes(t *testing.T) {
	const data = `{"resourceType":"DocumentReference","content":[{"attachment":{"contentType":"`
	for text, want := range map[string]string{
		data + `application/pdf"}}]}`:                        "application/pdf",
		data + `text/plain; charset=UTF-8"}}]}`:              "text/plain; charset=UTF-8",
		data + `text/plain;charset=iso-8859-1"}}]}`:          "text/plain;charset=iso-8859-1",
		data + `application/fhir+json; fhirVersion=4.0"}}]}`: "application/fhir+json; fhirVersion=4.0",
		data + `image/hansen"}}]}`:                           "image/??????",
		data + `hansen/pdf"}}]}`:                             "??????/???",
		data + `text/plain; charset=hansen"}}]}`:             "text/?????; ???????=??????",
		`{"resourceType":"Patient","language":"da"}`:         "da",
		`{"resourceType":"Patient","language":"da-DK"}`:      "da-DK",
		`{"resourceType":"Patient","language":"kl"}`:         "kl",
		`{"resourceType":"Patient","language":"ha-HA"}`:      "??-??",
		`{"resourceType":"Patient","language":"ida"}`:        "???",
		`{"resourceType":"Patient","contained":[{"resourceType":"Parameters","parameter":[{"valueMoney":{"currency":"DKK"}}]}]}`:                             "DKK",
		`{"resourceType":"Patient","contained":[{"resourceType":"Parameters","parameter":[{"valueMoney":{"currency":"IDA"}}]}]}`:                             "???",
		`{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}`: "unknown",
		`{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"hansen"}]}}`:  "??????",
		`{"resourceType":"Patient","extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"anamnese"}]}`:                                "anamnese",
		`{"resourceType":"Patient","extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"hansen"}]}`:                                  "??????",
		`{"resourceType":"Patient","extension":[{"url":"https://zebra.dk/x","valueCode":"unknown"}]}`:                                                        "???????",
		`{"resourceType":"Patient","extension":[{"url":"https://zebra.dk/x","valueContactPoint":{"system":"url"}}]}`:                                         "url",
		`{"resourceType":"ValueSet","compose":{"include":[{"system":"http://snomed.info/sct","concept":[{"code":"712744002"}]}]}}`:                           "712744002",
		`{"resourceType":"ValueSet","compose":{"include":[{"system":"http://snomed.info/sct","concept":[{"code":"hansen"}]}]}}`:                              "??????",
	} {
		left := codeLeft(t, redactor(t), text)
		same := len(left) == len(want)
		for i := 0; same && i < len(want); i++ {
			same = want[i] == left[i] || want[i] == '?'
		}
		if !same || strings.Contains(want, "?") && (strings.Contains(left, "hansen") || strings.Contains(text, tree.Quote(left))) {
			t.Errorf("%s\n got %s\nwant %s", text, left, want)
		}
	}
}

// A code is kept in its system where the system is one that has it: a word is no code of
// SNOMED CT, and no unit.
func TestCodesOfSystems(t *testing.T) {
	coding := func(system, code string) string {
		return `{"resourceType":"Observation","code":{"coding":[{"code":` + tree.Quote(code) + `,"system":` + tree.Quote(system) + `}]}}`
	}
	r := redactor(t)
	for system, codes := range map[string]string{
		"http://snomed.info/sct":                                     "712744002 1144649008",
		"http://loinc.org":                                           "8310-5 10160-0",
		"http://unitsofmeasure.org":                                  "mg mmol/L kg/m2 /min 10*9/L mm[Hg] m[IU]/L % 1 ug/(24.h) {score} Cel mL/min/{1.73_m2}",
		"http://www.whocc.no/atc":                                    "N02BE01 A10",
		"urn:oid:1.2.208.176.2.1":                                    "NPU03429 DNK05472",
		"urn:oid:1.2.208.176.2.4.12":                                 "DI109 DS721+TUL1 DI252B",
		"urn:oid:1.2.208.176.2.21":                                   "B2 H1.1.1",
		"urn:tolk:CodeSystem:document":                               "henvisning medicinliste",
		"urn:tolk:NamingSystem:lms22":                                "TABFILM",
		"http://terminology.hl7.org/CodeSystem/v3-ActCode":           "AMB IMP",
		"http://terminology.hl7.org/CodeSystem/observation-category": "vital-signs laboratory",
		"http://hl7.dk/fhir/core/CodeSystem/dk-marital-status":       "P",
		"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes":          "053a301d-1bb8-4cc4-b781-87825ecf0ef8",
		"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes": "carecoordination regarding-referral",
	} {
		for code := range strings.FieldsSeq(codes) {
			if _, d := redacted(t, coding(system, code)); leaves(d)["Observation.code.coding[0].code"] != code {
				t.Errorf("%s: %s became %s", system, code, d.Source())
			}
		}
		for _, impostor := range append([]string{"Hansen", "hansen1", "HANSEN", "mg/hansen", "{hansen}", "JENS-HANS", "1-JENS", "KAJ"}, impostors...) {
			out, err := r.Redact(coding(system, impostor), "")
			if err != nil {
				t.Fatal(err)
			}
			if d, _ := tree.Read(string(out.Output), tree.Limits{}); leaves(d)["Observation.code.coding[0].code"] == impostor {
				t.Errorf("%s: %s is left", system, impostor)
			}
		}
	}
	for _, code := range []string{"active", "problem-list-item", "mg"} {
		if _, d := redacted(t, `{"resourceType":"Observation","code":{"coding":[{"code":"`+code+`"}]}}`); !strings.Contains(d.Source(), code) {
			t.Errorf("%s without a system became %s", code, d.Source())
		}
	}
	gone(t, `{"dokument":"henvisning","henviser":{"kode":"hansen","slags":"hansen-jensen"},"filtype":"image/hansen"}`, []string{"hansen"}, nil)
	gone(t, `{"dokument":"medicinliste","laegemidler":[{"formKode":"TABFILM","vejKode":"OR"},{"formKode":"HANSENTAB"}]}`,
		[]string{"HANSENTAB"}, []string{"TABFILM", "OR"})
}
