package readable

import (
	"slices"
	"strconv"
	"strings"

	"tolk/mapping/tree"
)

// medication reads a List and everything it leads to.
func (h *hub) medication(list tree.ID) {
	m := &Medication{By: h.who(h.d.Child(list, "source")), Notes: h.notes(list)}
	h.page.Medication = m
	h.show(list)
	h.old(m, parseMoment(h.text(list, "date")))
	m.Version = h.text(list, "identifier", "value")
	m.Incomplete = h.extended(list, "dosage-incomplete", "valueBoolean") == "true"
	if n, err := strconv.Atoi(h.extended(list, "withheld", "valueUnsignedInt")); err == nil && n > 0 {
		m.Withheld = n
	}
	m.Empty = h.empty(list)
	if s := h.text(list, "status"); s != "" && s != "current" {
		h.warn("Medicinlisten er ikke gældende (" + s + ").")
	}
	drugs := map[tree.ID]*Drug{}
	for entry := range h.all(list, "entry") {
		h.line(entry, drugs)
	}
	m.FMK = m.FMK || m.Version != ""
	if m.Lines() == 0 && m.Empty == "" {
		h.warn("Medicinlisten er tom, og dokumentet siger ikke hvorfor.")
	}
	h.events(drugs)
	h.authors(drugs)
}

// old judges when a list was read. A stale copy that looks fresh is the main
// danger of a medication list.
func (h *hub) old(m *Medication, read moment) {
	m.Read = read.String()
	switch {
	case m.Read == "":
		m.Read, m.Old = "ikke oplyst", "ALDER UKENDT"
	case h.Now.IsZero():
	case read.precision < day:
		m.Old = "ALDER UKENDT"
	default:
		days, words := read.age(h.Now)
		if m.days = days; !h.Kept {
			m.Age = words
		}
		if days < 0 {
			m.Old = "DATO I FREMTIDEN"
		}
		if days > h.StaleAfter {
			m.Old = "GAMMEL KOPI"
		}
	}
}

func (h *hub) empty(list tree.ID) string {
	reason := h.d.Child(list, "emptyReason")
	if reason == tree.None {
		return ""
	}
	return h.saidBeside(reason, emptyWords)
}

// line reads one entry of the list and puts the drug where it belongs.
func (h *hub) line(entry tree.ID, drugs map[tree.ID]*Drug) {
	s, kind := h.follow(h.d.Child(entry, "item"))
	if kind != "MedicationStatement" {
		h.warn("En linje på medicinlisten kan ikke vises: den fører ikke til et lægemiddel i dokumentet.")
		return
	}
	if !h.about(s) {
		return
	}
	h.modified(entry, "en linje på medicinlisten")
	drug := h.drug(s)
	drugs[s] = drug
	flag := h.d.Child(entry, "flag")
	drug.Flag = said(flagWords, h.coded(flag, changeOf))
	if drug.Flag == "" && h.coded(flag, changeOf) == "" {
		drug.Flag = h.concept(flag)
	}
	if h.flag(entry, "deleted") {
		drug.Flag = "Ophørt"
	}
	h.stand(s, drug)
}

// about reports whether n is about the citizen of the page. What is about
// somebody else is not shown.
func (h *hub) about(n tree.ID) bool {
	subject := h.text(n, "subject", "reference")
	if subject == "" {
		subject = h.text(n, "patient", "reference") // as AllergyIntolerance calls it
	}
	i, ok := h.place[subject]
	if h.patient == tree.None && h.subject == "" {
		h.subject = subject
	}
	if subject == "" || ok && h.entries[i].node == h.patient || h.patient == tree.None && subject == h.subject {
		return true
	}
	h.warn("En del af dokumentet handler om en anden end borgeren og vises ikke.")
	return false
}

// drug reads a MedicationStatement.
func (h *hub) drug(s tree.ID) *Drug {
	drug := &Drug{Origin: "Lokal", Status: said(statusWords, h.text(s, "status"))}
	switch origin := h.extended(s, "origin", "valueCode"); origin {
	case "fmk":
		drug.Origin, h.page.Medication.FMK = "FMK", true
	case "":
		drug.Origin = "Ukendt kilde"
	}
	h.product(s, drug)
	h.modified(s, drug.Title())
	drug.Private = h.private(s)
	if drug.Private {
		drug.mark("warn", "Privatmarkeret")
	}
	h.dosages(s, drug)
	if h.extended(s, "self-administered", "valueBoolean") == "true" {
		drug.mark("note", "Selvadministreret")
	}
	drug.Indication = h.reasons(s, "reasonCode")
	drug.Why = said(endedWords, h.reasons(s, "statusReason"))
	drug.Treatment = h.treatment(s)
	small := func(name, text string) {
		if text != "" {
			drug.Small = append(drug.Small, Fact{name, text})
		}
	}
	if kind := h.concept2(h.d.Child(s, "category")); kind != "" && kind != "laegeordineret" {
		drug.mark("note", capital(kind)) // what a doctor has ordered is the rule, and goes without saying
	}
	if paused := h.extension(s, "paused", "valuePeriod"); paused != tree.None {
		drug.Pause = period(h.text(paused, "start"), h.text(paused, "end"))
		small("Pause", drug.Pause)
	}
	if depot := h.extended(s, "next-depot", "valueDate"); depot != "" {
		drug.mark("note", "Næste depot "+parseMoment(depot).String())
	}
	for e := range h.extensions(s, "side-effect") {
		small("Bivirkning", h.text(e, "valueString"))
	}
	switch h.extended(s, "substitution-allowed", "valueBoolean") {
	case "true":
		small("Substitution", "lægemidlet må skiftes ud med et tilsvarende")
	case "false":
		small("Substitution", "lægemidlet må ikke skiftes ud med et tilsvarende")
	}
	var dates []string
	for e := range h.extensions(s, "follow-up") {
		dates = append(dates, parseMoment(h.text(e, "valueDate")).String())
	}
	small("Opfølgning", join(", ", dates...))
	small("Udlevering", said(handoverWords, h.extended(s, "handover", "valueString")))
	for _, note := range h.notes(s) {
		small("Bemærkning", note)
	}
	small("Oplyst", join(", ", parseMoment(h.text(s, "dateAsserted")).String(), h.who(h.d.Child(s, "informationSource"))))
	return drug
}

// product reads the Medication of a statement.
func (h *hub) product(s tree.ID, drug *Drug) {
	if inline := h.d.Child(s, "medicationCodeableConcept"); inline != tree.None {
		drug.Name = h.concept(inline)
	}
	medication, _ := h.follow(h.d.Child(s, "medicationReference"))
	if medication != tree.None {
		h.modified(medication, "et lægemiddel")
		code := h.d.Child(medication, "code")
		drug.Name, drug.ATC = h.concept(code), h.coded(code, atc)
		drug.Form = h.concept(h.d.Child(medication, "form"))
		var others []string
		for e := range h.extensions(medication, "additional-name") {
			others = append(others, h.text(e, "valueString"))
		}
		for _, f := range []Fact{{otherName, join(", ", others...)}, {composition, h.composition(medication)}} {
			if f.Text != "" {
				drug.Small = append(drug.Small, f)
			}
		}
		drug.Strength = h.extended(medication, "strength-text", "valueString")
		if drug.Strength == "" {
			drug.Strength = h.strengths(medication)
		}
	}
	if drug.Name == "" {
		drug.Name = h.text(s, "medicationReference", "display")
	}
	if drug.Name == "" {
		drug.Name = "Lægemiddel uden navn"
		drug.mark("alert", "Navn mangler")
	}
}

// strengths writes the strength of every active ingredient, and nothing where one
// has none: the strength of a part is not that of the drug. Those that FHIR has no
// room for are written as FMK has them.
func (h *hub) strengths(medication tree.ID) string {
	var all []string
	for e := range h.extensions(medication, "fmk-strength") {
		all = append(all, h.asKept(e))
	}
	if len(all) > 0 {
		return strings.Join(all, " + ") // of the drug: its parts have none of their own beside it
	}
	for i := range h.all(medication, "ingredient") {
		if h.text(i, "isActive") == "false" {
			continue
		}
		strength := h.d.Child(i, "strength")
		if strength == tree.None {
			return ""
		}
		all = append(all, h.ratio(strength))
	}
	return strings.Join(all, " + ")
}

// asKept writes a number that FHIR has no room for, with its unit, as FMK has them.
func (h *hub) asKept(e tree.ID) string {
	var value, unit string
	for part := range h.all(e, "extension") {
		switch h.text(part, "url") {
		case "Value":
			value = dose(h.text(part, "valueString"))
		case "UnitText":
			unit = h.text(part, "valueString")
		}
	}
	return join(" ", value, unit)
}

// otherName and composition are what the page calls the names of a drug besides its
// first, and what it is put together of.
const otherName, composition = "Andet navn", "Sammensætning"

// composition writes the parts of a drug: what each is, how much of it there is, and
// whether it acts. The one part whose strength is that of the drug says no more than
// the drug does.
func (h *hub) composition(medication tree.ID) string {
	var all []string
	alone := true
	for i := range h.all(medication, "ingredient") {
		name := h.concept(h.d.Child(i, "itemCodeableConcept"))
		if of, _ := h.follow(h.d.Child(i, "itemReference")); name == "" && of != tree.None {
			name = h.concept(h.d.Child(of, "code"))
		}
		if name == "" {
			name = h.text(i, "itemReference", "display")
		}
		if name == "" {
			name = "uden navn"
		}
		amount := h.ratio(h.d.Child(i, "strength"))
		alone = len(all) == 0 && amount != ""
		for _, kept := range []string{"fmk-amount", "fmk-ratio"} {
			for e := range h.extensions(i, kept) {
				amount = join(" ", amount, h.asKept(e))
			}
		}
		kind := strings.ToLower(h.extended(i, "type", "valueString"))
		if kind == "" {
			kind = map[string]string{"true": "aktiv", "false": "ikke aktiv"}[h.text(i, "isActive")]
		}
		all = append(all, join(" ", name, amount, bracket(kind)))
	}
	if alone {
		return ""
	}
	return strings.Join(all, "; ")
}

// ratio writes a strength: 10 mg, or 5 mg / 1 ml.
func (h *hub) ratio(n tree.ID) string {
	top, bottom := h.d.Child(n, "numerator"), h.d.Child(n, "denominator")
	if h.text(bottom, "value") == "1" && (h.text(bottom, "code") == "1" || h.unit(bottom) == "") {
		return h.quantity(top, dose)
	}
	return join(" / ", h.quantity(top, dose), h.quantity(bottom, dose))
}

// private reports whether the citizen has marked the resource private.
func (h *hub) private(n tree.ID) bool {
	return h.extended(n, "private", "valueBoolean") == "true" || h.restricted(n)
}

// restricted reports whether the resource is labelled as restricted.
func (h *hub) restricted(n tree.ID) bool {
	for label := range h.all(h.d.Child(n, "meta"), "security") {
		if code := h.text(label, "code"); code == "R" || code == "V" {
			return true
		}
	}
	return false
}

func (h *hub) reasons(n tree.ID, name string) string {
	var all []string
	for r := range h.all(n, name) {
		all = append(all, h.concept(r))
	}
	return join("; ", all...)
}

// concept2 returns the first code of a concept, its text when it has none.
func (h *hub) concept2(n tree.ID) string {
	if c := h.text(n, "coding", "code"); c != "" {
		return c
	}
	return h.concept(n)
}

// treatment writes from when to when a drug is taken, and the period its dosage
// holds for where that is another.
func (h *hub) treatment(s tree.ID) string {
	p := h.d.Child(s, "effectivePeriod")
	start, end := h.text(p, "start"), h.text(p, "end")
	if start == "" {
		start = h.text(s, "effectiveDateTime")
	}
	all := period(start, end)
	if h.extended(s, "treatment-ending-undetermined", "valueBoolean") == "true" {
		all = join(", ", all, "slutdato ikke fastsat")
	}
	own, one := "", true // the period of the dosage, where it has one
	for d := range h.all(s, "dosage") {
		bounds := h.d.Find(d, "timing", "repeat", "boundsPeriod")
		b := period(h.text(bounds, "start"), h.text(bounds, "end"))
		one = one && (own == "" || b == own)
		own = b
	}
	if one && own != "" && own != period(start, end) {
		all = join("; ", all, "dosering "+own)
	}
	return all
}

// stand puts a drug where it belongs on the page, by its status and, where the
// page knows what day it is, by its dates.
func (h *hub) stand(s tree.ID, drug *Drug) {
	m := h.page.Medication
	status := h.text(s, "status")
	p := h.d.Child(s, "effectivePeriod")
	today := moment{at: danish(h.Now), precision: day}
	later := status == "intended" || !h.Now.IsZero() && today.before(parseMoment(h.text(p, "start")))
	if status == "active" && !h.Now.IsZero() && parseMoment(h.text(p, "end")).before(today) {
		drug.mark("alert", "Slutdatoen er passeret")
		if drug.Regime != nil {
			drug.Regime, drug.AsText = nil, notNow
		}
	}
	switch {
	case status == "on-hold" && h.pauseToCome(s, drug, today):
		status = "active"
	case status == "active":
		h.pauseNow(s, drug, today)
	}
	switch {
	case status == "on-hold":
		m.Paused = append(m.Paused, drug)
	case slices.Contains([]string{"completed", "stopped", "not-taken", "entered-in-error"}, status):
		m.Ended = append(m.Ended, drug)
	case status != "active" && status != "intended":
		m.Unclear = append(m.Unclear, drug)
	case later:
		drug.Status = "Ikke begyndt"
		m.Later = append(m.Later, drug)
	default:
		if drug.Fixed {
			m.Fixed = append(m.Fixed, drug)
			m.Clock = m.Clock || drug.Regime != nil && len(drug.Regime.Clock) > 0
		}
		if len(drug.PRN) > 0 {
			m.Needed = append(m.Needed, drug)
		}
	}
}

// pauseToCome reports whether a pause begins after today: until then the drug is
// taken, and stands among those that are. What a pause that is over means is not
// judged, it is marked.
func (h *hub) pauseToCome(s tree.ID, drug *Drug, today moment) bool {
	paused := h.extension(s, "paused", "valuePeriod")
	if h.Now.IsZero() || paused == tree.None {
		return false
	}
	start, end := parseMoment(h.text(paused, "start")), parseMoment(h.text(paused, "end"))
	if end.before(today) {
		drug.mark("alert", "Pausens slutdato er passeret")
		return false
	}
	if !today.before(start) {
		return false
	}
	drug.mark("alert", "Pausen begynder først "+start.String())
	if drug.Regime != nil {
		drug.Regime, drug.AsText = nil, notPaused
	}
	return true
}

// pauseNow marks a line that is called active though a pause holds today.
func (h *hub) pauseNow(s tree.ID, drug *Drug, today moment) {
	paused := h.extension(s, "paused", "valuePeriod")
	start, end := parseMoment(h.text(paused, "start")), parseMoment(h.text(paused, "end"))
	if h.Now.IsZero() || paused == tree.None || today.before(start) || end.before(today) {
		return
	}
	drug.mark("alert", join(": ", "Pausen er i gang", drug.Pause))
	if drug.Regime != nil {
		drug.Regime, drug.AsText = nil, notActive
	}
}

// events reads what was given and refused.
func (h *hub) events(drugs map[tree.ID]*Drug) {
	m := h.page.Medication
	private := map[string]bool{} // by the Medication
	for s, drug := range drugs {
		if of := h.text(s, "medicationReference", "reference"); of != "" && drug.Private {
			private[of] = true
		}
	}
	for i := range h.entries {
		a := h.entries[i].node
		if h.entries[i].kind != "MedicationAdministration" || !h.about(a) {
			continue
		}
		status := h.text(a, "status")
		if status == "entered-in-error" {
			continue // named among what is not shown
		}
		h.entries[i].shown = true
		e := Event{Given: status == "completed", What: said(administrationWords, status), Private: h.private(a)}
		for about := range h.all(a, "supportingInformation") {
			if j, ok := h.place[h.text(about, "reference")]; ok && drugs[h.entries[j].node] != nil {
				drug := drugs[h.entries[j].node]
				e.Drug, e.Private = drug.Title(), e.Private || drug.Private
			}
		}
		e.Private = e.Private || private[h.text(a, "medicationReference", "reference")]
		if e.Drug == "" {
			d := &Drug{}
			h.product(a, d)
			e.Drug = d.Title()
		}
		h.modified(a, "en medicinhændelse")
		e.What = join(": ", e.What, h.whyNot(a))
		at := h.text(a, "effectiveDateTime")
		if p := h.d.Child(a, "effectivePeriod"); p != tree.None {
			e.When = period(h.text(p, "start"), h.text(p, "end"))
		} else {
			e.When = parseMoment(at).String()
		}
		e.Dose = h.text(a, "dosage", "text")
		if number := h.quantity(h.d.Find(a, "dosage", "dose"), dose); e.Dose != number {
			e.Dose = join(", ", number, e.Dose)
		}
		if h.extended(a, "prn", "valueBoolean") == "true" {
			e.Needed = "efter behov"
		}
		e.Effect = strings.Join(h.notes(a), "; ")
		var by []string
		for p := range h.all(a, "performer") {
			by = append(by, h.who(h.d.Child(p, "actor")))
		}
		e.By = join("; ", by...)
		m.Events = append(m.Events, e)
	}
}

// whyNot tells why a dose was not given.
func (h *hub) whyNot(a tree.ID) string {
	var all []string
	for r := range h.all(a, "statusReason") {
		all = append(all, h.saidBeside(r, notGivenWords))
	}
	return join("; ", all...)
}

// saidBeside tells what the code of a concept says, and the words beside it, which
// are more or other than that.
func (h *hub) saidBeside(n tree.ID, words map[string]string) string {
	code, text := said(words, h.coding(n)), h.text(n, "text")
	if code == text {
		return text
	}
	return join(": ", code, text)
}

// authors reads who ordered and who changed a line.
func (h *hub) authors(drugs map[tree.ID]*Drug) {
	for _, e := range h.entries {
		if e.kind != "Provenance" {
			continue
		}
		for target := range h.all(e.node, "target") {
			i, ok := h.place[h.text(target, "reference")]
			if !ok || drugs[h.entries[i].node] == nil {
				continue
			}
			name := h.activity(e.node)
			at := h.text(e.node, "occurredDateTime")
			if at == "" {
				at = h.text(e.node, "recorded")
			}
			drug := drugs[h.entries[i].node]
			told := Fact{name, join(", ", parseMoment(at).String(), h.who(h.d.Find(e.node, "agent", "who")))}
			drug.Small = slices.DeleteFunc(drug.Small, func(f Fact) bool { return f.Name == "Oplyst" && f.Text == told.Text })
			drug.Small = append(drug.Small, told)
		}
	}
}

// activity names what a Provenance tells of: who only entered a line into FMK
// for another reported it, and what has no name here is called what it calls
// itself.
func (h *hub) activity(n tree.ID) string {
	what := h.d.Child(n, "activity")
	if name := activityWords[h.text(what, "coding", "code")]; name != "" {
		return name
	}
	if name := h.concept(what); name != "" {
		return join(": ", "Registreret", name)
	}
	if h.text(n, "agent", "type", "coding", "code") == "enterer" {
		return "Indberettet"
	}
	return "Registreret"
}
