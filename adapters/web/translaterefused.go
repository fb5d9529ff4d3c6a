package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// translateRefusal is what templates/refused.gohtml shows: why a document was not
// translated.
type translateRefusal struct {
	translateForm
	Faults []translateFault
	Sealed string
	Print  string
	Other  bool // a link was about another document
	Status int
}

// translateFault is one error. The value is the sender's own, and goes to nobody else.
type translateFault struct {
	Kind          mapping.Kind
	Path, Message string
	Field         string // that it is about, as the page calls it; of the document none
	Value         string
	Excerpt       []translateExcerptLine
	Line          int
}

// translateExcerptLine is a line of the document near a fault.
type translateExcerptLine struct {
	Number              int
	Before, Mark, After string
	Here                bool
}

// refused answers with what is wrong, and the form to mend it in.
func (v *view) refused(a *translateAsk, err error) error {
	r := translateRefusal{translateForm: v.translateForm(a), Status: statusOf(err), Print: translatePrint(a.Text)}
	if r.Status == http.StatusInternalServerError {
		return err // ours to mend: the frame says so
	}
	r.Other = a.Expected != "" && a.Text != "" && a.Expected != r.Print
	if a.Text != "" {
		r.Sealed = translateSeal(a.Text)
	}
	text := a.Text
	if tree.IsXML(text) {
		if decoded, _, err := tree.DecodeXML([]byte(text)); err == nil {
			text = decoded
		}
	}
	for _, e := range translateFaults(err, v.lang) {
		f := translateFault{Kind: e.Kind, Path: e.Path, Message: v.translateSays(a, e), Field: v.translateNamed(e.Path)}
		f.Value, _ = leafShown(e.Value)
		if line, column := translatePlace(text, e); line > 0 {
			f.Line, f.Excerpt = line, translateExcerpt(text, line, column)
		}
		r.Faults = append(r.Faults, f)
	}
	return v.render(r.Status, "refused", r)
}

// translateWorded is an error that has its words in more than one language.
type translateWorded interface {
	Issues(language string) []*mapping.Error
}

// translateFaults lists the errors in err, the joined ones one by one.
func translateFaults(err error, lang string) []*mapping.Error {
	switch e := err.(type) {
	case translateWorded:
		return e.Issues(lang)
	case *mapping.Error:
		var inner *mapping.Error
		if errors.As(e.Err, &inner) { // what Error says, too
			return []*mapping.Error{{Kind: e.Kind, Path: cmp.Or(e.Path, inner.Path), Message: e.Message + ": " + inner.Error(), Value: cmp.Or(e.Value, inner.Value)}}
		}
		return []*mapping.Error{e}
	case interface{ Unwrap() []error }:
		var all []*mapping.Error
		for _, one := range e.Unwrap() {
			all = append(all, translateFaults(one, lang)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil {
		return translateFaults(inner, lang)
	}
	return []*mapping.Error{{Kind: mapping.Exception, Message: "that did not work"}}
}

var translateSaid = regexp.MustCompile(`line (\d+), column (\d+)`)

// translatePlace is the line and the column of a fault, 0 where they are not known: what
// the reader of the document says, or where its path is.
func translatePlace(text string, e *mapping.Error) (line, column int) {
	if m := translateSaid.FindStringSubmatch(e.Message); m != nil {
		line, _ = strconv.Atoi(m[1])   // digits, by the pattern
		column, _ = strconv.Atoi(m[2]) // a number too large is no place
		return line, column
	}
	if e.Path == "" || text == "" {
		return 0, 0
	}
	doc, err := tree.Read(text, tree.Limits{})
	if err != nil {
		return 0, 0
	}
	offset := translateOffset(doc, e.Path)
	if offset < 0 {
		return 0, 0
	}
	before := doc.Source()[:offset]
	return 1 + strings.Count(before, "\n"), offset - strings.LastIndexByte(before, '\n')
}

// translateOffset is where the node of a path begins in the text of a document, -1 where
// no node has it. Nodes stand in the order of the text, so that each is looked for
// behind the one before.
func translateOffset(doc *tree.Doc, path string) int {
	if doc.Path(doc.Root()) == path {
		return 0
	}
	src, pos := doc.Source(), 0
	for n := doc.Root() + 1; int(n) < doc.Len(); n++ {
		begin := pos
		if i := strings.Index(src[pos:], translateOpening(doc, n)); i >= 0 {
			begin = pos + i
			pos = begin + len(translateOpening(doc, n))
		}
		if doc.Path(n) == path {
			return begin
		}
		if !doc.XML() && !doc.Kind(n).Container() {
			if i := strings.Index(src[pos:], doc.Raw(n)); i >= 0 {
				pos += i + len(doc.Raw(n))
			}
		}
	}
	return -1
}

// translateOpening is what a node begins with in the text: its key in JSON, its tag or the
// name of the attribute in XML; nothing for what has no name.
func translateOpening(doc *tree.Doc, n tree.ID) string {
	key := doc.RawKey(n)
	switch {
	case key == "" && !doc.XML() && !doc.Kind(n).Container():
		return doc.Raw(n)
	case key == "":
		return ""
	case !doc.XML():
		return `"` + key + `"`
	}
	prefix := doc.Prefix(n)
	if prefix != "" {
		prefix += ":"
	}
	if name, attribute := strings.CutPrefix(key, "@"); attribute {
		return prefix + name + "="
	}
	if strings.HasSuffix(key, "()") {
		return ""
	}
	return "<" + prefix + key
}

// translateAround is how many lines are shown before and after the one of a fault, and
// width how much of a line.
const (
	translateAround = 2
	translateWidth  = 160
)

// translateExcerpt is the lines around a place. Of a line that is long, as of a document
// without line ends, what is near the place is shown.
func translateExcerpt(text string, line, column int) (all []translateExcerptLine) {
	lines := strings.Split(text, "\n")
	if line > len(lines) {
		return nil
	}
	for i := max(0, line-1-translateAround); i < min(len(lines), line+translateAround); i++ {
		l := strings.ToValidUTF8(strings.TrimRight(lines[i], "\r"), "�")
		if i != line-1 {
			all = append(all, translateExcerptLine{Number: i + 1, Before: translateNear(l, 0, translateWidth)})
			continue
		}
		at := min(max(0, column-1), len(l))
		for at > 0 && at < len(l) && !utf8.RuneStart(l[at]) {
			at--
		}
		end := at
		for end < len(l) && end-at < 80 && !strings.ContainsRune(",}]>", rune(l[end])) {
			end++
		}
		for end < len(l) && !utf8.RuneStart(l[end]) {
			end++
		}
		all = append(all, translateExcerptLine{Number: i + 1, Here: true, Before: translateEnding(l[:at], translateWidth/2), Mark: l[at:end], After: translateNear(l[end:], 0, translateWidth/2)})
	}
	return all
}

// translateNear is so many characters of a text from a place, ending the last of it.
func translateNear(s string, from, n int) string {
	if s = s[from:]; utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

func translateEnding(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return "…" + string(runes[len(runes)-n:])
}

// translatePolicy allows the one style that a page of package readable has, and
// nothing else.
func translatePolicy(page []byte) string {
	style := "'none'"
	if _, rest, ok := bytes.Cut(page, []byte("<style>")); ok {
		css, _, _ := bytes.Cut(rest, []byte("</style>"))
		sum := sha256.Sum256(css)
		style = "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + style + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
}
