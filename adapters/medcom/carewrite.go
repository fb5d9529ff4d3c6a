package medcom

import (
	"encoding/base64"
	"strings"

	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// The attachments of a CareCommunication are of the types PDF, GIF, JPEG, PNG,
// TIFF and BMP (ValueSet medcom-core-attachmentMimeTypes, required): FHIR is
// none of them. The document is therefore a Binary of its own in the message,
// and a segment of the Communication refers to it: the slices of payload are
// open, and so are the entries of the message.

// segments are the ids of the message's segments: the text, and the document.
func (c *care) segments() (text, attached string) {
	return bundle.ID(c.seed, "text"), bundle.ID(c.seed, "attached")
}

// write writes the Bundle.
func (c *care) write() {
	root := c.Out.Object(tree.NoOut, "")
	c.Say(root, "resourceType", "Bundle", careEnvelope)
	c.Generate(root, "id", bundle.ID(c.seed, "Bundle"), careEnvelope)
	if c.lacking {
		c.Say(root, "type", "collection", careEnvelope)
	} else {
		c.Say(c.Out.Array(c.Out.Object(root, "meta"), "profile"), "", careMessage, careEnvelope)
		c.Say(root, "type", "message", careEnvelope)
		c.Claim(careMessage)
	}
	if c.now != "" {
		c.Generate(root, "timestamp", c.now, careEnvelope)
	}
	entries := c.Out.Array(root, "entry")
	communication, header := bundle.ID(c.seed, "Communication"), bundle.ID(c.seed, "MessageHeader")
	if !c.lacking {
		writeHeader(c.Transcript, entries, headerOf(c, header, communication), careEnvelope)
	}
	c.communication(c.begin(entries, "Communication", communication, c.unless(careCommunication)))
	c.writePatient(entries)
	c.writeAuthor(entries)
	c.organization(entries, c.sender)
	c.organization(entries, c.receiver)
	if !c.lacking {
		text, attached := c.segments()
		c.provenanceOf(entries, header, []string{"urn:uuid:" + text, "urn:uuid:" + attached})
	}
	c.binary(c.begin(entries, "Binary", c.binaryID(), ""))
}

func (c *care) binaryID() string { return bundle.ID(c.seed, "Binary") }

func headerOf(c *care, id, focus string) header {
	return header{id: id, profile: careProfiles + "messageHeader", event: careEvent, definition: careDefinition,
		sender: c.sender.end(), receiver: c.receiver.end(), focus: focus}
}

func (e *careEnd) end() end { return end{id: e.id, name: e.name(), sor: e.party.SOR} }

// name is what an organisation is called, its number where it has no name.
func (e *careEnd) name() string {
	if e.party.Name == "" {
		return "SOR " + e.party.SOR
	}
	return e.party.Name
}

// unless is a profile of the message, which is claimed when the message is
// whole.
func (c *care) unless(profile string) string {
	if c.lacking {
		return ""
	}
	return profile
}

// begin begins a resource, with a profile if it claims one.
func (c *care) begin(entries tree.OutID, kind, id, profile string) tree.OutID {
	if profile != "" {
		return entry(c.Transcript, entries, kind, id, profile, careEnvelope)
	}
	e := c.Out.Object(entries, "")
	c.Generate(e, "fullUrl", "urn:uuid:"+id, careEnvelope)
	r := c.Out.Object(e, "resource")
	c.Say(r, "resourceType", kind, careEnvelope)
	c.Generate(r, "id", id, careEnvelope)
	return r
}

// confidential labels a resource that tells of something the citizen has marked
// private.
func (c *care) confidential(r tree.OutID) {
	if !c.private {
		return
	}
	meta := c.Out.Child(r, "meta")
	if meta == tree.NoOut {
		meta = c.Out.Object(r, "meta")
	}
	if labels := c.list(meta, "security"); labels != tree.NoOut {
		writeCoding(c.Transcript, labels, "", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R", careEnvelope)
	}
}

// list returns the array under a key of an object that is being written, and
// begins it where there is none; NoOut if something else stands there.
func (c *care) list(o tree.OutID, key string) tree.OutID {
	if c.Out.Kind(o) != tree.Object {
		return tree.NoOut
	}
	list := c.Out.Child(o, key)
	switch {
	case list == tree.NoOut:
		return c.Out.Array(o, key)
	case c.Out.Kind(list) != tree.Array:
		return tree.NoOut
	}
	return list
}

// communication writes the text and what refers to the document.
func (c *care) communication(r tree.OutID) {
	c.confidential(r)
	text, attached := c.segments()
	title := c.topic + " (FHIR)"
	narrative(c.Transcript, r, careText, "Id: "+bundle.ID(c.seed, "Communication"), "Kategori: "+c.categoryCode(), "Emne: "+c.topic, "Status: unknown",
		"Patient: "+c.called(c.patient), c.signature(), c.text, "Vedlagt: "+title)
	c.writeThread(c.Out.Object(c.Out.Array(r, "identifier"), ""))
	c.Say(r, "status", "unknown", careEnvelope)
	c.writeCategory(c.Out.Array(c.Out.Object(c.Out.Array(r, "category"), ""), "coding"))
	c.writePriority(r)
	refer(c.Transcript, c.Out.Object(r, "subject"), c.id(c.patient), carePatient)
	c.Generate(c.Out.Object(r, "topic"), "text", c.topic, careText)
	if c.now != "" {
		c.Generate(r, "sent", c.now, careEnvelope)
	}
	payload := c.Out.Array(r, "payload")
	segment := c.Out.Object(payload, "")
	c.signed(segment, text, true)
	c.Generate(segment, "contentString", c.text, careText)
	segment = c.Out.Object(payload, "")
	c.signed(segment, attached, false)
	reference := c.Out.Object(segment, "contentReference")
	refer(c.Transcript, reference, c.binaryID(), careAttached)
	c.Say(reference, "type", "Binary", careAttached)
	c.Generate(reference, "display", title, careAttached)
}

// called is the first name of a person, as text.
func (c *care) called(e *bundle.Entry) string {
	name := c.Doc.Find(e.Node, "name")
	if text := c.Doc.Text(c.Doc.Child(name, "text")); text != "" {
		return text
	}
	var parts []string
	for g := range c.b.All(name, "given") {
		parts = append(parts, c.Doc.Text(g))
	}
	return strings.TrimSpace(strings.Join(append(parts, c.Doc.Text(c.Doc.Child(name, "family"))), " "))
}

// signed writes when a segment is from, its identifier, and for a text by whom.
func (c *care) signed(segment tree.OutID, id string, text bool) {
	extensions := c.Out.Array(segment, "extension")
	extension := func(name string) tree.OutID {
		x := c.Out.Object(extensions, "")
		c.Say(x, "url", coreProfiles+"medcom-core-"+name+"-extension", careEnvelope)
		return x
	}
	if c.now != "" {
		c.Generate(extension("datetime"), "valueDateTime", c.now, careEnvelope)
	}
	if c.sender != nil {
		identifier := c.Out.Object(extension("identifier"), "valueIdentifier")
		c.Generate(identifier, "value", "urn:uuid:"+id, careEnvelope)
		assigner(c.Transcript, identifier, c.sender)
	}
	if !text || !c.author.known() {
		return
	}
	_, role := c.authorIDs()
	refer(c.Transcript, c.Out.Object(extension("practitioner"), "valueReference"), role, careAuthor)
	if c.authorPhone() == "" {
		return
	}
	contact := c.Out.Object(extension("contact"), "valueContactPoint")
	c.Say(contact, "system", "phone", careAuthor)
	if c.author.phone != tree.None {
		c.Carry(contact, "value", c.author.phone, careAuthor)
		return
	}
	c.Say(contact, "value", c.author.given.Phone, careAuthor)
}

// assigner says who gave a segment its id. MedCom takes no reference to an
// organisation without a SOR number: such a one stands beside.
func assigner(t *transcript.Transcript, identifier tree.OutID, sender *careEnd) {
	to := t.Out.Object(identifier, "assigner")
	if sender.party.SOR != "" {
		refer(t, to, sender.id, careEnvelope)
		return
	}
	x := t.Out.Object(t.Out.Array(to, "extension"), "")
	t.Say(x, "url", "urn:tolk:StructureDefinition:author-organisation", careEnvelope)
	refer(t, t.Out.Object(x, "valueReference"), sender.id, careEnvelope)
	t.Say(to, "display", "Organisationen er ikke angivet med SOR-kode", careEnvelope)
}

// careApart are the members of a Patient that are not written: what is written
// anew, and what leads to resources that are not in the message.
var careApart = map[string]bool{"resourceType": true, "id": true, "meta": true, "text": true, "contained": true,
	"managingOrganization": true, "generalPractitioner": true, "link": true}

func (c *care) writePatient(entries tree.OutID) {
	profile := ""
	if c.met {
		profile = coreProfiles + "medcom-core-patient"
	}
	r := c.begin(entries, "Patient", c.id(c.patient), profile)
	number := c.Doc.Text(c.Doc.Child(c.Doc.Find(c.patient.Node, "identifier"), "value"))
	narrative(c.Transcript, r, carePatient, c.called(c.patient), "Id: "+number)
	d := c.Doc
	for m := d.First(c.patient.Node); m != tree.None; m = d.Next(m) {
		if !careApart[d.Key(m)] {
			c.Copy(r, d.RawKey(m), m, carePatient)
		}
	}
}

// organization writes a party with its two numbers.
func (c *care) organization(entries tree.OutID, e *careEnd) {
	if e == nil {
		return
	}
	profile := ""
	if e.whole {
		profile = messagingProfiles + "medcom-messaging-organization"
	}
	r := c.begin(entries, "Organization", e.id, profile)
	narrative(c.Transcript, r, careParty, told(document.Party{Name: e.name(), SOR: e.party.SOR, GLN: e.party.GLN})...)
	identifiers := c.Out.Array(r, "identifier")
	for _, number := range [][2]string{{bundle.SOR, e.party.SOR}, {bundle.GLN, e.party.GLN}} {
		c.identifier(identifiers, e, number[0], number[1])
	}
	switch {
	case e.from != nil && c.Doc.Child(e.from.Node, "name") != tree.None:
		c.Copy(r, "name", c.Doc.Child(e.from.Node, "name"), careParty)
	case e.party.Name != "":
		c.Say(r, "name", e.party.Name, careParty)
	}
}

// identifier writes a number, from the document where it has it.
func (c *care) identifier(identifiers tree.OutID, e *careEnd, system, value string) {
	if value == "" {
		return
	}
	i := c.Out.Object(identifiers, "")
	if e.from != nil && c.number(e.from, system) == value {
		from := c.b.Identifier(e.from.Node, system)
		c.Carry(i, "system", c.Doc.Child(from, "system"), careParty)
		c.Carry(i, "value", c.Doc.Child(from, "value"), careParty)
		return
	}
	c.Say(i, "system", system, careParty)
	c.Say(i, "value", value, careParty)
}

// provenanceOf writes that the sender made the message as a new one, and which
// segments are new in it.
func (c *care) provenanceOf(entries tree.OutID, header string, segments []string) {
	r := c.begin(entries, "Provenance", bundle.ID(c.seed, "Provenance"), careProfiles+"provenance")
	narrative(c.Transcript, r, careEnvelope, "Ny meddelelse (new-message) fra "+c.sender.name(), c.now)
	refer(c.Transcript, c.Out.Object(c.Out.Array(r, "target"), ""), header, careEnvelope)
	c.Generate(r, "occurredDateTime", c.now, careEnvelope)
	c.Generate(r, "recorded", c.now, careEnvelope)
	writeCoding(c.Transcript, c.Out.Array(c.Out.Object(r, "activity"), "coding"), "", medcomCodes+"medcom-messaging-activityCodes", "new-message", careEnvelope)
	refer(c.Transcript, c.Out.Object(c.Out.Object(c.Out.Array(r, "agent"), ""), "who"), c.sender.id, careEnvelope)
	entities := c.Out.Array(r, "entity")
	for _, id := range segments {
		e := c.Out.Object(entities, "")
		c.Say(e, "role", "source", careEnvelope)
		c.Generate(c.Out.Object(c.Out.Object(e, "what"), "identifier"), "value", id, careEnvelope)
	}
}

// binary writes the document, byte for byte as the hub has it.
func (c *care) binary(r tree.OutID) {
	c.confidential(r)
	c.Say(r, "contentType", fhirJSON, careAttached)
	c.Generate(r, "data", base64.StdEncoding.EncodeToString([]byte(c.attached)), careAttached)
}
