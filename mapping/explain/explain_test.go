package explain

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for path, want := range map[string]string{
		"":                     "",
		"Bundle.entry[1].code": "Bundle entry [1] code",
		"$.a.children()[4].b":  "$ a children() [4] b",
		"$this[0][1]":          "$this [0] [1]",
		"a..b":                 "a b",
		"a[1":                  "a [1",
		".a":                   "a",
	} {
		if got := strings.Join(split(path), " "); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

// A path that a person wrote finds what it is, and what is below it.
func TestFind(t *testing.T) {
	s, err := readText(Source, `{"resourceType":"Bundle","entry":[{"resource":{"id":"a","name":[{"given":["x","y"]}]}},{"resource":{"id":"b","tom":{}}}]}`, false)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"Bundle.entry[1].resource.id":          "Bundle.entry[1].resource.id",
		" entry[1].resource.id ":               "Bundle.entry[1].resource.id",
		"$.entry[1].resource":                  "Bundle.entry[1].resource.id Bundle.entry[1].resource.tom",
		"$this.entry.resource.id":              "Bundle.entry[0].resource.id Bundle.entry[1].resource.id",
		"entry.resource.name.given":            "Bundle.entry[0].resource.name[0].given[0] Bundle.entry[0].resource.name[0].given[1]",
		"entry[0].resource.name.given[1]":      "Bundle.entry[0].resource.name[0].given[1]",
		"entry[0].resource.name[0].giv":        "",
		"entry[2]":                             "",
		"entry[1].resource.id.more":            "",
		"Patient":                              "",
		"entry[0].resource.name[0].given[0].x": "",
	} {
		var got []string
		for _, i := range s.find(path) {
			got = append(got, s.paths[i])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, want %s", path, got, want)
		}
	}
	if all := s.find(""); len(all) != len(s.paths) {
		t.Errorf("the whole document: %d of %d leaves", len(all), len(s.paths))
	}
}

func TestNear(t *testing.T) {
	s, err := readText(Source, `{"resourceType":"Bundle","entry":[{"resource":{"id":"a"}},{"resource":{"id":"b","code":{"text":"t"}}}]}`, false)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"entry[1].resource.kode":    "; did you mean Bundle.entry[1].resource.code?",
		"entry[4].resource.id":      "; Bundle.entry has [0] to [1]",
		"entry.resource.code.test":  "; did you mean Bundle.entry[1].resource.code.text?",
		"entry[0].resource.id.more": "; Bundle.entry[0].resource.id is a leaf, and nothing is below it",
		"entry[0].resource.quite":   "; Bundle.entry[0].resource has id",
		"xyzzy.plugh":               "; Bundle has resourceType, entry",
	} {
		if got := near(path, []*side{s}); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// What did not come home by itself is looked for where what it stood in has come to,
// and never in another element of a list.
func TestPlaces(t *testing.T) {
	p := newPlaces()
	p.add("Bundle.text", "")
	p.add("Bundle.type", "Bundle.type")
	p.add("Bundle.entry[2].resource.id", "Bundle.entry[1].resource.id")
	p.add("Bundle.entry[0].resource.id", "Bundle.entry[0].resource.name")
	for path, want := range map[string]string{
		"Bundle.id":                         "Bundle.id",
		"Bundle.entry[2].resource.code":     "Bundle.entry[1].resource.code",
		"Bundle.entry[2].resource.a[0].b.c": "",
		"Bundle.entry[2].fullUrl":           "Bundle.entry[1].fullUrl",
		"Bundle.entry[0].resource.code":     "",
		"Bundle.entry[1].resource.code":     "",
		"Bundle.entry[3]":                   "Bundle.entry[3]",
		"Patient.id":                        "",
	} {
		if got := p.of(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestAbove(t *testing.T) {
	var got []string
	for path := "a.b[3].children()[4].c"; path != ""; path = above(path) {
		got = append(got, path)
	}
	if want := []string{"a.b[3].children()[4].c", "a.b[3].children()[4]", "a.b[3]", "a.b", "a"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Of the places that a leaf comes home to its own counts first, then the same one of
// another element.
func TestNearest(t *testing.T) {
	const path = "entry[1].code"
	for _, c := range []struct{ places, want string }{
		{"", ""}, {"entry[0].text", "entry[0].text"}, {"entry[0].text entry[0].code entry[2].code", "entry[0].code"},
		{"entry[0].text entry[0].code entry[1].code", path}, {"entry[1].code entry[0].code entry[0].text", path},
	} {
		if got := nearest(path, "", strings.Fields(c.places)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.places, got, c.want)
		}
	}
}

// Whatever is asked for is found or refused, and what is found is asked for by its own
// path.
func FuzzFind(f *testing.F) {
	for _, path := range []string{"", "Bundle.entry[1].resource.id", "$.entry", "entry[9]", "a..b[", "children()[1]", "]", "[", "$this[0].x", "entry.resource.code.test"} {
		f.Add(path)
	}
	s, err := readText(Source, `{"resourceType":"Bundle","entry":[{"resource":{"id":"a","a b":[1,{}]}},{"resource":{"id":"b","code":{"text":"t"}}}]}`, false)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		found := s.find(path)
		if len(found) == 0 && near(path, []*side{s}) == "" {
			t.Errorf("%q: neither found nor refused", path)
		}
		for _, i := range found {
			if again := s.find(s.paths[i]); len(again) != 1 || again[0] != i {
				t.Errorf("%q: %s is not found by its own path: %v", path, s.paths[i], again)
			}
		}
	})
}
