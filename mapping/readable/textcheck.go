package readable

import "strings"

// check writes the health check: the assessment first.
func (w *plain) check(p *Page) {
	c := p.Check
	if c.Assessment != "" {
		w.head("Sygeplejefaglig vurdering")
		w.say("", c.Assessment)
	}
	for _, g := range c.Groups {
		w.head(g.Title)
		w.say("", capital(g.Line()))
		for _, m := range g.Rows {
			w.measurement(m, g)
		}
	}
	if len(c.Groups) > 0 {
		w.b.WriteByte('\n')
		w.say("", marksBySource)
	}
	for _, s := range c.Screenings {
		w.screening(s)
	}
}

func (w *plain) measurement(m *Measurement, g Group) {
	values := m.Joined
	if values == "" {
		var all []string
		for _, p := range m.Parts {
			all = append(all, join(" ", p.Name, p.Value))
		}
		values = strings.Join(all, "; ")
	}
	var marks []string
	for _, mark := range m.Marks {
		marks = append(marks, "["+strings.ToUpper(mark.Text)+"]")
	}
	if len(m.Parts) == 1 && m.Parts[0].Mark != nil {
		marks = append(marks, "["+strings.ToUpper(m.Parts[0].Mark.Text)+"]")
	}
	when := ""
	if m.When != g.When {
		when = bracket(m.When)
	}
	w.hang("", "  ", join(" ", m.Name+": "+values, join(" ", marks...), when))
	for _, p := range m.Parts {
		own := p.PastText()
		if p.Range != "" {
			own = join(" · ", own, "reference "+p.Range)
		}
		if len(m.Parts) > 1 && p.Mark != nil {
			own = join(" · ", "["+strings.ToUpper(p.Mark.Text)+"]", own)
		}
		if own != "" {
			w.hang("  ", "    ", join(": ", p.Name, own))
		}
	}
	for _, s := range m.Small {
		w.fact("  ", s)
	}
}

// PastText tells which way a value went, and what it was.
func (p Part) PastText() string {
	var all []string
	for i, past := range p.Past {
		before := "før "
		if i == 0 && p.Trend != "" {
			before = p.Trend + " fra "
		}
		all = append(all, join(" ", before+past.Value, bracket(past.When)))
	}
	return strings.Join(all, ", ")
}

func (w *plain) screening(s Screening) {
	w.head(s.Title)
	w.say("", s.Line())
	for _, g := range s.Groups {
		if g.Title != "" {
			w.say("", g.Title)
		}
		for _, row := range g.Rows {
			w.fact("  ", row)
		}
	}
	w.fact("", Fact{"Svaret ved ikke", strings.Join(s.Maybes, "; ")})
	w.fact("", Fact{"Svaret nej", strings.Join(s.Nos, "; ")})
}

// Line says who answered, when, and how much was not answered.
func (s Screening) Line() string {
	blank := ""
	if s.Blank > 0 {
		blank = whole(s.Blank) + " spørgsmål uden svar"
	}
	odd := ""
	if s.Odd > 0 {
		odd = "ikke besvaret, som skemaet kræver: " + whole(s.Odd) + " (se originalen)"
	}
	return join(" · ", prefix("Udfyldt af ", s.By), s.When, blank, odd)
}
