package tree

import "testing"

// What stands where something else stood before is read as what it is: the second
// half of each document begins as the first, and goes on otherwise.
func TestXMLUnexpected(t *testing.T) {
	for _, c := range []struct{ src, path, want string }{
		{`<r><x><a>1</a></x><x><ab>2</ab></x></r>`, "ab", "2"},
		{`<r><x><ab>1</ab></x><x><a>2</a></x></r>`, "a", "2"},
		{`<r><x><a>1</a></x><x><a >2</a ></x></r>`, "a", "2"},
		{`<r><x><a>1</a></x><x><a/></x></r>`, "a", ""},
		{`<r><x><a>1</a></x><x><a>&lt;2</a></x></r>`, "a", "<2"},
		{`<r><x><a>1</a></x><x><a>2<!-- not 3 -->4</a></x></r>`, "a", "24"},
		{`<r><x><a>1</a></x><x><a><![CDATA[2]]></a></x></r>`, "a", "2"},
		{"<r><x><a>1</a></x><x><a>2\r\n</a></x></r>", "a", "2\n"},
		{`<r><x><a>1</a></x><x><a> </a></x></r>`, "a", " "},
		{`<r><x><a k="1"/></x><x><a k='2'/></x></r>`, "@k", "2"},
		{`<r><x><a k="1"/></x><x><a k="&quot;2"/></x></r>`, "@k", `"2`},
		{`<r><x><a k="1"/></x><x><a k = "2"/></x></r>`, "@k", "2"},
		{"<r><x><a k=\"1\"/></x><x><a\tk=\"2\nx\"/></x></r>", "@k", "2 x"},
		{`<r><x><a k="1" l="2"/></x><x><a l="3" k="4"/></x></r>`, "@k", "4"},
		{`<r><x><a k="1"/></x><x><a kk="2"/></x></r>`, "@kk", "2"},
		{`<r><x><a k="1">2</a></x><x><a>3</a></x></r>`, "a", "3"},
	} {
		d := parseXML(t, c.src)
		second := d.Next(d.First(d.Root()))
		n := d.Child(second, c.path)
		if c.path[0] == '@' {
			n = d.Child(d.Child(second, "a"), c.path)
		}
		if n == None || d.Text(n) != c.want {
			t.Errorf("%s: got %q, want %q", c.src, d.Text(n), c.want)
		}
	}
}

// A name means what its prefix means where it stands, not what it meant before.
func TestXMLUnexpectedPrefix(t *testing.T) {
	const src = `<r xmlns="u:0" xmlns:p="u:1"><x><p:a p:k="1">1</p:a><b/></x>` +
		`<x><p:a xmlns:p="u:2" p:k="1">1</p:a><b/></x>` +
		`<x><p:a p:k="1" xmlns:p="u:3">1</p:a><b/></x>` +
		`<x xmlns="u:4"><p:a p:k="1">1</p:a><b/></x>` +
		`<x><p:a p:k="1">1</p:a><b/></x></r>`
	d := parseXML(t, src)
	i := 0
	for x := d.First(d.Root()); x != None; x = d.Next(x) {
		want := [][3]string{{"u:1", "u:1", "u:0"}, {"u:2", "u:2", "u:0"}, {"u:3", "u:3", "u:0"}, {"u:1", "u:1", "u:4"}, {"u:1", "u:1", "u:0"}}[i]
		a := d.Child(x, "a")
		if got := [3]string{d.Space(a), d.Space(d.Child(a, "@k")), d.Space(d.Child(x, "b"))}; got != want {
			t.Errorf("x[%d]: got %v, want %v", i, got, want)
		}
		i++
	}
}

// What is wrong is wrong where the same stood before, too.
func TestXMLUnexpectedFaults(t *testing.T) {
	for _, second := range []string{
		`<a>2</b>`, `<a>2`, `<a>2</a`, `<a>2]]></a>`, `<a>&x;</a>`, `<a k="1" k="2">2</a>`, `<a k="<">2</a>`, `<a k="1"l="2">2</a>`, `<q:a>2</q:a>`, `<a`, `<a k`, `<a k="`, `<a k="1"`,
	} {
		src := `<r><x><a>1</a></x><x><a k="1" l="2">1</a></x><x>` + second + `</x></r>`
		if second[len(second)-1] != '>' {
			src = src[:len(src)-len(`</x></r>`)]
		}
		if d, err := ParseXML(src, Limits{}); err == nil {
			t.Errorf("%s: read as %d nodes", src, d.Len())
		}
	}
}
