package transcript

import (
	"tolk/mapping"
	"tolk/mapping/tree"
)

// NewXML begins a transcript of doc into a document in XML whose elements are in
// the namespace. What is written has the shape that tree.Out.AsXML describes;
// every value is a text.
func NewXML(doc *tree.Doc, from, to, space string) *Transcript {
	t := begin(doc, from, to, doc.Len()/4+64) // a letter has few elements: most is told in words
	t.Out.AsXML(space)
	return t
}

// Printable asks the same of a document in JSON: its texts are told again in XHTML,
// and FHIR has no other characters in a text either.
func (t *Transcript) Printable() { t.printable = true }

// characters refuses a text that XML has no characters for, with its place in
// the source: they cannot be written, and leaving them out would be silent.
func (t *Transcript) characters() error {
	if !t.Out.XML() && !t.printable || t.Out.XMLTexts() {
		return nil
	}
	var fault error
	placed := false // where it stands in the source, and not only in what was made of that
	t.Out.WalkBytes(0, func(leaf tree.OutID, path []byte) {
		raw := t.Out.Raw(leaf)
		if placed || len(raw) < 2 || raw[0] != '"' || tree.XMLText(tree.Unquote(raw[1:len(raw)-1])) {
			return
		}
		place := string(path)
		if from, _ := t.Out.Origin(leaf); from != tree.None {
			place, placed = t.Doc.Path(from), true
		}
		if fault != nil && !placed {
			return
		}
		fault = &mapping.Error{Kind: mapping.Value, Path: place, Message: "it holds a character that XML 1.0 does not have, such as a control character; expected a text without it"}
	})
	return fault
}
