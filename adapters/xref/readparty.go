package xref

import (
	"strings"

	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// from reads the sender: an Organization, in it who refers, and as what.
func (r *reader) from(n tree.ID) {
	const id = "xref.sender"
	role, roleRef := r.resource("PractitionerRole")
	person, personRef := r.resource("Practitioner")
	organisation, ref := r.resource("Organization")
	r.sender = ref
	r.organisation(n, organisation, id, taking{
		"MedicalSpecialityCode": func(n tree.ID) {
			if r.text(n) == tree.None {
				return
			}
			c := r.Out.Object(r.Out.Array(r.Out.Object(r.Out.Array(role, "specialty"), ""), "coding"), "")
			r.Say(c, "system", speciality, id)
			r.code(c, "code", n, id)
		},
		"Referrer": func(n tree.ID) {
			r.each(n, taking{
				"Identifier": func(n tree.ID) { r.identifier(person, n, id) }, "IdentifierCode": func(tree.ID) {},
				"PersonName": func(n tree.ID) {
					if r.text(n) != tree.None {
						r.write(r.Out.Object(r.Out.Array(person, "name"), ""), "text", n, id)
					}
				},
				"PersonTitle": func(n tree.ID) {
					if r.text(n) != tree.None {
						r.write(r.Out.Object(r.Out.Array(role, "code"), ""), "text", n, id)
					}
				},
			})
		},
	})
	who, known := r.Out.Object(r.request, "requester"), r.holdsMore(person)
	switch {
	case known || r.holdsMore(role):
		r.Generate(who, "reference", roleRef, id)
		if known {
			r.Generate(r.Out.Object(role, "practitioner"), "reference", personRef, id)
		} else {
			r.Out.Remove(r.Out.Parent(person))
		}
		r.Generate(r.Out.Object(role, "organization"), "reference", ref, id)
	default:
		r.Generate(who, "reference", ref, id)
		r.Out.Remove(r.Out.Parent(person))
		r.Out.Remove(r.Out.Parent(role))
	}
}

// holdsMore reports whether a resource holds more than its type and id.
func (r *reader) holdsMore(resource tree.OutID) bool {
	return r.Out.Next(r.Out.Next(r.Out.First(resource))) != tree.NoOut
}

// to reads the receiver.
func (r *reader) to(n tree.ID) {
	const id = "xref.receiver"
	organisation, ref := r.resource("Organization")
	r.Generate(r.Out.Object(r.Out.Array(r.request, "performer"), ""), "reference", ref, id)
	r.organisation(n, organisation, id, nil)
}

// copyTo reads who else gets the answer.
func (r *reader) copyTo(n tree.ID) {
	const id = "xref.copy"
	organisation, ref := r.resource("Organization")
	r.Generate(r.Out.Object(r.extension(r.request, "answer-copy-to", id), "valueReference"), "reference", ref, id)
	r.organisation(n, organisation, id, nil)
}

// organisation reads a sender or receiver.
func (r *reader) organisation(n tree.ID, o tree.OutID, id string, more taking) {
	address := r.Out.Object(r.Out.Array(o, "address"), "")
	takes := taking{
		"EANIdentifier": func(n tree.ID) {
			i := r.Out.Object(r.array(o, "identifier"), "")
			r.Say(i, "system", glnSystem, id)
			r.checked(i, glnSystem, n, id)
		},
		"Identifier":       func(n tree.ID) { r.identifier(o, n, id) },
		"IdentifierCode":   func(tree.ID) {}, // read with the Identifier
		"OrganisationName": r.put(o, "name", id),
		"DepartmentName":   r.extending(o, "department", id),
		"UnitName":         r.extending(o, "unit", id),
		"TelephoneSubscriberIdentifier": func(n tree.ID) {
			r.telephone(o, n, tree.None, id)
		},
	}
	r.address(takes, n, address, id)
	for name, take := range more {
		takes[name] = take
	}
	r.each(n, takes)
}

// identifier reads an Identifier with its IdentifierCode.
func (r *reader) identifier(parent tree.OutID, n tree.ID, id string) {
	if r.text(n) == tree.None {
		return
	}
	i := r.Out.Object(r.array(parent, "identifier"), "")
	system, code := "", r.text(r.Doc.Child(r.Doc.Parent(n), "IdentifierCode"))
	if code != tree.None {
		if system = r.coded("IdentifierCode", code); system != "" {
			r.Text(i, "system", system, code, id)
		} else {
			r.Carry(r.Out.Object(i, "type"), "text", code, id)
		}
	}
	r.checked(i, system, n, id)
}

// address adds what takes the elements of an address. The suburb is the second
// line, where there is a first.
func (r *reader) address(takes taking, n tree.ID, address tree.OutID, id string) {
	takes["StreetName"] = func(n tree.ID) { r.write(r.array(address, "line"), "", n, id) }
	takes["SuburbName"] = func(s tree.ID) {
		if r.text(r.Doc.Child(n, "StreetName")) == tree.None {
			r.extend(address, "suburb", s, id)
			return
		}
		r.write(r.array(address, "line"), "", s, id)
	}
	takes["DistrictName"] = r.put(address, "city", id)
	takes["PostCodeIdentifier"] = r.put(address, "postalCode", id)
}

// telephone writes a number, and what it is.
func (r *reader) telephone(parent tree.OutID, number, code tree.ID, id string) {
	if r.text(number) == tree.None {
		return
	}
	t := r.Out.Object(r.array(parent, "telecom"), "")
	r.Say(t, "system", "phone", id)
	r.write(t, "value", number, id)
	if code = r.text(code); code == tree.None {
		return
	}
	if use := r.coded("TelephoneSubscriberCode", code); use != "" {
		r.Text(t, "use", use, code, id)
		return
	}
	r.extend(t, "telephone-code", code, id)
}

// citizen reads the Patient.
func (r *reader) citizen(n tree.ID, p tree.OutID) {
	const id = "xref.patient"
	name := r.Out.Object(r.Out.Array(p, "name"), "")
	address := r.Out.Object(r.Out.Array(p, "address"), "")
	takes := taking{
		"CivilRegistrationNumber": func(n tree.ID) { r.number(p, n, id) },
		"AlternativeIdentifier":   func(n tree.ID) { r.replacement(p, n, id) },
		"PersonSurnameName":       r.put(name, "family", id),
		"PersonGivenName":         func(n tree.ID) { r.write(r.array(name, "given"), "", n, id) },
		"PersonTitle":             r.extending(p, "occupation", id),
		"TelephoneSubscriber": func(n tree.ID) {
			number, code := tree.None, tree.None
			r.each(n, taking{"TelephoneSubscriberIdentifier": func(n tree.ID) { number = n }, "TelephoneSubscriberCode": func(n tree.ID) { code = n }})
			r.telephone(p, number, code, id)
		},
		"EmailIdentifier": func(n tree.ID) {
			if r.text(n) == tree.None {
				return
			}
			t := r.Out.Object(r.array(p, "telecom"), "")
			r.Say(t, "system", "email", id)
			r.write(t, "value", n, id)
		},
	}
	r.address(takes, n, address, id)
	r.each(n, takes)
	if r.Out.First(name) == tree.NoOut {
		return
	}
	r.Say(name, "use", "official", id)
	if r.Out.Has(p, "identifier", "use") && r.Out.Child(name, "family") != tree.NoOut {
		r.Say(r.Out.Array(r.Out.Object(p, "meta"), "profile"), "", "http://hl7.dk/fhir/core/StructureDefinition/dk-core-patient", id)
	}
}

// number writes the CPR number.
func (r *reader) number(p tree.OutID, n tree.ID, id string) {
	t := r.text(n)
	if t == tree.None {
		return
	}
	ten, err := lens.CPRNumber(strings.TrimSpace(r.Doc.Text(t)))
	if err != nil {
		r.fail(at(r.Doc.Path(t), err))
		return
	}
	i := r.Out.Object(r.array(p, "identifier"), "")
	r.Say(i, "use", "official", id)
	r.Say(i, "system", cprSystem, id)
	r.Text(i, "value", ten, t, id)
}

// replacements are the numbers that stand for a CPR number, by what they are.
var replacements = []struct {
	system string
	check  func(string) (string, error)
}{{"urn:oid:1.2.208.176.1.6.1.1", lens.XECPR}, {"urn:oid:1.2.208.176.1.6.1.3", lens.DECPR}}

// replacement writes an AlternativeIdentifier. Which region gave a D-eCPR it
// does not say.
func (r *reader) replacement(p tree.OutID, n tree.ID, id string) {
	t := r.text(n)
	if t == tree.None {
		return
	}
	i := r.Out.Object(r.array(p, "identifier"), "")
	text := strings.TrimSpace(r.Doc.Text(t))
	for _, x := range replacements {
		if _, err := x.check(text); err == nil {
			r.Say(i, "system", x.system, id)
			break
		}
	}
	r.Text(i, "value", text, t, id)
}

// relative reads who is near the citizen.
func (r *reader) relative(n tree.ID, p tree.OutID) {
	const id = "xref.relative"
	c := r.Out.Object(r.array(p, "contact"), "")
	name := r.Out.Object(c, "name")
	r.each(n, taking{
		"RelationCode": func(n tree.ID) {
			if r.text(n) == tree.None {
				return
			}
			coding := r.Out.Object(r.Out.Array(r.Out.Object(r.Out.Array(c, "relationship"), ""), "coding"), "")
			r.Say(coding, "system", relation, id)
			r.code(coding, "code", n, id)
		},
		"PersonIdentifier": func(n tree.ID) {
			t := r.text(n)
			if t == tree.None {
				return
			}
			i := r.Out.Object(r.extension(c, "relative-identifier", id), "valueIdentifier")
			if _, err := lens.CPRNumber(strings.TrimSpace(r.Doc.Text(t))); err == nil {
				r.Say(i, "system", cprSystem, id)
			}
			r.Carry(i, "value", t, id)
		},
		"PersonSurnameName": r.put(name, "family", id),
		"PersonGivenName":   func(n tree.ID) { r.write(r.array(name, "given"), "", n, id) },
	})
}
