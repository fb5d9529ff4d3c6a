package web

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/explain"
	"tolk/mapping/ledger"
	"tolk/mapping/readable"
	"tolk/mapping/tree"
)

// translating is who may translate.
var translating = []exchange.Right{exchange.Translate}

// translatePages are the pages of this part. Nothing that they are given is kept:
// a page carries the document to the next, in the body of a request.
var translatePages = []page{
	{"/translate", both, translating, translate},
	{"/translate/cases", get, translating, translateCases},
	{"/translate/zip", post, translating, translateZip},
	{"/translate/page", post, translating, translateReadable},
}

// translateForm is what the form of the page offers, filled in.
type translateForm struct {
	*translateAsk
	Kinds, Froms, Tos []string
	AllAreas          []mapping.Area
	Query             string
	Listed, Found     int // of the fixtures
	Shelves           []translateShelf
	Limit             int
}

func (v *view) translateForm(a *translateAsk) translateForm {
	f := translateForm{translateAsk: a, Kinds: document.Documents(), AllAreas: mapping.Areas(), Limit: translateLimit, Query: v.r.URL.Query().Get("q")}
	for _, o := range document.Offers() {
		if a.Document != "" && o.Document != a.Document {
			continue
		}
		if o.Read == "" && !slices.Contains(f.Froms, o.Form) {
			f.Froms = append(f.Froms, o.Form)
		}
		if o.Write == "" && !slices.Contains(f.Tos, o.Form) {
			f.Tos = append(f.Tos, o.Form)
		}
	}
	f.Shelves, f.Listed, f.Found = translateShelves(v.examples(), f.Query)
	return f
}

// again is the form of a page that has a document, to ask for something else of it.
func (translateForm) again() string { return "again" }

// InArea reports whether an area is chosen.
func (f translateForm) InArea(area mapping.Area) bool { return slices.Contains(f.Areas, string(area)) }

// Accepts reports whether all proposals of a relation are written.
func (f translateForm) Accepts(relation string) bool { return slices.Contains(f.Accept, relation) }

// AcceptedIDs lists the proposals that are written one by one.
func (f translateForm) AcceptedIDs() (ids []string) {
	for _, a := range f.Accept {
		if a != string(mapping.Narrower) && a != string(mapping.Inexact) {
			ids = append(ids, a)
		}
	}
	return ids
}

// Messaged reports whether parties are filled in.
func (f translateForm) Messaged() bool {
	return f.Sender != (document.Party{}) || f.Receiver != (document.Party{})
}

// translate answers with the form, and with a translation where a document came
// along.
func translate(v *view) error {
	a, err := v.asked()
	switch {
	case err != nil:
		return v.refused(a, err)
	case a.Text == "" && v.r.Method == http.MethodPost:
		return v.refused(a, &mapping.Error{Kind: mapping.Required, Path: "text", Message: "no document; paste one, upload one or choose a fixture"})
	case a.Text == "":
		a.Set = false
		return v.render(http.StatusOK, "translate", v.translateForm(a))
	}
	t, err := v.translated(a)
	if err != nil {
		return v.refused(a, err)
	}
	return v.render(http.StatusOK, "translated", t)
}

// translateCases answers with the fixtures that a search finds.
func translateCases(v *view) error {
	return v.renderBlock("translate", "cases", v.translateForm(&translateAsk{}))
}

// asked reads what is asked, and the fixture that it may be about.
func (v *view) asked() (*translateAsk, error) {
	a, err := readTranslateAsk(v.w, v.r)
	if err != nil {
		return a, err
	}
	a.now = v.site.now()
	if a.Case != "" {
		return a, v.choose(a)
	}
	return a, nil
}

// translation is what templates/translated.gohtml shows.
type translation struct {
	translateForm
	Twin      *leafTwin
	Ledger    *ledger.Ledger
	Waiting   []translateWaiting
	Unmatched []translateTold
	Lacks     []translateTold
	Notices   []translateTold
	Readable  template.HTML
	Unread    string // why there is no readable rendering
	Sealed    string
	Link      string
	Print     string
	Other     bool // a link was about another document
	Same      bool // a link was about this document
	Input     int  // bytes
	Output    int

	output, residue []byte
	readable        *readable.Page
}

// translateWaiting is a choice that a person has to make: of one place, or of all
// those where the same stands and the same is proposed.
type translateWaiting struct {
	N          int    // of its first proposal, from one
	Value      string // what stands there
	Candidates []ledger.Candidate
	Places     []translateProposed
	Sites      map[string]*explain.Site // by the place of a row
}

// translateProposed is a place of a proposal.
type translateProposed struct {
	leafMention          // of the first leaf there; the ID is empty where there is none
	IDs         []string // of the candidates, in their order
}

// IDs lists what --accept takes to write a candidate at every place.
func (w translateWaiting) IDs(candidate int) string {
	ids := make([]string, len(w.Places))
	for i, p := range w.Places {
		ids[i] = p.IDs[candidate]
	}
	return strings.Join(ids, " ")
}

// translateTold is something said of a place, or the same of several.
type translateTold struct {
	Places  []leafMention // the ID is empty where there is no leaf
	Area    mapping.Area
	Element string
	Message string
	Row     string
	Site    *explain.Site
}

// translated translates the document of a.
func (v *view) translated(a *translateAsk) (*translation, error) {
	gateway, err := a.gateway(v.content)
	if err != nil {
		return nil, err
	}
	hub, unread := a.recognise(gateway)
	if unread != nil && (a.From == "" || a.Document == "") {
		return nil, unread
	}
	a.target()
	q := a.request()
	result, err := gateway.Translate(a.Text, q)
	if err != nil {
		return nil, err
	}
	account, err := explain.New(explain.Case{Gateway: gateway, Terms: v.content.Terms, Rules: v.content.Rules,
		Fields: v.content.Fields, Request: q, Input: a.Text, Result: result})
	if err != nil {
		return nil, err
	}
	sources, targets := account.Sources(), account.Targets()
	t := &translation{translateForm: v.translateForm(a), Ledger: result.Ledger,
		Sealed: translateSeal(a.Text), Link: a.link(), Print: translatePrint(a.Text), Input: len(a.Text), Output: len(result.Output),
		output: result.Output, residue: result.Residue}
	t.Twin = newLeafTwin(a.From, a.To, [2]bool{tree.IsXML(a.Text), tree.IsXML(string(result.Output))}, sources, targets, result.Ledger.Proposals)
	t.Same = a.Expected != "" && a.Expected == t.Print
	t.Other = a.Expected != "" && a.Expected != t.Print
	t.tell(sources)
	t.read(gateway, hub, unread, a)
	return t, nil
}

// tell lists what a person has to know, with links to the leaves it is about.
func (t *translation) tell(sources []explain.Leaf) {
	at := newLeafFinder(sources)
	sites := map[string]*explain.Site{} // whose a row is, by its place
	for i := range sources {
		for _, p := range sources[i].Proposals {
			if p.Row != nil && p.Row.Site != nil {
				sites[p.Row.Place] = p.Row.Site
			}
		}
		for _, u := range sources[i].Unmatched {
			if u.Site != nil {
				sites[u.Place] = u.Site
			}
		}
	}
	t.Waiting = translateChoices(t.Ledger.Proposals, at, sites)
	for _, u := range t.Ledger.Unmatched {
		leaf, value := at.first(u.Path)
		t.Unmatched = append(t.Unmatched, translateTold{Places: []leafMention{{leaf, u.Path}}, Area: u.Area, Element: value, Message: u.Reason, Row: u.Row, Site: sites[u.Row]})
	}
	for _, l := range t.Ledger.Conformance.Lacks {
		leaf, _ := at.first(l.Path)
		t.Lacks = append(t.Lacks, translateTold{Places: []leafMention{{leaf, l.Path}}, Element: l.Element, Message: l.Message, Row: l.Profile})
	}
	for _, n := range t.Ledger.Notices {
		leaf, _ := at.first(n.Path)
		t.Notices = append(t.Notices, translateTold{Places: []leafMention{{leaf, n.Path}}, Message: n.Message})
	}
	t.Unmatched, t.Lacks, t.Notices = translateOnce(t.Unmatched), translateOnce(t.Lacks), translateOnce(t.Notices)
}

// translateChoices puts proposals together that ask for the same choice: a person
// with two hundred of them has a few things to decide, not two hundred.
func translateChoices(proposals []ledger.Proposal, at *leafFinder, sites map[string]*explain.Site) (all []translateWaiting) {
	known := map[string]int{}
	for i, p := range proposals {
		leaf, value := at.first(p.Path)
		place := translateProposed{leafMention: leafMention{leaf, p.Path}}
		key := []string{value}
		for _, c := range p.Candidates {
			place.IDs = append(place.IDs, c.ID)
			key = append(key, string(c.Area), c.System, c.Code, c.Row, c.Via, c.Reason, c.Held)
		}
		one := strings.Join(key, "\x00")
		n, ok := known[one]
		if !ok {
			n = len(all)
			known[one] = n
			all = append(all, translateWaiting{N: i + 1, Value: value, Candidates: p.Candidates, Sites: sites})
		}
		all[n].Places = append(all[n].Places, place)
	}
	return all
}

// translateOnce says once what is said of several places.
func translateOnce(told []translateTold) (all []translateTold) {
	known := map[string]int{}
	for _, one := range told {
		key := strings.Join([]string{string(one.Area), one.Element, one.Message, one.Row}, "\x00")
		n, ok := known[key]
		if !ok {
			known[key] = len(all)
			all = append(all, one)
			continue
		}
		all[n].Places = append(all[n].Places, one.Places...)
	}
	return all
}

// read makes the readable rendering, of the document in the hub form.
func (t *translation) read(g *document.Gateway, hub *document.Hub, unread error, a *translateAsk) {
	if unread == nil {
		t.readable, unread = readable.Options{Now: a.now, Name: g.Name}.Read(hub.Doc)
	}
	if unread != nil {
		t.Unread = translatePlainly(unread)
		return
	}
	t.Readable = safe(translateLabelled(readable.Narrative(t.readable)))
}

// translatePlainly is an error without what it quotes.
func translatePlainly(err error) string {
	var e *mapping.Error
	if errors.As(err, &e) {
		return e.Error()
	}
	return "it cannot be shown"
}

// translateReadable answers with the document as a page for people, to print.
func translateReadable(v *view) error {
	a, err := v.asked()
	if err == nil && a.Text == "" {
		err = &mapping.Error{Kind: mapping.Required, Path: "text", Message: "no document"}
	}
	var p *readable.Page
	if err == nil {
		p, err = v.readable(a)
	}
	if err != nil {
		return v.refused(a, err)
	}
	text := readable.HTML(p)
	v.headers()
	h := v.w.Header()
	h.Set("Content-Security-Policy", translatePolicy(text))
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, err = v.w.Write(text)
	return err
}

// readable is the document of a as a page for people.
func (v *view) readable(a *translateAsk) (*readable.Page, error) {
	gateway, err := a.gateway(v.content)
	if err != nil {
		return nil, err
	}
	hub, err := a.recognise(gateway)
	if err != nil {
		return nil, err
	}
	return readable.Options{Now: a.now, Name: gateway.Name}.Read(hub.Doc)
}
