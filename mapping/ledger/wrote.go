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
	out    *tree.Out
	leaves []tree.OutID
}

func (w *writing) count() int { return len(w.leaves) }

func (w *writing) origin(i int) (tree.OutID, tree.ID, int32) {
	source, rule := w.out.Origin(w.leaves[i])
	return w.leaves[i], source, rule
}

func (w *writing) same(i int, doc *tree.Doc, source tree.ID) bool {
	return Same(doc, source, w.out, w.leaves[i])
}

func (w *writing) raw(i int) string { return w.out.Raw(w.leaves[i]) }

func (w *writing) mirrors(d *tree.Doc) tree.ID { return w.out.Mirrors(d) }

func (w *writing) walk(visit func(path []byte)) {
	w.out.WalkBytes(0, func(_ tree.OutID, path []byte) { visit(path) })
}

// Target is the target document as it was written and audited, nil where its bytes
// are not kept (Settle) or are no JSON.
func (l *Ledger) Target() *tree.Doc {
	if l.record == nil {
		return nil
	}
	if s, ok := l.record.wrote.(*settled); ok {
		return s.read()
	}
	return nil
}

// Settle keeps of the target only its bytes, as they were written and audited, and
// where each leaf came from: the Out is done with, and its memory serves the next
// document. Nobody may write in the bytes. It is for an account whose Target does not
// look at leaves, of a document in JSON: of another it does nothing.
func (l *Ledger) Settle(target []byte) {
	if l.record == nil {
		return
	}
	w, ok := l.record.wrote.(*writing)
	if !ok || w.out.XML() {
		return
	}
	s := &settled{target: target, origins: make([]origin, len(w.leaves))}
	for i, leaf := range w.leaves {
		s.origins[i].source, s.origins[i].rule = w.out.Origin(leaf)
		if w.out.Kind(leaf).Container() {
			if s.bare == nil {
				s.bare = map[int]bool{}
			}
			s.bare[i] = true
		}
	}
	w.out.Done()
	l.record.wrote = s
}

// settled is a target of which only the bytes are left. They are read when somebody
// asks what stands where, which of most documents nobody does.
type settled struct {
	target  []byte
	origins []origin
	bare    map[int]bool // the leaves that are containers: they were written as such, and not as the text [] or {}
	doc     *tree.Doc
	leaves  []tree.ID
}

type origin struct {
	source tree.ID
	rule   int32
}

// read reads the target once.
func (s *settled) read() *tree.Doc {
	if s.doc == nil {
		doc, err := tree.Parse(string(s.target), tree.Limits{})
		if err != nil {
			panic("ledger: an audited document is not well-formed: " + err.Error())
		}
		s.doc, s.leaves = doc, leaves(doc, make([]tree.ID, 0, len(s.origins)))
	}
	return s.doc
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
	return s.read().Raw(s.leaves[i])
}

func (s *settled) mirrors(d *tree.Doc) tree.ID { return s.read().Mirrors(d) }

func (s *settled) walk(visit func(path []byte)) {
	doc := s.read()
	doc.WalkBytes(doc.Root(), func(_ tree.ID, path []byte) { visit(path) })
}
