package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tolk/mapping/exchange"
)

// The purposes and legal bases in doc/exchange.md are those of the program.
func TestDocumentedStatement(t *testing.T) {
	var b strings.Builder
	b.WriteString("| `purpose` | |\n|---|---|\n")
	for _, p := range exchange.Purposes() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", p.Code, p.Reason)
	}
	b.WriteString("\n| `legal-basis` | Law | The sender acts as | To | For | Consent | What it says |\n|---|---|---|---|---|---|---|\n")
	for _, basis := range exchange.Bases() {
		consent := ""
		if basis.Consent {
			consent = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", basis.Code, basis.Law,
			strings.Join(basis.Capacities, ", "), strings.Join(basis.Receivers, ", "), strings.Join(basis.Purposes, ", "), consent, basis.Reason)
	}
	const file = "../../doc/exchange.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const open, closing = "<!-- statement: go test ./cmd/tolk -run TestDocumentedStatement -update -->\n", "<!-- /statement -->"
	before, rest, ok := strings.Cut(string(text), open)
	_, after, ok2 := strings.Cut(rest, closing)
	if !ok || !ok2 {
		t.Fatal("doc/exchange.md has no place for the purposes and legal bases")
	}
	want := before + open + b.String() + closing + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatal("the purposes and legal bases in doc/exchange.md are not those of the program; -update writes them")
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
