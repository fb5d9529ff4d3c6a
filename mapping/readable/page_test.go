package readable

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tolk/mapping/tree"
)

var update = flag.Bool("update", false, "write the golden files")

// today is when the samples are read.
var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("CET", 60*60))

// sample reads a document of testdata, with changes to its text.
func sample(t testing.TB, name string, changes ...string) *Page {
	t.Helper()
	page, err := Read(parsed(t, name, changes...), today)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// parsed parses a document of testdata. Each change must be found in it.
func parsed(t testing.TB, name string, changes ...string) *tree.Doc {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for i := 0; i+1 < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("%s does not hold %q", name, changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return document(t, text)
}

func document(t testing.TB, text string) *tree.Doc {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Read makes the page of a hub document, read at a time.
func Read(d *tree.Doc, now time.Time) (*Page, error) { return Options{Now: now}.Read(d) }

var samples = []string{"medicinliste", "medicinliste-tom", "sundhedstjek", "tilstande", "korrespondance"}

// The pages of the samples are the golden files; of the style these have the one
// text that is not page.css.
func TestGolden(t *testing.T) {
	for _, name := range samples {
		page := sample(t, name)
		head, named, body := styled(t, string(HTML(page)))
		for kind, got := range map[string]string{
			"html": head + "<style>" + named + "</style>" + body, "txt": Text(page), "xhtml": Narrative(page) + "\n",
			"lines": strings.Join(Lines(page), "\n") + "\n",
		} {
			file := filepath.Join("testdata", name+"."+kind)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s is not what is written now; -update writes it", file)
			}
		}
	}
}

// No line of the text is wider than a terminal, but for a word that is.
func TestTextWidth(t *testing.T) {
	for _, name := range samples {
		for _, line := range strings.Split(Text(sample(t, name)), "\n") {
			if utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%s: %d characters: %q", name, utf8.RuneCountInString(line), line)
			}
		}
	}
}
