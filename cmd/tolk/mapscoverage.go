package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tolk/mapping"
	"tolk/mapping/published"
	"tolk/mapping/terminology"
)

// relationsByRank are the relations of our maps, the best first.
var relationsByRank = []mapping.Equivalence{mapping.Equivalent, mapping.Wider, mapping.Narrower, mapping.Inexact, mapping.Unmatched}

// sources counts source concepts by the best relation that they have.
type sources struct {
	Sources   int            `json:"sources"`
	Added     int            `json:"added"` // with a match that a translation adds by itself
	Relations []relationPart `json:"relations"`
}

// relationPart is how many source concepts have this relation as their best.
type relationPart struct {
	Relation mapping.Equivalence `json:"relation"`
	Sources  int                 `json:"sources"`
	Share    float64             `json:"share"`
}

// mapCoverage tells of one map and area how its sources fare.
type mapCoverage struct {
	Map      string            `json:"map"`
	URL      string            `json:"url"`
	Version  string            `json:"version"`
	Area     mapping.Area      `json:"area,omitempty"`
	Rows     int               `json:"rows"`
	Chapters []chapterCoverage `json:"chapters"`
	sources
}

// chapterCoverage is the same for the concepts under one heading.
type chapterCoverage struct {
	Chapter string `json:"chapter"`
	sources
}

func mapsCoverageCommand() *cobra.Command {
	var asJSON, asSVG bool
	cmd := &cobra.Command{
		Use:   "coverage [--json|--svg]",
		Short: "Tell how much the concept maps cover, by area and relation",
		Long: `coverage counts the source concepts of every concept map and area by the best
relation that they have: equivalent, wider (the target is wider), narrower, inexact,
or unmatched, which is an answer with its reason. "added" are those with a match
that a translation writes by itself; the other matches are proposals to a person.

--svg draws it: the shares of every map, and for the conditions of FFB what becomes
of each chapter in each area.`,
		Example: "  tolk maps coverage --svg > coverage.svg",
		Args:    takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && asSVG {
				return usageError("expected --json or --svg, not both")
			}
			core, err := wire("")
			if err != nil {
				return err
			}
			all := survey(core.terms)
			switch {
			case asJSON:
				return emitJSON(cmd.OutOrStdout(), all)
			case asSVG:
				return emit(cmd.OutOrStdout(), picture(all))
			}
			return emit(cmd.OutOrStdout(), coverageTable(all))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer for programs")
	cmd.Flags().BoolVar(&asSVG, "svg", false, "draw a picture")
	return cmd
}

// survey counts what the embedded maps cover.
func survey(terms *terminology.Terminology) (all []mapCoverage) {
	for _, m := range terms.ConceptMaps() {
		c := mapCoverage{Map: published.MapName(m), URL: m.URL, Version: m.Version, Area: m.Area}
		for _, e := range m.Elements {
			best, added := mapping.Unmatched, false
			for _, match := range e.Matches {
				if slices.Index(relationsByRank, match.Equivalence) < slices.Index(relationsByRank, best) {
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
func (c *mapCoverage) chapter(e *terminology.Entry) *sources {
	name := e.Root.Display
	if e.Parent != nil {
		name = e.Parent.Display
	}
	for i := range c.Chapters {
		if c.Chapters[i].Chapter == name {
			return &c.Chapters[i].sources
		}
	}
	c.Chapters = append(c.Chapters, chapterCoverage{Chapter: name})
	return &c.Chapters[len(c.Chapters)-1].sources
}

func (t *sources) add(best mapping.Equivalence, added bool) {
	if t.Relations == nil {
		for _, r := range relationsByRank {
			t.Relations = append(t.Relations, relationPart{Relation: r})
		}
	}
	t.Sources++
	if added {
		t.Added++
	}
	t.Relations[slices.Index(relationsByRank, best)].Sources++
}

func (t *sources) share() {
	for i := range t.Relations {
		t.Relations[i].Share = math.Round(1000*float64(t.Relations[i].Sources)/float64(t.Sources)) / 1000
	}
}

// matched counts the sources that have any match.
func (t *sources) matched() int {
	return t.Sources - t.Relations[len(t.Relations)-1].Sources
}

// coverageTable writes the counts for people.
func coverageTable(all []mapCoverage) []byte {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "map\tarea\tcodes\trows\tadded\t")
	for _, r := range relationsByRank {
		fmt.Fprintf(w, "%s\t", r)
	}
	fmt.Fprintln(w)
	for _, c := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t", c.Map, c.Area, c.Sources, c.Rows, c.Added)
		for _, r := range c.Relations {
			fmt.Fprintf(w, "%d (%d %%)\t", r.Sources, (r.Sources*200+c.Sources)/(2*c.Sources))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.Bytes()
}

// indent lays out JSON for people; the same text gives the same bytes.
func indent(text string) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		return nil, &mapping.Error{Kind: mapping.Exception, Message: "the resource cannot be indented", Err: err}
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
