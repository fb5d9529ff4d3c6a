package web

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"tolk/mapping"
	"tolk/mapping/finder"
	"tolk/mapping/terminology"
)

// conceptPages are the pages of this part.
var conceptPages = []page{
	{"/concepts", get, nil, kept(concepts, "q")},
	{"/concepts/:system/:code", get, nil, concept},
}

// conceptSystems are the code systems by the name that stands in an address.
var conceptSystems = []struct{ slug, url string }{{"ffb", mapping.FFB}, {"fsiii", mapping.FSIII}, {"caresocial", mapping.CareSocialCodes}}

// slugOf is the name of a code system in an address, empty for one that has no
// pages.
func slugOf(system string) string {
	for _, s := range conceptSystems {
		if s.url == system {
			return s.slug
		}
	}
	return ""
}

// conceptPath is the address of the page of a concept.
func conceptPath(c mapping.Concept) string {
	slug := slugOf(c.System)
	if slug == "" {
		return ""
	}
	return "/concepts/" + slug + "/" + url.PathEscape(c.Code)
}

// mostFound is how many concepts of each system a search shows.
const mostFound = 60

// conceptsPage is what templates/concepts.gohtml shows.
type conceptsPage struct {
	Query  string
	Found  []foundIn // with a query
	Trees  []conceptTree
	Total  int
	Others conceptTree
}

// foundIn is what a search found in one code system.
type foundIn struct {
	Name string
	Hits []foundConcept
	All  int
}

// foundConcept is one concept that was found.
type foundConcept struct {
	finder.Hit
	Path string
	Way  []*terminology.Entry // what it stands under
}

// conceptTree is a code system as a tree.
type conceptTree struct {
	Slug, Name, Version string
	Count               int
	Branches            template.HTML
}

// concepts shows the code systems side by side, or what a search found in them.
func concepts(v *view) error {
	p := conceptsPage{Query: v.r.URL.Query().Get("q")}
	if query := []rune(p.Query); len(query) > 200 {
		p.Query = string(query[:200])
	}
	if p.Query != "" {
		for _, s := range conceptSystems {
			system, ok := v.content.Terms.CodeSystem(s.url)
			if !ok {
				continue
			}
			hits, all := v.finder(s.url).Find(p.Query, mostFound)
			in := foundIn{Name: system.Name, All: all}
			for _, h := range hits {
				in.Hits = append(in.Hits, foundConcept{h, conceptPath(h.Entry.Concept), h.Entry.Ancestors()})
			}
			p.Found, p.Total = append(p.Found, in), p.Total+all
		}
	}
	if p.Query == "" {
		if err := v.plant(&p); err != nil {
			return err
		}
	}
	if v.partial() && v.r.Header.Get("HX-Target") == "found" {
		return v.renderBlock("concepts", "answer", p)
	}
	return v.render(http.StatusOK, "concepts", p)
}

// finder returns the index of a code system, made once for a content.
func (v *view) finder(system string) *finder.Index {
	type key struct{ system string }
	return keep(v.site, v.content, key{system}, func() *finder.Index { return finder.New(v.content.Terms.Entries(system)...) })
}

// plant puts the trees into a page. They are rendered once for a content and a
// language.
func (v *view) plant(p *conceptsPage) error {
	type key struct{ lang string }
	type planted struct {
		trees []conceptTree
		err   error
	}
	all := keep(v.site, v.content, key{v.lang}, func() (made planted) {
		for _, s := range conceptSystems {
			system, ok := v.content.Terms.CodeSystem(s.url)
			if !ok {
				continue
			}
			entries := v.content.Terms.Entries(s.url)
			var b bytes.Buffer
			if made.err = v.execute(&b, "concepts", "branches", branches(tops(entries))); made.err != nil {
				return made
			}
			made.trees = append(made.trees, conceptTree{s.slug, system.Name, system.Version, len(entries), safe(b.String())})
		}
		return made
	})
	if all.err != nil {
		return broken(all.err)
	}
	p.Trees = all.trees
	if len(all.trees) > 2 {
		p.Trees, p.Others = all.trees[:2], all.trees[2]
	}
	return nil
}

// branch is a concept in a tree with what stands under it, the retired ones apart.
type branch struct {
	*terminology.Entry
	Path    string
	Short   string // a code that people say: J1.1
	Below   []branch
	Retired []branch
}

// branches makes branches of entries: those that have some below them come as
// their publisher has them.
func branches(entries []*terminology.Entry) (all []branch) {
	for _, e := range entries {
		b := branch{Entry: e, Path: conceptPath(e.Concept), Short: shortSpelling(e)}
		for _, c := range branches(e.Children) {
			if c.Status == terminology.Retired {
				b.Retired = append(b.Retired, c)
			} else {
				b.Below = append(b.Below, c)
			}
		}
		all = append(all, b)
	}
	return all
}

// Top reports whether b is a chapter.
func (b branch) Top() bool { return b.Parent == nil }

func tops(entries []*terminology.Entry) []*terminology.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e *terminology.Entry) bool { return e.Parent != nil })
}

// shortSpelling is the spelling of a code that people say, empty if there is none.
func shortSpelling(e *terminology.Entry) string {
	for _, s := range e.Spellings {
		if len(s) <= 6 {
			return s
		}
	}
	return ""
}
