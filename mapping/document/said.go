package document

import (
	"errors"
	"slices"
	"strings"
)

// This file knows what a caller may say beside the document, and where that counts:
// it is written, or it is refused by its name. Whoever takes it from people puts the
// name of the parameter into a word of his own, a flag or the field of a form.

// PartyField is what may be said of the sender or of the receiver of what is written.
type PartyField struct {
	Who, Key string // sender, sor
	Value    string // what is written for the value in a line of usage: NUMBER
	of       func(*Party) *string
	forms    []string // that write it
}

// partyFields are all that may be said of a party, one a line. A HomeCareObservation
// finds organisations in the document by their numbers, a letter knows them by GLN
// alone, and a message goes to an organisation: a receiver is no person.
var partyFields = []PartyField{
	{"sender", "sor", "NUMBER", func(p *Party) *string { return &p.SOR }, []string{"carecommunication", "hco"}},
	{"sender", "gln", "NUMBER", func(p *Party) *string { return &p.GLN }, []string{"carecommunication", "hco", "xref01"}},
	{"sender", "name", "NAME", func(p *Party) *string { return &p.Name }, []string{"carecommunication", "xref01"}},
	{"sender", "person", "NAME", func(p *Party) *string { return &p.Person }, []string{"carecommunication"}},
	{"sender", "role", "ROLE", func(p *Party) *string { return &p.Role }, []string{"carecommunication"}},
	{"sender", "phone", "NUMBER", func(p *Party) *string { return &p.Phone }, []string{"carecommunication"}},
	{"receiver", "sor", "NUMBER", func(p *Party) *string { return &p.SOR }, []string{"carecommunication", "hco"}},
	{"receiver", "gln", "NUMBER", func(p *Party) *string { return &p.GLN }, []string{"carecommunication", "hco", "xref01"}},
	{"receiver", "name", "NAME", func(p *Party) *string { return &p.Name }, []string{"carecommunication", "xref01"}},
}

// PartyFields lists what may be said of the sender and the receiver.
func PartyFields() []PartyField { return slices.Clone(partyFields) }

// Name is that of the parameter, which an error has for its path: sender-sor.
func (f PartyField) Name() string { return f.Who + "-" + f.Key }

// Of is where the field of the one or the other party stands.
func (f PartyField) Of(sender, receiver *Party) *string {
	if f.Who == "sender" {
		return f.of(sender)
	}
	return f.of(receiver)
}

// Forms lists the forms that write the field.
func (f PartyField) Forms() []string { return slices.Clone(f.forms) }

// WrittenTo reports whether a form writes the field.
func (f PartyField) WrittenTo(form string) bool { return slices.Contains(f.forms, form) }

// AsWritten is what a form writes of two parties, for who knows them without having
// been told them for this document: what somebody says is refused instead (Useful).
func AsWritten(form string, sender, receiver Party) (Party, Party) {
	var from, to Party
	for _, f := range partyFields {
		if f.WrittenTo(form) {
			*f.Of(&from, &to) = *f.Of(&sender, &receiver)
		}
	}
	return from, to
}

// settings are what else may be said of a translation, by the name of the parameter.
var settings = []struct {
	name string
	said func(*Request) bool
}{
	{"document", func(q *Request) bool { return q.Document != "" }},
	{"area", func(q *Request) bool { return len(q.Areas) > 0 }},
	{"accept", func(q *Request) bool { return len(q.Accept) > 0 }},
	{"strict", func(q *Request) bool { return q.Strict }},
	{"residue", func(q *Request) bool { return q.WithResidue }},
}

// bothCoded are the forms of a condition record that hold the codings of both sides,
// and codeOptions what is said of the translation of codes: from the one to the other
// there is none.
var (
	bothCoded   = []string{"plain", FHIR}
	codeOptions = []string{"area", "accept"}
)

// said are the names of the parameters that say something in q, beside the forms.
func (q *Request) said() []string {
	var names []string
	for _, o := range settings {
		if o.said(q) {
			names = append(names, o.name)
		}
	}
	for _, f := range partyFields {
		if *f.Of(&q.Sender, &q.Receiver) != "" {
			names = append(names, f.Name())
		}
	}
	return names
}

// IsParameter reports whether the path of an error is the name of a parameter. No
// path of a document is one.
func IsParameter(path string) bool {
	if path == "from" || path == "to" {
		return true
	}
	for _, o := range settings {
		if o.name == path {
			return true
		}
	}
	return slices.ContainsFunc(partyFields, func(f PartyField) bool { return f.Name() == path })
}

// Useful refuses, each by its name, what is said beside the document and would be
// overlooked: of a party what the form asked for does not write, of codes where none
// is translated, and anything where an original is given back. Translate refuses it,
// too; who asks before need not have read the document. A form that there is not is
// refused by Translate.
func (q Request) Useful() error {
	if q.Residue != "" {
		return q.Unsaid(Restored)
	}
	var refused []error
	if q.From != q.To && slices.Contains(bothCoded, q.From) && slices.Contains(bothCoded, q.To) {
		for _, name := range q.said() {
			if slices.Contains(codeOptions, name) {
				refused = append(refused, parameter(name, "no code is translated between "+q.From+" and "+q.To+"; expected none"))
			}
		}
	}
	if slices.ContainsFunc(offers, func(o Offer) bool { return o.Form == q.To }) {
		refused = append(refused, q.unwritten()...)
	}
	return together(refused)
}

// unwritten refuses what is said of the parties that the form asked for does not write.
func (q Request) unwritten() (refused []error) {
	for _, f := range partyFields {
		value := f.Of(&q.Sender, &q.Receiver)
		if *value != "" && !f.WrittenTo(q.To) {
			refused = append(refused, parameter(f.Name(), "is not written to "+q.To+"; accepted for "+strings.Join(f.forms, ", ")))
		}
		*value = "" // of the copy: what is left is no field
	}
	if q.Sender != (Party{}) || q.Receiver != (Party{}) {
		refused = append(refused, parameter("receiver", "a message goes to an organisation; expected its SOR, its GLN and its name"))
	}
	return refused
}

// Restored is why nothing is said beside an original that is given back.
const Restored = "is said of a translation; an original comes back as it was, expected none"

// Unsaid refuses, each by its name, what is said of a translation where none is made.
func (q Request) Unsaid(why string) error {
	var refused []error
	for _, name := range q.said() {
		refused = append(refused, parameter(name, why))
	}
	return together(refused)
}

// together is several errors as one, and one as itself.
func together(all []error) error {
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}
