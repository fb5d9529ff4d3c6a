package node

import (
	"crypto/sha256"
	"slices"
	"strings"

	"tolk/adapters/envelope"
	"tolk/adapters/fmk"
	"tolk/adapters/plain"
	"tolk/adapters/xref"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/fhirxml"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// most is how large a message may be, and how it may be built: what people write is
// some twenty bytes a node, and what is made of two takes room that others need.
var most = tree.Limits{Bytes: 16 << 20, Nodes: 500_000}

// reading is what a submission says of itself: what is needed to know it again,
// and to decide where it goes. Its content is not looked at, and what is wrong
// with that its translation says.
type reading struct {
	channel           string
	bundle, header    string // the identifiers, in the words of the journal
	correlation       string
	document, form    string
	known             []document.Recognised
	citizen           string
	marked, refused   bool   // privatmarkering; the citizen does not consent
	own               string // what a document that is no message calls itself
	addressed         document.Party
	others            []document.Party // whom it is addressed to besides
	cvr               string           // of whom it is from
	message           *message.Message // nil for what is no FHIR message
	faults            error            // of its envelope
	doc               *tree.Doc        // of what is JSON, or FHIR
	content           [32]byte         // what it is compared by, where that is not its bytes
	envelopeFor, from document.Party
}

// recogniser tells in which forms a Bundle can be read.
type recogniser interface {
	Recognise(doc *tree.Doc) []document.Recognised
}

// read reads a submission. The error names what is wrong with its outermost form,
// or says that nobody knows what it is.
func read(s exchange.Submission, known recogniser) (*reading, error) {
	if len(s.Body) > most.Bytes {
		return nil, fault(mapping.TooLong, "", "the message is larger than 16 MiB")
	}
	if strings.TrimSpace(s.Body) == "" {
		return nil, fault(mapping.Required, "", "the body is empty; expected a message")
	}
	r := &reading{channel: viaDocument}
	text := s.Body
	if tree.IsXML(text) && envelope.Is(text) {
		var err error
		if text, err = r.open(text); err != nil {
			return nil, err
		}
	}
	if err := r.read(text, known); err != nil {
		return nil, err
	}
	return r, r.settle(s)
}

// open takes a message out of its envelope.
func (r *reading) open(text string) (string, error) {
	e, err := envelope.Unwrap([]byte(text), most.Bytes)
	if err != nil {
		return "", err
	}
	if e.Receipt != nil {
		return "", fault(mapping.NotSupported, "", "a receipt of the network is for whoever sent the envelope; expected a message")
	}
	if r.channel = viaVANS; e.Kind == envelope.EHMI {
		r.channel = viaEHMI
	}
	r.bundle, r.header = e.ID, e.Message
	r.content = sha256.Sum256(e.Payload)
	r.envelopeFor = partyAt(e.Receiver)
	return e.Text(), nil
}

func partyAt(e envelope.Endpoint) document.Party {
	p := document.Party{SOR: e.SOR}
	if e.Type == "EAN" {
		p.GLN = e.ID
	}
	return p
}

// read reads the message itself.
func (r *reading) read(text string, known recogniser) error {
	if tree.IsXML(text) {
		return r.readXML(text, known)
	}
	d, err := tree.Parse(text, most)
	if err != nil {
		return err
	}
	return r.readJSON(d, known)
}

// fhirSpace is the namespace of FHIR in XML.
const fhirSpace = "http://hl7.org/fhir"

func (r *reading) readXML(text string, known recogniser) error {
	text, _, err := tree.DecodeXML([]byte(text))
	if err != nil {
		return err
	}
	d, err := tree.ParseXML(text, most)
	if err != nil {
		return err
	}
	if d.Space(d.Root()) == fhirSpace {
		json, err := fhirxml.ToJSON(text, most)
		if err != nil {
			return err
		}
		if d, err = tree.Parse(json, most); err != nil {
			return err
		}
		return r.readJSON(d, known)
	}
	if form, root, err := xref.Recognise(d); err == nil {
		r.known = []document.Recognised{{Form: form, Document: document.Henvisning}}
		r.letter(d, root)
		return nil
	} else if d.RawKey(d.Root()) == "Emessage" {
		return err
	}
	if _, card, err := fmk.Recognise(d); err == nil {
		r.known = []document.Recognised{{Form: fmk.Form, Document: document.Medicinliste}}
		r.citizen = cardCitizen(d, card)
		r.marked = hasKey(d, "NegativeConsent")
		return nil
	}
	return unknown()
}

func unknown() error {
	return fault(mapping.NotSupported, "", "what it is is not recognised; expected a FHIR Bundle, a plain document, an OIOXML letter, a medication card of FMK, or one of them in an envelope")
}

// letter reads the head of a letter in OIOXML.
func (r *reading) letter(d *tree.Doc, root tree.ID) {
	sender, number := oioText(d, root, "Sender", "EANIdentifier"), oioText(d, root, "Letter", "Identifier")
	if number != "" && r.header == "" { // a letter is told by its number and who wrote it
		r.header = sender + "#" + number
	}
	r.correlation = r.header
	r.from, r.addressed = document.Party{GLN: sender}, document.Party{GLN: oioText(d, root, "Receiver", "EANIdentifier")}
	r.citizen = oioCitizen(d, root)
}

// readJSON reads FHIR, or a document in plain JSON.
func (r *reading) readJSON(d *tree.Doc, known recogniser) error {
	root := d.Root()
	r.doc = d
	if kind := plain.Recognise(d); kind != "" {
		r.known = []document.Recognised{{Form: plain.Form, Document: kind}}
		r.citizen, r.marked = plainCitizen(d), plainMarked(d)
		r.addressed, r.others = plainAddressed(d)
		r.from, r.cvr = plainSender(d)
		r.told(kind, d.Text(d.Child(root, "dokumentId")))
		r.refused = d.Text(d.Find(root, "samtykke", "svar")) == "nej"
		return nil
	}
	switch d.Text(d.Child(root, "resourceType")) {
	case "":
		return unknown()
	case "Bundle":
		if d.Text(d.Child(root, "type")) == "message" {
			if err := r.readMessage(d); err != nil {
				return err
			}
		}
	}
	if several(d) {
		return fault(mapping.BusinessRule, d.Path(d.Root())+".entry", "there are Patients with different numbers of one register; expected one citizen in a message")
	}
	r.refused = refused(d)
	if r.citizen, r.marked = citizen(d), marked(d); r.message == nil {
		var to []document.Party
		r.from, r.cvr, to = hubParties(d)
		r.addressed, r.others = foremost(document.Party{}, to)
		id := d.Child(root, "identifier")
		r.told(d.Text(d.Child(id, "system")), d.Text(d.Child(id, "value")))
	}
	if r.message != nil && r.message.IsAnswer {
		r.document, r.form = acknowledgement, document.FHIR
		return nil
	}
	if known != nil {
		r.known = known.Recognise(d)
	}
	if len(r.known) == 0 && r.message != nil && r.message.Event != "" {
		r.known = []document.Recognised{{Form: document.FHIR, Document: r.message.Event}}
	}
	return nil
}

// told takes what a document calls itself within a register, and what it is then
// compared by: what it says, however it is spaced.
func (r *reading) told(register, value string) {
	if r.channel != viaDocument || strings.TrimSpace(value) == "" {
		return
	}
	r.own = register + "#" + value
	r.content = sha256.Sum256(r.doc.Append(nil, r.doc.Root()))
}

// readMessage reads the envelope of a FHIR message. One that cannot be told from
// another by both its identifiers is refused; what else is wrong with it its
// acknowledgement says.
func (r *reading) readMessage(d *tree.Doc) error {
	m, err := message.Read(d)
	if m == nil {
		return err
	}
	for _, id := range []struct{ path, value string }{{"Bundle.id", m.Bundle}, {"Bundle.entry[0].resource.id", m.Header}} {
		if id.value == "" {
			return fault(mapping.Required, id.path, "a message is told by Bundle.id and MessageHeader.id; expected both")
		}
	}
	r.message, r.faults = m, err
	if r.channel == viaDocument {
		r.channel, r.bundle = viaMedCom, m.Bundle
	}
	if r.channel == viaMedCom || r.header == "" {
		r.header = m.Header
	}
	if r.correlation = m.Header; m.Act != nil && m.Act.Answers.Header != "" {
		r.correlation = m.Act.Answers.Header
	}
	r.from = document.Party{Name: m.Sender.Name, SOR: m.Sender.SOR, GLN: m.Sender.GLN}
	if len(m.Receivers) > 0 {
		to := m.Receivers[0]
		r.addressed = document.Party{Name: to.Name, SOR: to.SOR, GLN: to.GLN}
		for _, to := range m.Receivers[1:] {
			r.others = append(r.others, document.Party{Name: to.Name, SOR: to.SOR, GLN: to.GLN})
		}
	}
	return nil
}

// settle makes one form and one kind of what was recognised and what was asked
// for.
func (r *reading) settle(s exchange.Submission) error {
	if r.addressed == (document.Party{}) {
		r.addressed = r.envelopeFor
	}
	if r.document != "" {
		return nil
	}
	if len(r.known) == 0 {
		if s.Document == "" || s.From == "" {
			return unknown()
		}
		r.document, r.form = s.Document, s.From // a resource on its own: only its sender can tell
		return nil
	}
	fits := slices.DeleteFunc(slices.Clone(r.known), func(k document.Recognised) bool { return s.From != "" && s.From != k.Form })
	switch {
	case len(fits) == 0:
		return fault(mapping.Value, "from", "the document is not in that form; recognised is "+forms(r.known))
	case len(fits) > 1:
		return fault(mapping.Required, "from", "the form cannot be told; expected "+forms(fits))
	}
	r.form, r.document = fits[0].Form, fits[0].Document
	return nil
}

// forms lists forms in words.
func forms(known []document.Recognised) string {
	var all []string
	for _, k := range known {
		all = append(all, k.Form)
	}
	return strings.Join(all, ", ")
}

// asked settles the kind of document that was asked for beside the one that it
// is: a message may bring documents along, and whoever may send both may have it
// read as one of them.
func (r *reading) asked(kind string, c *exchange.Client) error {
	switch {
	case kind == "" || kind == r.document:
		return nil
	case r.message == nil || r.message.IsAnswer || !slices.Contains(document.Documents(), kind):
		return fault(mapping.Value, "document", "the document is of another kind; recognised is "+r.document)
	case !slices.Contains(c.Documents, "*") && !slices.Contains(c.Documents, r.document):
		return fault(mapping.Security, "document", "the client may not hand over a "+r.document+", whatever comes along in it")
	}
	r.document = kind
	return nil
}
