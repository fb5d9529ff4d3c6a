package redact

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how long a phrase may be, at most and less.
const longest = 100

// phrase is what is said in few words, as it is looked for in a text.
type phrase struct {
	rank  int    // among all, the longest first
	lower string // in lower case
	lead  int    // how long it is before its first word
}

// variants is how many phrases are looked for that differ only in what is before their
// first word and after their last.
const variants = 16

// mention remembers what is said in few words, and may be said in a text, too: the
// name of a drug, of a code, a unit. What stands for it stands there, too.
func (s *session) mention(phrase string) {
	if s.pass == reading && len(phrase) > 2 && len(phrase) < longest && said(phrase) && !s.mentions[phrase] {
		s.mentions[phrase] = true
		s.phrases = append(s.phrases, phrase)
	}
}

// rank puts the phrases in order and makes them ready to be looked for. Of those that
// differ only in case the first stands for all.
func (s *session) rank() {
	slices.SortStableFunc(s.phrases, func(a, b string) int { return len(b) - len(a) })
	s.spoken, s.retold = map[string][]phrase{}, map[int]string{}
	for i, p := range s.phrases {
		lower := strings.ToLower(p)
		words := spans(lower)
		if len(words) == 0 {
			continue
		}
		lead := words[0][0]
		of := lower[lead:words[len(words)-1][1]]
		same := func(q phrase) bool { return q.lower == lower }
		if before := s.spoken[of]; len(before) < variants && !slices.ContainsFunc(before, same) {
			s.spoken[of] = append(before, phrase{i, lower, lead})
		}
	}
}

// saying is line for one that may mention what the document says elsewhere.
func (s *session) saying(old string) string {
	if s.pass == reading {
		return s.line(old)
	}
	lower := strings.ToLower(old)
	if len(lower) != len(old) {
		return s.line(old)
	}
	all := s.mentioned(lower)
	if len(all) == 0 {
		return s.line(old)
	}
	var b strings.Builder
	at := 0
	for _, m := range all {
		b.WriteString(s.between(old[at:m.from]))
		b.WriteString(s.told(m.rank))
		at = m.to
	}
	b.WriteString(s.between(old[at:]))
	return b.String()
}

// between returns what stands for what a text says beside what it mentions.
func (s *session) between(text string) string {
	within := strings.TrimSpace(text)
	if !said(within) {
		return text
	}
	at := strings.Index(text, within)
	return text[:at] + s.line(within) + text[at+len(within):]
}

// told returns what stands for a phrase, which may mention shorter ones.
func (s *session) told(rank int) string {
	phrase := s.phrases[rank]
	if s.keeps[phrase] {
		return phrase
	}
	new, ok := s.retold[rank]
	if !ok {
		new = s.saying(phrase)
		s.retold[rank] = new
	}
	return new
}

// mentioning is where a text mentions a phrase.
type mentioning struct{ rank, from, to int }

// mentioned returns where a text in lower case mentions phrases, other than as a whole,
// in its order. Where two overlap the longer is meant, or else the first. A text may
// mention thousands, and is looked through once.
func (s *session) mentioned(lower string) (all []mentioning) {
	if len(s.spoken) == 0 {
		return nil
	}
	var found []mentioning
	words := spans(lower)
	for i, first := range words {
		for _, last := range words[i:] {
			if last[1]-first[0] >= longest {
				break
			}
			s.heard++
			for _, p := range s.spoken[lower[first[0]:last[1]]] {
				from := first[0] - p.lead
				if to := from + len(p.lower); from >= 0 && len(p.lower) < len(lower) && strings.HasPrefix(lower[from:], p.lower) && apart(lower, from, to) {
					found = append(found, mentioning{p.rank, from, to})
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b mentioning) int { return cmp.Or(a.rank-b.rank, a.from-b.from) })
	meant := make([]bool, len(lower))
	for _, m := range found {
		if part := meant[m.from:m.to]; !slices.Contains(part, true) {
			for i := range part {
				part[i] = true
			}
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b mentioning) int { return a.from - b.from })
	return all
}

// spans are where the words of a text stand.
func spans(text string) (all [][2]int) {
	start := -1
	for i, r := range text {
		switch in := unicode.IsLetter(r) || unicode.IsDigit(r); {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			all, start = append(all, [2]int{start, i}), -1
		}
	}
	if start >= 0 {
		all = append(all, [2]int{start, len(text)})
	}
	return all
}

// apart reports whether a part of a text is whole words.
func apart(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return !part(before) && !part(after)
}
