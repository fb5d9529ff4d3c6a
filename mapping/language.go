package mapping

import (
	"strconv"
	"strings"
)

// Language is the language that somebody is told in: Danish or English, which he wants
// more (RFC 9110, section 12.5.4), and otherwise where he wants neither.
func Language(accept, otherwise string) string {
	best, most := otherwise, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		q := 1.0
		if text, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			q, _ = strconv.ParseFloat(text, 64) // what is no number counts for nothing
		}
		if (tag == "da" || tag == "en") && q > most {
			best, most = tag, q
		}
	}
	return best
}
