package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	ours "tolk/mapping/maps"
	"tolk/mapping/rules"
)

// coverage is what the fixtures use of the rules and of the maps.
type coverage struct {
	cases []fixtures.Case
	plain []answered // of each case, with nothing removed
	fired fixtures.Fired
}

// answered is what became of a case, for comparing.
type answered struct {
	text   string // the output, or the refusal
	ledger *ledger.Ledger
}

func (o answered) same(other answered) bool {
	return o.text == other.text && reflect.DeepEqual(o.ledger, other.ledger)
}

func replay(t *testing.T, g *document.Gateway, c fixtures.Case) answered {
	t.Helper()
	g, err := g.WithOrganisations(c.Organisations)
	if err != nil {
		t.Fatal(err)
	}
	result, err := g.Translate(c.Input, c.Request)
	if err != nil {
		return answered{text: err.Error()}
	}
	return answered{string(result.Output), result.Ledger}
}

func measure(t *testing.T, c *core) *coverage {
	v := &coverage{cases: loadFixtures(t)}
	slices.SortStableFunc(v.cases, func(a, b fixtures.Case) int { return len(a.Input) - len(b.Input) })
	for _, f := range v.cases {
		o := replay(t, c.gateway, f)
		v.plain = append(v.plain, o)
		v.fired.Add(o.ledger)
	}
	return v
}

// told reports whether a fixture tells the gateway from the whole one. The
// cases that cite the map are asked first.
func (v *coverage) told(t *testing.T, g *document.Gateway, place string) bool {
	for _, near := range []bool{true, false} {
		for i, f := range v.cases {
			if v.near(i, place) == near && !replay(t, g, f).same(v.plain[i]) {
				return true
			}
		}
	}
	return false
}

func (v *coverage) near(i int, place string) bool {
	return v.plain[i].ledger != nil && slices.ContainsFunc(v.plain[i].ledger.Lines(), func(l ledger.Line) bool {
		return strings.HasPrefix(l.Rule, place)
	})
}

// removal is the rule files with one thing removed.
type removal struct {
	place string // file and map: ffb-fsiii.condition
	what  string // rule code
	files []rules.File
}

// removals lists every way to remove one thing from the rule files: a map, a
// rule, an element that a profile forbids or demands. What maps of one kind
// share, as a rule that both reports have, is one thing.
func removals(files []rules.File) (all []removal) {
	seen := map[string]bool{}
	for i, f := range files {
		for j, m := range f.Maps {
			place := strings.TrimSuffix(f.Name, ".yaml") + "." + m.Map
			add := func(what string, changed []rules.Map) {
				copied := slices.Clone(files)
				copied[i].Maps = changed
				all = append(all, removal{place, what, copied})
			}
			add("the map", slices.Delete(slices.Clone(f.Maps), j, j+1))
			for _, t := range things(m) {
				if id := fmt.Sprint(i, resourceOf(m), t.what, t.text); !seen[id] {
					seen[id] = true
					add(t.what, without(f.Maps, m, t))
				}
			}
		}
	}
	return all
}

// thing is one part of a map, with the text that says it.
type thing struct {
	what, text string
	remove     func(*rules.Map)
}

func resourceOf(m rules.Map) string {
	resource, _, _ := strings.Cut(m.Kind, ".")
	return resource
}

// without removes a thing from every map of the same resource that says it in
// the same words.
func without(all []rules.Map, from rules.Map, t thing) []rules.Map {
	changed := slices.Clone(all)
	for i := range changed {
		if resourceOf(changed[i]) != resourceOf(from) {
			continue
		}
		for _, other := range things(changed[i]) {
			if other.what == t.what && other.text == t.text {
				other.remove(&changed[i])
			}
		}
	}
	return changed
}

// things lists the parts of a map.
func things(m rules.Map) (all []thing) {
	for _, r := range m.Rules {
		all = append(all, thing{"rule " + r.ID, fmt.Sprintf("%+v", r), func(m *rules.Map) {
			m.Rules = slices.DeleteFunc(slices.Clone(m.Rules), func(other rules.Rule) bool { return other.ID == r.ID })
		}})
	}
	sides := []struct {
		name string
		of   func(*rules.Map) *rules.Side
	}{{"left", func(m *rules.Map) *rules.Side { return &m.Left }}, {"right", func(m *rules.Map) *rules.Side { return &m.Right }}}
	for _, side := range sides {
		s := side.of(&m)
		for _, path := range strings.Fields(s.None) {
			all = append(all, thing{side.name + " none " + path, s.None, func(m *rules.Map) {
				paths := slices.DeleteFunc(strings.Fields(side.of(m).None), func(other string) bool { return other == path })
				side.of(m).None = strings.Join(paths, " ")
			}})
		}
		for _, q := range s.Require {
			all = append(all, thing{side.name + " require " + q.Path, q.Message, func(m *rules.Map) {
				side.of(m).Require = slices.DeleteFunc(slices.Clone(side.of(m).Require), func(other rules.Require) bool { return other.Path == q.Path })
			}})
		}
	}
	return all
}

// Law 7: remove any one rule, and some fixture fails; and every row between the
// two systems is seen in the ledger of one, so that without it the ledger is
// another.
func TestFixturesCoverRules(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	files, err := rules.Load(ours.FS)
	if err != nil {
		t.Fatal(err)
	}
	v := measure(t, c)
	proved := map[string][2]int{} // removals told, and all, by file
	for _, m := range removals(files) {
		g, err := document.New(c.terms, m.files, forms(), nil)
		file, _, _ := strings.Cut(m.place, ".")
		n := proved[file]
		n[1]++
		if err != nil || v.told(t, g, m.place) {
			n[0]++
		} else {
			t.Errorf("%s: no fixture fails without %s", m.place, m.what)
		}
		proved[file] = n
	}
	for _, r := range coverOf(c, &v.fired).Maps {
		if !r.Within && r.Cited+r.Written < r.Rows+r.Emit {
			t.Errorf("%s: %d of %d rows are cited, %d of %d that may be written are; a case must show each", r.File, r.Cited, r.Rows, r.Written, r.Emit)
		}
	}
	compare(t, "../../doc/coverage.md", v.page(c, proved))
}

// page writes doc/coverage.md.
func (v *coverage) page(c *core, proved map[string][2]int) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What the fixtures prove\n\nWritten by `go test ./cmd/tolk -run TestFixturesCoverRules -update`, and compared by every test run: %d cases.\n\n", len(v.cases))
	b.WriteString("## Rules\n\nEach map, each rule, and each element that a profile forbids or demands is removed in turn; some case must then fail.\n\n| Rule file | Removals | Told by a case |\n|---|--:|--:|\n")
	for _, file := range slices.Sorted(maps.Keys(proved)) {
		fmt.Fprintf(&b, "| %s.yaml | %d | %d |\n", file, proved[file][1], proved[file][0])
	}
	b.WriteString("\n## Rows of the concept maps\n\nA row is cited when a case writes its code, proposes it, answers unmatched with its reason, or goes by it from a retired code to a current one.\n\n| Map | Rows | Cited | May be written unasked | Written |\n|---|--:|--:|--:|--:|\n")
	for _, r := range coverOf(c, &v.fired).Maps {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", r.File, r.Rows, r.Cited, r.Emit, r.Written)
	}
	b.WriteString("\nThe rows from retired FSIII codes to current ones are a step on the way to FFB. Those that no case cites lead nowhere in FFB, or to where a row of udgaaet.fsiii-ffb.csv has judged the retired code itself.\n")
	return b.String()
}

// compare holds a page of the documentation to what it is made from.
func compare(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s is not what the tests find; -update writes it: %v", name, err)
	}
}
