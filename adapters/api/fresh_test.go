package api

import "testing"

// An answer that is made anew takes few allocations: what an operation needs to
// know of the content was found out before, and what it answers is written where
// it goes out. Some 18 to 27 are taken, a few more under the race detector; a tree
// of the answer, or rules compiled in each request, are above the bounds.
func TestFreshAnswersAllocateLittle(t *testing.T) {
	for _, c := range []struct {
		name, target string
		most         float64
	}{
		{"$lookup", soevn, 36},
		{"$translate", large, 34},
		{"CodeSystem/$validate-code", "/fhir/CodeSystem/$validate-code?url=" + ffb + "&code=83376fdb-f55d-4dd9-944e-b49631a9836f", 38},
		{"ValueSet/$validate-code by way of three value sets", nested, 40},
	} {
		ask := fresh(t, c.target)
		ask()
		got := testing.AllocsPerRun(200, ask)
		if got > c.most {
			t.Errorf("%s: got %v allocations, want at most %v", c.name, got, c.most)
		}
	}
}
