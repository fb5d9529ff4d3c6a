package difference

import (
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// targets compares the documents that were written, leaf by leaf.
func targets(before, after Side) []Leaf {
	if before.Output == after.Output {
		return nil
	}
	a, errA := read(before.Output)
	b, errB := read(after.Output)
	if errA != nil || errB != nil || a.XML() != b.XML() {
		return []Leaf{{Side: Target, Path: "$this", Kind: Changed}}
	}
	c := comparison{a: a, b: b, then: origins(before.Ledger), now: origins(after.Ledger)}
	c.nodes(a.Root(), b.Root())
	if len(c.found) == 0 {
		c.found = append(c.found, Leaf{Side: Target, Path: "$this", Kind: Order})
	}
	return c.found
}

// read parses an output, JSON or XML.
func read(text string) (*tree.Doc, error) {
	if tree.IsXML(text) {
		utf8, _, err := tree.DecodeXML([]byte(text))
		if err != nil {
			return nil, err
		}
		text = utf8
	}
	return tree.Read(text, tree.Limits{})
}

// origins finds the origin of a leaf by its path.
func origins(l *ledger.Ledger) map[string]*ledger.Origin {
	all := make(map[string]*ledger.Origin, len(l.Origins()))
	for i := range l.Origins() {
		o := &l.Origins()[i]
		all[o.Path] = o
	}
	return all
}

// comparison walks two documents side by side.
type comparison struct {
	a, b      *tree.Doc
	then, now map[string]*ledger.Origin
	found     []Leaf
}

// nodes compares what stands at one place of both.
func (c *comparison) nodes(a, b tree.ID) {
	switch {
	case c.a.Raw(a) == c.b.Raw(b) && c.a.Leaf(a) == c.b.Leaf(b):
	case c.a.Leaf(a) && c.b.Leaf(b):
		c.add(Changed, a, b)
	case c.a.Leaf(a) || c.b.Leaf(b) || c.a.Kind(a) != c.b.Kind(b):
		c.gone(a)
		c.fresh(b)
	default:
		c.children(a, b)
	}
}

// children compares the members or elements of two nodes: those of one key, which
// are all of them in an array, side by side.
func (c *comparison) children(a, b tree.ID) {
	was, keys := byKey(c.a, a, nil)
	is, keys := byKey(c.b, b, keys)
	for _, key := range keys {
		c.lists(was[key], is[key])
	}
}

// byKey groups the children of a node by their key, and adds the keys that are new
// to the list, in the order they stand in.
func byKey(d *tree.Doc, n tree.ID, keys []string) (map[string][]tree.ID, []string) {
	all := map[string][]tree.ID{}
	listed := map[string]bool{}
	for _, k := range keys {
		listed[k] = true
	}
	for child := d.First(n); child != tree.None; child = d.Next(child) {
		key := ""
		if d.Kind(n) != tree.Array {
			key = d.Key(child)
		}
		if !listed[key] {
			listed[key] = true
			keys = append(keys, key)
		}
		all[key] = append(all[key], child)
	}
	return all, keys
}

// mostCells bounds the work of setting two lists side by side.
const mostCells = 1 << 20

// lists compares two lists: what stands in both in the same order is the same,
// what is between is compared one by one, and what is left over is new or gone. An
// entry that was put in moves those behind it and changes nothing of them.
func (c *comparison) lists(a, b []tree.ID) {
	for len(a) > 0 && len(b) > 0 && c.same(a[0], b[0]) {
		a, b = a[1:], b[1:]
	}
	tail := 0
	for tail < len(a) && tail < len(b) && c.same(a[len(a)-1-tail], b[len(b)-1-tail]) {
		tail++
	}
	a, b = a[:len(a)-tail], b[:len(b)-tail]
	if len(a)*len(b) <= mostCells {
		for _, m := range c.common(a, b) {
			c.between(a[:m.a], b[:m.b])
			a, b = a[m.a+1:], b[m.b+1:]
		}
	}
	c.between(a, b)
}

// between compares what stands between two entries that are the same.
func (c *comparison) between(a, b []tree.ID) {
	both := min(len(a), len(b))
	for i := range both {
		c.nodes(a[i], b[i])
	}
	for _, n := range a[both:] {
		c.gone(n)
	}
	for _, n := range b[both:] {
		c.fresh(n)
	}
}

func (c *comparison) same(a, b tree.ID) bool {
	return c.a.Raw(a) == c.b.Raw(b) && c.a.Leaf(a) == c.b.Leaf(b)
}

// pair is a place in one list and one in the other, each counted from the pair
// before.
type pair struct{ a, b int }

// common is the longest list of entries that stand in both in the same order.
func (c *comparison) common(a, b []tree.ID) []pair {
	width := len(b) + 1
	longest := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if c.same(a[i], b[j]) {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	var all []pair
	lastA, lastB := 0, 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case c.same(a[i], b[j]):
			all = append(all, pair{i - lastA, j - lastB})
			i, j = i+1, j+1
			lastA, lastB = i, j
		case longest[(i+1)*width+j] >= longest[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return all
}

// gone notes every leaf of a node that is no more.
func (c *comparison) gone(n tree.ID) {
	c.a.Walk(n, func(leaf tree.ID, _ string) { c.add(Gone, leaf, tree.None) })
}

// fresh notes every leaf of a node that was not.
func (c *comparison) fresh(n tree.ID) {
	c.b.Walk(n, func(leaf tree.ID, _ string) { c.add(New, tree.None, leaf) })
}

// add notes one leaf. It is called by its path after, and one that is gone by that
// before.
func (c *comparison) add(kind string, a, b tree.ID) {
	l := Leaf{Side: Target, Kind: kind}
	if a != tree.None {
		l.Path = c.a.Path(a)
		l.Was, l.Then = c.a.Raw(a), why(c.then[l.Path])
	}
	if b != tree.None {
		l.Path = c.b.Path(b)
		l.Is, l.Now = c.b.Raw(b), why(c.now[l.Path])
	}
	c.found = append(c.found, l)
}

func why(o *ledger.Origin) Why {
	if o == nil {
		return Why{}
	}
	return Why{From: o.From, Source: o.Source, Rule: o.Rule, Row: o.Row}
}
