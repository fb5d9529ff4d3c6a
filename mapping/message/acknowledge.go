package message

import (
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/bundle"
)

// The profiles of the acknowledgement (medcom.fhir.dk.acknowledgement 2.0.3).
const (
	acknowledgements = "http://medcomfhir.dk/ig/acknowledgement/StructureDefinition/"
	ackMessage       = acknowledgements + "medcom-messaging-acknowledgement"
	ackHeader        = acknowledgements + "medcom-messaging-acknowledgementHeader"
	ackOutcome       = acknowledgements + "medcom-acknowledgement-operationoutcome"
)

// Answer is what a message is answered with.
type Answer struct {
	Code   string    // OK, Transient, Fatal
	Faults Faults    // why, unless ok
	Now    time.Time // when it is answered
	// Own is who answers, where the message does not name its receiver by both
	// numbers.
	Own Party
}

// AnswerTo is the answer to an error, or ok to nil: fatal-error for what will be
// wrong the next time too, transient-error for what is ours (out of time, a
// fault of the gateway).
func AnswerTo(err error, now time.Time, own Party) Answer {
	if err == nil {
		return Answer{Code: OK, Now: now, Own: own}
	}
	a := Answer{Code: Fatal, Faults: FaultsOf(err), Now: now, Own: own}
	if k := a.Faults[0].Kind; k == mapping.Timeout || k == mapping.Exception {
		a.Code = Transient
	}
	return a
}

// Acknowledge writes MedCom's acknowledgement of a message as compact JSON: from
// its primary receiver to its sender, about MessageHeader.id (or Bundle.id where
// there is none). Of the message it repeats the ids, the numbers of the parties,
// and the time and the code of its act: no text, which could name the citizen to
// whoever carries the acknowledgement. The same answer to the same message at the same time is the
// same bytes.
//
// The error is a *mapping.Error: for an acknowledgement, which is never
// acknowledged; for a message that does not say who sent it, who received it, or
// which it is; for an answer that is not ok and does not say why.
func Acknowledge(m *Message, a Answer) ([]byte, error) {
	from, err := answers(m, a)
	if err != nil {
		return nil, err
	}
	now := a.Now.Format(time.RFC3339)
	id := func(part string) string { return bundle.ID(m.Bundle, m.Header, a.Code, now, part) }
	w := &ack{m: m, answer: a, from: from, to: m.Sender.numbers(), now: now, id: id}
	return w.write(), nil
}

// answers checks that there is something to answer, and returns who does.
func answers(m *Message, a Answer) (Party, error) {
	refuse := func(path, message string) (Party, error) {
		return Party{}, &mapping.Error{Kind: mapping.BusinessRule, Path: path, Message: message}
	}
	from := a.Own
	if len(m.Receivers) > 0 && m.Receivers[0].Known() && m.Receivers[0].numbers() != a.Own.numbers() {
		from = m.Receivers[0].numbers()
	}
	switch {
	case m.IsAnswer:
		return refuse("MessageHeader.eventCoding", "an acknowledgement is never acknowledged")
	case m.Header == "" && m.Bundle == "":
		return refuse("MessageHeader.id", "the message has no id to answer to; it is not acknowledged")
	case !m.Sender.Known():
		return refuse("MessageHeader.sender", "the sender is not known by both its numbers (SOR and GLN); the message is not acknowledged")
	case !from.Known():
		return refuse("MessageHeader.destination", "the receiver is not known by both its numbers (SOR and GLN), and no other answers for it; the message is not acknowledged")
	case a.Now.IsZero():
		return refuse("timestamp", "expected the time of the acknowledgement")
	case a.Code != OK && a.Code != Transient && a.Code != Fatal:
		return refuse("response.code", "expected ok, transient-error or fatal-error")
	case a.Code != OK && len(a.Faults) == 0:
		return refuse("response.details", "expected why the message is not taken")
	}
	return from, nil
}

// ack is an acknowledgement being written.
type ack struct {
	m       *Message
	answer  Answer
	from    Party
	to      Party
	now     string
	id      func(part string) string
	entries []value
}

// The parts of an acknowledgement, by which its ids are made.
const (
	partHeader, partOutcome   = "MessageHeader", "OperationOutcome"
	partSender, partReceiver  = "sender", "receiver" // of the acknowledgement
	partAnswered, partAnswers = "Provenance.answered", "Provenance"
)

func (w *ack) write() []byte {
	w.header()
	w.provenances()
	w.organization(partSender, w.from)
	w.organization(partReceiver, w.to)
	if w.answer.Code != OK {
		w.outcome()
	}
	whole := object{
		{"resourceType", text("Bundle")},
		{"id", text(w.id("Bundle"))},
		{"meta", object{{"profile", array{text(ackMessage)}}}},
		{"type", text("message")},
		{"timestamp", text(w.now)},
		{"entry", array(w.entries)},
	}
	return whole.append(nil)
}

// entry adds a resource: its narrative, then what it says.
func (w *ack) entry(kind, part, profile string, lines []string, members ...member) {
	resource := object{
		{"resourceType", text(kind)},
		{"id", text(w.id(part))},
		{"meta", object{{"profile", array{text(profile)}}}},
		{"text", narrative(lines)},
	}
	w.entries = append(w.entries, object{
		{"fullUrl", text("urn:uuid:" + w.id(part))},
		{"resource", append(resource, members...)},
	})
}

// refer is a reference to a part.
func (w *ack) refer(part string) value {
	return object{{"reference", text("urn:uuid:" + w.id(part))}}
}

// answered is the id that the acknowledgement is about.
func (w *ack) answered() string {
	if w.m.Header != "" {
		return w.m.Header
	}
	return w.m.Bundle
}

func (w *ack) header() {
	response := object{{"identifier", text(w.answered())}, {"code", text(w.answer.Code)}}
	if w.answer.Code != OK {
		response = append(response, member{"details", w.refer(partOutcome)})
	}
	w.entry("MessageHeader", partHeader, ackHeader, []string{
		"Kvittering (" + Acknowledgement + "): " + w.answer.Code,
		"Id: " + w.id(partHeader),
		"Kvitterer for: " + w.answered(),
		"Fra: " + w.from.called() + " (" + w.from.address() + ")",
		"Til (primary): " + w.to.called() + " (" + w.to.address() + ")",
	},
		member{"eventCoding", coding(eventCodes, Acknowledgement)},
		member{"destination", array{object{
			{"extension", array{object{{"url", text(useExtension)}, {"valueCoding", coding(destinationUse, "primary")}}}},
			{"endpoint", text(w.to.address())},
			{"receiver", w.refer(partReceiver)},
		}}},
		member{"sender", w.refer(partSender)},
		member{"source", object{{"endpoint", text(w.from.address())}}},
		member{"response", response},
	)
}

// provenances writes the chain as MedCom's example has it: the act of the
// message that is answered, as it was read, and the acknowledgement after it.
func (w *ack) provenances() {
	before := object{{"reference", text(Reference{Header: w.m.Header}.String())}}
	if w.m.Header == "" {
		before = object{{"identifier", object{{"value", text(w.m.Bundle)}}}}
	} else if a := w.m.Act; a.whole() {
		w.provenance(partAnswered, before, *a, partReceiver, w.to)
	}
	w.provenance(partAnswers, w.refer(partHeader), Act{Code: "acknowledgement", Occurred: w.now, Recorded: w.now}, partSender, w.from,
		member{"entity", array{object{{"role", text("revision")}, {"what", before}}}})
}

// whole reports whether an act was read wholly.
func (a *Act) whole() bool {
	return a != nil && a.Code != "" && a.Occurred != "" && a.Recorded != ""
}

func (w *ack) provenance(part string, target value, a Act, who string, party Party, entity ...member) {
	lines := []string{"Id: " + w.id(part), a.Code + ": " + a.Occurred, "Af: " + party.called()}
	if len(entity) > 0 {
		lines = append(lines, "Meddelelse: "+w.id(partHeader), "Kvitterer for (revision): "+w.answered())
	} else {
		lines = append(lines, "Meddelelse: "+w.m.Header)
	}
	w.entry("Provenance", part, profiles+"medcom-messaging-provenance", lines, append([]member{
		{"target", array{target}},
		{"occurredDateTime", text(a.Occurred)},
		{"recorded", text(a.Recorded)},
		{"activity", object{{"coding", array{coding(activityCodes, a.Code)}}}},
		{"agent", array{object{{"who", w.refer(who)}}}},
	}, entity...)...)
}

func (w *ack) organization(part string, p Party) {
	members := []member{{"identifier", array{
		object{{"system", text(bundle.GLN)}, {"value", text(p.GLN)}},
		object{{"system", text(bundle.SOR)}, {"value", text(p.SOR)}},
	}}}
	if p.Name != "" {
		members = append(members, member{"name", text(p.Name)})
	}
	w.entry("Organization", part, profiles+"medcom-messaging-organization", []string{p.called(), "GLN: " + p.GLN, "SOR: " + p.SOR}, members...)
}

// mostIssues is how many issues an acknowledgement tells.
const mostIssues = 50

// outcome writes why the message is not taken: the faults, and after them what
// is only less than MedCom wants.
func (w *ack) outcome() {
	var issues array
	var lines []string
	add := func(severity string, faults Faults) {
		for _, f := range faults {
			if len(issues) == mostIssues {
				return
			}
			issues = append(issues, issue(severity, f))
			lines = append(lines, strings.TrimPrefix(f.Path+": "+f.Message, ": "))
		}
	}
	add("error", w.answer.Faults)
	add("warning", w.m.Told)
	w.entry("OperationOutcome", partOutcome, ackOutcome, lines, member{"issue", issues})
}

// issue is a fault as the sender of the message reads it: never with a value.
func issue(severity string, f Fault) value {
	var details object
	if f.Code != "" {
		details = object{{"coding", array{coding(errorCodes, f.Code)}}}
	}
	words := f.Message
	if f.Err != nil { // the message of the error within, if it is one of ours
		words = (&mapping.Error{Message: words, Err: f.Err}).Error()
	}
	o := object{
		{"severity", text(severity)},
		{"code", text(string(f.Kind))},
		{"details", append(details, member{"text", text(words)})},
	}
	if f.Path != "" {
		o = append(o, member{"expression", array{text(f.Path)}})
	}
	return o
}

// numbers is a party without what it is called and where it is reached, which are
// texts of the message.
func (p Party) numbers() Party { return Party{SOR: p.SOR, GLN: p.GLN} }

// called is the name of a party, its number where it has none.
func (p Party) called() string {
	if p.Name == "" {
		return "SOR " + p.SOR
	}
	return p.Name
}

// address is where a party is reached: as the message said it, or SOR's address
// of the organisation.
func (p Party) address() string {
	if p.Endpoint == "" {
		return "https://sor2.sum.dsdn.dk/#id=" + p.SOR
	}
	return p.Endpoint
}
