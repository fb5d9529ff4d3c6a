package tree

import "slices"

// Walker goes through the leaves below a node in document order, for a reader
// that goes through something else beside it.
type Walker struct {
	Leaf ID     // the leaf reached
	Path []byte // its path, overwritten by Next

	doc    *Doc
	top    ID
	levels []level // of the containers it stands in, the outermost first
}

// level is a container on the way down: how long its path is, and how many of its
// children were reached.
type level struct{ size, count int }

// Walker returns a Walker that Next takes to the first leaf below n, or n itself.
func (d *Doc) Walker(n ID) Walker {
	return Walker{Leaf: None, Path: d.appendPath(make([]byte, 0, 128), n), doc: d, top: n, levels: make([]level, 0, 16)}
}

// Next goes on to the next leaf and reports whether there is one.
func (w *Walker) Next() bool {
	n := w.top
	if w.Leaf != None {
		for n = w.Leaf; n != w.top && w.doc.nodes[n].next == None; n = w.doc.nodes[n].parent {
			w.levels = w.levels[:len(w.levels)-1]
		}
		if n == w.top {
			return false
		}
		n = w.doc.nodes[n].next
		w.step(n)
	}
	for w.doc.nodes[n].holds {
		w.levels = append(w.levels, level{size: len(w.Path)})
		n++
		w.step(n)
	}
	w.Leaf = n
	return true
}

// step makes the path that of n, the next child of the innermost container.
func (w *Walker) step(n ID) {
	in := &w.levels[len(w.levels)-1]
	path := w.Path[:in.size]
	if w.doc.xml != nil {
		w.Path = w.doc.appendXMLStep(path, n)
	} else {
		w.Path = appendStep(path, w.doc.nodes[w.doc.nodes[n].parent].kind, w.doc.RawKey(n), in.count)
	}
	in.count++
}

// Mirrors compares the places in a document with those in e: containers, keys and
// their order. It returns the first node of e that stands elsewhere, None where the
// leaves of the two have the same paths.
func (d *Doc) Mirrors(e *Doc) ID {
	if d.rootName() != e.rootName() || (d.xml == nil) != (e.xml == nil) {
		return e.Root()
	}
	same := d.spelled(e)
	for n := range e.nodes {
		if n >= len(d.nodes) {
			return ID(n)
		}
		a, b := &d.nodes[n], &e.nodes[n]
		if a.parent != b.parent || !alike(a.holds, a.kind, b.holds, b.kind) ||
			!(same && a.key == b.key && (d.xml != nil || a.keyEnd == b.keyEnd)) && d.RawKey(ID(n)) != e.RawKey(ID(n)) {
			return ID(n)
		}
	}
	if len(d.nodes) > len(e.nodes) {
		return e.Root()
	}
	return None
}

// spelled reports whether the same numbers are the same keys in both documents, as in
// one and what an auditor reads of its source: its keys need not be compared by letter.
func (d *Doc) spelled(e *Doc) bool {
	return d.src == e.src && (d.xml == nil || slices.Equal(d.xml.names, e.xml.names))
}

// alike reports whether two nodes are both leaves or both the same container.
func alike(holds bool, kind Kind, other bool, otherKind Kind) bool {
	return holds == other && (!holds || kind == otherKind)
}

// Mirrors is Mirrors of Doc, for what is written and d, what is read of it.
func (o *Out) Mirrors(d *Doc) ID {
	if o.rootName(0) != d.rootName() {
		return d.Root()
	}
	for n, m := OutID(0), d.Root(); ; {
		a, b := &o.nodes[n], &d.nodes[m]
		if o.key(a) != d.RawKey(m) || !alike(a.first != NoOut, a.kind, b.holds, b.kind) {
			return m
		}
		if a.first != NoOut {
			n, m = a.first, m+1
			continue
		}
		for a.next == NoOut && b.next == None { // up to where it goes on
			if a.parent == NoOut {
				return None
			}
			n, m = a.parent, b.parent
			a, b = &o.nodes[n], &d.nodes[m]
		}
		if n, m = a.next, b.next; n == NoOut {
			return m
		} else if m == None {
			return b.parent
		}
	}
}
