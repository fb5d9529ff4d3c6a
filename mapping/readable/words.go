package readable

import (
	"strconv"
	"strings"
)

// The code systems and extensions of the hub that the page reads.
const (
	ours      = "urn:tolk:StructureDefinition:"
	changeOf  = "urn:tolk:CodeSystem:aendring"
	documents = "urn:tolk:CodeSystem:document"
	atc       = "http://www.whocc.no/atc"
	loinc     = "http://loinc.org"
	snomed    = "http://snomed.info/sct"
)

func whole(n int) string { return strconv.Itoa(n) }

// said translates a code into the word shown; a code that is not in the table
// is shown as it is.
func said(words map[string]string, code string) string {
	if w, ok := words[code]; ok {
		return w
	}
	return code
}

var statusWords = map[string]string{
	"active": "Aktuel", "on-hold": "Pauseret", "completed": "Afsluttet", "stopped": "Ophørt", "intended": "Planlagt",
	"not-taken": "Tages ikke", "unknown": "Status ukendt", "entered-in-error": "Fejlregistreret",
}

var emptyWords = map[string]string{
	"nilknown": "borgeren får ingen medicin, så vidt det vides", "notasked": "der er ikke spurgt",
	"withheld": "oplysningerne er holdt tilbage", "unavailable": "oplysningerne kunne ikke hentes",
	"notstarted": "listen er ikke begyndt", "closed": "listen er lukket",
}

var flagWords = map[string]string{"ny": "Ny", "aendret": "Ændret", "ophoert": "Ophørt", "uaendret": ""}

var administrationWords = map[string]string{
	"completed": "Givet", "not-done": "Ikke givet", "in-progress": "I gang", "on-hold": "Sat i bero",
	"stopped": "Afbrudt", "unknown": "Ikke oplyst",
}

var notGivenWords = map[string]string{"kastetOp": "kastet op", "fravaerende": "fraværende"}

var reportWords = map[string]string{
	"registered": "Registreret, uden svar endnu", "partial": "Foreløbig", "preliminary": "Foreløbig", "amended": "Ændret efter afslutning",
	"corrected": "Rettet", "appended": "Tilføjet efter afslutning", "cancelled": "Annulleret", "unknown": "Status ukendt",
}

var absentWords = map[string]string{
	"unknown": "ukendt", "asked-unknown": "spurgt, men ukendt", "temp-unknown": "ukendt indtil videre", "not-asked": "ikke spurgt",
	"asked-declined": "borgeren ønskede det ikke", "masked": "holdt tilbage", "not-applicable": "ikke relevant",
	"unsupported": "kan ikke sendes", "as-text": "se teksten", "error": "fejl ved målingen", "not-a-number": "intet tal",
	"not-performed": "ikke udført", "not-permitted": "må ikke oplyses",
}

// interpretations are the codes of v3-ObservationInterpretation in use, and how
// much they must catch the eye.
var interpretations = map[string]Mark{
	"H": {"warn", "Høj"}, "HU": {"alert", "Betydeligt høj"}, "HH": {"alert", "Kritisk høj"}, "L": {"warn", "Lav"}, "LU": {"alert", "Betydeligt lav"},
	"LL": {"alert", "Kritisk lav"}, "A": {"warn", "Unormal"}, "AA": {"alert", "Kritisk unormal"},
	"N": {"note", "Normal"}, "POS": {"warn", "Positiv"}, "NEG": {"note", "Negativ"},
	"U": {"warn", "Betydelig stigning"}, "D": {"warn", "Betydeligt fald"},
}

var clinicalWords = map[string]string{
	"active": "Aktuel", "recurrence": "Tilbagevendt", "relapse": "Tilbagefald", "inactive": "Ikke aktuel", "remission": "I bedring", "resolved": "Ophørt",
}

var verificationWords = map[string]string{
	"unconfirmed": "ikke bekræftet", "provisional": "foreløbig", "differential": "mulig", "refuted": "afkræftet", "entered-in-error": "fejlregistreret",
}

// systemWords name the code systems that a condition or a reason is told in.
var systemWords = map[string]string{
	"urn:oid:1.2.208.176.2.4.12": "SKS", "urn:oid:1.2.208.176.2.4": "SKS", "urn:oid:1.2.208.176.2.31": "ICPC-2",
	"urn:oid:1.2.208.176.2.22": "FFB", "urn:oid:1.2.208.176.2.21": "FSIII", "http://snomed.info/sct": "SNOMED CT",
	"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes": "KL", "urn:tolk:CodeSystem:uspecificeretkode": "kode uden system",
	"http://hl7.org/fhir/sid/icd-10": "ICD-10",
}

// identifierWords name the identifiers of a citizen, best known first.
var identifierWords = []Fact{
	{"urn:oid:1.2.208.176.1.2", "CPR-nr."},
	{"urn:oid:1.2.208.176.1.6.1.1", "Erstatnings-CPR (X-eCPR)"},
}

var typeNames = map[string]string{
	"Consent": "samtykke", "CarePlan": "plan", "Goal": "mål", "CareTeam": "team", "Procedure": "udført indsats", "Encounter": "kontakt",
	"ServiceRequest": "henvisning", "AllergyIntolerance": "allergi", "Flag": "advarsel", "DocumentReference": "dokument",
	"ClinicalImpression": "vurdering", "Observation": "observation", "Condition": "tilstand", "Account": "mellemkommunal refusion",
	"RelatedPerson": "pårørende", "MedicationStatement": "lægemiddellinje", "MedicationAdministration": "medicinhændelse", "Questionnaire": "skema",
	"QuestionnaireResponse": "besvaret skema", "Media": "billede", "List": "liste", "DiagnosticReport": "rapport", "Patient": "person",
}

// per writes the unit of time of a maximum: 1 d is døgn.
var unitWords = map[string]string{"d": "døgn", "day": "døgn", "h": "time", "hour": "time", "wk": "uge", "week": "uge", "mo": "måned", "month": "måned"}

// handoverWords are what FMK calls the ways a medicine is handed over.
var handoverWords = map[string]string{
	"Prescription": "på recept", "HospitalPharmacy": "fra sygehusapotek", "WithoutPrescription": "uden recept", "DoseDispensed": "dosisdispenseret", "Treatment": "ved behandling",
}

// positionWords are the positions of the body that MedCom names in English.
var positionWords = map[string]string{"33586001": "siddende", "10904000": "stående", "102538003": "liggende"}

// activityWords are what may be done to a line of a medication list.
var activityWords = map[string]string{
	"CREATE": "Oprettet", "UPDATE": "Ændret", "pauseret": "Sat på pause", "seponeret": "Seponeret",
	"privatmarkeret": "Privatmarkeret", "privatmarkering-fjernet": "Privatmarkering fjernet",
	"gennemgaaet": "Gennemgået", "ikke-gennemgaaet": "Ikke gennemgået",
}

// endedWords are FMK's reasons why a treatment has ended.
var endedWords = map[string]string{"Withdrawn": "seponeret", "Expired": "udløbet"}

// symbols are the UCUM codes that nobody prints as they are.
var symbols = map[string]string{
	"mm[Hg]": "mmHg", "Cel": "°C", "kg/m2": "kg/m²", "10*9/L": "10⁹/L", "umol/L": "µmol/L", "ug/L": "µg/L",
	"m[IU]/L": "mIU/L", "[IU]/L": "IU/L", "mL/min/{1.73_m2}": "mL/min/1,73 m²", "/min": "pr. min.", "{INR}": "INR", "1": "",
}

// lower writes the first letter small.
func lower(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToLower(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

// capital writes the first letter large.
func capital(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToUpper(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

// ReadName says what Read is the time of.
func (m *Medication) ReadName() string {
	if m.FMK {
		return "FMK læst"
	}
	return "Listen er fra"
}

// OldWhy says what to do with a list that is old.
func (m *Medication) OldWhy() string {
	switch m.Old {
	case "":
		return ""
	case "GAMMEL KOPI":
		read := "Listen er læst " + m.Age
		if m.Age == "" {
			read = "Listen var " + strconv.Itoa(m.days) + " dage gammel, da dette blev skrevet"
		}
		return read + ". Se den aktuelle medicin i FMK, før den bruges."
	case "DATO I FREMTIDEN":
		return "Listen siger, at den er læst på en dag, der ikke er kommet endnu. Se den aktuelle medicin i FMK."
	}
	return "Det kan ikke ses, hvor gammel listen er. Se den aktuelle medicin i FMK, før den bruges."
}

// Guarded is the protection of the citizen with what it asks of the reader.
func (c Citizen) Guarded() string {
	if c.Protected == "" {
		return ""
	}
	return c.Protected + ": oplys ikke navn, adresse eller telefon til uvedkommende."
}

// Direction names the arrow of a trend for who does not see it.
func (p Part) Direction() string {
	return map[string]string{"↑": "steget", "↓": "faldet", "→": "uændret"}[p.Trend]
}

// What the page says whatever the document holds.
const (
	noCAVE        = "Dokumentet oplyser ikke om CAVE eller allergi."
	incomplete    = "Struktureret dosering er ufuldstændig på mindst én linje: følg doseringsteksten."
	marksBySource = "Høj, lav og normal er kildens egne vurderinger. Pile viser kun retningen fra den forrige værdi i dokumentet."
)
