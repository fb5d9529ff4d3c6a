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
	resources "tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/message"
	"tolk/mapping/tree"
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

// seal puts an acknowledgement into the envelope that it goes back in, in the
// syntax that the message came in.
func seal(e *envelope.Envelope, acknowledgement []byte, now time.Time) ([]byte, error) {
	d, err := tree.Parse(string(acknowledgement), tree.Limits{})
	if err != nil {
		return nil, err
	}
	m, err := message.Read(d)
	if err != nil {
		return nil, err
	}
	a := envelope.Acknowledgement{Header: m.Header, Bundle: m.Bundle, Code: m.Response.Code, MIME: "application/fhir+json"}
	if tree.IsXML(string(e.Payload)) {
		a.MIME = "application/fhir+xml"
		if acknowledgement, err = fhirxml.FromJSON(d); err != nil {
			return nil, err
		}
	}
	return envelope.Wrap(e.Acknowledge(a, acknowledgement, now))
}

// between reads from whom and for whom a message or a letter is; nil where it
// does not say, as a medication card does not. What is wrong with it is for its
// translation to say.
func between(text string) *message.Message {
	if tree.IsXML(text) && !fhirxml.Is(text) {
		_, o, err := letter(text)
		if err != nil {
			return nil
		}
		return &message.Message{Sender: o.Sender, Receivers: []message.Party{o.Receiver}}
	}
	d, err := fhirJSON(text)
	if err != nil || d.Text(d.Child(d.Root(), "type")) != "message" {
		return nil
	}
	m, _ := message.Read(d)
	return m
}

// letter reads what a letter in OIOXML says of itself, and the form that it is.
func letter(text string) (form string, o envelope.Outgoing, err error) {
	if text, _, err = tree.DecodeXML([]byte(text)); err != nil {
		return "", o, err
	}
	d, err := tree.ParseXML(text, tree.Limits{})
	if err != nil {
		return "", o, err
	}
	form, root, err := xref.Recognise(d)
	if err != nil {
		return "", o, err
	}
	at := func(names ...string) string {
		n := d.Find(root, names...)
		if n != tree.None && d.Kind(n) != tree.String { // it has attributes
			n = d.Child(n, tree.TextKey)
		}
		return strings.TrimSpace(d.Text(n))
	}
	return form, envelope.Outgoing{
		Event: at("Letter", "TypeCode"), Version: at("Letter", "VersionCode"), Message: at("Letter", "Identifier"),
		Sender: message.Party{GLN: at("Sender", "EANIdentifier")}, Receiver: message.Party{GLN: at("Receiver", "EANIdentifier")},
	}, nil
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
			_, o, err = letter(string(payload))
		} else {
			payload, o, err = outgoing(r, xml)
		}
		if err != nil {
			return nil, err
		}
		e, err := envelope.Enclose(envelope.Kind(kind), o, payload, now)
		if err != nil {
			return nil, err
		}
		return envelope.Wrap(e)
	}, nil
}

// outgoing reads what a FHIR message that was written says of itself, and
// returns it in the syntax asked for. What is no whole message is not sent.
func outgoing(r *document.Result, xml bool) ([]byte, envelope.Outgoing, error) {
	var o envelope.Outgoing
	d, err := tree.Parse(string(r.Output), tree.Limits{})
	if err != nil {
		return nil, o, err
	}
	if d.Text(d.Child(d.Root(), "type")) != "message" {
		return nil, o, incomplete(r.Ledger.Conformance)
	}
	m, err := message.Read(d)
	if err != nil {
		return nil, o, err
	}
	_, version, _ := strings.Cut(m.Definition, "|")
	o = envelope.Outgoing{Event: m.Event, Version: version, Message: m.Header, Bundle: m.Bundle, Sender: m.Sender, Receiver: m.Receivers[0],
		Category: d.Text(d.Find(m.Focus, "category", "coding", "code")), Citizen: citizen(d), MIME: "application/fhir+json"}
	if !xml {
		return r.Output, o, nil
	}
	o.MIME = "application/fhir+xml"
	payload, err := fhirxml.FromJSON(d)
	return payload, o, err
}

// citizen returns the CPR number of the patient in a Bundle, empty if there is
// none.
func citizen(d *tree.Doc) string {
	b, err := resources.Read(d)
	if err != nil {
		return ""
	}
	p, err := b.Document("Patient")
	if err != nil {
		return ""
	}
	return d.Text(d.Child(b.Identifier(p.Node, "urn:oid:1.2.208.176.1.2"), "value"))
}

// incomplete refuses what is no whole message, by what it lacks.
func incomplete(c ledger.Conformance) error {
	var lacks []string
	for _, l := range c.Lacks {
		if !slices.Contains(lacks, l.Element) {
			lacks = append(lacks, l.Element)
		}
	}
	return &mapping.Error{Kind: mapping.Required, Path: "envelope", Message: "what was written is no whole message, and is not sent; it lacks " + strings.Join(lacks, ", ")}
}
