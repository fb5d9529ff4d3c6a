package fmk

import (
	"strconv"

	"tolk/mapping/tree"
)

// regimen is the dosage of one line being written. Its parts must be read
// together: what a dose is of, when it is given and how long that goes on stand
// in different places.
type regimen struct {
	*writer
	statement     tree.OutID   // the MedicationStatement
	dosages       []tree.OutID // written so far
	route         tree.ID
	unit, plural  tree.ID // in FMK's words
	validFrom     tree.ID
	trigger       tree.ID // of what is given as needed
	asked         bool    // the trigger has a home
	short, long   tree.ID // FMK's text
	free          tree.ID // of a dosage in words only
	parameters    []tree.ID
	preconditions []tree.ID // that have no home
	self          tree.ID
}

// part says where an element of a dosage is kept until the dosage is written, nil if
// it is none.
func (r *regimen) part(name string) *tree.ID {
	switch name {
	case "UnitText", "Singular":
		return &r.unit
	case "Plural":
		return &r.plural
	case "ValidFrom":
		return &r.validFrom
	case "PRNTrigger":
		return &r.trigger
	case "ShortText":
		return &r.short
	case "LongText":
		return &r.long
	case "IsSelfAdministration":
		return &r.self
	}
	return nil
}

// dosageOf writes the dosage of a line as Dosages: one for each dose that is
// told apart, all of one period with the same sequence.
func dosageOf(f *filling, n tree.ID, id string) {
	if f.out.Child(f.slots[0], "dosage") != tree.NoOut {
		f.fail(n, "expected one Dosage, and which of several counts is not for a reader to guess")
		return
	}
	if f.doc.Kind(n) != tree.Object {
		return
	}
	r := newRegimen(f, n)
	r.collect(n)
	sequence := 0
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if r.doc.Space(c) != space {
			continue
		}
		switch r.doc.RawKey(c) {
		case "DosagePeriod":
			sequence++
			r.period(c, sequence)
		case "FreeText", "AdministrationAccordingToSchemaInLocalSystem":
			sequence++
			r.unstructured(c, sequence)
		}
	}
	if len(r.dosages) == 0 {
		r.dosage(1)
	}
	r.first()
	if !r.tx.Claimed(n) {
		r.flag(r.dosages[0], "fmk.dosage.unknown") // an element that nobody knows may say anything
	}
}

// newRegimen begins the dosage n of a line.
func newRegimen(f *filling, n tree.ID) *regimen {
	return &regimen{writer: f.writer, statement: f.slots[0],
		route: f.doc.Child(f.doc.Parent(n), "RouteOfAdministration"), unit: tree.None, plural: tree.None, validFrom: tree.None,
		trigger: tree.None, short: tree.None, long: tree.None, free: tree.None, self: tree.None}
}

// collect finds what is said of the whole dosage.
func (r *regimen) collect(n tree.ID) {
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if r.doc.Space(c) != space {
			continue
		}
		switch key := r.doc.RawKey(c); key {
		case "Precondition", "UnitTexts", "DosageTranslationCombined":
			if r.doc.Kind(c) == tree.Object {
				r.collect(c)
			} else {
				r.tx.Drop(c, "fmk.empty", "it holds nothing")
			}
		case "Parameter":
			r.parameters = append(r.parameters, c)
		case "UpdateValidFromUponHandover", "EpisodicTreatment":
			r.preconditions = append(r.preconditions, c)
		default:
			if at := r.part(key); at != nil && *at == tree.None {
				*at = r.text(c)
			}
		}
	}
}

// first writes on the first Dosage what is said of all of them.
func (r *regimen) first() {
	d := r.dosages[0]
	text := r.short
	for _, other := range []tree.ID{r.free, r.long} {
		if r.silent(text) {
			text = other
		}
	}
	if !r.silent(text) { // where FMK gives none, none is made
		r.tx.Carry(d, "text", text, "fmk.dosage.text")
	}
	if !r.silent(r.long) {
		r.tx.Carry(r.extension(d, "long-text", "fmk.dosage.long-text"), "valueString", r.long, "fmk.dosage.long-text")
	}
	if r.free != tree.None && r.free != text {
		r.note(d, "FreeText", r.free, "fmk.dosage.free-text")
	}
	if r.plural != tree.None {
		r.note(d, "Plural", r.plural, "fmk.dosage.unit")
	}
	if r.unit != tree.None && !r.tx.Claimed(r.unit) {
		r.note(d, "UnitText", r.unit, "fmk.dosage.unit")
	}
	for _, p := range r.parameters {
		r.keep(d, p, "fmk.dosage.parameter")
		r.flag(d, "fmk.dosage.parameter")
	}
	for _, p := range r.preconditions {
		r.keep(d, p, "fmk.dosage.precondition")
		r.flag(d, "fmk.dosage.precondition")
	}
	if r.trigger != tree.None && !r.asked {
		r.note(d, "PRNTrigger", r.trigger, "fmk.dosage.trigger")
		r.flag(d, "fmk.dosage.trigger")
	}
	if r.validFrom != tree.None && !r.tx.Claimed(r.validFrom) {
		r.note(d, "ValidFrom", r.validFrom, "fmk.dosage.valid-from")
	}
	if r.self != tree.None {
		r.tx.Leaf(r.extension(r.statement, "self-administered", "fmk.dosage.self"), "valueBoolean", "true", r.self, "fmk.dosage.self")
		r.flag(d, "fmk.dosage.self")
	}
}

func (r *regimen) silent(n tree.ID) bool { return n == tree.None || blank(r.doc.Text(n)) }

// dosage begins a Dosage of the period with this number.
func (r *regimen) dosage(sequence int) tree.OutID {
	d := r.out.Object(r.array(r.statement, "dosage"), "")
	r.tx.Constant(d, "sequence", strconv.Itoa(sequence), "fmk.dosage.sequence")
	r.dosages = append(r.dosages, d)
	if r.route != tree.None && r.doc.Kind(r.route) == tree.Object {
		r.fill(routeTable, r.route, d)
	}
	return d
}

var routeTable = compile(prefixless(coded("fmk.route", "RouteOfAdministration", "route", "urn:tolk:NamingSystem:lms11")))

// prefixless takes the first name off where the rules of an element are used on
// the element itself.
func prefixless(rules []rule) []rule {
	for i := range rules {
		rules[i].at = rules[i].at[len("RouteOfAdministration/"):]
	}
	return rules
}

// note keeps a leaf that has no home, under the name it has in FMK.
func (r *regimen) note(d tree.OutID, name string, n tree.ID, id string) {
	e := r.out.Object(r.notesOf(d, id), "")
	r.tx.Say(e, "url", name, id)
	r.say(e, n, id)
}

// keep is note for an element with all below it.
func (r *regimen) keep(d tree.OutID, n tree.ID, id string) {
	r.nest(r.out.Parent(r.notesOf(d, id)), n, id)
}

// notesOf returns the array of the parts of a Dosage that have no home. The note of a
// Dosage is twice the number of this array, and one more where it is flagged.
func (r *regimen) notesOf(d tree.OutID, id string) tree.OutID {
	said := r.out.Note(d)
	if a := said / 2; a != 0 {
		return tree.OutID(a)
	}
	a := r.out.Array(r.extension(d, "fmk-dosage", id), "extension")
	r.out.SetNote(d, said+2*int32(a))
	return a
}

// flag says that a Dosage is not the whole of what FMK says, so that nobody
// reckons a dose from half a rule.
func (r *regimen) flag(d tree.OutID, id string) {
	said := r.out.Note(d)
	if said%2 == 1 {
		return
	}
	r.out.SetNote(d, said+1)
	r.tx.Constant(r.extension(d, "dosage-incomplete", id), "valueBoolean", "true", id)
	if r.incomplete == "" {
		r.incomplete = id
	}
}

// needed are FMK's words for a dosage as needed, of 1.6.0 and of 1.4.6.
var needed = map[string]bool{"PRN": true, "efter behov": true}

// unstructured writes a dosage in words, or by a scheme in a local system: its
// dates are all that is structured.
func (r *regimen) unstructured(n tree.ID, sequence int) {
	const id = "fmk.dosage.unstructured"
	d := r.dosage(sequence)
	r.flag(d, id)
	if r.doc.RawKey(n) != "FreeText" {
		e := r.out.Object(r.notesOf(d, id), "")
		r.tx.Say(e, "url", r.doc.RawKey(n), id)
		if r.doc.Kind(n) == tree.Object {
			r.tx.Constant(e, "valueBoolean", "true", id)
		} else {
			r.say(e, n, id)
		}
	}
	if t := r.text(r.doc.Child(r.doc.Parent(n), "Type")); t != tree.None && !r.tx.Claimed(t) {
		r.note(d, "Type", t, "fmk.dosage.type")
		if needed[r.doc.Text(t)] {
			r.tx.Constant(d, "asNeededBoolean", "true", "fmk.dosage.type")
		}
	}
	b := bounds{start: tree.None, end: tree.None, length: tree.None}
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if !r.ours(c) {
			continue
		}
		switch r.doc.RawKey(c) {
		case "StartDate":
			b.start = r.text(c)
		case "EndDate":
			b.end = r.text(c)
		case "DosageStartedPreviously", "DosageEndingUndetermined":
			r.keep(d, c, id)
		case "Text":
			if r.free == tree.None {
				r.free = r.text(c)
			}
		}
	}
	r.bound(d, &b)
}
