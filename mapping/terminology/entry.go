package terminology

import (
	"slices"

	"tolk/mapping"
)

// Status tells whether a concept is in its system's current set. Only FSIII
// conditions and interventions carry one; a retired code is still valid on the
// wire.
type Status string

// The statuses; empty where the publisher makes no difference.
const (
	Current Status = "current"
	Retired Status = "retired"
)

// Kind is what sort of fact a concept states, by the chapter it stands in.
type Kind string

// The kinds; empty outside every chapter that schemas/terminology/chapters.csv
// lists.
const (
	Condition          Kind = "condition"    // tilstand
	TargetGroup        Kind = "target-group" // målgruppe
	Intervention       Kind = "intervention" // ydelse, indsats
	Offer              Kind = "offer"        // tilbud
	Severity           Kind = "severity"     // funktionsevneniveau, funktionsevne skalering
	SupportNeed        Kind = "support-need" // støttebehovsniveau
	GoalType           Kind = "goal-type"    // måltype
	FollowUp           Kind = "follow-up"    // status på indsats, resultat af opfølgning
	GeneralInformation Kind = "general-information"
	RequestFrom        Kind = "request-from"
	Performance        Kind = "performance"  // the citizen's own view: udførelse
	Significance       Kind = "significance" // the citizen's own view: betydning
)

// Component is the part of FFB's classification that a condition belongs to,
// named after ICF's components. It decides whether a severity is mandatory or
// forbidden.
type Component string

// The components of FFB; empty in the other systems.
const (
	AktivitetOgDeltagelse Component = "AktivitetOgDeltagelse"
	FunktionerOgForhold   Component = "FunktionerOgForhold"
	Omgivelser            Component = "Omgivelser"
)

// Entry is a concept as its code system states it. Entries are shared and not
// to be changed.
type Entry struct {
	mapping.Concept
	Display   string
	Spellings []string // the canonical code first
	Status    Status
	Kind      Kind
	Component Component
	Area      mapping.Area // of municipal health; FSIII only
	ICF       string       // the ICF qualifier of a step: .0 to .4, .8 not specified, .9 not applicable
	Parent    *Entry       // nil at the top
	Root      *Entry       // the chapter; the entry itself at the top
	Children  []*Entry

	step int // the step of the scale plus one; 0 is none
}

// Heading reports whether e stands above others. A heading never states a fact
// about a citizen, so it is no source and no target.
func (e *Entry) Heading() bool { return len(e.Children) > 0 || e.Parent == nil }

// Step returns where e stands on its scale, 0 to 4. "Ikke vurderet" (nobody has
// looked) and 9 "Ikke relevant" (somebody has decided) stand nowhere on it.
func (e *Entry) Step() (int, bool) { return e.step - 1, e.step > 0 }

// Ancestors tells where e stands: what it is under, the chapter first.
func (e *Entry) Ancestors() []*Entry {
	var path []*Entry
	for p := e.Parent; p != nil; p = p.Parent {
		path = append(path, p)
	}
	slices.Reverse(path)
	return path
}

// DescendantOf reports whether e stands under the concept with this code, in
// any spelling. No concept stands under itself.
func (e *Entry) DescendantOf(code string) bool {
	for p := e.Parent; p != nil; p = p.Parent {
		if slices.Contains(p.Spellings, code) {
			return true
		}
	}
	return false
}

// under reports whether e is root or stands under it.
func (e *Entry) under(root *Entry) bool {
	for p := e; p != nil; p = p.Parent {
		if p == root {
			return true
		}
	}
	return false
}

// Subsumption is the outcome of Subsumes, in the words of FHIR R4
// (http://hl7.org/fhir/R4/valueset-concept-subsumption-outcome.html).
type Subsumption string

// The outcomes, read from the first concept to the second.
const (
	SameConcept Subsumption = "equivalent"
	Subsuming   Subsumption = "subsumes"
	SubsumedBy  Subsumption = "subsumed-by"
	NotSubsumed Subsumption = "not-subsumed"
)

// Subsumes tells how concept a stands to concept b in the hierarchy of their
// system. Concepts of two systems are never subsumed: that is what a concept
// map is for. The errors are those of Concept.
func (t *Terminology) Subsumes(a, b mapping.Concept) (Subsumption, error) {
	x, err := t.Concept(mapping.Coding{System: a.System, Code: a.Code})
	if err != nil {
		return "", err
	}
	y, err := t.Concept(mapping.Coding{System: b.System, Code: b.Code})
	if err != nil {
		return "", err
	}
	switch {
	case x == y:
		return SameConcept, nil
	case y.under(x):
		return Subsuming, nil
	case x.under(y):
		return SubsumedBy, nil
	}
	return NotSubsumed, nil
}
