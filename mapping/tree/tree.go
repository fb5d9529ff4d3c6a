// Package tree holds a foreign document as it came: nodes over the source
// text, scalars re-emitted as written, key order kept. Nothing that passes
// through it is parsed into a value and printed again, so nothing can change
// on the way.
package tree

import "strconv"

// Kind is the JSON kind of a node (RFC 8259, section 3).
type Kind uint8

// The kinds of JSON.
const (
	Null Kind = iota
	Bool
	Number
	String
	Object
	Array
)

// Container reports whether a node of kind k has children.
func (k Kind) Container() bool { return k >= Object }

// ID names a node of one Doc.
type ID int32

// None is the ID of no node.
const None ID = -1

// node is small and holds no pointer: a document is read twice or more, and its
// nodes are most of what that costs in memory.
type node struct {
	// The span of the key in src, without the quotes. Of XML: the number of the name
	// in xmlFacts.names, and the place, from 1: among the siblings of the same key, 0
	// of the only one; where the key may not stand in a path, among all siblings.
	key, keyEnd  uint32
	start, end   uint32 // span of the value in src
	parent, next ID
	kind         Kind
	holds        bool // it has children: the first is the node after it
	verbatim     bool // the text says what is written, without an escape or a reference
	escaped      bool // the key is written with an escape
}

// Doc is a parsed document. It is immutable: what goes out is written into an
// Out, which refers back to the nodes here.
type Doc struct {
	src   string
	nodes []node
	xml   *xmlFacts // nil for JSON
}

// node adds a node, to be filled in where it stands before another is added.
func (d *Doc) node() *node {
	d.nodes = append(d.nodes, node{next: None})
	return &d.nodes[len(d.nodes)-1]
}

// Root returns the outermost node; every Doc has one.
func (d *Doc) Root() ID { return 0 }

// Len returns the number of nodes. IDs run from 0 to Len()-1 in document order.
func (d *Doc) Len() int { return len(d.nodes) }

// Source returns the text the document was parsed from.
func (d *Doc) Source() string { return d.src }

// Kind returns the kind of n.
func (d *Doc) Kind(n ID) Kind { return d.nodes[n].kind }

// Parent returns the container n stands in, None for the root.
func (d *Doc) Parent(n ID) ID { return d.nodes[n].parent }

// First returns the first child of n, None if it has none.
func (d *Doc) First(n ID) ID {
	if d.nodes[n].holds {
		return n + 1
	}
	return None
}

// Next returns the sibling after n, None if n is the last.
func (d *Doc) Next(n ID) ID { return d.nodes[n].next }

// Leaf reports whether n is a leaf of the ledger: a scalar, or a container
// that holds nothing.
func (d *Doc) Leaf(n ID) bool { return !d.nodes[n].holds }

// Leaves returns the number of leaves in the document.
func (d *Doc) Leaves() int {
	count := 0
	for i := range d.nodes {
		if !d.nodes[i].holds {
			count++
		}
	}
	return count
}

// Raw returns the value of n as written in the source, quotes and all.
func (d *Doc) Raw(n ID) string { return d.src[d.nodes[n].start:d.nodes[n].end] }

// Span returns where the value of n stands in the source: from start, and not end.
func (d *Doc) Span(n ID) (start, end int) {
	return int(d.nodes[n].start), int(d.nodes[n].end)
}

// KeySpan returns where the key of n stands in the source of a JSON document, without
// the quotes; an empty span where it has none.
func (d *Doc) KeySpan(n ID) (start, end int) {
	if d.xml != nil {
		return 0, 0
	}
	return int(d.nodes[n].key), int(d.nodes[n].keyEnd)
}

// RawKey returns the key of n as written, without the quotes; empty for the
// root and for the elements of an array.
func (d *Doc) RawKey(n ID) string {
	if d.xml != nil {
		return d.xml.names[d.nodes[n].key].key
	}
	return d.src[d.nodes[n].key:d.nodes[n].keyEnd]
}

// Key returns the key of n with its escapes resolved.
func (d *Doc) Key(n ID) string {
	if !d.nodes[n].escaped {
		return d.RawKey(n)
	}
	return unescape(d.RawKey(n))
}

// Text returns the value of a string node with its escapes resolved, and ""
// for a node of any other kind and for None.
func (d *Doc) Text(n ID) string {
	if n == None || d.nodes[n].kind != String {
		return ""
	}
	c := &d.nodes[n]
	switch {
	case d.xml == nil && c.verbatim:
		return d.src[c.start+1 : c.end-1]
	case d.xml == nil:
		return unescape(d.src[c.start+1 : c.end-1])
	case c.verbatim:
		return d.src[c.start:c.end]
	}
	return d.xmlText(n)
}

// Child returns the member of n called key, None if n is no object or has no
// such member, and None for None.
func (d *Doc) Child(n ID, key string) ID {
	if n == None || d.nodes[n].kind != Object {
		return None
	}
	for c := d.First(n); c != None; c = d.nodes[c].next {
		if raw := d.RawKey(c); raw == key && !d.nodes[c].escaped || d.nodes[c].escaped && unescape(raw) == key {
			return c
		}
	}
	return None
}

// Find follows members by name from n. An array on the way is entered at its
// first element.
func (d *Doc) Find(n ID, keys ...string) ID {
	for _, k := range keys {
		n = d.Child(n, k)
		for n != None && d.nodes[n].kind == Array {
			n = d.First(n)
		}
	}
	return n
}

// End returns the first ID after n and everything below it: the nodes below n
// are n+1 to End(n)-1.
func (d *Doc) End(n ID) ID {
	for n != None {
		if next := d.nodes[n].next; next != None {
			return next
		}
		n = d.nodes[n].parent
	}
	return ID(len(d.nodes))
}

// Append writes n compactly to b: no white space, every scalar and key as
// written in the source. Of an XML document it writes what Element returns.
func (d *Doc) Append(b []byte, n ID) []byte {
	if d.xml != nil {
		return append(b, d.Element(n)...)
	}
	switch d.nodes[n].kind {
	case Object:
		b = append(b, '{')
		for c := d.First(n); c != None; c = d.nodes[c].next {
			if c != n+1 {
				b = append(b, ',')
			}
			b = append(b, '"')
			b = append(b, d.RawKey(c)...)
			b = append(b, '"', ':')
			b = d.Append(b, c)
		}
		return append(b, '}')
	case Array:
		b = append(b, '[')
		for c := d.First(n); c != None; c = d.nodes[c].next {
			if c != n+1 {
				b = append(b, ',')
			}
			b = d.Append(b, c)
		}
		return append(b, ']')
	}
	return append(b, d.Raw(n)...)
}

// Path returns the place of n as a FHIRPath: Bundle.entry[2].resource.id. A
// key that is no plain element name is written by position, children()[4]: it
// is the sender's text and may name a person.
func (d *Doc) Path(n ID) string {
	return string(d.appendPath(nil, n))
}

// PathBelow returns the way from above down to n, a node below it:
// .code.coding[0].
func (d *Doc) PathBelow(above, n ID) string {
	return string(d.appendBelow(nil, above, n))
}

func (d *Doc) appendPath(b []byte, n ID) []byte {
	return d.appendBelow(append(b, d.rootName()...), 0, n)
}

func (d *Doc) appendBelow(b []byte, above, n ID) []byte {
	if n == above {
		return b
	}
	p := d.nodes[n].parent
	b = d.appendBelow(b, above, p)
	if d.xml != nil {
		return d.appendXMLStep(b, n)
	}
	i := 0
	for c := d.First(p); c != n; c = d.nodes[c].next {
		i++
	}
	return appendStep(b, d.nodes[p].kind, d.RawKey(n), i)
}

func (d *Doc) rootName() string {
	if d.xml != nil {
		if name := d.RawKey(0); plain(name) {
			return name
		}
		return "$this"
	}
	if name := d.Text(d.Child(0, "resourceType")); plain(name) {
		return name
	}
	return "$this"
}

// appendStep writes the step to a child of a JSON container, key being as it is
// written.
func appendStep(b []byte, parent Kind, key string, index int) []byte {
	if parent == Object {
		fits := plain(key) // which no key with an escape does
		if !fits {
			key = unescape(key)
			fits = plain(key)
		}
		if fits {
			b = append(b, '.')
			return append(b, key...)
		}
		b = append(b, ".children()"...)
	}
	b = append(b, '[')
	if index < 10 {
		return append(b, byte('0'+index), ']')
	}
	b = strconv.AppendInt(b, int64(index), 10)
	return append(b, ']')
}

// plain reports whether a name may stand in a path: letters, digits and
// underscore, not long, and without so many digits that they could be the
// number of somebody.
func plain(name string) bool {
	if name == "" || len(name) > 64 || inName[name[0]] != letter {
		return false
	}
	i := letters(name)
	digits := 0
	for ; i < len(name); i++ {
		kind := inName[name[i]]
		if kind == 0 {
			return false
		}
		digits += int(kind - letter)
	}
	return digits <= 5
}

// letters returns how many bytes name begins with, in steps of eight, that are
// letters.
func letters(name string) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(name); i += 8 {
		w := word(name[i : i+8])
		small := w | ones*0x20
		// The high bit of each byte: is it 'a' or more, and not more than 'z'?
		if w&highs != 0 || (small+ones*(0x80-'a'))&^(small+ones*(0x7f-'z'))&highs != highs {
			break
		}
	}
	return i
}

// What a byte is in a name: a letter or underscore, a digit, or else 0.
const (
	letter = iota + 1
	digit
)

var inName = func() (table [256]uint8) {
	for c := range table {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
			table[c] = letter
		case c >= '0' && c <= '9':
			table[c] = digit
		}
	}
	return table
}()

// Walk calls visit for every leaf below n in document order with its path.
func (d *Doc) Walk(n ID, visit func(leaf ID, path string)) {
	d.WalkBytes(n, func(leaf ID, path []byte) { visit(leaf, string(path)) })
}

// WalkBytes is Walk for a visitor that only looks at the path: the bytes are
// overwritten when it returns.
func (d *Doc) WalkBytes(n ID, visit func(leaf ID, path []byte)) {
	for w := d.Walker(n); w.Next(); {
		visit(w.Leaf, w.Path)
	}
}
