package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/maps"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

func lintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint [DIR]",
		Short: "Check the concept maps and the document rules",
		Long: `lint checks the concept maps (index.csv and what it names) and the document rules
(*.yaml): those in DIR, or those built into the program. Every finding is one line
with its file and row; any finding makes the exit code 1.`,
		Example: "  tolk lint mapping/maps",
		Args:    takes(0, "DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, files := "", fs.FS(maps.FS)
			if len(args) > 0 {
				dir, files = args[0], os.DirFS(args[0])
				if info, err := os.Stat(dir); err != nil || !info.IsDir() {
					return &mapping.Error{Kind: mapping.NotFound, Path: dir, Message: "expected a folder with concept maps and document rules"}
				}
			}
			summary, found := lint(files)
			if len(found) == 0 {
				return emit(cmd.OutOrStdout(), []byte(summary+"\n"))
			}
			w := words{to: cmd.ErrOrStderr()}
			if dir != "" {
				dir = filepath.Clean(dir) + "/"
			}
			for _, finding := range found {
				w.say("%s%s", dir, finding)
			}
			w.say("%s", count(len(found), "finding", "findings"))
			return errSaid
		},
	}
}

// lint returns everything that is wrong with the maps and the rules in a folder,
// and if nothing is, how much was looked at.
func lint(files fs.FS) (summary string, found []string) {
	for _, e := range terminology.Lint(facts.FS, files) {
		found = append(found, e.Error())
	}
	list, err := rules.Load(files)
	if err != nil {
		return "", append(found, strings.Split(err.Error(), "\n")...)
	}
	if len(list) == 0 {
		found = append(found, "*.yaml: no document rules")
	}
	if len(found) > 0 {
		return "", found
	}
	terms, err := terminology.New(facts.FS, files)
	if err == nil {
		_, err = document.New(terms, list, forms(), nil)
	}
	if err != nil {
		return "", strings.Split(err.Error(), "\n")
	}
	count := 0
	for _, f := range list {
		for _, m := range f.Maps {
			count += len(m.Rules)
		}
	}
	rows := 0
	for _, m := range terms.ConceptMaps() {
		for _, e := range m.Elements {
			rows += len(e.Matches)
		}
	}
	return fmt.Sprintf("ok   %d concept maps with %d rows, %d rule files with %d rules",
		len(terms.ConceptMaps()), rows, len(list), count), nil
}
