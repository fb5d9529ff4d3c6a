package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tolk/adapters/envelope"
	"tolk/mapping/fhirxml"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// soundMessage is a message without a fault, from the bosted to the clinic.
func soundMessage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../mapping/message/testdata/care.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readAcknowledgement reads an acknowledgement.
func readAcknowledgement(t *testing.T, text string) *message.Message {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatalf("%v: %.500s", err, text)
	}
	m, err := message.Read(d)
	if err != nil || m.Response == nil {
		t.Fatalf("%v: %.1000s", err, text)
	}
	return m
}

// sealed is an envelope for a message, from the bosted to the clinic.
func sealed(t *testing.T, kind envelope.Kind, mime, encoding, text string) string {
	t.Helper()
	e := &envelope.Envelope{Kind: kind, ID: "3e0b7c52-7a3d-4a8e-9d55-1c0f6f1f2a01", Sent: "2026-11-20T10:05:01+01:00",
		Sender: envelope.Endpoint{Type: "EAN", ID: "5790001348120"}, Receiver: envelope.Endpoint{Type: "EAN", ID: "5790000209354"},
		Content: envelope.Content{Message: "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002", Type: "MCM:FDIS91#other", Version: "3.0.0", MIME: mime, Reliable: true},
		Payload: []byte(text)}
	switch kind {
	case envelope.VANS:
		e.Format = "HL7"
	case envelope.EHMI:
		e.Encoding = encoding
		e.Tags = []envelope.Tag{{Name: "PATIENTID", Value: canary}}
	}
	b, err := envelope.Wrap(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// send posts a body of a media type.
func (s *server) send(t *testing.T, path, kind, body string) (int, http.Header, string) {
	t.Helper()
	answer, err := http.Post(s.url+path, kind, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

// latin1 is a text in ISO-8859-1.
func latin1(t *testing.T, text string) string {
	t.Helper()
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			t.Fatalf("%q is not in ISO-8859-1", r)
		}
		b = append(b, byte(r))
	}
	return string(b)
}

// A message is answered however it comes: in either syntax, bare or in either
// envelope, in UTF-8 or in ISO-8859-1. What came in an envelope is answered in
// one of the same kind, to whom it came from.
func TestServeMessages(t *testing.T) {
	s := start(t)
	sound := soundMessage(t)
	asXML, err := fhirxml.ToXML(sound, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	xml := string(asXML)
	western := latin1(t, strings.Replace(xml, `encoding="UTF-8"`, `encoding="ISO-8859-1"`, 1))
	for name, c := range map[string]struct {
		kind envelope.Kind
		mime string
		body string
	}{
		"JSON":                  {"", "", sound},
		"XML":                   {"", "", xml},
		"XML in ISO-8859-1":     {"", "", western},
		"VANS, JSON":            {envelope.VANS, "application/fhir+json", sound},
		"VANS, XML":             {envelope.VANS, "application/fhir+xml", xml},
		"VANS, ISO-8859-1":      {envelope.VANS, "application/fhir+xml", western},
		"EHMI, JSON":            {envelope.EHMI, "application/fhir+json", sound},
		"EHMI, XML":             {envelope.EHMI, "application/fhir+xml", xml},
		"EHMI, ISO-8859-1":      {envelope.EHMI, "application/fhir+xml", western},
		"EHMI, JSON in Western": {envelope.EHMI, "application/fhir+json", latin1(t, sound)},
	} {
		body := c.body
		if c.kind != "" {
			encoding := "UTF-8"
			if body == western || name == "EHMI, JSON in Western" {
				encoding = "ISO-8859-1"
			}
			body = sealed(t, c.kind, c.mime, encoding, body)
		}
		kind := "application/fhir+json"
		if tree.IsXML(body) {
			kind = "application/xml"
		}
		status, header, text := s.send(t, "/fhir/$process-message", kind, body)
		if status != 200 {
			t.Errorf("%s: got %d %.500s", name, status, text)
			continue
		}
		if c.kind != "" {
			e, err := envelope.Unwrap([]byte(text), 0)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if e.Kind != c.kind || e.Sender.ID != "5790000209354" || e.Receiver.ID != "5790001348120" || e.MIME != c.mime || len(e.Notices) > 0 || header.Get("Tolk-Envelope") != "" || header.Get("Content-Type") != "application/xml" {
				t.Errorf("%s: got %+v", name, e)
			}
			text = string(e.Payload)
		}
		if tree.IsXML(text) {
			if text, err = fhirxml.ToJSON(text, tree.Limits{}); err != nil {
				t.Fatal(err)
			}
		}
		m := readAcknowledgement(t, text)
		if m.Response.Code != message.OK || m.Response.Of != "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0002" || m.Sender.GLN != "5790000209354" || m.Receivers[0].GLN != "5790001348120" {
			t.Errorf("%s: got %+v from %+v", name, m.Response, m.Sender)
		}
	}
	if log := s.stop(t); strings.Contains(log, canary) || strings.Contains(log, "ERROR") {
		t.Errorf("the log: %s", log)
	}
}

// Every bad message gets the answer that MedCom has for it, with the faults and
// without the citizen, and nothing of it is delivered.
func TestBadMessages(t *testing.T) {
	s := start(t, "TOLK_OWN=sor=52581000016005,gln=5790000121526,name=Porten")
	sound := soundMessage(t)
	const one = "0b7a6f10-6a0e-4d2a-9a53-3d1f5e2c0"
	for name, c := range map[string]struct{ old, new, code, path string }{
		"base64 that is not":    {`VGFr`, `VGF!`, "MSG_Datatype_Wrong", "Bundle.entry[5].resource.data"},
		"addressed to nobody":   {`"receiver": {"reference": "urn:uuid:` + one + `005"}`, `"receiver": {"display": "` + canary + `"}`, "MSG_Receiver_Identifier_UNKNOWN", "Bundle.entry[0].resource.destination[0].receiver.reference"},
		"no receiver":           {`"destination": [`, `"note": [`, "MSG_Receiver_Identifier_MISSING", "Bundle.entry[0].resource.destination"},
		"header not first":      {`"entry": [`, `"entry": [{"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "VGFr"}},`, "", "Bundle.entry[1].resource"},
		"focus missing":         {`"focus": [{"reference": "Communication/` + one + `003"}],`, ``, "", "Bundle.entry[0].resource.focus"},
		"a reference nowhere":   {`"subject": {"reference": "Patient/` + one + `006"}`, `"subject": {"reference": "Patient/` + canary + `"}`, "", "Bundle.entry[1].resource.subject.reference"},
		"two ids alike":         {`"id": "` + one + `009"`, `"id": "` + one + `008"`, "", "Bundle.entry[7].resource.id"},
		"two fullUrls alike":    {`"fullUrl": "urn:uuid:` + one + `007"`, `"fullUrl": "urn:uuid:` + one + `006"`, "", "Bundle.entry[5].fullUrl"},
		"an event of no system": {`"care-communication-message"`, `"` + canary + `"`, "MSG_CodeSystem_VALUE_UNKNOWN", "Bundle.entry[0].resource.eventCoding.code"},
		"an event not taken":    {`"care-communication-message"`, `"empty-message"`, "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE", "Bundle.entry[0].resource.eventCoding.code"},
	} {
		if !strings.Contains(sound, c.old) {
			t.Fatalf("%s: %q is not in the message", name, c.old)
		}
		bad := strings.Replace(sound, c.old, c.new, 1)
		status, _, text := s.send(t, "/fhir/$process-message?to=plain", "application/fhir+json", bad)
		var p struct {
			Parameter []struct {
				Name     string
				Resource json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(text), &p); err != nil || status != 200 || len(p.Parameter) != 1 || p.Parameter[0].Name != "return" {
			t.Errorf("%s: got %d %v %.500s", name, status, err, text)
			continue
		}
		m := readAcknowledgement(t, string(p.Parameter[0].Resource))
		if m.Response.Code != message.Fatal || m.Response.Of != one+"002" || m.Receivers[0].GLN != "5790001348120" {
			t.Errorf("%s: got %+v", name, m.Response)
		}
		found := false
		for _, i := range m.Response.Issues {
			found = found || i.Path == c.path && i.Code == c.code && i.Severity == "error"
		}
		if !found {
			t.Errorf("%s: got %+v, want %s at %s", name, m.Response.Issues, c.code, c.path)
		}
		if strings.Contains(text, canary) {
			t.Errorf("%s: the answer names the citizen", name)
		}
	}
	_, _, ack := s.send(t, "/fhir/$process-message", "application/fhir+json", sound)
	if status, _, text := s.send(t, "/fhir/$process-message", "application/fhir+json", ack); status != 200 || !strings.Contains(text, "never acknowledged itself") || strings.Contains(text, `"Bundle"`) {
		t.Errorf("an acknowledgement of an acknowledgement: got %d %s", status, text)
	}
	envelopes := map[string]string{
		"two messages in one envelope": strings.Replace(sealed(t, envelope.VANS, "application/fhir+json", "", sound), "</Message>", "</Message><Message/>", 1),
		"an envelope to nobody":        strings.Replace(sealed(t, envelope.VANS, "application/fhir+json", "", sound), ">5790000209354<", ">"+canary+"<", 1),
		"base64 that is not":           strings.Replace(sealed(t, envelope.EHMI, "application/fhir+json", "UTF-8", sound), `encoding="UTF-8">`, `encoding="UTF-8">*`, 1),
		"an empty envelope":            `<VANSEnvelope xmlns="urn:oio:medcom:vans-envelope:1.0.4"/>`,
		"another version of it":        `<VANSEnvelope xmlns="urn:oio:medcom:vans-envelope:2"/>`,
		"a letter in an envelope":      sealed(t, envelope.VANS, "application/fhir+xml", "", `<Emessage xmlns="urn:x"><a>`+canary+`</a></Emessage>`),
	}
	for name, body := range envelopes {
		if status, _, text := s.send(t, "/fhir/$process-message", "application/xml", body); status < 400 || status >= 500 || !strings.Contains(text, `"resourceType":"OperationOutcome"`) || strings.Contains(text, canary) {
			t.Errorf("%s: got %d %s", name, status, text)
		}
	}
	if log := s.stop(t); strings.Contains(log, canary) || strings.Contains(log, "ERROR") {
		t.Errorf("the log: %s", log)
	}
}

// A letter that is not as MedCom has it is refused with the place of the fault.
func TestBadLetters(t *testing.T) {
	s := start(t)
	text, err := os.ReadFile("../../fixtures/henvisning/xref01-to-fhir/psykiatrisk-henvisning/input.xml")
	if err != nil {
		t.Fatal(err)
	}
	letter := string(text)
	for name, c := range map[string]struct{ old, new, path string }{
		"a wrong version code": {"<VersionCode>XH0130R</VersionCode>", "<VersionCode>" + canary + "</VersionCode>", "VersionCode"},
		"an unknown TypeCode":  {"<TypeCode>XREF01</TypeCode>", "<TypeCode>" + canary + "</TypeCode>", "TypeCode"},
		"a second Letter":      {"</Letter>", "</Letter><Letter><Identifier>" + canary + "</Identifier></Letter>", "Letter"},
	} {
		if !strings.Contains(letter, c.old) {
			t.Fatalf("%s: %q is not in the letter", name, c.old)
		}
		status, _, answer := s.send(t, "/v1/translate?from=xref01&to=fhir", "application/xml", strings.Replace(letter, c.old, c.new, 1))
		if status < 400 || status >= 500 || !strings.Contains(answer, c.path) || strings.Contains(answer, canary) {
			t.Errorf("%s: got %d %s", name, status, answer)
		}
	}
	if log := s.stop(t); strings.Contains(log, canary) {
		t.Errorf("the log: %s", log)
	}
}

// The acknowledgement in an envelope is the one that goes without it, with the
// moment and the ids that follow from it.
func TestSeal(t *testing.T) {
	sound := soundMessage(t)
	now := time.Date(2026, 11, 20, 10, 6, 0, 0, time.UTC)
	d, err := tree.Parse(sound, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	ack, err := message.Acknowledge(m, message.Answer{Code: message.OK, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []envelope.Kind{envelope.VANS, envelope.EHMI} {
		o, err := openEnvelope(sealed(t, kind, "application/fhir+json", "UTF-8", sound), 0)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := o.Acknowledge(ack, now)
		if err != nil {
			t.Fatal(err)
		}
		e, err := envelope.Unwrap(answer, 0)
		if err != nil || string(e.Payload) != string(ack) || e.Sent != "2026-11-20T10:06:00Z" || e.Message != readAcknowledgement(t, string(ack)).Header {
			t.Errorf("%s: %v %+v", kind, err, e)
		}
		if _, err := o.Acknowledge([]byte(`{}`), now); err == nil {
			t.Errorf("%s: what is no acknowledgement went into an envelope", kind)
		}
	}
	if o, err := openEnvelope(sound, 0); o != nil || err != nil {
		t.Errorf("a bare message: got %+v, %v", o, err)
	}
}
