package main

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

func codeCommand() *cobra.Command {
	var to, overrides string
	var area []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "code [--to SYSTEM] SYSTEM CODE",
		Short: "Tell what a code corresponds to, and why",
		Long: `code tells what the concept maps say about one code: every match with its
relation (FHIR R4's words, read from source to target: wider means that the target
is wider), the row that says so, and its reason. A code with no counterpart is an
answer too, with its reason. From a retired code to the other system it is two
steps, both shown.

"added by itself" means that a translation writes the target beside the original
if the guard holds; everything else is a proposal to a person. With --overrides, a
site's own rows answer in the place of those they replace, and say so.`,
		Example: `  tolk code --to fsiii --area hjemmepleje ffb 464a2ab6-a7df-4b3a-b74d-7873f4cfe668
  tolk code --json fsiii J1.1`,
		Args:              takes(2, "SYSTEM", "CODE"),
		ValidArgsFunction: completeSystem,
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := system("SYSTEM", args[0])
			if err != nil {
				return err
			}
			target := ""
			if to != "" {
				if target, err = system("--to", to); err != nil {
					return err
				}
			}
			if err := allAmongst("area", area, areaNames()...); err != nil {
				return err
			}
			core, err := wireOver(overrides, "")
			if err != nil {
				return err
			}
			source := mapping.Coding{System: from, Code: args[1]}
			answer, err := core.terms.Translate(source, terminology.Options{Target: target, Areas: areas(area)})
			if err != nil {
				return shortNames(err, cmd)
			}
			if asJSON {
				return emitJSON(cmd.OutOrStdout(), newMatches(answer))
			}
			return emit(cmd.OutOrStdout(), newMatches(answer).text())
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the code system asked for: ffb, fsiii or a URI (the other one)")
	cmd.Flags().StringSliceVar(&area, "area", nil, "areas of municipal health: sygepleje, hjemmepleje, forebyggelse (all)")
	overridesFlag(cmd.Flags(), &overrides)
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer for programs")
	oneOf(cmd, "to", "ffb", "fsiii")
	oneOf(cmd, "area", areaNames()...)
	return cmd
}

// coding is a concept with its system and display.
type coding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

// matches is what code answers.
type matches struct {
	Source  coding  `json:"source"`
	Target  string  `json:"target,omitempty"` // the system
	Matches []match `json:"matches"`
	Outside string  `json:"outside,omitempty"` // why no map covers the code
}

// match is one row of a concept map.
type match struct {
	Equivalence mapping.Equivalence `json:"equivalence"`
	Target      *coding             `json:"target,omitempty"` // nil where unmatched
	Area        mapping.Area        `json:"area,omitempty"`
	Guard       string              `json:"guard,omitempty"`
	Emit        bool                `json:"emit"`
	Map         string              `json:"map"` // url|version
	Row         string              `json:"row"`
	Reason      string              `json:"reason"`
	Status      string              `json:"status"`
	Site        *override           `json:"site,omitempty"`   // who states the row; nil where the map does
	Via         *match              `json:"via,omitempty"`    // the first of two steps
	Stated      mapping.Equivalence `json:"stated,omitempty"` // of the second step alone
}

// override tells of a row that a site states.
type override struct {
	Site     string `json:"site"`
	Replaces string `json:"replaces,omitempty"`
	Because  string `json:"because,omitempty"`
}

func newMatches(a terminology.Answer) matches {
	m := matches{
		Source:  coding{a.Source.System, a.Source.Code, a.Source.Display},
		Target:  a.Target,
		Matches: make([]match, len(a.Matches)),
		Outside: a.Outside,
	}
	for i := range a.Matches {
		m.Matches[i] = newMatch(&a.Matches[i])
	}
	return m
}

func newMatch(m *terminology.Match) match {
	one := match{
		Equivalence: m.Equivalence, Area: m.Area, Guard: m.Guard.String(), Emit: m.Emit,
		Map: m.Map + "|" + m.Version, Row: m.Row, Reason: m.Reason, Status: m.Status,
	}
	if m.Equivalence.Match() {
		one.Target = &coding{m.Concept.System, m.Concept.Code, m.Display}
	}
	if s := m.Site; s != nil {
		one.Site = &override{s.Site, s.Replaces, s.Because}
	}
	if m.Via != nil {
		first := newMatch(m.Via)
		one.Via, one.Stated = &first, m.Stated
	}
	return one
}

// text writes the matches for people: what stands where first, then why.
func (m matches) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", m.Source.Code, m.Source.Display)
	for _, one := range m.Matches {
		fmt.Fprintf(&b, "\n  %s", one.Equivalence)
		if one.Target != nil {
			fmt.Fprintf(&b, " %s %s", one.Target.Code, one.Target.Display)
		}
		if one.Area != "" {
			fmt.Fprintf(&b, " (%s)", one.Area)
		}
		fmt.Fprintln(&b)
		if one.Target != nil {
			fmt.Fprintf(&b, "    %s\n", one.policy())
		}
		if one.Via != nil {
			fmt.Fprintf(&b, "    1. %s %s %s\n", one.Via.Equivalence, one.Via.Target.Code, one.Via.Target.Display)
			one.Via.why(&b)
			fmt.Fprintf(&b, "    2. %s\n", one.Stated)
		}
		one.why(&b)
	}
	if m.Outside != "" {
		fmt.Fprintf(&b, "\n  no match: %s\n", m.Outside)
	}
	return b.Bytes()
}

// policy says what a translation does with the match.
func (m match) policy() string {
	text := "a proposal"
	if m.Emit {
		text = "added by itself"
	}
	if m.Guard != "" {
		text += "; guard: " + m.Guard
	}
	return text
}

func (m match) why(b *bytes.Buffer) {
	fmt.Fprintf(b, "    %s\n    %s, %s, %s\n", m.Reason, m.Map, m.Row, m.Status)
	if s := m.Site; s != nil {
		fmt.Fprintf(b, "    %s\n", (&terminology.Override{Site: s.Site, Replaces: s.Replaces, Because: s.Because}).Text())
	}
}
