package ffb

import (
	"encoding/base64"
	"html"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/readable"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// FFB has no code for medicine and none for a measurement. What a professional
// reads of them in a social record is a section of text under a theme: KL's
// Observation "områdeoplysning" (KLCommonCareSocialMatterOfInterest, in
// kl-ffb-messaging kl-messaging-ffb-matterOfInterest), whose code is a theme of
// FFB (value set KLInformationCodes) and whose text is valueCodeableConcept.text.
// The structured document goes with it as a kl-messaging-ffb-documentReference.

// The codes of the section: what it is about, and the theme that is in.
const (
	behandling   = "081ab1be-7dc1-41fa-803c-12a146eb0b74" // Sundhedsfaglig behandling og træning
	sundhed      = "4fb78b88-d3af-4cfb-84d7-f06daf423317" // Sundhedsforhold, the theme: KLThemesFFB has no finer one
	messaging    = "http://fhir.kl.dk/ffbmessaging/StructureDefinition/kl-messaging-ffb-"
	core         = "http://fhir.kl.dk/core/StructureDefinition/"
	longest      = 1 << 20 // of a string of FHIR R4, in bytes
	fhirJSON     = "application/fhir+json"
	attached     = "it stands in the document that is attached to the section"
	incomplete   = "OBS: Den strukturerede dosering er ikke fuldstændig. Følg doseringsteksten."
	others       = "Andre oplysninger er også privatmarkeret og holdt tilbage. De står ikke på denne kopi."
	seeAttached  = "Dokumentet er vedlagt i struktureret form."
	ruleSection  = "ffb.section"
	ruleText     = "ffb.section.text"
	ruleCitizen  = "ffb.section.citizen"
	ruleAttached = "ffb.section.attached"
	rulePrivate  = "ffb.section.private"
)

// Steps are the translations of the hub's medication list and health check into
// a section of FFB. There are none back: the document is attached, and is read
// as what it is.
func Steps() []document.Step {
	return []document.Step{
		{Document: document.Medicinliste, From: document.FHIR, To: "ffb", Run: MedicationToSection},
		{Document: document.Sundhedstjek, From: document.FHIR, To: "ffb", Run: CheckToSection},
	}
}

// MedicationToSection writes a medication list of the hub as a section of FFB:
// one readable line for each drug, and the list attached. What the citizen has
// marked private is in neither. It returns a *mapping.Error with a path for a
// document that is no medication list, is about nobody, or is too long.
func MedicationToSection(s document.Source, q document.Request) (*transcript.Written, error) {
	return write(s, q, "List")
}

// CheckToSection writes a health check of the hub as MedicationToSection writes
// a medication list: one line for each measurement.
func CheckToSection(s document.Source, q document.Request) (*transcript.Written, error) {
	return write(s, q, "DiagnosticReport")
}

// section is a section being written.
type section struct {
	*transcript.Transcript
	b          *bundle.Bundle
	source     *bundle.Entry // the document
	citizen    *bundle.Entry
	social     *bundle.Social
	title      string
	about      string // what it is, when it is from and what is held back, on one line
	lines      []string
	phone      bool // the citizen meets kl-messaging-ffb-citizen
	identified bool // the citizen meets KLCommonCitizen
}

func write(s document.Source, q document.Request, kind string) (*transcript.Written, error) {
	b, err := bundle.Read(s.Doc)
	if err != nil {
		return nil, err
	}
	w := &section{Transcript: transcript.New(s.Doc, document.FHIR, "ffb"), b: b}
	if w.source, err = b.Document(kind); err != nil {
		return nil, err
	}
	if w.citizen, err = b.Subject(w.source); err != nil {
		return nil, err
	}
	if w.social, err = b.Social(); err != nil {
		return nil, err
	}
	if err := w.read(q); err != nil {
		return nil, err
	}
	w.identified = b.Identified(w.citizen.Node)
	w.phone = w.identified && reachable(b, w.citizen.Node)
	w.write()
	w.account()
	return w.Finish()
}

// read makes the lines of the document that may go.
func (w *section) read(q document.Request) error {
	social, err := tree.Parse(w.social.Text, tree.Limits{})
	if err != nil {
		return err
	}
	p, err := readable.Options{Now: q.Now, Name: q.Name, Kept: true}.Read(social)
	if err != nil {
		return err
	}
	w.title = p.Title
	head := p.Title
	for _, f := range p.Facts {
		head += " · " + f.Name + ": " + f.Text
	}
	w.lines, w.about = append(w.lines, head), head
	if m := p.Medication; m != nil {
		w.about += " · " + m.ReadName() + " " + m.Read
		if held := m.HeldBack(); held != "" {
			w.about += " · " + held
		}
		if m.Incomplete {
			w.lines = append(w.lines, incomplete)
		}
	}
	w.lines = append(w.lines, readable.Lines(p)...)
	if p.Medication == nil {
		w.lines = append(w.lines, (&readable.Medication{Withheld: w.social.Withheld}).HeldBack())
	}
	if w.social.Others > 0 {
		w.lines = append(w.lines, others)
	}
	w.lines = append(slices.DeleteFunc(w.lines, func(s string) bool { return s == "" }), seeAttached)
	if len(strings.Join(w.lines, "\n")) > longest {
		return &mapping.Error{Kind: mapping.TooLong, Path: w.Doc.Path(w.source.Node), Message: "the lines are longer than a text of FHIR may be (1 MB); expected a document of one citizen"}
	}
	return nil
}

// reachable reports whether a citizen is as kl-messaging-ffb-citizen demands: a
// telephone number, and each address whole.
func reachable(b *bundle.Bundle, n tree.ID) bool {
	phone := false
	for c := range b.All(n, "telecom") {
		system := b.Text(b.Child(c, "system"))
		if system == "" || b.Text(b.Child(c, "value")) == "" {
			return false
		}
		phone = phone || system == "phone"
	}
	for a := range b.All(n, "address") {
		for _, part := range []string{"line", "city", "postalCode"} {
			if b.Child(a, part) == tree.None {
				return false
			}
		}
	}
	return phone
}

func (w *section) write() {
	root := w.Out.Object(tree.NoOut, "")
	w.Say(root, "resourceType", "Bundle", ruleSection)
	w.Say(root, "type", "collection", ruleSection)
	if at := w.Doc.Child(w.Doc.Root(), "timestamp"); at != tree.None {
		w.Carry(root, "timestamp", at, ruleSection)
	}
	entries := w.Out.Array(root, "entry")
	// What is held back is in no id either.
	observation, attachment := bundle.ID(w.social.Text, "ffb", "section"), bundle.ID(w.social.Text, "ffb", "attached")
	w.observation(w.entry(entries, "Observation", observation), attachment)
	e := w.Out.Object(entries, "")
	w.Generate(e, "fullUrl", w.citizen.URL, ruleCitizen)
	w.patient(w.Out.Object(e, "resource"))
	w.attachment(w.entry(entries, "DocumentReference", attachment))
}

// entry begins a resource of our own.
func (w *section) entry(entries tree.OutID, kind, id string) tree.OutID {
	e := w.Out.Object(entries, "")
	w.Generate(e, "fullUrl", "urn:uuid:"+id, ruleSection)
	r := w.Out.Object(e, "resource")
	w.Say(r, "resourceType", kind, ruleSection)
	w.Generate(r, "id", id, ruleSection)
	return r
}

func (w *section) profile(r tree.OutID, canonical string) {
	w.Say(w.Out.Array(w.Out.Object(r, "meta"), "profile"), "", canonical, ruleSection)
}

// narrative writes lines as the text of a resource, for a reader without a
// system for it.
func (w *section) narrative(r tree.OutID, lines ...string) {
	div := `<div xmlns="http://www.w3.org/1999/xhtml">`
	for _, line := range lines {
		div += "<p>" + html.EscapeString(line) + "</p>"
	}
	n := w.Out.Object(r, "text")
	w.Say(n, "status", "generated", ruleText)
	w.Generate(n, "div", div+"</div>", ruleText)
}

// observation writes the section itself.
func (w *section) observation(r tree.OutID, attachment string) {
	d := w.Doc
	at := d.Child(w.source.Node, "date")
	for _, name := range []string{"effectiveDateTime", "issued"} {
		if at == tree.None {
			at = d.Child(w.source.Node, name)
		}
	}
	switch {
	case at == tree.None:
		w.Lack(ledger.Lack{Path: d.Path(w.source.Node), Element: "Observation.effectiveDateTime", Profile: core + "KLCommonCareSocialMatterOfInterest",
			Message: "when the list was read, or the check was made, is missing; give it as " + when[w.source.Type]})
	case !w.identified:
		w.Lack(ledger.Lack{Path: d.Path(w.citizen.Node), Element: "Patient.name", Profile: core + "KLCommonCitizen",
			Message: "the citizen needs a number that its register can have, and one name with use official and a family name"})
	case w.phone:
		w.profile(r, messaging+"matterOfInterest")
		w.Claim(messaging + "matterOfInterest")
	default:
		w.profile(r, core+"KLCommonCareSocialMatterOfInterest")
		w.Claim(core + "KLCommonCareSocialMatterOfInterest")
	}
	w.narrative(r, w.lines...)
	w.status(r)
	codings := w.Out.Array(w.Out.Object(r, "code"), "coding")
	for _, c := range [][2]string{{behandling, "Sundhedsfaglig behandling og træning"}, {sundhed, "Sundhedsforhold"}} {
		coding := w.Out.Object(codings, "")
		w.Say(coding, "system", mapping.FFB, ruleSection)
		w.Say(coding, "code", c[0], ruleSection)
		w.Say(coding, "display", c[1], ruleSection)
	}
	w.Generate(w.Out.Object(r, "subject"), "reference", w.citizen.URL, ruleCitizen)
	if at != tree.None {
		w.Carry(r, "effectiveDateTime", at, ruleSection)
	}
	w.Generate(w.Out.Object(r, "valueCodeableConcept"), "text", strings.Join(w.lines, "\n"), ruleText)
	w.Generate(w.Out.Object(w.Out.Array(r, "derivedFrom"), ""), "reference", "urn:uuid:"+attachment, ruleAttached)
}

// when is the element that says when a document is from.
var when = map[string]string{"List": "List.date", "DiagnosticReport": "DiagnosticReport.effectiveDateTime"}

// statuses are the words of List.status and DiagnosticReport.status that
// Observation.status has others for.
var statuses = map[string]string{"current": "final", "retired": "final", "partial": "preliminary", "appended": "amended"}

func (w *section) status(r tree.OutID) {
	from := w.Doc.Child(w.source.Node, "status")
	word := w.Doc.Text(from)
	if other, ok := statuses[word]; ok {
		word = other
	}
	if word == "" {
		w.Say(r, "status", "unknown", ruleSection)
		return
	}
	w.Text(r, "status", word, from, ruleSection)
}

// apart are the members of a Patient that are not written: what is written
// anew, and what leads to resources that are not here.
var apart = map[string]bool{"meta": true, "text": true, "contained": true, "managingOrganization": true, "generalPractitioner": true, "link": true}

func (w *section) patient(r tree.OutID) {
	d := w.Doc
	for c := d.First(w.citizen.Node); c != tree.None; c = d.Next(c) {
		if apart[d.Key(c)] {
			continue
		}
		w.Copy(r, d.RawKey(c), c, ruleCitizen)
		if d.Key(c) != "id" {
			continue
		}
		switch {
		case w.phone:
			w.profile(r, messaging+"citizen")
		case w.identified:
			w.profile(r, core+"KLCommonCitizen")
		}
	}
}

// attachment writes the structured document.
func (w *section) attachment(r tree.OutID) {
	w.profile(r, messaging+"documentReference")
	w.narrative(r, w.about)
	w.Say(r, "status", "current", ruleAttached)
	if code := w.Doc.Child(w.source.Node, "code"); code != tree.None {
		w.Copy(r, "type", code, ruleAttached)
	}
	w.Generate(w.Out.Object(r, "subject"), "reference", w.citizen.URL, ruleCitizen)
	w.Generate(r, "description", w.about, ruleText)
	a := w.Out.Object(w.Out.Object(w.Out.Array(r, "content"), ""), "attachment")
	w.Say(a, "contentType", fhirJSON, ruleAttached)
	w.Generate(a, "data", base64.StdEncoding.EncodeToString([]byte(w.social.Text)), ruleAttached)
	w.Say(a, "title", w.title, ruleAttached)
}

// account says what became of what was not written as an element of its own.
func (w *section) account() {
	for n, why := range w.social.Held {
		w.Hold(n, rulePrivate, why)
	}
	if w.social.Withheld > 0 {
		w.Notice(w.Doc.Path(w.source.Node), "lines of the medication list are marked private and held back from the social side; the copy says how many")
	}
	if w.b.Silent(w.source) {
		w.Notice(w.Doc.Path(w.source.Node), bundle.SilentNotice)
	}
	w.Hold(w.Doc.Root(), ruleAttached, attached)
}
