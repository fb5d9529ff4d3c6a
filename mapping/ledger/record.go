package ledger

import "tolk/mapping/tree"

// Fated gives the fate of a leaf of the source. Source says all that became of it,
// Target where a leaf of the target came from: into a Line and an Origin whose
// paths are given by others.
type (
	Fated  func(leaf tree.ID) Fate
	Source func(leaf tree.ID, line *Line)
	Target func(leaf tree.OutID, rule int32, origin *Origin)
)

// account is what a ledger says of the leaves of two documents, in their order.
type account interface {
	size() (lines, origins int)
	// lined returns the first node of a source that is not at the place the account
	// has of it, None if all are; originated does of a target.
	lined(source *tree.Doc) tree.ID
	originated(target *tree.Doc) tree.ID
	// line gives what is said of line i besides its path and its targets, origin
	// what is said of origin i besides its path and its source.
	line(i int, line *Line)
	origin(i int, origin *Origin)
	// cited returns the line that origin i cites, nowhere if there is no such line.
	cited(i int) int32
	// named appends the targets that line i, as line has given it, names: which of
	// the origins that cite it, nowhere for one that does not.
	named(i int, line *Line, citing, into []int32) []int32
}

// nowhere is the index of what is not there.
const nowhere = -1

// record is an account that was not spelled out: the two documents, which have the
// paths, and who knows what became of what. Most ledgers are audited, counted and
// never read.
type record struct {
	doc    *tree.Doc
	source Source
	target Target
	leaves []tree.ID // of the source, in order
	lines  []int32   // by node of the source: which line it is, of a leaf
	wrote  wrote
}

// Account keeps the account of one translation: every leaf of the source with
// what became of it and where in the target it is, every leaf of the target with
// where it came from. Neither document may change from then on. It returns what
// gives the leaves of the target as they are written, in order.
func (l *Ledger) Account(doc *tree.Doc, out *tree.Out, fated Fated, source Source, target Target) (raws func() []string) {
	r := &record{doc: doc, source: source, target: target,
		leaves: make([]tree.ID, 0, doc.Leaves()), lines: make([]int32, doc.Len()), wrote: finished(out)}
	var counts [fates]int
	for n := range tree.ID(doc.Len()) {
		if doc.Leaf(n) {
			r.lines[n] = int32(len(r.leaves))
			r.leaves = append(r.leaves, n)
			counts[fated(n)]++
		}
	}
	l.lines, l.origins, l.record = nil, nil, r
	l.count(counts, len(r.leaves))
	return r.raws
}

func (r *record) size() (lines, origins int) { return len(r.leaves), r.wrote.count() }

func (r *record) lined(source *tree.Doc) tree.ID { return r.doc.Mirrors(source) }

func (r *record) originated(target *tree.Doc) tree.ID { return r.wrote.mirrors(target) }

func (r *record) line(i int, line *Line) { r.source(r.leaves[i], line) }

func (r *record) origin(i int, origin *Origin) {
	o := r.wrote.origin(i)
	if r.target(o.Leaf, o.Rule, origin); o.From != tree.None {
		origin.From = FromSource
	}
}

func (r *record) cited(i int) int32 {
	if o := r.wrote.origin(i); o.From != tree.None {
		return r.lines[o.From]
	}
	return nowhere
}

func (r *record) named(i int, line *Line, citing, into []int32) []int32 {
	for _, at := range citing {
		if r.names(line, i, at) {
			into = append(into, at)
		}
	}
	return into
}

// names reports whether line i names an origin that cites it: of a leaf that was
// carried not the values that were made of it.
func (r *record) names(line *Line, i int, at int32) bool {
	return line.Fate != Carried.String() || r.wrote.same(int(at), r.doc, r.leaves[i])
}

func (r *record) raws() []string {
	raws := make([]string, r.wrote.count())
	for i := range raws {
		raws[i] = r.wrote.raw(i)
	}
	return raws
}
