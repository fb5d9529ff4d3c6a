package document

import (
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// A lens reads what FHIR R4 says is there: an object, a text. These see to
// it that nothing else comes to a lens. What has another shape is carried into
// the hub as it is, and refused by a strict form, which could not hold it.

// objects guards a lens that reads an object, or an array of them.
func objects(lens lensFunc) lensFunc {
	return guarded(lens, "expected the shape of FHIR R4: an object or an array of objects, none of them empty, with texts for system, code, value, use, url and reference",
		func(d *tree.Doc, n tree.ID) bool { return object(d, n) || list(d, n) })
}

// one guards a lens that reads one object.
func one(lens lensFunc) lensFunc {
	return guarded(lens, "expected the shape of FHIR R4: one object, not empty, with texts for system, code, value, use, url and reference", object)
}

// arrays guards a lens that reads an array of objects.
func arrays(lens lensFunc) lensFunc {
	return guarded(lens, "expected an array of objects, none of them empty, with texts for system, code, value, use and reference", list)
}

// texts guards a lens that reads a text.
func texts(lens lensFunc) lensFunc {
	return guarded(lens, "expected a text", func(d *tree.Doc, n tree.ID) bool { return d.Kind(n) == tree.String })
}

func guarded(lens lensFunc, expected string, fits func(*tree.Doc, tree.ID) bool) lensFunc {
	return func(w *writer, s *step, key string, n tree.ID, out tree.OutID) {
		beside := strings.HasPrefix(key, "_") // the extensions of a primitive
		switch {
		case !beside && fits(w.doc, n):
			lens(w, s, key, n, out)
		case w.hub():
			w.copy(n, key, s.rule, out)
		case beside:
			w.drop(n, s, "an extension of an element that is translated")
		case w.err == nil:
			w.err = &mapping.Error{Kind: mapping.Structure, Path: w.doc.Path(n), Message: expected}
		}
	}
}

// object reports whether n is an object whose members, where a lens reads
// them, are texts, and whose codings are objects as well.
func object(d *tree.Doc, n tree.ID) bool {
	if d.Kind(n) != tree.Object || d.Leaf(n) {
		return false
	}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		switch key := d.Key(c); {
		case slices.Contains([]string{"system", "code", "value", "use", "url", "reference", "display"}, key):
			if d.Kind(c) != tree.String {
				return false
			}
		case key == "coding":
			if !list(d, c) {
				return false
			}
		case key == "valueReference":
			if !object(d, c) {
				return false
			}
		}
	}
	return true
}

// list reports whether n is an array of such objects.
func list(d *tree.Doc, n tree.ID) bool {
	if d.Kind(n) != tree.Array || d.Leaf(n) {
		return false
	}
	for e := d.First(n); e != tree.None; e = d.Next(e) {
		if !object(d, e) {
			return false
		}
	}
	return true
}
