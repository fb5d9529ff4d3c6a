package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// broods run in parallel, each with its own part of the mutants.
const broods = 4

// brood is a shard of mutants of the documents with what they are compared with.
type brood struct {
	gateway *document.Gateway
	corpus  []sample
	grown   map[int]*value
	bases   map[string]*trial // nil where the document itself is refused
	count   *offspring
}

// offspring counts mutants, by mutation.
type offspring struct {
	made, refused [documentMutations]atomic.Int64
}

// The mutations of a document. Those before wildDocument are checked leaf by
// leaf.
const (
	addLeaf = iota
	dropLeaf
	shuffleMembers
	changeLeaf
	wildDocument
	documentMutations
)

var mutationNames = [documentMutations]string{"insert", "delete", "shuffle", "change", "wild"}

// bred is one mutant.
type bred struct {
	*trial
	s    sample // the document it is of
	base *trial
	text string
	path string // of what was inserted, deleted or changed
	what string
}

// Law 6 for the documents: an unknown leaf shows on the ledger, or the document
// is refused by its place; a deleted leaf takes its own targets along; the order
// of members means nothing; a changed value changes the output, or the ledger
// says where it went. And whatever else happens to a document: no panic, and
// either an error with a path or a translation that passes the auditor and
// gives the mutant back.
func TestDocumentMutants(t *testing.T) {
	all := slices.DeleteFunc(slices.Clone(documentCorpus(t)), func(s sample) bool { return *documentOf != "" && s.q.Document != *documentOf })
	g := gateway(t, unregistered)
	count := &offspring{}
	t.Run("shards", func(t *testing.T) {
		for shard := range broods {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				b := &brood{gateway: g, corpus: all, grown: map[int]*value{}, bases: map[string]*trial{}, count: count}
				for i, attempt := 0, 0; i < *documentMutants/broods; attempt++ {
					r := rand.New(rand.NewPCG(*documentSeed<<16|uint64(shard), uint64(attempt)))
					if b.breed(t, r, attempt%documentMutations) {
						i++
					}
				}
			})
		}
	})
	var made, refused int64
	for kind, name := range mutationNames {
		m, n := count.made[kind].Load(), count.refused[kind].Load()
		made, refused = made+m, refused+n
		t.Logf("%-8s %5d mutants, %5d refused with a path", name, m, n)
		if int(m)*10 < *documentMutants || n == m {
			t.Errorf("%s: %d mutants, %d of them refused: the suite does not try what it should", name, m, n)
		}
	}
	t.Logf("%d mutants, %d refused; seed %d", made, refused, *documentSeed)
}

// breed makes one mutant and checks it; false if the document has no place for
// it.
func (b *brood) breed(t *testing.T, r *rand.Rand, kind int) bool {
	i := r.IntN(len(b.corpus))
	if len(b.corpus[i].text) > 20_000 && r.IntN(4) > 0 {
		i = r.IntN(len(b.corpus)) // the small ones are as telling, and quicker
	}
	s := b.corpus[i]
	all := s.requests()
	q := all[r.IntN(len(all))]
	m := &bred{s: s, base: b.base(s, q)}
	if m.base == nil {
		return false
	}
	if m.base.source.XML() {
		m.text, m.what, m.path = mutateXML(t, r, s.text, kind)
	} else {
		m.text, m.what, m.path = b.mutateJSON(t, r, i, kind)
	}
	if m.what == "" {
		return false
	}
	b.check(t, m, q, kind)
	return true
}

func (b *brood) check(t *testing.T, m *bred, q document.Request, kind int) {
	name := m.s.caption(q) + ": " + m.what
	result, err := ventured(b.gateway, m.text, q)
	b.count.made[kind].Add(1)
	if err != nil {
		b.count.refused[kind].Add(1)
		if err := wanting(err); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := m.rightlyRefused(err, kind); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	m.trial = &trial{name: name, q: q, result: result, source: scanned(t, m.text), target: scanned(t, string(result.Output))}
	checks := [wildDocument]func(*bred) error{(*bred).added, (*bred).dropped, (*bred).shuffled, (*bred).changed}
	if kind < wildDocument {
		if err := checks[kind](m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	changed := m.s
	changed.text = m.text
	for _, l := range documentLaws[:1] {
		if err := l.law(t, b.gateway, changed, m.trial); err != nil {
			t.Errorf("law %s: %s: %v", l.name, name, err)
		}
	}
	for i, law := range []func(*testing.T, *document.Gateway, sample, *trial) error{accounted, passedAgain, resolved} {
		if kind == wildDocument && i == 2 {
			continue // what was duplicated goes by one URL when it comes
		}
		if err := law(t, b.gateway, changed, m.trial); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// base translates the document a mutant is of, once.
func (b *brood) base(s sample, q document.Request) *trial {
	key := s.caption(q) + s.text
	if x, ok := b.bases[key]; ok {
		return x
	}
	b.bases[key] = nil
	if r, err := ventured(b.gateway, s.text, q); err == nil {
		source, _ := tree.Read(decoded(s.text), tree.Limits{})
		target, _ := tree.Read(string(r.Output), tree.Limits{})
		b.bases[key] = &trial{s.caption(q), q, r, source, target}
	}
	return b.bases[key]
}

// mutateJSON changes a JSON document and says what it did, and where.
func (b *brood) mutateJSON(t *testing.T, r *rand.Rand, i, kind int) (text, what, path string) {
	if b.grown[i] == nil {
		b.grown[i] = growText(b.corpus[i].text)
	}
	root := b.grown[i].clone()
	switch kind {
	case addLeaf:
		what, path = addJSON(t, r, root)
	case dropLeaf:
		what, path = mutate(t, r, root, deleteLeaf)
	case shuffleMembers:
		what, path = mutate(t, r, root, shuffleKeys)
	case changeLeaf:
		if s, ok := pick(r, root, isLeaf); ok && !s.v.kind.Container() && s.v.key != "data" {
			s.v.raw = otherValue(s.v)
			path = pathOf(t, root, s.v)
			what = "change " + path
		}
	default:
		m := wild[r.IntN(len(wild))]
		if what = m.mutate(r, root); what != "" {
			what = m.name + ": " + what
		}
	}
	return root.text(), what, path
}

// addJSON adds a leaf that nobody knows: a member anywhere in an object, or an
// element at the end of an array.
func addJSON(t *testing.T, r *rand.Rand, root *value) (what, path string) {
	s, ok := pick(r, root, func(_, v *value) bool { return v.kind.Container() && len(v.kids) > 0 })
	if !ok {
		return "", ""
	}
	leaf := growText([]string{`"ukendt-7351"`, `7351`, `true`, `null`, `{}`, `[]`}[r.IntN(6)])
	if s.v.kind == tree.Array {
		s.v.kids = append(s.v.kids, leaf)
	} else {
		leaf.key = []string{"ukendt", "en_ukendt", "ukendt felt"}[r.IntN(3)]
		s.v.kids = slices.Insert(s.v.kids, r.IntN(len(s.v.kids)+1), leaf)
	}
	path = pathOf(t, root, leaf)
	return "insert " + leaf.raw + " " + path, path
}

// otherValue is another value of the same kind.
func otherValue(v *value) string {
	switch v.kind {
	case tree.String:
		return v.raw[:len(v.raw)-1] + `-7351"`
	case tree.Number:
		return "7351"
	case tree.Bool:
		if v.raw == "true" {
			return "false"
		}
		return "true"
	}
	return `"ukendt-7351"`
}

// rightlyRefused: a document may be refused for an unknown leaf only by a place
// at, above or below it; for the order of its members not at all.
func (m *bred) rightlyRefused(err error, kind int) error {
	switch kind {
	case shuffleMembers:
		return fmt.Errorf("it is refused for the order of its members: %w", err)
	case addLeaf:
		path := strings.TrimSuffix(m.path, ".text()")
		for _, e := range every(err) {
			at := strings.TrimSuffix(e.Path, ".text()")
			if strings.HasPrefix(path, at) || strings.HasPrefix(at, path) {
				return nil
			}
		}
		return fmt.Errorf("it is refused at another place: %w", err)
	}
	return nil
}

// added: the unknown leaf has a fate, nothing else has another one, and the
// output is the same but for the leaf itself.
func (m *bred) added() error {
	is := linesOf(m.result.Ledger)
	leaf, ok := is[m.path]
	if !ok {
		return errors.New("the inserted leaf has no fate")
	}
	delete(is, m.path)
	if inText.MatchString(m.path) || oneOfMany.MatchString(m.path) && strings.Contains(m.what, `"ukendt-7351"`) {
		return nil // it is known: text that stands in a text, a given name more
	}
	was := linesOf(m.base.result.Ledger)
	switch leaf.Fate {
	case ledger.Unclaimed.String():
		if len(leaf.Target) > 0 {
			return errors.New("nobody knows it, and it has a target")
		}
	case ledger.Converted.String():
		return fmt.Errorf("it was converted, by %s, and nobody knows it", leaf.Rule)
	case ledger.Used.String():
		return fmt.Errorf("it was used, by %s, and nobody knows it", leaf.Rule)
	}
	if m.decidesAsAWhole(was) || m.decidesAsAWhole(is) || m.reenveloped() {
		return nil
	}
	if !sameFates(was, is) {
		return fmt.Errorf("the fate of another leaf changed: %s", differing(plainFates(was), plainFates(is)))
	}
	if m.q.From == "fmk" && (strings.Contains(m.path, ".Dosage") || len(leaf.Target) > 0) {
		return m.incomplete()
	}
	before, now := m.base.essence(m.base.set(nil, m.path), attaching[m.q.To]), m.trial.essence(m.trial.set(leaf.Target, m.path), attaching[m.q.To])
	if before != now {
		return fmt.Errorf("the output changed elsewhere: %s", firstDifference(before, now))
	}
	if was, is := m.base.halves(), m.trial.halves(); is > was+1 {
		return fmt.Errorf("%d dosages are marked as incomplete, and %d were", is, was)
	}
	return nil
}

// halves is how many dosages of the plain form are marked as incomplete: one more where
// something in it is unknown.
func (x *trial) halves() (n int) {
	for _, o := range x.result.Ledger.Origins() {
		if x.halved(o) {
			n++
		}
	}
	return n
}

// halved reports whether a leaf of the plain form is what the step says by itself of a
// dosage that it does not tell all of.
func (x *trial) halved(o ledger.Origin) bool {
	return x.q.To == "plain" && o.From == ledger.FromConstant && strings.HasSuffix(o.Path, ".ufuldstaendig")
}

// oneOfMany are the texts that are joined to one, or told one after the other.
var oneOfMany = regexp.MustCompile(`(\.given|^\$this\.cave|^\$this\.oplysninger\.[A-Za-z]+)\[\d+\]$`)

// decidesAsAWhole tells of an element of which every leaf counts: two
// observations are one panel when they agree in everything else; a category is
// left out when it says nothing but what the code does, and so is a report that
// only lists its observations and a resource that is only of the message; an
// interpretation is kept when it judges nothing; two mentions are of one person
// when they are the same to the letter.
func (m *bred) decidesAsAWhole(was map[string]ledger.Line) bool {
	switch m.q.From {
	case "plain":
		return false
	case "fmk":
		return m.mentions().MatchString(m.path)
	default:
		if m.q.Document == document.Tilstande {
			return strings.HasSuffix(m.path, "]") // one coding more is another concept
		}
		if m.q.Document == document.Henvisning && (m.q.From == "fsiii" || m.q.To == "fsiii") && reshaped.MatchString(m.path) {
			return true
		}
		entry := entryPath.FindString(m.path)
		for path, l := range was {
			if entryPath.FindString(path) == entry && wholes.MatchString(l.Rule) {
				return true
			}
		}
	}
	return false
}

// reshaped are the elements of a request that KL and the hub shape otherwise.
var reshaped = regexp.MustCompile(`(\.resource|ServiceRequest)\.(requester|extension\[\d+\])(\W|$)`)

// wholes are the rules that ask whether an element says this and nothing more.
var wholes = regexp.MustCompile(`panel|category|kl\.report|hco\.report|hco\.place|hco\.envelope|hco\.interpretation`)

// mentions is where a document names a person or an organisation, or FMK's card a
// drug: what is there is one fact, and two that say the same are one.
func (m *bred) mentions() *regexp.Regexp {
	switch {
	case m.q.From == "fmk":
		return cardMention
	case m.q.From == "plain" && m.q.Document == document.Korrespondance:
		return threadMention
	}
	return noMention
}

var (
	cardMention   = regexp.MustCompile(`^(.*?\.([A-Za-z]*By|Organisation|Drug))\b`)
	threadMention = regexp.MustCompile(`^(.*?\.(organisation|forfatter|person|kopimodtagere(\[\d+\])?))\b`)
	noMention     = regexp.MustCompile(`\z.`) // nowhere
)

// incomplete: what is unknown in FMK's dosage makes the structured dosage
// incomplete, which the document then says in many places, and what is kept in
// FMK's words gets one more. All else that comes from the card is as it was.
func (m *bred) incomplete() error {
	const nowhere = "a path that no leaf is at"
	for _, p := range differences(m.base.origins(nowhere, noMention).leaves, m.trial.origins(nowhere, noMention).leaves) {
		if p.from != "" && !atOrBelow(m.path, p.from) && !atOrBelow(p.from, element(m.path)) {
			return fmt.Errorf("%s, of %s, changed as well", p.element, p.from)
		}
	}
	return nil
}

// essence of the output of a trial, without some leaves, and looking into what is
// attached or not.
func (x *trial) essence(without map[string]bool, sealed bool) string {
	root := grow(x.target, x.target.Root())
	if len(without) > 0 {
		n, gone := tree.ID(0), map[*value]bool{}
		root.each(nil, func(_, v *value) {
			gone[v] = len(v.kids) == 0 && without[x.target.Path(n)]
			n++
		})
		root.rid(gone)
	}
	return (&essence{names: map[string]string{}, sealed: sealed}).of(root)
}

// rid takes out what is gone, and what then holds nothing.
func (v *value) rid(gone map[*value]bool) {
	v.kids = slices.DeleteFunc(v.kids, func(k *value) bool {
		held := len(k.kids)
		k.rid(gone)
		return gone[k] || held > 0 && len(k.kids) == 0
	})
}

// set is the leaves of the output that an inserted leaf may change: its own, and
// where it is one more of a kind that is known, what a rule states beside it; then,
// or in a dosage that is then not shown as a table, or in a part of a measurement that is
// then not drawn together with the other, the texts for people, and the sections of a letter;
// of the plain form, that the dosage is not all told.
func (x *trial) set(own []string, path string) map[string]bool {
	all := map[string]bool{}
	for _, p := range own {
		all[p] = true
	}
	beside := func(path string) bool {
		return slices.ContainsFunc(own, func(p string) bool { return strings.HasSuffix(above(p), "]") && atOrBelow(path, above(p)) })
	}
	oneMore := strings.HasSuffix(path, "]")
	for _, o := range x.result.Ledger.Origins() {
		switch {
		case o.From == ledger.FromConstant && (oneMore && beside(o.Path) || metProfile.MatchString(o.Path)),
			o.From == ledger.FromGenerated && (oneMore || strings.Contains(path, ".dosage[") || strings.Contains(path, ".component[")) && aboutPeople.MatchString(o.Path),
			oneMore && x.q.To == "xref01" && prose.MatchString(o.Path),
			strings.Contains(path, ".dosage[") && x.halved(o):
			all[o.Path] = true
		}
	}
	return all
}

// metProfile is what a resource claims to meet: with an unknown leaf it may not.
var metProfile = regexp.MustCompile(`\.meta\.profile\[\d+\]$`)

// attaching are the forms that attach the document: with all that nobody knows
// in it.
var attaching = map[string]bool{"ffb": true, "carecommunication": true}

// fate is a line without its targets: where among its like an element stands in
// the target is no matter of its own.
func plainFates(lines map[string]ledger.Line) map[string]ledger.Line {
	all := make(map[string]ledger.Line, len(lines))
	for path, l := range lines {
		l.Path, l.Target = "", nil
		all[strings.TrimSuffix(path, ".text()")] = l // an attribute makes an object of a text
	}
	return all
}

func sameFates(was, is map[string]ledger.Line) bool {
	return maps.EqualFunc(plainFates(was), plainFates(is), func(a, b ledger.Line) bool { return reflect.DeepEqual(a, b) })
}

// shuffled: the order of members changes nothing but the order of members.
func (m *bred) shuffled() error {
	if was, is := m.base.essence(nil, false), m.trial.essence(nil, false); was != is {
		return fmt.Errorf("the output is another one: %s", firstDifference(was, is))
	}
	if was, is := linesOf(m.base.result.Ledger), linesOf(m.result.Ledger); !sameFates(was, is) {
		return fmt.Errorf("the ledger is another one: %s", differing(plainFates(was), plainFates(is)))
	}
	return nil
}

// changed: the output is another one, or the ledger says that the value is not
// there.
func (m *bred) changed() error {
	line, ok := linesOf(m.result.Ledger)[m.path]
	if !ok {
		return errors.New("the changed leaf has no fate")
	}
	if strings.HasSuffix(m.path, ".id") || strings.HasSuffix(m.path, ".fullUrl") || strings.HasSuffix(m.path, ".reference") || m.path == "Bundle.type" {
		return nil // by what name a resource goes, and what Bundle it is in, is ours to say
	}
	if strings.HasSuffix(m.path, ".unit") && line.Fate == ledger.Converted.String() {
		return nil // beside the code of the unit its name says nothing
	}
	there := line.Fate == ledger.Carried.String() || line.Fate == ledger.Converted.String()
	if there && string(m.base.result.Output) == string(m.result.Output) {
		return fmt.Errorf("it is %s, by %s, and the output is the same", line.Fate, line.Rule)
	}
	return nil
}
