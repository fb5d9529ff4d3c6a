// Package fhirxml turns FHIR R4 resources from XML into JSON and back
// (http://hl7.org/fhir/R4/xml.html, http://hl7.org/fhir/R4/json.html). Nothing
// is validated, added or left out on the way: what the other form has no place
// for is refused with its path.
package fhirxml

import (
	"strings"
	"sync"

	"tolk/schemas/fhir"
)

// The namespaces of FHIR, of its narrative, and of the one attribute that may
// stand on a resource without being part of it.
const (
	space      = "http://hl7.org/fhir"
	xhtmlSpace = "http://www.w3.org/1999/xhtml"
	xsiSpace   = "http://www.w3.org/2001/XMLSchema-instance"
)

// form is how an element is written in the two forms.
type form uint8

const (
	complexForm   form = iota // an object; an element with elements in it
	resourceForm              // any resource; an element with the resource in it
	textForm                  // a string; an element with the attribute value
	numberForm                // a number; the same
	booleanForm               // true or false; the same
	attributeForm             // a string; an attribute (Element.id, Extension.url)
	xhtmlForm                 // a string; the element div of XHTML as it is
)

// primitive reports whether the element has a value, beside which it may have
// an id and extensions.
func (f form) primitive() bool { return f == textForm || f == numberForm || f == booleanForm }

// field is one element of a shape, or one variant of a choice.
type field struct {
	name   string // as in JSON: valueQuantity
	order  int    // where R4 states it
	array  bool
	form   form
	inside *shape
}

// shape is what R4 states inside a type or an element.
type shape struct {
	name      string
	resource  bool
	primitive bool // it may have an id and extensions beside its value
	value     bool // it has a value, which is no field
	fields    map[string]*field
}

// shapes is the element table of R4, ready for use, by type and by the path of
// elements that are stated in place.
var shapes = sync.OnceValue(func() map[string]*shape {
	index := map[string]*shape{}
	at := func(name string) *shape {
		if index[name] == nil {
			index[name] = &shape{name: name, fields: map[string]*field{}}
		}
		return index[name]
	}
	rows := fhir.All()
	for i, e := range rows {
		dot := strings.LastIndexByte(e.Path, '.')
		if dot < 0 {
			base := append(e.Types, "")[0]
			at(e.Path).resource = base == "DomainResource" || base == "Resource" && e.Path != "DomainResource"
			continue
		}
		if e.Max == 0 {
			continue
		}
		within, name := at(e.Path[:dot]), e.Path[dot+1:]
		inPlace := i+1 < len(rows) && strings.HasPrefix(rows[i+1].Path, e.Path+".")
		stem, choice := strings.CutSuffix(name, "[x]")
		for _, t := range e.Types {
			f := &field{name: name, order: i, array: e.Array, form: formOf(t, within.resource)}
			if choice {
				f.name = stem + strings.ToUpper(t[:1]) + t[1:]
			}
			if f.inside = at(strings.TrimPrefix(t, "#")); inPlace {
				f.inside = at(e.Path)
			}
			within.fields[f.name] = f
		}
	}
	// A type is a primitive by its own row value, which is the value itself.
	for _, s := range index {
		if v := s.fields["value"]; v != nil && strings.HasPrefix(v.inside.name, "System.") {
			s.primitive, s.value = true, true
			delete(s.fields, "value")
		}
	}
	at("System.String").value = true // the id of a resource
	return index
})

// formOf returns the form of an element of type t. The id of a resource is an
// element, though of no FHIR type.
func formOf(t string, resource bool) form {
	switch t {
	case "boolean":
		return booleanForm
	case "decimal", "integer", "positiveInt", "unsignedInt":
		return numberForm
	case "xhtml":
		return xhtmlForm
	case "Resource":
		return resourceForm
	case "System.String":
		if resource {
			return textForm
		}
		return attributeForm
	}
	if t[0] >= 'a' && t[0] <= 'z' {
		return textForm
	}
	return complexForm
}

// typed returns the shape of a resource type.
func typed(name string) (*shape, bool) {
	s := shapes()[name]
	return s, s != nil && s.resource
}
