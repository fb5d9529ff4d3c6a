package message

import (
	"errors"
	"strings"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/tree"
)

// carriedNodes bounds a document that is carried, as one that comes by itself.
const carriedNodes = 400_000

// UnsaidCitizen is what is said of a document that came along where nobody can
// tell whom it is about.
const UnsaidCitizen = "the document that came along and the message have no number of the citizen in common (CPR, X-eCPR or D-eCPR), so nothing says that they are about the same"

// Carried is FHIR that a message carries in a Binary.
type Carried struct {
	Binary *bundle.Entry
	Data   tree.ID   // the leaf that it is written in, None if there is none
	Body   string    // as it was sent, in JSON or XML
	Doc    *tree.Doc // nil if it cannot be read, and Err says why
	Err    error
}

// Carries returns what the Binaries of a message hold that say they are FHIR.
func Carries(b *bundle.Bundle) (all []Carried) {
	for _, e := range b.Entries {
		if e.Type == "Binary" && IsFHIR(b.Text(b.Child(e.Node, "contentType"))) {
			all = append(all, Open(b, e))
		}
	}
	return all
}

// IsFHIR reports whether a content type is FHIR's, or JSON or XML as such.
func IsFHIR(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch strings.TrimSpace(strings.ToLower(kind)) {
	case "application/fhir+json", "application/fhir+xml", "application/json", "application/xml", "text/xml":
		return true
	}
	return false
}

// Open reads the FHIR in a Binary.
func Open(b *bundle.Bundle, binary *bundle.Entry) Carried {
	c := Carried{Binary: binary, Data: b.Child(binary.Node, "data")}
	if c.Data == tree.None || b.Kind(c.Data) != tree.String {
		c.Err = &mapping.Error{Kind: mapping.Required, Path: b.Path(binary.Node) + ".data", Message: "expected the document that is attached, as base64"}
		return c
	}
	var err error
	if c.Body, err = decode(b.Text(c.Data)); err != nil {
		c.Err = &mapping.Error{Kind: mapping.Value, Path: b.Path(c.Data), Message: "expected base64; it is not, or was cut short"}
		return c
	}
	c.Doc, err = parseFHIR(c.Body, tree.Limits{Nodes: carriedNodes})
	var fault *mapping.Error
	switch {
	case errors.As(err, &fault):
		c.Err = &mapping.Error{Kind: fault.Kind, Path: b.Path(c.Data), Message: "the attached document cannot be read: " + fault.Message}
	case err != nil:
		c.Err = err
	}
	return c
}

// parseFHIR parses a document. One in XML is read as the same document in JSON.
func parseFHIR(body string, limits tree.Limits) (*tree.Doc, error) {
	if !tree.IsXML(body) {
		return tree.Parse(body, limits)
	}
	text, _, err := tree.DecodeXML([]byte(body))
	if err != nil {
		return nil, err
	}
	if text, err = fhirxml.ToJSON(text, limits); err != nil {
		return nil, err
	}
	return tree.Parse(text, limits)
}

// Whose says whether a document that came along, one of the hub's, is about the
// citizen of the message: whom its Communication is about.
func (c Carried) Whose(b *bundle.Bundle) bundle.Whose {
	if c.Doc == nil || document.InHub(c.Doc) == "" {
		return bundle.Same // it is an attachment like any other
	}
	citizen := tree.None
	for _, e := range b.Entries {
		if e.Type != "Communication" {
			continue
		}
		if p := b.Follow(b.Child(e.Node, "subject")); p != nil && p.Type == "Patient" {
			citizen = p.Node
		}
		break
	}
	return b.Whose(citizen, c.Doc)
}

// Foreign refuses a message with a document that is about another citizen: whom
// the one or the other is meant for is not ours to guess.
func Foreign(b *bundle.Bundle, all []Carried) error {
	for _, c := range all {
		if c.Whose(b) == bundle.Other {
			return &mapping.Error{Kind: mapping.BusinessRule, Path: b.Path(c.Data),
				Message: "the document that came along is about another citizen than the message; expected the same one"}
		}
	}
	return nil
}
