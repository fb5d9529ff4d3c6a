package rules

import (
	"testing"
	"testing/fstest"

	"tolk/mapping/maps"
)

// A rule is found where it is written, also where a map takes the rules of another
// by an alias, and what a side says of itself on the side that was written.
func TestStated(t *testing.T) {
	const text = head + `  - map: first
    kind: Condition
    left: {profile: http://a/left, none: bodySite}
    right: {home: none, reason: "nothing there"}
    concept: {path: code, map: tilstand}
    rules: &shared
      - {id: code, both: code, via: concept}
      - id: status
        both: clinicalStatus
  - map: second
    kind: Condition.other
    rest: carry
    left: {profile: http://b/left}
    rules: *shared
`
	files, err := Load(fstest.MapFS{"a-b.yaml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	f := files[0]
	for _, c := range []struct {
		rule        string
		right       bool
		place, text string
	}{
		{"a-b.first/code", true, "a-b.yaml:11", "{id: code, both: code, via: concept}"},
		{"a-b.first/status", true, "a-b.yaml:12", "{id: status, both: clinicalStatus}"},
		{"a-b.second/code", true, "a-b.yaml:11", "{id: code, both: code, via: concept}"},
		{"a-b.first/profile", false, "a-b.yaml:7", "profile: http://a/left"},
		{"a-b.first/none", false, "a-b.yaml:7", "none: bodySite"},
		{"a-b.first", true, "a-b.yaml:8", `right: {home: none, reason: "nothing there"}`},
		{"a-b.first/held", true, "a-b.yaml:9", "concept: {path: code, map: tilstand}"},
		{"a-b.second/rest", true, "a-b.yaml:16", "rest: carry"},
		{"a-b.second/none", true, "a-b.yaml:14", "{map: second, kind: Condition.other, rest: carry, left: {profile: http://b/left}}"},
		{"a-b.third/code", true, "", ""},
		{"a-b.first/codes", true, "", ""},
		{"b-a.first/code", true, "", ""},
		{"fmk.dosage", true, "", ""},
	} {
		got, ok := f.Stated(c.rule, c.right)
		if got.Place != c.place || got.Text != c.text || ok != (c.place != "") {
			t.Errorf("%s: got %+v %v, want %s %s", c.rule, got, ok, c.place, c.text)
		}
	}
}

// Every rule that is embedded is found, with its id in the text that stands there.
func TestEmbeddedRulesAreStated(t *testing.T) {
	files, err := Load(maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, m := range f.Maps {
			for _, r := range m.Rules {
				name := f.Name[:len(f.Name)-len(".yaml")] + "." + m.Map + "/" + r.ID
				if got, ok := f.Stated(name, true); !ok || len(got.Text) < len(r.ID)+6 || got.Text[:5+len(r.ID)] != "{id: "+r.ID {
					t.Errorf("%s: %+v", name, got)
				}
			}
		}
	}
}

// A rule that a site states is found in the site's file, with whose it is and why; the
// others stay where they are.
func TestStatedBySite(t *testing.T) {
	files, err := Load(maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	const changes = `- adds: ffb-fsiii.citizen
  because: we tell it
  rule: {id: language, both: communication.language}
- replaces: ffb-fsiii.condition.recorded
  because: ours is another date
  rule:
    left: recordedDate
    drop: we do not tell it
`
	files, err = Overridden(files, fstest.MapFS{"rules.yaml": {Data: []byte(changes)}}, Site{Site: "aarhus", Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	for rule, want := range map[string]Statement{
		"ffb-fsiii.condition/recorded@aarhus": {"aarhus/rules.yaml:6", "{left: recordedDate, drop: we do not tell it}",
			&Override{"aarhus", "ffb-fsiii.condition/recorded", "ours is another date"}},
		"ffb-fsiii.citizen/language@aarhus": {"aarhus/rules.yaml:3", "{id: language, both: communication.language}", &Override{"aarhus", "", "we tell it"}},
	} {
		found := false
		for _, f := range files {
			got, ok := f.Stated(rule, true)
			if !ok {
				continue
			}
			found = true
			if got.Site == nil || *got.Site != *want.Site || got.Place != want.Place || got.Text != want.Text {
				t.Errorf("%s: got %+v %+v, want %+v", rule, got, got.Site, want)
			}
		}
		if !found {
			t.Errorf("%s is nowhere", rule)
		}
	}
	for _, f := range files {
		if got, ok := f.Stated("ffb-fsiii.condition/code", true); ok && (got.Site != nil || got.Text != "{id: code, both: code, via: concept}") {
			t.Errorf("got %+v", got)
		}
	}
}
