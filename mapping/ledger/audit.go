package ledger

import (
	"fmt"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// Audit checks a ledger against the bytes of the two documents it accounts
// for, and against nothing else: it parses both again and shares no state with
// what wrote them. It returns an Exception, a bug of ours, if a leaf of the
// source is not there exactly once, a leaf of the target has no origin, or a
// carried value is not the same at both ends. A document that fails it is
// never sent.
func Audit(source, target string, l *Ledger) error {
	s, err := tree.Parse(source, tree.Limits{})
	if err != nil {
		return err
	}
	t, err := tree.Parse(target, tree.Limits{})
	if err != nil {
		return bug("", "the target document is not well-formed")
	}
	a := auditor{source: s, target: t,
		lines:   finder{n: len(l.Source), path: func(i int) string { return l.Source[i].Path }},
		origins: finder{n: len(l.Target), path: func(i int) string { return l.Target[i].Path }},
		sources: make([]tree.ID, 0, len(l.Source)), targets: make([]tree.ID, 0, len(l.Target)),
		cited: make([]int32, len(l.Source))}
	for _, check := range []func(*Ledger) error{a.everyLine, a.everyOrigin, a.citations, a.fates, a.counts} {
		if err := check(l); err != nil {
			return err
		}
	}
	return nil
}

type auditor struct {
	source, target   *tree.Doc
	lines, origins   finder    // index in the ledger by path
	sources, targets []tree.ID // leaf by index in the ledger
	cited            []int32   // by index: how many target leaves come from a source line
}

// finder finds a line by its path. Both documents run in nearly the same order,
// so it looks a few lines on from the last one first, and makes an index of all
// paths only when that fails.
type finder struct {
	n     int
	path  func(int) string
	last  int
	index map[string]int
}

func (f *finder) find(path string) (int, bool) {
	for i := f.last; i < min(f.last+8, f.n); i++ {
		if f.path(i) == path {
			f.last = i
			return i, true
		}
	}
	if f.index == nil {
		f.index = make(map[string]int, f.n)
		for i := range f.n {
			f.index[f.path(i)] = i
		}
	}
	i, ok := f.index[path]
	if ok {
		f.last = i
	}
	return i, ok
}

// everyLine checks that the lines are the leaves of the source, in order, each
// once.
func (a *auditor) everyLine(l *Ledger) error {
	i, fault := 0, error(nil)
	a.source.WalkBytes(a.source.Root(), func(leaf tree.ID, path []byte) {
		if fault == nil && (i >= len(l.Source) || l.Source[i].Path != string(path)) {
			fault = bug(string(path), "a leaf of the source without a line of its own")
		}
		if fault == nil {
			a.sources = append(a.sources, leaf)
		}
		i++
	})
	if fault == nil && i != len(l.Source) {
		return bug("", fmt.Sprintf("%d lines for %d leaves of the source", len(l.Source), i))
	}
	return fault
}

// everyOrigin checks that the origins are the leaves of the target, in order,
// each once.
func (a *auditor) everyOrigin(l *Ledger) error {
	i, fault := 0, error(nil)
	a.target.WalkBytes(a.target.Root(), func(leaf tree.ID, path []byte) {
		if fault == nil && (i >= len(l.Target) || l.Target[i].Path != string(path)) {
			fault = bug(string(path), "invented: a leaf of the target without an origin of its own")
		}
		if fault == nil {
			a.targets = append(a.targets, leaf)
		}
		i++
	})
	if fault == nil && i != len(l.Target) {
		return bug("", fmt.Sprintf("%d origins for %d leaves of the target", len(l.Target), i))
	}
	return fault
}

// citations checks that every origin is a leaf of the source, or a rule.
func (a *auditor) citations(l *Ledger) error {
	for i := range l.Target {
		o := &l.Target[i]
		switch o.From {
		case FromSource:
			line, ok := a.lines.find(o.Source)
			if !ok {
				return bug(o.Path, "invented: its origin is no leaf of the source")
			}
			a.cited[line]++
		case FromConstant, FromGenerated:
			if o.Rule == "" || o.Source != "" {
				return bug(o.Path, "invented: a constant without a rule, or with a source")
			}
		default:
			return bug(o.Path, "invented: no origin")
		}
	}
	return nil
}

// fates checks that every leaf of the source ended as its line says.
func (a *auditor) fates(l *Ledger) error {
	for i := range l.Source {
		if err := a.line(l, i); err != nil {
			return err
		}
	}
	return nil
}

func (a *auditor) line(l *Ledger, i int) error {
	line := &l.Source[i]
	carried := line.Fate == Carried.String()
	for _, path := range line.Target {
		t, ok := a.origins.find(path)
		if !ok || l.Target[t].Source != line.Path {
			return bug(line.Path, "it names a target that comes from elsewhere")
		}
		if carried && !a.same(a.sources[i], a.targets[t]) {
			return bug(line.Path, "carried, but not the same value at both ends")
		}
	}
	reached := carried || line.Fate == Converted.String()
	named, cited := len(line.Target), int(a.cited[i])
	switch {
	case named > cited || named < cited && line.Fate == Converted.String():
		return bug(line.Path, "the targets it names are not those that come from it")
	case reached && named == 0:
		return bug(line.Path, "its fate says that it reached the target, and it did not")
	case !reached && a.cited[i] > 0:
		return bug(line.Path, "its fate says that it did not reach the target, and it did")
	case !reached && line.Fate != Used.String() && line.Reason == "":
		return bug(line.Path, "left out without a reason")
	}
	return nil
}

// same compares two leaves as they are written; of an empty container the
// white space does not count.
func (a *auditor) same(source, target tree.ID) bool {
	if kind := a.source.Kind(source); kind.Container() {
		return kind == a.target.Kind(target)
	}
	return a.source.Raw(source) == a.target.Raw(target)
}

// counts checks that the fates add up.
func (a *auditor) counts(l *Ledger) error {
	var counts [fates]int
	for i := range l.Source {
		f := fateOf(l.Source[i].Fate)
		if f == fates {
			return bug(l.Source[i].Path, "a fate that is none")
		}
		counts[f]++
	}
	if l.Counts["leaves"] != len(l.Source) || len(l.Counts) != int(fates)+1 {
		return bug("", "the counts do not add up: leaves")
	}
	for _, f := range Fates() {
		if n, ok := l.Counts[f.String()]; !ok || n != counts[f] {
			return bug("", "the counts do not add up: "+f.String())
		}
	}
	return nil
}

// fateOf returns the fate with this word, fates if there is none.
func fateOf(word string) Fate {
	for f, name := range fateNames {
		if name == word {
			return Fate(f)
		}
	}
	return fates
}

func bug(path, message string) error {
	return &mapping.Error{Kind: mapping.Exception, Path: path, Message: "the ledger does not hold: " + message}
}
