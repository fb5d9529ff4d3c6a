// Package difference compares two translations of one document, by two versions
// of the mappings: which facts get another code and by which rows, which leaves
// are others, which have another fate, and what is refused by one of them.
package difference

import (
	"cmp"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// Side is what one version of the mappings made of a document.
type Side struct {
	Output  string
	Ledger  *ledger.Ledger
	Rows    Rows   // the rows of its concept maps
	Refused string // why it was refused, in words that are safe anywhere; empty where it was not
}

// Difference is what is other about a document after than before. The zero value
// is none.
type Difference struct {
	Before string `json:"refused-before,omitempty"` // why it was refused
	After  string `json:"refused-after,omitempty"`  // why it is refused
	Facts  []Fact `json:"facts,omitempty"`
	Leaves []Leaf `json:"leaves,omitempty"`
	Told   []Told `json:"told,omitempty"`

	both bool // it is refused before and after, in the same words
}

// Fact is a coded fact of the source that is decided otherwise, for one area of
// municipal health or for none.
type Fact struct {
	Path   string       `json:"path"` // of the coded element in the source
	Area   mapping.Area `json:"area,omitempty"`
	Source Named        `json:"source"`
	Was    []Decision   `json:"was"`
	Is     []Decision   `json:"is"`
}

// Named is a concept with its official display.
type Named struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code,omitempty"`
	Display string `json:"display,omitempty"`
}

// Decision is what became of a coded fact.
type Decision struct {
	How      string              `json:"how"`
	Relation mapping.Equivalence `json:"relation,omitempty"`
	Target   Named               `json:"target,omitzero"`
	Reason   string              `json:"reason,omitempty"`
	Held     string              `json:"held,omitempty"` // why a proposal was not written
	Row      string              `json:"row,omitempty"`  // file:line
	Via      string              `json:"via,omitempty"`
	Site     string              `json:"site,omitempty"` // that a site states the row, and why
}

// The ways to decide.
const (
	Written   = "written"
	Proposed  = "proposed"
	Unmatched = "unmatched"
)

// same reports whether two decisions are one: a row that moved in its file, or is
// of another version of its map, still decides the same.
func (d Decision) same(e Decision) bool {
	d.Row, d.Via, e.Row, e.Via = "", "", "", ""
	return d == e
}

// Leaf is a leaf of the target that is another, or a leaf of the source that has
// another fate.
type Leaf struct {
	Side string `json:"side"` // source or target
	Path string `json:"path"`
	Kind string `json:"kind"`
	// Was and Is are the value as it is written, or the fate. A value may name a
	// person: Mask hides those that are none of the mappings'.
	Was  string `json:"was,omitempty"`
	Is   string `json:"is,omitempty"`
	Then Why    `json:"then,omitzero"` // by what it was so
	Now  Why    `json:"now,omitzero"`  // by what it is so
	// Fact is the path of the coded fact that it follows from, where that one is
	// decided otherwise too.
	Fact string `json:"fact,omitempty"`
}

// Why is by what a leaf is as it is.
type Why struct {
	From   string `json:"from,omitempty"` // of a target leaf: source, constant, generated
	Source string `json:"source,omitempty"`
	Rule   string `json:"rule,omitempty"`
	Row    string `json:"row,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// The kinds of Leaf.
const (
	Changed = "changed"
	New     = "new"
	Gone    = "gone"
	Order   = "order"  // the same leaves in another order
	Fate    = "fate"   // of a source leaf
	Reason  = "reason" // the same fate, by another rule or for another reason
)

// The sides of a Leaf.
const (
	Source = "source"
	Target = "target"
)

// Told is something that the sender is told of the document after and not before,
// or the other way round: what a profile lacks, or a notice.
type Told struct {
	Kind    string `json:"kind"` // new or gone
	Path    string `json:"path"`
	Message string `json:"message"`
}

// None reports whether nothing is other.
func (d *Difference) None() bool {
	return d.Before == d.After && len(d.Facts) == 0 && len(d.Leaves) == 0 && len(d.Told) == 0
}

// Compare tells what is other after than before. What can be compared of a
// document that one of them refuses is the refusal.
func Compare(before, after Side) *Difference {
	d := &Difference{}
	if before.Refused != "" || after.Refused != "" {
		if d.both = before.Refused == after.Refused; !d.both {
			d.Before, d.After = before.Refused, after.Refused
		}
		return d
	}
	d.Facts = facts(before, after)
	d.Leaves = append(targets(before, after), fates(before.Ledger, after.Ledger)...)
	d.Told = told(before.Ledger, after.Ledger)
	changed := map[string]bool{}
	for _, f := range d.Facts {
		changed[f.Path] = true
	}
	for i := range d.Leaves {
		l := &d.Leaves[i]
		from := cmp.Or(l.Now.Source, l.Then.Source)
		if l.Side == Source {
			from = l.Path
		}
		if e := element(from); changed[e] {
			l.Fact = e
		}
	}
	return d
}

// element is the path of the coded element that a leaf of a coding is in.
func element(path string) string {
	if i := strings.LastIndex(path, ".coding["); i >= 0 {
		return path[:i]
	}
	return path
}

// factKey is a fact in one area.
type factKey struct {
	path string
	area mapping.Area
}

// facts compares the decisions.
func facts(before, after Side) []Fact {
	was, is := before.decisions(), after.decisions()
	var all []Fact
	for key := range merged(was, is) {
		w, i := was[key], is[key]
		if slices.EqualFunc(w.all, i.all, Decision.same) {
			continue
		}
		source := i.source
		if source == (Named{}) {
			source = w.source
		}
		all = append(all, Fact{Path: key.path, Area: key.area, Source: source, Was: w.all, Is: i.all})
	}
	slices.SortFunc(all, func(a, b Fact) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Area, b.Area)) })
	return all
}

// merged gives the keys of two maps, each once.
func merged[K comparable, V any](a, b map[K]V) map[K]bool {
	keys := make(map[K]bool, len(a))
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}

// decided is what became of one fact.
type decided struct {
	source Named
	all    []Decision
}

// decisions lists what became of every coded fact, by the rows that the ledger
// cites.
func (s Side) decisions() map[factKey]decided {
	found := map[factKey]decided{}
	add := func(path, area string, d Decision) {
		row := s.Rows[d.Row]
		source := Named{}
		if row != nil {
			d.Reason, d.Site, source = cmp.Or(d.Reason, row.Reason), row.Site, row.Source
			if d.Target == (Named{}) && d.How != Unmatched {
				d.Target = row.Target
			}
			area = cmp.Or(area, string(row.Area))
		}
		if via := s.Rows[d.Via]; via != nil {
			source = via.Source
		}
		key := factKey{element(path), mapping.Area(area)}
		f := found[key]
		if f.source == (Named{}) {
			f.source = source
		}
		f.all = append(f.all, d)
		found[key] = f
	}
	via := map[string]string{}
	for _, l := range s.Ledger.Lines() {
		if l.Via != "" {
			via[l.Path] = l.Via
		}
	}
	for _, o := range s.Ledger.Origins() {
		if o.Row != "" {
			add(o.Source, "", Decision{How: Written, Relation: o.Relation, Row: o.Row, Via: via[o.Source]})
		}
	}
	for _, p := range s.Ledger.Proposals {
		for _, c := range p.Candidates {
			add(p.Path, string(c.Area), Decision{How: Proposed, Relation: c.Relation, Target: Named{c.System, c.Code, c.Display},
				Reason: c.Reason, Held: c.Held, Row: c.Row, Via: c.Via})
		}
	}
	for _, u := range s.Ledger.Unmatched {
		add(u.Path, string(u.Area), Decision{How: Unmatched, Reason: u.Reason, Row: u.Row})
	}
	return found
}

// fates compares what became of the leaves of the source, which are the same
// before and after. What a row says is compared as a fact.
func fates(before, after *ledger.Ledger) (all []Leaf) {
	was := map[string]*ledger.Line{}
	for i := range before.Lines() {
		was[before.Lines()[i].Path] = &before.Lines()[i]
	}
	for i := range after.Lines() {
		now := &after.Lines()[i]
		then := was[now.Path]
		if then == nil {
			continue
		}
		leaf := Leaf{Side: Source, Path: now.Path, Was: then.Fate, Is: now.Fate,
			Then: Why{Rule: then.Rule, Row: then.Row, Reason: then.Reason}, Now: Why{Rule: now.Rule, Row: now.Row, Reason: now.Reason}}
		switch {
		case then.Fate != now.Fate:
			leaf.Kind = Fate
		case then.Row == "" && now.Row == "" && (then.Rule != now.Rule || then.Reason != now.Reason):
			leaf.Kind = Reason
		default:
			continue
		}
		all = append(all, leaf)
	}
	return all
}

// told compares what the sender is told.
func told(before, after *ledger.Ledger) []Told {
	list := func(l *ledger.Ledger) (all []Told) {
		for _, n := range l.Notices {
			all = append(all, Told{Path: n.Path, Message: n.Message})
		}
		for _, k := range l.Conformance.Lacks {
			all = append(all, Told{Path: k.Path, Message: k.Element + ": " + k.Message})
		}
		return all
	}
	was, is := list(before), list(after)
	only := func(of, without []Told, kind string) (all []Told) {
		for _, t := range of {
			if !slices.Contains(without, t) {
				all = append(all, Told{kind, t.Path, t.Message})
			}
		}
		return all
	}
	return append(only(was, is, Gone), only(is, was, New)...)
}

// Hidden stands for a value that Mask hides.
const Hidden = "…"

// Mask hides every value of a leaf that is not known to be one of the mappings':
// their codes, displays and systems, and the constants of their rules. What is
// left names no citizen.
func (d *Difference) Mask(known func(value string) bool) {
	hide := func(value *string, why Why) {
		if *value != "" && why.From != ledger.FromConstant && !known(tree.Unquote(strings.Trim(*value, `"`))) {
			*value = Hidden
		}
	}
	for i := range d.Leaves {
		if l := &d.Leaves[i]; l.Side == Target {
			hide(&l.Was, l.Then)
			hide(&l.Is, l.Now)
		}
	}
}
