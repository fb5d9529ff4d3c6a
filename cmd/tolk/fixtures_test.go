package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"tolk/fixtures"
)

// update rewrites what the tests of this package compare with: the outputs of
// the fixtures and the pages made from them. The diff is reviewed like code.
var update = flag.Bool("update", false, "rewrite the outputs of the fixtures and doc/coverage.md")

const fixturesDir = "../../fixtures"

func loadFixtures(t *testing.T) []fixtures.Case {
	t.Helper()
	cases, err := fixtures.Load(os.DirFS(fixturesDir))
	if err != nil || len(cases) < 30 {
		t.Fatalf("%d cases, want at least 30: %v", len(cases), err) // an empty suite must not pass
	}
	return cases
}

// Every fixture we publish holds.
func TestFixtures(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range loadFixtures(t) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if *update {
				rewrite(t, f, c)
				return
			}
			if diff := f.Check(c.gateway); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func rewrite(t *testing.T, f fixtures.Case, c *core) {
	files, err := f.Update(c.gateway)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		name = filepath.Join(fixturesDir, filepath.FromSlash(name))
		if text == nil {
			err = os.RemoveAll(name)
		} else {
			err = os.WriteFile(name, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
