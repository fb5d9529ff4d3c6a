package difference

import (
	"tolk/mapping"
	"tolk/mapping/terminology"
)

// Rows are the rows of concept maps, by file:line.
type Rows map[string]*Row

// Row is one row of a concept map.
type Row struct {
	Source, Target Named
	Area           mapping.Area
	Reason         string
	Site           string // that a site states it, and why; empty where it is the map's own
}

// Index lists the rows of a terminology.
func Index(t *terminology.Terminology) Rows {
	all := Rows{}
	for _, m := range t.ConceptMaps() {
		for _, e := range m.Elements {
			for _, k := range e.Matches {
				row := &Row{Source: Named{e.Source.System, e.Source.Code, e.Source.Display},
					Target: Named{k.Concept.System, k.Concept.Code, k.Display}, Area: k.Area, Reason: k.Reason}
				if k.Site != nil {
					row.Site = k.Site.Text()
				}
				all[k.Row] = row
			}
		}
	}
	return all
}

// Known returns a test for the values that concept maps are about: codes, displays
// and systems. None of them names a citizen.
func Known(all ...*terminology.Terminology) func(value string) bool {
	known := map[string]bool{}
	for _, t := range all {
		for _, s := range t.CodeSystems() {
			for _, uri := range t.Aliases(s.URL) {
				known[uri] = true
			}
			for _, e := range t.Entries(s.URL) {
				known[e.Code], known[e.Display] = true, true
			}
		}
	}
	return func(value string) bool { return known[value] }
}
