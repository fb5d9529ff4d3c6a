package fmk

import (
	"tolk/mapping/tree"
)

// bounds is when the doses of a period are given: from, to, or for how long.
type bounds struct{ start, end, length tree.ID }

// period writes one period of a dosage: a Dosage for every dose in it, or one
// for a period that has none.
func (r *regimen) period(n tree.ID, sequence int) {
	if r.doc.Kind(n) != tree.Object {
		return
	}
	before, fixed := len(r.dosages), false
	b := bounds{start: tree.None, end: tree.None, length: tree.None}
	if sequence == 1 && !r.silent(r.validFrom) {
		b.start = r.validFrom
	}
	var texts []tree.ID // that have no home
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if r.doc.Space(c) != space {
			continue
		}
		switch r.doc.RawKey(c) {
		case "PeriodLength":
			b.length = r.text(c)
		case "EndDate":
			r.end(c, &b)
		case "PeriodLengthFreeText", "DosagePeriodDescription":
			texts = append(texts, c)
		case "Empty", "Unspecified":
			d := r.dosage(sequence)
			r.keep(d, c, "fmk.dosage.no-dose")
			r.flag(d, "fmk.dosage.no-dose")
		case "Fixed":
			fixed = true
			r.structure(c, sequence, false)
		case "PRN":
			r.structure(c, sequence, true)
		}
	}
	if len(r.dosages) == before {
		r.flag(r.dosage(sequence), "fmk.dosage.no-dose")
	}
	for _, d := range r.dosages[before:] {
		r.bound(d, &b)
		if fixed && sequence > 1 && b.start == tree.None {
			r.flag(d, "fmk.dosage.sequence") // who passes over sequence would add its doses to those before
		}
	}
	for _, t := range texts {
		if r.doc.RawKey(t) == "DosagePeriodDescription" {
			r.keep(r.dosages[before], t, "fmk.dosage.period-text")
			continue
		}
		for _, d := range r.dosages[before:] {
			r.keep(d, t, "fmk.dosage.length-text")
			r.flag(d, "fmk.dosage.length-text")
		}
	}
}

// end reads the end of a period. FMK says so where it is unknown: then there is
// none.
func (r *regimen) end(n tree.ID, b *bounds) {
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if r.doc.Space(c) != space {
			continue
		}
		switch r.doc.RawKey(c) {
		case "CalculatedEndDate":
			b.end = r.text(c)
		case "Unknown":
			r.present(c, "fmk.dosage.end-unknown")
		}
	}
}

// bound writes when a Dosage counts. FHIR has room for dates or for a length;
// where FMK has both, the length is kept in its words, and matters where no end
// is known.
func (r *regimen) bound(d tree.OutID, b *bounds) {
	if b.start == tree.None && b.end == tree.None {
		if b.length == tree.None {
			return
		}
		const id = "fmk.dosage.length"
		q := r.out.Object(r.repeat(d), "boundsDuration")
		r.decimal(q, "value", b.length, id)
		r.measured(q, "dage", "d", id)
		return
	}
	p := r.out.Object(r.repeat(d), "boundsPeriod")
	for _, bound := range []struct {
		key, id string
		n       tree.ID
	}{{"start", "fmk.dosage.start", b.start}, {"end", "fmk.dosage.end", b.end}} {
		if bound.n == tree.None {
			continue
		}
		if text, expected := day(r.doc.Text(bound.n)); expected == "" {
			r.tx.Text(p, bound.key, text, bound.n, bound.id)
		} else {
			r.fail(bound.n, expected)
		}
	}
	if b.length != tree.None {
		r.note(d, "PeriodLength", b.length, "fmk.dosage.length")
		if b.end == tree.None {
			r.flag(d, "fmk.dosage.length")
		}
	}
}

// repeat returns the timing.repeat of a Dosage, begun if it is not there.
func (r *regimen) repeat(d tree.OutID) tree.OutID {
	t := r.object(d, "timing")
	return r.object(t, "repeat")
}

// object returns the object of this name in another, begun if it is not there.
func (w *writer) object(parent tree.OutID, key string) tree.OutID {
	if o := w.out.Child(parent, key); o != tree.NoOut {
		return o
	}
	return w.out.Object(parent, key)
}

// decimal writes a number.
func (w *writer) decimal(parent tree.OutID, key string, n tree.ID, id string) {
	raw, expected := number(w.doc.Text(n))
	if expected != "" {
		w.fail(n, expected)
		return
	}
	w.tx.Leaf(parent, key, raw, n, id)
}

// measured writes the unit of a quantity, which the rule states: FMK says it in
// the definition of the element.
func (w *writer) measured(quantity tree.OutID, unit, ucum, id string) {
	w.tx.Say(quantity, "unit", unit, id)
	w.tx.Say(quantity, "system", "http://unitsofmeasure.org", id)
	w.tx.Say(quantity, "code", ucum, id)
}
