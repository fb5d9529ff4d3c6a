package canonical

import (
	"maps"
	"slices"
	"strings"

	"tolk/mapping"
)

// resolve checks a coding that is asked about. A code that its system, here in
// full, does not have is returned apart: a map may know it all the same.
func (r *Registry) resolve(q *Question, c mapping.Coding) (unknownCode, fault *mapping.Error) {
	systems := r.CodeSystems(c.System)
	switch {
	case c.System == "":
		return nil, &mapping.Error{Kind: mapping.Required, Path: "Coding.system", Message: "required; accepted: " + r.sides(q.Reverse)}
	case len(systems) == 0 && !r.mapsSystem(q.Reverse, c.System):
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: "Coding.system", Message: "unknown code system; accepted: " + r.sides(q.Reverse), Value: c.System}
	case c.Code == "":
		return nil, &mapping.Error{Kind: mapping.Required, Path: "Coding.code", Message: "required; a concept is never found by its display", Value: c.Display}
	case len(systems) == 0:
		return nil, nil
	}
	if _, here := pick(systems, c.Version); !here && !r.mapsVersion(q, c) {
		var versions []string
		for _, s := range systems {
			versions = append(versions, s.Version)
		}
		return nil, notFound("Coding.version", "unknown version of "+systems[0].Name+"; accepted: "+strings.Join(versions, ", "))
	}
	for _, s := range systems {
		if _, ok := s.Find(c.Code); ok || s.Content != "complete" {
			return nil, nil
		}
	}
	return &mapping.Error{Kind: mapping.CodeInvalid, Path: "Coding.code",
		Message: "unknown in " + strings.TrimSpace(systems[0].Name+" "+systems[0].Version) + r.elsewhere(c.Code), Value: c.Code}, nil
}

// elsewhere tells which other system has the code, if one has.
func (r *Registry) elsewhere(code string) string {
	for o := r; o != nil; o = o.under {
		for _, res := range o.order {
			if s := res.CodeSystem; s != nil && s.Content == "complete" {
				if _, ok := s.Find(code); ok {
					return "; it is a code of " + s.Name + " (" + s.URL + ")"
				}
			}
		}
	}
	return ""
}

// side returns the systems that the maps of this layer lead from, or to.
func (x *mapIndex) side(targets bool) []string {
	if targets {
		return x.targets
	}
	return x.sources
}

// sides lists the systems that the maps lead from, or to, for a message.
func (r *Registry) sides(targets bool) string {
	var all []string
	for o := r; o != nil; o = o.under {
		for _, system := range o.index().side(targets) {
			all = addNew(all, system)
		}
	}
	const most = 20
	if len(all) > most {
		all = append(all[:most], "...")
	}
	return strings.Join(all, ", ")
}

// mapsSystem reports whether a map leads from, or to, a system.
func (r *Registry) mapsSystem(targets bool, system string) bool {
	system = r.canonicalSystem(system)
	for o := r; o != nil; o = o.under {
		if slices.Contains(o.index().side(targets), system) {
			return true
		}
	}
	return false
}

// mapsVersion reports whether a map is from, or to, this very version of the
// system, though the system is here in others only.
func (r *Registry) mapsVersion(q *Question, c mapping.Coding) bool {
	return r.anyMap(func(m *ConceptMap) bool {
		return slices.ContainsFunc(m.Groups, func(g *MapGroup) bool {
			if q.Reverse {
				return r.canonicalSystem(g.Target) == r.canonicalSystem(c.System) && g.TargetVersion == c.Version
			}
			return r.canonicalSystem(g.Source) == r.canonicalSystem(c.System) && g.SourceVersion == c.Version
		})
	})
}

// answerable refuses a code system that no map leads to, an element that none
// depends on, and an area that nobody knows: they would silently find nothing.
func (r *Registry) answerable(q *Question) *mapping.Error {
	if q.System != "" && !r.mapsSystem(!q.Reverse, q.System) {
		return &mapping.Error{Kind: mapping.NotSupported, Path: "targetsystem",
			Message: "no concept map leads there; accepted: " + r.sides(!q.Reverse), Value: q.System}
	}
	for _, d := range q.Depends {
		values := r.dependencyValues(d.Property)
		switch {
		case len(values) == 0:
			return &mapping.Error{Kind: mapping.NotSupported, Path: "dependency", Message: "accepted: " + r.dependencyHelp()}
		case d.Property == AreaProperty && !values[d.Value]:
			return &mapping.Error{Kind: mapping.NotSupported, Path: AreaProperty,
				Message: "unknown area; accepted: " + strings.Join(slices.Sorted(maps.Keys(values)), ", "), Value: d.Value}
		}
	}
	return nil
}

// dependencyValues returns the values of an element that mappings depend on.
func (r *Registry) dependencyValues(property string) map[string]bool {
	for o := r; o != nil; o = o.under {
		if values := o.index().depends[property]; len(values) > 0 {
			return values
		}
	}
	return nil
}

// dependencyHelp lists the elements that mappings depend on, for a message.
func (r *Registry) dependencyHelp() string {
	var names []string
	for o := r; o != nil; o = o.under {
		for _, name := range slices.Sorted(maps.Keys(o.index().depends)) {
			names = addNew(names, name)
		}
	}
	return "element " + strings.Join(names, " or ") + ", with a concept whose coding.code names the value"
}
