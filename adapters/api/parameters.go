package api

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// writer writes the Parameters resource that an operation answers with
// (http://hl7.org/fhir/R4/parameters.html), one parameter after the other into
// one buffer.
//
// It is written by hand. fhir.ParametersParameter has one pointer for every
// data type of FHIR, some 60, and reflection visits them all for every part of
// every match: far more by BenchmarkModelParameters than the whole budget of a
// request.
type writer struct{ b []byte }

// begin starts an answer in the buffer of the response, which fasthttp uses
// again for the next one.
func begin(c *fiber.Ctx) writer {
	w := writer{c.Response().SwapBody(nil)[:0]}
	w.start()
	return w
}

// send ends the answer.
func (w *writer) send(c *fiber.Ctx) error {
	w.finish()
	c.Response().SwapBody(w.b)
	return nil
}

// start opens a Parameters resource, finish closes it.
func (w *writer) start()  { w.b = append(w.b, `{"resourceType":"Parameters","parameter":[`...) }
func (w *writer) finish() { w.b = append(w.b, "]}"...) }

// open begins a parameter, up to its value. The name is ours, and plain.
func (w *writer) open(name string) {
	if w.b[len(w.b)-1] != '[' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, `{"name":"`...)
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ',')
}

func (w *writer) close() { w.b = append(w.b, '}') }

// group begins a parameter with parts, end ends it.
func (w *writer) group(name string) {
	w.open(name)
	w.b = append(w.b, `"part":[`...)
}

func (w *writer) end() { w.b = append(w.b, "]}"...) }

// text writes a parameter whose value is a string; member is the name of the
// value, as written.
func (w *writer) text(name, member, v string) {
	w.open(name)
	w.b = append(w.b, member...)
	w.b = tree.AppendQuote(w.b, v)
	w.close()
}

func (w *writer) str(name, v string)       { w.text(name, `"valueString":`, v) }
func (w *writer) code(name, v string)      { w.text(name, `"valueCode":`, v) }
func (w *writer) uri(name, v string)       { w.text(name, `"valueUri":`, v) }
func (w *writer) canonical(name, v string) { w.text(name, `"valueCanonical":`, v) }

// optional writes a string if it says something.
func (w *writer) optional(name, v string) {
	if v != "" {
		w.str(name, v)
	}
}

func (w *writer) boolean(name string, v bool) {
	w.open(name)
	w.b = strconv.AppendBool(append(w.b, `"valueBoolean":`...), v)
	w.close()
}

func (w *writer) coding(name string, c mapping.Coding) {
	w.open(name)
	w.b = appendCoding(append(w.b, `"valueCoding":`...), c)
	w.close()
}

// concept writes a coding as a CodeableConcept.
func (w *writer) concept(name string, c mapping.Coding) {
	w.open(name)
	w.b = appendCoding(append(w.b, `"valueCodeableConcept":{"coding":[`...), c)
	w.b = append(w.b, "]}}"...)
}

// member writes a parameter with a value that is JSON already; member is its
// name, as written.
func (w *writer) member(name, member, json string) {
	w.open(name)
	w.b = append(w.b, member...)
	w.b = append(w.b, json...)
	w.close()
}

func appendCoding(b []byte, c mapping.Coding) []byte {
	b = append(b, '{')
	if c.System != "" {
		b = append(tree.AppendQuote(append(b, `"system":`...), c.System), ',')
	}
	if c.Version != "" {
		b = append(tree.AppendQuote(append(b, `"version":`...), c.Version), ',')
	}
	b = tree.AppendQuote(append(b, `"code":`...), c.Code)
	if c.Display != "" {
		b = tree.AppendQuote(append(b, `,"display":`...), c.Display)
	}
	return append(b, '}')
}
