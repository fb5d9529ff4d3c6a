package readable

// referral writes what the citizen is referred for.
func (w *plain) referral(r *Referral) {
	w.head("Henvises for")
	if r.Urgency != nil {
		w.fact("", Fact{"Hastegrad", r.Urgency.Text})
	}
	for _, reason := range r.Reasons {
		w.hang("", "  ", reason.Line())
	}
	for _, s := range r.Wish {
		w.fact("", Fact{"Ønsket", s})
	}
	for _, f := range r.Told {
		w.head(f.Name)
		w.say("", f.Text)
	}
	for _, part := range []struct {
		title string
		facts []Fact
	}{{"Praktisk", r.Practical}, {"Bilag", r.Attached}} {
		if len(part.facts) == 0 {
			continue
		}
		w.head(part.title)
		for _, f := range part.facts {
			w.hang("", "  ", join(": ", f.Name, f.Text))
		}
	}
}

// Line is a reason on one line.
func (r Reason) Line() string {
	return join(" · ", join(" ", r.Name, bracket(r.Sure)), r.Kind, join(", ", r.Also...))
}
