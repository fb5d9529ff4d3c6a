package ledger

import "tolk/mapping/tree"

// wrote is the target of a record: its leaves, in order.
type wrote interface {
	count() int
	// origin gives leaf i while it is one of an Out, and what it was written from by
	// which rule.
	origin(i int) (leaf tree.OutID, source tree.ID, rule int32)
	// same is Same of leaf i and a leaf of the source.
	same(i int, doc *tree.Doc, source tree.ID) bool
	raw(i int) string // as it is written
	// mirrors returns the first node of d that stands elsewhere than in the target.
	mirrors(d *tree.Doc) tree.ID
	walk(visit func(path []byte))
}

// writing is a target as the Out it is written in.
type writing struct {
	out     *tree.Out
	leaves  []tree.OutID
	origins []origin // of the leaves
}

// origin is the leaf of the source and the rule that a leaf was written from.
type origin struct {
	source tree.ID
	rule   int32
}

// finished is a target that nobody writes in any more.
func finished(out *tree.Out) *writing {
	w := &writing{out: out, leaves: out.AppendLeaves(make([]tree.OutID, 0, out.Leaves()), 0)}
	w.origins = make([]origin, len(w.leaves))
	for i, leaf := range w.leaves {
		w.origins[i].source, w.origins[i].rule = out.Origin(leaf)
	}
	return w
}

func (w *writing) count() int { return len(w.leaves) }

func (w *writing) origin(i int) (tree.OutID, tree.ID, int32) {
	return w.leaves[i], w.origins[i].source, w.origins[i].rule
}

func (w *writing) same(i int, doc *tree.Doc, source tree.ID) bool {
	return Same(doc, source, w.out, w.leaves[i])
}

func (w *writing) raw(i int) string { return w.out.Raw(w.leaves[i]) }

func (w *writing) mirrors(d *tree.Doc) tree.ID { return w.out.Mirrors(d) }

func (w *writing) walk(visit func(path []byte)) {
	w.out.WalkBytes(0, func(_ tree.OutID, path []byte) { visit(path) })
}

// Target is the target document as an auditor has read it, nil where that was not
// kept (Settle).
func (l *Ledger) Target() *tree.Doc {
	if l.record == nil {
		return nil
	}
	if s, ok := l.record.wrote.(*settled); ok {
		return s.doc
	}
	return nil
}

// Settle is AuditBytes, and keeps of the target what the auditor has read and where
// each leaf came from: the Out is done with, and its memory serves the next document.
// Nobody may write in the bytes from then on. It is for an account whose Target does
// not look at leaves, of a document in JSON: of another nothing is kept.
func (l *Ledger) Settle(source string, target []byte) error {
	var w *writing
	if l.record != nil {
		w, _ = l.record.wrote.(*writing)
	}
	if w == nil || w.out.XML() {
		return AuditBytes(source, target, l)
	}
	read, err := audit(source, asItStands(target), l, tree.NewReader(w.out.Len()))
	if err != nil {
		return err
	}
	s := &settled{reading: read, origins: w.origins}
	for i, leaf := range w.leaves {
		if w.out.Kind(leaf).Container() {
			if s.bare == nil {
				s.bare = map[int]bool{}
			}
			s.bare[i] = true
		}
	}
	w.out.Done()
	l.record.wrote = s
	return nil
}

// settled is a target as an auditor has read it.
type settled struct {
	reading
	origins []origin
	bare    map[int]bool // the leaves that are containers: they were written as such, and not as the text [] or {}
}

func (s *settled) count() int { return len(s.origins) }

func (s *settled) origin(i int) (tree.OutID, tree.ID, int32) {
	return tree.NoOut, s.origins[i].source, s.origins[i].rule
}

func (s *settled) same(i int, doc *tree.Doc, source tree.ID) bool {
	return s.bare[i] || written(doc, source, s.raw(i))
}

func (s *settled) raw(i int) string {
	if s.bare[i] {
		return ""
	}
	return s.doc.Raw(s.leaves[i])
}

func (s *settled) mirrors(d *tree.Doc) tree.ID { return s.doc.Mirrors(d) }

func (s *settled) walk(visit func(path []byte)) {
	s.doc.WalkBytes(s.doc.Root(), func(_ tree.ID, path []byte) { visit(path) })
}
