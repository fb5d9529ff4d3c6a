package api

import (
	"strings"
	"testing"
)

// The whole statement: what the model's zero values would add shows here.
func TestCapabilityStatement(t *testing.T) {
	const want = `{"resourceType":"CapabilityStatement","name":"tolk","title":"tolk: FFB, FSIII and FHIR R4","status":"active",` +
		`"date":"2026-01-02","kind":"instance","software":{"name":"tolk","version":"1.2.3"},` +
		`"implementation":{"description":"translates condition records between FFB and FSIII, and answers what their codes are"},` +
		`"fhirVersion":"4.0.1","format":["application/fhir+json","json"],"rest":[{"mode":"server","resource":[` +
		`{"type":"CodeSystem","operation":[{"name":"lookup","definition":"http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup",` +
		`"documentation":"by code and system or by coding, in either spelling of FSIII; displays are Danish"}]},` +
		`{"type":"ConceptMap","operation":[{"name":"translate","definition":"http://hl7.org/fhir/OperationDefinition/ConceptMap-translate",` +
		`"documentation":"on the type, by code and system, coding or codeableConcept, also in reverse; area (sygepleje, hjemmepleje, forebyggelse) narrows the answer"}]}]}]}`
	if got := start(t, Limits{}).send(t, "GET", "/fhir/metadata", "").body; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Every operation that is advertised answers, and asks for what it needs.
func TestAdvertisedOperationsAnswer(t *testing.T) {
	h := start(t, Limits{})
	for _, path := range []string{"/fhir/CodeSystem/$lookup", "/fhir/ConceptMap/$translate"} {
		for _, method := range []string{"GET", "POST"} {
			a := h.send(t, method, path, map[string]string{"POST": `{"resourceType":"Parameters"}`}[method])
			if text := textOf(a, "details", "text"); !strings.HasPrefix(text, "code: nothing is asked about") {
				t.Errorf("%s %s: got %d %s", method, path, a.status, a.body)
			}
		}
	}
}
