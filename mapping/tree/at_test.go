package tree

import "testing"

// At finds every node by its path, and nothing by what is none.
func TestAt(t *testing.T) {
	d := parse(t, `{"resourceType":"Bundle","entry":[{"a":[1,[2,3]]},{"a":{"b.c":1,"d":{},"150981 9996":[true]}}],"_x":null,"e":[]}`)
	for n := ID(0); int(n) < d.Len(); n++ {
		if got := d.At(d.Path(n)); got != n {
			t.Errorf("%s: got %d, want %d", d.Path(n), got, n)
		}
	}
	for _, path := range []string{"", "Bund", "Bundle.", "Bundle.f", "Bundle[0]", "Bundle.entry[2]", "Bundle.entry[-1]", "Bundle.entry[01]", "Bundle.entry[+1]",
		"Bundle.entry[1", "Bundle.entry.a", "Bundle.entry[0].a[0].x", "Bundle.entry[0].a[0][0]", "Bundle.children()[0]", "Bundle.entry[1].a.children()[9]",
		"Bundle.entry[1].a.b.c", "Bundle.children()", "Bundles", "Bundle.entry[0]a"} {
		if got := d.At(path); got != None {
			t.Errorf("%q: got %d, want none", path, got)
		}
	}
}

func TestWithoutIndices(t *testing.T) {
	if got := WithoutIndices("Bundle.entry[2].resource.code.coding[0].code"); got != "Bundle.entry.resource.code.coding.code" {
		t.Errorf("got %s", got)
	}
}
