package web

import (
	"fmt"
	"html"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/coverage"
)

// coveragePages are the pages of this part.
var coveragePages = []page{{"/coverage", get, nil, kept(coverageShown, "map")}}

// coveragePage is what templates/coverage.gohtml shows.
type coveragePage struct {
	Chosen string // the map of the heat map
	Maps   []coverageChoice
	Areas  []mapping.Area
	Rows   []heatRow
	Bars   []coverageBar
	Words  []mapping.Equivalence
}

// coverageChoice is a map that the heat map can show.
type coverageChoice struct {
	Name, Title string
	English     bool // the title is a text of the map's own
	Here        bool
}

// heatRow is a chapter in each area.
type heatRow struct {
	Name, Path string
	Cells      []heatCell
}

// heatCell is what becomes of a chapter in an area.
type heatCell struct {
	*coverage.Counts      // nil where the map has nothing of the chapter for the area
	Proposed, Share, Heat int
	Bar                   template.HTML
}

// coverageBar is a map in an area with its shares.
type coverageBar struct {
	coverage.Map
	Bar template.HTML
}

// coverageShown draws how much the maps in force cover.
func coverageShown(v *view) error {
	type key struct{}
	all := keep(v.site, v.content, key{}, func() []coverage.Map { return coverage.Survey(v.content.Terms) })
	p := coveragePage{Words: coverage.Relations, Chosen: v.r.URL.Query().Get("map")}
	titles := map[string]string{}
	for _, m := range v.content.Terms.ConceptMaps() {
		titles[m.URL] = strings.TrimSuffix(m.Title, " ("+string(m.Area)+")")
	}
	if !slices.ContainsFunc(all, func(m coverage.Map) bool { return m.Map == p.Chosen }) && p.Chosen != "" {
		return noMap(p.Chosen, all)
	}
	if p.Chosen == "" && len(all) > 0 {
		p.Chosen = all[0].Map
	}
	for _, m := range all {
		if !slices.ContainsFunc(p.Maps, func(c coverageChoice) bool { return c.Name == m.Map }) {
			c := coverageChoice{Name: m.Map, Here: m.Map == p.Chosen}
			c.Title, c.English = v.mapTitle(m.Map, titles[m.URL])
			p.Maps = append(p.Maps, c)
		}
		p.Bars = append(p.Bars, coverageBar{m, v.stack(m.Counts)})
	}
	v.heat(&p, all)
	return v.render(http.StatusOK, "coverage", p)
}

// noMap is the error of a map that is none.
func noMap(name string, all []coverage.Map) error {
	var names []string
	for _, m := range all {
		names = append(names, m.Map)
	}
	none := &mapping.Error{Kind: mapping.NotFound, Path: "map", Message: "no map has this name"}
	none.Message += mapping.Meant(name, names)
	return none
}

// mapTitle is what a map is called in the language of the view, and whether that is
// the map's own title, in English: of a map of a site there is no other.
func (v *view) mapTitle(name, own string) (title string, english bool) {
	if key := "map." + name; v.lang == "da" && known(key) {
		return v.say(key), false
	}
	return own, true
}

// heat lays out the chosen map: a row for each chapter, a column for each area.
func (v *view) heat(p *coveragePage, all []coverage.Map) {
	rows := map[string]int{}
	for _, m := range all {
		if m.Map == p.Chosen && !slices.Contains(p.Areas, m.Area) {
			p.Areas = append(p.Areas, m.Area)
		}
	}
	for i := range all {
		m := &all[i]
		if m.Map != p.Chosen {
			continue
		}
		column := slices.Index(p.Areas, m.Area)
		for j := range m.Chapters {
			c := &m.Chapters[j]
			at, known := rows[c.Heading().Code]
			if !known {
				at = len(p.Rows)
				rows[c.Heading().Code] = at
				p.Rows = append(p.Rows, heatRow{Name: c.Chapter, Path: conceptPath(c.Heading().Concept), Cells: make([]heatCell, len(p.Areas))})
			}
			p.Rows[at].Cells[column] = v.cell(&c.Counts)
		}
	}
}

func (v *view) cell(c *coverage.Counts) heatCell {
	matched := c.Matched()
	return heatCell{Counts: c, Proposed: matched - c.Added, Share: (matched*200 + c.Sources) / (2 * c.Sources),
		Heat: heatOf(matched, c.Sources), Bar: v.stack(*c)}
}

// heatOf is how warm a share is, 0 to 4: nothing, up to a third, two thirds, less
// than all, all.
func heatOf(part, whole int) int {
	switch {
	case part == 0:
		return 0
	case part == whole:
		return 4
	}
	return 1 + min(part*3/whole, 2)
}

// stack draws the shares of the relations beside each other, each with its colour
// and its pattern, and says them in words and numbers to who does not see it. It
// has no viewBox: patterns stay as they are however long it is.
func (v *view) stack(c coverage.Counts) template.HTML {
	var said []string
	var b strings.Builder
	from := 0.0
	for _, part := range c.Relations {
		if part.Sources == 0 {
			continue
		}
		width := 100 * float64(part.Sources) / float64(c.Sources)
		text := html.EscapeString(fmt.Sprintf("%s %d", v.say("relation."+string(part.Relation)), part.Sources))
		fmt.Fprintf(&b, `<rect fill="url(#bar-%s)" x="%.2f%%" width="%.2f%%" height="100%%"><title>%s</title></rect>`, part.Relation, from, width, text)
		said = append(said, text)
		from += width
	}
	return safe(`<svg class="shares" role="img" aria-label="` + strings.Join(said, ", ") + `" focusable="false">` + b.String() + "</svg>")
}
