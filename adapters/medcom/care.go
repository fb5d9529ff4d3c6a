package medcom

import (
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/readable"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// CareCommunication is the name of the form: MedCom's message of free text
// (medcom.fhir.dk.carecommunication 5.0.2), in which a thread of letters about one
// citizen goes to and fro; and the route by which a general practitioner and
// psychiatry can receive a medication list, a health check or a referral today:
// text for the reader, and the document itself for the system.
const CareCommunication = "carecommunication"

// The profiles of CareCommunication 5.0.2.
const (
	careProfiles      = "http://medcomfhir.dk/ig/carecommunication/StructureDefinition/medcom-careCommunication-"
	careMessage       = careProfiles + "message"
	careCommunication = careProfiles + "communication"
	careDefinition    = "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0"
)

// The rules of the form.
const (
	careEnvelope = "care.envelope"
	careParty    = "care.party"
	careAuthor   = "care.author"
	carePatient  = "care.patient"
	careText     = "care.text"
	careAttached = "care.attached"
	careVerbatim = "care.verbatim"
	careThread   = "care.thread"
	careKept     = "it stands in the document that the message carries, byte for byte as the hub has it"
)

// fhirJSON is the type of a document that is carried.
const fhirJSON = "application/fhir+json"

// careLongest is the longest string of FHIR R4, 1 MB.
const careLongest = 1 << 20

// careKind is what a CareCommunication that carries a document depends on.
type careKind struct {
	document string
	resource string // the resource that the document is
	from     string // the element that says who it is from
	to       string // the element of the resource that says who it goes to, if there is one
	orTo     string // the same, in words for who reads a lack
	category string // of MedCom's
	second   string // what is said of a second resource of the type, where that is refused
}

// careKinds are the documents that go in a CareCommunication.
var careKinds = []careKind{
	{document: document.Medicinliste, resource: "List", from: "List.source", category: "medicine"},
	{document: document.Sundhedstjek, resource: "DiagnosticReport", from: "DiagnosticReport.performer", category: "examination-results"},
	{document: document.Henvisning, resource: "ServiceRequest", from: "ServiceRequest.requester", to: "performer",
		orTo: ", or one Organization with both as ServiceRequest.performer", category: regardingReferral,
		second: "a second ServiceRequest; a referral is one, expected a document for each"},
}

// CareSteps are the translations between the hub and a CareCommunication, both
// ways: a correspondence is one; a medication list, a health check and a referral
// are carried by one and taken out of it again.
func CareSteps() []document.Step {
	steps := []document.Step{
		{Document: document.Korrespondance, From: CareCommunication, To: document.FHIR, Run: CareToCorrespondence},
		{Document: document.Korrespondance, From: document.FHIR, To: CareCommunication, Run: CorrespondenceToCare},
	}
	for _, kind := range careKinds {
		steps = append(steps,
			document.Step{Document: kind.document, From: document.FHIR, To: CareCommunication, Run: kind.write},
			document.Step{Document: kind.document, From: CareCommunication, To: document.FHIR, Run: kind.read})
	}
	return steps
}

// CareRecogniser recognises a CareCommunication: it is a correspondence, whatever
// it carries.
func CareRecogniser() document.Recogniser {
	r := document.Recogniser{Form: CareCommunication, Recognise: func(d *tree.Doc) string {
		if strings.HasPrefix(d.Text(d.Find(d.Root(), "meta", "profile")), careMessage) || document.IsCorrespondence(d) {
			return document.Korrespondance
		}
		return ""
	}}
	for _, kind := range careKinds {
		r.Carries = append(r.Carries, kind.document)
	}
	return r
}

// care is a CareCommunication being written.
type care struct {
	*transcript.Transcript
	b                *bundle.Bundle
	source, patient  *bundle.Entry
	attached         string // the document that is carried
	kind             careKind
	category         tree.ID // a coding of MedCom's in the document; None: the kind's
	thread           tree.ID // what the document says of the thread, a UUID; None
	topic, text      string
	now              string // empty: not known
	seed             string // what every id is derived from
	sender, receiver *careEnd
	author           author
	met              bool // the patient is one of MedCom's
	private          bool // the citizen has marked something private
	lacking          bool // a message demands something that nobody says
	missed           map[ledger.Lack]bool
}

// write writes a document of the hub as a CareCommunication of its category that
// carries it. Where both parties, the author with a role and a number to call, and
// the time are known, it is a message; otherwise a Bundle of the same resources
// that claims no profile, and what is missing is a lack. It returns a
// *mapping.Error with a path for a Bundle that is no such document, is about
// nobody, or is too long for a text.
func (kind careKind) write(s document.Source, q document.Request) (*transcript.Written, error) {
	c, err := newCare(s, q, kind)
	if err != nil {
		return nil, err
	}
	if err := c.read(q); err != nil {
		return nil, err
	}
	c.parties(q, c.organisation(), c.receiving)
	c.author = c.findAuthor(clean(q.Sender))
	c.demands()
	c.regarding()
	c.write()
	if c.b.Silent(c.source) {
		c.Notice(c.Doc.Path(c.source.Node), bundle.SilentNotice)
	}
	c.Hold(c.Doc.Root(), careAttached, careKept)
	return c.Finish()
}

// newCare finds the document, and whom it is about.
func newCare(s document.Source, q document.Request, kind careKind) (*care, error) {
	b, err := bundle.Read(s.Doc)
	if err != nil {
		return nil, err
	}
	c := &care{Transcript: transcript.New(s.Doc, document.FHIR, CareCommunication), b: b, kind: kind, attached: string(b.Compact()),
		category: tree.None, thread: tree.None,
		missed: map[ledger.Lack]bool{}}
	c.Printable()
	if c.source, err = b.Document(kind.resource); err != nil {
		return nil, err
	}
	if err := c.alone(); err != nil {
		return nil, err
	}
	if c.patient, err = b.Subject(c.source); err != nil {
		return nil, err
	}
	if !q.Now.IsZero() {
		c.now = q.Now.Format(time.RFC3339)
	}
	c.seed = strings.Join([]string{c.attached, c.now, q.Sender.SOR, q.Sender.GLN, q.Receiver.SOR, q.Receiver.GLN,
		q.Sender.Person, q.Sender.Role, q.Sender.Phone}, "\x00")
	for _, e := range b.Entries {
		c.private = c.private || b.Private(e.Node)
	}
	return c, nil
}

// alone refuses a second document in the Bundle, where a Bundle has one: nobody
// could tell which one is sent.
func (c *care) alone() error {
	for _, e := range c.b.Entries {
		if e.Type == c.source.Type && e != c.source && c.kind.second != "" {
			return &mapping.Error{Kind: mapping.Invalid, Path: c.Doc.Path(e.Node), Message: c.kind.second}
		}
	}
	return nil
}

// read makes the text for people.
func (c *care) read(q document.Request) error {
	p, err := readable.Options{Now: q.Now, Name: q.Name, Kept: true}.Read(c.Doc)
	if err != nil {
		return err
	}
	p.Originals = nil // of no use to who reads the text; they are in the document
	c.topic = p.Title
	if r := p.Referral; r != nil && r.Urgency != nil && r.Urgency.Level == "alert" {
		c.topic += ", " + strings.ToLower(r.Urgency.Text)
	}
	if m := p.Medication; m != nil && c.source.Type == "List" && m.Read != "" {
		c.topic += ", " + m.ReadName() + " " + m.Read
	}
	for _, f := range p.Facts {
		if f.Name == "Foretaget" {
			c.topic += ", " + f.Text
		}
	}
	if asked := c.Doc.Text(c.Doc.Find(c.source.Node, "code", "text")); c.source.Type == "ServiceRequest" && asked != "" {
		c.topic += ": " + asked
	}
	c.text = strings.TrimRight(readable.Text(p), "\n") + "\n\nDokumentet ligger ved i struktureret form (FHIR)."
	if len(c.text) > careLongest {
		return &mapping.Error{Kind: mapping.TooLong, Path: c.Doc.Path(c.source.Node),
			Message: "the text for people is longer than a text of FHIR may be (1 MB); expected a document of one citizen"}
	}
	return nil
}

// demands names what a message demands and nobody says.
func (c *care) demands() {
	place := c.Doc.Path(c.source.Node)
	if c.now == "" {
		c.miss(place, "Bundle.timestamp", careMessage, "when the message is sent is not said; give the time of the translation")
	}
	if c.met = c.b.Identified(c.patient.Node); !c.met {
		c.miss(c.Doc.Path(c.patient.Node), "Patient", coreProfiles+"medcom-core-patient",
			"a patient has a number that its register can have, and one name of use official with a family name")
	}
	const element = "Communication.payload.extension"
	a := &c.author
	switch {
	case !a.known():
		c.miss(place, element+":author", careCommunication, "who wrote it is not said; a Practitioner or PractitionerRole as "+c.kind.from+" would say it, or the sender's person and role")
	case c.authorName() == "":
		c.miss(c.authorPath(), element+":author", careCommunication, "the author has no name; Practitioner.name would say it, or the sender's person")
	case c.roleText() == "":
		c.miss(c.authorPath(), element+":author", careCommunication, "the author has no role; PractitionerRole.code or Practitioner.qualification.code would say it, or the sender's role")
	}
	if c.authorPhone() == "" {
		c.miss(place, element+":authorContact", careCommunication, "MedCom demands a telephone number for the author; telecom of the author's PractitionerRole, Practitioner or Organization would say it, or the sender's phone")
	}
}

// miss reports what a message demands and nobody says, once.
func (c *care) miss(path, element, profile, message string) {
	c.lacking = true
	if lack := (ledger.Lack{Path: path, Element: element, Profile: profile, Message: message}); !c.missed[lack] {
		c.missed[lack] = true
		c.Lack(lack)
	}
}
