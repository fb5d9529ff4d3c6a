// Package xref reads MedCom's referrals in OIOXML into the hub, XREF01 (to a
// hospital) and XREF15 (to a municipality), and writes XREF01 from the hub.
//
// What the format has is in the tables of tables.go; read*.go goes through a
// letter, write*.go writes one. What an XREF01 has no element for is told in
// words in the section where its reader looks for it, behind a label, and the
// ledger names every such leaf.
package xref

import (
	"errors"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// The names of the forms, and of the document they hold.
const (
	XREF01   = "xref01"
	XREF15   = "xref15"
	Document = "henvisning"
)

// Steps are the translations of the forms. XREF15 is only read: the version code
// that a letter has to state could not be proven.
func Steps() []document.Step {
	return []document.Step{
		{Document: Document, From: XREF01, To: document.FHIR, Run: toHub},
		{Document: Document, From: XREF15, To: document.FHIR, Run: toHub},
		{Document: Document, From: document.FHIR, To: XREF01, Run: fromHub},
	}
}

// Recognisers tell that everything in the forms is a referral; which it is, and
// whether it is read, is for the step to say.
func Recognisers() []document.Recogniser {
	is := func(*tree.Doc) string { return Document }
	return []document.Recogniser{{Form: XREF01, XML: true, Recognise: is}, {Form: XREF15, XML: true, Recognise: is}}
}

const emessage = "Emessage"

// Recognise returns the kind of letter that a document is, by its namespace, the
// root of the letter, its TypeCode and its VersionCode, as the name of a form,
// and the element that holds it. Anything else is an error that names the field
// and what is accepted.
func Recognise(doc *tree.Doc) (form string, root tree.ID, err error) {
	l, root, err := recognise(doc)
	return l.form, root, err
}

func recognise(doc *tree.Doc) (letter, tree.ID, error) {
	n := doc.Root()
	if !doc.XML() {
		return letter{}, n, &mapping.Error{Kind: mapping.Structure, Path: "$this", Message: "expected XML: an Emessage with one letter, " + accepted(roots)}
	}
	if doc.RawKey(n) != emessage {
		return letter{}, n, unsupported(doc, n, "expected the element Emessage, with one letter, "+accepted(roots))
	}
	space := doc.Space(n)
	if !slices.ContainsFunc(letters, func(l letter) bool { return l.space == space }) {
		return letter{}, n, unsupported(doc, n, "the namespace is none of MedCom's that are read, accepted is "+accepted(spaces))
	}
	root := tree.None
	for c := doc.First(n); c != tree.None; c = doc.Next(c) {
		if !isElement(doc, c) || doc.RawKey(c) == "Envelope" {
			continue
		}
		if root != tree.None {
			if !isLetter(doc, root) {
				c = root // what is no letter that is read is the one too many
			}
			return letter{}, c, unsupported(doc, c, "a second letter; an Emessage is read with one, send them one by one")
		}
		root = c
	}
	if root == tree.None {
		return letter{}, n, required(doc, n, "no letter; expected "+accepted(roots))
	}
	return keyed(doc, root)
}

// keyed finds the letter by its root and the codes it states of itself.
func keyed(doc *tree.Doc, root tree.ID) (letter, tree.ID, error) {
	head := tree.None
	for c := doc.First(root); c != tree.None; c = doc.Next(c) {
		if !isElement(doc, c) || doc.RawKey(c) != "Letter" || doc.Space(c) != doc.Space(root) {
			continue
		}
		if head != tree.None {
			return letter{}, c, unsupported(doc, c, "a second Letter; a letter has one")
		}
		head = c
	}
	if !isLetter(doc, root) {
		return letter{}, root, unsupported(doc, root, "a letter that is not read, accepted is "+accepted(roots))
	}
	if head == tree.None {
		return letter{}, root, required(doc, root, "expected a Letter, with Identifier, TypeCode and VersionCode")
	}
	for _, name := range []string{"TypeCode", "VersionCode"} {
		if stated(doc, doc.Child(head, name)) == "" {
			return letter{}, head, required(doc, head, name+": required; accepted is "+accepted(codes))
		}
	}
	kind, version := doc.Child(head, "TypeCode"), doc.Child(head, "VersionCode")
	for _, l := range letters {
		switch {
		case l.kind != stated(doc, kind):
			continue
		case l.root != doc.RawKey(root):
			return letter{}, root, unsupported(doc, kind, "TypeCode "+l.kind+" belongs to "+l.root)
		case l.space != doc.Space(root):
			return letter{}, root, unsupported(doc, root, "the namespace is not that of "+l.kind+", accepted is "+l.space)
		case !l.versioned(stated(doc, version)):
			return letter{}, root, unsupported(doc, version, "a version of "+l.kind+" that is not read, accepted is "+l.version)
		}
		return l, root, nil
	}
	return letter{}, root, unsupported(doc, kind, "a letter that is not read, accepted is "+accepted(codes))
}

// isLetter reports whether an element has the name of a letter that is read.
func isLetter(doc *tree.Doc, n tree.ID) bool {
	return slices.ContainsFunc(letters, func(l letter) bool { return l.root == doc.RawKey(n) })
}

func roots(l letter) string  { return l.root }
func spaces(l letter) string { return l.space }
func codes(l letter) string  { return l.kind + " (" + l.root + ", VersionCode " + l.version + ")" }

// accepted lists something of the letters that are read.
func accepted(of func(letter) string) string {
	var all []string
	for _, l := range letters {
		all = append(all, of(l))
	}
	return strings.Join(all, " or ")
}

// isElement reports whether n is an element: no attribute, text, comment or
// processing instruction.
func isElement(doc *tree.Doc, n tree.ID) bool {
	key := doc.RawKey(n)
	return key != tree.TextKey && key != tree.CommentKey && key != tree.InstructionKey && !strings.HasPrefix(key, "@")
}

// stated is the text of an element without the white space around it, whatever
// its attributes.
func stated(doc *tree.Doc, n tree.ID) string {
	if n != tree.None && doc.Kind(n) == tree.Object {
		n = doc.Child(n, tree.TextKey)
	}
	return strings.TrimSpace(doc.Text(n))
}

func unsupported(doc *tree.Doc, n tree.ID, message string) error {
	return &mapping.Error{Kind: mapping.NotSupported, Path: doc.Path(n), Message: message}
}

func required(doc *tree.Doc, n tree.ID, message string) error {
	return &mapping.Error{Kind: mapping.Required, Path: doc.Path(n), Message: message}
}

// at gives what a register says is wrong with a number the place of the number.
func at(path string, err error) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	placed.Path = path
	return &placed
}
