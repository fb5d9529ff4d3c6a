package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/fixtures"
	"tolk/fixtures/shared"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/tree"
)

// The laws of the medication list, the health check and the plain condition
// record are tried on a sample that is the same every time. More, or another,
// is asked for: go test ./cmd/tolk -run TestDocument -documents.mutants 100000 -documents.seed 7
var (
	documentSeed    = flag.Uint64("documents.seed", 4, "the seed of the mutants of the documents")
	documentOf      = flag.String("documents.of", "", "the one document that mutants are made of, all if empty")
	documentMutants = flag.Int("documents.mutants", 2000, "how many mutants of the documents are tried")
)

// sample is a document with what is asked of it, but for the form to translate
// it to.
type sample struct {
	name    string
	text    string
	q       document.Request // Document, From, and what a message needs
	only    string           // the one form to try, empty: all that are offered
	derived bool             // an output of ours, read again
	lacking bool             // and its ledger said that it is not all its form demands
}

// moment is when the samples are translated that do not say when themselves.
var moment = time.Date(2026, 11, 21, 10, 15, 0, 0, time.FixedZone("CET", 3600))

// parties are the sender and the receiver of a message that says of none.
var parties = [2]document.Party{
	{Name: "Bostedet Testlunden", SOR: "938061000016005", GLN: "5790001382445"},
	{Name: "Skødstrup Lægepraksis", SOR: "52581000016005", GLN: "5790000121526"},
}

// requests lists what is asked of a sample: each form its document is written
// to.
func (s sample) requests() []document.Request {
	var all []document.Request
	for _, o := range document.Offers() {
		if o.Document == s.q.Document && o.Form != s.q.From && o.Write == "" && (s.only == "" || s.only == o.Form) {
			q := s.q
			q.To, q.WithResidue = o.Form, true
			all = append(all, q)
		}
	}
	return all
}

// offersRead reports whether a document in a form is read.
func offersRead(name, form string) bool {
	return slices.ContainsFunc(document.Offers(), func(o document.Offer) bool {
		return o.Document == name && o.Form == form && o.Read == ""
	})
}

// documentSamples are what the laws of the documents are tried on: the fixtures,
// the official card and messages, and the hub documents made of all these, with
// everything else that is read again.
func documentSamples(t testing.TB) []sample {
	t.Helper()
	first := append(documentFixtures(t), officialDocuments(t)...)
	for _, e := range officialExamples(t) {
		first = append(first, sample{name: e.title(), text: e.text, q: document.Request{Document: document.Tilstande, From: e.from}, only: "plain"})
	}
	g := gateway(t, unregistered)
	var all []sample
	seen := map[string]bool{}
	add := func(s sample) bool {
		key := s.q.Document + s.q.From + s.text
		fresh := !seen[key]
		if seen[key] = true; fresh {
			all = append(all, s)
		}
		return fresh
	}
	for _, s := range first {
		if !add(s) {
			continue
		}
		for _, q := range s.requests() {
			if !offersRead(s.q.Document, q.To) {
				continue
			}
			r, err := g.Translate(s.text, asSaid(q))
			if err != nil {
				continue // TestDocumentLaws looks at it
			}
			d := sample{name: s.name + " as " + q.To, text: string(r.Output), q: s.q, derived: true, lacking: !r.Ledger.Conformance.Met}
			if d.q.From = q.To; d.q.Document == document.Tilstande {
				d.only = onlyPlain(q.To)
			}
			add(d)
		}
	}
	return all
}

// onlyPlain is the form to try a condition record in that is in this form: the
// others have their laws in laws_test.go.
func onlyPlain(from string) string {
	if from == "plain" {
		return ""
	}
	return "plain"
}

// corpusOnce makes the samples once: nobody changes them.
var corpusOnce struct {
	sync.Once
	all []sample
}

func documentCorpus(t testing.TB) []sample {
	corpusOnce.Do(func() { corpusOnce.all = documentSamples(t) })
	if len(corpusOnce.all) == 0 {
		t.Fatal("there is no corpus: another test could not make it")
	}
	return corpusOnce.all
}

// documentFixtures reads the inputs of the fixtures of the documents, with what
// their cases ask for. Those of the condition record that are in no plain form
// have their laws in laws_test.go.
func documentFixtures(t testing.TB) []sample {
	t.Helper()
	cases, err := fixtures.Load(os.DirFS(filepath.Join("..", "..", "fixtures")))
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for _, c := range cases {
		q := c.Request
		plain := q.From == "plain" || q.To == "plain"
		if q.Document == document.Tilstande && !plain {
			continue
		}
		q.Strict, q.To = false, ""
		s := addressed(sample{name: c.Name, text: c.Input, q: q})
		if q.Document == document.Tilstande {
			s.only = onlyPlain(q.From)
		}
		all = append(all, s)
	}
	return all
}

// addressed adds what a message needs where the case says nothing of it.
func addressed(s sample) sample {
	if s.q.Now.IsZero() {
		s.q.Now = moment
	}
	if s.q.Document != document.Tilstande && s.q.Sender == (document.Party{}) && s.q.Receiver == (document.Party{}) && !strings.Contains(s.name, "uden") {
		s.q.Sender, s.q.Receiver = parties[0], parties[1]
	}
	return s
}

// officialDocuments reads the medication card that FMK publishes, and every
// example of MedCom's HomeCareObservation and of KL's measurements.
func officialDocuments(t testing.TB) []sample {
	t.Helper()
	official := shared.Path(t, "official")
	var all []sample
	for _, p := range []struct{ document, form, pattern string }{
		{document.Medicinliste, "fmk", "fmk/*.xml"},
		{document.Sundhedstjek, "hco", "examples/medcom.fhir.dk.homecareobservation/*.json"},
		{document.Sundhedstjek, "fsiii", "examples/kl.dk.fhir.ffinst/*.json"},
	} {
		found := readExamples(t, p.form, filepath.Join(official, p.pattern))
		if len(found) == 0 {
			t.Fatalf("%s: no examples", p.pattern)
		}
		for _, e := range found {
			all = append(all, addressed(sample{name: e.title(), text: e.text, q: document.Request{Document: p.document, From: p.form}}))
		}
	}
	return all
}

// scanned reads the text of a sample as what it is.
func scanned(t testing.TB, text string) *tree.Doc {
	t.Helper()
	d, err := tree.Read(decoded(text), tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// decoded is the text of a sample: XML comes in other encodings too.
func decoded(text string) string {
	if !tree.IsXML(text) {
		return text
	}
	utf8, _, err := tree.DecodeXML([]byte(text))
	if err != nil {
		return text // the reader says what is wrong
	}
	return utf8
}

// caption names a sample and a request for a test.
func (s sample) caption(q document.Request) string {
	return fmt.Sprintf("%s (%s %s-to-%s)", s.name, q.Document, q.From, q.To)
}

// ventured translates a sample. A panic is an error that is a bug of ours.
func ventured(g *document.Gateway, text string, q document.Request) (r *document.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &mapping.Error{Kind: mapping.Exception, Path: "panic", Message: fmt.Sprint(p)}
		}
	}()
	return g.Translate(text, asSaid(q))
}

// asSaid asks with what counts for the form: a sample has its parties and its areas for
// whatever it becomes.
func asSaid(q document.Request) document.Request {
	q.Sender, q.Receiver = document.AsWritten(q.To, q.Sender, q.Receiver)
	if q.From == "plain" && q.To == document.FHIR {
		q.Areas = nil
	}
	return q
}

// sound checks what holds of every result: the auditor passes it when it reads
// the bytes again, and the output is in canonical FHIR or plain JSON.
func sound(text string, r *document.Result) error {
	if err := ledger.Audit(decoded(text), decoded(string(r.Output)), r.Ledger); err != nil {
		return fmt.Errorf("the auditor, asked again: %w", err)
	}
	return nil
}

// wanting tells why a translation that was asked for may be refused: an error
// with a path, which is the sender's to mend.
func wanting(err error) error {
	var e *mapping.Error
	switch {
	case !errors.As(err, &e):
		return fmt.Errorf("an error of another type: %w", err)
	case e.Kind == mapping.Exception:
		return fmt.Errorf("a bug: %w", err)
	case e.Path == "" || e.Message == "":
		return fmt.Errorf("an error without path or message: %w", err)
	case tenDigits.MatchString(err.Error()):
		return errors.New("the error quotes what may be a CPR number")
	}
	return nil
}
