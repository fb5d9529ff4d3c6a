package tree

import (
	"strings"
	"testing"
)

// What was added stays as it is when more is, whatever the sizes.
func TestStringsStay(t *testing.T) {
	var s Strings
	s.Grow(40)
	var got, want []string
	for i := range 5000 {
		text := strings.Repeat(string(rune('a'+i%26)), i%97) + []string{"", `"`, "\n", "æ"}[i%4]
		got = append(got, s.Add([]byte(text)), s.Quote(text))
		want = append(want, text, Quote(text))
	}
	long := strings.Repeat("x", 3*lastPiece)
	got, want = append(got, s.Add([]byte(long)), s.Quote(long)), append(want, long, Quote(long))
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("string %d: got %q, want %q", i, got[i], want[i])
		}
	}
}

func TestStringsTakeFewPieces(t *testing.T) {
	path := []byte("Bundle.entry[2].resource.code.coding[0].system")
	allocations := testing.AllocsPerRun(5, func() {
		var s Strings
		for range 4000 {
			s.Add(path)
		}
	})
	if allocations > 12 {
		t.Errorf("%.0f pieces for %d bytes", allocations, 4000*len(path))
	}
}
