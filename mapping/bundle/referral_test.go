package bundle

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tolk/mapping"
)

// request writes a referral that leads to a medication list and a condition.
func request(extra string) string {
	return `{"resourceType":"ServiceRequest","id":"sr"` + extra + `,"category":[{"coding":[{"system":"http://snomed.info/sct","code":"3457005"}]}],` +
		`"subject":{"reference":"urn:uuid:p"},"supportingInfo":[{"reference":"urn:uuid:l"},{"reference":"urn:uuid:c"}],"note":[` +
		`{"extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"anamnese"}],"text":"Har taget Kanarin siden maj"},` +
		`{"extension":[{"url":"urn:tolk:StructureDefinition:note-section","valueCode":"cave"}],"text":"Kanarin: udslæt"}]}`
}

// A referral that goes to the social side loses the lines, conditions and
// originals that may not go, with what leads to them and what names them; what
// nobody may give the citizen again stays.
func TestSocialReferral(t *testing.T) {
	const (
		flag      = `{"resourceType":"Flag","id":"f","status":"active","code":{"text":"Kanarin: udslæt"},"subject":{"reference":"urn:uuid:p"}}`
		allergy   = `{"resourceType":"AllergyIntolerance","id":"a","code":{"text":"Kanarin"},"patient":{"reference":"urn:uuid:p"}}`
		condition = `{"resourceType":"Condition","id":"c","meta":{"security":[{"system":"` + confidentiality + `","code":"R"}]},"code":{"text":"Privat"}}`
		origin    = `{"resourceType":"Binary","id":"b","contentType":"application/json","data":"e30="}`
	)
	s, err := social(t, of(request(""), patient, list, private, secret, open, known, condition, flag, allergy, origin))
	if err != nil {
		t.Fatal(err)
	}
	if s.Withheld != 1 || s.Others != 1 {
		t.Errorf("%d drugs and %d others are held back, want 1 and 1", s.Withheld, s.Others)
	}
	for text, times := range map[string]int{`"resourceType":"ServiceRequest"`: 1, "Kanarin: udslæt": 2, `"text":"Kanarin"`: 1, "Vitaminpillen": 1, "siden maj": 1,
		"Kanarin siden": 0, "urn:uuid:s1": 0, "urn:uuid:c": 0, "Privat": 0, `"Binary"`: 0, fmt.Sprintf(withheld, "1"): 1} {
		if got := strings.Count(s.Text, text); got != times {
			t.Errorf("%s stands there %d times, want %d: %s", text, got, times, s.Text)
		}
	}
}

// A referral that is marked as a whole does not go, and one that lost what it
// leads to still does.
func TestSocialReferralAsAWhole(t *testing.T) {
	marked := `,"meta":{"security":[{"system":"` + confidentiality + `","code":"R"}]}`
	_, err := social(t, of(request(marked), patient, list, open, known))
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.BusinessRule || e.Path != "Bundle.entry[0].resource" {
		t.Errorf("got %v, want it refused at the referral", err)
	}
	s, err := social(t, of(request(""), patient, list, private, secret))
	if err != nil || !strings.Contains(s.Text, `"resourceType":"ServiceRequest"`) || s.Withheld != 1 || strings.Contains(s.Text, "Kanarin siden") {
		t.Errorf("%v, %+v", err, s)
	}
}
