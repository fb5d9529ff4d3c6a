package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/mapping/ledger"
)

// The session in the README is what the program answers.
func TestReadmeSession(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..") // the commands are for the root of the checkout
	sessions := 0
	lines := strings.Split(string(readme), "\n")
	for i := 0; i < len(lines); i++ {
		command, ok := strings.CutPrefix(lines[i], "    $ tolk ")
		if !ok {
			continue
		}
		sessions++
		var want []string
		for i+1 < len(lines) && (strings.HasPrefix(lines[i+1], "    ") || lines[i+1] == "" && i+2 < len(lines) && strings.HasPrefix(lines[i+2], "    ")) {
			i++
			want = append(want, strings.TrimPrefix(lines[i], "    "))
		}
		var out, words bytes.Buffer
		if code := run(strings.Fields(command), strings.NewReader(""), &out, &words); code != 0 {
			t.Fatalf("tolk %s: exit %d: %s", command, code, words.String())
		}
		got := strings.TrimRight(out.String()+words.String(), "\n")
		if got != strings.Join(want, "\n") {
			t.Errorf("tolk %s\ngot:\n%s\nwant:\n%s", command, got, strings.Join(want, "\n"))
		}
	}
	if sessions != 4 {
		t.Errorf("%d sessions in the README, want 4", sessions)
	}
}

// The table of shares in the README is what the fixtures give.
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
	const open, closing = "<!-- shares: go test ./cmd/tolk -run TestShares -update -->\n", "<!-- /shares -->"
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(readme), open)
	_, after, ok2 := strings.Cut(rest, closing)
	if !ok || !ok2 {
		t.Fatal("README.md has no place for the table of shares")
	}
	want := before + open + b.String() + closing + after
	if want == string(readme) {
		return
	}
	if !*update {
		t.Fatal("the table of shares in README.md is not what the fixtures give; -update writes it")
	}
	if err := os.WriteFile("../../README.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
