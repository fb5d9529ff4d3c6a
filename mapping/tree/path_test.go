package tree

import (
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	const src = `{"resourceType":"Bundle","entry":[{"resource":{"id":"a","_id":{"extension":[{"url":"u"}]}}},` +
		`{"resource":{"valueBase64Binary":"","multipleBirthInteger":2}}],"x-y":{"å":[1,[2]],"":0,"1st":0,"\u0061b":0}}`
	d := parse(t, src)
	want := map[string]string{ // by value, in document order where a value stands twice
		`"Bundle"`: "Bundle.resourceType",
		`"a"`:      "Bundle.entry[0].resource.id",
		`"u"`:      "Bundle.entry[0].resource._id.extension[0].url",
		`""`:       "Bundle.entry[1].resource.valueBase64Binary",
		`2`:        "Bundle.entry[1].resource.multipleBirthInteger",
		`1`:        "Bundle.children()[2].children()[0][0]",
		`[2]`:      "Bundle.children()[2].children()[0][1]",
	}
	for n := range ID(d.Len()) {
		raw := d.Raw(n)
		if path, ok := want[raw]; ok {
			if got := d.Path(n); got != path {
				t.Errorf("%s: got %s, want %s", raw, got, path)
			}
			delete(want, raw)
		}
	}
	for raw := range want {
		t.Errorf("%s was not there", raw)
	}
	last := d.Child(d.Root(), "x-y")
	for key, path := range map[string]string{
		"":    "Bundle.children()[2].children()[1]",
		"1st": "Bundle.children()[2].children()[2]",
		"ab":  "Bundle.children()[2].ab",
	} {
		if got := d.Path(d.Child(last, key)); got != path {
			t.Errorf("%q: got %s, want %s", key, got, path)
		}
	}
}

// The root is called by its resource type when that is a plain name.
func TestPathOfRoot(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`{"resourceType":"Patient"}`, "Patient"},
		{`{"id":1,"resource\u0054ype":"P\u0061tient"}`, "Patient"},
		{`{"resourceType":"Nancy Berggren"}`, "$this"},
		{`{"resourceType":"2512489996"}`, "$this"},
		{`{"resourceType":"a2512489996"}`, "$this"},
		{`{"resourceType":""}`, "$this"},
		{`{"resourceType":{}}`, "$this"},
		{`{"resourceType":null}`, "$this"},
		{`[{"resourceType":"Patient"}]`, "$this"},
		{`1`, "$this"},
	} {
		d := parse(t, c.src)
		if got := d.Path(d.Root()); got != c.want {
			t.Errorf("%s: got %s, want %s", c.src, got, c.want)
		}
		out := NewOut(d.Len())
		if got := out.rootName(out.Copy(NoOut, "", d, d.Root(), 0)); got != c.want {
			t.Errorf("%s as an Out: got %s, want %s", c.src, got, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, name := range []string{"a", "_birthDate", "valueBase64Binary", "a12345", "Z_9", strings.Repeat("a", 64)} {
		if !plain(name) {
			t.Errorf("%q is a plain name", name)
		}
	}
	for _, name := range []string{
		"", "1a", "a b", "a-b", "a.b", "a[0]", "æ", "a\x00", "a\n", "`a`", strings.Repeat("a", 65),
		"2512489996", "a251248", "a2512489996", "id_251248_9996", "p25_12_48_9996", "p2512x4899x96",
	} {
		if plain(name) {
			t.Errorf("%q is no plain name", name)
		}
	}
}

// A CPR number is in no error text and no path, wherever a sender puts it and
// wherever the document breaks off.
func TestNoPersonInErrors(t *testing.T) {
	const nancy = "2512489996" // a test person of MedCom's
	docs := []string{
		`{"resourceType":"` + nancy + `","` + nancy + `":{"p` + nancy + `":["` + nancy + `",` + nancy + `,-` + nancy + `e` + nancy + `]}}`,
		`[{"251248-9996":{"\u0032512489996":{"cpr_251248_9996":{"25 12 48 9996":{"Nancy":0}}}}}]`,
	}
	person := func(text string) bool {
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.Split(text, " (line ")[0])
		return strings.Contains(digits, "251248")
	}
	for _, src := range docs {
		d := parse(t, src)
		for n := range ID(d.Len()) {
			if person(d.Path(n)) {
				t.Errorf("node %d has the path %s", n, d.Path(n))
			}
		}
		for i := range src {
			for _, rest := range []string{"", "\x01", "\xff", `"`, "}", ",", `\`, src} {
				if _, err := Parse(src[:i]+rest, Limits{}); err != nil && person(err.Error()) {
					t.Errorf("%d bytes and %q: %v", i, rest, err)
				}
			}
		}
		if e := refused(t, src, Limits{Depth: 2}); person(e.Error()) {
			t.Error(e)
		}
		if e := refused(t, src, Limits{Nodes: 3}); person(e.Error()) {
			t.Error(e)
		}
	}
}
