package fmk

import (
	"tolk/mapping/tree"
)

// Why a part of the card has no place in a medication list. All of it stays in
// the original.
const (
	otherVersion = "another version of the same: FMK is asked for it"
	prescription = "prescriptions, orders and handovers are the pharmacy's account and no part of a medication list"
	packing      = "planned doses are how the drug is packed; the dosage is what it is given by"
	relation     = "the citizen's relations to organisations are no part of a medication list"
)

var (
	response  *table
	cardTable *table
	line      *table
	paused    *table
	event     *table
	given     *table
)

// The tables refer to functions that use them again.
func init() {
	response = compile([]rule{
		{id: "fmk.card", at: "MedicineCard", via: func(f *filling, n tree.ID, _ string) { f.fill(cardTable, n, f.list) }},
		{id: "fmk.schema", at: "@schemaLocation", why: "where the sender keeps the schema is no part of the card"},
	})
	cardTable = compile([]rule{
		{id: "fmk.patient", at: "Patient", via: patientOf},
		{id: "fmk.card.version", at: "Version", to: "identifier[version].value"},
		{id: "fmk.card.other-version", at: "PreviousVersion", why: otherVersion},
		{id: "fmk.card.other-version", at: "NextVersion", why: otherVersion},
		{id: "fmk.card.reported", at: "ReportedBy", via: reportedBy},
		{id: "fmk.card.modified", at: "Modified", via: happened("UPDATE")},
		{id: "fmk.card.reviewed", at: "Reviewed", via: happened("gennemgaaet")},
		{id: "fmk.card.not-reviewed", at: "NotReviewed", via: happened("ikke-gennemgaaet")},
		{id: "fmk.card.relation", at: "PatientOrganisationRelation", why: relation},
		{id: "fmk.card.registration", at: "PatientRegistration", why: "registrations for dose dispensing are no part of a medication list"},
		{id: "fmk.drugmedication", at: "DrugMedication", via: drugMedication},
		{id: "fmk.card.invalid", at: "InvalidDrugMedication", via: invalid},
		{id: "fmk.card.warrant", at: "Warrant", why: prescription},
		{id: "fmk.card.warrant", at: "InvalidWarrant", why: prescription},
		{id: "fmk.card.warrant", at: "RequestsForWarrantExist", why: prescription},
		{id: "fmk.card.dispensing", at: "DispensingSummary", why: packing},
	}, constant{"identifier[version]", "system", cardVersion})

	line = compile(join([]rule{
		{id: "fmk.identifier", at: "Identifier", to: "identifier[id].value"},
		{id: "fmk.version", at: "Version", to: "identifier[version].value"},
		{id: "fmk.other-version", at: "PreviousVersion", why: otherVersion},
		{id: "fmk.other-version", at: "NextVersion", why: otherVersion},
		{id: "fmk.created", at: "Created", via: created},
		{id: "fmk.reported", at: "ReportedBy", via: reportedBy},
		{id: "fmk.modified", at: "Modified", via: happened("UPDATE")},
		{id: "fmk.type", at: "Type", to: "category.coding[t].code", how: among(types)},
		{id: "fmk.type", at: "Type", to: "category.text"},
		{id: "fmk.follow-up", at: "FollowUpDates/Date", via: followUp},
		{id: "fmk.paused", at: "Paused", via: pausedWhile},
		{id: "fmk.private", at: "NegativeConsent", via: private},
		{id: "fmk.active.start", at: "ActivePeriod/TreatmentStartDate", to: "effectivePeriod.start", say: day},
		{id: "fmk.active.previously", at: "ActivePeriod/TreatmentStartedPreviously", to: "^treatment-started-previously.valueBoolean", how: yes},
		{id: "fmk.active.end", at: "ActivePeriod/TreatmentEndDate", to: "effectivePeriod.end", say: day},
		{id: "fmk.active.undetermined", at: "ActivePeriod/TreatmentEndingUndetermined", to: "^treatment-ending-undetermined.valueBoolean", how: yes},
		{id: "fmk.active.ended", at: "ActivePeriod/EndedReason/Reason", to: "statusReason[ended].text"},
		{id: "fmk.active.ended", at: "ActivePeriod/EndedReason/Reason", to: "status", how: ended},
		{id: "fmk.indication.text", at: "Indication/FreeText", to: "reasonCode[i].text"},
	}, coded("fmk.indication", "Indication", "reasonCode[i]", "urn:tolk:NamingSystem:lms26"), []rule{
		{id: "fmk.drug", at: "Drug", via: medicationOf},
		{id: "fmk.dosage", at: "Dosage", via: dosageOf},
		{id: "fmk.active-since", at: "ActiveSince", to: "^active-since.valueDate", say: day},
		{id: "fmk.planned", at: "PlannedAdministration", why: packing},
		{id: "fmk.planned", at: "PlannedAdministrationExistForPreviousVersion", why: packing},
		{id: "fmk.substitution", at: "SubstitutionAllowed", to: "^substitution-allowed.valueBoolean", how: yes},
		{id: "fmk.handover", at: "HandoverPreference", to: "^handover.valueString"},
		{id: "fmk.warrant", at: "Warrant", why: prescription},
		{id: "fmk.warrant", at: "InvalidWarrant", why: prescription},
		{id: "fmk.reimbursement", at: "ReimbursementApprovedCode", why: "who pays is no part of a medication list"},
		{id: "fmk.relation", at: "DrugMedicationRelations", via: nested("relation")},
		{id: "fmk.registration-requested", at: "DrugAdministrationRegistrationRequested", to: "^administration-registration-requested.valueBoolean", how: yes},
		{id: "fmk.secondary-handover", at: "RequireSecondaryHandover", to: "^require-secondary-handover.valueBoolean", how: yes},
		{id: "fmk.given", at: "DrugAdministration", via: administration},
	}), constant{"identifier[id]", "system", ordination}, constant{"identifier[version]", "system", "urn:tolk:NamingSystem:fmk-ordinationsversion"},
		constant{"category.coding[t]", "system", "urn:tolk:CodeSystem:ordinationstype"})

	paused = compile([]rule{
		{id: "fmk.paused.from", at: "FromDate", to: "^paused.valuePeriod.start", say: day},
		{id: "fmk.paused.from", at: "FromDateTime", to: "^paused.valuePeriod.start", say: stamp},
		{id: "fmk.paused.to", at: "ToDate", to: "^paused.valuePeriod.end", say: day},
		{id: "fmk.paused.to", at: "ToDateTime", to: "^paused.valuePeriod.end", say: stamp},
	})
	event = compile([]rule{
		{id: "fmk.event.when", at: "DateTime", to: "occurredDateTime", say: stamp},
		{id: "fmk.event.when", at: "DateTime", to: "recorded", say: instant},
		{id: "fmk.event.by", at: "By", via: func(f *filling, n tree.ID, id string) {
			if f.out.Child(f.slots[0], "agent") == tree.NoOut {
				f.agent(f.slots[0], n, id)
			}
		}},
	})
	given = compile([]rule{
		{id: "fmk.given.identifier", at: "Identifier", to: "identifier[i].value"},
		{id: "fmk.given.line", at: "DrugMedicationIdentifier", use: true},
		{id: "fmk.given.handover", at: "HandoverIdentifier", why: prescription},
		{id: "fmk.given.created", at: "Created", via: happened("CREATE")},
		{id: "fmk.given.reported", at: "ReportedBy", via: reportedBy},
		{id: "fmk.given.modified", at: "Modified", via: happened("UPDATE")},
		{id: "fmk.given.when", at: "AdministrationDateTime", to: "effectiveDateTime", say: stamp},
		{id: "fmk.given.dose", at: "DoseQuantity", to: "dosage.dose.value", how: number},
		{id: "fmk.given.unit", at: "DosageQuantityUnitText", to: "dosage.dose.unit"},
	}, constant{"identifier[i]", "system", "urn:tolk:NamingSystem:fmk-laegemiddeladministration"})
	beginEditions()
}

const (
	cardVersion = "urn:tolk:NamingSystem:fmk-medicinkortversion"
	ordination  = "urn:tolk:NamingSystem:fmk-laegemiddelordination"
)

var types = map[string]string{"Lægeordineret": "laegeordineret", "Borgervalgt": "borgervalgt"}

// ended is the status of a treatment that is over. FMK's words but two are its
// users' own; that the drug is no longer taken is true of all.
func ended(text string) (string, string) {
	if text == "Withdrawn" {
		return `"stopped"`, ""
	}
	return `"completed"`, ""
}

// card writes the answer, whose card becomes the List and all that is in it.
func (w *writer) card(root tree.ID) {
	w.fill(w.edition.card, root, w.list)
}

// drugMedication writes one line of the card: a MedicationStatement and what
// belongs to it.
func drugMedication(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object {
		return
	}
	w := f.writer
	w.restricted = w.edition.private(w, n)
	w.private = w.private || w.restricted
	s, ref := w.line("MedicationStatement", n)
	entry := w.out.Object(w.array(w.list, "entry"), "")
	w.refer(w.out.Object(entry, "item"), ref, id)
	w.tx.Say(w.extension(s, "origin", id), "valueCode", "fmk", id)
	w.refer(w.out.Object(s, "subject"), w.patientRef, id)
	asserted := w.doc.Find(n, "Modified", "DateTime")
	if asserted == tree.None {
		asserted = w.doc.Find(n, "Created", "DateTime")
	}
	if asserted = w.text(asserted); asserted != tree.None {
		if text, expected := stamp(w.doc.Text(asserted)); expected == "" {
			w.tx.Text(s, "dateAsserted", text, asserted, "fmk.event.when")
		}
	}
	w.current, w.drug = ref, w.doc.Child(n, "Drug")
	w.fill(w.edition.line, n, s)
	if w.out.Child(s, "status") == tree.NoOut {
		if w.doc.Child(n, "Paused") != tree.None {
			w.tx.Say(s, "status", "on-hold", "fmk.paused")
		} else {
			w.tx.Say(s, "status", "active", "fmk.active")
		}
	}
	if w.out.Child(s, "medicationReference") == tree.NoOut {
		w.tx.Say(w.out.Object(s, "medicationCodeableConcept"), "text", "ikke oplyst", id)
	}
	w.current, w.restricted = "", false
}

// marked reports whether a line is privately marked.
func marked(w *writer, n tree.ID) bool {
	private := w.doc.Child(n, "NegativeConsent")
	return private != tree.None && w.doc.Child(private, "Removed") == tree.None
}

// line begins a resource that belongs to the line being written, and marks it
// where the line is privately marked.
func (w *writer) line(kind string, n tree.ID) (tree.OutID, string) {
	r, ref := w.resource(kind, n)
	if w.restricted {
		w.restrict(r)
	}
	return r, ref
}

// about is the resource that something happened to: the line, or the List.
func (w *writer) about() string {
	if w.current != "" {
		return w.current
	}
	return w.listRef
}

// happened writes who did something and when: a Provenance of the line, or of
// the List. What it was is a code of HL7's where it is in capitals, and else
// one of ours.
func happened(what string) handle {
	return func(f *filling, n tree.ID, id string) { f.happened(what, n, id) }
}

func (w *writer) happened(what string, n tree.ID, id string) {
	if w.doc.Kind(n) != tree.Object {
		return
	}
	p, _ := w.line("Provenance", n)
	w.refer(w.out.Object(w.out.Array(p, "target"), ""), w.about(), id)
	coding := w.coding(w.out.Object(p, "activity"))
	system := "urn:tolk:CodeSystem:fmk-haendelse"
	if what == "CREATE" || what == "UPDATE" {
		system = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
	}
	w.tx.Say(coding, "system", system, id)
	w.tx.Say(coding, "code", what, id)
	w.fill(event, n, p)
	w.recorded(p, id)
	w.nobody(p, id)
}

// nobody says that it is not known who, where it is not.
func (w *writer) nobody(p tree.OutID, id string) {
	if w.out.Child(p, "agent") == tree.NoOut {
		who := w.out.Object(w.out.Object(w.out.Array(p, "agent"), ""), "who")
		w.tx.Say(who, "display", "ikke oplyst", id)
	}
}

// created writes who created a line, who is the source of what it says.
func created(f *filling, n tree.ID, id string) {
	f.happened("CREATE", n, id)
	by := f.doc.Child(n, "By")
	if f.doc.Kind(n) != tree.Object || by == tree.None || f.out.Child(f.slots[0], "informationSource") != tree.NoOut {
		return
	}
	if who := f.who(by); who.ref != "" {
		f.refer(f.out.Object(f.slots[0], "informationSource"), who.ref, id)
	}
}

// reportedBy writes who told FMK. It does not say when.
func reportedBy(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object {
		return
	}
	p, _ := f.line("Provenance", n)
	f.refer(f.out.Object(f.out.Array(p, "target"), ""), f.about(), id)
	f.fill(reported, n, p) // a report that has a time
	a := n
	if by := f.doc.Child(n, "By"); by != tree.None {
		a = by
	}
	agent := f.agent(p, a, id)
	coding := f.coding(f.out.Object(agent, "type"))
	f.tx.Say(coding, "system", "http://terminology.hl7.org/CodeSystem/provenance-participant-type", id)
	f.tx.Say(coding, "code", "enterer", id)
	f.recorded(p, id)
}

var reported = compile([]rule{
	{id: "fmk.event.when", at: "DateTime", to: "occurredDateTime", say: stamp},
	{id: "fmk.event.when", at: "DateTime", to: "recorded", say: instant},
})

func followUp(f *filling, n tree.ID, id string) {
	text, expected := day(f.doc.Text(f.text(n)))
	if expected != "" {
		f.fail(n, expected)
		return
	}
	f.tx.Text(f.extension(f.slots[0], "follow-up", id), "valueDate", text, f.text(n), id)
}

// pausedWhile writes the pause of a line and who paused it.
func pausedWhile(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object {
		f.present(n, id)
		return
	}
	f.fill(paused, n, f.slots[0])
	f.happened("pauseret", n, id)
}

// private writes the private marking of a line, or that it was taken back.
func private(f *filling, n tree.ID, id string) {
	if f.doc.Child(n, "Removed") == tree.None {
		f.tx.Constant(f.extension(f.slots[0], "private", id), "valueBoolean", "true", id)
	}
	if f.doc.Kind(n) != tree.Object {
		f.present(n, id)
		return
	}
	what := "privatmarkeret"
	for c := f.doc.First(n); c != tree.None; c = f.doc.Next(c) {
		if f.doc.Space(c) != space {
			continue
		}
		switch f.doc.RawKey(c) {
		case "Modified":
			if f.doc.Child(n, "Removed") != tree.None {
				what = "privatmarkering-fjernet"
			}
			f.happened(what, c, id)
		case "Reported":
			reportedBy(f, c, id)
		case "Removed":
			f.present(c, id)
		}
	}
}

// invalid says that a line known before was made invalid.
func invalid(f *filling, n tree.ID, id string) {
	i := f.text(f.doc.Child(n, "Identifier"))
	if !f.ours(f.doc.Child(n, "Identifier")) || i == tree.None || blank(f.doc.Text(i)) {
		return
	}
	v := f.out.Object(f.extension(f.slots[0], "invalid", id), "valueIdentifier")
	f.tx.Say(v, "system", ordination, id)
	f.tx.Carry(v, "value", i, id)
}

// medicationOf writes the drug of a line.
func medicationOf(f *filling, n tree.ID, id string) {
	if f.out.Child(f.slots[0], "medicationReference") != tree.NoOut {
		f.fail(n, "expected one Drug")
		return
	}
	if f.doc.Kind(n) != tree.Object {
		return
	}
	m, ref := f.line("Medication", n)
	f.drugRef = ref
	f.refer(f.out.Object(f.slots[0], "medicationReference"), ref, id)
	f.fill(f.edition.drug, n, m)
}

// administration writes one dose that was given.
func administration(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object {
		return
	}
	line := f.current
	a, ref := f.line("MedicationAdministration", n)
	f.tx.Say(a, "status", "completed", id)
	if f.drugRef != "" {
		f.refer(f.out.Object(a, "medicationReference"), f.drugRef, id)
	}
	f.refer(f.out.Object(a, "subject"), f.patientRef, id)
	f.refer(f.out.Object(f.out.Array(a, "supportingInformation"), ""), line, id)
	f.current = ref
	f.fill(given, n, a)
	f.current = line
}
