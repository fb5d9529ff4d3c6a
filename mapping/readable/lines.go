package readable

import (
	"slices"
	"strings"
)

// Lines writes one line for each drug or measurement, for a section of a social
// record. The identity of the citizen is not in it. What the citizen has marked
// private is not either: it never goes to the social side by itself, and a line
// says how many are held back.
func Lines(p *Page) []string {
	p = p.WithoutPrivate()
	var all []string
	add := func(s string) {
		if s = line(s); s != "" {
			all = append(all, s)
		}
	}
	for _, c := range p.CAVE {
		add("CAVE: " + c)
	}
	for _, w := range p.Warnings {
		add("OBS: " + w)
	}
	if p.Check != nil {
		add(prefix("Vurdering: ", p.Check.Assessment))
		for _, g := range p.Check.Groups {
			for _, m := range g.Rows {
				add(m.line())
			}
		}
	}
	if p.Document != MedicationList {
		for _, c := range p.Conditions {
			add("Tilstand: " + join(" · ", c.Name, c.Status, c.Level, c.When))
		}
	}
	if p.Medication != nil {
		for _, s := range p.Medication.lines() {
			add(s)
		}
	}
	return all
}

// lines writes what is known of the list, then a line for each drug.
func (m *Medication) lines() []string {
	all := []string{join(" – ", m.ReadName()+" "+join(" ", m.Read, bracket(m.Age)), m.Old), m.HeldBack()}
	if m.Lines() == 0 {
		all = append(all, "Medicinlisten er tom: "+join("", m.Empty, noReason(m.Empty)))
	}
	seen := map[*Drug]bool{}
	for _, s := range m.Sections() {
		for _, d := range s.Drugs {
			if seen[d] {
				continue
			}
			seen[d] = true
			all = append(all, d.line(s))
		}
	}
	return all
}

// line writes a drug: what it is and is made of, what its sender says of the dose, and
// where the line is from.
func (d *Drug) line(s Section) string {
	var labels []string
	if s.Apart {
		labels = append(labels, join(" ", strings.ToUpper(d.Status), d.Pause))
	}
	if s.PRN || len(d.PRN) > 0 && !s.Apart {
		labels = append(labels, "EFTER BEHOV")
	}
	if s.Timed && len(d.PRN) > 0 {
		labels[len(labels)-1] = "FAST OG EFTER BEHOV"
	}
	if d.Flag != "" {
		labels = append(labels, strings.ToUpper(d.Flag))
	}
	for _, m := range d.Marks {
		if !slices.ContainsFunc(labels, func(l string) bool { return strings.EqualFold(l, m.Text) }) {
			labels = append(labels, m.Text)
		}
	}
	label := ""
	if len(labels) > 0 {
		label = "[" + strings.Join(labels, ", ") + "]"
	}
	var also []string
	for _, f := range d.Small {
		if f.Name == otherName || f.Name == composition {
			also = append(also, f.Name+": "+f.Text)
		}
	}
	return join(" · ", join(" ", label, join(", ", d.Title(), d.Form)), join(" · ", also...), d.words(), d.Indication, d.Origin)
}

// words are all that the sender says of the dose on one line. An instruction stands
// after the words it is for, unless they say it already.
func (d *Drug) words() string {
	var all []string
	for _, f := range d.Texts {
		if slices.Contains(d.Doses, f) || strings.HasPrefix(f.Name, instruction) && !strings.Contains(strings.Join(all, "; "), f.Text) {
			all = append(all, f.Text)
		}
	}
	return strings.Join(all, "; ")
}

// line writes a measurement with its value before, its mark and its reference.
func (m *Measurement) line() string {
	var values []string
	for _, p := range m.Parts {
		mark := ""
		if p.Mark != nil {
			mark = "[" + strings.ToUpper(p.Mark.Text) + "]"
		}
		values = append(values, join(" ", p.Name, p.Value, mark, bracket(join("; ", p.PastText(), prefix("reference ", p.Range)))))
	}
	var marks []string
	for _, mark := range m.Marks {
		marks = append(marks, strings.ToUpper(mark.Text))
	}
	return join(" · ", m.Name+": "+strings.Join(values, ", "), m.When, strings.Join(marks, ", "))
}
