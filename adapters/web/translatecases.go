package web

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/rules"
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

// translateCaseFile is case.yaml, as the fixtures document it.
type translateCaseFile struct {
	Description   string         `yaml:"description"`
	Areas         []string       `yaml:"areas"`
	Accept        []string       `yaml:"accept"`
	Strict        bool           `yaml:"strict"`
	Language      string         `yaml:"language"`
	Now           time.Time      `yaml:"now"`
	Sender        document.Party `yaml:"sender"`
	Receiver      document.Party `yaml:"receiver"`
	Organisations []struct {
		KOMBIT string `yaml:"kombit"`
		SOR    string `yaml:"sor"`
	} `yaml:"organisations"`
}

// translateInputs are the names the document of a case may have.
var translateInputs = []string{"input.json", "input.xml", "input.txt"}

// translateCaseKey is what the list of the fixtures is kept by.
type translateCaseKey struct{}

// examples lists the fixtures, by their names.
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
		name := path.Dir(file)
		e := translateCase{Name: name, Title: path.Base(name)}
		e.Document, _, _ = strings.Cut(name, "/")
		e.From, e.To, _ = strings.Cut(path.Base(path.Dir(name)), "-to-")
		if c, err := readTranslateCase(cases, name); err == nil {
			e.Description = c.Description
		}
		e.folded = translateFold(name + " " + e.Description)
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b translateCase) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b translateCase) bool { return a.Name == b.Name })
}

// readTranslateCase reads case.yaml. A case says something of itself, or nothing.
func readTranslateCase(cases fs.FS, name string) (c translateCaseFile, err error) {
	file := path.Join(name, "case.yaml")
	if _, err := fs.Stat(cases, file); err != nil {
		return c, nil
	}
	if fault := rules.Decode(cases, file, &c); fault != nil {
		return c, fault
	}
	return c, nil
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

// shelves sorts the fixtures that hold every word of a query.
func translateShelves(all []translateCase, query string, most int) (found []translateShelf, n int) {
	words := strings.Fields(translateFold(query))
	for _, e := range all {
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(e.folded, w) }) {
			continue
		}
		if n++; n > most {
			continue
		}
		if last := len(found) - 1; last < 0 || found[last].Document != e.Document || found[last].From != e.From || found[last].To != e.To {
			found = append(found, translateShelf{Document: e.Document, From: e.From, To: e.To})
		}
		last := &found[len(found)-1]
		last.Cases = append(last.Cases, e)
	}
	return found, n
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
	c, err := readTranslateCase(v.site.cases, e.Name)
	if err != nil {
		return err
	}
	for _, name := range translateInputs {
		if text, err := fs.ReadFile(v.site.cases, path.Join(e.Name, name)); err == nil {
			a.Text = string(text)
		}
	}
	a.Title, a.Document, a.From, a.now = c.Description, e.Document, e.From, c.Now
	if a.To == "" {
		a.To = e.To
	}
	for _, o := range c.Organisations {
		a.organisations = append(a.organisations, document.Organisation{KOMBIT: o.KOMBIT, SOR: o.SOR})
	}
	if a.Set {
		return nil
	}
	if a.To == e.To {
		a.Areas, a.Accept = c.Areas, c.Accept
	}
	a.Strict, a.Sender, a.Receiver = c.Strict, c.Sender, c.Receiver
	return nil
}
