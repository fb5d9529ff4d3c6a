package api

import (
	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/tree"
)

// validateInValueSet answers ValueSet/$validate-code.
func (s *Server) validateInValueSet(c *fiber.Ctx) error {
	content, p, err := s.asked(c, "ValueSet")
	if err != nil {
		return err
	}
	if err := besideValue(p); err != nil {
		return err
	}
	v, err := canonical.ValidateValueSet(content.Registry, p)
	if err != nil {
		return ill(err)
	}
	w := begin(c)
	validation(&w, v)
	return w.send(c)
}

// validateInCodeSystem answers CodeSystem/$validate-code.
func (s *Server) validateInCodeSystem(c *fiber.Ctx) error {
	content, p, err := s.asked(c, "CodeSystem")
	if err != nil {
		return err
	}
	if err := besideSystem(content, p); err != nil {
		return err
	}
	v, err := canonical.ValidateCodeSystem(content.Registry, p)
	if err != nil {
		return ill(err)
	}
	w := begin(c)
	validation(&w, v)
	return w.send(c)
}

// mostValidations is how many codes one batch may ask of.
const mostValidations = 1000

// validateBatch answers ValueSet/$batch-validate-code: one answer for every
// validation, in order; what they have in common is given beside them.
func (s *Server) validateBatch(c *fiber.Ctx) error {
	content, p, err := s.asked(c, "ValueSet")
	if err != nil {
		return err
	}
	registry, err := p.Overlaid(content.Registry)
	if err != nil {
		return ill(err)
	}
	var shared, asked canonical.Params
	for _, q := range p {
		switch q.Name {
		case "validation":
			asked = append(asked, q)
		case "tx-resource":
		default:
			shared = append(shared, q)
		}
	}
	if len(asked) == 0 || len(asked) > mostValidations {
		return badParameter(mapping.Required, "validation", "required, 1 to 1000 of them, each with Parameters as resource")
	}
	w := begin(c)
	for _, q := range asked {
		w.open("validation")
		w.b = append(w.b, `"resource":`...)
		s.validateOne(&w, registry, q, shared)
		w.close()
	}
	return w.send(c)
}

// validateOne answers one of a batch, an error with its OperationOutcome.
func (s *Server) validateOne(w *writer, registry *canonical.Registry, q canonical.Param, shared canonical.Params) {
	var own canonical.Params
	err := badParameter(mapping.Invalid, "validation", "expected Parameters as resource")
	if q.Type == "resource" {
		own, err = canonical.ReadParams(q.Doc, q.Node)
	}
	if err == nil {
		err = besideValue(own)
	}
	var v *canonical.Validation
	if err == nil {
		v, err = canonical.ValidateValueSet(registry, append(own[:len(own):len(own)], shared...))
	}
	if err != nil {
		_, body := s.outcomeOf(ill(err), "en")
		w.b = append(w.b, body...)
		return
	}
	w.start()
	validation(w, v)
	w.finish()
}

// validation writes what $validate-code found.
func validation(w *writer, v *canonical.Validation) {
	w.boolean("result", v.Result)
	if v.Coding.Code != "" {
		w.code("code", v.Coding.Code)
	}
	if v.Coding.System != "" {
		w.uri("system", v.Coding.System)
	}
	w.optional("version", v.Coding.Version)
	w.optional("display", v.Coding.Display)
	if v.Normalized != "" {
		w.code("normalized-code", v.Normalized)
	}
	if v.Inactive {
		w.boolean("inactive", true)
	}
	if v.Status != "" {
		w.code("status", v.Status)
	}
	if v.CodeableConcept != "" {
		w.member("codeableConcept", `"valueCodeableConcept":`, v.CodeableConcept)
	}
	for _, u := range v.Unknown {
		w.canonical("x-unknown-system", u)
	}
	for _, u := range v.Causes {
		w.canonical("x-caused-by-unknown-system", u)
	}
	w.optional("message", v.Message())
	if len(v.Issues) > 0 {
		w.open("issues")
		w.b = appendIssues(append(w.b, `"resource":`...), v.Issues)
		w.close()
	}
}

// appendIssues writes the issues of a terminology operation as an OperationOutcome,
// with the codes that the terminology ecosystem has for them.
func appendIssues(b []byte, list []canonical.Issue) []byte {
	b = append(b, `{"resourceType":"OperationOutcome","issue":[`...)
	for n, i := range list {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"severity":"`+i.Severity+`","code":"`+i.Code+`","details":{`...)
		if i.Tx != "" {
			b = append(b, `"coding":[{"system":"http://hl7.org/fhir/tools/CodeSystem/tx-issue-type","code":"`+i.Tx+`"}],`...)
		}
		b = append(b, `"text":`+tree.Quote(i.Text)+`}`...)
		if i.Expression != "" {
			b = append(b, `,"expression":[`+tree.Quote(i.Expression)+`]`...)
		}
		if i.ID != "" {
			b = append(b, `,"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id","valueString":`+tree.Quote(i.ID)+`}]`...)
		}
		b = append(b, '}')
	}
	return append(b, "]}"...)
}
