package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tolk/adapters/plain"
	"tolk/fixtures"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/maps"
)

// TestFields writes doc/fields.md, or compares it: every field of the plain form
// with the element of the hub that it is.
func TestFields(t *testing.T) {
	library := books(t)
	var b strings.Builder
	b.WriteString("# Which field of the plain form is which element of the hub\n\n" +
		"Written by `go test ./cmd/tolk -run TestFields -update` from `mapping/maps/fields/*.yaml`, and compared by every test\n" +
		"run. The rule is the one that stands on the ledger. `[]` is each of an array, `$` the value itself.\n")
	for _, name := range document.Documents() {
		book := library.Book(name, plain.Form)
		if book == nil {
			t.Errorf("there are no correspondences for %s", name)
			continue
		}
		fmt.Fprintf(&b, "\n## %s %s\n\n| plain | hub | how | rule |\n|---|---|---|---|\n", name, book.Version)
		for _, r := range book.Rows() {
			how := r.Via
			if r.Drop != "" {
				how = "not carried: " + r.Drop
			}
			fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", code(r.Left), code(r.Right), cell(how), r.ID)
		}
	}
	compare(t, "../../doc/fields.md", b.String())
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + cell(text) + "`"
}

// cell is a text in a table of Markdown.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// TestFixturesCoverFields checks that every correspondence is told by some
// worked example: one that none has could be changed and nobody would know.
func TestFixturesCoverFields(t *testing.T) {
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := fixtures.Load(os.DirFS("../../fixtures"))
	if err != nil {
		t.Fatal(err)
	}
	fired := map[string]bool{}
	for _, c := range cases {
		result, err := core.gateway.Translate(c.Input, c.Request)
		if err != nil {
			continue // a case of what is refused
		}
		for _, l := range result.Ledger.Lines() {
			fire(fired, l.Rule)
		}
		for _, o := range result.Ledger.Origins() {
			fire(fired, o.Rule)
		}
	}
	for _, name := range document.Documents() {
		for _, r := range books(t).Book(name, plain.Form).Rows() {
			switch why := untold[r.ID]; {
			case why != "" && fired[r.ID]:
				t.Errorf("%s has a fixture, and was said to have none: %s", r.ID, why)
			case why == "" && !fired[r.ID]:
				t.Errorf("no fixture has %s: %s, %s", r.ID, r.Left, r.Right)
			}
		}
	}
}

// untold are the correspondences that no document can have, and why: they come
// with a part that others share.
var untold = map[string]string{
	"henvisning.plain/tjekkets-tilstand/fortrolighed": "it is read from the hub only, and what is told in confidence does not go to the plain form",
}

// fire notes the rules that wrote a leaf, one after the other.
func fire(fired map[string]bool, rules string) {
	for rule := range strings.SplitSeq(rules, " > ") {
		fired[rule] = true
	}
}

func books(t *testing.T) *fields.Library {
	t.Helper()
	lenses, err := plain.Lenses()
	if err != nil {
		t.Fatal(err)
	}
	library, err := fields.Load(maps.FS, "fields", lenses)
	if err != nil {
		t.Fatal(err)
	}
	return library
}
