package tree

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
)

// qname is where a name stands in the source: prefix, colon and local name, or
// the local name alone, where colon is 0.
type qname struct{ start, colon, end int }

func (q qname) of(src string) string { return src[q.start:q.end] }

func (q qname) prefix(src string) string {
	if q.colon == 0 {
		return ""
	}
	return src[q.start:q.colon]
}

func (q qname) local(src string) string {
	if q.colon == 0 {
		return src[q.start:q.end]
	}
	return src[q.colon+1 : q.end]
}

type xmlAttribute struct {
	name       qname  // of one that is known, where it starts
	known      uint32 // its name, if it was the expected one, or textName
	start, end int    // of the value, without its quotes
	verbatim   bool
}

// xmlKey is what makes one xmlName: how it is written and what it means there.
type xmlKey struct {
	written   string
	space     int32
	attribute bool
}

// slot returns where in xmlParser.recent the name is looked for.
func (k xmlKey) slot() int {
	n := len(k.written)
	return (n*37 + int(k.written[0])*7 + int(k.written[n-1])*19 + int(k.written[n/2])*3 + int(k.written[n/3])*61) & (len(xmlParser{}.recent) - 1)
}

// space returns the number of a namespace.
func (p *xmlParser) space(uri string) int32 {
	if n, ok := p.bySpace[uri]; ok {
		return n
	}
	n := int32(len(p.doc.xml.spaces))
	p.doc.xml.spaces = append(p.doc.xml.spaces, uri)
	p.bySpace[uri] = n
	return n
}

// key adds a name whose key is text.
func (p *xmlParser) key(n xmlName, text string) uint32 {
	id := uint32(len(p.doc.xml.names))
	if first, ok := p.byKey[text]; ok {
		same := p.doc.xml.names[first]
		n.key, n.number, n.plain = same.key, same.number, same.plain
	} else {
		n.key = text
		n.number = int32(p.doc.xml.keys)
		n.plain = plain(strings.TrimPrefix(text, "@"))
		p.doc.xml.keys++
		p.byKey[text] = id
	}
	p.doc.xml.names = append(p.doc.xml.names, n)
	return id
}

// resolve returns the name that q is in the scope of the tag being read.
func (p *xmlParser) resolve(at ID, q qname, attribute bool) (uint32, error) {
	prefix, space := q.prefix(p.src), int32(0)
	if prefix != "" || !attribute {
		bound := false
		for i := len(p.bindings) - 1; i >= 0 && !bound; i-- {
			if p.bindings[i].prefix == prefix {
				space, bound = p.bindings[i].space, true
			}
		}
		if prefix != "" && !bound {
			p.pos = q.start
			return 0, p.fault(at, "a prefix that is not declared, expected xmlns with its namespace")
		}
	}
	written := xmlKey{q.of(p.src), space, attribute}
	recent := &p.recent[written.slot()]
	if p.doc.xml.names[*recent].xmlKey == written {
		return *recent, nil
	}
	if id, ok := p.byName[written]; ok {
		*recent = id
		return id, nil
	}
	if len(p.doc.xml.names) >= maxNames {
		return 0, &mapping.Error{Kind: mapping.TooLong,
			Message: "the document has more than " + strconv.Itoa(maxNames) + " different names"}
	}
	key := q.local(p.src)
	if attribute {
		key = "@" + key
	}
	id := p.key(xmlName{xmlKey: written, prefix: prefix}, key)
	p.byName[written], *recent = id, id
	return id, nil
}

// tag reads a start tag, its '<' being at pos: the attributes into
// p.attributes, the declarations of namespaces into p.bindings. It reports
// whether the element is still open, so that an end tag must follow. The name is
// the one expected, which ends at end, or textName: then it is returned as written.
func (p *xmlParser) tag(at ID, name uint32, end int) (written qname, open bool, err error) {
	p.pos++
	p.attributes = p.attributes[:0]
	scope := len(p.bindings)
	if name != textName {
		p.pos = end
	} else if written, err = p.qname(at); err != nil {
		return written, false, err
	}
	for {
		if name != textName && p.plainAttribute(name) {
			continue
		}
		before := p.pos
		p.parser.space()
		switch {
		case p.pos >= len(p.src):
			return written, false, p.fault(at, "the document ends inside a tag")
		case p.at('>'):
			return written, true, nil
		case strings.HasPrefix(p.src[p.pos:], "/>"):
			p.pos += len("/>")
			return written, false, nil
		case p.pos == before:
			return written, false, p.fault(at, "expected white space, > or /> in a tag")
		}
		a, err := p.attribute(at)
		if err != nil {
			return written, false, err
		}
		switch {
		case a.name.prefix(p.src) == "xmlns":
			err = p.bind(at, a, a.name.local(p.src), scope)
		case a.name.of(p.src) == "xmlns":
			err = p.bind(at, a, "", scope)
		case len(p.attributes) >= maxAttributes:
			err = &mapping.Error{Kind: mapping.TooLong,
				Message: "an element has more than " + strconv.Itoa(maxAttributes) + " attributes (" + p.where(p.pos) + ")"}
		default:
			p.attributes = append(p.attributes, a)
		}
		if err != nil {
			return written, false, err
		}
	}
}

// attribute reads one attribute: name, equals sign, quoted value.
func (p *xmlParser) attribute(at ID) (a xmlAttribute, err error) {
	if a.name, err = p.qname(at); err != nil {
		return a, err
	}
	p.parser.space()
	if !p.at('=') {
		return a, p.fault(at, "expected = after the name of an attribute")
	}
	p.parser.space()
	if p.pos >= len(p.src) || p.src[p.pos] != '"' && p.src[p.pos] != '\'' {
		return a, p.fault(at, "expected the value of an attribute in quotes")
	}
	quote := p.src[p.pos]
	p.pos++
	a.start, a.end = p.pos, valueEnd(p.src, p.pos, quote)
	if a.verbatim = a.end < len(p.src) && p.src[a.end] == quote; !a.verbatim {
		size := strings.IndexByte(p.src[p.pos:], quote)
		if size < 0 {
			return a, p.fault(at, "the document ends inside the value of an attribute")
		}
		a.end = p.pos + size
		value := p.src[a.start:a.end]
		if i := strings.IndexByte(value, '<'); i >= 0 {
			p.pos += i
			return a, p.fault(at, "< in the value of an attribute, expected &lt;")
		}
		if err := p.references(at, value); err != nil {
			return a, err
		}
	}
	p.pos = a.end + 1
	return a, nil
}

// bind takes in the declaration of a namespace, scope being where those of
// this tag begin.
func (p *xmlParser) bind(at ID, a xmlAttribute, prefix string, scope int) error {
	uri := xmlText(p.src[a.start:a.end], true)
	for _, b := range p.bindings[scope:] {
		if b.prefix == prefix {
			p.pos = a.name.start
			return p.fault(at, "the same namespace prefix is declared twice")
		}
	}
	isXML := uri == xmlSpace
	message, kind := "", mapping.Structure
	switch {
	case prefix == "xmlns" || uri == "http://www.w3.org/2000/xmlns/":
		message = "xmlns cannot be declared"
	case (prefix == "xml") != isXML:
		message = "the prefix xml and its namespace belong together, and to no other"
	case prefix != "" && uri == "":
		message = "a prefix declared for no namespace, expected a namespace"
	case len(p.bindings) >= maxBindings:
		message, kind = "more than "+strconv.Itoa(maxBindings)+" namespace prefixes in one place", mapping.TooLong
	case len(p.doc.xml.spaces) >= maxSpaces:
		message, kind = "more than "+strconv.Itoa(maxSpaces)+" namespaces", mapping.TooLong
	}
	if message != "" {
		p.pos = a.name.start
		e := p.fault(at, message)
		e.Kind = kind
		return e
	}
	p.bindings = append(p.bindings, binding{prefix, p.space(uri)})
	p.scopes++
	p.scope = p.scopes
	return nil
}

// addAttributes makes the attributes of the tag just read nodes of id. Where the tag
// says what prefixes mean, it says so of all of them, and nothing is as expected.
func (p *xmlParser) addAttributes(id ID, last *ID, rebound bool) error {
	first, element := len(p.doc.nodes), p.doc.nodes[id].key
	for i := range p.attributes {
		a := &p.attributes[i]
		name := a.known
		if name == textName || rebound {
			written, err := a.name, error(nil)
			if name != textName {
				written = p.nameAt(a.name.start)
			}
			if name, err = p.resolve(id, written, true); err != nil {
				return err
			}
		}
		if !rebound {
			p.stood(next{element, attribute + uint32(i)}, name)
		}
		names := p.doc.xml.names
		for _, before := range p.doc.nodes[first:] {
			if n, b := &names[name], &names[before.key]; n.number == b.number && n.space == b.space {
				p.pos = a.name.start
				return p.fault(id, "the same attribute stands twice")
			}
		}
		n, err := p.add(id, last, name, a.start, a.end)
		if err != nil {
			return err
		}
		p.doc.nodes[n].verbatim = a.verbatim
	}
	return nil
}

// nameAt returns the name that was read at i.
func (p *xmlParser) nameAt(i int) qname {
	pos := p.pos
	p.pos = i
	q, _ := p.qname(None)
	p.pos = pos
	return q
}

// qname reads a name with or without a prefix.
func (p *xmlParser) qname(at ID) (qname, error) {
	q := qname{start: p.pos, end: nameEnd(p.src, p.pos)}
	if q.end > q.start && q.end < len(p.src) && p.src[q.end] == ':' {
		q.colon = q.end
		q.end = nameEnd(p.src, q.colon+1)
		if q.end == q.colon+1 {
			q.end = q.start
		}
	}
	if q.end == q.start {
		return q, p.fault(at, "expected a name, or a prefix, a colon and a name")
	}
	p.pos = q.end
	return q, nil
}

// nameEnd returns where the name without a colon (NCName) that begins at i
// ends: i itself if none does.
func nameEnd(s string, i int) int {
	start := i
	for i < len(s) {
		if kind := nameByte[s[i]]; kind == 0 || kind == follows && i == start {
			return i
		} else if kind != beyond {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !within(nameStart[:], r) && (i == start || !within(nameMore[:], r)) {
			return i
		}
		i += size
	}
	return i
}

// What a byte is in a name: what it may begin with, what may only follow, a part of
// a character beyond ASCII, or else 0.
const (
	begins = iota + 1
	follows
	beyond
)

var nameByte = func() (table [256]uint8) {
	for c := range table {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
			table[c] = begins
		case c >= '0' && c <= '9' || c == '-' || c == '.':
			table[c] = follows
		case c >= utf8.RuneSelf:
			table[c] = beyond
		}
	}
	return table
}()

// The characters of names beyond ASCII: those a name may begin with, and those
// that may follow as well (XML 1.0, fifth edition, productions 4 and 4a).
var (
	nameStart = [...][2]rune{
		{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF}, {0x200C, 0x200D}, {0x2070, 0x218F},
		{0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
	}
	nameMore = [...][2]rune{{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}}
)

func within(ranges [][2]rune, r rune) bool {
	for _, x := range ranges {
		if r >= x[0] && r <= x[1] {
			return true
		}
	}
	return false
}
