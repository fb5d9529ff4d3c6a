package medcom

import (
	"strings"
	"unicode"

	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/lens"
)

// careEnd is one of the two organisations of a CareCommunication: one of the
// document, one that the caller names, or one of the document with a number that
// the caller adds.
type careEnd struct {
	id    string
	from  *bundle.Entry // nil: the caller names it
	party document.Party
	whole bool // both numbers are known
}

// parties finds the two organisations. Where the document names the sender
// wholly, that one counts; where it names one without a number that MedCom
// demands, the caller may add it, or send in the name of another.
func (c *care) parties(q document.Request) {
	place := c.Doc.Path(c.source.Node)
	const organisation = messagingProfiles + "medcom-messaging-organization"
	c.sender = c.sending(c.organisation(), q.Sender)
	if c.sender == nil || !c.sender.whole {
		c.miss(place, "MessageHeader.sender", organisation, "who sends is not known by both its numbers; give the sender with SOR (11 digits or more) and GLN (13 digits), or an Organization with both as "+sourceElement[c.source.Type])
	}
	c.receiver = c.named("receiver", q.Receiver)
	if c.receiver == nil || !c.receiver.whole {
		c.miss(place, "MessageHeader.destination.receiver", organisation, "who receives is not known by both its numbers; give the receiver with SOR (11 digits or more) and GLN (13 digits)")
	}
}

// sending decides between the organisation of the document and the sender that
// the caller names.
func (c *care) sending(own *bundle.Entry, given document.Party) *careEnd {
	if own == nil {
		return c.named("sender", given)
	}
	party := document.Party{Name: c.Doc.Text(c.Doc.Child(own.Node, "name")), SOR: c.number(own, bundle.SOR), GLN: c.number(own, bundle.GLN)}
	if whole(party) {
		if other := clean(given); differs(other.SOR, party.SOR) || differs(other.GLN, party.GLN) {
			c.Notice(c.Doc.Path(own.Node), "the document names its sender, and that one counts; another sender was given")
		}
		return &careEnd{id: c.id(own), from: own, party: party, whole: true}
	}
	if given = clean(given); whole(given) {
		if party.SOR != given.SOR && party.GLN != given.GLN {
			return c.named("sender", given)
		}
		party.SOR, party.GLN = given.SOR, given.GLN
		return &careEnd{id: c.id(own), from: own, party: party, whole: true}
	}
	return &careEnd{id: c.id(own), from: own, party: party}
}

// named is an organisation that the caller names, nil if it has no name at all.
func (c *care) named(as string, party document.Party) *careEnd {
	party = clean(party)
	if party.Name == "" && party.SOR == "" && party.GLN == "" {
		return nil
	}
	return &careEnd{id: bundle.ID(c.seed, as), party: party, whole: whole(party)}
}

// clean takes out what no message is sent to or signed with: a number that its
// register cannot have, a telephone number that is none, a text that a line
// cannot hold.
func clean(p document.Party) document.Party {
	if _, err := lens.SOR(p.SOR); err != nil {
		p.SOR = ""
	}
	if _, err := lens.GLN(p.GLN); err != nil {
		p.GLN = ""
	}
	if !strings.ContainsAny(p.Phone, "0123456789") || strings.Trim(p.Phone, "0123456789+-() ") != "" {
		p.Phone = ""
	}
	for _, text := range []*string{&p.Name, &p.Person, &p.Role, &p.Phone} {
		*text = strings.TrimSpace(*text)
		if strings.ContainsFunc(*text, unicode.IsControl) {
			*text = ""
		}
	}
	return p
}

// differs reports whether a number is given and is another.
func differs(given, own string) bool { return given != "" && given != own }

func whole(p document.Party) bool { return p.SOR != "" && p.GLN != "" }

// number returns a number of an organisation of the document, empty if its
// register cannot have it.
func (c *care) number(e *bundle.Entry, system string) string {
	i := c.b.Identifier(e.Node, system)
	text := c.Doc.Text(c.Doc.Child(i, "value"))
	if check, ok := lens.Register(system); ok {
		if _, err := check(text); err != nil {
			return ""
		}
	}
	return text
}

// id is the id of a resource of the document, or one of our own where it has
// none.
func (c *care) id(e *bundle.Entry) string {
	if e.ID == "" {
		return bundle.ID(c.seed, c.Doc.Path(e.Node))
	}
	return e.ID
}

// sources gives who the document is from.
func (c *care) sources() (all []*bundle.Entry) {
	for _, name := range []string{"source", "performer"} {
		for r := range c.b.All(c.source.Node, name) {
			if e := c.b.Follow(r); e != nil {
				all = append(all, e)
			}
		}
	}
	return all
}

// organisation returns the organisation that the document is from, nil if it
// says none.
func (c *care) organisation() *bundle.Entry {
	for _, e := range c.sources() {
		if e.Type == "Organization" {
			return e
		}
		if e.Type == "Practitioner" {
			e = c.roleOf(e)
		}
		if e == nil || e.Type != "PractitionerRole" {
			continue
		}
		if o := c.b.Follow(c.Doc.Child(e.Node, "organization")); o != nil && o.Type == "Organization" {
			return o
		}
	}
	return nil
}

// roleOf returns the first role of a person in the document, nil if it has none.
func (c *care) roleOf(person *bundle.Entry) *bundle.Entry {
	for _, e := range c.b.Entries {
		if e.Type == "PractitionerRole" && c.b.Follow(c.Doc.Child(e.Node, "practitioner")) == person {
			return e
		}
	}
	return nil
}
