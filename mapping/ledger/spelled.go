package ledger

import "tolk/mapping/tree"

// Lines returns the fate of every leaf of the source, in the order of the document.
// The ledger is spelled out the first time it is asked for: what is changed in it
// then stays so.
func (l *Ledger) Lines() []Line {
	l.spell()
	return l.lines
}

// Origins returns the origin of every leaf of the target, as Lines does.
func (l *Ledger) Origins() []Origin {
	l.spell()
	return l.origins
}

// Spell gives the ledger its lines and origins, spelled out.
func (l *Ledger) Spell(lines []Line, origins []Origin) {
	l.lines, l.origins, l.record = lines, origins, nil
}

// pathSize is about how long a path is.
const pathSize = 64

// spell makes lines and origins of the record.
func (l *Ledger) spell() {
	r := l.record
	if r == nil {
		return
	}
	lines, origins := make([]Line, len(r.leaves)), make([]Origin, r.wrote.count())
	var paths tree.Strings
	paths.Grow(pathSize * (len(lines) + len(origins)))
	i := 0
	r.doc.WalkBytes(r.doc.Root(), func(_ tree.ID, path []byte) {
		lines[i].Path = paths.Add(path)
		r.line(i, &lines[i])
		i++
	})
	single := make([]string, 0, len(lines)) // nearly every line has one target at most
	i = 0
	r.wrote.walk(func(path []byte) {
		o := &origins[i]
		o.Path = paths.Add(path)
		r.origin(i, o)
		if at := r.cited(i); at != nowhere {
			line := &lines[at]
			o.Source = line.Path
			switch {
			case !r.names(line, int(at), int32(i)):
			case line.Target == nil && len(single) < cap(single):
				single = append(single, o.Path)
				line.Target = single[len(single)-1 : len(single) : len(single)]
			default:
				line.Target = append(line.Target, o.Path)
			}
		}
		i++
	})
	l.Spell(lines, origins)
}

// account returns what the ledger says, for the auditor.
func (l *Ledger) account() account {
	if l.record != nil {
		return l.record
	}
	return &spelled{lines: l.lines, origins: l.origins, find: findLines(l.lines)}
}

// spelled is an account that is spelled out.
type spelled struct {
	lines   []Line
	origins []Origin
	find    finder
}

func (s *spelled) size() (lines, origins int) { return len(s.lines), len(s.origins) }

func (s *spelled) lined(source *tree.Doc) tree.ID {
	i := -1
	return astray(source, func() string { i++; return s.lines[i].Path }, len(s.lines))
}

func (s *spelled) originated(target *tree.Doc) tree.ID {
	i := -1
	return astray(target, func() string { i++; return s.origins[i].Path }, len(s.origins))
}

// astray returns the first leaf of a document that is not at the next of so many
// paths.
func astray(doc *tree.Doc, next func() string, count int) tree.ID {
	for w := doc.Walker(doc.Root()); w.Next(); count-- {
		if count == 0 || string(w.Path) != next() {
			return w.Leaf
		}
	}
	if count > 0 {
		return doc.Root()
	}
	return tree.None
}

func (s *spelled) line(i int, line *Line) { *line = s.lines[i] }

func (s *spelled) origin(i int, origin *Origin) { *origin = s.origins[i] }

func (s *spelled) cited(i int) int32 {
	o := &s.origins[i]
	if o.Source == "" && o.From != FromSource {
		return nowhere
	}
	at, ok := s.find.find(o.Source)
	if !ok {
		return nowhere
	}
	return int32(at)
}

// named looks for the targets in the order they stand in.
func (s *spelled) named(_ int, line *Line, citing, into []int32) []int32 {
	last := 0
	for _, path := range line.Target {
		at := among(s.origins, citing, last, path)
		if at == nowhere {
			into = append(into, nowhere)
			continue
		}
		into = append(into, citing[at])
		last = at + 1
	}
	return into
}

// among returns where in citing the origin of this path is. Targets are named in
// the order they stand in, so it looks on from the last one first.
func among(origins []Origin, citing []int32, last int, path string) int {
	for i := range citing {
		if at := (last + i) % len(citing); origins[citing[at]].Path == path {
			return at
		}
	}
	return nowhere
}
