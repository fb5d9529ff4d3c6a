package tree

import "testing"

// A text that says something else than what is written says it wherever that
// stands in it.
func TestTextThatIsNotVerbatim(t *testing.T) {
	for _, c := range []struct{ xml, want string }{
		{"<A>1]2</A>", "1]2"},
		{"<A>\r\n 1</A>", "\n 1"},
		{"<A> \r</A>", " \n"},
		{"<A>1\r</A>", "1\n"},
		{"<A>1<!-- x -->2</A>", "12"},
		{"<A>1<?x y?>&amp;2</A>", "1&2"},
		{"<A><![CDATA[<1>]]></A>", "<1>"},
		{"<A>&#49;<B/></A>", "1"},
		{"<A><B>&lt;</B>1</A>", "1"},
		{"<A b=\"1\t2\">x</A>", "1 2"},
		{"<A b=\"&gt;]\"/>", ">]"},
	} {
		d, err := ParseXML(c.xml, Limits{})
		if err != nil {
			t.Fatalf("%q: %v", c.xml, err)
		}
		n := d.Root()
		for _, key := range []string{"@b", TextKey} {
			if at := d.Child(d.Root(), key); at != None {
				n = at
				break
			}
		}
		if got := d.Text(n); got != c.want {
			t.Errorf("%q says %q, want %q", c.xml, got, c.want)
		}
	}
}

// Prune takes out what holds nothing, from the inside out, and leaves the root
// and what the source has so.
func TestPrune(t *testing.T) {
	d, err := Parse(`{"a":{}}`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	o := NewOut(0)
	root := o.Object(NoOut, "")
	o.Array(o.Object(root, "x"), "y")
	o.Copy(root, "a", d, d.Child(d.Root(), "a"), 0)
	o.Leaf(o.Object(root, "z"), "v", "1", None, 0)
	o.Prune()
	if got, want := string(o.Append(nil, root)), `{"a":{},"z":{"v":1}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
