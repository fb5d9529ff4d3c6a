package tree

import (
	"strings"
	"unicode/utf8"
)

// keySet tells whether an object already has a key. It walks the siblings
// while they are few, as in every real document, and keeps a set beyond that,
// so that a hostile object with a million keys costs no more than its size.
type keySet struct {
	doc    *Doc
	object ID
	count  int
	// escaped tells that a key so far is spelled with an escape; until then
	// keys are the same if they are written the same.
	escaped bool
	seen    map[string]struct{}
	met     uint64 // a bit for every mark of a key so far: a key whose bit is not set is new
}

const manyKeys = 32

// add reports whether the raw key, which may be written with an escape, is new in the
// object.
func (s *keySet) add(raw string, escaped bool) bool {
	s.count++
	s.escaped = s.escaped || escaped
	if s.seen == nil {
		bit := mark(raw)
		if (s.met&bit != 0 || s.escaped) && s.written(raw) {
			return false
		}
		s.met |= bit
		if s.count < manyKeys {
			return true
		}
		s.seen = make(map[string]struct{}, 2*manyKeys)
		for c := s.doc.First(s.object); c != None; c = s.doc.nodes[c].next {
			s.seen[s.doc.Key(c)] = struct{}{}
		}
	}
	key := unescape(raw)
	if _, ok := s.seen[key]; ok {
		return false
	}
	s.seen[key] = struct{}{}
	return true
}

// mark is a bit that is the same for keys that are written the same.
func mark(raw string) uint64 {
	n := len(raw)
	if n == 0 {
		return 1
	}
	return 1 << ((uint(n)*5 + uint(raw[0])*3 + uint(raw[n-1])*7 + uint(raw[n/2])) % 64)
}

// written reports whether a member before has this key, however spelled.
func (s *keySet) written(raw string) bool {
	for c := s.doc.First(s.object); c != None; c = s.doc.nodes[c].next {
		if s.doc.RawKey(c) == raw || s.escaped && s.doc.Key(c) == unescape(raw) {
			return true
		}
	}
	return false
}

// unescape resolves the escapes of a checked JSON string. A string without any,
// which is nearly every one, is returned as it is.
func unescape(raw string) string {
	i := strings.IndexByte(raw, '\\')
	if i < 0 {
		return raw
	}
	b := make([]byte, 0, len(raw))
	for i >= 0 {
		b = append(b, raw[:i]...)
		raw = raw[i+1:]
		switch c := raw[0]; c {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, _ := hex4(raw, 1)
			raw = raw[4:]
			if r >= 0xd800 && r < 0xdc00 {
				low, _ := hex4(raw, 3)
				r = 0x10000 + (r-0xd800)<<10 + (low - 0xdc00)
				raw = raw[6:]
			}
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, c)
		}
		raw = raw[1:]
		i = strings.IndexByte(raw, '\\')
	}
	return string(append(b, raw...))
}

// hex4 reads four hexadecimal digits of s from position i.
func hex4(s string, i int) (rune, bool) {
	if i+4 > len(s) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// Quote returns s as a JSON string. Only what JSON demands is escaped: '<' and
// '&' stay as they are, because a FHIR comparator that became \u003c is read
// back wrongly by others.
func Quote(s string) string {
	if unescaped(s) < len(s) {
		return string(AppendQuote(make([]byte, 0, len(s)+8), s))
	}
	return `"` + s + `"` // as nearly all text is
}

// unescaped returns how many bytes s begins with that stand in a JSON string as they
// are: none below a space, no '"' and no '\\'.
func unescaped(s string) int { return plainEnd(s, 0) }

// AppendQuote appends s as a JSON string to b, as Quote writes it.
func AppendQuote(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	i := unescaped(s)
	if i == len(s) { // as nearly all text is
		return append(append(b, s...), '"')
	}
	done := 0
	for ; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[done:i]...)
		done = i + 1
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[done:]...), '"')
}

// Unquote resolves the escapes of a JSON string as written, given without its
// quotes. The string must be well-formed.
func Unquote(raw string) string { return unescape(raw) }
