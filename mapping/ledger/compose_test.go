package ledger

import (
	"reflect"
	"slices"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// The first of two translations, from S to B, and the second, from B to T.
func steps() (first, second *Ledger) {
	site := &Site{Name: "here"}
	first = &Ledger{From: "one", To: "two", Areas: []mapping.Area{mapping.Sygepleje}, Conformance: Conformance{Profile: "urn:two", Lacks: []Lack{{Path: "S.a", Element: "B", Message: "first"}}},
		Notices: []Notice{{"S.a", "first"}}, Proposals: []Proposal{{Path: "S.b"}}, Unmatched: []Unmatched{{Path: "S.c", Row: "1"}},
		lines: []Line{
			{Path: "S.a", Fate: "carried", Rule: "a1", Target: []string{"B.a"}},
			{Path: "S.b", Fate: "converted", Rule: "b1", Target: []string{"B.b"}, Relation: mapping.Wider, Map: "m", Row: "m:1", Via: "m:2", Reason: "it adds", Site: site},
			{Path: "S.c", Fate: "dropped", Rule: "c1", Reason: "no home"},
			{Path: "S.d", Fate: "carried", Rule: "d1", Target: []string{"B.d"}},
			{Path: "S.e", Fate: "converted", Rule: "e1", Target: []string{"B.e"}, Relation: mapping.Wider, Map: "m", Row: "m:3", Via: "m:4", Reason: "it adds", Site: site},
			{Path: "S.f", Fate: "converted", Rule: "f1", Target: []string{"B.f", "B.g"}},
			{Path: "S.h", Fate: "carried", Target: []string{"B.h"}},
			{Path: "S.i", Fate: "carried", Rule: "i1", Target: []string{"B.i"}},
		},
		origins: []Origin{
			{Path: "B.a", From: FromSource, Source: "S.a", Rule: "a1"},
			{Path: "B.b", From: FromSource, Source: "S.b", Rule: "b1", Relation: mapping.Wider, Row: "m:1"},
			{Path: "B.d", From: FromSource, Source: "S.d", Rule: "d1"},
			{Path: "B.e", From: FromSource, Source: "S.e", Rule: "e1", Relation: mapping.Wider, Row: "m:3"},
			{Path: "B.f", From: FromSource, Source: "S.f", Rule: "f1"},
			{Path: "B.g", From: FromSource, Source: "S.f", Rule: "f1"},
			{Path: "B.h", From: FromSource, Source: "S.h"},
			{Path: "B.i", From: FromSource, Source: "S.i", Rule: "i1"},
			{Path: "B.j", From: FromSource, Source: "S.i", Rule: "j1"},
			{Path: "B.k", From: FromConstant, Rule: "k1"},
		}}
	second = &Ledger{From: "two", To: "three", Conformance: Conformance{Profile: "urn:three", Met: false, Lacks: []Lack{{Path: "B.b", Element: "T", Message: "second"}}},
		Notices: []Notice{{"B.a", "first"}, {"B.e", "second"}}, Proposals: []Proposal{{Path: "B.d"}}, Unmatched: []Unmatched{{Path: "B.e", Row: "2"}},
		lines: []Line{
			{Path: "B.a", Fate: "carried", Rule: "a2", Target: []string{"T.a"}},
			{Path: "B.b", Fate: "carried", Rule: "b1", Target: []string{"T.b"}},
			{Path: "B.d", Fate: "residue", Rule: "d2", Reason: "it waits"},
			{Path: "B.e", Fate: "converted", Rule: "e2", Target: []string{"T.e"}, Relation: mapping.Narrower, Map: "n", Row: "n:1", Reason: "it says less"},
			{Path: "B.f", Fate: "dropped", Rule: "f2", Reason: "no room"},
			{Path: "B.g", Fate: "used", Rule: "g2"},
			{Path: "B.h", Fate: "carried", Rule: "h2", Target: []string{"T.h"}},
			{Path: "B.i", Fate: "dropped", Rule: "i2", Reason: "no room"},
			{Path: "B.j", Fate: "carried", Rule: "j2", Target: []string{"T.j"}},
			{Path: "B.k", Fate: "carried", Rule: "k2", Target: []string{"T.k"}},
		},
		origins: []Origin{
			{Path: "T.a", From: FromSource, Source: "B.a", Rule: "a2"},
			{Path: "T.b", From: FromSource, Source: "B.b", Rule: "b1"},
			{Path: "T.e", From: FromSource, Source: "B.e", Rule: "e2", Relation: mapping.Narrower, Row: "n:1"},
			{Path: "T.h", From: FromSource, Source: "B.h", Rule: "h2"},
			{Path: "T.h2", From: FromSource, Source: "B.h", Rule: "h2"},
			{Path: "T.j", From: FromSource, Source: "B.j", Rule: "j2"},
			{Path: "T.k", From: FromSource, Source: "B.k", Rule: "k2"},
			{Path: "T.l", From: FromGenerated, Rule: "l2"},
		}}
	return first, second
}

// Of two translations the ledger says of every leaf what became of it in the end, by
// which rules and which row, and where it stands.
func TestCompose(t *testing.T) {
	first, second := steps()
	site := first.lines[1].Site
	l := Compose(first, second, []string{`1`, `2`, `3`, `4`, `5`, `6`, ``, `8`, `9`, `10`}, []string{`1`, `2`, `40`, ``, `"x"`, `9`, `10`, `11`})
	want := []Line{
		{Path: "S.a", Fate: "carried", Rule: "a1 > a2", Target: []string{"T.a"}},
		{Path: "S.b", Fate: "converted", Rule: "b1", Target: []string{"T.b"}, Relation: mapping.Wider, Map: "m", Row: "m:1", Via: "m:2", Reason: "it adds", Site: site},
		{Path: "S.c", Fate: "dropped", Rule: "c1", Reason: "no home"},
		{Path: "S.d", Fate: "residue", Rule: "d1 > d2", Reason: "it waits"},
		{Path: "S.e", Fate: "converted", Rule: "e1 > e2", Target: []string{"T.e"}, Relation: mapping.Narrower, Map: "n", Row: "n:1", Reason: "it says less"},
		{Path: "S.f", Fate: "used", Rule: "f1 > g2"},
		{Path: "S.h", Fate: "carried", Rule: "h2", Target: []string{"T.h"}},
		{Path: "S.i", Fate: "converted", Rule: "i1 > i2", Target: []string{"T.j"}, Reason: "no room"},
	}
	for i, line := range l.Lines() {
		if !reflect.DeepEqual(line, want[i]) {
			t.Errorf("got %+v, want %+v", line, want[i])
		}
	}
	if want := []Origin{
		{Path: "T.a", From: FromSource, Source: "S.a", Rule: "a1 > a2"},
		{Path: "T.b", From: FromSource, Source: "S.b", Rule: "b1", Relation: mapping.Wider, Row: "m:1"},
		{Path: "T.e", From: FromSource, Source: "S.e", Rule: "e1 > e2", Relation: mapping.Narrower, Row: "n:1"},
		{Path: "T.h", From: FromSource, Source: "S.h", Rule: "h2"},
		{Path: "T.h2", From: FromSource, Source: "S.h", Rule: "h2"},
		{Path: "T.j", From: FromSource, Source: "S.i", Rule: "j1 > j2"},
		{Path: "T.k", From: FromConstant, Rule: "k1 > k2"},
		{Path: "T.l", From: FromGenerated, Rule: "l2"},
	}; !slices.Equal(l.Origins(), want) {
		t.Errorf("got %+v, want %+v", l.Origins(), want)
	}
	if want := map[string]int{"leaves": 8, "carried": 2, "converted": 3, "used": 1, "residue": 1, "dropped": 1, "unclaimed": 0}; !reflect.DeepEqual(l.Counts, want) {
		t.Errorf("got %v, want %v", l.Counts, want)
	}
}

// What a person is asked and told by either is asked and told once, at its place in
// the first document.
func TestComposeAsksOnce(t *testing.T) {
	first, second := steps()
	l := Compose(first, second, make([]string, 10), make([]string, 8))
	if l.From != "one" || l.To != "three" || !slices.Equal(l.Areas, first.Areas) {
		t.Errorf("got %s to %s, %v", l.From, l.To, l.Areas)
	}
	if want := (Conformance{Profile: "urn:three", Lacks: []Lack{{Path: "S.a", Element: "B", Message: "first"}, {Path: "S.b", Element: "T", Message: "second"}}}); !reflect.DeepEqual(l.Conformance, want) {
		t.Errorf("got %v, want %v", l.Conformance, want)
	}
	if want := []Notice{{"S.a", "first"}, {"S.e", "second"}}; !slices.Equal(l.Notices, want) {
		t.Errorf("got %v, want %v", l.Notices, want)
	}
	if want := []Proposal{{Path: "S.b"}, {Path: "S.d"}}; !reflect.DeepEqual(l.Proposals, want) {
		t.Errorf("got %v, want %v", l.Proposals, want)
	}
	if want := []Unmatched{{Path: "S.c", Row: "1"}, {Path: "S.e", Row: "2"}}; !slices.Equal(l.Unmatched, want) {
		t.Errorf("got %v, want %v", l.Unmatched, want)
	}
	first, second = steps()
	second.Areas, second.Conformance.Met, second.Conformance.Lacks, first.Conformance.Lacks = []mapping.Area{mapping.Hjemmepleje}, true, nil, nil
	if l := Compose(first, second, make([]string, 10), make([]string, 8)); !l.Conformance.Met || !slices.Equal(l.Areas, second.Areas) {
		t.Errorf("got met %t, %v", l.Conformance.Met, l.Areas)
	}
}

// A value that reached several places of the document between ends as the best of
// them did, whichever stands first.
func TestComposeTakesTheBest(t *testing.T) {
	order := []string{"unclaimed", "dropped", "residue", "used", "converted", "carried"}
	reached := func(fate string) bool { return fate == "carried" || fate == "converted" }
	for i, one := range order {
		for k, other := range order {
			first := &Ledger{lines: []Line{{Path: "S.a", Fate: "converted", Target: []string{"B.a", "B.b"}}},
				origins: []Origin{{Path: "B.a", From: FromSource, Source: "S.a"}, {Path: "B.b", From: FromSource, Source: "S.a"}}}
			second := &Ledger{lines: []Line{{Path: "B.a", Fate: one, Rule: one}, {Path: "B.b", Fate: other, Rule: other}}}
			for _, line := range second.lines {
				if reached(line.Fate) {
					second.origins = append(second.origins, Origin{Path: "T" + line.Path[1:], From: FromSource, Source: line.Path})
				}
			}
			got := Compose(first, second, []string{"1", "2"}, []string{"1", "2"}).Lines()[0]
			rule := order[max(i, k)]
			fate := rule
			if fate == "carried" { // the first step has converted it
				fate = "converted"
			}
			if got.Fate != fate || got.Rule != rule {
				t.Errorf("%s and %s: got %s by %s", one, other, got.Fate, got.Rule)
			}
		}
	}
}

// The way back is the same from a target that is settled and from a ledger that is
// spelled out.
func TestWayBackSettled(t *testing.T) {
	const source = `{"resourceType":"Basic","a":{"b":[{"c":1,"d":{"e":2}},{"c":3}],"f":4},"g":[5,6]}`
	written := func() (*Ledger, []byte) {
		doc, err := tree.Parse(source, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out := tree.NewOut(8)
		root := out.Object(tree.NoOut, "")
		put := func(key string, paths ...string) {
			o := out.Object(root, key)
			for i, path := range paths {
				from := tree.None
				if path != "" {
					from = doc.At("Basic." + path)
				}
				out.Leaf(o, string(rune('a'+i)), "7", from, 1)
			}
		}
		out.Leaf(root, "resourceType", `"Basic"`, doc.At("Basic.resourceType"), 1)
		put("one", "a.f")
		put("same", "a.f", "a.f")
		put("none", "", "")
		put("some", "", "a.b[0].c", "")
		put("beside", "a.b[0].c", "a.b[0].d.e")
		put("elements", "a.b[1].c", "a.b[0].d.e")
		put("above", "a.f", "a.b[0].d.e")
		put("turned", "a.b[0].d.e", "a.b[0].c", "a.f")
		put("far", "a.b[0].c", "g[1]")
		put("list", "g[0]", "g[1]")
		l := &Ledger{}
		l.Account(doc, out, func(tree.ID) Fate { return Converted },
			func(_ tree.ID, line *Line) { line.Fate = Converted.String() },
			func(_ tree.OutID, _ int32, o *Origin) { o.From, o.Rule = FromConstant, "r" })
		return l, out.Append(nil, root)
	}
	l, target := written()
	spelled, _ := written()
	spelled.spell()
	if err := l.Settle(source, target); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"one": "a.f", "one.a": "a.f", "same": "a.f", "none": "", "none.a": "", "some": "a.b[0].c", "beside": "a.b[0]",
		"elements": "a.b", "above": "a", "turned": "a", "turned.a": "a.b[0].d.e", "far": "", "list": "g", "nowhere": "", "resourceType": "resourceType"} {
		if want != "" {
			want = "." + want
		}
		want = "Basic" + want
		if got := l.Back("Basic." + path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
		if got := spelled.Back("Basic." + path); got != want {
			t.Errorf("%s, spelled out: got %s, want %s", path, got, want)
		}
	}
	if l.Target() == nil {
		t.Error("to find the way back the ledger was spelled out")
	}
}

// What is found in the target is given back with the places of the source, all of it.
func TestReturn(t *testing.T) {
	l := &Ledger{lines: []Line{{Path: "S.a"}}, origins: []Origin{{Path: "B.x", Source: "S.a"}, {Path: "B.y", Source: "S.b"}, {Path: "B.z", Source: "S.c"}}}
	j := Judgement{Lacks: []Lack{{Path: "B.x", Message: "m"}}, Notices: []Notice{{"B.y", "m"}}, Proposals: []Proposal{{Path: "B.z"}}}
	l.Return(&j)
	if want := (Judgement{Lacks: []Lack{{Path: "S.a", Message: "m"}}, Notices: []Notice{{"S.b", "m"}}, Proposals: []Proposal{{Path: "S.c"}}}); !reflect.DeepEqual(j, want) {
		t.Errorf("got %v, want %v", j, want)
	}
}
