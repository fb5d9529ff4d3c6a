package api

import (
	"errors"
	"testing"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/tree"
)

// Whatever stands in a Parameters, it is read, or refused as one of our errors.
func FuzzParameters(f *testing.F) {
	for _, text := range []string{
		`{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.22","code":"x"}}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"code":"x"},7,[]]}}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"dependency","part":[{"name":"element","valueUri":"area"},{"name":"concept","valueCodeableConcept":{"coding":[{"code":"y"}]}}]}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"reverse","valueBoolean":true},{"name":"code","valueCode":"B2"},{"name":"system","valueUri":"urn:oid:1.2.208.176.2.21"}]}`,
		`{"resourceType":"Parameters","parameter":[null,"x",{"name":{}}]}`,
	} {
		f.Add(text)
	}
	here := embedded(f)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			return
		}
		args, err := fromParameters(d, translateInputs)
		var q question
		registry := here
		if err == nil {
			q, registry, err = readQuestion(here, args, "")
		}
		var answer canonical.Answer
		if err == nil {
			answer, err = registry.Translate(q.Question)
		}
		var ours *mapping.Error
		switch {
		case err != nil && !errors.As(err, &ours):
			t.Errorf("%s: %v", text, err)
		case err == nil:
			var w writer
			w.start()
			q.render(&w, &answer)
			w.finish()
			if _, err := tree.Parse(string(w.b), tree.Limits{}); err != nil {
				t.Errorf("%s: the answer is no JSON: %v", text, err)
			}
		}
	})
}

// Whatever stands in a header line, its name is a token and its value has no
// line end, or it is refused.
func FuzzField(f *testing.F) {
	for _, line := range []string{"Host: a\r", "X : y\r", " folded\r", ":\r", "a:b", "X\x00: y\r", "X: a\rb\r", "\r"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if len(line) == 0 {
			return // framing leaves out empty lines
		}
		name, value, err := field(line)
		if err != nil {
			return
		}
		for _, c := range name {
			if !token(c) {
				t.Errorf("%q: name %q", line, name)
			}
		}
		for _, c := range value {
			if c == '\r' || c == 0 {
				t.Errorf("%q: value %q", line, value)
			}
		}
	})
}
