package redact

import (
	"tolk/mapping"
	"tolk/mapping/measure"
	"tolk/mapping/terminology"
)

// Known returns a Redactor that knows the codes of a terminology and the codes that
// are measured by.
func Known(terms *terminology.Terminology, key []byte) Redactor {
	published := displays(terms)
	return Redactor{Key: key,
		Official: func(c mapping.Coding) bool {
			if e, ok := terms.Lookup(c.System, c.Code); ok {
				return e.Display == c.Display
			}
			return published[mapping.Coding{System: c.System, Code: c.Code, Display: c.Display}]
		},
		Listed: func(c mapping.Concept) (held, has bool) {
			canonical, ok := terms.CanonicalSystem(c.System)
			if !ok {
				return false, false
			}
			if _, held = terms.CodeSystem(canonical); !held {
				return false, false
			}
			_, has = terms.Lookup(c.System, c.Code)
			return true, has
		}}
}

// displays are the displays of the small code systems of FHIR, of what is measured
// and of the answers to it.
func displays(terms *terminology.Terminology) map[mapping.Coding]bool {
	all := map[mapping.Coding]bool{}
	for _, s := range terms.Standards() {
		for _, c := range s.Codes {
			all[mapping.Coding{System: s.URL, Code: c.Code, Display: c.Display}] = true
		}
	}
	for _, i := range measure.All() {
		for _, use := range []measure.Use{measure.Hub, measure.KL, measure.HCO} {
			for _, c := range i.Codings(use) {
				all[c] = true
				c.Display = i.Display
				all[c] = true
			}
		}
		for _, a := range i.Answers() {
			all[a.Coding] = true
		}
	}
	return all
}
