package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// value is a JSON value that can be changed: the tree itself cannot.
type value struct {
	kind tree.Kind
	key  string // as written, without quotes
	raw  string // of a scalar
	kids []*value
}

func grow(d *tree.Doc, n tree.ID) *value {
	v := &value{kind: d.Kind(n), key: d.RawKey(n)}
	switch {
	case v.kind.Container():
	case d.XML():
		v.raw = tree.Quote(d.Text(n))
	default:
		v.raw = d.Raw(n)
	}
	for c := d.First(n); c != tree.None; c = d.Next(c) {
		v.kids = append(v.kids, grow(d, c))
	}
	return v
}

func (v *value) clone() *value {
	c := *v
	c.kids = make([]*value, len(v.kids))
	for i, k := range v.kids {
		c.kids[i] = k.clone()
	}
	return &c
}

func (v *value) append(b []byte) []byte {
	brackets := "[]"
	switch v.kind {
	case tree.Object:
		brackets = "{}"
	case tree.Array:
	default:
		return append(b, v.raw...)
	}
	b = append(b, brackets[0])
	for i, k := range v.kids {
		if i > 0 {
			b = append(b, ',')
		}
		if v.kind == tree.Object {
			b = append(append(append(b, '"'), k.key...), '"', ':')
		}
		b = k.append(b)
	}
	return append(b, brackets[1])
}

func (v *value) text() string { return string(v.append(nil)) }

// sorted writes the value with the members of every object in order of key.
func (v *value) sorted() string {
	v.each(nil, func(_, o *value) {
		if o.kind == tree.Object {
			slices.SortFunc(o.kids, func(a, b *value) int { return strings.Compare(a.key, b.key) })
		}
	})
	return v.text()
}

// each visits v and all below it with what it stands in.
func (v *value) each(parent *value, visit func(parent, v *value)) {
	visit(parent, v)
	for _, k := range v.kids {
		k.each(v, visit)
	}
}

// spot is a place in a document.
type spot struct{ parent, v *value }

// pick chooses one of the places that fit, false if there is none.
func pick(r *rand.Rand, root *value, fits func(parent, v *value) bool) (spot, bool) {
	var all []spot
	root.each(nil, func(p, v *value) {
		if fits(p, v) {
			all = append(all, spot{p, v})
		}
	})
	if len(all) == 0 {
		return spot{}, false
	}
	return all[r.IntN(len(all))], true
}

func isLeaf(parent, v *value) bool { return parent != nil && len(v.kids) == 0 }
func inner(parent, v *value) bool  { return parent != nil && len(v.kids) > 0 }
func isElement(parent, v *value) bool {
	return parent != nil && parent.kind == tree.Array
}

func (v *value) remove(kid *value) {
	v.kids = slices.DeleteFunc(v.kids, func(k *value) bool { return k == kid })
}

// prune takes out every container that holds nothing.
func (v *value) prune() {
	for _, k := range v.kids {
		k.prune()
	}
	v.kids = slices.DeleteFunc(v.kids, func(k *value) bool { return k.kind.Container() && len(k.kids) == 0 })
}

// path finds the path of a value: it stands where the parsed text has it.
func pathOf(t testing.TB, root, wanted *value) string {
	t.Helper()
	d := parsed(t, root.text())
	n, found := tree.ID(0), tree.None
	root.each(nil, func(_, v *value) {
		if v == wanted {
			found = n
		}
		n++
	})
	if found == tree.None {
		t.Fatal("the value is not in the document")
	}
	return d.Path(found)
}

// A mutation changes a document in place and says what it did, "" if the
// document has no place for it.
type mutation struct {
	name   string
	mutate func(r *rand.Rand, root *value) string
}

// wild lists the mutations after which anything may come out but a panic, a
// lost leaf or an error without a path.
var wild = []mutation{
	{"duplicate an entry", func(r *rand.Rand, root *value) string { return duplicate(r, root, isEntry) }},
	{"duplicate an element", func(r *rand.Rand, root *value) string { return duplicate(r, root, isElement) }},
	{"swap two codes", func(r *rand.Rand, root *value) string {
		return swap(r, root, func(p, v *value) bool { return v.key == "code" && isLeaf(p, v) })
	}},
	{"swap two references", func(r *rand.Rand, root *value) string {
		return swap(r, root, func(p, v *value) bool { return v.key == "reference" && isLeaf(p, v) })
	}},
	{"swap two leaves", func(r *rand.Rand, root *value) string { return swap(r, root, isLeaf) }},
	{"swap two branches", func(r *rand.Rand, root *value) string { return swap(r, root, inner) }},
	{"change a scalar", changeScalar},
	{"change a type", changeType},
	{"wrap in an array", func(r *rand.Rand, root *value) string {
		s, ok := pick(r, root, func(p, _ *value) bool { return p != nil })
		if !ok {
			return ""
		}
		whole := *s.v
		whole.key = ""
		*s.v = value{kind: tree.Array, key: s.v.key, kids: []*value{&whole}}
		return s.v.key
	}},
	{"delete a branch", func(r *rand.Rand, root *value) string {
		s, ok := pick(r, root, inner)
		if !ok {
			return ""
		}
		s.parent.remove(s.v)
		return s.v.key
	}},
	{"rename a key", func(r *rand.Rand, root *value) string {
		s, ok := pick(r, root, func(p, _ *value) bool { return p != nil && p.kind == tree.Object })
		if !ok {
			return ""
		}
		was := s.v.key
		s.v.key = []string{"modifierExtension", "_" + was, "x" + was, "reference", `sys\u0074em`, "a key"}[r.IntN(6)]
		for _, k := range s.parent.kids {
			if k != s.v && k.key == s.v.key {
				s.v.key = was
				return ""
			}
		}
		return was + " to " + s.v.key
	}},
	{"reverse an array", func(r *rand.Rand, root *value) string {
		s, ok := pick(r, root, func(_, v *value) bool { return v.kind == tree.Array && len(v.kids) > 1 })
		if !ok {
			return ""
		}
		slices.Reverse(s.v.kids)
		return s.v.key
	}},
}

func isEntry(p, v *value) bool { return p != nil && p.key == "entry" && p.kind == tree.Array }

func duplicate(r *rand.Rand, root *value, of func(p, v *value) bool) string {
	s, ok := pick(r, root, of)
	if !ok {
		return ""
	}
	s.parent.kids = slices.Insert(s.parent.kids, r.IntN(len(s.parent.kids)+1), s.v.clone())
	return "in " + s.parent.key
}

func swap(r *rand.Rand, root *value, of func(p, v *value) bool) string {
	a, ok := pick(r, root, of)
	b, _ := pick(r, root, of)
	if !ok || a.v == b.v || within(a.v, b.v) || within(b.v, a.v) {
		return ""
	}
	*a.v, *b.v = *b.v, *a.v
	a.v.key, b.v.key = b.v.key, a.v.key
	return a.v.key + " and " + b.v.key
}

func within(a, b *value) bool {
	found := false
	a.each(nil, func(_, v *value) { found = found || v == b })
	return found
}

// scalars are what a scalar is changed to: codes of the two systems, both
// spellings, numbers as JSON allows them, texts that are no text.
var scalars = []string{`""`, `"x"`, `0`, `-0.0e+10`, `123456789012345678901234567890`, `true`, `null`, `"\ud83d\ude00"`,
	`"B4"`, `"J1.1"`, `"464a2ab6-a7df-4b3a-b74d-7873f4cfe668"`, `"1c327095-107f-4b96-88d0-ec562cb980be"`,
	`"urn:oid:1.2.208.176.2.21"`, `"urn:oid:1.2.208.176.2.22"`, `"http://kl.dk/fhir/common/caresocial/CodeSystem/FSIII"`,
	`"active"`, `"inactive"`, `"entered-in-error"`, `"planned"`, `"Bundle"`, `"Condition"`, `"2509479989"`, `"250947-9989"`, `"2026-02-30"`, `"712744002"`}

func changeScalar(r *rand.Rand, root *value) string {
	s, ok := pick(r, root, isLeaf)
	if !ok {
		return ""
	}
	raw := scalars[r.IntN(len(scalars))]
	*s.v = value{kind: scalarKind(raw), key: s.v.key, raw: raw}
	return fmt.Sprintf("%s to %s", s.v.key, raw)
}

func scalarKind(raw string) tree.Kind {
	switch raw[0] {
	case '"':
		return tree.String
	case 't', 'f':
		return tree.Bool
	case 'n':
		return tree.Null
	}
	return tree.Number
}

// changeType puts a value of another kind in place of any value.
func changeType(r *rand.Rand, root *value) string {
	s, ok := pick(r, root, func(p, _ *value) bool { return p != nil })
	if !ok {
		return ""
	}
	text := []string{`{}`, `[]`, `[[]]`, `[{}]`, `{"a":{}}`, `[null]`, `"x"`, `7`, `{"reference":{"reference":[1]}}`, `{"coding":[[],{},7,{"code":{}}]}`}[r.IntN(10)]
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		panic(err) // a text of our own
	}
	key := s.v.key
	*s.v = *grow(d, d.Root())
	s.v.key = key
	return key + " to " + text
}
