package api

import (
	"context"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// receivers answers GET /v1/receivers: where each receiver is.
func (s *Server) receivers(c *fiber.Ctx) error {
	if _, err := query(c); err != nil {
		return err
	}
	all, err := ask(s, c, s.exchange.Health)
	if err != nil {
		return err
	}
	return c.Send(encode(map[string][]exchange.Health{"receivers": present(all)}))
}

// shadow answers GET /v1/shadow: how a candidate map would have translated what
// came.
func (s *Server) shadow(c *fiber.Ctx) error {
	if _, err := query(c); err != nil {
		return err
	}
	counted, err := ask(s, c, s.exchange.Shadow)
	switch {
	case err != nil:
		return err
	case counted == nil:
		return &mapping.Error{Kind: mapping.NotFound, Message: "no candidate runs beside the mappings in force"}
	}
	return c.Send(encode(counted))
}

// auditFields select rows of the audit. A citizen is named in a body only.
var (
	auditFields       = []input{{name: "message"}, {name: "after", types: numberType}, {name: "limit", types: numberType}}
	auditInputs       = slices.Concat(auditFields, []input{{name: "citizen", refused: "a citizen is not named in an address; send the fields in the body of POST " + auditPath + "/_search"}})
	auditSearchFields = slices.Concat(auditFields, []input{{name: "citizen"}, why})
)

// audit answers GET /v1/audit: a Bundle of AuditEvents.
func (s *Server) audit(c *fiber.Ctx) error {
	values, err := query(c, auditInputs...)
	if err != nil {
		return err
	}
	return s.sendAudit(c, values)
}

// searchAudit answers POST /v1/audit/_search: the same with the fields in the
// body, where a citizen may be one.
func (s *Server) searchAudit(c *fiber.Ctx) error {
	values, _, err := s.given(c, auditSearchFields...)
	if err != nil {
		return err
	}
	return s.sendAudit(c, values)
}

func (s *Server) sendAudit(c *fiber.Ctx, values url.Values) (err error) {
	asked := exchange.AuditQuery{Message: values.Get("message"), Citizen: values.Get("citizen")}
	if asked.Message != "" && (len(asked.Message) != 36 || !uuid.MatchString(asked.Message)) {
		return badParameter(mapping.Value, "message", "expected the id of a message")
	}
	if asked.After, err = position(values, "after"); err != nil {
		return err
	}
	if asked.Limit, err = atMost(values, "limit", fewMessages, mostMessages); err != nil {
		return err
	}
	reason, err := readWhy(values)
	if err != nil {
		return err
	}
	events, err := askLong(s, c, bulk, func(ctx context.Context, who exchange.Caller) ([]byte, error) {
		who.Why = reason
		return s.exchange.Audit(ctx, who, asked)
	})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fhirJSON)
	return c.Send(events)
}
