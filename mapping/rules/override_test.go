package rules

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tolk/mapping/maps"
)

var aarhus = Site{Site: "aarhus", Title: "Aarhus Kommune", Version: "1.2.0"}

func embedded(t *testing.T) []File {
	t.Helper()
	files, err := Load(maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// alike reports whether files say the same.
func alike(a, b []File) bool {
	return slices.EqualFunc(a, b, func(a, b File) bool {
		return a.Name == b.Name && a.Version == b.Version && reflect.DeepEqual(a.Maps, b.Maps)
	})
}

func stated(text string) fstest.MapFS { return fstest.MapFS{"rules.yaml": {Data: []byte(text)}} }

// A site's rule stands in the place of the one it replaces, or at the end of its
// map, and says whose it is; the files it was put into stay as they were.
func TestOverridden(t *testing.T) {
	files := embedded(t)
	got, err := Overridden(files, stated(`- replaces: ffb-fsiii.condition/recorded
  because: it is the date of import
  rule: {both: recordedDate, drop: says when it was imported}
- adds: ffb-fsiii.condition
  because: written for the citizen
  rule: {id: note, left: note, drop: written for the citizen}
`), aarhus)
	if err != nil {
		t.Fatal(err)
	}
	if !alike(files, embedded(t)) {
		t.Error("the files changed")
	}
	for i, f := range got {
		if f.Name != "ffb-fsiii.yaml" {
			if !alike([]File{f}, files[i:i+1]) {
				t.Errorf("%s: it changed", f.Name)
			}
			continue
		}
		if f.Version != "0.1.0+aarhus.1.2.0" {
			t.Errorf("version: got %s", f.Version)
		}
		for j, m := range f.Maps {
			if m.Map != "condition" {
				if !reflect.DeepEqual(m, files[i].Maps[j]) {
					t.Errorf("%s: it changed", m.Map)
				}
				continue
			}
			r := m.rule("recorded")
			if r == nil || r.Drop != "says when it was imported" || *r.Site != (Override{"aarhus", "ffb-fsiii.condition/recorded", "it is the date of import"}) {
				t.Errorf("replaced: got %+v", r)
			}
			if last := m.Rules[len(m.Rules)-1]; last.ID != "note" || *last.Site != (Override{"aarhus", "", "written for the citizen"}) {
				t.Errorf("added: got %+v", last)
			}
		}
	}
}

func TestOverriddenByNothing(t *testing.T) {
	files := embedded(t)
	for _, fsys := range []fstest.MapFS{{}, stated("[]\n")} {
		if got, err := Overridden(files, fsys, aarhus); err != nil || !alike(got, files) {
			t.Errorf("the files changed, or %v", err)
		}
	}
}

func TestOverriddenRefuses(t *testing.T) {
	const replace = "- replaces: ffb-fsiii.condition.severity\n  because: b\n  rule: {id: severity, both: severity}\n"
	for name, c := range map[string]struct{ text, want string }{
		"a slip in the rule":  {strings.Replace(replace, ".severity", ".severty", 1), "rules.yaml:1:13: replaces: ffb-fsiii.condition has no rule severty; did you mean severity?"},
		"a slip in the map":   {strings.Replace(replace, ".condition", ".conditoin", 1), "rules.yaml:1:13: replaces: ffb-fsiii has no map conditoin; did you mean condition?; it has resource, "},
		"a slip in the file":  {strings.Replace(replace, "ffb-fsiii", "ffb-fsii", 1), "rules.yaml:1:13: replaces: expected a rule of ffb-fhir, ffb-fsiii, fsiii-fhir; did you mean ffb-fsiii?"},
		"a slip in a key":     {strings.Replace(replace, "because", "becuase", 1), `rules.yaml:2:3: unknown field "becuase"; did you mean because?`},
		"no because":          {strings.Replace(replace, ": b\n", ": \"\"\n", 1), "rules.yaml:1:11: because: required"},
		"neither":             {strings.Replace(replace, "replaces: ffb-fsiii.condition.severity", "rule: {id: a}", 1), "rules.yaml:"},
		"both":                {"- replaces: a.b.c\n  adds: a.b\n  because: b\n", "expected replaces: file.map.rule, or adds: file.map"},
		"another id":          {strings.Replace(replace, "id: severity", "id: level", 1), "rules.yaml:3:14: rule.id: expected severity, the rule that is replaced"},
		"what is there":       {strings.Replace(replace, "both: severity", "both: severity, via: severity", 1), "rules.yaml:1:13: replaces: the rule says what is there already"},
		"twice":               {replace + replace, "rules.yaml:4:13: replaces: an entry above states this rule already"},
		"added and there":     {"- adds: ffb-fsiii.condition\n  because: b\n  rule: {id: severity, both: severity}\n", "rules.yaml:3:14: rule.id: condition has this rule already; to state it otherwise, replaces: ffb-fsiii.condition.severity"},
		"added to a rule":     {"- adds: ffb-fsiii.condition.note\n  because: b\n  rule: {id: note, left: note, drop: d}\n", "rules.yaml:1:9: adds: expected the name of a map, as ffb-fsiii.condition"},
		"added without an id": {"- adds: ffb-fsiii.condition\n  because: b\n  rule: {left: note, drop: d}\n", "rule.id: required"},
		"no such element":     {strings.Replace(replace, "both: severity", "both: severty", 1), "rules.yaml:3:9: condition/severity: severty: FHIR R4 has no such element in Condition"},
		"for one element":     {"- adds: ffb-fsiii.condition\n  because: b\n  rule: {id: again, both: severity}\n", "rules.yaml:3:9: condition/again: severity: rule severity is for the same element"},
		"no list":             {"replaces: a\n", "rules.yaml:1:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Overridden(embedded(t), stated(c.text), aarhus)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestReadSite(t *testing.T) {
	for text, want := range map[string]string{
		"site: aarhus\ntitle: Aarhus Kommune\nversion: 1.2.0\n": "",
		"site: Aarhus Kommune\nversion: 1.2.0\n":                "site.yaml:1:7: site: expected a name of small letters, digits and hyphens, like aarhus",
		"site: aarhus\n":                                        "site.yaml:1:1: version: expected a version, like 1.0.0",
		"site: aarhus\nversion: 1 2\n":                          "site.yaml:2:10: version: expected a version",
		"verison: 1\n":                                          `site.yaml:1:1: unknown field "verison"; did you mean version?`,
	} {
		got, err := ReadSite(fstest.MapFS{"site.yaml": {Data: []byte(text)}})
		switch {
		case want == "" && (err != nil || got != aarhus):
			t.Errorf("got %+v, %v", got, err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// A rule is found where it is written, also where several maps share it.
func TestWhere(t *testing.T) {
	fsys := fstest.MapFS{"x.yaml": {Data: []byte("maps:\n  - map: a\n    rules: &shared\n      - {id: one, both: code}\n      - id: two\n        both: note\n  - map: b\n    rules: *shared\n")}}
	for _, c := range []struct{ of, rule, want string }{
		{"a", "one", "x.yaml:4:10"},
		{"b", "one", "x.yaml:4:10"},
		{"b", "two", "x.yaml:5:9"},
		{"b", "three", "x.yaml:7:5"},
		{"a", "", "x.yaml:2:5"},
		{"c", "one", "x.yaml:1:1"},
	} {
		if got := Where(fsys, "x.yaml", c.of, c.rule); got != c.want {
			t.Errorf("%s/%s: got %s, want %s", c.of, c.rule, got, c.want)
		}
	}
	if got := Where(fsys, "y.yaml", "a", "one"); got != "y.yaml" {
		t.Errorf("got %s", got)
	}
}
