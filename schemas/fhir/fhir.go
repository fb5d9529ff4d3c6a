// Package fhir holds what HL7 publishes about the elements of FHIR R4 4.0.1 as
// one plain table: for every element of the resource and data types in use its
// cardinality and its types, in the order of the standard. The table is made
// by schemas/fhir/generate; nothing in it was decided here.
package fhir

import (
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed elements.csv
var table string

// Element is what R4 says of one element.
type Element struct {
	Path string // the element's path in R4, as Timing.repeat.bounds[x]
	Min  int
	Max  int // -1 is *
	// Types names the data types the element may have: one, unless the element
	// is a choice; #Questionnaire.item where the element has the content of
	// another; System.String where it is of no FHIR type and so cannot be
	// extended (id and Extension.url, which in XML are attributes, but for the
	// id of a resource). A type itself names its base. The slice is shared: it
	// is read, never written.
	Types []string
	Array bool // a JSON array, because the element may repeat
}

// All returns every row of the table: the types in the order of their names,
// and after each its elements in the order of R4. The slice is shared: it is
// read, never written.
func All() []Element { return all() }

// all is the table as it is read. It is in the binary, so a row that cannot be
// read is a broken build, and a panic.
var all = sync.OnceValue(func() []Element {
	rows := strings.Split(strings.TrimSuffix(table, "\n"), "\n")[1:]
	table := make([]Element, len(rows))
	for i, row := range rows {
		e, err := parse(row)
		if err != nil {
			panic(fmt.Sprintf("elements.csv:%d: %v", i+2, err))
		}
		table[i] = e
	}
	return table
})

// elements holds every element by the path, or the type, that it is in and its
// name there. A choice stands under its own name and under that of each
// variant; the types themselves stand under "".
var elements = sync.OnceValue(func() map[string]map[string]Element {
	index := map[string]map[string]Element{}
	for _, e := range All() {
		parent, name := split(e.Path)
		if index[parent] == nil {
			index[parent] = map[string]Element{}
		}
		index[parent][name] = e
		if stem, choice := strings.CutSuffix(name, "[x]"); choice {
			for _, t := range e.Types {
				e.Types = []string{t}
				index[parent][stem+strings.ToUpper(t[:1])+t[1:]] = e
			}
		}
	}
	return index
})

// parse reads one row of the table: path,min,max,types.
func parse(row string) (Element, error) {
	cells := strings.Split(row, ",")
	if len(cells) != 4 {
		return Element{}, fmt.Errorf("%d cells, 4 are expected", len(cells))
	}
	if cells[2] == "*" {
		cells[2] = "-1"
	}
	least, noMin := strconv.Atoi(cells[1])
	most, noMax := strconv.Atoi(cells[2])
	return Element{
		Path: cells[0], Min: least, Max: most, Types: strings.Fields(cells[3]),
		Array: strings.Contains(cells[0], ".") && most != 0 && most != 1,
	}, errors.Join(noMin, noMax)
}

// split parts a path into what comes before its last name, and that name.
func split(path string) (parent, name string) {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// Lookup returns the element that R4 states at path: a type (Patient,
// HumanName), an element of it (Patient.name, Observation.value[x]), or one
// variant of a choice (Observation.valueQuantity). It does not walk on into
// data types: Patient.name.given is stated as HumanName.given.
func Lookup(path string) (Element, bool) {
	parent, name := split(path)
	e, ok := elements()[parent][name]
	return e, ok
}

// Resolve walks from a type down element names as they are written in JSON,
// through data types and content references, and returns the last element.
//
//   - valueQuantity is value[x] with that one type; value and value[x] are no
//     names in JSON and are not found.
//   - _birthDate is the element birthDate again, seen from the sibling that
//     holds its id and its extensions; only a primitive that may have
//     extensions has one.
//   - Where any resource may stand (contained, Bundle.entry.resource), the next
//     step names its type and returns the same element with that one type:
//     Resolve("Bundle", "entry", "resource", "Patient", "birthDate"). Without
//     it only what all resources have is found (id, meta).
//
// The property resourceType is no element and is not found.
func Resolve(resourceType string, steps ...string) (Element, bool) {
	e, ok := elements()[""][resourceType]
	for _, step := range steps {
		if !ok {
			break
		}
		e, ok = e.child(step)
	}
	return e, ok
}

// child returns the element that is called step inside e.
func (e Element) child(step string) (Element, bool) {
	inside := e.content()
	if inside == "Resource" && e.Path != inside && isResource(step) {
		e.Types = []string{step}
		return e, true
	}
	name, sibling := strings.CutPrefix(step, "_")
	c, ok := elements()[inside][name]
	switch {
	case !ok, c.Max == 0, strings.HasSuffix(name, "[x]"):
		return Element{}, false
	case name == "value" && primitive(inside): // the value is the property itself
		return Element{}, false
	case sibling && !(primitive(c.content()) && elements()[c.content()]["extension"].Max != 0):
		return Element{}, false
	}
	return c, true
}

// content returns the path or the type whose elements e has: its own path
// where the elements are stated in place, otherwise its type.
func (e Element) content() string {
	if _, inPlace := elements()[e.Path]; inPlace || len(e.Types) == 0 {
		return e.Path
	}
	return strings.TrimPrefix(e.Types[0], "#")
}

// primitive reports whether the type called name is a primitive: only they
// have a value that is of no FHIR type.
func primitive(name string) bool {
	value, ok := elements()[name]["value"]
	return ok && strings.HasPrefix(value.Types[0], "System.")
}

// isResource reports whether the table holds a resource type called name that
// an instance may have: one that is no base of others.
func isResource(name string) bool {
	e, ok := elements()[""][name]
	return ok && name != "DomainResource" && len(e.Types) == 1 && strings.HasSuffix(e.Types[0], "Resource")
}
