package terminology

import (
	"maps"
	"slices"
	"strings"

	"tolk/mapping"
)

// Options narrows a translation. The zero value asks for everything.
type Options struct {
	// Target is the target system, under any alias. Empty: FSIII for a concept
	// of FFB, FFB for one of FSIII.
	Target string
	// Areas of municipal health to answer for; empty: all. Maps without areas
	// (scales of goals, follow-up) answer in every case.
	Areas []mapping.Area
}

// Answer is what the concept maps say about one concept.
type Answer struct {
	Source  *Entry
	Target  string  // the canonical target system; empty where no map leaves the source system
	Matches []Match // in map order, the unmatched ones with their reason; shared, not to be changed
	// Outside is the reason why no map covers the concept; empty where one does.
	Outside string
}

// question is what an answer was prepared for; the empty area asks for all.
type question struct {
	source mapping.Concept
	target string
	area   mapping.Area
}

// Translate returns every match of a coding in map order. No match is an
// answer: unmatched rows come with their reason, and a concept that no map
// covers comes with the reason for that. The errors are those of Concept, and
// NotSupported for a target system or an area that no map leads to.
func (t *Terminology) Translate(c mapping.Coding, o Options) (Answer, error) {
	source, err := t.Concept(c)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Source: source}
	if a.Target, err = t.target(source.System, o.Target); err != nil {
		return Answer{}, err
	}
	for _, area := range o.Areas {
		if !t.areas[area] {
			return Answer{}, &mapping.Error{Kind: mapping.NotSupported, Path: "area", Message: "unknown area; accepted: " + t.areaNames(), Value: string(area)}
		}
	}
	a.Matches = t.matches(source.Concept, a.Target, o.Areas)
	if len(a.Matches) == 0 {
		a.Outside = t.why(source, a.Target)
	}
	return a, nil
}

// Matches is Translate for a concept already resolved, without an error: an
// unknown one has no matches. It is one map look-up, without allocation, for
// all areas and for a single one.
func (t *Terminology) Matches(source mapping.Concept, o Options) []Match {
	target, err := t.target(source.System, o.Target)
	if err != nil {
		return nil
	}
	return t.matches(source, target, o.Areas)
}

func (t *Terminology) matches(source mapping.Concept, target string, areas []mapping.Area) []Match {
	switch len(areas) {
	case 0:
		return t.answers[question{source, target, ""}]
	case 1:
		return t.answers[question{source, target, areas[0]}]
	}
	var some []Match
	for _, m := range t.answers[question{source, target, ""}] {
		if m.Area == "" || slices.Contains(areas, m.Area) {
			some = append(some, m)
		}
	}
	return some
}

// target returns the canonical target system: the one asked for, or the usual
// one of the source system, which is none where no map leaves it.
func (t *Terminology) target(source, asked string) (string, error) {
	targets := t.targets[source]
	if asked == "" {
		if len(targets) == 0 {
			return "", nil
		}
		return targets[0], nil
	}
	if s, ok := t.bySystem[asked]; ok && slices.Contains(targets, s.URL) {
		return s.URL, nil
	}
	message := "no concept map leads there"
	if len(targets) > 0 {
		message += "; accepted: " + strings.Join(targets, ", ")
	}
	return "", &mapping.Error{Kind: mapping.NotSupported, Path: "target", Message: message, Value: asked}
}

// why tells why a concept has no match.
func (t *Terminology) why(source *Entry, target string) string {
	if o, ok := t.outside[question{source: source.Concept, target: target}]; ok {
		return o.reason
	}
	switch {
	case target == "":
		return "no concept map has " + t.bySystem[source.System].Name + " as its source"
	case target == source.System && source.Status != Retired:
		return "the concept is not retired: nothing replaces it"
	case len(t.answers[question{source.Concept, target, ""}]) > 0:
		return "" // it is covered, only not in the areas asked for
	}
	return "no concept map covers the concept"
}

// areaNames lists the areas for a message.
func (t *Terminology) areaNames() string {
	var names []string
	for _, a := range slices.Sorted(maps.Keys(t.areas)) {
		names = append(names, string(a))
	}
	return strings.Join(names, ", ")
}

// precompute prepares every answer. The rows have passed lint.
func (t *Terminology) precompute(plans []*plan) {
	for _, p := range plans {
		t.maps = append(t.maps, p.conceptMaps()...)
		p.rows = nil
	}
	t.plans = plans
	t.prepare(t.maps)
}

// prepare prepares every answer that the maps give, in their order.
func (t *Terminology) prepare(maps []*ConceptMap) {
	for _, m := range maps {
		if targets := t.targets[m.Source]; !slices.Contains(targets, m.Target) {
			t.targets[m.Source] = append(targets, m.Target)
		}
		for _, e := range m.Elements {
			t.answer(e.Source, m.Target, e.Matches)
		}
	}
	for source, targets := range t.targets { // the system itself is only asked for by name
		if i := slices.Index(targets, source); i >= 0 {
			t.targets[source] = append(slices.Delete(targets, i, i+1), source)
		}
	}
	for _, m := range maps {
		if m.Source != m.Target {
			continue
		}
		for _, target := range t.targets[m.Source] {
			if target == m.Source {
				continue
			}
			for _, e := range m.Elements {
				t.answer(e.Source, target, t.compose(e.Source, e.Matches, target))
			}
		}
	}
}

// answer adds matches to what is prepared for a source: for all areas, and for
// each area on its own.
func (t *Terminology) answer(source *Entry, target string, matches []Match) {
	all := question{source.Concept, target, ""}
	t.answers[all] = append(t.answers[all], matches...)
	for area := range t.areas {
		one := question{source.Concept, target, area}
		for _, m := range matches {
			if m.Area == area || m.Area == "" {
				t.answers[one] = append(t.answers[one], m)
			}
		}
	}
}

// compose takes the second step for a retired concept: from each current one to
// the target system. A way that leads nowhere is told only where no other way
// of the same area leads anywhere. Where a map has judged the retired concept
// directly, its rows come first and the two steps only show the way: two wider
// steps may add what the direct judgement did not.
func (t *Terminology) compose(source *Entry, first []Match, target string) []Match {
	direct := t.answers[question{source.Concept, target, ""}]
	var all []Match
	for i := range first {
		step := &first[i]
		if !step.Equivalence.Match() {
			all = append(all, *step)
			continue
		}
		for _, next := range t.answers[question{step.Concept, target, ""}] {
			next.Via = step
			next.Equivalence = step.Equivalence.Compose(next.Stated)
			next.Guard |= step.Guard
			next.Emit = step.Emit && next.Emit && len(direct) == 0
			if step.Area != "" {
				next.Area = step.Area
			}
			all = append(all, next)
		}
	}
	found := map[mapping.Area]bool{}
	for _, m := range slices.Concat(direct, all) {
		found[m.Area] = found[m.Area] || m.Equivalence.Match()
	}
	return slices.DeleteFunc(all, func(m Match) bool {
		if !m.Equivalence.Match() {
			return found[m.Area]
		}
		// Two steps of which one is inexact need not overlap at all. Where
		// somebody has judged the retired concept itself, that stands.
		return len(direct) > 0 && m.Equivalence != mapping.Wider && !m.Equivalence.Exact()
	})
}
