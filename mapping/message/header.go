package message

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// The systems of MedCom's terminology, and its extension.
const (
	terms          = "http://medcomfhir.dk/ig/terminology/CodeSystem/"
	eventCodes     = terms + "medcom-messaging-eventCodes"
	activityCodes  = terms + "medcom-messaging-activityCodes"
	destinationUse = terms + "medcom-messaging-destinationUse"
	profiles       = "http://medcomfhir.dk/ig/messaging/StructureDefinition/"
	useExtension   = profiles + "medcom-messaging-destinationUseExtension"
	definitions    = "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/"
)

// event is what the profile of an event asks of the header.
type event struct {
	focus      string   // the type of the resource in focus; empty: none is asked for
	once       []string // the types of which there is one, as its profile has it
	citizen    bool     // whether the focus is about a citizen who is in the Bundle
	definition string   // what MessageHeader.definition begins with; empty: none is demanded
}

// events are MedCom's (CodeSystem medcom-messaging-eventCodes).
var events = map[string]event{
	CareCommunication: {focus: "Communication", once: []string{"Communication", "Patient"}, citizen: true,
		definition: definitions + "MedComCareCommunicationMessageDefinition|"},
	HomeCareObservation: {focus: "DiagnosticReport", once: []string{"DiagnosticReport"}, citizen: true,
		definition: definitions + "MedComHomeCareObservationMessageDefinition|"},
	HospitalNotification: {focus: "Encounter"},
	Acknowledgement:      {},
	Empty:                {},
}

// readHeader checks the MessageHeader (medcom-messaging-messageHeader 4.0.2).
func (r *reader) readHeader(h tree.ID) {
	r.m.Header = r.value(h, "id", none, datatypeWrong, isID)
	known := r.event(h)
	r.m.Sender = r.party(h, "sender", none, none) // no code of MedCom's is about the sender
	r.m.Sender.Endpoint = r.endpoint(r.member(h, "source", tree.Object, none))
	r.destinations(h)
	r.focus(h, known)
	r.once(known)
	r.subject(known)
	if known.focus == "Communication" && r.m.Focus != tree.None {
		r.thread(r.m.Focus)
	}
	r.definition(h, known)
	r.response(h)
}

// event reads which event it is, and returns what its profile asks.
func (r *reader) event(h tree.ID) event {
	coding := r.member(h, "eventCoding", tree.Object, none)
	if coding == tree.None {
		return event{}
	}
	system := r.value(coding, "system", none, notInCodeSystem, func(text string) (string, error) {
		if text != eventCodes {
			return "", &mapping.Error{Kind: mapping.CodeInvalid, Message: "expected " + eventCodes}
		}
		return text, nil
	})
	code := r.value(coding, "code", none, notInValueSet, some)
	known, ok := events[code]
	if code != "" && system != "" && !ok {
		r.fail(mapping.CodeInvalid, coding, ".code", "expected an event of MedCom's: care-communication-message, homecareobservation-message, hospital-notification-message, acknowledgement-message or empty-message", notInCodeSystem)
	}
	if ok && system != "" {
		r.m.Event = code
	}
	return known
}

// endpoint returns where a party is reached: FHIR demands it of source and of
// every destination.
func (r *reader) endpoint(n tree.ID) string {
	if n == tree.None {
		return ""
	}
	return r.value(n, "endpoint", none, datatypeWrong, some)
}

// destinations reads the receivers: one that is primary, and any number of
// copies.
func (r *reader) destinations(h tree.ID) {
	list := r.member(h, "destination", tree.Array, receiverMissing)
	var primary, copies []Party
	for d := range r.Each(list) {
		use := r.use(d)
		p := r.party(d, "receiver", receiverMissing, receiverUnknown)
		p.Endpoint = r.endpoint(d)
		if use == "cc" {
			copies = append(copies, p)
			continue
		}
		if primary = append(primary, p); len(primary) == 2 {
			r.fail(mapping.Invalid, d, "", "a second primary receiver; expected one, and the others as cc", none)
		}
	}
	if list != tree.None && len(primary) == 0 {
		r.fail(mapping.Required, list, "", "expected a destination of use primary", receiverMissing)
	}
	if len(copies) > 0 && (r.m.Event == CareCommunication || r.m.Event == HomeCareObservation || r.m.Event == Acknowledgement) {
		r.tell(mapping.Invalid, list, "", "MedCom's profile of the message has no copies (cc)", none)
	}
	r.m.Receivers = append(primary, copies...)
}

// use returns what a destination is for: primary or cc.
func (r *reader) use(d tree.ID) string {
	for x := range r.All(d, "extension") {
		if r.Text(r.Child(x, "url")) != useExtension {
			continue
		}
		coding := r.member(x, "valueCoding", tree.Object, none)
		if coding == tree.None {
			return ""
		}
		r.value(coding, "system", none, notInCodeSystem, func(text string) (string, error) {
			if text != destinationUse {
				return "", &mapping.Error{Kind: mapping.CodeInvalid, Message: "expected " + destinationUse}
			}
			return text, nil
		})
		return r.value(coding, "code", none, notInValueSet, func(text string) (string, error) {
			if text != "primary" && text != "cc" {
				return "", &mapping.Error{Kind: mapping.CodeInvalid, Message: "expected primary or cc"}
			}
			return text, nil
		})
	}
	r.fail(mapping.Required, d, ".extension", "expected what the destination is for, primary or cc ("+useExtension+")", none)
	return ""
}

// partyKey is an organisation, and MedCom's code for one without a number.
type partyKey struct {
	of      *bundle.Entry
	missing string
}

// party reads the organisation that a reference in n leads to, and checks that
// it has both its numbers: missing and wrong are MedCom's codes for it.
func (r *reader) party(n tree.ID, key, missing, wrong string) Party {
	reference := r.member(n, key, tree.Object, missing)
	if reference == tree.None {
		return Party{}
	}
	o := r.follow(reference, "Organization", wrong)
	if o == nil {
		return Party{}
	}
	p, known := r.parties[partyKey{o, missing}]
	if !known {
		p = Party{
			Name: r.Text(r.Child(o.Node, "name")),
			SOR:  r.number(o, "SOR", lens.SOR, missing, wrong, bundle.SOR),
			GLN:  r.number(o, "GLN", lens.GLN, missing, wrong, bundle.GLN, "http://www.gs1.org/gln"),
		}
		r.parties[partyKey{o, missing}] = p
	}
	return p
}

// number returns the number of an organisation in a register, by any spelling
// of its system.
func (r *reader) number(o *bundle.Entry, name string, check func(string) (string, error), missing, wrong string, systems ...string) string {
	for i := range r.All(o.Node, "identifier") {
		if slices.Contains(systems, r.Text(r.Child(i, "system"))) {
			return r.value(i, "value", missing, wrong, check)
		}
	}
	r.fail(mapping.Required, o.Node, ".identifier", "expected the "+name+" number of the organisation ("+systems[0]+")", missing)
	return ""
}

// follow returns the resource that a reference must lead to, one of the Bundle
// of a type, and reports it otherwise.
func (r *reader) follow(reference tree.ID, kind, code string) *bundle.Entry {
	r.followed[reference] = true
	text := r.member(reference, "reference", tree.String, code)
	if text == tree.None {
		return nil
	}
	e := r.Follow(reference)
	switch {
	case e == nil:
		r.fail(mapping.NotFound, text, "", "expected a reference to the "+kind+" in the Bundle; it leads nowhere", code)
	case e.Type != kind:
		r.fail(mapping.Invalid, text, "", "expected a reference to the "+kind+" in the Bundle; it leads to another type", none)
		return nil
	}
	return e
}

// focus reads what the message is about.
func (r *reader) focus(h tree.ID, of event) {
	if of.focus == "" {
		return
	}
	list := r.member(h, "focus", tree.Array, none)
	for reference := range r.Each(list) {
		e := r.follow(reference, of.focus, none)
		switch {
		case e == nil:
		case r.m.Focus == tree.None:
			r.m.Focus = e.Node
		default:
			r.fail(mapping.Invalid, reference, "", "a second focus; a message is about one "+of.focus, none)
		}
	}
}

// definition checks which definition the message follows, where its profile
// demands that it says so.
func (r *reader) definition(h tree.ID, of event) {
	if of.definition == "" {
		r.m.Definition = r.Text(r.Child(h, "definition"))
		return
	}
	r.m.Definition = r.value(h, "definition", none, none, some)
	if d := r.m.Definition; d != "" && !strings.HasPrefix(d, of.definition) {
		r.tell(mapping.Value, h, ".definition", "expected the definition of the event with its version, "+of.definition+"…", none)
	}
}
