package medcom

import (
	"tolk/mapping/bundle"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// threadProfiles are MedCom's profiles of the resources of a message. An
// Organization has one of two, and what is not here claims none.
var threadProfiles = map[string]string{
	"MessageHeader":    careProfiles + "messageHeader",
	"Communication":    careCommunication,
	"Provenance":       careProfiles + "provenance",
	"Patient":          coreProfiles + "medcom-core-patient",
	"Practitioner":     coreProfiles + "medcom-core-practitioner",
	"PractitionerRole": coreProfiles + "medcom-core-practitionerrole",
	"CareTeam":         coreProfiles + "medcom-core-careteam",
	"Encounter":        coreProfiles + "medcom-core-encounter",
}

// write writes the Bundle: the MessageHeader, the resources of the document in
// their order, and what the caller and the message add.
func (t *thread) write() {
	d := t.Doc
	root := t.Out.Object(tree.NoOut, "")
	t.Say(root, "resourceType", "Bundle", careEnvelope)
	t.Use(d.Child(d.Root(), "resourceType"), careEnvelope)
	t.bundleHead(root)
	for c := d.First(d.Root()); c != tree.None; c = d.Next(c) {
		switch key := d.Key(c); key {
		case "resourceType", "id", "meta", "type", "timestamp", "entry":
		case "signature":
			t.leave(c, "it signs another document than the message")
		default:
			t.copy(root, d.RawKey(c), c)
		}
	}
	entries := t.Out.Array(root, "entry")
	switch {
	case t.header != nil:
		t.entry(entries, t.header)
	case !t.lacking:
		if target := d.Find(t.actNode(), "target", "reference"); d.Text(target) != "" {
			t.edits[target] = "urn:uuid:" + t.id
		}
		writeHeader(t.Transcript, entries, headerOf(t.care, t.id, t.url(t.source)), careEnvelope)
	}
	for _, e := range t.b.Entries {
		if e != t.header {
			t.entry(entries, e)
		}
	}
	t.made(entries)
}

// actNode is the Provenance of this message, None if there is none.
func (t *thread) actNode() tree.ID {
	if t.act == nil {
		return tree.None
	}
	return t.act.Node
}

// bundleHead writes what a Bundle says of itself.
func (t *thread) bundleHead(root tree.OutID) {
	d := t.Doc
	if id := d.Child(d.Root(), "id"); id != tree.None {
		t.copy(root, "id", id)
	} else {
		t.Generate(root, "id", bundle.ID(t.seed, "Bundle"), careEnvelope)
	}
	kind, profile := "message", careMessage
	if t.lacking {
		kind, profile = "collection", ""
	}
	t.Claim(profile)
	t.meta(root, d.Root(), profile)
	said := d.Child(d.Root(), "type")
	if d.Text(said) == kind {
		t.copy(root, "type", said)
	} else {
		t.leave(said, "what is sent is a message where it has all that a message demands, and a collection otherwise")
		t.Say(root, "type", kind, careEnvelope)
	}
	said = d.Child(d.Root(), "timestamp")
	switch {
	case said != tree.None && !t.left[said]:
		t.copy(root, "timestamp", said)
	case t.now != "":
		t.Generate(root, "timestamp", t.now, careEnvelope)
	}
}

// meta writes what n has in its meta, and the profile that is claimed: of a
// message MedCom's alone.
func (t *thread) meta(o tree.OutID, n tree.ID, profile string) {
	from := t.Doc.Child(n, "meta")
	if profile != "" {
		t.Say(t.Out.Array(t.Out.Object(o, "meta"), "profile"), "", profile, careEnvelope)
		t.leave(t.Doc.Child(from, "profile"), "a message claims the profiles of MedCom's message")
	}
	if from == tree.None {
		return
	}
	meta := t.Out.Child(o, "meta")
	if meta == tree.NoOut {
		t.copy(o, "meta", from)
		return
	}
	for c := t.Doc.First(from); c != tree.None; c = t.Doc.Next(c) {
		t.copy(meta, t.Doc.RawKey(c), c)
	}
}

// entry writes one entry of the document.
func (t *thread) entry(entries tree.OutID, e *bundle.Entry) {
	d := t.Doc
	o := t.Out.Object(entries, "")
	if url := d.Child(d.Parent(e.Node), "fullUrl"); url != tree.None {
		t.copy(o, "fullUrl", url)
	} else {
		t.Generate(o, "fullUrl", "urn:uuid:"+t.care.id(e), careEnvelope)
	}
	r := t.Out.Object(o, "resource")
	t.copy(r, "resourceType", d.Child(e.Node, "resourceType"))
	if id := d.Child(e.Node, "id"); id != tree.None {
		t.copy(r, "id", id)
	} else {
		t.Generate(r, "id", t.care.id(e), careEnvelope)
	}
	t.meta(r, e.Node, t.profile(e))
	if e.Type == "Communication" || e.Type == "Binary" {
		t.label(r, e)
	}
	if text := d.Child(e.Node, "text"); text != tree.None {
		t.copy(r, "text", text)
	} else if message.HasNarrative(e.Type) {
		narrative(t.Transcript, r, careText, t.told(e)...)
	}
	for c := d.First(e.Node); c != tree.None; c = d.Next(c) {
		switch key := d.Key(c); key {
		case "resourceType", "id", "meta", "text":
		default:
			t.copy(r, d.RawKey(c), c)
		}
	}
	for _, what := range t.more[e.Node] {
		what(r)
	}
}

// profile is the profile that a resource of the message claims.
func (t *thread) profile(e *bundle.Entry) string {
	if t.lacking {
		return ""
	}
	if e.Type != "Organization" {
		return threadProfiles[e.Type]
	}
	switch p := t.complete(e); {
	case whole(p):
		return messagingProfiles + "medcom-messaging-organization"
	case p.SOR != "":
		return coreProfiles + "medcom-core-organization"
	}
	return ""
}

// label says of a resource that the thread tells of something private, where it
// does not say so itself.
func (t *thread) label(r tree.OutID, e *bundle.Entry) {
	if !t.b.Private(e.Node) {
		t.confidential(r)
	}
}

// told is the narrative of a resource that has none.
func (t *thread) told(e *bundle.Entry) []string {
	d := t.Doc
	switch e.Type {
	case "MessageHeader":
		return []string{"Meddelelse: " + careEvent, "Fra: " + t.endName(t.sender), "Til: " + t.endName(t.receiver)}
	case "Communication":
		return t.toldThread()
	case "Patient":
		return []string{t.called(e), "Id: " + d.Text(d.Find(e.Node, "identifier", "value"))}
	case "PractitionerRole":
		role := d.Child(e.Node, "code")
		return []string{t.personName(t.b.Follow(d.Child(e.Node, "practitioner"))), t.concept(role)}
	case "Practitioner":
		return []string{t.called(e)}
	case "Organization":
		return told(t.complete(e))
	case "CareTeam":
		return []string{d.Text(d.Child(e.Node, "name"))}
	case "Provenance":
		by := t.b.Follow(d.Find(e.Node, "agent", "who"))
		return []string{actNames[t.activity(e)], t.organisationName(by), d.Text(d.Child(e.Node, "occurredDateTime"))}
	}
	return []string{e.Type + " " + t.care.id(e)}
}

// actNames are the acts of a message in Danish.
var actNames = map[string]string{"new-message": "Ny meddelelse", "reply-message": "Svar", "forward-message": "Videresendt",
	"modified-message": "Rettet", "retract-message": "Trukket tilbage", "": "Meddelelse"}

func (t *thread) organisationName(e *bundle.Entry) string {
	if e == nil {
		return ""
	}
	return t.Doc.Text(t.Doc.Child(e.Node, "name"))
}

func (t *thread) endName(e *careEnd) string {
	if e == nil {
		return ""
	}
	return e.name()
}

// toldThread is the narrative of the Communication: what it is about, and every
// segment with who wrote it and when.
func (t *thread) toldThread() []string {
	d := t.Doc
	lines := []string{"Id: " + t.care.id(t.source), "Kategori: " + d.Text(d.Find(t.source.Node, "category", "coding", "code")), "Emne: " + d.Text(d.Find(t.source.Node, "topic", "text")),
		"Status: unknown", "Patient: " + t.called(t.patient)}
	for p := range t.b.All(t.source.Node, "payload") {
		role := t.b.Follow(d.Child(t.medcom(p, "practitioner"), "valueReference"))
		var from []string
		if role != nil {
			from = append(from, t.personName(t.b.Follow(d.Child(role.Node, "practitioner"))), t.concept(d.Child(role.Node, "code")))
		}
		from = append(from, d.Text(d.Find(t.medcom(p, "contact"), "valueContactPoint", "value")), d.Text(d.Child(t.medcom(p, "datetime"), "valueDateTime")))
		if line := joined(from); line != "" {
			lines = append(lines, "Fra: "+line)
		} else if t.signs {
			lines = append(lines, t.signature())
		}
		lines = append(lines, d.Text(d.Child(p, "contentString")))
		if title := d.Text(d.Find(p, "contentAttachment", "title")); title != "" {
			lines = append(lines, "Vedlagt: "+title)
		}
	}
	return lines
}
