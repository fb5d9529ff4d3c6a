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
	s, err := tree.Read(source, tree.Limits{})
	if err != nil {
		return err
	}
	t, err := tree.Read(target, tree.Limits{})
	if err != nil {
		return bug("", "the target document is not well-formed")
	}
	a := auditor{source: s, target: t, lines: findLines(l.Source),
		sources: make([]tree.ID, 0, len(l.Source)), targets: make([]tree.ID, 0, len(l.Target))}
	for _, check := range []func(*Ledger) error{a.everyLine, a.everyOrigin, a.citations, a.fates, a.counts} {
		if err := check(l); err != nil {
			return err
		}
	}
	return nil
}

type auditor struct {
	source, target   *tree.Doc
	lines            finder
	sources, targets []tree.ID // leaf by index in the ledger
	// The origins that cite a line: those of line i are cited[ends[i-1]:ends[i]],
	// as indexes in the ledger and in its order.
	cited []int32
	ends  []int32
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

// citations checks that every origin is a leaf of the source, or a rule, and
// lists by line the origins that cite it.
func (a *auditor) citations(l *Ledger) error {
	cites := make([]int32, len(l.Target)) // a line, or -1
	a.ends = make([]int32, len(l.Source)+1)
	for i := range l.Target {
		o := &l.Target[i]
		cites[i] = -1
		switch o.From {
		case FromSource:
			line, ok := a.lines.find(o.Source)
			if !ok {
				return bug(o.Path, "invented: its origin is no leaf of the source")
			}
			cites[i] = int32(line)
			a.ends[line+1]++
		case FromConstant, FromGenerated:
			if o.Rule == "" || o.Source != "" {
				return bug(o.Path, "invented: a constant without a rule, or with a source")
			}
		default:
			return bug(o.Path, "invented: no origin")
		}
	}
	for i := range l.Source {
		a.ends[i+1] += a.ends[i] // now where those of line i+1 begin, and below where they end
	}
	a.cited = make([]int32, a.ends[len(l.Source)])
	for i, line := range cites {
		if line >= 0 {
			a.cited[a.ends[line]] = int32(i)
			a.ends[line]++
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
	begin := int32(0)
	if i > 0 {
		begin = a.ends[i-1]
	}
	citing := a.cited[begin:a.ends[i]]
	last := 0
	for _, path := range line.Target {
		at := among(l, citing, last, path)
		if at < 0 {
			return bug(line.Path, "it names a target that comes from elsewhere")
		}
		if carried && !a.same(a.sources[i], a.targets[citing[at]]) {
			return bug(line.Path, "carried, but not the same value at both ends")
		}
		last = at + 1
	}
	reached := carried || line.Fate == Converted.String()
	named, cited := len(line.Target), len(citing)
	switch {
	case named > cited || named < cited && line.Fate == Converted.String():
		return bug(line.Path, "the targets it names are not those that come from it")
	case reached && named == 0:
		return bug(line.Path, "its fate says that it reached the target, and it did not")
	case !reached && cited > 0:
		return bug(line.Path, "its fate says that it did not reach the target, and it did")
	case !reached && line.Fate != Used.String() && line.Reason == "":
		return bug(line.Path, "left out without a reason")
	}
	return nil
}

// among returns where in citing the origin of this path is, -1 if nowhere. Targets
// are named in the order they stand in, so it looks on from the last one first.
func among(l *Ledger, citing []int32, last int, path string) int {
	for i := range citing {
		if at := (last + i) % len(citing); l.Target[citing[at]].Path == path {
			return at
		}
	}
	return -1
}

// same compares two leaves as they are written; of an empty container the
// white space does not count.
func (a *auditor) same(source, target tree.ID) bool {
	if a.source.XML() {
		return a.target.Kind(target).Container() || a.text(target) == a.source.Text(source)
	}
	if kind := a.source.Kind(source); kind.Container() {
		return kind == a.target.Kind(target)
	}
	return a.source.Raw(source) == a.target.Raw(target)
}

// text is what a scalar of the target says: XML has text only.
func (a *auditor) text(target tree.ID) string {
	if a.target.Kind(target) == tree.String {
		return a.target.Text(target)
	}
	return a.target.Raw(target)
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
