package document

import (
	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// account fills the ledger from the fates of the source and the origins of
// what was written.
func (r *run) account() {
	targets := make([][]string, r.doc.Len())
	single := make([]string, 0, r.out.Len()) // nearly every leaf has one target
	sources := make([]int32, 0, r.out.Len()) // node of each target line, -1 for none
	r.ledger.Target = make([]ledger.Origin, 0, r.out.Len())
	r.raws = make([]string, 0, r.out.Len())
	r.out.Walk(0, func(leaf tree.OutID, path string) {
		from, rule := r.out.Origin(leaf)
		o := ledger.Origin{Path: path, From: ledger.FromSource, Rule: r.plans.names[rule]}
		if from == tree.None {
			o.From = r.plans.from[rule]
		} else if r.reached(leaf, from) {
			if targets[from] == nil {
				single = append(single, path)
				targets[from] = single[len(single)-1 : len(single) : len(single)]
			} else {
				targets[from] = append(targets[from], path)
			}
		}
		if note := r.out.Note(leaf); note > 0 {
			o.Relation, o.Row = r.notes[note-1].Equivalence, r.notes[note-1].Row
		}
		r.ledger.Target = append(r.ledger.Target, o)
		r.raws = append(r.raws, r.out.Raw(leaf))
		sources = append(sources, int32(from))
	})
	counts := [6]int{}
	r.ledger.Source = make([]ledger.Line, 0, r.doc.Len())
	paths := make([]string, r.doc.Len())
	r.doc.Walk(0, func(leaf tree.ID, path string) {
		paths[leaf] = path
		f := &r.fates[leaf]
		counts[f.fate]++
		r.ledger.Source = append(r.ledger.Source, r.line(f, path, targets[leaf]))
	})
	for i, from := range sources {
		if from >= 0 {
			r.ledger.Target[i].Source = paths[from]
		}
	}
	r.ledger.Counts = map[string]int{"leaves": len(r.ledger.Source)}
	for _, f := range ledger.Fates() {
		r.ledger.Counts[f.String()] = counts[f]
	}
}

// reached reports whether a leaf of the target is one that its source leaf went
// to: of a carried one, where the value is the same.
func (r *run) reached(leaf tree.OutID, from tree.ID) bool {
	return r.fates[from].fate != ledger.Carried || r.out.Kind(leaf).Container() || r.out.Raw(leaf) == r.doc.Raw(from)
}

func (r *run) line(f *fate, path string, targets []string) ledger.Line {
	l := ledger.Line{Path: path, Fate: f.fate.String(), Rule: r.plans.names[f.rule], Target: targets, Reason: f.reason}
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
