package medcom

import (
	"tolk/mapping/document"
	"tolk/mapping/healthcheck"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// The profiles of HomeCareObservation 1.2.1.
const (
	hcoProfiles    = "http://medcomfhir.dk/ig/homecareobservation/StructureDefinition/"
	hcoMessage     = hcoProfiles + "medcom-homecareobservation-message"
	hcoHeader      = hcoProfiles + "medcom-homecareobservation-messageheader"
	hcoReport      = hcoProfiles + "medcom-homecareobservation-diagnosticreport"
	hcoObservation = hcoProfiles + "medcom-homecare-observation"
	hcoDefinition  = "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComHomeCareObservationMessageDefinition|1.1"
	hcoReportCodes = medcomCodes + "MedComDiagnosticReportCodes"
)

// outward is a health check of the hub on its way into a HomeCareObservation.
type outward struct {
	*healthcheck.Copier
	report           *healthcheck.Resource
	sender, receiver *healthcheck.Resource // the resources of the two organisations
	message          bool                  // all that a message demands is there
	halves           map[*healthcheck.Resource][]component
	header           string // id of the MessageHeader
	moment           string // of the message, where the hub says none
	stamped          tree.ID
}

// HubToHCO translates a health check of the hub into a HomeCareObservation: a
// message where both parties are known and all that a message demands is said,
// otherwise a Bundle of the same resources that claims no message profile, with
// what is missing as lacks. What the form has no place for is dropped with the
// reason. It returns a *mapping.Error with a path for a document that is no
// FHIR, and for a number or a date that is none.
func HubToHCO(doc *tree.Doc, q document.Request) (*transcript.Written, error) {
	c, err := healthcheck.Open(doc, healthcheck.Hub, HCO)
	if err != nil {
		return nil, err
	}
	o := &outward{Copier: c, halves: map[*healthcheck.Resource][]component{}, header: healthcheck.Derived("MessageHeader", c.Resources...)}
	o.Printable()
	o.stamped = doc.Child(doc.Root(), "timestamp")
	if o.stamped != tree.None && doc.Kind(o.stamped) != tree.String {
		o.stamped = tree.None
	}
	if o.stamped == tree.None && !q.Now.IsZero() {
		o.moment = q.Now.Format("2006-01-02T15:04:05Z07:00")
	}
	if err := c.Holds(places, nothing); err != nil {
		return nil, err
	}
	if err := o.sort(); err != nil {
		return nil, err
	}
	o.parties(q)
	o.apart()
	o.demands()
	o.write()
	return o.end()
}

// end closes the document. Observations are written after their faults were
// looked for, so none is left to find.
func (o *outward) end() (*transcript.Written, error) {
	if o.message {
		o.Claim(hcoMessage)
	}
	return o.Finish()
}

// places lists the types of resources that a HomeCareObservation holds.
var places = map[string]bool{"DiagnosticReport": true, "Observation": true, "Patient": true, "Practitioner": true,
	"PractitionerRole": true, "Organization": true, "Media": true}

// sort tells which resources have a place in the form, and why the others have
// none.
func (o *outward) sort() error {
	for _, r := range o.Resources {
		if !places[r.Type] {
			r.Gone = "a HomeCareObservation holds measurements and their report; it has no place for " + healthcheck.Called(r.Type)
		}
	}
	for _, r := range o.Of("DiagnosticReport") {
		switch {
		case o.OwnReport(r):
			r.Gone = "it only holds together observations that came without a report"
		case o.report == nil:
			o.report = r
		}
	}
	for _, r := range o.Resources {
		if !places[r.Type] {
			o.warned(r)
		}
	}
	for _, r := range o.Of("Observation") {
		if err := o.Timed(r, hcoObservation); err != nil {
			return err
		}
		if err := o.home(r); err != nil {
			return err
		}
	}
	return nil
}

// parties finds the two organisations: the sender is the one that made the
// report, if the hub says so, and otherwise the one that the caller names; the
// receiver is the one that the caller names. Only an organisation of the hub has
// all that MedCom demands of one: the numbers beside SOR and GLN are nowhere
// else.
func (o *outward) parties(q document.Request) {
	if o.report != nil {
		for _, p := range o.List(o.report.Node, "performer") {
			r := o.Target(p)
			if r != nil && r.Type == "PractitionerRole" {
				r = o.Target(o.Doc.Child(r.Node, "organization"))
			}
			if r != nil && r.Type == "Organization" && o.sender == nil {
				o.sender = r
			}
		}
	}
	for _, r := range o.Of("Organization") {
		if o.sender == nil && o.is(r, q.Sender) {
			o.sender = r
		}
		if o.receiver == nil && o.is(r, q.Receiver) {
			o.receiver = r
		}
	}
	if o.sender == nil {
		o.Miss(nil, "MessageHeader.sender", hcoMessage, "who sends is not known: an Organization with SOR, GLN and a third number as performer of the report would say it")
	}
	if o.receiver == nil {
		message := "who receives is not known: the receiver's SOR or GLN would say it, and an Organization in the document with both, the ydernummer and the initials of who asked"
		if q.Receiver != (document.Party{}) {
			message = "the receiver is named, but no Organization in the document has its SOR or GLN; MedCom demands its ydernummer and the initials of who asked as well"
		}
		o.Miss(nil, "MessageHeader.destination.receiver", hcoMessage, message)
	}
}

// apart leaves who only has to do with what stays behind: who prescribed a drug
// and who filled in a form are nobody's concern who reads of a blood pressure.
// Whom nothing refers to goes along.
func (o *outward) apart() {
	needed, behind := map[*healthcheck.Resource]bool{}, map[*healthcheck.Resource]bool{}
	for _, r := range o.Resources {
		switch {
		case r.Gone != "":
			o.reach(behind, r)
		case !supports[r.Type] || r == o.sender || r == o.receiver:
			o.reach(needed, r)
		}
	}
	for _, r := range o.Resources {
		if behind[r] && !needed[r] && r.Gone == "" {
			r.Gone = "only what a HomeCareObservation has no place for refers to it"
		}
	}
}

// supports are the types of resources that stand for others.
var supports = map[string]bool{"Practitioner": true, "PractitionerRole": true, "Organization": true, "Media": true}

// reach adds a resource and those that it leads to.
func (o *outward) reach(found map[*healthcheck.Resource]bool, r *healthcheck.Resource) {
	if found[r] {
		return
	}
	found[r] = true
	for n := r.Node; n < o.Doc.End(r.Node); n++ {
		if to := o.Target(n); to != nil && to.Gone == "" {
			o.reach(found, to)
		}
	}
}

// is reports whether an organisation is a party, by its numbers.
func (o *outward) is(r *healthcheck.Resource, p document.Party) bool {
	return p.GLN != "" && o.number(r, isGLN) == p.GLN || p.SOR != "" && o.number(r, isSOR) == p.SOR
}

func isSOR(system string) bool { return system == sorSystem }

func isYder(system string) bool { return system == yderSystem }

// number returns a number of an organisation.
func (o *outward) number(r *healthcheck.Resource, system func(string) bool) string {
	for _, i := range o.List(r.Node, "identifier") {
		if system(o.text(i, "system")) {
			return o.text(i, "value")
		}
	}
	return ""
}

func (o *outward) text(n tree.ID, key string) string { return o.Doc.Text(o.Doc.Child(n, key)) }

// write writes the Bundle.
func (o *outward) write() {
	kind := "collection"
	if o.message {
		kind = "message"
	}
	bundle, entries := o.begin(kind)
	if o.message {
		o.Profile(o.Out.Child(bundle, "meta"), hcoMessage, "hco.profile")
		o.heads(entries)
	}
	for _, r := range o.Resources {
		switch {
		case r.Gone != "":
			o.leave(r)
		case r.Type == "DiagnosticReport":
			o.writeReport(entries, r)
		case r.Type == "Observation":
			o.observation(entries, r)
		case r.Type == "Patient":
			resource, meta := o.Begin(entries, r, "hco.patient")
			if o.patientMet(r) {
				o.Profile(meta, coreProfiles+"medcom-core-patient", "hco.profile")
			}
			o.Meta(meta, r, "hco.profile")
			o.Persons(resource, r)
			o.narrate(resource, r)
		default:
			resource, meta := o.Begin(entries, r, "hco.resource")
			if profile := o.profile(r); profile != "" {
				o.Profile(meta, profile, "hco.profile")
			}
			o.Meta(meta, r, "hco.profile")
			o.Rest(resource, r, nil)
			o.narrate(resource, r)
		}
	}
	if o.message {
		writeProvenance(o.Transcript, entries, healthcheck.Derived("Provenance", o.Resources...), o.header, o.party(o.sender), o.time(), o.stamped, envelope)
	}
}

// begin begins the Bundle; that of a message has an id, a profile and a moment.
func (o *outward) begin(kind string) (bundle, entries tree.OutID) {
	if !o.message {
		return o.Bundle(kind, "hco.bundle")
	}
	bundle = o.Out.Object(tree.NoOut, "")
	root := o.Doc.Root()
	for m := o.Doc.First(root); m != tree.None; m = o.Doc.Next(m) {
		switch o.Doc.Key(m) {
		case "resourceType":
			o.Carry(bundle, "resourceType", m, "hco.bundle")
			o.Generate(bundle, "id", healthcheck.Derived("Bundle", o.Resources...), envelope)
			o.Out.Object(bundle, "meta")
		case "type":
			o.BundleType(bundle, kind, m, "hco.bundle")
		case "id", "meta", "identifier", "language", "implicitRules", "link", "signature", "total":
			o.Drop(m, "hco.bundle", "it belongs to the Bundle of the hub; the message has its own")
		}
	}
	if o.Out.Child(bundle, "type") == tree.NoOut {
		o.Say(bundle, "type", kind, "hco.bundle")
	}
	if o.stamped != tree.None {
		o.Carry(bundle, "timestamp", o.stamped, "hco.bundle")
	} else {
		o.Generate(bundle, "timestamp", o.moment, envelope)
	}
	return bundle, o.Out.Array(bundle, "entry")
}

func (o *outward) time() string {
	if o.stamped != tree.None {
		return o.Doc.Text(o.stamped)
	}
	return o.moment
}

// heads writes the MessageHeader.
func (o *outward) heads(entries tree.OutID) {
	writeHeader(o.Transcript, entries, header{id: o.header, profile: hcoHeader, event: "homecareobservation-message", definition: hcoDefinition,
		sender: o.party(o.sender), receiver: o.party(o.receiver), focus: o.report.ID}, envelope)
}

func (o *outward) party(r *healthcheck.Resource) end {
	return end{id: r.ID, name: o.text(r.Node, "name"), sor: o.number(r, isSOR)}
}

// leave gives a resource that has no place its fate.
func (o *outward) leave(r *healthcheck.Resource) {
	const rule = "hco.place"
	switch {
	case r.Type == "DiagnosticReport":
		o.LeaveReport(r, rule)
	case r.Entry != tree.None:
		o.Drop(r.Entry, rule, r.Gone)
	default:
		o.Drop(r.Node, rule, r.Gone)
	}
}

// profile returns the profile that a resource claims beside the patient, the
// report and the observations.
func (o *outward) profile(r *healthcheck.Resource) string {
	switch {
	case o.message && r == o.sender:
		return messagingProfiles + "medcom-producer-organization"
	case o.message && r == o.receiver:
		return messagingProfiles + "medcom-requesterorganization"
	case r.Type == "Organization" && o.numbered(r, false) == "":
		return coreProfiles + "medcom-core-organization"
	case r.Type == "Practitioner" && o.Doc.Child(r.Node, "qualification") == tree.None:
		return coreProfiles + "medcom-core-practitioner"
	case r.Type == "PractitionerRole" && o.role(r) == "":
		return coreProfiles + "medcom-core-practitionerrole"
	}
	return ""
}

// lack reports what a message demands and the hub does not say.
func (o *outward) lack(r *healthcheck.Resource, element, profile, message string) {
	path := ""
	if r != nil {
		path = o.Doc.Path(r.Node)
	}
	o.message = false
	o.Lack(ledger.Lack{Path: path, Element: element, Profile: profile, Message: message})
}
