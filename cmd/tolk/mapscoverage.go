package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tolk/mapping"
	covered "tolk/mapping/coverage"
)

func mapsCoverageCommand() *cobra.Command {
	var asJSON, asSVG bool
	var overrides string
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
			core, err := wireOver(overrides, "")
			if err != nil {
				return err
			}
			all := covered.Survey(core.terms)
			switch {
			case asJSON:
				return emitJSON(cmd.OutOrStdout(), all)
			case asSVG:
				return emit(cmd.OutOrStdout(), picture(all))
			}
			return emit(cmd.OutOrStdout(), coverageTable(all))
		},
	}
	overridesFlag(cmd.Flags(), &overrides)
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer for programs")
	cmd.Flags().BoolVar(&asSVG, "svg", false, "draw a picture")
	return cmd
}

// coverageTable writes the counts for people.
func coverageTable(all []covered.Map) []byte {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "map\tarea\tcodes\trows\tadded\t")
	for _, r := range covered.Relations {
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
