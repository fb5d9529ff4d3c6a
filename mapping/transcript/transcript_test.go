package transcript

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

func parse(t testing.TB, text string) *tree.Doc {
	t.Helper()
	doc, err := tree.Read(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func fates(l *ledger.Ledger) string {
	var all []string
	for _, line := range l.Lines() {
		all = append(all, strings.TrimPrefix(line.Path, "$this.")+"="+line.Fate)
	}
	return strings.Join(all, " ")
}

func TestFateIsSetByWriting(t *testing.T) {
	d := parse(t, `{"a":"x","b":"x","c":1.50,"d":{"e":true},"f":[],"g":"lost","h":"private","i":{},"j":"unused"}`)
	s := New(d, "one", "two")
	root := s.Out.Object(tree.NoOut, "")
	child := func(name string) tree.ID { return d.Child(d.Root(), name) }
	s.Carry(root, "A", child("a"), "a")
	s.Text(root, "B", "y", child("b"), "b")
	s.Text(root, "B2", "z", child("b"), "b")
	s.Copy(root, "C", child("c"), "c")
	s.Use(child("d"), "d")
	s.Copy(root, "F", child("f"), "f")
	s.Drop(child("g"), "g", "no home")
	s.Hold(child("h"), "h", "private")
	s.Say(root, "K", "constant", "k")
	s.Generate(root, "id", "1", "id")
	s.Out.Object(root, "begun") // and left empty: it would say that something is there
	w, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(w.Output), `{"A":"x","B":"y","B2":"z","C":1.50,"F":[],"K":"constant","id":"1"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fates(w.Ledger), "a=carried b=converted c=carried d.e=used f=carried g=dropped h=residue i=unclaimed j=unclaimed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestXMLIsCarriedAsText(t *testing.T) {
	d := parse(t, `<a b="1 &amp; 2"><c>3.10</c><d>x</d></a>`)
	s := New(d, "xml", "json")
	root := s.Out.Object(tree.NoOut, "")
	var leaves []tree.ID
	d.Walk(d.Root(), func(n tree.ID, _ string) { leaves = append(leaves, n) })
	s.Carry(root, "b", leaves[0], "b")
	s.Leaf(root, "c", d.Text(leaves[1]), leaves[1], "c")
	s.Text(root, "d", "y", leaves[2], "d")
	w, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(w.Output), `{"b":"1 & 2","c":3.10,"d":"y"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for i, want := range []string{"carried", "carried", "converted"} {
		if got := w.Ledger.Lines()[i].Fate; got != want {
			t.Errorf("leaf %d: got %s, want %s", i, got, want)
		}
	}
}

// two translations made at random, one after the other: the account of both
// together must stand before the auditor, and say of each leaf what became of
// it in the end.
func TestComposed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		var text strings.Builder
		for i, n := range names {
			if i > 0 {
				text.WriteString(",")
			}
			text.WriteString(tree.Quote(n) + ":" + rapid.SampledFrom([]string{`"x"`, `1.0`, `true`, `[]`, `"y"`}).Draw(t, n))
		}
		source := "{" + text.String() + "}"
		first, second := random(t, source, "first"), (*Written)(nil)
		second = random(t, string(first.Output), "second")
		l := ledger.Compose(first.Ledger, second.Ledger, first.Raws(), second.Raws())
		if err := ledger.Audit(source, string(second.Output), l); err != nil {
			t.Fatalf("%s\n%s\n%s\n%v", source, first.Output, second.Output, err)
		}
		for i, line := range l.Lines() {
			if before := first.Ledger.Lines()[i]; len(before.Target) == 0 && (line.Fate != before.Fate || line.Reason != before.Reason) {
				t.Fatalf("%s did not go on, and its fate changed from %s to %s", line.Path, before.Fate, line.Fate)
			}
		}
	})
}

// random translates a flat document: each leaf is carried, changed, written
// twice, used, dropped, held or forgotten.
func random(t *rapid.T, source, name string) *Written {
	d, err := tree.Parse(source, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s := New(d, name, "next")
	root := s.Out.Object(tree.NoOut, "")
	for n := d.First(d.Root()); n != tree.None; n = d.Next(n) {
		key := d.Key(n)
		switch rapid.IntRange(0, 7).Draw(t, name+key) {
		case 0, 1:
			s.Copy(root, key, n, "carry")
		case 2:
			if d.Kind(n).Container() {
				s.Copy(root, key, n, "carry")
			} else {
				s.Text(root, key, "changed", n, "change")
			}
		case 3:
			s.Copy(root, key, n, "carry")
			if !d.Kind(n).Container() {
				s.Text(root, key+name, "again", n, "change")
			}
		case 4:
			s.Use(n, "use")
			s.Say(root, key, "constant", "use")
		case 5:
			s.Drop(n, "drop", "no home in "+name)
		case 6:
			s.Hold(n, "hold", "held in "+name)
		}
	}
	w, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What is larger than any document may be is refused, and is no bug of ours.
func TestTooLong(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	d := parse(t, `{"a":"`+long+`"}`)
	s := New(d, "one", "two")
	list := s.Out.Array(s.Out.Object(tree.NoOut, ""), "b")
	for range 17 {
		s.Carry(list, "", d.Child(d.Root(), "a"), "a")
	}
	_, err := s.Finish()
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.TooLong {
		t.Errorf("got %v, want it refused as too long", err)
	}
}

// A ledger that was never read and one that was spelled out are audited alike.
func TestAuditOfARecord(t *testing.T) {
	const source = `{"a":"x","b":["y","z"],"c":1}`
	written := func() *Written {
		d := parse(t, source)
		s := New(d, "one", "two")
		root := s.Out.Object(tree.NoOut, "")
		s.Carry(root, "A", d.Child(0, "a"), "a")
		s.Copy(root, "B", d.Child(0, "b"), "b")
		s.Leaf(root, "C", "2", d.Child(0, "c"), "c")
		s.Say(root, "D", "constant", "d")
		w, err := s.Finish()
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	lies := map[string]func(source, output *string, l *ledger.Ledger){
		"a carried value was changed": func(_, output *string, _ *ledger.Ledger) { *output = strings.Replace(*output, `"x"`, `"w"`, 1) },
		"a leaf was renamed":          func(_, output *string, _ *ledger.Ledger) { *output = strings.Replace(*output, `"C"`, `"E"`, 1) },
		"a leaf was added":            func(_, output *string, _ *ledger.Ledger) { *output = strings.Replace(*output, `"z"`, `"z","z"`, 1) },
		"a leaf was taken out": func(_, output *string, _ *ledger.Ledger) {
			*output = strings.Replace(*output, `,"D":"constant"`, ``, 1)
		},
		"the sender said more":  func(source, _ *string, _ *ledger.Ledger) { *source = strings.Replace(*source, `"c"`, `"d":1,"c"`, 1) },
		"the sender said less":  func(source, _ *string, _ *ledger.Ledger) { *source = strings.Replace(*source, `,"c":1`, ``, 1) },
		"the counts are others": func(_, _ *string, l *ledger.Ledger) { l.Counts["carried"]++ },
	}
	for _, spelled := range []bool{false, true} {
		for name, lie := range lies {
			w := written()
			if spelled && len(w.Ledger.Lines()) != 4 {
				t.Errorf("got %d lines, want 4", len(w.Ledger.Lines()))
			}
			source, output := source, string(w.Output)
			if err := ledger.Audit(source, output, w.Ledger); err != nil {
				t.Fatal(err)
			}
			if lie(&source, &output, w.Ledger); ledger.Audit(source, output, w.Ledger) == nil {
				t.Errorf("%s, spelled out %t: the auditor passed it", name, spelled)
			}
		}
	}
}
