package medcom

import (
	"strings"

	"tolk/mapping/bundle"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// segment is one segment of the thread: a text, an attachment, or a reference to
// a resource of the message.
type segment struct {
	node tree.ID
	path string
	own  bool // this message adds it
	key  string
	id   tree.ID // the value of its identifier
}

// attachmentTypes are the types of an attachment (ValueSet
// medcom-core-attachmentMimeTypes, required).
var attachmentTypes = map[string]bool{"application/pdf": true, "image/gif": true, "image/jpeg": true, "image/png": true,
	"image/tiff": true, "image/bmp": true}

// parts gives the segments of the thread. What no earlier message added is of
// this one.
func (t *thread) parts() (all []segment) {
	for p := range t.b.All(t.source.Node, "payload") {
		s := segment{node: p, path: t.Doc.Path(p), id: t.Doc.Find(t.medcom(p, "identifier"), "valueIdentifier", "value")}
		s.own = t.own(t.Doc.Text(s.id))
		for _, key := range []string{"contentString", "contentAttachment", "contentReference"} {
			if t.Doc.Child(p, key) != tree.None {
				s.key = key
			}
		}
		all = append(all, s)
	}
	return all
}

// segment plans what a segment is written with, and names what it lacks: when it
// is from and its id; of a text by whom, in which role, and their number.
func (t *thread) segment(s segment) {
	switch s.key {
	case "":
		t.miss(s.path, "Communication.payload.content[x]", careCommunication, "a segment says nothing; expected contentString or contentAttachment")
	case "contentReference":
		return
	case "contentAttachment":
		t.attachment(s)
	}
	t.dated(s)
	t.identified(s)
	if s.key == "contentString" {
		t.written(s)
		t.calls(s)
	} else if contact := t.medcom(s.node, "contact"); contact != tree.None {
		t.phone(s, contact)
	}
}

// extend plans an extension of MedCom's core on a segment.
func (t *thread) extend(s segment, name string, value func(x tree.OutID)) {
	t.add(s.node, func(o tree.OutID) {
		list := t.list(o, "extension")
		if list == tree.NoOut {
			return
		}
		x := t.Out.Object(list, "")
		t.Say(x, "url", coreProfiles+"medcom-core-"+name+"-extension", careEnvelope)
		value(x)
	})
}

// dated sees to it that a segment says when it is from: one that this message adds
// is of the message's time.
func (t *thread) dated(s segment) {
	const element = "Communication.payload.extension:date"
	x := t.medcom(s.node, "datetime")
	if x == tree.None && s.own && t.now != "" {
		t.extend(s, "datetime", func(x tree.OutID) { t.Generate(x, "valueDateTime", t.now, careEnvelope) })
		return
	}
	if _, err := lens.DateTime(t.Doc.Text(t.Doc.Child(x, "valueDateTime"))); err != nil {
		t.miss(s.path, element, careCommunication, "when the segment is from is not said; the extension medcom-core-datetime-extension would say it")
	}
}

// identified sees to it that a segment has its id and says who gave it.
func (t *thread) identified(s segment) {
	const element = "Communication.payload.extension:identifier"
	x := t.medcom(s.node, "identifier")
	assigned := func(o tree.OutID) {
		if t.Out.Kind(o) == tree.Object {
			t.sender.named = true
			assigner(t.Transcript, o, t.sender)
		}
	}
	if x == tree.None && t.sender != nil {
		t.extend(s, "identifier", func(x tree.OutID) {
			o := t.Out.Object(x, "valueIdentifier")
			t.Generate(o, "value", t.generated(s), careEnvelope)
			assigned(o)
		})
		return
	}
	if !t.uuid(s.id) {
		t.miss(s.path, element, careCommunication, "the segment has no id; expected a UUID, as urn:uuid:, in medcom-core-identifier-extension")
	}
	by := t.Doc.Find(x, "valueIdentifier", "assigner")
	switch o := t.b.Follow(by); {
	case by == tree.None && s.own && t.sender != nil && t.Doc.Child(x, "valueIdentifier") != tree.None:
		t.add(t.Doc.Child(x, "valueIdentifier"), assigned)
	case o == nil || o.Type != "Organization":
		t.miss(s.path, element, coreProfiles+"medcom-assigned-identifier", "who gave the segment its id is not said; expected assigner, a reference to an Organization of the message")
	}
}

// generated is the id of a segment that has none.
func (t *thread) generated(s segment) string {
	return "urn:uuid:" + bundle.ID(t.seed, s.path)
}

// uuid plans that a leaf is written as a UUID the way MedCom has them, and reports
// whether it is one.
func (t *thread) uuid(leaf tree.ID) bool {
	id, ok := urn(t.Doc.Text(leaf))
	if ok && id != t.Doc.Text(leaf) {
		t.edits[leaf] = id
	}
	return ok
}

// written sees to it that a text says who wrote it: a person with a name, in a
// role that is either a code or a text (medcom-careCommunication-7 and -8).
func (t *thread) written(s segment) {
	const element = "Communication.payload.extension:author"
	x := t.medcom(s.node, "practitioner")
	if x == tree.None && s.own && t.author.known() {
		t.signs = true
		if t.author.given.Role == "" {
			t.miss(s.path, element, careCommunication, "the author has no role; give the sender's role")
		}
		t.extend(s, "practitioner", func(x tree.OutID) {
			_, role := t.authorIDs()
			refer(t.Transcript, t.Out.Object(x, "valueReference"), role, careAuthor)
		})
		return
	}
	role := t.b.Follow(t.Doc.Child(x, "valueReference"))
	if role == nil || role.Type != "PractitionerRole" {
		t.miss(s.path, element, careCommunication, "who wrote it is not said; expected a reference to a PractitionerRole of the message in medcom-core-practitioner-extension, or the sender's person and role")
		return
	}
	if t.concept(t.Doc.Child(role.Node, "code")) == "" {
		t.miss(t.Doc.Path(role.Node), element, careCommunication, "the author has no role; PractitionerRole.code would say it, as a code or as a text")
	}
	person := t.b.Follow(t.Doc.Child(role.Node, "practitioner"))
	if person == nil || person.Type != "Practitioner" || t.called(person) == "" {
		t.miss(t.Doc.Path(role.Node), element, careCommunication, "the author has no name; expected PractitionerRole.practitioner with Practitioner.name")
	}
}

// calls sees to it that a text says by which number its author is reached: what is
// said with the segment, of the person, their role or their organisation, else by
// the caller.
func (t *thread) calls(s segment) {
	if x := t.medcom(s.node, "contact"); x != tree.None {
		t.phone(s, x)
		return
	}
	role := t.b.Follow(t.Doc.Child(t.medcom(s.node, "practitioner"), "valueReference"))
	number := tree.None
	if role != nil {
		for _, e := range []*bundle.Entry{role, t.b.Follow(t.Doc.Child(role.Node, "practitioner")), t.organisationOf(role)} {
			if e != nil && number == tree.None {
				number = t.telephone(e)
			}
		}
	} else if s.own {
		number = t.author.phone
	}
	given := t.author.given.Phone
	switch {
	case number != tree.None:
		t.extend(s, "contact", func(x tree.OutID) {
			o := t.Out.Object(x, "valueContactPoint")
			t.Say(o, "system", "phone", careAuthor)
			t.Carry(o, "value", number, careAuthor)
		})
	case s.own && given != "":
		t.extend(s, "contact", func(x tree.OutID) {
			o := t.Out.Object(x, "valueContactPoint")
			t.Say(o, "system", "phone", careAuthor)
			t.Say(o, "value", given, careAuthor)
		})
	default:
		t.miss(s.path, "Communication.payload.extension:authorContact", careCommunication, "MedCom demands a telephone number for the author; medcom-core-contact-extension, telecom of the author's PractitionerRole, Practitioner or Organization would say it, or the sender's phone")
	}
}

// phone checks the number that is said with a segment.
func (t *thread) phone(s segment, x tree.ID) {
	point := t.Doc.Child(x, "valueContactPoint")
	if t.Doc.Text(t.Doc.Child(point, "system")) != "phone" || !strings.ContainsAny(t.Doc.Text(t.Doc.Child(point, "value")), "0123456789") {
		t.miss(s.path, "Communication.payload.extension:authorContact", coreProfiles+"medcom-core-contact-extension", "the author's contact is no telephone number; expected system phone and a number")
	}
}

// attachment plans an attachment. One of a type that MedCom does not have, as a
// text, goes as a Binary of its own that the segment refers to, like a document in
// FHIR does.
func (t *thread) attachment(s segment) {
	d := t.Doc
	a := d.Child(s.node, "contentAttachment")
	title, kind, data := d.Child(a, "title"), d.Child(a, "contentType"), d.Child(a, "data")
	if d.Text(title) == "" {
		t.miss(s.path, "Communication.payload.contentAttachment.title", careCommunication, "the attachment has no title")
	}
	switch mime := d.Text(kind); {
	case mime == "" || attachmentTypes[mime]:
	case data == tree.None: // a link
		t.tell(kind, "MedCom takes attachments of PDF, GIF, JPEG, PNG, TIFF and BMP; the type of the link is left out")
	case d.Text(data) != "":
		t.apart(s, a, kind, data)
	}
}

// apart plans a Binary for an attachment.
func (t *thread) apart(s segment, a, kind, data tree.ID) {
	t.Notice(t.Doc.Path(kind), "MedCom takes attachments of PDF, GIF, JPEG, PNG, TIFF and BMP; this one goes as a Binary beside the letter, which not every receiver shows")
	id := bundle.ID(t.seed, s.path, "Binary")
	t.left[a] = true
	t.add(s.node, func(o tree.OutID) {
		r := t.Out.Object(o, "contentReference")
		refer(t.Transcript, r, id, careAttached)
		t.Say(r, "type", "Binary", careAttached)
		for c := t.Doc.First(a); c != tree.None; c = t.Doc.Next(c) {
			switch key := t.Doc.Key(c); {
			case key == "title" && t.Doc.Kind(c) == tree.String:
				t.Carry(r, "display", c, careAttached)
			case c != kind && c != data:
				t.Drop(c, careAttached, "a Binary has no element for it")
			}
		}
	})
	t.binaries = append(t.binaries, func(entries tree.OutID) {
		r := t.begin(entries, "Binary", id, "")
		t.confidential(r)
		t.Carry(r, "contentType", kind, careAttached)
		t.Carry(r, "data", data, careAttached)
	})
}
