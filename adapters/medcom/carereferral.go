package medcom

import (
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// Two of MedCom's categories (CodeSystem medcom-careCommunication-categoryCodes).
const (
	regardingReferral = "regarding-referral"
	socialPsychiatry  = "psychiatry-social-disability"
	categoryCodes     = medcomCodes + "medcom-careCommunication-categoryCodes"
)

// receiving returns the organisation that a document names as its receiver, nil if
// it names none: of several the one that the caller names, and none if the caller
// does not choose. Who sends it is no receiver.
func (c *care) receiving(given document.Party) *bundle.Entry {
	if c.kind.to == "" {
		return nil
	}
	var all []*bundle.Entry
	for r := range c.b.All(c.source.Node, c.kind.to) {
		o := c.organisationOf(c.b.Follow(r))
		if o == nil || c.sender != nil && o == c.sender.from {
			continue
		}
		if p := c.party(o); p.SOR != "" && p.SOR == given.SOR || p.GLN != "" && p.GLN == given.GLN {
			return o
		}
		all = append(all, o)
	}
	switch {
	case len(all) == 1:
		return all[0]
	case len(all) > 1 && given.SOR == "" && given.GLN == "":
		c.Notice(c.Doc.Path(c.source.Node)+"."+c.kind.to, "it names several receivers, and a CareCommunication has one; give the one that it goes to, and translate again for each of the others")
	}
	return nil
}

// regarding finds what a referral says of the message that carries it: its thread,
// that in which a reply is asked for before its own, where it is a UUID as MedCom
// demands, and its category. A referral is a message
// regarding-referral; it is one of psychiatry-social-disability only where a coding
// of MedCom's own says so, of the referral or of who shall do what is asked for.
// What a place is called says nothing of what it is.
func (c *care) regarding() {
	if c.source.Type != "ServiceRequest" {
		return
	}
	var said []tree.ID
	for x := range c.b.Extension(c.source.Node, "reply-to") {
		said = append(said, c.Doc.Child(x, "valueString"))
	}
	for _, thread := range append(said, c.Doc.Find(c.source.Node, "requisition", "value")) {
		id, ok := urn(c.Doc.Text(thread))
		switch {
		case c.Doc.Text(thread) == "":
		case c.thread != tree.None && ok:
			if before, _ := urn(c.Doc.Text(c.thread)); before != id {
				c.Notice(c.Doc.Path(thread), "the message goes in the thread that a reply is asked for in; this other one stands in the document alone")
			}
		case c.thread != tree.None:
		case ok:
			c.thread = thread
		default:
			c.Notice(c.Doc.Path(thread), "MedCom's thread is a UUID, and this one is not: the message has a new one, and a reply comes back in that")
		}
	}
	c.withdrawn()
	if priority := c.Doc.Child(c.source.Node, "priority"); priority != tree.None && !carePriorities[c.Doc.Text(priority)] {
		c.Notice(c.Doc.Path(priority), "MedCom has the priorities routine and asap; this one stands in the text alone, and a CareCommunication is not for what is acute")
	}
	concepts := []tree.ID{c.Doc.Child(c.source.Node, "category"), c.Doc.Child(c.source.Node, "performerType")}
	if c.receiver != nil && c.receiver.from != nil {
		concepts = append(concepts, c.Doc.Child(c.receiver.from.Node, "type"))
	}
	for _, concept := range concepts {
		for one := range c.b.Each(concept) {
			for coding := range c.b.All(one, "coding") {
				if c.category == tree.None && c.Doc.Text(c.Doc.Child(coding, "system")) == categoryCodes && c.Doc.Text(c.Doc.Child(coding, "code")) == socialPsychiatry {
					c.category = coding
				}
			}
		}
	}
}

// withdrawn says of a referral that does not count that it goes as a new message all
// the same: MedCom has no act that takes one back. Strict mode refuses it.
func (c *care) withdrawn() {
	status := c.Doc.Child(c.source.Node, "status")
	if text := c.Doc.Text(status); text == "revoked" || text == "entered-in-error" {
		const message = "the referral is taken back or an error, and MedCom's CareCommunication has no act that takes one back; " +
			"the message is a new one, and its title and text alone say it: write to the receiver, in a new message, that the referral does not count"
		c.Notice(c.Doc.Path(status), message)
		c.Lack(ledger.Lack{Path: c.Doc.Path(status), Element: "ServiceRequest.status", Message: "expected a referral that counts"})
	}
}

// categoryCode is the code of the category.
func (c *care) categoryCode() string {
	if c.category != tree.None {
		return c.Doc.Text(c.Doc.Child(c.category, "code"))
	}
	return c.kind.category
}

func (c *care) writeCategory(codings tree.OutID) {
	if c.category == tree.None {
		writeCoding(c.Transcript, codings, "", categoryCodes, c.kind.category, careEnvelope)
		return
	}
	coding := c.Out.Object(codings, "")
	for _, key := range []string{"system", "code"} {
		c.Carry(coding, key, c.Doc.Child(c.category, key), careEnvelope)
	}
}

// writeThread writes the id of the thread: that of the document, or a new one.
func (c *care) writeThread(identifier tree.OutID) {
	if c.thread == tree.None {
		c.Generate(identifier, "value", "urn:uuid:"+bundle.ID(c.seed, "identifier"), careEnvelope)
		return
	}
	id, _ := urn(c.Doc.Text(c.thread))
	c.Text(identifier, "value", id, c.thread, careEnvelope)
}

// writePriority writes the priority of a referral, where MedCom has it: routine or
// asap, and of the category regarding-referral alone (medcom-careCommunication-5).
// Any other stands in the text.
func (c *care) writePriority(r tree.OutID) {
	priority := c.Doc.Child(c.source.Node, "priority")
	if code := c.Doc.Text(priority); c.categoryCode() == regardingReferral && carePriorities[code] {
		c.Carry(r, "priority", priority, careEnvelope)
	}
}

// carePriorities is MedCom's ValueSet medcom-careCommunication-requestPriority.
var carePriorities = map[string]bool{"routine": true, "asap": true}
