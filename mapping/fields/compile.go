package fields

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/rules"
	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// compiler turns one file into a Book, and refuses what cannot be meant: an
// element that R4 does not have, a word that stands for two codes, a map that
// is referred to and is not there.
type compiler struct {
	file   *File
	files  map[string]*File
	lenses map[string]Lens
	faults rules.List

	place string // of the map at hand, for errors
	names map[string]bool
	refs  map[string]string // a map that is referred to, and from where
	depth int
}

func (c *compiler) fault(format string, args ...any) {
	c.faults = append(c.faults, &mapping.Error{Kind: mapping.Invalid, Path: c.place, Message: fmt.Sprintf(format, args...)})
}

func (c *compiler) book() *Book {
	f := c.file
	c.place, c.names, c.refs = f.Name, map[string]bool{}, map[string]string{}
	if f.Document == "" || f.Left == "" || f.Right == "" || f.Version == "" || len(f.Maps) == 0 {
		c.fault("expected document, left, right, version and maps")
	}
	b := &Book{Document: f.Document, Left: f.Left, Right: f.Right, Version: f.Version, leave: f.Leave, file: &where{file: f.Name}}
	f.Bundle.Right, f.Bundle.Map = "Bundle", "bundle"
	b.bundle = *c.node(f, f.Bundle, "", nil)
	for _, m := range f.Maps {
		b.maps = append(b.maps, c.node(f, m, "", nil))
	}
	c.place = f.Name
	for _, name := range slices.Sorted(maps.Keys(c.refs)) {
		if !c.names[name] {
			c.place = c.refs[name]
			c.fault("ref %s: there is no such map", name)
		}
	}
	return b
}

// node compiles a map that stands in a resource of a type, below the elements
// named by around.
func (c *compiler) node(in *File, m Map, resource string, around []string) *node {
	outer := c.place
	defer func() { c.place = outer }()
	c.place = in.Name + ": " + m.Map
	if m.Map == "" || m.Right == "" {
		c.fault("expected a map with a name and right")
		return &node{}
	}
	c.names[m.Map] = true
	n := &node{name: m.Map, left: left(m.Left), ruleID: c.id(m.Map, ""), text: m}
	for _, w := range strings.Fields(m.When) {
		n.when = append(n.when, left(w))
	}
	if first := m.Right[0]; first >= 'A' && first <= 'Z' {
		n.kind = m.Right
		if m.At != "" {
			n.at = c.path(resource, around, m.At)
		}
		if _, ok := fhir.Resolve(m.Right); !ok {
			c.fault("right %s: FHIR R4 has no such resource", m.Right)
		}
		resource, around = m.Right, nil
	} else {
		n.right = c.path(resource, around, m.Right)
		for _, s := range n.right {
			around = append(slices.Clone(around), s.name)
		}
	}
	file := in
	if m.Include != "" {
		file, m.Fixed, m.Rules, m.Maps = c.include(m)
	}
	if c.depth++; c.depth > 32 {
		c.fault("include: it includes itself")
		return n
	}
	c.fill(n, file, m, resource, around)
	c.depth--
	return n
}

// include finds the rules of another map, beside those of its own.
func (c *compiler) include(m Map) (*File, []Fixed, []Rule, []Map) {
	name, of, _ := strings.Cut(m.Include, "#")
	f := c.files[name]
	if f == nil {
		c.fault("include %s: there is no such file", m.Include)
		return c.file, nil, nil, nil
	}
	for _, other := range f.Maps {
		if other.Map == of {
			return f, append(slices.Clone(other.Fixed), m.Fixed...), append(slices.Clone(other.Rules), m.Rules...), append(slices.Clone(other.Maps), m.Maps...)
		}
	}
	c.fault("include %s: the file has no such map", m.Include)
	return c.file, nil, nil, nil
}

// fill compiles what a map says of its object.
func (c *compiler) fill(n *node, in *File, m Map, resource string, around []string) {
	for i, f := range m.Fixed {
		n.fixed = append(n.fixed, c.fixed(resource, around, f, c.id(m.Map, fmt.Sprintf("fixed-%d", i+1))))
	}
	ids := map[string]bool{}
	for _, r := range m.Rules {
		if r.ID == "" || ids[r.ID] {
			c.fault("rule %q: expected an id of its own", r.ID)
		}
		ids[r.ID] = true
		n.rules = append(n.rules, c.rule(in, m, r, resource, around))
		if r.ID == m.Known {
			n.known = n.rules[len(n.rules)-1]
		}
	}
	if m.Known != "" && (n.known == nil || n.known.table == nil) {
		c.fault("known %s: expected the id of a rule of the map with a table", m.Known)
	}
	for _, inner := range m.Maps {
		n.maps = append(n.maps, c.node(in, inner, resource, around))
	}
}

func (c *compiler) rule(in *File, m Map, r Rule, resource string, around []string) *rule {
	out := &rule{id: c.id(m.Map, r.ID), left: left(r.Left), drop: r.Drop, ref: r.Ref, both: r.Left != "" && r.Right != "", text: r}
	if r.Right != "" {
		out.right = c.path(resource, around, r.Right)
	}
	switch {
	case r.Drop != "" && (out.both || r.Left == "" && r.Right == ""):
		c.fault("rule %s: dropped is an element of one side, left or right", r.ID)
	case r.Ref != "" && (r.Right == "" || r.Left != ""):
		c.fault("rule %s: a ref has a right side and no left one", r.ID)
	case r.Drop == "" && r.Ref == "" && !out.both:
		c.fault("rule %s: expected left and right", r.ID)
	}
	if r.Ref != "" {
		c.refs[r.Ref] = c.place
	}
	for i, w := range r.With {
		out.with = append(out.with, c.fixed(resource, around, w, out.id+fmt.Sprintf("-with-%d", i+1)))
	}
	if name, arg := rules.Call(r.Via); name == "table" {
		out.table = c.table(in, arg)
	} else if name != "" {
		lens, ok := c.lenses[name]
		if !ok {
			c.fault("rule %s: there is no lens %s", r.ID, name)
		}
		out.lens = &lens
	}
	return out
}

func (c *compiler) table(in *File, name string) *table {
	words, ok := in.Tables[name]
	if !ok {
		c.fault("there is no table %s", name)
	}
	t := &table{code: words, word: map[string]string{}}
	for _, word := range slices.Sorted(maps.Keys(words)) {
		if other, twice := t.word[words[word]]; twice {
			c.fault("table %s: %s stands for %s and %s", name, words[word], other, word)
		}
		t.word[words[word]] = word
	}
	return t
}

func (c *compiler) fixed(resource string, around []string, f Fixed, id string) fixed {
	raw := f.Is
	if _, err := tree.Parse(raw, tree.Limits{}); err != nil || raw == "" {
		raw = tree.Quote(raw)
	}
	return fixed{right: c.path(resource, around, f.Right), raw: raw, id: id, text: f}
}

// path compiles a path of the right side, and refuses one that R4 does not
// have.
func (c *compiler) path(resource string, around []string, text string) []step {
	parsed, err := rules.ParsePath(text)
	if err != nil {
		c.fault("%s", err.Error())
		return nil
	}
	var steps []step
	names := slices.Clone(around)
	for _, p := range parsed {
		names = append(names, p.Name)
		e, ok := fhir.Resolve(resource, names...)
		if !ok {
			c.fault("%s: FHIR R4 has no such element in %s", text, resource)
			return nil
		}
		s := step{name: p.Name, array: e.Array && !strings.HasPrefix(p.Name, "_"), key: p.Key, value: p.Value}
		if p.URL != "" {
			s.key, s.value = []string{"url"}, p.URL
		}
		if s.value != "" && !s.array {
			c.fault("%s: %s is one element, there is nothing to select", text, p.Name)
		}
		steps = append(steps, s)
	}
	return steps
}

// id names a rule for the ledger: medicinliste.plain/laegemiddel/status.
func (c *compiler) id(m, rule string) string {
	id := c.file.Document + "." + c.file.Left + "/" + m
	if rule != "" {
		id += "/" + rule
	}
	return id
}

func left(path string) leftPath {
	path, each := strings.CutSuffix(path, "[]")
	if path == "" || path == "$" {
		return leftPath{}
	}
	return leftPath{names: strings.Split(path, "."), each: each}
}
