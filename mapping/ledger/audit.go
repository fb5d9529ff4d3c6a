package ledger

import (
	"fmt"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Audit checks a ledger against the bytes of the two documents it accounts
// for, and against nothing else: it shares no state with what wrote them. It
// returns an Exception, a bug of ours, if a leaf of the source is not there
// exactly once, a leaf of the target has no origin, or a carried value is not
// the same at both ends. A document that fails it is never sent.
func Audit(source, target string, l *Ledger) error {
	a := auditor{ledger: l}
	var err error
	if a.source, err = leaves(source); err != nil {
		return err
	}
	if a.target, err = leaves(target); err != nil {
		return bug("", "the target document is not well-formed")
	}
	if err := a.origins(); err != nil {
		return err
	}
	return a.fates()
}

type auditor struct {
	ledger         *Ledger
	source, target map[string]string // raw value by path
	cited          map[string]int    // how often a target cites a source path
	origin         map[string]string // source path by target path
}

func leaves(text string) (map[string]string, error) {
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		return nil, err
	}
	all := make(map[string]string, d.Len())
	d.Walk(d.Root(), func(leaf tree.ID, path string) { all[path] = d.Raw(leaf) })
	return all, nil
}

// origins checks that every leaf of the target has exactly one origin.
func (a *auditor) origins() error {
	if len(a.ledger.Target) != len(a.target) {
		return bug("", fmt.Sprintf("%d origins for %d leaves of the target", len(a.ledger.Target), len(a.target)))
	}
	a.cited = make(map[string]int, len(a.source))
	a.origin = make(map[string]string, len(a.target))
	for _, o := range a.ledger.Target {
		if _, ok := a.target[o.Path]; !ok {
			return bug(o.Path, "the ledger gives an origin to a leaf that is not there")
		}
		if _, ok := a.origin[o.Path]; ok {
			return bug(o.Path, "a leaf of the target with two origins")
		}
		switch o.From {
		case FromSource:
			if _, ok := a.source[o.Source]; !ok {
				return bug(o.Path, "invented: its origin is no leaf of the source")
			}
			a.cited[o.Source]++
		case FromConstant, FromGenerated:
			if o.Rule == "" || o.Source != "" {
				return bug(o.Path, "invented: a constant without a rule, or with a source")
			}
		default:
			return bug(o.Path, "invented: no origin")
		}
		a.origin[o.Path] = o.Source
	}
	return nil
}

// fates checks that every leaf of the source ends once, and as it says.
func (a *auditor) fates() error {
	if len(a.ledger.Source) != len(a.source) {
		return bug("", fmt.Sprintf("%d fates for %d leaves of the source", len(a.ledger.Source), len(a.source)))
	}
	counts := map[string]int{"leaves": len(a.source)}
	for _, f := range Fates() {
		counts[f.String()] = 0
	}
	seen := make(map[string]bool, len(a.source))
	for i := range a.ledger.Source {
		l := &a.ledger.Source[i]
		if _, ok := a.source[l.Path]; !ok || seen[l.Path] {
			return bug(l.Path, "a fate for no leaf, or a second one")
		}
		seen[l.Path] = true
		counts[l.Fate]++
		if err := a.line(l); err != nil {
			return err
		}
	}
	if len(counts) != len(fateNames)+1 {
		return bug("", "a fate that is none")
	}
	for name, n := range counts {
		if a.ledger.Counts[name] != n {
			return bug("", "the counts do not add up: "+name)
		}
	}
	return nil
}

func (a *auditor) line(l *Line) error {
	for _, t := range l.Target {
		if a.origin[t] != l.Path {
			return bug(l.Path, "it names a target that comes from elsewhere")
		}
		if l.Fate == Carried.String() && a.target[t] != a.source[l.Path] {
			return bug(l.Path, "carried, but not the same value at both ends")
		}
	}
	reached := l.Fate == Carried.String() || l.Fate == Converted.String()
	switch {
	case reached && len(l.Target) == 0:
		return bug(l.Path, "its fate says that it reached the target, and it did not")
	case !reached && a.cited[l.Path] > 0:
		return bug(l.Path, "its fate says that it did not reach the target, and it did")
	case !reached && l.Fate != Used.String() && l.Reason == "":
		return bug(l.Path, "left out without a reason")
	}
	return nil
}

func bug(path, message string) error {
	return &mapping.Error{Kind: mapping.Exception, Path: path, Message: "the ledger does not hold: " + message}
}
