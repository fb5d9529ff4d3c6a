package document

import (
	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// Hub is a document as it stands in the hub form.
type Hub struct {
	*tree.Doc
	Document, Form string         // what it is, and the form it came in
	ledger         *ledger.Ledger // of the way to the hub; nil where it came in it
}

// Back is the place in the sender's document of a place in the hub form: the
// innermost one that is known.
func (h *Hub) Back(path string) string {
	if h.ledger == nil {
		return path
	}
	return h.ledger.Back(path)
}

// Hub reads a document and translates it to the hub form, whatever form it came
// in. JSON, or FHIR in XML, without q.From is read in the form that it is
// recognised as.
func (g *Gateway) Hub(document string, q Request) (*Hub, error) {
	var err error
	if q.From == "" {
		if q.From, err = g.form(document); err != nil {
			return nil, err
		}
	}
	source, _, err := g.read(document, q)
	if err != nil {
		return nil, err
	}
	if q.To = FHIR; q.From == FHIR {
		q.To = "plain" // what a kind is refused by, if it is not what is asked for
	}
	if q.Document, err = g.kind(source.Doc, q); err != nil {
		return nil, err
	}
	h := &Hub{Doc: source.Doc, Document: q.Document, Form: q.From}
	if q.From == FHIR {
		return h, nil
	}
	q.WithResidue, q.Residue, q.Strict = false, "", false
	way, err := g.way(q)
	if err != nil {
		return nil, err
	}
	w, err := g.travel(way, source, q)
	if err != nil {
		return nil, err
	}
	h.ledger = w.Ledger
	h.Doc, err = tree.Parse(string(w.Output), g.limits)
	return h, err
}

// form recognises the form of a document in JSON, or in FHIR's XML.
func (g *Gateway) form(document string) (string, error) {
	unknown := &mapping.Error{Kind: mapping.Required, Path: "from", Message: "the form of the document is not recognised; " + expectedForm("", Readable(""))}
	if tree.IsXML(document) {
		text, _, err := tree.DecodeXML([]byte(document))
		if err != nil {
			return "", err
		}
		switch document, err = fhirxml.ToJSON(text, g.limits); {
		case err != nil && fhirxml.Is(text):
			return "", err
		case err != nil:
			return "", unknown // XML of its own
		}
	}
	doc, err := tree.Parse(document, g.limits)
	if err != nil {
		return "", err
	}
	if plain := g.recognise["plain"]; plain != nil && plain(doc) != "" {
		return "plain", nil
	}
	if found := g.Recognise(doc); len(found) == 1 {
		return found[0].Form, nil
	}
	return "", unknown
}
