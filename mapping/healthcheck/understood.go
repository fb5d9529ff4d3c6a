package healthcheck

import (
	"slices"
	"strings"

	"tolk/mapping/tree"
	"tolk/schemas/fhir"
)

// Only says of n that the scalars at some paths below it chose a rule. What else
// stands there is lost, for a reason: nobody has understood it. A path is the
// names down from n with points between them, without those of elements of a
// list; that of n itself is empty.
func (c *Copier) Only(n tree.ID, rule, reason string, paths ...string) {
	if n == tree.None {
		return
	}
	for m, end := n, c.Doc.End(n); m < end; m++ {
		switch {
		case !c.Doc.Leaf(m):
		case !c.Doc.Kind(m).Container() && slices.Contains(paths, c.below(n, m)):
			c.Use(m, rule)
		default:
			c.Drop(m, rule, reason)
		}
	}
}

// below returns the path from n down to m.
func (c *Copier) below(n, m tree.ID) string {
	var names []string
	for ; m != n; m = c.Doc.Parent(m) {
		if c.Doc.Kind(c.Doc.Parent(m)) == tree.Object {
			names = append(names, c.Doc.Key(m))
		}
	}
	slices.Reverse(names)
	return strings.Join(names, ".")
}

// Again says of a member of an element that the target has it already, from
// another place that says the same. What R4 does not know where it is nobody
// claims, here as there. The steps are those of Member.
func (c *Copier) Again(m tree.ID, rule string, steps ...string) {
	below := append(steps[:len(steps):len(steps)], c.Doc.Key(m))
	if _, ok := fhir.Resolve(below[0], below[1:]...); ok {
		c.again(m, rule, below)
	}
}

func (c *Copier) again(n tree.ID, rule string, steps []string) {
	switch d := c.Doc; {
	case d.Leaf(n):
		c.Use(n, rule)
	case d.Kind(n) == tree.Array:
		for e := d.First(n); e != tree.None; e = d.Next(e) {
			c.again(e, rule, steps)
		}
	default:
		for m := d.First(n); m != tree.None; m = d.Next(m) {
			c.Again(m, rule, steps...)
		}
	}
}

// Scalar returns the member of n called key, None where it is not there or holds
// members of its own.
func (c *Copier) Scalar(n tree.ID, key string) tree.ID {
	if m := c.Doc.Child(n, key); m != tree.None && !c.Doc.Kind(m).Container() {
		return m
	}
	return tree.None
}

// Plain reports whether a coding says no more than what it means and whose
// choice it was.
func (c *Copier) Plain(coding tree.ID) bool {
	for m := c.Doc.First(coding); m != tree.None; m = c.Doc.Next(m) {
		switch c.Doc.Key(m) {
		case "system", "code", "display":
			if c.Doc.Kind(m) != tree.String {
				return false
			}
		case "userSelected":
			if c.Doc.Raw(m) != "true" {
				return false
			}
		default:
			if _, known := fhir.Lookup("Coding." + c.Doc.Key(m)); known {
				return false
			}
		}
	}
	return true
}

// Follows gives a coding that follows from the item its fate: what it means is
// in the target. What R4 does not know in it nobody claims.
func (c *Copier) Follows(coding tree.ID, rule string) {
	for _, key := range []string{"system", "code", "display", "userSelected"} {
		if m := c.Scalar(coding, key); m != tree.None {
			c.Use(m, rule)
		}
	}
}

// Called returns the name of a type of resource, and of a type that R4 does not
// have no name: it would be the sender's text.
func Called(kind string) string {
	if e, ok := fhir.Lookup(kind); ok && !strings.Contains(kind, ".") && len(e.Types) == 1 && strings.HasSuffix(e.Types[0], "Resource") {
		return kind
	}
	return "a resource of a type that R4 does not have"
}

// canonical writes n so that the order of members makes no difference, nor how a
// string is written.
func (c *Copier) canonical(b []byte, n tree.ID) []byte {
	d := c.Doc
	switch d.Kind(n) {
	case tree.Object:
		var members []string
		for m := d.First(n); m != tree.None; m = d.Next(m) {
			members = append(members, tree.Quote(d.Key(m))+":"+string(c.canonical(nil, m)))
		}
		slices.Sort(members)
		return append(append(append(b, '{'), strings.Join(members, ",")...), '}')
	case tree.Array:
		b = append(b, '[')
		for m := d.First(n); m != tree.None; m = d.Next(m) {
			b = append(c.canonical(b, m), ',')
		}
		return append(b, ']')
	case tree.String:
		return append(b, tree.Quote(d.Text(n))...)
	}
	return append(b, d.Raw(n)...)
}

// Canonical is the text of n with the members of objects in one order: equal for
// elements that say the same.
func (c *Copier) Canonical(n tree.ID) string { return string(c.canonical(nil, n)) }
