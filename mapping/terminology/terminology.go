// Package terminology answers what a code is, where it stands in its code
// system, and which concepts of the other system it corresponds to.
//
// A Terminology is an immutable snapshot, built once by New from two file
// systems: the facts (schemas/terminology: what KL publishes) and the maps
// (mapping/maps: what was decided here). It may be shared by any number of
// goroutines. Nothing is ever resolved by its display: two nursing concepts
// are both called "Problemer med vandladning".
package terminology

import (
	"io/fs"
	"strings"

	"tolk/mapping"
)

// Terminology is a snapshot of code systems and concept maps.
type Terminology struct {
	systems  []*system
	bySystem map[string]*system    // by every URI of a system whose codes are here
	aliases  map[string][]string   // by every URI known: its group, the canonical one first
	areas    map[mapping.Area]bool // that a chapter has

	valueSets []ValueSet
	standards []Standard

	plans   []*plan // the lines of index.csv, without their rows
	maps    []*ConceptMap
	answers map[question][]Match
	outside map[question]outsider
	targets map[string][]string // the target systems of a source system, the usual one first

	overridden map[question]string // what a site states otherwise, by source, target system and area: the row that does
}

// system is one code system with its entries.
type system struct {
	CodeSystem
	entries []*Entry
	codes   map[string]*Entry // by every spelling
}

// New builds a snapshot from the facts and the maps. It refuses, with every
// place named, whatever Lint refuses in either of them except that a code is
// not covered: a gap is an answer to a caller, a wrong row is not.
func New(facts, maps fs.FS) (*Terminology, error) {
	t, plans, found := load(facts, maps)
	if len(found) == 0 {
		found = t.lint(plans)
	}
	if len(found) > 0 {
		return nil, joined(found)
	}
	t.precompute(plans)
	return t, nil
}

// load reads facts, maps and what lies outside them, without judging the rows.
func load(facts, maps fs.FS) (*Terminology, []*plan, []*mapping.Error) {
	t := &Terminology{
		bySystem: map[string]*system{},
		aliases:  map[string][]string{},
		areas:    map[mapping.Area]bool{},
		answers:  map[question][]Match{},
		outside:  map[question]outsider{},
		targets:  map[string][]string{},

		overridden: map[question]string{},
	}
	if found := t.loadFacts(facts); len(found) > 0 {
		return nil, nil, found
	}
	plans, found := t.loadPlans(maps)
	if len(found) > 0 {
		return nil, nil, found
	}
	found = t.loadOutside(maps)
	return t, plans, found
}

// CodeSystems lists the code systems whose codes are here, as published.
func (t *Terminology) CodeSystems() []CodeSystem {
	all := make([]CodeSystem, len(t.systems))
	for i, s := range t.systems {
		all[i] = s.CodeSystem
	}
	return all
}

// CodeSystem returns the code system that uri, or an alias of it, names.
func (t *Terminology) CodeSystem(uri string) (CodeSystem, bool) {
	s, ok := t.bySystem[uri]
	if !ok {
		return CodeSystem{}, false
	}
	return s.CodeSystem, true
}

// Entries lists the concepts of a code system in published order, headings
// before what stands under them. The slice is shared: it is not to be changed.
func (t *Terminology) Entries(uri string) []*Entry {
	s, ok := t.bySystem[uri]
	if !ok {
		return nil
	}
	return s.entries
}

// Lookup returns the entry that a system, under any alias, has for a code, in
// any spelling. It does not allocate, also when a caller converts from bytes.
func (t *Terminology) Lookup(system, code string) (*Entry, bool) {
	s, ok := t.bySystem[system]
	if !ok {
		return nil, false
	}
	e, ok := s.codes[code]
	return e, ok
}

// Find is Lookup for the bytes of a document, without copying them.
func (t *Terminology) Find(system, code []byte) (*Entry, bool) {
	s, ok := t.bySystem[string(system)]
	if !ok {
		return nil, false
	}
	e, ok := s.codes[string(code)]
	return e, ok
}

// Concept returns the entry of a coding, found by its system and code alone.
// A missing code or system is Required, an unknown system NotFound, and a code
// that the system does not have CodeInvalid, naming the system that has it.
func (t *Terminology) Concept(c mapping.Coding) (*Entry, error) {
	if e, ok := t.Lookup(c.System, c.Code); ok {
		return e, nil
	}
	switch s := t.bySystem[c.System]; {
	case c.System == "":
		return nil, &mapping.Error{Kind: mapping.Required, Path: "Coding.system", Message: "required; accepted: " + t.names()}
	case s == nil:
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: "Coding.system", Message: "unknown code system; accepted: " + t.names(), Value: c.System}
	case c.Code == "":
		return nil, &mapping.Error{Kind: mapping.Required, Path: "Coding.code", Message: "required; a concept is never found by its display", Value: c.Display}
	default:
		return nil, &mapping.Error{Kind: mapping.CodeInvalid, Path: "Coding.code", Message: "unknown in " + s.Name + " " + s.Version + t.elsewhere(c.Code), Value: c.Code}
	}
}

// elsewhere tells which other system has the code, if one has.
func (t *Terminology) elsewhere(code string) string {
	for _, s := range t.systems {
		if e, ok := s.codes[code]; ok {
			return "; it is a code of " + s.Name + " (" + e.System + ")"
		}
	}
	return ""
}

// names lists the accepted systems for a message.
func (t *Terminology) names() string {
	all := make([]string, len(t.systems))
	for i, s := range t.systems {
		all[i] = s.URL + " (" + s.Name + ")"
	}
	return strings.Join(all, ", ")
}
