// Package klreferral translates between the hub's referral and the request that
// KL's common core calls an anledning: KLCommonCareSocialServiceRequest
// (kl.dk.fhir.core 1.2.0). The ServiceRequest of the prevention gateway
// (kl.dk.fhir.prevention 2.1.1) is read as well: it is the same with less.
package klreferral

import (
	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/healthcheck"
	"tolk/mapping/lens"
	"tolk/mapping/terminology"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// Form is the name of the form, and Document of what it is a form of.
const (
	Form     = "fsiii"
	Document = "henvisning"
)

// The profiles, and KL's extensions to them.
const (
	core          = "http://fhir.kl.dk/core/StructureDefinition/"
	Profile       = core + "KLCommonCareSocialServiceRequest"
	requesterType = core + "RequesterType"
	dkReferral    = "http://hl7.dk/fhir/core/StructureDefinition/dk-core-person-servicerequest"
	dkCondition   = "http://hl7.dk/fhir/core/StructureDefinition/dk-core-condition"
)

// The hub's extensions that KL has a shape of its own for.
const (
	hubType = "urn:tolk:StructureDefinition:requester-type"
	hubRole = "urn:tolk:StructureDefinition:requester-role" // on requester: who of the organisation it was
)

// The hub's category of every referral.
const (
	snomed   = "http://snomed.info/sct"
	referral = "3457005"
)

// Steps are the translations, both ways. terms tells KL's codes.
func Steps(terms *terminology.Terminology) []document.Step {
	s := &steps{terms: terms, sets: valueSets(terms)}
	return []document.Step{
		{Document: Document, From: Form, To: document.FHIR, Run: s.toHub},
		{Document: Document, From: document.FHIR, To: Form, Run: s.fromHub},
	}
}

// Recognise returns the kind of document that d is: a referral is a
// ServiceRequest, alone or with the resources it refers to. A delivery report
// holds requests among what was done, and is none; of a request on its
// own only the profile tells.
func Recognise(d *tree.Doc) string {
	root := d.Root()
	if d.Text(d.Child(root, "resourceType")) == "ServiceRequest" {
		if d.Text(d.Find(root, "meta", "profile")) != Profile {
			return "" // a part of a condition record too: the caller says which
		}
		return Document
	}
	entries := d.Child(root, "entry")
	if entries == tree.None || d.Kind(entries) != tree.Array {
		return ""
	}
	found := ""
	for e := d.First(entries); e != tree.None; e = d.Next(e) {
		switch d.Text(d.Find(e, "resource", "resourceType")) {
		case "ServiceRequest":
			found = Document
		case "CarePlan", "Goal", "Procedure", "Encounter":
			return ""
		}
	}
	return found
}

// Recogniser tells a referral of the form from what else the form is.
func Recogniser() document.Recogniser {
	return document.Recogniser{Form: Form, Recognise: Recognise}
}

type steps struct {
	terms *terminology.Terminology
	sets  map[string]terminology.ValueSet
}

// run is one translation.
type run struct {
	*healthcheck.Copier
	*steps
}

// open begins a translation: a document with one request.
func (s *steps) open(source document.Source, from, to string) (run, *healthcheck.Resource, error) {
	c, err := healthcheck.Open(source.Doc, from, to)
	if err != nil {
		return run{}, nil, err
	}
	r := run{c, s}
	requests, patients := c.Of("ServiceRequest"), c.Of("Patient")
	switch {
	case len(requests) == 0:
		return r, nil, &mapping.Error{Kind: mapping.Required, Path: c.Doc.Path(c.Doc.Root()), Message: "expected a ServiceRequest, alone or in a Bundle"}
	case len(requests) > 1:
		return r, nil, &mapping.Error{Kind: mapping.Invalid, Path: c.Doc.Path(requests[1].Node), Message: "a second ServiceRequest; a referral is one, expected a document for each"}
	case len(patients) > 1:
		return r, nil, &mapping.Error{Kind: mapping.Invalid, Path: c.Doc.Path(patients[1].Node), Message: "a second citizen; a referral is about one, expected a document for each"}
	}
	if err := r.judge(requests[0].Node); err != nil {
		return r, nil, err
	}
	bundle.Misnumbered(c.Doc, func(value tree.ID, expected string) {
		if c.Doc.Text(c.Doc.Child(c.Doc.Parent(value), "system")) != healthcheck.CPR { // of which the copier tells
			c.Notice(c.Doc.Path(value), expected+"; it goes over as it stands")
		}
	})
	return r, requests[0], nil
}

// judge refuses what no request can say: a day that there is not, and a code
// that its system does not have.
func (r run) judge(request tree.ID) error {
	d := r.Doc
	if at := d.Child(request, "authoredOn"); at != tree.None {
		if _, err := lens.DateTime(d.Text(at)); err != nil {
			return &mapping.Error{Kind: mapping.Value, Path: d.Path(at), Message: "expected a date that exists, such as 2026-11-20, or with time and zone"}
		}
	}
	for n, end := request, d.End(request); n < end; n++ {
		if d.Key(n) != "system" || d.Kind(n) != tree.String {
			continue
		}
		code := d.Child(d.Parent(n), "code")
		system, ok := r.terms.CanonicalSystem(d.Text(n))
		if !ok || code == tree.None || system != mapping.FFB && system != mapping.FSIII && system != mapping.CareSocialCodes {
			continue
		}
		if _, ok := r.terms.Lookup(system, d.Text(code)); !ok {
			_, err := r.terms.Concept(mapping.Coding{System: system, Code: d.Text(code)})
			if e, is := err.(*mapping.Error); is {
				moved := *e
				moved.Path = d.Path(code)
				return &moved
			}
			return err
		}
	}
	return nil
}

// order lists the resources of the target: the request first.
func (r run) order(request *healthcheck.Resource) []*healthcheck.Resource {
	all := []*healthcheck.Resource{request}
	for _, other := range r.Resources {
		if other != request {
			all = append(all, other)
		}
	}
	return all
}

// extension returns the extension of an element by its url, None without one.
func (r run) extension(n tree.ID, url string) tree.ID {
	for _, e := range r.List(n, "extension") {
		if r.Doc.Text(r.Doc.Child(e, "url")) == url {
			return e
		}
	}
	return tree.None
}

// extensions writes the extensions of a request, and one of them, if it can, in
// the shape of the other side.
func (r run) extensions(out tree.OutID, m tree.ID, url string, reshape func(list tree.OutID, e tree.ID) bool) {
	list := r.Out.Array(out, "extension")
	for e := r.Doc.First(m); e != tree.None; e = r.Doc.Next(e) {
		if r.Doc.Text(r.Doc.Child(e, "url")) != url || !reshape(list, e) {
			r.Element(list, e, "ServiceRequest", "extension")
		}
	}
}

// toHub writes KL's request as the hub's referral.
func (s *steps) toHub(source document.Source, _ document.Request) (*transcript.Written, error) {
	r, request, err := s.open(source, Form, document.FHIR)
	if err != nil {
		return nil, err
	}
	_, entries := r.Bundle("collection", "anledning.bundle")
	for _, resource := range r.order(request) {
		switch resource.Type {
		case "ServiceRequest":
			r.requestIn(entries, resource)
		case "Patient":
			r.Patient(entries, resource, "anledning.borger")
		default:
			out, meta := r.Begin(entries, resource, "anledning.ressource")
			if resource.Type == "Condition" && r.single(resource.Node, "code") && r.citizen(resource, "subject") {
				r.Profile(meta, dkCondition, "anledning.profil")
			}
			r.Meta(meta, resource, "anledning.profil")
			r.Rest(out, resource, nil)
		}
	}
	return r.Finish()
}

// requestIn writes the request for the hub.
func (r run) requestIn(entries tree.OutID, request *healthcheck.Resource) {
	d := r.Doc
	out, meta := r.Begin(entries, request, "anledning.henvisning")
	if r.meetsDanish(request) {
		r.Profile(meta, dkReferral, "anledning.profil")
	}
	r.Meta(meta, request, "anledning.profil")
	r.Rest(out, request, func(key string, m tree.ID) bool {
		switch {
		case key == "extension" && d.Kind(m) == tree.Array:
			r.extensions(out, m, requesterType, r.typeIn)
		case key == "requester" && d.Kind(m) == tree.Object:
			r.requesterIn(out, m)
		default:
			return false
		}
		return true
	})
	if d.Child(request.Node, "category") == tree.None {
		coding := r.Out.Object(r.Out.Array(r.Out.Object(r.Out.Array(out, "category"), ""), "coding"), "")
		r.Say(coding, "system", snomed, "anledning.kategori")
		r.Say(coding, "code", referral, "anledning.kategori")
		r.Say(coding, "display", "Patient referral", "anledning.kategori")
	}
}

// typeIn writes KL's type of requester as the hub's: one code and nothing more.
func (r run) typeIn(list tree.OutID, e tree.ID) bool {
	d, rule := r.Doc, "anledning.henvisertype"
	concept := d.Child(e, "valueCodeableConcept")
	codings := r.List(concept, "coding")
	if len(codings) != 1 || d.Kind(codings[0]) != tree.Object || d.End(concept) != d.End(d.Child(concept, "coding")) || d.First(concept) != d.Child(concept, "coding") || !r.only(e, "url", "valueCodeableConcept") {
		return false
	}
	out := r.Out.Object(list, "")
	r.Text(out, "url", hubType, d.Child(e, "url"), rule)
	coding := r.Out.Object(out, "valueCoding")
	for m := d.First(codings[0]); m != tree.None; m = d.Next(m) {
		r.Member(coding, m, "ServiceRequest", "extension", "valueCoding")
	}
	return true
}

// only reports whether an element has these members and no others.
func (r run) only(n tree.ID, names ...string) bool {
	count := 0
	for m := r.Doc.First(n); m != tree.None; m = r.Doc.Next(m) {
		count++
	}
	for _, name := range names {
		if r.Doc.Child(n, name) == tree.None {
			return false
		}
	}
	return count == len(names)
}

// requesterIn writes who refers: the organisation, or who of it that was, where
// the hub had said so.
func (r run) requesterIn(out tree.OutID, m tree.ID) {
	d, rule := r.Doc, "anledning.henviser"
	role := r.extension(m, hubRole)
	to := r.Target(d.Child(role, "valueReference"))
	reference := d.Child(m, "reference")
	if to == nil || to.Type != "PractitionerRole" || reference == tree.None || d.Kind(reference) != tree.String || !r.only(m, "extension", "reference") || !r.only(role, "url", "valueReference") || !r.only(d.Child(role, "valueReference"), "reference") || len(r.List(m, "extension")) != 1 {
		r.Member(out, m, "ServiceRequest")
		return
	}
	r.Use(reference, rule)
	r.Use(d.Child(role, "url"), rule)
	r.Text(r.Out.Object(out, "requester"), "reference", "urn:uuid:"+to.ID, d.Find(role, "valueReference", "reference"), rule)
}

// meetsDanish reports whether a request meets dk-core's profile: its value set
// of priorities leaves out urgent and stat, a concept has one code from each
// system, and the resources referred to meet theirs.
func (r run) meetsDanish(request *healthcheck.Resource) bool {
	d, n := r.Doc, request.Node
	if p := d.Text(d.Child(n, "priority")); p == "urgent" || p == "stat" {
		return false
	}
	for _, reason := range r.List(n, "reasonCode") {
		if !r.distinct(reason) {
			return false
		}
	}
	for _, reference := range r.List(n, "reasonReference") {
		to := r.Target(reference)
		if to == nil || to.Type != "Condition" || !r.single(to.Node, "code") || !r.citizen(to, "subject") {
			return false
		}
	}
	parties := r.List(n, "performer")
	if requester := d.Child(n, "requester"); requester != tree.None {
		parties = append(parties, requester)
	}
	for _, reference := range parties {
		if !r.danish(r.Target(reference)) {
			return false
		}
	}
	return r.citizen(request, "subject")
}

// danish reports whether a party of a request is one that dk-core takes: a
// person, or an organisation with a number that it asks for.
func (r run) danish(party *healthcheck.Resource) bool {
	if party == nil {
		return false
	}
	switch party.Type {
	case "Practitioner":
		return true
	case "Organization":
		return r.registered(party)
	case "PractitionerRole":
		organisation := r.Doc.Child(party.Node, "organization")
		to := r.Target(organisation)
		return organisation == tree.None || to != nil && to.Type == "Organization" && r.registered(to)
	}
	return false
}

// citizen reports whether a resource is about a patient that meets dk-core.
func (r run) citizen(resource *healthcheck.Resource, key string) bool {
	to := r.Target(r.Doc.Child(resource.Node, key))
	return to != nil && to.Type == "Patient" && r.DKPatientMet(to)
}

// registered reports whether an organisation has a number that dk-core asks for.
func (r run) registered(o *healthcheck.Resource) bool {
	for _, i := range r.List(o.Node, "identifier") {
		switch r.Doc.Text(r.Doc.Child(i, "system")) {
		case "urn:oid:1.2.208.176.1.1", "https://kombit.dk/sts/organisation", "urn:oid:1.3.198", "http://cvr.dk":
			return true
		}
	}
	return false
}

// single reports whether a concept has at most one code from each system.
func (r run) single(n tree.ID, key string) bool { return r.distinct(r.Doc.Child(n, key)) }

func (r run) distinct(concept tree.ID) bool {
	seen := map[string]bool{}
	for _, c := range r.List(concept, "coding") {
		system := r.Doc.Text(r.Doc.Child(c, "system"))
		if seen[system] {
			return false
		}
		seen[system] = true
	}
	return true
}
