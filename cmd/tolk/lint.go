package main

import (
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"tolk/adapters/plain"
	"tolk/mapping"
	"tolk/mapping/complete"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/maps"
	"tolk/mapping/receiver"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

func lintCommand() *cobra.Command {
	var overrides string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint [DIR]",
		Short: "Check concept maps, document rules and a site's overrides",
		Long: `lint checks the concept maps (index.csv and what it names) and the document rules
(*.yaml): those in DIR, or those built into the program. Where DIR has the folders
fields, complete or receivers, those are checked too. Where it has a site.yaml, it is
a site's overrides, and they are checked over what is built in; --overrides checks
them over the maps in DIR.

Every finding is told with its file, line and column, and the line it is about. Any
finding makes the exit code 1; where there is no such folder it is 2. Nothing has to
be translated to find them.`,
		Example: `  tolk lint overrides
  tolk lint mapping/maps
  tolk lint --overrides overrides mapping/maps`,
		Args: takes(0, "DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && !cmd.Flags().Changed("overrides") {
				overrides = "" // what the environment says is of what is built in
			}
			l, err := newLinter(append(args, "")[0], overrides)
			if err != nil {
				return hindered{err}
			}
			report := l.run()
			if asJSON {
				if err := emitJSON(cmd.OutOrStdout(), report); err != nil || report.OK {
					return err
				}
				return errSaid
			}
			if report.OK {
				return emit(cmd.OutOrStdout(), []byte(report.Summary+"\n"))
			}
			report.tell(words{to: cmd.ErrOrStderr()})
			return errSaid
		},
	}
	overridesFlag(cmd.Flags(), &overrides)
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer for programs")
	return cmd
}

// linter checks maps, and what a site states over them.
type linter struct {
	dir   string // of the maps; empty where they are those built in
	files fs.FS
	over  *overlay // nil for none
	found []finding
}

// newLinter tells by its files what the folder is.
func newLinter(dir, overrides string) (*linter, error) {
	l := &linter{dir: dir, files: maps.FS}
	if dir != "" {
		switch kind := kindOf(dir); kind {
		case sitesFolder:
			if overrides != "" && overrides != dir {
				return nil, usageError("expected one folder with site.yaml: " + dir + " has one, and --overrides is another")
			}
			l.dir, overrides = "", dir
		case noFolder, otherFolder, packagesFolder:
			return nil, &mapping.Error{Kind: mapping.NotFound, Path: dir, Message: "expected a folder with concept maps and document rules (index.csv), or with overrides (site.yaml)" + near(dir, kind)}
		default:
			l.files = dirFS(dir)
		}
	}
	if overrides == "" {
		return l, nil
	}
	if kind := kindOf(overrides); kind != sitesFolder {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: overrides, Message: "expected a folder with site.yaml" + near(overrides, kind)}
	}
	var err error
	l.over, err = readOverlay(overrides)
	return l, err
}

// run checks everything there is, the maps first: what stands over maps that are
// wrong cannot be judged.
func (l *linter) run() lintReport {
	terms, files := l.maps()
	summary := ""
	if len(l.found) == 0 && l.over == nil {
		summary = l.summary(terms, files)
	}
	if len(l.found) == 0 && l.over != nil {
		summary = l.overrides(files)
	}
	return lintReport{OK: len(l.found) == 0, Summary: summary, Findings: inOrder(l.found)}
}

// maps checks the maps and the rules.
func (l *linter) maps() (*terminology.Terminology, []rules.File) {
	add := func(err error, folder string) { l.add(l.files, l.dir, folder, err) }
	for _, e := range terminology.Lint(facts.FS, l.files) {
		add(e, "")
	}
	list, err := rules.Load(l.files)
	add(err, "")
	if err == nil && len(list) == 0 {
		add(&mapping.Error{Kind: mapping.NotFound, Path: "*.yaml", Message: "no document rules"}, "")
	}
	if l.has("fields") {
		lenses, err := plain.Lenses()
		if err == nil {
			_, err = fields.Load(l.files, "fields", lenses)
		}
		add(err, "fields")
	}
	if l.has("complete") {
		_, err := complete.Load(l.files, "complete")
		add(err, "")
	}
	if len(l.found) > 0 {
		return nil, nil
	}
	terms, err := terminology.New(facts.FS, l.files)
	if err != nil {
		add(err, "")
		return nil, nil
	}
	if l.has("receivers") {
		_, err := receiver.Load(l.files, "receivers", terms)
		add(err, "")
	}
	_, err = document.New(terms, list, forms(), nil)
	l.addStated(l.files, l.dir, list, err)
	return terms, list
}

// has reports whether there is a folder of this name beside the maps.
func (l *linter) has(folder string) bool {
	names, err := fs.Glob(l.files, folder+"/*.yaml")
	return err == nil && len(names) > 0
}

// overrides checks what a site states, and tells how much that is.
func (l *linter) overrides(files []rules.File) (summary string) {
	o := l.over
	site, err := rules.ReadSite(o.files)
	l.add(o.files, o.dir, "", err)
	l.add(o.files, o.dir, "", onlyOverrides(o.files))
	if err != nil {
		site = rules.Site{Site: "site", Version: "0"} // of a site that cannot be told, the rows can
	}
	o.site = &site
	for _, e := range terminology.LintOverrides(facts.FS, l.files, o.rows()) {
		l.add(o.files, o.dir, "", e)
	}
	changed, err := rules.Overridden(files, o.files, site)
	l.add(o.files, o.dir, "", err)
	if len(l.found) > 0 {
		return ""
	}
	terms, err := terminology.Overridden(facts.FS, l.files, o.rows())
	if err == nil {
		_, err = document.New(terms, changed, forms(), nil)
	}
	l.addStated(o.files, o.dir, changed, err)
	if len(l.found) > 0 {
		return ""
	}
	rows, stated := overridden(terms, changed)
	return fmt.Sprintf("ok   overrides of %s: %s, %s, over %s", site, count(rows, "row", "rows"), count(stated, "rule", "rules"), l.over.base(l.dir))
}

// base says what the overrides stand over.
func (o *overlay) base(dir string) string {
	if dir == "" {
		return "the maps built in"
	}
	return "the maps in " + dir
}

// overridden counts the rows and the rules that are a site's.
func overridden(terms *terminology.Terminology, files []rules.File) (rows, stated int) {
	for _, m := range terms.ConceptMaps() {
		for _, e := range m.Elements {
			for _, match := range e.Matches {
				if match.Site != nil {
					rows++
				}
			}
		}
	}
	for _, f := range files {
		for _, m := range f.Maps {
			for _, r := range m.Rules {
				if r.Site != nil {
					stated++
				}
			}
		}
	}
	return rows, stated
}

// summary tells how much was looked at.
func (l *linter) summary(terms *terminology.Terminology, files []rules.File) string {
	stated, rows := 0, 0
	for _, f := range files {
		stated += ruleCount(f)
	}
	for _, m := range terms.ConceptMaps() {
		for _, e := range m.Elements {
			rows += len(e.Matches)
		}
	}
	return fmt.Sprintf("ok   %d concept maps with %d rows, %d rule files with %d rules", len(terms.ConceptMaps()), rows, len(files), stated)
}
