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
	named bool // something that was written refers to it
}

// parties finds the two organisations. Where the document names one wholly, that
// one counts; where it names one without a number that MedCom demands, the caller
// may add it, or name another. from is who the document says that it is from, to
// finds who it says that it goes to.
func (c *care) parties(q document.Request, from *bundle.Entry, to func(given document.Party) *bundle.Entry) {
	place := c.Doc.Path(c.source.Node)
	const organisation = messagingProfiles + "medcom-messaging-organization"
	c.sender = c.end(from, "sender", q.Sender)
	if c.sender == nil || !c.sender.whole {
		c.miss(place, "MessageHeader.sender", organisation, "who sends is not known by both its numbers; give the sender with SOR (11 digits or more) and GLN (13 digits), or an Organization with both as "+c.kind.from)
	}
	c.receiver = c.end(to(clean(q.Receiver)), "receiver", q.Receiver)
	if c.receiver == nil || !c.receiver.whole {
		c.miss(place, "MessageHeader.destination.receiver", organisation, "who receives is not known by both its numbers; give the receiver with SOR (11 digits or more) and GLN (13 digits)"+c.kind.orTo)
	}
}

// end decides between the organisation of the document and the one that the
// caller names.
func (c *care) end(own *bundle.Entry, as string, given document.Party) *careEnd {
	if own == nil {
		return c.named(as, given)
	}
	party := c.party(own)
	if whole(party) {
		if other := clean(given); differs(other.SOR, party.SOR) || differs(other.GLN, party.GLN) {
			c.Notice(c.Doc.Path(own.Node), "the document names its "+as+", and that one counts; another "+as+" was given")
		}
		return &careEnd{id: c.id(own), from: own, party: party, whole: true}
	}
	if given = clean(given); whole(given) {
		if party.SOR != given.SOR && party.GLN != given.GLN {
			return c.named(as, given)
		}
		party.SOR, party.GLN = given.SOR, given.GLN
		return &careEnd{id: c.id(own), from: own, party: party, whole: true}
	}
	if differs(given.Name, party.Name) {
		return &careEnd{id: c.id(own), from: own, party: party} // the number may be another's
	}
	if party.SOR == "" && !differs(given.GLN, party.GLN) {
		party.SOR = given.SOR
	}
	if party.GLN == "" && !differs(given.SOR, party.SOR) {
		party.GLN = given.GLN
	}
	return &careEnd{id: c.id(own), from: own, party: party, whole: whole(party)}
}

// party is what the document says of an organisation.
func (c *care) party(e *bundle.Entry) document.Party {
	return document.Party{Name: c.Doc.Text(c.Doc.Child(e.Node, "name")), SOR: c.number(e, bundle.SOR), GLN: c.number(e, bundle.GLN)}
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
	_, name, _ := strings.Cut(c.kind.from, ".")
	for r := range c.b.All(c.source.Node, name) {
		if e := c.b.Follow(r); e != nil {
			all = append(all, e)
		}
	}
	return all
}

// organisation returns the organisation that the document is from, nil if it
// says none.
func (c *care) organisation() *bundle.Entry {
	for _, e := range c.sources() {
		if o := c.organisationOf(e); o != nil {
			return o
		}
	}
	return nil
}

// organisationOf returns an organisation, or the one that a person is of in their
// role; nil if it is neither.
func (c *care) organisationOf(e *bundle.Entry) *bundle.Entry {
	if e != nil && e.Type == "Practitioner" {
		e = c.roleOf(e)
	}
	if e != nil && e.Type == "PractitionerRole" {
		e = c.b.Follow(c.Doc.Child(e.Node, "organization"))
	}
	if e == nil || e.Type != "Organization" {
		return nil
	}
	return e
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

// told is what the narrative of an organisation says: its name, and the numbers that
// it has.
func told(p document.Party) []string {
	lines := []string{p.Name}
	for _, number := range [][2]string{{"SOR: ", p.SOR}, {"GLN: ", p.GLN}} {
		if number[1] != "" {
			lines = append(lines, number[0]+number[1])
		}
	}
	return lines
}
