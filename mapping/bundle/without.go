package bundle

import (
	"strings"

	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// AnyPrivate reports whether anything in the Bundle is marked private.
func (b *Bundle) AnyPrivate() bool {
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

// WithoutPrivate writes the Bundle without what Social takes out, and accounts
// for it by a rule.
func (b *Bundle) WithoutPrivate(rule string) (*transcript.Written, error) {
	social, err := b.Social()
	if err != nil {
		return nil, err
	}
	d, err := tree.Parse(social.Text, tree.Limits{})
	if err != nil {
		return nil, err
	}
	r := remover{Transcript: transcript.New(b.Doc, document.FHIR, document.FHIR), to: d, held: social.Held, rule: rule}
	r.node(tree.NoOut, "", b.Root(), d.Root())
	return r.Finish()
}

// remover writes a document without what is held back, beside the one that
// says what is left.
type remover struct {
	*transcript.Transcript
	to   *tree.Doc
	held map[tree.ID]string
	rule string
}

// node writes n, of which m is left.
func (h remover) node(parent tree.OutID, key string, n, m tree.ID) {
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

func (h remover) object(out tree.OutID, n, m tree.ID) {
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

func (h remover) array(out tree.OutID, n, m tree.ID) {
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
func (h remover) gone(n tree.ID) bool {
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
func (h remover) why(n tree.ID) string {
	for end := h.Doc.End(n); n < end; n++ {
		if why := h.held[n]; why != "" {
			return why
		}
	}
	return "nothing is left of it when what is privatmarkeret is held back"
}

// added writes what the document says in place of what is held back: how many
// lines, and why the list is empty.
func (h remover) added(out tree.OutID, key string, m tree.ID) {
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
