package readable

import (
	"slices"
	"strings"

	"tolk/mapping/screening"
	"tolk/mapping/tree"
)

// MedicineLines writes one line for each drug of the page, for the section of a
// referral that a doctor reads it in. A line that the citizen has marked private
// says that it is. CAVE has a section of its own there, and is not among them.
func MedicineLines(p *Page) []string {
	if p.Medication == nil {
		return nil
	}
	var all []string
	for _, w := range p.Warnings {
		all = appendLine(all, "OBS: "+w)
	}
	for _, s := range p.Medication.lines() {
		all = appendLine(all, s)
	}
	return all
}

// MeasurementLines writes the assessment and one line for each measurement of
// the page.
func MeasurementLines(p *Page) []string {
	if p.Check == nil {
		return nil
	}
	var all []string
	if p.Medication == nil { // else they stand before the medicine
		for _, w := range p.Warnings {
			all = appendLine(all, "OBS: "+w)
		}
	}
	all = appendLine(all, prefix("Vurdering: ", p.Check.Assessment))
	for _, g := range p.Check.Groups {
		for _, m := range g.Rows {
			all = appendLine(all, m.line())
		}
	}
	return all
}

// ScreeningLines writes the answers of a QuestionnaireResponse. What may not wait
// for anybody to read the form stands by itself: acute danger, thoughts of
// suicide and self-harm, answered yes or don't know.
func (o Options) ScreeningLines(d *tree.Doc, response tree.ID) (urgent, all []string) {
	h := &hub{Options: o, d: d, place: map[string]int{}, patient: tree.None, page: &Page{}}
	s := h.screening(response)
	pressing := map[string]bool{}
	if r, err := screening.Read(d, response); err == nil {
		for _, f := range r.Urgent() {
			pressing[f.Display] = true
			answer := map[screening.Answer]string{screening.Yes: "ja", screening.DontKnow: "ved ikke"}[f.Answer]
			since := prefix("siden ", parseMoment(h.text(f.Since)).String())
			urgent = appendLine(urgent, join(" ", "Haster: "+join(": ", f.Display, answer, h.text(f.Description)), bracket(since)))
		}
	}
	label := join(" ", "Screening", s.When) + ": "
	for _, w := range h.page.Warnings {
		if !strings.HasPrefix(w, "Haster: ") {
			all = appendLine(all, label+"OBS: "+w)
		}
	}
	if len(urgent) > 0 {
		urgent = append(slices.Clone(all), urgent...) // that it is a mistake is to be read with it
	}
	for _, g := range s.Groups {
		for _, row := range g.Rows {
			if !pressing[row.Name] {
				all = appendLine(all, label+join(": ", g.Title, row.Name, row.Text))
			}
		}
	}
	s.Maybes = slices.DeleteFunc(s.Maybes, func(name string) bool { return pressing[name] })
	all = appendLine(all, prefix(label+"Ved ikke: ", strings.Join(s.Maybes, "; ")))
	return urgent, appendLine(all, prefix(label+"Nej: ", strings.Join(s.Nos, "; ")))
}

// StateWord is the Danish word for a code that says how something stands: whether
// it is so, still is, or was given up.
func StateWord(code string) string {
	for _, words := range []map[string]string{verificationWords, clinicalWords, plannedWords} {
		if w, ok := words[code]; ok {
			return lower(w)
		}
	}
	return code
}

// plannedWords are the states of a goal, a consent and a flag that others have
// no word for.
var plannedWords = map[string]string{
	"proposed": "foreslået", "planned": "planlagt", "accepted": "aftalt", "on-hold": "sat i bero", "completed": "afsluttet",
	"cancelled": "opgivet", "rejected": "afvist", "draft": "kladde", "confirmed": "bekræftet",
}

// UrgencyWord is the Danish word for how soon somebody must be seen, and
// SurenessWord that for how sure a diagnosis is.
func UrgencyWord(code string) string  { return referralUrgencies[code].Text }
func SurenessWord(code string) string { return said(surenessWords, code) }

func appendLine(all []string, s string) []string {
	if s = line(s); s == "" {
		return all
	}
	return append(all, s)
}
