package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tolk/mapping"
	"tolk/mapping/terminology"
)

func lookupCommand() *cobra.Command {
	var asJSON bool
	var overrides string
	cmd := &cobra.Command{
		Use:   "lookup SYSTEM CODE",
		Short: "Tell what a code is and where it stands",
		Long: `lookup tells what a code is: its official display, its canonical code and the
other spellings of it, whether it is current, and where it stands in its code
system. SYSTEM is ffb, fsiii, caresocial or any URI of theirs; CODE may be in any
spelling. A concept is never found by its display: two are called "Problemer med
vandladning".`,
		Example: `  tolk lookup ffb 464a2ab6-a7df-4b3a-b74d-7873f4cfe668
  tolk lookup --json fsiii J1.2`,
		Args:              takes(2, "SYSTEM", "CODE"),
		ValidArgsFunction: completeSystem,
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := system("SYSTEM", args[0])
			if err != nil {
				return err
			}
			core, err := wireOver(overrides, "")
			if err != nil {
				return err
			}
			e, err := core.terms.Concept(mapping.Coding{System: from, Code: args[1]})
			if err != nil {
				return shortNames(err, cmd)
			}
			if asJSON {
				return emitJSON(cmd.OutOrStdout(), newConcept(core.terms, e))
			}
			return emit(cmd.OutOrStdout(), newConcept(core.terms, e).text())
		},
	}
	overridesFlag(cmd.Flags(), &overrides)
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer for programs")
	return cmd
}

// shortNames adds to the error of an unknown system what the command line takes
// besides URIs.
func shortNames(err error, cmd *cobra.Command) error {
	var e *mapping.Error
	if !errors.As(err, &e) || e.Path != "Coding.system" {
		return err
	}
	w := words{to: cmd.ErrOrStderr()}
	w.fail(err)
	w.hint("ffb, fsiii and caresocial are short for them")
	return errSaid
}

// concept is what lookup answers. What its code system does not say is empty.
type concept struct {
	System    string     `json:"system"`
	Name      string     `json:"name"`
	Version   string     `json:"version"`
	Code      string     `json:"code"`
	Display   string     `json:"display"`
	Spellings []string   `json:"spellings"`
	Status    string     `json:"status,omitempty"`
	Kind      string     `json:"kind,omitempty"`
	Component string     `json:"component,omitempty"`
	Area      string     `json:"area,omitempty"`
	ICF       string     `json:"icf,omitempty"`
	Ancestors []relative `json:"ancestors"`
	Children  []relative `json:"children"`
}

// relative is a concept above or below another.
type relative struct {
	Code    string `json:"code"`
	Display string `json:"display"`
}

func relatives(entries []*terminology.Entry) []relative {
	all := make([]relative, len(entries))
	for i, e := range entries {
		all[i] = relative{e.Code, e.Display}
	}
	return all
}

func newConcept(terms *terminology.Terminology, e *terminology.Entry) concept {
	s, _ := terms.CodeSystem(e.System)
	return concept{
		System: e.System, Name: s.Name, Version: s.Version,
		Code: e.Code, Display: e.Display, Spellings: e.Spellings,
		Status: string(e.Status), Kind: string(e.Kind), Component: string(e.Component),
		Area: string(e.Area), ICF: e.ICF,
		Ancestors: relatives(e.Ancestors()), Children: relatives(e.Children),
	}
}

// text writes the concept for people.
func (c concept) text() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, c.Display)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-10s %s\n", name, value)
		}
	}
	row("code", c.Code)
	row("also", strings.Join(c.Spellings[1:], ", "))
	row("system", c.System+" ("+c.Name+" "+c.Version+")")
	row("status", c.Status)
	row("kind", c.Kind)
	row("component", c.Component)
	row("area", c.Area)
	row("icf", c.ICF)
	above := make([]string, len(c.Ancestors))
	for i, a := range c.Ancestors {
		above[i] = a.Display
	}
	row("under", strings.Join(above, " > "))
	for i, child := range c.Children {
		name := ""
		if i == 0 {
			name = "over"
		}
		row(name, child.Code+" "+child.Display)
	}
	return b.Bytes()
}
