package canonical

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
)

// colours is a hierarchy with properties, for the filters.
const colours = `{"resourceType":"CodeSystem","url":"http://x/colours","version":"1","name":"Colours","language":"en","content":"complete","caseSensitive":true,"valueSet":"http://x/every-colour",
"property":[{"code":"warm","type":"boolean"},{"code":"mixed","type":"code"}],
"concept":[{"code":"A","display":"All","concept":[
 {"code":"B","display":"Blue","definition":"as the sky","concept":[{"code":"B1","display":"Navy","property":[{"code":"mixed","valueCode":"dark"},{"code":"empty"}]}]},
 {"code":"C","display":"Red","designation":[{"language":"da","use":{"system":"http://x/use","code":"short","display":"Short"},"value":"Rød"},{"language":"da","value":"Rød farve"}],"property":[{"code":"warm","valueBoolean":true},{"code":"mixed","valueCode":"not"}]}]},
 {"code":"D","display":"Grey","property":[{"code":"status","valueCode":"retired"}]}]}`

// Each operator of a filter finds what it says, in the order of the code system.
func TestFilterOperators(t *testing.T) {
	for _, c := range []struct{ property, op, value, want string }{
		{"concept", "is-a", "A", "A B B1 C"}, {"concept", "is-a", "B1", "B1"}, {"code", "is-a", "B", "B B1"},
		{"concept", "descendent-of", "A", "B B1 C"}, {"concept", "descendent-of", "B1", ""},
		{"concept", "is-not-a", "B", "A C D"}, {"concept", "is-not-a", "A", "D"},
		{"concept", "generalizes", "B1", "A B B1"}, {"concept", "generalizes", "D", "D"},
		{"concept", "child-of", "A", "B C"}, {"concept", "child-of", "B", "B1"},
		{"concept", "descendent-leaf", "A", "B1 C"}, {"concept", "descendent-leaf", "B1", ""},
		{"parent", "=", "A", "B C"}, {"child", "=", "B1", "B"}, {"parent", "exists", "false", "A D"},
		{"mixed", "=", "dark", "B1"}, {"mixed", "in", "dark, not", "B1 C"}, {"mixed", "not-in", "dark,none", "A B C D"},
		{"mixed", "exists", "true", "B1 C"}, {"mixed", "exists", "false", "A B D"}, {"warm", "=", "true", "C"},
		{"code", "regex", "B.?", "B B1"}, {"code", "regex", "B", "B"}, {"display", "=", "Navy", "B1"}, {"definition", "=", "as the sky", "B"},
		{"designation", "=", "Rød", "C"}, {"inactive", "=", "true", "D"}, {"status", "=", "retired", "D"},
	} {
		r := registryOf(t, colours, valueSet("http://x/some", `"include":[{"system":"http://x/colours","filter":[{"property":"`+c.property+`","op":"`+c.op+`","value":"`+c.value+`"}]}]`))
		e, err := Expand(r, params(t, url("some"), `{"name":"excludeNested","valueBoolean":true}`))
		if err != nil || flat(e.Contains) != c.want {
			t.Errorf("%s %s %s: got %+v, %v, want %s", c.property, c.op, c.value, e, err, c.want)
			continue
		}
		for _, code := range strings.Fields("A B B1 C D") { // and the other way of asking says the same
			v, err := ValidateValueSet(r, query("url", "http://x/some", "system", "http://x/colours", "code", code))
			if in := slices.Contains(strings.Fields(c.want), code); err != nil || v.Result != in {
				t.Errorf("%s %s %s: %s: got %+v, %v, want %t", c.property, c.op, c.value, code, v, err, in)
			}
		}
	}
	fragment := registryOf(t, strings.Replace(colours, `"complete"`, `"fragment"`, 1), valueSet("http://x/some", `"include":[{"system":"http://x/colours","filter":[{"property":"concept","op":"is-a","value":"Z"}]}]`))
	if e, err := Expand(fragment, params(t, url("some"))); err != nil || e.Total != 0 {
		t.Errorf("below a code that a fragment does not have: got %+v, %v", e, err)
	}
	fragment = registryOf(t, strings.Replace(colours, `"complete"`, `"fragment"`, 1), valueSet("http://x/some", `"include":[{"system":"http://x/colours","filter":[{"property":"concept","op":"is-a","value":"B"}]}]`))
	if e, err := Expand(fragment, params(t, url("some"))); err != nil || flat(e.Contains) != "B[B1]" {
		t.Errorf("below a code that a fragment has: got %+v, %v", e, err)
	}
}

// The value set that a code system says is of all its codes is found, an implicit one says
// what it is, and a page is told as one.
func TestExpansionSaysWhatItIs(t *testing.T) {
	r := registryOf(t, colours, valueSet("http://x/far", `"include":[{"system":"http://x/nowhere"}]`),
		valueSet("http://x/far1", `"include":[{"system":"http://x/nowhere","version":"1"}]`),
		valueSet("http://x/none", `"include":[{"system":"http://x/colours","filter":[{"property":"code","op":"regex","value":"Z"}]}],"exclude":[{"valueSet":["http://x/nothing"]}]`))
	for set, want := range map[string]string{"every-colour": "http://x/every-colour", "colours?fhir_vs": "http://x/colours?fhir_vs"} {
		e, err := Expand(r, params(t, url(set)))
		if err != nil || e.Total != 5 || e.ValueSet.URL != want || e.ValueSet.Status != "active" || e.Paged {
			t.Errorf("%s: got %+v, %v", set, e, err)
		}
	}
	for more, want := range map[string]bool{`"count","valueInteger":0`: true, `"count","valueInteger":9`: true, `"offset","valueInteger":1`: true, `"offset","valueInteger":0`: false} {
		if e, err := Expand(r, params(t, url("every-colour"), `{"name":`+more+`}`)); err != nil || e.Paged != want {
			t.Errorf("%s: got %+v, %v, want a page: %t", more, e, err, want)
		}
	}
	for set, want := range map[string]string{
		"far":  "A definition for CodeSystem 'http://x/nowhere' could not be found, so the value set cannot be expanded",
		"far1": "A definition for CodeSystem 'http://x/nowhere' version '1' could not be found, so the value set cannot be expanded. No versions of this code system are known",
		"none": "'http://x/nothing'", // what is left out must be here, too, though nothing is in
	} {
		_, err := Expand(r, params(t, url(set)))
		var f *Failure
		if !errors.As(err, &f) || f.Text != want && !(set == "none" && strings.Contains(f.Text, want)) {
			t.Errorf("%s: got %v, want %s", set, err, want)
		}
	}
	if _, err := Expand(r, params(t, url("every-colour"), `{"name":"displayLanguage","valueCode":"da!"}`)); err == nil || !strings.Contains(err.Error(), "displayLanguage: expected language tags") {
		t.Errorf("a language that is none: got %v", err)
	}
}

// looked writes the answer of a lookup in short.
func looked(l *Lookup) string {
	all := []string{l.Display}
	for _, p := range l.Properties {
		all = append(all, strings.TrimSpace(p.Code+" "+p.Value+" "+p.Description))
	}
	return strings.Join(all, ", ")
}

func TestLookup(t *testing.T) {
	r := registryOf(t, colours, strings.NewReplacer(`"version":"1"`, `"version":"2"`, `"Navy"`, `"Night"`, `"http://x/every-colour"`, `"http://x/every-colour-2"`).Replace(colours))
	for _, c := range []struct{ code, more, want string }{
		{"B1", "", `Night, inactive false, parent "B" Blue, mixed "dark"`},
		{"B1", "1", `Navy, inactive false, parent "B" Blue, mixed "dark"`},
		{"A", "", `All, inactive false, child "B" Blue, child "C" Red`},
		{"C", "", `Red, inactive false, parent "A" All, warm true, mixed "not"`},
		{"D", "", `Grey, inactive true, status "retired"`},
	} {
		p := query("system", "http://x/colours", "code", c.code)
		if c.more != "" {
			p = append(p, query("version", c.more)...)
		}
		l, err := Find(r, p)
		if err != nil || looked(l) != c.want {
			t.Errorf("%s|%s: got %+v, %v, want %s", c.code, c.more, l, err, c.want)
		}
	}
	l, err := Find(r, query("system", "http://x/colours", "code", "B1", "property", "mixed"))
	if err != nil || looked(l) != `Night, mixed "dark"` {
		t.Errorf("one property: got %+v, %v", l, err)
	}
	l, err = Find(r, query("system", "http://x/colours", "code", "C", "displayLanguage", "da"))
	want := mapping.Coding{System: "http://x/use", Code: "short", Display: "Short"}
	if err != nil || l.Display != "Rød farve" || !slices.ContainsFunc(l.Designations, func(d Designation) bool { return d.Language == "da" && d.Value == "Rød" && d.Use == want }) ||
		!slices.ContainsFunc(l.Designations, func(d Designation) bool { return d.Language == "en" && d.Value == "Red" && d.Use == preferred }) {
		t.Errorf("in Danish: got %+v, %v", l, err)
	}
	if l, err = Find(r, query("system", "http://x/colours", "code", "C", "displayLanguage", "de,*;q=0")); err != nil || l.Display != "Red" {
		t.Errorf("in no language that is here: got %+v, %v", l, err)
	}
	for want, p := range map[string]Params{
		"http://x/nowhere": query("system", "http://x/nowhere", "code", "A"),
		"version '7'":      query("system", "http://x/colours", "version", "7", "code", "A"),
		"'Z'":              query("system", "http://x/colours", "code", "Z"),
	} {
		_, err := Find(r, p)
		var f *Failure
		if !errors.As(err, &f) || !f.NotFound || f.Severity != "error" || !strings.Contains(f.Text, want) {
			t.Errorf("%v: got %+v, want one about %s that is not found", p, err, want)
		}
	}
	for want, p := range map[string]Params{
		"system: required: a code means something in its system only": query("code", "A"),
		"code: required; a concept is never found by its display":     query("system", "http://x/colours"),
		"coding: expected a Coding, in the Parameters of a POST":      query("coding", "A"),
	} {
		if _, err := Find(r, p); fmt.Sprint(err) != want {
			t.Errorf("%v: got %v, want %s", p, err, want)
		}
	}
	if _, err := Subsumes(r, query("system", "http://x/colours", "codingA", "A", "codeB", "B")); fmt.Sprint(err) != "codingA: expected a Coding, in the Parameters of a POST" {
		t.Errorf("subsumes of a coding in a query: got %v", err)
	}
}

// A status alone is enough to say that a concept is not to be used, and a hierarchy that
// goes in a circle is told by the circle alone.
func TestCodeSystemsAsRead(t *testing.T) {
	quiet := readSystem(t, `{"resourceType":"CodeSystem","url":"http://x/s","content":"complete","concept":[{"code":"a","property":[{"code":"status","valueCode":"retired"}]},{"code":"b"}]}`)
	for code, want := range map[string]bool{"a": true, "b": false} {
		if c, _ := quiet.Find(code); quiet.Inactive(c) != want || (quiet.Status(c) == "retired") != want {
			t.Errorf("%s: got inactive %t, status %q", code, quiet.Inactive(c), quiet.Status(c))
		}
	}
	parent := func(code, of string) string {
		return `{"code":"` + code + `","property":[{"code":"parent","valueCode":"` + of + `"}]}`
	}
	_, err := parseOne(t, `{"resourceType":"CodeSystem","url":"http://x/c","concept":[{"code":"top"},`+parent("below", "a")+","+parent("a", "b")+","+parent("b", "c")+","+parent("c", "a")+`]}`)
	if fmt.Sprint(err) != "CodeSystem.concept: the hierarchy of http://x/c has a cycle: a → b → c → a" {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]mapping.Kind{
		`{"resourceType":"Patient"}`:    mapping.NotSupported,
		`{"resourceType":"CodeSystem"}`: mapping.Required,
		`{"resourceType":"CodeSystem","url":"http://x","concept":[{"code":"a"},{"code":"a"}]}`:                                                       mapping.Invalid,
		`{"resourceType":"CodeSystem","url":"http://x","concept":[` + parent("a", "b") + "," + parent("b", "a") + `]}`:                               mapping.Invalid,
		`{"resourceType":"ConceptMap","url":"http://x","group":{}}`:                                                                                  mapping.Structure,
		`{"resourceType":"ConceptMap","url":"http://x","group":["a"]}`:                                                                               mapping.Structure,
		`{"resourceType":"ConceptMap","url":"http://x","group":[{"source":"urn:a","target":"urn:b","unmapped":{"mode":"rest"}}]}`:                    mapping.Value,
		`{"resourceType":"ConceptMap","url":"http://x","group":[{"source":"urn:a","target":"urn:b","unmapped":{"mode":"fixed"}}]}`:                   mapping.Required,
		cm("http://x", `{"code":"1","target":[{"code":"x","equivalence":"colour"}]},{"code":"2","target":[{"code":"y","equivalence":"equal"}]}`, ""): mapping.Value,
		cm("http://x", `{"code":"1","target":[{"code":"x","equivalence":"colour"}]}`, fixed):                                                         mapping.Value,
	} {
		_, err := parseOne(t, text)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != want {
			t.Errorf("%s: got %v, want one of kind %s", text, err, want)
		}
	}
}

// A rule is about its own system: a code of another that is spelled the same is another.
func TestSameCodeInTwoSystems(t *testing.T) {
	r := registryOf(t, colours, body, valueSet("http://x/but", `"include":[{"system":"http://x/colours"}],"exclude":[{"system":"http://x/body","concept":[{"code":"A"},{"code":"B"}]}]`),
		valueSet("http://x/two", `"include":[{"system":"http://x/colours","concept":[{"code":"B"}]},{"system":"http://x/body","concept":[{"code":"C"},{"code":"B"}]}]`))
	for set, want := range map[string]string{"but": "A B B1 C D", "two": "B C B"} {
		if e, err := Expand(r, params(t, url(set), `{"name":"excludeNested","valueBoolean":true}`)); err != nil || flat(e.Contains) != want {
			t.Errorf("%s: got %+v, %v, want %s", set, e, err, want)
		}
	}
	for _, c := range []struct {
		set, system, code string
		want              bool
	}{{"but", "colours", "A", true}, {"but", "body", "A", false}, {"two", "colours", "C", false}, {"two", "body", "C", true}, {"two", "colours", "B", true}} {
		if v, err := ValidateValueSet(r, query("url", "http://x/"+c.set, "system", "http://x/"+c.system, "code", c.code)); err != nil || v.Result != c.want {
			t.Errorf("%+v: got %+v, %v", c, v, err)
		}
	}
}

// A registry lists what it was given, what a request brought first, and finds a map by
// another name of its system, also one that is told later.
func TestResourcesAndAliases(t *testing.T) {
	r := registryOf(t, colours, strings.ReplaceAll(cm("urn:m:1", `{"code":"B","target":[{"code":"x","equivalence":"wider"}]}`, ""), "urn:a", "urn:alias"))
	o, err := r.Overlay(resource(t, body))
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, res := range o.Resources() {
		urls = append(urls, res.Header().URL)
	}
	if want := []string{"http://x/body", "http://x/colours", "urn:m:1"}; !slices.Equal(urls, want) {
		t.Errorf("got %q, want %q", urls, want)
	}
	named := r.WithAliases(map[string]string{"urn:alias": "http://x/colours"})
	for _, system := range []string{"urn:alias", "http://x/colours"} {
		if a, err := named.Translate(ask(system, "B")); err != nil || said(a) != "wider x 1|1" {
			t.Errorf("%s: got %s, %v", system, said(a), err)
		}
	}
}

// What a version covers.
func TestCovers(t *testing.T) {
	for _, c := range []struct {
		pattern, version string
		want             bool
	}{{"1.0", "1.0", true}, {"1.x", "1.9", true}, {"1.X", "1.9", true}, {"1.*", "1.9", true}, {"1.x", "1.9.0", true}, {"1.x.x", "1.9.0", true}, {"x", "1", true},
		{"1.x.x", "1.9", false}, {"2.x", "1.9", false}, {"1.x", "", false}, {"1", "1.9", false}, {"1.9", "1", false}} {
		if got := covers(c.pattern, c.version); got != c.want {
			t.Errorf("%s and %s: got %t", c.pattern, c.version, got)
		}
	}
}

// What is refused about a concept says what kind of fault it is, and where in what was
// sent; what is wrong with the question beside it says so by its own name.
func TestTranslateKinds(t *testing.T) {
	depends := `{"code":"1","target":[{"code":"x","equivalence":"wider","dependsOn":[{"property":"colour","value":"B","display":"Blue"}]}]}`
	r := registryOf(t, colours, cm("urn:m:1", first, ""), cm("urn:m:2", depends, ""), strings.ReplaceAll(cm("urn:m:3", `{"code":"A","target":[{"code":"x","equivalence":"wider"}]}`, ""), "urn:a", "http://x/colours"))
	for _, c := range []struct {
		coding mapping.Coding
		kind   mapping.Kind
		want   string
	}{
		{mapping.Coding{Code: "1"}, mapping.Required, "at.system: required; accepted: urn:a, http://x/colours"},
		{mapping.Coding{System: "urn:z", Code: "1"}, mapping.NotFound, "at.system: unknown code system; accepted: urn:a, http://x/colours"},
		{mapping.Coding{System: "urn:a"}, mapping.Required, "at.code: required; a concept is never found by its display"},
		{mapping.Coding{System: "http://x/colours", Code: "A", Version: "7"}, mapping.NotFound, "at.version: unknown version of Colours; accepted: 1"},
		{mapping.Coding{System: "http://x/colours", Code: "Z"}, mapping.CodeInvalid, "at.code: unknown in Colours 1"},
	} {
		_, err := r.Translate(Question{Codings: []mapping.Coding{c.coding}, Path: "at"})
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != c.kind || e.Error() != c.want {
			t.Errorf("%+v: got %v, want %s of kind %s", c.coding, err, c.want, c.kind)
		}
	}
	q := ask("urn:a", "1")
	q.Path, q.System = "at", "urn:nowhere"
	var e *mapping.Error
	if _, err := r.Translate(q); !errors.As(err, &e) || e.Path != "targetsystem" || e.Kind != mapping.NotSupported {
		t.Errorf("another target: got %v", err)
	}
	q = ask("urn:a", "1")
	q.URL, q.Depends = "urn:m:2", []Dependency{{Property: "colour", Value: "B"}}
	if a, err := r.Translate(q); err != nil || said(a) != "wider x 2|1" || a.Hits[0].DependsOn[0].Display != "Blue" {
		t.Errorf("what a row depends on: got %s, %v", said(a), err)
	}
	if q.Depends[0].Value = "C"; true {
		if a, err := r.Translate(q); err != nil || said(a) != "" {
			t.Errorf("something else than a row depends on: got %s, %v", said(a), err)
		}
	}
}

// What becomes of an unmapped concept is said by the map that is asked for and by no
// other, and a code is found in a map as its system spells it.
func TestCatchAndSpelling(t *testing.T) {
	r := registryOf(t, strings.Replace(colours, `"caseSensitive":true`, `"caseSensitive":false`, 1),
		cm("urn:m:1", first, ""), cm("urn:m:2", `{"code":"9","target":[{"code":"z","equivalence":"equal"}]}`, fixed),
		strings.Replace(strings.ReplaceAll(cm("urn:m:3", `{"code":"b1","target":[{"code":"x","equivalence":"wider"}]}`, ""), "urn:a", "http://x/colours"), `"target":"urn:b"`, `"sourceVersion":"1","target":"urn:b"`, 1))
	q := ask("urn:a", "4")
	q.URL = "urn:m:1"
	if a, err := r.Translate(q); err != nil || said(a) != "" {
		t.Errorf("of one map: got %s, %v", said(a), err)
	}
	if a, err := r.Translate(ask("urn:a", "4")); err != nil || said(a) != "relatedto rest 2|1" || a.Hits[0].Unmapped != "fixed" {
		t.Errorf("of all: got %s, %v", said(a), err)
	}
	for _, code := range []string{"B1", "b1"} {
		if a, err := r.Translate(ask("http://x/colours", code)); err != nil || said(a) != "wider x 3|1" {
			t.Errorf("%s: got %s, %v", code, said(a), err)
		}
	}
	q = ask("urn:b", "x")
	q.Reverse, q.URL = true, "urn:m:3"
	if a, err := r.Translate(q); err != nil || len(a.Hits) != 1 || a.Hits[0].Concept != (mapping.Coding{System: "http://x/colours", Version: "1", Code: "b1"}) {
		t.Errorf("backwards: got %+v, %v", a, err)
	}
}

// What follows in two steps from our own maps says both, whose area it is of, and how far
// it is accepted; the map of several areas is answered for by those of each.
func TestOwnMapsAsResources(t *testing.T) {
	_, terms := own(t)
	all, err := OwnMaps(terms)
	if err != nil {
		t.Fatal(err)
	}
	derived, whole := 0, map[string]int{}
	for _, res := range all {
		m := res.ConceptMap
		whole[m.URL] = len(m.Parts)
		for _, e := range m.Derived {
			for _, to := range e.Targets {
				derived++
				if to.Via == nil || to.Via.Display == "" || to.Via.Code == "" || to.Via.Map == "" || to.Via.Row == "" || to.Status != "proposed" && to.Status != "accepted" || to.Comment == "" || e.Display == "" {
					t.Errorf("%s: %s: got %+v by way of %+v", m.URL, e.Code, to, to.Via)
				}
				if i := strings.LastIndexByte(m.URL, '.'); to.area() != m.URL[i+1:] {
					t.Errorf("%s: %s: is said to be of %q", m.URL, e.Code, to.area())
				}
			}
		}
	}
	if derived != 22 || whole["urn:tolk:ConceptMap:tilstand.ffb-fsiii"] != 3 {
		t.Errorf("got %d rows of two steps, and a whole map of %d parts", derived, whole["urn:tolk:ConceptMap:tilstand.ffb-fsiii"])
	}
}

// A code system is asked about a version, and what cannot be checked says what was asked.
func TestValidationSaysWhatWasAsked(t *testing.T) {
	r := registryOf(t, append(slices.Clone(bodySets), colours)...)
	if v, err := ValidateCodeSystem(r, query("url", "http://x/colours", "version", "1", "code", "B", "display", "Blue")); err != nil || !v.Result {
		t.Errorf("of a version: got %+v, %v", v, err)
	}
	v, err := ValidateCodeSystem(r, params(t, `{"name":"coding","valueCoding":{"system":"http://x/colours","code":"B","display":"Green"}}`))
	if err != nil || v.Result || len(v.Issues) != 1 || v.Issues[0].Expression != "Coding.display" {
		t.Errorf("a wrong display: got %+v, %v", v, err)
	}
	want := mapping.Coding{System: "http://x/body", Code: "C"}
	for _, p := range []Params{query("url", "http://x/gone", "system", want.System, "code", want.Code), params(t, url("gone"), `{"name":"coding","valueCoding":{"system":"http://x/body","code":"C","display":"x"}}`)} {
		if v, err := ValidateValueSet(r, p); err != nil || v.Result || v.Coding != want {
			t.Errorf("what cannot be checked: got %+v, %v", v, err)
		}
	}
	_, err = ValidateValueSet(r, params(t, url("all"), `{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"code":"C"}`+strings.Repeat(`,{"code":"C"}`, 50)+`]}}`))
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.TooLong || e.Path != "Parameters.parameter[1].valueCodeableConcept.coding" {
		t.Errorf("too many codings: got %v", err)
	}
}
