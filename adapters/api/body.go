package api

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// ratio is how much larger than its compressed form a body may be. FHIR Bundles
// full of repetition reach 30; a bomb passes 1000.
const ratio = 100

// body returns the document in the request as a copy, inflated if it came
// compressed. expected says what belongs there, for the message when nothing
// came.
func (s *Server) body(c *fiber.Ctx, expected string) (string, error) {
	if err := knownBody(c); err != nil {
		return "", err
	}
	return s.inflated(c, expected)
}

// inflated returns the body of a request as body does, of whatever type.
func (s *Server) inflated(c *fiber.Ctx, expected string) (string, error) {
	// Not c.Body(): it inflates without a bound.
	raw := c.Request().Body()
	if len(raw) == 0 {
		return "", emptyBody(expected)
	}
	switch coding := strings.ToLower(c.Get(fiber.HeaderContentEncoding)); coding {
	case "", "identity":
		return string(raw), nil
	case "gzip":
		return s.inflate(raw)
	}
	return "", wrongType("content-encoding: accepted: gzip, or none")
}

// inflate unpacks gzip up to the limit of a body and the ratio.
func (s *Server) inflate(raw []byte) (string, error) {
	broken := &mapping.Error{Kind: mapping.Structure, Message: "the body is not gzip, as content-encoding says"}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return "", broken
	}
	limit := min(s.limits.Body, ratio*len(raw))
	var b strings.Builder
	n, err := io.Copy(&b, io.LimitReader(r, int64(limit)+1))
	switch {
	case n > int64(limit):
		return "", &mapping.Error{Kind: mapping.TooLong,
			Message: fmt.Sprintf("the body inflates to more than %d bytes or %d times its size", s.limits.Body, ratio)}
	case err != nil:
		return "", broken
	case n == 0:
		return "", &mapping.Error{Kind: mapping.Structure, Message: "the body inflates to nothing"}
	}
	return b.String(), nil
}

// knownBody refuses a body that says it is something else than JSON in UTF-8 or
// XML. One that says nothing is read as what it is.
func knownBody(c *fiber.Ctx) error {
	header := c.Get(fiber.HeaderContentType)
	if header == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(header)
	switch {
	case xmlKinds[kind] && takesXML(c):
		return nil // what the bytes are in, they tell themselves
	case kind == "application/x-www-form-urlencoded":
		return wrongType("content-type: accepted: application/fhir+json, application/json, and for FHIR and FMK application/fhir+xml, application/xml; curl says neither unless given -H 'Content-Type: application/json'")
	case err != nil || kind != fhirJSON && kind != plainJSON:
		return wrongType("content-type: accepted: application/fhir+json, application/json, and for FHIR and FMK application/fhir+xml, application/xml")
	case params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
		return wrongType("content-type: charset: accepted: utf-8")
	case !release4(params):
		return wrongType("content-type: fhirVersion: accepted: 4.0")
	}
	return nil
}

// release4 reports whether the parameters of a media type ask for no other
// release of FHIR than ours (http://hl7.org/fhir/R4/http.html#version-parameter).
func release4(params map[string]string) bool {
	v := params["fhirversion"]
	return v == "" || v == "4.0"
}

// resourceBody parses the resource in the body of an operation, in either syntax
// of FHIR. expected is as for body.
func (s *Server) resourceBody(c *fiber.Ctx, expected string) (*tree.Doc, error) {
	body, err := s.body(c, expected)
	if err != nil {
		return nil, err
	}
	limits := tree.Limits{Bytes: s.limits.Body}
	if body, err = jsonOf(body, limits); err != nil {
		return nil, err
	}
	return tree.Parse(body, limits)
}
