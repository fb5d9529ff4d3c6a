package transcript

import (
	"strconv"
	"testing"
)

// A rule keeps its number however many there are.
func TestManyRules(t *testing.T) {
	s := New(parse(t, `{"a":1}`), "one", "two")
	const many = 3000
	var numbers [many]int32
	for range 2 {
		for i := range many {
			n := s.number("rule."+strconv.Itoa(i), "")
			if p := s.pairs[n]; p.rule != "rule."+strconv.Itoa(i) || numbers[i] != 0 && numbers[i] != n {
				t.Fatalf("rule %d has number %d, of %q", i, n, p.rule)
			}
			numbers[i] = n
		}
	}
}
