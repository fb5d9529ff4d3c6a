package fmk

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"tolk/mapping"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// writer writes one card as one Bundle.
type writer struct {
	doc          *tree.Doc
	edition      *edition
	tx           *transcript.Transcript
	out          *tree.Out
	uri          string // the namespace that was asked for last,
	own          bool   // and whether it is one of the edition
	bytes        string
	sum          [sha256.Size]byte
	root         tree.ID // the answer
	medicineCard tree.ID // the card

	entries    tree.OutID // of the Bundle
	list       tree.OutID
	listRef    string
	patientRef string
	people     map[string]person // by their element as it stands in the source
	subject    bool              // the Patient is written
	drug       tree.ID           // the Drug of the line that is being written
	drugRef    string            // its Medication
	current    string            // the line itself
	restricted bool              // so is a line that is privately marked
	private    bool              // a line is privately marked
	incomplete string            // the rule that first found a dosage incomplete
	slots      []tree.OutID      // of the tables that are being filled, the outermost first
	fillings   []*filling        // likewise, as many as were needed at once
	depth      int               // how many are
	numbers    map[string]bool   // of the lines of 1.4.6, by the name of their element
	texts      tree.Strings      // that were made
	held       int               // lines that the card names and does not tell
	zoneless   []tree.ID         // times without a zone, of which only the day is written
	err        error
}

func newWriter(doc *tree.Doc, e *edition, bytes string) *writer {
	tx := transcript.New(doc, Form, "fhir")
	return &writer{doc: doc, edition: e, tx: tx, out: tx.Out, bytes: bytes, sum: digest(bytes), people: map[string]person{}}
}

// fail keeps the first thing that is wrong with the card.
func (w *writer) fail(n tree.ID, expected string) {
	if w.err == nil {
		w.err = &mapping.Error{Kind: mapping.Value, Path: w.doc.Path(n), Message: expected}
	}
}

// comments leaves out what is no part of the card.
func (w *writer) comments() {
	for n, end := w.root, w.doc.End(w.root); n < end; n++ {
		if name := w.doc.Name(n); name == tree.CommentName || name == tree.InstructionName {
			w.tx.Drop(n, "fmk.comment", "a comment or a processing instruction is no part of the card")
		}
	}
}

// begin writes the Bundle and its List.
func (w *writer) begin(root, card tree.ID) {
	w.root, w.medicineCard = root, card
	bundle := w.out.Object(tree.NoOut, "")
	w.tx.Say(bundle, "resourceType", "Bundle", "fmk.bundle")
	w.tx.Say(bundle, "type", "collection", "fmk.bundle")
	read := w.read()
	if read != tree.None {
		w.tx.Carry(bundle, "timestamp", read, "fmk.read")
	}
	w.entries = w.out.Array(bundle, "entry")
	w.list, w.listRef = w.resource("List", card)
	w.patientRef = w.reference("Patient", card)
	w.tx.Say(w.list, "status", "current", "fmk.list")
	w.tx.Say(w.list, "mode", "snapshot", "fmk.list")
	w.tx.Say(w.list, "title", "Medicinliste", "fmk.list")
	coding := w.coding(w.out.Object(w.list, "code"))
	w.tx.Say(coding, "system", "http://loinc.org", "fmk.list")
	w.tx.Say(coding, "code", "10160-0", "fmk.list")
	w.refer(w.out.Object(w.list, "subject"), w.patientRef, "fmk.list")
	if read != tree.None {
		w.tx.Carry(w.list, "date", read, "fmk.read")
	}
	w.tx.Say(w.out.Object(w.list, "source"), "display", "Fælles Medicinkort (FMK)", "fmk.list")
}

// utility is the namespace of the timestamp of a SOAP message.
const utility = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

// read returns where the envelope says when the answer was made, which is when
// the card was read.
func (w *writer) read() tree.ID {
	if w.root == w.doc.Root() {
		return tree.None
	}
	n := w.doc.Find(w.doc.Root(), "Header", "Security", "Timestamp", "Created")
	if n == tree.None || w.doc.Space(n) != utility {
		return tree.None
	}
	if at, expected := instant(w.doc.Text(n)); expected != "" || at != w.doc.Text(n) {
		return tree.None
	}
	return n
}

// resource begins an entry of the Bundle. Its id is made of the source and the
// place there of what it is made of.
func (w *writer) resource(kind string, n tree.ID) (tree.OutID, string) {
	ref := w.reference(kind, n)
	entry := w.out.Object(w.entries, "")
	w.tx.Generate(entry, "fullUrl", ref, "fmk.id")
	r := w.out.Object(entry, "resource")
	w.tx.Say(r, "resourceType", kind, "fmk.resource")
	w.tx.Generate(r, "id", ref[len("urn:uuid:"):], "fmk.id")
	return r, ref
}

// reference is what a resource is referred to by.
func (w *writer) reference(kind string, n tree.ID) string {
	seed := binary.BigEndian.AppendUint32(append(w.sum[:len(w.sum):len(w.sum)], kind...), uint32(n))
	b := sha256.Sum256(seed)
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // RFC 9562: version 8, made in a way of our own
	const prefix = "urn:uuid:"
	var room [len(prefix) + 36]byte
	text := room[:0]
	text = append(text, prefix...)
	for i, size := 0, 0; i < 16; i += size {
		size = 2
		if i == 0 {
			size = 4
		}
		if i == 10 {
			size = 6
		}
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, b[i:i+size])
	}
	return w.texts.Add(text)
}

func (w *writer) refer(parent tree.OutID, ref, id string) {
	w.tx.Generate(parent, "reference", ref, id)
}

// coding begins a coding in a CodeableConcept.
func (w *writer) coding(concept tree.OutID) tree.OutID {
	return w.out.Object(w.array(concept, "coding"), "")
}

// extension begins an extension of ours.
func (w *writer) extension(parent tree.OutID, name, id string) tree.OutID {
	e := w.out.Object(w.array(parent, "extension"), "")
	var room [128]byte
	url := append(append(append(append(room[:0], '"'), own...), name...), '"')
	w.tx.Constant(e, "url", w.texts.Add(url), id)
	return e
}

// nest writes n and all below it as extensions in one another, each with the
// name of the element as its url: what has no home in FHIR, in FMK's words.
func (w *writer) nest(parent tree.OutID, n tree.ID, id string) {
	key := w.doc.RawKey(n)
	if key == tree.CommentKey || key == tree.InstructionKey {
		return
	}
	if key[0] == '@' && !attributes[key[1:]] || key != tree.TextKey && key[0] != '@' && !w.ours(n) {
		return // nobody knows it: unclaimed
	}
	e := w.out.Object(w.array(parent, "extension"), "")
	w.tx.Say(e, "url", key, id)
	if text := w.only(n); text != tree.None {
		w.say(e, text, id)
		return
	}
	if w.doc.Kind(n) == tree.Object {
		for c := range children(w.doc, n) {
			w.nest(e, c, id)
		}
		if w.out.Child(e, "extension") == tree.NoOut {
			w.out.Remove(e)
		}
		return
	}
	w.say(e, n, id)
}

// attributes are those that the elements of FMK have.
var attributes = map[string]bool{"scheme": true, "source": true, "date": true, "yearAndWeek": true, "name": true, "type": true}

// only is the text of an element that has attributes nobody knows and else nothing:
// they make it no other one. None for any other element.
func (w *writer) only(n tree.ID) tree.ID {
	if w.doc.Kind(n) != tree.Object {
		return tree.None
	}
	text := tree.None
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		switch key := w.doc.RawKey(c); {
		case key == tree.TextKey && text == tree.None:
			text = c
		case key[0] != '@' || attributes[key[1:]]:
			return tree.None
		}
	}
	return text
}

// say writes a text as the value of an extension, and true for an element that
// says something by being there.
func (w *writer) say(e tree.OutID, n tree.ID, id string) {
	if text := w.doc.Text(n); blank(text) {
		w.tx.Leaf(e, "valueBoolean", "true", n, id)
	} else {
		w.tx.Text(e, "valueString", text, n, id)
	}
}

// finish writes what is known when all lines are: whether a dosage is
// incomplete, whether there is any line, and the original with where it is from.
func (w *writer) finish() {
	if w.incomplete != "" {
		w.tx.Constant(w.extension(w.list, "dosage-incomplete", w.incomplete), "valueBoolean", "true", w.incomplete)
	}
	w.told()
	if n := len(w.zoneless); n > 0 {
		w.tx.Notice(w.doc.Path(w.zoneless[0]), "DateTime: without a zone, as "+strconv.Itoa(n)+" of the card's times are; FHIR demands one, and FMK does not say whose time is meant. "+
			"Only the day goes over, and the time stands in the original")
	}
	if w.out.Child(w.list, "entry") == tree.NoOut && w.held == 0 {
		w.tx.Generate(w.out.Object(w.list, "emptyReason"), "text", "Der er ingen lægemiddelordinationer på medicinkortet i FMK", "fmk.empty-card")
	}
	w.original()
	w.transport()
}

// original writes the bytes of the sender, and that the List is made of them.
func (w *writer) original() {
	const id = "fmk.original"
	p, _ := w.resource("Provenance", w.medicineCard)
	w.refer(w.out.Object(w.out.Array(p, "target"), ""), w.listRef, id)
	if read := w.read(); read != tree.None {
		w.tx.Carry(p, "recorded", read, "fmk.read")
	}
	w.recorded(p, id)
	agent := w.out.Object(w.out.Array(p, "agent"), "")
	w.tx.Say(w.out.Object(agent, "who"), "display", "Fælles Medicinkort (FMK)", id)
	entity := w.out.Object(w.out.Array(p, "entity"), "")
	w.tx.Generate(w.extension(entity, "sha256", id), "valueString", hex.EncodeToString(w.sum[:]), id)
	w.tx.Say(entity, "role", "source", id)
	b, ref := w.resource("Binary", w.medicineCard)
	w.refer(w.out.Object(entity, "what"), ref, id)
	w.tx.Say(b, "contentType", "application/xml", id)
	w.tx.Encode(b, "data", w.bytes, id)
	if w.private {
		w.restrict(b) // it holds the private lines too
	}
}

// digest returns the SHA-256 of bytes.
func digest(bytes string) (sum [sha256.Size]byte) {
	h := sha256.New()
	var piece [4 << 10]byte
	for len(bytes) > 0 {
		n := copy(piece[:], bytes)
		bytes = bytes[n:]
		h.Write(piece[:n])
	}
	h.Sum(sum[:0])
	return sum
}

// restrict marks a resource as one that a private line can be read from.
func (w *writer) restrict(r tree.OutID) {
	const id = "fmk.private"
	label := w.out.Object(w.out.Array(w.out.Object(r, "meta"), "security"), "")
	w.tx.Say(label, "system", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", id)
	w.tx.Say(label, "code", "R", id)
}

// recorded says that it is not known when, where it is not.
func (w *writer) recorded(provenance tree.OutID, id string) {
	if w.out.Child(provenance, "recorded") != tree.NoOut {
		return
	}
	e := w.out.Object(w.out.Array(w.out.Object(provenance, "_recorded"), "extension"), "")
	w.tx.Say(e, "url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason", id)
	w.tx.Say(e, "valueCode", "unknown", id)
}

// transport accounts for what is around the card.
func (w *writer) transport() {
	if w.root == w.doc.Root() {
		return
	}
	for n, end := w.doc.Root(), tree.ID(w.doc.Len()); n < end; n++ {
		if n == w.root {
			n = w.doc.End(n) - 1
			continue
		}
		if w.doc.Leaf(n) {
			w.tx.Drop(n, "fmk.soap", "the envelope is the transport's and no part of the card")
		}
	}
}
