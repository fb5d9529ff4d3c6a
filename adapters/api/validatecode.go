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
	v, err := canonical.ValidateValueSet(content.Registry, p)
	if err != nil {
		return ill(err)
	}
	return c.Send(parameters(validation(v)))
}

// validateInCodeSystem answers CodeSystem/$validate-code.
func (s *Server) validateInCodeSystem(c *fiber.Ctx) error {
	content, p, err := s.asked(c, "CodeSystem")
	if err != nil {
		return err
	}
	v, err := canonical.ValidateCodeSystem(content.Registry, p)
	if err != nil {
		return ill(err)
	}
	return c.Send(parameters(validation(v)))
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
	list := make([]parameter, len(asked))
	for i, q := range asked {
		list[i] = parameter{name: "validation", value: `"resource":` + string(s.validateOne(registry, q, shared))}
	}
	return c.Send(parameters(list))
}

// validateOne answers one of a batch, an error with its OperationOutcome.
func (s *Server) validateOne(registry *canonical.Registry, q canonical.Param, shared canonical.Params) []byte {
	var own canonical.Params
	err := badParameter(mapping.Invalid, "validation", "expected Parameters as resource")
	if q.Type == "resource" {
		own, err = canonical.ReadParams(q.Doc, q.Node)
	}
	var v *canonical.Validation
	if err == nil {
		v, err = canonical.ValidateValueSet(registry, append(own[:len(own):len(own)], shared...))
	}
	if err != nil {
		_, body := s.outcomeOf(ill(err))
		return body
	}
	return parameters(validation(v))
}

// validation writes what $validate-code found.
func validation(v *canonical.Validation) []parameter {
	list := []parameter{boolean("result", v.Result)}
	if v.Coding.Code != "" {
		list = append(list, code("code", v.Coding.Code))
	}
	if v.Coding.System != "" {
		list = append(list, uri("system", v.Coding.System))
	}
	if v.Coding.Version != "" {
		list = append(list, str("version", v.Coding.Version))
	}
	if v.Coding.Display != "" {
		list = append(list, str("display", v.Coding.Display))
	}
	if v.Normalized != "" {
		list = append(list, code("normalized-code", v.Normalized))
	}
	if v.Inactive {
		list = append(list, boolean("inactive", true))
	}
	if v.Status != "" {
		list = append(list, code("status", v.Status))
	}
	if v.CodeableConcept != "" {
		list = append(list, parameter{name: "codeableConcept", value: `"valueCodeableConcept":` + v.CodeableConcept})
	}
	for _, u := range v.Unknown {
		list = append(list, canonicalValue("x-unknown-system", u))
	}
	for _, u := range v.Causes {
		list = append(list, canonicalValue("x-caused-by-unknown-system", u))
	}
	if message := v.Message(); message != "" {
		list = append(list, str("message", message))
	}
	if len(v.Issues) > 0 {
		list = append(list, parameter{name: "issues", value: `"resource":` + string(issues(v.Issues))})
	}
	return list
}

func canonicalValue(name, v string) parameter {
	return parameter{name: name, value: `"valueCanonical":` + tree.Quote(v)}
}

// issues writes the issues of a terminology operation as an OperationOutcome,
// with the codes that the terminology ecosystem has for them.
func issues(list []canonical.Issue) []byte {
	b := []byte(`{"resourceType":"OperationOutcome","issue":[`)
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
