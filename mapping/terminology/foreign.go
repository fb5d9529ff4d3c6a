package terminology

import (
	"errors"
	"slices"
	"strings"

	"tolk/mapping"
)

// Foreign is a concept map that somebody else made, between two code systems
// that are here.
type Foreign struct {
	URL, Version, Title string
	Source, Target      string // the code systems, under any alias
	Rows                []ForeignRow
}

// ForeignRow is one mapping of a Foreign.
type ForeignRow struct {
	Place       string       // where it stands, for people
	Source      string       // a code, in any spelling
	Target      string       // empty where unmatched
	Area        mapping.Area // empty: that of the concepts, or every one
	Equivalence mapping.Equivalence
	Guard       string
	Reason      string
	Status      string // empty: accepted, by whoever loaded the map
}

// With returns a snapshot in which the foreign maps go before the embedded ones.
//
// A foreign map has the last word about the source concepts it names: for such
// a concept, target system and area no embedded row answers. In everything else
// its rows are held to the rules of the embedded map that they stand in for (its
// line in index.csv): which kinds of concepts, which relations, what may be
// emitted without a person. Guards can only be added: a nursing or prevention
// condition from FFB is guarded as a problem, and a source that never travels as
// a general code alone does not do so by another map either.
//
// A row that breaks a rule refuses all maps, and so does a second map about the
// same concept, target system and area, or a map about what a site overrides: which
// of them is right is not ours to say.
func (t *Terminology) With(foreign ...Foreign) (*Terminology, error) {
	n := *t
	n.answers, n.targets, n.maps = map[question][]Match{}, map[string][]string{}, nil
	l := &layer{terms: t, stated: map[question]string{}}
	for _, f := range foreign {
		l.add(f)
	}
	if len(l.found) > 0 {
		return nil, errors.Join(l.found...)
	}
	n.maps = append(l.maps, t.maps...)
	n.prepare(append(slices.Clone(l.maps), l.below(t.maps)...))
	return &n, nil
}

// layer is the foreign maps, being read.
type layer struct {
	terms  *Terminology
	maps   []*ConceptMap
	stated map[question]string // the map that has the word, by source, target and area
	found  []error
}

// add reads one foreign map, as one concept map for each area.
func (l *layer) add(f Foreign) {
	source, target := l.terms.bySystem[f.Source], l.terms.bySystem[f.Target]
	if source == nil || target == nil {
		l.bad(f.URL, mapping.NotFound, "source and target: accepted: "+l.terms.names())
		return
	}
	first := len(l.maps)
	pairs := map[question]map[string]bool{} // the targets of a source and area
	for _, r := range f.Rows {
		row, p, ok := l.read(r, source, target)
		if !ok {
			continue
		}
		for _, area := range p.areasOf(row) {
			row.area = area
			if faults := p.faults(row); len(faults) > 0 {
				l.bad(r.Place, mapping.Value, strings.Join(faults, "; "))
				continue
			}
			q := question{row.source.Concept, target.URL, area}
			if !l.claim(q, f, r, row.targetCode, pairs) {
				continue
			}
			m := l.of(first, f, source, target, area)
			match := row.match(m)
			match.Row, match.Emit = r.Place, row.equivalence.Match() && slices.Contains(p.emit, string(row.equivalence))
			m.add(row.source, match)
		}
	}
}

// claim takes the word about a concept for a map, and refuses what contradicts
// it or says it twice.
func (l *layer) claim(q question, f Foreign, r ForeignRow, target string, pairs map[question]map[string]bool) bool {
	canonical := f.URL + "|" + f.Version
	if other, ok := l.stated[q]; ok && other != canonical {
		l.bad(r.Place, mapping.Invalid, "source: "+other+" states the same concept for the same system and area; only one of them can be in force")
		return false
	}
	if row, ok := l.terms.overridden[q]; ok {
		l.bad(r.Place, mapping.Invalid, "source: "+row+" overrides the same concept for the same system and area; only one of them can be in force")
		return false
	}
	l.stated[q] = canonical
	before := pairs[q]
	if before == nil {
		before = map[string]bool{}
		pairs[q] = before
	}
	switch {
	case before[target]:
		l.bad(r.Place, mapping.Invalid, "target: the source has it in this area already")
		return false
	case before[""] || target == "" && len(before) > 0:
		l.bad(r.Place, mapping.Invalid, "equivalence: unmatched stands alone for its source and area")
		return false
	}
	before[target] = true
	return true
}

// read resolves what a row names, and finds the embedded map it stands in for.
func (l *layer) read(r ForeignRow, source, target *system) (mapRow, *plan, bool) {
	row := mapRow{area: r.Area, equivalence: plain(r.Equivalence), reason: r.Reason, status: r.Status,
		source: source.codes[r.Source], target: target.codes[r.Target]}
	switch {
	case row.source == nil:
		l.bad(r.Place, mapping.CodeInvalid, "source: not a code of "+source.Name)
		return row, nil, false
	case row.target == nil && r.Target != "":
		l.bad(r.Place, mapping.CodeInvalid, "target: not a code of "+target.Name)
		return row, nil, false
	}
	p := l.terms.governing(row.source, target)
	if p == nil {
		l.bad(r.Place, mapping.Value, "source: no map of a document takes "+row.source.Display+" ("+string(row.source.Kind)+") to "+target.Name)
		return row, nil, false
	}
	row.sourceCode, row.sourceDisplay = row.source.Code, row.source.Display
	if row.target != nil && row.equivalence.Match() {
		row.targetCode, row.targetDisplay = row.target.Code, row.target.Display
	} else {
		row.target = nil // disjoint names what it is not
	}
	if strings.TrimSpace(row.reason) == "" {
		row.reason = "the map gives no reason"
	}
	if row.status == "" {
		row.status = "accepted"
	}
	guard, ok := parseGuard(r.Guard)
	if !ok {
		l.bad(r.Place, mapping.Value, "guard: accepted: problem, with-original, problem;with-original")
		return row, nil, false
	}
	row.guard = (guard | l.terms.guardsOf(row, target)).String()
	return row, p, true
}

// plain says a relation in the words that our maps use.
func plain(e mapping.Equivalence) mapping.Equivalence {
	switch e {
	case mapping.Equal:
		return mapping.Equivalent
	case mapping.Subsumes:
		return mapping.Wider
	case mapping.Specializes:
		return mapping.Narrower
	case mapping.RelatedTo:
		return mapping.Inexact
	case mapping.Disjoint:
		return mapping.Unmatched
	}
	return e
}

// governing returns the embedded map that a row from this source stands in for,
// nil where there is none.
func (t *Terminology) governing(source *Entry, target *system) *plan {
	for _, p := range t.plans {
		if p.source.URL == source.System && p.target == target && p.retired == (source.Status == Retired) &&
			slices.Contains(p.sourceKinds, string(source.Kind)) {
			return p
		}
	}
	return nil
}

// guardsOf lists the guards that a row has whether it says so or not.
func (t *Terminology) guardsOf(row mapRow, target *system) (g Guard) {
	for _, m := range t.answers[question{row.source.Concept, target.URL, ""}] {
		g |= m.Guard & (WithOriginal | Always)
	}
	if row.asserts() {
		g |= Problem
	}
	return g
}

// areasOf lists the areas that a row answers for: the one it names, that of its
// concepts, or every one that the map has.
func (p *plan) areasOf(row mapRow) []mapping.Area {
	switch {
	case row.area != "":
		return []mapping.Area{row.area}
	case row.source.Area != "":
		return []mapping.Area{row.source.Area}
	case row.target != nil && row.target.Area != "":
		return []mapping.Area{row.target.Area}
	case len(p.areas) == 0:
		return []mapping.Area{""}
	}
	var all []mapping.Area
	for _, a := range p.areas {
		all = append(all, mapping.Area(a))
	}
	return all
}

// of returns the concept map of one area, among those from the first on.
func (l *layer) of(first int, f Foreign, source, target *system, area mapping.Area) *ConceptMap {
	for _, m := range l.maps[first:] {
		if m.Area == area {
			return m
		}
	}
	m := &ConceptMap{URL: f.URL, Version: f.Version, Title: f.Title, Source: source.URL, Target: target.URL, Area: area}
	l.maps = append(l.maps, m)
	return m
}

// add puts a match at its source.
func (m *ConceptMap) add(source *Entry, match Match) {
	i := slices.IndexFunc(m.Elements, func(e Element) bool { return e.Source == source })
	if i < 0 {
		i = len(m.Elements)
		m.Elements = append(m.Elements, Element{Source: source})
	}
	m.Elements[i].Matches = append(m.Elements[i].Matches, match)
}

// below returns the maps without the matches that a foreign map stands before.
func (l *layer) below(maps []*ConceptMap) []*ConceptMap {
	var left []*ConceptMap
	for _, m := range maps {
		kept := *m
		kept.Elements = slices.DeleteFunc(slices.Clone(m.Elements), func(e Element) bool {
			_, stated := l.stated[question{e.Source.Concept, m.Target, m.Area}]
			return stated
		})
		left = append(left, &kept)
	}
	return left
}

func (l *layer) bad(place string, kind mapping.Kind, message string) {
	l.found = append(l.found, &mapping.Error{Kind: kind, Path: place, Message: message})
}
