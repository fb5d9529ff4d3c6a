package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// corpus is what the laws are tried on: the official examples, the inputs of
// the fixtures, and what each of them becomes: the target documents and the
// dual-coded ones, read again as the other side and as their own.
func corpus(t testing.TB) []example {
	t.Helper()
	first := append(officialExamples(t), fixtureInputs(t)...)
	var all []example
	seen := map[string]bool{}
	add := func(e example) {
		if key := e.from + e.text; !seen[key] {
			seen[key] = true
			all = append(all, e)
		}
	}
	g := gateway(t, registered)
	for _, e := range first {
		add(e)
		for _, q := range requests(e.from) {
			r, err := g.Translate(e.text, q)
			if err != nil {
				t.Fatalf("%s: %v", e.title(), err)
			}
			name := e.name + "/" + label(q)
			if q.To != document.FHIR {
				add(example{name, q.To, string(r.Output), true})
				continue
			}
			add(example{name, "ffb", string(r.Output), true})
			add(example{name, "fsiii", string(r.Output), true})
		}
	}
	return all
}

// trial is one translation that went well, and the two documents read.
type trial struct {
	name           string
	q              document.Request
	result         *document.Result
	source, target *tree.Doc
}

// A law holds for every trial or returns how it is broken.
type law func(t *testing.T, g *document.Gateway, x *trial) error

func TestLaws(t *testing.T) {
	laws := []struct {
		name string
		law  law
	}{
		{"1 and 2: there and back with the residue", restored},
		{"3: without it, the difference is what the ledgers declare", declared},
		{"4: stable after one trip", stable},
		{"5: conservation, and nothing invented", conserved},
		{"5: references lead to what they led to", led},
	}
	g := gateway(t, registered)
	all := corpus(t)
	tried := make([]atomic.Int64, len(requests("ffb"))+len(requests("fsiii")))
	t.Run("shards", func(t *testing.T) {
		const shards = 4
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				for i := shard; i < len(all); i += shards {
					for j, q := range requests(all[i].from) {
						if all[i].derived && len(q.Areas) > 0 {
							continue // the areas are tried on what people wrote
						}
						x := translated(t, g, all[i], q)
						if x == nil {
							continue
						}
						if all[i].from == "fsiii" {
							j += len(requests("ffb"))
						}
						tried[j].Add(1)
						for _, l := range laws {
							if err := l.law(t, g, x); err != nil {
								t.Errorf("law %s: %s: %v", l.name, x.name, err)
							}
						}
					}
				}
			})
		}
	})
	for j := range tried {
		if tried[j].Load() < 20 {
			t.Errorf("direction %d was tried %d times", j, tried[j].Load())
		}
	}
	t.Logf("%d documents", len(all))
}

// translated is the trial of a document, nil where the form has no such
// resource: a dual-coded document is read as either form.
func translated(t *testing.T, g *document.Gateway, e example, q document.Request) *trial {
	x := &trial{name: e.title() + " " + label(q), q: q}
	r, err := g.Translate(e.text, q)
	if err != nil {
		var refused *mapping.Error
		if !errors.As(err, &refused) || refused.Kind != mapping.Value || refused.Path != "resourceType" {
			t.Errorf("%s: %v", x.name, err)
		}
		return nil
	}
	x.result, x.source, x.target = r, parsed(t, e.text), parsed(t, string(r.Output))
	return x
}

// restored: back(forward(s)) = s, leaf for leaf, when the residue travels. The
// corpus holds documents of both sides, so it is forward(back(t)) = t as well.
func restored(t *testing.T, g *document.Gateway, x *trial) error {
	back, err := g.Translate(string(x.result.Output), document.Request{From: x.q.To, To: x.q.From, Residue: string(x.result.Residue)})
	if err != nil {
		return err
	}
	if want := string(x.source.Append(nil, x.source.Root())); string(back.Output) != want {
		return errors.New("the original did not come back")
	}
	return nil
}

// declared: what comes back without the residue differs from the original only
// in leaves that one of the two ledgers does not call carried.
func declared(t *testing.T, g *document.Gateway, x *trial) error {
	if x.q.To == document.FHIR {
		return nil // the hub is nobody's sender; law 4 reads it again
	}
	back, err := g.Translate(string(x.result.Output), document.Request{From: x.q.To, To: x.q.From, Accept: x.q.Accept})
	if err != nil {
		return fmt.Errorf("the way back: %w", err)
	}
	return compareReturn(x, parsed(t, string(back.Output)), back.Ledger, false)
}

// compareReturn follows every leaf there and back along both ledgers, checks
// what they say by the values themselves, and then compares the two documents
// without the ledgers. A leaf comes back to its own element, and may stand at
// others besides; where moves is set, to another one instead, as the ledgers
// say.
func compareReturn(x *trial, returned *tree.Doc, back *ledger.Ledger, moves bool) error {
	was, is := leavesOf(x.source), leavesOf(returned)
	onward := carriedTo(back)
	kept := map[string]bool{} // source paths carried both ways
	for path, targets := range carriedTo(x.result.Ledger) {
		var places []string
		for _, t := range targets {
			places = append(places, onward[t]...)
		}
		for _, p := range places {
			if is[p] != was[path] {
				return fmt.Errorf("%s is carried there and back to %s, and is not the same", path, p)
			}
			kept[path] = kept[path] || element(p) == element(path)
		}
		if len(places) > 0 && !kept[path] && !moves {
			return fmt.Errorf("%s is carried there and back to %s, which is another element", path, places[0])
		}
	}
	lost, declared := map[string]int{}, map[string]int{}
	for path, value := range was {
		lost[element(path)+" "+value]++
		if !kept[path] {
			declared[element(path)+" "+value]++
		}
	}
	for path, value := range is {
		lost[element(path)+" "+value]--
	}
	for leaf, n := range lost {
		if n > declared[leaf] {
			path, _, _ := strings.Cut(leaf, " ")
			return fmt.Errorf("%d leaves of %s did not come back, and the ledgers declare %d", n, path, declared[leaf])
		}
	}
	return nil
}

// carriedTo lists where each carried leaf of a ledger stands in the target.
func carriedTo(l *ledger.Ledger) map[string][]string {
	all := map[string][]string{}
	for _, line := range l.Lines() {
		if line.Fate == ledger.Carried.String() {
			all[line.Path] = line.Target
		}
	}
	return all
}

// stable: the original that came back translates to the very same bytes, and a
// dual-coded document translated once more gets nothing added to it.
func stable(t *testing.T, g *document.Gateway, x *trial) error {
	compact := string(x.source.Append(nil, x.source.Root()))
	again, err := g.Translate(compact, x.q)
	if err != nil {
		return err
	}
	if string(again.Output) != string(x.result.Output) || string(again.Residue) != string(x.result.Residue) {
		return errors.New("the second trip gave another document")
	}
	if x.q.To != document.FHIR {
		return nil
	}
	twice, err := g.Translate(string(x.result.Output), x.q)
	if err != nil {
		return fmt.Errorf("the dual-coded document: %w", err)
	}
	if string(twice.Output) != string(x.result.Output) {
		return errors.New("the dual-coded document was changed when it was translated once more")
	}
	return nil
}

// constants are the only values that tolk may write without a source.
var constants = regexp.MustCompile(`^("http://fhir\.kl\.dk/(gateway|prevention|ffbreporting)/StructureDefinition/[a-zA-Z0-9-]+"` +
	`|"http://hl7\.dk/fhir/core/StructureDefinition/dk-core-condition"` +
	`|"official"|"collection"|"plan"|"order"|true` +
	`|"http://fhir\.kl\.dk/term/CodeSystem/CareSocialCodes"|"ca552020-6ed1-4cdc-b0d4-32697f1f27ad"` + // FSIII goal
	`|"urn:oid:1\.2\.208\.176\.2\.21"|"e182c5dc-9f91-474a-92e8-f62be3d498f4"` + // FSIII goal, its description
	`|"urn:oid:1\.2\.208\.176\.2\.22"|"1c327095-107f-4b96-88d0-ec562cb980be"|"Ikke vurderet")$`)

func conserved(_ *testing.T, _ *document.Gateway, x *trial) error {
	return balanced(x, func(o ledger.Origin, value string) error {
		if !constants.MatchString(value) {
			return fmt.Errorf("%s is a value of no source and none of ours", o.Path)
		}
		return nil
	})
}

// balanced: every leaf in has one fate, every leaf out has one origin, and the
// sums are right; counted here by a walk of its own. The auditor says the same
// of every translation; this says it of the auditor. own judges a value that is
// of no source.
func balanced(x *trial, own func(o ledger.Origin, value string) error) error {
	in, out, l := leavesOf(x.source), leavesOf(x.target), x.result.Ledger
	fates := map[string]int{"leaves": len(in)}
	for _, f := range ledger.Fates() {
		fates[f.String()] = 0
	}
	for _, line := range l.Lines() {
		if _, ok := in[line.Path]; !ok {
			return fmt.Errorf("%s has a fate and is no leaf", line.Path)
		}
		fates[line.Fate]++
		delete(in, line.Path)
	}
	if len(in) > 0 || len(fates) != len(ledger.Fates())+1 {
		return fmt.Errorf("%d leaves without a fate", len(in))
	}
	for name, n := range fates {
		if l.Counts[name] != n {
			return fmt.Errorf("%d leaves %s, counted as %d", n, name, l.Counts[name])
		}
	}
	if err := saidOnce(l); err != nil {
		return err
	}
	was := leavesOf(x.source)
	for _, o := range l.Origins() {
		value, ok := out[o.Path]
		if !ok {
			return fmt.Errorf("%s has an origin and is no leaf, or a second one", o.Path)
		}
		delete(out, o.Path)
		if _, ok := was[o.Source]; o.From == ledger.FromSource && !ok {
			return fmt.Errorf("%s is said to come from where there is nothing", o.Path)
		}
		if o.From == ledger.FromSource {
			continue
		}
		if err := own(o, value); err != nil {
			return err
		}
	}
	if len(out) > 0 {
		return fmt.Errorf("%d leaves without an origin", len(out))
	}
	return nil
}

// led: a reference to a resource of the source that has a place in the target
// leads there, to what became of it.
func led(_ *testing.T, _ *document.Gateway, x *trial) error {
	was, is := entriesByName(x.source), entriesByName(x.target)
	owner := ownersOf(x.result.Ledger)
	emitted := map[string]bool{}
	for _, entry := range owner {
		emitted[entry] = true
	}
	in, out := leavesOf(x.source), leavesOf(x.target)
	for _, o := range x.result.Ledger.Origins() {
		if o.From != ledger.FromSource || !strings.HasSuffix(o.Path, ".reference") || !strings.HasSuffix(o.Source, ".reference") {
			continue
		}
		from := was[in[o.Source]]
		if from == "" || !emitted[from] {
			continue
		}
		if to := is[out[o.Path]]; owner[to] != from {
			return fmt.Errorf("%s led to %s and leads to %s", o.Path, from, owner[to])
		}
	}
	return nil
}

// ownersOf finds the source entry that each entry of the target was made from.
func ownersOf(l *ledger.Ledger) map[string]string {
	owners := map[string]string{}
	for _, o := range l.Origins() {
		if o.From == ledger.FromSource {
			owners[entryPath.FindString(o.Path)] = entryPath.FindString(o.Source)
		}
	}
	return owners
}

// entriesByName finds the entries of a Bundle by what may refer to them, as it
// is written.
func entriesByName(d *tree.Doc) map[string]string {
	names := map[string]string{}
	for e := d.Find(d.Root(), "entry"); e != tree.None; e = d.Next(e) {
		r := d.Child(e, "resource")
		names[tree.Quote(d.Text(d.Child(r, "resourceType"))+"/"+d.Text(d.Child(r, "id")))] = d.Path(e)
		if url := d.Child(e, "fullUrl"); url != tree.None {
			names[d.Raw(url)] = d.Path(e)
		}
	}
	return names
}

// saidOnce: no proposal, no unmatched row and no lack is told twice.
func saidOnce(l *ledger.Ledger) error {
	told := map[string]bool{}
	tell := func(words ...string) error {
		if key := strings.Join(words, "\n"); told[key] {
			return fmt.Errorf("told twice: %s", strings.Join(words, " "))
		} else {
			told[key] = true
		}
		return nil
	}
	var err error
	for _, p := range l.Proposals {
		for _, c := range p.Candidates {
			err = errors.Join(err, tell("proposal", p.Path, string(c.Area), c.Map, c.Row, c.Via, c.Code))
		}
	}
	for _, u := range l.Unmatched {
		err = errors.Join(err, tell("unmatched", u.Path, string(u.Area), u.Map, u.Row))
	}
	for _, c := range l.Conformance.Lacks {
		err = errors.Join(err, tell("lack", c.Path, c.Element, c.Message))
	}
	return err
}

// leavesOf returns the raw value of every leaf by its path, by a walk that is
// not the tree's own.
func leavesOf(d *tree.Doc) map[string]string {
	all := make(map[string]string, d.Len())
	collect(d, d.Root(), d.Path(d.Root()), all)
	return all
}

var plainName = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

func collect(d *tree.Doc, n tree.ID, path string, all map[string]string) {
	if d.Leaf(n) {
		all[path] = d.Raw(n)
		return
	}
	for c, i := d.First(n), 0; c != tree.None; c, i = d.Next(c), i+1 {
		switch {
		case d.XML():
			collect(d, c, d.Path(c), all) // which of its like it is, is not to be seen here
		case d.Kind(n) == tree.Array:
			collect(d, c, path+"["+strconv.Itoa(i)+"]", all)
		case plainName.MatchString(d.Key(c)):
			collect(d, c, path+"."+d.Key(c), all)
		default:
			collect(d, c, d.Path(c), all)
		}
	}
}

var index = regexp.MustCompile(`\[\d+\]`)

// element is a path without its indices: where among its like a leaf stands may
// change when others are left out.
func element(path string) string { return index.ReplaceAllString(path, "") }
