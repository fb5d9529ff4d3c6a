package message

import (
	"strings"

	"tolk/mapping/tree"
)

// value is JSON being written, in the order it is given.
type value interface{ append(b []byte) []byte }

type (
	text   string
	object []member
	array  []value
	member struct {
		key   string // without anything to escape
		value value
	}
)

func (t text) append(b []byte) []byte { return tree.AppendQuote(b, string(t)) }

func (o object) append(b []byte) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), m.key...), `":`...)
		b = m.value.append(b)
	}
	return append(b, '}')
}

func (a array) append(b []byte) []byte {
	b = append(b, '[')
	for i, v := range a {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.append(b)
	}
	return append(b, ']')
}

// coding is a Coding.
func coding(system, code string) value {
	return object{{"system", text(system)}, {"code", text(code)}}
}

// narrative is the text for people: the lines as paragraphs.
func narrative(lines []string) value {
	var b strings.Builder
	b.WriteString(`<div xmlns="http://www.w3.org/1999/xhtml">`)
	for _, line := range lines {
		b.WriteString("<p>" + markup.Replace(printable(line)) + "</p>")
	}
	b.WriteString("</div>")
	return object{{"status", text("generated")}, {"div", text(b.String())}}
}

// markup writes text as XHTML.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "<br/>", "\n", "<br/>", "\r", "<br/>")

// printable leaves out what XML has no character for.
func printable(line string) string {
	if tree.XMLText(line) {
		return line
	}
	return strings.Map(func(r rune) rune {
		if !tree.XMLText(string(r)) {
			return -1
		}
		return r
	}, line)
}
