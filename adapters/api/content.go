package api

import (
	"github.com/gofiber/fiber/v2"

	"tolk/mapping/canonical"
	"tolk/mapping/document"
	"tolk/mapping/receiver"
	"tolk/mapping/terminology"
)

// Content is one content version: everything that a request is answered from.
// It is not changed, and not copied. Another content is another value, put in force as a whole.
type Content struct {
	// Tag names the content; another content has another. It is a part of every
	// ETag, so that an answer of one content is never taken for one of the next.
	Tag         string
	Translator  document.Translator
	Messages    Processor
	Checker     func() (*receiver.Checker, error) // what receivers demand; nil where no receiver is known
	Terminology *terminology.Terminology
	// Registry holds every CodeSystem, ValueSet and ConceptMap, the embedded ones
	// and those of packages.
	Registry *canonical.Registry
	// Forms are the Questionnaires: read and searched, and nothing else.
	Forms []*canonical.Header

	answers answers
}

// contentKey is where a request keeps the content it began with.
const contentKey = "tolk.content"

// content returns the content that the request is answered from: the one that
// was in force when it was first asked for. What is put in force later, the
// request does not see.
func (s *Server) content(c *fiber.Ctx) (*Content, error) {
	if held, ok := c.Context().UserValue(contentKey).(*Content); ok {
		return held, nil
	}
	now := s.inForce()
	if now == nil {
		return nil, notReady()
	}
	c.Context().SetUserValue(contentKey, now)
	return now, nil
}

// inForce returns the content in force, nil while there is none.
func (s *Server) inForce() *Content {
	if s.contents == nil {
		return nil
	}
	return s.contents()
}
