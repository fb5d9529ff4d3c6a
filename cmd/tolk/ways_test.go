package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
)

// TestWays writes doc/ways.md, or compares it: which document is translated from
// which form to which, and why the rest is not. Every pair is asked for, so that
// what the page says is what the gateway does.
func TestWays(t *testing.T) {
	core, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Which document goes from which form to which\n\n" +
		"Written by `go test ./cmd/tolk -run TestWays -update`, and compared by every test run. Every translation goes\n" +
		"through the hub (`fhir`), so a pair of forms is offered where the one is read and the other is written.\n")
	for _, name := range document.Documents() {
		section(t, core.gateway, &b, name)
	}
	compare(t, "../../doc/ways.md", b.String())
}

// section writes the pairs of one document.
func section(t *testing.T, g *document.Gateway, b *strings.Builder, name string) {
	offers := slices.DeleteFunc(document.Offers(), func(o document.Offer) bool { return o.Document != name })
	fmt.Fprintf(b, "\n## %s\n\n| from \\ to |", name)
	for _, to := range offers {
		fmt.Fprintf(b, " %s |", to.Form)
	}
	b.WriteString("\n|---" + strings.Repeat("|:-:", len(offers)) + "|\n")
	for _, from := range offers {
		fmt.Fprintf(b, "| **%s** |", from.Form)
		for _, to := range offers {
			mark := ""
			switch refused := asked(g, name, from.Form, to.Form); {
			case from.Form == to.Form:
			case from.Read == "" && to.Write == "":
				mark = "yes"
				if refused != nil {
					t.Errorf("%s %s to %s is offered, and refused: %v", name, from.Form, to.Form, refused)
				}
			case refused == nil || refused.Kind != mapping.NotSupported:
				t.Errorf("%s %s to %s is not offered: got %v, want it refused as not supported", name, from.Form, to.Form, refused)
			}
			fmt.Fprintf(b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for _, o := range offers {
		switch {
		case o.Read != "" && o.Read == o.Write:
			fmt.Fprintf(b, "- Neither read from nor written to `%s`: %s.\n", o.Form, o.Read)
		case o.Read != "" && o.Write != "":
			fmt.Fprintf(b, "- Not read from `%s`: %s. Not written to it: %s.\n", o.Form, o.Read, o.Write)
		case o.Read != "":
			fmt.Fprintf(b, "- Not read from `%s`: %s.\n", o.Form, o.Read)
		case o.Write != "":
			fmt.Fprintf(b, "- Not written to `%s`: %s.\n", o.Form, o.Write)
		}
	}
}

// asked asks for a pair of forms with a document that no form takes, and returns
// why the pair itself is refused, nil where it is the document that is.
func asked(g *document.Gateway, name, from, to string) *mapping.Error {
	_, err := g.Translate(`{}`, document.Request{Document: name, From: from, To: to})
	var e *mapping.Error
	if errors.As(err, &e) && (e.Kind == mapping.NotSupported || e.Path == "from" || e.Path == "to") {
		return e
	}
	return nil
}
