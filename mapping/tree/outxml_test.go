package tree

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// copied writes a document in XML again, node for node, as a writer would.
func copied(d *Doc) *Out {
	o := NewOut(d.Len())
	o.AsXML(d.Space(0))
	o.mirror(d, 0, NoOut)
	return o
}

func (o *Out) mirror(d *Doc, n ID, parent OutID) {
	if d.Kind(n) == String {
		o.Leaf(parent, d.RawKey(n), Quote(d.Text(n)), n, 0)
		return
	}
	e := o.Object(parent, d.RawKey(n))
	for c := d.First(n); c != None; c = d.Next(c) {
		o.mirror(d, c, e)
	}
}

// differs reports where what is read differs from what was written: leaf for
// leaf, path and text.
func differs(o *Out, t interface{ Fatalf(string, ...any) }) string {
	text := string(o.Append(nil, 0))
	back, err := ParseXML(text, Limits{})
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	var want, got []string
	o.Walk(0, func(leaf OutID, path string) {
		raw := o.Raw(leaf)
		want = append(want, path+"="+Unquote(raw[1:len(raw)-1]))
	})
	back.Walk(0, func(leaf ID, path string) { got = append(got, path+"="+back.Text(leaf)) })
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		return text + "\ngot\n" + a + "\nwant\n" + b
	}
	return ""
}

func TestOutAsXML(t *testing.T) {
	for _, text := range []string{
		`<A xmlns="urn:x"><B>1</B><B>2</B><C/><D> </D></A>`,
		`<A><T>one<Break/> two &lt;&amp;&gt; <Break/><Break/>three</T></A>`,
		`<A b="x &quot;&#10;&#9;&lt;">text</A>`,
		`<A><B>a&#13;b
c</B></A>`,
		`<A><b12345678>x</b12345678><b12345678>y</b12345678></A>`,
		`<A><Ærø>x</Ærø></A>`,
	} {
		d, err := ParseXML(text, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		o := copied(d)
		if diff := differs(o, t); diff != "" {
			t.Error(diff)
		}
		var want, got []string
		d.Walk(0, func(n ID, path string) { want = append(want, path+"="+d.Text(n)) })
		back, err := ParseXML(string(o.Append(nil, 0)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		back.Walk(0, func(n ID, path string) { got = append(got, path+"="+back.Text(n)) })
		if strings.Join(got, "\n") != strings.Join(want, "\n") || back.Space(0) != d.Space(0) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// Whatever is written is read again at the paths it was written at.
func TestOutAsXMLIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := NewOut(8)
		o.AsXML("urn:x")
		root := o.Object(NoOut, "Root")
		value := rapid.StringMatching("[ -~æøå\r\n\t\u2028]{0,8}")
		for range rapid.IntRange(1, 9).Draw(t, "children") {
			name := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "name")
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				o.Leaf(root, name, Quote(value.Draw(t, "text")), None, 0)
			case 1:
				e := o.Object(root, name)
				o.Leaf(e, "@a", Quote(value.Draw(t, "attribute")), None, 0)
			default:
				e := o.Object(root, name)
				o.Leaf(e, TextKey, Quote("x"+value.Draw(t, "run")), None, 0)
				o.Leaf(e, "Break", `""`, None, 0)
				o.Leaf(e, TextKey, Quote(value.Draw(t, "run")+"y"), None, 0)
			}
		}
		if diff := differs(o, t); diff != "" {
			t.Fatalf("%s", diff)
		}
	})
}

func TestXMLText(t *testing.T) {
	for text, want := range map[string]bool{"": true, "a\n\t\r": true, "\x00": false, "\x1b": false, "\uFFFE": false, "𝄞": true} {
		if got := XMLText(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}
