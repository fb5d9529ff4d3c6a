package plain

import (
	"iter"

	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// dosages reads of every dosage what the rules cannot: a reason to take it that has
// a code and no text, a unit that has one, and whether all of it has been read.
func (r reader) dosages() {
	for line := range r.lines() {
		for dose := range r.outElements(line, "dosering") {
			if d := r.dosage(dose); d != tree.None {
				r.asNeeded(d, dose)
				r.amounts(d, dose)
				r.half(d, dose)
			}
		}
	}
}

// lines gives the lines of the medication list that is written.
func (r reader) lines() iter.Seq[tree.OutID] {
	list := tree.OutID(0)
	if r.name == document.Sundhedstjek || r.name == henvisning {
		list = r.Out.Child(0, "medicinliste")
	}
	if list == tree.NoOut {
		return func(func(tree.OutID) bool) {}
	}
	return r.outElements(list, "laegemidler")
}

// outElements gives the elements of an array that is written.
func (r reader) outElements(parent tree.OutID, key string) iter.Seq[tree.OutID] {
	return func(yield func(tree.OutID) bool) {
		array := r.Out.Child(parent, key)
		if array == tree.NoOut {
			return
		}
		for e := r.Out.First(array); e != tree.NoOut && yield(e); e = r.Out.Next(e) {
		}
	}
}

// dosage returns the Dosage that one of ours was read from.
func (r reader) dosage(dose tree.OutID) tree.ID {
	for c := r.Out.First(dose); c != tree.NoOut; c = r.Out.Next(c) {
		leaf := c
		for !r.Out.Leafy(leaf) {
			leaf = r.Out.First(leaf)
		}
		n, _ := r.Out.Origin(leaf)
		for ; n != tree.None; n = r.Doc.Parent(n) {
			if parent := r.Doc.Parent(n); parent != tree.None && r.Doc.Key(parent) == "dosage" && r.Doc.Kind(parent) == tree.Array {
				return n
			}
		}
	}
	return tree.None
}

// asNeeded reads when a dose is needed, by the first display of its codes. One that
// has no words is as needed all the same.
func (r reader) asNeeded(d tree.ID, dose tree.OutID) {
	concept, rule := r.Doc.Child(d, "asNeededCodeableConcept"), r.rule("dosering/efter-behov-ved")
	if concept == tree.None || r.Out.Has(dose, "efterBehovVed") || r.Out.Has(dose, "efterBehov") {
		return
	}
	for c := r.first(concept); c != tree.None; c = r.Doc.Next(c) {
		if display := r.scalar(r.Doc.Child(c, "display")); len(wordsOf(r.Doc, display)) > 0 {
			r.Leaf(dose, "efterBehovVed", r.Doc.Raw(display), display, rule)
			r.without(c, rule, "the plain form has it in words", "system", "version", "code", "userSelected")
			return
		}
	}
	r.Constant(dose, "efterBehov", "true", rule)
}

// amounts reads the code of a unit that has no text.
func (r reader) amounts(d tree.ID, dose tree.OutID) {
	rates := r.Doc.Child(d, "doseAndRate")
	for e := elements(r.Doc, rates); e != tree.None; e = r.Doc.Next(e) {
		for _, a := range []struct {
			name string
			q    tree.ID
		}{{"maengde", r.Doc.Child(e, "doseQuantity")}, {"maengdeFra", r.Doc.Find(e, "doseRange", "low")}, {"maengdeTil", r.Doc.Find(e, "doseRange", "high")}} {
			amount := r.Out.Child(dose, a.name)
			if amount != tree.NoOut && a.q != tree.None && !r.Out.Has(amount, "enhed") && r.Doc.Child(a.q, "unit") == tree.None {
				r.quantity(a.q, amount)
			}
		}
	}
}

// half marks a dosage of which the plain form does not tell all, so that nobody
// reckons a dose from half a rule. How a drug is taken in changes no dose.
func (r reader) half(d tree.ID, dose tree.OutID) {
	if r.Out.Has(dose, "ufuldstaendig") {
		return
	}
	whole := true
	for m := r.Doc.First(d); m != tree.None; m = r.Doc.Next(m) {
		whole = whole && (r.Doc.Key(m) == "route" || r.Claimed(m))
	}
	for _, name := range []string{"maengde", "maengdeFra", "maengdeTil"} {
		amount := r.Out.Child(dose, name)
		whole = whole && (amount == tree.NoOut || r.Out.Has(amount, "enhed"))
	}
	if whole {
		return
	}
	r.Constant(dose, "ufuldstaendig", "true", r.rule("dosering/ufuldstaendig"))
	r.Notice(r.Doc.Path(d), "the plain form has no field for a part of this dosage; it is marked as incomplete, and its text counts")
}
