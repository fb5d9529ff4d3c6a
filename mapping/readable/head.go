package readable

import (
	"strings"

	"tolk/mapping/tree"
)

// head reads whom the document is about, and its own modifiers.
func (h *hub) head(document tree.ID) {
	h.modified(h.d.Root(), "dokumentet")
	if document != tree.None {
		h.show(document)
		h.modified(document, "dokumentet")
		for e := range h.extensions(document, "cave") {
			h.beware(h.text(e, "valueString"))
		}
	}
	subject := h.d.Child(document, "subject")
	patient, _ := h.follow(subject)
	for i := range h.entries {
		e := &h.entries[i]
		if document == tree.None && e.kind == "Patient" && patient == tree.None {
			patient, e.shown = e.node, true
		}
		if document == tree.None && e.kind == "Condition" && subject == tree.None {
			subject = h.d.Child(e.node, "subject")
		}
	}
	if patient == tree.None {
		h.identify(subject)
		return
	}
	h.patient = patient
	h.modified(patient, "borgeren")
	h.citizen(patient)
}

// identify reads whom a Reference names, where no Patient is here.
func (h *hub) identify(subject tree.ID) {
	c := &h.page.Citizen
	c.Name = h.text(subject, "display")
	h.number(h.each(h.d.Child(subject, "identifier")))
	if c.Name == "" && c.ID == "" {
		h.warn("Dokumentet siger ikke, hvem det handler om.")
	}
}

// number takes the best known of identifiers.
func (h *hub) number(identifiers func(func(tree.ID) bool)) {
	c := &h.page.Citizen
	for _, known := range identifierWords {
		for id := range identifiers {
			if c.ID == "" && h.text(id, "system") == known.Name {
				c.ID, c.IDName = hyphen(h.text(id, "value")), known.Text
			}
		}
	}
	for id := range identifiers {
		if c.ID == "" {
			c.ID, c.IDName = hyphen(h.text(id, "value")), "Identifikation"
		}
	}
}

func (h *hub) citizen(patient tree.ID) {
	c := &h.page.Citizen
	c.Name = h.name(patient)
	if birth := h.text(patient, "birthDate"); birth != "" {
		c.Birth = parseMoment(birth).String()
	}
	c.Protected = h.protection(patient)
	h.number(h.all(patient, "identifier"))
	deceased := h.text(patient, "deceasedDateTime")
	if h.flag(patient, "deceasedBoolean") || deceased != "" {
		h.warn(join(" ", "Borgeren er registreret som død", parseMoment(deceased).String()) + ".")
	}
}

// protection names what of a citizen is protected in the CPR register.
func (h *hub) protection(patient tree.ID) string {
	name, address := h.extended(patient, "name-protected", "valueBoolean") == "true", h.extended(patient, "address-protected", "valueBoolean") == "true"
	switch {
	case name && address:
		return "Navne- og adressebeskyttelse"
	case name:
		return "Navnebeskyttelse"
	case address:
		return "Adressebeskyttelse"
	}
	return ""
}

// hyphen writes a CPR number, or its replacement, as people do: 250947-9989.
// Only the page does; documents never do.
func hyphen(s string) string {
	if len(s) != 10 || !number(s[:6]) {
		return s
	}
	return s[:6] + "-" + s[6:]
}

// name writes the first HumanName of n, or of an organisation its name.
func (h *hub) name(n tree.ID) string {
	if s := h.text(n, "name"); s != "" {
		return s
	}
	for name := range h.all(n, "name") {
		if s := h.text(name, "text"); s != "" {
			return s
		}
		var parts []string
		for _, key := range []string{"given", "family"} {
			for part := range h.all(name, key) {
				parts = append(parts, h.text(part))
			}
		}
		if s := join(" ", parts...); s != "" {
			return s
		}
	}
	return ""
}

// who names the person or organisation a Reference leads to.
func (h *hub) who(reference tree.ID) string {
	if reference == tree.None {
		return ""
	}
	n, kind := h.follow(reference)
	if kind != "PractitionerRole" {
		return h.named(reference, n, kind)
	}
	role := ""
	if c := h.d.Find(n, "code"); c != tree.None {
		role = h.concept(c)
	}
	person := h.roleOf(n, "practitioner")
	if role != "" && person != "" {
		role = " (" + role + ")"
	}
	return join(", ", person+role, h.roleOf(n, "organization"))
}

// roleOf names who a PractitionerRole is about. One that leads to a role again,
// perhaps to itself, is of nobody.
func (h *hub) roleOf(role tree.ID, key string) string {
	reference := h.d.Child(role, key)
	if reference == tree.None {
		return ""
	}
	n, kind := h.follow(reference)
	if kind == "PractitionerRole" {
		return ""
	}
	return h.named(reference, n, kind)
}

// named names what a Reference leads to, that is no PractitionerRole.
func (h *hub) named(reference, n tree.ID, kind string) string {
	switch kind {
	case "Practitioner":
		if q := h.d.Find(n, "qualification", "code"); q != tree.None && h.concept(q) != "" {
			return h.name(n) + " (" + h.concept(q) + ")"
		}
		return h.name(n)
	case "Patient":
		return "borgeren selv"
	case "":
		return h.text(reference, "display")
	}
	return join(", ", h.name(n), h.extended(n, "department", "valueString"), h.extended(n, "unit", "valueString"))
}

// whoAll names everyone that the elements called name of n lead to.
func (h *hub) whoAll(n tree.ID, name string) string {
	var all []string
	for r := range h.all(n, name) {
		all = append(all, h.who(r))
	}
	return join("; ", all...)
}

// fact adds a line to the head of the page.
func (h *hub) fact(name, text string) {
	if text != "" {
		h.page.Facts = append(h.page.Facts, Fact{name, text})
	}
}

// originals names the untouched originals that lie in the document.
func (h *hub) originals() {
	for _, e := range h.entries {
		if e.kind != "Provenance" {
			continue
		}
		for source := range h.all(e.node, "entity") {
			binary, kind := h.follow(h.d.Child(source, "what"))
			if kind != "Binary" {
				continue
			}
			sum := h.extended(source, "sha256", "valueString")
			if sum != "" {
				sum = "SHA-256 " + strings.ToLower(sum)
			}
			h.page.Originals = append(h.page.Originals, join(", ", h.text(binary, "contentType"), sum))
		}
	}
}
