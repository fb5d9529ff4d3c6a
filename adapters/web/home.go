package web

import (
	"net/http"
	"slices"
)

// homePages are the pages of this part.
var homePages = []page{{"/", get, nil, home}}

// homePage is what templates/home.gohtml shows.
type homePage struct {
	Version, Tag string
	Ways         []wayIn
	Systems      []systemCount
	Maps, Rows   int
	Sites        []siteRows
	Exchange     bool
}

// siteRows is how many rows a site states in the place of those built in.
type siteRows struct {
	Name string
	Rows int
}

// wayIn is one way into the workbench.
type wayIn struct{ Path, Key string }

// systemCount is how many concepts a code system has here.
type systemCount struct {
	Name, Version string
	Concepts      int
}

// home tells what this is, what it knows, and the ways in.
func home(v *view) error {
	p := homePage{Version: v.site.version, Tag: v.content.Tag, Exchange: v.site.exchange != nil,
		Ways: []wayIn{{"/translate", "home.translate"}, {"/concepts", "home.concepts"}, {"/coverage", "home.coverage"}, {"/reference", "home.reference"}, {"/reference/api", "home.api"}}}
	if p.Exchange {
		p.Ways = append(p.Ways, wayIn{"/exchange", "home.exchange"})
	}
	for _, s := range v.content.Terms.CodeSystems() {
		p.Systems = append(p.Systems, systemCount{s.Name, s.Version, len(v.content.Terms.Entries(s.URL))})
	}
	for _, m := range v.content.Terms.ConceptMaps() {
		p.Maps++
		for _, e := range m.Elements {
			p.Rows += len(e.Matches)
			for _, match := range e.Matches {
				if match.Site == nil {
					continue
				}
				at := slices.IndexFunc(p.Sites, func(s siteRows) bool { return s.Name == match.Site.Site })
				if at < 0 {
					at = len(p.Sites)
					p.Sites = append(p.Sites, siteRows{Name: match.Site.Site})
				}
				p.Sites[at].Rows++
			}
		}
	}
	return v.render(http.StatusOK, "home", p)
}
