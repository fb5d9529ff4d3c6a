package plain

import "tolk/mapping/tree"

const (
	bodyPosition = "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition"
	// MedCom's codes of interpretations, and the one that is always there: nobody
	// has interpreted the measurement.
	interpretations = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-core-interpretation-codes"
	notInterpreted  = "NI"
)

// position reads the position of the body, by its text or the display of its
// first coding that has one.
func (r reader) position(o tree.ID, m tree.OutID) {
	d, rule := r.Doc, r.rule("maaling/stilling")
	for e := elements(d, d.Child(o, "extension")); e != tree.None; e = d.Next(e) {
		if d.Text(d.Child(e, "url")) != bodyPosition {
			continue
		}
		concept := d.Child(e, "valueCodeableConcept")
		for c := r.first(concept); c != tree.None && !r.Out.Has(m, "stilling"); c = d.Next(c) {
			if display := r.scalar(d.Child(c, "display")); len(wordsOf(d, display)) > 0 {
				r.Leaf(m, "stilling", d.Raw(display), display, rule)
				r.members(e, rule, "url")
			}
		}
		if !r.Out.Has(m, "stilling") {
			return // a code without a word: it stays unclaimed
		}
		for c := r.first(concept); c != tree.None; c = d.Next(c) {
			r.without(c, rule, "the plain form has the position in words", "system", "version", "code", "display", "userSelected")
		}
		return
	}
}

// notInterpreted says of MedCom's "not interpreted" that it has been read: the
// plain form says nothing of a measurement that nobody has judged.
func (r reader) notInterpreted(n tree.ID) {
	d := r.Doc
	for i := elements(d, d.Child(n, "interpretation")); i != tree.None; i = d.Next(i) {
		for c := r.first(i); c != tree.None; c = d.Next(c) {
			if is := r.coding(c); is.System == interpretations && is.Code == notInterpreted {
				r.without(c, r.rule("maaling/fortolkning"), "nobody has interpreted it, and the plain form says nothing then", "system", "version", "code", "display", "userSelected")
			}
		}
	}
}

// part says of a component without a result why the plain form does not tell the
// reason: it has one for a measurement, and none for a part of one.
func (r reader) part(c tree.ID) {
	d, rule := r.Doc, r.rule("maaling/udeladt")
	reason := d.Child(c, "dataAbsentReason")
	if reason == tree.None || d.Kind(reason) != tree.Object || d.Child(c, "valueQuantity") != tree.None {
		return
	}
	const why = "the plain form tells why a measurement is missing, not why a part of one is"
	r.without(reason, rule, why, "text")
	for coding := r.first(reason); coding != tree.None; coding = d.Next(coding) {
		r.without(coding, rule, why, "system", "version", "code", "display", "userSelected")
	}
	r.Notice(d.Path(reason), "dataAbsentReason: a part of the measurement has no result, and the sender says why; "+why)
}

// without says of single members of n why the plain form has no place for them;
// what else stands there stays unclaimed.
func (r reader) without(n tree.ID, rule, reason string, names ...string) {
	for _, name := range names {
		if leaf := r.scalar(r.Doc.Child(n, name)); leaf != tree.None {
			r.Drop(leaf, rule, reason)
		}
	}
}
