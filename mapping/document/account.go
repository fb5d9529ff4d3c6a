package document

import (
	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// account fills the ledger from the fates of the source and the origins of
// what was written.
func (r *run) account() {
	r.raws = r.ledger.Account(r.doc, r.out,
		func(leaf tree.ID) ledger.Fate { return r.fates[leaf].fate },
		func(leaf tree.ID, l *ledger.Line) { r.line(&r.fates[leaf], l) },
		func(leaf tree.OutID, rule int32, o *ledger.Origin) {
			o.From, o.Rule = r.plans.from[rule], r.plans.names[rule]
			if note := r.out.Note(leaf); note > 0 {
				o.Relation, o.Row = r.notes[note-1].Equivalence, r.notes[note-1].Row
			}
		})
}

func (r *run) line(f *fate, l *ledger.Line) {
	l.Fate, l.Rule, l.Reason = f.fate.String(), r.plans.names[f.rule], f.reason
	if f.fate == ledger.Unclaimed {
		l.Rule, l.Reason = "", "no rule knows this element"
	}
	if f.match != nil {
		l.Relation, l.Map, l.Row, l.Via, l.Site = f.match.Equivalence, f.match.Canonical, f.match.Row, via(f.match), site(f.match)
		if l.Reason == "" {
			l.Reason = f.match.Reason
		}
	}
}

// refuse says no in strict mode: to a leaf nobody knew, and to a document that
// does not meet the target's profile.
func refuse(l *ledger.Ledger, strict bool) error {
	if !strict {
		return nil
	}
	for _, l := range l.Lines() {
		if l.Fate == ledger.Unclaimed.String() {
			return &mapping.Error{Kind: mapping.BusinessRule, Path: l.Path, Message: "no rule knows this element, and strict mode leaves nothing over"}
		}
	}
	if lacks := l.Conformance.Lacks; len(lacks) > 0 {
		return &mapping.Error{Kind: mapping.BusinessRule, Path: lacks[0].Path, Message: lacks[0].Element + ": " + lacks[0].Message}
	}
	return nil
}
