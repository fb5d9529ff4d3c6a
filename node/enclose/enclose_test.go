package enclose

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"tolk/adapters/envelope"
	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func text(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func doc(t *testing.T, text string) *tree.Doc {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const (
	care   = "../../mapping/message/testdata/care.json"
	hco    = "../../fixtures/sundhedstjek/hco-to-fhir/ikke-maalt/input.json"
	letter = "../../fixtures/henvisning/xref01-to-fhir/ukendt-element/input.xml"
	latin  = "../../fixtures/henvisning/xref01-to-fhir/latin-1/input.xml"
)

// A message goes in an envelope of each kind, as JSON and as XML, under its own
// names; and its acknowledgement comes back in the same kind and syntax.
func TestMessage(t *testing.T) {
	goes(t, text(t, care), message.CareCommunication, envelope.VANS)
	goes(t, text(t, hco), message.HomeCareObservation, envelope.EHMI)
}

func goes(t *testing.T, sound, event string, kind envelope.Kind) {
	t.Helper()
	d := doc(t, sound)
	m, err := message.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	x, err := fhirxml.FromJSON(d)
	if err != nil {
		t.Fatal(err)
	}
	for mime, payload := range map[string]string{"application/fhir+json": sound, "application/fhir+xml": string(x)} {
		o, err := Message(d, mime == mimeXML, ledger.Conformance{})
		if err != nil || o.MIME != mime || o.Message != m.Header || o.Bundle != m.Bundle || o.Event != event || o.Sender != m.Sender || o.Receiver != m.Receivers[0] ||
			len(o.Citizen) != 10 || o.Version == "" || (o.Category != "") != (event == message.CareCommunication) {
			t.Fatalf("%s: %+v, %v", mime, o, err)
		}
		whole, err := Wrap(kind, o, []byte(payload), noon)
		if err != nil {
			t.Fatalf("%s %s: %v", kind, mime, err)
		}
		e, err := envelope.Unwrap(whole, 0)
		if err != nil || e.Kind != kind || string(e.Payload) != payload || e.Message != m.Header || len(e.Notices) > 0 {
			t.Fatalf("%s %s: %+v, %v", kind, mime, e, err)
		}
		acknowledgement, err := message.Acknowledge(m, message.Answer{Code: message.OK, Now: noon})
		if err != nil {
			t.Fatal(err)
		}
		sealed, id, err := Acknowledgement(e, acknowledgement, noon)
		if err != nil || id == "" {
			t.Fatalf("%s %s: %q, %v", kind, mime, id, err)
		}
		back, err := envelope.Unwrap(sealed, 0)
		if err != nil || back.Kind != kind || back.ID != id || tree.IsXML(string(back.Payload)) != (mime == mimeXML) || back.Receiver != e.Sender {
			t.Errorf("%s %s: %+v, %v", kind, mime, back, err)
		}
		for _, none := range []string{"{}", "", sound} {
			if _, _, err := Acknowledgement(e, []byte(none), noon); err == nil {
				t.Errorf("%s: %.20q went into an envelope as an acknowledgement", kind, none)
			}
		}
	}
}

// A letter says of itself what stands in it, in whatever encoding.
func TestLetter(t *testing.T) {
	form, o, err := Letter(text(t, letter))
	if err != nil || form != "xref01" || o.Event != "XREF01" || o.Version != "XH0130R" || o.Message != "BREV0000001" || len(o.Sender.GLN) != 13 || len(o.Receiver.GLN) != 13 {
		t.Errorf("%s %+v %v", form, o, err)
	}
	if _, latin, err := Letter(text(t, latin)); err != nil || latin.Message == "" {
		t.Errorf("latin-1: %+v, %v", latin, err)
	}
	whole, err := Wrap(envelope.VANS, o, []byte(text(t, letter)), noon)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := envelope.Unwrap(whole, 0); err != nil || e.Text() != text(t, letter) || e.Sender.ID != o.Sender.GLN || e.Receiver.ID != o.Receiver.GLN {
		t.Errorf("%+v, %v", e, err)
	}
	for _, none := range []string{"", "<", "<a/>", "{}", `<Emessage xmlns="urn:x"/>`} {
		if form, o, err := Letter(none); err == nil {
			t.Errorf("%q: got %s %+v", none, form, o)
		}
	}
	if _, err := Wrap(envelope.EHMI, o, []byte(text(t, letter)), noon); err == nil {
		t.Error("a letter went into an envelope of EHMI")
	}
}

// What is no whole message is not sent, and what it lacks is said once each.
func TestIncomplete(t *testing.T) {
	lacks := ledger.Conformance{Lacks: []ledger.Lack{{Element: "MessageHeader.sender"}, {Element: "Patient.identifier"}, {Element: "MessageHeader.sender"}}}
	for body, want := range map[string]string{
		`{"resourceType":"Bundle","type":"collection"}`: "; it lacks MessageHeader.sender, Patient.identifier",
		`{"resourceType":"Bundle"}`:                     "; it lacks MessageHeader.sender, Patient.identifier",
	} {
		_, err := Message(doc(t, body), false, lacks)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != mapping.Required || e.Path != "envelope" || !strings.HasSuffix(e.Message, want) {
			t.Errorf("%s: got %v", body, err)
		}
	}
	if _, err := Message(nil, false, ledger.Conformance{}); err == nil || strings.Contains(err.Error(), "lacks") {
		t.Errorf("got %v", err)
	}
	if _, err := Message(doc(t, `{"resourceType":"Bundle","type":"message"}`), false, lacks); err == nil {
		t.Error("an empty message was read")
	}
}
