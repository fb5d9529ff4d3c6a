package medcom

import (
	"strings"

	"tolk/mapping/bundle"
	"tolk/mapping/tree"
)

// The event of the message, and what its definition begins with.
const (
	careEvent       = "care-communication-message"
	careDefinitions = "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5."
)

// completeHeader plans the MessageHeader of the document as MedCom has it: one
// receiver, who sends, where both are reached, what it is about, the definition.
func (t *thread) completeHeader() {
	d, n := t.Doc, t.header.Node
	t.completeDestinations()
	if t.sender != nil && (t.sender.from == nil || t.b.Follow(d.Child(n, "sender")) != t.sender.from) {
		t.leave(d.Child(n, "sender"), "the message is sent by another")
		t.add(n, func(r tree.OutID) { refer(t.Transcript, t.Out.Object(r, "sender"), t.sender.id, careEnvelope) })
	}
	if source := d.Child(n, "source"); t.sender != nil && t.sender.party.SOR != "" {
		at := func(o tree.OutID) { t.generate(o, "endpoint", endpoint(t.sender.end())) }
		if source == tree.None {
			t.add(n, func(r tree.OutID) { at(t.Out.Object(r, "source")) })
		} else {
			t.add(source, at)
		}
	}
	if t.b.Follow(d.Find(n, "focus")) != t.source {
		t.leave(d.Child(n, "focus"), "the message is about the Communication")
		t.add(n, func(r tree.OutID) {
			refer(t.Transcript, t.Out.Object(t.Out.Array(r, "focus"), ""), t.url(t.source), careEnvelope)
		})
	}
	if definition := d.Child(n, "definition"); !strings.HasPrefix(d.Text(definition), careDefinitions) {
		t.constant(n, definition, "definition", careDefinition, "the message follows MedCom's definition")
	}
}

// generate is Generate where nothing stands, in an object.
func (t *thread) generate(o tree.OutID, key, text string) {
	if t.Out.Kind(o) == tree.Object && t.Out.Child(o, key) == tree.NoOut {
		t.Generate(o, key, text, careEnvelope)
	}
}

// completeDestinations keeps the one destination that the message goes to. A
// CareCommunication has no copies: MedCom's profile of its header leaves
// destination:cc out.
func (t *thread) completeDestinations() {
	d, kept := t.Doc, tree.None
	for to := range t.b.Each(t.headed("destination")) {
		o := t.organisationOf(t.b.Follow(d.Child(to, "receiver")))
		switch {
		case t.use(to) == "cc":
			t.tell(to, "a CareCommunication has no copies (cc); send it to this organisation as a message of its own")
		case kept != tree.None:
			t.tell(to, "a CareCommunication has one receiver; send it to this organisation as a message of its own")
		case o == nil && t.receiver != nil || o != nil && t.receiver != nil && o != t.receiver.from:
			t.tell(to, "the message goes to the receiver that was given")
		default:
			kept = to
		}
	}
	switch {
	case t.receiver == nil:
	case kept == tree.None:
		t.add(t.header.Node, func(r tree.OutID) {
			list := t.list(r, "destination")
			if list != tree.NoOut {
				writeDestination(t.Transcript, list, t.receiver.end(), careEnvelope)
			}
		})
	default:
		t.add(kept, func(o tree.OutID) {
			if t.receiver.party.SOR != "" {
				t.generate(o, "endpoint", endpoint(t.receiver.end()))
			}
			if t.use(kept) == "" {
				writeUse(t.Transcript, t.list(o, "extension"), careEnvelope)
			}
		})
	}
}

// completeEnds plans the numbers that the caller adds to an organisation of the
// document.
func (t *thread) completeEnds() {
	for _, end := range []*careEnd{t.sender, t.receiver} {
		if end == nil || end.from == nil {
			continue
		}
		own := t.party(end.from)
		for _, number := range [][3]string{{bundle.SOR, own.SOR, end.party.SOR}, {bundle.GLN, own.GLN, end.party.GLN}} {
			if number[1] != "" || number[2] == "" {
				continue
			}
			t.add(end.from.Node, func(r tree.OutID) {
				if list := t.list(r, "identifier"); list != tree.NoOut {
					i := t.Out.Object(list, "")
					t.Say(i, "system", number[0], careParty)
					t.Say(i, "value", number[2], careParty)
				}
			})
		}
	}
}

// agent writes that the sender did it.
func (t *thread) agent(r tree.OutID) {
	t.sender.named = true
	refer(t.Transcript, t.Out.Object(t.Out.Object(t.Out.Array(r, "agent"), ""), "who"), t.sender.id, careEnvelope)
}

// made writes the resources that the document has not: author and parties that the
// caller names, but for a party that nothing refers to where there is no message, attachments that go apart, and the act of the message where nobody
// says one: it is new, and adds every segment that no earlier one did.
func (t *thread) made(entries tree.OutID) {
	for _, end := range []*careEnd{t.sender, t.receiver} {
		if end != nil && end.from == nil && (!t.lacking || t.header != nil || end.named) {
			t.organization(entries, end)
		}
	}
	if t.signs {
		t.writeAuthor(entries)
	}
	for _, binary := range t.binaries {
		binary(entries)
	}
	if t.act == nil && !t.lacking {
		var ids []string
		for _, s := range t.parts() {
			if s.own {
				ids = append(ids, t.idOf(s))
			}
		}
		header := t.id
		if t.header != nil {
			header = t.url(t.header)
		}
		t.provenanceOf(entries, header, ids)
	}
}

// idOf is the id of a segment as it is written.
func (t *thread) idOf(s segment) string {
	if id, ok := urn(t.Doc.Text(s.id)); ok {
		return id
	}
	return t.generated(s)
}
