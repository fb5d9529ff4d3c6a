package api

import (
	"encoding/base64"

	"github.com/gofiber/fiber/v2"
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// answerMessage answers what was processed. A message that is acknowledged is
// answered with status 200 whatever the acknowledgement says, fatal-error too:
// it is the response message of the application, and FHIR has that as the body
// of a 200 (http://hl7.org/fhir/R4/operation-messageheader-process-message.html).
// Its MessageHeader.response.code is what says how it went. Only what no message
// can answer is answered with another status and an OperationOutcome.
func (s *Server) answerMessage(c *fiber.Ctx, in received, q messageQuery, o *message.Outcome) error {
	if o.Acknowledgement == nil && o.Err != nil {
		return s.unanswerable(c, o.Err)
	}
	var envelope []byte
	if o.Acknowledgement != nil && in.opened != nil && !q.bare {
		var err error
		if envelope, err = in.opened.Acknowledge(o.Acknowledgement, q.Now); err != nil {
			return err
		}
	}
	if q.To != "" {
		return s.sendOutcome(c, o, envelope)
	}
	switch {
	case envelope != nil:
		c.Set(fiber.HeaderContentType, plainXML) // of its own, whatever is accepted
		return c.Send(envelope)
	case o.Acknowledgement != nil:
		return c.Send(o.Acknowledgement)
	case o.Answer != nil:
		return c.Send(o.Answer)
	case o.Message != nil: // an acknowledgement
		return inform(c, acknowledged(o.Message.Response))
	}
	return badParameter(mapping.Required, "to", "required for a Bundle that is no message: the form asked for")
}

// acknowledged says what an acknowledgement said.
func acknowledged(r *message.Response) string {
	text := "an acknowledgement"
	if r != nil {
		text += " of " + redacted(r.Of) + ": " + r.Code
	}
	return text + "; it is taken, and is never acknowledged itself"
}

// unanswerable refuses what no acknowledgement can say. What is not found is a
// reference in the body, and not the path of the request.
func (s *Server) unanswerable(c *fiber.Ctx, err error) error {
	code, body := s.outcomeOf(err, language(c.Get(fiber.HeaderAcceptLanguage)))
	if code != fiber.StatusNotFound {
		return err
	}
	c.Status(fiber.StatusUnprocessableEntity)
	return c.Send(body)
}

// inform answers that all is well, and why there is nothing more to say.
func inform(c *fiber.Ctx, text string) error {
	return c.Send(outcome([]fhir.OperationOutcomeIssue{{Severity: fhir.IssueSeverityInformation, Code: fhir.IssueTypeInformational,
		Details: &fhir.CodeableConcept{Text: &text}}}))
}

// sendOutcome writes the Parameters that a message with a translation is
// answered with.
func (s *Server) sendOutcome(c *fiber.Ctx, o *message.Outcome, envelope []byte) error {
	w := begin(c)
	switch {
	case o.Acknowledgement != nil:
		w.resource("return", o.Acknowledgement)
	case o.Answer != nil:
		w.resource("return", o.Answer)
	}
	if envelope != nil {
		w.binary("envelope", plainXML, envelope)
	}
	if o.Result != nil {
		account(c, o.Result.Ledger)
		w.result(o.Result)
	}
	for _, a := range o.Attached {
		w.group("attachment")
		w.str("path", a.Path)
		w.code("document", a.Document)
		switch {
		case a.Result != nil:
			w.result(a.Result)
		case a.Err != nil:
			_, why := s.outcomeOf(a.Err, language(c.Get(fiber.HeaderAcceptLanguage)))
			w.resource("outcome", why)
		default: // it is in the form that is asked for
			w.document([]byte(a.Body))
		}
		w.end()
	}
	return w.send(c)
}

// document writes a document: a resource of FHIR as that, and what is none as a
// Binary.
func (w *writer) document(output []byte) {
	text := string(output)
	switch d, err := tree.Parse(text, tree.Limits{Bytes: len(text)}); {
	case tree.IsXML(text):
		w.binary("result", plainXML, output)
	case err == nil && d.Child(d.Root(), "resourceType") != tree.None:
		w.resource("result", output)
	default:
		w.binary("result", plainJSON, output)
	}
}

// result writes a translated document with its account.
func (w *writer) result(r *document.Result) {
	w.document(r.Output)
	w.binary("ledger", plainJSON, encode(r.Ledger))
	if len(r.Residue) > 0 {
		w.binary("residue", plainJSON, r.Residue)
	}
}

// resource writes a parameter that is a resource, which is JSON already.
func (w *writer) resource(name string, json []byte) { w.member(name, `"resource":`, string(json)) }

// binary writes a parameter that is no resource of FHIR as one that holds it
// byte for byte.
func (w *writer) binary(name, contentType string, data []byte) {
	w.open(name)
	w.b = append(w.b, `"resource":{"resourceType":"Binary","contentType":"`...)
	w.b = append(append(w.b, contentType...), `","data":"`...)
	w.b = base64.StdEncoding.AppendEncode(w.b, data)
	w.b = append(w.b, `"}}`...)
}
