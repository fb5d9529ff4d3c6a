package explain

import (
	"encoding/json"
	"testing"
)

// A value is written as it stands in the document, whatever programs make of it: a
// number keeps its digits, a string its escapes, and XML is text.
func TestJSON(t *testing.T) {
	back := Back{Offered: true, Without: `"x"`, With: "72.50"}
	for name, c := range map[string]struct {
		leaf Leaf
		want string
	}{
		"number": {Leaf{Side: Source, Path: "a", Value: "72.500000000000000000000001", Fate: "carried", Back: back},
			`{"side":"source","path":"a","value":72.500000000000000000000001,"fate":"carried","back":{"offered":true,"without":"x","with":72.50,"same":false}}`},
		"exponent": {Leaf{Value: "1E+400"}, `{"side":"","path":"","value":1E+400,"fate":"","back":{"offered":false,"same":false}}`},
		"string":   {Leaf{Value: `"a<b&\u0041\ud83d"`}, `{"side":"","path":"","value":"a<b&\u0041\ud83d","fate":"","back":{"offered":false,"same":false}}`},
		"empty":    {Leaf{Value: `{}`}, `{"side":"","path":"","value":{},"fate":"","back":{"offered":false,"same":false}}`},
		"others": {Leaf{Value: "true", Others: []string{"x", "y"}, Values: []string{"1.0", ""}},
			`{"side":"","path":"","value":true,"fate":"","others":["x","y"],"values":[1.0,null],"back":{"offered":false,"same":false}}`},
		"XML": {Leaf{Value: "1 < 2 \"", xml: true, Others: []string{"x"}, Values: []string{"72.50"}, Back: Back{With: "72.50", withXML: true}},
			`{"side":"","path":"","value":"1 < 2 \"","fate":"","others":["x"],"values":[72.50],"back":{"offered":false,"with":"72.50","same":false}}`},
		"no text": {Leaf{Value: "", xml: true, otherXML: true, Others: []string{"x"}, Values: []string{"72.50"}},
			`{"side":"","path":"","value":"","fate":"","others":["x"],"values":["72.50"],"back":{"offered":false,"same":false}}`},
	} {
		got, err := encoded(c.leaf)
		if err != nil || string(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s\n%v", name, got, c.want, err)
		}
		if !json.Valid(got) {
			t.Errorf("%s: no JSON", name)
		}
	}
}
