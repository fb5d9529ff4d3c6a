package api

import (
	"github.com/gofiber/fiber/v2"
	"github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// capabilities answers GET /fhir/metadata.
func (s *Server) capabilities(c *fiber.Ctx) error { return c.Send(s.metadata) }

// capabilityStatement writes the CapabilityStatement: what is served and
// nothing else. Every element with a required code is set here; the zero values
// of the model are codes too, and say things.
func capabilityStatement(version, released string) []byte {
	name, title := "tolk", "tolk: FFB, FSIII and FHIR R4"
	return encode(struct {
		ResourceType string `json:"resourceType"`
		fhir.OtherCapabilityStatement
	}{"CapabilityStatement", fhir.OtherCapabilityStatement{
		Name:   &name,
		Title:  &title,
		Status: fhir.PublicationStatusActive,
		Date:   released,
		Kind:   fhir.CapabilityStatementKindInstance,
		Software: &fhir.CapabilityStatementSoftware{
			Name: name, Version: notEmpty(version),
		},
		Implementation: &fhir.CapabilityStatementImplementation{
			Description: "translates condition records between FFB and FSIII, and answers what their codes are",
		},
		FhirVersion: fhir.FHIRVersion4_0_1,
		Format:      []string{fhirJSON, "json"},
		Rest: []fhir.CapabilityStatementRest{{
			Mode: fhir.RestfulCapabilityModeServer,
			Resource: []fhir.CapabilityStatementRestResource{
				operationOn(fhir.ResourceTypeCodeSystem, "lookup",
					"by code and system or by coding, in either spelling of FSIII; displays are Danish"),
				operationOn(fhir.ResourceTypeConceptMap, "translate",
					"on the type, by code and system, coding or codeableConcept, also in reverse; area (sygepleje, hjemmepleje, forebyggelse) narrows the answer"),
			},
		}},
	}})
}

// operationOn declares one operation of a resource type, by the standard's own
// definition of it.
func operationOn(kind fhir.ResourceType, operation, documentation string) fhir.CapabilityStatementRestResource {
	return fhir.CapabilityStatementRestResource{
		Type: kind,
		Operation: []fhir.CapabilityStatementRestResourceOperation{{
			Name:          operation,
			Definition:    "http://hl7.org/fhir/OperationDefinition/" + kind.Code() + "-" + operation,
			Documentation: &documentation,
		}},
	}
}

func notEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
