package web

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"tolk/mapping"
	"tolk/mapping/published"
	"tolk/mapping/terminology"
)

// conceptPage is what templates/concept.gohtml shows.
type conceptPage struct {
	*terminology.Entry
	Slug, System string
	Short        string
	Spellings    []string // the further ones
	Way          []conceptLink
	Below        []conceptLink
	Definition   string
	Becomes      []conceptMatch // what it is translated to
	ComesFrom    []conceptMatch // what is translated to it
	Outside      string         // why no map has it
	NoMap        bool           // no map is for its code system
	Picture      template.HTML
}

// conceptLink is a concept as the page of another names it.
type conceptLink struct {
	Name, Short, Path, System string
	Retired                   bool
	Within                    bool // it is of the code system of the page
}

// conceptMatch is one match, seen from the concept whose page it is.
type conceptMatch struct {
	*terminology.Match
	Other  conceptLink // at the other end; empty where unmatched
	Guards []string
	Map    string // its name and version
	First  *conceptMatch
}

// definitions is where KL publishes the code systems, with a place for every code
// (https://fhir.kl.dk/term).
var definitions = map[string]string{"ffb": "FFB", "fsiii": "FSIII", "caresocial": "CareSocialCodes"}

// concept shows one concept: what it is, where it stands, what it becomes and why.
func concept(v *view) error {
	slug, code := v.r.PathValue("system"), v.r.PathValue("code")
	system := ""
	for _, s := range conceptSystems {
		if s.slug == slug {
			system = s.url
		}
	}
	if system == "" {
		return &mapping.Error{Kind: mapping.NotFound, Path: "system", Message: "expected ffb, fsiii or caresocial"}
	}
	e, err := v.content.Terms.Concept(mapping.Coding{System: system, Code: code})
	if err != nil {
		var told *mapping.Error
		if errors.As(err, &told) {
			return &mapping.Error{Kind: mapping.NotFound, Path: "code", Message: told.Message}
		}
		return err
	}
	p := conceptPage{Entry: e, Slug: slug, Short: shortSpelling(e), Below: v.linksTo(e.Children), Way: v.linksTo(e.Ancestors()),
		Definition: "https://fhir.kl.dk/term/CodeSystem-" + definitions[slug] + ".html#" + definitions[slug] + "-" + url.PathEscape(e.Code)}
	if s, ok := v.content.Terms.CodeSystem(system); ok {
		p.System = s.Name
	}
	for _, s := range e.Spellings {
		if s != e.Code {
			p.Spellings = append(p.Spellings, s)
		}
	}
	for _, m := range v.becomes(e) {
		p.Becomes = append(p.Becomes, v.match(m, m.Concept))
	}
	for _, from := range v.comesFrom()[e.Concept] {
		p.ComesFrom = append(p.ComesFrom, v.match(from.match, from.source))
	}
	if len(p.Becomes) == 0 {
		p.Outside = v.content.Terms.Outside(e.Concept, "")
		p.NoMap = p.Outside == ""
	}
	if len(p.Becomes)+len(p.ComesFrom) > 0 {
		p.Picture = v.picture(p)
	}
	return v.render(http.StatusOK, "concept", p)
}

// becomes lists the matches of a concept in both code systems that maps lead to.
func (v *view) becomes(e *terminology.Entry) (all []*terminology.Match) {
	for _, target := range []string{mapping.FSIII, mapping.FFB} {
		matches := v.content.Terms.Matches(e.Concept, terminology.Options{Target: target})
		for i := range matches {
			all = append(all, &matches[i])
		}
	}
	return all
}

// arrival is a match read from its target.
type arrival struct {
	source mapping.Concept
	match  *terminology.Match
}

// comesFrom is every match by its target, made once for a content.
func (v *view) comesFrom() map[mapping.Concept][]arrival {
	type key struct{}
	return keep(v.site, v.content, key{}, func() map[mapping.Concept][]arrival {
		all := map[mapping.Concept][]arrival{}
		for _, system := range []string{mapping.FFB, mapping.FSIII} {
			for _, e := range v.content.Terms.Entries(system) {
				for _, m := range v.becomes(e) {
					if m.Equivalence.Match() {
						all[m.Concept] = append(all[m.Concept], arrival{e.Concept, m})
					}
				}
			}
		}
		return all
	})
}

// match is a match as the page shows it.
func (v *view) match(m *terminology.Match, other mapping.Concept) conceptMatch {
	one := conceptMatch{Match: m, Map: m.Map + "|" + m.Version}
	for _, c := range v.content.Terms.ConceptMaps() {
		if c.URL == m.Map {
			one.Map = published.MapName(c) + " " + m.Version
			break
		}
	}
	if guards := m.Guard.String(); guards != "" {
		one.Guards = strings.Split(guards, ";")
	}
	if m.Equivalence.Match() {
		if e, ok := v.content.Terms.Lookup(other.System, other.Code); ok {
			one.Other = v.linkTo(e)
			one.Other.Within = slugOf(e.System) == v.r.PathValue("system")
		}
	}
	if m.Via != nil {
		first := v.match(m.Via, m.Via.Concept)
		one.First = &first
	}
	return one
}

func (v *view) linkTo(e *terminology.Entry) conceptLink {
	l := conceptLink{Name: e.Display, Short: shortSpelling(e), Path: conceptPath(e.Concept), Retired: e.Status == terminology.Retired}
	if s, ok := v.content.Terms.CodeSystem(e.System); ok {
		l.System = s.Name
	}
	return l
}

func (v *view) linksTo(entries []*terminology.Entry) (all []conceptLink) {
	for _, e := range entries {
		all = append(all, v.linkTo(e))
	}
	return all
}
