package main

import (
	"errors"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// The other side may answer with the document changed. What was carried to
// one place is taken over as changed; any other change cannot be understood with
// the residue and is refused with its path: it is never overlooked.
func TestRestoreOverlooksNoChange(t *testing.T) {
	g := gateway(t, registered)
	taken, noticed := 0, 0
	for _, e := range officialExamples(t) {
		if len(e.text) > 25_000 {
			continue // every leaf in turn costs the square of the document
		}
		for _, accept := range [][]string{nil, {"narrower", "inexact"}} { // accepting makes several resources of one
			a, b := restoreChanged(t, g, e, document.Request{From: e.from, To: requests(e.from)[0].To, Accept: accept, WithResidue: true})
			taken, noticed = taken+a, noticed+b
		}
	}
	if taken < 100 || noticed < 20 {
		t.Errorf("%d changes taken over and %d noticed: too few to tell", taken, noticed)
	}
}

// restoreChanged changes every leaf of a translated document in turn, and counts
// the changes that were taken over and those that were refused.
func restoreChanged(t *testing.T, g *document.Gateway, e example, q document.Request) (taken, noticed int) {
	r, err := g.Translate(e.text, q)
	if err != nil {
		t.Fatal(err)
	}
	back := document.Request{From: q.To, To: q.From, Residue: string(r.Residue)}
	lines := linesOf(r.Ledger)
	for _, o := range r.Ledger.Origins() {
		if strings.Count(o.Path, ".") == 1 && strings.HasSuffix(o.Path, ".resourceType") {
			continue // another document altogether
		}
		restored, err := g.Translate(replaceLeaf(t, string(r.Output), o.Path, `"changed"`), back)
		if line := lines[o.Source]; line.Fate == ledger.Carried.String() && len(line.Target) == 1 && line.Target[0] == o.Path {
			if err != nil || string(restored.Output) != replaceLeaf(t, compacted(t, e.text), o.Source, `"changed"`) {
				t.Errorf("%s %s: a changed carried value was not taken over: %v", e.title(), o.Path, err)
			}
			taken++
			continue
		}
		var refused *mapping.Error
		if !errors.As(err, &refused) || refused.Path != o.Path || refused.Kind != mapping.BusinessRule {
			t.Errorf("%s %s: a change was not noticed: %v", e.title(), o.Path, err)
		}
		noticed++
	}
	for _, other := range []string{strings.Replace(string(r.Output), `{"resourceType"`, `{"hat":1,"resourceType"`, 1), `{"resourceType":"Bundle"}`} {
		var refused *mapping.Error
		if _, err := g.Translate(other, back); !errors.As(err, &refused) || refused.Path != "residue" {
			t.Errorf("%s: a residue was taken for another document: %v", e.title(), err)
		}
	}
	return taken, noticed
}

// replaceLeaf writes another scalar at a path.
func replaceLeaf(t *testing.T, text, path, raw string) string {
	t.Helper()
	d := parsed(t, text)
	root := grow(d, d.Root())
	n, found := 0, false
	root.each(nil, func(_, v *value) {
		if len(v.kids) == 0 && d.Path(tree.ID(n)) == path {
			*v, found = value{kind: scalarKind(raw), key: v.key, raw: raw}, true
		}
		n++
	})
	if !found {
		t.Fatalf("%s is not there", path)
	}
	return root.text()
}
