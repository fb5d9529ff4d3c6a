package api

import (
	"mime"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// The media types of answers (http://hl7.org/fhir/R4/http.html#mime-type).
const (
	fhirJSON  = "application/fhir+json"
	plainJSON = "application/json"
	fhirXML   = "application/fhir+xml"
	plainXML  = "application/xml"
	textXML   = "text/xml"
	plainText = "text/plain; charset=utf-8"
)

// varies is what an answer may depend on. It is said of every answer, also of one
// that depends on less.
var (
	varyName = []byte(fiber.HeaderVary)
	varies   = []byte(fiber.HeaderAccept + ", " + fiber.HeaderAcceptLanguage + ", " + fiber.HeaderAcceptEncoding)
)

// answers is around every handler: it settles the media type of
// the answer before anything is done, and refuses a body where there is no
// place for one.
func (s *Server) answers(handle fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		kind, handle := answerKind(c), handle
		switch {
		case kind == "":
			return notAcceptable(mediaBy(c), speaksXML(c))
		case xmlKinds[kind]:
			handle = respelled(handle)
		}
		if c.Method() != fiber.MethodPost && len(c.Request().Body()) > 0 {
			return illFramed("a " + c.Method() + " has no body; use POST")
		}
		c.Set(fiber.HeaderContentType, kind)
		c.Response().Header.SetCanonical(varyName, varies)
		switch method := c.Method(); {
		case !strings.HasPrefix(c.Path(), "/fhir"):
			return handle(c)
		case method == fiber.MethodGet || method == fiber.MethodHead:
			return s.repeatable(c, kind, handle)
		}
		if err := handle(c); err != nil {
			return err
		}
		compress(c)
		return nil
	}
}

// negotiate returns the media type that an Accept header asks for, the first of
// ours where it has no preference; empty when it takes none.
func negotiate(accept string) string {
	switch accept { // as nearly everybody writes it
	case "", "*/*", fhirJSON:
		return fhirJSON
	case plainJSON:
		return plainJSON
	}
	best, most := "", 0.0
	for _, kind := range []string{fhirJSON, plainJSON, fhirXML, plainXML, textXML} {
		if q := quality(accept, kind); q > most {
			best, most = kind, q
		}
	}
	return best
}

// quality returns how much an Accept header wants a media type, 0 for not at
// all (RFC 9110, section 12.5.1). What is said of the type itself counts more
// than what is said of all types.
func quality(accept, kind string) float64 {
	if strings.TrimSpace(accept) == "" {
		return 1
	}
	wanted, closest := 0.0, -1
	for part := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil || !release4(params) {
			continue
		}
		closeness := -1
		switch name {
		case kind:
			closeness = 2
		case kind[:strings.IndexByte(kind, '/')] + "/*":
			closeness = 1
		case "*/*":
			closeness = 0
		}
		if closeness < 0 || closeness < closest {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || !(q >= 0 && q <= 1) {
				continue
			}
		}
		if closeness > closest {
			wanted, closest = q, closeness
		} else {
			wanted = max(wanted, q)
		}
	}
	return wanted
}
