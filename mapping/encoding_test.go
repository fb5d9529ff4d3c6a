package mapping_test

import (
	"strings"
	"testing"

	"tolk/mapping"
)

// What a spreadsheet or an editor made of a file is told by name, with its place.
func TestEncoded(t *testing.T) {
	for name, c := range map[string]struct {
		text         string
		line, column int
		want         string
	}{
		"UTF-8":              {"søvn\næ\n", 0, 0, ""},
		"nothing":            {"", 0, 0, ""},
		"a byte order mark":  {"\ufeffa", 1, 1, "a byte order mark"},
		"UTF-16":             {"\xff\xfea\x00", 1, 1, "in UTF-16"},
		"UTF-16, big-endian": {"\xfe\xff\x00a", 1, 1, "in UTF-16"},
		"without its mark":   {"a\x00b\x00", 1, 1, "in UTF-16"},
		"Latin-1":            {"æ\nsø,p\xe5", 2, 5, "not UTF-8"},
		"what was lost":      {"a\ufffd", 1, 2, "a letter was lost"},
	} {
		line, column, got := mapping.Encoded(c.text)
		if line != c.line || column != c.column || (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %d:%d %q, want %d:%d %q", name, line, column, got, c.line, c.column, c.want)
		}
	}
}
