package tree

import "strings"

// IsXML reports whether a text is meant as XML: its first character that is no
// white space opens a tag, or it is in UTF-16, which no JSON document here is.
func IsXML(src string) bool {
	src = strings.TrimLeft(strings.TrimPrefix(src, "\uFEFF"), " \t\r\n")
	for _, opening := range []string{"<", "\xFE\xFF", "\xFF\xFE", "\x00<"} {
		if strings.HasPrefix(src, opening) {
			return true
		}
	}
	return false
}

// Read parses a text as what it is: XML or JSON.
func Read(src string, limits Limits) (*Doc, error) {
	if IsXML(src) {
		return ParseXML(src, limits)
	}
	return Parse(src, limits)
}
