package fmk

import (
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// person is who did something, as a reference, and on whose behalf.
type person struct {
	ref, behalf string
	node        tree.ID // that it was made of
}

// The systems of the identifiers FMK knows organisations by. Of any other, the
// name FMK gives the source stands as assigner.
var organisationSystems = map[string]string{
	"SOR":                 "urn:oid:1.2.208.176.1.1",
	"EAN-Lokationsnummer": "https://www.gs1.org/gln",
	"Yder":                "urn:oid:1.2.208.176.1.4",
	"CVR":                 "http://cvr.dk",
	"SKS":                 "urn:oid:1.2.208.176.2.4",
	"CVR-P":               "urn:tolk:NamingSystem:p-nummer",
	"Kommunekode":         "urn:tolk:NamingSystem:kommunekode",
	"Udleveringssted":     "urn:tolk:NamingSystem:fmk-udleveringssted",
}

// The systems of the identifiers of professionals.
var professionalSystems = map[string]string{
	"Autorisation": "urn:oid:1.2.208.176.1.3",
	"CPR":          "urn:oid:1.2.208.176.1.2",
}

// identified are the rules for an identifier with its source.
func identified(id, at string, systems map[string]string) []rule {
	return []rule{
		{id: id, at: at, to: "identifier[i].value", say: token},
		{id: id + ".source", at: at + "/@source", to: "identifier[i].system", how: among(systems)},
		{id: id + ".source", at: at + "/@source", to: "identifier[i].assigner.display", say: outside(systems)},
	}
}

var organisation = compile(append(identified("fmk.organisation.identifier", "Identifier", organisationSystems), []rule{
	{id: "fmk.organisation.type", at: "Type", to: "type[t].text"},
	{id: "fmk.organisation.name", at: "Name", to: "name"},
	{id: "fmk.organisation.address", at: "AddressLine", to: "address[a].line[+]"},
	{id: "fmk.organisation.telephone", at: "TelephoneNumber", to: "telecom[phone].value"},
	{id: "fmk.organisation.email", at: "EmailAddress", to: "telecom[email].value"},
}...), constant{"telecom[phone]", "system", "phone"}, constant{"telecom[email]", "system", "email"})

var practitioner = compile(append(identified("fmk.professional.identifier", "Identifier", professionalSystems), []rule{
	{id: "fmk.professional.name", at: "Name", to: "name[n].text"},
	{id: "fmk.professional.information", at: "Information", via: nested("information")},
}...))

// nested keeps an element as an extension of the resource, in FMK's words.
func nested(name string) handle {
	return func(f *filling, n tree.ID, id string) {
		e := f.extension(f.slots[0], name, id)
		if f.doc.Kind(n) != tree.Object {
			f.say(e, n, id)
			return
		}
		for c := range children(f.doc, n) {
			f.nest(e, c, id)
		}
		if f.out.Child(e, "extension") == tree.NoOut {
			f.out.RemoveEmpty(e)
		}
	}
}

var (
	role      *table
	relative  *table
	behalfOf  *table
	agentRole = compile([]rule{{id: "fmk.by.role", at: "Role", to: "role[r].text"}})
)

func init() {
	authorised := []rule{
		{id: "fmk.by.professional", at: "HealthcareProfessional", via: refersTo("practitioner", "Practitioner", practitioner)},
		{id: "fmk.by.organisation", at: "Organisation", via: refersTo("organization", "Organization", organisation)},
		{id: "fmk.by.role", at: "Role", to: "code[r].text"},
	}
	role = compile(append(authorised,
		rule{id: "fmk.by.description", at: "RoleSpecific/Description", via: nested("role-description")}))
	behalfOf = compile(authorised)
	relative = compile(append(identified("fmk.by.person.identifier", "Person/PersonIdentifier", personSystems), []rule{
		{id: "fmk.by.person.name", at: "Person/Name", to: "name[n].text"},
		{id: "fmk.by.role", at: "Role", to: "relationship[r].text"},
		{id: "fmk.by.organisation", at: "Organisation", via: nested("organisation")},
	}...))
}

// refersTo makes an element a resource of its own, once for all that are the
// same to the letter, and refers to it.
func refersTo(key, kind string, t *table) handle {
	return func(f *filling, n tree.ID, id string) {
		if f.doc.Kind(n) != tree.Object || f.out.Child(f.slots[0], key) != tree.NoOut {
			return
		}
		same := kind + f.doc.Raw(n)
		who, known := f.people[same]
		if known {
			f.tx.Like(n, who.node, id)
		} else {
			var r tree.OutID
			who.node = n
			r, who.ref = f.resource(kind, n)
			f.fill(t, n, r)
			f.people[same] = who
		}
		f.refer(f.out.Object(f.slots[0], key), who.ref, id)
	}
}

// who makes a By, a ReportedBy or the like a PractitionerRole, a RelatedPerson
// or the Patient, once for all that are the same to the letter.
func (w *writer) who(n tree.ID) person {
	if w.doc.Kind(n) != tree.Object {
		return person{}
	}
	if flag := w.doc.Find(n, "Person", "Patient"); flag != tree.None {
		w.present(flag, "fmk.by.patient")
		return person{ref: w.patientRef}
	}
	same := inner(w.doc.Raw(n))
	if w.edition.who != nil {
		return w.edition.who(w, n, same)
	}
	who, known := w.people[same]
	if known {
		w.tx.Like(n, who.node, "fmk.by.same")
		return who
	}
	var r tree.OutID
	who.node = n
	if w.doc.Child(n, "Person") != tree.None {
		r, who.ref = w.resource("RelatedPerson", n)
		w.refer(w.out.Object(r, "patient"), w.patientRef, "fmk.by.person")
		w.fill(relative, n, r)
	} else {
		r, who.ref = w.resource("PractitionerRole", n)
		w.fill(role, n, r)
	}
	if a := w.doc.Child(n, "AuthorisedBy"); a != tree.None && w.doc.Kind(a) == tree.Object {
		r, who.behalf = w.resource("PractitionerRole", a)
		w.fill(behalfOf, a, r)
	}
	w.people[same] = who
	return who
}

// inner is an element without its tags: who created and who changed may be the
// same.
func inner(element string) string {
	open, closed := strings.IndexByte(element, '>'), strings.LastIndexByte(element, '<')
	if open < 0 || closed <= open {
		return element
	}
	return element[open:closed]
}

// agent writes who did something into a Provenance.
func (w *writer) agent(provenance tree.OutID, n tree.ID, id string) tree.OutID {
	a := w.out.Object(w.array(provenance, "agent"), "")
	who := w.who(n)
	if who.ref == w.patientRef {
		w.fill(agentRole, n, a)
	}
	o := w.out.Object(a, "who")
	if who.ref == "" {
		w.tx.Say(o, "display", "ikke oplyst", id)
		return a
	}
	w.refer(o, who.ref, id)
	if who.behalf != "" {
		w.refer(w.out.Object(a, "onBehalfOf"), who.behalf, id)
	}
	return a
}

// The systems of the identifiers of citizens.
var personSystems = map[string]string{
	"CPR":             "urn:oid:1.2.208.176.1.2",
	"X-eCPR":          "urn:oid:1.2.208.176.1.6.1.1",
	"MedicineCardKey": "urn:tolk:NamingSystem:fmk-medicinkortnoegle",
}

// What dk-core says of the use of each, and how it is checked.
var personUse = map[string]string{"CPR": "official", "X-eCPR": "temp"}
var personCheck = map[string]func(string) (string, error){"CPR": lens.CPRNumber, "X-eCPR": lens.XECPR}

var genders = map[string]string{
	"male": "male", "female": "female", "other": "other", "unspecified": "unknown",
	"Male": "male", "Female": "female", "Other": "other", "Unspecified": "unknown",
}

var patient = compile([]rule{
	{id: "fmk.patient.identifier", at: "Person/PersonIdentifier", via: citizen},
	{id: "fmk.patient.name", at: "Person/Name/GivenName", to: "name[n].given[+]"},
	{id: "fmk.patient.name", at: "Person/Name/MiddleName", to: "name[n].given[+]"},
	{id: "fmk.patient.name", at: "Person/Name/Surname", to: "name[n].family"},
	{id: "fmk.patient.name-protected", at: "Person/NameProtected", to: "^name-protected.valueBoolean", how: yes},
	{id: "fmk.patient.birthdate", at: "Person/BirthDate", to: "birthDate", say: day},
	{id: "fmk.patient.gender", at: "Person/Gender", to: "gender", how: among(genders)},
	{id: "fmk.patient.gender", at: "Person/Gender", to: "^gender.valueString", say: outside(genders)},
	{id: "fmk.patient.address", at: "AddressLine", to: "address[a].line[+]"},
	{id: "fmk.patient.address", at: "PostCode", to: "address[a].postalCode"},
	{id: "fmk.patient.address", at: "DistrictName", to: "address[a].city"},
	{id: "fmk.patient.address-protected", at: "AddressProtected", to: "^address-protected.valueBoolean", how: yes},
})

// profile is what the Patient of a card meets.
const profile = "http://hl7.dk/fhir/core/StructureDefinition/dk-core-patient"

// patientOf writes the citizen whose card it is.
func patientOf(f *filling, n tree.ID, id string) {
	if f.subject {
		f.fail(n, "expected one Patient")
		return
	}
	f.subject = true
	r, _ := f.resource("Patient", f.medicineCard)
	f.tx.Say(f.out.Array(f.out.Object(r, "meta"), "profile"), "", profile, id)
	f.fill(f.edition.patient, n, r)
	if name := f.out.Child(r, "name"); name != tree.NoOut {
		if first := f.out.First(name); f.out.Child(first, "family") != tree.NoOut {
			f.tx.Say(first, "use", "official", "fmk.patient.name")
		}
	}
}

// citizen writes the identifier of the citizen, which must be one.
func citizen(f *filling, n tree.ID, id string) {
	if f.out.Child(f.slots[0], "identifier") != tree.NoOut {
		f.fail(n, "expected one PersonIdentifier")
		return
	}
	source, text := f.doc.Child(n, "@source"), f.text(n)
	if text == tree.None || blank(f.doc.Text(text)) {
		f.err = &mapping.Error{Kind: mapping.Required, Path: f.doc.Path(n), Message: "expected the identifier of the citizen"}
		return
	}
	name, value := f.doc.Text(source), strings.TrimSpace(f.doc.Text(text))
	if check := personCheck[name]; check != nil {
		number, err := check(value)
		if err != nil {
			f.err = &mapping.Error{Kind: mapping.Value, Path: f.doc.Path(text), Message: "expected an identifier of the kind that its source names", Err: err}
			return
		}
		value = number
	}
	i := f.out.Object(f.out.Array(f.slots[0], "identifier"), "")
	if use := personUse[name]; use != "" {
		f.tx.Say(i, "use", use, id)
	}
	switch system := personSystems[name]; {
	case system != "":
		f.tx.Text(i, "system", system, source, id+".source")
	case source != tree.None && !blank(name):
		f.tx.Carry(f.out.Object(i, "assigner"), "display", source, id+".source")
	}
	f.tx.Text(i, "value", value, text, id)
}

// text returns the node that holds the text of an element: itself, or below it
// where it has attributes. It is None where there is none.
func (w *writer) text(n tree.ID) tree.ID {
	if n == tree.None || w.doc.Kind(n) == tree.String {
		return n
	}
	return w.doc.Child(n, tree.TextKey)
}

// present says of an element that tells all there is by being there that it chose
// a rule. What stands in it nobody knows.
func (w *writer) present(n tree.ID, id string) {
	if w.doc.Kind(n) == tree.String && blank(w.doc.Text(n)) {
		w.tx.Use(n, id)
	}
}

func blank(text string) bool {
	if text != "" && text[0] > ' ' && text[0] < utf8.RuneSelf {
		return false // as nearly all text
	}
	return strings.TrimSpace(text) == ""
}
