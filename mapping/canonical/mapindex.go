package canonical

import (
	"slices"
	"strconv"

	"tolk/mapping"
)

// row is one mapping of a concept map with where it stands.
type row struct {
	in      *ConceptMap
	group   *MapGroup
	element *MapElement // nil for what becomes of an unmapped concept
	target  *MapTarget
}

// place tells where the row stands: the line of our own file, or the path in the
// resource.
func (o *row) place() string {
	if o.target.Row != "" {
		return o.target.Row
	}
	return "group[" + strconv.Itoa(slices.Index(o.in.Groups, o.group)) + "].element[" + strconv.Itoa(o.element.at) +
		"].target[" + strconv.Itoa(slices.Index(o.element.Targets, o.target)) + "]"
}

// mapIndex finds what the concept maps of one layer of a registry say about a
// concept, from either end. Codes and systems are the canonical ones where the
// code system is here, as they stand in the map otherwise.
type mapIndex struct {
	maps    []*ConceptMap // in the order they were given
	forward map[mapping.Concept][]row
	back    map[mapping.Concept][]row
	catches map[string][]row           // groups with an unmapped part, by source system
	depends map[string]map[string]bool // the values of each element that something depends on
	sources []string                   // the source systems, in order
	targets []string
	// spelt gives the first spelling of a concept that its system has under
	// several codes.
	spelt map[mapping.Concept]string
}

// indexMaps prepares the maps among the resources. A map whose parts answer for
// it has no rows of its own here.
func (r *Registry) indexMaps(resources []Resource) {
	x := &mapIndex{spelt: map[mapping.Concept]string{}}
	r.mapped = x // concept asks it
	for _, res := range resources {
		switch {
		case res.ConceptMap != nil:
			x.maps = append(x.maps, res.ConceptMap)
		case res.CodeSystem != nil:
			x.spell(res.CodeSystem)
		}
	}
	if len(x.maps) == 0 {
		return
	}
	x.forward, x.back = map[mapping.Concept][]row{}, map[mapping.Concept][]row{}
	x.catches, x.depends = map[string][]row{}, map[string]map[string]bool{}
	for _, m := range x.maps {
		if len(m.Parts) > 0 {
			continue
		}
		for _, g := range m.Groups {
			x.group(r, m, g)
		}
	}
	for _, m := range x.maps { // what follows from two steps comes after what was judged
		for _, e := range m.Derived {
			x.element(r, m, m.Groups[0], e)
		}
	}
}

// index returns the index of this layer alone.
func (r *Registry) index() *mapIndex {
	if r.mapped == nil {
		return &mapIndex{}
	}
	return r.mapped
}

func (x *mapIndex) group(r *Registry, m *ConceptMap, g *MapGroup) {
	source := r.canonicalSystem(g.Source)
	x.sources = addNew(x.sources, source)
	x.targets = addNew(x.targets, r.canonicalSystem(g.Target))
	if g.Unmapped != nil {
		x.catches[source] = append(x.catches[source], row{in: m, group: g})
	}
	for _, e := range g.Elements {
		x.element(r, m, g, e)
	}
}

func (x *mapIndex) element(r *Registry, m *ConceptMap, g *MapGroup, e *MapElement) {
	from := r.concept(g.Source, e.Code)
	for _, t := range e.Targets {
		one := row{m, g, e, t}
		x.forward[from] = append(x.forward[from], one)
		if t.Code != "" && t.Equivalence.Match() {
			to := r.concept(g.Target, t.Code)
			x.back[to] = append(x.back[to], one)
		}
		for _, d := range t.DependsOn {
			if x.depends[d.Property] == nil {
				x.depends[d.Property] = map[string]bool{}
			}
			x.depends[d.Property][d.Value] = true
		}
	}
}

func addNew(list []string, item string) []string {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// canonicalSystem returns the url of a code system by any of its names; another
// name as it is.
func (r *Registry) canonicalSystem(uri string) string {
	if canonical, ok := r.alias(uri); ok {
		return canonical
	}
	return uri
}

// spell notes the concepts of a system that have a second spelling: the one
// that stands first is the canonical one.
func (x *mapIndex) spell(s *CodeSystem) {
	i := slices.IndexFunc(s.PropertyDefs, func(p PropertyDef) bool { return p.URI == SpellingURI })
	if i < 0 {
		return
	}
	twin := s.PropertyDefs[i].Code
	for _, c := range s.Concepts {
		if _, second := x.spelt[mapping.Concept{System: s.URL, Code: c.Code}]; second {
			continue
		}
		for _, p := range c.Properties {
			if p.Code == twin {
				x.spelt[mapping.Concept{System: s.URL, Code: p.Text}] = c.Code
			}
		}
	}
}

// concept returns the identity of a coding: the canonical system, and the
// canonical code where the code system is here and has the code.
func (r *Registry) concept(system, code string) mapping.Concept {
	c := mapping.Concept{System: r.canonicalSystem(system), Code: code}
	for o := r; o != nil; o = o.under {
		if first, ok := o.index().spelt[c]; ok {
			c.Code = first
			return c
		}
		for _, s := range o.systems[c.System] {
			if found, ok := s.Find(code); ok {
				c.Code = found.Code
				return c
			}
		}
	}
	return c
}
