package tree

import (
	"strings"
	"testing"

	"tolk/mapping"
)

// A name stands in a path if it is of letters, digits and underscores alone: every other
// character in it, wherever, may say who somebody is.
func TestNamesThatAreToldInPaths(t *testing.T) {
	told := func(name string) bool {
		d, err := Parse(`{`+Quote(name)+`:1}`, Limits{})
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		return strings.HasSuffix(d.Path(d.First(d.Root())), name)
	}
	for at := range 17 {
		for c := range rune(0x100) {
			name := strings.Repeat("a", at) + string(c) + strings.Repeat("Z", 16-at)
			letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
			if want := letter || at > 0 && c >= '0' && c <= '9'; told(name) != want {
				t.Errorf("%q stands in a path: %t", name, !want)
			}
		}
	}
	for name, want := range map[string]bool{"a12345": true, "a123456": false, "Jens Hansen": false, "Jens-Hansen": false, "Søren": false, "": false,
		strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "x2509479989": false} {
		if name != "" && told(name) != want {
			t.Errorf("%q stands in a path: %t", name, !want)
		}
	}
	d := parse(t, `{"resourceType":"Bundle","Jens Hansen":1}`)
	if got := d.At("Bundle.Jens Hansen"); got != None {
		t.Errorf("a name that stands in no path is found by it: %d", got)
	}
}

// The characters of names in XML at the edges of their ranges (XML 1.0, productions 4 and 4a).
func TestCharactersOfNames(t *testing.T) {
	taken := func(src string) bool { _, err := ParseXML(src, Limits{}); return err == nil }
	for _, c := range []struct {
		r           rune
		start, more bool
	}{{0xB6, false, false}, {0xB7, false, true}, {0xB8, false, false}, {0xBF, false, false}, {0xC0, true, true}, {0xD6, true, true}, {0xD7, false, false}, {0xD8, true, true}, {0xF6, true, true},
		{0xF7, false, false}, {0xF8, true, true}, {0x2FF, true, true}, {0x300, false, true}, {0x36F, false, true}, {0x370, true, true}, {0x37D, true, true}, {0x37E, false, false}, {0x37F, true, true},
		{0x1FFF, true, true}, {0x2000, false, false}, {0x200B, false, false}, {0x200C, true, true}, {0x200D, true, true}, {0x200E, false, false}, {0x203E, false, false}, {0x203F, false, true},
		{0x2040, false, true}, {0x2041, false, false}, {0x206F, false, false}, {0x2070, true, true}, {0x218F, true, true}, {0x2190, false, false}, {0x2BFF, false, false}, {0x2C00, true, true},
		{0x2FEF, true, true}, {0x2FF0, false, false}, {0x3000, false, false}, {0x3001, true, true}, {0xD7FF, true, true}, {0xE000, false, false}, {0xF8FF, false, false}, {0xF900, true, true},
		{0xFDCF, true, true}, {0xFDD0, false, false}, {0xFDEF, false, false}, {0xFDF0, true, true}, {0xFFFD, true, true}, {0x10000, true, true}, {0xEFFFF, true, true}, {0xF0000, false, false}} {
		if name := string(c.r); taken("<"+name+"/>") != c.start || taken("<"+name+" a='1'/>") != c.start || taken("<a "+name+"='1'/>") != c.start {
			t.Errorf("%U begins a name: %t", c.r, !c.start)
		}
		if name := "a" + string(c.r); taken("<"+name+"/>") != c.more || taken("<b "+name+"='1'/>") != c.more {
			t.Errorf("%U stands in a name: %t", c.r, !c.more)
		}
	}
}

// References to characters at the edges of what XML has.
func TestReferencesAtTheEdges(t *testing.T) {
	for reference, want := range map[string]string{"#9": "\t", "#x20": " ", "#xD7FF": "\uD7FF", "#xE000": "\uE000", "#xFFFD": "\uFFFD", "#x10000": "\U00010000", "#x10FFFF": "\U0010FFFF", "#xaF": "\u00AF", "#65": "A",
		"#x4g": "", "#x4G": "", "#6a": "", "#x": "", "#": "", "#x1F": "", "#xD800": "", "#xDFFF": "", "#xFFFE": "", "#xFFFF": "", "#x110000": "", "#0": "", "#x:": "", "#x/": ""} {
		for _, src := range []string{"<a>&" + reference + ";</a>", `<a b="&` + reference + `;"/>`} {
			d, err := ParseXML(src, Limits{})
			switch {
			case want == "" && err == nil:
				t.Errorf("%s is taken", src)
			case want != "" && err != nil:
				t.Errorf("%s: %v", src, err)
			case want == "" || strings.TrimSpace(want) == "" && src[2] == '>': // white space in an element says nothing
			default:
				n := d.Root()
				if at := d.Child(n, "@b"); at != None {
					n = at
				}
				if got := d.Text(n); got != want {
					t.Errorf("%s says %q, want %q", src, got, want)
				}
			}
		}
	}
	for _, src := range []string{"<a>]]></a>", "<a>1]]>2</a>", "<a><b/>]]></a>", "<a> ]]></a>"} {
		if _, err := ParseXML(src, Limits{}); err == nil {
			t.Errorf("%s is taken", src)
		}
	}
}

// The declaration of a document in XML, as it must be written and as it must not.
func TestDeclarations(t *testing.T) {
	for head, want := range map[string]bool{
		` version="1.0"`: true, ` version='1.0' encoding='windows-1250'`: true, ` version="1.0" standalone="yes"`: true, ` version="1.0" standalone="no" `: true, ` version = "1.0" encoding="A.z_0-9"`: true,
		` version="1.0" standalone="maybe"`: false, ` version="1.0" encoding="UTF!8"`: false, ` version="1.0" encoding="8UTF"`: false, ` version="1.0" encoding=""`: false, ` version="1.0" encoding="UTF:8"`: false,
		` version=`: false, ` version`: false, ` version="1.0`: false, ` version=1.0`: false, ` version "1.0"`: false, ``: false, ` version="1.0" encoding=`: false, ` version="1.0" encoding=UTF-8`: false,
	} {
		src := "<?xml" + head + "?><a/>"
		text, _, err := DecodeXML([]byte(src))
		if err != nil || text != src {
			t.Errorf("%s: read as %q, %v", src, text, err)
		}
		if _, err := ParseXML(src, Limits{}); (err == nil) != want {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// Windows-1252 has 27 characters where ISO-8859-1 has none that anybody writes, and a
// pair of UTF-16 may end a document.
func TestEncodingsToTheEnd(t *testing.T) {
	const head = `<?xml version="1.0" encoding="windows-1252"?>`
	const want = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
	var bytes []byte
	for c := byte(0x80); c < 0xA0; c++ {
		switch c {
		case 0x81, 0x8D, 0x8F, 0x90, 0x9D:
			if _, _, err := DecodeXML([]byte(head + "<a>" + string([]byte{c}) + "</a>")); err == nil {
				t.Errorf("%X is taken", c)
			}
		default:
			bytes = append(bytes, c)
		}
	}
	got, lie, err := DecodeXML(append([]byte(head), bytes...))
	if err != nil || lie != "" || got != head+want {
		t.Errorf("got %q, %q, %v, want %q", got, lie, err, want)
	}
	if got, _, err := DecodeXML([]byte("\xfe\xff\xd8\x3d\xde\x00")); err != nil || got != "😀" {
		t.Errorf("got %q, %v", got, err)
	}
}

// What looks like XML, in whichever encoding, after white space too.
func TestIsXML(t *testing.T) {
	for text, want := range map[string]bool{
		"<a/>": true, " \r\n\t<a/>": true, "\ufeff<a/>": true, "\ufeff \n<a/>": true, "<": true,
		"\xff\xfe<\x00a\x00": true, "\xff\xfe \x00\n\x00<\x00a\x00": true, "\xfe\xff\x00<\x00a": true, "\xfe\xff\x00 \x00\n\x00<\x00a": true,
		"": false, "{}": false, " [": false, "a<": false, "\xff\xfe{\x00": false, "\xfe\xff\x00{": false, "\ufeff{}": false, "\xfe\xff": false,
	} {
		if got := IsXML(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
	for _, src := range []string{"\xfe\xff\x00{\x00}", "\xff\xfe{\x00}\x00", "{\x00}\x00", "\x00{\x00}"} {
		if _, err := Parse(src, Limits{}); err == nil || !strings.Contains(err.Error(), "the document is in UTF-16, expected UTF-8") {
			t.Errorf("%q: got %v", src, err)
		}
	}
}

// Every document in XML that is written says what it is written in, once; the attributes
// of one count as its elements do; and a node of JSON is what is written of it.
func TestSmallPromises(t *testing.T) {
	o := NewOut(0)
	o.AsXML("urn:x")
	root := o.Object(NoOut, "a")
	o.Text(o.Object(root, "b"), "@c", "1", None, 0)
	if got, want := string(o.Append(nil, root)), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"urn:x\"><b c=\"1\"/></a>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, src := range []string{`<a b="1" c="2"/>`, `<a b='1' c='2'/>`, `<a b="&lt;" c="2"/>`, `<a><b/><c/></a>`} {
		_, err := ParseXML(src, Limits{Nodes: 2})
		var e *mapping.Error
		if e, _ = err.(*mapping.Error); e == nil || e.Kind != mapping.TooLong {
			t.Errorf("%s with three nodes: got %v", src, err)
		}
		if _, err := ParseXML(src, Limits{Nodes: 3}); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
	d := parse(t, `{"a":[1,{"b":"c"}],"d":"e"}`)
	for n := ID(0); int(n) < d.Len(); n++ {
		if got := d.Element(n); got != d.Raw(n) {
			t.Errorf("%s: got %s, want %s", d.Path(n), got, d.Raw(n))
		}
	}
}

// An array is no object, though what is in both has no name.
func TestMirrorsTellsArraysFromObjects(t *testing.T) {
	o := NewOut(0)
	root := o.Object(NoOut, "")
	o.Leaf(o.Array(root, "a"), "", "1", None, 0)
	if d := parse(t, `{"a":[1]}`); o.Mirrors(d) != None {
		t.Errorf("an array and the same: got %d", o.Mirrors(d))
	}
	if d := parse(t, `{"a":{"":1}}`); o.Mirrors(d) != d.Child(d.Root(), "a") {
		t.Errorf("an array and an object: got %d", o.Mirrors(d))
	}
}

// A prefix means what it is declared as where it stands, also where the same names stood
// the same way before.
func TestPrefixDeclaredAnew(t *testing.T) {
	d, err := ParseXML(`<a>`+strings.Repeat(`<b xmlns:p="urn:1"><p:c p:d="1"/><p:c p:d="1">1</p:c></b><b xmlns:p="urn:2"><p:c p:d="1"/><p:c p:d="1">1</p:c></b><b xmlns="urn:3" xmlns:p="urn:1"><c/><p:c p:d="1"/></b><b xmlns="urn:4"><c/></b>`, 3)+`</a>`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for b := d.First(d.Root()); b != None; b = d.Next(b) {
		for c := d.First(b); c != None; c = d.Next(c) {
			want := []string{"urn:1", "urn:2", "", "urn:4"}[i%4]
			if i%4 == 2 {
				if want = "urn:1"; c == d.First(b) {
					want = "urn:3"
				}
			}
			if got := d.Space(c); got != want {
				t.Errorf("%s is in %q, want %q", d.Path(c), got, want)
			}
			if at := d.Child(c, "@d"); at != None && d.Space(at) != want {
				t.Errorf("%s is in %q, want %q", d.Path(at), d.Space(at), want)
			}
		}
		i++
	}
	if i != 12 {
		t.Errorf("%d elements", i)
	}
}
