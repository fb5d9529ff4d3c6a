package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"tolk/mapping/measure"
)

// filler are words that say nothing and name nobody, and that nobody takes for what
// the document said.
var filler = strings.Fields(`lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt ut
	labore et dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea
	commodo consequat duis aute irure in reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur
	sint occaecat cupidatat non proident sunt culpa qui officia deserunt mollit anim id est laborum`)

// given are names to stand for names.
var given = strings.Fields(`Alma Asger Birk Bodil Carla Dagmar Ditte Ebbe Edith Ejner Elna Esben Filippa Freja Gerda
	Gorm Gudrun Halfdan Hedvig Hilda Holger Inga Ivar Johan Karla Kjeld Laust Liva Lykke Magna Malte Nanna Njal Oda
	Olga Orla Palle Ragna Regner Rigmor Runa Saga Signe Sigurd Solvej Svend Tage Thea Thyra Torben Troels Ulla Valdemar
	Vega Vibe Viggo Vilma Ymer Aaby Abild Agerbo Askov Birkely Bjerre Brandt Dalby Dalgas Egelund Elkjer Engbo Falster
	Fjord Glud Hede Hegn Hjort Holt Kilde Klint Krog Lindbo Lunding Markbo Mose Nygaard Odder Ravn Rosen Sand Skov
	Sommer Stald Strand Toft Torup Vang Vedel Vester Vinding`)

var (
	amountShape = regexp.MustCompile(`^([<>≤≥]=?\s?|[+-])?\d{1,7}([.,]\d{1,6})?$`)
	digestShape = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
)

// said reports whether a text says anything: it has a letter or a digit.
func said(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

// amount reports whether a text is a number, with or without a unit that is known:
// a measurement.
func amount(text string) bool {
	text = strings.TrimSpace(text)
	if amountShape.MatchString(text) {
		return !personal(text) && !birthLike(wholeOf(text))
	}
	i := strings.LastIndexFunc(text, unicode.IsDigit)
	return i > 0 && amountShape.MatchString(text[:i+1]) && !personal(text) && !birthLike(wholeOf(text[:i+1])) && unit(strings.TrimSpace(text[i+1:]))
}

// wholeOf returns the digits of a number before its point, or comma.
func wholeOf(number string) string {
	whole, _, _ := strings.Cut(strings.TrimLeft(number, "<>≤≥=+- "), ".")
	whole, _, _ = strings.Cut(whole, ",")
	return whole
}

// modest reports whether a text is an amount where none is expected: a number alone
// is small, as more digits are a part of the number of somebody, or of an address.
func modest(text string) bool {
	return amount(text) && (!amountShape.MatchString(text) || len(wholeOf(text)) <= 3)
}

// unit reports whether a text is a unit that is known, or two of them with a slash.
func unit(text string) bool {
	if _, ok := measure.UnitOf(text); ok || text == "%" || vocabulary["unit"][text] {
		return true
	}
	over, under, ok := strings.Cut(text, "/")
	return ok && under != "" && !strings.Contains(under, "/") && unit(over) && unit(under)
}

// text returns what stands for a text that says anything: as many lines of about
// the same length, and a line that stands twice the same twice.
func (s *session) text(old string) string {
	if !said(old) {
		return old
	}
	s.meet(old)
	lines := strings.Split(old, "\n")
	for i, line := range lines {
		within := strings.TrimSpace(line)
		if said(within) {
			at := strings.Index(line, within)
			lines[i] = line[:at] + s.saying(within) + line[at+len(within):]
		}
	}
	return strings.Join(lines, "\n")
}

// line returns what stands for one line, of as many characters. One without a
// space in it has none then.
func (s *session) line(old string) string {
	size := utf8.RuneCountInString(old) - utf8.RuneCountInString(control(old))
	spaced := strings.IndexFunc(old, unicode.IsSpace) >= 0
	first, _ := utf8.DecodeRuneInString(old)
	return s.standIn("line", old, func(from *stream) string {
		var b strings.Builder
		for b.Len() < size {
			left := size - b.Len()
			if b.Len() > 0 && spaced && left > 2 {
				b.WriteByte(' ')
				left--
			}
			b.WriteString(s.word(left, from))
		}
		text := []byte(b.String())
		if unicode.IsUpper(first) && len(text) > 0 {
			text[0] = byte(unicode.ToUpper(rune(text[0])))
		}
		if size > 8 && strings.HasSuffix(old, ".") {
			text[size-1] = '.'
		}
		return control(old) + danish(old, string(text))
	})
}

// control returns the first control character of a text: it says nothing, but that
// some forms refuse it.
func control(old string) string {
	for _, r := range old {
		if unicode.IsControl(r) && r != '\t' && r != '\r' {
			return string(r)
		}
	}
	return ""
}

// danish gives what stands for a word a letter that ASCII does not have where the
// word has one: a document that lies about its encoding still does.
func danish(old, new string) string {
	if strings.IndexFunc(old, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return new
	}
	if i := strings.IndexAny(new, "aeiouy"); i >= 0 {
		return new[:i] + "ø" + new[i+1:]
	}
	return new
}

// word returns a word of filler of at most n letters that does not stand in the
// document, and where none is found some letters.
func (s *session) word(most int, from *stream) string {
	for range 8 {
		w := filler[from.below(len(filler))]
		if len(w) <= most && most-len(w) != 1 && !s.words[w] {
			return w
		}
	}
	return s.letters(min(most, 3+from.below(6)), from)
}

// letters returns n letters that can be spoken and are no word of the document.
func (s *session) letters(n int, from *stream) string {
	b := make([]byte, n)
	p := s.patient("letters", n)
	for range p.tries(50) {
		p.tried++
		for i := range b {
			if i%2 == 0 {
				b[i] = "bdfgklmnprstv"[from.below(13)]
			} else {
				b[i] = "aeiou"[from.below(5)]
			}
		}
		if !s.words[string(b)] {
			break
		}
	}
	return string(b)
}

// name returns what stands for the name of a person, an organisation or a place:
// word by word, so that a name is the same whole and in its parts.
func (s *session) name(old string) string {
	s.meet(old)
	var b strings.Builder
	for len(old) > 0 {
		r, _ := utf8.DecodeRuneInString(old)
		same := func(is func(rune) bool) string {
			if i := strings.IndexFunc(old, func(r rune) bool { return !is(r) }); i >= 0 {
				return old[:i]
			}
			return old
		}
		var part string
		switch {
		case unicode.IsLetter(r):
			part = same(unicode.IsLetter)
			b.WriteString(s.named(part))
		case unicode.IsDigit(r):
			part = same(unicode.IsDigit)
			b.WriteString(s.token(part))
		default:
			part = same(func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			b.WriteString(part)
		}
		old = old[len(part):]
	}
	return b.String()
}

// named returns the name that stands for one word of a name, in its case.
func (s *session) named(word string) string {
	lower := strings.ToLower(word)
	single := utf8.RuneCountInString(word) == 1
	tries := 0
	new := s.standIn("name", lower, func(from *stream) string {
		tries++
		switch {
		case single:
			return s.letters(1, from)
		case tries < 100:
			return danish(word, strings.ToLower(given[from.below(len(given))]))
		}
		return danish(word, s.letters(4+from.below(5), from))
	})
	switch {
	case word == lower:
		return new
	case word == strings.ToUpper(word):
		return strings.ToUpper(new)
	}
	first, size := utf8.DecodeRuneInString(new)
	return string(unicode.ToUpper(first)) + new[size:]
}
