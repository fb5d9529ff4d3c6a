package tree

import "math/bits"

// Nearly every element of a document of data is <Name>text</Name>, and comes after
// the same one as last time. Such an element is read here in one go; what is not so
// is left to element, which reads everything.

// next is where an element or an attribute stands: in an element of which name, after
// which sibling.
type next struct{ parent, sibling uint32 }

// first is the sibling of what comes first, and attribute that of the attribute of a
// tag with this number.
const (
	first     = 1 << 20 // more than there are names
	attribute = first + 1
)

// slot returns where in xmlParser.expected it is kept.
func (n next) slot() uint32 {
	return (n.parent*29 + n.sibling*131) % uint32(len(xmlParser{}.expected))
}

// expected is the name that stood somewhere the last time, and the number of the
// bindings of prefixes in which it had it.
type expected struct {
	next
	name, scope uint32
}

// expects returns the name that is written at i, if it is the one that stood at this
// place before, and where it ends. It returns textName otherwise.
func (p *xmlParser) expects(at next, i int) (name uint32, end int) {
	e := &p.expected[at.slot()]
	if e.scope != p.scope || e.next != at {
		return textName, i
	}
	written := p.doc.xml.names[e.name].written
	if end = i + len(written); end >= len(p.src) || p.src[i:end] != written {
		return textName, i
	}
	return e.name, end
}

// stood remembers which name stood at a place.
func (p *xmlParser) stood(at next, name uint32) {
	p.expected[at.slot()] = expected{at, name, p.scope}
}

// place is where the child of parent after last stands.
func (p *xmlParser) place(parent, last ID) next {
	at := next{sibling: first}
	if parent != None {
		at.parent = p.doc.nodes[parent].key
	}
	if last != None {
		at.sibling = p.doc.nodes[last].key
	}
	return at
}

// plainElement reads an element without attributes that holds nothing but text
// without references, its name ending at end, and links it after last. It reports
// whether it is one, and otherwise reads nothing.
func (p *xmlParser) plainElement(parent ID, last *ID, name uint32, end int) bool {
	src, size := p.src, end-p.pos-1
	if src[end] != '>' || p.depth >= p.limits.Depth || len(p.doc.nodes) >= p.limits.Nodes {
		return false
	}
	begin := end + 1
	end = textEnd(src, begin)
	after := end + len("</>") + size
	if after > len(src) || src[end] != '<' || src[end+1] != '/' || src[after-1] != '>' || src[end+2:after-1] != src[p.pos+1:begin-1] {
		return false
	}
	id := ID(len(p.doc.nodes))
	n := p.doc.node()
	n.kind, n.key, n.start, n.end, n.parent, n.verbatim = String, name, uint32(begin), uint32(end), parent, true
	p.link(parent, last, id)
	p.pos = after
	return true
}

// plainAttribute reads an attribute whose name and value are as they stand, the name
// being expected in a tag of the element, after a space at pos. It reports whether it
// is one, and otherwise reads nothing.
func (p *xmlParser) plainAttribute(element uint32) bool {
	src := p.src
	if p.pos >= len(src) || src[p.pos] != ' ' {
		return false
	}
	start := p.pos + 1
	name, end := p.expects(next{element, attribute + uint32(len(p.attributes))}, start)
	if name == textName || src[end] != '=' || end+1 >= len(src) || src[end+1] != '"' || len(p.attributes) >= maxAttributes {
		return false
	}
	begin := end + 2
	if end = valueEnd(src, begin, '"'); end >= len(src) || src[end] != '"' {
		return false
	}
	p.attributes = append(p.attributes, xmlAttribute{name: qname{start: start}, known: name, start: begin, end: end, verbatim: true})
	p.pos = end + 1
	return true
}

// plainRun is run where there is nothing but text without references up to the next
// start or end of an element. It reports whether that is so, and otherwise reads
// nothing.
func (p *xmlParser) plainRun() (text, ok bool) {
	src, end := p.src, p.pos
	if end < len(src) && src[end] != '<' {
		end = textEnd(src, end)
	}
	if end+1 >= len(src) || src[end] != '<' || src[end+1] == '!' || src[end+1] == '?' {
		return false, false
	}
	i := p.pos
	for i < end && white(src[i]) {
		i++
	}
	p.loose, p.verbatim, p.pos = p.loose[:0], true, end
	return i < end, true
}

// valueEnd returns the first position from i on that holds a quote or what is no plain
// text in the value of an attribute, '<', '&' or white space other than a space, or the
// end of s.
func valueEnd(s string, i int, quote byte) int {
	for ; i < len(s) && s[i] != quote && marks[s[i]]&inTag == 0; i++ {
	}
	return i
}

// textEnd returns the first position from i on that holds what is no plain text, '<',
// '&', ']' or a carriage return, or the end of s. It looks at eight bytes at a time.
func textEnd(s string, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		w := word(s[i : i+8])
		tag, reference, bracket, line := w^ones*'<', w^ones*'&', w^ones*']', w^ones*'\r'
		// The high bit of each byte that is zero; above the lowest such, of others too.
		found := ((tag-ones)&^tag | (reference-ones)&^reference | (bracket-ones)&^bracket | (line-ones)&^line) & highs
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s); i++ {
		if marks[s[i]]&(inRun|opensTag) != 0 {
			break
		}
	}
	return i
}
