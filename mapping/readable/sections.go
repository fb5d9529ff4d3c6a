package readable

import (
	"slices"
	"strings"
)

// Section is the drugs that stand together on the page.
type Section struct {
	Title, Help string
	Drugs       []*Drug
	Timed       bool // by time of day
	PRN         bool // as needed
	Apart       bool // not taken now: the status is said
}

// Sections are the medication list in the order of the page.
func (m *Medication) Sections() []Section {
	return []Section{
		{Title: "Status ukendt", Drugs: m.Unclear, Apart: true, Help: "Dokumentet siger ikke, om medicinen tages nu."},
		{Title: "Fast medicin", Drugs: m.Fixed, Timed: true},
		{Title: "Medicin efter behov", Drugs: m.Needed, PRN: true},
		{Title: "Ikke begyndt endnu", Drugs: m.Later, Apart: true},
		{Title: "Pauseret", Drugs: m.Paused, Apart: true},
		{Title: "Ophørt eller afsluttet", Drugs: m.Ended, Apart: true},
	}
}

// Follow is the text to follow in place of doses by time of day: FMK's short
// text, or where every dosage has its own, all of them.
func (d *Drug) Follow() []Fact { return d.Doses }

// Rest is the texts of the dosage that do not stand by the times of the day.
func (d *Drug) Rest() []Fact {
	if d.Regime != nil {
		return d.Texts
	}
	return slices.DeleteFunc(slices.Clone(d.Texts), func(f Fact) bool { return slices.Contains(d.Doses, f) })
}

// Cells are the doses at the four times of the day, empty where none is.
func (r *Regime) Cells() []Fact {
	return []Fact{{"Morgen", r.Morning}, {"Middag", r.Noon}, {"Aften", r.Evening}, {"Nat", r.Night}}
}

// Line is the doses of the day on one line.
func (r *Regime) Line() string {
	var all []string
	for _, c := range r.Cells() {
		if c.Text != "" {
			all = append(all, c.Name+" "+c.Text)
		}
	}
	for _, c := range r.Clock {
		all = append(all, "kl. "+c.Name+" "+c.Text)
	}
	return strings.Join(all, " | ")
}

// Line is the dose as needed on one line.
func (n PRN) Line() string {
	if n.Dose == "" {
		return join(" | ", "Følg teksten", n.For)
	}
	most := "højst: se teksten"
	if n.Max != "" {
		most = "højst " + n.Max
	}
	return join(" | ", "Pr. gang "+n.Dose, n.For, most)
}

// Judged reports whether the source says something of a value.
func (g Group) Judged() bool { return g.any(func(p Part) bool { return p.Mark != nil }) }

// Referred reports whether a value has a reference range.
func (g Group) Referred() bool { return g.any(func(p Part) bool { return p.Range != "" }) }

// Followed reports whether a value has earlier ones.
func (g Group) Followed() bool { return g.any(func(p Part) bool { return len(p.Past) > 0 }) }

func (g Group) any(is func(Part) bool) bool {
	return slices.ContainsFunc(g.Rows, func(m *Measurement) bool { return slices.ContainsFunc(m.Parts, is) })
}

// share moves to the head of the group what all of its rows say. Who measured is
// said only where it is somebody else than who made the check.
func (g *Group) share(maker string) {
	g.When, g.By = g.Rows[0].When, g.Rows[0].By
	for _, m := range g.Rows {
		if m.When != g.When {
			g.When = ""
		}
		if m.By != g.By {
			g.By = ""
		}
	}
	for _, m := range g.Rows {
		if m.By != g.By && m.By != maker {
			m.Small = append([]Fact{{"Målt af", m.By}}, m.Small...)
		}
	}
	if g.By == maker {
		g.By = ""
	}
}

// Line is what the rows of the group share.
func (g Group) Line() string { return join(" · ", g.When, prefix("målt af ", g.By)) }

// Alerted reports whether anything stands above the page's content.
func (p *Page) Alerted() bool {
	return len(p.CAVE) > 0 || len(p.Warnings) > 0 || p.Clinical()
}

// Clinical reports whether the reader of the page looks for CAVE on it, and is told
// where none is.
func (p *Page) Clinical() bool { return p.Document != Conditions && p.Document != Correspondence }
