package receiver

import (
	"slices"
	"strings"
	"sync"
	"time"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/complete"
	"tolk/mapping/document"
	"tolk/mapping/fields"
	"tolk/mapping/tree"
)

// Reader reads a document of any form into the hub form.
type Reader interface {
	Hub(text string, q document.Request) (*document.Hub, error)
}

// Checker checks documents against the tables. It is immutable.
type Checker struct {
	*Tables
	Reader Reader
	Fields *fields.Library // by which the field of a form is named that is not filled
}

// Ask is what a caller asks of one check.
type Ask struct {
	Receiver string    // the name of a table
	Document string    // what it is: henvisning; empty: as it is recognised
	From     string    // its form; empty: as it is recognised
	Language string    // of the words: Danish (the default) or English
	Now      time.Time // ages are judged at
}

// Verdict is whether a document can be sent.
type Verdict string

// The verdicts.
const (
	CanBeSent    Verdict = "kan-sendes"
	ShouldMend   Verdict = "boer-rettes" // it can be sent; something is advised
	CannotBeSent Verdict = "kan-ikke-sendes"
)

// Answer is what a receiver does not find in a document.
type Answer struct {
	Receiver string    `json:"receiver"`
	Title    string    `json:"title"`
	Status   string    `json:"status,omitempty"`
	Document string    `json:"document"`
	Form     string    `json:"form"`
	Language string    `json:"language"`
	Verdict  Verdict   `json:"verdict"`
	Said     string    `json:"said"` // the verdict in words
	Findings []Finding `json:"findings"`
}

// Finding is one demand that is not met. It holds places and our words, and
// nothing that stands in the document.
type Finding struct {
	ID      string   `json:"id"` // of the demand in the table
	Level   Level    `json:"level"`
	Fault   Fault    `json:"fault"`
	What    string   `json:"what"`
	Why     string   `json:"why"`
	Instead string   `json:"instead,omitempty"` // what to do, where filling in a field is not the answer
	Places  []string `json:"places,omitempty"`  // in the sender's document: what is not accepted, or the innermost that is there
	Fields  []string `json:"fields,omitempty"`  // of the sender's form, one of which fills it
	Element string   `json:"element"`           // in the hub form
}

// Fault is what is wrong with what is demanded.
type Fault string

// The faults.
const (
	Missing Fault = "mangler"
	Refused Fault = "afvist" // something is there, and it is not accepted
)

// Check says what a receiver does not find in a document. The errors are
// *mapping.Error: of the receiver, or of a document that cannot be read.
func (c *Checker) Check(text string, ask Ask) (*Answer, error) {
	table, err := c.Table(ask.Receiver)
	if err != nil {
		return nil, err
	}
	hub, err := c.Reader.Hub(text, document.Request{Document: ask.Document, From: ask.From, Now: ask.Now})
	if err != nil {
		return nil, err
	}
	if ask.Language != English {
		ask.Language = Danish
	}
	check := check{Checker: c, table: table, hub: hub, language: ask.Language, now: ask.Now}
	findings, err := check.findings()
	if err != nil {
		return nil, err
	}
	a := &Answer{Receiver: table.ID, Title: table.Title.In(ask.Language), Status: table.Status,
		Document: hub.Document, Form: hub.Form, Language: ask.Language, Findings: findings}
	a.judge()
	return a, nil
}

// judge gives the verdict on what was found.
func (a *Answer) judge() {
	a.Verdict = CanBeSent
	for _, f := range a.Findings {
		if f.Level == Demanded {
			a.Verdict = CannotBeSent
		} else if a.Verdict == CanBeSent {
			a.Verdict = ShouldMend
		}
	}
	a.Said = a.verdict()
}

// check is one check under way.
type check struct {
	*Checker
	table    *Table
	hub      *document.Hub
	language string
	now      time.Time
}

// findings lists what is not met: what cannot go without first.
func (c *check) findings() ([]Finding, error) {
	all := []Finding{}
	if !slices.Contains(c.table.Documents, c.hub.Document) {
		return append(all, c.wrongDocument()), nil
	}
	b, err := bundle.Read(c.hub.Doc)
	if err != nil {
		return nil, err
	}
	doc := &complete.Document{Doc: c.hub.Doc, Now: c.now, Overlook: func(r tree.ID) bool { return overlooked(b, r) }}
	if f := c.referrer(doc); f != nil {
		all = append(all, *f)
	}
	for i := range c.table.Demands {
		d := &c.table.Demands[i]
		if !d.takes(c.hub.Document) {
			continue
		}
		if gaps := d.Gaps(doc); len(gaps) > 0 {
			all = append(all, c.finding(d, gaps))
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return b.rank() - a.rank() })
	return all, nil
}

// overlooked reports whether a resource fills no demand and lacks nothing: it is
// marked private, or says of itself that it is a mistake. What the document is and
// whom it is about always count: without them nothing would be asked.
func overlooked(b *bundle.Bundle, resource tree.ID) bool {
	switch b.Text(b.Child(resource, "resourceType")) {
	case "ServiceRequest", "DiagnosticReport", "Patient":
		return false
	}
	return b.Private(resource) || b.Text(b.Child(resource, "status")) == "entered-in-error"
}

// The ranks of findings: one that stops the document, whatever is filled in, comes
// before what must be put right and what should be mended.
const (
	mends = iota
	lacks
	stops
)

func (f *Finding) rank() int {
	switch {
	case f.Level == Demanded && f.Instead != "":
		return stops
	case f.Level == Demanded:
		return lacks
	}
	return mends
}

// finding tells of a demand that is not met in some places.
func (c *check) finding(d *Demand, gaps []complete.Gap) Finding {
	f := Finding{ID: d.ID, Level: d.Level, Fault: Missing, What: d.Words.In(c.language), Why: d.Why.In(c.language),
		Fields: c.fields(&d.Demand), Element: d.Element()}
	for _, g := range gaps {
		if g.Refused {
			f.Fault = Refused
		}
		f.at(c.place(g.Place))
	}
	if f.Fault == Refused && d.Refused != (Words{}) {
		f.What = d.Refused.In(c.language)
	}
	if f.Fault == Refused && d.Instead != (Words{}) {
		f.Instead, f.Fields = d.Instead.In(c.language), nil
	}
	return f
}

// at notes a place in the sender's document, once; the document as a whole is
// none.
func (f *Finding) at(place string) {
	if strings.ContainsAny(place, ".[/") && !slices.Contains(f.Places, place) {
		f.Places = append(f.Places, place)
	}
}

// place is where an element of the hub stands in the sender's document.
func (c *check) place(n tree.ID) string {
	if n == c.hub.Root() {
		return ""
	}
	return c.hub.Back(c.hub.Path(n))
}

// fields lists the fields of the sender's form that fill what is demanded: of the
// hub itself the elements, and none for a form that has no correspondences.
func (c *check) fields(demands ...*complete.Demand) []string {
	book := c.Fields.Book(c.hub.Document, c.hub.Form)
	var all []string
	for _, d := range demands {
		switch {
		case c.hub.Form == document.FHIR:
			all = append(all, d.Elements()...)
		case book != nil:
			for _, w := range d.Ways() {
				all = append(all, book.Fills(w)...)
			}
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(field string) bool {
		twice := seen[field]
		seen[field] = true
		return twice
	})
}

// attached says how to check what is attached to a message, which is a document of
// its own.
func (c *check) attached() Words {
	if c.hub.Document != document.Korrespondance {
		return Words{}
	}
	ask := "document=" + c.table.Documents[0]
	return Words{"er det bilaget, der skal tjekkes, så angiv det (" + ask + ").", "if it is the attachment that is to be checked, say so (" + ask + ")."}
}

// wrongDocument tells that the receiver does not take what the document is.
func (c *check) wrongDocument() Finding {
	takes := strings.Join(c.table.Documents, ", ")
	return Finding{Instead: c.attached().In(c.language), ID: "dokument", Level: Demanded, Fault: Refused, Element: "Bundle",
		What: Words{"modtageren tager imod " + takes + "; dette er " + c.hub.Document, "the receiver takes " + takes + "; this is " + c.hub.Document}.In(c.language),
		Why:  Words{"det er, hvad modtageren har sagt, den kan behandle.", "that is what the receiver says it can act on."}.In(c.language)}
}

// Where the hub says what the referrer is, and who.
var (
	saidType = sync.OnceValue(func() *complete.Demand {
		return compiled("extension(" + bundle.Prefix + "requester-type).valueCoding.code")
	})
	saidBy = sync.OnceValue(func() *complete.Demand { return compiled("requester") })
)

// compiled is a demand of ours of the referral.
func compiled(path string) *complete.Demand {
	d := &complete.Demand{Each: "ServiceRequest", Path: path}
	if err := d.Compile(); err != nil {
		panic("receiver: " + err.Error())
	}
	return d
}

// referrer tells that whoever refers may not, or that it is not said who does.
func (c *check) referrer(doc *complete.Document) *Finding {
	r := c.table.Referrers
	if r == nil || c.hub.Document != document.Henvisning {
		return nil
	}
	types := saidType().Found(doc)
	if r.accept(c, doc, types) {
		return nil
	}
	f := &Finding{ID: "henviser", Level: r.Level, Fault: Refused, What: r.Refused.In(c.language), Why: r.Why.In(c.language),
		Fields: c.fields(append([]*complete.Demand{saidType()}, r.numbers()...)...), Element: "ServiceRequest.requester"}
	if len(types) == 0 {
		f.Fault, f.What = Missing, r.Words.In(c.language)
		types = saidBy().Found(doc)
	}
	for _, n := range types {
		f.at(c.place(n))
	}
	f.What += ": " + r.list(c.language)
	return f
}

// accept reports whether the referrer is one of those who may: by the types that
// the document says, or where it says none, by a number that only they have.
func (r *Referrers) accept(c *check, doc *complete.Document, types []tree.ID) bool {
	for i := range r.Accepted {
		a := &r.Accepted[i]
		if len(types) == 0 && a.Path != "" && len(a.number.Found(doc)) > 0 {
			return true
		}
		if slices.ContainsFunc(types, func(n tree.ID) bool { return a.has(c, doc.Text(n)) }) {
			return true
		}
	}
	return false
}

// has reports whether a code of FSIII, in any spelling, is one of a kind of
// referrer.
func (a *Accept) has(c *check, code string) bool {
	said, known := c.terms.Lookup(mapping.FSIII, code)
	return known && slices.ContainsFunc(a.Types, func(t string) bool {
		e, ok := c.terms.Lookup(mapping.FSIII, t)
		return ok && e == said
	})
}

// list names who may refer.
func (r *Referrers) list(language string) string {
	var names []string
	for _, a := range r.Accepted {
		names = append(names, a.In(language))
	}
	return listed(names, Words{"eller", "or"}.In(language))
}

// numbers lists the numbers by which a referrer is known.
func (r *Referrers) numbers() (all []*complete.Demand) {
	for i := range r.Accepted {
		if a := &r.Accepted[i]; a.Path != "" {
			all = append(all, &a.number)
		}
	}
	return all
}
