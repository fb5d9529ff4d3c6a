package ledger

import (
	"fmt"
	"testing"
)

// Every path is found, in whatever order it is asked for, and no other is.
func TestFinderFindsEveryPath(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 1000} {
		lines := make([]Line, n)
		for i := range lines {
			lines[i].Path = fmt.Sprintf("Bundle.entry[%d].resource.id", i)
		}
		f := findLines(lines)
		for k := range 2 * n {
			i := k * 379 % n // a prime that divides none of them: all of them, out of order
			if got, ok := f.find(lines[i].Path); !ok || got != i {
				t.Fatalf("path %d of %d: got %d, %t", i, n, got, ok)
			}
		}
		for _, none := range []string{"", "Bundle", "Bundle.entry[1000].resource.id"} {
			if got, ok := f.find(none); ok {
				t.Errorf("%q of %d: got %d", none, n, got)
			}
		}
	}
}
