package kltools

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/fixtures/validator"
	"tolk/mapping/document"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// official returns the published examples of KL's instruments.
func official(t *testing.T) map[string]string {
	t.Helper()
	names := shared.Files(t, "official", "examples", "kl.dk.fhir.ffinst", "*.json")
	examples := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		examples[filepath.Base(name)] = string(text)
	}
	return examples
}

func parse(t *testing.T, text string) *tree.Doc {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// written is a document with a name, to be validated.
type written struct{ name, text string }

func valid(t *testing.T, ig string, documents []written) {
	t.Helper()
	v := validator.Find(t)
	dir := t.TempDir()
	var files []string
	for _, d := range documents {
		file := filepath.Join(dir, d.name)
		if err := os.WriteFile(file, []byte(d.text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, i := range validator.Errors(v.Validate(t, ig, nil, files...)) {
		t.Error(i)
	}
}

func run(t *testing.T, f func(*tree.Doc, document.Request) (*transcript.Written, error), text string) *transcript.Written {
	t.Helper()
	w, err := f(parse(t, text), document.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestExamplesToTheHubAndBack(t *testing.T) {
	var hubs, backs []written
	for name, text := range official(t) {
		there := run(t, ToHub, text)
		back := run(t, FromHub, string(there.Output))
		for way, w := range map[string]*transcript.Written{"to the hub": there, "back": back} {
			if n := w.Ledger.Counts["unclaimed"]; n != 0 {
				t.Errorf("%s: %d leaves unclaimed on the way %s", name, n, way)
			}
		}
		again := run(t, ToHub, string(back.Output))
		if got, want := string(again.Output), string(there.Output); got != want {
			t.Errorf("%s: the hub is not stable after one trip\n got %s\nwant %s", name, got, want)
		}
		if lost := missingFrom(t, text, string(back.Output)); len(lost) > 0 {
			t.Errorf("%s: lost on the trip without a residue: %v", name, lost)
		}
		hubs = append(hubs, written{name, string(there.Output)})
		backs = append(backs, written{name, string(back.Output)})
	}
	valid(t, "hl7.fhir.dk.core#3.7.0", hubs)
	valid(t, "kl.dk.fhir.ffinst#1.0.0", backs)
}

// missingFrom lists the leaves of a single resource that the resource it came
// back as does not have at the same place with the same value. Ids and
// references are those of another document.
func missingFrom(t *testing.T, text, back string) (lost []string) {
	t.Helper()
	source, target := parse(t, text), parse(t, back)
	kind := source.Text(source.Child(source.Root(), "resourceType"))
	entries := target.Child(target.Root(), "entry")
	leaves := map[string]string{}
	for e := target.First(entries); e != tree.None; e = target.Next(e) {
		r := target.Child(e, "resource")
		if target.Text(target.Child(r, "resourceType")) == kind {
			target.Walk(r, func(leaf tree.ID, _ string) { leaves[target.PathBelow(r, leaf)] = target.Raw(leaf) })
		}
	}
	source.Walk(source.Root(), func(leaf tree.ID, _ string) {
		path := source.PathBelow(source.Root(), leaf)
		if path == ".id" || strings.HasSuffix(path, ".reference") {
			return
		}
		if leaves[path] != source.Raw(leaf) {
			lost = append(lost, path)
		}
	})
	return lost
}
