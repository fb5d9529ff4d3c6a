// Package enclose puts what is sent into the network envelopes that it goes in, by
// what a message or a letter says of itself, and acknowledgements into the
// envelopes that answer the ones that were received. The node and the command use
// it alike.
package enclose

import (
	"slices"
	"strings"
	"time"

	"tolk/adapters/envelope"
	"tolk/adapters/xref"
	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// The media types of a FHIR message in an envelope.
const (
	mimeJSON = "application/fhir+json"
	mimeXML  = "application/fhir+xml"
)

// cpr is the system of CPR numbers.
const cpr = "urn:oid:1.2.208.176.1.2"

// Wrap puts a payload into an envelope of a kind; o is what the payload says of
// itself.
func Wrap(kind envelope.Kind, o envelope.Outgoing, payload []byte, now time.Time) ([]byte, error) {
	e, err := envelope.Enclose(kind, o, payload, now)
	if err != nil {
		return nil, err
	}
	return envelope.Wrap(e)
}

// Letter reads what a letter in OIOXML says of itself, and the form that it is.
func Letter(text string) (form string, o envelope.Outgoing, err error) {
	if text, _, err = tree.DecodeXML([]byte(text)); err != nil {
		return "", o, err
	}
	d, err := tree.ParseXML(text, tree.Limits{Bytes: len(text)})
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

// Message reads what a FHIR message says of itself; xml says that it goes out in
// XML. What is no whole message is not sent: the error names what it lacks, as far
// as its translation knows that. d may be nil, for what is no FHIR at all.
func Message(d *tree.Doc, xml bool, c ledger.Conformance) (o envelope.Outgoing, err error) {
	if d == nil || d.Text(d.Child(d.Root(), "type")) != "message" {
		return o, incomplete(c)
	}
	m, err := message.Read(d)
	if err != nil {
		return o, err
	}
	_, version, _ := strings.Cut(m.Definition, "|")
	o = envelope.Outgoing{Event: m.Event, Version: version, Message: m.Header, Bundle: m.Bundle, Sender: m.Sender, Receiver: m.Receivers[0],
		Category: d.Text(d.Find(m.Focus, "category", "coding", "code")), Citizen: citizen(d), MIME: mimeJSON}
	if xml {
		o.MIME = mimeXML
	}
	return o, nil
}

// citizen returns the CPR number of the patient in a Bundle, empty if there is
// none.
func citizen(d *tree.Doc) string {
	b, err := bundle.Read(d)
	if err != nil {
		return ""
	}
	p, err := b.Document("Patient")
	if err != nil {
		return ""
	}
	return d.Text(d.Child(b.Identifier(p.Node, cpr), "value"))
}

// incomplete refuses what is no whole message, by what it lacks.
func incomplete(c ledger.Conformance) error {
	var lacks []string
	for _, l := range c.Lacks {
		if !slices.Contains(lacks, l.Element) {
			lacks = append(lacks, l.Element)
		}
	}
	text := "what was written is no whole message, and is not sent"
	if len(lacks) > 0 {
		text += "; it lacks " + strings.Join(lacks, ", ")
	}
	return &mapping.Error{Kind: mapping.Required, Path: "envelope", Message: text}
}

// Acknowledgement puts an acknowledgement, FHIR JSON, into the envelope that
// answers another one, in the syntax that the message came in, and returns the
// identifier of that envelope.
func Acknowledgement(e *envelope.Envelope, acknowledgement []byte, now time.Time) (sealed []byte, id string, err error) {
	d, err := tree.Parse(string(acknowledgement), tree.Limits{})
	if err != nil {
		return nil, "", err
	}
	m, err := message.Read(d)
	if err != nil {
		return nil, "", err
	}
	if m.Response == nil {
		return nil, "", &mapping.Error{Kind: mapping.Required, Path: "MessageHeader.response", Message: "only an acknowledgement answers an envelope"}
	}
	a := envelope.Acknowledgement{Header: m.Header, Bundle: m.Bundle, Code: m.Response.Code, MIME: mimeJSON}
	if tree.IsXML(string(e.Payload)) {
		a.MIME = mimeXML
		if acknowledgement, err = fhirxml.FromJSON(d); err != nil {
			return nil, "", err
		}
	}
	back := e.Acknowledge(a, acknowledgement, now)
	sealed, err = envelope.Wrap(back)
	return sealed, back.ID, err
}
