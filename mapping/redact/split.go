package redact

import "strings"

// A number of a person can be written in pieces, so small that each is kept by itself:
// 25, 09, 47, 99, 89. What is kept where nobody knows what it is, in the order of the
// document, is looked through for pieces that are one together.

// piece reports whether a small number that would be kept is a piece of the number of a
// person. It is asked the same of a document in every pass.
func (s *session) piece(text string) bool {
	if len(text) > 3 || strings.Trim(text, "0123456789") != "" {
		return false
	}
	if s.pass == reading {
		s.small = append(s.small, text)
		return false
	}
	s.met++
	return s.split[s.met-1]
}

// together returns which of small numbers, one after the other, have ten digits together
// that begin with a date.
func together(small []string) map[int]bool {
	all := map[int]bool{}
	for from := range small {
		number := ""
		for to := from; to < len(small) && len(number) < 10; to++ {
			if number += small[to]; cprLike(number) {
				for i := from; i <= to; i++ {
					all[i] = true
				}
			}
		}
	}
	return all
}
