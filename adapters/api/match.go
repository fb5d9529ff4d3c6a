package api

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/tree"
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
func (q *question) render(a *canonical.Answer) []byte {
	result := a.Result()
	out := make([]parameter, 0, len(a.Hits)+2)
	out = append(out, boolean("result", result))
	why := a.Why
	if !result && len(why) == 0 {
		why = []string{"the maps say that there is no match; each reason is in the comment"}
	}
	if len(why) > 0 {
		out = append(out, str("message", strings.Join(why, "; ")))
	}
	for i := range a.Hits {
		out = append(out, group("match", q.parts(&a.Hits[i])...))
	}
	return parameters(out)
}

// parts writes one match.
func (q *question) parts(h *canonical.Hit) []parameter {
	relation, concept := h.Equivalence, h.Concept
	if q.target {
		relation, concept = relation.Reverse(), h.Coding
	}
	parts := append(make([]parameter, 0, 9), code("equivalence", string(relation)))
	if r := canonical.Relationship(relation); q.r5 && r != "" {
		parts = append(parts, code("relationship", r))
	}
	if concept.Code != "" {
		parts = append(parts, coding("concept", concept))
	}
	switch {
	case q.target:
		parts = append(parts, coding("source", h.Concept))
	case !q.r5:
		parts = append(parts, uri("source", h.Map))
	}
	parts = append(parts, parameter{name: "originMap", value: `"valueCanonical":` + tree.Quote(h.Map)})
	parts = appendText(parts, "comment", h.Comment)
	if !q.r5 {
		parts = appendText(parts, "row", h.Row)
	}
	parts = q.appendDependencies(parts, "dependsOn", h.DependsOn)
	parts = q.appendDependencies(parts, "product", h.Products)
	parts = appendText(parts, "guard", h.Guard)
	if h.Unmapped != "" {
		parts = append(parts, code("unmapped", h.Unmapped))
	}
	if v := h.Via; v != nil {
		step := []parameter{code("equivalence", string(v.Equivalence)),
			coding("concept", mapping.Coding{System: v.System, Code: v.Code, Display: v.Display}), uri("source", v.Map)}
		parts = append(parts, group("via", appendText(appendText(step, "comment", v.Comment), "row", v.Row)...))
	}
	if q.Several {
		parts = append(parts, coding("coding", h.Coding))
	}
	return parts
}

func appendText(parts []parameter, name, text string) []parameter {
	if text == "" {
		return parts
	}
	return append(parts, str(name, text))
}

// appendDependencies writes what a match depends on, or yields besides: element
// and concept in R4's words, attribute and value in R5's.
func (q *question) appendDependencies(parts []parameter, name string, list []canonical.Dependency) []parameter {
	element, value := "element", "concept"
	if q.r5 {
		element, value = "attribute", "value"
	}
	for _, d := range list {
		c := coding(value, mapping.Coding{System: d.System, Code: d.Value, Display: d.Display})
		if name == "dependsOn" && !q.r5 { // a CodeableConcept, as the input has it
			c.value = `"valueCodeableConcept":{"coding":[` + strings.TrimPrefix(c.value, `"valueCoding":`) + `]}`
		}
		parts = append(parts, group(name, uri(element, d.Property), c))
	}
	return parts
}
