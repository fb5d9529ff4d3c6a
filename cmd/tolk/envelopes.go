package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tolk/adapters/api"
	"tolk/adapters/envelope"
	"tolk/adapters/xref"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/message"
	"tolk/mapping/tree"
	"tolk/node/enclose"
)

// openEnvelope opens a text that is a network envelope, and returns nil for one
// that is none.
func openEnvelope(text string, most int) (*api.Opened, error) {
	if !envelope.Is(text) {
		return nil, nil
	}
	e, err := envelope.Unwrap([]byte(text), most)
	if err != nil {
		return nil, err
	}
	if e.Receipt != nil {
		return &api.Opened{Receipt: receiptSays(e.Receipt), Notices: e.Notices}, nil
	}
	return &api.Opened{Message: e.Text(), Notices: e.Notices, Strange: e.Strange, Parties: func() *message.Message { return between(e.Text()) },
		Acknowledge: func(acknowledgement []byte, now time.Time) ([]byte, error) { return seal(e, acknowledgement, now) }}, nil
}

// receiptSays tells what a receipt is. Why an envelope was refused is the text of
// who refused it, and is left out.
func receiptSays(r *envelope.Receipt) string {
	switch {
	case r.Positive:
		return "a positive receipt for an envelope"
	case r.Network:
		return "a negative receipt: the network refused an envelope, and its receiver has not seen it"
	}
	return "a negative receipt: the receiver refused an envelope"
}

// seal puts an acknowledgement into the envelope that it goes back in.
func seal(e *envelope.Envelope, acknowledgement []byte, now time.Time) ([]byte, error) {
	sealed, _, err := enclose.Acknowledgement(e, acknowledgement, now)
	return sealed, err
}

// between reads from whom and for whom a message or a letter is; nil where it
// does not say, as a medication card does not. What is wrong with it is for its
// translation to say.
func between(text string) *message.Message {
	if tree.IsXML(text) && !fhirxml.Is(text) {
		_, o, err := enclose.Letter(text)
		if err != nil {
			return nil
		}
		return &message.Message{Sender: o.Sender, Receivers: []message.Party{o.Receiver}}
	}
	d, err := readFHIR(text)
	if err != nil || d.Text(d.Child(d.Root(), "type")) != "message" {
		return nil
	}
	m, _ := message.Read(d)
	return m
}

// readFHIR reads JSON, or FHIR in XML.
func readFHIR(text string) (*tree.Doc, error) {
	if tree.IsXML(text) {
		return fhirJSON(text)
	}
	return tree.Parse(text, tree.Limits{})
}

// enclosed are the forms whose documents go in an envelope, with the event or
// the type of letter that they are then.
var enclosed = map[string]string{"carecommunication": message.CareCommunication, "hco": message.HomeCareObservation, xref.XREF01: envelope.XREF01}

// enclosing returns what puts a document in a form into an envelope of a kind:
// FHIR in XML or JSON, a letter as it is. It is refused where no such envelope is
// published, before anything is translated.
func enclosing(kind, form string) (api.Enclose, error) {
	event, ok := enclosed[form]
	if !ok {
		return nil, &mapping.Error{Kind: mapping.NotSupported, Path: "envelope", Message: "a message goes in an envelope; accepted to: " + strings.Join(slices.Sorted(maps.Keys(enclosed)), ", ")}
	}
	if err := envelope.Takes(envelope.Kind(kind), event); err != nil {
		return nil, err
	}
	return func(r *document.Result, xml bool, now time.Time) ([]byte, error) {
		payload := r.Output
		var o envelope.Outgoing
		var err error
		if event == envelope.XREF01 {
			_, o, err = enclose.Letter(string(payload))
		} else {
			payload, o, err = outgoing(r, xml)
		}
		if err != nil {
			return nil, err
		}
		return enclose.Wrap(envelope.Kind(kind), o, payload, now)
	}, nil
}

// outgoing reads what a FHIR message that was written says of itself, and
// returns it in the syntax asked for.
func outgoing(r *document.Result, xml bool) ([]byte, envelope.Outgoing, error) {
	d, err := tree.Parse(string(r.Output), tree.Limits{})
	if err != nil {
		return nil, envelope.Outgoing{}, err
	}
	o, err := enclose.Message(d, xml, r.Ledger.Conformance)
	if err != nil || !xml {
		return r.Output, o, err
	}
	payload, err := fhirxml.FromJSON(d)
	return payload, o, err
}
