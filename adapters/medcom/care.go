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
)

// CareCommunication is the name of the form: MedCom's message of free text
// (medcom.fhir.dk.carecommunication 5.0.2), the route by which a general
// practitioner and psychiatry can receive a medication list or a health check
// today: text for the reader, and the document itself for the system.
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
	careKept     = "it stands in the document that the message carries, byte for byte as the hub has it"
)

// careLongest is the longest string of FHIR R4, 1 MB.
const careLongest = 1 << 20

// CareSteps are the translations of the hub's medication list and health check
// into a CareCommunication. There are none back: the attached document is a
// document of the hub, and is translated as what it is.
func CareSteps() []document.Step {
	return []document.Step{
		{Document: document.Medicinliste, From: document.FHIR, To: CareCommunication, Run: MedicationToCare},
		{Document: document.Sundhedstjek, From: document.FHIR, To: CareCommunication, Run: CheckToCare},
	}
}

// MedicationToCare writes a medication list of the hub as a CareCommunication of
// the category medicine. Where both parties, the author with a role and a number
// to call, and the time are known, it is a message; otherwise a Bundle of the
// same resources that claims no profile, and what is missing is a lack. It
// returns a *mapping.Error with a path for a document that is no list, is about
// nobody, or is too long for a text.
func MedicationToCare(s document.Source, q document.Request) (*transcript.Written, error) {
	return writeCare(s, q, "List", "medicine")
}

// CheckToCare writes a health check of the hub as MedicationToCare writes a
// medication list, in the category examination-results.
func CheckToCare(s document.Source, q document.Request) (*transcript.Written, error) {
	return writeCare(s, q, "DiagnosticReport", "examination-results")
}

// care is a CareCommunication being written.
type care struct {
	*transcript.Transcript
	b                *bundle.Bundle
	source, patient  *bundle.Entry
	attached         string // the document that is carried
	category         string
	topic, text      string
	now              string // empty: not known
	seed             string // what every id is derived from
	sender, receiver *careEnd
	author           author
	met              bool // the patient is one of MedCom's
	private          bool // the citizen has marked something private
	lacking          bool // a message demands something that nobody says
}

func writeCare(s document.Source, q document.Request, kind, category string) (*transcript.Written, error) {
	b, err := bundle.Read(s.Doc)
	if err != nil {
		return nil, err
	}
	c := &care{Transcript: transcript.New(s.Doc, document.FHIR, CareCommunication), b: b, category: category, attached: string(b.Compact())}
	if c.source, err = b.Document(kind); err != nil {
		return nil, err
	}
	if c.patient, err = b.Subject(c.source); err != nil {
		return nil, err
	}
	if err := c.read(q); err != nil {
		return nil, err
	}
	if !q.Now.IsZero() {
		c.now = q.Now.Format(time.RFC3339)
	}
	c.seed = strings.Join([]string{c.attached, c.now, q.Sender.SOR, q.Sender.GLN, q.Receiver.SOR, q.Receiver.GLN,
		q.Sender.Person, q.Sender.Role, q.Sender.Phone}, "\x00")
	c.parties(q)
	c.author = c.findAuthor(clean(q.Sender))
	c.demands()
	c.write()
	if b.Silent(c.source) {
		c.Notice(c.Doc.Path(c.source.Node), bundle.SilentNotice)
	}
	c.Hold(c.Doc.Root(), careAttached, careKept)
	return c.Finish()
}

// read makes the text for people.
func (c *care) read(q document.Request) error {
	p, err := readable.Read(c.Doc, q.Now)
	if err != nil {
		return err
	}
	p.Originals = nil // of no use to who reads the text; they are in the document
	c.topic = p.Title
	if m := p.Medication; m != nil && c.source.Type == "List" && m.Read != "" {
		c.topic += ", " + m.ReadName() + " " + m.Read
	}
	for _, f := range p.Facts {
		if f.Name == "Foretaget" {
			c.topic += ", " + f.Text
		}
	}
	c.text = strings.TrimRight(readable.Text(p), "\n") + "\n\nDokumentet ligger ved i struktureret form (FHIR)."
	if len(c.text) > careLongest {
		return &mapping.Error{Kind: mapping.TooLong, Path: c.Doc.Path(c.source.Node),
			Message: "the text for people is longer than a text of FHIR may be (1 MB); expected a document of one citizen"}
	}
	for _, e := range c.b.Entries {
		c.private = c.private || c.b.Private(e.Node)
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
		c.miss(place, element+":author", careCommunication, "who wrote it is not said; a Practitioner or PractitionerRole as "+sourceElement[c.source.Type]+" would say it, or the sender's person and role")
	case c.authorName() == "":
		c.miss(c.authorPath(), element+":author", careCommunication, "the author has no name; Practitioner.name would say it, or the sender's person")
	case c.roleText() == "":
		c.miss(c.authorPath(), element+":author", careCommunication, "the author has no role; PractitionerRole.code or Practitioner.qualification.code would say it, or the sender's role")
	}
	if c.authorPhone() == "" {
		c.miss(place, element+":authorContact", careCommunication, "MedCom demands a telephone number for the author; telecom of the author's PractitionerRole, Practitioner or Organization would say it, or the sender's phone")
	}
}

// miss reports what a message demands and nobody says.
func (c *care) miss(path, element, profile, message string) {
	c.lacking = true
	c.Lack(ledger.Lack{Path: path, Element: element, Profile: profile, Message: message})
}

// sourceElement is the element that says who a document is from.
var sourceElement = map[string]string{"List": "List.source", "DiagnosticReport": "DiagnosticReport.performer"}
