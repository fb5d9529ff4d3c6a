package readable

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/measure"
	"tolk/mapping/tree"
)

// groupTitles are the categories of Observation (FHIR R4) in the order of the
// page. What is of no category, or of another, comes last.
var groupTitles = []Fact{
	{"vital-signs", "Målinger"}, {"laboratory", "Blodprøver og andre prøver"}, {"social-history", "Livsstil"},
	{"survey", "Spørgeskemaer og skalaer"}, {"", "Andre observationer"},
}

// remark is what a note to a measurement is called on the page.
const remark = "Bemærkning"

// check reads a DiagnosticReport and everything it leads to.
func (h *hub) check(report tree.ID) {
	c := &Check{Assessment: h.text(report, "conclusion"), By: h.whoAll(report, "performer")}
	h.page.Check = c
	at := h.text(report, "effectiveDateTime")
	h.fact("Foretaget", parseMoment(at).String())
	if p := h.d.Child(report, "effectivePeriod"); p != tree.None {
		h.fact("Foretaget", period(h.text(p, "start"), h.text(p, "end")))
	}
	if issued := h.text(report, "issued"); issued != at {
		h.fact("Udstedt", parseMoment(issued).String())
	}
	h.fact("Af", c.By)
	switch status := h.text(report, "status"); status {
	case "final":
	case "entered-in-error":
		h.warn("Sundhedstjekket er markeret som en fejlregistrering.")
	default:
		h.fact("Status", said(reportWords, status))
	}
	h.observations(report)
	for e := range h.extensions(report, "screening") {
		if n, kind := h.follow(h.d.Child(e, "valueReference")); kind == "QuestionnaireResponse" && h.about(n) {
			c.Screenings = append(c.Screenings, h.screening(n))
		}
	}
	for e := range h.extensions(report, "tilstand") {
		if n, kind := h.follow(h.d.Child(e, "valueReference")); kind == "Condition" && h.about(n) {
			h.page.Conditions = append(h.page.Conditions, h.condition(n))
		}
	}
	for e := range h.extensions(report, "medicinliste") {
		if n, kind := h.follow(h.d.Child(e, "valueReference")); kind == "List" && h.about(n) {
			h.head2(n)
			h.medication(n)
			break
		}
	}
}

// head2 reads what the head of an embedded document adds to the page.
func (h *hub) head2(document tree.ID) {
	h.modified(document, "medicinlisten")
	for e := range h.extensions(document, "cave") {
		h.beware(h.text(e, "valueString"))
	}
}

// observations reads the results of a report, groups them, and puts the
// observations of one item together.
func (h *hub) observations(report tree.ID) {
	groups := make([]Group, len(groupTitles))
	for i, title := range groupTitles {
		groups[i].Title = title.Text
	}
	items := map[string]*item{}
	mistaken := 0
	var order []*item
	for result := range h.all(report, "result") {
		o, kind := h.follow(result)
		if kind != "Observation" {
			h.warn("Et resultat kan ikke vises: det fører ikke til en observation i dokumentet.")
			continue
		}
		if !h.about(o) {
			continue
		}
		if h.text(o, "status") == "entered-in-error" {
			mistaken++
			continue
		}
		key := h.identity(o)
		if h.private(o) {
			key = "" // it is no earlier value of what is not private
		}
		it := items[key]
		if it == nil || key == "" {
			it = &item{group: h.group(o)}
			items[key] = it
			order = append(order, it)
		}
		it.readings = append(it.readings, h.reading(o))
	}
	for _, it := range order {
		groups[it.group].Rows = append(groups[it.group].Rows, it.rows()...)
	}
	for _, g := range groups {
		if len(g.Rows) > 0 {
			g.share(h.page.Check.By)
			h.page.Check.Groups = append(h.page.Check.Groups, g)
		}
	}
	if mistaken > 0 {
		h.page.Unshown = append(h.page.Unshown, whole(mistaken)+" × måling, der er markeret som fejlregistreret")
	}
}

// group returns which group of the page an observation belongs to.
func (h *hub) group(o tree.ID) int {
	last := len(groupTitles) - 1
	for category := range h.all(o, "category") {
		for coding := range h.all(category, "coding") {
			code := h.text(coding, "code")
			i := slices.IndexFunc(groupTitles, func(f Fact) bool { return f.Name == code })
			if i >= 0 && i < last {
				return i
			}
		}
	}
	return last
}

// reading reads an Observation.
func (h *hub) reading(o tree.ID) reading {
	r := reading{node: o, at: parseMoment(h.text(o, "effectiveDateTime")), name: h.measured(h.d.Child(o, "code"))}
	if r.name == "" {
		r.name = "Måling uden navn"
	}
	h.modified(o, r.name)
	m := &r.row
	m.Name, m.When = r.name, r.at.String()
	if p := h.d.Child(o, "effectivePeriod"); p != tree.None {
		m.When = period(h.text(p, "start"), h.text(p, "end"))
	}
	if m.When == "" {
		m.When = "Tidspunkt ikke oplyst"
	}
	if status := h.text(o, "status"); status != "final" {
		m.Marks = append(m.Marks, Mark{"warn", said(reportWords, status)})
	}
	if m.Private = h.private(o); m.Private {
		m.Marks = append(m.Marks, Mark{"warn", "Privatmarkeret"})
	}
	small := func(name, text string) {
		if text != "" {
			m.Small = append(m.Small, Fact{name, text})
		}
	}
	m.By = h.whoAll(o, "performer")
	small("Sted", h.concept(h.d.Child(o, "bodySite")))
	small("Stilling", h.position(o))
	small("Metode", h.answered(h.d.Child(o, "method")))
	for _, note := range h.notes(o) {
		small(remark, note)
	}
	own := h.part(o)
	if own.Value != "" || h.d.Child(o, "component") == tree.None {
		if own.Value == "" {
			own.Value = "Ingen værdi"
		}
		m.Parts, r.values = append(m.Parts, own), append(r.values, h.value(o))
	} else {
		if own.Mark != nil { // of the pressure, not of one of its two values
			m.Marks = append(m.Marks, *own.Mark)
		}
		small("Reference", own.Range)
	}
	for c := range h.all(o, "component") {
		p := h.part(c)
		p.Name = h.measured(h.d.Child(c, "code"))
		if p.Value == "" {
			p.Value = "Ingen værdi"
		}
		m.Parts, r.values = append(m.Parts, p), append(r.values, h.value(c))
	}
	m.Joined = h.bloodPressure(o)
	return r
}

// measured names what was measured: in the words of the source, and where it has
// none but those of its codes, as the item that they mean is called in Danish.
// A display that was not published with its code stands beside it: the code
// counts, and whoever reads may know better.
func (h *hub) measured(code tree.ID) string {
	if s := h.text(code, "text"); s != "" {
		return s
	}
	var codings []mapping.Coding
	for c := range h.all(code, "coding") {
		codings = append(codings, mapping.Coding{System: h.text(c, "system"), Code: h.text(c, "code"), Display: h.text(c, "display")})
	}
	item, _, ok := measure.Find(codings)
	if !ok {
		return h.concept(code)
	}
	for _, c := range codings {
		if c.Display != "" && !published(item, c) {
			return item.Display + " (kilden skriver: " + c.Display + ")"
		}
	}
	return item.Display
}

// published reports whether a display is one that the code of an item goes by.
func published(item measure.Item, c mapping.Coding) bool {
	known := false
	for _, use := range []measure.Use{measure.Hub, measure.KL, measure.HCO} {
		for _, p := range item.Codings(use) {
			if measure.Same(p, c) {
				known = true
				if p.Display == "" || p.Display == c.Display {
					return true
				}
			}
		}
	}
	return !known
}

// techniques are KL's words for how a measurement went (kl.dk.fhir.ffinst 1.0.0,
// KLtechniquesCodes).
var techniques = map[string]string{
	"4a069078-c3c3-4c67-899d-4e8876026f48Ja": "Ingen problemer med test-setup og borgers udførelse",
	"17772b27-bc9d-4d62-9515-d268a98a3a27":   "Afvigelse i borgers udførelse",
	"a3231c9a-5569-49c4-8760-4fffbf0b2b80":   "Afvigelse i test-setup",
	"6713249a-433e-4b93-8975-0214a473dab5":   "Afvigelse i borgers udførelse og test-setup",
}

// answered writes an answer in the words of the source, and where it has none
// but a code of KL's instruments in KL's.
func (h *hub) answered(n tree.ID) string {
	code := ""
	for c := range h.all(n, "coding") {
		if h.text(c, "display") != "" {
			return h.concept(n)
		}
		if h.text(c, "system") == measure.Answers {
			code = h.text(c, "code")
		}
	}
	if h.text(n, "text") != "" || code == "" {
		return h.concept(n)
	}
	if _, a, ok := measure.AnswerByCoding(mapping.Coding{System: measure.Answers, Code: code}); ok {
		return a.Display
	}
	if s, ok := techniques[code]; ok {
		return s
	}
	return h.concept(n)
}

// position tells how the citizen sat, lay or stood.
func (h *hub) position(o tree.ID) string {
	for e := range h.all(o, "extension") {
		if h.text(e, "url") == "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition" {
			position := h.d.Child(e, "valueCodeableConcept")
			if word := positionWords[h.coded(position, snomed)]; word != "" && h.text(position, "text") == "" {
				return word
			}
			return h.concept(position)
		}
	}
	return ""
}

// unjudged is MedCom's word for a value that the sender did not interpret.
const unjudged = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-core-interpretation-codes"

// unmeasured are the reasons for no value that say that nothing was measured. What
// was held back or cannot be sent may well have been.
var unmeasured = []string{"asked-declined", "not-asked", "not-performed", "not-applicable", "error"}

// part reads the value of an Observation or a component, and what its source
// says of it.
func (h *hub) part(n tree.ID) Part {
	p := Part{Value: h.shown(n), Range: h.ranges(n)}
	if p.Value == "" {
		if absent := h.d.Child(n, "dataAbsentReason"); absent != tree.None {
			code := h.concept2(absent)
			why := h.text(absent, "text")
			if why == "" {
				why = said(absentWords, code)
			}
			p.Value = "Ingen værdi: " + why
			if slices.Contains(unmeasured, code) {
				p.Value = "Ikke målt: " + why
			}
		}
	}
	p.Prose = h.d.Child(n, "valueQuantity") == tree.None && h.d.Child(n, "valueInteger") == tree.None
	for i := range h.all(n, "interpretation") {
		code := h.coded(i, "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation")
		if h.coded(i, unjudged) == "NI" {
			continue
		}
		mark, known := interpretations[code]
		if !known {
			mark = Mark{"warn", h.concept(i)}
		}
		if mark.Text != "" && p.Mark == nil {
			p.Mark = &mark
		} else if mark.Text != "" {
			p.Mark.Text += ", " + mark.Text
			if mark.Level == "alert" || p.Mark.Level == "note" {
				p.Mark.Level = mark.Level
			}
		}
	}
	return p
}

// shown writes the value of an Observation or a component, whatever its type.
func (h *hub) shown(n tree.ID) string {
	if q := h.d.Child(n, "valueQuantity"); q != tree.None {
		return h.quantity(q, comma)
	}
	if c := h.d.Child(n, "valueCodeableConcept"); c != tree.None {
		return h.answered(c)
	}
	if b := h.text(n, "valueBoolean"); b != "" {
		return said(map[string]string{"true": "Ja", "false": "Nej"}, b)
	}
	if r := h.d.Child(n, "valueRange"); r != tree.None {
		return join(" – ", h.quantity(h.d.Child(r, "low"), comma), h.quantity(h.d.Child(r, "high"), comma))
	}
	if r := h.d.Child(n, "valueRatio"); r != tree.None {
		return join(" : ", h.quantity(h.d.Child(r, "numerator"), comma), h.quantity(h.d.Child(r, "denominator"), comma))
	}
	if p := h.d.Child(n, "valuePeriod"); p != tree.None {
		return period(h.text(p, "start"), h.text(p, "end"))
	}
	if s := h.text(n, "valueDateTime"); s != "" {
		return parseMoment(s).String()
	}
	if s := h.text(n, "valueTime"); s != "" {
		return "kl. " + clock(s)
	}
	if n2 := h.d.Child(n, "valueSampledData"); n2 != tree.None {
		return "Målekurve (vises ikke her)"
	}
	return join("", h.text(n, "valueString"), h.text(n, "valueInteger"))
}

// ranges writes the reference ranges as the source gives them.
func (h *hub) ranges(n tree.ID) string {
	var all []string
	for r := range h.all(n, "referenceRange") {
		low, high := h.d.Child(r, "low"), h.d.Child(r, "high")
		bounds := ""
		switch {
		case low != tree.None && high != tree.None && h.unit(low) == h.unit(high):
			bounds = comma(h.text(low, "value")) + "–" + h.quantity(high, comma)
		case low != tree.None && high != tree.None:
			bounds = h.quantity(low, comma) + " – " + h.quantity(high, comma)
		case low != tree.None:
			bounds = "≥ " + h.quantity(low, comma)
		case high != tree.None:
			bounds = "≤ " + h.quantity(high, comma)
		}
		kind := h.concept(h.d.Child(r, "type"))
		all = append(all, join(" ", bounds, h.text(r, "text"), kind))
	}
	return join("; ", all...)
}

// bloodPressure writes a panel as 142/88 mmHg, if it is one: systolic, then
// diastolic, both plain numbers in one unit.
func (h *hub) bloodPressure(o tree.ID) string {
	var found [2]tree.ID
	codes := [2]string{"8480-6", "8462-4"}
	n := 0
	for c := range h.all(o, "component") {
		i := slices.Index(codes[:], h.coded(h.d.Child(c, "code"), loinc))
		if i < 0 || found[i] != 0 {
			return ""
		}
		found[i] = h.d.Child(c, "valueQuantity")
		n++
	}
	if n != 2 || h.simple(found[0]) == "" || h.simple(found[1]) == "" || h.unit(found[0]) != h.unit(found[1]) {
		return ""
	}
	return comma(h.text(found[0], "value")) + "/" + h.quantity(found[1], comma)
}
