package schemas

import _ "embed"

// OpenAPI is what the server takes and answers over HTTP, in OpenAPI 3.1: the
// text of openapi.yaml, which is kept by hand and held against the server by the
// tests of adapters/api and cmd/tolk.
//
//go:embed openapi.yaml
var OpenAPI []byte
