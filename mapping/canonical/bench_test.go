package canonical

import (
	"fmt"
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// large makes a code system of n concepts in groups of ten.
func large(tb testing.TB, n int) *Registry {
	tb.Helper()
	var b strings.Builder
	b.WriteString(`{"resourceType":"CodeSystem","url":"http://x/large","version":"1","content":"complete","concept":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		parent := ""
		if i >= 10 {
			parent = fmt.Sprintf(`,"property":[{"code":"parent","valueCode":"c%d"}]`, i/10)
		}
		fmt.Fprintf(&b, `{"code":"c%d","display":"Concept number %d"%s}`, i, i, parent)
	}
	b.WriteString(`]}`)
	d, err := tree.Parse(b.String(), tree.Limits{Bytes: 1 << 30})
	if err != nil {
		tb.Fatal(err)
	}
	res, err := Parse(d, d.Root())
	if err != nil {
		tb.Fatal(err)
	}
	r, err := New(res)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// query makes the parameters of a GET.
func query(pairs ...string) (p Params) {
	for i := 0; i < len(pairs); i += 2 {
		p = append(p, Param{Name: pairs[i], Text: pairs[i+1], Node: tree.None})
	}
	return p
}

// The cost of an operation on one code does not depend on how many codes there
// are; a page of an expansion costs what the page holds.
func BenchmarkOperations(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		r := large(b, n)
		code := fmt.Sprintf("c%d", n/2)
		all := "http://x/large?fhir_vs"
		for name, run := range map[string]func() error{
			"lookup": func() error { _, err := Find(r, query("system", "http://x/large", "code", code)); return err },
			"validate": func() error {
				_, err := ValidateValueSet(r, query("url", all, "system", "http://x/large", "code", code))
				return err
			},
			"subsumes": func() error {
				_, err := Subsumes(r, query("system", "http://x/large", "codeA", "c1", "codeB", code))
				return err
			},
			"expand-50": func() error {
				e, err := Expand(r, query("url", all, "count", "50", "offset", "100"))
				if err == nil {
					e.Append(nil, "urn:uuid:0", "2026-01-01T00:00:00Z")
				}
				return err
			},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// The same as a test: of a hundred times the codes, an operation on one code
// takes no more memory.
func TestCostIsFlat(t *testing.T) {
	cost := func(n int) float64 {
		r := large(t, n)
		return testing.AllocsPerRun(20, func() {
			if _, err := ValidateValueSet(r, query("url", "http://x/large?fhir_vs", "system", "http://x/large", "code", "c500")); err != nil {
				t.Fatal(err)
			}
			if _, err := Expand(r, query("url", "http://x/large?fhir_vs", "count", "10")); err != nil {
				t.Fatal(err)
			}
		})
	}
	if small, big := cost(1_000), cost(100_000); big > small+1 {
		t.Errorf("%.0f allocations with 1,000 concepts, %.0f with 100,000", small, big)
	}
}
