package klreferral

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/healthcheck"
	"tolk/mapping/terminology"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// valueSets lists KL's value sets by name.
func valueSets(terms *terminology.Terminology) map[string]terminology.ValueSet {
	all := map[string]terminology.ValueSet{}
	for _, v := range terms.ValueSets() {
		all[v.Name], all[v.URL] = v, v
	}
	return all
}

// in reports whether a concept is in a value set, by name or url.
func (s *steps) in(set string, e *terminology.Entry) bool {
	found := false
	for _, rule := range s.sets[set].Rules {
		holds := false
		switch system, _ := s.terms.CanonicalSystem(rule.System); {
		case rule.ValueSet != "":
			holds = s.in(rule.ValueSet, e)
		case system != e.System:
		case rule.Op == "descendent-of":
			holds = e.DescendantOf(rule.Value)
		case rule.Op == "is-a":
			holds = slices.Contains(e.Spellings, rule.Value) || e.DescendantOf(rule.Value)
		case len(rule.Codes) > 0:
			holds = slices.ContainsFunc(rule.Codes, func(code string) bool { return slices.Contains(e.Spellings, code) })
		default:
			holds = true
		}
		switch {
		case holds && rule.Exclude:
			return false
		case holds:
			found = true
		}
	}
	return found
}

// says reports whether a concept has a code of a value set.
func (r run) says(concept tree.ID, set string) bool {
	d := r.Doc
	for _, c := range r.List(concept, "coding") {
		if e, ok := r.terms.Lookup(d.Text(d.Child(c, "system")), d.Text(d.Child(c, "code"))); ok && r.in(set, e) {
			return true
		}
	}
	return false
}

// fromHub writes the hub's referral as KL's request. Everything goes along; the
// profile is claimed where it is met, and what it misses is a lack.
func (s *steps) fromHub(source document.Source, _ document.Request) (*transcript.Written, error) {
	r, request, err := s.open(source, document.FHIR, Form)
	if err != nil {
		return nil, err
	}
	r.leave()
	_, entries := r.Bundle("collection", "anledning.bundle")
	for _, resource := range r.order(request) {
		switch {
		case resource.Gone != "":
			r.Drop(resource.Entry, "anledning.original", resource.Gone)
		case resource == request:
			r.requestOut(entries, resource)
		case resource.Type == "Patient":
			out, meta := r.Begin(entries, resource, "anledning.borger")
			if r.DKPatientMet(resource) {
				r.Profile(meta, core+"KLCommonCitizen", "anledning.profil")
			}
			r.Meta(meta, resource, "anledning.profil")
			r.Persons(out, resource)
		default:
			out, meta := r.Begin(entries, resource, "anledning.ressource")
			r.Meta(meta, resource, "anledning.profil")
			r.Rest(out, resource, nil)
		}
	}
	return r.Finish()
}

// leave marks the sender's original and what tells of it: it is given back as
// it came, and not inside another document.
func (r run) leave() {
	const reason = "is the sender's original, which is given back as it came and not inside another document"
	for _, b := range r.Of("Binary") {
		b.Gone = reason
	}
	for _, p := range r.Of("Provenance") {
		for _, e := range r.List(p.Node, "entity") {
			if to := r.Target(r.Doc.Child(e, "what")); to != nil && to.Gone != "" {
				p.Gone = "says where the document came from, and its original does not go along"
			}
		}
	}
}

// requestOut writes the referral for KL.
func (r run) requestOut(entries tree.OutID, request *healthcheck.Resource) {
	d := r.Doc
	out, meta := r.Begin(entries, request, "anledning.henvisning")
	if r.meetsKL(request) {
		r.Profile(meta, Profile, "anledning.profil")
		r.Claim(Profile)
	}
	r.Meta(meta, request, "anledning.profil")
	r.Rest(out, request, func(key string, m tree.ID) bool {
		switch {
		case key == "extension" && d.Kind(m) == tree.Array:
			r.extensions(out, m, hubType, r.typeOut)
		case key == "requester" && d.Kind(m) == tree.Object:
			r.requesterOut(out, m)
		default:
			return false
		}
		return true
	})
}

// typeOut writes the hub's type of requester as KL's: the short code, which the
// terminology that the profile is published with has (kl-term 1.0.0), and every
// later one as well.
func (r run) typeOut(list tree.OutID, e tree.ID) bool {
	d, rule := r.Doc, "anledning.henvisertype"
	from := d.Child(e, "valueCoding")
	if from == tree.None || d.Kind(from) != tree.Object || !r.only(e, "url", "valueCoding") {
		return false
	}
	out := r.Out.Object(list, "")
	r.Text(out, "url", requesterType, d.Child(e, "url"), rule)
	coding := r.Out.Object(r.Out.Array(r.Out.Object(out, "valueCodeableConcept"), "coding"), "")
	for m := d.First(from); m != tree.None; m = d.Next(m) {
		if entry, ok := r.terms.Lookup(d.Text(d.Child(from, "system")), d.Text(m)); ok && d.Key(m) == "code" {
			r.Text(coding, "code", entry.Spellings[len(entry.Spellings)-1], m, rule)
			continue
		}
		r.Member(coding, m, "ServiceRequest", "extension", "valueCoding")
	}
	return true
}

// party returns what KL lets a request be from, and the role it was said with:
// an organisation or a person, and of a role the organisation, or else the
// person.
func (r run) party(requester tree.ID) (party, role *healthcheck.Resource) {
	to := r.Target(requester)
	if to == nil || to.Type != "PractitionerRole" {
		return to, nil
	}
	for _, key := range []string{"organization", "practitioner"} {
		if other := r.Target(r.Doc.Child(to.Node, key)); other != nil {
			return other, to
		}
	}
	return to, nil
}

// requesterOut writes who refers. The role goes along in an extension.
func (r run) requesterOut(out tree.OutID, m tree.ID) {
	d, rule := r.Doc, "anledning.henviser"
	party, role := r.party(m)
	reference := d.Child(m, "reference")
	if role == nil || reference == tree.None || d.Kind(reference) != tree.String || !r.only(m, "reference") {
		r.Member(out, m, "ServiceRequest")
		return
	}
	requester := r.Out.Object(out, "requester")
	said := r.Out.Object(r.Out.Array(requester, "extension"), "")
	r.Say(said, "url", hubRole, rule)
	r.Text(r.Out.Object(said, "valueReference"), "reference", "urn:uuid:"+role.ID, reference, rule)
	r.Generate(requester, "reference", "urn:uuid:"+party.ID, rule)
}

// meetsKL reports whether a referral meets KL's profile, and says what it lacks.
func (r run) meetsKL(request *healthcheck.Resource) bool {
	d, n, met := r.Doc, request.Node, true
	lack := func(element, message string) {
		r.Miss(request, "ServiceRequest."+element, Profile, message)
		met = false
	}
	if d.Child(n, "authoredOn") == tree.None {
		lack("authoredOn", "when the referral was written is not said; KL's request needs it")
	}
	switch party, _ := r.party(d.Child(n, "requester")); {
	case d.Child(n, "requester") == tree.None:
		lack("requester", "who refers is not said; KL's request needs it")
	case party == nil || party.Type != "Organization" && party.Type != "Practitioner":
		lack("requester", "KL's request is from an organisation or a person that is in the document")
	}
	if code := d.Child(n, "code"); code != tree.None && !r.says(code, "KLServicesTypes") {
		lack("code", "what is asked for has no code of KL's types of service (KLServicesTypes); it goes as it stands")
	}
	if slices.ContainsFunc(r.List(n, "orderDetail"), func(detail tree.ID) bool { return !r.says(detail, "KLInterventions") }) {
		lack("orderDetail", "an intervention has no code of KL's (KLInterventions); it goes as it stands")
	}
	if e := r.extension(n, hubType); e != tree.None {
		coding := d.Child(e, "valueCoding")
		entry, ok := r.terms.Lookup(d.Text(d.Child(coding, "system")), d.Text(d.Child(coding, "code")))
		if !ok || !r.in("KLRequestFromFSIII", entry) {
			lack("extension", "the type of the requester is none of FSIII's (KLRequestFromFSIII)")
		}
	}
	if e := r.extension(n, core+"SubjectConsentToLiaising"); e != tree.None && !r.says(d.Child(e, "valueCodeableConcept"), "KLConsentToLiasing") {
		lack("extension", "whether the citizen agrees is said with none of KL's codes (KLConsentToLiasing)")
	}
	if slices.ContainsFunc(r.List(n, "reasonReference"), func(reference tree.ID) bool { return !r.focus(r.Target(reference)) }) {
		lack("reasonReference", "a reason is no condition that KL's profile takes: one code from each system, FFB's and FSIII's of conditions")
	}
	if !r.citizen(request, "subject") {
		lack("subject", "the citizen is not in the document, or has no number and name as the Danish profile asks for")
	}
	return met
}

// focus reports whether a reason is a condition that meets
// KLCommonCareSocialFocusCondition.
func (r run) focus(condition *healthcheck.Resource) bool {
	d := r.Doc
	if condition == nil || condition.Type != "Condition" || !r.single(condition.Node, "code") {
		return false
	}
	for _, c := range r.List(d.Child(condition.Node, "code"), "coding") {
		e, ok := r.terms.Lookup(d.Text(d.Child(c, "system")), d.Text(d.Child(c, "code")))
		if !ok {
			continue
		}
		set := map[string]string{mapping.FSIII: "KLConditionCodesFSIII", mapping.FFB: "KLConditionsAndTargetGroupsFFB"}[e.System]
		if set != "" && !r.in(set, e) {
			return false
		}
	}
	return true
}
