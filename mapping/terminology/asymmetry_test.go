package terminology_test

import (
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

var update = flag.Bool("update", false, "rewrite asymmetries.csv: keep the reasons, list the missing places with an empty one")

// pair is one place where both directions of the condition maps could meet.
type pair struct {
	source, target string // an FFB and an FSIII code
	area           string
}

// relation of a pair in one direction, with the reason of its row.
type relation struct {
	equivalence mapping.Equivalence
	reason      string
}

// The condition maps were judged one direction at a time, so that they need not
// be each other's inverse: a source may prefer its best targets. But each place
// where they are not is known and has a reason, in asymmetries.csv.
func TestForwardAndReverseAreInverses(t *testing.T) {
	s := published(t)
	forward, reverse := pairs(s, "tilstand.ffb-fsiii"), pairs(s, "tilstand.fsiii-ffb")
	if len(forward) == 0 || len(reverse) == 0 {
		t.Fatalf("got %d pairs forward and %d in reverse", len(forward), len(reverse))
	}
	stated := statedAsymmetries(t)
	want := [][]string{{"source", "target", "area", "forward", "reverse", "reason"}}
	symmetric := 0
	for _, p := range union(s, forward, reverse) {
		f, r := forward[p], reverse[p]
		if f.equivalence.Match() && f.equivalence.Reverse() == r.equivalence {
			symmetric++
			continue
		}
		if !specific(f.reason) && !specific(r.reason) {
			t.Errorf("%v: neither row gives a reason of its own", p)
		}
		row := []string{p.source, p.target, p.area, string(f.equivalence), string(r.equivalence), ""}
		key := strings.Join(row[:5], ",")
		reason, ok := stated[key]
		if delete(stated, key); !*update && (!ok || strings.TrimSpace(reason) == "") {
			t.Errorf("asymmetries.csv: %s: not listed with a reason\n\tforward: %s\n\treverse: %s", key, f.reason, r.reason)
		}
		row[5] = reason
		want = append(want, row)
	}
	for key := range stated {
		if !*update {
			t.Errorf("asymmetries.csv: %s: not an asymmetry, or not with these relations", key)
		}
	}
	t.Logf("%d pairs are inverses, %d are not", symmetric, len(want)-1)
	if *update {
		writeAsymmetries(t, want)
	}
}

// specific reports whether a reason says something about its row.
func specific(reason string) bool { return len(strings.Fields(reason)) >= 5 }

// pairs lists the matches of a map, over all areas, by FFB and FSIII code.
func pairs(s *terminology.Terminology, name string) map[pair]relation {
	all := map[pair]relation{}
	for _, m := range s.ConceptMaps() {
		if !strings.HasPrefix(m.URL, "urn:tolk:ConceptMap:"+name+".") {
			continue
		}
		for _, e := range m.Elements {
			for _, match := range e.Matches {
				p := pair{e.Source.Code, match.Concept.Code, string(m.Area)}
				if m.Source != mapping.FFB {
					p.source, p.target = p.target, p.source
				}
				if match.Equivalence.Match() {
					all[p] = relation{match.Equivalence, match.Reason}
				}
			}
		}
	}
	return all
}

// union lists the pairs of both directions in the order FFB is published.
func union(s *terminology.Terminology, forward, reverse map[pair]relation) []pair {
	order := map[string]int{}
	for i, e := range s.Entries(mapping.FFB) {
		order[e.Code] = i
	}
	var all []pair
	for p := range forward {
		all = append(all, p)
	}
	for p := range reverse {
		if _, ok := forward[p]; !ok {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b pair) int {
		if a.source != b.source {
			return order[a.source] - order[b.source]
		}
		if a.area != b.area {
			return slices.Index(mapping.Areas(), mapping.Area(a.area)) - slices.Index(mapping.Areas(), mapping.Area(b.area))
		}
		return strings.Compare(a.target, b.target)
	})
	return all
}

// statedAsymmetries reads asymmetries.csv: the reason by the other columns.
func statedAsymmetries(t *testing.T) map[string]string {
	t.Helper()
	_, maps := shipped()
	stated := map[string]string{}
	f, err := maps.Open("asymmetries.csv")
	if *update && os.IsNotExist(err) {
		return stated
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 || !slices.Equal(rows[0], []string{"source", "target", "area", "forward", "reverse", "reason"}) {
		t.Fatalf("asymmetries.csv: the header must be source,target,area,forward,reverse,reason: %v", err)
	}
	for _, r := range rows[1:] {
		key := strings.Join(r[:5], ",")
		if _, ok := stated[key]; ok {
			t.Errorf("asymmetries.csv: %s: stated twice", key)
		}
		stated[key] = r[5]
	}
	return stated
}

// writeAsymmetries rewrites the file, for a person to fill in the reasons.
func writeAsymmetries(t *testing.T, rows [][]string) {
	t.Helper()
	f, err := os.Create(filepath.Join("..", "maps", "asymmetries.csv"))
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
