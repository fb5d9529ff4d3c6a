package work

import (
	"slices"
	"strings"

	"tolk/adapters/envelope"
	"tolk/adapters/fmk"
	"tolk/adapters/xref"
	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/fhirxml"
	"tolk/mapping/message"
	"tolk/mapping/tree"
	envelopes "tolk/node/enclose"
)

// source is a message as it came, opened and read as far as its translation needs
// to know what it is.
type source struct {
	whole    string             // byte for byte
	text     string             // without its envelope
	envelope *envelope.Envelope // nil for none
	message  *message.Message   // of FHIR; nil for what is none
	doc      *tree.Doc          // in JSON; nil for XML of its own
	xml      bool               // it came in XML
	form     string             // empty where nobody knows it
	document string             // as the caller said, where it is a kind of document
}

// readSource opens a message. kind and form are what was settled when it was
// accepted; an empty form is recognised. The error is a *mapping.Error.
func readSource(g message.Gateway, body []byte, kind, form string) (*source, error) {
	s := &source{whole: string(body), text: string(body), form: form}
	if slices.Contains(document.Documents(), kind) {
		s.document = kind
	}
	if envelope.Is(s.text) {
		var err error
		if s.envelope, err = envelope.Unwrap(body, len(body)); err != nil {
			return nil, err
		}
		if s.envelope.Receipt != nil {
			return s, nil
		}
		s.text = s.envelope.Text()
	}
	s.xml = tree.IsXML(s.text)
	if err := s.read(); err != nil || s.doc == nil {
		return s, err
	}
	root := s.doc.Root()
	if s.doc.Text(s.doc.Child(root, "resourceType")) == "Bundle" && s.doc.Text(s.doc.Child(root, "type")) == "message" {
		s.message, _ = message.Read(s.doc) // what is wrong with it the translation says
	}
	if s.form == "" {
		s.form = s.recognise(g)
	}
	return s, nil
}

// read parses what is JSON, or FHIR in XML, and recognises a letter and a card.
func (s *source) read() error {
	limits := tree.Limits{Bytes: len(s.text) * 8}
	if !s.xml {
		var err error
		s.doc, err = tree.Parse(s.text, limits)
		return err
	}
	text, _, err := tree.DecodeXML([]byte(s.text))
	if err != nil {
		return err
	}
	if fhirxml.Is(text) {
		json, err := fhirxml.ToJSON(text, limits)
		if err == nil {
			s.doc, err = tree.Parse(json, limits)
		}
		return err
	}
	d, err := tree.ParseXML(text, limits)
	if err != nil || s.form != "" {
		return err
	}
	if form, _, err := xref.Recognise(d); err == nil {
		s.form = form
	} else if _, _, err := fmk.Recognise(d); err == nil {
		s.form = fmk.Form
	}
	return nil
}

// events are the forms that MedCom's messages of an event are in.
var events = map[string]string{message.CareCommunication: "carecommunication", message.HomeCareObservation: "hco"}

// recognise tells the form of JSON, empty where it is none or not the only one.
func (s *source) recognise(g message.Gateway) string {
	if s.doc.Text(s.doc.Child(s.doc.Root(), "resourceType")) == "" {
		return "plain"
	}
	if s.message != nil && events[s.message.Event] != "" {
		return events[s.message.Event]
	}
	form := ""
	for _, r := range g.Recognise(s.doc) {
		if s.document != "" && r.Document != s.document {
			continue
		}
		if form != "" && form != r.Form {
			return ""
		}
		form = r.Form
	}
	return form
}

// answer reports whether it is an acknowledgement, which goes on as it came.
func (s *source) answer() bool { return s.message != nil && s.message.IsAnswer }

// bundled reports whether it is a Bundle of FHIR.
func (s *source) bundled() bool {
	return s.doc != nil && s.doc.Text(s.doc.Child(s.doc.Root(), "resourceType")) == "Bundle"
}

// identifiers are what an answer to a message may name it by: of a FHIR message
// the Bundle's and the header's, of a letter its number.
func identifiers(payload []byte) (ids []string) {
	text := string(payload)
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if envelope.Is(text) {
		e, err := envelope.Unwrap(payload, len(payload))
		if err != nil || e.Receipt != nil {
			return nil
		}
		add(e.ID)
		text = e.Text()
	}
	s := &source{text: text, xml: tree.IsXML(text), form: "any"}
	if s.xml && !isFHIR(text) {
		if _, o, err := envelopes.Letter(text); err == nil {
			add(o.Message)
		}
		return ids
	}
	if s.read() != nil || !s.bundled() {
		return ids
	}
	if m, _ := message.Read(s.doc); m != nil {
		add(m.Header)
		add(m.Bundle)
	}
	return ids
}

func isFHIR(text string) bool {
	decoded, _, err := tree.DecodeXML([]byte(text))
	return err == nil && fhirxml.Is(decoded)
}

// marked reports whether anything in a Bundle is marked private, the documents
// that came along with it too.
func marked(d *tree.Doc) bool {
	b, err := bundle.Read(d)
	if err != nil {
		return false // it holds nothing
	}
	if b.AnyPrivate() {
		return true
	}
	for _, c := range message.Carries(b) {
		if c.Doc != nil && c.Doc.Text(c.Doc.Child(c.Doc.Root(), "resourceType")) == "Bundle" && marked(c.Doc) {
			return true
		}
	}
	return false
}

// contentType is how a body is declared.
func contentType(body []byte) string {
	text := string(body)
	switch {
	case envelope.Is(text):
		return "application/xml"
	case tree.IsXML(text) && isFHIR(text):
		return "application/fhir+xml"
	case tree.IsXML(text):
		return "application/xml"
	case strings.Contains(text, `"resourceType"`):
		d, err := tree.Parse(text, tree.Limits{Bytes: len(text)})
		if err == nil && d.Child(d.Root(), "resourceType") != tree.None {
			return "application/fhir+json"
		}
	}
	return "application/json"
}

// unsupported is a form that a receiver cannot be written to.
func unsupported(path, text string) error {
	return &mapping.Error{Kind: mapping.NotSupported, Path: path, Message: text}
}
