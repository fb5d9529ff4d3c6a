package plain

import (
	"strconv"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// threadReader reads from a Bundle what no rule can say of a correspondence.
type threadReader struct {
	reader
	b             *bundle.Bundle
	communication tree.ID
	header        tree.ID                  // None: it is no message
	kinds         map[*bundle.Entry]string // which document lies in a Binary that was opened
}

// correspondence reads the segments of a correspondence, its parties and the chain
// of its messages, and says why the rest of a message is not told.
func (r reader) correspondence() error {
	if r.name != document.Korrespondance {
		return nil
	}
	b, err := bundle.Read(r.Doc)
	if err != nil {
		return err
	}
	t := &threadReader{reader: r, b: b, communication: tree.None, header: tree.None, kinds: map[*bundle.Entry]string{}}
	for _, e := range b.Entries {
		switch {
		case e.Type == "Communication" && t.communication == tree.None:
			t.communication = e.Node
		case e.Type == "MessageHeader" && t.header == tree.None:
			t.header = e.Node
		}
	}
	if err := message.Thread(b, t.communication); err != nil {
		return err
	}
	t.unread()
	t.parties()
	t.segments()
	t.relatives()
	t.chain()
	t.envelope()
	t.order()
	return nil
}

// unread tells of what a Communication says to people besides its segments.
func (t *threadReader) unread() {
	for _, name := range []string{"note", "contained"} {
		if n := t.Doc.Child(t.communication, name); n != tree.None {
			t.Notice(t.Doc.Path(n), "it is not in the plain form, which has the segments of the thread (payload)")
		}
	}
}

// order puts the members in the order of the schema, as a person reads them: who
// writes to whom about what, and then the texts.
func (t *threadReader) order() {
	for _, name := range strings.Fields(`dokument version dokumentId tidspunkt korrespondanceId meddelelse haendelse paa dele
		emne kategori prioritet borger kontakt afsender modtager kopimodtagere beskeder bilag forloeb`) {
		if n := t.Out.Child(0, name); n != tree.NoOut {
			t.Out.MoveBefore(n, tree.NoOut)
		}
	}
}

// confidential refuses a correspondence that is marked private: it is one text to
// the social side, and nothing would be left of it.
func confidential(b *bundle.Bundle) error {
	for _, e := range b.Entries {
		if e.Type == "Communication" && b.Private(e.Node) {
			return &mapping.Error{Kind: mapping.BusinessRule, Path: b.Path(e.Node),
				Message: "the whole correspondence is marked private, and so it does not go to the social side"}
		}
	}
	return nil
}

// took says of the names of a resource that they have led to it.
func (t *threadReader) took(n tree.ID, rule string) {
	d := t.Doc
	for _, leaf := range []tree.ID{d.Child(d.Parent(n), "fullUrl"), d.Child(n, "resourceType"), d.Child(n, "id")} {
		if t.scalar(leaf) != tree.None {
			t.Use(leaf, rule)
		}
	}
}

// carry writes a leaf, where it is one and the field is not there yet, and reports
// whether it did.
func (t *threadReader) carry(into tree.OutID, field string, leaf tree.ID, rule string) bool {
	if t.scalar(leaf) == tree.None || t.Out.Has(into, field) {
		return false
	}
	t.Carry(into, field, leaf, rule)
	return true
}

// identifier writes an id without MedCom's urn:uuid:.
func (t *threadReader) identifier(into tree.OutID, field string, leaf tree.ID, rule string) {
	if t.Doc.Text(leaf) == "" || field != "" && t.Out.Has(into, field) {
		return
	}
	t.Text(into, field, inPlain(t.Doc.Text(leaf)), leaf, rule)
}

// organisation reads the organisation that a Reference leads to, or the name it
// shows.
func (t *threadReader) organisation(into tree.OutID, field string, reference tree.ID, rule string) {
	d := t.Doc
	if reference == tree.None || field != "" && t.Out.Has(into, field) {
		return
	}
	o := t.Out.Object(into, field)
	e := t.b.Follow(reference)
	switch {
	case e != nil && e.Type == "Organization":
		t.Use(d.Child(reference, "reference"), rule)
		t.took(e.Node, rule)
		t.carry(o, "navn", d.Child(e.Node, "name"), t.rule("organisation/navn"))
		for _, number := range numbers {
			identifier := t.b.Identifier(e.Node, number[1])
			if t.carry(o, number[0], d.Child(identifier, "value"), t.rule("organisation/"+number[0])) {
				t.members(identifier, t.rule("organisation/"+number[0]), "system")
			}
		}
	case d.Text(d.Child(reference, "display")) != nobody:
		t.carry(o, "navn", d.Child(reference, "display"), rule)
	}
	if t.Out.First(o) == tree.NoOut {
		t.Out.Remove(o)
	}
}

// person reads the name and the role of who a Reference leads to.
func (t *threadReader) person(into tree.OutID, reference tree.ID, rule string) {
	d := t.Doc
	e := t.b.Follow(reference)
	if e == nil {
		t.carry(into, "navn", d.Child(reference, "display"), rule)
		return
	}
	if e.Type != "PractitionerRole" && e.Type != "Practitioner" {
		return
	}
	t.Use(d.Child(reference, "reference"), rule)
	t.took(e.Node, rule)
	who := e
	if e.Type == "PractitionerRole" {
		who = t.b.Follow(d.Child(e.Node, "practitioner"))
	}
	if who != nil && who.Type == "Practitioner" {
		t.members(d.Child(e.Node, "practitioner"), rule, "reference")
		t.took(who.Node, rule)
		for n := range t.b.All(who.Node, "name") {
			t.carry(into, "navn", d.Child(n, "text"), t.rule("person/navn"))
		}
	}
	if e.Type == "PractitionerRole" {
		t.role(into, d.Find(e.Node, "code"))
	}
}

// role reads what a person is: one of MedCom's roles as its code, the words that
// are said, or the name of another code.
func (t *threadReader) role(into tree.OutID, code tree.ID) {
	d, rule := t.Doc, t.rule("person/rolle")
	if code == tree.None || d.Kind(code) != tree.Object || t.Out.Has(into, "rolle") {
		return
	}
	said := t.carry(into, "rolle", d.Child(code, "text"), rule)
	for c := t.first(code); c != tree.None; c = d.Next(c) {
		is := t.coding(c)
		switch {
		case said:
		case is.Code != "" && roleSystem(is.Code) != "" && strings.HasPrefix(is.System, medcomTerms+"core-PractitionerRoles"):
			said = t.carry(into, "rolle", d.Child(c, "code"), rule)
			if is.System == roleSystem(is.Code) {
				t.members(c, rule, "system")
			} else {
				t.without(c, rule, "both of MedCom's lists have this role, and the plain form names it by the first", "system")
			}
		default:
			said = t.carry(into, "rolle", d.Child(c, "display"), rule)
		}
		if said {
			t.without(c, rule, "the plain form has the role in words", "system", "version", "code", "display")
		}
	}
}

// extensions are the extensions of n by what MedCom calls them.
func (t *threadReader) extensions(n tree.ID) map[string]tree.ID {
	found := map[string]tree.ID{}
	for x := range t.b.All(n, "extension") {
		url := t.Doc.Text(t.Doc.Child(x, "url"))
		if _, twice := found[url]; !twice && url != "" {
			found[url] = x
		}
	}
	return found
}

// segments reads the texts and attachments in their order.
func (t *threadReader) segments() {
	d := t.Doc
	texts := 0
	for s := range t.b.All(t.communication, "payload") {
		switch {
		case d.Kind(s) != tree.Object:
		case d.Child(s, "contentAttachment") != tree.None || d.Child(s, "contentReference") != tree.None:
			t.Make(t.segment(s, "bilag", "bilag"), "efterBesked", strconv.Itoa(texts), t.rule("bilag/plads"))
		default:
			t.segment(s, "beskeder", "besked")
			texts++
		}
	}
}

// segment reads one text or attachment.
func (t *threadReader) segment(s tree.ID, field, kind string) tree.OutID {
	d, rule := t.Doc, t.rule(kind)
	list := t.Out.Child(0, field)
	if list == tree.NoOut {
		list = t.Out.Array(0, field)
	}
	to := t.Out.Object(list, "")
	x := t.extensions(s)
	known := func(name, value string) tree.ID { // the value of one of MedCom's extensions
		n := at(x, medcomCore+name+"-extension")
		t.members(n, rule, "url")
		return d.Child(n, value)
	}
	identifier := known("identifier", "valueIdentifier")
	t.identifier(to, "id", d.Child(identifier, "value"), rule+"/id")
	t.carry(to, "tidspunkt", known("datetime", "valueDateTime"), rule+"/tidspunkt")
	author := t.Out.Object(to, "forfatter")
	t.person(author, known("practitioner", "valueReference"), rule+"/forfatter")
	contact := known("contact", "valueContactPoint")
	if system := d.Text(d.Child(contact, "system")); system == "phone" || system == "" {
		if t.carry(author, "telefon", d.Child(contact, "value"), rule+"/telefon") {
			t.members(contact, rule+"/telefon", "system")
		}
	}
	t.assigner(author, d.Child(identifier, "assigner"), rule+"/organisation")
	if e := t.b.Follow(known("practitioner", "valueReference")); e != nil && e.Type == "PractitionerRole" {
		t.same(author, d.Child(e.Node, "organization"), rule+"/organisation")
	}
	if t.Out.First(author) == tree.NoOut {
		t.Out.Remove(author)
	}
	t.content(to, s, at(x, attachedDocument), rule)
	return to
}

// assigner reads whom the author of a segment writes for.
func (t *threadReader) assigner(author tree.OutID, assigner tree.ID, rule string) {
	if x := at(t.extensions(assigner), ourAssigner); x != tree.None {
		t.members(x, rule, "url")
		t.organisation(author, "organisation", t.Doc.Child(x, "valueReference"), rule)
	}
	if display := t.Doc.Child(assigner, "display"); t.Doc.Text(display) == noSOR {
		t.members(assigner, rule, "display")
		return
	}
	t.organisation(author, "organisation", assigner, rule)
}

// at is the extension of an address, None if there is none.
func at(x map[string]tree.ID, url string) tree.ID {
	if n, ok := x[url]; ok {
		return n
	}
	return tree.None
}

// content reads what a segment says. A structured document that came along is
// named: what it is of is translated by itself, and what it holds may be marked
// private.
func (t *threadReader) content(to tree.OutID, s, named tree.ID, rule string) {
	d := t.Doc
	t.carry(to, "tekst", d.Child(s, "contentString"), rule+"/tekst")
	content := d.Child(s, "contentAttachment")
	for _, f := range attachment {
		t.carry(to, f[0], d.Child(content, f[1]), rule+"/"+f[0])
	}
	reference := d.Child(s, "contentReference")
	if reference == tree.None {
		return
	}
	rule += "/dokument"
	t.members(reference, rule, "type")
	t.carry(to, "titel", d.Child(reference, "display"), rule)
	if word := d.Child(named, "valueCode"); t.carry(to, "dokument", word, rule) {
		t.members(named, rule, "url")
		return
	}
	kind := "andet"
	if e := t.b.Follow(reference); e != nil && e.Type == "Binary" {
		t.Use(d.Child(reference, "reference"), rule)
		t.took(e.Node, rule)
		t.without(e.Node, rule, "the plain form names the document; it is translated by itself, from carecommunication or fhir", "contentType", "data")
		if found := t.attachedKind(e); found != "" {
			kind = found
		}
	}
	t.Generate(to, "dokument", kind, rule)
}

// attachedKind is which document of the hub lies in a Binary, empty for none. Any
// number of segments may refer to it; it is opened once.
func (t *threadReader) attachedKind(binary *bundle.Entry) string {
	kind, known := t.kinds[binary]
	if !known {
		if message.IsFHIR(t.Doc.Text(t.Doc.Child(binary.Node, "contentType"))) {
			if c := message.Open(t.b, binary); c.Err == nil {
				kind = document.InHub(c.Doc)
			}
		}
		t.kinds[binary] = kind
	}
	return kind
}

// parties reads who sends and who receives.
func (t *threadReader) parties() {
	d := t.Doc
	from, to := t.rule("afsender"), t.rule("modtager")
	if t.header != tree.None {
		t.took(t.header, t.rule("meddelelse"))
		t.carry(0, "meddelelse", d.Child(t.header, "id"), t.rule("meddelelse/id"))
		t.organisation(t.party("afsender"), "organisation", d.Child(t.header, "sender"), from)
		for n := range t.b.All(t.header, "destination") {
			t.destination(n)
		}
	}
	t.organisation(t.party("afsender"), "organisation", d.Child(t.communication, "sender"), from)
	if x := at(t.extensions(t.communication), senderExtension); x != tree.None {
		t.members(x, from, "url")
		t.one(t.party("afsender"), d.Child(x, "valueReference"), from)
	}
	var single []tree.ID // in an organisation that may stand after them
	for n := range t.b.All(t.communication, "recipient") {
		e := t.b.Follow(n)
		use := at(t.extensions(n), ourUse)
		switch {
		case e != nil && e.Type != "Organization":
			single = append(single, n)
		case d.Text(d.Child(use, "valueCode")) == carbonCopy:
			t.members(use, t.rule("kopimodtager"), "url", "valueCode")
			t.copy(n)
		default:
			t.organisation(t.party("modtager"), "organisation", n, to)
		}
	}
	for _, n := range single {
		t.one(t.party("modtager"), n, to)
	}
	for _, name := range []string{"afsender", "modtager"} {
		if p := t.party(name); t.Out.First(p) == tree.NoOut {
			t.Out.Remove(p)
		}
	}
}

// party is the object of a party.
func (t *threadReader) party(name string) tree.OutID {
	if p := t.Out.Child(0, name); p != tree.NoOut {
		return p
	}
	return t.Out.Object(0, name)
}

// copy reads an organisation that gets a copy.
func (t *threadReader) copy(reference tree.ID) {
	list := t.Out.Child(0, "kopimodtagere")
	if list == tree.NoOut {
		list = t.Out.Array(0, "kopimodtagere")
	}
	t.organisation(list, "", reference, t.rule("kopimodtager"))
}

// destination reads one receiver of a message.
func (t *threadReader) destination(n tree.ID) {
	d, rule := t.Doc, t.rule("modtager")
	use := ""
	if x := at(t.extensions(n), useExtension); x != tree.None {
		coding := d.Child(x, "valueCoding")
		if use = d.Text(d.Child(coding, "code")); use == primary || use == carbonCopy {
			t.members(x, rule, "url")
			t.members(coding, rule, "system", "code", "display")
		}
	}
	t.address(d.Child(n, "endpoint"), d.Child(n, "receiver"), rule)
	if use == carbonCopy {
		t.copy(d.Child(n, "receiver"))
		return
	}
	t.organisation(t.party("modtager"), "organisation", d.Child(n, "receiver"), rule)
}

// address says of the address of a party what it says: its SOR number, or more
// than the plain form tells.
func (t *threadReader) address(endpoint, reference tree.ID, rule string) {
	if t.scalar(endpoint) == tree.None {
		return
	}
	if e := t.b.Follow(reference); e != nil {
		if sor := t.Doc.Child(t.b.Identifier(e.Node, sorSystem), "value"); sor != tree.None && t.Doc.Text(endpoint) == sorEndpoint+t.Doc.Text(sor) {
			t.Use(endpoint, rule)
			return
		}
	}
	t.Drop(endpoint, rule, "the plain form has the SOR number of a party, not the address that its messages go to")
}

// relatives keeps those of the citizen, whom a referral names and a correspondence
// does not.
func (t *threadReader) relatives() {
	const why = "the plain form of a correspondence has no relatives of the citizen; they are kept in the residue"
	for _, e := range t.b.Entries {
		for c := range t.b.All(e.Node, "contact") {
			if e.Type != "Patient" {
				break
			}
			for _, name := range []string{"relationship", "name", "telecom", "address"} {
				if n := t.Doc.Child(c, name); n != tree.None {
					t.Hold(n, t.rule("paaroerende"), why)
				}
			}
			t.Notice(t.Doc.Path(c), why)
		}
	}
}

// one reads the person or the team of an organisation.
func (t *threadReader) one(party tree.OutID, reference tree.ID, rule string) {
	d := t.Doc
	e := t.b.Follow(reference)
	if e == nil {
		return
	}
	if e.Type == "CareTeam" {
		if t.carry(party, "team", d.Child(e.Node, "name"), rule+"/team") {
			t.Use(d.Child(reference, "reference"), rule+"/team")
			t.took(e.Node, rule+"/team")
			for o := range t.b.All(e.Node, "managingOrganization") {
				t.same(party, o, rule+"/team")
			}
		}
		return
	}
	if t.Out.Has(party, "person") {
		return
	}
	p := t.Out.Object(party, "person")
	t.person(p, reference, rule+"/person")
	t.same(party, d.Child(e.Node, "organization"), rule+"/person")
	if t.Out.First(p) == tree.NoOut {
		t.Out.Remove(p)
	}
}

// same says of a reference to an organisation that it is the party's own.
func (t *threadReader) same(party tree.OutID, reference tree.ID, rule string) {
	e := t.b.Follow(reference)
	if e == nil || party == tree.NoOut || !t.Out.Has(party, "organisation") {
		return
	}
	if from, _ := t.Out.Origin(t.Out.First(t.Out.Child(party, "organisation"))); from != tree.None && from > e.Node && from < t.Doc.End(e.Node) {
		t.Use(t.Doc.Child(reference, "reference"), rule)
	}
}
