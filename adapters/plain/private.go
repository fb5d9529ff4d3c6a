package plain

import (
	"maps"
	"slices"

	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// version is the version of the plain form.
const version = "1.0"

// social reads a hub document without what the citizen has marked private,
// whoever told it: the plain form is for social systems (domain.md §6), a mark
// of ours on a Bundle can be written by anybody, and the residue gives the
// sender its own document. It returns nil where nothing is held back.
func (w way) social(from *tree.Doc) (*transcript.Written, error) {
	b, err := bundle.Read(from)
	if err != nil {
		return nil, err
	}
	if !b.AnyPrivate() {
		return nil, nil // an original has no place in the plain form anyway
	}
	if w.name == document.Korrespondance {
		if err := confidential(b); err != nil {
			return nil, err
		}
	}
	return b.WithoutPrivate(w.rule("privatmarkeret"))
}

// conditions leaves the target groups out: they are Conditions in KL's profiles,
// and say whom a service is for, not what was found with the citizen
// (domain.md §3). It returns nil where there are none.
func (w way) conditions(d *tree.Doc) (*transcript.Written, error) {
	groups := map[tree.ID]bool{}
	entries := d.Child(d.Root(), "entry")
	if entries == tree.None || d.Kind(entries) != tree.Array {
		return nil, nil
	}
	for e := d.First(entries); e != tree.None; e = d.Next(e) {
		r := d.Child(e, "resource")
		if d.Text(d.Child(r, "resourceType")) != "Condition" {
			continue
		}
		if list := d.Child(d.Child(r, "code"), "coding"); list != tree.None && d.Kind(list) == tree.Array {
			for c := d.First(list); c != tree.None; c = d.Next(c) {
				groups[e] = groups[e] || w.targets[d.Text(d.Child(c, "code"))]
			}
		}
	}
	if !slices.Contains(slices.Collect(maps.Values(groups)), true) {
		return nil, nil
	}
	t := transcript.New(d, document.FHIR, document.FHIR)
	root := t.Out.Object(tree.NoOut, "")
	for c := d.First(d.Root()); c != tree.None; c = d.Next(c) {
		if c != entries {
			t.Copy(root, d.RawKey(c), c, w.rule("bundt"))
			continue
		}
		list := t.Out.Array(root, "entry")
		for e := d.First(entries); e != tree.None; e = d.Next(e) {
			if groups[e] {
				t.Drop(e, w.rule("maalgruppe"), "a target group says whom a service is for; the plain form holds what was found with the citizen")
			} else {
				t.Copy(list, "", e, w.rule("bundt"))
			}
		}
	}
	return t.Finish()
}
