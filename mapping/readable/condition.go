package readable

import (
	"encoding/csv"
	"slices"
	"strings"
	"sync"

	facts "tolk/schemas/terminology"

	"tolk/mapping/tree"
)

// conditions reads every Condition of the document.
func (h *hub) conditions() {
	for i := range h.entries {
		if h.entries[i].kind == "Condition" && h.about(h.entries[i].node) {
			h.entries[i].shown = true
			h.page.Conditions = append(h.page.Conditions, h.condition(h.entries[i].node))
		}
	}
	h.fact("Samlet", parseMoment(h.text(h.d.Root(), "timestamp")).String())
}

// condition reads a Condition: every coding with its own display, since none of
// them stands for another.
func (h *hub) condition(n tree.ID) Condition {
	h.modified(n, "en tilstand")
	code := h.d.Child(n, "code")
	c := Condition{Name: h.concept(code)}
	for coding := range h.all(code, "coding") {
		system := h.text(coding, "system")
		name, ok := systemWords[system]
		if !ok {
			name = system
		}
		display := h.text(coding, "display")
		if display == "" {
			display = h.text(coding, "code")
		}
		c.Also = append(c.Also, join(": ", name, display))
	}
	if c.Name == "" {
		c.Name = "Tilstand uden navn"
	}
	c.Status = said(clinicalWords, h.concept2(h.d.Child(n, "clinicalStatus")))
	if v := h.concept2(h.d.Child(n, "verificationStatus")); v != "" && v != "confirmed" {
		c.Status = join(", ", c.Status, said(verificationWords, v))
	}
	if c.Private = h.private(n); c.Private {
		c.Status = join(", ", c.Status, "privatmarkeret")
	}
	c.Level = h.level(h.d.Child(n, "severity"))
	switch onset := h.d.Child(n, "onsetPeriod"); {
	case h.text(n, "onsetDateTime") != "":
		c.When = "fra " + parseMoment(h.text(n, "onsetDateTime")).String()
	case onset != tree.None:
		c.When = period(h.text(onset, "start"), h.text(onset, "end"))
	case h.text(n, "onsetString") != "":
		c.When = h.text(n, "onsetString")
	}
	if abated := h.text(n, "abatementDateTime"); abated != "" {
		c.When = join(" ", c.When, "til "+parseMoment(abated).String())
	}
	small := func(name, text string) {
		if text != "" {
			c.Small = append(c.Small, Fact{name, text})
		}
	}
	small("Registreret", join(", ", parseMoment(h.text(n, "recordedDate")).String(), h.who(h.d.Child(n, "recorder"))))
	small("Fundet af", h.who(h.d.Child(n, "asserter")))
	for _, note := range h.notes(n) {
		small("Bemærkning", note)
	}
	for e := range h.all(n, "evidence") {
		var all []string
		for code := range h.all(e, "code") {
			all = append(all, h.concept(code))
		}
		small("Begrundelse", strings.Join(all, "; "))
	}
	return c
}

// level writes how severe a condition is. A sender of the plain form gives the
// step of a scale, which the hub holds as a code without a display.
func (h *hub) level(severity tree.ID) string {
	said := h.concept(severity)
	for coding := range h.all(severity, "coding") {
		if word := steps()[h.text(coding, "code")]; word != "" && said == h.text(coding, "code") {
			return word
		}
	}
	return said
}

// steps are the words of the published scales, by code. One that is only a
// number is named by its scale.
var steps = sync.OnceValue(func() map[string]string {
	words := map[string]string{}
	file, err := facts.FS.Open("scales.csv")
	if err != nil {
		return words
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 {
		return words
	}
	scale, code, display := slices.Index(rows[0], "scale"), slices.Index(rows[0], "code"), slices.Index(rows[0], "display")
	for _, row := range rows[1:] {
		words[row[code]] = row[display]
		if len(row[display]) == 1 {
			words[row[code]] = row[scale] + " " + row[display]
		}
	}
	return words
})
