package envelope

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// shape is what an element holds, as its schema has it: attributes, and either
// elements in their order, or a text.
type shape struct {
	attributes map[string]value // an attribute that may be left out has the value optional
	elements   []particle
	choice     bool  // one of the elements stands, and not all in their order
	text       value // nil: no text
	open       bool  // of another schema: what is below is not looked at
}

// particle is one element in another.
type particle struct {
	name        string
	least, most int
	shape       *shape
	space       []string // the namespaces it may be in; nil: that of the envelope
}

// value looks at a text and says what is accepted, empty if the text is. White
// space around it is not a part of it: published examples have it.
type value func(text string) string

func one(name string, s *shape) particle  { return particle{name: name, least: 1, most: 1, shape: s} }
func some(name string, s *shape) particle { return particle{name: name, most: 1, shape: s} }

func leaf(v value) *shape { return &shape{text: v} }

// fault is an error at a node. The message is ours and holds nothing of the
// document.
func fault(kind mapping.Kind, d *tree.Doc, n tree.ID, message string) error {
	return &mapping.Error{Kind: kind, Path: d.Path(n), Message: message}
}

// check compares the element at n with its shape. Every element is in the
// namespace of the envelope, or in one that its particle names.
func (s *shape) check(d *tree.Doc, n tree.ID, space string) error {
	if s.open {
		return nil
	}
	if err := s.checkAttributes(d, n); err != nil {
		return err
	}
	if s.text != nil {
		return s.checkText(d, n)
	}
	at, times := 0, map[string]int{}
	if d.Kind(n) == tree.String && strings.TrimSpace(d.Text(n)) != "" {
		return fault(mapping.Invalid, d, n, "holds text; accepted: "+s.names())
	}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		key := d.Key(c)
		switch {
		case key[0] == '@' || key == tree.CommentKey || key == tree.InstructionKey:
			continue
		case key == tree.TextKey:
			return fault(mapping.Invalid, d, c, "text between elements; accepted: "+s.names())
		}
		i := slices.IndexFunc(s.elements, func(p particle) bool { return p.name == key })
		if i < 0 {
			return fault(mapping.NotSupported, d, c, "not an element of it; accepted: "+s.names())
		}
		p := s.elements[i]
		if !p.in(d.Space(c), space) {
			return fault(mapping.NotSupported, d, c, "in another namespace; accepted: "+strings.Join(append(slices.Clone(p.space), space), ", "))
		}
		if times[key]++; times[key] > p.most {
			return fault(mapping.Invalid, d, c, key+" stands more than "+timesIn(p.most)+"; accepted: "+timesIn(p.most))
		}
		if s.choice && len(times) > 1 {
			return fault(mapping.Invalid, d, c, "stands beside another; accepted: one of "+s.names())
		}
		if !s.choice && i < at {
			return fault(mapping.Invalid, d, c, key+" is out of its place; accepted in this order: "+s.names())
		}
		at = i
		if err := p.shape.check(d, c, space); err != nil {
			return err
		}
	}
	return s.complete(d, n, times)
}

// complete tells what is missing.
func (s *shape) complete(d *tree.Doc, n tree.ID, times map[string]int) error {
	if s.choice && len(times) == 0 {
		return fault(mapping.Required, d, n, "expected one of "+s.names())
	}
	for _, p := range s.elements {
		if !s.choice && times[p.name] < p.least {
			return &mapping.Error{Kind: mapping.Required, Path: d.Path(n) + "." + p.name, Message: "required"}
		}
	}
	return nil
}

func timesIn(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

func (p particle) in(space, own string) bool {
	return space == own || slices.Contains(p.space, space)
}

func (s *shape) names() string {
	all := make([]string, len(s.elements))
	for i, p := range s.elements {
		all[i] = p.name
	}
	return strings.Join(all, ", ")
}

// schemaInstance is the namespace of attributes that may stand anywhere: where a
// schema is to be found.
const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

func (s *shape) checkAttributes(d *tree.Doc, n tree.ID) error {
	given := map[string]bool{}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		name, ok := strings.CutPrefix(d.Key(c), "@")
		if !ok || d.Space(c) == schemaInstance {
			continue
		}
		accept, known := s.attributes[name]
		if !known || d.Space(c) != "" {
			return fault(mapping.NotSupported, d, c, "not an attribute of it")
		}
		given[name] = true
		if want := accept(strings.TrimSpace(d.Text(c))); want != "" {
			return fault(mapping.Value, d, c, "accepted: "+want)
		}
	}
	for name, accept := range s.attributes {
		if !given[name] && accept("") != "" {
			return fault(mapping.Required, d, n, "the attribute "+name+" is required")
		}
	}
	return nil
}

func (s *shape) checkText(d *tree.Doc, n tree.ID) error {
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		if key := d.Key(c); key[0] != '@' && !strings.HasSuffix(key, "()") {
			return fault(mapping.Invalid, d, c, "an element where only text stands")
		}
	}
	if want := s.text(text(d, n)); want != "" {
		return fault(mapping.Value, d, n, "accepted: "+want)
	}
	return nil
}

// text returns the text of an element without the white space around it.
func text(d *tree.Doc, n tree.ID) string {
	if n == tree.None {
		return ""
	}
	if d.Kind(n) != tree.String {
		n = d.Child(n, tree.TextKey)
	}
	return strings.TrimSpace(d.Text(n))
}

// at returns the text of the element at the end of a way from n, empty if there
// is none.
func at(d *tree.Doc, n tree.ID, names ...string) string { return text(d, d.Find(n, names...)) }

// decoded returns the bytes of an element in base64, as xs:base64Binary has it:
// white space may stand anywhere.
func decoded(d *tree.Doc, n tree.ID, most int) ([]byte, error) {
	packed := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, text(d, n))
	data, err := base64.StdEncoding.Strict().DecodeString(packed)
	switch {
	case err != nil:
		return nil, fault(mapping.Value, d, n, "expected the message in base64")
	case len(data) == 0:
		return nil, fault(mapping.Required, d, n, "the envelope is empty; expected a message in base64")
	case len(data) > most:
		return nil, fault(mapping.TooLong, d, n, "the message is longer than "+strconv.Itoa(most)+" bytes")
	}
	return data, nil
}

// The values of the schemas.

func optional(v value) value {
	return func(text string) string {
		if text == "" {
			return ""
		}
		return v(text)
	}
}

func oneOf(words ...string) value {
	return func(text string) string {
		if slices.Contains(words, text) {
			return ""
		}
		return strings.Join(words, ", ")
	}
}

// upTo accepts a text of one to most characters.
func upTo(most int) value {
	return func(text string) string {
		if n := len([]rune(text)); n >= 1 && n <= most {
			return ""
		}
		return "a text of 1 to " + strconv.Itoa(most) + " characters"
	}
}

// anyText is for what has a check of its own, or none.
func anyText(string) string { return "" }

func number(text string) string {
	if n, err := strconv.ParseInt(text, 10, 32); err != nil || n < 0 {
		return "a whole number"
	}
	return ""
}

func uuid(text string) string {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	ok := len(text) == len(form)
	for i := 0; ok && i < len(form); i++ {
		hex := strings.IndexByte("0123456789abcdefABCDEF", text[i]) >= 0
		ok = form[i] == 'x' && hex || form[i] == '-' && text[i] == '-'
	}
	if ok {
		return ""
	}
	return "a UUID"
}

// dateTimes are the spellings of xs:dateTime.
var dateTimes = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"}

func dateTime(text string) string {
	for _, form := range dateTimes {
		if _, err := time.Parse(form, text); err == nil {
			return ""
		}
	}
	return "a date with a time, as in 2026-01-31T12:30:00+01:00"
}

// zoned is a dateTime that says its zone: EHMI's always do.
func zoned(text string) string {
	if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
		return "a date with a time and its zone, as in 2026-01-31T12:30:00+01:00"
	}
	return ""
}

func gln(text string) string {
	if _, err := lens.GLN(text); err != nil {
		return "a location number (GLN): 13 digits, the last of them the check digit"
	}
	return ""
}
