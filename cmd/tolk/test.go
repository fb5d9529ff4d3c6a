package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tolk/fixtures"
	"tolk/mapping"
)

func testCommand() *cobra.Command {
	var update bool
	cmd := &cobra.Command{
		Use:   "test DIR",
		Short: "Check worked examples of translation",
		Long: `test translates the input of every case in DIR and compares the document and the
ledger with what the case says, leaf by leaf. A case is a folder,

  <document>/<from>-to-<to>/<case>/{input,output,ledger}.json

with a case.yaml beside them where something is asked for. A case that must be
refused has an OperationOutcome as its output. No case at all is a failure.`,
		Example: `  tolk test fixtures
  tolk test --update fixtures   # writes what comes out; review the difference like code`,
		Args: takes(1, "DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				return &mapping.Error{Kind: mapping.NotFound, Path: dir, Message: "expected a folder with cases"}
			}
			core, err := wire("")
			if err != nil {
				return err
			}
			cases, err := fixtures.Load(os.DirFS(dir))
			if err != nil {
				return err
			}
			s := suite{core: core, dir: dir, update: update}
			for _, c := range cases {
				if err := s.run(c); err != nil {
					return err
				}
				if err := emit(cmd.OutOrStdout(), s.lines.Bytes()); err != nil {
					return err
				}
				s.lines.Reset()
			}
			if s.failed > 0 {
				words{to: cmd.ErrOrStderr()}.say("%d of %s failed", s.failed, count(len(cases), "case", "cases"))
				return errSaid
			}
			words{to: cmd.ErrOrStderr()}.say("%s", count(len(cases), "case", "cases"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&update, "update", false, "write the outputs and ledgers instead of comparing them")
	return cmd
}

// suite runs cases.
type suite struct {
	core   *core
	dir    string
	update bool
	failed int
	lines  bytes.Buffer
}

// run checks one case, or rewrites its files, and says how it went.
func (s *suite) run(c fixtures.Case) error {
	if s.update {
		files, err := c.Update(s.core.gateway)
		if err != nil {
			s.fail(c, err.Error())
			return nil
		}
		return s.rewrite(c, files)
	}
	if diff := c.Check(s.core.gateway); diff != "" {
		s.fail(c, diff)
		return nil
	}
	fmt.Fprintf(&s.lines, "ok   %s\n", c.Name)
	return nil
}

func (s *suite) fail(c fixtures.Case, diff string) {
	s.failed++
	fmt.Fprintf(&s.lines, "FAIL %s\n", c.Name)
	for line := range strings.SplitSeq(strings.TrimSuffix(diff, "\n"), "\n") {
		fmt.Fprintf(&s.lines, "     %s\n", line)
	}
}

// rewrite makes the files of a case hold what came out, and names those that
// held something else. A file without text goes.
func (s *suite) rewrite(c fixtures.Case, files map[string][]byte) error {
	var changed []string
	for name, text := range files {
		file := filepath.Join(s.dir, filepath.FromSlash(name))
		before, err := os.ReadFile(file)
		switch {
		case text == nil && err != nil: // is gone already
			continue
		case text == nil:
			err = os.Remove(file)
		case err == nil && bytes.Equal(before, text):
			continue
		default:
			err = os.WriteFile(file, text, 0o644)
		}
		if err != nil {
			return &mapping.Error{Kind: mapping.NotFound, Path: file, Message: "the file cannot be written", Err: err}
		}
		changed = append(changed, path.Base(name))
	}
	slices.Sort(changed)
	if len(changed) == 0 {
		fmt.Fprintf(&s.lines, "ok   %s\n", c.Name)
		return nil
	}
	fmt.Fprintf(&s.lines, "new  %s: %s\n", c.Name, strings.Join(changed, ", "))
	return nil
}
