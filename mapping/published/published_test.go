package published_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping/maps"
	"tolk/mapping/published"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

func terms(t *testing.T) *terminology.Terminology {
	t.Helper()
	words, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// resource reads one JSON document as the standard library does: another reader
// than the one in the program.
func resource(t *testing.T, text string) map[string]any {
	t.Helper()
	var r map[string]any
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return r
}

func TestResourcesAreStrictJSON(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range published.Resources(terms(t)) {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatalf("%v: %.200s", err, text)
		}
		key := d.Text(d.Child(d.Root(), "resourceType")) + "/" + d.Text(d.Child(d.Root(), "id"))
		if seen[key] {
			t.Errorf("%s: written twice", key)
		}
		seen[key] = true
	}
	if len(seen) != 3+2+57+2+3 {
		t.Errorf("got %d resources, want 67", len(seen))
	}
}

// Every value set that KL publishes is here with its url, name, title, status
// and compose, and no other.
func TestValueSetsAreThePublishedOnes(t *testing.T) {
	official := shared.Path(t, "official")
	ours := map[string]map[string]any{}
	for _, v := range terms(t).ValueSets() {
		if strings.HasPrefix(v.URL, "http://fhir.kl.dk/") {
			ours[v.URL] = resource(t, published.ValueSet(v))
		}
	}
	files, err := filepath.Glob(filepath.Join(official, "terminology", "valuesets", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := resource(t, string(raw))
		got := ours[want["url"].(string)]
		for _, member := range []string{"id", "url", "name", "title", "version", "status", "experimental", "compose"} {
			if !reflect.DeepEqual(got[member], want[member]) {
				t.Errorf("%s: %s: got %v, want %v", filepath.Base(file), member, got[member], want[member])
			}
		}
		delete(ours, want["url"].(string))
	}
	for url := range ours {
		t.Errorf("%s: not published by KL", url)
	}
}

// The hierarchy of the code systems is the published one, codes and displays in
// their order.
func TestCodeSystemsAreThePublishedOnes(t *testing.T) {
	official := shared.Path(t, "official")
	words := terms(t)
	var files []string
	for _, s := range words.CodeSystems() {
		files = append(files, filepath.Join(official, "terminology", "CodeSystem-"+s.Name+".json"))
	}
	core := filepath.Join(official, "packages", "hl7.fhir.r4.core#4.0.1", "package")
	files = append(files, filepath.Join(core, "CodeSystem-administrative-gender.json"), filepath.Join(core, "CodeSystem-publication-status.json"))
	for i, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, got := resource(t, string(raw)), resource(t, published.Resources(words)[i])
		for _, member := range []string{"id", "url", "name", "title", "version", "status", "experimental", "caseSensitive", "hierarchyMeaning", "content", "valueSet"} {
			if !reflect.DeepEqual(got[member], want[member]) {
				t.Errorf("%s: %s: got %v, want %v", filepath.Base(file), member, got[member], want[member])
			}
		}
		w, g := map[string]string{}, map[string]string{}
		places(want["concept"], "", w)
		places(got["concept"], "", g)
		if !reflect.DeepEqual(g, w) {
			t.Errorf("%s: got %d concepts, want the %d published ones, each in its place", filepath.Base(file), len(g), len(w))
		}
		if n, ok := got["count"].(float64); !ok || int(n) != len(w) {
			t.Errorf("%s: count: got %v, want %d", filepath.Base(file), got["count"], len(w))
		}
	}
}

// places gives every code its display and parent.
func places(concepts any, parent string, into map[string]string) {
	list, _ := concepts.([]any)
	for _, c := range list {
		m := c.(map[string]any)
		into[m["code"].(string)] = m["display"].(string) + " under " + parent
		places(m["concept"], m["code"].(string), into)
	}
}

// A retired concept says so and what follows it, under both spellings.
func TestRetiredConceptsNameTheirSuccessor(t *testing.T) {
	words := terms(t)
	s, ok := words.CodeSystem("urn:oid:1.2.208.176.2.21")
	if !ok {
		t.Fatal("FSIII is not here")
	}
	text := published.CodeSystem(words, s)
	for _, want := range []string{
		`"display":"Problemer med vandladning","property":[{"code":"status","valueCode":"retired"},{"code":"successor","valueCode":"ae911e37-`,
		`"display":"Problemer med vandladning","property":[{"code":"status","valueCode":"active"},{"code":"spelling"`,
	} {
		if strings.Count(text, want) != 2 {
			t.Errorf("got %d times, want 2: %s", strings.Count(text, want), want)
		}
	}
}
