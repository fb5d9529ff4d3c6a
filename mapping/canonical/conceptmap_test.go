package canonical

import (
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// A map that is not sound is refused with its place, never guessed at.
func TestConceptMapRefuses(t *testing.T) {
	in := func(group string) string {
		return `{"resourceType":"ConceptMap","url":"urn:m","group":[` + group + `]}`
	}
	element := func(target string) string { return in(`{"element":[{"code":"1","target":[` + target + `]}]}`) }
	for text, want := range map[string]string{
		`{"resourceType":"ConceptMap"}`:                          "ConceptMap.url: required",
		`{"resourceType":"ConceptMap","url":"urn:m","group":{}}`: "ConceptMap.group: expected an array",
		in(`7`):                         "ConceptMap.group[0]: expected an object",
		in(`{"element":[{"code":""}]}`): "ConceptMap.group[0].element[0].code: required",
		element(`{"code":"2"}`):         "ConceptMap.group[0].element[0].target[0].equivalence: required",
		element(`{"code":"2","equivalence":"broader"}`):                           "ConceptMap.group[0].element[0].target[0].equivalence: accepted: relatedto",
		element(`{"code":"2","relationship":"wider"}`):                            "ConceptMap.group[0].element[0].target[0].relationship: accepted: related-to",
		element(`{"equivalence":"wider"}`):                                        "ConceptMap.group[0].element[0].target[0].code: required unless",
		element(`{"code":"2","equivalence":"wider","dependsOn":[{"value":"x"}]}`): "ConceptMap.group[0].element[0].target[0].dependsOn[0]: property and value",
		in(`{"unmapped":{"mode":"guess"}}`):                                       "ConceptMap.group[0].unmapped.mode: accepted: provided, fixed, other-map",
		in(`{"unmapped":{"mode":"fixed"}}`):                                       "ConceptMap.group[0].unmapped: fixed needs a code",
		`{"resourceType":"ConceptMap","url":"urn:m","extension":[{"url":"` + EmitExtension + `","valueString":"unmatched"}]}`: "ConceptMap.extension: emit: ",
	} {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Parse(d, d.Root()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// An element without a code says nothing of any concept, and counts where a row
// stands; it cannot become a row.
func TestElementWithoutACode(t *testing.T) {
	r := registry(t, cm("urn:m:one", `{"display":"One"},{"code":"1","target":[{"code":"x","equivalence":"wider","comment":"why"}]}`, ""))
	a, err := r.Translate(ask("urn:a", "1"))
	if err != nil || len(a.Hits) != 1 || a.Hits[0].Row != "group[0].element[1].target[0]" {
		t.Errorf("got %+v %v", a, err)
	}
	if rows, err := r.ConceptMaps("urn:m:one")[0].Rows(); err == nil {
		t.Errorf("an element was left out: %s", rows)
	}
}

// R5's words and back: what R5 knows survives, what it has no word for is nearest.
func TestRelationships(t *testing.T) {
	for word, e := range relationships {
		if got := Relationship(e); got != word {
			t.Errorf("%s: got %s, want %s", e, got, word)
		}
	}
	for e, want := range map[mapping.Equivalence]string{mapping.Equal: "equivalent", mapping.Subsumes: "source-is-narrower-than-target",
		mapping.Specializes: "source-is-broader-than-target", mapping.Inexact: "related-to", mapping.Unmatched: ""} {
		if got := Relationship(e); got != want {
			t.Errorf("%s: got %q, want %q", e, got, want)
		}
	}
}

// A group may be of one version of its code system; a value set may be the source
// of a map, and then what is outside it is not caught as unmapped.
func TestVersionsAndScopesOfAMap(t *testing.T) {
	r := registry(t, `{"resourceType":"CodeSystem","url":"urn:a","version":"2","status":"active","content":"complete","concept":[{"code":"1"},{"code":"8"},{"code":"9"}]}`,
		`{"resourceType":"ValueSet","url":"urn:v","status":"active","compose":{"include":[{"system":"urn:a","concept":[{"code":"1"},{"code":"9"}]}]}}`,
		`{"resourceType":"ConceptMap","url":"urn:m:v","version":"1","sourceCanonical":"urn:v","group":[{"source":"urn:a","target":"urn:b","sourceVersion":"2","element":[{"code":"1","target":[{"code":"x","equivalence":"wider"}]}]`+fixed+`}]}`)
	for name, c := range map[string]struct{ code, version, scope, want string }{
		"mapped":           {"1", "", "", "wider x v|1"},
		"its version":      {"1", "2", "", "wider x v|1"},
		"another version":  {"1", "1", "", "version: unknown version of ; accepted: 2"},
		"caught":           {"9", "", "", "relatedto rest v|1"},
		"not in the scope": {"8", "", "", ""},
		"scope":            {"1", "", "urn:v", "wider x v|1"},
		"unknown code":     {"7", "", "", "code: unknown in"},
	} {
		q := ask("urn:a", c.code)
		q.Codings[0].Version, q.AskedScope = c.version, c.scope
		a, err := r.Translate(q)
		got := said(a)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
