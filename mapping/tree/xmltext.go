package tree

import (
	"strings"
	"unicode/utf8"
)

// xmlText returns what the text of an element or the value of an attribute
// says, where that may not be what is written.
func (d *Doc) xmlText(n ID) string {
	raw := d.src[d.nodes[n].start:d.nodes[n].end]
	switch name := d.nodes[n].key; {
	case name == commentName || name == instructionName:
		return lines(raw)
	default:
		return xmlText(raw, d.xml.names[name].attribute)
	}
}

// xmlText resolves references; in text also CDATA, and comments and processing
// instructions, which say nothing; and makes every end of line a line feed
// (XML 1.0, section 2.11), which in an attribute is a space, like every other
// white space there (section 3.3.3).
func xmlText(raw string, attribute bool) string {
	special := uint8(inText)
	if attribute {
		special = inAttribute
	}
	i := indexMark(raw, special)
	if i < 0 {
		return raw
	}
	b := make([]byte, 0, len(raw))
	for i >= 0 {
		b = append(b, raw[:i]...)
		raw = raw[i:]
		size := 1
		switch c := raw[0]; {
		case c == '&':
			var r rune
			r, size = reference(raw)
			b = utf8.AppendRune(b, r)
		case c == '<':
			var text string
			text, size = section(raw)
			b = append(b, text...)
		default:
			if strings.HasPrefix(raw, "\r\n") {
				size = 2
			}
			if attribute {
				b = append(b, ' ')
			} else {
				b = append(b, '\n')
			}
		}
		raw = raw[size:]
		i = indexMark(raw, special)
	}
	return string(append(b, raw...))
}

// What says something else than what is written, in a text and in an attribute.
const (
	inText = 1 << iota
	inAttribute
	inRun // of text up to the next tag: or may end a CDATA
	inTag // in the value of an attribute: or may not stand there
	opensTag
)

var marks = [256]uint8{'&': inText | inAttribute | inRun | inTag, '\r': inText | inAttribute | inRun | inTag, '<': inText | inTag | opensTag,
	'\n': inAttribute | inTag, '\t': inAttribute | inTag, ']': inRun}

// indexMark returns where the first such character is, -1 if there is none.
func indexMark(s string, special uint8) int {
	for i := range len(s) {
		if marks[s[i]]&special != 0 {
			return i
		}
	}
	return -1
}

// section returns the text of the comment, CDATA or processing instruction
// that s begins with, and its size.
func section(s string) (text string, size int) {
	switch {
	case strings.HasPrefix(s, "<![CDATA["):
		end := strings.Index(s, "]]>")
		return lines(s[len("<![CDATA["):end]), end + len("]]>")
	case strings.HasPrefix(s, "<!--"):
		return "", strings.Index(s[len("<!--"):], "-->") + len("<!---->")
	}
	return "", strings.Index(s, "?>") + len("?>")
}

func lines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// reference returns the character that the reference s begins with stands for
// and the size of the reference, 0 if it is none: one of the five that XML
// defines, or the number of a character that XML has.
func reference(s string) (rune, int) {
	end := strings.IndexByte(s[:min(len(s), 32)], ';')
	if end < 0 {
		return 0, 0
	}
	var r rune
	switch name := s[1:end]; name {
	case "amp":
		r = '&'
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "quot":
		r = '"'
	case "apos":
		r = '\''
	default:
		if r = numbered(name); r == 0 {
			return 0, 0
		}
	}
	return r, end + 1
}

// numbered returns the character that #65 or #x41 is the number of, 0 if none.
func numbered(name string) rune {
	digits, decimal := strings.CutPrefix(name, "#")
	digits, hex := strings.CutPrefix(digits, "x")
	if !decimal || digits == "" {
		return 0
	}
	var r rune
	for _, c := range []byte(digits) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case hex && c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0
		}
		if hex {
			r = r<<4 | rune(c)
		} else {
			r = r*10 + rune(c)
		}
		if r > utf8.MaxRune {
			return 0
		}
	}
	if !character(r) {
		return 0
	}
	return r
}

// character reports whether XML 1.0 has the character (production 2).
func character(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}
