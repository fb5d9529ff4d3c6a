package ledger

import "tolk/mapping/tree"

// wrote is the target of a record: its leaves, in order.
type wrote interface {
	count() int
	// origin gives leaf i, NoOut once there is no Out any more, and what it was written
	// from by which rule.
	origin(i int) tree.Origin
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
	origins []tree.Origin // its leaves
}

// finished is a target that nobody writes in any more.
func finished(out *tree.Out) *writing {
	return &writing{out: out, origins: out.AppendOrigins(make([]tree.Origin, 0, out.Leaves()), 0)}
}

func (w *writing) count() int { return len(w.origins) }

func (w *writing) origin(i int) tree.Origin { return w.origins[i] }

func (w *writing) same(i int, doc *tree.Doc, source tree.ID) bool {
	return Same(doc, source, w.out, w.origins[i].Leaf)
}

func (w *writing) raw(i int) string { return w.out.Raw(w.origins[i].Leaf) }

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
	for i, o := range w.origins {
		if w.out.Kind(o.Leaf).Container() {
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
	origins []tree.Origin // of leaves that are no more
	bare    map[int]bool  // the leaves that are containers: they were written as such, and not as the text [] or {}
}

func (s *settled) count() int { return len(s.origins) }

func (s *settled) origin(i int) tree.Origin {
	o := s.origins[i]
	o.Leaf = tree.NoOut
	return o
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
