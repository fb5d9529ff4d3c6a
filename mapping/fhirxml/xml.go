package fhirxml

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// ToXML is FromJSON of the text of a resource.
func ToXML(json string, limits tree.Limits) ([]byte, error) {
	d, err := tree.Parse(json, limits)
	if err != nil {
		return nil, err
	}
	return FromJSON(d)
}

// FromJSON returns the XML of a resource in JSON, compact, its elements in the
// order of R4 whatever the order of the members. ToJSON of it is the same
// document again: the same members, strings and numbers, each as written but
// for the escapes that a string does not need.
//
// Two things say nothing in JSON and are not said in XML: white space around
// the div of a narrative, and the nulls of an array beyond those that keep a
// value and its sibling side by side (null in both places is refused).
//
// Refused, with the path: a root that is no resource type of R4 that tolk
// knows; members that R4 does not state there; a value of another kind than
// the element has; an empty object or array, and null; characters that XML does
// not have; a div that is not well-formed.
func FromJSON(d *tree.Doc) ([]byte, error) {
	size := len(d.Source())
	w := toXML{doc: d, out: append(make([]byte, 0, size+size/4+64), `<?xml version="1.0" encoding="UTF-8"?>`...)}
	if err := w.resource(d.Root(), ` xmlns="`+space+`"`); err != nil {
		return nil, err
	}
	return w.out, nil
}

type toXML struct {
	doc     *tree.Doc
	out     []byte
	members []member // of the objects being written, the innermost last
}

// member is one element: the member x, its sibling _x, or both.
type member struct {
	field         *field
	value, beside tree.ID
}

func (w *toXML) fault(kind mapping.Kind, n tree.ID, message string) error {
	return &mapping.Error{Kind: kind, Path: w.doc.Path(n), Message: message}
}

// resource writes the resource n; declared stands in its start tag.
func (w *toXML) resource(n tree.ID, declared string) error {
	if w.doc.Kind(n) != tree.Object {
		return w.fault(mapping.Structure, n, "expected a resource, which is an object")
	}
	t := w.doc.Child(n, "resourceType")
	if t == tree.None {
		return w.fault(mapping.Required, n, "resourceType is missing")
	}
	s, ok := typed(w.doc.Text(t))
	if !ok {
		return w.fault(mapping.NotSupported, t, unknownType)
	}
	w.out = append(w.out, '<')
	w.out = append(w.out, s.name...)
	w.out = append(w.out, declared...)
	return w.inside(n, s, s.name)
}

// inside writes what the object n holds, and the end of the start tag before
// and the end tag after it.
func (w *toXML) inside(n tree.ID, s *shape, name string) error {
	from := len(w.members)
	defer func() { w.members = w.members[:from] }()
	if err := w.collect(n, s); err != nil {
		return err
	}
	i, to := from, len(w.members)
	for ; i < to && w.members[i].field.form == attributeForm; i++ {
		m := w.members[i]
		if w.doc.Kind(m.value) != tree.String {
			return w.fault(mapping.Structure, m.value, "expected a string")
		}
		if err := w.attribute(m.field.name, m.value, w.doc.Text(m.value)); err != nil {
			return err
		}
	}
	if i == to {
		w.out = append(w.out, '/', '>')
		return nil
	}
	w.out = append(w.out, '>')
	for ; i < to; i++ {
		if err := w.member(w.members[i]); err != nil {
			return err
		}
	}
	w.end(name)
	return nil
}

func (w *toXML) end(name string) {
	w.out = append(w.out, '<', '/')
	w.out = append(w.out, name...)
	w.out = append(w.out, '>')
}

// collect adds the members of the object n: attributes first, then the
// elements in the order of R4.
func (w *toXML) collect(n tree.ID, s *shape) error {
	from := len(w.members)
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		key := w.doc.Key(c)
		if s.resource && key == "resourceType" {
			continue
		}
		sibling := key != "" && key[0] == '_'
		if sibling {
			key = key[1:]
		}
		f := s.fields[key]
		if f == nil || sibling && (!f.form.primitive() || !f.inside.primitive) {
			return w.fault(mapping.Structure, c, "not an element of "+s.name+" in FHIR R4, XML has no place for it")
		}
		m := w.of(f, from)
		if sibling {
			m.beside = c
		} else {
			m.value = c
		}
	}
	here := w.members[from:]
	if !slices.IsSortedFunc(here, order) {
		slices.SortStableFunc(here, order)
	}
	return nil
}

// of returns the member of f among those from on, a new one if there is none.
func (w *toXML) of(f *field, from int) *member {
	if f.form.primitive() {
		for i := from; i < len(w.members); i++ {
			if w.members[i].field == f {
				return &w.members[i]
			}
		}
	}
	w.members = append(w.members, member{field: f, value: tree.None, beside: tree.None})
	return &w.members[len(w.members)-1]
}

func order(a, b member) int {
	if x, y := a.field.form == attributeForm, b.field.form == attributeForm; x != y {
		if x {
			return -1
		}
		return 1
	}
	return a.field.order - b.field.order
}

// member writes one element, or each of the elements of an array.
func (w *toXML) member(m member) error {
	if !m.field.array {
		return w.element(m)
	}
	if m.field.form.primitive() {
		return w.primitives(m)
	}
	if err := w.filled(m.value, tree.Array, "expected an array"); err != nil {
		return err
	}
	for c := w.doc.First(m.value); c != tree.None; c = w.doc.Next(c) {
		if err := w.element(member{field: m.field, value: c}); err != nil {
			return err
		}
	}
	return nil
}

// primitives writes the elements of an array of primitives, its sibling beside
// it.
func (w *toXML) primitives(m member) error {
	at := [2]tree.ID{m.value, m.beside}
	for i, n := range at {
		if n == tree.None {
			continue
		}
		if err := w.filled(n, tree.Array, "expected an array"); err != nil {
			return err
		}
		at[i] = w.doc.First(n)
	}
	for at[0] != tree.None || at[1] != tree.None {
		one := member{field: m.field, value: at[0], beside: at[1]}
		for i, n := range at {
			if n != tree.None {
				at[i] = w.doc.Next(n)
			}
		}
		if one.value != tree.None && w.doc.Kind(one.value) == tree.Null && (one.beside == tree.None || w.doc.Kind(one.beside) == tree.Null) {
			return w.fault(mapping.Structure, one.value, "null with nothing beside it, expected a value or, in the sibling, extensions")
		}
		if one.value != tree.None && w.doc.Kind(one.value) == tree.Null {
			one.value = tree.None
		}
		if one.beside != tree.None && w.doc.Kind(one.beside) == tree.Null {
			if one.value == tree.None {
				return w.fault(mapping.Structure, one.beside, "null with nothing beside it, expected a value or, in the sibling, extensions")
			}
			one.beside = tree.None
		}
		if err := w.element(one); err != nil {
			return err
		}
	}
	return nil
}

// filled refuses n unless it is of this kind and holds something.
func (w *toXML) filled(n tree.ID, kind tree.Kind, expected string) error {
	switch {
	case w.doc.Kind(n) != kind:
		return w.fault(mapping.Structure, n, expected)
	case w.doc.First(n) == tree.None:
		return w.fault(mapping.Structure, n, expected+" that is not empty")
	}
	return nil
}

func (w *toXML) element(m member) error {
	f := m.field
	if f.form == xhtmlForm {
		return w.div(m.value)
	}
	w.out = append(w.out, '<')
	w.out = append(w.out, f.name...)
	switch {
	case f.form.primitive():
		return w.primitive(m)
	case f.form == resourceForm:
		w.out = append(w.out, '>')
		if err := w.resource(m.value, ""); err != nil {
			return err
		}
		w.end(f.name)
		return nil
	}
	if err := w.filled(m.value, tree.Object, "expected an object"); err != nil {
		return err
	}
	return w.inside(m.value, f.inside, f.name)
}

// primitive writes the rest of the element of a primitive: id and value, and
// its extensions.
func (w *toXML) primitive(m member) error {
	if m.value != tree.None {
		if err := w.value(m.field, m.value); err != nil {
			return err
		}
	}
	if m.beside == tree.None {
		w.out = append(w.out, '/', '>')
		return nil
	}
	if err := w.filled(m.beside, tree.Object, "expected an object of an id and extensions"); err != nil {
		return err
	}
	return w.inside(m.beside, m.field.inside, m.field.name)
}

func (w *toXML) value(f *field, n tree.ID) error {
	switch kind := w.doc.Kind(n); {
	case f.form == textForm && kind != tree.String:
		return w.fault(mapping.Structure, n, "expected a string")
	case f.form == numberForm && kind != tree.Number:
		return w.fault(mapping.Structure, n, "expected a number, without quotes")
	case f.form == booleanForm && kind != tree.Bool:
		return w.fault(mapping.Structure, n, "expected true or false, without quotes")
	case f.form == textForm:
		return w.attribute("value", n, w.doc.Text(n))
	}
	return w.attribute("value", n, w.doc.Raw(n))
}

// attribute writes an attribute so that every reader sees this very text: an
// end of line or a tab would be read as a space.
func (w *toXML) attribute(name string, n tree.ID, text string) error {
	w.out = append(w.out, ' ')
	w.out = append(w.out, name...)
	w.out = append(w.out, '=', '"')
	done := 0
	for i := 0; i < len(text); i++ {
		reference := ""
		switch c := text[i]; {
		case c >= 0x20 && c < 0x80 && c != '&' && c != '<' && c != '"':
			continue
		case c == '&':
			reference = "&amp;"
		case c == '<':
			reference = "&lt;"
		case c == '"':
			reference = "&quot;"
		case c == '\t':
			reference = "&#9;"
		case c == '\n':
			reference = "&#10;"
		case c == '\r':
			reference = "&#13;"
		case c < 0x20 || text[i:min(i+3, len(text))] == "\uFFFE" || text[i:min(i+3, len(text))] == "\uFFFF":
			return w.fault(mapping.Value, n, "a character that XML does not have")
		default:
			continue
		}
		w.out = append(w.out, text[done:i]...)
		w.out = append(w.out, reference...)
		done = i + 1
	}
	w.out = append(w.out, text[done:]...)
	w.out = append(w.out, '"')
	return nil
}

// div writes the narrative as it is written.
func (w *toXML) div(n tree.ID) error {
	if w.doc.Kind(n) != tree.String {
		return w.fault(mapping.Structure, n, "expected a string")
	}
	source := trim(w.doc.Text(n))
	if err := narrative(source, tree.Limits{}); err != nil {
		return &mapping.Error{Kind: mapping.Structure, Path: w.doc.Path(n), Message: "not the XML of a div", Err: err}
	}
	w.out = append(w.out, source...)
	return nil
}
