package terminology_test

import (
	"io/fs"
	"testing"

	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

// The concept maps we publish hold, and cover every code in every direction.
func TestMapsLint(t *testing.T) {
	for _, e := range terminology.Lint(facts.FS, maps.FS) {
		t.Error(e)
	}
}

// shipped is what New is given in the program.
func shipped() (fs.FS, fs.FS) { return facts.FS, maps.FS }
