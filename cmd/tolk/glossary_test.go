package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/redact"
	"tolk/mapping/terminology"
)

// Every word that the program prints of its own is in the glossary.
func TestGlossary(t *testing.T) {
	text, err := os.ReadFile("../../doc/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	printed, _ := formNames()
	printed = append(printed, document.Documents()...)
	for _, f := range ledger.Fates() {
		printed = append(printed, f.String())
	}
	for _, a := range mapping.Areas() {
		printed = append(printed, string(a))
	}
	for g := terminology.Guard(1); g.String() != ""; g <<= 1 {
		printed = append(printed, g.String())
	}
	for _, c := range []struct {
		file, of string
		least    int
	}{
		{"mapping/equivalence.go", "Equivalence", 10},
		{"mapping/error.go", "Kind", 12},
		{"mapping/ledger/ledger.go", "From", 3},
		{"mapping/receiver/check.go", "Verdict", 3},
		{"mapping/receiver/check.go", "Fault", 2},
		{"mapping/receiver/table.go", "Level", 2},
	} {
		words := namedWords(t, c.file, c.of)
		if len(words) < c.least {
			t.Errorf("%s: %d words of %s, want at least %d", c.file, len(words), c.of, c.least)
		}
		printed = append(printed, words...)
	}
	for _, w := range printed {
		if !strings.Contains(string(text), "`"+w+"`") {
			t.Errorf("%s is printed, and is not in the glossary", w)
		}
	}
	_, told, _ := strings.Cut(string(text), "## A check, and a redaction")
	for _, k := range redact.Kinds() {
		if !strings.Contains(told, string(k)) {
			t.Errorf("%s is printed by tolk redact, and is not in the glossary", k)
		}
	}
}

// namedWords lists the texts of the constants of a type, or whose names begin so.
func namedWords(t *testing.T, file, of string) (all []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../../"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 {
			return true
		}
		kind, _ := spec.Type.(*ast.Ident)
		if value, ok := spec.Values[0].(*ast.BasicLit); ok && value.Kind == token.STRING && (kind != nil && kind.Name == of || strings.HasPrefix(spec.Names[0].Name, of)) {
			if word, err := strconv.Unquote(value.Value); err == nil {
				all = append(all, word)
			}
		}
		return true
	})
	return all
}
