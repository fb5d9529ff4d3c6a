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
	{name: "date", refused: oneRelease},
	{name: "system-version", refused: oneRelease},
	{name: "check-system-version", refused: oneRelease},
	{name: "force-system-version", refused: oneRelease},
	{name: "default-valueset-version", refused: oneRelease},
	{name: "uuid", types: []string{"Uuid", "Uri", "String"}}, // the ecosystem's, for whoever writes a log of them
	{name: "cache-id", types: []string{"Id", "String"}},
	{name: "diagnostics", types: []string{"Boolean"}},
	{name: "no-cache", types: []string{"Boolean"}},
}

const oneRelease = "there is one release of each code system here; leave it out"

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
		return ofParameter(relocate(err, path), lookupInputs)
	}
	e, err := t.Concept(codings[0])
	if err != nil {
		return ofParameter(relocate(err, path), lookupInputs)
	}
	w := begin(c)
	describe(&w, t, e, wanted)
	return w.send(c)
}

// wantedProperties returns the properties asked for, all where none is named.
func wantedProperties(args arguments) ([]string, error) {
	if l := args.text("displayLanguage"); l != "" && l != "da" && l != "da-DK" {
		return nil, badParameter(mapping.NotSupported, "displayLanguage", "accepted: da, da-DK")
	}
	if _, some := args.find("property"); !some {
		return properties, nil
	}
	var wanted []string
	for _, arg := range args {
		switch {
		case arg.name != "property":
		case slices.Contains(properties, arg.text):
			wanted = append(wanted, arg.text)
		case slices.Contains([]string{"system", "name", "version", "display", "code"}, arg.text): // always there
		default:
			return nil, badParameter(mapping.NotSupported, "property", "accepted: "+strings.Join(properties, ", "))
		}
	}
	return wanted, nil
}

// describe writes everything wanted about a concept.
func describe(w *writer, t *terminology.Terminology, e *terminology.Entry, wanted []string) {
	system, _ := t.CodeSystem(e.System)
	w.str("name", system.Name)
	w.str("version", system.Version)
	w.str("display", e.Display)
	w.uri("system", e.System)
	w.code("code", e.Code)
	if slices.Contains(wanted, "designation") {
		w.group("designation")
		w.code("language", "da")
		w.str("value", e.Display)
		w.end()
	}
	add := func(name string, value, description string) {
		if value != "" && slices.Contains(wanted, name) {
			w.property(name, value)
			w.optional("description", description)
			w.end()
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
	if e.Status == terminology.Retired && slices.Contains(wanted, "successor") {
		for _, m := range t.Matches(e.Concept, terminology.Options{Target: e.System}) {
			if m.Equivalence.Match() {
				w.property("successor", m.Concept.Code)
				w.optional("description", m.Display)
				w.group("subproperty")
				w.code("code", "equivalence")
				w.code("value", string(m.Equivalence))
				w.end()
				w.end()
			}
		}
	}
}

// property begins a property with a code as its value; end ends it.
func (w *writer) property(name, value string) {
	w.group("property")
	w.code("code", name)
	w.code("value", value)
}
