package xref

import (
	"strings"

	"tolk/mapping/tree"
)

// within are the resources that the medication lists and the health checks lead
// to, and so tell on their pages. What the referral names besides is told by
// itself, or it is said that it is not in the letter.
func (w *writer) within() map[tree.ID]bool {
	found := map[tree.ID]bool{}
	var open []tree.ID
	for _, r := range w.resources {
		if r.kind == "List" || r.kind == "DiagnosticReport" {
			open = append(open, r.node)
		}
	}
	d := w.Doc
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for n, end := at, d.End(at); n < end; n++ {
			if d.Key(n) != "reference" || !d.Leaf(n) {
				continue
			}
			to, kind := w.follow(d.Parent(n))
			if to == tree.None || found[to] || kind == "ServiceRequest" || kind == "Patient" {
				continue
			}
			found[to] = true
			open = append(open, to)
		}
	}
	return found
}

// concept is what a concept is called: its text, or what a code of it says.
func (w *writer) concept(code tree.ID) tree.ID {
	name := w.scalar(code, "text")
	for _, key := range []string{"display", "code"} {
		for _, c := range w.all(code, "coding") {
			if name == tree.None {
				name = w.scalar(c, key)
			}
		}
	}
	return name
}

// drug tells a medicine that stands on no list: what it is called and what is
// said of its use, as it is said. One on a list is on the page of the list.
func (w *writer) drug(n tree.ID, listed bool) string {
	const element, id = "ActualMedicine", "xref.medicine"
	if listed {
		return element
	}
	name := w.concept(w.Doc.Child(n, "medicationCodeableConcept"))
	if name == tree.None {
		m, _ := w.follow(w.Doc.Child(n, "medicationReference"))
		if m != tree.None {
			name = w.concept(w.Doc.Child(m, "code"))
		}
	}
	if name == tree.None {
		return ""
	}
	said, leaves := []string{w.named(name)}, []tree.ID(nil)
	add := func(leaf tree.ID) {
		if text := strings.TrimSpace(w.said(leaf)); leaf != tree.None && text != "" {
			said, leaves = append(said, text), append(leaves, leaf)
		}
	}
	for _, dose := range w.all(n, "dosage") {
		add(w.scalar(dose, "text"))
	}
	for _, note := range w.all(n, "note") {
		add(w.scalar(note, "text"))
	}
	w.statused(element, "Medicin, der ikke står på en liste", name, strings.Join(said, ": "), id, leaves, w.scalar(n, "status"))
	return element
}

// goal tells what is aimed at.
func (w *writer) goal(n tree.ID) string {
	const element, id = "Anamnesis", "xref.goal"
	name := w.concept(w.Doc.Child(n, "description"))
	if name == tree.None {
		return ""
	}
	var notes []tree.ID
	text := w.named(name)
	for _, note := range w.all(n, "note") {
		if said := w.scalar(note, "text"); said != tree.None {
			text, notes = text+". "+w.said(said), append(notes, said)
		}
	}
	w.statused(element, "Mål", name, text, id, notes, w.scalar(n, "lifecycleStatus"))
	return element
}
