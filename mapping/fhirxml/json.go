package fhirxml

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// ToJSON returns the JSON of a resource in XML, compact, its members in the
// order the elements have in the XML. Values are taken over as they are
// written, a decimal with all its digits; the div of a narrative is taken over
// as it stands in the source, which must be able to stand alone. Comments and
// processing instructions, and xsi:schemaLocation, are no part of a resource
// and are left out.
//
// Refused, with the path: what tree.ParseXML refuses; a root that is no
// resource type of R4 that tolk knows; elements and attributes that R4 does not
// state there, of another namespace too; text; an element that has nothing in
// it; the elements of one name not side by side, or several where R4 has one; a
// number or a boolean that is none in JSON.
func ToJSON(xml string, limits tree.Limits) (string, error) {
	d, err := tree.ParseXML(xml, limits)
	if err != nil {
		return "", err
	}
	w := toJSON{doc: d, limits: limits, out: make([]byte, 0, len(xml)+len(xml)/8)}
	if err := w.resource(d.Root()); err != nil {
		return "", err
	}
	return string(w.out), nil
}

// Is reports whether a text, in any encoding that is read, is XML in the
// namespace of FHIR. Whether it is a resource is for ToJSON to say.
func Is(text string) bool {
	text, _, err := tree.DecodeXML([]byte(text))
	if err != nil {
		return false
	}
	d, err := tree.ParseXML(text, tree.Limits{})
	return err == nil && d.Space(d.Root()) == space
}

type toJSON struct {
	doc    *tree.Doc
	limits tree.Limits
	out    []byte
}

func (w *toJSON) fault(kind mapping.Kind, n tree.ID, message string) error {
	return &mapping.Error{Kind: kind, Path: w.doc.Path(n), Message: message}
}

// resource writes the resource that the element n is.
func (w *toJSON) resource(n tree.ID) error {
	if w.doc.Space(n) != space {
		return w.fault(mapping.Invalid, n, "not in the namespace of FHIR, expected "+space)
	}
	s, ok := typed(w.doc.Key(n))
	if !ok {
		return w.fault(mapping.NotSupported, n, unknownType)
	}
	w.out = append(w.out, `{"resourceType":"`...)
	w.out = append(w.out, s.name...)
	w.out = append(w.out, '"')
	if err := w.members(n, s); err != nil {
		return err
	}
	w.out = append(w.out, '}')
	return nil
}

const unknownType = "not a resource type of FHIR R4 that tolk reads"

// members writes what stands in the element n, the attribute value left to the
// caller. The attribute url waits for its place in the order of R4, which is
// after extensions.
func (w *toJSON) members(n tree.ID, s *shape) error {
	if text := w.doc.Text(n); trim(text) != "" {
		return w.fault(mapping.Structure, n, "text in an element, expected it in the attribute value")
	}
	var room [24]*field
	seen := room[:0]
	held, waiting := tree.None, (*field)(nil)
	for c := w.doc.First(n); c != tree.None; {
		f, err := w.field(c, s)
		if err != nil {
			return err
		}
		if f == nil {
			c = w.doc.Next(c)
			continue
		}
		for _, before := range seen {
			if before == f {
				return w.fault(mapping.Structure, c, "stands again after other elements, expected all of one name side by side")
			}
		}
		seen = append(seen, f)
		end, several := w.group(c)
		if several != tree.None && !f.array {
			return w.fault(mapping.Structure, several, "stands more than once, R4 has one at the most")
		}
		switch {
		case f.form == attributeForm && f.name != "id":
			held, waiting = c, f
		case waiting != nil && f.order > waiting.order:
			if err := w.elements(held, w.doc.Next(held), waiting); err != nil {
				return err
			}
			waiting = nil
			fallthrough
		default:
			if err := w.elements(c, end, f); err != nil {
				return err
			}
		}
		c = end
	}
	if waiting != nil {
		return w.elements(held, w.doc.Next(held), waiting)
	}
	return nil
}

// field returns the field that the child c of an element of shape s is, nil if
// it is nothing of FHIR's.
func (w *toJSON) field(c tree.ID, s *shape) (*field, error) {
	key := w.doc.Key(c)
	switch {
	case key == tree.CommentKey || key == tree.InstructionKey:
		return nil, nil
	case key == tree.TextKey:
		return nil, w.fault(mapping.Structure, c, "text beside elements, expected it in an attribute value")
	case key[0] == '@':
		if key == "@schemaLocation" && w.doc.Space(c) == xsiSpace && w.doc.Parent(c) == w.doc.Root() {
			return nil, nil
		}
		if s.value && key == "@value" && w.doc.Space(c) == "" {
			return nil, nil // written as the value already
		}
		if f := s.fields[key[1:]]; f != nil && f.form == attributeForm && w.doc.Space(c) == "" {
			return f, nil
		}
		return nil, w.fault(mapping.Structure, c, "not an attribute of "+s.name+" in FHIR R4")
	}
	f := s.fields[key]
	if f == nil || f.form == attributeForm {
		return nil, w.fault(mapping.Structure, c, "not an element of "+s.name+" in FHIR R4")
	}
	expected := space
	if f.form == xhtmlForm {
		expected = xhtmlSpace
	}
	if w.doc.Space(c) != expected {
		return nil, w.fault(mapping.Structure, c, "not in its namespace, expected "+expected)
	}
	return f, nil
}

// group returns where the elements of the same name as c that follow it end,
// and the second of them, None if there is none. Comments between them belong
// to the group.
func (w *toJSON) group(c tree.ID) (end, second tree.ID) {
	key := w.doc.Key(c)
	second = tree.None
	for end = w.doc.Next(c); end != tree.None; end = w.doc.Next(end) {
		switch w.doc.Key(end) {
		case key:
			if second == tree.None {
				second = end
			}
		case tree.CommentKey, tree.InstructionKey:
		default:
			return end, second
		}
	}
	return end, second
}

// elements writes the members of the elements from c up to end, all of f.
func (w *toJSON) elements(c, end tree.ID, f *field) error {
	if f.form.primitive() {
		return w.primitives(c, end, f)
	}
	w.key("", f)
	if f.array {
		w.out = append(w.out, '[')
	}
	key := w.doc.Key(c)
	for first := true; c != end; c = w.doc.Next(c) {
		if w.doc.Key(c) != key {
			continue
		}
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		if err := w.element(c, f); err != nil {
			return err
		}
	}
	if f.array {
		w.out = append(w.out, ']')
	}
	return nil
}

// key begins a member of the object being written.
func (w *toJSON) key(before string, f *field) {
	if w.out[len(w.out)-1] != '{' {
		w.out = append(w.out, ',')
	}
	w.out = append(w.out, '"')
	w.out = append(w.out, before...)
	w.out = append(w.out, f.name...)
	w.out = append(w.out, '"', ':')
}

func (w *toJSON) element(c tree.ID, f *field) error {
	switch f.form {
	case attributeForm:
		w.out = tree.AppendQuote(w.out, w.doc.Text(c))
		return nil
	case xhtmlForm:
		return w.div(c)
	case resourceForm:
		inner := tree.None
		for e := w.doc.First(c); e != tree.None; e = w.doc.Next(e) {
			switch key := w.doc.Key(e); {
			case key == tree.CommentKey || key == tree.InstructionKey:
			case inner != tree.None || key == tree.TextKey || key[0] == '@':
				return w.fault(mapping.Structure, e, "expected one resource and nothing else")
			default:
				inner = e
			}
		}
		if inner == tree.None {
			return w.fault(mapping.Structure, c, "expected one resource and nothing else")
		}
		return w.resource(inner)
	}
	w.out = append(w.out, '{')
	before := len(w.out)
	if err := w.members(c, f.inside); err != nil {
		return err
	}
	if len(w.out) == before {
		return w.fault(mapping.Structure, c, "an empty element, expected elements in it")
	}
	w.out = append(w.out, '}')
	return nil
}

// primitives writes x, and _x where the elements have ids or extensions.
func (w *toJSON) primitives(c, end tree.ID, f *field) error {
	key := w.doc.Key(c)
	values, beside := false, false
	for e := c; e != end; e = w.doc.Next(e) {
		if w.doc.Key(e) != key {
			continue
		}
		value, more := w.parts(e)
		if value == tree.None && !more {
			return w.fault(mapping.Structure, e, "an empty element, expected the attribute value")
		}
		values, beside = values || value != tree.None, beside || more
	}
	if values {
		w.key("", f)
		if err := w.each(c, end, f, w.value); err != nil {
			return err
		}
	}
	if beside {
		w.key("_", f)
		return w.each(c, end, f, w.beside)
	}
	return nil
}

// each writes one part of each of the elements of f.
func (w *toJSON) each(c, end tree.ID, f *field, part func(tree.ID, *field) error) error {
	if !f.array {
		return part(c, f)
	}
	key, opening := w.doc.Key(c), byte('[')
	for ; c != end; c = w.doc.Next(c) {
		if w.doc.Key(c) != key {
			continue
		}
		w.out = append(w.out, opening)
		opening = ','
		if err := part(c, f); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	return nil
}

// parts returns the attribute value of a primitive and whether it has anything
// else.
func (w *toJSON) parts(n tree.ID) (value tree.ID, more bool) {
	value = tree.None
	for c := w.doc.First(n); c != tree.None; c = w.doc.Next(c) {
		switch key := w.doc.Key(c); {
		case key == "@value" && w.doc.Space(c) == "":
			value = c
		case key != tree.CommentKey && key != tree.InstructionKey:
			more = true
		}
	}
	return value, more || trim(w.doc.Text(n)) != ""
}

func (w *toJSON) value(n tree.ID, f *field) error {
	value, _ := w.parts(n)
	if value == tree.None {
		w.out = append(w.out, "null"...)
		return nil
	}
	text := w.doc.Text(value)
	switch {
	case f.form == textForm:
		w.out = tree.AppendQuote(w.out, text)
	case f.form == booleanForm && text != "true" && text != "false":
		return w.fault(mapping.Value, value, "not a boolean, expected true or false")
	case f.form == numberForm && !number(text):
		return w.fault(mapping.Value, value, "not a number of FHIR, expected digits, with a point before decimals and no plus sign")
	default:
		w.out = append(w.out, text...)
	}
	return nil
}

// beside writes the object of the id and the extensions of a primitive.
func (w *toJSON) beside(n tree.ID, f *field) error {
	if _, more := w.parts(n); !more {
		w.out = append(w.out, "null"...)
		return nil
	}
	w.out = append(w.out, '{')
	if err := w.members(n, f.inside); err != nil {
		return err
	}
	w.out = append(w.out, '}')
	return nil
}

// div writes the narrative as it stands in the source.
func (w *toJSON) div(c tree.ID) error {
	source := w.doc.Element(c)
	if err := narrative(source, w.limits); err != nil {
		return w.fault(mapping.Structure, c, "not a div that can stand alone, expected its namespaces declared on it: "+xhtmlSpace)
	}
	w.out = tree.AppendQuote(w.out, source)
	return nil
}

// narrative refuses what is not one div of XHTML.
func narrative(source string, limits tree.Limits) error {
	d, err := tree.ParseXML(source, limits)
	if err != nil {
		return err
	}
	if d.Space(d.Root()) != xhtmlSpace || d.Key(d.Root()) != "div" || d.Element(d.Root()) != source {
		return &mapping.Error{Kind: mapping.Structure, Message: "not a div of XHTML, expected <div xmlns=\"" + xhtmlSpace + "\">"}
	}
	return nil
}

func trim(text string) string { return strings.Trim(text, " \t\r\n") }

// number reports whether s is a number of JSON, and so one of FHIR.
func number(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	if s = s[whole:]; strings.HasPrefix(s, ".") {
		decimals := digits(s[1:])
		if decimals == 0 {
			return false
		}
		s = s[1+decimals:]
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		power := digits(s)
		if power == 0 {
			return false
		}
		s = s[power:]
	}
	return s == ""
}

// digits returns how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
