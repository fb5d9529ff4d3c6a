package node

import (
	"iter"
	"strings"

	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// spelled takes away what stands between the digits.
var spelled = strings.NewReplacer("-", "", " ", "")

// number is a citizen's number in the one spelling that is hashed: ten digits of
// a CPR number, or an X-eCPR or D-eCPR in capitals; empty for what is none.
func number(text string) string {
	text = strings.TrimSpace(text)
	if ten, ok := lens.CPR(text); ok {
		return ten
	}
	text = strings.ToUpper(spelled.Replace(text))
	if ten, ok := lens.CPR(text); ok {
		return ten
	}
	for _, check := range []func(string) (string, error){lens.XECPR, lens.DECPR} {
		if ten, err := check(text); err == nil {
			return ten
		}
	}
	return ""
}

// registers are where a citizen has a number, the one that counts most first. A
// region's own D-eCPR stands under a number below the last.
var registers = []string{"urn:oid:1.2.208.176.1.2", "urn:oid:1.2.208.176.1.6.1.1", "urn:oid:1.2.208.176.1.6.1.3"}

// citizen returns the number of the first Patient of a FHIR document, whole or
// referred to by it alone; empty if it has none.
func citizen(d *tree.Doc) string {
	for e := range list(d, d.Child(d.Root(), "entry")) {
		if r := d.Child(e, "resource"); d.Text(d.Child(r, "resourceType")) == "Patient" {
			if n := identified(d, d.Child(r, "identifier")); n != "" {
				return n
			}
		}
	}
	if d.Text(d.Child(d.Root(), "resourceType")) == "Patient" {
		return identified(d, d.Child(d.Root(), "identifier"))
	}
	for n := range tree.ID(d.Len()) { // contained, or an identifier in the place of a resource
		switch {
		case d.RawKey(n) == "subject" && d.Kind(n) == tree.Object:
			if found := one(d, d.Child(n, "identifier")); found.number != "" {
				return found.number
			}
		case d.RawKey(n) == "resourceType" && d.Text(n) == "Patient":
			if found := identified(d, d.Child(d.Parent(n), "identifier")); found != "" {
				return found
			}
		}
	}
	return ""
}

// several reports whether the Patients of a FHIR document are more than one citizen:
// two of them have different numbers of one register. Search, order, audit and
// erasure go by one.
func several(d *tree.Doc) bool {
	known := map[int]string{}
	for e := range list(d, d.Child(d.Root(), "entry")) {
		r := d.Child(e, "resource")
		if d.Text(d.Child(r, "resourceType")) != "Patient" {
			continue
		}
		for i := range list(d, d.Child(r, "identifier")) {
			found := one(d, i)
			if found.number == "" {
				continue
			}
			if before, ok := known[found.rank]; ok && before != found.number {
				return true
			}
			known[found.rank] = found.number
		}
	}
	return false
}

// identity is a number and the place of its register among registers.
type identity struct {
	number string
	rank   int
}

// identified returns the number that counts most in a list of identifiers.
func identified(d *tree.Doc, identifiers tree.ID) string {
	best := identity{rank: len(registers)}
	for i := range list(d, identifiers) {
		if found := one(d, i); found.number != "" && found.rank < best.rank {
			best = found
		}
	}
	return best.number
}

func one(d *tree.Doc, identifier tree.ID) identity {
	system := d.Text(d.Child(identifier, "system"))
	for rank, register := range registers {
		if system == register || rank == len(registers)-1 && strings.HasPrefix(system, register+".") {
			return identity{number(d.Text(d.Child(identifier, "value"))), rank}
		}
	}
	return identity{}
}

// plainCitizen returns the number of the citizen of a plain document.
func plainCitizen(d *tree.Doc) string {
	c := d.Child(d.Root(), "borger")
	for _, name := range []string{"cpr", "xecpr", "decpr"} {
		if n := number(d.Text(d.Child(c, name))); n != "" {
			return n
		}
	}
	return ""
}

// oioCitizen returns the number of the citizen of a letter in OIOXML.
func oioCitizen(d *tree.Doc, root tree.ID) string {
	for _, name := range []string{"CivilRegistrationNumber", "AlternativeIdentifier"} {
		if n := number(oioText(d, root, "Patient", name)); n != "" {
			return n
		}
	}
	return ""
}

// oioText returns the text of an element, which may have attributes.
func oioText(d *tree.Doc, root tree.ID, names ...string) string {
	n := d.Find(root, names...)
	if n != tree.None && d.Kind(n) != tree.String {
		n = d.Child(n, tree.TextKey)
	}
	return strings.TrimSpace(d.Text(n))
}

// cardCitizen returns the number of the citizen of a medication card.
func cardCitizen(d *tree.Doc, card tree.ID) string {
	for n := card; n < d.End(card); n++ {
		if d.RawKey(n) == "PersonIdentifier" && within(d, n, "Person", "Patient") {
			if found := number(oioText(d, n)); found != "" {
				return found
			}
		}
	}
	return ""
}

// marked reports whether something in a FHIR document says that it is restricted
// (meta.security R or V).
func marked(d *tree.Doc) bool {
	for n := range tree.ID(d.Len()) {
		if d.RawKey(n) != "security" {
			continue
		}
		for c := range list(d, n) {
			if code := d.Text(d.Child(c, "code")); code == "R" || code == "V" {
				return true
			}
		}
	}
	return false
}

// refused reports whether a Consent in a FHIR document says that the citizen does not
// consent: it denies, was turned down, or is over and none that permits stands beside
// it.
func refused(d *tree.Doc) bool {
	over, permitted := false, false
	for e := range list(d, d.Child(d.Root(), "entry")) {
		c := d.Child(e, "resource")
		if d.Text(d.Child(c, "resourceType")) != "Consent" {
			continue
		}
		denies := d.Text(d.Find(c, "provision", "type")) == "deny"
		switch status := d.Text(d.Child(c, "status")); {
		case status == "entered-in-error":
		case status == "inactive":
			over = over || !denies
		case status == "rejected", denies:
			return true
		case status == "active":
			permitted = true
		}
	}
	return over && !permitted
}

// plainMarked reports whether something in a plain document is marked private.
func plainMarked(d *tree.Doc) bool {
	for n := range tree.ID(d.Len()) {
		switch d.RawKey(n) {
		case "privatmarkeret":
			if d.Raw(n) != "false" {
				return true
			}
		case "fortrolighed":
			if d.Text(n) != "" {
				return true
			}
		}
	}
	return false
}

func hasKey(d *tree.Doc, key string) bool {
	for n := range tree.ID(d.Len()) {
		if d.RawKey(n) == key {
			return true
		}
	}
	return false
}

// list gives the elements of an array, none of what is no array.
func list(d *tree.Doc, n tree.ID) iter.Seq[tree.ID] {
	return func(yield func(tree.ID) bool) {
		if n == tree.None || d.Kind(n) != tree.Array {
			return
		}
		for e := d.First(n); e != tree.None; e = d.Next(e) {
			if !yield(e) {
				return
			}
		}
	}
}

// within reports whether n stands in elements of these names, the innermost
// first.
func within(d *tree.Doc, n tree.ID, names ...string) bool {
	for _, name := range names {
		if n = d.Parent(n); n == tree.None || d.RawKey(n) != name {
			return false
		}
	}
	return true
}
