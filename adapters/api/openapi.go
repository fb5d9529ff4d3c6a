package api

import (
	"slices"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/schemas"
)

// The media types of what describes the server (RFC 9512, and JSON Schema 2020-12).
const (
	yamlType   = "application/yaml"
	schemaType = "application/schema+json"
)

// openAPIRoutes lists the routes of what an integrator reads before he has a
// token: the description of all routes, and the schemas of the plain form.
func openAPIRoutes() []route {
	get := []string{"GET"}
	return []route{
		{"/openapi.yaml", get, openAPI, nil},
		{"/openapi.json", get, openAPIJSON, nil},
		{"/schemas/:document", get, plainSchema, nil},
	}
}

// openAPI answers GET /openapi.yaml.
func openAPI(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, yamlType)
	return c.Send(schemas.OpenAPI)
}

// described is the same file in JSON, in its order. It is made when somebody asks.
var described = sync.OnceValues(func() ([]byte, error) { return yaml.YAMLToJSON(schemas.OpenAPI) })

// openAPIJSON answers GET /openapi.json.
func openAPIJSON(c *fiber.Ctx) error {
	text, err := described()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, plainJSON)
	return c.Send(text)
}

// plainSchema answers GET /schemas/{document}: what its plain form holds.
func plainSchema(c *fiber.Ctx) error {
	name := c.Params("document")
	if !slices.Contains(schemas.Documents(), name) {
		return &mapping.Error{Kind: mapping.NotFound, Message: "no document of the plain form has this name; GET /openapi.yaml names them"}
	}
	text, err := schemas.FS.ReadFile(name + ".schema.json")
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, schemaType)
	return c.Send(text)
}
