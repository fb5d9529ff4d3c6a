package exchange

import (
	"slices"
	"strings"
)

// The sectors. They are also the capacities in which somebody acts.
const (
	health = "health"
	social = "social"
)

// Sectors lists the sectors.
func Sectors() []string { return []string{social, health} }

// Purpose is why somebody may have what is in a message: a code of HL7's
// PurposeOfUse (http://terminology.hl7.org/CodeSystem/v3-ActReason).
type Purpose struct{ Code, Display, Reason string }

// purposes are the codes that fit what goes between the parties of the exchange.
// Everything else that the code system has (marketing, research, payment) is
// no reason to send a document about one citizen through it.
var purposes = []Purpose{
	{"TREAT", "treatment", "the citizen is examined, treated or nursed"},
	{"ETREAT", "Emergency Treatment", "life or health is in danger now"},
	{"COC", "coordination of care", "those who help the citizen agree on who does what"},
	{"ELIGDTRM", "eligibility determination", "an authority decides what help the citizen gets"},
	{"PATRQT", "patient requested", "the citizen asked for it"},
}

// Purposes lists the purposes that an exchange can have.
func Purposes() []Purpose { return slices.Clone(purposes) }

// Capacity is what somebody in a sector may act as.
type Capacity struct {
	Sector string   // of the client
	As     []string // capacities
	Reason string
}

var capacities = []Capacity{
	{social, []string{social, health}, "staff of a social offer who handle prescribed medicine do it as the doctor's assistants, and are health persons in that (sundhedsloven § 6)"},
	{health, []string{health}, "who is a health person is bound by sundhedsloven in that work, whatever he calls himself; a system that also works by social law is a client of sector social"},
}

// Basis is a legal basis for handing what is in a message to somebody else.
type Basis struct {
	Code       string
	Law        string
	Capacities []string // as what the sender acts
	Receivers  []string // the sectors it may go to
	Purposes   []string
	Consent    bool   // the citizen's consent must be referenced
	Reason     string // what it says, and so why nothing else is accepted
}

// bases is the closed list. It is an engineer's reading of what the acts say of
// handing over, for the parties of this exchange; whether it is lawful in the
// case is for the one who hands over to judge, and stands in the audit.
//
// Sundhedsloven (the health act) chapter 9; the GDPR, articles 6 and 9.
//
// Forvaltningsloven (the public administration act) § 28, stk. 1, since lov nr. 503
// of 23 May 2018 (read at elov.dk/forvaltningsloven/28): what is handed over by
// machine follows the GDPR and databeskyttelsesloven (the data protection act);
// only what is handed over by hand follows the paragraphs that it names. Consent is
// one way among those of article 9. That it is demanded here is this exchange's own
// caution, not the act's.
//
// Retssikkerhedsloven (on legal protection in social matters): that §§ 11 a and
// 11 c let an authority fetch information stands in its § 12
// (danskelove.dk/retssikkerhedsloven/12), and that § 11 c, stk. 1, nr. 1 is about
// cases under barnets lov (the children's act) in lov nr. 753 of 13 June 2023, § 2.
// The two paragraphs themselves could not be read as they stand now: what is said
// of them below is unconfirmed, and is for a lawyer to check before it is relied
// on.
var bases = []Basis{
	{
		"sundhedsloven-41", "sundhedsloven § 41, stk. 2, nr. 1",
		[]string{health}, []string{health}, []string{"TREAT", "COC", "ETREAT"}, false,
		"a health person tells another what is needed in a course of treatment that is under way, without consent unless the citizen has said no",
	},
	{
		"sundhedsloven-41-samtykke", "sundhedsloven § 41, stk. 1",
		[]string{health}, []string{health}, []string{"TREAT", "COC", "PATRQT"}, true,
		"a health person tells another in connection with treatment, with the citizen's consent",
	},
	{
		"sundhedsloven-41-vaerdispring", "sundhedsloven § 41, stk. 2, nr. 4",
		[]string{health}, []string{health}, []string{"ETREAT"}, false,
		"a health person tells another out of a manifest interest, for a citizen who cannot look after himself or others in danger",
	},
	{
		"sundhedsloven-43", "sundhedsloven § 43, stk. 1",
		[]string{health}, []string{social, health}, []string{"COC", "ELIGDTRM", "PATRQT"}, true,
		"a health person tells anybody for another purpose than treatment, with the citizen's consent",
	},
	{
		"sundhedsloven-43-lov", "sundhedsloven § 43, stk. 2, nr. 1",
		[]string{health}, []string{social}, []string{"COC", "ELIGDTRM"}, false,
		"a health person tells an authority what an act says it must be told, and what matters to the case there",
	},
	{
		"sundhedsloven-43-vaerdispring", "sundhedsloven § 43, stk. 2, nr. 2",
		[]string{health}, []string{social}, []string{"ETREAT"}, false,
		"a health person tells somebody who is none out of a manifest interest, for the sake of the citizen or others in danger; the citizen is told afterwards",
	},
	{
		"samtykke", "databeskyttelsesforordningen art. 6, stk. 1, litra a, and art. 9, stk. 2, litra a; databeskyttelsesloven § 7, stk. 1",
		[]string{social}, []string{social, health}, []string{"TREAT", "COC", "ELIGDTRM", "PATRQT"}, true,
		"who works by social law tells others of the citizen's health with the citizen's explicit consent",
	},
	{
		"forvaltningsloven-28", "forvaltningsloven § 28, stk. 1, with databeskyttelsesforordningen art. 6 and 9 and databeskyttelsesloven §§ 6-8",
		[]string{social}, []string{social, health}, []string{"TREAT", "COC", "ELIGDTRM", "PATRQT"}, true,
		"an authority tells another by the rules of data protection; of what they let pass, this exchange takes the citizen's explicit consent",
	},
	{
		"retssikkerhedsloven-11a", "retssikkerhedsloven § 11 a, stk. 1",
		[]string{social, health}, []string{social}, []string{"COC", "ELIGDTRM"}, true,
		"a social authority demands what it needs to decide a case about help, with the prior consent of the citizen who asks for it or gets it",
	},
	{
		"retssikkerhedsloven-11c", "retssikkerhedsloven § 11 c",
		[]string{social, health}, []string{social}, []string{"COC", "ELIGDTRM"}, false,
		"a social authority demands what it needs without consent, in the few kinds of cases that the paragraph names",
	},
	{
		"vitale-interesser", "databeskyttelsesforordningen art. 6, stk. 1, litra d, and art. 9, stk. 2, litra c; databeskyttelsesloven § 7, stk. 1",
		[]string{social}, []string{social, health}, []string{"ETREAT"}, false,
		"who works by social law tells others to protect the life of a citizen, or of somebody else, who cannot consent",
	},
}

// Bases lists the legal bases that an exchange can have.
func Bases() []Basis { return slices.Clone(bases) }

// none are acts and paragraphs that look like a legal basis and are none, with the
// reason. What begins like one of them is meant by it: serviceloven-108.
var none = []struct{ code, reason string }{
	{"serviceloven", "it says what help a citizen gets, and not that somebody may be told of it"},
	{"barnets-lov", "it says what help a child gets; to hand over takes one of the bases beside it"},
	{"sundhedsloven-40", "it is the duty of silence, to which a basis is the exception"},
	{"sundhedsloven-42a", "it is about looking something up in the system of another; here it is handed over by who has it"},
	{"forvaltningsloven-27", "it is the duty of silence, to which a basis is the exception"},
	{"forvaltningsloven-31", "it is the duty to hand over on request what may be handed over already; state by what it may"},
	{"databeskyttelsesloven", "by itself it is not enough to name the act; state the rule that lets this be handed over"},
	{"databeskyttelsesforordningen", "by itself it is not enough to name the regulation; state the rule that lets this be handed over"},
	{"gdpr", "by itself it is not enough to name the regulation; state the rule that lets this be handed over"},
}

func basisOf(code string) *Basis {
	for i := range bases {
		if bases[i].Code == code {
			return &bases[i]
		}
	}
	return nil
}

// noBasis says why a code is none, empty where nothing is known of it.
func noBasis(code string) string {
	for _, n := range none {
		if code == n.code || strings.HasPrefix(code, n.code+"-") {
			return n.reason
		}
	}
	return ""
}

func codes[T any](all []T, code func(T) string) []string {
	names := make([]string, len(all))
	for i, each := range all {
		names[i] = code(each)
	}
	return names
}

func purposeCodes() []string { return codes(purposes, func(p Purpose) string { return p.Code }) }
func basisCodes() []string   { return codes(bases, func(b Basis) string { return b.Code }) }

// oneOf joins words for a person: a, b or c.
func oneOf(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
}
