package mapping

// Equivalence tells how a target concept relates to its source, read from
// source to target, in FHIR R4's words (http://hl7.org/fhir/R4/valueset-concept-map-equivalence.html):
// Wider means the target is wider.
//
// The zero value is no equivalence at all and never leaves this package: a map
// entry that does not state one is an error, not a guess.
type Equivalence string

// The equivalences of FHIR R4, closest first.
const (
	Equal       Equivalence = "equal"
	Equivalent  Equivalence = "equivalent"
	Subsumes    Equivalence = "subsumes"
	Wider       Equivalence = "wider"
	Specializes Equivalence = "specializes"
	Narrower    Equivalence = "narrower"
	RelatedTo   Equivalence = "relatedto"
	Inexact     Equivalence = "inexact"
	Unmatched   Equivalence = "unmatched"
	Disjoint    Equivalence = "disjoint"
)

// Valid reports whether e is one of FHIR R4's words.
func (e Equivalence) Valid() bool {
	switch e {
	case Equal, Equivalent, Subsumes, Wider, Specializes, Narrower, RelatedTo, Inexact, Unmatched, Disjoint:
		return true
	}
	return false
}

// Exact reports whether e lets the target stand for the source in a record.
func (e Equivalence) Exact() bool { return e == Equal || e == Equivalent }

// Match reports whether e names a target at all.
func (e Equivalence) Match() bool { return e.Valid() && e != Unmatched && e != Disjoint }

// Reverse returns the relation read from target to source: what is wider in
// one direction is narrower in the other.
func (e Equivalence) Reverse() Equivalence {
	switch e {
	case Wider:
		return Narrower
	case Narrower:
		return Wider
	case Subsumes:
		return Specializes
	case Specializes:
		return Subsumes
	}
	return e
}

// Compose returns the relation of two steps taken one after the other, first e
// and then next. It never claims more than both steps together hold: wider
// after wider is wider, an exact step changes nothing, anything with inexact is
// inexact. Wider and then narrower is no relation at all (smell is a sense,
// sight is a sense, and smell is not sight): Unmatched. A step to nowhere leads
// nowhere.
func (e Equivalence) Compose(next Equivalence) Equivalence {
	switch {
	case !e.Match() || !next.Match():
		return Unmatched
	case e == Equal:
		return next
	case next == Equal:
		return e
	case e == Equivalent:
		return next
	case next == Equivalent:
		return e
	case e == next:
		return e
	case e == Wider && next == Narrower:
		return Unmatched
	}
	return Inexact
}
