package tree

import (
	"testing"

	"tolk/fixtures/shared"
)

// FuzzParse: no text makes Parse panic; what it accepts is written so that it
// is read back as the same, node for node.
func FuzzParse(f *testing.F) {
	for _, token := range tokens {
		f.Add(token)
		f.Add(`{"a":[` + token + `,{"b":"` + token + `"}]}`)
	}
	if shared.There(f, "official") {
		for _, src := range jsonFiles(f, "corpora/json-suite", "corpora/lossless") {
			if len(src) < 1000 {
				f.Add(src)
			}
		}
		for name, src := range jsonFiles(f, "corpora/naughty") {
			d, err := Parse(src, Limits{})
			if err != nil {
				f.Fatalf("%s: %v", name, err)
			}
			for n := d.First(d.Root()); n != None; n = d.Next(n) {
				f.Add(d.Raw(n))
				f.Add("{" + d.Raw(n) + ":" + d.Raw(n) + "}")
			}
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		if err := agree(src); err != nil {
			t.Fatal(err)
		}
		d, err := Parse(src, Limits{})
		if err != nil {
			refused(t, src, Limits{})
			return
		}
		once := string(d.Append(nil, d.Root()))
		again, err := Parse(once, Limits{})
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if got := string(again.Append(nil, again.Root())); got != once {
			t.Errorf("written twice: %s", difference(got, once))
		}
		if again.Len() != d.Len() {
			t.Fatalf("%d nodes, read again %d", d.Len(), again.Len())
		}
		for n := range ID(d.Len()) {
			if d.Kind(n) != again.Kind(n) || d.Key(n) != again.Key(n) || d.Text(n) != again.Text(n) || d.Parent(n) != again.Parent(n) {
				t.Errorf("node %d: %s, read again %s", n, d.Raw(n), again.Raw(n))
			}
		}
	})
}
