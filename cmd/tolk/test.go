package main

import (
	"errors"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tolk/fixtures"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/fields"
)

// testFlags are the flags of tolk test.
type testFlags struct {
	run, junit, overrides string
	json, coverage, quiet bool
	update, dryRun        bool
	only                  *regexp.Regexp // what run says
}

func testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test DIR...",
		Short: "Check worked examples of translation",
		Long: `test translates the input of every case in DIR and compares the document and the
ledger with what the case says, leaf by leaf. A case is a folder,

  <document>/<from>-to-<to>/<case>/{input,output,ledger}.json

with a case.yaml beside them where something is asked for:

  description: why the case exists
  areas: [hjemmepleje]         # accept, strict, now, sender, receiver, organisations

DIR is the folder of all of them, one of a document, of a direction or of a case
in it, or a zip of such a folder. A case that must be refused has an
OperationOutcome as its output. Every case is also run twice, and back with its
residue. One whose folder is wrong fails, and the others are run all the same. The
exit code is 0 where every case holds, 1 where one does not, 2 where nothing could
be tested: no such folder, no case in it, overrides that are refused.

--update writes what comes out, and tells which leaves it changes; --dry-run only
tells. --coverage tells which rules and which rows of the concept maps no case
needs. --json writes one object a line, a case each and the sums last; --junit
writes what a CI server reads.`,
		Example: `  tolk test fixtures
  tolk test fixtures/tilstande/ffb-to-fsiii --run 'niveau|selvmord'
  tolk test --overrides aarhus --coverage fixtures
  tolk test --json --junit report.xml fixtures
  tolk test --update --dry-run fixtures   # what would change, leaf by leaf
  tolk test --update fixtures             # review the difference like code`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("expected DIR: a folder with cases")
			}
			return nil
		},
		ValidArgsFunction: completeFolder,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.test(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.run, "run", "", "run only the cases whose name matches this regular expression")
	flags.BoolVar(&f.json, "json", false, "answer for programs: one JSON object a line")
	flags.StringVar(&f.junit, "junit", "", "write the outcome as JUnit XML to this file too")
	flags.BoolVar(&f.update, "update", false, "write the outputs and ledgers instead of comparing them")
	flags.BoolVar(&f.dryRun, "dry-run", false, "with --update: tell what would be written, and write nothing")
	flags.BoolVar(&f.coverage, "coverage", false, "tell which rules and rows fired, and which never")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "tell only of the cases that fail or change")
	overridesFlag(flags, &f.overrides)
	if err := cmd.RegisterFlagCompletionFunc("run", completeCase); err != nil {
		panic(err) // the flag does not exist: a bug that every start shows
	}
	return cmd
}

// completeCase completes the name of a case in the folders that are given.
func completeCase(_ *cobra.Command, dirs []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	for _, dir := range dirs {
		root, under, err := caseRoot(dir)
		if err != nil {
			continue
		}
		for _, found := range glob(root, filepath.Join("*", "*-to-*", "*")) {
			name, err := filepath.Rel(root, found)
			if name = filepath.ToSlash(name); err == nil && strings.HasPrefix(name, under) {
				names = append(names, path.Base(name)+"\t"+path.Dir(name))
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeFolder completes an argument that is a folder.
func completeFolder(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// test runs the cases in the folders, and tells how each went in their order.
func (f testFlags) test(cmd *cobra.Command, dirs []string) error {
	if err := f.check(); err != nil {
		return err
	}
	todo, err := f.collect(dirs)
	if err != nil {
		return hindered{err}
	}
	core, err := wireOver(f.overrides, "")
	if err != nil {
		return hindered{err}
	}
	w := words{to: cmd.ErrOrStderr(), quiet: f.quiet}
	r := testReport{flags: f, to: cmd.OutOrStdout(), total: len(todo), progress: w.begin("testing")}
	if err := parallel(todo, func(j testJob) testDone { return f.one(j, core.gateway) }, r.add); err != nil {
		return err
	}
	if err := r.end(core); err != nil {
		return err
	}
	if n := r.summary.Failed; n > 0 {
		w := words{to: cmd.ErrOrStderr()}
		w.say("%d of %s failed", n, count(r.total, "case", "cases"))
		for _, hint := range slices.Sorted(maps.Keys(r.hints)) {
			next := "; --overrides DIR takes them"
			if strings.HasPrefix(hint, "made without") {
				next = ""
			}
			w.hint("%s %s%s", count(r.hints[hint], "case was", "cases were"), hint, next)
		}
		return errSaid
	}
	w.say("%s", count(r.total, "case", "cases"))
	return nil
}

// check refuses flags that contradict each other, before anything is read.
func (f *testFlags) check() error {
	var err error
	switch {
	case f.dryRun && !f.update:
		return usageError("--dry-run: goes with --update")
	case f.update && (f.junit != "" || f.coverage):
		return usageError("--update: compares nothing; expected neither --junit nor --coverage with it")
	}
	if f.only, err = regexp.Compile(f.run); err != nil {
		return usageError("--run: expected a regular expression, as 'niveau|selvmord'")
	}
	return nil
}

// testJob is one case to run.
type testJob struct {
	fixtures.Case
	label string // the name it is told by
	root  string // the folder that its name begins in; empty where it is in an archive
}

// collect reads the cases of the folders and archives.
func (f *testFlags) collect(dirs []string) ([]testJob, error) {
	var all []testJob
	for _, dir := range dirs {
		cases, root, err := readCases(dir)
		if err != nil {
			return nil, err
		}
		if root == "" && f.update {
			return nil, usageError("--update: writes into folders; unpack " + dir + " first")
		}
		for _, c := range cases {
			twice := root != "" && slices.ContainsFunc(all, func(j testJob) bool { return j.root == root && j.Name == c.Name })
			if !twice {
				all = append(all, testJob{c, c.Name, root})
			}
		}
	}
	if len(dirs) > 1 { // the same name may stand in several
		for i := range all {
			if all[i].root != "" {
				all[i].label = filepath.ToSlash(filepath.Join(shortest(all[i].root), filepath.FromSlash(all[i].Name)))
			}
		}
	}
	all = slices.DeleteFunc(all, func(j testJob) bool { return !f.only.MatchString(j.label) })
	if len(all) == 0 {
		return nil, &mapping.Error{Kind: mapping.NotFound, Path: "--run", Message: "no case has a name that matches"}
	}
	return all, nil
}

// readCases reads the cases of a folder, with the folder that their names begin
// in, or of an archive.
func readCases(name string) (cases []fixtures.Case, root string, err error) {
	info, err := os.Stat(name)
	if err == nil && info.Mode().IsRegular() {
		text, err := read(name, nil, documentLimit)
		if err != nil {
			return nil, "", err
		}
		files, err := fixtures.Archive([]byte(text), fixtures.ArchiveLimits{})
		if err != nil {
			return nil, "", named(err, name)
		}
		cases, err := fixtures.Scan(files, "")
		return cases, "", holding(err, name)
	}
	if err != nil {
		return nil, "", &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "there is no such folder; expected a folder with cases", Err: err}
	}
	if !info.IsDir() {
		return nil, "", &mapping.Error{Kind: mapping.NotFound, Path: name, Message: "no regular file; expected a folder with cases, or a zip of one"}
	}
	root, under, err := caseRoot(name)
	if err != nil {
		return nil, "", err
	}
	cases, err = fixtures.Scan(os.DirFS(root), under)
	return cases, root, holding(err, name)
}

// holding is the error of a folder without cases as it was typed, with the folder below
// it that has some: the folder around the fixtures is easily given for them.
func holding(err error, name string) error {
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.NotFound {
		return err
	}
	message := e.Message
	for _, below := range []string{"*", filepath.Join("*", "*")} {
		for _, dir := range glob(name, below) {
			if holds(dir) {
				return &mapping.Error{Kind: e.Kind, Path: name, Message: message + "; did you mean " + dir + "?"}
			}
		}
	}
	return &mapping.Error{Kind: e.Kind, Path: name, Message: message}
}

// holds reports whether a folder has a folder of a kind of document with a direction
// in it.
func holds(dir string) bool {
	return slices.ContainsFunc(document.Documents(), func(kind string) bool { return len(glob(filepath.Join(dir, kind), "*-to-*")) > 0 })
}

// caseRoot finds the folder that the names of cases begin in, and what of it is
// asked for: dir may be that folder, or a document's, a direction's or a case's.
func caseRoot(dir string) (root, under string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", &mapping.Error{Kind: mapping.NotFound, Path: dir, Message: "expected a folder with cases", Err: err}
	}
	kind := func(name string) bool { return slices.Contains(document.Documents(), filepath.Base(name)) }
	pair := func(name string) bool { return strings.Contains(filepath.Base(name), "-to-") }
	above := filepath.Dir(abs)
	switch {
	case kind(abs) && len(glob(abs, "*-to-*")) > 0:
		return above, filepath.Base(abs), nil
	case pair(abs) && kind(above):
		return filepath.Dir(above), filepath.ToSlash(filepath.Join(filepath.Base(above), filepath.Base(abs))), nil
	case pair(above) && kind(filepath.Dir(above)):
		top := filepath.Dir(above)
		return filepath.Dir(top), filepath.ToSlash(filepath.Join(filepath.Base(top), filepath.Base(above), filepath.Base(abs))), nil
	}
	return abs, "", nil
}

// glob lists what a folder holds by a pattern that is right.
func glob(dir, pattern string) []string {
	found, _ := filepath.Glob(filepath.Join(dir, pattern))
	return found
}

// shortest is the name of a folder from where the command runs, where that is no
// way up.
func shortest(dir string) string {
	here, err := os.Getwd()
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(here, dir); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return dir
}

// testDone is a case that was run, with what its files should hold where they are
// to be written.
type testDone struct {
	job     testJob
	outcome fixtures.Outcome
	files   map[string][]byte
}

// one runs one case. A panic is the failure of this case.
func (f testFlags) one(j testJob, t document.Translator) (d testDone) {
	start := time.Now()
	defer func() {
		if recover() != nil {
			d = testDone{job: j, outcome: fixtures.Outcome{Status: fixtures.Failed,
				Differences: []fixtures.Difference{{Kind: fixtures.Error, Message: "internal error" + panicPlace()}}}}
		}
		d.outcome.Case, d.outcome.Seconds = j.label, time.Since(start).Seconds()
	}()
	d.job = j
	if !f.update || len(j.Faults) > 0 {
		d.outcome = j.Run(t)
		if !f.coverage {
			d.outcome.Ledger = nil
		}
		return d
	}
	files, err := j.Update(t)
	if err != nil {
		d.outcome = fixtures.Outcome{Status: fixtures.Failed, Differences: []fixtures.Difference{{Kind: fixtures.Error, Message: err.Error()}}}
		return d
	}
	d.files = files
	d.outcome = fixtures.Outcome{Status: fixtures.OK, Differences: j.Changes(files)}
	return d
}

// parallel does every job on all processors, and hands the results on in the
// order of the jobs.
func parallel[J, D any](jobs []J, do func(J) D, take func(D) error) error {
	results := make([]chan D, len(jobs))
	for i := range results {
		results[i] = make(chan D, 1)
	}
	places := make(chan struct{}, 4*runtime.GOMAXPROCS(0)) // of results that nobody has taken yet
	next := make(chan int)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(next)
		for i := range jobs {
			select {
			case places <- struct{}{}:
			case <-stop:
				return
			}
			select {
			case next <- i:
			case <-stop:
				return
			}
		}
	}()
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for i := range next {
				results[i] <- do(jobs[i])
			}
		}()
	}
	for i := range results {
		if err := take(<-results[i]); err != nil {
			return err
		}
		<-places
	}
	return nil
}

// coverOf lists what of a core a run of cases needed.
func coverOf(c *core, fired *fixtures.Fired) *fixtures.Coverage {
	var books []*fields.Book
	for _, o := range document.Offers() {
		if b := c.fields.Book(o.Document, o.Form); b != nil {
			books = append(books, b)
		}
	}
	return fired.Cover(c.terms, c.rules, books)
}
