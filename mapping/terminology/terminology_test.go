package terminology_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"tolk/mapping"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

var snapshot = sync.OnceValues(func() (*terminology.Terminology, error) {
	return terminology.New(facts.FS, maps.FS)
})

// published is the snapshot that is shipped.
func published(t testing.TB) *terminology.Terminology {
	t.Helper()
	s, err := snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// entry looks up a code that must be there.
func entry(t testing.TB, s *terminology.Terminology, c mapping.Coding) *terminology.Entry {
	t.Helper()
	e, err := s.Concept(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func ffb(code string) mapping.Coding   { return mapping.Coding{System: mapping.FFB, Code: code} }
func fsiii(code string) mapping.Coding { return mapping.Coding{System: mapping.FSIII, Code: code} }

// The two concepts that are not on a scale, and are not each other.
const (
	ikkeVurderet        = "1c327095-107f-4b96-88d0-ec562cb980be" // functioning
	stoetteIkkeVurderet = "2254dac8-8aa3-4334-8502-9720194f49ad" // support
	soevn               = "83376fdb-f55d-4dd9-944e-b49631a9836f"
)

// The numbers of domain.md §1: a chapter with the wrong kind, component, area
// or status shows here.
func TestKindsAndNumbers(t *testing.T) {
	s := published(t)
	type class struct {
		system    string
		kind      terminology.Kind
		component terminology.Component
		area      mapping.Area
		status    terminology.Status
	}
	got := map[class]int{}
	for _, system := range s.CodeSystems() {
		for _, e := range s.Entries(system.URL) {
			if !e.Heading() {
				got[class{system.Name, e.Kind, e.Component, e.Area, e.Status}]++
			}
		}
	}
	want := map[class]int{
		{"FFB", "condition", terminology.AktivitetOgDeltagelse, "", ""}: 31,
		{"FFB", "condition", terminology.FunktionerOgForhold, "", ""}:   33,
		{"FFB", "condition", terminology.Omgivelser, "", ""}:            3,
		{"FFB", "target-group", "", "", ""}:                             45,
		{"FFB", "intervention", "", "", ""}:                             32,
		{"FFB", "offer", "", "", ""}:                                    8,
		{"FFB", "severity", "", "", ""}:                                 6,
		{"FFB", "support-need", "", "", ""}:                             6,
		{"FFB", "goal-type", "", "", ""}:                                3,
		{"FFB", "follow-up", "", "", ""}:                                3,

		{"FSIII", "condition", "", mapping.Sygepleje, "current"}:    23,
		{"FSIII", "condition", "", mapping.Hjemmepleje, "current"}:  13,
		{"FSIII", "condition", "", mapping.Forebyggelse, "current"}: 20,
		{"FSIII", "condition", "", mapping.Sygepleje, "retired"}:    31,
		{"FSIII", "condition", "", mapping.Hjemmepleje, "retired"}:  24,
		{"FSIII", "condition", "", mapping.Forebyggelse, "retired"}: 1,
		{"FSIII", "condition", "", "genoptraening", ""}:             50,
		{"FSIII", "condition", "", "hjaelpemiddel", ""}:             6,

		{"FSIII", "intervention", "", mapping.Sygepleje, ""}:           40,
		{"FSIII", "intervention", "", mapping.Sygepleje, "retired"}:    12,
		{"FSIII", "intervention", "", mapping.Hjemmepleje, ""}:         44,
		{"FSIII", "intervention", "", mapping.Forebyggelse, ""}:        14,
		{"FSIII", "intervention", "", mapping.Forebyggelse, "retired"}: 1,
		{"FSIII", "intervention", "", "genoptraening", ""}:             10,
		{"FSIII", "intervention", "", "hjaelpemiddel", ""}:             6,

		{"FSIII", "severity", "", mapping.Hjemmepleje, ""}: 6,
		{"FSIII", "goal-type", "", "", ""}:                 3,
		{"FSIII", "follow-up", "", "", ""}:                 4,
		{"FSIII", "general-information", "", "", ""}:       11,
		{"FSIII", "request-from", "", "", ""}:              15,
		{"FSIII", "performance", "", "", ""}:               4,
		{"FSIII", "significance", "", "", ""}:              2,
	}
	for c, n := range want {
		if got[c] != n {
			t.Errorf("%+v: got %d, want %d", c, got[c], n)
		}
	}
	for c, n := range got {
		if c.system != "CareSocialCodes" && want[c] == 0 {
			t.Errorf("%+v: got %d, want none", c, n)
		}
	}
}

// B1 is 0. An off-by-one here would move every citizen one step.
func TestLegacyScaleCodesAreOffset(t *testing.T) {
	s := published(t)
	for step, code := range []string{"B1", "B2", "B3", "B4", "B5"} {
		e := entry(t, s, fsiii(code))
		digit := string(rune('0' + step))
		if got, ok := e.Step(); !ok || got != step || e.Display != digit || e.ICF != "."+digit {
			t.Errorf("%s: got step %d %t, display %q, ICF %q, want %d", code, got, ok, e.Display, e.ICF, step)
		}
		a, err := s.Translate(fsiii(code), terminology.Options{})
		if err != nil || len(a.Matches) != 1 {
			t.Fatalf("%s: got %d matches, error %v, want 1", code, len(a.Matches), err)
		}
		level := entry(t, s, mapping.Coding{System: a.Matches[0].Concept.System, Code: a.Matches[0].Concept.Code})
		if got, ok := level.Step(); !ok || got != step || level.System != mapping.FFB {
			t.Errorf("%s: translated to step %d %t of %s, want %d of FFB", code, got, ok, level.System, step)
		}
	}
	e := entry(t, s, fsiii("B6"))
	if got, ok := e.Step(); ok || e.Display != "9" || e.ICF != ".9" {
		t.Errorf("B6: got step %d %t, display %q, ICF %q, want 9 and no step", got, ok, e.Display, e.ICF)
	}
}

// 9 is a decision, "Ikke vurderet" is that nobody has looked.
func TestNineIsNotIkkeVurderet(t *testing.T) {
	s := published(t)
	for _, c := range []mapping.Coding{fsiii("B6"), ffb(ikkeVurderet), ffb(stoetteIkkeVurderet)} {
		a, err := s.Translate(c, terminology.Options{})
		if err != nil || len(a.Matches) == 0 {
			t.Fatalf("%s: got %d matches, error %v", c.Code, len(a.Matches), err)
		}
		for _, m := range a.Matches {
			if m.Equivalence != mapping.Unmatched || m.Concept != (mapping.Concept{}) || m.Emit || m.Reason == "" {
				t.Errorf("%s: got %s %q, reason %q, want unmatched with a reason", c.Code, m.Equivalence, m.Display, m.Reason)
			}
		}
	}
}

// One display, two concepts on two scales.
func TestTwoIkkeVurderet(t *testing.T) {
	s := published(t)
	level, support := entry(t, s, ffb(ikkeVurderet)), entry(t, s, ffb(stoetteIkkeVurderet))
	if level.Display != "Ikke vurderet" || support.Display != level.Display || level == support {
		t.Errorf("got %q and %q, want two concepts with one display", level.Display, support.Display)
	}
	if level.Kind != terminology.Severity || support.Kind != terminology.SupportNeed {
		t.Errorf("got kinds %s and %s", level.Kind, support.Kind)
	}
	for _, e := range []*terminology.Entry{level, support} {
		if step, ok := e.Step(); ok || e.ICF != ".8" {
			t.Errorf("%s: got step %d, ICF %q, want none and .8", e.Code, step, e.ICF)
		}
	}
	_, err := s.Concept(mapping.Coding{System: mapping.FFB, Display: "Ikke vurderet"})
	if got := kindOf(t, err); got != mapping.Required {
		t.Errorf("by display: got %s, want required", got)
	}
}

// One display, a retired and a current concept: only the code tells.
func TestTwoProblemerMedVandladning(t *testing.T) {
	s := published(t)
	old := entry(t, s, fsiii("116ff724-09b7-45c0-bee5-8bbf1d500c63"))
	now := entry(t, s, fsiii("ae911e37-1ed5-4c30-9622-c73640f1c606"))
	if old.Display != "Problemer med vandladning" || now.Display != old.Display || old == now {
		t.Errorf("got %q and %q, want two concepts with one display", old.Display, now.Display)
	}
	if old.Status != terminology.Retired || now.Status != terminology.Current {
		t.Errorf("got %s and %s, want retired and current", old.Status, now.Status)
	}
	if e := entry(t, s, fsiii("I12.2")); e != old {
		t.Errorf("I12.2: got %s, want the retired one", e.Code)
	}
	// The display never decides, whatever it says.
	if e := entry(t, s, mapping.Coding{System: mapping.FSIII, Code: old.Code, Display: "Søvn"}); e != old {
		t.Errorf("got %s for a wrong display, want %s", e.Code, old.Code)
	}
	for _, c := range []mapping.Coding{
		{System: mapping.FSIII, Display: old.Display},
		{System: mapping.FSIII, Code: old.Display},
	} {
		if e, err := s.Concept(c); err == nil {
			t.Errorf("%+v: got %s, want an error", c, e.Code)
		}
	}
}

// Every FSIII concept is one concept under both its spellings, with the same
// answers.
func TestBothSpellingsAreOneConcept(t *testing.T) {
	s := published(t)
	entries := s.Entries(mapping.FSIII)
	if len(entries) != 414 {
		t.Fatalf("got %d concepts, want 414", len(entries))
	}
	for _, e := range entries {
		if len(e.Spellings) != 2 || e.Spellings[0] != e.Code || e.Spellings[1] == e.Code {
			t.Errorf("%s: got spellings %q, want two", e.Code, e.Spellings)
			continue
		}
		one, err := s.Translate(fsiii(e.Spellings[0]), terminology.Options{})
		if err != nil || one.Source != e {
			t.Errorf("%s: got %v, error %v", e.Code, one.Source, err)
		}
		two, err := s.Translate(fsiii(e.Spellings[1]), terminology.Options{})
		if err != nil || two.Source != e || two.Outside != one.Outside || !slices.Equal(one.Matches, two.Matches) {
			t.Errorf("%s: another answer than %s, error %v", e.Spellings[1], e.Code, err)
		}
	}
}

func TestAliases(t *testing.T) {
	s := published(t)
	for alias, want := range map[string]string{
		"http://kl.dk/fhir/common/caresocial/CodeSystem/FFB":                     mapping.FFB,
		"http://kl.dk/fhir/common/caresocial/CodeSystem/FSIII":                   mapping.FSIII,
		"http://kl.dk/fhir/common/caresocial/CodeSystem/KLCommonCareSocialCodes": mapping.CareSocialCodes,
		mapping.FSIII:                        mapping.FSIII,
		"http://www.gs1.org/gln":             "https://www.gs1.org/gln",
		"urn:oid:1.3.88":                     "https://www.gs1.org/gln",
		"http://npu-terminology.org":         "urn:oid:1.2.208.176.2.1",
		"https://www.kombit.dk/organisation": "https://kombit.dk/sts/organisation",
	} {
		if got, ok := s.CanonicalSystem(alias); !ok || got != want {
			t.Errorf("%s: got %q %t, want %q", alias, got, ok, want)
		}
		group := s.Aliases(alias)
		if len(group) < 2 || group[0] != want || !slices.Contains(group, alias) {
			t.Errorf("%s: got group %q", alias, group)
		}
	}
	if got, ok := s.CanonicalSystem("http://snomed.info/sct"); ok {
		t.Errorf("SNOMED CT: got %q, want nothing", got)
	}
	e := entry(t, s, mapping.Coding{System: "http://kl.dk/fhir/common/caresocial/CodeSystem/FSIII", Code: "I3.4"})
	if want := (mapping.Concept{System: mapping.FSIII, Code: "354af175-2fcf-4f24-9adc-e9c349cd64c0"}); e.Concept != want {
		t.Errorf("got %v, want %v: the canonical system and code", e.Concept, want)
	}
	if system, ok := s.CodeSystem("http://kl.dk/fhir/common/caresocial/CodeSystem/FSIII"); !ok || system.Version != "20240530" {
		t.Errorf("got %+v %t", system, ok)
	}
}

func TestHierarchy(t *testing.T) {
	s := published(t)
	e := entry(t, s, ffb(soevn))
	var path []string
	for _, a := range e.Ancestors() {
		path = append(path, a.Display)
	}
	if want := []string{"FFB tilstande", "Funktioner og forhold", "Sundhedsforhold"}; !slices.Equal(path, want) {
		t.Errorf("got path %q, want %q", path, want)
	}
	nursing := entry(t, s, fsiii("I3.4"))
	for code, want := range map[string]bool{"I": true, "I3": true, "4db72d65-7ec1-45b4-89c3-5017c35d085e": true, "I3.4": false, "J": false} {
		if got := nursing.DescendantOf(code); got != want {
			t.Errorf("descendant of %s: got %t, want %t", code, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want terminology.Subsumption
	}{
		{"I", "I3.4", terminology.Subsuming},
		{"I3.4", "I3", terminology.SubsumedBy},
		{"I3.4", "354af175-2fcf-4f24-9adc-e9c349cd64c0", terminology.SameConcept},
		{"I3.4", "I3.5", terminology.NotSubsumed},
	} {
		got, err := s.Subsumes(mapping.Concept{System: mapping.FSIII, Code: c.a}, mapping.Concept{System: mapping.FSIII, Code: c.b})
		if err != nil || got != c.want {
			t.Errorf("%s %s: got %s, error %v, want %s", c.a, c.b, got, err, c.want)
		}
	}
	if _, err := s.Subsumes(mapping.Concept{System: mapping.FSIII, Code: "I"}, mapping.Concept{System: mapping.FFB, Code: "I"}); err == nil {
		t.Error("an unknown code: got no error")
	}
}

func kindOf(t *testing.T, err error) mapping.Kind {
	t.Helper()
	var e *mapping.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a mapping.Error", err)
	}
	return e.Kind
}

func TestConceptErrors(t *testing.T) {
	s := published(t)
	for _, c := range []struct {
		coding mapping.Coding
		kind   mapping.Kind
		want   string
	}{
		{mapping.Coding{Code: "I3.4"}, mapping.Required, "Coding.system: required; accepted: urn:oid:1.2.208.176.2.22 (FFB), urn:oid:1.2.208.176.2.21 (FSIII), "},
		{mapping.Coding{System: "http://snomed.info/sct", Code: "1"}, mapping.NotFound, "Coding.system: unknown code system; accepted: urn:oid:1.2.208.176.2.22 (FFB), "},
		{mapping.Coding{System: mapping.FFB}, mapping.Required, "Coding.code: required; a concept is never found by its display"},
		{ffb("2512484916"), mapping.CodeInvalid, "Coding.code: unknown in FFB 20240530"},
		{ffb("I3.4"), mapping.CodeInvalid, "Coding.code: unknown in FFB 20240530; it is a code of FSIII (urn:oid:1.2.208.176.2.21)"},
		{fsiii("i3.4"), mapping.CodeInvalid, "Coding.code: unknown in FSIII 20240530"},
	} {
		_, err := s.Concept(c.coding)
		if got := kindOf(t, err); got != c.kind || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: got %s %q, want %s %q", c.coding, got, err, c.kind, c.want)
		}
		if strings.Contains(err.Error(), "2512484916") {
			t.Errorf("the error text quotes the value: %v", err)
		}
	}
}
