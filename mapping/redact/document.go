package redact

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/tree"
	"tolk/schemas"
	"tolk/schemas/fhir"
)

// Form is what a document is written in.
type Form string

// The forms. FHIR is every one that is FHIR R4, in JSON and in XML.
const (
	FHIR     Form = "fhir"
	Plain    Form = "plain"
	FMK      Form = "fmk"
	XREF     Form = "xref"
	Envelope Form = "envelope" // VANSEnvelope and ehmiSBDH
	unknown  Form = "unknown"  // inside another document only
	page     Form = "page"     // a narrative
)

// Forms lists the forms.
func Forms() []Form { return []Form{FHIR, Plain, FMK, XREF, Envelope} }

// unknownForm is how a document of no form is refused.
const unknownForm = "a form that is not known here; accepted: FHIR R4 in JSON or XML, the plain form (with dokument), " +
	"a medication card of FMK (also in SOAP), XREF01 and XREF15, and VANSEnvelope and StandardBusinessDocument"

// document redacts one document, the outermost or one inside it: above is the path
// it stands at.
func (s *session) document(text, above string, form Form) (string, Form, error) {
	if tree.IsXML(text) {
		return s.xml(text, above, form)
	}
	d, err := tree.Parse(text, s.Limits)
	if err != nil {
		return "", "", err
	}
	if err := s.within(d, above); err != nil {
		return "", "", err
	}
	found := jsonForm(d)
	if found == unknown && (form == FHIR || form == Plain) {
		found = form // and so a resource without a type, a document without a name
	}
	if _, known := fhir.Lookup(d.Text(d.Child(d.Root(), "resourceType"))); !known {
		s.hide(d, d.Root())
	}
	if err := s.expect(d, form, found, above); err != nil {
		return "", "", err
	}
	w := &walk{session: s, d: d, form: found}
	wordy := s.wordy
	s.wordy = ""
	if found == Plain {
		s.wordy = Plain
	}
	defer func() { s.wordy = wordy }()
	switch found {
	case FHIR:
		err = w.resource(d.Root())
	case Plain:
		err = w.plain(d.Root(), "")
	default:
		err = w.unknown(d.Root())
	}
	if err != nil {
		return "", "", err
	}
	return w.written(), found, nil
}

// expect refuses a form that is not known here, or is another than was said.
func (s *session) expect(d *tree.Doc, said, found Form, above string) error {
	switch {
	case found == unknown && above == "":
		return s.fault(mapping.NotSupported, d, d.Root(), unknownForm)
	case said != "" && said != found:
		return s.fault(mapping.Invalid, d, d.Root(), "expected "+string(said)+", found "+string(found))
	}
	return nil
}

func jsonForm(d *tree.Doc) Form {
	switch {
	case d.Kind(d.Root()) != tree.Object:
		return unknown
	case d.Child(d.Root(), "resourceType") != tree.None:
		return FHIR
	}
	name := d.Text(d.Child(d.Root(), "dokument"))
	for _, known := range schemas.Documents() {
		if name == known {
			return Plain
		}
	}
	return unknown
}

// xml redacts a document in XML.
func (s *session) xml(text, above string, form Form) (string, Form, error) {
	utf, _, err := tree.DecodeXML([]byte(text))
	if err != nil {
		return "", "", err
	}
	d, err := tree.ParseXML(utf, s.Limits)
	if err != nil {
		return "", "", err
	}
	if err := s.within(d, above); err != nil {
		return "", "", err
	}
	found := xmlForm(d)
	if found == unknown && (form == FMK || form == XREF) {
		found = form
	}
	if found != FHIR && !stated()[d.Key(d.Root())] {
		s.hide(d, d.Root())
	}
	if err := s.expect(d, form, found, above); err != nil {
		return "", "", err
	}
	if found == FHIR {
		out, err := s.fhirXML(utf, above)
		return out, found, err
	}
	w := &walk{session: s, d: d, form: found}
	wordy := s.wordy
	s.wordy = found
	err = w.elements(d.Root())
	s.wordy = wordy
	if err != nil {
		return "", "", err
	}
	w.spaces()
	w.names()
	return encoded(w.written(), text), found, nil
}

// xmlForm tells the form of a document in XML by its root.
func xmlForm(d *tree.Doc) Form {
	root := d.Root()
	switch space, name := d.Space(root), d.Key(root); {
	case space == "http://hl7.org/fhir":
		return FHIR
	case name == "Emessage":
		return XREF
	case name == "VANSEnvelope" || name == "StandardBusinessDocument" || strings.HasPrefix(space, "http://docs.oasis-open.org/ebxml-bp/"):
		return Envelope
	case card(d):
		return FMK
	}
	return unknown
}

// card reports whether a medication card stands in a document, in SOAP or alone.
func card(d *tree.Doc) bool {
	for n := tree.ID(0); int(n) < d.Len(); n++ {
		if name := d.Key(n); name == "MedicineCard" || strings.HasPrefix(name, "GetMedicineCard") || strings.HasPrefix(d.Space(n), "http://fmk-teknik.dk/") ||
			strings.HasPrefix(d.Space(n), "http://www.dkma.dk/medicinecard/") {
			return true
		}
	}
	return false
}

// fhirXML redacts FHIR in XML as what it is in JSON. Comments are no part of it.
func (s *session) fhirXML(text, above string) (string, error) {
	json, err := fhirxml.ToJSON(text, s.Limits)
	if err != nil {
		return "", err
	}
	out, _, err := s.document(json, above, FHIR)
	if err != nil {
		return "", err
	}
	xml, err := fhirxml.ToXML(out, s.Limits)
	return string(xml), err
}

// encoded writes a text in the encoding that the original was in.
func encoded(text, original string) string {
	switch {
	case strings.HasPrefix(original, "\xFE\xFF"), strings.HasPrefix(original, "\xFF\xFE"):
		high := original[0] == 0xFE
		b := []byte(original[:2])
		for _, u := range utf16.Encode([]rune(text)) {
			if high {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		return string(b)
	case strings.HasPrefix(original, "\ufeff"):
		return "\ufeff" + text
	case utf8.ValidString(original):
		return text
	}
	b := make([]byte, 0, len(text))
	for _, r := range text { // ISO-8859-1
		if r > 0xFF {
			b = append(strconv.AppendInt(append(b, "&#"...), int64(r), 10), ';')
		} else {
			b = append(b, byte(r))
		}
	}
	return string(b)
}

// walk goes through one document and collects what is to be written otherwise.
type walk struct {
	*session
	d     *tree.Doc
	form  Form
	edits []edit

	members map[tree.ID]map[string]tree.ID // of the objects that have many
	numbers map[tree.ID]string             // of the persons that resources are about
	sizes   map[string]string              // of the messages in an envelope, and what they became
}

// few is how many members of an object are looked through, each time one is looked for.
const few = 16

// child returns the member of an object, or the element or the attribute, of a name. An
// object may have a hundred thousand of them, which are asked for each other: those of
// such a one are found by their names.
func (w *walk) child(n tree.ID, key string) tree.ID {
	if n == tree.None || w.d.Kind(n) != tree.Object {
		return tree.None
	}
	if of, ok := w.members[n]; ok {
		if c, ok := of[key]; ok {
			return c
		}
		return tree.None
	}
	c, looked := w.d.First(n), 0
	for ; c != tree.None && looked < few; c, looked = w.d.Next(c), looked+1 {
		w.looked++
		if w.d.Key(c) == key {
			return c
		}
	}
	if c == tree.None {
		return tree.None
	}
	of := map[string]tree.ID{}
	for c := w.d.First(n); c != tree.None; c = w.d.Next(c) {
		w.looked++
		if _, before := of[w.d.Key(c)]; !before {
			of[w.d.Key(c)] = c
		}
	}
	if w.members == nil {
		w.members = map[tree.ID]map[string]tree.ID{}
	}
	w.members[n] = of
	return w.child(n, key)
}

// edit is a part of the source that is written otherwise.
type edit struct {
	start, end int
	text       string
}

// edit writes the value of a node otherwise.
func (w *walk) edit(n tree.ID, text string) {
	start, end := w.d.Span(n)
	w.rewrite(start, end, text)
}

// rewrite writes a part of the source otherwise.
func (w *walk) rewrite(start, end int, text string) {
	if start < end && w.d.Source()[start:end] != text {
		w.edits = append(w.edits, edit{start, end, text})
	}
}

// written is the source with every edit made; of two that overlap the first counts.
func (w *walk) written() string {
	sort.SliceStable(w.edits, func(i, j int) bool { return w.edits[i].start < w.edits[j].start })
	var b strings.Builder
	src, done := w.d.Source(), 0
	for _, e := range w.edits {
		if e.start < done {
			continue
		}
		b.WriteString(src[done:e.start])
		b.WriteString(e.text)
		done = e.end
	}
	b.WriteString(src[done:])
	return b.String()
}

// replace writes a string of JSON, or a text of XML, otherwise and notes it, if it
// is another.
func (w *walk) replace(n tree.ID, text string, kind Kind) {
	old := w.d.Text(n)
	if old == text {
		return
	}
	w.tell(n, kind)
	if w.d.XML() {
		w.edit(n, escape(text))
		return
	}
	w.edit(n, tree.Quote(text))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "\r", "&#13;")

func escape(text string) string { return escaper.Replace(text) }
