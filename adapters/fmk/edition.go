package fmk

import (
	"strings"

	"tolk/mapping/tree"
)

// edition is a version of FMK that is read: where its elements are, and by
// which tables.
type edition struct {
	names   map[string]string // of the answers, by their namespace
	spaces  map[string]bool   // of the elements
	checked map[string]value  // what must be what XML Schema says wherever it stands
	aside   map[string]bool   // but in these, of which nothing is written

	card, line, drug, patient *table

	private func(w *writer, line tree.ID) bool                 // whether a line is privately marked
	who     func(w *writer, by tree.ID, same string) person    // nil: as in 1.6.0
	begin   func(w *writer, root, card tree.ID)                // what it says of itself in the hub; nil: nothing
	refuse  func(doc *tree.Doc, card tree.ID) (message string) // a card that is no medication list; nil: none
}

// editions are those that are read, by the namespace of the answer.
var editions map[string]*edition

// beginEditions makes the editions, when their tables are.
func beginEditions() {
	editions = map[string]*edition{}
	for _, e := range []*edition{
		{names: map[string]string{space: "FMK 1.6.0"}, spaces: map[string]bool{space: true}, checked: checked,
			card: response, line: line, drug: drug, patient: patient, private: marked},
		edition146(),
	} {
		for uri := range e.names {
			editions[uri] = e
		}
	}
}

// ours reports whether n is an element of the version that is being read.
func (w *writer) ours(n tree.ID) bool {
	if uri := w.doc.Space(n); uri != w.uri { // nearly all of a card is in one
		w.uri, w.own = uri, w.edition.spaces[uri]
	}
	return w.own
}

// named returns what the version of a namespace of FMK is called that is not
// read, "" where it is none of FMK's.
func named(uri string) string {
	at, extension, extended := strings.Cut(strings.TrimPrefix(uri, dkma), "/E")
	name := older[dkma+at]
	if dkma+at == space146 {
		name = "FMK 1.4.6"
	}
	switch {
	case !strings.HasPrefix(uri, dkma):
		return ""
	case name == "":
		return "an FMK before 1.6.0"
	case extended:
		return name + " E" + extension
	default:
		return name
	}
}
