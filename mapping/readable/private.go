package readable

import (
	"slices"
	"strings"
)

// groups are the lines of the list by where they stand on the page.
func (m *Medication) groups() []*[]*Drug {
	return []*[]*Drug{&m.Fixed, &m.Needed, &m.Later, &m.Paused, &m.Ended, &m.Unclear}
}

// WithoutPrivate returns the page without the lines, measurements, conditions and
// correspondence that the citizen has marked private, and with the number of them. What
// somebody wrote in a note is not looked through.
func (p *Page) WithoutPrivate() *Page {
	page := *p
	page.withoutOthers()
	if p.Medication == nil {
		return &page
	}
	m := *p.Medication
	page.Medication = &m
	held := map[*Drug]bool{} // a line can stand in two groups
	for _, group := range m.groups() {
		*group = slices.DeleteFunc(slices.Clone(*group), func(d *Drug) bool {
			if d.Private {
				held[d] = true
			}
			return d.Private
		})
	}
	m.Withheld += len(held)
	m.Events = slices.DeleteFunc(slices.Clone(m.Events), func(e Event) bool { return e.Private })
	return &page
}

// withoutOthers takes out the measurements and conditions, and a correspondence with
// what its head says of it.
func (p *Page) withoutOthers() {
	held := 0
	if p.Thread != nil && p.Thread.Private {
		p.Thread, p.Facts = nil, nil
		held++
	}
	p.Conditions = slices.DeleteFunc(slices.Clone(p.Conditions), func(c Condition) bool {
		if c.Private {
			held++
		}
		return c.Private
	})
	if p.Check != nil {
		check := *p.Check
		check.Groups = nil
		for _, g := range p.Check.Groups {
			rows := len(g.Rows)
			g.Rows = slices.DeleteFunc(slices.Clone(g.Rows), func(m *Measurement) bool { return m.Private })
			held += rows - len(g.Rows)
			if len(g.Rows) > 0 {
				check.Groups = append(check.Groups, g)
			}
		}
		p.Check = &check
	}
	p.HoldBack(held)
}

// HoldBack says how many resources besides drugs are not on this copy, since the
// citizen has marked them private.
func (p *Page) HoldBack(n int) {
	if n > 0 {
		p.Unshown = append(slices.Clone(p.Unshown), whole(n)+" × anden oplysning, der er privatmarkeret")
	}
}

// HeldBack says in words how many lines are not on this copy.
func (m *Medication) HeldBack() string {
	switch m.Withheld {
	case 0:
		return ""
	case 1:
		return "1 lægemiddel er privatmarkeret og holdt tilbage. Det står ikke på denne kopi."
	}
	return whole(m.Withheld) + " lægemidler er privatmarkeret og holdt tilbage. De står ikke på denne kopi."
}

// Changes names what is new, changed and ended since the last list.
func (m *Medication) Changes() (all []Fact) {
	for _, flag := range []string{"Ny", "Ændret", "Ophørt"} {
		var names []string
		seen := map[*Drug]bool{}
		for _, group := range m.groups() {
			for _, d := range *group {
				if d.Flag == flag && !seen[d] {
					seen[d] = true
					names = append(names, d.Title())
				}
			}
		}
		if len(names) > 0 {
			all = append(all, Fact{flag, strings.Join(names, "; ")})
		}
	}
	return all
}

// Lines is how many drugs stand on the list.
func (m *Medication) Lines() int {
	seen := map[*Drug]bool{}
	for _, group := range m.groups() {
		for _, d := range *group {
			seen[d] = true
		}
	}
	return len(seen)
}

// Title is the name of the drug with its strength.
func (d *Drug) Title() string {
	if strings.Contains(d.Name, d.Strength) {
		return d.Name
	}
	return join(" ", d.Name, d.Strength)
}
