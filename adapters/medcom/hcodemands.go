package medcom

import (
	"strings"

	"tolk/mapping/healthcheck"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// demands finds out whether all that a message demands is said, and names what
// is not.
func (o *outward) demands() {
	o.message = o.sender != nil && o.receiver != nil
	if o.sender != nil {
		if fault := o.numbered(o.sender, true); fault != "" {
			o.lack(o.sender, "Organization.identifier", messagingProfiles+"medcom-producer-organization", fault)
		}
		if len(o.List(o.sender.Node, "identifier")) < 3 {
			o.lack(o.sender, "Organization.identifier", messagingProfiles+"medcom-producer-organization", "a sender has three numbers: SOR, GLN, and one more such as its producer id")
		}
	}
	if o.receiver != nil {
		o.requester(o.receiver)
	}
	if o.time() == "" {
		o.lack(nil, "Bundle.timestamp", hcoMessage, "when the message was made is not said; timestamp, an instant, would say it")
	}
	if o.report == nil {
		o.lack(nil, "MessageHeader.focus", hcoMessage, "there is no DiagnosticReport that the message could be about")
	} else {
		o.reportFaults()
	}
	for _, r := range o.Of("Patient") {
		if !o.patientMet(r) {
			o.lack(r, "Patient.name", coreProfiles+"medcom-core-patient", "a patient has an identifier that is what its system says, and one official name with a family name")
		}
	}
	for _, r := range o.Of("Observation") {
		if r.Gone != "" {
			continue
		}
		p := o.Target(o.Doc.Child(r.Node, "subject"))
		if p == nil || p.Type != "Patient" {
			o.lack(r, "Observation.subject", hcoObservation, "the patient is to be in the document")
		}
		if fault := o.observationFault(r); fault != "" {
			o.lack(r, "Observation", hcoObservation, fault)
		}
	}
}

// numbered tells what the numbers of an organisation lack: SOR, and for a party
// of a message GLN.
func (o *outward) numbered(r *healthcheck.Resource, party bool) string {
	if _, err := lens.SOR(o.number(r, isSOR)); err != nil {
		return "an organisation has its number in SOR, 11 digits or more"
	}
	if _, err := lens.GLN(o.number(r, isGLN)); err != nil && party {
		return "a party of a message has its GLN, 13 digits"
	}
	return ""
}

// requester checks the receiver (medcom-requesterorganization).
func (o *outward) requester(r *healthcheck.Resource) {
	profile := messagingProfiles + "medcom-requesterorganization"
	if fault := o.numbered(r, true); fault != "" {
		o.lack(r, "Organization.identifier", profile, fault)
	}
	if o.number(r, isYder) == "" {
		o.lack(r, "Organization.identifier", profile, "a receiver has its ydernummer, six digits")
	}
	contacts := o.List(r.Node, "contact")
	if len(contacts) != 1 || len(o.List(o.Doc.Child(contacts[0], "name"), "given")) != 1 && !o.unknownInitials(contacts[0]) {
		o.lack(r, "Organization.contact", profile, "a receiver has the initials of who asked, or data-absent-reason in contact where nobody knows them")
	}
}

func (o *outward) unknownInitials(contact tree.ID) bool {
	if o.Doc.Child(contact, "name") != tree.None {
		return false
	}
	for _, e := range o.List(contact, "extension") {
		if o.text(e, "url") == "http://hl7.org/fhir/StructureDefinition/data-absent-reason" {
			return true
		}
	}
	return false
}

// patientMet reports whether a patient is one of medcom-core.
func (o *outward) patientMet(r *healthcheck.Resource) bool {
	for _, n := range o.List(r.Node, "name") {
		if o.text(n, "use") == "official" {
			return o.DKPatientMet(r)
		}
	}
	return false
}

// reportFaults names what the report lacks of what MedCom demands.
func (o *outward) reportFaults() {
	r := o.report
	fault := func(element, message string) { o.lack(r, "DiagnosticReport."+element, hcoReport, message) }
	if o.text(r.Node, "status") != "final" {
		fault("status", "a HomeCareObservation is final")
	}
	if o.Doc.Child(r.Node, "issued") == tree.None && o.stamped == tree.None {
		fault("issued", "when the report was issued is not said")
	}
	if p := o.Target(o.Doc.Child(r.Node, "subject")); p == nil || p.Type != "Patient" {
		fault("subject", "the patient is to be in the document")
	}
	if s := o.List(o.Doc.Child(r.Node, "meta"), "security"); len(s) > 1 || len(s) == 1 && o.text(s[0], "code") != "R" {
		fault("meta.security", "one label at most: R, restricted")
	}
	organizations, roles, others, missing := 0, 0, 0, ""
	for _, p := range o.List(r.Node, "performer") {
		switch t := o.Target(p); {
		case t != nil && t == o.sender:
			organizations++
		case t != nil && t.Type == "PractitionerRole":
			roles++
			missing = o.role(t)
		default:
			others++
		}
	}
	switch {
	case organizations > 1 || roles != 1 || others > 0:
		fault("performer", "two performers: the organisation that sends, and the PractitionerRole of who measured")
	case missing != "":
		fault("performer", missing)
	}
}

// role tells what is missing of who measured: a code, a name and a telephone
// number.
func (o *outward) role(r *healthcheck.Resource) string {
	coded := false
	for _, c := range o.List(r.Node, "code") {
		for _, coding := range o.Codings(c) {
			coded = coded || coding.Code != ""
		}
	}
	p := o.Target(o.Doc.Child(r.Node, "practitioner"))
	if !coded || p == nil || p.Type != "Practitioner" || len(o.List(p.Node, "name")) == 0 {
		return "who measured has a role with a code, and a Practitioner with a name"
	}
	for _, t := range o.List(p.Node, "telecom") {
		if o.text(t, "system") == "phone" {
			return ""
		}
	}
	return "who measured has a telephone number"
}

// meets reports whether an observation meets the profile, its patient with it.
func (o *outward) meets(r *healthcheck.Resource) bool {
	p := o.Target(o.Doc.Child(r.Node, "subject"))
	return p != nil && p.Type == "Patient" && o.patientMet(p) && o.observationFault(r) == ""
}

// observationFault tells why an observation does not meet the profile, whatever
// its patient is.
func (o *outward) observationFault(r *healthcheck.Resource) string {
	d := o.Doc
	switch s := o.text(r.Node, "status"); s {
	case "registered", "preliminary", "final", "corrected", "cancelled":
	default:
		return "the status is one of registered, preliminary, final, corrected, cancelled"
	}
	if fault := o.unitless(r.Node); fault != "" {
		return fault
	}
	for _, c := range o.List(r.Node, "component") {
		if fault := o.unitless(c); fault != "" {
			return fault
		}
	}
	for m := d.First(r.Node); m != tree.None; m = d.Next(m) {
		key := d.Key(m)
		if strings.HasPrefix(key, "value") && key != "valueQuantity" && key != "valueString" && key != "valueInteger" {
			return "the value is a number with a unit, or a text"
		}
	}
	return ""
}

func (o *outward) unitless(n tree.ID) string {
	q := o.Doc.Child(n, "valueQuantity")
	if q == tree.None || o.Doc.Child(q, "value") == tree.None {
		return ""
	}
	if o.text(q, "unit") == "" && o.text(q, "code") == "" {
		return "a number has a unit"
	}
	if system := o.text(q, "system"); system != "" && system != healthcheck.UCUM {
		return "a unit is one of UCUM"
	}
	return ""
}
