package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tolk/fixtures"
	"tolk/mapping"
	"tolk/mapping/explain"
	"tolk/mapping/ledger"
	"tolk/mapping/maps"
)

// Every leaf of every fixture is explained, on both sides: by a rule that is found
// where it is said to stand, or by saying that there is none; by a row that is in the
// maps; and by what comes back, which with the residue is what was there.
func TestExplainEvery(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	rows := everyRow(t)
	var mu sync.Mutex
	var leaves, refused, stated, proposals int
	t.Cleanup(func() {
		t.Logf("%d leaves, %d rules with a place, %d proposals; %d refused", leaves, stated, proposals, refused)
		if leaves < 80_000 || stated < 30_000 || proposals < 300 || refused < 100 {
			t.Error("not every fixture was walked")
		}
	})
	for _, f := range loadFixtures(t) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			account, err := explain.New(explainCase(t, c, f))
			if err != nil {
				explainsRefusal(t, f, err)
				mu.Lock()
				refused++
				mu.Unlock()
				return
			}
			w := walk{t: t, account: account, rows: rows, mixed: strings.HasPrefix(strings.TrimSpace(f.Input), "<") || strings.HasPrefix(f.Output, "<")}
			w.side(explain.Source, account.Sources())
			w.side(explain.Target, account.Targets())
			mu.Lock()
			leaves, stated, proposals = leaves+w.leaves, stated+w.stated, proposals+w.proposals
			mu.Unlock()
		})
	}
}

func explainCase(t *testing.T, c *core, f fixtures.Case) explain.Case {
	gateway := c.gateway
	if len(f.Organisations) > 0 {
		var err error
		if gateway, err = gateway.WithOrganisations(f.Organisations); err != nil {
			t.Fatal(err)
		}
	}
	x := c.explained(f.Input, f.Request)
	x.Gateway = gateway
	return x
}

// explainsRefusal checks that a refusal names the place that the fixture has it at
// first.
func explainsRefusal(t *testing.T, f fixtures.Case, err error) {
	var outcome struct {
		Issue []struct{ Expression []string }
	}
	if e := json.Unmarshal([]byte(f.Output), &outcome); e != nil || len(outcome.Issue) == 0 {
		t.Fatalf("not refused in the fixture: %v", err)
	}
	if first := outcome.Issue[0].Expression; len(first) > 0 && !strings.Contains(err.Error(), first[0]) {
		t.Errorf("%v: does not name %s", err, first[0])
	}
}

// everyRow reads the maps themselves: source, target, relation and reason by
// file:line.
func everyRow(t *testing.T) map[string][4]string {
	names, err := filepath.Glob("../../mapping/maps/*.*-*.csv")
	if err != nil || len(names) < 8 {
		t.Fatal(names, err)
	}
	all := map[string][4]string{}
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		r := csv.NewReader(file)
		for {
			cells, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			line, _ := r.FieldPos(0)
			all[fmt.Sprintf("%s:%d", filepath.Base(name), line)] = [4]string{cells[0], cells[3], cells[5], cells[7]}
		}
	}
	return all
}

// walk checks the leaves of one account.
type walk struct {
	t                         *testing.T
	account                   *explain.Account
	rows                      map[string][4]string
	leaves, stated, proposals int
	mixed                     bool // XML on one side and JSON on the other
}

func (w *walk) side(name string, leaves []explain.Leaf) {
	l := w.account.Ledger()
	want := len(l.Lines())
	if name == explain.Target {
		want = len(l.Origins())
	}
	if len(leaves) != want {
		w.t.Errorf("%s: %d leaves explained of %d", name, len(leaves), want)
	}
	for i, leaf := range leaves {
		w.leaves++
		if leaf.Side != name || leaf.Path == "" || leaf.Fate == "" {
			w.t.Errorf("%s %d: %+v", name, i, leaf)
		}
		if len(leaf.Values) != len(leaf.Others) {
			w.t.Errorf("%s %s: %d paths at the other end, and %d values", name, leaf.Path, len(leaf.Others), len(leaf.Values))
		}
		if name == explain.Source && leaf.Fate == "carried" && !slices.Contains(leaf.Values, leaf.Value) && !w.mixed {
			w.t.Errorf("%s: carried, and not there", leaf.Path)
		}
		w.rule(leaf)
		w.row(leaf, leaf.Row)
		for i := range leaf.Also {
			w.row(leaf, &leaf.Also[i])
		}
		for i := range leaf.Unmatched {
			w.row(leaf, &leaf.Unmatched[i])
		}
		w.waiting(leaf)
		if found, err := w.account.Find(leaf.Path, name); err != nil || len(found) != 1 || found[0].Path != leaf.Path {
			w.t.Errorf("%s: found %d: %v", leaf.Path, len(found), err)
		}
		if name == explain.Source {
			w.source(leaf, l.Lines()[i])
		} else {
			w.target(leaf, l.Origins()[i])
		}
	}
}

// rule checks that a leaf has a rule with its text, or says why it has none.
func (w *walk) rule(leaf explain.Leaf) {
	if leaf.Rule == nil {
		if leaf.Reason == "" {
			w.t.Errorf("%s %s: neither a rule nor a reason", leaf.Side, leaf.Path)
		}
		return
	}
	steps := leaf.Rule.Steps
	if len(steps) == 0 {
		steps = []explain.Rule{*leaf.Rule}
	}
	for _, r := range steps {
		switch {
		case r.Place == "" && !strings.HasPrefix(r.Text, "written in Go: "):
			w.t.Errorf("%s %s: rule %s is nowhere: %q", leaf.Side, leaf.Path, r.Name, r.Text)
		case r.Place != "":
			w.stated++
			w.stands(r)
		}
	}
}

// stands checks that a rule stands where it is said to: its id, or of what a map says
// itself the words of that.
func (w *walk) stands(r explain.Rule) {
	file, line, _ := strings.Cut(r.Place, ":")
	text, err := maps.FS.ReadFile(file)
	if err != nil {
		text, err = maps.FS.ReadFile("fields/" + file)
	}
	n, bad := strconv.Atoi(line)
	lines := strings.Split(string(text), "\n")
	if err != nil || bad != nil || n < 1 || n > len(lines) {
		w.t.Errorf("rule %s: %s is no place", r.Name, r.Place)
		return
	}
	id := r.Name[strings.LastIndexAny(r.Name, "/.")+1:]
	marks := []string{"id: " + id + ",", "id: " + id + "}", "map: " + id, id + ":"}
	switch {
	case strings.Contains(id, "fixed-"):
		marks = []string{"right: "}
	case strings.Contains(id, "-with-"):
		marks = []string{"with: ", "right: "}
	case slices.Contains([]string{"none", "held", "profile", "rest"}, id):
		marks = append(marks, "map: ", "concept: ", "left: ", "right: ")
	case !strings.Contains(r.Name, "/"):
		marks = append(marks, "left: ", "right: ")
	}
	if !slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(lines[n-1]+",", m) }) {
		w.t.Errorf("rule %s: not at %s: %s", r.Name, r.Place, lines[n-1])
	}
}

// row checks that a row is in the maps as it is told.
func (w *walk) row(leaf explain.Leaf, r *explain.Row) {
	if r == nil {
		return
	}
	want, ok := w.rows[r.Place]
	got := [4]string{r.Source.Code, r.Target.Code, string(r.Relation), r.Reason}
	if !ok || got != want || r.Reason == "" || r.Source.Display == "" || r.Map == "" {
		w.t.Errorf("%s %s: row %s: got %q, want %q", leaf.Side, leaf.Path, r.Place, got, want)
	}
	w.row(leaf, r.Via)
}

// waiting checks what waits for a person: each with what it is, and why it was held.
func (w *walk) waiting(leaf explain.Leaf) {
	for _, p := range leaf.Proposals {
		w.proposals++
		w.row(leaf, p.Row)
		if p.Target.Code == "" || p.Target.Display == "" || p.Held == "" || p.Reason == "" || p.Row != nil && p.Row.Target.Code != p.Target.Code {
			w.t.Errorf("%s %s: proposal %+v", leaf.Side, leaf.Path, p)
		}
	}
}

// source checks a leaf of the source against its line, and the law of the fixtures:
// with the residue what comes back is what was there.
func (w *walk) source(leaf explain.Leaf, line ledger.Line) {
	if leaf.Fate != line.Fate || !slices.Equal(leaf.Others, line.Target) || leaf.Relation != line.Relation {
		w.t.Errorf("%s: got %+v, want %+v", leaf.Path, leaf, line)
	}
	if (line.Row != "") != (leaf.Row != nil) || leaf.Row != nil && (leaf.Row.Place != line.Row || leaf.Row.Map != line.Map) {
		w.t.Errorf("%s: row %s, got %+v", leaf.Path, line.Row, leaf.Row)
	}
	if (line.Via != "") != (leaf.Row != nil && leaf.Row.Via != nil) {
		w.t.Errorf("%s: via %s, got %+v", leaf.Path, line.Via, leaf.Row)
	}
	if leaf.Back.With != leaf.Value {
		w.t.Errorf("%s: with the residue other than it was", leaf.Path)
	}
	w.back(leaf)
}

func (w *walk) target(leaf explain.Leaf, origin ledger.Origin) {
	if leaf.Fate != origin.From || (origin.Source != "") != (len(leaf.Others) == 1) {
		w.t.Errorf("%s: got %+v, want %+v", leaf.Path, leaf, origin)
	}
	if origin.Row != "" && (leaf.Row == nil || leaf.Row.Place != origin.Row) {
		w.t.Errorf("%s: row %s, got %+v", leaf.Path, origin.Row, leaf.Row)
	}
	if (leaf.Fate == ledger.FromConstant || leaf.Fate == ledger.FromGenerated) && leaf.Back.With != "" {
		w.t.Errorf("%s: the residue keeps what nobody said", leaf.Path)
	}
	w.back(leaf)
}

// back checks that the way back is told or refused with a reason.
func (w *walk) back(leaf explain.Leaf) {
	b := leaf.Back
	switch {
	case !b.Offered && b.Why == "":
		w.t.Errorf("%s: no way back, and no reason", leaf.Path)
	case b.Why != "" && (b.Same || b.Without != ""):
		w.t.Errorf("%s: refused, and something comes back", leaf.Path)
	case b.Same && b.Without != b.With || b.At == "" && b.Why == "" && !b.Same && b.Without == b.With && b.With != "":
		w.t.Errorf("%s: same is %v", leaf.Path, b.Same)
	}
}

// A path that leads nowhere names what is near, and no value.
func TestExplainNear(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"resourceType":"Condition","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"464a2ab6-a7df-4b3a-b74d-7873f4cfe668"}]},
		"subject":{"identifier":{"value":"2509479989"}},"recordedDate":"2026-03-02"}`
	cases := loadFixtures(t)
	i := slices.IndexFunc(cases, func(f fixtures.Case) bool { return f.Name == "tilstande/ffb-to-fsiii/indberetning" })
	if i < 0 {
		t.Fatal("the fixture is gone")
	}
	one := fixtures.Case{Input: text}
	one.Request.From, one.Request.To = "ffb", "fhir"
	for _, tt := range []struct {
		of   fixtures.Case
		path string
		want string // empty: leaves are found
	}{
		{one, "Condition.code", ""}, {one, "code", ""}, {one, "$.code.coding[0].code", ""}, {one, "$this.code.coding.code", ""}, {one, "", ""},
		{one, "Condition.kode", "Condition.kode: no leaf is there; did you mean Condition.code?"},
		{one, "code.coding[7].code", "code.coding[7].code: no leaf is there; Condition.code.coding has [0] to [1]"},
		{one, "code.coding.kode", "code.coding.kode: no leaf is there; did you mean Condition.code.coding[0].code?"},
		{one, "recordedDate.day", "recordedDate.day: no leaf is there; Condition.recordedDate is a leaf, and nothing is below it"},
		{one, "quite.another", "quite.another: no leaf is there; Condition has "},
		{cases[i], "entry[0].resource", ""}, {cases[i], "Bundle.entry.resource.code", ""},
		{cases[i], "entry[99]", "entry[99]: no leaf is there; Bundle.entry has [0] to ["},
	} {
		account, err := explain.New(explainCase(t, c, tt.of))
		if err != nil {
			t.Fatal(err)
		}
		leaves, err := account.Find(tt.path)
		switch {
		case tt.want == "" && (err != nil || len(leaves) == 0):
			t.Errorf("%s: %d leaves, %v", tt.path, len(leaves), err)
		case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "2509479989")):
			t.Errorf("%s: got %v, want %s", tt.path, err, tt.want)
		case tt.want != "" && err.(*mapping.Error).Kind != mapping.NotFound:
			t.Errorf("%s: %s", tt.path, err.(*mapping.Error).Kind)
		}
	}
}
