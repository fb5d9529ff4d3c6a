// Package message reads what a FHIR message says of itself, checks its
// envelope, and writes and reads MedCom's acknowledgement of it. What the
// message carries is the business of the forms: a Processor hands it on.
//
// Sources: medcom.fhir.dk.messaging 4.0.2, .acknowledgement 2.0.3,
// .carecommunication 5.0.2, .homecareobservation 1.2.1, .terminology 2.0.2;
// FHIR R4, http://hl7.org/fhir/R4/messaging.html.
package message

import (
	"strings"

	"tolk/mapping/tree"
)

// The events of MedCom's messages (CodeSystem medcom-messaging-eventCodes).
const (
	CareCommunication    = "care-communication-message"
	HomeCareObservation  = "homecareobservation-message"
	HospitalNotification = "hospital-notification-message"
	Acknowledgement      = "acknowledgement-message"
	Empty                = "empty-message"
)

// Message is what the envelope of a message says.
type Message struct {
	Bundle, Header string // Bundle.id, MessageHeader.id
	Event          string // the code of eventCoding
	Definition     string // MessageHeader.definition, a canonical
	Sender         Party
	Receivers      []Party   // the primary one first, then the copies (cc)
	Focus          tree.ID   // the resource that the message is about; tree.None
	Act            *Act      // what the newest Provenance says of it; nil if none does
	Response       *Response // what an acknowledgement says; nil in any other message
	// IsAnswer reports whether it answers a message, by its event, its profile or a
	// response in its header, sound or not: it is never acknowledged.
	IsAnswer bool
	Sent     string // Bundle.timestamp as written
	Told     Faults // what is not as MedCom wants it, and stops nothing
}

// Party is an organisation that sends or receives a message.
type Party struct {
	Name, SOR, GLN string
	Endpoint       string // where it is reached, as the header says it
}

// Known reports whether a party has both numbers that MedCom demands.
func (p Party) Known() bool { return p.SOR != "" && p.GLN != "" }

// Act is what a message does in its thread: the Provenance whose target is its
// header.
type Act struct {
	Code     string    // of MedCom's activity codes: new-message, reply-message
	Occurred string    // occurredDateTime as written
	Recorded string    // as written
	Answers  Reference // the message before it; the zero value if there is none
}

// Reference names a message: one of FHIR by the id of its header, one of EDIFACT
// or OIOXML by the number of its letter and the location number of its sender.
type Reference struct {
	Header      string
	Letter, GLN string
}

// String writes a reference as a Provenance does: MessageHeader/id, or
// letter#location number, in the order of MedCom's own examples.
func (r Reference) String() string {
	switch {
	case r.Header != "":
		return "MessageHeader/" + r.Header
	case r.GLN != "":
		return r.Letter + "#" + r.GLN
	}
	return r.Letter
}

// Response is what an acknowledgement says of the message that it answers.
type Response struct {
	// Of is the id of that message: of its MessageHeader or, as others write it,
	// of its Bundle. The published examples have both.
	Of     string
	Code   string // ok, transient-error, fatal-error
	Issues []Issue
}

// The codes of a response (http://hl7.org/fhir/response-code).
const (
	OK        = "ok"
	Transient = "transient-error" // the same message may be sent again later
	Fatal     = "fatal-error"     // the same message will not be taken
)

// Issue is one issue of the OperationOutcome of an acknowledgement.
type Issue struct {
	Severity string // fatal, error, warning, information
	Kind     string // of FHIR's issue types
	System   string // of Code
	Code     string // of MedCom's error codes or FHIR's; may be empty
	Text     string
	Path     string // the first expression; may be empty
}

// Answers reports whether an acknowledgement answers a message, by either id.
func (r *Response) Answers(m *Message) bool {
	return r.Of != "" && (strings.EqualFold(r.Of, m.Header) || strings.EqualFold(r.Of, m.Bundle))
}
