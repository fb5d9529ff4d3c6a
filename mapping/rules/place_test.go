package rules

import (
	"testing"
	"testing/fstest"

	"tolk/mapping"
)

// What is wrong with a file is told with its place, and a slip of the pen with
// what was meant.
func TestDecodeTellsThePlace(t *testing.T) {
	for text, want := range map[string]string{
		"left: a\nrigth: b\n":               `x.yaml:2:1: unknown field "rigth"; did you mean right?`,
		"maps:\n  - map: a\n    kindd: b\n": `x.yaml:3:5: unknown field "kindd"; did you mean kind?`,
		"left: a\ncolour: b\n":              `x.yaml:2:1: unknown field "colour"; expected left, right, version, maps`,
		"maps:\n  - map: a\n    from: b\n":  `x.yaml:3:5: unknown field "from"; expected map, kind, report, left, right, concept, rest, rules`,
		"left: {a: b\nright: c\n":           `x.yaml:2:1: a { above is not closed; expected , or } before this`,
		"left: [a\nright: c\n":              `x.yaml:2:1: a [ above is not closed; expected , or ] before this`,
		"left: {a: b\n":                     `x.yaml:1:7: a { is not closed; expected }`,
		"left: \"a\n":                       `x.yaml:1:7: the " that opens here is not closed`,
		"left: a\nleft: b\n":                `x.yaml:2:1: mapping key "left" already defined at [1:1]`,
		"maps: 3\n":                         `x.yaml:1:7: int was used where sequence is expected`,
	} {
		var f File
		err := Decode(fstest.MapFS{"x.yaml": {Data: []byte(text)}}, "x.yaml", &f)
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestPlace(t *testing.T) {
	files := fstest.MapFS{"x.yaml": {Data: []byte("demands:\n  - one: a\n  - {one: b, path: c}\n")}, "broken.yaml": {Data: []byte("a: [")}}
	for _, c := range []struct{ name, path, want string }{
		{"x.yaml", "$.demands[1].path", "x.yaml:3:20"},
		{"x.yaml", "$.demands[0].one", "x.yaml:2:10"},
		{"x.yaml", "$.demands[0].path", "x.yaml:2:8"}, // is not there: what is around it
		{"x.yaml", "$.title", "x.yaml:1:1"},
		{"broken.yaml", "$.a", "broken.yaml"},
		{"none.yaml", "$.a", "none.yaml"},
	} {
		if got := Place(files, c.name, c.path); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.name, c.path, got, c.want)
		}
	}
}

// The reader of YAML panics on a list with a tag: a file written by hand may have
// one.
func TestDecodeRefusesATaggedList(t *testing.T) {
	var f struct {
		Rules []string `yaml:"rules"`
	}
	err := Decode(fstest.MapFS{"x.yaml": {Data: []byte("rules: !00\n0000000000")}}, "x.yaml", &f)
	if err == nil || err.Kind != mapping.Structure || err.Error() != "x.yaml: expected YAML without tags (!)" {
		t.Errorf("got %v", err)
	}
}
