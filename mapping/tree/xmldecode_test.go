package tree

import (
	"strings"
	"testing"
)

// The bytes decide; a declaration that lies is reported.
func TestDecodeXML(t *testing.T) {
	utf16 := func(s, mark string, high, low int) []byte {
		b := []byte(mark)
		for _, c := range []byte(s) {
			pair := [2]byte{}
			pair[low], pair[high] = c, 0
			b = append(b, pair[:]...)
		}
		return b
	}
	stated := func(encoding string) string { return `<?xml version="1.0" encoding="` + encoding + `"?>` }
	for _, c := range []struct {
		name string
		src  []byte
		want string
		lie  Misdeclared
	}{
		{"nothing said", []byte("<a>æ</a>"), "<a>æ</a>", ""},
		{"UTF-8 said", []byte(stated("utf-8") + "<a>æ</a>"), stated("utf-8") + "<a>æ</a>", ""},
		{"a mark", []byte("\uFEFF<a>æ</a>"), "<a>æ</a>", ""},
		{"ASCII said to be ISO-8859-1", []byte(stated("ISO-8859-1") + "<a/>"), stated("ISO-8859-1") + "<a/>", ""},
		{"ASCII said to be UTF-16", []byte(stated("UTF-16") + "<a/>"), stated("UTF-16") + "<a/>", IsUTF8},
		{"UTF-8 said to be ISO-8859-1", []byte(stated("ISO-8859-1") + "<a>æ</a>"), stated("ISO-8859-1") + "<a>æ</a>", IsUTF8},
		{"a mark said to be ISO-8859-1", []byte("\uFEFF" + stated("ISO-8859-1") + "<a/>"), stated("ISO-8859-1") + "<a/>", IsUTF8},
		{"ISO-8859-1", []byte(stated("iso-8859-1") + "<a>\xe6\xf8\xe5</a>"), stated("iso-8859-1") + "<a>æøå</a>", ""},
		{"Windows-1252", []byte(stated("Windows-1252") + "<a>\xe6 \x80\x96</a>"), stated("Windows-1252") + "<a>æ €–</a>", ""},
		{"Windows-1252 said to be ISO-8859-1", []byte(stated("ISO-8859-1") + "<a>\xe6\x96</a>"), stated("ISO-8859-1") + "<a>æ–</a>", IsWindows1252},
		{"UTF-16 little-endian", utf16("<a>1</a>", "\xff\xfe", 1, 0), "<a>1</a>", ""},
		{"UTF-16 big-endian", utf16(stated("UTF-16")+"<a/>", "\xfe\xff", 0, 1), stated("UTF-16") + "<a/>", ""},
		{"UTF-16 said to be UTF-8", utf16(stated("UTF-8")+"<a/>", "\xfe\xff", 0, 1), stated("UTF-8") + "<a/>", IsUTF16},
		{"a surrogate pair", []byte("\xfe\xff\x00<\x00a\x00>\xd8\x3d\xde\x00\x00<\x00/\x00a\x00>"), "<a>😀</a>", ""},
	} {
		got, lie, err := DecodeXML(c.src)
		if err != nil || got != c.want || lie != c.lie {
			t.Errorf("%s: got %q, %q, %v; want %q, %q", c.name, got, lie, err, c.want, c.lie)
		}
		if _, err := ParseXML(got, Limits{}); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, c := range []struct{ src, want string }{
		{"<a>\n\xe6</a>", "the document is not UTF-8 (line 2, column 1)"},
		{stated("UTF-8") + "<a>\xe6</a>", "the document is not UTF-8 (line 1, column 42)"},
		{stated("ISO-8859-15") + "<a>\xa4</a>", "the document is not UTF-8 (line 1, column 48)"},
		{"\uFEFF" + stated("ISO-8859-1") + "<a>\xe6</a>", "the document is not UTF-8 (line 1, column 47)"},
		{stated("ISO-8859-1") + "<a>\x81</a>", "the document is neither UTF-8 nor Windows-1252, expected UTF-8"},
		{"<\x00a\x00/\x00>\x00", "the document is in UTF-16 without a byte order mark, expected UTF-8"},
		{"\x00<\x00a\x00/\x00>", "the document is in UTF-16 without a byte order mark, expected UTF-8"},
		{"\xff\xfe\x00\x00<\x00\x00\x00", "the document is in UTF-32, expected UTF-8"},
		{"\x00\x00\xfe\xff\x00\x00\x00<", "the document is in UTF-32, expected UTF-8"},
		{"\xfe\xff\x00<\x00", "the document is in UTF-16 and ends inside a character, expected UTF-8"},
		{"\xfe\xff\xd8\x00\x00<", "the document is in UTF-16 and has half a character, expected UTF-8"},
		{"\xfe\xff\xdc\x00", "the document is in UTF-16 and has half a character, expected UTF-8"},
	} {
		if text, lie, err := DecodeXML([]byte(c.src)); err == nil || err.Error() != "$this: "+c.want || text != "" || lie != "" {
			t.Errorf("%q: got %q, %q, %v; want %s", c.src, text, lie, err, c.want)
		}
	}
}

// The published referral says that it is ISO-8859-1, and is UTF-8.
func TestDecodePublishedReferral(t *testing.T) {
	text := xmlFiles(t)["medcom-legacy/XREF01.xml"]
	_, lie, err := DecodeXML([]byte(text))
	if err != nil || lie != IsUTF8 || !strings.Contains(text, "Lægehuset") {
		t.Errorf("got %q, %v", lie, err)
	}
}
