package readable

import (
	"strings"
	"unicode/utf8"
)

// width is how many characters a line of Text has at most. A word that is longer
// stands alone on its line, whole: a code that is broken up is another code.
const width = 80

// plain writes lines of text.
type plain struct{ b strings.Builder }

// Text writes the page as plain text of 80 columns, for a terminal and for the
// text of a message.
func Text(p *Page) string {
	w := &plain{}
	w.say("", strings.ToUpper(p.Title))
	w.say("", p.Citizen.Name)
	w.say("", join(" · ", join(" ", p.Citizen.IDName, p.Citizen.ID), born(p.Citizen.Birth)))
	if protected := p.Citizen.Guarded(); protected != "" {
		w.hang("!! ", "   ", protected)
	}
	for _, f := range p.Facts {
		w.fact("", f)
	}
	w.alerts(p)
	if p.Referral != nil {
		w.referral(p.Referral)
	}
	if p.Check != nil {
		w.check(p)
	}
	if p.Document == Conditions || len(p.Conditions) > 0 {
		w.conditions(p.Conditions)
	}
	if p.Medication != nil {
		if p.Check != nil || p.Referral != nil {
			w.head("Medicinliste")
		}
		w.medication(p.Medication)
	}
	if p.Thread != nil {
		w.thread(p.Thread)
	}
	w.foot(p)
	return w.b.String()
}

func born(date string) string {
	if date == "" {
		return ""
	}
	return "født " + date
}

// say writes a text at an indent, folded at the width; line breaks in the text
// are kept.
func (w *plain) say(indent, text string) { w.hang(indent, indent, text) }

// hang writes a text whose lines but the first have another indent.
func (w *plain) hang(first, rest, text string) {
	for _, part := range strings.Split(text, "\n") {
		at := 0
		for _, word := range strings.Fields(part) {
			n := utf8.RuneCountInString(word)
			switch {
			case at == 0:
				w.b.WriteString(first)
				at = utf8.RuneCountInString(first) + n
				first = rest
			case at+1+n > width:
				w.b.WriteString("\n" + rest)
				at = utf8.RuneCountInString(rest) + n
			default:
				w.b.WriteByte(' ')
				at += 1 + n
			}
			w.b.WriteString(word)
		}
		if at > 0 {
			w.b.WriteByte('\n')
		}
	}
}

func (w *plain) fact(indent string, f Fact) {
	if f.Text != "" {
		w.hang(indent, indent+"  ", f.Name+": "+f.Text)
	}
}

// head writes the heading of a section.
func (w *plain) head(title string) {
	title = strings.ToUpper(line(title))
	w.b.WriteString("\n" + title + "\n" + strings.Repeat("-", min(width, utf8.RuneCountInString(title))) + "\n")
}

// alerts writes what must be read before anything else.
func (w *plain) alerts(p *Page) {
	w.b.WriteByte('\n')
	for _, c := range p.CAVE {
		w.hang("!! ", "   ", "CAVE: "+c)
	}
	for _, warning := range p.Warnings {
		w.hang("!! ", "   ", warning)
	}
	if len(p.CAVE) == 0 && p.Clinical() {
		w.say("", noCAVE)
	}
	m := p.Medication
	if m == nil {
		return
	}
	w.say("", join(" ", m.ReadName()+": "+m.Read, bracket(m.Age)))
	if m.Old != "" {
		w.hang("!! ", "   ", m.Old+". "+m.OldWhy())
	}
	if held := m.HeldBack(); held != "" {
		w.hang("!! ", "   ", held)
	}
	if m.Incomplete {
		w.hang("!! ", "   ", incomplete)
	}
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

func (w *plain) medication(m *Medication) {
	w.fact("", Fact{"Samlet af", m.By})
	w.fact("", Fact{"Medicinkortets version", m.Version})
	for _, c := range m.Changes() {
		w.fact("", Fact{c.Name + " siden sidste liste", c.Text})
	}
	for _, n := range m.Notes {
		w.fact("", Fact{"Bemærkning", n})
	}
	if m.Lines() == 0 {
		w.b.WriteByte('\n')
		w.say("", "Listen er tom: "+join("", m.Empty, noReason(m.Empty))+".")
	}
	for _, g := range m.Sections() {
		if len(g.Drugs) == 0 {
			continue
		}
		w.head(g.Title)
		for i, d := range g.Drugs {
			if i > 0 {
				w.b.WriteByte('\n')
			}
			w.drug(d, g)
		}
	}
	if len(m.Events) > 0 {
		w.head("Givet og afvist")
		for _, e := range m.Events {
			w.hang("", "  ", join(" · ", e.When, e.Drug, e.What, e.Dose, e.Needed))
			w.fact("  ", Fact{"Virkning", e.Effect})
			w.fact("  ", Fact{"Af", e.By})
		}
	}
}

func noReason(why string) string {
	if why == "" {
		return "årsagen er ikke oplyst"
	}
	return ""
}

// drug writes one line of the list in a section.
func (w *plain) drug(d *Drug, g Section) {
	labels := []string{d.Origin}
	if d.Flag != "" {
		labels = append(labels, strings.ToUpper(d.Flag))
	}
	if g.Apart {
		labels = append(labels, d.Status)
	}
	for _, m := range d.Marks {
		labels = append(labels, m.Text)
	}
	w.hang("", "  ", join(", ", d.Title(), d.Form, d.Route)+"  ["+strings.Join(labels, "] [")+"]")
	if d.Why != "" {
		w.fact("  ", Fact{"Årsag", d.Why})
	}
	if r := d.Regime; g.Timed && r != nil {
		w.hang("  ", "  ", r.Line())
	}
	if g.PRN {
		for _, n := range d.PRN {
			w.hang("  ", "  ", n.Line())
		}
	}
	for _, t := range d.Texts {
		w.fact("  ", t)
	}
	if g.Timed && d.AsText != "" {
		w.fact("  ", Fact{"Vist som tekst", d.AsText})
	}
	w.fact("  ", Fact{"Indikation", d.Indication})
	w.fact("  ", Fact{"Behandling", d.Treatment})
	for _, s := range d.Small {
		w.fact("  ", s)
	}
}

func prefix(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// conditions writes the states of the citizen.
func (w *plain) conditions(all []Condition) {
	w.head("Tilstande")
	for _, c := range all {
		w.hang("", "  ", join(" · ", c.Name, c.Status, c.Level, c.When))
		for _, also := range c.Also {
			w.hang("  ", "    ", also)
		}
		for _, s := range c.Small {
			w.fact("  ", s)
		}
	}
}

// foot names what is not shown, and the originals.
func (w *plain) foot(p *Page) {
	if len(p.Unshown) > 0 || len(p.Originals) > 0 {
		w.b.WriteByte('\n')
	}
	if len(p.Unshown) > 0 {
		w.say("", "Står i dokumentet, men ikke her: "+strings.Join(p.Unshown, "; ")+".")
	}
	for _, o := range p.Originals {
		w.fact("", Fact{"Originalen ligger ved", o})
	}
}
