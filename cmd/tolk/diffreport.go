package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"tolk/fixtures"
	"tolk/mapping/difference"
)

// diffDone is one document, compared.
type diffDone struct {
	name difference.Translation
	*difference.Difference
}

// diffLine is one document that differs, for programs.
type diffLine struct {
	Document string `json:"document"`
	To       string `json:"to,omitempty"`
	*difference.Difference
}

// diffReport tells what is other, one document after the other.
type diffReport struct {
	flags    diffFlags
	to       io.Writer
	progress *progress
	total    int
	known    func(value string) bool // nil: every value may be shown
	summary  difference.Summary
	held     []heldCount
}

// add tells of one document.
func (r *diffReport) add(d diffDone) error {
	var held []heldElement
	if !r.flags.json { // programs get every leaf
		d.Difference, held = folded(d.Difference)
		r.held = countHeld(r.held, d.name, held)
	}
	r.summary.Add(d.name, d.Difference)
	defer r.progress.at(r.summary.Translations, r.total, d.name.String())
	if d.None() || r.flags.quiet {
		return nil
	}
	if r.known != nil {
		d.Mask(r.known)
	}
	if terminal(r.to) {
		r.progress.clear()
	}
	if !r.flags.json {
		return emit(r.to, aboutDocument(d, held))
	}
	line, err := fixtures.Line(diffLine{d.name.Document, d.name.To, d.Difference})
	if err != nil {
		return err
	}
	return emit(r.to, line)
}

// end tells the sums; something other is exit code 1.
func (r *diffReport) end() error {
	r.progress.clear()
	r.summary.Sort()
	ownFirst(r.summary.Codes)
	var text []byte
	var err error
	if r.flags.json {
		text, err = fixtures.Line(struct {
			Summary difference.Summary `json:"summary"`
		}{r.summary})
	} else {
		text = sums(&r.summary, r.held)
	}
	if err != nil {
		return err
	}
	if err := emit(r.to, text); err != nil {
		return err
	}
	if r.summary.Different > 0 {
		return errSaid
	}
	return nil
}

// aboutDocument is one document for people.
func aboutDocument(d diffDone, held []heldElement) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", d.name)
	switch {
	case d.Before == "" && d.After != "":
		fmt.Fprintf(&b, "     is refused now: %s\n", d.After)
	case d.Before != "" && d.After == "":
		fmt.Fprintf(&b, "     is no longer refused; it was: %s\n", d.Before)
	case d.Before != d.After:
		fmt.Fprintf(&b, "     is refused: was %s\n                 is  %s\n", d.Before, d.After)
	}
	for _, f := range d.Facts {
		fact(&b, f)
	}
	tellHeld(&b, held)
	for _, l := range d.Leaves {
		fmt.Fprintf(&b, "     %s\n", leafLine(l))
	}
	for _, t := range d.Told {
		word := map[string]string{difference.New: "now told", difference.Gone: "no longer told"}[t.Kind]
		fmt.Fprintf(&b, "     %s: %s: %s\n", t.Path, word, t.Message)
	}
	return b.Bytes()
}

func inArea(area string) string {
	if area == "" {
		return ""
	}
	return ", " + area
}

// fact is one coded fact: what was decided and what is, and once why, where that is
// the same.
func fact(b *bytes.Buffer, f difference.Fact) {
	fmt.Fprintf(b, "     %s: %s%s\n", f.Path, f.Source, inArea(string(f.Area)))
	shared := len(f.Was) == 1 && len(f.Is) == 1 && f.Was[0].Reason == f.Is[0].Reason
	for _, side := range []struct {
		when string
		all  []difference.Decision
	}{{"was", f.Was}, {"is ", f.Is}} {
		if len(side.all) == 0 {
			fmt.Fprintf(b, "       %s nothing\n", side.when)
		}
		for _, d := range side.all {
			fmt.Fprintf(b, "       %s %s, %s", side.when, d, d.Row)
			if !shared && d.Reason != "" {
				fmt.Fprintf(b, ": %s", d.Reason)
			}
			b.WriteString("\n")
			if d.Site != "" {
				fmt.Fprintf(b, "           %s\n", d.Site)
			}
		}
	}
	if shared {
		fmt.Fprintf(b, "       because %s\n", f.Is[0].Reason)
	}
}

// leafLine is one leaf for people.
func leafLine(l difference.Leaf) string {
	where := l.Path
	switch l.Kind {
	case difference.Fate:
		return fmt.Sprintf("%s: fate %s → %s%s", where, l.Was, l.Is, byRules(l))
	case difference.Reason:
		if l.Then.Rule != l.Now.Rule {
			return fmt.Sprintf("%s: %s%s", where, l.Is, byRules(l))
		}
		return fmt.Sprintf("%s: %s, for another reason: was %s; is %s", where, l.Is, l.Then.Reason, l.Now.Reason)
	case difference.Order:
		return "the same leaves in another order"
	case difference.New:
		return fmt.Sprintf("%s: new, is %s%s", where, l.Is, byRules(l))
	case difference.Gone:
		return fmt.Sprintf("%s: gone, was %s%s", where, l.Was, byRules(l))
	}
	return fmt.Sprintf("%s: %s → %s%s", where, l.Was, l.Is, byRules(l))
}

// byRules names the rules of a leaf, where no code is the reason.
func byRules(l difference.Leaf) string {
	if l.Fact != "" {
		return ""
	}
	return " (" + ruleWords(l.Then.Rule, l.Now.Rule) + ")"
}

func ruleWords(was, is string) string {
	switch {
	case was == is || is == "":
		return "rule " + cmp.Or(was, "none")
	case was == "":
		return "rule " + is
	}
	return "rule " + was + " → " + is
}

// sums is the summary for people.
func sums(s *difference.Summary, held []heldCount) []byte {
	var b bytes.Buffer
	if s.Different > 0 {
		b.WriteString("\n")
	}
	verb := "differ"
	if s.Different == 1 || s.Documents == 1 {
		verb = "differs"
	}
	fmt.Fprintf(&b, "%d of %s %s", s.Different, count(s.Documents, "document", "documents"), verb)
	if s.Translations != s.Documents {
		fmt.Fprintf(&b, ", in %s", count(s.Translations, "translation", "translations"))
	}
	for _, n := range []struct {
		n    int
		what string
	}{{s.Refused, "refused now"}, {s.Accepted, "no longer refused"}, {s.Neither, "refused by both, in the same words"}} {
		if n.n > 0 {
			fmt.Fprintf(&b, "; %d %s", n.n, n.what)
		}
	}
	b.WriteString("\n")
	for _, c := range s.Codes {
		fmt.Fprintf(&b, "  %s%s: %s, in %s, as %s\n", c.Source, inArea(string(c.Area)), difference.Change(c.Was, c.Is),
			count(c.Documents, "document", "documents"), c.Example)
	}
	sumsOfHeld(&b, held)
	for _, p := range s.Places {
		fmt.Fprintf(&b, "  %s, in %s, as %s\n", spotWords(p), count(p.Documents, "document", "documents"), p.Example)
	}
	return b.Bytes()
}

// spotWords is a place that is other, in words.
func spotWords(p difference.Spot) string {
	if p.Kind == difference.Fate {
		return fmt.Sprintf("%s %s: fate %s → %s", p.Side, p.Path, p.Was, p.Is)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s: %s (%s)", p.Side, p.Path, p.Kind, ruleWords(p.Was, p.Is)))
}
