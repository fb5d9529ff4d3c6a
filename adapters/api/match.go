package api

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/canonical"
)

// render writes the answer as $translate does: result, message and a match for
// each hit. The parts of a match are FHIR's: equivalence, concept, source (R4's
// name of the map) and originMap (R5's), both url|version, product and
// dependsOn. Beside them stand comment (why), row (where in the map), guard (the condition under which
// the match may be used), via (the other of two steps, for a retired concept),
// unmapped (by which rule of the map) and, for a CodeableConcept, coding (which
// one it answers).
//
// Asked in the words of R5 the match has relationship too. Asked about a target
// there, concept is the target, source is the Coding found, and the relation is
// read from source to concept.
func (q *question) render(w *writer, a *canonical.Answer) {
	result, why := a.Result(), strings.Join(a.Why, "; ")
	w.boolean("result", result)
	if !result && why == "" {
		why = "the maps say that there is no match; each reason is in the comment"
	}
	w.optional("message", why)
	for i := range a.Hits {
		w.group("match")
		q.parts(w, &a.Hits[i])
		w.end()
	}
}

// parts writes what one match consists of.
func (q *question) parts(w *writer, h *canonical.Hit) {
	relation, concept := h.Equivalence, h.Concept
	if q.target {
		relation, concept = relation.Reverse(), h.Coding
	}
	w.code("equivalence", string(relation))
	if r := canonical.Relationship(relation); q.r5 && r != "" {
		w.code("relationship", r)
	}
	if concept.Code != "" {
		w.coding("concept", concept)
	}
	switch {
	case q.target:
		w.coding("source", h.Concept)
	case !q.r5:
		w.uri("source", h.Map)
	}
	w.canonical("originMap", h.Map)
	w.optional("comment", h.Comment)
	if !q.r5 {
		w.optional("row", h.Row)
	}
	q.dependencies(w, "dependsOn", h.DependsOn)
	q.dependencies(w, "product", h.Products)
	w.optional("guard", h.Guard)
	if h.Unmapped != "" {
		w.code("unmapped", h.Unmapped)
	}
	if v := h.Via; v != nil {
		w.group("via")
		w.code("equivalence", string(v.Equivalence))
		w.coding("concept", mapping.Coding{System: v.System, Code: v.Code, Display: v.Display})
		w.uri("source", v.Map)
		w.optional("comment", v.Comment)
		w.optional("row", v.Row)
		w.end()
	}
	if q.Several {
		w.coding("coding", h.Coding)
	}
}

// dependencies writes what a match depends on, or yields besides: element and
// concept in R4's words, attribute and value in R5's.
func (q *question) dependencies(w *writer, name string, list []canonical.Dependency) {
	for _, d := range list {
		value := mapping.Coding{System: d.System, Code: d.Value, Display: d.Display}
		w.group(name)
		switch {
		case q.r5:
			w.uri("attribute", d.Property)
			w.coding("value", value)
		case name == "dependsOn": // a CodeableConcept, as the input has it
			w.uri("element", d.Property)
			w.concept("concept", value)
		default:
			w.uri("element", d.Property)
			w.coding("concept", value)
		}
		w.end()
	}
}
