package terminology

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	ours "tolk/mapping/maps"
	facts "tolk/schemas/terminology"
)

// Any site's table, however broken, is refused with its place or taken, and what is
// taken holds to every rule and never takes a guard away.
func FuzzOverrides(f *testing.F) {
	const file = "tilstand.ffb-fsiii.csv"
	const behaviour = "dccaa419-0bcd-4056-a11a-2e385e23edc6,Følelser og adfærd,"
	f.Add("83376fdb-f55d-4dd9-944e-b49631a9836f,Søvn,sygepleje,f5a9fb78-bd27-4d98-821a-757cd65fab53,Problemer med søvn og hvile,inexact,problem,r,accepted,wider f5a9fb78-bd27-4d98-821a-757cd65fab53,b\n")
	f.Add(behaviour + "hjemmepleje,,,unmatched,with-original;always,x,accepted,inexact ea9d19bc-d513-4f4b-936f-8f0a405ae134; inexact d7687a4e-d848-4931-940e-8ef338eb3f85,b\n")
	f.Add(behaviour + "hjemmepleje,,,unmatched,,x,accepted,inexact a; b,b\n")
	f.Add("\"a\n,\"\n")
	base, err := New(facts.FS, ours.FS)
	if err != nil {
		f.Fatal(err)
	}
	loaded, plans, found := load(facts.FS, ours.FS)
	if len(found) > 0 {
		f.Fatal(found)
	}
	always := map[*Entry]Guard{} // what no row may lose
	for _, p := range plans {
		for _, r := range p.rows {
			guard, _ := parseGuard(r.guard)
			if p.file == file {
				always[r.source] |= guard & (Always | WithOriginal)
			}
		}
	}
	head := strings.Join(rowColumns, ",") + ",replaces,because\n"
	f.Fuzz(func(t *testing.T, text string) {
		s := *loaded
		s.overridden = maps.Clone(loaded.overridden)
		mine := make([]*plan, len(plans))
		for i, p := range plans {
			copied := *p
			mine[i] = &copied
		}
		o := Overrides{Site: "aarhus", Version: "1", Tables: fstest.MapFS{file: {Data: []byte(head + text)}}}
		found := s.override(base, mine, o)
		for _, e := range found {
			if !strings.HasPrefix(e.Path, file+":") || e.Message == "" {
				t.Errorf("no place, or no words: %v", e)
			}
		}
		if len(found) > 0 {
			return
		}
		if left := s.lint(mine); len(left) > 0 {
			t.Errorf("taken, and does not hold: %v", left)
		}
		for _, p := range mine {
			for _, r := range p.rows {
				if guard, _ := parseGuard(r.guard); r.site != nil && !guard.Has(always[r.source]) {
					t.Errorf("a guard is gone: %v", r.cells)
				}
			}
		}
	})
}
