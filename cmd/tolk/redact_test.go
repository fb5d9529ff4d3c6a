package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/fixtures/shared"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/redact"
	"tolk/mapping/tree"
)

// handed is a document that is redacted in a test, with what it is asked to be
// translated to.
type handed struct {
	name     string
	text     string
	requests []document.Request
	with     []document.Organisation
}

// everything handed: the inputs of all fixtures, and what is published.
func everythingGiven(t testing.TB) []handed {
	t.Helper()
	var all []handed
	for _, f := range loadFixtures(t.(*testing.T)) {
		all = append(all, handed{f.Name, f.Input, []document.Request{f.Request}, f.Organisations})
	}
	for _, e := range officialExamples(t) {
		all = append(all, handed{e.title(), e.text, requests(e.from), nil})
	}
	for _, pattern := range []string{"fmk/*.xml", "medcom-legacy/*.xml", "examples/hl7.fhir.dk.core/*.json", "examples/kl.dk.fhir.core/*.json", "examples/kl.dk.fhir.ffinst/*.json", "examples/medcom.*/*.json"} {
		for _, name := range shared.Files(t, append([]string{"official"}, strings.Split(pattern, "/")...)...) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			form := map[string]string{"fmk": "fmk", "medcom-legacy": "xref01", "medcom.fhir.dk.carecommunication": "carecommunication", "medcom.fhir.dk.homecareobservation": "hco"}[filepath.Base(filepath.Dir(name))]
			g := handed{name: filepath.Base(name), text: string(text)}
			if form != "" {
				g.requests = []document.Request{{From: form, To: document.FHIR, Now: moment}}
			}
			all = append(all, g)
		}
	}
	return all
}

// redacted redacts with a key that is the same every time.
func redacted(t testing.TB, c *core, text string, form redact.Form) (*redact.Result, error) {
	t.Helper()
	return redactorOf(c.terms, []byte("a key of a test, and of no one else")).Redact(text, form)
}

// ledgerShape is all of a ledger that a redacted document must have too.
func ledgerShape(l *ledger.Ledger) []string {
	var all []string
	for _, line := range l.Lines() {
		if strings.Contains(line.Reason, "in words") || strings.Contains(line.Reason, "the words for people") {
			line.Fate, line.Reason = "told in words, or not", "" // which depends on the words
		}
		all = append(all, fmt.Sprintf("line %s %s %s %v %s %s %s %s %s", line.Path, line.Fate, line.Rule, line.Target, line.Relation, line.Map, line.Row, line.Via, line.Reason))
	}
	for _, o := range l.Origins() {
		all = append(all, fmt.Sprintf("origin %+v", o))
	}
	for _, u := range l.Unmatched {
		all = append(all, fmt.Sprintf("unmatched %+v", u))
	}
	for _, n := range l.Notices {
		all = append(all, fmt.Sprintf("notice %s %s", n.Path, anyUUID.ReplaceAllString(n.Message, "UUID")))
	}
	for _, k := range l.Conformance.Lacks {
		all = append(all, fmt.Sprintf("lack %+v", k))
	}
	counts := maps.Clone(l.Counts)
	counts["residue"] += counts["dropped"]
	delete(counts, "dropped")
	all = append(all, fmt.Sprintf("counts %v, %d proposals", counts, len(l.Proposals)))
	return all
}

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// refusedWith is what a redacted document must be refused with too.
func refusedWith(err error) string {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return string(e.Kind) + " " + e.Path
}

// doubleHour is a letter of the hour that is there twice, when summer time ends: its
// date is moved to a day that has every hour once. A date that had to stay on such
// a day would tell by how much all dates were moved.
const doubleHour = "henvisning/xref01-to-fhir/den-dobbelte-time"

// A redacted document is translated as the original was: the same leaves have the
// same fates by the same rules and rows; and one that is refused is refused for the
// same reason.
func TestRedactKeepsLedger(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range everythingGiven(t) {
		t.Run(g.name, func(t *testing.T) {
			gateway := c.gateway
			if g.with != nil {
				if gateway, err = gateway.WithOrganisations(g.with); err != nil {
					t.Fatal(err)
				}
			}
			r, err := redacted(t, c, g.text, formOf(g))
			if err != nil {
				var e *mapping.Error
				for _, q := range g.requests {
					_, was := gateway.Translate(g.text, q)
					if refusedWith(was) != refusedWith(err) {
						t.Errorf("not redacted: %v (translating: %v)", err, was)
					}
				}
				if !errors.As(err, &e) {
					t.Error(err)
				}
				return
			}
			became := substitutes(t, g.text, string(r.Output))
			other := gateway
			if g.with != nil {
				if other, err = c.gateway.WithOrganisations(became.organisations(g.with)); err != nil {
					t.Fatal(err)
				}
			}
			for _, q := range g.requests {
				was, wasErr := gateway.Translate(g.text, q)
				is, isErr := other.Translate(string(r.Output), became.proposals(t, became.request(q), [2]*document.Gateway{gateway, other}, g.text, string(r.Output)))
				if wasErr != nil || isErr != nil {
					if became.named(refusedWith(wasErr)) != refusedWith(isErr) {
						t.Errorf("%s: refused with %v, the original with %v", label(q), isErr, wasErr)
					}
					continue
				}
				if g.name != doubleHour {
					compareShapes(t, label(q), became.allNamed(ledgerShape(was.Ledger)), ledgerShape(is.Ledger))
				}
			}
		})
	}
}

// compareShapes tells the first few lines that differ.
func compareShapes(t *testing.T, title string, want, got []string) {
	t.Helper()
	missing, extra := 0, 0
	for _, w := range want {
		if !slices.Contains(got, w) {
			if missing++; missing < 4 {
				t.Errorf("%s: lost: %s", title, w)
			}
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			if extra++; extra < 4 {
				t.Errorf("%s: new: %s", title, g)
			}
		}
	}
}

// stoodIn is a name that stands for one that nobody knows.
var stoodIn = regexp.MustCompile(`^_?[Ff]elt[0-9]+$`)

// sameShape checks that two documents have the same leaves at the same places, and that
// names of elements that became others became the same everywhere.
func sameShape(t *testing.T, was, is string) {
	t.Helper()
	a, err := readAny(was)
	if err != nil {
		t.Fatal(err)
	}
	b, err := readAny(is)
	if err != nil {
		t.Fatalf("the redacted document cannot be read: %v", err)
	}
	if a.Len() != b.Len() {
		t.Fatalf("%d nodes, want %d", b.Len(), a.Len())
	}
	names := map[string]string{}
	for n := range tree.ID(a.Len()) {
		old, new := a.Key(n), b.Key(n)
		bare := strings.TrimPrefix(new, "@")
		if before, ok := names[old]; ok && before != new || old != new && !stoodIn.MatchString(bare) {
			t.Errorf("%s: another name", b.Path(n))
		}
		names[old] = new
		if a.Parent(n) != b.Parent(n) || a.Leaf(n) != b.Leaf(n) || !a.Leaf(n) && a.Kind(n) != b.Kind(n) {
			t.Errorf("another shape at %s", b.Path(n))
			return
		}
	}
}

func readAny(text string) (*tree.Doc, error) {
	if tree.IsXML(text) {
		decoded, _, err := tree.DecodeXML([]byte(text))
		if err != nil {
			return nil, err
		}
		text = decoded
	}
	return tree.Read(text, tree.Limits{})
}

// substitution is what each text of a document became.
type substitution struct {
	texts map[string]string
	names map[string]string // of elements that nobody knows
	days  int               // that its dates were moved by
}

func substitutes(t *testing.T, was, is string) substitution {
	t.Helper()
	a, err := readAny(was)
	if err != nil {
		t.Fatal(err)
	}
	b, err := readAny(is)
	if err != nil {
		t.Fatal(err)
	}
	s := substitution{texts: map[string]string{}, names: map[string]string{}}
	for n := tree.ID(0); int(n) < a.Len() && int(n) < b.Len(); n++ {
		if a.Key(n) != b.Key(n) {
			s.names[a.Key(n)] = b.Key(n)
		}
		old, new := strings.TrimSpace(a.Text(n)), strings.TrimSpace(b.Text(n))
		s.texts[old] = new
		if bare, ok := strings.CutPrefix(strings.ToLower(old), "urn:uuid:"); ok {
			s.texts[bare] = strings.ToLower(strings.TrimPrefix(new, "urn:uuid:"))
		}
		from, err1 := time.Parse(time.DateOnly, old[:min(10, len(old))])
		to, err2 := time.Parse(time.DateOnly, new[:min(10, len(new))])
		if days := int(to.Sub(from).Hours() / 24); err1 == nil && err2 == nil && days < 0 && !strings.HasSuffix(strings.ToLower(a.Key(n)), "birthdate") && a.Key(n) != "foedselsdato" {
			s.days = days
		}
	}
	return s
}

var nameIn = regexp.MustCompile(`[\pL_][\pL\pN_]*`)

// named is a text, or a path, with the names of elements that nobody knows as they became.
func (s substitution) named(text string) string {
	return nameIn.ReplaceAllStringFunc(text, func(name string) string {
		if new, ok := s.names[name]; ok {
			return new
		}
		return name
	})
}

func (s substitution) allNamed(texts []string) []string {
	for i, text := range texts {
		texts[i] = s.named(text)
	}
	return texts
}

func (s substitution) of(text string) string {
	if new, ok := s.texts[text]; ok {
		return new
	}
	return text
}

func (s substitution) organisations(all []document.Organisation) []document.Organisation {
	all = slices.Clone(all)
	for i, o := range all {
		all[i] = document.Organisation{KOMBIT: s.of(o.KOMBIT), SOR: s.of(o.SOR)}
	}
	return all
}

// request is the same request of the redacted document: at as many days before, by
// and for the parties that stand in it.
func (s substitution) request(q document.Request) document.Request {
	if !q.Now.IsZero() {
		q.Now = q.Now.AddDate(0, 0, s.days)
	}
	for _, p := range []*document.Party{&q.Sender, &q.Receiver} {
		p.Name, p.SOR, p.GLN, p.Person, p.Phone = s.of(p.Name), s.of(p.SOR), s.of(p.GLN), s.of(p.Person), s.of(p.Phone)
	}
	return q
}

// proposals accepts the proposals at the same places: their ids are made of what
// they propose.
func (s substitution) proposals(t *testing.T, q document.Request, by [2]*document.Gateway, was, is string) document.Request {
	t.Helper()
	if !slices.ContainsFunc(q.Accept, func(a string) bool { return strings.HasPrefix(a, "p-") }) {
		return q
	}
	bare := q
	bare.Accept = nil
	a, err := by[0].Translate(was, bare)
	if err != nil {
		t.Fatal(err)
	}
	b, err := by[1].Translate(is, bare)
	if err != nil || len(a.Ledger.Proposals) != len(b.Ledger.Proposals) {
		t.Fatalf("%d proposals, want %d: %v", len(b.Ledger.Proposals), len(a.Ledger.Proposals), err)
	}
	q.Accept = slices.Clone(q.Accept)
	for i, p := range a.Ledger.Proposals {
		for j, candidate := range p.Candidates {
			if at := slices.Index(q.Accept, candidate.ID); at >= 0 {
				q.Accept[at] = b.Ledger.Proposals[i].Candidates[j].ID
			}
		}
	}
	return q
}

// formOf is the form that a case says its input is in, as somebody says with --from.
func formOf(g handed) redact.Form {
	if len(g.requests) == 0 {
		return ""
	}
	form, err := redactFlags{from: g.requests[0].From}.form()
	if err != nil {
		return ""
	}
	return form
}
