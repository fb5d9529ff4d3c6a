package main

import (
	"errors"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
)

// Whatever comes in: no panic, and an error is a *mapping.Error that is not a
// bug of ours; what translates gives itself back.
func FuzzTranslate(f *testing.F) {
	for _, e := range officialExamples(f) {
		if len(e.text) < 3000 {
			f.Add(e.text)
		}
	}
	f.Add(condition(mapping.FFB, ffbSpise, steps[2].ffb))
	f.Add(`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":` + condition(mapping.FSIII, fsiiiLaveMad, "B4") + `}]}`)
	g := gateway(f, registered)
	f.Fuzz(func(t *testing.T, text string) {
		for _, from := range []string{"ffb", "fsiii"} {
			for _, q := range requests(from) {
				r, err := g.Translate(text, q)
				if err != nil {
					var e *mapping.Error
					if !errors.As(err, &e) || e.Kind == mapping.Exception {
						t.Fatalf("%s: %v", label(q), err)
					}
					continue
				}
				back, err := g.Translate(string(r.Output), document.Request{From: q.To, To: q.From, Residue: string(r.Residue)})
				if err != nil || string(back.Output) != compacted(t, text) {
					t.Fatalf("%s: the original did not come back: %v", label(q), err)
				}
			}
		}
	})
}
