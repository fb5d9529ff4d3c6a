package xref

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// parties writes who sends, who receives and who gets the answer too. Where the
// hub does not say it, the caller does.
func (w *writer) parties(l tree.OutID) {
	role, person, organisation := w.requester()
	s := w.Out.Object(l, "Sender")
	w.party(s, organisation, w.request.Sender, "requester")
	for _, x := range w.all(role, "specialty") {
		for _, c := range w.all(x, "coding") {
			if w.text(c, "system") == speciality && w.Out.Child(s, "MedicalSpecialityCode") == tree.NoOut {
				w.put(s, "MedicalSpecialityCode", w.scalar(c, "code"), "xref.sender")
				w.Use(w.scalar(c, "system"), "xref.sender")
			}
		}
	}
	w.referrer(w.Out.Object(s, "Referrer"), role, person)
	to := tree.None
	for _, p := range w.all(w.sr, "performer") {
		n, kind := w.follow(p)
		if kind == "PractitionerRole" {
			n, kind = w.follow(w.Doc.Child(n, "organization"))
		}
		switch {
		case kind == "Organization" && to == tree.None:
			to = n
		case kind == "Organization":
			w.Notice(w.Doc.Path(p), "a letter has one receiver, the first: this one does not get it")
		}
	}
	w.party(w.Out.Object(l, "Receiver"), to, w.request.Receiver, "performer")
	for _, e := range w.extensions(w.sr, own+"answer-copy-to") {
		if n, kind := w.follow(w.Doc.Child(e, "valueReference")); kind == "Organization" {
			w.organisation(w.Out.Object(l, "AnswerCCReceiver"), n, false)
		}
	}
}

// requester finds who refers: as what, as whom, and for which organisation.
func (w *writer) requester() (role, person, organisation tree.ID) {
	role, person, organisation = tree.None, tree.None, tree.None
	n, kind := w.follow(w.Doc.Child(w.sr, "requester"))
	switch kind {
	case "Organization":
		organisation = n
	case "Practitioner":
		person = n
	case "PractitionerRole":
		role = n
		if p, kind := w.follow(w.Doc.Child(n, "practitioner")); kind == "Practitioner" {
			person = p
		}
		if o, kind := w.follow(w.Doc.Child(n, "organization")); kind == "Organization" {
			organisation = o
		}
	}
	return role, person, organisation
}

// party writes the Sender or the Receiver, which must have a location number.
func (w *writer) party(p tree.OutID, n tree.ID, named document.Party, element string) {
	const id = "xref.party"
	if n != tree.None && w.numbered(n, glnSystem, tree.None) != tree.None {
		w.organisation(p, n, true)
		return
	}
	if _, err := lens.GLN(named.GLN); err != nil {
		w.fail(&mapping.Error{Kind: mapping.Required, Path: w.Doc.Path(w.sr) + "." + element,
			Message: w.Out.Key(p) + ".EANIdentifier: required; expected an Organization with a location number (GLN), or that the caller names one"})
		return
	}
	w.Generate(p, "EANIdentifier", named.GLN, id)
	if n != tree.None {
		w.organisation(p, n, false)
	} else if named.Name != "" {
		w.Generate(p, "OrganisationName", named.Name, id)
	}
}

// isSystem reports whether a system is the one named, in any of its spellings.
func isSystem(system, as string) bool {
	return system == as || means[word{"spelling", system}] == as
}

// numbered returns the first identifier of a system but one.
func (w *writer) numbered(n tree.ID, system string, but tree.ID) tree.ID {
	for _, i := range w.all(n, "identifier") {
		if i != but && isSystem(w.text(i, "system"), system) && w.scalar(i, "value") != tree.None {
			return i
		}
	}
	return tree.None
}

// numbers are the registers in the order in which one is chosen.
var numbers = []string{"ydernummer", "sygehusafdelingsnummer", "sorkode", "kommunenummer", "lokationsnummer"}

// organisation writes an Organization. A location number of its own stands in
// the first element, ean, and only there.
func (w *writer) organisation(p tree.OutID, n tree.ID, ean bool) {
	const id = "xref.party"
	taken := tree.None
	if ean {
		taken = w.numbered(n, glnSystem, tree.None)
		value := w.scalar(taken, "value")
		if _, err := lens.GLN(w.said(value)); err != nil {
			w.fail(at(w.Doc.Path(value), err))
		}
		w.put(p, "EANIdentifier", value, id)
		w.Use(w.scalar(taken, "system"), id)
	}
	w.identifier(p, n, taken, id)
	w.put(p, "OrganisationName", w.scalar(n, "name"), id)
	w.put(p, "DepartmentName", w.value(w.own(n, "department")), id)
	w.put(p, "UnitName", w.value(w.own(n, "unit")), id)
	w.address(p, n, id)
	if ok, _ := w.holds(w.Out.Key(p), "TelephoneSubscriberIdentifier"); !ok {
		return
	}
	for _, t := range w.all(n, "telecom") {
		if w.text(t, "system") == "phone" && w.put(p, "TelephoneSubscriberIdentifier", w.scalar(t, "value"), id) {
			w.Use(w.scalar(t, "system"), id)
			return
		}
	}
}

// identifier writes an Identifier and of which register it is, but not the one
// that is taken.
func (w *writer) identifier(p tree.OutID, n, taken tree.ID, id string) {
	for _, name := range numbers {
		system := means[word{"IdentifierCode", name}]
		i := w.numbered(n, system, taken)
		if i == tree.None {
			continue
		}
		w.check(i)
		w.put(p, "Identifier", w.scalar(i, "value"), id)
		w.say(p, "IdentifierCode", name, w.scalar(i, "system"), id)
		return
	}
	for _, i := range w.all(n, "identifier") {
		if w.Doc.Child(i, "system") == tree.None {
			w.put(p, "Identifier", w.scalar(i, "value"), id)
			w.put(p, "IdentifierCode", w.Doc.Find(i, "type", "text"), id)
			return
		}
	}
}

// check refuses a number that its register cannot have.
func (w *writer) check(i tree.ID) {
	if check, ok := lens.Register(w.text(i, "system")); ok {
		if _, err := check(w.text(i, "value")); err != nil {
			w.fail(at(w.Doc.Path(i)+".value", err))
		}
	}
}

// address writes the first address.
func (w *writer) address(p tree.OutID, n tree.ID, id string) {
	a := w.one(n, "address")
	lines := w.all(a, "line")
	if len(lines) > 0 {
		w.put(p, "StreetName", lines[0], id)
	}
	if len(lines) > 1 {
		w.put(p, "SuburbName", lines[1], id)
	} else {
		w.put(p, "SuburbName", w.value(w.own(a, "suburb")), id)
	}
	w.put(p, "DistrictName", w.scalar(a, "city"), id)
	w.put(p, "PostCodeIdentifier", w.scalar(a, "postalCode"), id)
}

// one returns the first element of an array, None if it has none.
func (w *writer) one(n tree.ID, key string) tree.ID {
	if all := w.all(n, key); len(all) > 0 {
		return all[0]
	}
	return tree.None
}

// referrer writes the person who refers.
func (w *writer) referrer(p tree.OutID, role, person tree.ID) {
	const id = "xref.referrer"
	if person != tree.None {
		w.identifier(p, person, tree.None, id)
		w.name(p, w.one(person, "name"))
	}
	for _, c := range w.all(role, "code") {
		if w.put(p, "PersonTitle", w.scalar(c, "text"), id) || w.put(p, "PersonTitle", w.Doc.Find(c, "coding", "display"), id) {
			return
		}
	}
}

// name writes a name in one element.
func (w *writer) name(p tree.OutID, n tree.ID) {
	const id = "xref.referrer"
	if w.put(p, "PersonName", w.scalar(n, "text"), id) {
		return
	}
	var parts []string
	first := tree.None
	for _, part := range append(w.given(n), w.Doc.Child(n, "family")) {
		if text := w.said(part); !blank(text) {
			if first == tree.None {
				first = part
			} else {
				w.Use(part, id)
			}
			parts = append(parts, text)
		}
	}
	if first != tree.None {
		w.say(p, "PersonName", strings.Join(parts, " "), first, id)
	}
}

// citizen writes the Patient.
func (w *writer) citizen(p tree.OutID) {
	const id = "xref.patient"
	w.citizenNumber(p)
	w.names(p, w.one(w.patient, "name"), id)
	if w.Out.Child(p, "PersonSurnameName") == tree.NoOut {
		w.Lack(ledger.Lack{Path: w.Doc.Path(w.patient), Element: "Patient.PersonSurnameName", Message: "the citizen's name is not said: a name with family and given would say it"})
	}
	w.put(p, "PersonTitle", w.value(w.own(w.patient, "occupation")), id)
	w.address(p, w.patient, id)
	for _, t := range w.all(w.patient, "telecom") {
		if w.text(t, "system") != "phone" || blank(w.text(t, "value")) {
			continue
		}
		s := w.Out.Object(p, "TelephoneSubscriber")
		w.put(s, "TelephoneSubscriberIdentifier", w.scalar(t, "value"), id)
		w.Use(w.scalar(t, "system"), id)
		if use := wordFor[word{"TelephoneSubscriberCode", w.text(t, "use")}]; use != "" {
			w.say(s, "TelephoneSubscriberCode", use, w.scalar(t, "use"), id)
		} else {
			w.put(s, "TelephoneSubscriberCode", w.value(w.own(t, "telephone-code")), id)
		}
	}
	for _, t := range w.all(w.patient, "telecom") {
		if w.text(t, "system") == "email" && w.put(p, "EmailIdentifier", w.scalar(t, "value"), id) {
			w.Use(w.scalar(t, "system"), id)
			break
		}
	}
}

func (w *writer) citizenNumber(p tree.OutID) {
	const id = "xref.patient"
	i, element := w.numbered(w.patient, cprSystem, tree.None), "CivilRegistrationNumber"
	if i != tree.None {
		if ten, err := lens.CPRNumber(w.text(i, "value")); err == nil {
			w.say(p, element, ten, w.scalar(i, "value"), id)
			w.useSaid(w.scalar(i, "system"), id)
			w.useSaid(w.scalar(i, "use"), id)
			return
		}
		w.fail(&mapping.Error{Kind: mapping.Value, Path: w.Doc.Path(i) + ".value", Message: "expected a CPR number"})
		return
	}
	for _, i := range w.all(w.patient, "identifier") {
		w.check(i)
		if w.put(p, "AlternativeIdentifier", w.scalar(i, "value"), id) {
			w.useSaid(w.scalar(i, "system"), id)
			return
		}
	}
	w.fail(required(w.Doc, w.patient, "identifier: required; expected a CPR number or what stands for one"))
}

// names writes a name in two elements.
func (w *writer) names(p tree.OutID, n tree.ID, id string) {
	w.useSaid(w.scalar(n, "use"), id)
	if !w.put(p, "PersonSurnameName", w.scalar(n, "family"), id) && w.put(p, "PersonSurnameName", w.scalar(n, "text"), id) {
		w.Notice(w.Doc.Path(n), "the name is not divided into given and family name: all of it stands as PersonSurnameName")
		return
	}
	given := w.given(n)
	switch len(given) {
	case 0:
	case 1:
		w.put(p, "PersonGivenName", given[0], id)
	default:
		var all []string
		for i, g := range given {
			all = append(all, w.said(g))
			if i > 0 {
				w.Use(g, id)
			}
		}
		w.say(p, "PersonGivenName", strings.Join(all, " "), given[0], id)
	}
}

// given lists the given names of a name: the texts that say something. What else
// stands among them is no name, and nobody claims it.
func (w *writer) given(n tree.ID) []tree.ID {
	return slices.DeleteFunc(w.all(n, "given"), func(g tree.ID) bool { return w.Doc.Kind(g) != tree.String || blank(w.said(g)) })
}

// relative writes who is near the citizen.
func (w *writer) relative(p tree.OutID, c tree.ID) {
	const id = "xref.relative"
	code := tree.None
	for _, r := range w.all(c, "relationship") {
		for _, coding := range w.all(r, "coding") {
			if w.text(coding, "system") == relation && code == tree.None {
				code = w.scalar(coding, "code")
				w.Use(w.scalar(coding, "system"), id)
			}
		}
	}
	if !w.put(p, "RelationCode", code, id) {
		w.Say(p, "RelationCode", "uspec_paaroerende", id)
	}
	if v := w.Doc.Child(w.own(c, "relative-identifier"), "valueIdentifier"); v != tree.None {
		w.put(p, "PersonIdentifier", w.scalar(v, "value"), id)
		w.useSaid(w.scalar(v, "system"), id)
	}
	if n := w.Doc.Child(c, "name"); n != tree.None {
		w.names(p, n, id)
	}
}
