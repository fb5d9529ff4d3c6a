package web

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/complete"
	"tolk/mapping/document"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
)

// mostListed is how many rules a page lists; more are found by searching.
const mostListed = 200

// rulesPage is what /reference/rules shows: the rules that were asked for by name,
// or those that a query finds.
type rulesPage struct {
	Names []string
	Query string
	Rules []ruleRow
	Found int // of which Rules are the first
	All   int
}

// More is how many were found that are not shown.
func (p rulesPage) More() int { return p.Found - len(p.Rules) }

// referenceRules answers GET /reference/rules: name is a rule as it stands on a
// ledger, q words to look for.
func referenceRules(v *view) error {
	q := v.r.URL.Query()
	p := rulesPage{Names: ruleNames(q.Get("name")), Query: strings.TrimSpace(q.Get("q"))}
	book, shown := v.rulebook(), v.allShow()
	if len(p.Names) > 0 {
		for _, name := range p.Names {
			row, ok := ruleOf(book, shown, name)
			if !ok {
				known := slices.Collect(maps.Keys(shown.Rules))
				for _, s := range book.all {
					known = append(known, s.Name)
				}
				none := &mapping.Error{Kind: mapping.NotFound, Path: "name", Message: "no rule has this name"}
				none.Message += mapping.Meant(name, known)
				return none
			}
			p.Rules = append(p.Rules, row)
		}
		p.Found = len(p.Rules)
		return v.render(http.StatusOK, "referencerules", p)
	}
	for _, row := range everyRule(book, shown) {
		p.All++
		if row.matches(p.Query) {
			if p.Found++; len(p.Rules) < mostListed {
				p.Rules = append(p.Rules, row)
			}
		}
	}
	if v.partial() {
		return v.renderBlock("referencerules", "found", p)
	}
	return v.render(http.StatusOK, "referencerules", p)
}

// ruleOf returns a rule by its name, false where there is none.
func ruleOf(book *ruleBook, shown *seen, name string) (ruleRow, bool) {
	s, sighting := book.find(name), shown.Rules[name]
	if s != nil {
		return s.row(s.Left.Form, shown), true
	}
	return ruleRow{Name: name, Sighting: sighting}, sighting != nil
}

// everyRule lists every rule: those that are stated, in the order of their files,
// then those in the program's code that the worked examples show.
func everyRule(book *ruleBook, shown *seen) []ruleRow {
	all := make([]ruleRow, 0, len(book.all))
	for _, s := range book.all {
		all = append(all, s.row(s.Left.Form, shown))
	}
	for _, name := range sortedKeys(shown.Rules) {
		if book.find(name) == nil {
			all = append(all, ruleRow{Name: name, Sighting: shown.Rules[name]})
		}
	}
	return all
}

// Stated reports whether something is written of a rule.
func (r ruleRow) Stated() bool { return r.statement != nil }

// Anchor is the rule's anchor on a page.
func (r ruleRow) Anchor() string { return ruleAnchor("rule", r.Name) }

// Pairs lists the pairs where worked examples have the rule.
func (s *sighting) Pairs() []way {
	var all []way
	for _, f := range s.Folders {
		all = append(all, exampleGroup{Folder: f}.Way())
	}
	return all
}

// mapUse is a concept map that a pair uses.
type mapUse struct {
	Name    string // tilstand.ffb-fsiii
	URL     string
	Version string
	Title   string
	English bool // the title is a text of the map's own
	Areas   []string
	Rows    int
	Leaves  int // of the worked examples that it wrote
}

// mapsOf lists the concept maps of a pair: those that its rules name, in the
// direction they go, and those that its worked examples used.
func mapsOf(terms *terminology.Terminology, book *ruleBook, shown *seen, name string, ways [][2]string) []mapUse {
	named := map[string]bool{}
	for _, w := range ways {
		for _, s := range book.all {
			if s.What == statesHeld && s.goes(name, w[0], w[1]) {
				for _, name := range s.Elements {
					named[name] = true
				}
			}
		}
	}
	used := map[string]int{}
	for canonical, n := range shown.Maps {
		url, _, _ := strings.Cut(canonical, "|")
		used[url] += n
	}
	byName := map[string]*mapUse{}
	for _, m := range terms.ConceptMaps() {
		name := m.URL[strings.LastIndexByte(m.URL, ':')+1:]
		name = strings.TrimSuffix(name, "."+string(m.Area))
		first, direction, _ := strings.Cut(name, ".")
		fits := named[first] && slices.ContainsFunc(ways, func(w [2]string) bool { return fitsWay(direction, w[0], w[1]) })
		if !fits && used[m.URL] == 0 {
			continue
		}
		u := byName[name]
		if u == nil {
			u = &mapUse{Name: name, URL: strings.TrimSuffix(m.URL, "."+string(m.Area)), Version: m.Version, Title: strings.TrimSuffix(m.Title, " ("+string(m.Area)+")")}
			byName[name] = u
		}
		if m.Area != "" {
			u.Areas = append(u.Areas, string(m.Area))
		}
		u.Leaves += used[m.URL]
		for _, e := range m.Elements {
			u.Rows += len(e.Matches)
		}
	}
	var all []mapUse
	for _, name := range sortedKeys(byName) {
		all = append(all, *byName[name])
	}
	slices.SortStableFunc(all, func(a, b mapUse) int { return cmp.Compare(b.Leaves, a.Leaves) })
	return all
}

// fitsWay reports whether a map of a direction (ffb-fsiii) is asked on the way from
// one form to another. The hub holds the codes of both.
func fitsWay(direction, from, to string) bool {
	source, target, _ := strings.Cut(direction, "-")
	return source == from && (target == to || target == from || to == document.FHIR) || from == document.FHIR && target == to
}

// demandRow is something that whoever reads a document needs of it.
type demandRow struct {
	complete.Demand `yaml:",inline"`
	Message         string `yaml:"message"`
}

// demandsOf lists what is told to be lacking in a document, whatever form it is
// in: the file of that document.
func demandsOf(kind string) []demandRow {
	name := "complete/" + kind + ".yaml"
	var f struct {
		Document string      `yaml:"document"`
		Demands  []demandRow `yaml:"demands"`
	}
	if err := rules.Decode(builtIn, name, &f); err != nil {
		return nil // there is none for this document
	}
	return f.Demands
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
