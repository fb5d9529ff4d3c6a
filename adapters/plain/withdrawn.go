package plain

import (
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
	"tolk/schemas"
)

// withdrawn says of the lists and lines of a Bundle what changes all else that they
// say, and the plain form has no field for: a list that is not the current one, and
// extensions that modify. That a line was taken off the list it has a word for.
func (r reader) withdrawn() {
	d := r.Doc
	for e := elements(d, d.Child(d.Root(), "entry")); e != tree.None; e = d.Next(e) {
		n := d.Child(e, "resource")
		kind := r.kind(n)
		if status := d.Text(d.Child(n, "status")); kind == "List" && status != "" && status != "current" {
			named := ""
			if status == "retired" || status == "entered-in-error" { // any other is the sender's text
				named = status + " and "
			}
			r.unsaid(n, "List.status", "the list is "+named+"not current, and the plain form has no word for that; it is not the citizen's medicine")
		}
		if (kind == "List" || kind == "MedicationStatement" || kind == "Medication") && d.Child(n, "modifierExtension") != tree.None {
			r.unsaid(n, kind+".modifierExtension", "an extension changes what the rest means, and the plain form has no place for it")
		}
		if kind == "List" {
			r.deleted(n)
		}
	}
}

// unsaid is the lack of a field in the plain form.
func (r reader) unsaid(n tree.ID, element, message string) {
	r.Lack(ledger.Lack{Path: r.Doc.Path(n), Element: element, Profile: schemas.ID(r.name), Message: message})
}

// deleted says of the lines that were taken off a list that they were.
func (r reader) deleted(list tree.ID) {
	d, gone := r.Doc, map[tree.ID]tree.ID{} // by the MedicationStatement
	for e := elements(d, d.Child(list, "entry")); e != tree.None; e = d.Next(e) {
		if n := d.Child(e, "deleted"); n != tree.None && d.Kind(n) == tree.Bool && d.Raw(n) == "true" {
			gone[r.referred(d.Child(e, "item"))] = n
		}
	}
	if len(gone) == 0 {
		return
	}
	for line := range r.lines() {
		if n, ok := gone[r.resource(line, "MedicationStatement")]; ok && !r.Out.Has(line, "aendring") {
			r.Leaf(line, "aendring", `"ophoert"`, n, r.rule("linje/ophoert"))
		}
	}
}
