package api

import (
	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
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
	if _, coding := p.Find("coding"); coding {
		if _, version := p.Find("version"); version {
			return badParameter(mapping.Invalid, "version", "goes with code; a Coding has its own")
		}
	}
	found, err := canonical.Find(content.Registry, p)
	if err != nil {
		return ill(err)
	}
	w := begin(c)
	looked(&w, found)
	return w.send(c)
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
func looked(w *writer, l *canonical.Lookup) {
	w.str("name", l.System.Name)
	w.code("code", l.Concept.Code)
	w.uri("system", l.System.URL)
	w.optional("version", l.System.Version)
	w.optional("display", l.Display)
	w.optional("definition", l.Concept.Definition)
	w.boolean("abstract", l.Abstract)
	for _, u := range l.Supplements {
		w.canonical("used-supplement", u)
	}
	for _, d := range l.Designations {
		w.group("designation")
		if d.Language != "" {
			w.code("language", d.Language)
		}
		if d.Use.Code != "" {
			w.coding("use", d.Use)
		}
		w.str("value", d.Value)
		if d.Source != "" {
			w.canonical("source", d.Source)
		}
		w.end()
	}
	for _, p := range l.Properties {
		w.group("property")
		w.code("code", p.Code)
		w.member("value", tree.Quote(p.Name)+":", p.Value)
		w.optional("description", p.Description)
		w.end()
	}
}
