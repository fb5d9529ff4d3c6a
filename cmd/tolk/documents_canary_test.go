package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tolk/mapping"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// canaries are what a person could be known by. They are the public test
// persons', in every spelling.
var canaries = []string{"2509479989", "250947-9989", "1509819996", "0703921VJ4", "070392-1VJ4", "CPR 2509479989 (Bruno)", "2509479989e5", "urn:oid:2509479989", "https://x/2509479989?q=1"}

// somebody finds a canary in what we say ourselves.
var somebody = regexp.MustCompile(`(?i)250947-?9989|150981-?9996|070392-?1VJ4|Bruno`)

// Whatever stands at whatever place of a document, no error, notice, lack or line
// of the ledger quotes it, and no rule states it as a constant of its own: they
// say where, never what. As the name of an element it is quoted no more than as
// its value.
func TestDocumentNamesNobody(t *testing.T) {
	g := gateway(t, unregistered)
	all := documentCorpus(t)
	var asked, refused atomic.Int64
	tried := *documentMutants / 2
	t.Run("shards", func(t *testing.T) {
		for shard := range broods {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				for i := range tried / broods {
					r := rand.New(rand.NewPCG(*documentSeed<<16|uint64(shard), uint64(i)))
					s := all[r.IntN(len(all))]
					possible := s.requests()
					q := possible[r.IntN(len(possible))]
					canary := canaries[r.IntN(len(canaries))]
					text, where := withCanary(r, s.text, canary)
					if text == "" {
						continue
					}
					asked.Add(1)
					result, err := ventured(g, text, q)
					name := s.caption(q) + ": " + where
					if err != nil {
						refused.Add(1)
						if err := namesNobody(err); err != nil {
							t.Errorf("%s: %v", name, err)
						}
						continue
					}
					if err := ledgerNamesNobody(text, result.Ledger, scanned(t, string(result.Output)), canary); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
	})
	if n := refused.Load(); n == 0 || n == asked.Load() {
		t.Errorf("%d documents, %d of them refused: the suite does not try what it should", asked.Load(), n)
	}
	t.Logf("%d documents, %d of them refused; seed %d", asked.Load(), refused.Load(), *documentSeed)
}

// withCanary puts a canary at one place of a document, as a value or as a name.
func withCanary(r *rand.Rand, text, canary string) (changed, where string) {
	if tree.IsXML(text) {
		tags := tagsOf(text)
		if len(tags) == 0 {
			return "", ""
		}
		if r.IntN(6) == 0 {
			p, _ := pickTag(r, tags, func(p tag) bool { return p.kind == '<' && !p.leaf })
			n := "x" + strings.Map(func(c rune) rune {
				if strings.ContainsRune("0123456789-VJ", c) {
					return c
				}
				return -1
			}, canary)
			return text[:p.end] + "<" + n + ">x</" + n + ">" + text[p.end:], "an element by that name"
		}
		p, _ := pickTag(r, tags, func(p tag) bool { return p.kind == 't' && strings.TrimSpace(text[p.start:p.end]) != "" })
		return text[:p.start] + canary + text[p.end:], fmt.Sprintf("in place of %.30q", text[p.start:p.end])
	}
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		return "", "" // a case of what is no document at all
	}
	root := grow(d, d.Root())
	if r.IntN(6) == 0 {
		s, ok := pick(r, root, func(_, v *value) bool { return v.kind == tree.Object })
		if !ok {
			return "", ""
		}
		s.v.kids = slices.Insert(s.v.kids, r.IntN(len(s.v.kids)+1), &value{kind: tree.String, key: canary, raw: `"x"`})
		return root.text(), "a member by that name in " + s.v.key
	}
	s, ok := pick(r, root, func(_, v *value) bool { return v.kind == tree.String })
	if !ok {
		return "", ""
	}
	where = fmt.Sprintf("at %s in place of %.30s", s.v.key, s.v.raw)
	s.v.raw = tree.Quote(canary)
	return root.text(), where
}

// namesNobody checks every error in a refusal.
func namesNobody(err error) error {
	if err := wanting(err); err != nil {
		return err
	}
	if text := err.Error(); somebody.MatchString(text) {
		return fmt.Errorf("the error quotes the document: %s", somebody.ReplaceAllString(text, "…"))
	}
	for _, e := range every(err) {
		if somebody.MatchString(e.Path) || somebody.MatchString(e.Message) {
			return fmt.Errorf("the error quotes the document: %s", e.Message)
		}
	}
	return nil
}

// every lists the errors of tolk that an error is made of.
func every(err error) []*mapping.Error {
	var all []*mapping.Error
	var e *mapping.Error
	switch many := err.(type) {
	case *mapping.Error:
		return append(all, many)
	case interface{ Unwrap() []error }:
		for _, one := range many.Unwrap() {
			all = append(all, every(one)...)
		}
		return all
	}
	if errors.As(err, &e) {
		all = append(all, e)
	}
	return all
}

// ledgerNamesNobody checks the account: nothing of it holds the canary, and no
// constant does. What is generated for people may.
func ledgerNamesNobody(_ string, l *ledger.Ledger, out *tree.Doc, canary string) error {
	for i := range l.Lines() {
		if s := &l.Lines()[i]; somebody.MatchString(s.Path) || somebody.MatchString(s.Reason) || somebody.MatchString(s.Rule) {
			return fmt.Errorf("line %d of the ledger quotes the document: %s %s", i, s.Rule, s.Reason)
		}
	}
	values := leavesOf(out)
	for _, o := range l.Origins() {
		if somebody.MatchString(o.Path) || somebody.MatchString(o.Rule) {
			return fmt.Errorf("an origin of the ledger quotes the document, by %s", o.Rule)
		}
		if o.From == ledger.FromConstant && strings.Contains(values[o.Path], canary) {
			return fmt.Errorf("%s is said to be a constant of %s, and is the sender's", o.Path, o.Rule)
		}
	}
	rest, err := json.Marshal(struct {
		C any
		N any
		P any
		U any
	}{l.Conformance, l.Notices, l.Proposals, l.Unmatched})
	if err != nil {
		return err
	}
	if found := somebody.Find(rest); found != nil {
		at := strings.Index(string(rest), string(found))
		return fmt.Errorf("a lack, a notice or a proposal quotes the document: %s", rest[max(0, at-120):min(len(rest), at+len(found))])
	}
	return nil
}
