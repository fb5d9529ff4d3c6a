// Package fmk reads the medication card of FMK, Fælles Medicinkort, as its
// service answers in GetMedicineCardResponse, version 1.6.0 or 1.4.6,
// bare or as the body of a SOAP envelope, and writes it as the medication list
// of the hub.
//
// What goes where is in tables of rules: card.go, drug.go and people.go. The
// dosage, whose parts must be read together, is in dosage.go and the files
// beside it. No dose is computed, and dosage.text is FMK's own text.
package fmk

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// Form is the name of the form.
const Form = "fmk"

// space is the namespace of FMK 1.6.0.
const space = "http://fmk-teknik.dk/160"

// accepted names the versions that are read.
const accepted = "FMK 1.6.0, " + space + ", or FMK 1.4.6, " + space146 + " and its E2 and E3"

// older gives the versions of FMK that are not read their names. Their cards
// have other elements: a card that is half understood is worse than one that is
// refused.
var older = map[string]string{
	"http://www.dkma.dk/medicinecard/xml.schema/2015/01/01": "FMK 1.4.4",
	"http://www.dkma.dk/medicinecard/xml.schema/2013/06/01": "FMK 1.4.2",
	"http://www.dkma.dk/medicinecard/xml.schema/2012/06/01": "FMK 1.4.0",
}

const dkma = "http://www.dkma.dk/medicinecard/xml.schema/"

// answer is the one answer of FMK's service that is read.
const answer = "GetMedicineCardResponse"

// Steps are the translations of the form: a card to the hub. There is none
// back: FMK is the master, and the residue gives the original.
func Steps() []document.Step {
	return []document.Step{{Document: document.Medicinliste, From: Form, To: document.FHIR, Run: toHub}}
}

// Recogniser tells that everything in the form is a medication list; which
// version it is, and whether it is read, is for the step to say.
func Recogniser() document.Recogniser {
	return document.Recogniser{Form: Form, XML: true, Recognise: func(*tree.Doc) string { return document.Medicinliste }}
}

func toHub(s document.Source, q document.Request) (*transcript.Written, error) {
	return Translate(s.Doc, s.Bytes)
}

// Recognise returns the version of FMK that the document is in, such as "FMK
// 1.6.0", and the element that holds the answer: the root, or what stands in the
// body of a SOAP envelope. It returns an error if that is no card of the version
// that is read; the version is named where it is known.
func Recognise(doc *tree.Doc) (version string, card tree.ID, err error) {
	if !doc.XML() {
		return "", tree.None, &mapping.Error{Kind: mapping.Structure, Path: "$this", Message: "expected XML: a " + answer + " of " + accepted}
	}
	n := doc.Root()
	if _, soap := envelopes[doc.Space(n)]; soap {
		if n = body(doc, n); n == tree.None {
			return "", tree.None, &mapping.Error{Kind: mapping.Structure, Path: doc.Path(doc.Root()),
				Message: "expected one element in the Body of the SOAP envelope, the " + answer}
		}
	}
	switch uri := doc.Space(n); {
	case editions[uri] != nil:
		version = editions[uri].names[uri]
	case named(uri) != "":
		version = named(uri)
	default:
		return "", n, &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(n), Message: "the namespace is none of FMK's, accepted is " + accepted}
	}
	switch {
	case editions[doc.Space(n)] == nil:
		err = &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(n), Message: "the card is in " + version + ", accepted is " + accepted}
	case doc.RawKey(n) == "Fault":
		err = &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(n), Message: "the answer is a fault and no card"}
	case doc.RawKey(n) != answer:
		err = &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(n), Message: "expected " + answer + ", no other answer of FMK is read"}
	}
	return version, n, err
}

// The namespaces of SOAP 1.1 and 1.2.
var envelopes = map[string]bool{
	"http://schemas.xmlsoap.org/soap/envelope/": true,
	"http://www.w3.org/2003/05/soap-envelope":   true,
}

// body returns the one element in the Body of a SOAP envelope.
func body(doc *tree.Doc, envelope tree.ID) tree.ID {
	found := tree.None
	for b := doc.First(envelope); b != tree.None; b = doc.Next(b) {
		if doc.RawKey(b) != "Body" || doc.Space(b) != doc.Space(envelope) || doc.Kind(b) != tree.Object {
			continue
		}
		for n := doc.First(b); n != tree.None; n = doc.Next(n) {
			if !element(doc, n) {
				continue
			}
			if found != tree.None {
				return tree.None
			}
			found = n
		}
	}
	return found
}

// element reports whether n is an element: no attribute, text, comment or
// processing instruction.
func element(doc *tree.Doc, n tree.ID) bool {
	key := doc.RawKey(n)
	return key != tree.TextKey && key != tree.CommentKey && key != tree.InstructionKey && !strings.HasPrefix(key, "@")
}

// Translate writes the card in doc as a medication list of the hub. The bytes
// are what the sender sent: they stand in the hub as they came. Its errors are
// *mapping.Error with the place in the card.
func Translate(doc *tree.Doc, bytes string) (*transcript.Written, error) {
	_, root, err := Recognise(doc)
	if err != nil {
		return nil, err
	}
	e := editions[doc.Space(root)]
	if err := check(doc, root, e); err != nil {
		return nil, err
	}
	card, err := only(doc, root)
	if err != nil {
		return nil, err
	}
	if e.refuse != nil {
		if message := e.refuse(doc, card); message != "" {
			return nil, &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(card), Message: message}
		}
	}
	w := newWriter(doc, e, bytes)
	w.begin(root, card)
	if e.begin != nil {
		e.begin(w, root, card)
	}
	w.comments()
	w.card(root)
	w.finish()
	if w.err != nil {
		return nil, w.err
	}
	return w.tx.Finish()
}

// only returns the one card of a citizen that an answer holds.
func only(doc *tree.Doc, root tree.ID) (tree.ID, error) {
	e := editions[doc.Space(root)]
	card := tree.None
	for n := doc.First(root); n != tree.None; n = doc.Next(n) {
		if doc.RawKey(n) != "MedicineCard" || !e.spaces[doc.Space(n)] {
			continue
		}
		if card != tree.None {
			return tree.None, &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(n), Message: "expected one MedicineCard: a medication list is of one citizen, so send the cards one by one"}
		}
		card = n
	}
	if card == tree.None || doc.Kind(card) != tree.Object {
		return tree.None, &mapping.Error{Kind: mapping.Required, Path: doc.Path(root), Message: "expected a MedicineCard"}
	}
	if doc.Find(card, "Patient", "Person", "PersonIdentifier") == tree.None {
		return tree.None, &mapping.Error{Kind: mapping.Required, Path: doc.Path(card), Message: "expected a Patient with a PersonIdentifier: only the card of a citizen is a medication list"}
	}
	return card, nil
}
