package measure

import (
	"slices"
	"strings"
	"unicode"

	"tolk/mapping"
)

// Sited reports whether a code says where on the body: MedCom's two of a blood
// pressure are of the arm.
func Sited(c mapping.Coding) bool { return c.Code == "DNK05472" || c.Code == "DNK05473" }

// arms are SNOMED CT's codes of the arm, the upper arm and its artery, right, left or
// neither (HL7's value set vital-BloodPressureBodyLocationVS has them all but the first
// two, upper limb and upper arm).
var arms = []string{"53120007", "40983000", "182245002", "59126009", "72098002", "368209003", "368208006", "17137000"}

// sides and armWords are the words that a text about the arm is made of.
var (
	sides    = strings.Fields("højre venstre begge hø ve h v dx dxt sin dexter sinister right left both upper")
	armWords = strings.Fields("arm armen arme armene overarm overarmen overarme overarmene arms")
)

// AtArm reports whether what is said of a body site is that it is the arm, or nothing
// is said. Codes count before the text, and every one of them must be known; of a text
// every word must.
func AtArm(codings []mapping.Coding, text string) bool {
	if len(codings) > 0 {
		return !slices.ContainsFunc(codings, func(c mapping.Coding) bool {
			return c.System != "http://snomed.info/sct" || !slices.Contains(arms, c.Code)
		})
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	named := len(words) == 0 && strings.TrimSpace(text) == ""
	for _, w := range words {
		switch {
		case slices.Contains(armWords, w):
			named = true
		case !slices.Contains(sides, w):
			return false
		}
	}
	return named
}
