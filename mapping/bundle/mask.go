package bundle

import (
	"slices"
	"strings"
	"unicode"
)

// mask stands where a text named a drug that is held back.
const mask = "[privatmarkeret lægemiddel]"

// shortest is how many letters a name has at least; shorter ones are words.
const shortest = 4

// names finds any of many names in a text, in upper or lower case, in one pass
// whose cost does not depend on how many they are or how alike (Aho and Corasick,
// Efficient string matching, 1975).
type names struct {
	next    map[step]int32 // the states, 0 at the beginning of a name
	states  []state
	ordered []step // the steps, those of shorter beginnings first
}

// step is a letter read in a state.
type step struct {
	from   int32
	letter rune
}

// state is the beginning of a name that was read.
type state struct {
	depth  int32
	fail   int32 // the longest other beginning that this one ends with
	length int32 // of the longest name that this ends with, 0 if none
}

// newNames takes the names that are marked true, each in lower case.
func newNames(marked map[string]bool) names {
	n := names{next: map[step]int32{}, states: make([]state, 1)}
	for name, secret := range marked {
		if letters := []rune(name); secret && len(letters) >= shortest {
			n.learn(letters)
		}
	}
	slices.SortFunc(n.ordered, func(a, b step) int { return int(n.states[a.from].depth - n.states[b.from].depth) })
	for _, s := range n.ordered {
		to := &n.states[n.next[s]]
		if s.from != 0 {
			to.fail = n.follow(n.states[s.from].fail, s.letter)
		}
		to.length = max(to.length, n.states[to.fail].length)
	}
	return n
}

// learn adds the states of one name.
func (n *names) learn(letters []rune) {
	at := int32(0)
	for i, letter := range letters {
		s := step{at, letter}
		to, known := n.next[s]
		if !known {
			to = int32(len(n.states))
			n.states = append(n.states, state{depth: int32(i + 1)})
			n.next[s] = to
			n.ordered = append(n.ordered, s)
		}
		at = to
	}
	n.states[at].length = int32(len(letters))
}

// follow returns the state after one more letter.
func (n *names) follow(at int32, letter rune) int32 {
	for {
		if to, ok := n.next[step{at, letter}]; ok {
			return to
		}
		if at == 0 {
			return 0
		}
		at = n.states[at].fail
	}
}

// mask writes a text with every name masked, and tells whether there was one.
// Names that overlap are masked as one.
func (n *names) mask(text string) (masked string, found bool) {
	if len(n.states) == 1 {
		return text, false
	}
	type span struct{ from, to int }
	var spans []span
	at := int32(0)
	for i, letter := range []rune(lower(text)) {
		at = n.follow(at, letter)
		if n.states[at].length == 0 {
			continue
		}
		s := span{i + 1 - int(n.states[at].length), i + 1}
		for len(spans) > 0 && s.from < spans[len(spans)-1].to {
			s.from = min(s.from, spans[len(spans)-1].from)
			spans = spans[:len(spans)-1]
		}
		spans = append(spans, s)
	}
	if len(spans) == 0 {
		return text, false
	}
	letters, done := []rune(text), 0
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(string(letters[done:s.from]))
		b.WriteString(mask)
		done = s.to
	}
	b.WriteString(string(letters[done:]))
	return b.String(), true
}

// lower is a text in lower case, letter for letter: as many as before.
func lower(text string) string { return strings.Map(unicode.ToLower, text) }
