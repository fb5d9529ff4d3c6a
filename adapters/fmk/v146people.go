package fmk

import (
	"strings"

	"tolk/mapping/tree"
)

// citizens are the roles of an Other that is no professional, of
// RequestedRole.xsd.
var citizens = map[string]bool{"Borger": true, "Forældermyndighed": true, "Værge": true}

// authorised146 is an authorised professional.
var authorised146 = compile([]rule{
	{id: "fmk.professional.identifier", at: "AuthorisationIdentifier", to: "identifier[i].value", say: token}, // AuthorisationIdentifier.xsd
	{id: "fmk.professional.name", at: "Name", to: "name[n].text"},                                             // AuthorisedHealthcareProfessional.xsd
	{id: "fmk.professional.information", at: "SpecialityCode", via: nested("information")},                    // SpecialityCode.xsd
}, constant{"identifier[i]", "system", "urn:oid:1.2.208.176.1.3"})

// other146 is anybody else: ModificatorPerson.xsd, PersonIdentifier.xsd.
var other146 = compile(append(identified("fmk.professional.identifier", "PersonIdentifier", personSystems),
	rule{id: "fmk.by.person.name", at: "Name", via: fullName}))

// fullName writes a name in its parts (PersonName.xsd), and as the whole that
// 1.6.0 has.
func fullName(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object || f.out.Child(f.slots[0], "name") != tree.NoOut {
		return
	}
	name := f.out.Object(f.out.Array(f.slots[0], "name"), "")
	var whole []string
	for c := f.doc.First(n); c != tree.None; c = f.doc.Next(c) {
		t := f.text(c)
		if !f.ours(c) || t == tree.None || blank(f.doc.Text(t)) {
			continue
		}
		switch f.doc.RawKey(c) {
		case "GivenName", "MiddleName":
			f.tx.Carry(f.array(name, "given"), "", t, id)
		case "Surname":
			if f.out.Child(name, "family") != tree.NoOut {
				continue
			}
			f.tx.Carry(name, "family", t, id)
		default:
			continue
		}
		whole = append(whole, strings.TrimSpace(f.doc.Text(t)))
	}
	if len(whole) > 0 {
		f.tx.Generate(name, "text", strings.Join(whole, " "), id)
	}
}

// role146 is who did something: Modificator.xsd. An authorised professional has
// an element of its own, and everybody else is Other, with a role in words.
var role146 = compile([]rule{
	{id: "fmk.by.professional", at: "AuthorisedHealthcareProfessional", via: refersTo("practitioner", "Practitioner", authorised146)},
	{id: "fmk.by.professional", at: "Other", via: refersTo("practitioner", "Practitioner", other146)},
	{id: "fmk.by.organisation", at: "Organisation", via: refersTo("organization", "Organization", organisation)}, // Organisation.xsd
	{id: "fmk.by.role", at: "Role", to: "code[r].text"},                                                          // RequestedRole.xsd
})

// relative146 is an Other who is no professional.
var relative146 = compile(join(identified("fmk.by.person.identifier", "Other/PersonIdentifier", personSystems), []rule{
	{id: "fmk.by.person.name", at: "Other/Name", via: fullName},
	{id: "fmk.by.role", at: "Role", to: "relationship[r].text"},
	{id: "fmk.by.organisation", at: "Organisation", via: nested("organisation")},
}))

// who146 is who for 1.4.6.
func who146(w *writer, n tree.ID, same string) person {
	if flag := w.doc.Child(n, "Patient"); flag != tree.None { // PatientFlag.xsd
		w.present(flag, "fmk.by.patient")
		return person{ref: w.patientRef}
	}
	who, known := w.people[same]
	if known {
		w.tx.Like(n, who.node, "fmk.by.same")
		return who
	}
	var r tree.OutID
	who.node = n
	if by := w.text(w.doc.Child(n, "Role")); w.doc.Child(n, "Other") != tree.None && by != tree.None && citizens[w.doc.Text(by)] {
		r, who.ref = w.resource("RelatedPerson", n)
		w.refer(w.out.Object(r, "patient"), w.patientRef, "fmk.by.person")
		w.fill(relative146, n, r)
	} else {
		r, who.ref = w.resource("PractitionerRole", n)
		w.fill(role146, n, r)
	}
	if a := w.doc.Child(n, "AuthorisedBy"); a != tree.None && w.doc.Kind(a) == tree.Object {
		r, who.behalf = w.resource("PractitionerRole", a)
		w.fill(role146, a, r)
	}
	w.people[same] = who
	return who
}
