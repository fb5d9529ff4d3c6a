package tree

import (
	"testing"

	"pgregory.net/rapid"
)

// A made-up document is read as what it was made up from: every node, key,
// text, path, and the whole of it again without white space.
func TestAnyDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t, 4, 2*manyKeys)
		src := v.loose(t)
		d, err := Parse(src, Limits{})
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		if got, want := string(d.Append(nil, d.Root())), v.compact(); got != want {
			t.Fatalf("%s:\ngot  %s\nwant %s", src, got, want)
		}
		if got, want := compact(src), v.compact(); got != want {
			t.Fatalf("the oracle of the corpora: %s:\ngot  %s\nwant %s", src, got, want)
		}
		n := d.Root()
		v.walk(v.rootName(), func(v *value, path string) {
			checkNode(t, d, n, v, path)
			n++
		})
		if int(n) != d.Len() {
			t.Errorf("%s: got %d nodes, want %d", src, d.Len(), n)
		}
		checkWalk(t, d, d.Root())
		checkWalk(t, d, ID(rapid.IntRange(0, d.Len()-1).Draw(t, "below")))
	})
}

// checkWalk: every leaf from n to its end is visited once, in order, by its path.
func checkWalk(t *rapid.T, d *Doc, n ID) {
	next := n
	d.Walk(n, func(leaf ID, path string) {
		for next < leaf && !d.Leaf(next) {
			next++
		}
		if leaf != next || path != d.Path(leaf) {
			t.Errorf("below %d: got leaf %d, %s; want %d, %s", n, leaf, path, next, d.Path(next))
		}
		next++
	})
	if next != d.End(n) {
		t.Errorf("below %d: Walk ended at %d, want %d", n, next, d.End(n))
	}
}

func checkNode(t *rapid.T, d *Doc, n ID, v *value, path string) {
	if d.Kind(n) != v.kind || d.Key(n) != v.key || d.RawKey(n) != v.rawKey || d.Text(n) != v.text || d.Leaf(n) != (len(v.kids) == 0) {
		t.Errorf("node %d: kind %d, key %q, %q, text %q, leaf %t; want %+v",
			n, d.Kind(n), d.Key(n), d.RawKey(n), d.Text(n), d.Leaf(n), *v)
	}
	if got, want := compact(d.Raw(n)), v.compact(); got != want {
		t.Errorf("node %d: Raw is %s, want %s", n, got, want)
	}
	if got := d.Path(n); got != path {
		t.Errorf("node %d: got path %s, want %s", n, got, path)
	}
	size := ID(0)
	v.walk("", func(*value, string) { size++ })
	if got := d.End(n); got != n+size {
		t.Errorf("node %d: End is %d, want %d", n, got, n+size)
	}
	kid := d.First(n)
	for _, want := range v.kids {
		if kid == None || d.Parent(kid) != n || d.Key(kid) != want.key {
			t.Fatalf("node %d: child %d is not %q", n, kid, want.key)
		}
		if found := d.Child(n, want.key); v.kind == Object && found != kid {
			t.Errorf("node %d: Child(%q) is %d, want %d", n, want.key, found, kid)
		}
		kid = d.Next(kid)
	}
	if kid != None {
		t.Errorf("node %d has the child %d too many", n, kid)
	}
	if found := d.Child(n, "no such key, whatever was drawn \x00\x01"); found != None {
		t.Errorf("node %d: Child of no member is %d", n, found)
	}
}

// Quote writes any text so that it is read back.
func TestQuoteAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		d, err := Parse(Quote(text), Limits{})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got := d.Text(d.Root()); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
		d, err = Parse("{"+Quote(text)+":1}", Limits{})
		if err != nil {
			t.Fatalf("%q as a key: %v", text, err)
		}
		if got := d.Key(d.First(d.Root())); got != text {
			t.Errorf("got the key %q, want %q", got, text)
		}
	})
}

// What is copied, pruned and written is what the model says, and Walk calls
// every leaf what Doc.Path calls it once the text is read again.
func TestAnyOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t, 4, 6)
		d, err := Parse(v.loose(t), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out := NewOut(0)
		root := out.Copy(NoOut, "", d, d.Root(), 3)
		checkOrigins(t, out, root, d)
		prune(t, v, out, root)

		written := string(out.Append(nil, root))
		if want := v.compact(); written != want {
			t.Fatalf("got  %s\nwant %s", written, want)
		}
		again, err := Parse(written, Limits{})
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		n := again.Root()
		out.Walk(root, func(leaf OutID, path string) {
			for n != None && int(n) < again.Len() && !again.Leaf(n) {
				n++
			}
			if int(n) >= again.Len() {
				t.Fatalf("%s is a leaf too many", path)
			}
			if got := again.Path(n); got != path {
				t.Errorf("Walk: got path %s, want %s", path, got)
			}
			if got := string(out.Append(nil, leaf)); got != again.Raw(n) {
				t.Errorf("%s: got %s, want %s", path, got, again.Raw(n))
			}
			n++
		})
		if int(n) != again.Len() {
			t.Errorf("Walk left out the leaves from %d of %d nodes", n, again.Len())
		}
	})
}

// checkOrigins: every leaf of a copy knows the leaf it came from.
func checkOrigins(t *rapid.T, out *Out, root OutID, d *Doc) {
	leaves := 0
	out.Walk(root, func(leaf OutID, path string) {
		leaves++
		from, rule := out.Origin(leaf)
		if from == None || rule != 3 || !out.Leafy(leaf) || out.Kind(leaf) != d.Kind(from) || d.Path(from) != path {
			t.Errorf("%s: written from %d by rule %d", path, from, rule)
		}
		if !d.Kind(from).Container() && out.Raw(leaf) != d.Raw(from) {
			t.Errorf("%s: got %s, want %s", path, out.Raw(leaf), d.Raw(from))
		}
	})
	for n := range ID(d.Len()) {
		if d.Leaf(n) {
			leaves--
		}
	}
	if leaves != 0 {
		t.Errorf("%d leaves more than in the source", leaves)
	}
}

// prune takes members and elements out of v and out alike.
func prune(t *rapid.T, v *value, out *Out, n OutID) {
	kept := v.kids[:0:0]
	c := out.First(n)
	for _, kid := range v.kids {
		next := out.Next(c)
		if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
			out.Remove(c)
		} else {
			prune(t, kid, out, c)
			kept = append(kept, kid)
		}
		c = next
	}
	v.kids = kept
	if rapid.Bool().Draw(t, "add") && v.kind.Container() {
		added := &value{kind: Number, raw: "1"}
		if v.kind == Object {
			added.rawKey, added.key = "added by the test", "added by the test"
		}
		out.Leaf(n, added.rawKey, added.raw, None, 4)
		v.kids = append(v.kids, added)
	}
}
