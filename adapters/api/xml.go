package api

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tolk/mapping/fhirxml"
	"tolk/mapping/tree"
)

// batchKey marks the request of an entry of a batch.
const batchKey = "tolk.batch"

// Everything inside is JSON. A caller who wants XML gets the answer respelled on
// its way out, and his own body is respelled on its way in (http://hl7.org/fhir/R4/xml.html).

// xmlKinds are the media types of FHIR in XML.
var xmlKinds = map[string]bool{fhirXML: true, plainXML: true, textXML: true}

// formats are the values of _format (http://hl7.org/fhir/R4/http.html#parameters)
// with the media type of the answer.
var formats = map[string]string{
	"json": fhirJSON, fhirJSON: fhirJSON, plainJSON: plainJSON,
	"xml": fhirXML, fhirXML: fhirXML, plainXML: plainXML, textXML: textXML,
}

// answerKind settles the media type of the answer: by _format, and otherwise by
// the Accept header. It is empty where the caller takes none that there is here.
func answerKind(c *fiber.Ctx) string {
	asked := ""
	if uri := c.Request().URI(); bytes.Contains(uri.QueryString(), []byte(format.name)) {
		asked = formats[string(uri.QueryArgs().Peek(format.name))] // another value is refused when the query is read
	}
	if asked == "" {
		asked = negotiate(string(bytes.Join(c.Request().Header.PeekAll(fiber.HeaderAccept), []byte(","))))
	}
	if xmlKinds[asked] && !speaksXML(c) {
		return ""
	}
	return asked
}

// mediaBy names what asks for the media type of the answer.
func mediaBy(c *fiber.Ctx) string {
	if c.Request().URI().QueryArgs().Has(format.name) {
		return format.name
	}
	return "accept"
}

// speaksXML reports whether what is at a path has an answer in FHIR: the
// operations of a batch have theirs inside its answer. Worked examples are answered
// in XML of JUnit's.
func speaksXML(c *fiber.Ctx) bool {
	return (strings.HasPrefix(c.Path(), "/fhir") || c.Path() == translatePath || c.Path() == testPath) && c.Context().UserValue(batchKey) == nil
}

// takesXML reports whether a document that comes to a path may be XML: where the
// answer may be, and where a document of any form is checked.
func takesXML(c *fiber.Ctx) bool { return speaksXML(c) || c.Path() == checkPath }

// respelled is a handler whose answer is written in XML.
func respelled(handle fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := handle(c); err != nil {
			return err
		}
		return respell(c.Response())
	}
}

// respell writes an answer in XML, where it is to be XML and is not yet.
func respell(r *fasthttp.Response) error {
	body := r.Body()
	if len(body) == 0 || !xmlKinds[string(r.Header.ContentType())] || tree.IsXML(string(body[:1])) {
		return nil
	}
	xml, err := fhirxml.ToXML(string(body), tree.Limits{Bytes: len(body)})
	if err != nil {
		return err
	}
	r.SetBodyRaw(xml)
	return nil
}

// jsonOf returns the JSON of a FHIR resource that came in either syntax.
func jsonOf(body string, limits tree.Limits) (string, error) {
	if !tree.IsXML(body) {
		return body, nil
	}
	text, _, err := tree.DecodeXML([]byte(body))
	if err != nil {
		return "", err
	}
	return fhirxml.ToJSON(text, limits)
}
