package node

import (
	"testing"
	"time"

	"tolk/adapters/envelope"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// enclosed puts a message into an envelope of a kind, under an identifier.
func enclosed(t testing.TB, kind, id, text string) string {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Read(d)
	if err != nil {
		t.Fatal(err)
	}
	event, version := m.Event, "5.0"
	if kind == "ehmi" { // it has no name for a CareCommunication; whose message it is makes no difference here
		event, version = message.HomeCareObservation, "1.2"
	}
	e, err := envelope.Enclose(envelope.Kind(kind), envelope.Outgoing{Event: event, Version: version, Category: "other", Citizen: citizenNumber,
		Message: m.Header, Bundle: m.Bundle, Sender: m.Sender, Receiver: m.Receivers[0], MIME: "application/fhir+json"}, []byte(text), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	e.ID = id
	out, err := envelope.Wrap(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
