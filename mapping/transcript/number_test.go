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

// A rule is what it says, and not where it stands: one that is the beginning of
// another has a number of its own, and the same constant always the same.
func TestRulesThatBeginAlike(t *testing.T) {
	const long = "referral.condition/code"
	s := New(parse(t, `{"a":1}`), "one", "two")
	for range 2 {
		for _, p := range []pair{{long[:8], long[:3]}, {long[:8], long}, {long, long[:3]}, {long, long}, {"", ""}} {
			for range 2 { // the second time it is remembered
				if got := s.pairs[s.number(p.rule, p.text)]; got != p {
					t.Errorf("got %q, want %q", got, p)
				}
			}
		}
	}
	if got, want := len(s.pairs), 6; got != want { // with the one for a document that holds nothing
		t.Errorf("got %d pairs, want %d", got, want)
	}
}
