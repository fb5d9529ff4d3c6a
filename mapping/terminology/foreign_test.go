package terminology_test

import (
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

const (
	problemerMedSoevn = "f5a9fb78-bd27-4d98-821a-757cd65fab53" // nursing
	medicin           = "d2d42368-9d6d-4ca2-affe-f7116da86e1b" // an intervention
)

// foreign is a map of one row, from FFB's sleep to nursing's.
func foreign(rows ...terminology.ForeignRow) terminology.Foreign {
	for i := range rows {
		if rows[i].Place == "" {
			rows[i].Place = "row " + string(rune('1'+i))
		}
	}
	return terminology.Foreign{URL: "http://x/map", Version: "2", Title: "theirs", Source: mapping.FFB, Target: mapping.FSIII, Rows: rows}
}

func row(source, target string, e mapping.Equivalence) terminology.ForeignRow {
	return terminology.ForeignRow{Source: source, Target: target, Equivalence: e, Reason: "theirs"}
}

// with layers maps that must be taken.
func with(t *testing.T, maps ...terminology.Foreign) *terminology.Terminology {
	t.Helper()
	s, err := published(t).With(maps...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A foreign map has the last word about what it names, and leaves the rest as
// it was; the snapshot it was layered on does not change.
func TestForeignMapGoesFirst(t *testing.T) {
	base := published(t)
	before := base.Matches(mapping.Concept{System: mapping.FFB, Code: soevn}, terminology.Options{})
	s := with(t, foreign(row(soevn, problemerMedSoevn, mapping.Equal)))
	var nursing, others []terminology.Match
	for _, m := range s.Matches(mapping.Concept{System: mapping.FFB, Code: soevn}, terminology.Options{}) {
		if m.Area == mapping.Sygepleje {
			nursing = append(nursing, m)
		} else {
			others = append(others, m)
		}
	}
	if len(nursing) != 1 {
		t.Fatalf("got %d nursing matches, want the one of the foreign map", len(nursing))
	}
	m := nursing[0]
	if m.Canonical != "http://x/map|2" || m.Row != "row 1" || m.Equivalence != mapping.Equivalent || !m.Emit || m.Concept.Code != problemerMedSoevn || m.Status != "accepted" {
		t.Errorf("got %+v", m)
	}
	if !m.Guard.Has(terminology.Problem) {
		t.Error("a nursing condition from a neutral FFB condition lost its guard")
	}
	var wanted []terminology.Match
	for _, m := range before {
		if m.Area != mapping.Sygepleje {
			wanted = append(wanted, m)
		}
	}
	if !slices.Equal(others, wanted) {
		t.Errorf("other areas: got %v, want them as they were", others)
	}
	if after := base.Matches(mapping.Concept{System: mapping.FFB, Code: soevn}, terminology.Options{}); !slices.Equal(before, after) {
		t.Error("the snapshot below changed")
	}
	if got, want := len(s.ConceptMaps()), len(base.ConceptMaps())+1; got != want || s.ConceptMaps()[0].URL != "http://x/map" {
		t.Errorf("got %d maps, want %d with the foreign one first", got, want)
	}
}

// What is proposed by its relation stays a proposal, and what a foreign map
// calls unmatched has no match, in every area where it names none.
func TestForeignRelations(t *testing.T) {
	s := with(t, foreign(row(soevn, problemerMedSoevn, mapping.RelatedTo)))
	for _, m := range s.Matches(mapping.Concept{System: mapping.FFB, Code: soevn}, terminology.Options{Areas: []mapping.Area{mapping.Sygepleje}}) {
		if m.Equivalence != mapping.Inexact || m.Emit {
			t.Errorf("relatedto: got %s, emit %t", m.Equivalence, m.Emit)
		}
	}
	s = with(t, foreign(row(soevn, "", mapping.Unmatched)))
	matches := s.Matches(mapping.Concept{System: mapping.FFB, Code: soevn}, terminology.Options{})
	if len(matches) != 3 {
		t.Errorf("unmatched: got %d answers, want one for each area", len(matches))
	}
	for _, m := range matches {
		if m.Equivalence != mapping.Unmatched || m.Canonical != "http://x/map|2" || m.Concept.Code != "" {
			t.Errorf("unmatched: got %+v", m)
		}
	}
}

// A fact that never travels as a general code alone does not do so by another
// map either.
func TestForeignMapCannotTakeAGuardAway(t *testing.T) {
	base := published(t)
	grave := 0
	for _, e := range base.Entries(mapping.FFB) {
		matches := base.Matches(e.Concept, terminology.Options{Target: mapping.FSIII})
		if e.Kind != terminology.Condition || !slices.ContainsFunc(matches, func(m terminology.Match) bool { return m.Guard.Has(terminology.WithOriginal) }) {
			continue
		}
		grave++
		s := with(t, foreign(row(e.Code, problemerMedSoevn, mapping.Wider)))
		for _, m := range s.Matches(e.Concept, terminology.Options{Areas: []mapping.Area{mapping.Sygepleje}}) {
			if m.Canonical == "http://x/map|2" && !m.Guard.Has(terminology.WithOriginal|terminology.Problem) {
				t.Errorf("%s: got guards %q", e.Display, m.Guard)
			}
		}
	}
	if grave == 0 {
		t.Error("no FFB condition is guarded with its original; nothing was tested")
	}
}

// The scales are the declared exception: their inexact relation is emitted, also
// by another map.
func TestForeignScale(t *testing.T) {
	base := published(t)
	for _, e := range base.Entries(mapping.FFB) {
		if n, ok := e.Step(); !ok || n != 2 || e.Kind != terminology.Severity {
			continue
		}
		old := base.Matches(e.Concept, terminology.Options{Target: mapping.FSIII})[0]
		s := with(t, foreign(row(e.Code, old.Concept.Code, mapping.Inexact)))
		got := s.Matches(e.Concept, terminology.Options{Target: mapping.FSIII})
		if len(got) != 1 || got[0].Map != "http://x/map" || !got[0].Emit || got[0].Area != old.Area {
			t.Errorf("got %+v, want %+v by the foreign map", got, old)
		}
		return
	}
	t.Error("FFB has no step 2")
}

// A prevention condition asserts a need as a nursing condition asserts a problem.
func TestForeignPreventionIsGuarded(t *testing.T) {
	s := with(t, foreign(row(soevn, "cb55874a-93d9-45c7-a25a-8ff677c24385", mapping.Wider)))
	matches := s.Matches(mapping.Concept{System: mapping.FFB, Code: soevn}, terminology.Options{Areas: []mapping.Area{mapping.Forebyggelse}})
	if len(matches) != 1 || !matches[0].Guard.Has(terminology.Problem) {
		t.Errorf("got %+v, want one match guarded as a problem", matches)
	}
}

// A home-care condition asserts nothing of the kind, and a map of two rows in an area is
// one map there.
func TestForeignHomeCareIsNotGuarded(t *testing.T) {
	const thinking = "d7687a4e-d848-4931-940e-8ef338eb3f85"
	s := with(t, foreign(row(soevn, thinking, mapping.Inexact), row("4934e45a-0f93-4c23-a767-2b681378700b", thinking, mapping.Inexact)))
	matches := s.Matches(mapping.Concept{System: mapping.FFB, Code: soevn}, terminology.Options{Areas: []mapping.Area{mapping.Hjemmepleje}})
	if len(matches) != 1 || matches[0].Concept.Code != thinking || matches[0].Guard != 0 {
		t.Errorf("got %+v, want one match without a guard", matches)
	}
	n := 0
	for _, m := range s.ConceptMaps() {
		if m.URL == "http://x/map" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the map is %d, want one", n)
	}
}

// Every broken row refuses the map, with its place and what is wrong.
func TestBrokenForeignMapsAreRefused(t *testing.T) {
	base := published(t)
	scale := func(step string, system string) string {
		for _, e := range base.Entries(system) {
			if n, ok := e.Step(); ok && e.Kind == terminology.Severity && step == string(rune('0'+n)) {
				return e.Code
			}
		}
		t.Fatalf("%s has no step %s", system, step)
		return ""
	}
	var retired string
	for _, e := range base.Entries(mapping.FSIII) {
		if e.Status == terminology.Retired && e.Kind == terminology.Condition && e.Area == mapping.Sygepleje {
			retired = e.Code
		}
	}
	guarded := row(soevn, problemerMedSoevn, mapping.Wider)
	guarded.Guard = "active"
	elsewhere := row(soevn, problemerMedSoevn, mapping.Wider)
	elsewhere.Area = mapping.Hjemmepleje
	second := foreign(row(soevn, problemerMedSoevn, mapping.Wider))
	second.URL = "http://x/second"
	unknown := foreign(row(soevn, problemerMedSoevn, mapping.Wider))
	unknown.Target = "http://snomed.info/sct"
	unknownSource := foreign(row(soevn, problemerMedSoevn, mapping.Wider))
	unknownSource.Source = "http://snomed.info/sct"
	for name, c := range map[string]struct {
		maps []terminology.Foreign
		want string
	}{
		"unknown source":     {[]terminology.Foreign{foreign(row("x", problemerMedSoevn, mapping.Wider))}, "row 1: source: not a code of FFB"},
		"unknown target":     {[]terminology.Foreign{foreign(row(soevn, "x", mapping.Wider))}, "row 1: target: not a code of FSIII"},
		"heading":            {[]terminology.Foreign{foreign(row(soevn, "8c539fd9-7f31-4b4e-8b30-8298c8ab640f", mapping.Wider))}, "row 1: target: a heading"},
		"retired target":     {[]terminology.Foreign{foreign(row(soevn, retired, mapping.Wider))}, "row 1: target: retired"},
		"another kind":       {[]terminology.Foreign{foreign(row(soevn, medicin, mapping.Wider))}, "row 1: target: of kind intervention"},
		"kind without a map": {[]terminology.Foreign{foreign(row("f708aea3-66bd-46c6-af11-7bf28942fa47", problemerMedSoevn, mapping.Wider))}, "row 1: source: no map of a document takes Tilbud"},
		"a step moved":       {[]terminology.Foreign{foreign(row(scale("1", mapping.FFB), scale("2", mapping.FSIII), mapping.Inexact))}, "row 1: target: not the same step of the scale as the source"},
		"area of another":    {[]terminology.Foreign{foreign(elsewhere)}, "row 1: area: the target is of sygepleje"},
		"guard":              {[]terminology.Foreign{foreign(guarded)}, "row 1: guard: accepted: "},
		"pair twice":         {[]terminology.Foreign{foreign(row(soevn, problemerMedSoevn, mapping.Wider), row(soevn, problemerMedSoevn, mapping.Inexact))}, "row 2: target: the source has it in this area already"},
		"unmatched beside":   {[]terminology.Foreign{foreign(row(soevn, problemerMedSoevn, mapping.Wider), row(soevn, "", mapping.Unmatched))}, "row 2: equivalence: unmatched stands alone"},
		"two maps":           {[]terminology.Foreign{foreign(row(soevn, problemerMedSoevn, mapping.Wider)), second}, "row 1: source: http://x/map|2 states the same concept"},
		"beside unmatched":   {[]terminology.Foreign{foreign(row(soevn, "", mapping.Unmatched), row(soevn, problemerMedSoevn, mapping.Wider))}, "row 2: equivalence: unmatched stands alone"},
		"another system":     {[]terminology.Foreign{unknown}, "http://x/map: source and target: accepted: "},
		"of another system":  {[]terminology.Foreign{unknownSource}, "http://x/map: source and target: accepted: "},
	} {
		_, err := base.With(c.maps...)
		if err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(s string) bool { return strings.HasPrefix(s, c.want) }) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
