package api

import (
	"context"
	"mime"
	"regexp"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/document"
)

// testPath is where worked examples are run.
const testPath = "/v1/test"

// zipType is the media type of an archive.
const zipType = "application/zip"

// testInputs are the parameters of POST /v1/test.
var testInputs = []input{{name: "run"}, format}

// longestPattern bounds the pattern of a caller, in bytes.
const longestPattern = 256

// Testing is what a caller asks of a run of worked examples.
type Testing struct {
	Archive []byte         // a zip of fixture folders
	Bytes   int            // that it may inflate to
	Run     *regexp.Regexp // only the cases whose name matches; nil for all
	JUnit   bool           // the answer is JUnit XML; otherwise JSON
}

// Test runs worked examples, each by itself, until the context ends. The errors
// are *mapping.Error.
type Test func(ctx context.Context, t document.Translator, ask Testing) ([]byte, error)

// runTests answers POST /v1/test: how each case in the archive went by the content
// in force, as JSON, or as JUnit XML where that is accepted. Whether all hold is
// in the answer; the answer itself is 200 either way. Nothing of the archive is
// kept.
func (s *Server) runTests(c *fiber.Ctx) error {
	if s.test == nil {
		return noRoute()
	}
	values, err := query(c, testInputs...)
	if err != nil {
		return err
	}
	ask := Testing{Bytes: s.limits.Body, JUnit: xmlKinds[string(c.Response().Header.ContentType())]}
	if pattern := values.Get("run"); pattern != "" {
		if len(pattern) > longestPattern {
			return badParameter(mapping.TooLong, "run", "accepted: at most 256 bytes")
		}
		if ask.Run, err = regexp.Compile(pattern); err != nil {
			return badParameter(mapping.Invalid, "run", "expected a regular expression, as niveau|selvmord")
		}
	}
	if kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType)); err != nil || kind != zipType {
		return wrongType("content-type: accepted: " + zipType + ", an archive of fixture folders")
	}
	content, err := s.content(c)
	if err != nil {
		return err
	}
	body, err := s.inflated(c, "a zip of fixture folders")
	if err != nil {
		return err
	}
	ask.Archive = []byte(body)
	ctx, cancel := context.WithTimeout(s.running, s.limits.Budget)
	defer cancel()
	answer, err := inTime(s, func() ([]byte, error) { return s.test(ctx, content.Translator, ask) })
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, plainJSON)
	if ask.JUnit {
		c.Set(fiber.HeaderContentType, plainXML)
	}
	return c.Send(answer)
}
