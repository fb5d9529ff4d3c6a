package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"tolk/mapping/exchange"
)

// The paths of what is there before anybody is let in, and of the measurements.
const (
	tokenPath   = "/token"
	smartPath   = "/fhir/.well-known/smart-configuration"
	metricsPath = "/metrics"
)

// entryRoutes lists the routes by which clients get in, where they have to, and
// that of the measurements, where something is measured.
func (s *Server) entryRoutes() (all []route) {
	if s.entry != nil {
		all = append(all, route{tokenPath, []string{"POST"}, s.token, nil}, route{smartPath, []string{"GET"}, s.smart, nil})
	}
	if s.metering != nil {
		all = append(all, route{metricsPath, []string{"GET"}, s.metrics, nil})
	}
	return all
}

// largestForm is how long the body of a request for a token may be: an assertion
// and what belongs to it.
const largestForm = 64 << 10

// token answers POST /token (SMART App Launch 2.2, Backend Services; RFC 6749).
// What is wrong with the request itself is told in the words of OAuth too.
func (s *Server) token(c *fiber.Ctx) error {
	form, fault := tokenForm(c)
	if fault != "" {
		c.Status(fiber.StatusBadRequest)
		c.Set(fiber.HeaderContentType, plainJSON)
		return c.Send(encode(struct {
			Code    string `json:"error"`
			Message string `json:"error_description"`
		}{"invalid_request", fault}))
	}
	ctx, cancel := s.inBudget(1)
	defer cancel()
	answer := s.entry.Token(ctx, form, callOf(c.Context()))
	for name, value := range answer.Header {
		c.Set(name, value)
	}
	if answer.Status == fiber.StatusUnauthorized || answer.Status == fiber.StatusForbidden {
		s.tell(c.Context(), exchange.Caller{}, exchange.Refusal{Code: exchange.Unknown, Route: "POST " + tokenPath,
			Why: "no access token was given: whoever asked did not prove to be a client of the configuration"})
	}
	c.Status(answer.Status)
	return c.Send(answer.Body)
}

// tokenForm reads the fields of a request for a token, and says what is wrong
// with it otherwise.
func tokenForm(c *fiber.Ctx) (form url.Values, fault string) {
	body := c.Request().Body()
	switch {
	case !isForm(c):
		return nil, "content-type: accepted: application/x-www-form-urlencoded"
	case c.Get(fiber.HeaderContentEncoding) != "":
		return nil, "content-encoding: accepted: none"
	case len(body) > largestForm:
		return nil, "the body is longer than 65536 bytes"
	case len(c.Request().URI().QueryString()) > 0:
		return nil, "the query must be empty; the fields stand in the body"
	}
	given, err := readPairs(string(body))
	if err != nil {
		return nil, "the body is not written as name=value&name=value with %-escapes"
	}
	form = url.Values{}
	for _, p := range given {
		form.Add(p.name, p.value)
	}
	return form, ""
}

// smart answers GET /fhir/.well-known/smart-configuration.
func (s *Server) smart(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, plainJSON)
	return c.Send(s.entry.Configuration())
}

// metering is a handler of net/http as one of fiber's, nil for nil.
func metering(h http.Handler) func(*fiber.Ctx) {
	if h == nil {
		return nil
	}
	handle := fasthttpadaptor.NewFastHTTPHandler(h)
	return func(c *fiber.Ctx) { handle(c.Context()) }
}

// metrics answers GET /metrics: to a program on this machine, and otherwise to
// who may see where messages are.
func (s *Server) metrics(c *fiber.Ctx) error {
	if !s.beside(c) && (s.exchange != nil || s.entry != nil) {
		if err := s.admit(c, exchange.Log); err != nil {
			return err
		}
	}
	s.metering(c)
	return nil
}

// beside reports whether a request comes from this machine and was meant for it,
// and was not passed on by a proxy on it.
func (s *Server) beside(c *fiber.Ctx) bool {
	if s.proxied || !c.Context().RemoteIP().IsLoopback() || meant(c.Context()) != nil {
		return false
	}
	for name := range c.Request().Header.All() {
		switch name := strings.ToLower(string(name)); {
		case name == "forwarded", name == "via", strings.HasPrefix(name, "x-forwarded-"), name == "x-real-ip":
			return false
		}
	}
	return true
}
