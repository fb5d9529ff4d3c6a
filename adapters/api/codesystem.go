package api

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

// lookupInputs are those of CodeSystem/$lookup
// (http://hl7.org/fhir/R4/codesystem-operation-lookup.html).
var lookupInputs = []input{
	{name: "code", types: []string{"Code", "String"}},
	{name: "system", types: []string{"Uri", "Canonical", "String"}},
	{name: "version", types: []string{"String", "Code"}},
	{name: "coding", types: []string{"Coding"}},
	{name: "property", types: []string{"Code", "String"}, many: true},
	{name: "displayLanguage", types: []string{"Code", "String"}},
	{name: "date", refused: "there is one release of each code system here; leave it out"},
}

// properties are what $lookup tells beside name, version and display.
var properties = []string{"designation", "parent", "child", "status", "area", "kind", "component", "icf", "spelling", "successor"}

// lookupOwn answers CodeSystem/$lookup for our own code systems: what a code is, in either of its
// spellings, and where it stands in its system.
func (s *Server) lookupOwn(c *fiber.Ctx) error {
	content, err := s.content(c)
	if err != nil {
		return err
	}
	t := content.Terminology
	args, err := s.arguments(c, lookupInputs)
	if err != nil {
		return err
	}
	codings, path, err := source(args, "coding")
	if err != nil {
		return err
	}
	wanted, err := wantedProperties(args)
	if err != nil {
		return err
	}
	if err := systemVersion(t, codings[0]); err != nil {
		return relocate(err, path)
	}
	e, err := t.Concept(codings[0])
	if err != nil {
		return relocate(err, path)
	}
	return c.Send(parameters(describe(t, e, wanted)))
}

// wantedProperties returns the properties asked for, all where none is named.
func wantedProperties(args arguments) (map[string]bool, error) {
	if l := args.text("displayLanguage"); l != "" && l != "da" && l != "da-DK" {
		return nil, badParameter(mapping.NotSupported, "displayLanguage", "accepted: da, da-DK")
	}
	wanted := map[string]bool{}
	for _, arg := range args {
		switch {
		case arg.name != "property":
		case slices.Contains(properties, arg.text):
			wanted[arg.text] = true
		case slices.Contains([]string{"system", "name", "version", "display", "code"}, arg.text): // always there
		default:
			return nil, badParameter(mapping.NotSupported, "property", "accepted: "+strings.Join(properties, ", "))
		}
	}
	if _, some := args.find("property"); !some {
		for _, p := range properties {
			wanted[p] = true
		}
	}
	return wanted, nil
}

// describe tells everything wanted about a concept.
func describe(t *terminology.Terminology, e *terminology.Entry, wanted map[string]bool) []parameter {
	system, _ := t.CodeSystem(e.System)
	list := []parameter{
		str("name", system.Name), str("version", system.Version), str("display", e.Display),
		uri("system", e.System), code("code", e.Code),
	}
	if wanted["designation"] {
		list = append(list, group("designation", code("language", "da"), str("value", e.Display)))
	}
	add := func(name string, value, description string) {
		if wanted[name] && value != "" {
			list = append(list, property(name, value, description))
		}
	}
	if e.Parent != nil {
		add("parent", e.Parent.Code, e.Parent.Display)
	}
	for _, child := range e.Children {
		add("child", child.Code, child.Display)
	}
	add("status", string(e.Status), "")
	add("area", string(e.Area), "")
	add("kind", string(e.Kind), "")
	add("component", string(e.Component), "")
	add("icf", e.ICF, "")
	for _, spelling := range e.Spellings[1:] {
		add("spelling", spelling, "")
	}
	if e.Status == terminology.Retired && wanted["successor"] {
		for _, m := range t.Matches(e.Concept, terminology.Options{Target: e.System}) {
			if m.Equivalence.Match() {
				p := property("successor", m.Concept.Code, m.Display)
				p.parts = append(p.parts, group("subproperty", code("code", "equivalence"), code("value", string(m.Equivalence))))
				list = append(list, p)
			}
		}
	}
	return list
}

func property(name, value, description string) parameter {
	p := group("property", code("code", name), code("value", value))
	if description != "" {
		p.parts = append(p.parts, str("description", description))
	}
	return p
}
