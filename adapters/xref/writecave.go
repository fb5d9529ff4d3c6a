package xref

import (
	"slices"
	"strings"

	"tolk/mapping/tree"
)

// cave tells an allergy or a flag where its reader looks for it: what it is, how
// it shows, and its state where that is another than that it stands. One that is
// refuted or over is nothing to beware of, and is told as that. What the section
// says already is not said twice.
func (w *writer) cave(n tree.ID) string {
	const id = "xref.cave"
	code := w.Doc.Child(n, "code")
	name, codings := w.concept(code), w.all(code, "coding")
	for _, r := range w.all(n, "reaction") {
		if name == tree.None {
			name = w.scalar(r, "description")
		}
		for _, m := range w.all(r, "manifestation") {
			if name == tree.None {
				name = w.concept(m)
			}
		}
	}
	for _, note := range w.all(n, "note") {
		if name == tree.None {
			name = w.scalar(note, "text")
		}
	}
	if name == tree.None {
		return ""
	}
	element, label := w.bewaring(n)
	more := &details{w: w}
	states := []tree.ID{w.scalar(n, "status"), w.scalar(n, "clinicalStatus", "coding", "code"), w.scalar(n, "verificationStatus", "coding", "code")}
	for _, s := range states {
		if s != tree.None && element == "Cave" && !w.standing([]tree.ID{s}) {
			more.state("", s)
		}
	}
	for _, r := range w.all(n, "reaction") {
		for _, m := range w.all(r, "manifestation") {
			more.add("reaktion:", w.scalar(m, "text"), w.scalar(m, "coding", "display"))
		}
		more.add("reaktion:", w.scalar(r, "description"))
	}
	for _, note := range w.all(n, "note") {
		more.add("note:", w.scalar(note, "text"))
	}
	for _, c := range codings {
		if code := w.scalar(c, "code"); code != name && !uuid(w.said(code)) {
			more.add(systemName(w.text(c, "system")), code)
		}
	}
	said, text := w.into(element).told(), w.named(name)
	if element == "Cave" && len(more.text) == 0 && tellsLine(said, text) {
		w.Use(name, id)
		return element
	}
	if element != "Cave" {
		more.told = append(more.told, states...) // the label says it
	}
	w.tell(element, label, name, more.after(text), id, more.told...)
	return element
}

// bewaring is where an allergy or a flag is told, and behind which label.
func (w *writer) bewaring(n tree.ID) (element, label string) {
	what := " allergi"
	if w.text(n, "resourceType") == "Flag" {
		what = " advarsel"
	}
	for _, state := range []string{w.text(n, "verificationStatus", "coding", "code"), w.text(n, "status")} {
		if word := notSo[state]; word != "" {
			return "Anamnesis", word + what
		}
	}
	for _, state := range []string{w.text(n, "clinicalStatus", "coding", "code"), w.text(n, "status")} {
		if state == "inactive" || state == "resolved" {
			return "Anamnesis", "Tidligere" + what
		}
	}
	return "Cave", ""
}

// tellsLine reports whether a section says a text already: as one of its lines, or
// as all that it says.
func tellsLine(said, text string) bool {
	return slices.Contains(strings.Split(said, "\n"), text) || slices.Equal(strings.Fields(said), strings.Fields(text))
}

// bewares tells what a list or a health check says to beware of, beside all else
// to beware of, and where it is from.
func (w *writer) bewares(document tree.ID, from string) {
	const id = "xref.cave"
	for _, e := range w.extensions(document, own+"cave") {
		v := w.value(e)
		if blank(w.said(v)) {
			continue // nothing to beware of, or no text
		}
		if said := w.into("Cave").told(); tellsLine(said, w.said(v)) {
			w.Use(v, id)
			continue
		}
		w.labelled("Cave", from, v, id)
	}
}
