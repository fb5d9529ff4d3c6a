package tree

// OutID names a node of one Out.
type OutID int32

// NoOut is the OutID of no node.
const NoOut OutID = -1

type outNode struct {
	key, raw          string // as they will be written; key without its quotes
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
	size  int    // that all nodes have been written with so far, their commas with them
	xml   bool   // see AsXML
	space string // the namespace of its elements
}

// NewOut returns an empty Out with room for n nodes.
func NewOut(n int) *Out { return &Out{nodes: make([]outNode, 0, n)} }

// Len returns the number of nodes written, pruned ones included.
func (o *Out) Len() int { return len(o.nodes) }

func (o *Out) add(parent OutID, n outNode) OutID {
	id := OutID(len(o.nodes))
	n.parent, n.first, n.last, n.next = parent, NoOut, NoOut, NoOut
	o.size += len(n.key) + len(n.raw) + len(`"":{},`)
	o.nodes = append(o.nodes, n)
	if parent != NoOut {
		if last := o.nodes[parent].last; last != NoOut {
			o.nodes[last].next = id
		} else {
			o.nodes[parent].first = id
		}
		o.nodes[parent].last = id
	}
	return id
}

// Object begins an object in parent under a key as written in JSON (empty in
// an array or at the root).
func (o *Out) Object(parent OutID, key string) OutID {
	return o.add(parent, outNode{key: key, kind: Object, from: None})
}

// Array begins an array in parent.
func (o *Out) Array(parent OutID, key string) OutID {
	return o.add(parent, outNode{key: key, kind: Array, from: None})
}

// Leaf writes a scalar as it will stand in the document, from a source leaf or
// None, by a rule.
func (o *Out) Leaf(parent OutID, key, raw string, from ID, rule int32) OutID {
	return o.add(parent, outNode{key: key, raw: raw, kind: kindOf(raw), from: from, rule: rule})
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

// Copy writes node n of d and all below it under key, by a rule. An empty
// container of the source is a leaf, with its origin.
func (o *Out) Copy(parent OutID, key string, d *Doc, n ID, rule int32) OutID {
	kind := d.nodes[n].kind
	if !kind.Container() {
		return o.add(parent, outNode{key: key, raw: d.Raw(n), kind: kind, from: n, rule: rule})
	}
	id := o.add(parent, outNode{key: key, kind: kind, from: None})
	if d.nodes[n].first == None {
		o.nodes[id].from, o.nodes[id].rule = n, rule
	}
	for c := d.nodes[n].first; c != None; c = d.nodes[c].next {
		o.Copy(id, d.RawKey(c), d, c, rule)
	}
	return id
}

// Child returns the member of n with this key as written, NoOut if it has none.
func (o *Out) Child(n OutID, key string) OutID {
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		if o.nodes[c].key == key {
			return c
		}
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
func (o *Out) Raw(n OutID) string { return o.nodes[n].raw }

// Leafy reports whether n is a leaf of the ledger.
func (o *Out) Leafy(n OutID) bool { return o.nodes[n].first == NoOut }

// Origin returns the source leaf n was written from, or None, and the rule.
func (o *Out) Origin(n OutID) (ID, int32) { return o.nodes[n].from, o.nodes[n].rule }

// SetNote gives a leaf a number of the caller's own, read back by Note; 0 is none.
func (o *Out) SetNote(n OutID, note int32) { o.nodes[n].note = note }

// Note returns what SetNote gave.
func (o *Out) Note(n OutID) int32 { return o.nodes[n].note }

// SetRaw changes what a leaf says, its origin and its rule.
func (o *Out) SetRaw(n OutID, raw string, from ID, rule int32) {
	o.size += len(raw)
	o.nodes[n].raw, o.nodes[n].kind, o.nodes[n].from, o.nodes[n].rule = raw, kindOf(raw), from, rule
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
	switch o.nodes[n].kind {
	case Object, Array:
		open, closing := byte('{'), byte('}')
		if o.nodes[n].kind == Array {
			open, closing = '[', ']'
		}
		b = append(b, open)
		for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
			if c != o.nodes[n].first {
				b = append(b, ',')
			}
			if open == '{' {
				b = append(b, '"')
				b = append(b, o.nodes[c].key...)
				b = append(b, '"', ':')
			}
			if o.nodes[c].kind.Container() {
				b = o.Append(b, c)
			} else {
				b = append(b, o.nodes[c].raw...)
			}
		}
		return append(b, closing)
	}
	return append(b, o.nodes[n].raw...)
}

// Size returns how many bytes Append writes at most; of XML, where a name stands
// twice and an escape is longer, about how many.
func (o *Out) Size() int { return o.size }

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

// AppendLeaves appends the leaves below n to all, in document order.
func (o *Out) AppendLeaves(all []OutID, n OutID) []OutID {
	if o.nodes[n].first == NoOut {
		return append(all, n)
	}
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		if o.nodes[c].first == NoOut {
			all = append(all, c)
		} else {
			all = o.AppendLeaves(all, c)
		}
	}
	return all
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
		if name := o.nodes[n].key; plain(name) {
			return name
		}
		return "$this"
	}
	for c := o.nodes[n].first; c != NoOut; c = o.nodes[c].next {
		if o.nodes[c].kind == String && unescape(o.nodes[c].key) == "resourceType" {
			if name := unescape(o.nodes[c].raw[1 : len(o.nodes[c].raw)-1]); plain(name) {
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
		o.walk(c, appendStep(path, o.nodes[n].kind, o.nodes[c].key, i), visit)
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
