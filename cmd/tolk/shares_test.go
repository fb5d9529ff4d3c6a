package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/mapping/ledger"
)

// The table of shares in doc/shares.md is what the fixtures give.
func TestShares(t *testing.T) {
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := fixtures.Load(os.DirFS("../../fixtures"))
	if err != nil {
		t.Fatal(err)
	}
	type sum struct {
		documents int
		counts    map[string]int
	}
	sums := map[string]*sum{}
	var directions []string
	for _, c := range cases {
		gateway, err := core.gateway.WithOrganisations(c.Organisations)
		if err != nil {
			t.Fatal(err)
		}
		r, err := gateway.Translate(c.Input, c.Request)
		if err != nil {
			continue // a case that must be refused
		}
		direction := filepath.ToSlash(filepath.Dir(c.Name))
		if sums[direction] == nil {
			sums[direction] = &sum{counts: map[string]int{}}
			directions = append(directions, direction)
		}
		s := sums[direction]
		s.documents++
		for fate, n := range r.Ledger.Counts {
			s.counts[fate] += n
		}
	}
	var b strings.Builder
	b.WriteString("| Document, direction | Examples | Leaves |")
	for _, f := range ledger.Fates() {
		fmt.Fprintf(&b, " %s |", f)
	}
	b.WriteString("\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, d := range directions {
		s := sums[d]
		fmt.Fprintf(&b, "| %s | %d | %d |", strings.ReplaceAll(strings.ReplaceAll(d, "/", ", "), "-to-", " → "), s.documents, s.counts["leaves"])
		for _, f := range ledger.Fates() {
			fmt.Fprintf(&b, " %.1f %% |", 100*float64(s.counts[f.String()])/float64(s.counts["leaves"]))
		}
		b.WriteByte('\n')
	}
	const page = "../../doc/shares.md"
	const open, closing = "<!-- shares: go test ./cmd/tolk -run TestShares -update -->\n", "<!-- /shares -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), open)
	_, after, ok2 := strings.Cut(rest, closing)
	if !ok || !ok2 {
		t.Fatal("doc/shares.md has no place for the table of shares")
	}
	want := before + open + b.String() + closing + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatal("the table of shares in doc/shares.md is not what the fixtures give; -update writes it")
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
