package medcom

import (
	"strings"

	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// careCategories are MedCom's (CodeSystem medcom-careCommunication-categoryCodes).
var careCategories = map[string]bool{"alcohol-and-drug-treatment": true, "assistive-devices": true, "carecoordination": true,
	"decease": true, "discharge": true, "examination-results": true, "healthcare": true, "home-care-assessment": true,
	"medicine": true, "nursing": true, "outpatient": true, socialPsychiatry: true, regardingReferral: true, "telemedicine": true,
	"training": true, "acute-ambulant": true, "extended-care-responsibility": true, "other": true}

// careActs are the acts of a CareCommunication (ValueSet
// medcom-careCommunication-messagingActivities). A message that is corrected or
// taken back is none of them.
var careActs = map[string]bool{"new-message": true, "reply-message": true, "forward-message": true}

// demand plans what a message demands of the thread, and names what nobody says.
func (t *thread) demand() {
	place := t.Doc.Path(t.source.Node)
	if t.now == "" {
		t.miss(place, "Bundle.timestamp", careMessage, "when the message is sent is not said; give the time of the translation")
	}
	if t.met = t.b.Identified(t.patient.Node); !t.met {
		t.miss(t.Doc.Path(t.patient.Node), "Patient", coreProfiles+"medcom-core-patient",
			"a patient has a number that its register can have, and one name of use official with a family name")
	}
	t.demandCommunication(place)
	texts := 0
	for _, s := range t.parts() {
		t.segment(s)
		if s.key == "contentString" {
			texts++
		}
	}
	if texts == 0 {
		t.miss(place, "Communication.payload:string", careCommunication, "no segment is a text; expected one at least")
	}
	t.demandPeople()
	t.demandActs()
	if t.header != nil {
		t.completeHeader()
	}
	t.completeEnds()
}

// demandCommunication plans the head of the thread.
func (t *thread) demandCommunication(place string) {
	d, n := t.Doc, t.source.Node
	t.demandExtensions(place)
	t.demandIdentifier(place)
	status := d.Child(n, "status")
	if !sendable[d.Text(status)] {
		t.miss(place, "Communication.status", careCommunication, "the status says that it is not to be sent; MedCom has unknown for every correspondence")
	}
	t.constant(n, status, "status", "unknown", "MedCom has the status unknown for every correspondence")
	category := t.demandCategory(place)
	topic := d.Child(n, "topic")
	if text := d.Text(d.Child(topic, "text")); text == "" && (category == "other" || topic != tree.None) {
		t.miss(place, "Communication.topic.text", careCommunication, "the thread has no subject; MedCom demands one in words, of the category other always")
	}
	if priority := d.Child(n, "priority"); priority != tree.None {
		switch {
		case category != regardingReferral:
			t.tell(priority, "MedCom has a priority only for the category regarding-referral; it is left out")
		case !carePriorities[d.Text(priority)]:
			t.tell(priority, "MedCom has the priorities routine and asap; another is left out, and what is urgent is not sent as a correspondence")
		}
	}
	recipients := 0
	for r := range t.b.All(n, "recipient") {
		if recipients++; recipients == 1 {
			t.belongs(place, "Communication.recipient", r, t.receiver)
		}
	}
	if recipients > 1 {
		t.miss(place, "Communication.recipient", careCommunication, "several recipients within the organisation that receives; MedCom has one")
	}
	if encounter := d.Child(n, "encounter"); encounter != tree.None {
		e := t.b.Follow(encounter)
		if e == nil || e.Type != "Encounter" || d.Find(e.Node, "episodeOfCare", "identifier") == tree.None {
			t.miss(place, "Communication.encounter", careCommunication, "the encounter is not in the document with the identifier of its episode of care; expected an Encounter with episodeOfCare.identifier")
		}
	}
}

// sendable are the statuses of a Communication that is sent: MedCom's, none, and
// those that say that it is.
var sendable = map[string]bool{"": true, "unknown": true, "in-progress": true, "completed": true}

// demandExtensions plans the extensions of the Communication. MedCom's rule
// medcom-careCommunication-11 takes any of them for the sender, so that without
// that one no other goes.
func (t *thread) demandExtensions(place string) {
	sender := t.medcom(t.source.Node, "sender")
	if sender != tree.None {
		t.belongs(place, "Communication.extension:sender", t.Doc.Child(sender, "valueReference"), t.sender)
		return
	}
	for x := range t.b.All(t.source.Node, "extension") {
		t.leave(x, "MedCom's rule medcom-careCommunication-11 takes every extension of a Communication for its sender")
	}
}

// belongs checks that whom a reference leads to, a CareTeam or a PractitionerRole,
// is of the organisation that sends or receives (medcom-careCommunication-11, -12).
func (t *thread) belongs(place, element string, reference tree.ID, end *careEnd) {
	e := t.b.Follow(reference)
	var of []*bundle.Entry
	switch {
	case e == nil:
	case e.Type == "PractitionerRole":
		of = append(of, t.b.Follow(t.Doc.Child(e.Node, "organization")))
	case e.Type == "CareTeam":
		for o := range t.b.All(e.Node, "managingOrganization") {
			of = append(of, t.b.Follow(o))
		}
	}
	for _, o := range of {
		if o != nil && end != nil && end.from == o {
			return
		}
	}
	t.miss(place, element, careMessage, "expected a CareTeam or PractitionerRole of the document that belongs to the organisation of the MessageHeader")
}

// demandIdentifier plans the id of the thread: one UUID, made where there is none.
func (t *thread) demandIdentifier(place string) {
	list := t.Doc.Child(t.source.Node, "identifier")
	kept := tree.None
	for i := range t.b.Each(list) {
		if kept != tree.None {
			t.tell(i, "MedCom has one id of a thread; another is left out")
			continue
		}
		kept = i
	}
	switch value := t.Doc.Child(kept, "value"); {
	case list == tree.None:
		t.add(t.source.Node, func(r tree.OutID) {
			t.Generate(t.Out.Object(t.Out.Array(r, "identifier"), ""), "value", "urn:uuid:"+bundle.ID(t.seed, "identifier"), careEnvelope)
		})
	case !t.uuid(value):
		t.miss(place, "Communication.identifier", careCommunication, "the id of the thread is no UUID; expected urn:uuid: and a UUID, or none for a new thread")
	}
}

// demandCategory plans the one category of MedCom's, and returns it.
func (t *thread) demandCategory(place string) (code string) {
	for c := range t.b.All(t.source.Node, "category") {
		for coding := range t.b.All(c, "coding") {
			said := t.Doc.Text(t.Doc.Child(coding, "code"))
			if code == "" && t.Doc.Text(t.Doc.Child(coding, "system")) == categoryCodes && careCategories[said] {
				code = said
				continue
			}
			t.tell(coding, "MedCom has one category of its own list; another is left out")
		}
		if t.Doc.Child(c, "coding") == tree.None {
			t.tell(c, "MedCom has one category of its own list; one in words is left out")
		}
	}
	if code == "" {
		t.miss(place, "Communication.category", careCommunication, "the thread has none of MedCom's categories; expected one coding of "+categoryCodes)
	}
	return code
}

// demandPeople plans the roles and names of everybody in the message.
func (t *thread) demandPeople() {
	for _, e := range t.b.Entries {
		switch e.Type {
		case "PractitionerRole":
			t.codeOrText(e)
			if t.b.Follow(t.Doc.Child(e.Node, "practitioner")) == nil {
				t.miss(t.Doc.Path(e.Node), "PractitionerRole.practitioner", careMessage, "whose role it is is not said; expected a reference to a Practitioner of the document")
			}
		case "CareTeam":
			if t.Doc.Text(t.Doc.Child(e.Node, "name")) == "" {
				t.miss(t.Doc.Path(e.Node), "CareTeam.name", coreProfiles+"medcom-core-careteam", "the team has no name")
			}
		}
	}
}

// codeOrText plans a role, which has a code or a text and not both
// (medcom-careCommunication-7): a code of MedCom's, else the text.
func (t *thread) codeOrText(role *bundle.Entry) {
	const why = "MedCom has a role by a code or by a text, not by both"
	ofMedCom, inWords := false, false
	for c := range t.b.All(role.Node, "code") {
		inWords = inWords || t.Doc.Child(c, "text") != tree.None
		for coding := range t.b.All(c, "coding") {
			ofMedCom = ofMedCom || strings.HasPrefix(t.Doc.Text(t.Doc.Child(coding, "system")), medcomCodes)
		}
	}
	for c := range t.b.All(role.Node, "code") {
		switch {
		case ofMedCom:
			t.leave(t.Doc.Child(c, "text"), why)
		case inWords:
			t.leave(t.Doc.Child(c, "coding"), why)
		}
	}
}

// activity is the act that a Provenance tells of.
func (t *thread) activity(e *bundle.Entry) string {
	for coding := range t.b.Each(t.Doc.Find(e.Node, "activity", "coding")) {
		return t.Doc.Text(t.Doc.Child(coding, "code"))
	}
	return ""
}

// demandActs plans the chain: of every message its act, when it was, who did it
// and what it added.
func (t *thread) demandActs() {
	for _, e := range t.b.Entries {
		if e.Type == "Provenance" {
			t.demandAct(e)
		}
	}
	for _, s := range t.parts() {
		if !s.own && !t.earlier[t.Doc.Text(s.id)] {
			t.miss(s.path, "Provenance.entity:payload", careProfiles+"provenance", "which message added the segment is not said; expected its id as entity of role source in the Provenance of that message")
		}
	}
	switch {
	case t.act != nil:
		return
	case len(t.earlier) > 0:
		t.miss(t.Doc.Path(t.source.Node), "Provenance.activity", careProfiles+"provenance", "what this message does in its thread is not said; expected a Provenance whose target is its MessageHeader")
		return
	}
	for _, s := range t.parts() {
		if s.own {
			return
		}
	}
	t.miss(t.Doc.Path(t.source.Node), "Provenance.entity", careProfiles+"provenance", "every segment is of an earlier message; expected one that this message adds")
}

func (t *thread) demandAct(e *bundle.Entry) {
	const profile = careProfiles + "provenance"
	d, place := t.Doc, t.Doc.Path(e.Node)
	if act := t.activity(e); !careActs[act] {
		message := "what the message does is not said; expected activity new-message, reply-message or forward-message"
		if act == "modified-message" || act == "retract-message" {
			message = "MedCom's CareCommunication 5.0 has no " + act + ": expected new-message, reply-message or forward-message, with words that correct what was sent"
			t.Notice(place, noSuchAct)
		}
		t.miss(place, "Provenance.activity", profile, message)
	}
	for _, key := range []string{"occurredDateTime", "recorded"} {
		switch {
		case d.Child(e.Node, key) != tree.None:
		case e == t.act && t.now != "":
			t.add(e.Node, func(r tree.OutID) { t.Generate(r, key, t.now, careEnvelope) })
		default:
			t.miss(place, "Provenance."+key, profile, "when it happened is not said")
		}
	}
	switch by := t.b.Follow(d.Find(e.Node, "agent", "who")); {
	case by == nil && e == t.act && t.sender != nil && d.Child(e.Node, "agent") == tree.None:
		t.add(e.Node, func(r tree.OutID) { t.agent(r) })
	case by == nil || by.Type != "Organization" || !whole(t.complete(by)):
		t.miss(place, "Provenance.agent.who", profile, "who did it is not known by both its numbers; expected a reference to an Organization with SOR and GLN")
	}
	t.demandEntities(e, place, profile)
}

// noSuchAct says what a sender does instead: the act stays in the history of the
// thread, and so no later message of the thread can be one of MedCom's either.
const noSuchAct = "MedCom kan ikke tage imod en rettelse eller en tilbagetrækning, og heller ikke et svar i en tråd, der har en: " +
	"begynd en ny tråd (haendelse ny, uden korrespondanceId), og skriv i teksten, hvad der rettes, og hvilken meddelelse det gælder / " +
	"MedCom takes no correction or retraction, and no reply in a thread that has one: " +
	"begin a new thread (haendelse ny, without korrespondanceId), and say in the text what is corrected, and which message it is about"

// demandEntities plans what an act added, and which message it answers.
func (t *thread) demandEntities(e *bundle.Entry, place, profile string) {
	sources, known, revisions := 0, 0, 0
	for entity := range t.b.All(e.Node, "entity") {
		switch t.Doc.Text(t.Doc.Child(entity, "role")) {
		case "source":
			sources++
			if t.uuid(t.Doc.Find(entity, "what", "identifier", "value")) {
				known++
			}
		case "revision":
			revisions++
		default:
			t.miss(place, "Provenance.entity", profile, "MedCom has the roles source (a segment) and revision (the message that is answered) and no other")
		}
	}
	if sources == 0 || known < sources {
		t.miss(place, "Provenance.entity:payload", profile, "which segments it added is not said; expected entity of role source, with the segment's id, a UUID, as what.identifier")
	}
	if revisions > 1 {
		t.miss(place, "Provenance.entity:preceedingMessage", profile, "it answers several messages; expected one")
	}
	if act := t.activity(e); revisions == 0 && (act == "reply-message" || act == "forward-message") {
		t.Notice(place, "which message it answers or forwards is not said; expected entity of role revision")
	}
}

// complete is what is known of an organisation: by the document, and of a party by
// the caller.
func (t *thread) complete(e *bundle.Entry) document.Party {
	for _, end := range []*careEnd{t.sender, t.receiver} {
		if end != nil && end.from == e {
			return end.party
		}
	}
	return t.party(e)
}
