package transcript

import (
	"errors"
	"reflect"
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

// What a writer said beside the leaves stands in the ledger: the forms, what is
// lacking and heard, the questions, and of each leaf its rule, its reason and the row
// that converted it.
func TestWhatIsSaidIsKept(t *testing.T) {
	d := parse(t, `{"a":"x","b":"y","c":"z","d":"w","e":1}`)
	s := New(d, "one", "two")
	root := s.Out.Object(tree.NoOut, "")
	child := func(name string) tree.ID { return d.Child(d.Root(), name) }
	s.Carry(root, "A", child("a"), "rule.a")
	s.Text(root, "B", "Y", child("b"), "rule.b")
	s.Relate(child("b"), mapping.Wider, "urn:map|1", "map.csv:3", "it adds")
	s.Drop(child("c"), "rule.c", "no home")
	s.Hold(child("d"), "rule.d", "private")
	lack := ledger.Lack{Path: "a", Element: "A", Message: "it wants more"}
	notice := ledger.Notice{Path: "b", Message: "hear"}
	proposal := ledger.Proposal{Path: "c", Candidates: []ledger.Candidate{{ID: "p-1"}}}
	s.Lack(lack)
	s.Notice(notice.Path, notice.Message)
	s.Propose(proposal)
	s.Claim("urn:profile")
	w, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	l := w.Ledger
	if w.Doc != d || l.From != "one" || l.To != "two" {
		t.Errorf("got a ledger from %q to %q", l.From, l.To)
	}
	if want := (ledger.Conformance{Profile: "urn:profile", Lacks: []ledger.Lack{lack}}); !reflect.DeepEqual(l.Conformance, want) {
		t.Errorf("got %v, want %v", l.Conformance, want)
	}
	if !reflect.DeepEqual(l.Notices, []ledger.Notice{notice}) || !reflect.DeepEqual(l.Proposals, []ledger.Proposal{proposal}) {
		t.Errorf("got %v %v", l.Notices, l.Proposals)
	}
	if got, want := l.Lines(), []ledger.Line{
		{Path: "$this.a", Fate: "carried", Rule: "rule.a", Target: []string{"$this.A"}},
		{Path: "$this.b", Fate: "converted", Rule: "rule.b", Target: []string{"$this.B"},
			Relation: mapping.Wider, Map: "urn:map|1", Row: "map.csv:3", Reason: "it adds"},
		{Path: "$this.c", Fate: "dropped", Rule: "rule.c", Reason: "no home"},
		{Path: "$this.d", Fate: "residue", Rule: "rule.d", Reason: "private"},
		{Path: "$this.e", Fate: "unclaimed", Reason: "no rule knows this element"},
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s = New(d, "one", "two")
	s.Carry(s.Out.Object(tree.NoOut, ""), "A", child("a"), "rule.a")
	if w, err = s.Finish(); err != nil || !w.Ledger.Conformance.Met {
		t.Errorf("nothing is lacking, and the profile is not met: %v", err)
	}
}

// Whatever is said of a leaf, and in whatever order, the best counts, by the first
// rule that said it.
func TestBestFateCounts(t *testing.T) {
	type said struct {
		fate string
		say  func(s *Transcript, root tree.OutID, n tree.ID, rule string)
	}
	all := []said{ // from the worst to the best
		{"dropped", func(s *Transcript, _ tree.OutID, n tree.ID, rule string) { s.Drop(n, rule, "no home") }},
		{"residue", func(s *Transcript, _ tree.OutID, n tree.ID, rule string) { s.Hold(n, rule, "private") }},
		{"used", func(s *Transcript, _ tree.OutID, n tree.ID, rule string) { s.Use(n, rule) }},
		{"converted", func(s *Transcript, root tree.OutID, n tree.ID, rule string) { s.Text(root, rule, "y", n, rule) }},
		{"carried", func(s *Transcript, root tree.OutID, n tree.ID, rule string) { s.Carry(root, rule, n, rule) }},
	}
	for i, first := range all {
		for k, second := range all {
			d := parse(t, `{"a":"x"}`)
			s := New(d, "one", "two")
			root := s.Out.Object(tree.NoOut, "")
			first.say(s, root, d.Child(0, "a"), "first")
			second.say(s, root, d.Child(0, "a"), "second")
			w, err := s.Finish()
			if err != nil {
				t.Fatal(err)
			}
			fate, rule := all[max(i, k)].fate, "first"
			if k > i {
				rule = "second"
			}
			if got := w.Ledger.Lines()[0]; got.Fate != fate || got.Rule != rule {
				t.Errorf("%s and %s: got %s by %s, want %s by %s", first.fate, second.fate, got.Fate, got.Rule, fate, rule)
			}
		}
	}
}

// What was written without the account knowing of it is a bug of ours, and is never
// handed out.
func TestUnaccountedIsNotHandedOut(t *testing.T) {
	for name, write := range map[string]func(s *Transcript, root tree.OutID, n tree.ID){
		"a leaf of the source": func(s *Transcript, root tree.OutID, n tree.ID) {
			s.Out.Leaf(root, "A", `"x"`, n, s.number("a", ledger.FromConstant))
		},
		"a leaf by no rule": func(s *Transcript, root tree.OutID, _ tree.ID) {
			s.Out.Leaf(root, "A", `"x"`, tree.None, s.number("", ledger.FromConstant))
		},
		"a leaf of the source that was left out": func(s *Transcript, root tree.OutID, n tree.ID) {
			s.Drop(n, "a", "no home")
			s.Out.Leaf(root, "A", `"x"`, n, s.number("a", ledger.FromConstant))
		},
		"a leaf left out without a reason": func(s *Transcript, root tree.OutID, n tree.ID) {
			s.Say(root, "A", "x", "a")
			s.Drop(n, "a", "")
		},
	} {
		d := parse(t, `{"a":"x"}`)
		s := New(d, "one", "two")
		write(s, s.Out.Object(tree.NoOut, ""), d.Child(0, "a"))
		w, err := s.Finish()
		var e *mapping.Error
		if w != nil || !errors.As(err, &e) || e.Kind != mapping.Exception {
			t.Errorf("%s: got %v, want an exception", name, err)
		}
	}
}

// A writer says where it wrote.
func TestWritersSayWhere(t *testing.T) {
	d := parse(t, `{"a":"x","b":[],"c":{"d":1},"e":[2]}`)
	s := New(d, "one", "two")
	root := s.Out.Object(tree.NoOut, "")
	child := func(name string) tree.ID { return d.Child(0, name) }
	for key, got := range map[string]tree.OutID{
		"A": s.Carry(root, "A", child("a"), "r"), "T": s.Text(root, "T", "y", child("a"), "r"),
		"B": s.Copy(root, "B", child("b"), "r"), "C": s.Copy(root, "C", child("c"), "r"), "E": s.Copy(root, "E", child("e"), "r"),
		"K": s.Constant(root, "K", "1", "r"), "S": s.Say(root, "S", "z", "r"), "G": s.Generate(root, "G", "z", "r"),
		"M": s.Make(root, "M", "1", "r"), "N": s.Encode(root, "N", "z", "r"), "L": s.Leaf(root, "L", "1", child("a"), "r"),
	} {
		if s.Out.Key(got) != key {
			t.Errorf("got %q, want %q", s.Out.Key(got), key)
		}
	}
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
	if !errors.As(err, &e) || e.Kind != mapping.TooLong || e.Path != "$this" || !strings.Contains(e.Message, "the two document") {
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
