package xref

import (
	"slices"
	"strings"

	"tolk/mapping/readable"
	"tolk/mapping/tree"
)

// gather puts the texts together before the letter is written: the notes as they
// stand, then in words what XREF01 has no element for.
func (w *writer) gather() error {
	notes := w.all(w.sr, "note")
	for _, n := range notes {
		section := w.value(w.own(n, "note-section"))
		if element := wordFor[word{"section", w.said(section)}]; element != "" {
			p := w.into(element)
			p.line("xref.note")
			w.note(p, n, "text", "xref."+w.said(section))
			w.Use(section, "xref.note")
		}
	}
	for _, n := range notes {
		section := w.value(w.own(n, "note-section"))
		if wordFor[word{"section", w.said(section)}] != "" {
			continue
		}
		label := means[word{"label", w.said(section)}]
		if label == "" {
			label = "Note"
		}
		w.labelled("Anamnesis", label, w.scalar(n, "text"), "xref.note")
		w.useSaid(section, "xref.note")
	}
	w.asked()
	w.codes()
	w.circumstances()
	w.relatives()
	reasons := map[tree.ID]bool{}
	for _, reference := range w.all(w.sr, "reasonReference") {
		n, _ := w.follow(reference)
		reasons[n] = true
	}
	within := w.within()
	for i := range w.resources {
		r := &w.resources[i]
		switch r.kind {
		case "Condition":
			r.top = w.condition(r.node, reasons[r.node])
		case "Goal":
			r.top = w.goal(r.node)
		case "QuestionnaireResponse":
			r.top = w.screening(r.node)
		case "Consent":
			r.top = w.consent(r.node)
		case "AllergyIntolerance", "Flag":
			r.top = w.cave(r.node)
		case "MedicationStatement":
			r.top = w.drug(r.node, within[r.node])
		case "List":
			r.top = "ActualMedicine"
		case "DiagnosticReport":
			r.top = "Examination"
		case "Medication", "MedicationAdministration":
			if within[r.node] {
				r.top = "ActualMedicine"
			}
		case "Observation":
			if within[r.node] {
				r.top = "Examination"
			}
		}
	}
	w.urgency()
	w.withheld()
	return w.pages()
}

// withheld tells that something is not in the letter, and nothing of what it is.
func (w *writer) withheld() {
	if !w.held {
		return
	}
	const id = "xref.private"
	p := w.into("Anamnesis")
	p.line(id)
	p.run("Privatmarkeret: Borgeren har oplysninger, der er privatmarkeret. De er ikke med i brevet. Spørg borgeren.", tree.None, id)
	w.Notice(w.Doc.Path(w.Doc.Root()), "what the citizen has marked private is not in the letter, which has no place for the mark; Anamnesis says that there is such information, and the residue holds it")
}

// asked tells what is asked for, before the reason.
func (w *writer) asked() {
	code := w.Doc.Child(w.sr, "code")
	if text := w.scalar(code, "text"); text != tree.None {
		w.first("ClinicalReason", "Ønsket", text)
	}
	for _, c := range w.all(code, "coding") {
		w.coding("ClinicalReason", "Ønsket", c, "xref.asked")
	}
	for _, o := range w.all(w.sr, "orderDetail") {
		w.labelled("ClinicalReason", "Ønsket indsats", w.scalar(o, "text"), "xref.asked")
		for _, c := range w.all(o, "coding") {
			w.coding("ClinicalReason", "Ønsket indsats", c, "xref.asked")
		}
	}
}

// first tells a leaf at the beginning of a text.
func (w *writer) first(element, label string, leaf tree.ID) {
	w.foremost(element, func() { w.labelled(element, label, leaf, "xref.asked") })
}

// foremost puts what is told before all that an element says already.
func (w *writer) foremost(element string, tell func()) {
	after := w.into(element).parts
	w.sections[element] = nil
	tell()
	if p := w.into(element); len(after) > 0 {
		p.line("xref.foremost")
		p.parts = append(p.parts, after...)
	}
}

// urgency tells first of all how soon somebody must be seen, where the letter has
// no word of its own for it: it then has its most urgent one.
func (w *writer) urgency() {
	p := w.scalar(w.sr, "priority")
	if !pressing[w.said(p)] {
		return
	}
	w.foremost("ClinicalReason", func() {
		w.tell("ClinicalReason", "Hastegrad", p, readable.UrgencyWord(w.said(p)), "xref.priority")
	})
	w.Notice(w.Doc.Path(p), "XREF01 has no word for it: Priority is "+acute+", the most urgent word there is, and the first line of ClinicalReason says how urgent it is")
}

// screening tells the answers to a form: what cannot wait before the reason, the
// others among the anamnesis.
func (w *writer) screening(n tree.ID) string {
	const element, id = "Anamnesis", "xref.screening"
	urgent, all := readable.Options{Now: w.request.Now, Name: w.request.Name, Kept: true}.ScreeningLines(w.Doc, n)
	if len(urgent) > 0 {
		w.foremost("ClinicalReason", func() { w.generated("ClinicalReason", id, urgent) })
	}
	w.generated(element, id, all)
	return element
}

// generated writes lines that are made of several leaves.
func (w *writer) generated(element, id string, lines []string) {
	for _, l := range lines {
		p := w.into(element)
		p.line(id)
		p.run(l, tree.None, id)
	}
}

// coding tells a coding in words: system, display and code. A code that is a UUID
// tells people nothing; its name stands for it.
func (w *writer) coding(element, label string, c tree.ID, id string) {
	system, code, display := w.scalar(c, "system"), w.scalar(c, "code"), w.scalar(c, "display")
	if name := systemName(w.said(system)); name != "" {
		label += ", " + name
	}
	switch {
	case display != tree.None && code != tree.None && uuid(w.said(code)):
		w.tell(element, label, display, w.said(display), id, code, system)
	case display != tree.None && code != tree.None:
		w.tell(element, label, display, w.said(display)+" ("+w.said(code)+")", id, code, system)
	case display != tree.None:
		w.tell(element, label, display, w.said(display), id, system)
	case code != tree.None:
		w.tell(element, label, code, w.named(code), id, system)
	}
}

// named is what people call a code: itself, or the name that its publisher gives
// a UUID.
func (w *writer) named(code tree.ID) string {
	s := w.said(code)
	if !uuid(s) {
		return s
	}
	if name := publishedNames()[s]; name != "" {
		return name
	}
	return "en kode uden navn"
}

func systemName(system string) string {
	if name := wordFor[word{"system", system}]; name != "" {
		return name
	}
	return system
}

// chosen returns the coding that stands as the DiagnoseCode of a reason: of SKS,
// else of ICPC-2, else a code that its sender did not specify. No other code may
// stand there.
func (w *writer) chosen(reason tree.ID) tree.ID {
	codings := w.all(reason, "coding")
	for _, name := range []string{"SKSdiagnosekode", "ICPCkode", "uspecificeretkode"} {
		for _, c := range codings {
			if w.text(c, "system") == means[word{"DiagnoseTypeCode", name}] {
				return c
			}
		}
	}
	for _, c := range codings {
		if !w.says(c, "system") && w.says(c, "code", "display") {
			return c
		}
	}
	return tree.None
}

// codes tells the codes of the reasons that cannot stand as a DiagnoseCode, and
// how sure the diagnosis is.
func (w *writer) codes() {
	for _, r := range w.all(w.sr, "reasonCode") {
		chosen := w.chosen(r)
		for _, c := range w.all(r, "coding") {
			if c != chosen {
				w.coding("Anamnesis", "Henvisningsårsag", c, "xref.reason.code")
			}
		}
		if v := w.value(w.own(r, "verification")); v != tree.None {
			tell := func() {
				w.tell("Anamnesis", "Diagnosens sikkerhed", v, readable.SurenessWord(w.said(v))+w.naming(r), "xref.reason.verification")
			}
			if w.doubt(r) == "" {
				tell()
			} else {
				w.foremost("Anamnesis", tell)
				w.Notice(w.Doc.Path(v), "XREF01 has no element for how sure a diagnosis is: DiagnoseText and the first lines of Anamnesis say it in words")
			}
		}
		if k := w.value(w.own(r, "reason-kind")); k != tree.None && w.said(k) != kindReferral && !known[word{"DiagnoseDescriptionCode", w.said(k)}] {
			w.labelled("Anamnesis", "Diagnosens art", k, "xref.reason.kind")
		}
	}
}

// naming names a reason after what is said of it.
func (w *writer) naming(r tree.ID) string {
	if t := w.text(r, "text"); t != "" {
		return " (" + t + ")"
	}
	for _, key := range []string{"display", "code"} {
		if t := w.text(w.chosen(r), key); t != "" {
			return " (" + t + ")"
		}
	}
	return ""
}

// doubt is the word for a diagnosis that is not said to be so, empty for one that
// is.
func (w *writer) doubt(r tree.ID) string {
	switch v := w.said(w.value(w.own(r, "verification"))); v {
	case "bekraeftet":
		return ""
	case "mistanke":
		return "Mistanke"
	case "afkraeftet":
		return "Afkræftet"
	default:
		return strings.TrimSpace(v)
	}
}

// circumstances tells what else the referral says.
func (w *writer) circumstances() {
	if t := w.value(w.own(w.sr, "transport")); t != tree.None && !known[word{"Transport", w.said(t)}] {
		w.labelled("Anamnesis", "Transport", t, "xref.transport")
	}
	if s := w.value(w.own(w.sr, "referral-status")); s != tree.None && !known[word{"ReferralStatus", w.said(s)}] {
		w.labelled("Anamnesis", "Henvist til", s, "xref.status")
	}
	sent := w.value(w.own(w.sr, "priority"))
	p := w.scalar(w.sr, "priority")
	switch {
	case sent != tree.None && known[word{"Priority", w.said(sent)}] && !pressing[w.said(p)]:
		w.useSaid(p, "xref.priority") // the word that it was made of is there
	case p != tree.None && !pressing[w.said(p)] && wordFor[word{"Priority", w.said(p)}] == "":
		w.labelled("Anamnesis", "Prioritet", p, "xref.priority")
	}
	if sent != tree.None && (!known[word{"Priority", w.said(sent)}] || pressing[w.said(p)]) {
		w.labelled("Anamnesis", "Prioritet", sent, "xref.priority")
	}
	for _, x := range []struct{ name, label string }{
		{"requester-type", "Henvisers type"}, {"guardian", "Værge"}, {"interpreter", "Tolk"},
		{"minor-children", "Mindreårige børn"}, {"reply-to", "Svar i tråd"},
	} {
		for _, e := range w.extensions(w.sr, own+x.name) {
			id := "xref." + x.name
			switch v := w.value(e); {
			case v == tree.None:
			case w.Doc.Kind(v) == tree.Object:
				w.coding("Anamnesis", x.label, v, id)
			case w.Doc.Kind(v) == tree.Bool:
				w.tell("Anamnesis", x.label, v, map[string]string{"true": "ja", "false": "nej"}[w.said(v)], id)
			default:
				w.labelled("Anamnesis", x.label, v, id)
			}
		}
	}
	for _, p := range w.all(w.sr, "performer") {
		if n, kind := w.follow(p); kind == "" && n == tree.None {
			w.labelled("Anamnesis", "Modtager", w.scalar(p, "display"), "xref.performer")
		}
	}
}

// relatives tells how to reach those near the citizen, for which XREF01 has no
// element, and a relation that it has no word for.
func (w *writer) relatives() {
	for _, c := range w.all(w.patient, "contact") {
		who := w.scalar(c, "name", "text")
		if who == tree.None {
			who = w.scalar(c, "name", "given")
		}
		of := w.said(who)
		for _, r := range w.all(c, "relationship") {
			w.labelled("Anamnesis", named("Pårørende", of), w.scalar(r, "text"), "xref.relative")
			for _, coding := range w.all(r, "coding") {
				if w.text(coding, "system") != relation {
					w.coding("Anamnesis", named("Pårørende", of), coding, "xref.relative")
				}
			}
		}
		for _, t := range w.all(c, "telecom") {
			w.labelled("Anamnesis", named("Pårørende, kontakt", of), w.scalar(t, "value"), "xref.relative")
		}
	}
}

func named(label, who string) string {
	if blank(who) {
		return label
	}
	return label + " (" + who + ")"
}

// details are what is told of something beside its name.
type details struct {
	w    *writer
	text []string
	told []tree.ID
}

// add tells leaves behind a label, those that say something.
func (d *details) add(label string, leaves ...tree.ID) {
	text := label
	for _, l := range leaves {
		if l != tree.None {
			text += " " + d.w.said(l)
			d.told = append(d.told, l)
		}
	}
	if text != label {
		d.text = append(d.text, strings.TrimSpace(text))
	}
}

// coded tells a code with its name.
func (d *details) coded(label string, c tree.ID) {
	code, display := d.w.scalar(c, "code"), d.w.scalar(c, "display")
	switch {
	case !uuid(d.w.said(code)):
		d.add(label, code, display)
	case display != tree.None:
		d.add(label, display)
		d.told = append(d.told, code)
	default:
		d.text, d.told = append(d.text, strings.TrimSpace(label+" "+d.w.named(code))), append(d.told, code)
	}
}

// state tells how something stands, in words.
func (d *details) state(label string, leaf tree.ID) {
	if leaf != tree.None {
		d.text, d.told = append(d.text, strings.TrimSpace(label+" "+readable.StateWord(d.w.said(leaf)))), append(d.told, leaf)
	}
}

// notSo are the words for what is known not to be so.
var notSo = map[string]string{"refuted": "Afkræftet", "entered-in-error": "Fejlregistreret"}

// after is a name with the details in brackets.
func (d *details) after(name string) string {
	if len(d.text) == 0 {
		return name
	}
	return name + " (" + strings.Join(d.text, "; ") + ")"
}

// condition tells a condition with all its codes, and first of all whether it is
// the reason, and whether it is so.
func (w *writer) condition(n tree.ID, reason bool) string {
	const element, id = "Anamnesis", "xref.condition"
	code := w.Doc.Child(n, "code")
	codings := w.all(code, "coding")
	name := w.concept(code)
	if name == tree.None {
		return ""
	}
	more := &details{w: w}
	for _, c := range codings {
		more.coded(systemName(w.text(c, "system")), c)
	}
	label, sure := "Tilstand", w.scalar(n, "verificationStatus", "coding", "code")
	status := w.scalar(n, "clinicalStatus", "coding", "code")
	if word := notSo[w.said(sure)]; word != "" {
		label = word + " tilstand"
		more.told = append(more.told, status, sure) // the label says it
	} else {
		more.state("", status)
		more.state("", sure)
	}
	if reason {
		label += ", årsag til henvisningen"
	}
	severity := w.Doc.Child(n, "severity")
	more.add("niveau", w.scalar(severity, "text"))
	for _, c := range w.all(severity, "coding") {
		more.coded("niveau "+systemName(w.text(c, "system")), c)
	}
	more.add("siden", w.scalar(n, "onsetDateTime"), w.scalar(n, "onsetString"))
	for _, note := range w.all(n, "note") {
		more.add("note:", w.scalar(note, "text"))
	}
	w.tell(element, label, name, more.after(w.named(name)), id, more.told...)
	return element
}

// consent tells what the citizen has agreed to.
func (w *writer) consent(n tree.ID) string {
	const element, id = "Anamnesis", "xref.consent"
	kind := w.scalar(n, "provision", "type")
	text := wordFor[word{"consent", w.said(kind)}]
	from := kind
	switch {
	case kind == tree.None:
		from, text = w.scalar(n, "status"), readable.StateWord(w.text(n, "status"))
	case text == "":
		text = w.said(kind)
	}
	if from == tree.None {
		return element
	}
	var told []tree.ID
	if status := w.scalar(n, "status"); status != from && w.said(status) != "active" && status != tree.None {
		text += ", " + readable.StateWord(w.said(status))
		told = append(told, status)
	}
	for _, leaf := range []tree.ID{w.scalar(n, "dateTime"), w.scalar(n, "policyRule", "text")} {
		if leaf != tree.None {
			text += ", " + w.said(leaf)
			told = append(told, leaf)
		}
	}
	w.tell(element, "Samtykke", from, text, id, told...)
	return element
}

// standing reports whether all that is said of the state of something is that it
// stands.
func (w *writer) standing(states []tree.ID) bool {
	for _, s := range states {
		if s != tree.None && !slices.Contains([]string{"active", "accepted", "confirmed"}, w.said(s)) {
			return false
		}
	}
	return true
}

// statused tells a leaf, and its state where that is another than that it
// stands: what was refuted or ended must not be read as what is so.
func (w *writer) statused(element, label string, leaf tree.ID, text, id string, others []tree.ID, states ...tree.ID) {
	if !w.standing(states) {
		for _, s := range states {
			if s != tree.None {
				text += " [" + readable.StateWord(w.said(s)) + "]"
			}
		}
	}
	w.tell(element, label, leaf, text, id, others...)
}
