package canonical

import (
	"fmt"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/maps"
	"tolk/mapping/published"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

// resource parses one resource of a test.
func resource(t testing.TB, text string) Resource {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(d, d.Root())
	if err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return r
}

func registry(t testing.TB, texts ...string) *Registry {
	t.Helper()
	var all []Resource
	for _, text := range texts {
		all = append(all, resource(t, text))
	}
	r, err := New(all...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// cm writes a ConceptMap from urn:a to urn:b with these elements and what else
// the group has.
func cm(url, elements, more string) string {
	return `{"resourceType":"ConceptMap","url":"` + url + `","version":"1","status":"active","group":[{"source":"urn:a","target":"urn:b","element":[` + elements + `]` + more + `}]}`
}

// own is a registry of what is embedded.
func own(t testing.TB) (*Registry, *terminology.Terminology) {
	t.Helper()
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	var all []Resource
	for _, text := range published.Resources(terms) {
		all = append(all, resource(t, text))
	}
	mine, err := OwnMaps(terms)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(append(all, mine...)...)
	if err != nil {
		t.Fatal(err)
	}
	aliases := map[string]string{}
	for _, s := range terms.CodeSystems() {
		for _, alias := range terms.Aliases(s.URL) {
			aliases[alias] = s.URL
		}
	}
	return r.WithAliases(aliases), terms
}

// said writes the hits in short: relation, code, map.
func said(a Answer) string {
	var all []string
	for _, h := range a.Hits {
		all = append(all, fmt.Sprintf("%s %s %s", h.Equivalence, h.Concept.Code, strings.TrimPrefix(h.Map, "urn:m:")))
	}
	return strings.Join(all, ", ")
}

func ask(system, code string) Question {
	return Question{Codings: []mapping.Coding{{System: system, Code: code}}}
}

const (
	first = `{"code":"1","target":[{"code":"x","equivalence":"wider","comment":"why"}]},` +
		`{"code":"2","target":[{"code":"x","equivalence":"equivalent"},{"code":"y","equivalence":"narrower"}]},` +
		`{"code":"3","target":[{"equivalence":"unmatched","comment":"nothing there"}]},{"code":"4"}`
	fixed    = `,"unmapped":{"mode":"fixed","code":"rest","display":"The rest"}`
	provided = `,"unmapped":{"mode":"provided"}`
)

func TestUnmappedModes(t *testing.T) {
	for name, c := range map[string]struct{ more, code, want string }{
		"none":                      {"", "9", ""},
		"fixed":                     {fixed, "9", "relatedto rest one|1"},
		"fixed, no target":          {fixed, "4", "relatedto rest one|1"},
		"fixed, mapped":             {fixed, "1", "wider x one|1"},
		"fixed, no match":           {fixed, "3", "unmatched  one|1"},
		"provided":                  {provided, "9", "relatedto 9 one|1"},
		"other map":                 {`,"unmapped":{"mode":"other-map","url":"urn:m:other"}`, "9", "inexact z other|1"},
		"other map, a version":      {`,"unmapped":{"mode":"other-map","url":"urn:m:other|1"}`, "9", "inexact z other|1"},
		"other map, missing":        {`,"unmapped":{"mode":"other-map","url":"urn:m:none"}`, "9", ""},
		"other map, itself":         {`,"unmapped":{"mode":"other-map","url":"urn:m:one"}`, "9", ""},
		"other map, in a circle":    {`,"unmapped":{"mode":"other-map","url":"urn:m:circle"}`, "9", ""},
		"R5's word with a relation": {`,"unmapped":{"mode":"use-source-code","relationship":"source-is-narrower-than-target"}`, "9", "wider 9 one|1"},
	} {
		r := registry(t, cm("urn:m:one", first, c.more), cm("urn:m:other", `{"code":"9","target":[{"code":"z","equivalence":"inexact"}]}`, ""),
			cm("urn:m:circle", "", `,"unmapped":{"mode":"other-map","url":"urn:m:one"}`))
		q := ask("urn:a", c.code)
		q.URL = "urn:m:one"
		a, err := r.Translate(q)
		if name == "other map" { // of all maps, each row is told once
			q.URL = ""
			if all, err := r.Translate(q); err != nil || said(all) != c.want {
				t.Errorf("%s, all maps: got %q %v", name, said(all), err)
			}
		}
		if got := said(a); err != nil || got != c.want || (got == "") != (len(a.Why) == 1) {
			t.Errorf("%s: got %q %v %q, want %q", name, got, err, a.Why, c.want)
		}
	}
}

// Many maps that all lead to all others are asked once each: an answer, not a
// hang.
func TestOtherMapsEverywhere(t *testing.T) {
	var texts []string
	for i := range 40 {
		var groups []string
		for j := range 40 {
			groups = append(groups, fmt.Sprintf(`{"source":"urn:a","target":"urn:b","unmapped":{"mode":"other-map","url":"urn:m:%d"}}`, j))
		}
		texts = append(texts, fmt.Sprintf(`{"resourceType":"ConceptMap","url":"urn:m:%d","group":[%s]}`, i, strings.Join(groups, ",")))
	}
	a, err := registry(t, texts...).Translate(ask("urn:a", "1"))
	if err != nil || len(a.Hits) != 0 || len(a.Why) != 1 {
		t.Errorf("got %+v %v", a, err)
	}
}

// Reverse gives every source, each relation inverted.
func TestReverseGivesAll(t *testing.T) {
	r := registry(t, cm("urn:m:one", first, fixed), cm("urn:m:two", `{"code":"7","display":"Seven","target":[{"code":"x","equivalence":"narrower"}]}`, ""))
	q := ask("urn:b", "x")
	q.Reverse = true
	a, err := r.Translate(q)
	if got, want := said(a), "narrower 1 one|1, equivalent 2 one|1, wider 7 two|1"; err != nil || got != want {
		t.Errorf("got %q %v, want %q", got, err, want)
	}
	if a.Hits[2].Concept.Display != "Seven" || a.Hits[2].Concept.System != "urn:a" || a.Hits[0].Comment != "why" {
		t.Errorf("got %+v", a.Hits)
	}
	if a, err := r.Translate(Question{Reverse: true, Codings: []mapping.Coding{{System: "urn:b", Code: "rest"}}}); err != nil || len(a.Hits) != 0 || len(a.Why) != 1 {
		t.Errorf("what becomes of the unmapped is no source: got %+v %v", a, err)
	}
}

// A map that was sent answers first and stands for the one here; the newest of
// several versions answers unless another is asked for.
func TestWhichMapsAnswer(t *testing.T) {
	older := strings.Replace(cm("urn:m:one", `{"code":"1","target":[{"code":"old","equivalence":"wider"}]}`, ""), `"version":"1"`, `"version":"0.9"`, 1)
	base := registry(t, older, cm("urn:m:one", first, ""), cm("urn:m:two", `{"code":"1","target":[{"code":"two","equivalence":"inexact"}]}`, ""))
	sent, err := base.Overlay(resource(t, cm("urn:m:two", `{"code":"1","target":[{"code":"sent","equivalence":"equivalent"}]}`, "")))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		r    *Registry
		edit func(*Question)
		want string
	}{
		"all":            {base, func(*Question) {}, "wider x one|1, inexact two two|1"},
		"sent":           {sent, func(*Question) {}, "equivalent sent two|1, wider x one|1"},
		"one":            {base, func(q *Question) { q.URL = "urn:m:two" }, "inexact two two|1"},
		"version":        {base, func(q *Question) { q.Version = "0.9" }, "wider old one|0.9"},
		"url|version":    {base, func(q *Question) { q.URL = "urn:m:one|0.9" }, "wider old one|0.9"},
		"to":             {base, func(q *Question) { q.System = "urn:b"; q.URL = "urn:m:one" }, "wider x one|1"},
		"given along":    {sent, func(q *Question) { q.Map = sent.ConceptMaps("urn:m:two")[0] }, "equivalent sent two|1"},
		"unknown system": {base, func(q *Question) { q.System = "urn:c" }, "targetsystem: no concept map leads there; accepted: urn:b"},
		"unknown url":    {base, func(q *Question) { q.URL = "urn:m:none" }, "url: no concept map has this url"},
		"no version":     {base, func(q *Question) { q.URL = "urn:m:two"; q.Version = "0.9" }, "conceptMapVersion: no concept map has this version"},
		"unknown source": {base, func(q *Question) { q.Codings[0].System = "urn:x" }, "system: unknown code system; accepted: urn:a"},
		"no system":      {base, func(q *Question) { q.Codings[0].System = "" }, "system: required; accepted: urn:a"},
		"no code":        {base, func(q *Question) { q.Codings[0].Code = "" }, "code: required; a concept is never found by its display"},
		"scope":          {base, func(q *Question) { q.AskedScope = "urn:v" }, "source: unknown value set"},
		"element":        {base, func(q *Question) { q.Depends = []Dependency{{Property: "age", Value: "7"}} }, "dependency: accepted: "},
	} {
		q := ask("urn:a", "1")
		c.edit(&q)
		a, err := c.r.Translate(q)
		got := said(a)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, c.want) || len(got) > len(c.want) && err == nil {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// A mapping that depends on another element is left out where that is known to
// be something else.
func TestDependencies(t *testing.T) {
	r := registry(t, cm("urn:m:one", `{"code":"1","target":[`+
		`{"code":"m","equivalence":"wider","dependsOn":[{"property":"sex","system":"urn:s","value":"male"}],"product":[{"property":"p","value":"v"}]},`+
		`{"code":"f","equivalence":"wider","dependsOn":[{"property":"sex","system":"urn:s","value":"female"}]}]}`, ""))
	for value, want := range map[string]string{"": "wider m one|1, wider f one|1", "male": "wider m one|1", "female": "wider f one|1", "other": ""} {
		q := ask("urn:a", "1")
		if value != "" {
			q.Depends = []Dependency{{Property: "sex", Value: value}}
		}
		a, err := r.Translate(q)
		if got := said(a); err != nil || got != want {
			t.Errorf("%q: got %q %v, want %q", value, got, err, want)
		}
		if value == "male" && (len(a.Hits[0].Products) != 1 || a.Hits[0].DependsOn[0].System != "urn:s") {
			t.Errorf("got %+v", a.Hits[0])
		}
	}
}

// Our own maps answer in the engine as they do in the terminology: every match
// of every concept, in every spelling, with the relation, the map and the reason.
func TestOwnMapsAnswerAlike(t *testing.T) {
	r, terms := own(t)
	asked := 0
	for _, s := range terms.CodeSystems() {
		for _, target := range []string{mapping.FFB, mapping.FSIII} {
			for _, e := range terms.Entries(s.URL) {
				want := ""
				for _, m := range terms.Matches(e.Concept, terminology.Options{Target: target}) {
					if m.Concept.System != "" && m.Concept.System != target || m.Concept.System == "" && m.Via == nil && !leads(terms, m.Map, target) {
						continue // the first step alone, which is asked for by its own target
					}
					want += fmt.Sprintf("%s %s %s %s %s\n", m.Equivalence, m.Concept.Code, m.Canonical, m.Reason, m.Guard)
				}
				for _, spelling := range e.Spellings {
					q := ask(s.URL, spelling)
					q.System = target
					a, err := r.Translate(q)
					if err != nil {
						if want != "" || !strings.HasPrefix(err.Error(), "system: unknown code system") && !strings.HasPrefix(err.Error(), "targetsystem") {
							t.Fatalf("%s %s: %v", s.Name, spelling, err)
						}
						continue
					}
					got := ""
					for _, h := range a.Hits {
						got += fmt.Sprintf("%s %s %s %s %s\n", h.Equivalence, h.Concept.Code, h.Map, h.Comment, h.Guard)
						asked++
					}
					if got != want {
						t.Errorf("%s %s to %s:\ngot\n%s\nwant\n%s", s.Name, spelling, target, got, want)
					}
				}
			}
		}
	}
	if asked < 1000 {
		t.Errorf("only %d answers compared", asked)
	}
}

func leads(terms *terminology.Terminology, url, target string) bool {
	for _, m := range terms.ConceptMaps() {
		if m.URL == url {
			return m.Target == target
		}
	}
	return false
}
