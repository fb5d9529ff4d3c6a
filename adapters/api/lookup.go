package api

import (
	"github.com/gofiber/fiber/v2"

	"tolk/mapping/canonical"
	"tolk/mapping/tree"
)

// lookup answers CodeSystem/$lookup. Our own code systems tell more of a code
// than FHIR has words for; all others, and any that was sent along, are told
// as they were published.
func (s *Server) lookup(c *fiber.Ctx) error {
	content, p, err := s.asked(c, "CodeSystem")
	if err != nil {
		return err
	}
	if own(content, p) {
		return s.lookupOwn(c)
	}
	found, err := canonical.Find(content.Registry, p)
	if err != nil {
		return ill(err)
	}
	return c.Send(parameters(looked(found)))
}

// own reports whether a lookup is of one of our code systems.
func own(content *Content, p canonical.Params) bool {
	if content.Terminology == nil {
		return false
	}
	system := p.Text("system")
	for _, q := range p {
		switch q.Name {
		case "tx-resource", "useSupplement":
			return false
		case "coding":
			if q.Doc != nil && system == "" {
				system = q.Doc.Text(q.Doc.Child(q.Node, "system"))
			}
		}
	}
	if system == "" {
		return true // what is missing is told the same way
	}
	_, ok := content.Terminology.CodeSystem(system)
	return ok
}

// looked writes what $lookup found.
func looked(l *canonical.Lookup) []parameter {
	list := []parameter{str("name", l.System.Name), code("code", l.Concept.Code), uri("system", l.System.URL)}
	if l.System.Version != "" {
		list = append(list, str("version", l.System.Version))
	}
	if l.Display != "" {
		list = append(list, str("display", l.Display))
	}
	if l.Concept.Definition != "" {
		list = append(list, str("definition", l.Concept.Definition))
	}
	list = append(list, boolean("abstract", l.Abstract))
	for _, u := range l.Supplements {
		list = append(list, canonicalValue("used-supplement", u))
	}
	for _, d := range l.Designations {
		var parts []parameter
		if d.Language != "" {
			parts = append(parts, code("language", d.Language))
		}
		if d.Use.Code != "" {
			parts = append(parts, coding("use", d.Use))
		}
		parts = append(parts, str("value", d.Value))
		if d.Source != "" {
			parts = append(parts, canonicalValue("source", d.Source))
		}
		list = append(list, group("designation", parts...))
	}
	for _, p := range l.Properties {
		parts := []parameter{code("code", p.Code), {name: "value", value: tree.Quote(p.Name) + ":" + p.Value}}
		if p.Description != "" {
			parts = append(parts, str("description", p.Description))
		}
		list = append(list, group("property", parts...))
	}
	return list
}
