package fhirxml

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping/tree"
)

// official reads every JSON file below a folder of the public test material
// beside the checkout. CI always has it.
func official(tb testing.TB, folder string) map[string]string {
	tb.Helper()
	dir := shared.Path(tb, "official")
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(folder)), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(files) == 0 {
		tb.Fatalf("%s holds no JSON file", folder)
	}
	return files
}

func parse(tb testing.TB, src string) *tree.Doc {
	tb.Helper()
	d, err := tree.Parse(src, tree.Limits{})
	if err != nil {
		tb.Fatalf("%.200s: %v", src, err)
	}
	return d
}

// canonical is what a JSON document says: members by name, strings by their
// text, everything else as written.
func canonical(d *tree.Doc, n tree.ID) string {
	switch d.Kind(n) {
	case tree.String:
		text := d.Text(n)
		if d.Key(n) == "div" {
			text = trim(text)
		}
		return tree.Quote(text)
	case tree.Object, tree.Array:
		var parts []string
		for c := d.First(n); c != tree.None; c = d.Next(c) {
			part := canonical(d, c)
			if d.Kind(n) == tree.Object {
				part = tree.Quote(d.Key(c)) + ":" + part
			}
			parts = append(parts, part)
		}
		if d.Kind(n) == tree.Array {
			return "[" + strings.Join(parts, ",") + "]"
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	return d.Raw(n)
}

// law checks that a JSON document survives the way to XML and back, and that
// from then on nothing changes any more, not a byte. It returns the XML.
func law(tb testing.TB, name, json string) string {
	tb.Helper()
	d := parse(tb, json)
	xml, err := FromJSON(d)
	if err != nil {
		tb.Fatalf("%s: to XML: %v", name, err)
	}
	back, err := ToJSON(string(xml), tree.Limits{})
	if err != nil {
		tb.Fatalf("%s: to JSON: %v", name, err)
	}
	if got, want := canonical(parse(tb, back), 0), canonical(d, 0); got != want {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		tb.Errorf("%s: got …%.100s, want …%.100s", name, got[max(0, i-40):], want[max(0, i-40):])
	}
	again, err := ToXML(back, tree.Limits{})
	if err != nil || string(again) != string(xml) {
		tb.Errorf("%s: the XML of the JSON of the XML is another: %v", name, err)
	}
	if same, err := ToJSON(string(again), tree.Limits{}); err != nil || same != back {
		tb.Errorf("%s: a document in the order of R4 is not the same to the byte: %v", name, err)
	}
	return string(xml)
}

// Every published Danish example is the same after JSON → XML → JSON.
func TestExamples(t *testing.T) {
	for name, json := range official(t, "examples") {
		law(t, name, json)
	}
}

// So are the resources of the published packages: profiles, value sets, code
// systems, with their extensions, narratives and differentials. All of them
// hold; one in seven is tried here, for the time it takes.
func TestPackages(t *testing.T) {
	files := official(t, "packages")
	resources := 0
	for i, name := range slices.Sorted(maps.Keys(files)) {
		if i%7 != 0 || parse(t, files[name]).Child(0, "resourceType") == tree.None {
			continue // an index, a list of files
		}
		resources++
		law(t, name, files[name])
	}
	if resources < 500 {
		t.Errorf("%d resources, expected 500 or more", resources)
	}
}

// The documents made to lose something lose nothing; two are refused.
func TestLossless(t *testing.T) {
	refused := map[string]string{
		"unknown-field":        "Observation.foo: not an element of Observation in FHIR R4, XML has no place for it",
		"resourceType-unknown": "Foo.resourceType: not a resource type of FHIR R4 that tolk reads",
		"dupkey":               "Observation: the same key stands twice (line 1, column 95)",
	}
	for name, json := range official(t, "corpora/lossless") {
		_, err := ToXML(json, tree.Limits{})
		want, listed := refused[strings.TrimSuffix(filepath.Base(name), ".json")]
		switch {
		case listed && (err == nil || err.Error() != want):
			t.Errorf("%s: got %v, want %s", name, err, want)
		case !listed:
			law(t, name, json)
		}
	}
}

// xmllint reads what we write, and reads the values that we wrote.
func TestXMLLint(t *testing.T) {
	lint := shared.Program(t, "xmllint")
	dir := t.TempDir()
	args := []string{"--noout", "--nonet"}
	for name, json := range official(t, "examples") {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "_")+".xml")
		if err := os.WriteFile(file, []byte(law(t, name, json)), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.Command(lint, args...).CombinedOutput(); err != nil {
		t.Errorf("%v: %.2000s", err, out)
	}
	const text = "a\"b'c<d>&e\tf\ng\r\u0085\u2028 æ😀]]>-- "
	xml, err := ToXML(`{"resourceType":"Basic","id":`+tree.Quote(text)+`}`, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "basic.xml")
	if err := os.WriteFile(file, xml, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(lint, "--nonet", "--xpath", "string(//*[local-name()='id']/@value)", file).Output()
	if got := strings.TrimSuffix(string(out), "\n"); err != nil || got != text {
		t.Errorf("xmllint reads %q, %v; want %q", got, err, text)
	}
}
