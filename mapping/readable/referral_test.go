package readable

import (
	"strings"
	"testing"
	"time"

	"tolk/mapping/tree"
)

// aReferral is a referral with something of all that a page of one shows.
const aReferral = `{"resourceType":"Bundle","type":"collection","entry":[
{"fullUrl":"urn:uuid:sr","resource":{"resourceType":"ServiceRequest","id":"sr","status":"active","intent":"order","priority":"urgent",
 "category":[{"coding":[{"system":"http://snomed.info/sct","code":"3457005"}]}],"subject":{"reference":"urn:uuid:p"},"authoredOn":"2026-11-20T14:00:00+01:00",
 "requester":{"display":"Bostedet Testlunden"},"performer":[{"display":"Psykiatrisk Center Test"}],"code":{"text":"Udredning"},
 "extension":[{"url":"urn:tolk:StructureDefinition:guardian","valueBoolean":false},{"url":"urn:tolk:StructureDefinition:interpreter","valueString":"arabisk"}],
 "reasonCode":[{"coding":[{"system":"urn:oid:1.2.208.176.2.4.12","code":"DF32"}],"text":"Depression","extension":[
  {"url":"urn:tolk:StructureDefinition:reason-kind","valueCode":"henvisningsdiagnose"},{"url":"urn:tolk:StructureDefinition:verification","valueCode":"mistanke"}]}],
 "reasonReference":[{"reference":"urn:uuid:c"}],"supportingInfo":[{"reference":"urn:uuid:l"},{"reference":"urn:uuid:r"},{"reference":"urn:uuid:d"}],
 "note":[{"text":"Uden afsnit"},{"text":"Linje et\nlinje <to>","extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"anamnese"}]},
  {"text":"Penicillin","extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"cave"}]},
  {"text":"Sover ikke","extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"hvorfor-nu"}]}]}},
{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],"name":[{"family":"Elmer","given":["Bruno Test"]}],
 "telecom":[{"system":"phone","value":"20222324"}],"contact":[{"name":{"text":"Nancy Test"},"relationship":[{"text":"søster"}],"telecom":[{"system":"email","value":"n@example.org"}]}]}},
{"fullUrl":"urn:uuid:c","resource":{"resourceType":"Condition","id":"c","subject":{"reference":"urn:uuid:p"},"code":{"text":"Søvnproblemer"}}},
{"fullUrl":"urn:uuid:l","resource":{"resourceType":"List","id":"l","status":"current","mode":"snapshot","subject":{"reference":"urn:uuid:p"},"date":"2026-11-20T08:00:00+01:00","entry":[{"item":{"reference":"urn:uuid:m"}}]}},
{"fullUrl":"urn:uuid:m","resource":{"resourceType":"MedicationStatement","id":"m","status":"active","subject":{"reference":"urn:uuid:p"},"medicationCodeableConcept":{"text":"Panodil"},"dosage":[{"text":"2 ved behov"}]}},
{"fullUrl":"urn:uuid:r","resource":{"resourceType":"DiagnosticReport","id":"r","status":"final","code":{"text":"Sundhedstjek"},"subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-11-18","conclusion":"Vægttab","result":[{"reference":"urn:uuid:o"}]}},
{"fullUrl":"urn:uuid:o","resource":{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Vægt"},"subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-11-18","valueQuantity":{"value":84.5,"unit":"kg"}}},
{"fullUrl":"urn:uuid:d","resource":{"resourceType":"DocumentReference","id":"d","status":"current","description":"Epikrise","content":[{"attachment":{"title":"Epikrise","contentType":"application/pdf"}}]}},
{"fullUrl":"urn:uuid:f","resource":{"resourceType":"Flag","id":"f","status":"active","code":{"text":"Penicillin"},"subject":{"reference":"urn:uuid:p"}}},
{"fullUrl":"urn:uuid:a","resource":{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"urn:uuid:p"},"code":{"text":"Latex"},"verificationStatus":{"coding":[{"code":"refuted"}]}}},
{"fullUrl":"urn:uuid:b","resource":{"resourceType":"AllergyIntolerance","id":"b","patient":{"reference":"urn:uuid:another"},"code":{"text":"Jordnødder"}}},
{"fullUrl":"urn:uuid:s","resource":{"resourceType":"Consent","id":"s","status":"active","provision":{"type":"deny"}}}]}`

func readReferral(t *testing.T, text string) *Page {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Options{Now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What a receiver must see first stands first, and everything of the referral
// stands on the page in all its writings.
func TestReferralPage(t *testing.T) {
	p := readReferral(t, aReferral)
	if p.Document != ReferralLetter || len(p.Unshown) != 1 {
		t.Errorf("got %s, not shown: %q", p.Document, p.Unshown)
	}
	order := []string{"Penicillin", "Haster", "Depression", "mistanke", "DF32", "Udredning", "Sover ikke", "Linje et", "Uden afsnit", "arabisk",
		"IKKE givet", "20222324", "Nancy Test", "Epikrise", "Vægttab", "84,5 kg", "Søvnproblemer", "2 ved behov"}
	for name, page := range map[string]string{"text": Text(p), "html": string(HTML(p)), "narrative": Narrative(p)} {
		at := 0
		for _, want := range order {
			found := strings.Index(page[at:], want)
			if found < 0 {
				t.Fatalf("%s: %s is not there, or not in its place:\n%s", name, want, page)
			}
			at += found
		}
		if strings.Count(page, "Penicillin") != 1 || strings.Contains(page, "Jordnødder") || !strings.Contains(page, "Afkræftet allergi: Latex") && !strings.Contains(page, "<dt>Afkræftet allergi</dt><dd>Latex</dd>") || strings.Contains(page, "CAVE: Latex") {
			t.Errorf("%s: the CAVE is told twice, of another citizen, or without its state:\n%s", name, page)
		}
		if name != "text" && strings.Contains(page, "<to>") {
			t.Errorf("%s: a text is not escaped", name)
		}
	}
}

// A referral that is not one to act on says so before anything else.
func TestReferralThatDoesNotStand(t *testing.T) {
	for was, want := range map[string]string{"revoked": "trukket tilbage", "entered-in-error": "fejlregistreret", "draft": "kladde", "completed": "afsluttet", "on-hold": "sat på hold"} {
		p := readReferral(t, strings.Replace(aReferral, `"status":"active","intent"`, `"status":"`+was+`","intent"`, 1))
		if len(p.Warnings) == 0 || !strings.Contains(strings.Join(p.Warnings, " "), want) || was != "draft" && !strings.HasSuffix(p.Title, want) {
			t.Errorf("%s: got %s, %q, want a warning with %q", was, p.Title, p.Warnings, want)
		}
	}
	p := readReferral(t, strings.Replace(aReferral, `"intent":"order"`, `"intent":"order","doNotPerform":true`, 1))
	if !strings.Contains(strings.Join(p.Warnings, " "), "IKKE") {
		t.Errorf("got %q", p.Warnings)
	}
}

// Who is protected is said with the citizen, and again where a number or an address
// stands, also of a relative.
func TestProtectedCitizen(t *testing.T) {
	mark := func(name string) string {
		return `{"url":"urn:tolk:StructureDefinition:` + name + `","valueBoolean":true}`
	}
	for marks, want := range map[string]string{
		mark("name-protected"):                                   "Navnebeskyttelse: ",
		mark("address-protected"):                                "Adressebeskyttelse: ",
		mark("name-protected") + "," + mark("address-protected"): "Navne- og adressebeskyttelse: ",
	} {
		p := readReferral(t, strings.Replace(aReferral, `"id":"p",`, `"id":"p","extension":[`+marks+`],`, 1))
		for name, page := range map[string]string{"text": Text(p), "html": string(HTML(p)), "narrative": Narrative(p)} {
			said, cave := strings.Index(page, want), strings.Index(page, "Penicillin")
			if said < 0 || said > cave || !strings.Contains(page, "Telefon (beskyttet)") || !strings.Contains(page, "Pårørendes e-mail (beskyttet)") {
				t.Errorf("%s: want %q before the CAVE, and a mark at the numbers:\n%s", name, want, page)
			}
		}
	}
	if page := Text(readReferral(t, aReferral)); strings.Contains(page, "eskytte") {
		t.Errorf("nobody is protected:\n%s", page)
	}
}

// What the receiver must not overlook is a warning: a no from the citizen, and that
// it is urgent.
func TestRefusedAndUrgent(t *testing.T) {
	for code, want := range map[string]string{"routine": "", "urgent": "Haster", "asap": "Hurtigst muligt", "stat": "Straks"} {
		p := readReferral(t, strings.Replace(aReferral, `"priority":"urgent"`, `"priority":"`+code+`"`, 1))
		got := strings.Join(p.Warnings, "|")
		if !strings.Contains(got, "sagt nej") || strings.Contains(got, "Hastegrad: ") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q", code, got)
		}
	}
	p := readReferral(t, strings.Replace(aReferral, `"type":"deny"`, `"type":"permit"`, 1))
	if strings.Contains(strings.Join(p.Warnings, "|"), "nej") {
		t.Errorf("a yes: got %q", p.Warnings)
	}
}

// A label that the sender wrote is not written twice.
func TestLabelIsSaidOnce(t *testing.T) {
	for text, want := range map[string]string{"CAVE penicillin": "penicillin", "cave: latex": "latex", "CAVE": "CAVE", "CAVE:": "CAVE:", "Cavernom": "Cavernom", "Latex": "Latex"} {
		if got := unlabelled(text, "CAVE"); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
