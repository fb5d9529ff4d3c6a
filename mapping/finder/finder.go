// Package finder finds concepts by a part of their name, as people type it: inside
// a compound (sår in tryksår), in any case, with æ, ø and å or as ae, oe and aa;
// and by their code, in any spelling.
package finder

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tolk/mapping/terminology"
)

// longest is how many runes of a query are read: no name is longer.
const longest = 120

// Index is what can be found. It is immutable.
type Index struct{ all []indexed }

// indexed is a concept with its name and spellings as they are compared.
type indexed struct {
	entry     *terminology.Entry
	name      string
	spellings []string
}

// Hit is a concept that was found.
type Hit struct {
	Entry    *terminology.Entry
	Name     []Part // its display, in order
	Spelling string // the spelling of its code that was typed; empty where its name was
	rank     int
}

// Part is a part of a text, and whether it was asked for.
type Part struct {
	Text string
	Hit  bool
}

// New makes an index of concepts. What stands first is found first, among what
// fits alike.
func New(entries ...*terminology.Entry) *Index {
	x := &Index{all: make([]indexed, len(entries))}
	for i, e := range entries {
		one := indexed{entry: e, name: fold(e.Display).text}
		for _, s := range e.Spellings {
			one.spellings = append(one.spellings, fold(s).text)
		}
		x.all[i] = one
	}
	return x
}

// Find returns the concepts that have every word of the query in their name, or
// the query as the beginning of a code; those that fit best come first. It returns
// at most most of them, and how many there are.
func (x *Index) Find(query string, most int) (hits []Hit, all int) {
	asked := words(query)
	if len(asked) == 0 {
		return nil, 0
	}
	code := fold(strings.TrimSpace(query)).text
	for _, one := range x.all {
		if spelling, exact := one.code(code); spelling != "" {
			rank := 1
			if exact {
				rank = 0
			}
			hits = append(hits, Hit{Entry: one.entry, Spelling: spelling, rank: rank})
			continue
		}
		if rank := one.fits(asked); rank > 0 {
			hits = append(hits, Hit{Entry: one.entry, rank: rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(a.rank, b.rank) })
	all = len(hits)
	hits = hits[:min(all, max(most, 0))]
	for i := range hits {
		hits[i].Name = Mark(hits[i].Entry.Display, query)
	}
	return hits, all
}

// code returns the spelling of the code that begins as was asked, and whether that
// is the whole of it. One letter alone is a part of a name, unless it is a code.
func (one indexed) code(asked string) (spelling string, exact bool) {
	for i, s := range one.spellings {
		if s == asked {
			return one.entry.Spellings[i], true
		}
	}
	for i, s := range one.spellings {
		if len(asked) > 1 && strings.HasPrefix(s, asked) && strings.ContainsFunc(asked, unicode.IsDigit) {
			return one.entry.Spellings[i], false
		}
	}
	return "", false
}

// fits tells how well the name fits: 2 it is the query, 3 it begins with it, 4
// every word of the query begins one of its words, 5 it has them somewhere; 0 it
// does not.
func (one indexed) fits(asked []string) int {
	begin := true
	for _, w := range asked {
		at := strings.Index(one.name, w)
		if at < 0 {
			return 0
		}
		begin = begin && (strings.HasPrefix(one.name, w) || strings.Contains(one.name, " "+w))
	}
	whole := strings.Join(asked, " ")
	switch {
	case one.name == whole:
		return 2
	case strings.HasPrefix(one.name, whole):
		return 3
	case begin:
		return 4
	}
	return 5
}

// Mark takes a text apart into what was asked for and the rest.
func Mark(text, query string) []Part {
	f := fold(text)
	marked := make([]bool, len(text))
	found := false
	for _, w := range words(query) {
		for from := 0; ; {
			at := strings.Index(f.text[from:], w)
			if at < 0 {
				break
			}
			at += from
			from = at + len(w)
			found = true
			for i := f.at[at]; i < f.end(from, text); i++ {
				marked[i] = true
			}
		}
	}
	if !found {
		return []Part{{Text: text}}
	}
	var parts []Part
	for from := 0; from < len(text); {
		to := from
		for to < len(text) && marked[to] == marked[from] {
			to++
		}
		parts = append(parts, Part{text[from:to], marked[from]})
		from = to
	}
	return parts
}

// words are those of a query as they are compared, each once.
func words(query string) (all []string) {
	if utf8.RuneCountInString(query) > longest {
		query = string([]rune(query)[:longest])
	}
	for _, w := range strings.Fields(fold(query).text) {
		if !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// folded is a text as it is compared. at has for each byte of it, and for its end,
// where the rune that it is of begins in the text.
type folded struct {
	text string
	at   []int
}

// end is where in the text a part ends that ends here when folded: behind a letter
// of which only the half was asked for.
func (f folded) end(here int, text string) int {
	if here < len(f.text) && f.at[here] == f.at[here-1] {
		_, size := utf8.DecodeRuneInString(text[f.at[here]:])
		return f.at[here] + size
	}
	return f.at[here]
}

// twos are the letters that are written as two.
var twos = map[rune]string{'æ': "ae", 'ø': "oe", 'å': "aa", 'ä': "ae", 'ö': "oe"}

// plain are letters with an accent that Danish words have, without it.
var plain = map[rune]rune{'é': 'e', 'è': 'e', 'ê': 'e', 'ë': 'e', 'á': 'a', 'à': 'a', 'ó': 'o', 'ò': 'o', 'ú': 'u', 'ü': 'u', 'í': 'i', '–': '-', '‑': '-', '_': '-'}

func fold(text string) folded {
	var b strings.Builder
	var at []int
	for i, r := range text {
		r = unicode.ToLower(r)
		if p, ok := plain[r]; ok {
			r = p
		}
		written := string(r)
		if two, ok := twos[r]; ok {
			written = two
		}
		b.WriteString(written)
		for range len(written) {
			at = append(at, i)
		}
	}
	return folded{b.String(), append(at, len(text))}
}
