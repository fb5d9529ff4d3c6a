package redact

import (
	"regexp"
	"strings"

	"tolk/mapping/tree"
)

// attributeShape is what an attribute of a narrative may say that is about how it
// looks: a number, a colour, a direction.
var attributeShape = regexp.MustCompile(`^([0-9]{1,4}(%|px|em)?|#[0-9a-fA-F]{3,6}|left|right|center|top|middle|bottom|justify|ltr|rtl|col|row|[a-z]{2}(-[A-Z]{2})?|all|none)$`)

// looks are the attributes that say how it looks.
var looks = map[string]bool{"@colspan": true, "@rowspan": true, "@border": true, "@width": true, "@height": true, "@align": true,
	"@valign": true, "@lang": true, "@dir": true, "@span": true, "@start": true, "@cellpadding": true, "@cellspacing": true, "@scope": true, "@rules": true, "@frame": true}

// xhtml returns a narrative with its structure, of which every text says something
// else. One that cannot be read becomes a text.
func (s *session) xhtml(text, above string) (string, error) {
	d, err := tree.ParseXML(text, s.Limits)
	if err != nil {
		return s.text(text), nil
	}
	if err := s.within(d, above); err != nil {
		return "", err
	}
	w := &walk{session: s, d: d, form: page}
	told := len(s.replaced)
	for n := tree.ID(0); int(n) < d.Len(); n++ {
		if !d.Leaf(n) {
			continue
		}
		switch key := d.Key(n); {
		case looks[key] && attributeShape.MatchString(d.Text(n)):
		case key == "@href" || key == "@src" || key == "@cite":
			new, _ := s.uri(d.Text(n))
			w.replace(n, new, URL)
		case key == "@class" || key == "@id" || key == "@name":
			w.replace(n, s.identifier(d.Text(n)), Text)
		case key == "@style":
			if !styleShape.MatchString(d.Text(n)) {
				w.replace(n, "", Text)
			}
		default:
			w.leaf(n, s.text(d.Text(n)))
		}
	}
	w.spaces()
	w.names()
	s.replaced = s.replaced[:told] // a narrative is told of once, where it stands
	return w.written(), nil
}

// styleShape is a style that is a few words and numbers.
var styleShape = regexp.MustCompile(`^(\s*(text-align|font-weight|font-style|width|height|border|padding|margin|color|background-color|vertical-align)\s*:\s*[a-z0-9#%. -]{1,30};?)*$`)

// leaf writes what a text, an attribute, a comment or an instruction says otherwise,
// and nothing of what stood in it besides.
func (w *walk) leaf(n tree.ID, text string) {
	raw := w.d.Raw(n)
	switch w.d.Key(n) {
	case tree.CommentKey:
		w.edit(n, comment(raw, text))
		return
	case tree.InstructionKey:
		w.edit(n, instruction(raw))
		return
	}
	if text != w.d.Text(n) || strings.Contains(raw, "<") {
		w.edit(n, escape(text))
	}
}
