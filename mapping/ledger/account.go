package ledger

import (
	"strings"

	"tolk/mapping/tree"
)

// Source says what became of a leaf of the source, Target where a leaf of the
// target came from: into a Line and an Origin that hold nothing yet but their
// paths.
type (
	Source func(leaf tree.ID, line *Line)
	Target func(leaf tree.OutID, rule int32, origin *Origin)
)

// Account writes the lines and the origins of one translation: every leaf of
// the source with what became of it and where in the target it is, every leaf
// of the target with where it came from. It returns the target's leaves as they
// are written, in order.
func (l *Ledger) Account(doc *tree.Doc, out *tree.Out, source Source, target Target) []string {
	line := make([]int32, doc.Len()) // of a source leaf, in the ledger
	var places tree.Strings
	l.Source = make([]Line, doc.Leaves())
	places.Grow(pathSize * len(l.Source))
	i := 0
	doc.WalkBytes(0, func(leaf tree.ID, path []byte) {
		line[leaf] = int32(i)
		l.Source[i].Path = places.Add(path)
		source(leaf, &l.Source[i])
		i++
	})
	l.count()
	return l.origins(doc, out, line, target)
}

// pathSize is about how long a path is.
const pathSize = 64

// count adds the fates up.
func (l *Ledger) count() {
	counts := [fates]int{}
	for i := range l.Source {
		counts[fateOf(l.Source[i].Fate)]++
	}
	l.Counts = map[string]int{"leaves": len(l.Source)}
	for _, f := range Fates() {
		l.Counts[f.String()] = counts[f]
	}
}

// origins gives every leaf of the target its origin, and every line of the
// source its targets.
func (l *Ledger) origins(doc *tree.Doc, out *tree.Out, line []int32, target Target) []string {
	leaves := out.Leaves()
	l.Target = make([]Origin, leaves)
	raws := make([]string, leaves)
	var places tree.Strings
	places.Grow(pathSize * leaves)
	single := make([]string, 0, len(l.Source)) // nearly every line has one target at most
	i := 0
	out.WalkBytes(0, func(leaf tree.OutID, path []byte) {
		source, rule := out.Origin(leaf)
		o := &l.Target[i]
		o.Path, raws[i] = places.Add(path), out.Raw(leaf)
		i++
		target(leaf, rule, o)
		if source == tree.None {
			return
		}
		s := &l.Source[line[source]]
		o.From, o.Source = FromSource, s.Path
		switch {
		case s.Fate == Carried.String() && !Same(doc, source, out, leaf): // a value made of it
		case s.Target == nil && len(single) < cap(single):
			single = append(single, o.Path)
			s.Target = single[len(single)-1 : len(single) : len(single)]
		default:
			s.Target = append(s.Target, o.Path)
		}
	})
	l.Target = l.Target[:i]
	return raws[:i]
}

// Same reports whether a leaf was written as it stands in the source: of a JSON
// document to the byte, of an XML document, which has no kinds, the same text.
func Same(doc *tree.Doc, source tree.ID, out *tree.Out, leaf tree.OutID) bool {
	if out.Kind(leaf).Container() {
		return true
	}
	return written(doc, source, out.Raw(leaf))
}

// written reports whether raw, a scalar of JSON, says what leaf n of doc says.
func written(doc *tree.Doc, n tree.ID, raw string) bool {
	if !doc.XML() {
		return raw == doc.Raw(n)
	}
	if text, quoted := strings.CutPrefix(raw, `"`); quoted {
		return tree.Unquote(strings.TrimSuffix(text, `"`)) == doc.Text(n)
	}
	return raw == doc.Text(n)
}
