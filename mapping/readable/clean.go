package readable

import (
	"strings"
	"unicode"
)

// clean makes foreign text fit to be shown: every character that cannot be seen
// and could end a line, leave the page or turn what stands beside it around is
// replaced by �, so that a reader sees that something was there. Line breaks
// are kept as \n. Everything that is shown passes through here, so that HTML,
// XHTML and text are well-formed whatever the document holds.
func clean(s string) string {
	if legible(s) {
		return strings.TrimSpace(s)
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= ' ' && r <= '~' || r >= '\u00c0' && r <= '\u024f': // nearly all there is
			return r
		case r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f':
			return '\n'
		case r == '\t' || unicode.Is(unicode.Zs, r) && r != '\u00a0':
			return ' '
		case r == '\u200c' || r == '\u200d' || r == '\u00ad':
			return r // joiners of scripts and emoji, and the soft hyphen
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r&0xfffe == 0xfffe, unicode.Is(unicode.Cs, r):
			return '\ufffd'
		}
		return r
	}, s))
}

// legible reports whether a text has nothing but what can be seen, of ASCII and of
// the letters up to U+00FF: nearly all that documents hold.
func legible(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= ' ' && c <= '~':
		case c == 0xc3 && i+1 < len(s) && s[i+1] >= 0x80 && s[i+1] <= 0xbf:
			i++
		default:
			return false
		}
	}
	return true
}

// line folds a text into one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// unlabelled is a text without the label that the page puts before it, where the
// sender wrote it too: "CAVE: penicillin", "Værge: Jens".
func unlabelled(text, label string) string {
	if len(text) <= len(label) || !strings.EqualFold(text[:len(label)], label) {
		return text
	}
	rest := strings.TrimLeft(text[len(label):], " ")
	after, found := strings.CutPrefix(rest, ":")
	if after = strings.TrimSpace(after); after == "" || !found && rest == text[len(label):] {
		return text // the label alone, or the beginning of another word
	}
	return after
}
