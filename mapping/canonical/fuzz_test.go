package canonical

import (
	"testing"

	"tolk/mapping/tree"
)

// Whatever is sent, reading and answering it neither panics nor hangs.
func FuzzRequest(f *testing.F) {
	for _, text := range bodySets {
		f.Add(text, "A1", "sov")
	}
	f.Add(`{"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"http://x/all"}]}`, "", "")
	f.Fuzz(func(t *testing.T, text, code, filter string) {
		d, err := tree.Parse(text, tree.Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		if p, err := ReadParams(d, d.Root()); err == nil {
			_, _ = Expand(&Registry{}, p)
			_, _ = ValidateValueSet(&Registry{}, p)
			_, _ = Find(&Registry{}, p)
			_, _ = Subsumes(&Registry{}, p)
		}
		res, err := Parse(d, d.Root())
		if err != nil {
			return
		}
		r, err := New(res)
		if err != nil {
			t.Fatalf("one resource contradicts itself: %v", err)
		}
		url := res.Header().URL
		for _, set := range []string{url, url + "?fhir_vs"} {
			if e, err := Expand(r, query("url", set, "filter", filter, "property", code)); err == nil {
				if _, err := tree.Parse(string(e.Append(nil, "urn:uuid:0", "2026-01-01T00:00:00Z")), tree.Limits{}); err != nil {
					t.Errorf("the expansion is no JSON: %v", err)
				}
			}
			_, _ = ValidateValueSet(r, query("url", set, "code", code, "inferSystem", "true", "display", filter))
		}
		_, _ = Find(r, query("system", url, "code", code, "property", "*"))
		_, _ = Subsumes(r, query("system", url, "codeA", code, "codeB", filter))
	})
}
