package redact

import (
	_ "embed"
	"encoding/csv"
	"regexp"
	"strings"
	"unicode"

	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

// class says what stands in an element, and so what becomes of it.
type class string

// The classes. What has none is free.
const (
	free      class = "text"      // replaced
	mentioned class = "mentioned" // a text in few words that others may mention: a drug
	denied    class = "denied"    // of an element nobody knows: replaced, but for numbers
	code      class = "code"      // a code of the plain form and of those in XML: kept where it looks like one; of FHIR: where it is published
	media     class = "media"     // a media type: kept where it is a known one
	language  class = "language"  // kept where it is a known one, with a country
	currency  class = "currency"  // kept where it is one
	coded     class = "coding"    // the code of a Coding
	word      class = "word"      // one of the words of vocabulary.csv, else replaced
	measured  class = "amount"    // a number with or without a unit, else replaced
	unitClass class = "unit"      // a unit that is known, else replaced
	version   class = "version"   // of a code system or a program
	date      class = "date"      // moved
	week      class = "week"      // a year and a week of it: moved
	clock     class = "time"      // a time of day: kept
	birth     class = "birth"     // that of the test person
	cpr       class = "cpr"       // the number of a person
	ident     class = "id"        // another identifier
	uri       class = "uri"       // kept where it is a standard's
	named     class = "name"      // of a person, an organisation or a place
	placed    class = "address"   // of a letter
	country   class = "country"   // kept where it is a code
	contact   class = "contact"   // phone or mail
	display   class = "display"   // of a Coding: kept where it is the published one
	label     class = "label"     // of a CodeableConcept: the same
	narrative class = "narrative" // XHTML
	data      class = "base64"    // a document inside
	hash      class = "hash"      // of one
	size      class = "size"      // of one
	scope     class = "scope"     // of an envelope: by its type
	flag      class = "flag"      // true or false
	drug      class = "drug"      // of a drug: kept where it is of the price list
)

var (
	//go:embed classes.csv
	classesCSV string
	//go:embed vocabulary.csv
	vocabularyCSV string
)

// classes are what stands in the elements of the forms: classes.csv. vocabulary are
// the words that say nothing of anybody, by list: vocabulary.csv.
var (
	classes    = map[string]map[string]class{}
	vocabulary = map[string]map[string]bool{}
)

func init() {
	for _, r := range rows(classesCSV, 3) {
		if classes[r[0]] == nil {
			classes[r[0]] = map[string]class{}
		}
		for element := range strings.FieldsSeq(r[2]) {
			classes[r[0]][element] = class(r[1])
		}
	}
	for _, r := range rows(vocabularyCSV, 2) {
		if vocabulary[r[0]] == nil {
			vocabulary[r[0]] = map[string]bool{}
		}
		for w := range strings.SplitSeq(r[1], ";") {
			vocabulary[r[0]][w] = true
		}
	}
}

// rows reads a table; it is in the program, so one that cannot be read is a broken
// build.
func rows(text string, cells int) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.Comment = cells, '#'
	all, err := r.ReadAll()
	if err != nil {
		panic("redact: " + err.Error())
	}
	return all[1:]
}

// as redacts a string as what its class says.
func (w *walk) as(n tree.ID, c class) error {
	old := w.d.Text(n)
	text := strings.TrimSpace(old)
	if !said(text) {
		return nil
	}
	new, kind, err := w.become(n, c, text)
	if err != nil {
		return err
	}
	at := strings.Index(old, text)
	w.replace(n, old[:at]+new+old[at+len(text):], kind)
	return nil
}

// become returns what a text of a class becomes.
func (w *walk) become(n tree.ID, c class, text string) (string, Kind, error) {
	switch c {
	case cpr:
		new, ok, err := w.person(w.d, n, text)
		if !ok && err == nil {
			new = w.identifier(text)
		}
		return new, Person, err
	case ident:
		if strings.HasPrefix(text, "urn:") || strings.Contains(text, "://") {
			new, _ := w.uri(text)
			return new, Identifier, nil
		}
		if scheme, number, ok := strings.Cut(text, ":"); ok && schemeShape.MatchString(scheme) {
			return scheme + ":" + w.identifier(number), Identifier, nil
		}
		return w.identifier(text), Identifier, nil
	case uri:
		new, _ := w.uri(text)
		if !strings.Contains(text, "://") {
			return new, Identifier, nil // a reference
		}
		return new, URL, nil
	case named:
		return w.name(text), Name, nil
	case placed:
		return w.name(text), Address, nil
	case contact:
		return w.contact(text), Contact, nil
	case data:
		new, err := w.base64(text, w.place(w.d, n))
		return new, Bytes, err
	case narrative:
		new, err := w.xhtml(text, w.place(w.d, n))
		return new, Text, err
	case scope:
		return w.scope(n, text)
	}
	new, kind := w.plainly(c, text)
	return new, kind, nil
}

// plainly is become for what needs nothing but the text.
func (s *session) plainly(c class, text string) (string, Kind) {
	switch c {
	case week: // which looks like a month of it
		if new, ok := s.week(text); ok {
			return new, Date
		}
	case date, denied:
		if new, ok := s.date(text); ok && (c != denied || yearLike(text)) {
			return new, Date
		}
	case code:
		if codeLike(text) && (s.wordy == "" || !spelled(text) || s.wordy == Envelope && strings.Contains(text, "-")) {
			return text, Code
		}
		if strings.IndexFunc(text, unicode.IsSpace) < 0 {
			return s.identifier(text), Code
		}
	case clock:
		if timeShape.MatchString(text) || vocabulary["word"][text] {
			return text, Text
		}
	case drug:
		if drugShape.MatchString(text) {
			return text, Code
		}
		return s.identifier(text), Identifier
	case measured:
		if amount(text) {
			return text, Text
		}
	case unitClass:
		if unit(text) {
			s.mention(text)
			s.keeps[text] = true
			return text, Text
		}
	case version:
		if versionShape.MatchString(text) && !personal(text) {
			return text, Text
		}
		if new, kept := s.uri(text); kept && strings.Contains(text, ":") {
			return new, Text
		}
		return s.identifier(text), Identifier
	case country:
		if vocabulary["region"][text] || vocabulary["country"][text] || countryNumber.MatchString(text) {
			return text, Address
		}
		return s.name(text), Address
	case media, language, currency:
		if open(c, text) {
			return text, Code
		}
		return s.unlisted(c, text), Code
	case flag:
		if text == "true" || text == "false" || text == "0" || text == "1" {
			return text, Text
		}
	}
	if c == mentioned {
		s.mention(text)
		return s.text(text), Text
	}
	if vocabulary["word"][text] && (c == word || c == code) {
		return text, Text
	}
	switch {
	case vocabulary["ours"][text] && c == free:
		return text, Text
	case c == free && measure.AtArm(nil, text): // by which codes are chosen
		s.keeps[text] = true
		return text, Text
	case s.idents[text] || uuidShape.MatchString(text): // here as a text, elsewhere as an identifier
		return s.identifier(text), Identifier
	case (c == denied || c == free || c == word || c == mentioned) && modest(text):
		if s.piece(text) {
			return s.identifier(text), Number
		}
		return text, Text
	case amountShape.MatchString(text) && !personal(text):
		return s.identifier(text), Identifier
	case c == denied && (text == "true" || text == "false"):
		return text, Text
	case c == denied && strings.IndexFunc(text, unicode.IsSpace) < 0 && strings.ContainsAny(text, "0123456789:/@"):
		return s.identifier(text), Identifier
	case digestShape.MatchString(text):
		return s.digested(text), Bytes
	}
	return s.text(text), Text
}

// yearLike reports whether a date is of these centuries: four digits alone are a part
// of the number of somebody, else.
func yearLike(date string) bool {
	return len(date) > 4 || date >= "1850" && date < "2150"
}

// schemeShape is the number of a scheme of identifiers (ISO 6523), as 0088 of
// location numbers.
var schemeShape = regexp.MustCompile(`^0\d{3}$`)

// countryNumber is the number of a country in ISO 3166.
var countryNumber = regexp.MustCompile(`^\d{3}$`)

var fhirCode = regexp.MustCompile(`^([a-z][A-Za-z0-9]*(-[a-z0-9]+){0,6}|[A-Z0-9]{1,4}[A-Z0-9.+_-]{0,12}|[A-Z][a-z]+([A-Z][a-z]+)+|[<>]=?|ad|[a-z]{2}(-[A-Z]{2})?)$`)

// codeLike reports whether a text is a code by its looks: a word of the standards in
// one piece, a few capitals and digits, a language, a sign; or a media type.
func codeLike(text string) bool {
	if personal(text) {
		return false
	}
	return vocabulary["word"][text] || strings.HasPrefix(text, "MCM:") && publishedScope.MatchString(text) && scoped(text) || fhirCode.MatchString(text) || open(media, text)
}

var capitals = regexp.MustCompile(`^[A-Z_.+-]{5,}$`)

// spelled reports whether a code is a word, and of none of the lists nor an element: in the forms that
// have enumerations it is nobody's code then. A code of a code system is of digits and
// capitals, or short; a kind of message in an envelope is of words with hyphens.
func spelled(text string) bool {
	if vocabulary["word"][text] || vocabulary["unit"][text] || vocabulary["lms"][text] || stated()[text] || open(media, text) || strings.HasPrefix(text, "MCM:") {
		return false
	}
	return capitals.MatchString(text) || strings.IndexFunc(text, unicode.IsLower) >= 0
}

// birth gives a birth date of a person.
func (w *walk) birth(n tree.ID, number string) error {
	old := w.d.Text(n)
	if number != "" && w.pass == reading {
		if _, _, err := w.person(w.d, n, number); err != nil {
			return err
		}
	}
	new, ok := w.born(strings.TrimSpace(old), number)
	if !ok {
		return w.as(n, free)
	}
	w.replace(n, new, Birth)
	return nil
}
