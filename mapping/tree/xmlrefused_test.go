package tree

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
)

func refusedXML(tb testing.TB, src string, l Limits) *mapping.Error {
	tb.Helper()
	d, err := ParseXML(src, l)
	if err == nil {
		tb.Fatalf("accepted: %.200s", src)
	}
	e, ok := err.(*mapping.Error)
	if !ok {
		tb.Fatalf("got a %T, want a *mapping.Error: %v", err, err)
	}
	if e.Path == "" {
		tb.Errorf("%v: no path", e)
	}
	if d != nil || e.Value != "" || e.Err != nil {
		tb.Errorf("beside the error %v: a document, or what is the sender's: %q, %v", e, e.Value, e.Err)
	}
	return e
}

// What is refused, with the words and the place.
func TestXMLRefused(t *testing.T) {
	const doctype = "a DOCTYPE is not read: it can name files and multiply text; leave it out"
	const entity = "expected &amp; &lt; &gt; &quot; &apos; or a character reference after &"
	const name = "expected a name, or a prefix, a colon and a name"
	const end = "expected the end tag of this element"
	const statement = "expected version, encoding and standalone, in this order, in the XML declaration"
	const none = "a character that XML does not have"
	const unbound = "a prefix that is not declared, expected xmlns with its namespace"
	for _, c := range []struct{ src, want string }{
		{``, "$this: the document ends here, expected an element (line 1, column 1)"},
		{" \n", "$this: the document ends here, expected an element (line 2, column 1)"},
		{`<!--c-->`, "$this: the document ends here, expected an element (line 1, column 9)"},
		{`a`, "$this: text outside the root element (line 1, column 1)"},
		{`{"a":1}`, "$this: text outside the root element (line 1, column 1)"},
		{" \n&amp;<a/>", "$this: text outside the root element (line 2, column 1)"},
		{`<![CDATA[]]><a/>`, "$this: text outside the root element (line 1, column 1)"},
		{`<a/>b`, "$this: text outside the root element (line 1, column 5)"},
		{`<a/><b/>`, "a: a tag after the root element, expected the end of the document (line 1, column 5)"},
		{`<a></a></a>`, "a: a tag after the root element, expected the end of the document (line 1, column 8)"},
		{`</a>`, "$this: " + name + " (line 1, column 2)"},
		{`<`, "$this: " + name + " (line 1, column 2)"},
		{`< a/>`, "$this: " + name + " (line 1, column 2)"},
		{`<1/>`, "$this: " + name + " (line 1, column 2)"},
		{`<-a/>`, "$this: " + name + " (line 1, column 2)"},
		{`<:a/>`, "$this: " + name + " (line 1, column 2)"},
		{`<a:/>`, "$this: " + name + " (line 1, column 2)"},
		{`<a:1 xmlns:a="u"/>`, "$this: " + name + " (line 1, column 2)"},
		{`<a:b:c xmlns:a="u"/>`, "$this: expected white space, > or /> in a tag (line 1, column 5)"},
		{"<\u00d7/>", "$this: " + name + " (line 1, column 2)"},
		{"<\u0300/>", "$this: " + name + " (line 1, column 2)"},
		{`<a`, "$this: the document ends inside a tag (line 1, column 3)"},
		{`<a `, "$this: the document ends inside a tag (line 1, column 4)"},
		{`<a/`, "$this: expected white space, > or /> in a tag (line 1, column 3)"},
		{`<a /b>`, "$this: " + name + " (line 1, column 4)"},
		{`<a b/>`, "$this: expected = after the name of an attribute (line 1, column 5)"},
		{`<a b=c/>`, "$this: expected the value of an attribute in quotes (line 1, column 6)"},
		{`<a b="/>`, "$this: the document ends inside the value of an attribute (line 1, column 7)"},
		{`<a b="<"/>`, "$this: < in the value of an attribute, expected &lt; (line 1, column 7)"},
		{`<a b="1"c="2"/>`, "$this: expected white space, > or /> in a tag (line 1, column 9)"},
		{`<a b="1" b="2"/>`, "a: the same attribute stands twice (line 1, column 10)"},
		{`<a><b xmlns:p="u" xmlns:q="u" p:c="1" q:c="2"/></a>`, "a.b: the same attribute stands twice (line 1, column 39)"},
		{`<a>`, "a: the document ends inside an element (line 1, column 4)"},
		{`<a><b></a>`, "a.b: expected the end tag of this element (line 1, column 9)"},
		{`<a></b>`, "a: " + end + " (line 1, column 6)"},
		{`<a></ab>`, "a: " + end + " (line 1, column 7)"},
		{`<a></ a>`, "a: " + end + " (line 1, column 6)"},
		{`<p:a xmlns:p="u" xmlns:q="u"></q:a>`, "a: " + end + " (line 1, column 32)"},
		{`<a><b/><b><c>&nbsp;</c></b></a>`, "a.b[1].c: " + entity + " (line 1, column 14)"},
		{`<a>&</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>&amp</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>x & y;</a>`, "a: " + entity + " (line 1, column 6)"},
		{`<a b="&x;"/>`, "$this: " + entity + " (line 1, column 7)"},
		{`<a>&#0;</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>&#xD800;</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>&#xFFFE;</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>&#x110000;</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>&#99999999999999999999;</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>&#X41;</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>&#;</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>&x41;</a>`, "a: " + entity + " (line 1, column 4)"},
		{`<a>1]]>2</a>`, "a: ]]> in text, expected ]]&gt; (line 1, column 5)"},
		{`<a><!-- - -- --></a>`, "a: -- in a comment, expected --> at its end only (line 1, column 11)"},
		{`<a><!----->`, "a: -- in a comment, expected --> at its end only (line 1, column 8)"},
		{`<a><!--></a>`, "a: the document ends inside a comment (line 1, column 4)"},
		{`<a><![CDATA[</a>`, "a: the document ends inside CDATA (line 1, column 4)"},
		{`<a><![cdata[]]></a>`, "a: expected a comment or CDATA after <! (line 1, column 4)"},
		{`<a><!ENTITY b "c"></a>`, "a: expected a comment or CDATA after <! (line 1, column 4)"},
		{`<a><?b</a>`, "a: the document ends inside a processing instruction (line 1, column 4)"},
		{`<a><??></a>`, "a: expected a name after <? (line 1, column 4)"},
		{`<a><?b:c?></a>`, "a: expected white space after the name of a processing instruction (line 1, column 7)"},
		{`<a><?xml version="1.0"?></a>`, "a: an XML declaration, expected at the very beginning only (line 1, column 4)"},
		{` <?xml version="1.0"?><a/>`, "$this: an XML declaration, expected at the very beginning only (line 1, column 2)"},
		{`<?XML version="1.0"?><a/>`, "$this: an XML declaration, expected at the very beginning only (line 1, column 1)"},
		{`<?xml?><a/>`, "$this: an XML declaration, expected at the very beginning only (line 1, column 1)"},
		{`<?xml version="1.0"`, "$this: the document ends inside the XML declaration (line 1, column 1)"},
		{`<?xml version="1.1"?><a/>`, "$this: expected version 1.0 in the XML declaration (line 1, column 1)"},
		{`<?xml encoding="UTF-8"?><a/>`, "$this: " + statement + " (line 1, column 1)"},
		{`<?xml version="1.0" standalone="yes" encoding="UTF-8"?><a/>`, "$this: " + statement + " (line 1, column 1)"},
		{`<?xml version="1.0" standalone="maybe"?><a/>`, "$this: " + statement + " (line 1, column 1)"},
		{`<?xml version="1.0" encoding="8859 1"?><a/>`, "$this: " + statement + " (line 1, column 1)"},
		{`<?xml version="1.0" foo="bar"?><a/>`, "$this: " + statement + " (line 1, column 1)"},
		{`<?xml version=1.0?><a/>`, "$this: " + statement + " (line 1, column 1)"},
		{`<?xml version="1.0?><a/>`, "$this: " + statement + " (line 1, column 1)"},
		{`<p:a/>`, "$this: " + unbound + " (line 1, column 2)"},
		{`<a><b p:c="1"/></a>`, "a.b: " + unbound + " (line 1, column 7)"},
		{`<a><b xmlns:p="u"/><p:b/></a>`, "a: " + unbound + " (line 1, column 21)"},
		{`<xmlns:a/>`, "$this: " + unbound + " (line 1, column 2)"},
		{`<a xmlns:p=""/>`, "$this: a prefix declared for no namespace, expected a namespace (line 1, column 4)"},
		{`<a xmlns:xml="u"/>`, "$this: the prefix xml and its namespace belong together, and to no other (line 1, column 4)"},
		{`<a xmlns="http://www.w3.org/XML/1998/namespace"/>`, "$this: the prefix xml and its namespace belong together, and to no other (line 1, column 4)"},
		{`<a xmlns:xmlns="u"/>`, "$this: xmlns cannot be declared (line 1, column 4)"},
		{`<a xmlns:p="http://www.w3.org/2000/xmlns/"/>`, "$this: xmlns cannot be declared (line 1, column 4)"},
		{`<a xmlns:p="u" xmlns:p="u"/>`, "$this: the same namespace prefix is declared twice (line 1, column 16)"},
		{`<a xmlns="u" xmlns="v"/>`, "$this: the same namespace prefix is declared twice (line 1, column 14)"},
		{"<a>\x00</a>", "$this: " + none + " (line 1, column 4)"},
		{"<a>\n\x1b</a>", "$this: " + none + " (line 2, column 1)"},
		{"<a b='\x0b'/>", "$this: " + none + " (line 1, column 7)"},
		{"<a><!--\ufffe--></a>", "$this: " + none + " (line 1, column 8)"},
		{"<a>\uffff</a>", "$this: " + none + " (line 1, column 4)"},
		{"<a>\xff</a>", "$this: the document is not UTF-8 (line 1, column 4)"},
		{"<a>\xed\xa0\x80</a>", "$this: the document is not UTF-8 (line 1, column 4)"},
		{"<a>\xc0\xbc</a>", "$this: the document is not UTF-8 (line 1, column 4)"},
		{`<!DOCTYPE a><a/>`, "$this: " + doctype + " (line 1, column 1)"},
		{`<!doctype html><html/>`, "$this: " + doctype + " (line 1, column 1)"},
		{"<?xml version=\"1.0\"?>\n<!-- x --><!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a>&x;</a>", "$this: " + doctype + " (line 2, column 11)"},
		{`<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>`, "$this: " + doctype + " (line 1, column 1)"},
		{`<!DOCTYPE a [<!ENTITY b SYSTEM "http://169.254.169.254/">]><a>&b;</a>`, "$this: " + doctype + " (line 1, column 1)"},
		{`<!DOCTYPE a PUBLIC "x" "y"><a/>`, "$this: " + doctype + " (line 1, column 1)"},
		{`<a/><!DOCTYPE a>`, "$this: " + doctype + " (line 1, column 5)"},
	} {
		e := refusedXML(t, c.src, Limits{})
		if e.Error() != c.want || e.Kind != mapping.Structure {
			t.Errorf("%s: got %s %q, want %q", c.src, e.Kind, e, c.want)
		}
	}
}

// A limit is the limit: what reaches it is read, what passes it is refused.
func TestXMLLimits(t *testing.T) {
	attributes := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ` a%d="1"`, i)
		}
		return "<a" + b.String() + "/>"
	}
	declarations := func(n int) string {
		return "<a" + strings.ReplaceAll(attributes(n)[2:], " a", " xmlns:a")
	}
	nested := func(n int) string { return nested("<a>", "", "</a>", n) }
	for _, c := range []struct {
		name     string
		document func(n int) string
		limits   Limits
		most     int
		kind     mapping.Kind
		want     string
	}{
		{"depth", nested, Limits{}, 64, mapping.TooLong, "a" + strings.Repeat(".a", 63) + ": nested deeper than 64 levels"},
		{"a set depth", nested, Limits{Depth: 2}, 2, mapping.TooLong, "a.a: nested deeper than 2 levels"},
		{"bytes", func(n int) string { return "<a/>" + strings.Repeat(" ", n-4) }, Limits{Bytes: 8}, 8, mapping.TooLong,
			"$this: the document is larger than 8 bytes"},
		{"nodes", func(n int) string { return "<a>" + strings.Repeat("<b/>", n-1) + "</a>" }, Limits{Nodes: 5}, 5, mapping.TooLong,
			"$this: the document has more than 5 nodes"},
		{"nodes of text", func(n int) string { return "<a>" + strings.Repeat("<b/>", n-2) + "t</a>" }, Limits{Nodes: 5}, 5, mapping.TooLong,
			"$this: the document has more than 5 nodes"},
		{"nodes of comments", func(n int) string { return "<a/>" + strings.Repeat("<!---->", n-1) }, Limits{Nodes: 5}, 5, mapping.TooLong,
			"$this: the document has more than 5 nodes"},
		{"attributes", attributes, Limits{}, 256, mapping.TooLong, "$this: an element has more than 256 attributes (line 1, column 2206)"},
		{"prefixes", declarations, Limits{}, 255, mapping.TooLong, "$this: more than 256 namespace prefixes in one place (line 1, column 3719)"},
	} {
		if _, err := ParseXML(c.document(c.most), c.limits); err != nil {
			t.Errorf("%s: %d: %v", c.name, c.most, err)
		}
		if e := refusedXML(t, c.document(c.most+1), c.limits); e.Kind != c.kind || e.Error() != c.want {
			t.Errorf("%s: %d: got %s %q, want %q", c.name, c.most+1, e.Kind, e, c.want)
		}
	}
}

// No document of the largest size keeps the reader busy: what would take the
// square of it is refused, or does not.
func TestXMLHostile(t *testing.T) {
	var names, spaces strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&names, "<a%d/>", i)
		fmt.Fprintf(&spaces, `<a xmlns="u%d"/>`, i)
	}
	for _, c := range []struct{ name, src string }{
		{"open tags", strings.Repeat("<a>", 1_000_000)},
		{"names", "<a>" + names.String() + "</a>"},
		{"namespaces", "<a>" + spaces.String() + "</a>"},
		{"ampersands", "<a>" + strings.Repeat("&", 11_000_000) + "</a>"},
		{"comments", "<a>" + strings.Repeat("<!--", 1_000_000)},
		{"CDATA", "<a>" + strings.Repeat("<![CDATA[", 500_000)},
		{"attributes", "<a" + strings.Repeat(` b="1"`, 500_000) + "/>"},
		{"a name", "<" + strings.Repeat("a", 4_000_000)},
	} {
		start := time.Now()
		refusedXML(t, c.src, Limits{})
		if spent := time.Since(start); spent > 5*time.Second {
			t.Errorf("%s: refused after %v", c.name, spent)
		}
	}
	for _, c := range []struct{ name, src string }{
		{"siblings", "<a>" + strings.Repeat("<b/>", 500_000) + "</a>"},
		{"text and tags", "<a>" + strings.Repeat("t<b/>", 250_000) + "</a>"},
		{"references", "<a>" + strings.Repeat("&amp;", 800_000) + "</a>"},
		{"comments in text", "<a>t" + strings.Repeat("<!---->", 500_000) + "</a>"},
		{"CDATA in text", "<a>" + strings.Repeat("<![CDATA[]]>", 400_000) + "</a>"},
	} {
		start := time.Now()
		d := parseXML(t, c.src)
		d.Text(d.Root())
		d.WalkBytes(d.Root(), func(ID, []byte) {})
		if spent := time.Since(start); spent > 5*time.Second {
			t.Errorf("%s: read after %v", c.name, spent)
		}
	}
}
