package tree

import (
	"encoding/base64"
	"slices"
	"unsafe"
)

// OutID names a node of one Out.
type OutID int32

// NoOut is the OutID of no node.
const NoOut OutID = -1

// outNode holds no pointer, so that nobody has to follow one out of thousands: its
// key and what it says stand in Out.text, one after the other.
type outNode struct {
	key, raw, end     uint32 // the key is from key to raw, what it says from raw to end
	parent            OutID
	first, last, next OutID
	from              ID
	rule              int32
	note              int32
	kind              Kind
}

// Out is a document being written. Every leaf knows the source leaf it came
// from, or None, and the rule that wrote it: the origin the ledger asks for.
type Out struct {
	nodes []outNode
	apart map[OutID]apart // the strings that do not stand in text
	size  int             // of those
	text  []byte          // keys and scalars as they will be written: "key":"value"; see written
	xml   bool            // see AsXML
	space string          // the namespace of its elements
}

// apart is a string that is not copied into Out.text: a long one, which may go to many
// places, or bytes that become base64 where it is written.
type apart struct {
	text   string // as it will be written, or the bytes
	base64 bool
}

// long is how long a string is that is kept apart.
const long = 4 << 10

// textSize is about how much text a node has.
const textSize = 20

// NewOut returns an empty Out with room for n nodes.
func NewOut(n int) *Out {
	o := &Out{}
	select {
	case o.nodes = <-spare:
	default:
	}
	if cap(o.nodes) < n {
		o.nodes = make([]outNode, 0, n)
	}
	o.text = make([]byte, 0, textSize*n)
	return o
}

// spare are the nodes of a few that are done with: numbers, which say nothing of
// what was written. The collector does not take them, as it would out of a
// sync.Pool, twice in the time of a large document.
var spare = make(chan []outNode, 4)

// mostSpare is how many nodes are worth keeping; hardly a document has more.
const mostSpare = 1 << 15

// Done ends an Out that nobody asks anything from then on, and gives the memory of
// its nodes to the next.
func (o *Out) Done() {
	nodes := o.nodes[:0]
	*o = Out{} // whoever asks all the same finds nothing, and nothing of another's
	if cap(nodes) > mostSpare {
		return
	}
	select {
	case spare <- nodes:
	default:
	}
}

// Len returns the number of nodes written, pruned ones included.
func (o *Out) Len() int { return len(o.nodes) }

// add begins a node. What it says is to be written next, and ended by leaf.
func (o *Out) add(parent OutID, key string, kind Kind) OutID {
	id, text := len(o.nodes), o.text
	if id == cap(o.nodes) {
		o.nodes = slices.Grow(o.nodes, 1)
	}
	nodes := o.nodes[:id+1]
	o.nodes = nodes
	n := &nodes[id]
	n.key = uint32(len(text))
	member := key != "" // only the root of XML has one that stands in nothing
	if parent != NoOut {
		p := &nodes[parent]
		if member = p.kind == Object; p.last != NoOut {
			nodes[p.last].next = OutID(id)
		} else {
			p.first = OutID(id)
		}
		p.last = OutID(id)
	}
	if member {
		text = append(append(append(text, '"'), key...), '"', ':')
		o.text = text
	}
	n.raw = uint32(len(text))
	n.end, n.parent, n.first, n.last, n.next = n.raw, parent, NoOut, NoOut, NoOut
	n.from, n.rule, n.note, n.kind = None, 0, 0, kind
	return OutID(id)
}

// leaf gives the node begun last the scalar that was written since, and its origin.
func (o *Out) leaf(id OutID, from ID, rule int32) OutID {
	n := &o.nodes[id]
	n.end, n.from, n.rule = uint32(len(o.text)), from, rule
	return id
}

// written is all text so far. What was written is never written over, so that a part
// of it stays as it is for as long as anybody holds it.
func (o *Out) written() string { return unsafe.String(unsafe.SliceData(o.text), len(o.text)) }

// key returns the key of n as it will be written, without its quotes.
func (o *Out) key(n *outNode) string {
	if n.key == n.raw {
		return ""
	}
	return o.written()[n.key+uint32(len(`"`)) : n.raw-uint32(len(`":`))]
}

// Object begins an object in parent under a key as written in JSON (empty in
// an array or at the root).
func (o *Out) Object(parent OutID, key string) OutID {
	return o.add(parent, key, Object)
}

// Array begins an array in parent.
func (o *Out) Array(parent OutID, key string) OutID {
	return o.add(parent, key, Array)
}

// Leaf writes a scalar as it will stand in the document, from a source leaf or
// None, by a rule.
func (o *Out) Leaf(parent OutID, key, raw string, from ID, rule int32) OutID {
	id := o.add(parent, key, kindOf(raw))
	o.say(id, raw)
	return o.leaf(id, from, rule)
}

// Text is Leaf for a string, given as what it says.
func (o *Out) Text(parent OutID, key, text string, from ID, rule int32) OutID {
	id := o.add(parent, key, String)
	if len(text) < long {
		o.text = AppendQuote(o.text, text)
	} else {
		o.say(id, Quote(text))
	}
	return o.leaf(id, from, rule)
}

// say writes what the node begun last says.
func (o *Out) say(id OutID, raw string) {
	if len(raw) < long || o.nodes[id].kind != String {
		o.text = append(o.text, raw...)
		return
	}
	o.size += len(raw)
	o.keep(id, apart{text: raw})
}

func (o *Out) keep(id OutID, a apart) {
	if o.apart == nil {
		o.apart = map[OutID]apart{}
	}
	o.apart[id] = a
}

func kindOf(raw string) Kind {
	switch raw[0] {
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	return Number
}

// Base64 writes a string that says bytes in base64. They are often the largest part
// of a document, and become base64 in its place there.
func (o *Out) Base64(parent OutID, key, bytes string, from ID, rule int32) OutID {
	id := o.add(parent, key, String)
	o.keep(id, apart{bytes, true})
	o.size += base64.StdEncoding.EncodedLen(len(bytes)) + len(`""`)
	return o.leaf(id, from, rule)
}

// apart reports whether a node is a string that is kept apart: any other has its quotes.
func (n *outNode) apart() bool { return n.raw == n.end && n.kind == String }

// Copy writes node n of d and all below it under key, by a rule. An empty
// container of the source is a leaf, with its origin.
func (o *Out) Copy(parent OutID, key string, d *Doc, n ID, rule int32) OutID {
	kind := d.nodes[n].kind
	id := o.add(parent, key, kind)
	if !kind.Container() {
		o.say(id, d.Raw(n))
		return o.leaf(id, n, rule)
	}
	if d.Leaf(n) {
		o.nodes[id].from, o.nodes[id].rule = n, rule
	}
	for c := d.First(n); c != None; c = d.nodes[c].next {
		o.Copy(id, d.RawKey(c), d, c, rule)
	}
	return id
}

// Child returns the member of n with this key as written, NoOut if it has none.
func (o *Out) Child(n OutID, key string) OutID {
	text, size := o.written(), uint32(len(`"`)+len(key)+len(`":`))
	for c := o.nodes[n].first; c != NoOut; {
		child := &o.nodes[c]
		if child.raw-child.key == size && text[child.key+uint32(len(`"`)):][:len(key)] == key {
			return c
		}
		c = child.next
	}
	return NoOut
}

// First returns the first child of n, NoOut if it has none.
func (o *Out) First(n OutID) OutID { return o.nodes[n].first }

// Next returns the sibling after n, NoOut if n is the last.
func (o *Out) Next(n OutID) OutID { return o.nodes[n].next }

// Parent returns the container n stands in, NoOut for the root.
func (o *Out) Parent(n OutID) OutID { return o.nodes[n].parent }

// Kind returns the kind of n.
func (o *Out) Kind(n OutID) Kind { return o.nodes[n].kind }

// Raw returns a scalar as it will be written.
func (o *Out) Raw(n OutID) string {
	c := &o.nodes[n]
	if c.apart() {
		a := o.apart[n]
		if a.base64 {
			return string(appendBytes(nil, a.text))
		}
		return a.text
	}
	return o.written()[c.raw:c.end]
}

// Said returns what a string says, its escapes resolved.
func (o *Out) Said(n OutID) string {
	raw := o.Raw(n)
	return unescape(raw[len(`"`) : len(raw)-len(`"`)])
}

// Leafy reports whether n is a leaf of the ledger.
func (o *Out) Leafy(n OutID) bool { return o.nodes[n].first == NoOut }

// Origin returns the source leaf n was written from, or None, and the rule.
func (o *Out) Origin(n OutID) (ID, int32) {
	c := &o.nodes[n]
	return c.from, c.rule
}

// SetNote gives a node a number of the caller's own, read back by Note; 0 is none.
func (o *Out) SetNote(n OutID, note int32) { o.nodes[n].note = note }

// Note returns what SetNote gave.
func (o *Out) Note(n OutID) int32 { return o.nodes[n].note }

// SetRaw changes what a leaf says, its origin and its rule.
func (o *Out) SetRaw(n OutID, raw string, from ID, rule int32) {
	c := &o.nodes[n]
	key := o.written()[c.key:c.raw]
	c.key = uint32(len(o.text))
	o.text = append(o.text, key...) // again, since both stand together
	c.raw, c.kind = uint32(len(o.text)), kindOf(raw)
	o.say(n, raw)
	o.leaf(n, from, rule)
}

// Remove takes n and all below it out of its container. A node that stands in
// none, being the root or removed before, is left alone.
func (o *Out) Remove(n OutID) {
	parent := o.nodes[n].parent
	if parent == NoOut {
		return
	}
	before := NoOut
	for c := o.nodes[parent].first; c != n; c = o.nodes[c].next {
		before = c
	}
	if before == NoOut {
		o.nodes[parent].first = o.nodes[n].next
	} else {
		o.nodes[before].next = o.nodes[n].next
	}
	if o.nodes[parent].last == n {
		o.nodes[parent].last = before
	}
	o.nodes[n].parent = NoOut
}

// MoveBefore puts n, with all below it, before one of its siblings; NoOut is after
// the last.
func (o *Out) MoveBefore(n, sibling OutID) {
	parent := o.nodes[n].parent
	if parent == NoOut || n == sibling {
		return
	}
	o.Remove(n)
	before := NoOut
	for c := o.nodes[parent].first; c != sibling; c = o.nodes[c].next {
		before = c
	}
	if before == NoOut {
		o.nodes[parent].first = n
	} else {
		o.nodes[before].next = n
	}
	if sibling == NoOut {
		o.nodes[parent].last = n
	}
	o.nodes[n].parent, o.nodes[n].next = parent, sibling
}

// RemoveEmpty takes n out, and every container above it that then holds nothing.
func (o *Out) RemoveEmpty(n OutID) {
	for n != NoOut {
		parent := o.nodes[n].parent
		o.Remove(n)
		if parent == NoOut || o.nodes[parent].first != NoOut || o.nodes[parent].parent == NoOut {
			return
		}
		n = parent
	}
}

// Prune takes out the containers that were begun and hold nothing: they would say
// that something is there. One that the source has so is kept, and the root.
func (o *Out) Prune() {
	for n := OutID(len(o.nodes)) - 1; n > 0; n-- { // what stands in a container was begun after it
		if c := &o.nodes[n]; c.first == NoOut && c.kind.Container() && c.from == None {
			o.Remove(n)
		}
	}
}

// Truncate takes back everything written since Len was n.
func (o *Out) Truncate(n OutID) {
	for id := OutID(len(o.nodes)) - 1; id >= n; id-- {
		if p := o.nodes[id].parent; p != NoOut && p < n {
			o.Remove(id)
		}
	}
	o.nodes = o.nodes[:n]
}

// Append writes n compactly to b.
func (o *Out) Append(b []byte, n OutID) []byte {
	if o.xml {
		return o.appendXML(b, n)
	}
	c := &o.nodes[n]
	if c.kind.Container() {
		return o.append(b, c, o.written())
	}
	return append(b, o.Raw(n)...)
}

// append writes a container, text being all of o.text.
func (o *Out) append(b []byte, n *outNode, text string) []byte {
	open, closing := byte('{'), byte('}')
	if n.kind == Array {
		open, closing = '[', ']'
	}
	b = append(b, open)
	for id := n.first; id != NoOut; {
		c := &o.nodes[id]
		b = append(b, text[c.key:c.end]...) // its key, and of a scalar what it says
		switch {
		case c.kind.Container():
			b = o.append(b, c, text)
		case c.apart():
			b = o.appendApart(b, id)
		}
		if id = c.next; id != NoOut {
			b = append(b, ',')
		}
	}
	return append(b, closing)
}

// appendApart writes a string that is kept apart.
func (o *Out) appendApart(b []byte, n OutID) []byte {
	a := o.apart[n]
	if a.base64 {
		return appendBytes(b, a.text)
	}
	return append(b, a.text...)
}

// Size returns how many bytes Append writes at most; of XML, where a name stands
// twice and an escape is longer, about how many.
func (o *Out) Size() int { return len(o.text) + o.size + len("{},")*len(o.nodes) }

// Leaves returns how many leaves there are at most: what was taken out counts.
func (o *Out) Leaves() int {
	count := 0
	for i := range o.nodes {
		if o.nodes[i].first == NoOut {
			count++
		}
	}
	return count
}

// Origin is a leaf and what it was written from: a leaf of the source or None, by a rule.
type Origin struct {
	Leaf OutID
	From ID
	Rule int32
}

// AppendOrigins appends the leaves below n to all, in document order.
func (o *Out) AppendOrigins(all []Origin, n OutID) []Origin {
	for top := n; ; {
		c := &o.nodes[n]
		if c.first != NoOut {
			n = c.first
			continue
		}
		all = append(all, Origin{n, c.from, c.rule})
		for ; n != top && c.next == NoOut; c = &o.nodes[n] {
			n = c.parent
		}
		if n == top {
			return all
		}
		n = c.next
	}
}

// Walk calls visit for every leaf below n in document order with its path.
func (o *Out) Walk(n OutID, visit func(leaf OutID, path string)) {
	o.WalkBytes(n, func(leaf OutID, path []byte) { visit(leaf, string(path)) })
}

// WalkBytes is Walk for a visitor that only looks at the path: the bytes are
// overwritten when it returns.
func (o *Out) WalkBytes(n OutID, visit func(leaf OutID, path []byte)) {
	path := append(make([]byte, 0, 128), o.rootName(n)...)
	if o.xml {
		o.walkXML(n, path, visit)
		return
	}
	o.walk(n, path, visit)
}

func (o *Out) rootName(n OutID) string {
	if o.xml {
		if name := o.key(&o.nodes[n]); plain(name) {
			return name
		}
		return "$this"
	}
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		if o.nodes[c].kind == String && unescape(o.key(&o.nodes[c])) == "resourceType" {
			if name := o.Said(c); plain(name) {
				return name
			}
		}
	}
	return "$this"
}

func (o *Out) walk(n OutID, path []byte, visit func(OutID, []byte)) {
	if o.nodes[n].first == NoOut {
		visit(n, path)
		return
	}
	i := 0
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		o.walk(c, appendStep(path, o.nodes[n].kind, o.key(&o.nodes[c]), i), visit)
		i++
	}
}

// Constant writes n of d, a document of our own, under key by a rule: leaves
// without a source.
func (o *Out) Constant(parent OutID, key string, d *Doc, n ID, rule int32) OutID {
	id := o.Copy(parent, key, d, n, rule)
	for i := id; int(i) < len(o.nodes); i++ {
		o.nodes[i].from = None
	}
	return id
}

// Has reports whether an element stands at the path of names below n. An array
// on the way is entered at its first element.
func (o *Out) Has(n OutID, names ...string) bool {
	for _, name := range names {
		for o.nodes[n].kind == Array && o.nodes[n].first != NoOut {
			n = o.nodes[n].first
		}
		if n = o.Child(n, name); n == NoOut {
			return false
		}
	}
	return true
}

// Last returns the last child of n, NoOut if it has none.
func (o *Out) Last(n OutID) OutID { return o.nodes[n].last }
