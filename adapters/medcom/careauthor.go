package medcom

import (
	"slices"
	"strings"

	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// author is who wrote the text of a message: the one the document names, with
// what the caller adds, or one whom the caller names.
type author struct {
	person *bundle.Entry // nil: the caller names one, or nobody does
	role   *bundle.Entry // nil: a Practitioner with a qualification only
	code   tree.ID       // the CodeableConcept that says the role
	phone  tree.ID       // the value of a ContactPoint
	// given is what the caller says and the document does not; each part is
	// empty where the document says it.
	given document.Party
}

// known reports whether anybody says who wrote it.
func (a *author) known() bool { return a.person != nil || a.given.Person != "" }

// findAuthor decides between the author that the document names and the one
// that the caller names. Where the document says all that is demanded of its
// author, that one counts; where it does not, the caller may add what is
// missing, or sign the message in another name.
func (c *care) findAuthor(given document.Party) author {
	a := c.documentAuthor()
	own := c.personName(a.person)
	switch {
	case given.Person == "" || strings.EqualFold(given.Person, own):
		given.Person = ""
	case own != "" && a.code != tree.None && a.phone != tree.None:
		c.Notice(c.Doc.Path(a.person.Node), "the document names its author, and that one counts; another person was given")
		return a
	default: // nothing that is said of one person is said of another
		a = author{code: tree.None, phone: c.officePhone()}
	}
	a.given = given
	if a.code != tree.None || !a.known() {
		a.given.Role = "" // said, or nobody's
	}
	if a.phone != tree.None {
		a.given.Phone = ""
	}
	return a
}

// documentAuthor finds the author that the document names.
func (c *care) documentAuthor() author {
	a := author{code: tree.None, phone: tree.None}
	for _, e := range c.sources() {
		switch e.Type {
		case "Practitioner":
			a.person, a.role = e, c.roleOf(e)
		case "PractitionerRole":
			if p := c.b.Follow(c.Doc.Child(e.Node, "practitioner")); p != nil && p.Type == "Practitioner" {
				a.person, a.role = p, e
			}
		}
		if a.person != nil {
			break
		}
	}
	for _, e := range []*bundle.Entry{a.role, a.person} {
		if e != nil && a.phone == tree.None {
			a.phone = c.telephone(e)
		}
	}
	if a.phone == tree.None {
		a.phone = c.officePhone()
	}
	if a.role != nil {
		a.code = c.said(c.Doc.Find(a.role.Node, "code"))
	}
	if a.person != nil && a.code == tree.None {
		a.code = c.said(c.Doc.Find(a.person.Node, "qualification", "code"))
	}
	return a
}

// officePhone is the number of the organisation that sends, None if the
// document says none.
func (c *care) officePhone() tree.ID {
	if c.sender == nil || c.sender.from == nil {
		return tree.None
	}
	return c.telephone(c.sender.from)
}

// personName is what a person of the document is called, empty if they have no
// name.
func (c *care) personName(e *bundle.Entry) string {
	if e == nil {
		return ""
	}
	return c.called(e)
}

// authorName, roleText and authorPhone are what the text is signed with: of the
// document, else of the caller; empty: not known.
func (c *care) authorName() string {
	if own := c.personName(c.author.person); own != "" {
		return own
	}
	return c.author.given.Person
}

func (c *care) roleText() string {
	if text := c.concept(c.author.code); text != "" {
		return text
	}
	return c.author.given.Role
}

// concept is what a CodeableConcept says, or the first of an array of them.
func (c *care) concept(n tree.ID) string {
	for n != tree.None && c.Doc.Kind(n) == tree.Array {
		n = c.Doc.First(n)
	}
	for _, n := range []tree.ID{c.Doc.Find(n, "text"), c.Doc.Find(n, "coding", "display"), c.Doc.Find(n, "coding", "code")} {
		if text := c.Doc.Text(n); text != "" {
			return text
		}
	}
	return ""
}

func (c *care) authorPhone() string {
	if c.author.phone != tree.None {
		return c.Doc.Text(c.author.phone)
	}
	return c.author.given.Phone
}

// authorPath is where the author stands, or the document where only the caller
// names them.
func (c *care) authorPath() string {
	if c.author.person != nil {
		return c.Doc.Path(c.author.person.Node)
	}
	return c.Doc.Path(c.source.Node)
}

// authorIDs are the ids of the author and of their role; what the document has
// not, gets one.
func (c *care) authorIDs() (person, role string) {
	person, role = bundle.ID(c.seed, "Practitioner"), bundle.ID(c.seed, "PractitionerRole")
	if c.author.person != nil {
		person = c.id(c.author.person)
	}
	if c.author.role != nil {
		role = c.id(c.author.role)
	}
	return person, role
}

// signature is the line below a message that says whose it is.
func (c *care) signature() string {
	if !c.author.known() {
		return ""
	}
	return "Fra: " + joined([]string{c.authorName(), c.roleText(), c.authorPhone(), c.now})
}

// joined lists what is not empty.
func joined(parts []string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// writeAuthor writes the person and the role that a text is signed with.
func (c *care) writeAuthor(entries tree.OutID) {
	a := &c.author
	if !a.known() {
		return
	}
	person, role := c.authorIDs()
	r := c.begin(entries, "Practitioner", person, c.unless(coreProfiles+"medcom-core-practitioner"))
	narrative(c.Transcript, r, careAuthor, c.authorName())
	switch {
	case a.given.Person != "":
		c.Say(c.Out.Object(c.Out.Array(r, "name"), ""), "text", a.given.Person, careAuthor)
	case c.Doc.Child(a.person.Node, "name") != tree.None:
		c.Copy(r, "name", c.Doc.Child(a.person.Node, "name"), careAuthor)
	}
	r = c.begin(entries, "PractitionerRole", role, c.unless(coreProfiles+"medcom-core-practitionerrole"))
	narrative(c.Transcript, r, careAuthor, c.authorName(), c.roleText())
	refer(c.Transcript, c.Out.Object(r, "practitioner"), person, careAuthor)
	// MedCom takes no reference to an organisation without a SOR number.
	if a.role != nil && c.sender != nil && c.sender.from != nil && c.sender.party.SOR != "" && c.b.Follow(c.Doc.Child(a.role.Node, "organization")) == c.sender.from {
		refer(c.Transcript, c.Out.Object(r, "organization"), c.sender.id, careAuthor)
	}
	switch {
	case a.code != tree.None:
		c.code(c.Out.Object(c.Out.Array(r, "code"), ""))
	case a.given.Role != "":
		c.Say(c.Out.Object(c.Out.Array(r, "code"), ""), "text", a.given.Role, careAuthor)
	}
}

// code writes the role, which has a code or a text and not both
// (medcom-careCommunication-7): a code of MedCom's, else the text.
func (c *care) code(r tree.OutID) {
	codings := c.Doc.Child(c.author.code, "coding")
	for coding := range c.b.Each(codings) {
		if strings.HasPrefix(c.Doc.Text(c.Doc.Child(coding, "system")), medcomCodes) {
			c.Copy(c.Out.Array(r, "coding"), "", coding, careAuthor)
			return
		}
	}
	if text := c.Doc.Child(c.author.code, "text"); c.Doc.Text(text) != "" {
		c.Carry(r, "text", text, careAuthor)
		return
	}
	c.Copy(r, "coding", codings, careAuthor)
}

// said returns a concept if it says something, as a text or a code.
func (c *care) said(concept tree.ID) tree.ID {
	if c.Doc.Text(c.Doc.Child(concept, "text")) == "" && c.Doc.Text(c.Doc.Find(concept, "coding", "code")) == "" {
		return tree.None
	}
	return concept
}

// telephone returns the number by which a resource is called.
func (c *care) telephone(e *bundle.Entry) tree.ID {
	for t := range c.b.All(e.Node, "telecom") {
		value := c.Doc.Child(t, "value")
		if c.Doc.Text(c.Doc.Child(t, "system")) == "phone" && strings.ContainsAny(c.Doc.Text(value), "0123456789") {
			return value
		}
	}
	return tree.None
}
