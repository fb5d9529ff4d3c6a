package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"tolk/mapping/rules"
)

func versionCommand() *cobra.Command {
	var overrides string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Tell the versions of the program, the code systems and the concept maps",
		Long: `version tells what an answer of this program rests on: its own version, the
releases of the code systems in it, and the versions of its concept maps and of its
document rules. With --overrides, it says whose rows and rules stand over them.`,
		Example: "  tolk version",
		Args:    takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			core, err := wireOver(overrides, "")
			if err != nil {
				return err
			}
			var b bytes.Buffer
			fmt.Fprintf(&b, "tolk %s (%s)\n", builtFrom().version, runtime.Version())
			if core.overlay != nil {
				fmt.Fprintf(&b, "overrides of %s\n", core.overlay)
			}
			for _, s := range core.terms.CodeSystems() {
				fmt.Fprintf(&b, "%s %s: %d concepts, %s\n", s.Name, s.Version, len(core.terms.Entries(s.URL)), s.URL)
			}
			for _, m := range core.terms.ConceptMaps() {
				fmt.Fprintf(&b, "%s|%s", m.URL, m.Version)
				if m.Area != "" {
					fmt.Fprintf(&b, " (%s)", m.Area)
				}
				fmt.Fprintf(&b, ": %s\n", count(len(m.Elements), "code", "codes"))
			}
			for _, f := range core.rules {
				fmt.Fprintf(&b, "%s %s: %s\n", f.Name, f.Version, count(ruleCount(f), "rule", "rules"))
			}
			return emit(cmd.OutOrStdout(), b.Bytes())
		},
	}
	overridesFlag(cmd.Flags(), &overrides)
	return cmd
}

// ruleCount counts the rules of a file.
func ruleCount(f rules.File) (n int) {
	for _, m := range f.Maps {
		n += len(m.Rules)
	}
	return n
}

// build is what the program was made from.
type build struct {
	version  string
	released string // YYYY-MM-DD, empty where the build does not say
}

func builtFrom() build {
	b := build{version: "(devel)"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" && len(s.Value) >= len("2006-01-02") {
			b.released = s.Value[:len("2006-01-02")]
		}
	}
	return b
}
