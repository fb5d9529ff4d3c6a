package ledger

import (
	"bytes"
	"encoding/json"
	"strings"

	"tolk/mapping/tree"
)

// count states how many leaves there are, and how many of each fate.
func (l *Ledger) count(counts [fates]int, leaves int) {
	l.Counts = map[string]int{"leaves": leaves}
	for _, f := range Fates() {
		l.Counts[f.String()] = counts[f]
	}
}

// MarshalJSON writes the whole account.
func (l Ledger) MarshalJSON() ([]byte, error) {
	type facts Ledger // which is written by its fields
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // that is for who asked to say
	err := e.Encode(struct {
		facts
		Source []Line   `json:"source"`
		Target []Origin `json:"target"`
	}{facts(l), l.Lines(), l.Origins()})
	return b.Bytes(), err
}

// Same reports whether a leaf was written as it stands in the source: of a JSON
// document to the byte, of an XML document, which has no kinds, the same text.
func Same(doc *tree.Doc, source tree.ID, out *tree.Out, leaf tree.OutID) bool {
	if out.Kind(leaf).Container() {
		return true
	}
	return written(doc, source, out.Raw(leaf))
}

// written reports whether raw, a scalar of JSON, says what leaf n of doc says.
func written(doc *tree.Doc, n tree.ID, raw string) bool {
	if !doc.XML() {
		return raw == doc.Raw(n)
	}
	if text, quoted := strings.CutPrefix(raw, `"`); quoted {
		return tree.Unquote(strings.TrimSuffix(text, `"`)) == doc.Text(n)
	}
	return raw == doc.Text(n)
}
