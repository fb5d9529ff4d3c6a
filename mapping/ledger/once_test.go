package ledger

import (
	"slices"
	"strconv"
	"testing"
)

// A lack and a notice are said once, whatever stood there before; of a lack the
// profile that is said counts.
func TestOnce(t *testing.T) {
	a, b := Lack{Path: "a", Element: "e", Message: "m"}, Lack{Path: "b", Element: "e", Message: "m", Profile: "p"}
	c := Conformance{Met: true}
	if c.Lack(); !c.Met || c.Lacks != nil {
		t.Errorf("of nothing: %v", c)
	}
	c.Lack(a, b, a)
	profiled := a
	profiled.Profile = "q"
	c.Lack(b, profiled, profiled)
	if want := []Lack{profiled, b}; c.Met || !slices.Equal(c.Lacks, want) {
		t.Errorf("got %v, want %v", c, want)
	}
	var l Ledger
	one, two := Notice{"a", "m"}, Notice{"b", "m"}
	l.Notice(one, two, one)
	l.Notice(two)
	if want := []Notice{one, two}; !slices.Equal(l.Notices, want) {
		t.Errorf("got %v, want %v", l.Notices, want)
	}
}

// What a lack costs does not grow with those before it.
func BenchmarkLack(b *testing.B) {
	for _, n := range []int{1000, 16000} {
		lacks := make([]Lack, n)
		for i := range lacks {
			lacks[i] = Lack{Path: strconv.Itoa(i), Element: "e", Message: "m"}
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for range b.N {
				var c Conformance
				c.Lack(lacks...)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/lack")
		})
	}
}
