package canonical

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping"
)

// The extensions that an expansion states as properties instead
// (http://hl7.org/fhir/R5/valueset.html#expansion-properties).
var propertyExtensions = map[string]string{
	structure + "codesystem-conceptOrder": "order", structure + "valueset-conceptOrder": "order",
	structure + "codesystem-label": "label", structure + "valueset-label": "label",
	structure + "itemWeight": "weight",
}

// propertyURIs are those of the properties that need no declaration.
var propertyURIs = map[string]string{
	"order": conceptProperties + "order", "label": conceptProperties + "label", "weight": conceptProperties + "itemWeight",
	"definition": conceptProperties + "definition", "status": conceptProperties + "status", "inactive": conceptProperties + "inactive",
	"parent": conceptProperties + "parent", "child": conceptProperties + "child", "notSelectable": conceptProperties + "notSelectable",
}

// fill writes the entries into the expansion, nested if they are to be.
func (e *expander) fill(list []entry) {
	if !e.nested {
		e.out.Contains = make([]*Contains, len(list))
		for i, n := range list {
			e.out.Contains[i] = e.contains(n)
		}
		return
	}
	places := make(map[*Concept]*Contains, len(list))
	for _, n := range list {
		places[n.concept] = e.contains(n)
	}
	for _, n := range list {
		place := places[n.concept]
		if above := nearest(n.concept, places); above != nil {
			above.Contains = append(above.Contains, place)
		} else {
			e.out.Contains = append(e.out.Contains, place)
		}
	}
}

// nearest returns the place of the parent of a concept, if it has one.
func nearest(c *Concept, places map[*Concept]*Contains) *Contains {
	for _, p := range c.Parents {
		if place := places[p]; place != nil {
			return place
		}
	}
	return nil
}

// contains tells what is asked for of one concept.
func (e *expander) contains(n entry) *Contains {
	v := e.view(n.cs, n.concept)
	c := &Contains{System: n.cs.URL, Code: n.concept.Code, Abstract: n.cs.Abstract(n.concept), Inactive: n.cs.Inactive(n.concept)}
	if e.several[n.cs.URL] {
		c.Version = n.cs.Version
	}
	designations := v.designations()
	if n.ref != nil && len(n.ref.Designations) > 0 {
		designations = append(slices.Clone(designations), n.ref.Designations...)
	}
	chosen := -1
	c.Display, chosen = e.langs.display(v, designations)
	if n.ref != nil && n.ref.Display != "" && (len(e.langs.wanted) == 0 || e.valueSet.Language != "" && e.langs.accepts(e.valueSet.Language)) {
		c.Display = n.ref.Display
	}
	if e.designations {
		c.Designations = e.otherDisplays(v, designations, chosen)
	}
	e.describe(c, v, n)
	return c
}

// preferred is the use of the display of a code system that is told as a
// designation because another one was asked for.
var preferred = mapping.Coding{System: "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra", Code: "preferredForLanguage", Display: "Preferred For Language"}

// otherDisplays lists the designations of a concept without the one chosen.
func (e *expander) otherDisplays(v conceptView, all []Designation, chosen int) (others []Designation) {
	if chosen != -1 && v.Display != "" {
		others = append(others, Designation{Language: v.system.Language, Use: preferred, Value: v.Display})
	}
	for i, d := range all {
		if i != chosen {
			others = append(others, d)
		}
	}
	if len(e.wanted) == 0 {
		return others
	}
	return slices.DeleteFunc(others, func(d Designation) bool { return !slices.ContainsFunc(e.wanted, d.is) })
}

// is reports whether a token of the designation parameter means d: a language,
// or system|code of a use.
func (d Designation) is(token string) bool {
	system, code, both := strings.Cut(token, "|")
	switch {
	case !both:
		return speaks(d.Language, strings.ToLower(token)) || d.Use.Code == token
	case system == "urn:ietf:bcp:47":
		return speaks(d.Language, strings.ToLower(code))
	}
	return d.Use.System == system && d.Use.Code == code
}

// describe adds properties and extensions.
func (e *expander) describe(c *Contains, v conceptView, n entry) {
	if status := n.cs.Status(n.concept); status != "" && status != "active" {
		e.add(c, v, Property{Code: "status", Name: "valueCode", Value: quote(status)})
	} else if status == "" && c.Inactive {
		e.add(c, v, Property{Code: "status", Name: "valueCode", Value: quote("inactive")})
	}
	lists := [][]Extension{v.extensions()}
	if n.ref != nil {
		lists = append(lists, n.ref.Extensions)
	}
	for i, list := range lists {
		for _, x := range list {
			name, ok := propertyExtensions[x.URL]
			switch {
			case name == "label":
				e.add(c, v, Property{Code: name, Name: "valueString", Value: x.Value})
			case ok:
				e.add(c, v, Property{Code: name, Name: "valueDecimal", Value: x.Value})
			case i == 0 && x.URL == standardsStatus, !strings.HasPrefix(x.URL, structure):
			default:
				c.Extensions = slices.DeleteFunc(c.Extensions, func(old Extension) bool { return old.URL == x.URL })
				c.Extensions = append(c.Extensions, x)
			}
		}
	}
	for _, wanted := range e.properties {
		e.property(c, v, wanted)
	}
}

// property adds the values of a property asked for.
func (e *expander) property(c *Contains, v conceptView, wanted string) {
	switch wanted {
	case "definition":
		if v.Definition != "" {
			e.add(c, v, Property{Code: wanted, Name: "valueString", Value: quote(v.Definition)})
		}
	case "parent":
		for _, p := range v.Parents {
			e.append(c, v, Property{Code: wanted, Name: "valueCode", Value: quote(p.Code)})
		}
	case "child":
		for _, p := range v.Children {
			e.append(c, v, Property{Code: wanted, Name: "valueCode", Value: quote(p.Code)})
		}
	case "status":
	case "inactive":
		e.add(c, v, Property{Code: wanted, Name: "valueBoolean", Value: strconv.FormatBool(c.Inactive)})
	default:
		for _, p := range v.properties() {
			if p.Code == wanted {
				e.append(c, v, p)
			}
		}
	}
}

// add sets the one value of a property, append adds one of several.
func (e *expander) add(c *Contains, v conceptView, p Property) {
	c.Properties = slices.DeleteFunc(c.Properties, func(old Property) bool { return old.Code == p.Code })
	e.append(c, v, p)
}

func (e *expander) append(c *Contains, v conceptView, p Property) {
	c.Properties = append(c.Properties, p)
	if slices.ContainsFunc(e.out.Properties, func(d PropertyDef) bool { return d.Code == p.Code }) {
		return
	}
	def := PropertyDef{Code: p.Code, URI: propertyURIs[p.Code]}
	systems := []*CodeSystem{v.system}
	for _, x := range v.extra {
		systems = append(systems, x.supplement)
	}
	for _, s := range systems {
		for _, d := range s.PropertyDefs {
			if def.URI == "" && d.Code == p.Code {
				def.URI = d.URI
			}
		}
	}
	e.out.Properties = append(e.out.Properties, def)
}

// warn notes what is to be known of the state of a resource that is used.
func (e *expander) warn(kind string, h Header) {
	for _, status := range states(kind, h, e.valueSet) {
		e.use("warning-"+status, h.Canonical())
	}
}

// states lists what a reader must know of a resource that an answer rests on: a
// draft, something experimental, deprecated or withdrawn. A value set that is a
// draft itself says nothing new of drafts.
func states(kind string, h Header, asked *ValueSet) (all []string) {
	switch h.Standards {
	case "deprecated", "withdrawn":
		all = append(all, h.Standards)
	}
	if kind == "CodeSystem" && asked != nil {
		if h.Experimental && !asked.Experimental {
			all = append(all, "experimental")
		}
		if (h.Status == "draft" || h.Standards == "draft") && asked.Status != "draft" {
			all = append(all, "draft")
		}
	}
	return all
}

// echo lists the parameters that the expansion was made with.
func (e *expander) echo(p Params) {
	add := func(name, kind, value string) {
		e.out.Parameters = append(e.out.Parameters, ExpansionParameter{name, kind, value})
	}
	if !e.langs.none() {
		add("displayLanguage", "Code", quote(e.langs.text))
	}
	for _, q := range p {
		switch q.Name {
		case "excludeNested", "includeDesignations", "includeDefinition", "activeOnly", "excludeNotForUI", "excludePostCoordinated":
			add(q.Name, "Boolean", q.Text)
		case "count", "offset":
			add(q.Name, "Integer", q.Text)
		case "filter":
			add(q.Name, "String", quote(q.Text))
		case "designation":
			add(q.Name, "String", quote(q.Text))
		}
	}
	for url, version := range e.pinned {
		e.use("default-valueset-version", url+"|"+version)
	}
	for _, u := range e.used {
		add(u.Name, "Uri", quote(u.Canonical))
	}
	if e.merged {
		add("versionsMatch", "Boolean", "true")
	}
}
