package redact

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// deepest is how many documents stand in one another at most.
const deepest = 6

// decode reads base64 with white space in it.
func decode(text string) ([]byte, bool) {
	text = strings.Join(strings.Fields(text), "")
	for _, of := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := of.DecodeString(text); err == nil {
			return b, true
		}
	}
	return nil, false
}

// bytes returns what stands for bytes that stand in the document at a path: a
// document is redacted, a text becomes a text, and anything else the smallest
// that is of its type.
func (s *session) bytes(old []byte, path string) ([]byte, error) {
	if before, ok := s.inside[string(old)]; ok {
		return before, nil
	}
	new, err := s.redacted(string(old), path)
	if err != nil {
		return nil, err
	}
	s.inside[string(old)] = new
	s.digests[digest(old)] = digest(new)
	return new, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (s *session) redacted(old, at string) ([]byte, error) {
	path := s.below(at)
	if s.depth >= deepest {
		return nil, &mapping.Error{Kind: mapping.TooLong, Path: path, Message: fmt.Sprintf("a document in a document, more than %d deep", deepest)}
	}
	trimmed := strings.TrimLeft(strings.TrimPrefix(old, "\ufeff"), " \t\r\n")
	if tree.IsXML(old) || strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		above := s.above
		told := len(s.replaced)
		s.depth, s.above = s.depth+1, path
		new, _, err := s.document(old, path, "")
		s.depth, s.above = s.depth-1, above
		var e *mapping.Error
		switch {
		case err == nil:
			return []byte(new), nil
		case errors.As(err, &e) && (e.Kind == mapping.NotSupported || e.Kind == mapping.TooLong):
			refused := *e
			if !strings.HasPrefix(e.Path, path) { // it says where in the document inside
				refused.Path = path + " " + e.Path
			}
			return nil, &refused
		}
		s.replaced = s.replaced[:told] // it cannot be read, and is a text then
	}
	if kind := blank(old); kind != nil {
		return kind, nil
	}
	if utf8.ValidString(old) && !strings.ContainsRune(old, 0) {
		return []byte(s.text(old)), nil
	}
	if text, ok := latin(old); ok { // in the encoding that nothing in it says
		new, err := s.redacted(text, at)
		return []byte(encoded(string(new), old)), err
	}
	return []byte("redacted\n"), nil
}

// latin reads a text in ISO-8859-1, false where it is no text.
func latin(old string) (string, bool) {
	runes := make([]rune, len(old))
	for i := range len(old) {
		c := old[i]
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c >= 0x7F && c < 0xA0 {
			return "", false
		}
		runes[i] = rune(c)
	}
	return string(runes), true
}

// blank returns the smallest document of the type that the first bytes tell, nil for
// what they do not tell.
func blank(old string) []byte {
	var b bytes.Buffer
	dot := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Gray{128}, color.Gray{128}})
	var err error
	switch {
	case strings.HasPrefix(old, "\x89PNG"):
		err = png.Encode(&b, dot)
	case strings.HasPrefix(old, "\xff\xd8\xff"):
		err = jpeg.Encode(&b, dot, nil)
	case strings.HasPrefix(old, "GIF8"):
		err = gif.Encode(&b, dot, nil)
	case strings.HasPrefix(old, "%PDF"):
		return emptyPDF()
	default:
		return nil
	}
	if err != nil {
		panic("redact: " + err.Error()) // one grey dot can always be written
	}
	return b.Bytes()
}

// emptyPDF returns one empty page.
func emptyPDF() []byte {
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	table := "0000000000 65535 f \n"
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj%sendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table, len(objects)+1, at)
	return b.Bytes()
}

// base64 returns what stands for bytes in base64, on lines as long as they were.
func (s *session) base64(old, path string) (string, error) {
	b, ok := decode(old)
	if !ok {
		return "redacted, and no base64 before!", nil
	}
	new, err := s.bytes(b, path)
	if err != nil {
		return "", err
	}
	text := base64.StdEncoding.EncodeToString(new)
	lines := strings.Split(strings.TrimSpace(old), "\n")
	if len(lines) < 2 {
		return text, nil
	}
	width := len(strings.TrimSpace(lines[0]))
	lead := old[:strings.Index(old, strings.TrimSpace(lines[0]))]
	indent := lines[1][:len(lines[1])-len(strings.TrimLeft(lines[1], " \t"))]
	out := lead
	for width > 0 && len(text) > width {
		out, text = out+text[:width]+"\n"+indent, text[width:]
	}
	return out + text + old[len(strings.TrimRight(old, " \t\r\n")):], nil
}

// digested returns the digest of what a document inside became, and one of nothing
// for another. It takes SHA-256 in hexadecimal.
func (s *session) digested(old string) string {
	if new, ok := s.digests[strings.ToLower(old)]; ok {
		return new
	}
	return hex.EncodeToString(s.stream("digest" + old).bytes(sha256.Size))
}

// sum is the SHA-1 of an attachment, as FHIR R4 writes it.
func sum(b []byte) string {
	h := sha1.Sum(b)
	return base64.StdEncoding.EncodeToString(h[:])
}
