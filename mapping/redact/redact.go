// Package redact makes a document that may be shared out of a real one: the same
// shape, the same codes, units and measurements, and nothing of whom it is about
// or who wrote it.
//
// It denies by default. A value is kept where a table says that what stands there
// is safe, and where the value also looks like what belongs there; whatever no
// table knows is replaced. What is replaced is replaced alike in the whole
// document and in the documents inside it, so that references still lead where
// they led. All dates are moved by one number of whole weeks.
//
// The package reads no clock and draws no lots: what stands for what is made of
// the key of the Redactor. Who has the key and the redacted document can try out
// what an original was; the key is as secret as the original.
package redact

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// Redactor replaces what must not be shared. Two documents that are redacted with
// the same key have the same substitutes, and can be linked by them.
type Redactor struct {
	Key []byte // 16 bytes or more, best drawn at random for each document
	// Official reports whether the display of a coding is the one that is published
	// for its code. Nil: none is, and every display is replaced.
	Official func(mapping.Coding) bool
	// Listed reports whether a code system is one that is held here, and has the
	// code. Nil: no system is held.
	Listed func(mapping.Concept) (held, has bool)
	Limits tree.Limits // without a number of nodes, as many as a document that is translated may have
}

// maxNodes bounds a document as it bounds one that is translated, and all that stand in
// it together.
const maxNodes = 400_000

// Kind says what a replaced value was.
type Kind string

// The kinds, in the order they are told.
const (
	Person     Kind = "person number"
	Birth      Kind = "birth date"
	Name       Kind = "name"
	Address    Kind = "address"
	Contact    Kind = "phone or mail"
	Identifier Kind = "identifier"
	URL        Kind = "address of the web"
	Text       Kind = "text"
	Date       Kind = "date"
	Bytes      Kind = "attachment"
	Code       Kind = "code of nobody's system"
	Number     Kind = "long number"
	Key        Kind = "element name"
	Remark     Kind = "comment"
)

// Kinds lists the kinds in the order they are told.
func Kinds() []Kind {
	return []Kind{Person, Birth, Name, Address, Contact, Identifier, URL, Text, Date, Bytes, Code, Number, Key, Remark}
}

// Replacement tells that something was replaced, and never what.
type Replacement struct {
	Path string `json:"path"` // in the document; of a document inside it, after the path it stands at and a space
	Kind Kind   `json:"kind"`
}

// Result is a redacted document with the account of what was replaced.
type Result struct {
	Output   []byte
	Form     Form
	Replaced []Replacement
}

// Count returns how many values of a kind were replaced.
func (r *Result) Count(kind Kind) (n int) {
	for _, p := range r.Replaced {
		if p.Kind == kind {
			n++
		}
	}
	return n
}

// shortest is how long a key must be.
const shortest = 16

// Redact redacts a document, given as the bytes it came in, in a form, or
// whichever it is if the form is empty. The output is in the encoding of the
// document.
//
// Refused, with the path: what cannot be read; a form that is not known here; more
// persons than there are public test persons. No error tells a value.
func (r Redactor) Redact(document string, form Form) (*Result, error) {
	if len(r.Key) < shortest {
		return nil, &mapping.Error{Kind: mapping.Required, Path: "key", Message: "expected 16 bytes or more"}
	}
	return newSession(r).redact(document, form)
}

func (s *session) redact(document string, form Form) (*Result, error) {
	var out string
	for pass := range passes {
		s.begin(pass)
		written, found, err := s.document(document, "", form)
		if err != nil {
			return nil, silent(err)
		}
		out, form = written, found
	}
	return &Result{Output: []byte(out), Form: form, Replaced: slices.Clone(s.replaced)}, nil
}

// silent is an error without the value that is at fault, and with no name in its path
// that nothing here knows: nobody but the owner of the document may see them.
func silent(err error) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return err
	}
	bare := *e
	bare.Value = ""
	bare.Path = step.ReplaceAllStringFunc(e.Path, func(name string) string {
		if stated := strings.TrimPrefix(name, "@"); anyForm(stated) || strings.HasSuffix(name, "()") {
			return name
		}
		return "children()"
	})
	if after, ok := strings.CutPrefix(bare.Path, "children()"); ok {
		bare.Path = "$this" + after
	}
	return &bare
}

// step is a name in a path.
var step = regexp.MustCompile(`@?[\pL_][\pL\pN_]*(\(\))?`)

// anyForm reports whether a name is one of any form.
func anyForm(name string) bool {
	_, resource := fhir.Lookup(name)
	_, planned := planned()[name]
	return resource || planned || name == "this" || elementsOf()[strings.TrimPrefix(name, "_")] || stated()[name]
}

// A document is gone through several times. The first time tells who is in it and
// which words it has, which no substitute may be; the second what every document
// inside it becomes, whose digest may stand before it; the last is written.
const (
	passes  = 3
	reading = 0
)
