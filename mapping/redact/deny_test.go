package redact

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tolk/mapping"
)

// A municipality becomes another, the same wherever it is said and however: with a rare
// diagnosis it tells who somebody is.
func TestMunicipality(t *testing.T) {
	const system = `"system":"http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes"`
	r, d := redacted(t, `{"resourceType":"Patient","extension":[{"url":"http://hl7.dk/fhir/core/StructureDefinition/dk-core-municipalityCodes","valueCodeableConcept":{"coding":[{`+system+`,"code":"0825","display":"Læsø Kommune"}]}}],
		"contained":[{"resourceType":"Organization","identifier":[{`+system+`,"value":"0825"},{"system":"urn:tolk:NamingSystem:kommunekode","value":"825"}]}]}`)
	at := leaves(d)
	code := at["Patient.extension[0].valueCodeableConcept.coding[0].code"]
	if code == "0825" || len(code) != 4 || !vocabulary["municipality"][code[1:]] || strings.Contains(string(r.Output), "Læsø") {
		t.Errorf("the municipality became %q: %s", code, r.Output)
	}
	if a, b := at["Patient.contained[0].identifier[0].value"], at["Patient.contained[0].identifier[1].value"]; a != code || "0"+b != code {
		t.Errorf("three became %s, %s, %s", code, a, b)
	}
	gone(t, `{"dokument":"henvisning","henviser":{"kommunekode":"0825"}}`, []string{"0825"}, nil)
	gone(t, `<MedicineCard><Organisation><Identifier source="Kommunekode">825</Identifier></Organisation></MedicineCard>`, []string{"825"}, nil)
	gone(t, `{"resourceType":"Observation","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4","code":"6620A12"},{"system":"urn:oid:1.2.208.176.2.4","code":"DI109"}]}}`, []string{"6620A12"}, []string{`"DI109"`})
}

// The number of a drug is kept where it is of the price list, and of no other: what is
// mixed for one citizen has a number of its own.
func TestDrugs(t *testing.T) {
	gone(t, `<MedicineCard><Drug><Identifier source="Medicinpriser" date="2026-01-05">28100636071</Identifier></Drug><Drug><Identifier source="Magistrel">99000000012</Identifier></Drug>`+
		`<Drug><Identifier source="Local:hus">28100636073</Identifier></Drug><Drug><Identifier source="Medicinpriser">77712345678</Identifier></Drug></MedicineCard>`,
		[]string{"99000000012", "28100636073", "77712345678"}, []string{">28100636071<"})
	gone(t, `{"resourceType":"Medication","code":{"coding":[{"system":"urn:tolk:NamingSystem:drugid","code":"28100636071"},{"extension":[{"url":"urn:tolk:StructureDefinition:source","valueString":"Magistrel"}],"code":"99000000012"},{"system":"urn:tolk:NamingSystem:drugid","code":"99000000012"}]}}`,
		[]string{"99000000012"}, []string{`"28100636071"`})
	gone(t, `{"dokument":"medicinliste","laegemidler":[{"drugid":"28100636071"},{"drugid":"99000000012"}]}`, []string{"99000000012"}, []string{`"28100636071"`})
}

// A name of a member that nothing here knows says as much as a text, and becomes the same
// everywhere; the names that are known stay.
func TestUnknownNames(t *testing.T) {
	r, d := redacted(t, `{"dokument":"tilstande","Jens Hansen":{"cpr":"2509479989","zebravang":1},"borger":{"zebravang":[{"fornavn":"Jens","resourceType":"x"}]}}`)
	if n := r.Count(Key); n != 4 {
		t.Errorf("%d names are told, want 4: %v", n, r.Replaced)
	}
	out := string(r.Output)
	for _, gone := range []string{"Jens", "zebravang", "resourceType"} {
		if strings.Contains(out, gone) {
			t.Errorf("%q is left in %s", gone, out)
		}
	}
	shape := regexp.MustCompile(`^\{"dokument":"tilstande","Felt\d{1,4}":\{"cpr":"2509479989","(felt\d{1,4})":1\},"borger":\{"(felt\d{1,4})":\[\{"fornavn":"[^"]*","felt\d{1,4}":"[^"]*"\}\]\}\}$`)
	if m := shape.FindStringSubmatch(out); m == nil || m[1] != m[2] {
		t.Errorf("got %s", d.Source())
	}
	gone(t, `{"resourceType":"Patient","zebravang":"a","_zebravang":{"extension":[{"url":"urn:tolk:StructureDefinition:source","valueString":"x"}]},"_birthDate":{"id":"a"},"kommunekode":"x"}`,
		[]string{"zebravang", "kommunekode"}, []string{`"_felt`, `"_birthDate":{"id":`, `{"extension":[{"url":`})
}

// The declaration of a document in XML can say anything, too.
func TestDeclaration(t *testing.T) {
	for declaration, want := range map[string]string{
		`<?xml version="1.0" encoding="zebravang" standalone="yes"?>`: `<?xml version="1.0" encoding="UTF-8"?>`,
		`<?xml version="1.0" encoding='iso-8859-1' ?>`:                `<?xml version="1.0" encoding='iso-8859-1' ?>`,
		`<?xml version="1.0"?>`:                                       `<?xml version="1.0"?>`,
	} {
		gone(t, declaration+"\n<MedicineCard><Version>17</Version></MedicineCard>", []string{"zebravang"}, []string{want + "\n<MedicineCard>"})
	}
}

// A tag, an attribute and an address in a narrative are names like others.
func TestNamesInNarrative(t *testing.T) {
	text := `<div xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:zebra=\"https://zebravang.dk\" zebravang=\"1\"><zebravang kanarie=\"2\" class=\"c\">x</zebravang><zebra:p/><table border=\"1\"><tr><td colspan=\"2\" kanarie=\"3\">x</td></tr></table><img src=\"https://hl7.org/zebravang/7.png\" alt=\"kanarie\"/></div>`
	gone(t, `{"resourceType":"Patient","text":{"status":"generated","div":"`+text+`"}}`, []string{"zebra", "kanarie"}, []string{`<table border=\"1\"><tr><td colspan=\"2\" felt`, `<img src=\"https://hl7.org/`})
}

// An address is kept where it is published, and part by part.
func TestAddresses(t *testing.T) {
	s := newSession(redactor(t))
	s.begin(1)
	for _, kept := range []string{"http://fhir.kl.dk/core/StructureDefinition/ConditionRank", "https://fhir.kl.dk/term/CodeSystem/NPU", "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
		"http://terminology.hl7.org/CodeSystem/v3-ActCode", "http://terminology.hl7.org/CodeSystem/v2-0131", "http://snomed.info/sct", "http://unitsofmeasure.org", "http://loinc.org/",
		"http://fmk-teknik.dk/160", "http://www.dkma.dk/medicinecard/xml.schema/2015/06/01/E2", "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/", "urn:iso:std:iso:11073:10101",
		"urn:tolk:ConceptMap:tilstand.ffb-fsiii.sygepleje", "urn:dk:healthcare:medcom:messaging:fhir:structuredefinition:homecareobservation-message", "urn:oid:1.2.208.176.2.22", "urn:ietf:rfc:3986",
		"http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-patient|3.0.1"} {
		if new, ok := s.uri(kept); !ok {
			t.Errorf("%s became %s", kept, new)
		}
	}
	for was, want := range map[string]string{
		"http://fhir.kl.dk/core/StructureDefinition/JensHansen":     `^http://fhir\.kl\.dk/core/StructureDefinition/[A-Za-z]{10}$`,
		"http://fhir.kl.dk/hansen/StructureDefinition/NPU":          `^http://fhir\.kl\.dk/[a-z]{6}/StructureDefinition/[A-Z]{3}$`,
		"http://www.dkma.dk/1998/06/01":                             `^http://www\.dkma\.dk/[2-9013-8]\d{3}/\d\d/\d\d$`,
		"http://hl7.org/fhir/250947":                                `^http://hl7\.org/fhir/\d{6}$`,
		"https://jens:hansen@hl7.org/fhir":                          `^https://[a-z]{8}\.example/[a-z]{4}$`,
		"urn:tolk:StructureDefinition:jens-hansen":                  `^urn:tolk:StructureDefinition:[a-z]{4}-[a-z]{6}$`,
		"urn:dk:healthcare:medcom:25-09-47":                         `^urn:dk:healthcare:medcom:\d\d-\d\d-\d\d$`,
		"urn:oid:1.2.208.250947.9989":                               `^urn:oid:1\.2\.208\.\d{6}\.9989$`,
		"http://fhir.kl.dk/term/CodeSystem/NPU|1.hansen":            `^http://fhir\.kl\.dk/term/CodeSystem/NPU\|1\.[a-z]{6}$|^http://fhir\.kl\.dk/term/CodeSystem/NPU\|\d\.[a-z]{6}$`,
		"http://rep.oio.dk/medcom.dk/xml/schemas/2016/12/01/ A.xsd": `^http://rep\.oio\.dk/medcom\.dk/xml/schemas/2016/12/01/ [A-Z]\.[a-z]{3}$`,
	} {
		new, ok := s.uri(was)
		if ok || !regexp.MustCompile(want).MatchString(new) || strings.Contains(strings.ToLower(new), "hansen") || strings.Contains(new, "250947") || strings.Contains(new, "25-09-47") {
			t.Errorf("%s became %s, want %s", was, new, want)
		}
	}
}

// The number of a person in pieces that are small each is replaced; small numbers that are
// nobody's stay.
func TestPieces(t *testing.T) {
	r, d := redacted(t, `{"resourceType":"Observation","note":[{"text":"250"},{"text":"947"},{"text":"998"},{"text":"9"}],"component":[{"valueString":"77"}]}`)
	at := leaves(d)
	for i, old := range []string{"250", "947", "998", "9"} {
		if new := at["Observation.note["+strconv.Itoa(i)+"].text"]; new == old || len(new) != len(old) {
			t.Errorf("%s became %s", old, new)
		}
	}
	if at["Observation.component[0].valueString"] != "77" || r.Count(Number) != 4 {
		t.Errorf("other numbers are replaced, too: %s", r.Output)
	}
	gone(t, `{"dokument":"tilstande","eget":[250,947,998,9],"andet":["25","09","47","99","89"]}`, []string{"250,947", `"25","09"`}, nil)
	gone(t, `<Emessage><HospitalReferral><Anamnesis><Bold>250</Bold><Bold>947</Bold><Bold>998</Bold><Bold>9</Bold></Anamnesis></HospitalReferral></Emessage>`, []string{">250<", ">947<", ">998<"}, nil)
	for _, none := range [][]string{{"99", "99", "99", "99", "99"}, {"250", "947", "998"}, {"1", "2", "3"}} {
		if got := together(none); len(got) != 0 {
			t.Errorf("%v: %v are pieces", none, got)
		}
	}
}

// A document has at most as many nodes as one that is translated, and so have those in it
// together.
func TestNodes(t *testing.T) {
	most := strings.Repeat("1,", maxNodes)
	var e *mapping.Error
	if _, err := redactor(t).Redact(`{"resourceType":"Patient","x":[`+most+`1]}`, ""); !errors.As(err, &e) || e.Kind != mapping.TooLong || e.Message != "the document has more than 400000 nodes" {
		t.Errorf("got %v", err)
	}
	inner := func(value string) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"resourceType":"Patient","x":[` + strings.Repeat(value+",", maxNodes/2) + `1]}`))
	}
	if _, err := redactor(t).Redact(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Binary","data":"`+inner("1")+`"}},{"resource":{"resourceType":"Binary","data":"`+inner("2")+`"}}]}`, ""); !errors.As(err, &e) || e.Kind != mapping.TooLong || e.Path != "Bundle.entry[1].resource.data" {
		t.Errorf("got %v", err)
	}
}

// names are what most people in Denmark are called, and some that are words, too.
const names = `anne kirsten mette hanne helle anna susanne lene maria marianne inge karen camilla charlotte lone pia louise tina bente gitte jette
	emma ida sofie julie laura christina birthe ella peter jens lars michael henrik thomas søren jan christian martin niels anders morten jesper
	hans jørgen mads ole rasmus kim kurt erik john poul william noah oscar carl bo ib bjørn finn leif bent ulla rikke sanne heidi
	nielsen jensen hansen pedersen andersen christensen larsen sørensen rasmussen jørgensen petersen madsen kristensen olsen thomsen christiansen
	poulsen johansen møller mortensen knudsen lund holm schmidt frandsen krogh bruun dam kjær vestergaard bach berg
	aagaard friis winther hald iversen lauritsen elmer berggren bruno brita ahmed mohammad ali fatima jonas lucas victor alma freja`

// No word that is kept for being known is the name of somebody, and none of those that
// stand for a name is one that is kept.
func TestKnownWordsAreNoNames(t *testing.T) {
	named := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		named[name] = true
	}
	tried := 0
	check := func(list, text string) {
		tried++
		for word := range pieces(text) {
			if named[word] {
				t.Errorf("%s: %s is a name", list, text)
			}
		}
	}
	for list, words := range vocabulary {
		for w := range words {
			check(list, w)
		}
	}
	for path := range published().paths {
		check("published", path)
	}
	for part := range published().parts {
		check("part", part)
	}
	for member, words := range planned() {
		check("plain", member)
		for w := range words {
			check("plain."+member, w)
		}
	}
	for name := range elementsOf() {
		check("fhir", name)
	}
	for name := range stated() {
		check("element", name)
	}
	if tried < 4000 {
		t.Errorf("%d words were looked at", tried)
	}
	for _, name := range given {
		if vocabulary["word"][name] || vocabulary["word"][strings.ToLower(name)] {
			t.Errorf("%s stands for a name and would be kept", name)
		}
	}
}

// FHIR in XML has no place for an element that nobody knows, and the error does not tell
// what it is called; nor does one about what cannot be read.
func TestUnknownInErrors(t *testing.T) {
	for _, text := range []string{`<Patient xmlns="http://hl7.org/fhir"><zebravang value="x"/></Patient>`, `<Patient xmlns="http://hl7.org/fhir" zebravang="x"/>`,
		`<Zebravang xmlns="http://hl7.org/fhir"/>`, `<Patient xmlns="http://hl7.org/fhir"><id zebravang="x"/></Patient>`,
		`{"resourceType":"Patient","zebravang":{"zebravang":1,"zebravang":2}}`, `{"resourceType":"Patient","zebravang":{"a":tru`, `{"zebravang":`, `{"zebravang":1}`,
		`<MedicineCard><zebravang></MedicineCard>`, `<MedicineCard><zebravang zebravang="1" zebravang="2"/></MedicineCard>`, `<MedicineCard><zebravang:x/></MedicineCard>`,
		`<MedicineCard>&zebravang;</MedicineCard>`, `<!DOCTYPE zebravang><MedicineCard/>`, `<zebravang>`} {
		if _, err := redactor(t).Redact(text, ""); err == nil || strings.Contains(strings.ToLower(err.Error()), "zebra") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
