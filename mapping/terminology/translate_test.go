package terminology_test

import (
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

// Every code of FFB and FSIII has an answer in the other system: matches, each
// with its provenance and reason, or the reason why there is none.
func TestEveryCodeIsAnswered(t *testing.T) {
	s := published(t)
	answered := 0
	for _, system := range []string{mapping.FFB, mapping.FSIII} {
		for _, e := range s.Entries(system) {
			a, err := s.Translate(mapping.Coding{System: e.System, Code: e.Code}, terminology.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if (len(a.Matches) == 0) != (a.Outside != "") || strings.HasPrefix(a.Outside, "no concept map") {
				t.Errorf("%s %s: got %d matches and outside %q, want one of them", e.Code, e.Display, len(a.Matches), a.Outside)
			}
			for _, m := range a.Matches {
				answered++
				checkMatch(t, s, a, m)
			}
		}
	}
	if answered < 500 {
		t.Errorf("got %d matches in all, want some 600", answered)
	}
}

// checkMatch checks what every match owes its reader.
func checkMatch(t *testing.T, s *terminology.Terminology, a terminology.Answer, m terminology.Match) {
	t.Helper()
	at := a.Source.Code + " " + m.Row
	if !strings.HasPrefix(m.Map, "urn:tolk:ConceptMap:") || m.Version == "" || m.Reason == "" || !strings.Contains(m.Row, ".csv:") {
		t.Errorf("%s: map %q version %q reason %q", at, m.Map, m.Version, m.Reason)
	}
	if m.Area != "" && !strings.HasSuffix(m.Map, "."+string(m.Area)) {
		t.Errorf("%s: map %q answers for %s", at, m.Map, m.Area)
	}
	if !m.Equivalence.Match() {
		if m.Concept != (mapping.Concept{}) || m.Display != "" || m.Emit {
			t.Errorf("%s: unmatched, with target %v, emit %t", at, m.Concept, m.Emit)
		}
		return
	}
	target, ok := s.Lookup(m.Concept.System, m.Concept.Code)
	if !ok || m.Concept.System != a.Target || target.Display != m.Display || target.Status == terminology.Retired {
		t.Errorf("%s: target %v %q", at, m.Concept, m.Display)
	}
	if m.Emit && m.Equivalence == mapping.Narrower {
		t.Errorf("%s: a narrower target would be added without a person", at)
	}
}

// A retired code is valid on the wire, and goes to FFB over the current code:
// both steps are told, and the relation is that of both together.
func TestRetiredInTwoSteps(t *testing.T) {
	s := published(t)
	retired, chains := 0, 0
	for _, e := range s.Entries(mapping.FSIII) {
		if e.Status != terminology.Retired {
			continue
		}
		retired++
		replaced, err := s.Translate(mapping.Coding{System: e.System, Code: e.Code}, terminology.Options{Target: mapping.FSIII})
		if err != nil || len(replaced.Matches) == 0 {
			t.Errorf("%s: got %d current concepts or reasons, error %v", e.Code, len(replaced.Matches), err)
		}
		for _, m := range s.Matches(e.Concept, terminology.Options{}) {
			if m.Via == nil {
				continue
			}
			chains++
			checkSteps(t, s, e, m)
		}
	}
	if retired != 69 || chains != 22 {
		t.Errorf("got %d retired concepts and %d matches in two steps, want 69 and 22", retired, chains)
	}
	overweight := s.Matches(entry(t, s, fsiii("I3.4")).Concept, terminology.Options{})
	i := slices.IndexFunc(overweight, func(m terminology.Match) bool { return m.Via != nil })
	if i < 0 || overweight[i].Via.Display != "Problemer med vægt" {
		t.Errorf("I3.4: got %+v, want a match by way of Problemer med vægt", overweight)
	}
}

// Where somebody has judged a retired concept itself, two steps add to it only
// what they prove: two inexact steps need not overlap at all.
func TestDirectJudgementStands(t *testing.T) {
	s := published(t)
	for _, e := range s.Entries(mapping.FSIII) {
		matches := s.Matches(e.Concept, terminology.Options{})
		if !slices.ContainsFunc(matches, func(m terminology.Match) bool { return m.Via == nil }) {
			continue
		}
		for _, m := range matches {
			if m.Via != nil && (m.Emit || m.Equivalence != mapping.Wider && !m.Equivalence.Exact()) {
				t.Errorf("%s %s: %s to %s in two steps beside a direct judgement", e.Code, e.Display, m.Equivalence, m.Display)
			}
		}
	}
}

// checkSteps checks a match of e in two steps against the two maps.
func checkSteps(t *testing.T, s *terminology.Terminology, e *terminology.Entry, m terminology.Match) {
	t.Helper()
	now, ok := s.Lookup(m.Via.Concept.System, m.Via.Concept.Code)
	if !ok || now.Status == terminology.Retired || now.System != mapping.FSIII {
		t.Errorf("%s: by way of %v, want a current concept", e.Code, m.Via.Concept)
		return
	}
	if want := m.Via.Equivalence.Compose(m.Stated); m.Equivalence != want || m.Map == m.Via.Map {
		t.Errorf("%s: got %s from %s and %s, want %s", e.Code, m.Equivalence, m.Via.Equivalence, m.Stated, want)
	}
	second := s.Matches(now.Concept, terminology.Options{})
	if !slices.ContainsFunc(second, func(n terminology.Match) bool {
		return n.Row == m.Row && n.Concept == m.Concept && n.Equivalence == m.Stated && n.Reason == m.Reason && m.Guard.Has(n.Guard)
	}) {
		t.Errorf("%s: the second step %s is no answer for %s", e.Code, m.Row, now.Code)
	}
	if !m.Guard.Has(m.Via.Guard) || m.Emit && !m.Via.Emit {
		t.Errorf("%s: guard %s and emit %t leave out the first step", e.Code, m.Guard, m.Emit)
	}
}

func TestTranslateByAreaAndTarget(t *testing.T) {
	s := published(t)
	all, err := s.Translate(ffb(soevn), terminology.Options{})
	if err != nil || all.Target != mapping.FSIII || all.Source.Display != "Søvn" {
		t.Fatalf("got %+v, error %v", all, err)
	}
	var areas []mapping.Area
	for _, area := range mapping.Areas() {
		one, err := s.Translate(ffb(soevn), terminology.Options{Areas: []mapping.Area{area}})
		if err != nil || len(one.Matches) == 0 {
			t.Errorf("%s: got %d matches, error %v", area, len(one.Matches), err)
		}
		for _, m := range one.Matches {
			areas = append(areas, m.Area)
			if m.Area != area || !slices.Contains(all.Matches, m) {
				t.Errorf("%s: got a match of %s", area, m.Area)
			}
		}
	}
	if len(areas) != len(all.Matches) || !slices.IsSortedFunc(all.Matches, byArea) {
		t.Errorf("got %d matches over three areas, want the %d of all, in order", len(areas), len(all.Matches))
	}
	two, err := s.Translate(ffb(soevn), terminology.Options{
		Target: "http://kl.dk/fhir/common/caresocial/CodeSystem/FSIII",
		Areas:  []mapping.Area{mapping.Sygepleje, mapping.Forebyggelse}})
	if err != nil || len(two.Matches) == 0 || slices.ContainsFunc(two.Matches, func(m terminology.Match) bool { return m.Area == mapping.Hjemmepleje }) {
		t.Errorf("two areas: got %d matches, error %v", len(two.Matches), err)
	}
	goal, err := s.Translate(ffb("10752a63-00b4-4958-b7f4-9f3a18f74266"), terminology.Options{Areas: []mapping.Area{mapping.Hjemmepleje}})
	if err != nil || len(goal.Matches) != 1 {
		t.Errorf("a map without areas: got %d matches for an area, error %v, want 1", len(goal.Matches), err)
	}
}

func byArea(a, b terminology.Match) int {
	return slices.Index(mapping.Areas(), a.Area) - slices.Index(mapping.Areas(), b.Area)
}

func TestTranslateErrors(t *testing.T) {
	s := published(t)
	for _, c := range []struct {
		coding  mapping.Coding
		options terminology.Options
		kind    mapping.Kind
		want    string
	}{
		{ffb("x"), terminology.Options{}, mapping.CodeInvalid, "Coding.code: unknown in FFB 20240530"},
		{ffb(soevn), terminology.Options{Target: mapping.FFB}, mapping.NotSupported, "target: no concept map leads there; accepted: urn:oid:1.2.208.176.2.21"},
		{ffb(soevn), terminology.Options{Target: "http://snomed.info/sct"}, mapping.NotSupported, "target: no concept map leads there; accepted: urn:oid:1.2.208.176.2.21"},
		{mapping.Coding{System: mapping.CareSocialCodes, Code: "effe55c7-572c-4a99-8fb4-2a9dda2f6572"}, terminology.Options{Target: mapping.FFB}, mapping.NotSupported, "target: no concept map leads there"},
		{ffb(soevn), terminology.Options{Areas: []mapping.Area{"hjemme"}}, mapping.NotSupported, "area: unknown area; accepted: forebyggelse, genoptraening, hjaelpemiddel, hjemmepleje, sygepleje"},
	} {
		_, err := s.Translate(c.coding, c.options)
		if got := kindOf(t, err); got != c.kind || err.Error() != c.want {
			t.Errorf("%+v: got %s %q, want %s %q", c.options, got, err, c.kind, c.want)
		}
	}
	if got := s.Matches(mapping.Concept{System: mapping.FFB, Code: "x"}, terminology.Options{}); got != nil {
		t.Errorf("an unknown concept: got %v", got)
	}
}

// No map is an answer with a reason, and not an error.
func TestOutside(t *testing.T) {
	s := published(t)
	for _, c := range []struct {
		coding mapping.Coding
		target string
		want   string
	}{
		{fsiii("F1"), "", "Chapter F"},
		{fsiii("A9"), "", "Chapter A"},
		{fsiii("C4"), "", "The citizen's own view"},
		{fsiii("I3"), "", "The problem areas of nursing"},
		{ffb("7fec7d14-addb-4684-9637-403739de6228"), "", "A 'Tilbud' is an organisation"},
		{ffb("0919515d-9975-4743-a16f-edb45374b0da"), "", "Headings of services"},
		{fsiii("ae911e37-1ed5-4c30-9622-c73640f1c606"), mapping.FSIII, "the concept is not retired"},
		{mapping.Coding{System: mapping.CareSocialCodes, Code: "effe55c7-572c-4a99-8fb4-2a9dda2f6572"}, "", "no concept map has CareSocialCodes"},
	} {
		a, err := s.Translate(c.coding, terminology.Options{Target: c.target})
		if err != nil || len(a.Matches) != 0 || !strings.HasPrefix(a.Outside, c.want) {
			t.Errorf("%s: got %d matches, %q, error %v, want %q", c.coding.Code, len(a.Matches), a.Outside, err, c.want)
		}
	}
}

// What may be added to a record without a person is the policy of each map.
func TestEmission(t *testing.T) {
	s := published(t)
	emitted := map[string]map[mapping.Equivalence]bool{}
	for _, m := range s.ConceptMaps() {
		name := strings.TrimSuffix(strings.TrimPrefix(m.URL, "urn:tolk:ConceptMap:"), "."+string(m.Area))
		if emitted[name] == nil {
			emitted[name] = map[mapping.Equivalence]bool{}
		}
		for _, e := range m.Elements {
			for _, match := range e.Matches {
				if match.Emit {
					emitted[name][match.Equivalence] = true
				}
			}
		}
	}
	for name, got := range emitted {
		allowed := []mapping.Equivalence{mapping.Equivalent, mapping.Wider}
		switch {
		case strings.HasPrefix(name, "funktionsevne."): // a home-care condition without a level is none
			allowed = []mapping.Equivalence{mapping.Inexact}
			if !got[mapping.Inexact] {
				t.Errorf("%s: no level is emitted", name)
			}
		case strings.HasPrefix(name, "maalgruppe."), strings.HasPrefix(name, "indsats.f") && !strings.HasSuffix(name, "fsiii-fsiii"):
			allowed = nil
		}
		for e := range got {
			if !slices.Contains(allowed, e) {
				t.Errorf("%s: emits %s, want no more than %v", name, e, allowed)
			}
		}
	}
	if len(emitted) < 13 || !emitted["tilstand.ffb-fsiii"][mapping.Wider] {
		t.Errorf("got %d maps, tilstand.ffb-fsiii emits %v", len(emitted), emitted["tilstand.ffb-fsiii"])
	}
}

// The hot path: one look-up, nothing allocated.
func TestNoAllocations(t *testing.T) {
	s := published(t)
	coding, concept, area := fsiii("I3.4"), entry(t, s, ffb(soevn)).Concept, []mapping.Area{mapping.Sygepleje}
	system, code := []byte(mapping.FSIII), []byte("I3.4")
	for name, f := range map[string]func(){
		"Lookup":          func() { s.Lookup(coding.System, coding.Code) },
		"Lookup of bytes": func() { s.Lookup(string(system), string(code)) },
		"Find":            func() { s.Find(system, code) },
		"Matches":         func() { s.Matches(concept, terminology.Options{Areas: area}) },
		"Translate":       func() { s.Translate(coding, terminology.Options{}) },
	} {
		if got := testing.AllocsPerRun(100, f); got != 0 {
			t.Errorf("%s: got %v allocations, want none", name, got)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	s := published(b)
	system, code := []byte(mapping.FSIII), []byte("I3.4")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.Find(system, code); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkTranslate(b *testing.B) {
	s := published(b)
	coding := fsiii("I3.4")
	b.ReportAllocs()
	for b.Loop() {
		if a, err := s.Translate(coding, terminology.Options{}); err != nil || len(a.Matches) == 0 {
			b.Fatal(a, err)
		}
	}
}

func BenchmarkMatchesOfOneArea(b *testing.B) {
	s := published(b)
	e, _ := s.Lookup(mapping.FFB, soevn)
	areas := []mapping.Area{mapping.Sygepleje}
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Matches(e.Concept, terminology.Options{Areas: areas})) == 0 {
			b.Fatal("no match")
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := terminology.New(shipped()); err != nil {
			b.Fatal(err)
		}
	}
}
