package message

import (
	"errors"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// forms are the forms that the messages of an event are read in, and what they
// are there.
var forms = map[string]document.Recognised{
	CareCommunication:   {Form: "carecommunication", Document: document.Korrespondance},
	HomeCareObservation: {Form: "hco", Document: document.Sundhedstjek},
}

// message answers a message of MedCom's.
func (p *Processor) message(doc *tree.Doc, a Ask) *Outcome {
	m, err := Read(doc)
	o := &Outcome{Message: m, Kind: m.Event, Err: err}
	if m.IsAnswer {
		if err == nil && a.To != "" {
			o.Err = parameter("to", "an acknowledgement is read, and not translated; expected no form")
		}
		return o
	}
	if err == nil {
		p.content(o, doc, a)
	}
	if ofRequest(o.Err) { // the sender of the message has no part in it
		return o
	}
	o.Acknowledgement, err = Acknowledge(m, AnswerTo(o.Err, a.Now, a.Own))
	if err != nil {
		o.Err = errors.Join(o.Err, err)
	}
	return o
}

// loose takes a MessageHeader that stands alone: an acknowledgement can be told
// from that, any other message not.
func loose(doc *tree.Doc) *Outcome {
	m, err := ReadHeader(doc)
	if err == nil && m.Event != Acknowledgement {
		err = &mapping.Error{Kind: mapping.Invalid, Path: "MessageHeader", Message: "expected a Bundle of type message; a MessageHeader alone is no message"}
	}
	return &Outcome{Kind: m.Event, Message: m, Err: err}
}

// content takes what a sound message holds into o, translated if that is asked.
func (p *Processor) content(o *Outcome, doc *tree.Doc, a Ask) {
	found, ok := forms[o.Kind]
	if !ok {
		o.Err = Faults{{&mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(headerOf(doc)) + ".eventCoding.code",
			Message: "messages of this event are not taken here; accepted: care-communication-message, homecareobservation-message, acknowledgement-message"}, typeNotTaken}}
		return
	}
	if a.Document != "" {
		found.Document = a.Document
	}
	b, err := bundle.Read(doc)
	if err != nil {
		o.Err = err
		return
	}
	carried := Carries(b)
	if a.To != "" {
		if o.Err = document.Offered(found.Document, found.Form, a.To); o.Err != nil {
			return
		}
	}
	if o.Err = Foreign(b, carried); o.Err == nil && a.To != "" {
		o.Result, o.Err = p.translate(a.Body, found, a)
	}
	if o.Err != nil || found.Document != document.Korrespondance {
		return
	}
	o.Attached = p.attached(b, carried, a)
	for _, x := range o.Attached {
		if a.Strict && x.Err != nil && !x.TakenBack && document.Offered(x.Document, document.FHIR, a.To) == nil {
			o.Result, o.Err = nil, x.Err
		}
	}
}

// ofRequest reports whether an error is about a parameter of the request, and
// not about what stands in the Bundle.
func ofRequest(err error) bool {
	var e *mapping.Error
	return errors.As(err, &e) && document.IsParameter(e.Path)
}

// attached translates the documents of the hub that a message carries, where that
// is asked and offered.
func (p *Processor) attached(b *bundle.Bundle, carried []Carried, a Ask) []Attached {
	var all []Attached
	for _, c := range carried {
		if c.Err != nil {
			continue // an attachment like any other: it stays in the message
		}
		if x := p.attachment(c, Counts(b, c.Binary), a); x != nil {
			x.Path = b.Path(c.Binary.Node)
			all = append(all, *x)
		}
	}
	return all
}

// attachment translates one attached document, nil if it is none of the hub's. One
// that has been taken back is named, and not translated.
func (p *Processor) attachment(c Carried, back error, a Ask) *Attached {
	found, err := p.recognise(c.Doc, Ask{})
	if err != nil || found.Form != document.FHIR {
		return nil
	}
	x := &Attached{Document: found.Document, Body: c.Body, TakenBack: back != nil, Err: back}
	if x.TakenBack {
		return x
	}
	if a.To == "" || a.To == document.FHIR { // it is in that already
		return x
	}
	if x.Err = document.Offered(found.Document, document.FHIR, a.To); x.Err == nil {
		x.Result, x.Err = p.translate(c.Body, found, a)
	}
	return x
}

// headerOf is the MessageHeader of a message that was found to be sound.
func headerOf(doc *tree.Doc) tree.ID { return doc.Find(doc.Root(), "entry", "resource") }

func parameter(name, message string) error {
	return &mapping.Error{Kind: mapping.Invalid, Path: name, Message: message}
}
