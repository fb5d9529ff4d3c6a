package document

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/fhirxml"
	"tolk/mapping/ledger"
	"tolk/mapping/residue"
	"tolk/mapping/terminology"
	"tolk/mapping/transcript"
	"tolk/mapping/tree"
)

// Source is a document as a Step takes it: read, and as it came.
type Source struct {
	*tree.Doc
	Bytes string // as the sender sent it, before the encoding was decided
}

// Step is one translation of one kind of document between an outside form and
// the hub. Every translation is one step, or one to the hub and one from it.
type Step struct {
	Document string
	From, To string // one of them FHIR
	// Run translates. Its errors are *mapping.Error with a path into the source.
	Run func(s Source, q Request) (*transcript.Written, error)
}

// Recogniser tells which kind of document a text in a form is, empty if it is
// none that it knows.
type Recogniser struct {
	Form      string
	XML       bool // the form is XML of its own, not FHIR's
	Recognise func(*tree.Doc) string
	// Carries are kinds that a document of the form may hold as an attachment:
	// whoever asks for one by its name gets it, whatever the document is itself.
	Carries []string
	// Syntax puts into the words of the form what is wrong with a text that is no
	// JSON; nil leaves the words of the reader. The error that it is given is an
	// *mapping.Error, and one is found in what it returns.
	Syntax func(text string, err error) error
}

// Judge reads a document in the hub form and says what its sender and its reader
// should hear. The paths are those of the hub document.
type Judge func(doc *tree.Doc, now time.Time, terms *terminology.Terminology) (ledger.Judgement, error)

// WithSteps returns a Gateway that is as g and knows the steps besides, how to
// recognise the documents they are for, and who judges them, by the kind of
// document.
func (g *Gateway) WithSteps(steps []Step, recognise []Recogniser, judges map[string][]Judge) *Gateway {
	with := *g
	with.judges = judges
	with.steps, with.recognise = map[wayKey]Step{}, map[string]func(*tree.Doc) string{FHIR: InHub}
	with.xml, with.syntax = map[string]bool{}, map[string]func(string, error) error{}
	with.carries = map[string][]string{}
	for _, s := range steps {
		with.steps[wayKey{s.Document, s.From, s.To}] = s
	}
	for _, r := range recognise {
		with.recognise[r.Form] = either(with.recognise[r.Form], r.Recognise)
		with.xml[r.Form] = r.XML
		with.carries[r.Form] = append(with.carries[r.Form], r.Carries...)
		if r.Syntax != nil {
			with.syntax[r.Form] = r.Syntax
		}
	}
	return &with
}

// either recognises by the first of two that does: a form has several documents.
func either(first, second func(*tree.Doc) string) func(*tree.Doc) string {
	if first == nil {
		return second
	}
	return func(d *tree.Doc) string {
		if found := first(d); found != "" {
			return found
		}
		return second(d)
	}
}

type wayKey struct{ document, from, to string }

// Translate implements Translator.
func (g *Gateway) Translate(document string, q Request) (*Result, error) {
	if err := q.Useful(); err != nil {
		return nil, err
	}
	if q.Residue != "" {
		output, l, err := residue.Restore(document, q.Residue, q.From, q.To, g.limits)
		if err != nil {
			return nil, err
		}
		return &Result{Output: output, Ledger: l}, nil
	}
	source, notices, err := g.read(document, q)
	if err != nil {
		return nil, err
	}
	if q.Document, err = g.kind(source.Doc, q); err != nil {
		return nil, err
	}
	if err := conditionsOnly(q); err != nil {
		return nil, err
	}
	way, err := g.way(q)
	if err != nil {
		return nil, err
	}
	if len(q.Accept) > 0 {
		q.known = map[string]bool{}
	}
	w, err := g.travel(way, source, q)
	if err != nil {
		return nil, err
	}
	if err := acceptable(q); err != nil {
		return nil, err
	}
	w.Ledger.Notices = append(notices, w.Ledger.Notices...)
	if err := refuse(w.Ledger, q.Strict); err != nil {
		return nil, err
	}
	result := &Result{Output: w.Output, Ledger: w.Ledger}
	if q.WithResidue {
		result.Residue = residue.Write(source.Doc, source.Bytes, w.Ledger, w.Raws())
	}
	return result, nil
}

// acceptable refuses the id of a proposal that the document does not have: what a
// person stands for is never lost silently.
func acceptable(q Request) error {
	for _, a := range q.Accept {
		if strings.HasPrefix(a, "p-") && !q.known[a] {
			known := slices.Sorted(maps.Keys(q.known))
			return &mapping.Error{Kind: mapping.Invalid, Path: "accept", Value: a,
				Message: "no proposal of this document has such an id" + mapping.Meant(a, known)}
		}
	}
	return nil
}

// conditionsOnly refuses what is asked of condition records alone, and would be
// overlooked elsewhere.
func conditionsOnly(q Request) error {
	switch {
	case q.Document == Tilstande:
		return nil
	case len(q.Areas) > 0:
		return parameter("area", "is for tilstande; expected none for "+q.Document)
	case len(q.Accept) > 0:
		return parameter("accept", "is for tilstande; what is proposed of a "+q.Document+" is recorded by who assesses it, expected none")
	}
	return nil
}

// travel takes the steps of a way, one on the output of the other, and joins
// their accounts. The document is judged in the hub form, wherever on the way
// that is; the conditions of FFB and FSIII, which are FHIR as they come, where
// they begin.
func (g *Gateway) travel(way []Step, source Source, q Request) (*transcript.Written, error) {
	var whole *transcript.Written
	enriched := false // and so composed
	_, conditions := g.forms[q.From]
	asCome := q.From == FHIR || conditions && q.Document == Tilstande
	found, err := g.judge(source.Doc, q, asCome, nil)
	if err != nil {
		return nil, err
	}
	for i, step := range way {
		asked := q
		asked.From, asked.To, asked.Strict, asked.terms = step.From, step.To, false, g.terms
		w, err := step.Run(source, asked)
		if err != nil {
			return nil, onTheWay(err, whole)
		}
		whole = join(whole, w)
		if step.To == FHIR && q.Document == Henvisning {
			if whole, err = g.enrich(whole, q); err != nil {
				return nil, err
			}
			enriched, w = true, whole
		}
		hub := step.To == FHIR && !asCome && len(g.judges[q.Document]) > 0
		if i == len(way)-1 && !hub {
			break
		}
		if source, err = g.written(w); err != nil {
			return nil, err
		}
		more, err := g.judge(source.Doc, q, hub, whole.Ledger)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	l := whole.Ledger
	l.From, l.To = q.From, q.To
	for _, j := range found {
		l.Conformance.Lack(j.Lacks...)
		l.Notice(j.Notices...)
		l.Proposals = append(l.Proposals, j.Proposals...)
	}
	if len(way) == 1 && !enriched {
		return whole, nil // which the step has audited
	}
	return whole, ledger.AuditBytes(whole.Doc.Source(), whole.Output, l)
}

// written is what a step wrote as the source of the next.
func (g *Gateway) written(w *transcript.Written) (Source, error) {
	if doc := w.Ledger.Target(); doc != nil {
		return Source{doc, doc.Source()}, nil
	}
	text := string(w.Output)
	doc, err := tree.Parse(text, g.limits)
	return Source{doc, text}, err
}

// enrich adds to the conditions that come along with a document in the hub form
// the codings of the other side: what is in FFB gets FSIII's, and the other way
// round, as in a condition record. What is not certain enough is proposed.
func (g *Gateway) enrich(whole *transcript.Written, q Request) (*transcript.Written, error) {
	for _, side := range []string{"ffb", "fsiii"} {
		doc, err := tree.Parse(string(whole.Output), g.limits)
		if err != nil {
			return nil, err
		}
		if !g.conditionsIn(doc, side) {
			continue
		}
		w, err := g.conditions(Source{doc, string(whole.Output)}, Request{Document: Tilstande, From: side, To: FHIR, Accept: q.Accept})
		if err != nil {
			return nil, onTheWay(err, whole)
		}
		whole = join(whole, w)
	}
	return whole, nil
}

// conditionsIn reports whether a hub document has a condition with a code of a side.
func (g *Gateway) conditionsIn(doc *tree.Doc, side string) bool {
	system := map[string]string{"ffb": mapping.FFB, "fsiii": mapping.FSIII}[side]
	for e := doc.Find(doc.Root(), "entry"); e != tree.None; e = doc.Next(e) {
		r := doc.Child(e, "resource")
		if doc.Text(doc.Child(r, "resourceType")) != "Condition" {
			continue
		}
		for c := doc.Find(r, "code", "coding"); c != tree.None; c = doc.Next(c) {
			if canonical, ok := g.terms.CanonicalSystem(doc.Text(doc.Child(c, "system"))); ok && canonical == system {
				return true
			}
		}
	}
	return false
}

// judge asks the judges about a document in the hub form. before is the account
// of the way there, by which the paths become those of the sender's document.
func (g *Gateway) judge(hub *tree.Doc, q Request, is bool, before *ledger.Ledger) ([]ledger.Judgement, error) {
	if !is {
		return nil, nil
	}
	var all []ledger.Judgement
	for _, judge := range g.judges[q.Document] {
		j, err := judge(hub, q.Now, g.terms)
		if err != nil {
			return nil, err
		}
		if before != nil {
			before.Return(&j)
		}
		all = append(all, j)
	}
	return all, nil
}

// join is two translations as one.
func join(first, second *transcript.Written) *transcript.Written {
	if first == nil {
		return second
	}
	l := ledger.Compose(first.Ledger, second.Ledger, first.Raws(), second.Raws())
	return &transcript.Written{Doc: first.Doc, Output: second.Output, Ledger: l, Raws: second.Raws}
}

// onTheWay gives an error that a later step found the place in the sender's
// document.
func onTheWay(err error, before *transcript.Written) error {
	var e *mapping.Error
	if before == nil || !errors.As(err, &e) {
		return err
	}
	return at(before.Ledger.Back(e.Path), e)
}

// read parses a document as what it is.
func (g *Gateway) read(document string, q Request) (Source, []ledger.Notice, error) {
	if !tree.IsXML(document) {
		doc, err := tree.Parse(document, g.limits)
		if worded := g.syntax[q.From]; err != nil && worded != nil {
			err = worded(document, err)
		}
		return Source{doc, document}, nil, err
	}
	return g.readXML(document, q)
}

// kind settles which document it is: as the caller says, or as it is
// recognised. The two must agree.
func (g *Gateway) kind(doc *tree.Doc, q Request) (string, error) {
	if q.Document != "" && !slices.Contains(documents, q.Document) {
		return "", parameter("document", "expected tilstande, medicinliste, sundhedstjek, henvisning or korrespondance")
	}
	if q.Document == "" && !slices.ContainsFunc(offers, func(o Offer) bool { return o.Form == q.From }) {
		return "", parameter("from", expectedForm(q.From, Readable("")))
	}
	found := ""
	if recognise := g.recognise[q.From]; recognise != nil {
		found = recognise(doc)
	}
	switch {
	case q.Document == "" && found == "":
		return Tilstande, nil
	case q.Document == "":
		return found, nil
	case found != "" && found != q.Document && !slices.Contains(g.carries[q.From], q.Document):
		if err := offered(q); err != nil { // why the form is not read as that says more
			return "", err
		}
		return "", parameter("document", "the document is recognised as "+found+", expected document="+found)
	}
	return q.Document, nil
}

// Documents lists the kinds of document.
func Documents() []string { return slices.Clone(documents) }

var documents = []string{Tilstande, Medicinliste, Sundhedstjek, Henvisning, Korrespondance}

// InHub recognises a document in the hub form by what it is about, empty if it is
// none that it knows: the health check holds a medication list, a referral both,
// and the other way round it does not. A correspondence says of itself that it is
// one, whatever lies in it.
func InHub(doc *tree.Doc) string {
	if IsCorrespondence(doc) {
		return Korrespondance
	}
	found := ""
	entries := doc.Child(doc.Root(), "entry")
	if entries == tree.None || doc.Kind(entries) != tree.Array {
		return ""
	}
	for e := doc.First(entries); e != tree.None; e = doc.Next(e) {
		r := doc.Child(e, "resource")
		switch kind := doc.Text(doc.Child(r, "resourceType")); {
		case kind == "ServiceRequest" && referral(doc, r):
			return Henvisning
		case kind == "DiagnosticReport" && coded(doc, r, Sundhedstjek):
			found = Sundhedstjek
		case kind == "List" && coded(doc, r, medicationList) && found == "":
			found = Medicinliste
		}
	}
	return found
}

// IsCorrespondence recognises a correspondence, in the hub and as MedCom's message
// alike: a Bundle whose MessageHeader is of the event of a CareCommunication, or
// whose first resource is a Communication of one of its categories.
func IsCorrespondence(doc *tree.Doc) bool {
	entries := doc.Child(doc.Root(), "entry")
	if doc.XML() || entries == tree.None || doc.Kind(entries) != tree.Array {
		return false
	}
	for e := doc.First(entries); e != tree.None; e = doc.Next(e) {
		r := doc.Child(e, "resource")
		switch kind := doc.Text(doc.Child(r, "resourceType")); {
		case kind == "MessageHeader":
			return doc.Text(doc.Find(r, "eventCoding", "code")) == careEvent
		case kind == "Communication" && e == doc.First(entries):
			return doc.Text(doc.Find(r, "category", "coding", "system")) == careCategories
		}
	}
	return false
}

// MedCom's event of a CareCommunication, and the system of its categories.
const (
	careEvent      = "care-communication-message"
	careCategories = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes"
)

// referral reports whether a request is of the category of referrals.
func referral(doc *tree.Doc, request tree.ID) bool {
	category := doc.Find(request, "category")
	for ; category != tree.None; category = doc.Next(category) {
		for coding := doc.Find(category, "coding"); coding != tree.None; coding = doc.Next(coding) {
			if doc.Text(doc.Child(coding, "code")) == patientReferral {
				return true
			}
		}
	}
	return false
}

// coded reports whether one of the codings of a resource has a code.
func coded(doc *tree.Doc, resource tree.ID, code string) bool {
	list := doc.Find(resource, "code", "coding")
	for ; list != tree.None; list = doc.Next(list) {
		if doc.Text(doc.Child(list, "code")) == code {
			return true
		}
	}
	return false
}

const patientReferral = "3457005" // SNOMED CT: Patient referral

const medicationList = "10160-0" // LOINC: History of Medication use Narrative

// way finds the steps from one form to the other.
func (g *Gateway) way(q Request) ([]Step, error) {
	if err := offered(q); err != nil {
		return nil, err
	}
	if s, ok := g.step(q.Document, q.From, q.To); ok {
		return []Step{s}, nil
	}
	to, known := g.step(q.Document, q.From, FHIR)
	from, also := g.step(q.Document, FHIR, q.To)
	if !known || !also {
		return nil, &mapping.Error{Kind: mapping.NotSupported, Path: "to", Message: "this gateway was made without the forms for that"}
	}
	return []Step{to, from}, nil
}

// step finds one step. Those of the condition record between the published
// forms are the Gateway's own.
func (g *Gateway) step(document, from, to string) (Step, bool) {
	_, left := g.forms[from]
	_, right := g.forms[to]
	if document == Tilstande && (left || from == FHIR) && (right || to == FHIR) {
		return Step{document, from, to, g.conditions}, true
	}
	s, ok := g.steps[wayKey{document, from, to}]
	return s, ok
}

// readXML reads a document in XML: of FMK as it is, of any other form the FHIR
// XML of a resource, as the same resource in JSON.
func (g *Gateway) readXML(document string, q Request) (Source, []ledger.Notice, error) {
	text, misdeclared, err := tree.DecodeXML([]byte(document))
	if err != nil {
		return Source{}, nil, err
	}
	var notices []ledger.Notice
	if misdeclared != "" {
		notices = append(notices, ledger.Notice{Path: "$this", Message: string(misdeclared)})
	}
	if !g.xml[q.From] {
		if text, err = fhirxml.ToJSON(text, g.limits); err != nil {
			return Source{}, nil, err
		}
		doc, err := tree.Parse(text, g.limits)
		return Source{doc, text}, notices, err
	}
	doc, err := tree.ParseXML(text, g.limits)
	return Source{doc, document}, notices, err
}
