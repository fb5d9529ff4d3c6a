package main

import (
	"os"
	"strings"
	"testing"

	"tolk/adapters/envelope"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// A document is translated the same in a network envelope and without one: a
// letter, a card and a message, in UTF-8 and in ISO-8859-1. The ledger is of the
// document.
func TestServeLetters(t *testing.T) {
	s := start(t)
	file := func(name string) string {
		text, err := os.ReadFile("../../fixtures/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	letter := file("henvisning/xref01-to-fhir/psykiatrisk-henvisning/input.xml")
	utf8, _, err := tree.DecodeXML([]byte(letter))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(utf8, "?>")
	western := latin1(t, `<?xml version="1.0" encoding="ISO-8859-1"?>`+rest)
	for name, c := range map[string]struct{ query, mime, text string }{
		"a letter":               {"from=xref01", "application/xml", letter},
		"a letter in ISO-8859-1": {"from=xref01", "application/xml", western},
		"a card":                 {"from=fmk", "application/xml", file("medicinliste/fmk-to-fhir/fast-og-pn/input.xml")},
		"a message":              {"from=carecommunication", "application/fhir+json", soundMessage(t)},
	} {
		path := "/v1/translate?to=fhir&" + c.query
		status, header, want := s.send(t, path, "application/xml", c.text)
		if !tree.IsXML(c.text) {
			status, header, want = s.send(t, path, "application/json", c.text)
		}
		if status != 200 {
			t.Errorf("%s: got %d %.500s", name, status, want)
			continue
		}
		for _, kind := range []envelope.Kind{envelope.VANS, envelope.EHMI} {
			encoding := "UTF-8"
			if c.text == western {
				encoding = "ISO-8859-1"
			}
			status, opened, got := s.send(t, path, "application/xml", sealed(t, kind, c.mime, encoding, c.text))
			if status != 200 || got != want || opened.Get("Tolk-Leaves") != header.Get("Tolk-Leaves") {
				t.Errorf("%s in %s: got %d %.500s, leaves %s and %s", name, kind, status, got, opened.Get("Tolk-Leaves"), header.Get("Tolk-Leaves"))
			}
			if told := opened.Get("Tolk-Envelope"); strings.Contains(told, "another location number") != (strings.HasPrefix(name, "a letter")) {
				t.Errorf("%s in %s: told %q", name, kind, told)
			}
		}
		if status, _, text := s.send(t, "/fhir/$process-message", "application/xml", sealed(t, envelope.VANS, c.mime, "", c.text)); tree.IsXML(c.text) &&
			(status != 400 || !strings.Contains(text, "POST /v1/translate")) {
			t.Errorf("%s for $process-message: got %d %s", name, status, text)
		}
	}
	if log := s.stop(t); strings.Contains(log, canary) || strings.Contains(log, "ERROR") {
		t.Errorf("the log: %s", log)
	}
}

// A health check goes in an ehmiSBDH, from and to the organisations of its
// message.
func TestServeEncloses(t *testing.T) {
	s := start(t)
	text, err := os.ReadFile("../../fixtures/sundhedstjek/fhir-to-hco/fuld-besked/input.json")
	if err != nil {
		t.Fatal(err)
	}
	const parties = "&receiver-gln=5790000002023"
	status, header, answer := s.send(t, "/v1/translate?from=fhir&to=hco&envelope=ehmi"+parties, "application/json", string(text))
	if status != 200 || header.Get("Content-Type") != "application/xml" {
		t.Fatalf("got %d %s %.500s", status, header.Get("Content-Type"), answer)
	}
	e, err := envelope.Unwrap([]byte(answer), 0)
	if err != nil {
		t.Fatal(err)
	}
	if e.Kind != envelope.EHMI || e.Type != "homecareobservation-message" || e.Version != "1.1" || e.Receiver.ID != "5790000002023" || e.Receiver.SOR == "" || len(e.Notices) > 0 {
		t.Errorf("got %+v", e)
	}
	if _, _, bare := s.send(t, "/v1/translate?from=fhir&to=hco"+parties, "application/json", string(text)); !strings.Contains(bare, e.Message) || !strings.Contains(string(e.Payload), e.Bundle) || e.Tag("PATIENTID") == "" {
		t.Errorf("the envelope is of another message: %+v", e)
	}
	for query, says := range map[string]string{
		"&envelope=ehmi":           "it lacks MessageHeader.destination.receiver",
		"&envelope=vans" + parties: "no name of a HomeCareObservation",
		"&envelope=none" + parties: "accepted: vans, ehmi",
	} {
		status, _, answer := s.send(t, "/v1/translate?from=fhir&to=hco"+query, "application/json", string(text))
		if status < 400 || status >= 500 || !strings.Contains(answer, says) {
			t.Errorf("%s: got %d %s", query, status, answer)
		}
	}
	if log := s.stop(t); strings.Contains(log, e.Tag("PATIENTID")) || strings.Contains(log, "ERROR") {
		t.Errorf("the log: %s", log)
	}
}

// What may be told of a document in an envelope never depends on its form being
// known: a text that is nothing is from nobody.
func TestBetween(t *testing.T) {
	for _, text := range []string{"", "{", "<", "<a/>", `<Emessage xmlns="urn:x"/>`, `{"type":"collection"}`, `<Bundle xmlns="http://hl7.org/fhir"><x/></Bundle>`} {
		if m := between(text); m != nil {
			t.Errorf("%q: got %+v", text, m)
		}
	}
	sound := soundMessage(t)
	xml, err := asXML([]byte(sound), "carecommunication")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{sound, string(xml)} {
		if m := between(text); m == nil || m.Sender.GLN == "" || len(m.Receivers) != 1 {
			t.Errorf("%.30s: got %+v", text, m)
		}
	}
	if _, err := enclosing("vans", document.FHIR); err == nil {
		t.Error("any Bundle goes in an envelope")
	}
}
