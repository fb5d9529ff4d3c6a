package fmk

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// cards reads the input of every fixture, by the name of its folder. Those that
// begin with afvist are refused.
func cards(tb testing.TB) map[string]string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "medicinliste", "fmk-to-fhir", "*", "input.xml"))
	if err != nil || len(files) < 22 {
		tb.Fatalf("%d fixtures: %v", len(files), err)
	}
	all := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		all[filepath.Base(filepath.Dir(f))] = string(b)
	}
	return all
}

func refused(name string) bool { return strings.HasPrefix(name, "afvist") }

// parse reads a document as the gateway does.
func parse(text string) (*tree.Doc, error) {
	decoded, _, err := tree.DecodeXML([]byte(text))
	if err != nil {
		return nil, err
	}
	return tree.ParseXML(decoded, tree.Limits{})
}

func translate(text string) (*transcript.Written, error) {
	doc, err := parse(text)
	if err != nil {
		return nil, err
	}
	return Translate(doc, text)
}

// Every fixture translates, and every leaf of it is accounted for by a rule: the
// ledger is audited on the way.
func TestFixtures(t *testing.T) {
	for name, text := range cards(t) {
		t.Run(name, func(t *testing.T) {
			w, err := translate(text)
			if refused(name) {
				var e *mapping.Error
				if !errors.As(err, &e) || e.Message == "" {
					t.Fatalf("got %v, want a refusal", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(w.Output) {
				t.Error("the output is no JSON")
			}
			for _, l := range w.Ledger.Lines() {
				if foreign := strings.Contains(l.Path, "Markering"); (l.Fate == ledger.Unclaimed.String()) != foreign {
					t.Errorf("%s: %s", l.Path, l.Fate)
				}
			}
		})
	}
}

// Every output is valid: base R4, and what a resource claims besides.
func TestOutputsValidate(t *testing.T) {
	v := validator.Find(t)
	dir := t.TempDir()
	var files []string
	for name, text := range cards(t) {
		if refused(name) {
			continue
		}
		w, err := translate(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file := filepath.Join(dir, name+".json")
		if err := os.WriteFile(file, w.Output, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for some := range slices.Chunk(files, 12) { // the validator's answer must fit a pipe
		for _, i := range validator.Errors(v.Validate(t, "hl7.fhir.dk.core#3.7.0", nil, some...)) {
			t.Error(i)
		}
	}
}
