package kltools

// profile is what one of KL's profiles demands beside the codes of its item.
type profile struct {
	condition string   // the SNOMED CT code of what the finding belongs to (AssociatedConditions); empty: not demanded
	informer  bool     // who informed (FindingInformer)
	method    bool     // how it went (KLtechniquesCodes)
	vital     []string // the UCUM codes of a vital sign of R4; nil for what is none
	value     string   // the value that is demanded; empty: any, or none
	unit      string   // the unit that is fixed, where it is no vital sign
	alone     bool     // every coding of code is KL's
	answers   string   // the value set of KLToolsCodes that the value has a code of
	findings  []string // the SNOMED CT codes that the value has one of
	derived   bool     // it is read out of a QuestionnaireResponse
}

// profiles are KL's, by name (kl.dk.fhir.ffinst 1.0.0).
var profiles = map[string]profile{
	"KLToolsCareBloodPressure":    {condition: "106063007", method: true, vital: []string{"mm[Hg]"}},
	"KLToolsCareBodyHeight":       {method: true, vital: []string{"cm", "[in_i]"}},
	"KLToolsCareBodyTemperature":  {method: true, vital: []string{"Cel", "[degF]"}},
	"KLToolsCareBodyWeight":       {condition: "107647005", method: true, vital: []string{"g", "kg", "[lb_av]"}},
	"KLToolsCareHeartRate":        {condition: "106063007", method: true, vital: []string{"/min"}},
	"KLToolsCareOxygenSaturation": {condition: "106048009", method: true, vital: []string{"%"}},
	"KLToolsCareRespirationRate":  {condition: "106048009", method: true, vital: []string{"/min"}},
	"KLToolsCare6minwalk":         {method: true, value: "valueQuantity", unit: "m", alone: true},
	"KLToolsCareRSS":              {method: true, value: "valueInteger"},
	"KLToolsCarePainVAS":          {condition: "22253000", informer: true, method: true, alone: true},
	"KLToolsCarePainVRS":          {condition: "22253000", informer: true, alone: true, answers: "VRSpain", findings: pain},
	"KLToolsCareConsciousness":    {condition: "106167005", method: true, alone: true, answers: "ConsciousnessCodes", findings: []string{"419567006", "271591004", "300202002", "450847001", "422768004"}},
	"KLToolsCareUrinStix":         {condition: "252041008", method: true},

	"KLToolsCareEQ5DObservationActivity": {answers: "EQ5Dactivity", findings: []string{normal, "365031000:280452008=371157007", "365031000:280452008=371151008"}, derived: true},
	"KLToolsCareEQ5DObservationAnxiety":  {answers: "EQ5Danxiety", findings: []string{normal, "366979004+48694002"}, derived: true},
	"KLToolsCareEQ5DObservationHygiene":  {answers: "EQ5Dhygiene", findings: []string{normal, "284784008", "284781000"}, derived: true},
	"KLToolsCareEQ5DObservationMobility": {answers: "EQ5Dmobility", findings: []string{normal, "719232003", "160685001"}, derived: true},
	"KLToolsCareEQ5DObservationPain":     {answers: "EQ5Dpain", findings: []string{normal, "50415004", "67849003"}, derived: true},
	"KLToolsWHO5ObservationActive3":      {answers: "WHO5AnswerCodesActive", findings: []string{normal, "248274002"}, derived: true},
	"KLToolsWHO5ObservationCalm2":        {answers: "WHO5AnswerCodesCalm", findings: []string{normal, "48694002"}, derived: true},
	"KLToolsWHO5ObservationHappy1":       {answers: "WHO5AnswerCodesHappy", findings: []string{normal, "366979004"}, derived: true},
	"KLToolsWHO5ObservationInterest5":    {answers: "WHO5AnswerCodesInterest", findings: []string{normal, "713566001"}, derived: true},
	"KLToolsWHO5ObservationRested4":      {answers: "WHO5AnswerCodesRested", findings: []string{normal, "422730001"}, derived: true},
}

const normal = "160245001" // no abnormality detected

var pain = []string{normal, "40196000", "50415004", "76948002", "67849003"}

// The systems and extensions of KL's instruments.
const (
	toolsCodes = "http://fhir.kl.dk/ffinst/CodeSystem/KLToolsCodes"
	associated = base + "AssociatedConditions"
	informer   = base + "FindingInformer"
	snomed     = "http://snomed.info/sct"
)

// sets are the value sets of KLToolsCodes that a profile binds a value to.
var sets = map[string][]string{
	"KLtechniquesCodes":       {"4a069078-c3c3-4c67-899d-4e8876026f48Ja", "17772b27-bc9d-4d62-9515-d268a98a3a27", "a3231c9a-5569-49c4-8760-4fffbf0b2b80", "6713249a-433e-4b93-8975-0214a473dab5"},
	"FindingInformerCodes":    {"a3d30bf2-4a3c-4c49-9001-5363ae11681c", "71675b26-285e-4551-9488-991d8b34a12a", "5937b533-a4e3-45af-9ddf-61dce1d56b74", "d5762abe-706b-4d52-ac2b-2621c60486b2", "111b2c8a-389d-4ecc-9187-ce78f019649b"},
	"ConsciousnessCodes":      {"4d5eeb61-a9b4-40cc-af45-4e8e2caa6db0", "fc025609-8d3c-4d36-aa44-19fe839d548f", "916b3530-23e2-4c11-8973-52a90bc9ec31", "0000e850-a51d-4867-a901-dd4c6a2a46a1", "55da9922-c22b-4bd2-b842-e200048bfb20"},
	"VRSpain":                 {"51b9ff3a-604c-4a45-a8a2-5d9191b2056e", "42b540bd-88bc-406c-b47d-ee0bae50b98e", "f3207523-d9f8-4e0b-8636-9e8b057b6971", "d253770d-ce0b-4320-9806-b8fbe9e5af8a", "a3f25054-9f1d-4256-afa2-c1035b0bdd41"},
	"EQ5Dactivity":            {"815b8b40-e2f6-4f55-a328-17c886e41490", "b80a1898-aac7-4d20-88c5-80124691e9d9", "3334936f-efe1-456b-8b45-ce965d6f559e"},
	"EQ5Danxiety":             {"841deb88-b0b1-4f3b-9101-98da06870088", "6027bc9d-abad-4162-a156-839553e015e7", "a9729d0b-3df2-445a-8b18-606f0c1889d6"},
	"EQ5Dhygiene":             {"0f33b1ee-a26b-47b0-ab99-0a67494656e3", "7837e254-4d5b-4edd-89b8-b106ffbda113", "33cbf5d9-e8e2-4e59-a5f7-c6e9d1842968"},
	"EQ5Dmobility":            {"128f0d78-aa41-4213-bff3-df0dcdcff753", "95be0ff6-ab05-4918-be8e-6dbb820366bb", "05e7c7d0-a4fd-497c-a290-72c541edec14"},
	"EQ5Dpain":                {"16c984ad-9dcd-4214-9ca7-07669d65dd0a", "3616b50a-440a-4268-9c8a-660123526540", "22d3d27b-f8fd-4c09-a4bf-a6a342442095"},
	"WHO5AnswerCodesActive":   {"3d3c13a6-befa-4a52-aef0-7e775ca11fdd", "60da44d3-815e-426f-8c8a-0ae34d85863a", "f573ad27-7d00-4505-99ac-f0f35cd16e6a", "d9d031d9-3185-4f59-a125-ea5a3503011a", "08c8a19c-d135-4e05-a8d4-70c6da6f4842", "ccc3ecb4-3249-4c82-9c2b-dca72f4ba374"},
	"WHO5AnswerCodesCalm":     {"b9eb352d-145d-4c45-8f8c-5b92474c4af1", "b128508b-8ef8-4516-b8e1-f5af02a408f3", "1ab11c78-6258-4069-9065-0f076833b133", "d599f667-9300-432d-9edf-a1afa4c9af85", "1fb14510-ec20-4a8e-bc3a-d45fa83909c9", "130fbd15-4718-4fb7-9592-d205f575bc9c"},
	"WHO5AnswerCodesHappy":    {"0e5aa952-d470-4219-b275-5e8204d96987", "9fd3c658-d0b7-4018-84e9-8588be7de478", "a3779fc5-d7b3-4d03-bdaf-5ae5a40b0899", "228ee58f-5785-4364-a99c-8ba99943f510", "c4002c8a-91c5-4737-bba6-ce364e83fd28", "d092cdf0-e4e0-4cf6-a506-0adf95f56a8d"},
	"WHO5AnswerCodesInterest": {"2ca88533-c048-4b2a-9ac2-2206b63a25ac", "b62a3f31-9b63-4b86-b5bd-edf300b9fbd6", "392ee33f-e754-4443-a285-c19aff66726f", "3c323281-fc96-47cb-b057-1dff2ffa835b", "314ab944-2f8a-453d-8653-b46cacf5f480", "f97749b5-e689-40a4-9eda-0b0e35d185fc"},
	"WHO5AnswerCodesRested":   {"7aaccc2e-ead3-41f0-a9ba-091f2e539753", "b1375340-07a1-4ab4-9d3b-f5de61b878b5", "0059dc5d-d174-45b9-a423-136e3d9c2bda", "8f403657-cdbd-4d87-aefe-ab040a6db428", "2bd7d702-99ac-4acc-b3f6-a9833a32f7c8", "18c05b5f-97e6-4c08-a920-ec75a213f1f6"},
}
