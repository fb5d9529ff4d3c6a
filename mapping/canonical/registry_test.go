package canonical

import (
	"errors"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// parseOne parses the text of one resource.
func parseOne(t testing.TB, text string) (Resource, error) {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatalf("%v in %.80s", err, text)
	}
	return Parse(d, d.Root())
}

// registryOf builds a registry of the texts of resources.
func registryOf(t testing.TB, texts ...string) *Registry {
	t.Helper()
	var all []Resource
	for _, text := range texts {
		r, err := parseOne(t, text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	r, err := New(all...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// params reads the parameters of a request, each a JSON object.
func params(t testing.TB, list ...string) Params {
	t.Helper()
	d, err := tree.Parse(`{"resourceType":"Parameters","parameter":[`+strings.Join(list, ",")+`]}`, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadParams(d, d.Root())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"resourceType":"Patient"}`:    "CodeSystem, ValueSet, ConceptMap",
		`{"resourceType":"CodeSystem"}`: "url",
		`{"resourceType":"CodeSystem","url":"http://x","concept":[{"display":"a"}]}`:                                    "code",
		`{"resourceType":"CodeSystem","url":"http://x","concept":[{"code":"a"},{"code":"b","concept":[{"code":"a"}]}]}`: "given twice in http://x: a",
		`{"resourceType":"CodeSystem","url":"http://x","concept":[{"code":"a","property":[{"code":"parent","valueCode":"b"}]},` +
			`{"code":"b","property":[{"code":"parent","valueCode":"c"}]},{"code":"c","property":[{"code":"parent","valueCode":"a"}]}]}`: "a → b → c → a",
		`{"resourceType":"ValueSet","url":"http://x","compose":{"include":[{}]}}`:                                                 "compose.include[0]",
		`{"resourceType":"ValueSet","url":"http://x","compose":{"include":[{"valueSet":["http://y"],"concept":[{"code":"a"}]}]}}`: "include[0].system",
	} {
		_, err := parseOne(t, text)
		var e *mapping.Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func TestRegistryRefusesTwoOfOneVersion(t *testing.T) {
	one, err := parseOne(t, `{"resourceType":"CodeSystem","url":"http://x","version":"1"}`)
	if err != nil {
		t.Fatal(err)
	}
	other, err := parseOne(t, `{"resourceType":"CodeSystem","url":"http://x","version":"1"}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(one, other); err == nil || !strings.Contains(err.Error(), "http://x|1") {
		t.Errorf("got %v, want a refusal that names http://x|1", err)
	}
}

// The newest version answers where none is named, a pattern takes the newest
// that fits, and what a request brings hides the same version below.
func TestRegistryPicksVersions(t *testing.T) {
	system := func(version, name string) string {
		return `{"resourceType":"CodeSystem","url":"http://x","version":"` + version + `","name":"` + name + `"}`
	}
	r := registryOf(t, system("1.9.0", "nine"), system("1.10.0", "ten"), system("2.0.0-ballot", "ballot"), system("1.2.0", "two"))
	sent, err := parseOne(t, system("1.10.0", "sent"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := r.Overlay(sent)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		r             *Registry
		version, want string
	}{{r, "", "ballot"}, {r, "1.x.x", "ten"}, {r, "1.x", "ten"}, {r, "1.2.x", "two"}, {r, "1.9.0", "nine"}, {r, "1", ""}, {r, "1.9", ""}, {r, "3.x", ""},
		{o, "1.x", "sent"}, {o, "1.9.0", "nine"}, {o, "", "ballot"}} {
		got := ""
		if s, ok := tt.r.CodeSystem("http://x", tt.version); ok {
			got = s.Name
		}
		if got != tt.want {
			t.Errorf("version %q: got %q, want %q", tt.version, got, tt.want)
		}
	}
	if s, ok := r.WithAliases(map[string]string{"urn:x": "http://x"}).CodeSystem("urn:x", "1.9.0"); !ok || s.Name != "nine" {
		t.Errorf("an alias: got %v", s)
	}
}

func TestCompareVersions(t *testing.T) {
	ordered := []string{"", "1", "1.0", "1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.0.0+9", "2.0.0+10", "2.0.0-ballot", "2.0.0-beta", "20240530", "20250101"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compareVersions(a, b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%q and %q: got %d", a, b, got)
			}
		}
	}
}
