package fmk

import (
	"strconv"
	"strings"

	"tolk/mapping/tree"
)

// space146 is the namespace of FMK 1.4.6. Its extensions E2 and E3 have an
// answer with a card of their own: what they declare is in their namespace, and
// all that they took over in this one. The other extensions have no card.
const space146 = dkma + "2015/06/01"

var names146 = map[string]string{
	space146:         "FMK 1.4.6",    // GetMedicineCardResponse.xsd
	space146 + "/E2": "FMK 1.4.6 E2", // E2/GetMedicineCardResponse.xsd
	space146 + "/E3": "FMK 1.4.6 E3", // E3/GetMedicineCardResponse.xsd
}

// Why a part of a card of 1.4.6 is left out.
const (
	kinship     = "of which kind the kinship of the two lines is, the schema of 1.4.6 does not say"
	nonclinical = "a change that is not clinical changes nothing of the treatment"
	onceMore    = "it says once more what the scheme itself says"
)

// The tables say what of 1.4.6 is the same as what in 1.6.0: a rule with the id
// of a rule of 1.6.0 states the same fact. Beside each is the published schema
// that says so, a file of the folder 2015/06/01 of FMK's schemas (trifork/
// fmk-schemas). What has no rule is on the ledger and nowhere else.
var response146 = compile([]rule{
	{id: "fmk.card", at: "MedicineCard", via: func(f *filling, n tree.ID, _ string) { f.fill(card146, n, f.list) }}, // GetMedicineCardResponse.xsd
	{id: "fmk.schema", at: "@schemaLocation", why: "where the sender keeps the schema is no part of the card"},
})

var card146 = compile([]rule{
	{id: "fmk.patient", at: "Patient", via: patientOf},                                    // MedicineCard.xsd, Patient.xsd
	{id: "fmk.card.version", at: "Version", to: "identifier[version].value"},              // MedicineCardVersion.xsd
	{id: "fmk.card.other-version", at: "PreviousVersion", why: otherVersion},              // MedicineCard.xsd
	{id: "fmk.card.other-version", at: "NextVersion", why: otherVersion},                  // MedicineCard.xsd
	{id: "fmk.card.reported", at: "ReportedBy", via: reportedBy},                          // Modificator.xsd
	{id: "fmk.card.modified", at: "Modified", via: happened("UPDATE")},                    // Modified.xsd
	{id: "fmk.card.reviewed", at: "Reviewed", via: happened("gennemgaaet")},               // Reviewed.xsd
	{id: "fmk.card.not-reviewed", at: "NotReviewed", via: happened("ikke-gennemgaaet")},   // NotReviewed.xsd
	{id: "fmk.card.relation", at: "PatientOrganisationRelation", why: relation},           // PatientOrganisationRelation.xsd
	{id: "fmk.146.withheld", at: "PrivateDrugMedication", via: withheld},                  // PrivateDrugMedication.xsd
	{id: "fmk.drugmedication", at: "DrugMedication", via: drugMedication},                 // DrugMedication.xsd, E2/, E3/
	{id: "fmk.card.invalid", at: "InvalidDrugMedication", via: invalid},                   // InvalidDrugMedication.xsd
	{id: "fmk.card.prescription", at: "Prescription", why: prescription},                  // MedicineCard.xsd
	{id: "fmk.card.prescription", at: "InvalidPrescription", why: prescription},           // MedicineCard.xsd
	{id: "fmk.card.prescription", at: "OrderedPrescriptionsExist", why: prescription},     // OrderedPrescriptionsExist.xsd
	{id: "fmk.card.dispensing", at: "LatestDosageDispensingEffectuation", why: packing},   // MedicineCard.xsd
	{id: "fmk.card.dispensing", at: "HasOpenDosageDispensingPrescriptions", why: packing}, // HasOpenDosageDispensingPrescriptions.xsd
	{id: "fmk.card.dispensing", at: "DoseDispensingSummary", why: packing},                // E3/DoseDispensingSummary.xsd
}, constant{"identifier[version]", "system", cardVersion})

var line146 = compile(join([]rule{
	{id: "fmk.identifier", at: "Identifier", to: "identifier[id].value"},                      // DrugMedicationIdentifier.xsd
	{id: "fmk.version", at: "Version", to: "identifier[version].value"},                       // DrugMedicationVersion.xsd
	{id: "fmk.other-version", at: "PreviousVersion", why: otherVersion},                       // DrugMedication.xsd
	{id: "fmk.other-version", at: "NextVersion", why: otherVersion},                           // DrugMedication.xsd
	{id: "fmk.146.parent", at: "ParentIdentifier", why: kinship},                              // DrugMedication.xsd
	{id: "fmk.created", at: "Created", via: created},                                          // Created.xsd
	{id: "fmk.reported", at: "ReportedBy", via: reportedBy},                                   // DrugMedication.xsd, Modificator.xsd
	{id: "fmk.modified", at: "Modified", via: happened("UPDATE")},                             // Modified.xsd
	{id: "fmk.146.nonclinical", at: "ModifiedNonclinical", why: nonclinical},                  // E2/ModifiedNonclinical.xsd
	{id: "fmk.type", at: "Type", to: "category.coding[t].code", how: among(types146)},         // E2/DrugMedicationType.xsd
	{id: "fmk.type", at: "Type", to: "category.text"},                                         // E2/DrugMedicationType.xsd
	{id: "fmk.follow-up", at: "FollowUpDates/Date", via: followUp},                            // FollowUpDates.xsd
	{id: "fmk.paused", at: "Paused", via: pausedWhile},                                        // Paused.xsd
	{id: "fmk.146.withdrawn", at: "Withdrawn", via: withdrawn},                                // Withdrawn.xsd
	{id: "fmk.private", at: "IsPrivateDrugMedication", to: "^private.valueBoolean", how: yes}, // IsPrivateDrugMedication.xsd
	// DrugMedicationBeginEndDate.xsd: all of it, the period in which the line is active.
	{id: "fmk.146.begun", at: "BeginEndDate/CreatedDateTime", why: "the day that the treatment starts is stated beside it"},
	{id: "fmk.active.start", at: "BeginEndDate/TreatmentStartDate", to: "effectivePeriod.start", say: day},
	{id: "fmk.active.previously", at: "BeginEndDate/TreatmentStartedPreviously", to: "^treatment-started-previously.valueBoolean", how: yes},
	{id: "fmk.active.end", at: "BeginEndDate/TreatmentEndDate", to: "effectivePeriod.end", say: day},
	{id: "fmk.active.undetermined", at: "BeginEndDate/TreatmentEndingUndetermined", to: "^treatment-ending-undetermined.valueBoolean", how: yes},
	{id: "fmk.indication.text", at: "Indication/FreeText", to: "reasonCode[i].text"}, // Indication.xsd
}, coded("fmk.indication", "Indication", "reasonCode[i]", "urn:tolk:NamingSystem:lms26"), []rule{ // IndicationCode.xsd: LMS26
	{id: "fmk.drug", at: "Drug", via: medicationOf},                                                           // Drug.xsd
	{id: "fmk.dosage", at: "Dosage", via: dosageOf146},                                                        // DosageForResponse.xsd, E2/DosageForResponse.xsd
	{id: "fmk.substitution", at: "SubstitutionAllowed", to: "^substitution-allowed.valueBoolean", how: truth}, // SubstitutionAllowed.xsd
	{id: "fmk.prescription", at: "Effectuation", why: prescription},                                           // DrugMedication.xsd
	{id: "fmk.prescription", at: "InvalidEffectuation", why: prescription},                                    // DrugMedication.xsd
	{id: "fmk.prescription", at: "Prescription", why: prescription},                                           // DrugMedication.xsd
	{id: "fmk.prescription", at: "InvalidPrescription", why: prescription},                                    // DrugMedication.xsd
	{id: "fmk.reimbursement", at: "ReimbursementClause", why: "who pays is no part of a medication list"},     // ReimbursementClause.xsd
	{id: "fmk.planned", at: "IsDoseDispensed", why: packing},                                                  // E3/IsDoseDispensed.xsd
}), constant{"identifier[id]", "system", ordination}, constant{"identifier[version]", "system", "urn:tolk:NamingSystem:fmk-ordinationsversion"},
	constant{"category.coding[t]", "system", "urn:tolk:CodeSystem:ordinationstype"})

var drug146 = compile(join(
	code("fmk.drug.identifier", "Identifier", "code.coding[drugid]", "urn:tolk:NamingSystem:drugid"), // DrugIdentifier.xsd: LMS01
	[]rule{
		{id: "fmk.drug.name", at: "Name", to: "code.text"},                 // DrugName.xsd: LMS01
		{id: "fmk.146.drug.text", at: "DetailedDrugText", to: "code.text"}, // Drug.xsd: where there is no name; DetailedDrugText.xsd
		// ATC.xsd, ATCCode.xsd
		{id: "fmk.drug.atc.source", at: "ATC/Code/@source", to: "code.coding[atc].^source.valueString", say: outside(map[string]string{medicinpriser: ""})},
		{id: "fmk.drug.atc.source", at: "ATC/Code/@source", use: true},
		{id: "fmk.drug.atc.date", at: "ATC/Code/@date", to: "code.coding[atc].version"},
		{id: "fmk.drug.atc.date", at: "ATC/Code/@yearAndWeek", to: "code.coding[atc].version"},
		{id: "fmk.drug.atc", at: "ATC/Code", to: "code.coding[atc].code", say: token},
		{id: "fmk.drug.atc.text", at: "ATC/Text", to: "code.coding[atc].display"},
	},
	coded("fmk.drug.form", "Form", "form", "urn:tolk:NamingSystem:lms22"), // DrugForm.xsd, DrugFormCode.xsd: LMS22
	[]rule{
		{id: "fmk.drug.strength", at: "Strength", via: strength146},                          // DrugStrength.xsd
		{id: "fmk.drug.part.substance", at: "Substances/ActiveSubstance", via: substance146}, // Substances.xsd, ActiveSubstance.xsd
	},
), constant{"code.coding[atc]", "system", "http://www.whocc.no/atc"})

var patient146 = compile([]rule{
	{id: "fmk.patient.identifier", at: "Person/PersonIdentifier", via: citizen},                                  // SimpleCPRPerson.xsd, PersonIdentifier.xsd
	{id: "fmk.patient.name", at: "Person/Name/GivenName", to: "name[n].given[+]"},                                // PersonName.xsd
	{id: "fmk.patient.name", at: "Person/Name/MiddleName", to: "name[n].given[+]"},                               // PersonName.xsd
	{id: "fmk.patient.name", at: "Person/Name/Surname", to: "name[n].family"},                                    // PersonName.xsd
	{id: "fmk.patient.name-protected", at: "Person/NameProtected", to: "^name-protected.valueBoolean", how: yes}, // SimpleCPRPerson.xsd
	{id: "fmk.patient.birthdate", at: "Person/BirthDate", to: "birthDate", say: day},                             // SimpleCPRPerson.xsd
	{id: "fmk.patient.gender", at: "Person/Gender", to: "gender", how: among(genders)},                           // Gender.xsd
	{id: "fmk.patient.gender", at: "Person/Gender", to: "^gender.valueString", say: outside(genders)},
	{id: "fmk.patient.address", at: "Address", via: address146},                                                    // Address.xsd
	{id: "fmk.patient.address-protected", at: "AddressProtected", to: "^address-protected.valueBoolean", how: yes}, // Patient.xsd
})

func edition146() *edition {
	spaces := map[string]bool{}
	for uri := range names146 {
		spaces[uri] = true
	}
	return &edition{names: names146, spaces: spaces, checked: checked146, aside: aside146,
		card: response146, line: line146, drug: drug146, patient: patient146,
		private: marked146, who: who146, begin: begin146, refuse: refuse146}
}

// types146 are the types of a line that 1.6.0 has too. E2/DrugMedicationType.xsd
// has Borgerrekvireret besides, which 1.6.0 has not: it stays in words.
var types146 = map[string]string{"Lægeordineret": "laegeordineret"}

// checked146 are the elements whose values must be what XML Schema says.
var checked146 = map[string]value{
	"Quantity": number, "MinimalQuantity": number, "MaximalQuantity": number, // DoseQuantity.xsd
	"Value":             number,                 // DrugStrengthValue.xsd
	"IterationInterval": count, "Number": count, // DosageTimesIterationInterval.xsd, DosageDayNumber.xsd
	"StartDate": day, "EndDate": day, // DosageTimesStartDate.xsd, DosageTimesEndDate.xsd
	"BirthDate": day, "TreatmentStartDate": day, "TreatmentEndDate": day, // SimpleCPRPerson.xsd, DrugMedicationBeginEndDate.xsd
	"FromDate": day, "ToDate": day, "FromDateTime": stamp, "ToDateTime": stamp, // Paused.xsd
	"DateTime": stamp, // CreatedDateTime.xsd, ModifiedDateTime.xsd
}

// aside146 are the elements that are left out whole: what is in them has names
// that mean something else.
var aside146 = map[string]bool{"Prescription": true, "InvalidPrescription": true, "Effectuation": true, "InvalidEffectuation": true,
	"PatientOrganisationRelation": true, "DoseDispensingSummary": true, "LatestDosageDispensingEffectuation": true}

// truth is a boolean of XML Schema.
func truth(text string) (string, string) {
	switch strings.TrimSpace(text) {
	case "true", "1":
		return "true", ""
	case "false", "0":
		return "false", ""
	case "":
		return "", "" // asked for by compile
	}
	return "", "expected true or false"
}

// refuse146 says why a card is no medication list: FMK marks a whole card as
// invalid (MedicineCardIsInvalid.xsd), which 1.6.0 does not.
func refuse146(doc *tree.Doc, card tree.ID) string {
	if doc.Child(card, "IsInvalid") == tree.None {
		return ""
	}
	return "FMK marks the card as invalid, expected one that counts"
}

// begin146 says which version it was, since less is told of it than of 1.6.0.
func begin146(w *writer, root, card tree.ID) {
	w.numbers = map[string]bool{}
	for c := w.doc.First(card); c != tree.None; c = w.doc.Next(c) {
		if number := w.identifier(c); number != "" && w.ours(c) {
			w.numbers[w.doc.RawKey(c)+"/"+number] = true
		}
	}
	name := names146[w.doc.Space(root)]
	w.tx.Say(w.extension(w.list, "fmk-version", "fmk.146.version"), "valueString", name, "fmk.146.version")
	w.tx.Notice(w.doc.Path(root), "the card is in "+name+": what FMK 1.6.0 says in the same way is read; "+
		"a dosage of which that is not certain is told by its texts and marked as incomplete, and why a treatment ended is not told")
}

// marked146 reports whether a line is privately marked: it says so itself, or
// the card names it among those that are.
func marked146(w *writer, n tree.ID) bool {
	return w.doc.Child(n, "IsPrivateDrugMedication") != tree.None || w.numbers["PrivateDrugMedication/"+w.identifier(n)]
}

// identifier is the number of a line, empty where there is none.
func (w *writer) identifier(n tree.ID) string {
	if t := w.text(w.doc.Child(n, "Identifier")); t != tree.None {
		return strings.TrimSpace(w.doc.Text(t))
	}
	return ""
}

// withheld counts a line that the card names as private and does not tell.
func withheld(f *filling, n tree.ID, id string) {
	number := f.identifier(n)
	if number == "" {
		return // nobody knows which
	}
	for _, name := range []string{"Identifier", "Version"} {
		if t := f.text(f.doc.Child(n, name)); t != tree.None && f.ours(f.doc.Child(n, name)) {
			f.tx.Use(t, id)
		}
	}
	if !f.numbers["DrugMedication/"+number] {
		f.held++
	}
}

// told says on the List how many lines the card names and does not tell.
func (w *writer) told() {
	if w.held == 0 {
		return
	}
	const id = "fmk.146.withheld"
	w.tx.Make(w.extension(w.list, "withheld", id), "valueUnsignedInt", strconv.Itoa(w.held), id)
	if w.out.Child(w.list, "entry") != tree.NoOut {
		return
	}
	reason := w.out.Object(w.list, "emptyReason")
	coding := w.coding(reason)
	w.tx.Say(coding, "system", "http://terminology.hl7.org/CodeSystem/list-empty-reason", id)
	w.tx.Say(coding, "code", "withheld", id)
	w.tx.Generate(reason, "text", "Alle lægemiddelordinationer på medicinkortet i FMK er privatmarkeret og holdt tilbage", id)
}

// withdrawn writes that a treatment was stopped, by whom and when.
func withdrawn(f *filling, n tree.ID, id string) {
	if f.out.Child(f.slots[0], "status") == tree.NoOut {
		f.tx.Say(f.slots[0], "status", "stopped", id)
	}
	if f.doc.Kind(n) != tree.Object {
		f.present(n, id)
		return
	}
	f.happened("seponeret", n, id)
}

// component146 is an active substance: the part of a drug that 1.6.0 gives the
// type Aktiv. ActiveSubstance.xsd, ActiveSubstanceCode.xsd
var component146 = compile(join(
	code("fmk.drug.part.substance", "Code", "itemCodeableConcept.coding[c]", "urn:tolk:NamingSystem:fmk-substans"),
	[]rule{
		{id: "fmk.drug.part.substance", at: "Text", to: "itemCodeableConcept.text"},
		{id: "fmk.drug.part.substance", at: "FreeText", to: "itemCodeableConcept.text"},
		{id: "fmk.drug.part.substance", at: "SubstanceText", to: "itemCodeableConcept.text"},
		{id: "fmk.drug.part.substance.source", at: "SubstanceText/@source", to: "itemCodeableConcept.^source.valueString"},
		{id: "fmk.drug.part.substance.date", at: "SubstanceText/@date", to: "itemCodeableConcept.^version.valueString"},
		{id: "fmk.drug.part.substance.date", at: "SubstanceText/@yearAndWeek", to: "itemCodeableConcept.^version.valueString"},
	},
))

// substance146 writes one active substance of a drug.
func substance146(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object {
		return
	}
	i := f.out.Object(f.array(f.slots[0], "ingredient"), "")
	f.tx.Constant(i, "isActive", "true", id)
	f.fill(component146, n, i)
	if f.out.Child(i, "itemCodeableConcept") == tree.NoOut {
		f.tx.Say(f.out.Object(i, "itemCodeableConcept"), "text", "ikke oplyst", id)
	}
}

// strength146 writes the words of a strength and, in a unit of UCUM's, its
// number, which stands in the strength itself.
func strength146(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object {
		return
	}
	f.fill(strengthText, n, f.slots[0])
	if f.known(n) {
		i := f.out.Object(f.array(f.slots[0], "ingredient"), "")
		f.ingredient(i, id)
		s := f.out.Object(i, "strength")
		f.fill(strengthItem, n, s)
		f.tx.Constant(f.out.Object(s, "denominator"), "value", "1", id)
		return
	}
	for _, name := range []string{"Value", "UnitCode", "UnitText"} {
		if c := f.doc.Child(n, name); c != tree.None {
			f.nest(f.kept("fmk-strength", id), c, id)
		}
	}
}

// kept returns the extension of the resource by this name, begun if it is not
// there.
func (f *filling) kept(name, id string) tree.OutID {
	a := f.array(f.slots[0], "extension")
	for e := f.out.First(a); e != tree.NoOut; e = f.out.Next(e) {
		if u := f.out.Child(e, "url"); u != tree.NoOut && f.out.Raw(u) == tree.Quote(own+name) {
			return e
		}
	}
	return f.extension(f.slots[0], name, id)
}

// address146 writes the postal code and the district, which 1.6.0 has too, and
// keeps the parts of the rest in FMK's words: no line is put together of them.
func address146(f *filling, n tree.ID, id string) {
	if f.doc.Kind(n) != tree.Object || f.out.Child(f.slots[0], "address") != tree.NoOut {
		return
	}
	a := f.out.Object(f.out.Array(f.slots[0], "address"), "")
	rest := f.extension(a, "fmk-address", id)
	for c := f.doc.First(n); c != tree.None; c = f.doc.Next(c) {
		to := map[string]string{"PostCodeIdentifier": "postalCode", "DistrictName": "city"}[f.doc.RawKey(c)]
		switch {
		case !f.ours(c):
		case to == "" || f.out.Child(a, to) != tree.NoOut:
			f.nest(rest, c, id)
		default:
			if t := f.text(c); t != tree.None && !blank(f.doc.Text(t)) {
				f.tx.Carry(a, to, t, id)
			}
		}
	}
	if f.out.Child(rest, "extension") == tree.NoOut {
		f.out.Remove(rest)
	}
}
