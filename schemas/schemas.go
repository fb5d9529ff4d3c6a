// Package schemas holds the JSON Schemas (2020-12) of our own plain form: what
// a social system that speaks no FHIR sends and receives. Each file stands
// alone; the definitions they share are the same text in each.
package schemas

import "embed"

// FS holds one file for each document: NAME.schema.json.
//
//go:embed *.schema.json
var FS embed.FS

// ID returns the $id of the schema for a document.
func ID(document string) string { return "urn:tolk:schema:" + document + ":1.0" }

// Documents lists the documents that have a plain form.
func Documents() []string {
	return []string{"tilstande", "medicinliste", "sundhedstjek", "henvisning", "korrespondance"}
}
