package fields

import (
	"slices"

	"tolk/mapping/rules"
	"tolk/mapping/tree"
)

// Fills lists the fields of the left form that fill an element of the hub, in
// the order of the file, written as in the file: oplysninger.anamnese[]. It is
// empty where the left form has no place for the element. Where no rule says
// which of its resources one is, because that is told by what is in it, it is the
// fields of all of them.
func (b *Book) Fills(w rules.Way) []string {
	f := filler{way: w}
	for _, n := range b.maps {
		f.resources(n, "")
	}
	if first := w[0].Resource; len(f.fields) == 0 && first.Value != "" {
		every := slices.Clone(w)
		every[0].Resource = rules.Step{Name: first.Name}
		return b.Fills(every)
	}
	return f.fields
}

// filler looks for the fields that fill an element.
type filler struct {
	way    rules.Way
	fields []string
}

// fills notes a field, once.
func (f *filler) fills(field string) {
	if !slices.Contains(f.fields, field) {
		f.fields = append(f.fields, field)
	}
}

// resources looks for maps that make the resource the way begins with.
func (f *filler) resources(n *node, left string) {
	if n.never() {
		return
	}
	left = Join(left, n.text.Left)
	if first := f.way[0]; n.kind == first.Resource.Name && n.makes(first.Resource.Key, first.Resource.Value) {
		f.resource(n, left, f.way)
	}
	for _, inner := range n.maps {
		f.resources(inner, left)
	}
}

// resource looks on in a resource that a map makes of the object at left.
func (f *filler) resource(n *node, left string, way rules.Way) {
	if len(way[0].Steps) == 0 {
		f.all(n, left)
		return
	}
	f.element(n, left, way[0].Steps, way[1:])
}

// element looks for what fills the element at some steps from what a map makes,
// or what the reference there leads to.
func (f *filler) element(n *node, left string, steps []rules.Step, on rules.Way) {
	for _, r := range n.rules {
		if r.both && len(on) == 0 && len(steps) <= len(r.right) && n.covers(r.right[:len(steps)], steps) {
			f.fills(Join(left, r.text.Left))
		}
	}
	for _, m := range n.maps {
		below := Join(left, m.text.Left)
		switch {
		case m.never():
		case m.kind != "":
			if len(m.at) != len(steps) || !n.covers(m.at, steps) {
				break
			}
			if len(on) == 0 {
				f.all(m, below)
			} else if on[0].Resource.Name == m.kind {
				f.resource(m, below, on)
			}
		case len(m.right) >= len(steps):
			if len(on) == 0 && m.covers(m.right[:len(steps)], steps) {
				f.all(m, below)
			}
		case m.covers(m.right, steps[:len(m.right)]):
			f.element(m, below, steps[len(m.right):], on)
		}
	}
}

// all notes what fills all of what a map makes of the object at left: the object,
// or if it has none of its own, the fields it takes from the one around it.
func (f *filler) all(n *node, left string) {
	if n.text.Left != "" {
		f.fills(left)
		return
	}
	for _, r := range n.rules {
		if r.both {
			f.fills(Join(left, r.text.Left))
		}
	}
	for _, m := range n.maps {
		if !m.never() {
			f.all(m, Join(left, m.text.Left))
		}
	}
}

// never reports whether a map is for what only the hub can say.
func (n *node) never() bool { return n.text.When == fromHub }

// fromHub is a field that no document of the left form has: a map that waits for
// it is read from the hub and never written to it.
const fromHub = "fra-hubben"

// covers reports whether steps of a map or of a rule in it can be those that are
// looked for.
func (n *node) covers(have []step, want []rules.Step) bool {
	for i, w := range want {
		h := have[i]
		if h.name != w.Name {
			return false
		}
		key, value := w.Key, w.Value
		if w.URL != "" {
			key, value = []string{"url"}, w.URL
		}
		switch {
		case value == "":
		case h.value != "":
			if h.value != value || !slices.Equal(h.key, key) {
				return false
			}
		case !n.makes(key, value):
			return false
		}
	}
	return true
}

// makes reports whether the member at a key of what a map makes can have a text:
// it always has it, or a field says what it is.
func (n *node) makes(key []string, value string) bool {
	if value == "" {
		return true
	}
	for _, x := range n.fixed {
		if named(x.right, key) {
			return x.raw == tree.Quote(value)
		}
	}
	for _, r := range n.rules {
		if r.both && named(r.right, key) {
			return true
		}
	}
	return slices.ContainsFunc(n.maps, func(m *node) bool {
		return m.kind == "" && len(m.right) < len(key) && named(m.right, key[:len(m.right)]) && m.makes(key[len(m.right):], value)
	})
}

// named reports whether steps have these names.
func named(steps []step, names []string) bool {
	return slices.EqualFunc(steps, names, func(s step, name string) bool { return s.name == name })
}
