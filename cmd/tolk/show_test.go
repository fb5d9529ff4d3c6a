package main

import (
	"os"
	"strings"
	"testing"

	"tolk/adapters/plain"
	"tolk/mapping/document"
	"tolk/mapping/readable"
	"tolk/mapping/receiver"
)

func shown(t *testing.T, f showFlags, text string) (string, error) {
	t.Helper()
	page, err := f.page(text, readable.Options{Now: checkTime(t)})
	if err != nil {
		return "", err
	}
	return readable.Text(page), nil
}

// A condition that is held back is counted, and nothing of it is told.
func TestShowCountsWhatIsHeldBack(t *testing.T) {
	p := plainly(t, "psykiatri/komplet")
	condition := p["tilstande"].([]any)[0].(map[string]any)
	condition["beskrivelse"], condition["fortrolighed"] = "HEMMELIG", "fortrolig"
	text := encoded(t, p)
	page, err := shown(t, showFlags{}, text)
	if err != nil || !strings.Contains(page, "HEMMELIG") {
		t.Fatalf("got %v:\n%s", err, page)
	}
	page, err = shown(t, showFlags{withhold: true}, text)
	if err != nil || strings.Contains(page, "HEMMELIG") || !strings.Contains(page, "1 × anden oplysning, der er privatmarkeret") {
		t.Errorf("got %v:\n%s", err, page)
	}
}

// A correspondence is shown as what it is, and held back whole where it is private.
func TestShowCorrespondence(t *testing.T) {
	text, err := os.ReadFile("../../fixtures/korrespondance/plain-to-fhir/ny/input.json")
	if err != nil {
		t.Fatal(err)
	}
	f := showFlags{document: readable.Correspondence}
	if _, err := f.options(); err != nil && !strings.Contains(err.Error(), "--format") {
		t.Error(err)
	}
	if page, err := shown(t, f, string(text)); err != nil || !strings.HasPrefix(page, "KORRESPONDANCE\n") {
		t.Errorf("got %v:\n%s", err, page)
	}
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	r, err := core.gateway.Translate(string(text), document.Request{From: plain.Form, To: document.FHIR, Now: checkTime(t)})
	if err != nil {
		t.Fatal(err)
	}
	private := strings.Replace(string(r.Output), `"resourceType":"Communication"`, `"resourceType":"Communication","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}`, 1)
	if private == string(r.Output) {
		private = strings.Replace(string(r.Output), `"resourceType": "Communication"`, `"resourceType": "Communication","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}`, 1)
	}
	if page, err := shown(t, showFlags{withhold: true}, private); err == nil || !strings.Contains(err.Error(), "all of it is held back") {
		t.Errorf("got %v:\n%s", err, page)
	}
}

// A message is no referral, and the one that is attached to it can be checked.
func TestCheckTellsOfTheAttachment(t *testing.T) {
	c := checking(t)
	text, err := os.ReadFile("../../fixtures/korrespondance/plain-to-fhir/ny/input.json")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.checker(c.tables, c.gateway).Check(string(text), receiver.Ask{Receiver: "psykiatri", Now: checkTime(t)})
	if err != nil || len(answer.Findings) != 1 || !strings.Contains(answer.Findings[0].Instead, "document=henvisning") {
		t.Errorf("got %+v, %v", answer, err)
	}
}

// The words that stand where MedCom demands a SOR number are nobody's workplace.
func TestShowNamesTheWorkplace(t *testing.T) {
	const text = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Communication","id":"1","status":"unknown","payload":[{"contentString":"Hej",
 "extension":[{"url":"http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-identifier-extension","valueIdentifier":{"value":"urn:uuid:2","assigner":{
  "display":"Organisationen er ikke angivet med SOR-kode","extension":[{"url":"urn:tolk:StructureDefinition:author-organisation","valueReference":{"display":"Bostedet Solsikken"}}]}}}]}]}}]}`
	page, err := shown(t, showFlags{}, text)
	if err != nil || strings.Contains(page, "SOR-kode") || !strings.Contains(strings.ToUpper(page), "BOSTEDET SOLSIKKEN") {
		t.Errorf("got %v:\n%s", err, page)
	}
}
