package difference

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/ledger"
)

// account is a ledger that says something of leaves.
func account(lines []ledger.Line, origins []ledger.Origin) *ledger.Ledger {
	l := &ledger.Ledger{}
	l.Spell(lines, origins)
	return l
}

// leavesOf compares two outputs without an account, as one line per leaf.
func leavesOf(before, after string) []string {
	d := Compare(Side{Output: before, Ledger: account(nil, nil)}, Side{Output: after, Ledger: account(nil, nil)})
	var all []string
	for _, l := range d.Leaves {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", l.Kind, l.Path, l.Was, l.Is)))
	}
	return all
}

// What is the same is not told, also where it stands at another place of a list.
func TestLeaves(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"the same":      {`{"a":1}`, `{"a":1}`, nil},
		"changed":       {`{"a":1,"b":{"c":2}}`, `{"a":1,"b":{"c":3}}`, []string{"changed $this.b.c 2 3"}},
		"new and gone":  {`{"a":1,"b":2}`, `{"a":1,"c":[3,4]}`, []string{"gone $this.b 2", "new $this.c[0]  3", "new $this.c[1]  4"}},
		"put in front":  {`{"a":[{"x":1},{"x":2}]}`, `{"a":[{"x":0},{"x":1},{"x":2}]}`, []string{"new $this.a[0].x  0"}},
		"taken out":     {`{"a":[1,2,3,4]}`, `{"a":[1,3,4]}`, []string{"gone $this.a[1] 2"}},
		"in between":    {`{"a":[1,2,3]}`, `{"a":[1,9,3]}`, []string{"changed $this.a[1] 2 9"}},
		"two places":    {`{"a":[1,2,3,4,5]}`, `{"a":[0,1,3,4,6,5]}`, []string{"new $this.a[0]  0", "gone $this.a[1] 2", "new $this.a[4]  6"}},
		"leaf and tree": {`{"a":1}`, `{"a":{"b":1}}`, []string{"gone $this.a 1", "new $this.a.b  1"}},
		"list and tree": {`{"a":[1]}`, `{"a":{"b":1}}`, []string{"gone $this.a[0] 1", "new $this.a.b  1"}},
		"keys turned":   {`{"a":1,"b":2}`, `{"b":2,"a":1}`, []string{"order $this"}},
		"digits":        {`{"a":72.50}`, `{"a":72.5}`, []string{"changed $this.a 72.50 72.5"}},
		"XML":           {`<a><b c="1">2</b></a>`, `<a><b c="3">2</b><b c="4"/></a>`, []string{"changed a.b[0].@c 1 3", "new a.b[1].@c  4"}},
		"XML and JSON":  {`<a/>`, `{}`, []string{"changed $this"}},
		"unreadable":    {`{`, `{}`, []string{"changed $this"}},
	} {
		if got := leavesOf(c.before, c.after); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// Lists that are too long to be set side by side are compared all the same.
func TestLongLists(t *testing.T) {
	list := func(from, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ",%d", from+i)
		}
		return `{"a":[` + b.String()[1:] + `]}`
	}
	if got := leavesOf(list(0, 3000), list(5000, 3000)); len(got) != 3000 {
		t.Errorf("got %d leaves", len(got))
	}
	if got := leavesOf(list(0, 3000), list(1, 3000)); len(got) != 3000 && len(got) != 2 {
		t.Errorf("got %d leaves", len(got))
	}
}

// eat is the row of one code, as two versions have it.
func eat(relation mapping.Equivalence, target, reason string) (Side, string) {
	row := "m.csv:7"
	if target == "Q" {
		row = "site/m.csv:2"
	}
	rows := Rows{row: {Source: Named{"ffb", "s", "Spise"}, Target: Named{"fsiii", target, "Spise og drikke"}, Area: mapping.Hjemmepleje, Reason: reason}}
	l := account(
		[]ledger.Line{{Path: "C.code.coding[0].code", Fate: "converted", Rule: "r", Row: row, Relation: relation}, {Path: "C.name", Fate: "carried", Rule: "n"}},
		[]ledger.Origin{{Path: "C.code.coding[0].code", From: ledger.FromSource, Source: "C.code.coding[0].code", Rule: "r", Row: row, Relation: relation},
			{Path: "C.name", From: ledger.FromSource, Source: "C.name", Rule: "n"}, {Path: "C.kind", From: ledger.FromConstant, Rule: "k"}})
	return Side{Output: `{"resourceType":"C","code":{"coding":[{"code":"` + target + `"}]},"name":"Bruno","kind":"K"}`, Ledger: l, Rows: rows}, row
}

// A code that is decided otherwise is one fact, with both rows; its leaves say that
// they follow from it.
func TestFacts(t *testing.T) {
	before, was := eat(mapping.Wider, "P", "because")
	after, is := eat(mapping.Equivalent, "Q", "because not")
	d := Compare(before, after)
	want := []Fact{{Path: "C.code", Area: mapping.Hjemmepleje, Source: Named{"ffb", "s", "Spise"},
		Was: []Decision{{How: Written, Relation: mapping.Wider, Target: Named{"fsiii", "P", "Spise og drikke"}, Reason: "because", Row: was}},
		Is:  []Decision{{How: Written, Relation: mapping.Equivalent, Target: Named{"fsiii", "Q", "Spise og drikke"}, Reason: "because not", Row: is}}}}
	if !reflect.DeepEqual(d.Facts, want) {
		t.Errorf("got %+v, want %+v", d.Facts, want)
	}
	if len(d.Leaves) != 1 || d.Leaves[0].Path != "C.code.coding[0].code" || d.Leaves[0].Fact != "C.code" || d.Leaves[0].Was != `"P"` || d.Leaves[0].Is != `"Q"` {
		t.Errorf("got %+v", d.Leaves)
	}
	if d := Compare(before, before); !d.None() {
		t.Errorf("got %+v of the same", d)
	}
	moved, _ := eat(mapping.Wider, "P", "because")
	moved.Rows = Rows{"m.csv:9": before.Rows[was]}
	moved.Ledger = account([]ledger.Line{{Path: "C.code.coding[0].code", Fate: "converted", Rule: "r", Row: "m.csv:9"}, {Path: "C.name", Fate: "carried", Rule: "n"}},
		[]ledger.Origin{{Path: "C.code.coding[0].code", From: ledger.FromSource, Source: "C.code.coding[0].code", Rule: "r", Row: "m.csv:9", Relation: mapping.Wider}})
	if d := Compare(before, moved); !d.None() {
		t.Errorf("a row that only moved in its file: got %+v", d)
	}
	reworded, _ := eat(mapping.Wider, "P", "because of that")
	if d := Compare(before, reworded); len(d.Facts) != 1 || len(d.Leaves) != 0 {
		t.Errorf("another reason: got %+v", d)
	}
}

// What was written and is proposed, or has no counterpart, is another decision.
func TestProposedAndUnmatched(t *testing.T) {
	before, row := eat(mapping.Narrower, "P", "because")
	after := Side{Output: before.Output, Rows: before.Rows, Ledger: account([]ledger.Line{{Path: "C.name", Fate: "carried", Rule: "n"}}, nil)}
	after.Ledger.Proposals = []ledger.Proposal{{Path: "C.code", Candidates: []ledger.Candidate{{Area: mapping.Hjemmepleje, System: "fsiii", Code: "P",
		Display: "Spise og drikke", Relation: mapping.Narrower, Row: row, Reason: "because", Held: "a person must"}}}}
	d := Compare(before, after)
	if len(d.Facts) != 1 || d.Facts[0].Is[0].How != Proposed || d.Facts[0].Is[0].Held != "a person must" || d.Facts[0].Was[0].How != Written {
		t.Errorf("got %+v", d.Facts)
	}
	none := Side{Output: before.Output, Rows: before.Rows, Ledger: account(nil, nil)}
	none.Ledger.Unmatched = []ledger.Unmatched{{Path: "C.code", Area: mapping.Hjemmepleje, Row: row, Reason: "none"}}
	if d := Compare(before, none); len(d.Facts) != 1 || Change(d.Facts[0].Was, d.Facts[0].Is) != "narrower Spise og drikke P → no counterpart" {
		t.Errorf("got %+v", d.Facts)
	}
}

// A leaf of the source that has another fate is told, also where nothing else is
// other; so is another rule or reason.
func TestFates(t *testing.T) {
	side := func(fate, rule, reason string) Side {
		return Side{Output: "{}", Ledger: account([]ledger.Line{{Path: "a", Fate: fate, Rule: rule, Reason: reason}}, nil)}
	}
	for name, c := range map[string]struct {
		after Side
		want  string
	}{
		"the same":       {side("dropped", "r", "x"), ""},
		"another fate":   {side("residue", "r", "x"), "fate dropped residue"},
		"another rule":   {side("dropped", "s", "x"), "reason dropped dropped"},
		"another reason": {side("dropped", "r", "y"), "reason dropped dropped"},
	} {
		got := ""
		for _, l := range Compare(side("dropped", "r", "x"), c.after).Leaves {
			got += l.Kind + " " + l.Was + " " + l.Is
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// What the sender is told, and who is refused.
func TestToldAndRefused(t *testing.T) {
	before, after := Side{Output: "{}", Ledger: account(nil, nil)}, Side{Output: "{}", Ledger: account(nil, nil)}
	before.Ledger.Notice(ledger.Notice{Path: "a", Message: "x"})
	after.Ledger.Conformance.Lack(ledger.Lack{Path: "b", Element: "c", Message: "y"})
	want := []Told{{Gone, "a", "x"}, {New, "b", "c: y"}}
	if d := Compare(before, after); !slices.Equal(d.Told, want) {
		t.Errorf("got %+v", d.Told)
	}
	refused := Side{Refused: "no"}
	if d := Compare(before, refused); d.None() || d.Before != "" || d.After != "no" {
		t.Errorf("got %+v", d)
	}
	if d := Compare(refused, after); d.None() || d.Before != "no" || d.After != "" {
		t.Errorf("got %+v", d)
	}
	if d := Compare(refused, refused); !d.None() {
		t.Errorf("got %+v", d)
	}
	if d := Compare(refused, Side{Refused: "never"}); d.None() {
		t.Error("refused for another reason")
	}
}

// Mask leaves the values of the mappings and hides those of a citizen.
func TestMask(t *testing.T) {
	before, _ := eat(mapping.Wider, "P", "because")
	after, _ := eat(mapping.Wider, "P", "because")
	after.Output = strings.NewReplacer("Bruno", "Test\\\"Elmer", `"P"`, `"Q"`, `"K"`, `"L"`).Replace(after.Output)
	d := Compare(before, after)
	d.Mask(func(value string) bool { return value == "P" || value == "Q" })
	var got []string
	for _, l := range d.Leaves {
		got = append(got, l.Was+l.Is)
	}
	if want := []string{`"P""Q"`, "……", `"K""L"`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A document counts once for a code and once for a place, and what is said of most
// comes first.
func TestSummary(t *testing.T) {
	before, _ := eat(mapping.Wider, "P", "because")
	after, _ := eat(mapping.Equivalent, "Q", "because not")
	var s Summary
	renamed := before
	renamed.Output = strings.Replace(before.Output, "Bruno", "Elmer", 1)
	s.Add(Translation{Document: "first"}, Compare(before, renamed))
	for _, name := range []string{"second", "third"} {
		s.Add(Translation{name, "fsiii"}, Compare(before, after))
		s.Add(Translation{name, "fhir"}, Compare(before, after))
	}
	s.Add(Translation{Document: "fourth"}, Compare(before, before))
	s.Add(Translation{Document: "fifth"}, Compare(Side{Refused: "no"}, before))
	s.Add(Translation{Document: "sixth"}, Compare(before, Side{Refused: "no"}))
	s.Add(Translation{Document: "seventh"}, Compare(Side{Refused: "no"}, Side{Refused: "no"}))
	s.Sort()
	if s.Documents != 7 || s.Translations != 9 || s.Different != 5 || s.Refused != 1 || s.Accepted != 1 || s.Neither != 1 {
		t.Errorf("got %+v", s)
	}
	if len(s.Codes) != 1 || s.Codes[0].Documents != 2 || s.Codes[0].Example != "second to fsiii" ||
		Change(s.Codes[0].Was, s.Codes[0].Is) != "wider Spise og drikke P → equivalent Spise og drikke Q" {
		t.Errorf("got %+v", s.Codes)
	}
	if want := (Spot{Side: Target, Path: "C.name", Kind: Changed, Was: "n", Is: "n", Documents: 1, Example: "first", last: "first"}); len(s.Places) != 1 || s.Places[0] != want {
		t.Errorf("got %+v", s.Places)
	}
	same, other := s.Codes[0].Was, slices.Clone(s.Codes[0].Was)
	other[0].Relation = mapping.Equivalent
	if got := Change(same, other); got != "wider → equivalent Spise og drikke P" {
		t.Errorf("got %s", got)
	}
	other[0].Relation, other[0].Reason = mapping.Wider, "other"
	if got := Change(same, other); got != "wider Spise og drikke P, for another reason" {
		t.Errorf("got %s", got)
	}
	if got := (Named{Code: "464a2ab6-a7df-4b3a-b74d-7873f4cfe668", Display: "Spise"}).String() + "/" + (Named{}).String(); got != "Spise 464a2ab6…/nothing" {
		t.Errorf("got %s", got)
	}
}
