package readable

import (
	"embed"
	"html/template"
	"strings"
)

//go:embed page.gohtml page.css narrative.gohtml korrespondance.gohtml
var files embed.FS

// The templates are read at start: what is wrong with one is a bug that every
// start shows. html/template escapes every value by the place it stands in.
var (
	pageTemplate      = parse("page.gohtml", "page.css")
	narrativeTemplate = parse("narrative.gohtml", "")
)

func parse(name, style string) *template.Template {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	var css []byte
	if style != "" {
		if css, err = files.ReadFile(style); err != nil {
			panic(err)
		}
	}
	thread, err := files.ReadFile("korrespondance.gohtml")
	if err != nil {
		panic(err)
	}
	return template.Must(template.New(name).Funcs(template.FuncMap{
		"joined":        func(parts ...string) string { return join(", ", parts...) },
		"listed":        func(parts []string) string { return strings.Join(parts, "; ") },
		"split":         func(s string) []string { return strings.Split(s, "\n") },
		"noCAVE":        func() string { return noCAVE },
		"incomplete":    func() string { return incomplete },
		"marksBySource": func() string { return marksBySource },
	}).Parse(strings.Replace(string(text), "/*css*/", string(css), 1) + string(thread)))
}

// HTML writes the page as one standalone document: no script, nothing fetched
// from elsewhere, for a screen of any width, light or dark, and for paper.
func HTML(p *Page) []byte { return []byte(execute(pageTemplate, p)) }

// Narrative writes the page as the div of a FHIR Narrative, with the elements
// and attributes that R4 allows (invariant txt-1) and without the number of the
// citizen, which the Patient holds.
func Narrative(p *Page) string { return strings.TrimSpace(execute(narrativeTemplate, p)) }

// execute fills a template in. A Page is plain values, so that nothing in it
// can make the template fail: when it does it is a bug.
func execute(t *template.Template, p *Page) string {
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		panic(err)
	}
	return b.String()
}
