package terminology

import "strings"

// Guard is the set of conditions under which a match may be used. They stand in
// the row of the map, so that no reader has to remember them.
type Guard uint8

// The guards.
const (
	// Problem: only where the source condition is active and recorded as a
	// problem. The target asserts one, the source may be a resource.
	Problem Guard = 1 << iota
	// WithOriginal: the target may be written only where the original coding
	// and its display go along, because the fact is too grave for a general code.
	WithOriginal
	// Always: the fact is never left out of a document (suicide, self-harm).
	// Where no code of the target may stand for it, it goes as it is.
	Always
)

// The words of the guards in a map, in the order they are written.
var guards = []struct {
	guard Guard
	word  string
}{{Problem, "problem"}, {WithOriginal, "with-original"}, {Always, "always"}}

// Has reports whether every guard of other is in g.
func (g Guard) Has(other Guard) bool { return g&other == other }

// String writes the guards as a map does: problem;with-original.
func (g Guard) String() string {
	var words []string
	for _, w := range guards {
		if g.Has(w.guard) {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ";")
}

// parseGuard reads what String writes; each word at most once.
func parseGuard(text string) (g Guard, ok bool) {
	if text == "" {
		return 0, true
	}
	for word := range strings.SplitSeq(text, ";") {
		known := Guard(0)
		for _, w := range guards {
			if w.word == word {
				known = w.guard
			}
		}
		if known == 0 || g.Has(known) {
			return 0, false
		}
		g |= known
	}
	return g, true
}
