// Package coverage counts how much the concept maps cover: the source concepts of
// every map and area by the best relation that they have.
package coverage

import (
	"math"
	"slices"

	"tolk/mapping"
	"tolk/mapping/published"
	"tolk/mapping/terminology"
)

// Relations are the relations of our maps, the best first.
var Relations = []mapping.Equivalence{mapping.Equivalent, mapping.Wider, mapping.Narrower, mapping.Inexact, mapping.Unmatched}

// Counts counts source concepts by the best relation that they have.
type Counts struct {
	Sources   int    `json:"sources"`
	Added     int    `json:"added"` // with a match that a translation adds by itself
	Relations []Part `json:"relations"`
}

// Part is how many source concepts have this relation as their best.
type Part struct {
	Relation mapping.Equivalence `json:"relation"`
	Sources  int                 `json:"sources"`
	Share    float64             `json:"share"`
}

// Map tells of one map and area how its sources fare.
type Map struct {
	Map      string       `json:"map"`
	URL      string       `json:"url"`
	Version  string       `json:"version"`
	Area     mapping.Area `json:"area,omitempty"`
	Rows     int          `json:"rows"`
	Chapters []Chapter    `json:"chapters"`
	Counts
}

// Chapter is the same for the concepts under one heading.
type Chapter struct {
	Chapter string `json:"chapter"`
	Counts
	heading *terminology.Entry
}

// Heading is the concept that the chapter is named after.
func (c Chapter) Heading() *terminology.Entry { return c.heading }

// Survey counts what the maps cover, in their order.
func Survey(terms *terminology.Terminology) (all []Map) {
	for _, m := range terms.ConceptMaps() {
		c := Map{Map: published.MapName(m), URL: m.URL, Version: m.Version, Area: m.Area}
		for _, e := range m.Elements {
			best, added := mapping.Unmatched, false
			for _, match := range e.Matches {
				if slices.Index(Relations, match.Equivalence) < slices.Index(Relations, best) {
					best = match.Equivalence
				}
				added = added || match.Emit
			}
			c.Rows += len(e.Matches)
			c.add(best, added)
			c.chapter(e.Source).add(best, added)
		}
		c.share()
		for i := range c.Chapters {
			c.Chapters[i].share()
		}
		all = append(all, c)
	}
	return all
}

// chapter returns the count of the heading that a concept stands under.
func (c *Map) chapter(e *terminology.Entry) *Counts {
	heading := e.Root
	if e.Parent != nil {
		heading = e.Parent
	}
	for i := range c.Chapters {
		if c.Chapters[i].Chapter == heading.Display {
			return &c.Chapters[i].Counts
		}
	}
	c.Chapters = append(c.Chapters, Chapter{Chapter: heading.Display, heading: heading})
	return &c.Chapters[len(c.Chapters)-1].Counts
}

func (t *Counts) add(best mapping.Equivalence, added bool) {
	if t.Relations == nil {
		for _, r := range Relations {
			t.Relations = append(t.Relations, Part{Relation: r})
		}
	}
	t.Sources++
	if added {
		t.Added++
	}
	t.Relations[slices.Index(Relations, best)].Sources++
}

func (t *Counts) share() {
	for i := range t.Relations {
		t.Relations[i].Share = math.Round(1000*float64(t.Relations[i].Sources)/float64(t.Sources)) / 1000
	}
}

// Matched counts the sources that have any match.
func (t *Counts) Matched() int {
	return t.Sources - t.Relations[len(t.Relations)-1].Sources
}
