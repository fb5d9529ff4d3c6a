package tree

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"tolk/mapping"
)

// The keys of what has no name of its own in XML. No element and no attribute
// can be called so.
const (
	TextKey        = "text()"
	CommentKey     = "comment()"
	InstructionKey = "processing-instruction()"
)

// What no honest document comes near; past it a table of ours would be the
// larger part of what the document costs.
const (
	maxNames      = 1 << 16 // names in one document
	maxSpaces     = 1 << 12 // namespaces in one document
	maxBindings   = 1 << 8  // prefixes in scope at one place
	maxAttributes = 1 << 8  // attributes of one element
)

// xmlFacts is what a document has beside its nodes when it was XML.
type xmlFacts struct {
	names  []xmlName
	keys   int // how many different keys there are
	spaces []string
	placed sync.Once // the nodes have their places, which only paths tell: see number
}

// xmlName is a name as it is written and where it belongs. The first three are
// those of text, comment and processing instruction.
type xmlName struct {
	xmlKey
	prefix string
	key    string
	number int32 // of the key: equal for equal keys
	plain  bool  // it may stand in a path
}

const (
	textName uint32 = iota
	commentName
	instructionName
)

// ParseXML reads one XML 1.0 document with namespaces (Namespaces in XML 1.0)
// into the same tree as Parse:
//
//   - An element is an Object. Its children, in document order, are its
//     attributes, under their local name with @ in front (@source), its child
//     elements under their local name, which may repeat, and its text under
//     text(), once for every run of text between two tags that is not all white
//     space.
//   - An element that has no attribute and no element in it is a String, an
//     empty one the empty String: <A>1</A>, <A/> and <A></A>. Only there white
//     space is kept that is all there is.
//   - A comment or a processing instruction inside a run of text belongs to the
//     run; Text passes over it, so that it cannot cut a value short. Anywhere
//     else it is a leaf of its own, comment() or processing-instruction(), and
//     outside the root element it is a first or last child of the root.
//   - Declarations of namespaces and the XML declaration are syntax and no
//     nodes. Space tells the namespace of an element or an attribute.
//
// Refused, with the path ($this before there is a root) and the line: a DOCTYPE and so every entity but the
// five of XML, prefixes that are not declared, an attribute that stands twice
// (by its namespace, too), what is no character or no name of XML 1.0, and
// anything past the limits, where a level is an element in an element.
func ParseXML(src string, l Limits) (*Doc, error) {
	return readXML(src, l, nil)
}

// readXML is ParseXML with memory for the nodes, which may be too little.
func readXML(src string, l Limits, nodes []node) (*Doc, error) {
	d, err := xmlDocument(src, l, nodes)
	if err != nil {
		return nil, placed(err)
	}
	return d, nil
}

// placed gives a fault that belongs to no element the path of the document.
func placed(err error) error {
	var e *mapping.Error
	if errors.As(err, &e) && e.Path == "" {
		e.Path = "$this"
	}
	return err
}

func xmlDocument(src string, l Limits, nodes []node) (*Doc, error) {
	l = l.withDefaults()
	if len(src) > l.Bytes {
		return nil, &mapping.Error{Kind: mapping.TooLong,
			Message: "the document is larger than " + strconv.Itoa(l.Bytes) + " bytes"}
	}
	p := newXMLParser(src, l, nodes)
	if err := p.characters(); err != nil {
		return nil, err
	}
	if err := p.document(); err != nil {
		return nil, err
	}
	d := p.doc
	p.rest()
	return d, nil
}

// parsers are a few that have nothing to do. One has tables for the names of a
// document, which are larger than what most documents have to put into them.
var parsers = make(chan *xmlParser, 4)

// rest lets go of the document that was read and of all its text.
func (p *xmlParser) rest() {
	if len(p.byName) > 1<<10 {
		return // hardly a document has so many names, and large tables stay large
	}
	clear(p.byName)
	clear(p.byKey)
	clear(p.bySpace)
	clear(p.bindings[:cap(p.bindings)])
	*p = xmlParser{byName: p.byName, byKey: p.byKey, bySpace: p.bySpace,
		bindings: p.bindings[:0], attributes: p.attributes[:0], loose: p.loose[:0]}
	select {
	case parsers <- p:
	default:
	}
}

func newXMLParser(src string, l Limits, nodes []node) *xmlParser {
	facts := &xmlFacts{
		names:  append(make([]xmlName, 0, 128), nameless[:]...),
		keys:   len(nameless),
		spaces: append(make([]string, 0, 4), "", xmlSpace),
	}
	var p *xmlParser
	select {
	case p = <-parsers:
	default:
		p = &xmlParser{byName: map[xmlKey]uint32{}, byKey: map[string]uint32{}, bySpace: map[string]int32{}}
	}
	p.parser = parser{doc: &Doc{src: src, nodes: reserve(nodes, len(src)/24+8), xml: facts}, src: src, limits: l}
	p.bySpace[""], p.bySpace[xmlSpace] = 0, 1
	p.bindings = append(p.bindings, binding{prefix: "xml", space: 1})
	return p
}

// xmlSpace is the namespace of the prefix xml, which is always declared.
const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// nameless are the names of what has none.
var nameless = [...]xmlName{
	textName:        {key: TextKey, number: 0, plain: true},
	commentName:     {key: CommentKey, number: 1, plain: true},
	instructionName: {key: InstructionKey, number: 2, plain: true},
}

// characters refuses what is no character of XML 1.0, wherever it stands.
func (p *xmlParser) characters() error {
	if !utf8.ValidString(p.src) {
		return p.utf8Fault()
	}
	at := -1
	for i := control(p.src, 0); i < len(p.src); i = control(p.src, i+1) {
		if c := p.src[i]; c != '\n' && c != '\r' && c != '\t' {
			at = i
			break
		}
	}
	for _, none := range []string{"\uFFFE", "\uFFFF"} {
		if i := strings.Index(p.src, none); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	p.pos = at
	return p.fault(None, "a character that XML does not have")
}

// control returns the first position from i on that holds a control character, or
// the end of s. It looks at eight bytes at a time.
func control(s string, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		w := word(s[i : i+8])
		if found := (w - ones*0x20) &^ w & highs; found != 0 { // of the first, and perhaps of others after it
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s) && s[i] >= 0x20; i++ {
	}
	return i
}

// name returns the name of n in an XML document.
func (d *Doc) name(n ID) *xmlName { return &d.xml.names[d.nodes[n].key] }

// XML reports whether the document was read by ParseXML.
func (d *Doc) XML() bool { return d.xml != nil }

// Space returns the namespace of an element or an attribute of an XML
// document: "" if it is in none, as every attribute without a prefix, and for
// whatever is neither.
func (d *Doc) Space(n ID) string {
	if d.xml == nil || n == None {
		return ""
	}
	return d.xml.spaces[d.name(n).space]
}

// The Name of what has none of its own: all text, all comments, all instructions.
const (
	TextName        = int(textName)
	CommentName     = int(commentName)
	InstructionName = int(instructionName)
)

// Name returns the number of the name of n in an XML document, below Names: it is
// the same for two nodes that are written alike and are in the same namespace.
func (d *Doc) Name(n ID) int { return int(d.nodes[n].key) }

// Names returns how many names there are in an XML document.
func (d *Doc) Names() int { return len(d.xml.names) }

// Prefix returns the prefix an element or an attribute is written with, ""
// where it has none. It is syntax: what a name means is told by Space.
func (d *Doc) Prefix(n ID) string {
	if d.xml == nil || n == None {
		return ""
	}
	return d.name(n).prefix
}

// Element returns an element as it stands in the source, its tags with it, and
// for any other node what Raw returns. Raw itself is of an element without
// attributes and elements only what is between the tags.
func (d *Doc) Element(n ID) string {
	nd := d.nodes[n]
	if d.xml == nil || nd.kind != String || nd.key <= instructionName || d.name(n).attribute {
		return d.Raw(n)
	}
	before := d.src[:nd.start]
	open := strings.LastIndexByte(before, '<') // no attribute value may hold one
	if strings.HasSuffix(before, "/>") {
		return d.src[open:nd.end]
	}
	return d.src[open : int(nd.end)+strings.IndexByte(d.src[nd.end:], '>')+1]
}

// number gives every node that has siblings of the same key its place among
// them, and every node whose key may not stand in a path its place among all,
// which is part of its path.
func (d *Doc) number() {
	type place struct {
		parent, last ID
		count        uint32
	}
	x := d.xml
	seen := make([]place, x.keys)
	for i := range seen {
		seen[i].parent = None
	}
	for n := range d.nodes {
		position := uint32(0)
		for c := d.First(ID(n)); c != None; c = d.nodes[c].next {
			name := d.name(c)
			if position++; !name.plain {
				d.nodes[c].keyEnd = position
				continue
			}
			s := &seen[name.number]
			if s.parent != ID(n) {
				*s = place{parent: ID(n), last: c, count: 1}
				continue
			}
			if s.count == 1 {
				d.nodes[s.last].keyEnd = 1
			}
			s.count++
			d.nodes[c].keyEnd = s.count
		}
	}
}

// appendXMLStep writes the step to n: .Drug, .Drug[1] where there are several,
// .@source, .text(), and for a name that may not stand in a path .children()[4],
// its place among all children.
func (d *Doc) appendXMLStep(b []byte, n ID) []byte {
	d.xml.placed.Do(d.number) // which nobody needs of most documents
	name, index := d.name(n), d.nodes[n].keyEnd
	if !name.plain {
		b = append(b, ".children()["...)
		b = strconv.AppendInt(b, int64(index)-1, 10)
		return append(b, ']')
	}
	b = append(b, '.')
	b = append(b, name.key...)
	if index == 0 {
		return b
	}
	b = append(b, '[')
	b = strconv.AppendInt(b, int64(index)-1, 10)
	return append(b, ']')
}
