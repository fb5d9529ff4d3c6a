package main

import (
	"bytes"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"tolk/fixtures"
	"tolk/mapping"
)

// testReport tells how cases went, one after the other.
type testReport struct {
	flags    testFlags
	to       io.Writer
	progress *progress
	total    int
	summary  fixtures.Summary
	fired    fixtures.Fired
	outcomes []fixtures.Outcome // for JUnit
	hints    map[string]int     // why cases may fail, with how many
}

// testSums is the last line of --json.
type testSums struct {
	Summary  fixtures.Summary   `json:"summary"`
	Coverage *fixtures.Coverage `json:"coverage,omitempty"`
}

// add tells of one case, and writes its files where that is asked for.
func (r *testReport) add(d testDone) error {
	o := d.outcome
	if d.files != nil {
		changed, err := r.write(d)
		if err != nil {
			return err
		}
		if o.Files = changed; len(changed) > 0 {
			o.Status = fixtures.Updated
		}
	}
	r.summary.Add(o)
	if o.Hint != "" {
		if r.hints == nil {
			r.hints = map[string]int{}
		}
		r.hints[o.Hint]++
	}
	if r.flags.coverage {
		r.fired.Add(o.Ledger)
		o.Ledger = nil
	}
	if r.flags.junit != "" {
		r.outcomes = append(r.outcomes, o)
	}
	defer r.progress.at(r.summary.Cases, r.total, o.Case)
	if r.flags.quiet && o.Status == fixtures.OK {
		return nil
	}
	text := []byte(o.Text())
	if r.flags.json {
		var err error
		if text, err = fixtures.Line(o); err != nil {
			return err
		}
	}
	if terminal(r.to) {
		r.progress.clear() // it would stand in the way
	}
	return emit(r.to, text)
}

// write makes the files of a case hold what came out, and names those that held
// something else. A file without text goes. With --dry-run nothing is touched.
func (r *testReport) write(d testDone) (changed []string, err error) {
	for name, text := range d.files {
		file := filepath.Join(d.job.root, filepath.FromSlash(name))
		before, err := os.ReadFile(file)
		switch {
		case text == nil && err != nil: // is gone already
			continue
		case err == nil && text != nil && bytes.Equal(before, text):
			continue
		}
		switch {
		case r.flags.dryRun:
			err = nil
		case text == nil:
			err = os.Remove(file)
		default:
			err = os.WriteFile(file, text, 0o644)
		}
		if err != nil {
			return nil, &mapping.Error{Kind: mapping.NotFound, Path: file, Message: "the file cannot be written", Err: err}
		}
		changed = append(changed, path.Base(name))
	}
	slices.Sort(changed)
	return changed, nil
}

// end writes what is told of all cases together.
func (r *testReport) end(c *core) error {
	r.progress.clear()
	var cover *fixtures.Coverage
	if r.flags.coverage {
		cover = coverOf(c, &r.fired)
	}
	if r.flags.junit != "" {
		var b bytes.Buffer
		if err := fixtures.JUnit(&b, r.outcomes); err != nil {
			return err
		}
		if err := save(r.flags.junit, b.Bytes()); err != nil {
			return err
		}
	}
	switch {
	case r.flags.json:
		line, err := fixtures.Line(testSums{r.summary, cover})
		if err != nil {
			return err
		}
		return emit(r.to, line)
	case cover != nil:
		return emit(r.to, []byte(cover.Text()))
	}
	return nil
}
