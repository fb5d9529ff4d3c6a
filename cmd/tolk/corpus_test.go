package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tolk/fixtures/shared"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// example is a document to translate, in the form it is in.
type example struct {
	name    string
	from    string
	text    string
	derived bool // an output of ours, read again
}

// publishers lists the folders of official examples with the form they are in.
var publishers = []struct{ folder, form string }{
	{"kl.dk.fhir.ffbreporting", "ffb"}, {"kl.dk.fhir.ffbmessaging", "ffb"},
	{"kl.dk.fhir.gateway", "fsiii"}, {"kl.dk.fhir.prevention", "fsiii"},
}

// officialExamples reads every official example of the four packages. Where the
// folder shared is missing the test is skipped; with CI set it fails.
func officialExamples(t testing.TB) []example {
	t.Helper()
	root := shared.Path(t, "official", "examples")
	var all []example
	for _, p := range publishers {
		found := readExamples(t, p.form, filepath.Join(root, p.folder, "*.json"))
		if len(found) == 0 {
			t.Fatalf("%s: no examples", p.folder)
		}
		all = append(all, found...)
	}
	return all
}

// fixtureInputs reads the inputs of the fixtures that translate: a case whose
// path says ffb-to-fsiii is in the form ffb.
func fixtureInputs(t testing.TB) []example {
	t.Helper()
	var all []example
	for _, form := range []string{"ffb", "fsiii"} {
		for _, e := range readExamples(t, form, filepath.Join("..", "..", "fixtures", "tilstande", form+"-to-*", "*", "input.json")) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(e.name), "ledger.json")); err == nil {
				all = append(all, e)
			}
		}
	}
	return all
}

func readExamples(t testing.TB, form, pattern string) []example {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, example{name: f, from: form, text: string(text)})
	}
	return all
}

// title shortens the name for a log line.
func (e example) title() string {
	return filepath.Base(filepath.Dir(e.name)) + "/" + filepath.Base(e.name)
}

// requests lists every way to ask for a translation of a document in this form:
// each target, each area alone and all of them, and once with every relation
// accepted; always with the residue.
func requests(from string) []document.Request {
	var all []document.Request
	for _, accept := range [][]string{nil, {"narrower", "inexact"}} {
		if from == "ffb" {
			all = append(all, document.Request{From: from, To: "fsiii", Accept: accept, WithResidue: true})
			for _, a := range mapping.Areas() {
				all = append(all, document.Request{From: from, To: "fsiii", Areas: []mapping.Area{a}, Accept: accept, WithResidue: true})
			}
		} else {
			all = append(all, document.Request{From: from, To: "ffb", Accept: accept, WithResidue: true})
		}
		all = append(all, document.Request{From: from, To: document.FHIR, Accept: accept, WithResidue: true})
	}
	return all
}

// label names a request for a test.
func label(q document.Request) string {
	words := []string{q.From + "-to-" + q.To}
	for _, a := range q.Areas {
		words = append(words, string(a))
	}
	return strings.Join(append(words, q.Accept...), "-")
}

// organisations is the register of the holding organisations that the official
// examples name: one half is theirs, the other half is invented here.
const organisations = `kombit,sor
d4e3f4fb-6761-4d6c-9086-74c49231f11e,100000000000001
11111111-2222-4333-8444-555555555555,123456789012345
11111111-2222-4333-8444-666666666666,451000016003
`

// registered and unregistered are the gateway with and without that table.
var (
	registered   = sync.OnceValues(func() (*core, error) { return wireTable(organisations) })
	unregistered = sync.OnceValues(func() (*core, error) { return wire("") })
)

func wireTable(table string) (*core, error) {
	f, err := os.CreateTemp("", "organisations-*.csv")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	if _, err := f.WriteString(table); err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return wire(f.Name())
}

// gateway wires the program's core, once for all tests.
func gateway(t testing.TB, of func() (*core, error)) *document.Gateway {
	t.Helper()
	c, err := of()
	if err != nil {
		t.Fatal(err)
	}
	return c.gateway
}

// parsed reads a document that must be well-formed.
func parsed(t testing.TB, text string) *tree.Doc {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// compacted writes a document without white space.
func compacted(t testing.TB, text string) string {
	d := parsed(t, text)
	return string(d.Append(nil, d.Root()))
}
