package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
)

// The committed tables are what the published definitions say.
func TestTablesAreGenerated(t *testing.T) {
	for name, generate := range tables {
		var got strings.Builder
		if err := generate(shared.Path(t), &got); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("..", name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s.csv is not what generate makes; run it again", name)
		}
	}
}

// A definition of another version is refused, not mixed in.
func TestReadRefusesOtherVersions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.json")
	for _, text := range []string{
		`{"fhirVersion":"5.0.0","snapshot":{"element":[{"path":"Patient","max":"*"}]}}`,
		`{"fhirVersion":"4.0.1"}`,
		`{`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := read(file); err == nil {
			t.Errorf("read(%s): got no error", text)
		}
	}
}
