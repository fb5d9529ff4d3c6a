package plain

import (
	"maps"
	"slices"
	"strings"

	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
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
	if !private(b) {
		return nil, nil // an original has no place in the plain form anyway
	}
	social, err := b.Social()
	if err != nil {
		return nil, err
	}
	d, err := tree.Parse(social.Text, tree.Limits{})
	if err != nil {
		return nil, err
	}
	h := withholder{Transcript: transcript.New(from, document.FHIR, document.FHIR), to: d, held: social.Held, rule: w.rule("privatmarkeret")}
	h.node(tree.NoOut, "", from.Root(), d.Root())
	return h.Finish()
}

// private reports whether anything in a document is marked private.
func private(b *bundle.Bundle) bool {
	if b.Private(b.Root()) {
		return true
	}
	for _, e := range b.Entries {
		if b.Private(e.Node) {
			return true
		}
		for c := range b.All(e.Node, "contained") {
			if b.Private(c) {
				return true
			}
		}
	}
	return false
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

// withholder writes a document without what is held back, beside the one that
// says what is left.
type withholder struct {
	*transcript.Transcript
	to   *tree.Doc
	held map[tree.ID]string
	rule string
}

// node writes n, of which m is left.
func (h withholder) node(parent tree.OutID, key string, n, m tree.ID) {
	d := h.Doc
	switch {
	case d.Leaf(n) && d.Raw(n) == h.to.Raw(m):
		h.Leaf(parent, key, d.Raw(n), n, h.rule)
	case d.Leaf(n):
		h.Leaf(parent, key, h.to.Raw(m), n, h.rule) // a name that is masked, a count
	case d.Kind(n) == tree.Object:
		h.object(h.Out.Object(parent, key), n, m)
	default:
		h.array(h.Out.Array(parent, key), n, m)
	}
}

func (h withholder) object(out tree.OutID, n, m tree.ID) {
	d := h.Doc
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		if left := h.to.Child(m, d.Key(c)); left != tree.None {
			h.node(out, d.RawKey(c), c, left)
		} else {
			h.Hold(c, h.rule, h.why(c))
		}
	}
	for c := h.to.First(m); c != tree.None; c = h.to.Next(c) {
		if d.Child(n, h.to.Key(c)) == tree.None {
			h.added(out, h.to.RawKey(c), c)
		}
	}
}

func (h withholder) array(out tree.OutID, n, m tree.ID) {
	left := h.to.First(m)
	for c := h.Doc.First(n); c != tree.None; c = h.Doc.Next(c) {
		if left == tree.None || h.gone(c) {
			h.Hold(c, h.rule, h.why(c))
			continue
		}
		h.node(out, "", c, left)
		left = h.to.Next(left)
	}
	for ; left != tree.None; left = h.to.Next(left) {
		h.added(out, "", left)
	}
}

// gone reports whether nothing of n is left.
func (h withholder) gone(n tree.ID) bool {
	if why := h.held[n]; why != "" {
		return !strings.Contains(why, "masked")
	}
	if h.Doc.Leaf(n) {
		return false
	}
	for c := h.Doc.First(n); c != tree.None; c = h.Doc.Next(c) {
		if !h.gone(c) {
			return false
		}
	}
	return true
}

// why is the reason n is held back, or something in it is.
func (h withholder) why(n tree.ID) string {
	for end := h.Doc.End(n); n < end; n++ {
		if why := h.held[n]; why != "" {
			return why
		}
	}
	return "nothing is left of it when what is privatmarkeret is held back"
}

// added writes what the document says in place of what is held back: how many
// lines, and why the list is empty.
func (h withholder) added(out tree.OutID, key string, m tree.ID) {
	switch h.to.Kind(m) {
	case tree.Object:
		o := h.Out.Object(out, key)
		for c := h.to.First(m); c != tree.None; c = h.to.Next(c) {
			h.added(o, h.to.RawKey(c), c)
		}
	case tree.Array:
		a := h.Out.Array(out, key)
		for c := h.to.First(m); c != tree.None; c = h.to.Next(c) {
			h.added(a, "", c)
		}
	default:
		h.Constant(out, key, h.to.Raw(m), h.rule)
	}
}

// joined is the account of two steps as one; there may be none before.
func joined(before, written *transcript.Written) *transcript.Written {
	if before == nil {
		return written
	}
	l := ledger.Compose(before.Ledger, written.Ledger, before.Raws(), written.Raws())
	return &transcript.Written{Doc: before.Doc, Output: written.Output, Ledger: l, Raws: written.Raws}
}
