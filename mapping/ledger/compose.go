package ledger

import (
	"slices"
	"strings"
)

// Compose is the account of two translations, one after the other, as one: from
// the leaves of the first document to those of the last. raws are the leaves of
// the document between as they are written, and those of the last.
//
// A leaf that did not reach the document between keeps its fate; one that did
// has the fate it met there. What the first translation stated by itself and the
// second carried on is still stated by a rule.
func Compose(first, second *Ledger, between, last []string) *Ledger {
	c := composer{first: first, second: second, between: between, last: last, origins: make([]Origin, len(second.Origins())),
		start: findLines(first.Lines()), origin: findOrigins(first.Origins()), onward: findLines(second.Lines())}
	l := &Ledger{From: first.From, To: second.To, Areas: second.Areas, Conformance: Conformance{Profile: second.Conformance.Profile}}
	if len(l.Areas) == 0 {
		l.Areas = first.Areas
	}
	reached := c.targets()
	lines := make([]Line, len(first.lines))
	var counts [fates]int
	for i := range lines {
		lines[i] = c.line(i, reached[i])
		counts[fateOf(lines[i].Fate)]++
	}
	l.Spell(lines, c.origins)
	l.count(counts, len(lines))
	c.questions(l)
	return l
}

type composer struct {
	first, second *Ledger
	between, last []string
	origins       []Origin // of the last document
	start         finder   // of a leaf of the first document, in the lines of first
	origin        finder   // of a leaf of the document between, in the origins of first
	onward        finder   // of a leaf of the document between, in the lines of second
}

// targets writes the origins of the last document, and returns by the line of a
// leaf of the first one the indexes of those that come from it.
func (c *composer) targets() [][]int {
	reached := make([][]int, len(c.first.lines))
	for i, o := range c.second.origins {
		if o.From == FromSource {
			before := &c.first.origins[place(&c.origin, o.Source)]
			if before.From == FromSource {
				line := place(&c.start, before.Source)
				reached[line] = append(reached[line], i)
			}
			o.From, o.Source = before.From, before.Source
			o.Rule = both(before.Rule, o.Rule)
			if o.Row == "" {
				o.Relation, o.Row = before.Relation, before.Row
			}
		}
		c.origins[i] = o
	}
	return reached
}

// place is where a path is that both accounts have, and the first place of a
// ledger that is none.
func place(f *finder, path string) int {
	i, _ := f.find(path)
	return i
}

// both names two rules of which one wrote what the other wrote on.
func both(first, second string) string {
	switch {
	case first == second || first == "":
		return second
	case second == "": // nobody knew what the first wrote
		return first
	}
	return first + " > " + second
}

// line is the fate of leaf i of the first document; reached are the leaves of
// the last that come from it.
func (c *composer) line(i int, reached []int) Line {
	line := c.first.lines[i]
	if len(line.Target) == 0 {
		return line
	}
	on := c.fate(line.Target, len(reached) > 0)
	carried := line.Fate == Carried.String() && on.Fate == Carried.String()
	first := line
	line = Line{Path: first.Path, Fate: on.Fate, Rule: both(first.Rule, on.Rule), Reason: on.Reason,
		Relation: first.Relation, Map: first.Map, Row: first.Row, Via: first.Via, Site: first.Site}
	if len(reached) == 0 {
		return line
	}
	if on.Map != "" {
		line.Relation, line.Map, line.Row, line.Via, line.Site = on.Relation, on.Map, on.Row, on.Via, on.Site
	}
	if line.Reason == "" {
		line.Reason = first.Reason
	}
	if !carried {
		line.Fate = Converted.String()
	}
	raw := c.between[place(&c.origin, first.Target[0])]
	for _, r := range reached {
		if !carried || c.last[r] == raw || c.last[r] == "" {
			line.Target = append(line.Target, c.origins[r].Path)
		}
	}
	return line
}

// fate is the best of the fates that the leaves at some paths of the document
// between met.
func (c *composer) fate(paths []string, reached bool) Line {
	best, found := Line{}, -1
	for _, p := range paths {
		line := &c.second.lines[place(&c.onward, p)]
		if rank := ranks[fateOf(line.Fate)]; rank > found {
			best, found = *line, rank
		}
	}
	if reached && found < ranks[Converted] { // a value made of it went on, not it itself
		best.Fate = Converted.String()
	}
	return best
}

var ranks = [fates]int{Unclaimed: 0, Dropped: 1, Residue: 2, Used: 3, Converted: 4, Carried: 5}

// Return gives what was found in the target document the places of the source.
func (l *Ledger) Return(j *Judgement) {
	w := wayBack{ledger: l}
	for i := range j.Lacks {
		j.Lacks[i].Path = w.place(j.Lacks[i].Path)
	}
	for i := range j.Notices {
		j.Notices[i].Path = w.place(j.Notices[i].Path)
	}
	for i := range j.Proposals {
		j.Proposals[i].Path = w.place(j.Proposals[i].Path)
	}
}

// questions joins what a person is asked and told, with the paths of the first
// document.
func (c *composer) questions(l *Ledger) {
	found := Judgement{slices.Clone(c.second.Conformance.Lacks), slices.Clone(c.second.Notices), slices.Clone(c.second.Proposals)}
	c.first.Return(&found)
	l.Notices = slices.Clone(c.first.Notices)
	l.Notice(found.Notices...)
	l.Proposals = append(slices.Clone(c.first.Proposals), found.Proposals...)
	l.Unmatched = slices.Clone(c.first.Unmatched)
	back := wayBack{ledger: c.first}
	for _, u := range c.second.Unmatched {
		u.Path = back.place(u.Path)
		l.Unmatched = append(l.Unmatched, u)
	}
	l.Conformance.Met = c.second.Conformance.Met
	l.Conformance.Lack(c.first.Conformance.Lacks...)
	l.Conformance.Lack(found.Lacks...)
}

// Back is the place in the source document of a place in the target: what the
// leaves there have in common, or the document itself.
func (l *Ledger) Back(path string) string { return (&wayBack{ledger: l}).place(path) }

// wayBack finds the places of many findings. They come in the order of the
// document, or nearly, so it looks on from the last one.
type wayBack struct {
	ledger *Ledger
	last   int
}

// place is Back.
func (w *wayBack) place(path string) string {
	if r := w.ledger.record; r != nil {
		if s, ok := r.wrote.(*settled); ok {
			return s.back(r.doc, path)
		}
	}
	place, target := "", w.ledger.Origins()
	for i := w.first(path); i < len(target) && within(target[i].Path, path); i++ { // the leaves of one place stand together
		switch source := target[i].Source; {
		case source == "":
		case place == "":
			place = source
		default:
			place = common(place, source)
		}
	}
	if lines := w.ledger.Lines(); place == "" && len(lines) > 0 {
		place, _, _ = strings.Cut(lines[0].Path, ".")
	}
	return place
}

// first is the first leaf of a place in the target, past all where it has none.
func (w *wayBack) first(path string) int {
	target := w.ledger.Origins()
	for n := range target {
		i := (w.last + n) % len(target)
		if !within(target[i].Path, path) {
			continue
		}
		for i > 0 && within(target[i-1].Path, path) {
			i--
		}
		w.last = i
		return i
	}
	return len(target)
}

func within(path, place string) bool { return path == place || below(path, place) }

func below(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// common is the longest path that two paths are at or below.
func common(a, b string) string {
	for a != b && !below(b, a) {
		end := strings.LastIndexAny(a, ".[")
		if end < 0 {
			return a
		}
		a = a[:end]
	}
	return a
}
