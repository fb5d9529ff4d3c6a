package document

import (
	"slices"

	"tolk/mapping/ledger"
	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// foreign reports whether FHIR R4 has no element k of the resource, or k is an
// extension inside an element. A rule that carries an element carries what FHIR
// puts into it: anything else would go into a document that claims a profile,
// and may say to the other sector what the report has no place for. The hub
// carries it.
func (w *writer) foreign(k tree.ID) bool {
	switch {
	case w.hub() || w.doc.Kind(w.doc.Parent(k)) != tree.Object:
		return false
	case w.doc.Key(k) == "extension":
		return true
	case w.res == nil:
		return false
	}
	var names []string
	for n := k; n != w.res.Node; n = w.doc.Parent(n) {
		if n == tree.None {
			return false // of the entry, not of the resource
		}
		if w.doc.Kind(w.doc.Parent(n)) == tree.Object {
			names = append(names, w.doc.Key(n))
		}
	}
	slices.Reverse(names)
	_, ok := fhir.Resolve(w.res.Type, names...)
	return !ok
}

// strike takes the copy of k, below n whose copy is id, out again. Copy adds
// nodes in document order, so a copy is as far from id as its node is from n.
func (w *writer) strike(n, k tree.ID, id tree.OutID) {
	w.markAll(k, fate{fate: ledger.Unclaimed})
	for ; ; k = w.doc.Parent(k) {
		w.out.Remove(id + tree.OutID(k-n))
		if k == n || w.out.First(id+tree.OutID(w.doc.Parent(k)-n)) != tree.NoOut {
			return
		}
	}
}
