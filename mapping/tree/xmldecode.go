package tree

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tolk/mapping"
)

// Misdeclared tells that an XML document says of itself that it is in another
// encoding than its bytes are in, and how it was read; the zero value tells
// that it does not.
type Misdeclared string

// What the bytes were in spite of the declaration.
const (
	IsUTF8        Misdeclared = "the document declares another encoding than UTF-8, but its bytes are UTF-8: read as UTF-8"
	IsUTF16       Misdeclared = "the document declares another encoding than UTF-16, but its bytes are UTF-16: read as UTF-16"
	IsWindows1252 Misdeclared = "the document declares ISO-8859-1, but has bytes that only Windows-1252 has characters for: read as Windows-1252"
)

// DecodeXML returns the text of an XML document, without its byte order mark.
// What it is in is decided by the bytes: by a byte order mark, and otherwise
// it is UTF-8 if it can be. The declaration is believed only where the bytes
// leave no other choice, and only of ISO-8859-1 and Windows-1252. A document
// that is wrongly declared is read, and reported.
func DecodeXML(src []byte) (string, Misdeclared, error) {
	switch {
	case bytes.HasPrefix(src, []byte("\x00\x00\xFE\xFF")) || bytes.HasPrefix(src, []byte("\xFF\xFE\x00\x00")):
		return "", "", encodingFault("the document is in UTF-32, expected UTF-8")
	case bytes.HasPrefix(src, []byte("\xFE\xFF")):
		return decodeUTF16(src[2:], binary.BigEndian)
	case bytes.HasPrefix(src, []byte("\xFF\xFE")):
		return decodeUTF16(src[2:], binary.LittleEndian)
	case bytes.HasPrefix(src, []byte("<\x00")) || bytes.HasPrefix(src, []byte("\x00<")):
		return "", "", encodingFault("the document is in UTF-16 without a byte order mark, expected UTF-8")
	}
	marked := bytes.HasPrefix(src, []byte("\uFEFF"))
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	stated := encoding(src)
	if utf8.Valid(src) {
		lie := Misdeclared("")
		if stated != "" && stated != "utf-8" && stated != "utf8" && (marked || !ascii(src) || !superset(stated)) {
			lie = IsUTF8
		}
		return string(src), lie, nil
	}
	switch {
	case marked:
	case stated == "iso-8859-1" || stated == "latin1":
		return decodeLatin1(src, IsWindows1252)
	case stated == "windows-1252" || stated == "cp1252":
		return decodeLatin1(src, "")
	}
	p := parser{src: string(src)}
	return "", "", placed(p.utf8Fault())
}

func encodingFault(message string) error {
	return &mapping.Error{Kind: mapping.Structure, Path: "$this", Message: message}
}

func ascii(src []byte) bool {
	for _, c := range src {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// superset reports whether the encoding writes ASCII as ASCII, so that a
// document that is all ASCII is truly in it.
func superset(encoding string) bool {
	for _, start := range []string{"us-ascii", "ascii", "iso-8859-", "latin1", "windows-125", "cp125"} {
		if strings.HasPrefix(encoding, start) {
			return true
		}
	}
	return false
}

// encoding returns the encoding that the XML declaration of src states, in
// lower case, "" if none.
func encoding(src []byte) string {
	head := string(src[:min(len(src), 256)])
	end := strings.Index(head, "?>")
	if !strings.HasPrefix(head, "<?xml") || end < 0 {
		return ""
	}
	stated, _ := declared(head[len("<?xml"):end])
	return strings.ToLower(stated.encoding)
}

// declaration is what an XML declaration states.
type declaration struct{ version, encoding, standalone string }

// declared reads what stands between <?xml and ?>, and reports whether it is
// what XML allows there.
func declared(s string) (declaration, bool) {
	var d declaration
	for _, want := range []struct {
		name  string
		value *string
	}{{"version", &d.version}, {"encoding", &d.encoding}, {"standalone", &d.standalone}} {
		rest := strings.TrimLeft(s, " \t\r\n")
		after, ok := strings.CutPrefix(rest, want.name)
		if !ok || rest == s {
			continue
		}
		after, ok = strings.CutPrefix(strings.TrimLeft(after, " \t\r\n"), "=")
		after = strings.TrimLeft(after, " \t\r\n")
		if !ok || after == "" || after[0] != '"' && after[0] != '\'' {
			return d, false
		}
		end := strings.IndexByte(after[1:], after[0])
		if end < 0 {
			return d, false
		}
		*want.value, s = after[1:1+end], after[end+2:]
		if want.name == "encoding" && !encodingName(*want.value) {
			return d, false
		}
	}
	lone := d.standalone == "" || d.standalone == "yes" || d.standalone == "no"
	return d, strings.Trim(s, " \t\r\n") == "" && d.version != "" && lone
}

// encodingName reports whether s can be the name of an encoding (XML 1.0,
// production 81).
func encodingName(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

func decodeUTF16(src []byte, order binary.ByteOrder) (string, Misdeclared, error) {
	var b strings.Builder
	b.Grow(len(src))
	for len(src) > 1 {
		r, size := rune(order.Uint16(src)), 2
		if utf16.IsSurrogate(r) && len(src) >= 4 {
			r, size = utf16.DecodeRune(r, rune(order.Uint16(src[2:]))), 4
		}
		if utf16.IsSurrogate(r) || r == utf8.RuneError && size == 4 {
			return "", "", encodingFault("the document is in UTF-16 and has half a character, expected UTF-8")
		}
		b.WriteRune(r)
		src = src[size:]
	}
	if len(src) > 0 {
		return "", "", encodingFault("the document is in UTF-16 and ends inside a character, expected UTF-8")
	}
	text := b.String()
	if stated := encoding([]byte(text)); stated != "" && !strings.HasPrefix(stated, "utf-16") {
		return text, IsUTF16, nil
	}
	return text, "", nil
}

// windows1252 has the characters of the bytes 0x80 to 0x9F, 0 where Windows-1252
// has none.
var windows1252 = [32]rune{
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
}

// decodeLatin1 reads ISO-8859-1 and, where that has only control characters
// that nobody writes, Windows-1252, which is then reported as beyond.
func decodeLatin1(src []byte, beyond Misdeclared) (string, Misdeclared, error) {
	var b strings.Builder
	b.Grow(len(src) + len(src)/8)
	notice := Misdeclared("")
	for _, c := range src {
		r := rune(c)
		if c >= 0x80 && c < 0xA0 {
			notice = beyond
			if r = windows1252[c-0x80]; r == 0 {
				return "", "", encodingFault("the document is neither UTF-8 nor Windows-1252, expected UTF-8")
			}
		}
		b.WriteRune(r)
	}
	return b.String(), notice, nil
}
