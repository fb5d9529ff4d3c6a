package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// The mutants: shards run in parallel, each with a seed of its own.
const (
	shards   = 16
	perShard = 650 // 10,400 in all
)

// nursery holds the documents that are mutated and their translations, which
// are made once.
type nursery struct {
	gateway *document.Gateway
	grown   []*value
	corpus  []example
	bases   map[string]*trial
}

// mutant is one mutant with all that its check needs.
type mutant struct {
	*trial
	base *trial
	path string // of what was inserted or deleted
}

// Law 6 and the rest: a random unknown leaf shows on the ledger and changes
// nothing else; a deleted leaf takes its own targets along and nothing else;
// the order of keys means nothing; and whatever else happens to a document,
// there is no panic, and either an error with a path or a translation that
// passes the auditor and gives the mutant back.
func TestMutants(t *testing.T) {
	all := append(officialExamples(t), fixtureInputs(t)...)
	g := gateway(t, registered)
	var made, refused atomic.Int64
	kinds := make([]atomic.Int64, 3+len(wild))
	t.Run("shards", func(t *testing.T) {
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				n := &nursery{gateway: g, corpus: all, bases: map[string]*trial{}}
				for _, e := range all {
					d := parsed(t, e.text)
					n.grown = append(n.grown, grow(d, d.Root()))
				}
				for i, attempt := 0, 0; i < perShard && !t.Failed(); attempt++ {
					kind := attempt % len(kinds)
					switch n.breed(t, rand.New(rand.NewPCG(uint64(shard), uint64(attempt))), kind) {
					case barren:
						continue
					case turnedDown:
						refused.Add(1)
					}
					i++
					made.Add(1)
					kinds[kind].Add(1)
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	if made.Load() < 10_000 || refused.Load() == 0 || refused.Load() > made.Load()/2 {
		t.Errorf("%d mutants, %d of them refused: the suite does not try what it should", made.Load(), refused.Load())
	}
	for kind := range kinds {
		if kinds[kind].Load() < 100 {
			t.Errorf("mutation %d was tried %d times", kind, kinds[kind].Load())
		}
	}
	t.Logf("%d mutants, %d of them refused with a path", made.Load(), refused.Load())
}

// What came of a mutation.
type outcome int

const (
	barren     outcome = iota // the document has no place for it
	turnedDown                // an error with a path
	accepted
)

// The mutations that are checked leaf by leaf come before the wild ones.
const (
	insertLeaf = iota
	deleteLeaf
	shuffleKeys
	firstWild
)

// breed makes one mutant and checks it.
func (n *nursery) breed(t *testing.T, r *rand.Rand, kind int) outcome {
	i := r.IntN(len(n.corpus))
	if len(n.corpus[i].text) > 20_000 && r.IntN(4) > 0 {
		i = r.IntN(len(n.corpus)) // the small ones are as telling, and quicker
	}
	e := n.corpus[i]
	all := requests(e.from)
	q := all[r.IntN(len(all))]
	root := n.grown[i].clone()
	what, path := mutate(t, r, root, kind)
	if what == "" {
		return barren
	}
	name := fmt.Sprintf("%s %s: %s", e.title(), label(q), what)
	result, err := n.translate(t, name, root.text(), q)
	m := &mutant{trial: &trial{name: name, q: q, result: result}, base: n.base(t, e, q), path: path}
	if err != nil {
		if kind == insertLeaf || kind == shuffleKeys {
			t.Errorf("%s: %v", name, err)
		}
		checkRefusal(t, name, err)
		return turnedDown
	}
	m.source, m.target = parsed(t, root.text()), parsed(t, string(result.Output))
	check := []func(*mutant, *nursery) error{insertLeaf: inserted, deleteLeaf: deleted, shuffleKeys: shuffled}
	if kind < firstWild {
		if err := check[kind](m, n); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, l := range []law{restored, conserved} {
		if err := l(t, n.gateway, m.trial); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	return accepted
}

// mutate changes the document and says what it did, and where.
func mutate(t *testing.T, r *rand.Rand, root *value, kind int) (what, path string) {
	switch kind {
	case insertLeaf:
		s, ok := pick(r, root, func(_, v *value) bool { return v.kind == tree.Object && len(v.kids) > 0 })
		if !ok {
			return "", ""
		}
		raw := scalars[r.IntN(len(scalars))]
		leaf := &value{kind: scalarKind(raw), key: "unknown", raw: raw}
		s.v.kids = slices.Insert(s.v.kids, r.IntN(len(s.v.kids)+1), leaf)
		path = pathOf(t, root, leaf)
		return "insert " + path, path
	case deleteLeaf:
		s, ok := pick(r, root, isLeaf)
		if !ok {
			return "", ""
		}
		path = pathOf(t, root, s.v)
		s.parent.remove(s.v)
		root.prune()
		return "delete " + path, path
	case shuffleKeys:
		root.each(nil, func(_, v *value) {
			if v.kind == tree.Object {
				r.Shuffle(len(v.kids), func(i, j int) { v.kids[i], v.kids[j] = v.kids[j], v.kids[i] })
			}
		})
		return "shuffle the keys", ""
	}
	m := wild[kind-firstWild]
	if what := m.mutate(r, root); what != "" {
		return m.name + ": " + what, ""
	}
	return "", ""
}

// translate turns a panic into a failure that names the mutant.
func (n *nursery) translate(t *testing.T, name, text string, q document.Request) (r *document.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic: %v", name, p)
			err = &mapping.Error{Kind: mapping.Invalid, Path: "panic"}
		}
	}()
	return n.gateway.Translate(text, q)
}

// base translates the document a mutant is of, once.
func (n *nursery) base(t *testing.T, e example, q document.Request) *trial {
	key := e.name + label(q)
	if n.bases[key] == nil {
		r, err := n.gateway.Translate(e.text, q)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		n.bases[key] = &trial{key, q, r, parsed(t, e.text), parsed(t, string(r.Output))}
	}
	return n.bases[key]
}

var tenDigits = regexp.MustCompile(`\d{6}-?\d{4}`)

// checkRefusal: an error is ours, is the sender's fault, names a place, and
// names nobody.
func checkRefusal(t *testing.T, name string, err error) {
	var e *mapping.Error
	switch {
	case !errors.As(err, &e):
		t.Errorf("%s: an error of another type: %v", name, err)
	case e.Kind == mapping.Exception:
		t.Errorf("%s: %v", name, err)
	case e.Path == "" || e.Message == "" && e.Path != "panic":
		t.Errorf("%s: an error without path or message: %v", name, err)
	case tenDigits.MatchString(err.Error()):
		t.Errorf("%s: the error quotes what may be a CPR number", name)
	}
}

// inserted: the unknown leaf is on the ledger, and everything else is as before.
func inserted(m *mutant, n *nursery) error {
	was, is := linesOf(m.base.result.Ledger), linesOf(m.result.Ledger)
	leaf, ok := is[m.path]
	if !ok {
		return errors.New("the inserted leaf has no fate")
	}
	delete(is, m.path)
	if !reflect.DeepEqual(was, is) {
		return fmt.Errorf("the fate of another leaf changed: %s", differing(was, is))
	}
	before, after := leavesOf(m.base.target), leavesOf(m.target)
	for _, t := range leaf.Target {
		if after[t] != leavesOf(m.source)[m.path] {
			return errors.New("the inserted leaf was changed")
		}
		delete(after, t)
	}
	if !reflect.DeepEqual(before, after) {
		return errors.New("the output changed elsewhere")
	}
	a, b := m.base.result.Ledger, m.result.Ledger
	if !reflect.DeepEqual(a.Conformance, b.Conformance) || !reflect.DeepEqual(a.Proposals, b.Proposals) || !reflect.DeepEqual(a.Unmatched, b.Unmatched) {
		return errors.New("conformance, proposals or unmatched changed")
	}
	return fateOfUnknown(m, n, leaf, is)
}

// fateOfUnknown: what nobody knows is carried into the hub, and into what is
// delivered in the hub form; shares the fate of what is left out whole; and
// never comes into a strict resource, where it is unclaimed unless a rule drops
// all of what it stands in.
func fateOfUnknown(m *mutant, n *nursery, leaf ledger.Line, lines map[string]ledger.Line) error {
	parent := m.path[:strings.LastIndexByte(m.path, '.')]
	resourceType := lines[parent+".resourceType"]
	top := resourceType.Path != ""
	hub := slices.ContainsFunc(m.result.Ledger.Conformance.Lacks, func(l ledger.Lack) bool { return strings.HasPrefix(parent+".", l.Path+".") })
	switch {
	case m.q.To == document.FHIR:
		if leaf.Fate != ledger.Carried.String() {
			return fmt.Errorf("in the hub it is %s", leaf.Fate)
		}
	case top && resourceType.Fate != ledger.Carried.String():
		if leaf.Fate != resourceType.Fate || leaf.Reason != resourceType.Reason {
			return fmt.Errorf("its resource is %s, and it is %s", resourceType.Fate, leaf.Fate)
		}
	case top && !hub:
		if leaf.Fate != ledger.Unclaimed.String() {
			return fmt.Errorf("in a strict resource it is %s", leaf.Fate)
		}
	case leaf.Fate == ledger.Converted.String():
		return errors.New("it was converted, and nobody knows it")
	case leaf.Fate == ledger.Carried.String() && !hub:
		return errors.New("it is carried into a strict resource")
	}
	if leaf.Fate != ledger.Unclaimed.String() {
		return nil
	}
	q := m.q
	q.Strict = true
	var refused *mapping.Error
	if _, err := n.gateway.Translate(string(m.source.Append(nil, 0)), q); !errors.As(err, &refused) || linesOf(m.result.Ledger)[refused.Path].Fate != ledger.Unclaimed.String() {
		return fmt.Errorf("strict mode does not refuse it by its path: %v", err)
	}
	return nil
}

func linesOf(l *ledger.Ledger) map[string]ledger.Line {
	all := make(map[string]ledger.Line, len(l.Lines()))
	for _, line := range l.Lines() {
		line.Target = slices.Sorted(slices.Values(line.Target))
		all[line.Path] = line
	}
	return all
}

func differing(was, is map[string]ledger.Line) string {
	for path, l := range was {
		if !reflect.DeepEqual(l, is[path]) {
			return fmt.Sprintf("%s: was %+v, is %+v", path, l, is[path])
		}
	}
	return "there are more lines"
}

// shuffled: the order of keys changes nothing but the order of keys.
func shuffled(m *mutant, _ *nursery) error {
	if a, b := grow(m.base.target, 0).sorted(), grow(m.target, 0).sorted(); a != b {
		return errors.New("the output is another one")
	}
	if was, is := linesOf(m.base.result.Ledger), linesOf(m.result.Ledger); !reflect.DeepEqual(was, is) {
		return fmt.Errorf("the ledger is another one: %s", differing(was, is))
	}
	return nil
}
