package plain

import (
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

// The measurements that a BMI is computed of.
const bmi, height, weight = "bmi", "hoejde", "vaegt"

// derived says of a BMI which height and weight it is of: those of the same
// moment, where there is one of each (documents.md §3).
func (f finisher) derived(observations []tree.OutID) {
	type moment struct{ what, when string }
	at := map[moment][]tree.OutID{}
	for _, o := range observations {
		if f.Out.Child(o, "valueQuantity") == tree.NoOut || f.text(o, "status") == "entered-in-error" {
			continue
		}
		codings := f.Out.Child(f.Out.Child(o, "code"), "coding")
		m := moment{f.text(f.Out.First(codings), "code"), f.text(o, "effectiveDateTime")}
		at[m] = append(at[m], o)
	}
	for m, all := range at {
		heights, weights := at[moment{height, m.when}], at[moment{weight, m.when}]
		if m.what != bmi || len(heights) != 1 || len(weights) != 1 {
			continue
		}
		for _, o := range all {
			from := f.Out.Array(o, "derivedFrom")
			for _, of := range []tree.OutID{heights[0], weights[0]} {
				f.Generate(f.Out.Object(from, ""), "reference", "urn:uuid:"+f.text(of, "id"), f.rule("maaling/udregnet-af"))
			}
		}
	}
}

// derived reads what a BMI is of. Height and weight of its moment say so by
// themselves in the plain form; that it is of others, the form does not say.
func (r reader) derived() {
	d, rule := r.Doc, r.rule("maaling/udregnet-af")
	check := r.healthCheck()
	if check == tree.NoOut {
		return
	}
	list := r.Out.Child(check, "maalinger")
	if list == tree.NoOut {
		return
	}
	for m := r.Out.First(list); m != tree.NoOut; m = r.Out.Next(m) {
		o := r.resource(m, "Observation")
		from := d.Child(o, "derivedFrom")
		if from == tree.None || d.Kind(from) != tree.Array {
			continue
		}
		said := r.ofItsMoment(o, from)
		for n := d.First(from); n != tree.None; n = d.Next(n) {
			switch leaf := d.Child(n, "reference"); {
			case r.kind(r.referred(n)) != "Observation":
			case said:
				r.Use(leaf, rule)
			default:
				r.Drop(leaf, rule, "the plain form does not say what a measurement was computed of; the other one stands in the document")
			}
		}
	}
}

// ofItsMoment reports whether o is a BMI of a height and a weight of its own moment.
func (r reader) ofItsMoment(o, from tree.ID) bool {
	d, of := r.Doc, map[string]int{}
	for n := d.First(from); n != tree.None; n = d.Next(n) {
		to := r.referred(n)
		if d.Text(d.Child(to, "effectiveDateTime")) != d.Text(d.Child(o, "effectiveDateTime")) {
			return false
		}
		of[r.what(to)]++
	}
	return r.what(o) == bmi && len(of) == 2 && of[height] == 1 && of[weight] == 1
}

// what is the name of the item that an Observation is of, empty if no table has
// it.
func (r reader) what(o tree.ID) string {
	item, _, _ := measure.Find(r.listed(r.Doc.Child(o, "code")))
	return item.Name
}
