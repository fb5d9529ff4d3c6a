package measure

import (
	"testing"

	facts "tolk/schemas/terminology"
)

// The tables are read at every start of the program.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := load(files, facts.FS); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConvert(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Convert("169.5", "cm", "m"); err != nil {
			b.Fatal(err)
		}
	}
}
