package api

import (
	"github.com/gofiber/fiber/v2"

	"tolk/mapping/canonical"
)

// subsumes answers CodeSystem/$subsumes.
func (s *Server) subsumes(c *fiber.Ctx) error {
	content, p, err := s.asked(c, "CodeSystem")
	if err != nil {
		return err
	}
	if err := besideCodes(content, p); err != nil {
		return err
	}
	if len(p) > 0 && c.Params("id") != "" {
		p = renamed(p, "url", "system")
	}
	result, err := canonical.Subsumes(content.Registry, p)
	if err != nil {
		return ill(err)
	}
	w := begin(c)
	w.code("outcome", result)
	return w.send(c)
}

// renamed gives a canonical another name, without its version.
func renamed(p canonical.Params, from, to string) canonical.Params {
	all := append(canonical.Params(nil), p...)
	for i := range all {
		if all[i].Name == from {
			url, version := canonical.SplitCanonical(all[i].Text)
			all[i].Name, all[i].Text = to, url
			if version != "" {
				all = append(all, canonical.Param{Name: "version", Text: version, Node: all[i].Node})
			}
		}
	}
	return all
}
