package mapping

import (
	"strings"
	"unicode/utf8"
)

// Encoded tells what stands in the way of reading a file of mappings as UTF-8, and
// where: line and column from 1. The message is empty where nothing does.
func Encoded(text string) (line, column int, message string) {
	switch {
	case strings.HasPrefix(text, "\ufeff"):
		return 1, 1, "the file begins with a byte order mark, expected UTF-8 without"
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), strings.ContainsRune(text, 0):
		return 1, 1, "the file is in UTF-16 (\"Unicode\"), expected UTF-8"
	}
	line, column = 1, 1
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			return line, column, "the file is not UTF-8, as in Windows-1252 or Latin-1; expected UTF-8"
		case r == '\ufffd':
			return line, column, "a letter was lost here when the file was written in another encoding"
		case r == '\n':
			line, column = line+1, 0
		}
		column++
	}
	return 0, 0, ""
}
