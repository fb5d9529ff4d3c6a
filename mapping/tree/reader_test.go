package tree

import (
	"slices"
	"strings"
	"testing"
)

// A Reader reads what Read reads, whatever it has read before.
func TestReader(t *testing.T) {
	var r Reader
	for _, src := range []string{`{"a":[1,"b\n",{}]}`, `<a b="1"><c>2</c><c/></a>`, `[]`, `<a/>`, `{"long":"` + string(make([]byte, 0, 9)) + `","x":[1,2,3,4,5,6,7]}`, `<b b="2"><c>3</c></b>`} {
		want, err := Read(src, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Read(src, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Source() != src || !slices.Equal(paths(got), paths(want)) {
			t.Errorf("%s: got %v, want %v", src, paths(got), paths(want))
		}
	}
	if _, err := r.Read(`{"a":`, Limits{}); err == nil {
		t.Error("what is cut short was read")
	}
	if got, err := r.Read(`{"a":1}`, Limits{}); err != nil || got.Len() != 2 {
		t.Errorf("after a fault: %v", err)
	}
}

func paths(d *Doc) (all []string) {
	d.Walk(d.Root(), func(leaf ID, path string) { all = append(all, path+"="+d.Text(leaf)+d.Raw(leaf)) })
	return all
}

// A document is no more when its Reader has read the next: who looks at it all the
// same finds nothing, and nothing of another's.
func TestReaderForgets(t *testing.T) {
	var r Reader
	first, err := r.Read(`{"name":"Bruno Test Elmer"}`, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(`{"name":"Brita Test Berggren"}`, Limits{}); err != nil {
		t.Fatal(err)
	}
	if first.Len() != 0 || first.Source() != "" {
		t.Errorf("it still has %d nodes, of %q", first.Len(), first.Source())
	}
	if r.Forget(); r.last != nil || r.Size() == 0 {
		t.Error("the text is kept, or the memory is not")
	}
}

// The memory of an Out that is done with serves the next, and nothing that was read
// of it changes.
func TestOutDone(t *testing.T) {
	var texts []string
	var outs []*Out
	write := func(text string) *Out {
		o := NewOut(8)
		root := o.Object(NoOut, "")
		for range 10 {
			leaf := o.Text(o.Object(root, text), text, text, None, 0)
			texts = append(texts, o.Raw(leaf), o.Key(leaf), o.Said(leaf))
		}
		return o
	}
	for _, text := range []string{"Bruno", "Brita", "Karl"} {
		o := write(text)
		if got := string(o.Append(nil, 0)); len(got) < 100 {
			t.Fatal(got)
		}
		o.Done()
		outs = append(outs, o)
	}
	for i, text := range texts {
		name := []string{"Bruno", "Brita", "Karl"}[i/30]
		if want := []string{`"` + name + `"`, name, name}[i%3]; text != want {
			t.Errorf("text %d: got %s, want %s", i, text, want)
		}
	}
	for _, o := range outs {
		if o.Len() != 0 || len(o.text) != 0 {
			t.Error("an Out that is done with still holds something")
		}
	}
	if o := NewOut(8); o.Len() != 0 {
		t.Errorf("a new Out has %d nodes", o.Len())
	}
}

// A reader of XML that rests keeps nothing of what it has read, and reads the next
// document as if it were its first.
func TestXMLParserForgets(t *testing.T) {
	const src = `<p:a xmlns:p="urn:one" p:secret="1"><p:b>2</p:b><!-- c --></p:a>`
	parseXML(t, src)
	p := <-parsers
	if p.doc != nil || p.src != "" || len(p.byName)+len(p.byKey)+len(p.bySpace) != 0 || p.recent != [len(p.recent)]uint32{} || p.expected != [len(p.expected)]expected{} {
		t.Error("it still knows a document")
	}
	for _, b := range p.bindings[:cap(p.bindings)] {
		if b != (binding{}) {
			t.Errorf("it still knows the prefix %s", b.prefix)
		}
	}
	parsers <- p
	if _, err := ParseXML(`<p:a p:secret="1"/>`, Limits{}); err == nil {
		t.Error("a prefix of the document before is still declared")
	}
	if d := parseXML(t, `<a secret="1"/>`); d.Space(d.Root()) != "" {
		t.Errorf("it is in the namespace %s", d.Space(d.Root()))
	}
}

// A long text is written as a short one is, and however often it is, it is kept once.
func TestOutLong(t *testing.T) {
	long := strings.Repeat("ærø \"", 2000)
	d := parse(t, `{"a":`+Quote(long)+`,"b":[`+Quote(long)+`]}`)
	o := NewOut(8)
	root := o.Object(NoOut, "")
	o.Copy(root, "copy", d, d.Root(), 1)
	leaf := o.Leaf(root, "leaf", d.Raw(d.Child(d.Root(), "a")), None, 1)
	text := o.Text(root, "text", long, None, 1)
	short := o.Text(root, "set", "short", None, 1)
	o.SetRaw(short, Quote(long), None, 1)
	want := `{"copy":` + d.Source() + `,"leaf":` + Quote(long) + `,"text":` + Quote(long) + `,"set":` + Quote(long) + `}`
	got := string(o.Append(nil, root))
	if got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	for _, n := range []OutID{leaf, text, short} {
		if o.Raw(n) != Quote(long) || o.Said(n) != long {
			t.Errorf("%s: got %s", o.Key(n), o.Raw(n))
		}
	}
	if o.Size() < len(got) || len(o.text) > 100 {
		t.Errorf("a size of %d for %d bytes, %d of them copied", o.Size(), len(got), len(o.text))
	}
	o.SetRaw(short, `"short"`, None, 1)
	if o.Raw(short) != `"short"` || !o.XMLTexts() {
		t.Errorf("got %s", o.Raw(short))
	}
	o.Text(root, "odd", long+"\x01", None, 1)
	if o.XMLTexts() {
		t.Error("a control character in a long text is overlooked")
	}
}
