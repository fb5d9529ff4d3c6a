package canonical

import (
	"strings"

	"tolk/mapping/published"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
)

// OwnMaps returns tolk's own concept maps as resources: those of one area each,
// with what follows from two steps, and after them each file of several areas
// as a whole, which the maps of its areas answer for.
//
// The terminology is the embedded one, without the maps of packages.
func OwnMaps(t *terminology.Terminology) ([]Resource, error) {
	var all []Resource
	own := map[string]*ConceptMap{}
	terms := t.ConceptMaps()
	for i, text := range published.ConceptMaps(t) {
		m, err := parseOwn(text)
		if err != nil {
			return nil, err
		}
		for j, e := range terms[i].Elements {
			for k, match := range e.Matches {
				m.Groups[0].Elements[j].Targets[k].Row = match.Row
			}
		}
		own[m.URL] = m
		all = append(all, Resource{ConceptMap: m})
	}
	derive(t, own)
	for _, name := range published.MapNames(t) {
		text, _ := published.WholeMap(t, name)
		whole, err := parseOwn(text)
		if err != nil {
			return nil, err
		}
		for _, m := range t.ConceptMaps() {
			if strings.HasPrefix(m.URL, whole.URL+".") {
				whole.Parts = append(whole.Parts, m.URL)
			}
		}
		if len(whole.Parts) > 0 {
			all = append(all, Resource{ConceptMap: whole})
		}
	}
	return all, nil
}

func parseOwn(text string) (*ConceptMap, error) {
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		return nil, err
	}
	return parseConceptMap(d, d.Root())
}

// derive gives each map what a retired concept is by way of a current one: two
// steps, the second of which is a row of the map.
func derive(t *terminology.Terminology, own map[string]*ConceptMap) {
	seen := map[[2]string]bool{}
	for _, way := range t.ConceptMaps() {
		if pair := [2]string{way.Source, way.Target}; seen[pair] {
			continue
		} else {
			seen[pair] = true
		}
		for _, e := range t.Entries(way.Source) {
			for _, m := range t.Matches(e.Concept, terminology.Options{Target: way.Target}) {
				if into := own[m.Map]; m.Via != nil && into != nil {
					into.Derived = append(into.Derived, derived(e, m))
				}
			}
		}
	}
}

// derived reads a match of two steps as an element.
func derived(e *terminology.Entry, m terminology.Match) *MapElement {
	target := &MapTarget{Code: m.Concept.Code, Display: m.Display, Equivalence: m.Equivalence, Comment: m.Comment(),
		Guard: m.Guard.String(), Status: m.Status, Row: m.Row,
		Via: &ViaStep{Map: m.Via.Canonical, System: m.Via.Concept.System, Code: m.Via.Concept.Code, Display: m.Via.Display,
			Equivalence: m.Via.Equivalence, Comment: m.Via.Comment(), Row: m.Via.Row, Stated: m.Stated}}
	if m.Area != "" {
		target.DependsOn = []Dependency{{Property: AreaProperty, Value: string(m.Area)}}
	}
	return &MapElement{Code: e.Code, Display: e.Display, Targets: []*MapTarget{target}}
}
