package tree

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// shape lists the leaves of a document: path, and the text after a space.
func shape(d *Doc) string {
	var leaves []string
	d.Walk(d.Root(), func(n ID, path string) { leaves = append(leaves, path+" "+d.Text(n)) })
	return strings.Join(leaves, "|")
}

// What becomes a node, of what kind, under what path and with what text.
func TestXMLShape(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`<a/>`, "a "},
		{`<a></a>`, "a "},
		{`<a >1</a >`, "a 1"},
		{"<a>\n</a>", "a \n"},
		{`<a b="1"/>`, "a.@b 1"},
		{`<a b = '1' c="'&quot;'"> </a>`, `a.@b 1|a.@c '"'`},
		{`<a b="1">2</a>`, "a.@b 1|a.text() 2"},
		{"<a>\n <b/>\n <c>1</c>\n</a>", "a.b |a.c 1"},
		{`<a><b>1</b><c/><b>2</b></a>`, "a.b[0] 1|a.c |a.b[1] 2"},
		{`<a><b><c>1</c></b><b><c>2</c><c>3</c></b></a>`, "a.b[0].c 1|a.b[1].c[0] 2|a.b[1].c[1] 3"},
		{`<a>x <b>y</b> z<c/> </a>`, "a.text()[0] x |a.b y|a.text()[1]  z|a.c "},
		{`<a b="1"><b>2</b></a>`, "a.@b 1|a.b 2"},
		{`<a xmlns="u" xmlns:p="v"><p:a p:c="1" c="2"/></a>`, "a.a.@c[0] 1|a.a.@c[1] 2"},
		{`<a><x-y/><x.y/><b/></a>`, "a.children()[0] |a.children()[1] |a.b "},
		{`<a><n2509479989/><n25094/></a>`, "a.children()[0] |a.n25094 "},
		{`<x-y n2509479989="1"/>`, "$this.children()[0] 1"},
		{`<a>1<!-- c -->2</a>`, "a 12"},
		{`<a><!-- c -->1</a>`, "a 1"},
		{`<a><!-- c --></a>`, "a.comment()  c "},
		{`<a b="1"> <!--c--><?p d?><!--e--> <b/></a>`, "a.@b 1|a.comment()[0] c|a.processing-instruction() p d|a.comment()[1] e|a.b "},
		{`<!--c--><?p?><a>1</a><!--d-->`, "a.comment()[0] c|a.processing-instruction() p|a.text() 1|a.comment()[1] d"},
		{`<a>1</a><!--d-->`, "a.text() 1|a.comment() d"},
		{`<a/> <!--d--><?p ?>`, "a.comment() d|a.processing-instruction() p "},
		{`<a><b/></a><!--d-->`, "a.b |a.comment() d"},
		{`<a>1<?p d?>2<![CDATA[<b>&amp;]]]]></a>`, "a 12<b>&amp;]]"},
		{`<a><![CDATA[]]></a>`, "a "},
		{`<a>&#32;<b/>&#x20;</a>`, "a.text()[0]  |a.b |a.text()[1]  "},
		{`<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x41;&#x1F600;&amp;lt;</a>`, `a <>&'"AA😀&lt;`},
		{"<a>1\r\n2\r3\n4\t&#13;<![CDATA[\r\n]]></a>", "a 1\n2\n3\n4\t\r\n"},
		{"<a b='1\r\n2\r3\n4\t5&#10;&#9;&#13;'/>", "a.@b 1 2 3 4 5\n\t\r"},
		{"<a><!--1\r\n2&amp;<--></a>", "a.comment() 1\n2&amp;<"},
		{"\uFEFF<?xml version='1.0' encoding=\"ISO-8859-1\" standalone='no' ?>\n<a>æ</a>\n", "a æ"},
		{`<?xml version="1.0"?><?xml-stylesheet href="x"?><a/>`, `a.processing-instruction() xml-stylesheet href="x"`},
		{`<æ_·̀.-9>1</æ_·̀.-9>`, "$this 1"},
		{`<a><é>1</é></a>`, "a.children()[0] 1"},
	} {
		d, err := ParseXML(c.src, Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if got := shape(d); got != c.want {
			t.Errorf("%s: got %q, want %q", c.src, got, c.want)
		}
		if !d.XML() || d.Source() != c.src || !strings.Contains(c.src, d.Element(d.Root())) {
			t.Errorf("%s: XML %t, source %s, root %s", c.src, d.XML(), d.Source(), d.Element(d.Root()))
		}
		checkXMLPaths(t, c.src, d)
	}
}

// Names are what their namespace says, however the prefix is written.
func TestXMLSpaces(t *testing.T) {
	src := `<a xmlns="u&amp;v" b="1"><p:a xmlns:p="u&#38;v" p:b="2" b="3"><c xmlns=""/></p:a>` +
		`<p:d xmlns:p="w" xmlns:q="w" q:e="4" xml:lang="da"/><c/>t</a>`
	d := parseXML(t, src)
	want := []string{
		"{u&v}a", "{}@b", "p:{u&v}a", "p:{u&v}@b", "{}@b", "{}c", "p:{w}d", "q:{w}@e",
		"xml:{http://www.w3.org/XML/1998/namespace}@lang", "{u&v}c", "{}text()",
	}
	var got []string
	for n := range ID(d.Len()) {
		name := "{" + d.Space(n) + "}" + d.Key(n)
		if d.Prefix(n) != "" {
			name = d.Prefix(n) + ":" + name
		}
		got = append(got, name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := d.Find(d.Root(), "a", "c"); n == None || d.Space(n) != "" || d.Element(n) != `<c xmlns=""/>` {
		t.Errorf("Find: node %d", n)
	}
	if d.Space(None) != "" || d.Prefix(None) != "" {
		t.Error("None has a name")
	}
	j := parse(t, `{"a":1}`)
	if j.XML() || j.Space(0) != "" || j.Prefix(0) != "" || j.Element(1) != "1" {
		t.Error("a JSON document has names of XML")
	}
}

// Raw is the source, Element the source with the tags, Append the same.
func TestXMLRaw(t *testing.T) {
	d := parseXML(t, `<a x='1&amp;'><b xmlns="u" >2&lt;</b ><c/><d></d>t&gt;</a>`)
	for _, c := range []struct{ key, raw, element string }{
		{"@x", "1&amp;", "1&amp;"},
		{"b", "2&lt;", `<b xmlns="u" >2&lt;</b >`},
		{"c", "", "<c/>"},
		{"d", "", "<d></d>"},
		{"text()", "t&gt;", "t&gt;"},
	} {
		n := d.Child(d.Root(), c.key)
		if d.Raw(n) != c.raw || d.Element(n) != c.element || string(d.Append(nil, n)) != c.element {
			t.Errorf("%s: Raw %q, Element %q, want %q, %q", c.key, d.Raw(n), d.Element(n), c.raw, c.element)
		}
	}
	if got := string(d.Append(nil, d.Root())); got != d.Source() {
		t.Errorf("Append: got %s, want the document", got)
	}
	if got, want := d.PathBelow(0, d.Child(0, "@x")), ".@x"; got != want {
		t.Errorf("PathBelow: got %s, want %s", got, want)
	}
}

// A path costs the same wherever it leads, also where the names may not stand in
// it: 100,000 of them are walked in no time, or in half a minute.
func TestXMLPathsOfManyUnnamed(t *testing.T) {
	const many = 100_000
	d, err := ParseXML("<a>"+strings.Repeat("<x.y/>", many)+"</a>", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	start, last, leaves := time.Now(), "", 0
	d.WalkBytes(d.Root(), func(_ ID, path []byte) { last, leaves = string(path), leaves+1 })
	if last != "a.children()[99999]" || leaves != many {
		t.Errorf("%d leaves, the last at %s", leaves, last)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
