package api

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/receiver"
)

// checkPath is where documents are checked against what a receiver demands.
const checkPath = "/v1/check"

// checkInputs are the parameters of POST /v1/check.
var checkInputs = []input{{name: "receiver"}, {name: "from"}, {name: "document"}, format}

// check answers POST /v1/check: what a receiver demands of the document in the
// body and does not find, in the language of Accept-Language. Whether it can be
// sent is in the answer; the answer itself is 200 either way.
func (s *Server) check(c *fiber.Ctx) error {
	values, err := query(c, checkInputs...)
	if err != nil {
		return err
	}
	if values.Get("receiver") == "" {
		return badParameter(mapping.Required, "receiver", "required: whom the document is for")
	}
	content, err := s.content(c)
	if err != nil {
		return err
	}
	if content.Checker == nil {
		return notReady()
	}
	checker, err := content.Checker()
	if err != nil {
		return err
	}
	if !slices.Contains(checker.Names(), values.Get("receiver")) {
		return badParameter(mapping.Value, "receiver", "accepted: "+strings.Join(checker.Names(), ", "))
	}
	body, err := s.body(c, "the document to check")
	if err != nil {
		return err
	}
	ask := receiver.Ask{Receiver: values.Get("receiver"), From: values.Get("from"), Document: values.Get("document"),
		Language: language(c.Get(fiber.HeaderAcceptLanguage)), Now: time.Now()}
	answer, err := inTime(s, func() (*receiver.Answer, error) { return checker.Check(body, ask) })
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, plainJSON)
	c.Set(fiber.HeaderContentLanguage, answer.Language)
	return c.Send(encode(answer))
}
