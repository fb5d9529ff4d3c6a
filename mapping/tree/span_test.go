package tree

import "testing"

// Where a value and a key stand is what is read there.
func TestSpan(t *testing.T) {
	for _, src := range []string{` {"a" : [1, "\u00e6", {}], "\"k" :null }`, `<A b='1'>t<!-- c --><B>&amp;x</B></A>`} {
		d, err := Read(src, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for n := range ID(d.Len()) {
			start, end := d.Span(n)
			if got := src[start:end]; got != d.Raw(n) {
				t.Errorf("the value of %s: got %q, want %q", d.Path(n), got, d.Raw(n))
			}
			want := d.RawKey(n)
			if d.XML() {
				want = ""
			}
			start, end = d.KeySpan(n)
			if got := src[start:end]; got != want {
				t.Errorf("the key of %s: got %q, want %q", d.Path(n), got, want)
			}
		}
	}
}
