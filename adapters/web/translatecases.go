package web

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/example"
)

// translateCase is one fixture that can be chosen instead of a document of one's own.
type translateCase struct {
	Name        string // its folder: tilstande/ffb-to-fsiii/spise-niveau-2
	Document    string
	From, To    string
	Title       string // the last of its folders
	Description string
	folded      string // what a search looks in
}

// Href is the address of its page.
func (e translateCase) Href() string { return (&translateAsk{Case: e.Name, To: e.To}).link() }

// translateCaseKey is what the list of the fixtures is kept by.
type translateCaseKey struct{}

// examples lists the fixtures: what most look for comes first, conditions from FFB
// to FSIII, then as translateOrder has it, then by their names.
func (v *view) examples() []translateCase {
	if v.site.cases == nil {
		return nil
	}
	return keep(v.site, v.content, translateCaseKey{}, func() []translateCase { return readTranslateCases(v.site.cases) })
}

func readTranslateCases(cases fs.FS) (all []translateCase) {
	found, err := fs.Glob(cases, "*/*-to-*/*/input.*")
	if err != nil {
		return nil // the pattern is well-formed
	}
	for _, file := range found {
		c := example.In(path.Dir(file))
		_ = c.Read(cases) // what cannot be read has no description; choosing it tells why
		e := translateCase{Name: c.Name, Document: c.Request.Document, From: c.Request.From, To: c.Request.To, Title: c.Title(), Description: c.Description}
		e.folded = translateFold(e.Name + " " + e.Description)
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b translateCase) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), strings.Compare(a.Name, b.Name))
	})
	return slices.CompactFunc(all, func(a, b translateCase) bool { return a.Name == b.Name })
}

// translateOrder is the forms as the fixtures are listed.
var translateOrder = []string{"ffb", "fsiii", "plain", document.FHIR}

// rank is where a fixture is listed: by its document, as all lists of documents have
// them, and its direction.
func (e translateCase) rank() int {
	at := func(list []string, name string) int {
		if i := slices.Index(list, name); i >= 0 {
			return i
		}
		return len(list)
	}
	return at(document.Documents(), e.Document)*100 + at(translateOrder, e.From)*10 + at(translateOrder, e.To)
}

// translateFold makes letters comparable: small, and with the Danish ones as they are
// spelled in names of folders.
func translateFold(s string) string {
	return strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa").Replace(strings.ToLower(s))
}

// translateShelf is the fixtures of one document in one direction.
type translateShelf struct {
	Document, From, To string
	Cases              []translateCase
}

// The most fixtures that are listed at once; and of each direction where nothing is
// searched for, so that one with a hundred does not hide the others.
const (
	translateListed = 60
	translateOfEach = 6
)

// translateShelves sorts the fixtures that hold every word of a query: those that
// are listed, and how many there are.
func translateShelves(all []translateCase, query string) (shelves []translateShelf, listed, found int) {
	words := strings.Fields(translateFold(query))
	for _, e := range all {
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(e.folded, w) }) {
			continue
		}
		if found++; listed == translateListed {
			continue
		}
		if last := len(shelves) - 1; last < 0 || shelves[last].Document != e.Document || shelves[last].From != e.From || shelves[last].To != e.To {
			shelves = append(shelves, translateShelf{Document: e.Document, From: e.From, To: e.To})
		}
		last := &shelves[len(shelves)-1]
		if len(words) > 0 || len(last.Cases) < translateOfEach {
			last.Cases = append(last.Cases, e)
			listed++
		}
	}
	return shelves, listed, found
}

// choose fills a question in with a fixture: its document, and what it is asked
// where nobody has set that anew.
func (v *view) choose(a *translateAsk) error {
	unknown := &mapping.Error{Kind: mapping.NotFound, Path: "case", Message: "no fixture has this name; /translate lists them"}
	all := v.examples()
	i := slices.IndexFunc(all, func(e translateCase) bool { return e.Name == a.Case })
	if i < 0 {
		return unknown
	}
	e := all[i]
	c := example.In(e.Name)
	if err := c.Read(v.site.cases); err != nil {
		return err
	}
	for _, name := range example.Inputs {
		if text, err := fs.ReadFile(v.site.cases, path.Join(e.Name, name)); err == nil {
			a.Text = string(text)
		}
	}
	a.Title, a.Document, a.From, a.now = c.Description, e.Document, e.From, c.Request.Now
	if a.To == "" {
		a.To = e.To
	}
	a.organisations = c.Organisations
	a.Known = [2]string{c.Request.Sender.Name, c.Request.Receiver.Name}
	if a.Set {
		a.unsaid(c.Request.Sender, c.Request.Receiver)
		return nil
	}
	if a.To == e.To {
		a.Areas, a.Accept = nil, c.Request.Accept
		for _, area := range c.Request.Areas {
			a.Areas = append(a.Areas, string(area))
		}
	}
	a.Strict, a.Sender, a.Receiver = c.Request.Strict, c.Request.Sender, c.Request.Receiver
	a.unsaid(c.Request.Sender, c.Request.Receiver)
	return nil
}
