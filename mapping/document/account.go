package document

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// account fills the ledger from the fates of the source and the origins of
// what was written.
func (r *run) account() {
	line := make([]int32, r.doc.Len()) // of a source leaf, in the ledger
	counts := [6]int{}
	var places paths
	leaves := r.doc.Leaves()
	places.grow(leaves)
	r.ledger.Source = make([]ledger.Line, 0, leaves)
	r.doc.WalkBytes(0, func(leaf tree.ID, path []byte) {
		f := &r.fates[leaf]
		counts[f.fate]++
		line[leaf] = int32(len(r.ledger.Source))
		places.add(path)
		r.ledger.Source = append(r.ledger.Source, r.line(f))
	})
	places.each(func(i int, path string) { r.ledger.Source[i].Path = path })
	r.origins(line)
	r.ledger.Counts = map[string]int{"leaves": len(r.ledger.Source)}
	for _, f := range ledger.Fates() {
		r.ledger.Counts[f.String()] = counts[f]
	}
}

// origins gives every leaf of the target its origin, and every line of the
// source its targets.
func (r *run) origins(line []int32) {
	var places paths
	leaves := r.out.Leaves(0)
	places.grow(leaves)
	from := make([]int32, 0, leaves) // line of the source, -1 for none or for a value made of it
	r.ledger.Target = make([]ledger.Origin, 0, leaves)
	r.raws = make([]string, 0, leaves)
	r.out.WalkBytes(0, func(leaf tree.OutID, path []byte) {
		source, rule := r.out.Origin(leaf)
		o := ledger.Origin{From: ledger.FromSource, Rule: r.plans.names[rule]}
		target := int32(-1)
		if source == tree.None {
			o.From = r.plans.from[rule]
		} else {
			o.Source = r.ledger.Source[line[source]].Path
			if r.reached(leaf, source) {
				target = line[source]
			}
		}
		if note := r.out.Note(leaf); note > 0 {
			o.Relation, o.Row = r.notes[note-1].Equivalence, r.notes[note-1].Row
		}
		places.add(path)
		from = append(from, target)
		r.ledger.Target = append(r.ledger.Target, o)
		r.raws = append(r.raws, r.out.Raw(leaf))
	})
	single := make([]string, 0, leaves) // nearly every leaf has one target
	places.each(func(i int, path string) {
		r.ledger.Target[i].Path = path
		if from[i] < 0 {
			return
		}
		if l := &r.ledger.Source[from[i]]; l.Target == nil {
			single = append(single, path)
			l.Target = single[len(single)-1 : len(single) : len(single)]
		} else {
			l.Target = append(l.Target, path)
		}
	})
}

// paths collects the paths of a document in one piece of memory: there is one
// for every leaf.
type paths struct {
	text strings.Builder
	ends []int
}

func (p *paths) grow(leaves int) {
	p.text.Grow(64 * leaves)
	p.ends = make([]int, 0, leaves)
}

func (p *paths) add(path []byte) {
	p.text.Write(path)
	p.ends = append(p.ends, p.text.Len())
}

// each calls visit with every path, in the order they were added.
func (p *paths) each(visit func(i int, path string)) {
	text, start := p.text.String(), 0
	for i, end := range p.ends {
		visit(i, text[start:end])
		start = end
	}
}

// reached reports whether a leaf of the target is one that its source leaf went
// to: of a carried one, where the value is the same.
func (r *run) reached(leaf tree.OutID, from tree.ID) bool {
	return r.fates[from].fate != ledger.Carried || r.out.Kind(leaf).Container() || r.out.Raw(leaf) == r.doc.Raw(from)
}

func (r *run) line(f *fate) ledger.Line {
	l := ledger.Line{Fate: f.fate.String(), Rule: r.plans.names[f.rule], Reason: f.reason}
	if f.fate == ledger.Unclaimed {
		l.Rule, l.Reason = "", "no rule knows this element"
	}
	if f.match != nil {
		l.Relation, l.Map, l.Row, l.Via = f.match.Equivalence, f.match.Canonical, f.match.Row, via(f.match)
		if l.Reason == "" {
			l.Reason = f.match.Reason
		}
	}
	return l
}

// refuse says no in strict mode: to a leaf nobody knew, and to a document that
// does not meet the target's profile.
func (r *run) refuse() error {
	if !r.strict {
		return nil
	}
	for _, l := range r.ledger.Source {
		if l.Fate == ledger.Unclaimed.String() {
			return &mapping.Error{Kind: mapping.BusinessRule, Path: l.Path, Message: "no rule knows this element, and strict mode leaves nothing over"}
		}
	}
	if lacks := r.ledger.Conformance.Lacks; len(lacks) > 0 {
		return &mapping.Error{Kind: mapping.BusinessRule, Path: lacks[0].Path, Message: lacks[0].Element + ": " + lacks[0].Message}
	}
	return nil
}
