package readable

import (
	"slices"
	"strings"

	"tolk/mapping/screening"
	"tolk/mapping/tree"
)

// screening reads a QuestionnaireResponse: what was answered with more than no
// stands first, since that is what a reader looks for.
func (h *hub) screening(response tree.ID) Screening {
	h.modified(response, "et skema")
	s := Screening{Title: "Screeningsskema", By: h.who(h.d.Child(response, "author")), When: parseMoment(h.text(response, "authored")).String()}
	if q := h.d.Child(response, "_questionnaire"); q != tree.None {
		for e := range h.all(q, "extension") {
			if h.text(e, "url") == "http://hl7.org/fhir/StructureDefinition/display" && h.text(e, "valueString") != "" {
				s.Title = h.text(e, "valueString")
			}
		}
	}
	switch status := h.text(response, "status"); status {
	case "completed", "amended":
	case "entered-in-error":
		h.warn("Screeningsskemaet er markeret som en fejlregistrering.")
	default:
		h.warn("Screeningsskemaet er ikke udfyldt færdigt.")
	}
	if strings.HasPrefix(h.text(response, "questionnaire"), screening.URL) {
		s.Title = "Sundhedsagentens iagttagelser"
		r, err := screening.Read(h.d, response)
		if err == nil {
			h.findings(r, &s)
			h.answers(response, "Øvrige bemærkninger", &s, r.Findings)
			return s
		}
		h.warn("Screeningsskemaet er af en udgave, som siden ikke kender. Svarene vises, som de står.")
	}
	h.answers(response, "", &s, nil)
	return s
}

// findings reads the answers to our own form, topic by topic. What may not wait
// is said at the top of the page.
func (h *hub) findings(r *screening.Response, s *Screening) {
	times := map[string]int{}
	for _, f := range r.Findings {
		times[f.Display]++
	}
	for _, f := range r.Findings {
		if times[f.Display] > 1 { // two systems have a subject of this name
			f.Display = join(" ", f.Display, bracket(systemWords[f.System]))
		}
		what, since := h.text(f.Description), h.text(f.Since)
		if since != "" {
			since = "siden " + parseMoment(since).String()
		}
		told := join(" ", what, bracket(since))
		switch {
		case f.Answer == screening.No && told == "":
			s.Nos = append(s.Nos, f.Display)
		case f.Answer == screening.No:
			s.add("Nej", Fact{f.Display, told})
		case f.Answer == screening.DontKnow && told == "":
			s.Maybes = append(s.Maybes, f.Display)
		case f.Answer == screening.DontKnow:
			s.add("Ved ikke", Fact{f.Display, told})
		case f.Answer == screening.Yes && told == "":
			s.add("Ja", Fact{f.Display, "iagttaget"})
		case f.Answer == screening.Yes:
			s.add("Ja", Fact{f.Display, told})
		default:
			s.Blank++
		}
	}
	for _, f := range r.Urgent() {
		answer := "ved ikke"
		if f.Answer == screening.Yes {
			answer = "ja"
		}
		h.warn("Haster: " + f.Display + " er besvaret med " + answer + " i screeningsskemaet.")
	}
	s.Odd = len(r.Notices)
}

// answers reads the items below n under a heading, but those of topics that are
// read already.
func (h *hub) answers(n tree.ID, title string, s *Screening, read []screening.Finding) {
	for item := range h.all(n, "item") {
		link := h.text(item, "linkId")
		if slices.ContainsFunc(read, func(f screening.Finding) bool { return f.Key == link }) {
			continue
		}
		name := h.text(item, "text")
		if name == "" {
			name = h.text(item, "linkId")
		}
		if h.d.Child(item, "answer") == tree.None {
			if h.d.Child(item, "item") == tree.None {
				s.Blank++
				continue
			}
			below := title
			if read == nil {
				below = join(" – ", title, name)
			}
			h.answers(item, below, s, read)
			continue
		}
		var all []string
		for answer := range h.all(item, "answer") {
			all = append(all, h.answer(answer))
		}
		short := name
		if title != "" && read == nil {
			short = title + ": " + name
		}
		switch text := join("; ", all...); text {
		case "Nej":
			s.Nos = append(s.Nos, short)
		case "Ved ikke":
			s.Maybes = append(s.Maybes, short)
		case "":
			s.Blank++
		default:
			s.add(title, Fact{name, text})
		}
		for answer := range h.all(item, "answer") {
			h.answers(answer, title, s, read)
		}
		h.answers(item, title, s, read)
	}
}

// add puts an answer under its heading.
func (s *Screening) add(title string, row Fact) {
	i, ok := s.at[title]
	if !ok {
		i = len(s.Groups)
		s.Groups = append(s.Groups, Answers{Title: title})
		if s.at == nil {
			s.at = map[string]int{}
		}
		s.at[title] = i
	}
	s.Groups[i].Rows = append(s.Groups[i].Rows, row)
}

// answer writes the value of an answer.
func (h *hub) answer(n tree.ID) string {
	if c := h.d.Child(n, "valueCoding"); c != tree.None {
		text := h.text(c, "display")
		if text == "" {
			text = h.text(c, "code")
		}
		switch text {
		case "ja", "nej", "ved ikke":
			text = capital(text)
		case "ved-ikke", "ved_ikke":
			text = "Ved ikke"
		}
		return text
	}
	if d := h.text(n, "valueDate"); d != "" {
		return parseMoment(d).String()
	}
	if v := h.text(n, "valueDecimal"); v != "" {
		return comma(v)
	}
	for _, name := range []string{"valueUri", "valueReference"} {
		if v := h.d.Child(n, name); v != tree.None {
			return join(" ", h.text(v), h.text(v, "display"))
		}
	}
	if v := h.d.Child(n, "valueAttachment"); v != tree.None {
		return join(" ", "Vedhæftet", h.text(v, "title"))
	}
	return h.shown(n)
}
