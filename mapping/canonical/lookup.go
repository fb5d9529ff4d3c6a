package canonical

import (
	"slices"

	"tolk/mapping"
)

// LookupParams are the parameters that Lookup takes beside Common.
var LookupParams = []string{"code", "system", "version", "coding", "property"}

// Lookup is the answer of $lookup (http://hl7.org/fhir/R4/codesystem-operation-lookup.html).
type Lookup struct {
	System       *CodeSystem
	Concept      *Concept
	Display      string
	Abstract     bool
	Designations []Designation
	Properties   []LookupProperty
	Supplements  []string // canonicals of those used
}

// LookupProperty is a property with what its value is called.
type LookupProperty struct {
	Property
	Description string
}

// Find answers $lookup.
func Find(r *Registry, p Params) (*Lookup, error) {
	if err := p.Check(LookupParams); err != nil {
		return nil, err
	}
	r, err := p.Overlaid(r)
	if err != nil {
		return nil, err
	}
	s, err := newScope(r, p)
	if err != nil {
		return nil, err
	}
	c := mapping.Coding{System: p.Text("system"), Code: p.Text("code"), Version: p.Text("version")}
	if q, ok := p.Find("coding"); ok {
		if q.Doc == nil || q.Type != "Coding" {
			return nil, p.bad("coding", mapping.Invalid, "expected a Coding, in the Parameters of a POST")
		}
		if c.Code != "" || c.System != "" {
			return nil, p.bad("coding", mapping.Invalid, "given together with code and system: give one of them")
		}
		c = readCoding(q.Doc, q.Node)
	}
	if err := s.supplement(s.useSupplements); err != nil {
		return nil, err
	}
	cs, concept, err := s.find(c)
	if err != nil {
		return nil, err
	}
	return s.tell(cs, concept, p.All("property")), nil
}

// find finds the concept of a coding, by system and code alone.
func (s *scope) find(c mapping.Coding) (*CodeSystem, *Concept, error) {
	switch {
	case c.System == "":
		return nil, nil, &mapping.Error{Kind: mapping.Required, Path: "system", Message: "required: a code means something in its system only"}
	case c.Code == "":
		return nil, nil, &mapping.Error{Kind: mapping.Required, Path: "code", Message: "required; a concept is never found by its display"}
	}
	known := s.r.CodeSystems(c.System)
	if len(known) == 0 {
		return nil, nil, &Failure{Issue: unknownSystem(c.System, "system"), NotFound: true}
	}
	version := c.Version
	if version == "" {
		version = s.effective(c.System, "")
	}
	cs, ok := pick(known, version)
	if !ok {
		return nil, nil, &Failure{Issue: unknownVersion(c.System, version, s.known(c.System), "version"), NotFound: true}
	}
	concept, ok := cs.Find(c.Code)
	if !ok {
		i := unknownCode(cs, c.Code, "code")
		i.Severity = "error"
		return nil, nil, &Failure{Issue: i, NotFound: true}
	}
	return cs, concept, nil
}

// tell describes a concept.
func (s *scope) tell(cs *CodeSystem, c *Concept, asked []string) *Lookup {
	v := s.view(cs, c)
	l := &Lookup{System: cs, Concept: c, Abstract: cs.Abstract(c)}
	designations := v.designations()
	if l.Display, _ = s.langs.display(v, designations); l.Display == "" {
		l.Display = c.Display
	}
	if c.Display != "" && cs.Language != "" {
		l.Designations = append(l.Designations, Designation{Language: cs.Language, Use: preferred, Value: c.Display})
	}
	l.Designations = append(l.Designations, designations...)
	for _, e := range v.extra {
		l.Supplements = append(l.Supplements, e.supplement.Canonical())
	}
	everything := slices.Contains(asked, "*")
	want := func(name string) bool { return len(asked) == 0 || everything || slices.Contains(asked, name) }
	if want("inactive") && !cs.uses(inactiveRole) || want("inactive") && cs.property(c, inactiveRole) == "" {
		value := "false"
		if cs.Inactive(c) {
			value = "true"
		}
		l.Properties = append(l.Properties, LookupProperty{Property: Property{Code: "inactive", Name: "valueBoolean", Value: value, Text: value}})
	}
	if want("parent") {
		l.related("parent", c.Parents)
	}
	if want("child") {
		l.related("child", c.Children)
	}
	for _, p := range v.properties() {
		if r := cs.roles[p.Code]; (r == parentRole || r == childRole) && (p.Code == "parent" || p.Code == "child") || !want(p.Code) {
			continue
		}
		one := LookupProperty{Property: p}
		if other, ok := cs.byCode[p.Text]; ok && p.Name == "valueCode" {
			one.Description = other.Display
		}
		l.Properties = append(l.Properties, one)
	}
	return l
}

// related adds the concepts above or below.
func (l *Lookup) related(name string, list []*Concept) {
	for _, c := range list {
		l.Properties = append(l.Properties, LookupProperty{Property{Code: name, Name: "valueCode", Value: quote(c.Code), Text: c.Code}, c.Display})
	}
}
