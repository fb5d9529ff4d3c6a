package screening

import (
	"strconv"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// mostNotices bounds what is said about one response: a document full of faults
// is not answered with a longer one.
const mostNotices = 100

// walker goes through the items of a QuestionnaireResponse and collects what is
// not as its form has it. A notice stops nothing: the response itself is carried
// whole by whoever translates the document.
type walker struct {
	d       *tree.Doc
	notices []*mapping.Error
	more    int // notices beyond the most
	// visit takes an item, its place and the linkId above it, and tells whether
	// the items below are to be visited.
	visit func(n tree.ID, path, linkID, parent string) bool
}

func (w *walker) note(kind mapping.Kind, path, message, value string) {
	if len(w.notices) == mostNotices {
		w.more++
		return
	}
	w.notices = append(w.notices, &mapping.Error{Kind: kind, Path: path, Message: message, Value: value})
}

// found returns the notices, the last one telling how many were left out.
func (w *walker) found() []*mapping.Error {
	if w.more > 0 {
		return append(w.notices, &mapping.Error{Kind: mapping.TooLong, Message: "further notices left out: " + strconv.Itoa(w.more)})
	}
	return w.notices
}

// items visits the items below n, which stands at path.
func (w *walker) items(n tree.ID, path, parent string) {
	i := 0
	for it := range w.elements(n, "item", path) {
		at := path + ".item[" + strconv.Itoa(i) + "]"
		i++
		if w.modified(it, at) {
			continue
		}
		linkID := w.d.Text(w.d.Child(it, "linkId"))
		if linkID == "" {
			w.note(mapping.Required, at+".linkId", "required; without it the item is not read", "")
			continue
		}
		if !w.visit(it, at, linkID, parent) {
			continue
		}
		w.items(it, at, linkID)
		k := 0
		for answer := range w.elements(it, "answer", at) {
			w.items(answer, at+".answer["+strconv.Itoa(k)+"]", linkID)
			k++
		}
	}
}

// elements yields the objects of an array member, and notices what is none.
func (w *walker) elements(n tree.ID, name, path string) func(yield func(tree.ID) bool) {
	return func(yield func(tree.ID) bool) {
		list := w.d.Child(n, name)
		if list == tree.None {
			return
		}
		if w.d.Kind(list) != tree.Array {
			w.note(mapping.Structure, path+"."+name, "expected an array; it is not read", "")
			return
		}
		for c := w.d.First(list); c != tree.None; c = w.d.Next(c) {
			if !yield(c) {
				return
			}
		}
	}
}

// modified reports and notices what may turn the meaning of an element: who does
// not know a modifier may not ignore it (http://hl7.org/fhir/R4/extensibility.html#modifierExtension).
func (w *walker) modified(n tree.ID, path string) bool {
	if m := w.d.Child(n, "modifierExtension"); m != tree.None && !w.d.Leaf(m) {
		w.note(mapping.NotSupported, path+".modifierExtension", "a modifier extension may turn the meaning, and no rule knows it; this is not read", "")
		return true
	}
	return false
}

// answers lists the answers of an item with their places, but those that a
// modifier may turn.
func (w *walker) answers(it tree.ID, path string) (all []placed) {
	i := 0
	for a := range w.elements(it, "answer", path) {
		at := path + ".answer[" + strconv.Itoa(i) + "]"
		i++
		if !w.modified(a, at) {
			all = append(all, placed{a, at})
		}
	}
	return all
}

// placed is a node with its place.
type placed struct {
	tree.ID
	path string
}

// coding reads the answer's valueCoding as system and code; the display is never
// looked at.
func (w *walker) coding(a placed) (c mapping.Coding, ok bool) {
	v := w.d.Child(a.ID, "valueCoding")
	if v == tree.None || w.d.Kind(v) != tree.Object {
		w.note(mapping.Invalid, a.path, "expected a valueCoding; a text is never taken for a code", "")
		return c, false
	}
	return mapping.Coding{System: w.d.Text(w.d.Child(v, "system")), Code: w.d.Text(w.d.Child(v, "code"))}, true
}
