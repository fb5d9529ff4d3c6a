package rules

import (
	"strings"
	"testing"
	"testing/fstest"

	"tolk/mapping/maps"
)

// The rules we ship load, and there are some.
func TestEmbeddedRules(t *testing.T) {
	files, err := Load(maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Fatalf("%d rule files, want 3", len(files))
	}
	for _, f := range files {
		if len(f.Maps) < 5 {
			t.Errorf("%s: %d maps", f.Name, len(f.Maps))
		}
	}
}

const head = "left: ffb\nright: fsiii\nversion: 0.1.0\nmaps:\n"

func TestCheckRefuses(t *testing.T) {
	tests := []struct{ name, maps, want string }{
		{"unknown key", "  - {map: a, kind: Condition, rulez: []}", "rulez"},
		{"no kind", "  - {map: a}", "expected a map with a name of its own and a kind"},
		{"name twice", "  - {map: a, kind: Condition}\n  - {map: a, kind: Goal}", "a name of its own"},
		{"unknown home", "  - {map: a, kind: Condition, left: {home: garage, reason: x}}", "left.home"},
		{"no reason", "  - {map: a, kind: Condition, left: {home: none}}", "has a reason"},
		{"reason for nothing", "  - {map: a, kind: Condition, right: {reason: x}}", "has a reason"},
		{"rule without id", "  - {map: a, kind: Condition, rules: [{both: code}]}", "expected an id"},
		{"id twice", "  - {map: a, kind: Condition, rules: [{id: x, both: code}, {id: x, both: note}]}", "expected an id of its own"},
		{"no element", "  - {map: a, kind: Condition, rules: [{id: x}]}", "expected both, or left or right"},
		{"both and left", "  - {map: a, kind: Condition, rules: [{id: x, both: code, left: note}]}", "expected both, or left or right"},
		{"via and drop", "  - {map: a, kind: Condition, rules: [{id: x, both: code, via: concept, drop: y}]}", "exclude each other"},
		{"one side, nothing said", "  - {map: a, kind: Condition, rules: [{id: x, left: code}]}", "dropped with a reason"},
		{"unknown element", "  - {map: a, kind: Condition, rules: [{id: x, both: colour}]}", "no such element"},
		{"a slip in an element", "  - {map: a, kind: Condition, rules: [{id: x, both: severty}]}", "a/x: severty: FHIR R4 has no such element in Condition; did you mean severity?"},
		{"a slip deeper", "  - {map: a, kind: Condition, rules: [{id: x, both: code.codng}]}", "did you mean coding?"},
		{"its place", "  - {map: a, kind: Condition, rules: [{id: x, both: severty}]}", "x.yaml:5:40: a/x: "},
		{"unknown element deeper", "  - {map: a, kind: Condition, rules: [{id: x, both: code.codings}]}", "no such element"},
		{"unknown element forbidden", "  - {map: a, kind: Condition, left: {none: colour}}", "no such element"},
		{"unknown element required", "  - {map: a, kind: Condition, left: {require: [{path: colour, message: x}]}}", "no such element"},
		{"required without a word", "  - {map: a, kind: Condition, left: {require: [{path: code}]}}", "the message is missing"},
		{"selection of one", "  - {map: a, kind: Condition, rules: [{id: x, both: \"code[text=a]\"}]}", "nothing to select"},
		{"same element twice", "  - {map: a, kind: Condition, rules: [{id: x, both: code}, {id: y, both: code}]}", "is for the same element"},
		{"same element twice, seen from the left", "  - {map: a, kind: Condition, rules: [{id: x, both: code}, {id: y, left: code, drop: z}]}", "a/y: code: rule x is for the same element"},
		{"same element twice, seen from the right", "  - {map: a, kind: Condition, rules: [{id: x, both: code}, {id: y, right: code, drop: z}]}", "a/y: code: rule x is for the same element"},
		{"unknown element forbidden, its place", "  - {map: a, kind: Condition, left: {none: colour}}", "a/left.none: "},
		{"unknown element forbidden on the right", "  - {map: a, kind: Condition, right: {none: colour}}", "a/right.none: "},
		{"unknown home on the right", "  - {map: a, kind: Condition, right: {home: garage, reason: x}}", "right.home"},
		{"unknown element of the concept", "  - {map: a, kind: Condition, concept: {path: colour, map: tilstand}}", "a/concept: "},
		{"of a Bundle", "  - {map: a, kind: Bundle, rules: [{id: x, both: entry.colour}]}", "no such element"},
		{"of another resource, as of a Bundle", "  - {map: a, kind: Condition, rules: [{id: x, both: evidence.detail.colour}]}", "no such element"},
		{"extension of one element", "  - {map: a, kind: Condition, rules: [{id: x, both: \"extension()\"}]}", "expected extension(URL)"},
		{"never comes to turn", "  - {map: a, kind: Condition, rules: [{id: x, both: code, via: concept}, {id: y, both: code.text}]}", "never comes to turn"},
		{"path cut short", "  - {map: a, kind: Condition, rules: [{id: x, both: code.}]}", "expected a dot and a name"},
		{"selector without a key", "  - {map: a, kind: Condition, rules: [{id: x, both: \"note[=a]\"}]}", "expected [key=value]"},
		{"selector without a value", "  - {map: a, kind: Condition, rules: [{id: x, both: \"note[text=]\"}]}", "expected [key=value]"},
		{"selector without an end", "  - {map: a, kind: Condition, rules: [{id: x, both: \"note[text=a\"}]}", "expected [key=value]"},
		{"empty selector", "  - {map: a, kind: Condition, rules: [{id: x, both: \"note[text]\"}]}", "expected [key=value]"},
		{"extension of a note", "  - {map: a, kind: Condition, rules: [{id: x, both: \"note(http://a)\"}]}", "expected extension(URL)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{"x.yaml": {Data: []byte(head + tt.maps + "\n")}})
			if err == nil {
				t.Fatal("it was accepted")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "x.yaml") {
				t.Errorf("got %q, want x.yaml and %q", err, tt.want)
			}
		})
	}
}

func TestCheckAccepts(t *testing.T) {
	const good = head + `  - map: condition
    kind: Condition.tilstand
    left: {none: "bodySite onset[x]", require: [{path: clinicalStatus, message: it is missing}]}
    concept: {path: code, map: tilstand}
    rules:
      - {id: code, both: code, via: concept}
      - {id: asserted, left: "extension(http://example.org/asserted)", drop: no home}
      - {id: status, both: clinicalStatus}
      - {id: display, left: clinicalStatus.coding.display, drop: forbidden}
      - {id: author, both: "note[text=a].author[x]"}
`
	if _, err := Load(fstest.MapFS{"x.yaml": {Data: []byte(good)}}); err != nil {
		t.Error(err)
	}
}

func TestParsePath(t *testing.T) {
	steps, err := ParsePath("target[measure.coding.code=66959f77].due[x].extension(http://a.b/c).url")
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 4 || steps[0].Name != "target" || steps[0].Value != "66959f77" || len(steps[0].Key) != 3 ||
		!steps[1].Choice || steps[2].URL != "http://a.b/c" || steps[3].Name != "url" {
		t.Errorf("got %+v", steps)
	}
}
