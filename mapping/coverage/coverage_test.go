package coverage_test

import (
	"math"
	"testing"

	"tolk/mapping/coverage"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

// Every source of every map is counted once: in its map, and under one heading.
func TestSurveyCountsOnce(t *testing.T) {
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	all := coverage.Survey(terms)
	if len(all) != len(terms.ConceptMaps()) || len(all) == 0 {
		t.Fatalf("%d of %d maps", len(all), len(terms.ConceptMaps()))
	}
	for i, c := range all {
		m := terms.ConceptMaps()[i]
		if c.Sources != len(m.Elements) || c.URL != m.URL || c.Area != m.Area {
			t.Errorf("%s: got %d sources, want %d", c.Map, c.Sources, len(m.Elements))
		}
		parts, chapters, added, share := 0, 0, 0, 0.0
		for _, p := range c.Relations {
			parts += p.Sources
			share += p.Share
		}
		for _, one := range c.Chapters {
			chapters += one.Sources
			added += one.Added
			if one.Heading() == nil || one.Heading().Display != one.Chapter || one.Matched() > one.Sources || one.Added > one.Matched() {
				t.Errorf("%s: %+v", c.Map, one)
			}
		}
		if parts != c.Sources || chapters != c.Sources || added != c.Added || math.Abs(share-1) > 0.003 {
			t.Errorf("%s: %d by relation, %d by chapter, %d and %d added, shares of %g; want %d", c.Map, parts, chapters, added, c.Added, share, c.Sources)
		}
	}
}
