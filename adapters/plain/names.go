package plain

import (
	"slices"
	"strings"

	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// names writes the names as the plain form has them: the given names of the
// citizen as one text, and the name of anybody else in one, where the hub has
// it in parts only. It returns nil where every name is so already.
func (w way) names(d *tree.Doc) (*transcript.Written, error) {
	j := joiner{way: w, parts: map[tree.ID][]tree.ID{}}
	for e := elements(d, d.Child(d.Root(), "entry")); e != tree.None; e = d.Next(e) {
		r := d.Child(e, "resource")
		switch d.Text(d.Child(r, "resourceType")) {
		case "Patient":
			for n := elements(d, d.Child(r, "name")); n != tree.None; n = d.Next(n) {
				if given := wordsOf(d, d.Child(n, "given")); len(given) > 1 {
					j.parts[n] = given
				}
			}
		case "Practitioner", "RelatedPerson":
			if n, parts := inParts(d, d.Child(r, "name")); len(parts) > 0 {
				j.parts[n] = parts
			}
		}
	}
	if len(j.parts) == 0 {
		return nil, nil
	}
	j.Transcript = transcript.New(d, document.FHIR, document.FHIR)
	j.node(tree.NoOut, "", d.Root())
	return j.Finish()
}

// inParts is the first of somebody's names that has parts, and these, given
// before family; none where one of the names stands as a text.
func inParts(d *tree.Doc, names tree.ID) (first tree.ID, parts []tree.ID) {
	for n := elements(d, names); n != tree.None; n = d.Next(n) {
		if d.Child(n, "text") != tree.None {
			return tree.None, nil
		}
		if len(parts) == 0 {
			first, parts = n, append(wordsOf(d, d.Child(n, "given")), wordsOf(d, d.Child(n, "family"))...)
		}
	}
	return first, parts
}

// elements is the first element of an array, None where something else stands.
func elements(d *tree.Doc, list tree.ID) tree.ID {
	if list == tree.None || d.Kind(list) != tree.Array {
		return tree.None
	}
	return d.First(list)
}

// wordsOf lists the texts that say something: n itself, or those of an array.
func wordsOf(d *tree.Doc, n tree.ID) (all []tree.ID) {
	says := func(n tree.ID) bool {
		return n != tree.None && d.Kind(n) == tree.String && strings.TrimSpace(d.Text(n)) != ""
	}
	if says(n) {
		return []tree.ID{n}
	}
	for e := elements(d, n); e != tree.None; e = d.Next(e) {
		if says(e) {
			all = append(all, e)
		}
	}
	return all
}

// joiner writes a document with the parts of some names joined. A text has one
// origin, its first part; the others are used.
type joiner struct {
	*transcript.Transcript
	way
	parts map[tree.ID][]tree.ID // by name
}

func (j joiner) node(parent tree.OutID, key string, n tree.ID) {
	d := j.Doc
	switch {
	case d.Leaf(n):
		j.Copy(parent, key, n, j.rule("bundt"))
	case d.Kind(n) == tree.Array:
		list := j.Out.Array(parent, key)
		for e := d.First(n); e != tree.None; e = d.Next(e) {
			j.node(list, "", e)
		}
	case j.parts[n] != nil:
		j.name(j.Out.Object(parent, key), n, j.parts[n])
	default:
		object := j.Out.Object(parent, key)
		for c := d.First(n); c != tree.None; c = d.Next(c) {
			j.node(object, d.RawKey(c), c)
		}
	}
}

// name writes a name: what its parts are joined to, and the rest as it stands.
func (j joiner) name(to tree.OutID, n tree.ID, parts []tree.ID) {
	d, rule := j.Doc, j.rule("person/navn")
	into, key := to, "text"
	if d.Text(d.Child(d.Parent(d.Parent(n)), "resourceType")) == "Patient" {
		into, key, rule = j.Out.Array(to, "given"), "", j.rule("borger/fornavn")
	}
	var words []string
	for _, p := range parts {
		words = append(words, d.Text(p))
		j.Use(p, rule)
	}
	j.Text(into, key, strings.Join(words, " "), parts[0], rule)
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		switch {
		case slices.Contains(parts, c):
		case d.Key(c) == "given" && d.Kind(c) == tree.Array:
			given := j.Out.Child(to, "given")
			if given == tree.NoOut {
				given = j.Out.Array(to, "given")
			}
			for e := d.First(c); e != tree.None; e = d.Next(e) {
				if !slices.Contains(parts, e) {
					j.node(given, "", e)
				}
			}
		default:
			j.node(to, d.RawKey(c), c)
		}
	}
}
