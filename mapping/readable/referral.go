package readable

import (
	"slices"

	"tolk/mapping/tree"
)

// Referral is what the citizen is referred for, and what the receiver must know
// to take them in.
type Referral struct {
	Urgency   *Mark
	Wish      []string // what is asked for
	Reasons   []Reason
	Told      []Fact // the notes by section, in the order a receiver reads them
	Practical []Fact // how to reach the citizen, and what to arrange
	Attached  []Fact // other documents, by title
}

// Reason is one reason of a referral. What it is and how sure is said, and every
// code with its system, since none of them stands for another.
type Reason struct {
	Name string
	Kind string
	Sure string
	Also []string
}

// referralSections are the sections of a referral in the order of the page; a note of
// another section, or of none, comes last. Those of CAVE stand before anything else.
var referralSections = []Fact{
	{"klinisk-aarsag", "Klinisk årsag"}, {"hvorfor-nu", "Hvorfor nu"}, {"anamnese", "Anamnese"}, {"undersoegelse", "Objektive fund"},
	{"tidligere-behandling", "Tidligere behandling"}, {"misbrug", "Misbrug"}, {"aktuel-medicin", "Aktuel medicin"}, {"socialt", "Sociale forhold"},
	{"boern", "Børn"}, {"tolk", "Tolk"}, {"transport", "Transport"}, {"supplerende", "Supplerende oplysninger"}, {"andet", "Andet"},
}

// referralUrgencies are how soon somebody must be seen. Urgent is what akut in MedCom's
// letters becomes.
var referralUrgencies = map[string]Mark{
	"routine": {"note", "Rutine"}, "urgent": {"alert", "Haster"}, "asap": {"alert", "Hurtigst muligt"}, "stat": {"alert", "Straks"},
}

// pastWords are the states in which an allergy or a flag does not stand.
var pastWords = map[string]string{
	"refuted": "Afkræftet", "entered-in-error": "Fejlregistreret", "resolved": "Tidligere", "inactive": "Tidligere",
}

// standingWords are the states in which nobody acts on a referral.
var standingWords = map[string]string{
	"revoked": "trukket tilbage", "entered-in-error": "fejlregistreret", "on-hold": "sat på hold", "completed": "afsluttet",
	"unknown": "af ukendt status",
}

var reasonWords = map[string]string{
	"henvisningsdiagnose": "Henvisningsdiagnose", "henv_diagnose": "Henvisningsdiagnose", "bidiagnose": "Bidiagnose",
	"tillaegsdiagnose": "Tillægsdiagnose", "aktionsdiagnose": "Aktionsdiagnose", "grundmorbus": "Grundmorbus",
	"midlertidig_diagnose": "Midlertidig diagnose", "forloebsdiagnose": "Forløbsdiagnose", "operation": "Operation",
	"roentgenundersoegelse": "Røntgenundersøgelse", "uspec_diagnose": "Diagnose af uoplyst art",
}

var surenessWords = map[string]string{"mistanke": "mistanke", "bekraeftet": "bekræftet", "afkraeftet": "AFKRÆFTET"}

var relationWords = map[string]string{"mor": "mor", "far": "far", "barn": "barn", "uspec_paaroerende": "pårørende"}

var answerWords = map[string]string{"true": "ja", "false": "nej", "permit": "givet", "deny": "IKKE givet", "indlaeggelse": "indlæggelse"}

var telecomWords = map[string]string{"phone": "telefon", "email": "e-mail", "": "kontakt"}

// refer reads a ServiceRequest and what it leads to.
func (h *hub) refer(request tree.ID) {
	r := &Referral{}
	h.page.Referral = r
	h.standing(request)
	h.refusals()
	h.urgency(request, r)
	for _, name := range []string{"code", "orderDetail"} {
		for n := range h.all(request, name) {
			if s := h.concept(n); s != "" {
				r.Wish = append(r.Wish, s)
			}
		}
	}
	for n := range h.all(request, "reasonCode") {
		r.Reasons = append(r.Reasons, h.reason(n))
	}
	h.fact("Henvist", parseMoment(h.text(request, "authoredOn")).String())
	h.fact("Fra", h.who(h.d.Child(request, "requester")))
	h.fact("Til", h.whoAll(request, "performer"))
	for e := range h.extensions(request, "answer-copy-to") {
		h.fact("Svar også til", h.who(h.d.Child(e, "valueReference")))
	}
	h.told(request, r)
	h.practical(request, r)
	h.warnings(r)
	h.along(request, r)
}

// standing warns of a referral that is not, or no longer, one to act on.
func (h *hub) standing(request tree.ID) {
	switch status := h.text(request, "status"); status {
	case "active", "":
	case "draft":
		h.warn("Henvisningen er en kladde og er ikke sendt.")
	default:
		word := said(standingWords, status)
		h.page.Title += " – " + word
		h.warn("Henvisningen er " + word + ".")
	}
	if h.flag(request, "doNotPerform") {
		h.warn("Henvisningen siger, at det, den nævner, IKKE skal gøres.")
	}
}

// refusals warns that the citizen has said no to sharing.
func (h *hub) refusals() {
	for i := range h.entries {
		if e := &h.entries[i]; e.kind == "Consent" && h.text(e.node, "provision", "type") == "deny" && h.text(e.node, "status") == "active" {
			h.warn("Borgeren har sagt nej til, at oplysningerne deles.")
		}
	}
}

// consents tells what the citizen has said to sharing, when, and in which words.
func (h *hub) consents(fact func(name, text string)) {
	for i := range h.entries {
		if e := &h.entries[i]; e.kind == "Consent" {
			e.shown = true
			fact("Samtykke", join(", ", said(answerWords, h.text(e.node, "provision", "type")), parseMoment(h.text(e.node, "dateTime")).String(), h.text(e.node, "policyRule", "text")))
		}
	}
}

// urgency reads how soon: the word of the hub, and the sender's own where it has
// no such word.
func (h *hub) urgency(request tree.ID, r *Referral) {
	code := h.text(request, "priority")
	sent := h.extended(request, "priority", "valueString")
	if code == "" && sent == "" {
		return
	}
	mark, ok := referralUrgencies[code]
	if !ok {
		mark = Mark{"alert", code}
	}
	if sent != "" {
		mark = Mark{"alert", said(map[string]string{"saerlige_forhold": "Særlige forhold"}, sent)}
	}
	r.Urgency = &mark
	if mark.Level == "alert" {
		h.warn("Hastegrad: " + mark.Text)
	}
}

func (h *hub) reason(n tree.ID) Reason {
	r := Reason{Name: h.concept(n), Kind: said(reasonWords, h.extended(n, "reason-kind", "valueCode")),
		Sure: said(surenessWords, h.extended(n, "verification", "valueCode"))}
	for c := range h.all(n, "coding") {
		system := said(systemWords, h.text(c, "system"))
		if display := h.text(c, "display"); display != "" && display != r.Name {
			system = join(": ", system, display)
		}
		r.Also = append(r.Also, join(" ", system, h.text(c, "code")))
	}
	if r.Name == "" {
		r.Name = "Årsag uden navn"
	}
	return r
}

// told reads the notes, CAVE first.
func (h *hub) told(request tree.ID, r *Referral) {
	notes := map[string][]string{}
	for n := range h.all(request, "note") {
		section, text := h.extended(n, "note-section", "valueCode"), h.text(n, "text")
		switch {
		case text == "":
			continue
		case section == "cave":
			h.beware(text)
			continue
		case !slices.ContainsFunc(referralSections, func(f Fact) bool { return f.Name == section }):
			section = ""
		}
		notes[section] = append(notes[section], text)
	}
	for _, s := range append(slices.Clone(referralSections), Fact{"", "Bemærkning"}) {
		for _, text := range notes[s.Name] {
			r.Told = append(r.Told, Fact{s.Text, text})
		}
	}
	for e := range h.extensions(request, "visitation") {
		code, text := "", ""
		for part := range h.all(e, "extension") {
			switch h.text(part, "url") {
			case "code":
				code = h.text(part, "valueString")
			case "information":
				text = h.text(part, "valueString")
			}
		}
		r.Told = append(r.Told, Fact{join(": ", "Modtagerens visitation", code), text})
	}
}

// beware adds a CAVE that is not told yet.
func (h *hub) beware(text string) {
	text = unlabelled(text, "CAVE")
	if text != "" && !slices.Contains(h.page.CAVE, text) {
		h.page.CAVE = append(h.page.CAVE, text)
	}
}

// warnings reads the allergies and flags of the citizen, whatever refers to them.
// One that does not stand is no CAVE, and is told apart from them.
func (h *hub) warnings(r *Referral) {
	for i := range h.entries {
		e := &h.entries[i]
		if e.kind != "AllergyIntolerance" && e.kind != "Flag" || !h.about(e.node) {
			continue
		}
		e.shown = true
		if past := h.past(e.node); past != "" {
			r.Practical = append(r.Practical, Fact{past + " " + typeNames[e.kind], h.warning(e.node)})
		} else {
			h.beware(h.warning(e.node))
		}
	}
}

// past says why an allergy or a flag does not stand, nothing where it does.
func (h *hub) past(n tree.ID) string {
	for _, name := range []string{"verificationStatus", "status", "clinicalStatus"} {
		state := h.text(n, name)
		if state == "" {
			state = h.text(n, name, "coding", "code")
		}
		if word := pastWords[state]; word != "" {
			return word
		}
	}
	return ""
}

// warning writes an allergy or a flag: what it is, how it shows, and how sure it
// is where it is not confirmed.
func (h *hub) warning(n tree.ID) string {
	var more []string
	for reaction := range h.all(n, "reaction") {
		for m := range h.all(reaction, "manifestation") {
			more = append(more, h.concept(m))
		}
		more = append(more, h.text(reaction, "description"))
	}
	for _, state := range []string{h.text(n, "status"), h.concept2(h.d.Child(n, "clinicalStatus")), h.concept2(h.d.Child(n, "verificationStatus"))} {
		if state != "active" && state != "confirmed" && pastWords[state] == "" {
			more = append(more, lower(said(clinicalWords, said(verificationWords, state))))
		}
	}
	return join(" ", h.concept(h.d.Child(n, "code")), bracket(join("; ", append(more, h.notes(n)...)...)))
}

// practical reads how to reach the citizen and those around them, and what must
// be arranged.
func (h *hub) practical(request tree.ID, r *Referral) {
	fact := func(name, text string) {
		if text != "" {
			r.Practical = append(r.Practical, Fact{name, text})
		}
	}
	for _, p := range []Fact{{"referral-status", "Henvist til"}, {"guardian", "Værge"}, {"interpreter", "Tolk"}, {"transport", "Transport"}, {"minor-children", "Mindreårige børn"}} {
		for e := range h.extensions(request, p.Name) {
			fact(p.Text, said(answerWords, join("", h.text(e, "valueBoolean"), unlabelled(h.text(e, "valueString"), p.Text))))
		}
	}
	if kind := h.extension(request, "requester-type", "valueCoding"); kind != tree.None {
		fact("Henvisers type", h.text(kind, "display"))
	}
	h.consents(fact)
	fact("Stilling", h.extended(h.patient, "occupation", "valueString"))
	h.contact(h.patient, "", fact)
	for c := range h.all(h.patient, "contact") {
		var relations []string
		for relation := range h.all(c, "relationship") {
			relations = append(relations, said(relationWords, h.concept(relation)))
		}
		fact("Pårørende", join(" ", h.name(c), bracket(join(", ", relations...))))
		h.contact(c, "pårørendes ", fact)
	}
}

// contact reads how to reach somebody.
func (h *hub) contact(n tree.ID, whose string, fact func(name, text string)) {
	guarded := ""
	if h.page.Citizen.Protected != "" {
		guarded = " (beskyttet)"
	}
	for a := range h.all(n, "address") {
		var lines []string
		for line := range h.all(a, "line") {
			lines = append(lines, h.text(line))
		}
		fact(capital(whose+"adresse")+guarded, join(", ", append(lines, h.extended(a, "suburb", "valueString"), join(" ", h.text(a, "postalCode"), h.text(a, "city")))...))
	}
	for t := range h.all(n, "telecom") {
		fact(capital(whose+said(telecomWords, h.text(t, "system")))+guarded, h.text(t, "value"))
	}
}

// along reads what comes along: conditions, those that are the reason first, the
// health check, the medication list, and other documents.
func (h *hub) along(request tree.ID, r *Referral) {
	list := tree.None
	for _, name := range []string{"reasonReference", "supportingInfo"} {
		for reference := range h.all(request, name) {
			i, ok := h.place[h.text(reference, "reference")]
			if !ok || h.entries[i].shown || h.entries[i].node == request || !h.about(h.entries[i].node) {
				continue
			}
			n := h.entries[i].node
			switch h.entries[i].kind {
			case "Condition":
				h.follow(reference)
				c := h.condition(n)
				if name == "reasonReference" {
					c.Status = join(", ", c.Status, "årsag til henvisningen")
				}
				h.page.Conditions = append(h.page.Conditions, c)
			case "DiagnosticReport":
				h.report(reference, n)
			case "QuestionnaireResponse":
				h.follow(reference)
				if h.page.Check == nil {
					h.page.Check = &Check{}
				}
				h.page.Check.Screenings = append(h.page.Check.Screenings, h.screening(n))
			case "List":
				if list == tree.None {
					list = n
				}
			case "DocumentReference":
				h.follow(reference)
				r.Attached = append(r.Attached, h.attached(n))
			}
		}
	}
	if list != tree.None && h.page.Medication == nil {
		h.head2(list)
		h.medication(list)
	}
}

// report reads the first health check that comes along; when and by whom it was
// made is told as of the check.
func (h *hub) report(reference, n tree.ID) {
	if h.page.Check != nil && len(h.page.Check.Groups) > 0 {
		return
	}
	h.follow(reference)
	h.head2(n)
	facts, screenings := h.page.Facts, []Screening(nil)
	if h.page.Check != nil {
		screenings = h.page.Check.Screenings
	}
	h.page.Facts = nil
	h.check(n)
	h.page.Check.Screenings = append(h.page.Check.Screenings, screenings...)
	for _, f := range h.page.Facts {
		facts = append(facts, Fact{"Sundhedstjek " + lower(f.Name), f.Text})
	}
	h.page.Facts = facts
}

// attached names a document that comes along.
func (h *hub) attached(n tree.ID) Fact {
	at := h.d.Find(n, "content", "attachment")
	title, description := h.text(at, "title"), h.text(n, "description")
	if title == "" {
		title, description = description, ""
	}
	if title == description {
		description = ""
	}
	if title == "" {
		title = "Dokument uden titel"
	}
	return Fact{title, join(", ", description, h.text(at, "contentType"), parseMoment(h.text(at, "creation")).String(), h.text(at, "url"))}
}
