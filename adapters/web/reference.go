package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/example"
)

// referencePages are the pages of this part: which document goes from which form
// to which, by what rules, and how the API is called. What they say is read from
// the data in force and from worked examples that are run; nothing of it is
// written by hand.
var referencePages = []page{
	{"/reference", get, nil, kept(referenceHome)},
	{"/reference/rules", get, nil, kept(referenceRules, "q", "name")},
	{"/reference/api", get, nil, kept(referenceAPI)},
	{"/reference/:document/:from/:to", get, nil, kept(referencePair, "q")},
}

// rulebook returns what is stated of the rules in force.
func (v *view) rulebook() *ruleBook {
	type of struct{}
	return keep(v.site, v.content, of{}, func() *ruleBook { return newRuleBook(v.content.Rules) })
}

// referenceOverview is what /reference shows.
type referenceOverview struct {
	Documents []documentWays
}

// documentWays is the ways of one document.
type documentWays struct {
	Name     string
	From, To []string // the forms that it is read from, and written to
	Rows     [][]way  // by From, then To
	Examples int
	Not      []refusedForm
}

// way is one pair of forms.
type way struct {
	Document, From, To string
	Same               bool
	Examples           int // of that pair alone
}

// refusedForm is a form that is not read, or not written.
type refusedForm struct{ Form, Read, Write string }

// referenceHome answers GET /reference.
func referenceHome(v *view) error {
	counts := exampleCounts(v.site.cases)
	page := referenceOverview{}
	for _, name := range document.Documents() {
		page.Documents = append(page.Documents, waysOf(name, counts))
	}
	return v.render(http.StatusOK, "reference", page)
}

// waysOf is the table of one document, and the reasons for what is not in it.
func waysOf(name string, examples map[string]int) documentWays {
	d := documentWays{Name: name}
	for _, o := range document.Offers() {
		if o.Document != name {
			continue
		}
		if o.Read == "" {
			d.From = append(d.From, o.Form)
		}
		if o.Write == "" {
			d.To = append(d.To, o.Form)
		}
		if o.Read != "" || o.Write != "" {
			d.Not = append(d.Not, refusedForm{o.Form, o.Read, o.Write})
		}
	}
	for _, from := range d.From {
		var row []way
		for _, to := range d.To {
			w := way{Document: name, From: from, To: to, Same: from == to, Examples: examples[name+"/"+from+"-to-"+to]}
			d.Examples += w.Examples
			row = append(row, w)
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}

// pairPage is what the page of a document and two forms shows.
type pairPage struct {
	Document, From, To string
	Not                string // why it is not offered
	Reverse            bool   // the other way is offered
	Query              string
	Steps              []pairStep
	Also               []ruleRow    // rules of other files that the examples show
	Coded              []codedGroup // the rules in the program's code that they show
	Found, Rules       int
	Maps               []mapUse
	Demands            []demandRow
	Examples           []exampleGroup
}

// Direct reports whether it goes in one step.
func (p pairPage) Direct() bool { return len(p.Steps) < 2 }

// pairStep is one step of a translation: to the hub, from it, or both in one.
type pairStep struct {
	From, To string
	Groups   []ruleGroup
	Rules    int
}

// ruleGroup is the rules of one map.
type ruleGroup struct {
	Map, Kind string
	Whole     *statement
	Rules     []ruleRow
	Open      bool
}

// ruleRow is a rule as a page shows it: what is stated of it, seen in one
// direction, and where worked examples have it.
type ruleRow struct {
	*statement
	Name     string
	Source   statedEnd
	Target   statedEnd
	Others   []elsewhereStated
	Sighting *sighting
}

// referencePair answers GET /reference/{document}/{from}/{to}.
func referencePair(v *view) error {
	p := pairPage{Document: v.r.PathValue("document"), From: v.r.PathValue("from"), To: v.r.PathValue("to"),
		Query: strings.TrimSpace(v.r.URL.Query().Get("q"))}
	read, write, known := offered(p.Document, p.From, p.To)
	switch {
	case !known:
		return &mapping.Error{Kind: mapping.NotFound, Message: "there is no such document, or no such form; /reference lists them"}
	case p.From == p.To:
		return &mapping.Error{Kind: mapping.NotFound, Message: "a document is not translated to the form that it is in; /reference lists the pairs"}
	case read+write != "":
		p.Not = cmp.Or(read, write)
		return v.render(http.StatusOK, "referencepair", p)
	}
	back, forth, _ := offered(p.Document, p.To, p.From)
	p.Reverse = back+forth == ""
	p.fill(v)
	if v.partial() {
		return v.renderBlock("referencepair", "rules", p)
	}
	return v.render(http.StatusOK, "referencepair", p)
}

// offered says why a document is not read from a form or not written to another,
// and whether there are such at all.
func offered(name, from, to string) (read, write string, known bool) {
	forms := 0
	for _, o := range document.Offers() {
		if o.Document != name {
			continue
		}
		if o.Form == from {
			read, forms = o.Read, forms+1
		}
		if o.Form == to {
			write, forms = o.Write, forms+1
		}
	}
	return read, write, forms == 2
}

// stepsOf is the steps of a pair: one where the rules or the worked examples have
// it so, else one to the hub and one from it.
func stepsOf(book *ruleBook, name, from, to string) [][2]string {
	direct := from == document.FHIR || to == document.FHIR
	for _, s := range book.all {
		direct = direct || s.Document == "" && s.goes(name, from, to)
	}
	if direct {
		return [][2]string{{from, to}}
	}
	return [][2]string{{from, document.FHIR}, {document.FHIR, to}}
}

// fill reads the rules of a pair.
func (p *pairPage) fill(v *view) {
	book := v.rulebook()
	folders := []string{p.Document + "/" + p.From + "-to-" + p.To}
	ways := stepsOf(book, p.Document, p.From, p.To)
	for _, w := range ways {
		if folder := p.Document + "/" + w[0] + "-to-" + w[1]; !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	var parts []*seen
	for _, folder := range folders {
		if s := v.folderShows(folder); len(s.Cases) > 0 {
			parts = append(parts, s)
			p.Examples = append(p.Examples, exampleGroup{folder, folder == folders[0], s.Cases})
		}
	}
	shown := seenAll(parts...)
	stated := map[string]bool{}
	for _, w := range ways {
		p.step(book, shown, stated, w[0], w[1])
	}
	for _, name := range sortedKeys(shown.Rules) {
		if stated[name] {
			continue
		}
		p.Rules++
		row := ruleRow{statement: book.find(name), Name: name, Sighting: shown.Rules[name]}
		if !row.matches(p.Query) {
			continue
		}
		p.Found++
		if row.Stated() {
			p.Also = append(p.Also, row.statement.row(p.From, shown))
		} else {
			p.coded(row)
		}
	}
	p.Maps = mapsOf(v.content.Terms, book, shown, p.Document, ways)
	for i, m := range p.Maps {
		p.Maps[i].Title, p.Maps[i].English = v.mapTitle(m.Name, m.Title)
	}
	p.Demands = demandsOf(p.Document)
}

// codedGroup is rules in the program's code, by the part that they are of.
type codedGroup struct {
	Part  string
	Rules []ruleRow
	Open  bool
}

// coded adds a rule in the program's code. They come in the order of their names.
func (p *pairPage) coded(row ruleRow) {
	part, _, _ := strings.Cut(row.Name, "/")
	part, _, _ = strings.Cut(part, ".")
	if last := len(p.Coded) - 1; last >= 0 && p.Coded[last].Part == part {
		p.Coded[last].Rules = append(p.Coded[last].Rules, row)
		return
	}
	p.Coded = append(p.Coded, codedGroup{part, []ruleRow{row}, p.Query != ""})
}

// step adds the rules of one step.
func (p *pairPage) step(book *ruleBook, shown *seen, stated map[string]bool, from, to string) {
	s := pairStep{From: from, To: to}
	groups := map[string]*ruleGroup{}
	var order []*ruleGroup
	for _, one := range book.all {
		if !one.goes(p.Document, from, to) {
			continue
		}
		row := one.row(from, shown)
		if row.Source.Path == "" && one.What == statesDrop {
			continue // of the other direction
		}
		stated[one.Name] = true
		p.Rules++
		g := groups[one.Map]
		if g == nil {
			g = &ruleGroup{Map: one.Map, Kind: one.Kind, Open: p.Query != ""}
			groups[one.Map], order = g, append(order, g)
		}
		if one.What == statesMap && g.Whole == nil {
			g.Whole = one
		}
		if row.matches(p.Query) {
			g.Rules = append(g.Rules, row)
			s.Rules, p.Found = s.Rules+1, p.Found+1
		}
	}
	for _, g := range order {
		if len(g.Rules) > 0 {
			s.Groups = append(s.Groups, *g)
		}
	}
	p.Steps = append(p.Steps, s)
}

// row turns a statement to the direction of a step.
func (s *statement) row(from string, shown *seen) ruleRow {
	row := ruleRow{statement: s, Name: s.Name, Source: s.Left, Target: s.Right, Others: s.Else}
	if s.Right.Form == from {
		row.Source, row.Target = s.Right, s.Left
		row.Others = nil
		for _, o := range s.Else {
			row.Others = append(row.Others, elsewhereStated{o.Target, o.Source})
		}
	}
	if shown != nil {
		row.Sighting = shown.Rules[s.Name]
	}
	return row
}

// matches reports whether a rule has every word of a query somewhere.
func (r ruleRow) matches(query string) bool {
	if query == "" {
		return true
	}
	text := r.Name
	if s := r.statement; s != nil {
		text += " " + strings.Join([]string{s.Left.Path, s.Right.Path, s.Left.Is, s.Right.Is, s.Via, s.Why, s.Kind, strings.Join(s.Elements, " ")}, " ")
		for _, o := range s.Else {
			text += " " + o.Source.Path + " " + o.Target.Path
		}
		for _, w := range s.Words {
			text += " " + w.Word + " " + w.Code
		}
	}
	if r.Sighting != nil {
		text += " " + strings.Join(r.Sighting.Reasons, " ")
		for _, e := range r.Sighting.Examples {
			text += " " + e.Source + " " + e.Target
		}
	}
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// exampleGroup is the worked examples of one folder.
type exampleGroup struct {
	Folder string
	Own    bool // of the pair itself, not of one of its steps
	Cases  []example.Example
}

// Way is the pair of the folder.
func (g exampleGroup) Way() way {
	w := way{}
	w.Document, w.From, _ = strings.Cut(g.Folder, "/")
	w.From, w.To, _ = strings.Cut(w.From, "-to-")
	return w
}
