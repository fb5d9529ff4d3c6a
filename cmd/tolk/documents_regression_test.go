package main

import (
	"strings"
	"testing"

	"tolk/mapping/document"
)

// Each of these was found by a law or a mutant of the documents, and has its own
// test.

// hubList is a medication list in the hub form, compiled by whom source says.
func hubList(source string, resources ...string) string {
	const patient = `{"fullUrl":"urn:uuid:00000000-0000-8000-8000-000000000002","resource":{"resourceType":"Patient","id":"00000000-0000-8000-8000-000000000002",` +
		`"identifier":[{"use":"official","system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}],"name":[{"use":"official","family":"Elmer","given":["Bruno Test"]}]}}`
	list := `{"fullUrl":"urn:uuid:00000000-0000-8000-8000-000000000001","resource":{"resourceType":"List","id":"00000000-0000-8000-8000-000000000001",` +
		`"status":"current","mode":"snapshot","title":"Medicinliste","code":{"coding":[{"system":"http://loinc.org","code":"10160-0"}]},` +
		`"subject":{"reference":"urn:uuid:00000000-0000-8000-8000-000000000002"},"date":"2026-11-20T09:10:00+01:00","source":{"reference":"` + source + `"},` +
		`"emptyReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/list-empty-reason","code":"nilknown"}]}}}`
	return `{"resourceType":"Bundle","type":"collection","entry":[` + strings.Join(append([]string{list, patient}, resources...), ",") + `]}`
}

// A role whose practitioner is a role that leads back to it once took the whole
// program down: a stack that overflows is no panic that can be caught.
func TestRolesInACircle(t *testing.T) {
	const a, b = "urn:uuid:00000000-0000-8000-8000-00000000000a", "urn:uuid:00000000-0000-8000-8000-00000000000b"
	role := func(url, to string) string {
		return `{"fullUrl":"` + url + `","resource":{"resourceType":"PractitionerRole","id":"` + strings.TrimPrefix(url, "urn:uuid:") + `",` +
			`"practitioner":{"reference":"` + to + `"},"organization":{"reference":"` + to + `"},"code":[{"text":"Sygeplejerske"}]}}`
	}
	g := gateway(t, unregistered)
	for _, text := range []string{hubList(a, role(a, a)), hubList(a, role(a, b), role(b, a))} {
		for _, to := range []string{"plain", "ffb", "fsiii", "carecommunication"} {
			if _, err := g.Translate(text, asSaid(document.Request{Document: document.Medicinliste, From: document.FHIR, To: to,
				Now: moment, Sender: parties[0], Receiver: parties[1]})); err != nil {
				t.Errorf("%s: %v", to, err)
			}
		}
	}
}
