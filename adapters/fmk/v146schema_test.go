package fmk

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// order146 says which elements stand in which and in what order, by the
// published schemas of 1.4.6 (the type of the same name, and of its extensions
// what they add), which do not lie beside the checkout. An element that is not
// here holds a text or nothing.
var order146 = map[string]string{
	"GetMedicineCardResponse": `(MedicineCard )+`,
	"MedicineCard": `Patient Version (PreviousVersion )*(NextVersion )*(ReportedBy )?(Modified )?(Reviewed )?(NotReviewed )?(IsInvalid )?` +
		`(PatientOrganisationRelation )*(PrivateDrugMedication )*(DrugMedication )*(InvalidDrugMedication )*(Prescription )*(InvalidPrescription )*` +
		`((LatestDosageDispensingEffectuation )?HasOpenDosageDispensingPrescriptions )?OrderedPrescriptionsExist (DoseDispensingSummary )?`,
	"PatientOrganisationRelation":        `Identifier Created (ReportedBy )?Organisation Type `,
	"PrivateDrugMedication":              `Identifier Version `,
	"InvalidDrugMedication":              `Identifier `,
	"LatestDosageDispensingEffectuation": `.*`,
	"DoseDispensingSummary":              `StartDate EndDate Deadline (LatestDosageDispensingEffectuation )?HasOpenDosageDispensingPrescriptions `,
	"MedicineCard/Patient":               `Person ((Address|AddressProtected) )?`,
	"Person":                             `((Name|NameProtected) )?PersonIdentifier BirthDate Gender `,
	"Person/Name":                        `GivenName (MiddleName )?Surname `,
	"Other/Name":                         `GivenName (MiddleName )?Surname `,
	"Address": `(MailDeliverySublocationIdentifier )?StreetName (StreetNameForAddressing )?StreetBuildingIdentifier (FloorIdentifier )?(SuiteIdentifier )?` +
		`(DistrictSubdivisionIdentifier )?(PostOfficeBoxIdentifier )?PostCodeIdentifier DistrictName (CountryIdentificationCode )?`,
	"DrugMedication": `Identifier Version (PreviousVersion )*(NextVersion )*(ParentIdentifier )?Created (ReportedBy )?(Modified )?(ModifiedNonclinical )?` +
		`(Type )?(FollowUpDates )?(Paused )?(Withdrawn )?(IsPrivateDrugMedication )?BeginEndDate Indication RouteOfAdministration Drug Dosage ` +
		`(SubstitutionAllowed )?(Effectuation )*(InvalidEffectuation )*(Prescription )*(InvalidPrescription )*(ReimbursementClause )?(IsDoseDispensed )?`,
	"Created": `By DateTime `, "Modified": `By DateTime `, "ModifiedNonclinical": `By DateTime `, "Withdrawn": `By DateTime `,
	"Reviewed": `By DateTime `, "NotReviewed": `By DateTime `,
	"Paused":                           `((FromDate|FromDateTime) )?((ToDate|ToDateTime) )?By DateTime `,
	"FollowUpDates":                    `(Date )*`,
	"By":                               modificator,
	"ReportedBy":                       modificator,
	"AuthorisedBy":                     `(AuthorisedHealthcareProfessional Organisation |Other Role (Organisation )?)`,
	"AuthorisedHealthcareProfessional": `AuthorisationIdentifier Name (SpecialityCode )?`,
	"Other":                            `Name (PersonIdentifier )?`,
	"Organisation":                     `Name (AddressLine ){0,5}(TelephoneNumber )?(EmailAddress )?Type Identifier `,
	"BeginEndDate":                     `(CreatedDateTime )?(TreatmentStartDate|TreatmentStartedPreviously) (TreatmentEndDate|TreatmentEndingUndetermined) `,
	"Indication":                       `(Code (Text )?|FreeText )`,
	"RouteOfAdministration":            `Code (Text )?`,
	"Drug":                             `(ATC )?((Identifier )?Name |DetailedDrugText )(Form )?(Strength )?(Substances )?`,
	"ATC":                              `Code Text `, "Form": `Code Text `,
	"Strength":                  `(Value UnitCode UnitText (Text )?|Text )`,
	"Substances":                `(ActiveSubstance )+`,
	"ActiveSubstance":           `(Code Text |SubstanceText |FreeText )`,
	"Dosage":                    `(((UnitText|UnitTexts) )?(StructuresFixed )?(StructuresAccordingToNeed )?|FreeText |AdministrationAccordingToSchemaInLocalSystem )Type `,
	"UnitTexts":                 `Singular Plural `,
	"StructuresFixed":           `((EmptyStructure|Structure) )+(DosageTranslationCombined )?`,
	"StructuresAccordingToNeed": `((EmptyStructure|Structure) )+(DosageTranslationCombined )?`,
	"EmptyStructure":            `StartDate (EndDate|DosageEndingUndetermined) `,
	"Structure": `(IterationInterval|NotIterated) StartDate (EndDate|DosageEndingUndetermined) (SupplementaryText )?` +
		`(AnyDay (Day )*|(Day )+)DosageTranslation `,
	"AnyDay":                    `(Dose )+`,
	"Day":                       `Number (Dose )+`,
	"Dose":                      `(Time )?(Quantity |MinimalQuantity MaximalQuantity )`,
	"DosageTranslation":         `(ShortText )?LongText (AverageDailyDosage |MinimalAverageDailyDosage MaximalAverageDailyDosage )?`,
	"DosageTranslationCombined": `(ShortText )?LongText (AverageDailyDosage |MinimalAverageDailyDosage MaximalAverageDailyDosage )?`,
	"Dosage/FreeText":           `(StartDate|DosageStartedPreviously) (EndDate|DosageEndingUndetermined) Text `,
	"AdministrationAccordingToSchemaInLocalSystem": `(StartDate|DosageStartedPreviously) (EndDate|DosageEndingUndetermined) `,
}

const modificator = `(AuthorisedHealthcareProfessional Organisation (AuthorisedBy )?|Patient |Other Role (Organisation )?(AuthorisedBy )?)`

// declared146 are the elements whose children an extension declares: E2 those of
// the second kind, in E3 too.
var declared146 = map[string]string{"GetMedicineCardResponse": "", "MedicineCard": "", "DrugMedication": "", "DoseDispensingSummary": "",
	"ModifiedNonclinical": "/E2", "Dosage": "/E2", "UnitTexts": "/E2"}

// Our own cards of 1.4.6 have the elements that its schemas have, in their order
// and their namespaces.
func TestCardsOf146AreValid(t *testing.T) {
	n := 0
	for name, text := range cards(t) {
		if !strings.HasPrefix(name, "v146") {
			continue
		}
		n++
		doc, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, root, err := Recognise(doc)
		if err != nil {
			t.Fatal(err)
		}
		for c := root; c < doc.End(root); c++ {
			if element(doc, c) {
				ordered(t, name, doc, c, doc.Space(root))
			}
		}
	}
	if n < 15 {
		t.Errorf("%d cards", n)
	}
}

func ordered(t *testing.T, name string, doc *tree.Doc, n tree.ID, answer string) {
	t.Helper()
	key := doc.RawKey(n)
	want := order146[key]
	if p := doc.Parent(n); p != tree.None {
		if below, known := order146[doc.RawKey(p)+"/"+key]; known {
			want = below
		}
	}
	space := space146
	if declared, ok := declared146[key]; ok && answer != space146 {
		if space = answer; declared != "" {
			space = space146 + declared
		}
	}
	got := ""
	for c := doc.First(n); c != tree.None; c = doc.Next(c) {
		if element(doc, c) {
			got += doc.RawKey(c) + " "
			if doc.Space(c) != space {
				t.Errorf("%s: %s is in %s, want %s", name, doc.Path(c), doc.Space(c), space)
			}
		}
	}
	if !regexp.MustCompile("^(" + want + ")$").MatchString(got) {
		t.Errorf("%s: %s holds %s, want %s", name, doc.Path(n), got, want)
	}
}

// What an element of a dosage of 1.4.6 is called in 1.6.0 is declared there.
func TestFactsAreOf160(t *testing.T) {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(xsd(t)), "*.xsd"))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for old, name := range dosage146 {
		if !strings.Contains(all.String(), `name="`+name+`"`) && !strings.Contains(all.String(), `value="`+name+`"`) {
			t.Errorf("%s: 1.6.0 has no %s", old, name)
		}
	}
}
