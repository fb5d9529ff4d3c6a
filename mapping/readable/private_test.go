package readable

import (
	"strings"
	"testing"
)

// checked is a health check with a measurement and a condition that are private,
// and a measurement of the same thing that is not.
const checked = `{"resourceType":"Bundle","type":"collection","entry":[
{"fullUrl":"urn:uuid:r","resource":{"resourceType":"DiagnosticReport","id":"r","status":"final","subject":{"reference":"urn:uuid:p"},"result":[{"reference":"urn:uuid:a"},{"reference":"urn:uuid:b"}],
"extension":[{"url":"urn:tolk:StructureDefinition:tilstand","valueReference":{"reference":"urn:uuid:c"}}]}},
{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p"}},
{"fullUrl":"urn:uuid:a","resource":{"resourceType":"Observation","id":"a",MARK"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Vægt"},"subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-11-01","valueQuantity":{"value":77.7,"unit":"kg"}}},
{"fullUrl":"urn:uuid:b","resource":{"resourceType":"Observation","id":"b","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Vægt"},"subject":{"reference":"urn:uuid:p"},"effectiveDateTime":"2026-11-20","valueQuantity":{"value":84.5,"unit":"kg"}}},
{"fullUrl":"urn:uuid:c","resource":{"resourceType":"Condition","id":"c",MARK"code":{"text":"Lever alene"},"subject":{"reference":"urn:uuid:p"}}}]}`

// What is private is marked as such on the whole page, and stands nowhere on the
// page without it: not as an earlier value either.
func TestWithoutPrivateMeasurement(t *testing.T) {
	for name, mark := range map[string]string{
		"label":     `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},`,
		"extension": `"extension":[{"url":"urn:tolk:StructureDefinition:private","valueBoolean":true}],`,
	} {
		page, err := Read(document(t, strings.ReplaceAll(checked, "MARK", mark)), today)
		if err != nil {
			t.Fatal(err)
		}
		whole := Text(page)
		for _, want := range []string{"77,7 kg [PRIVATMARKERET]", "84,5 kg", "Lever alene · privatmarkeret"} {
			if !strings.Contains(whole, want) {
				t.Errorf("%s: got %s, want %q in it", name, whole, want)
			}
		}
		for _, open := range []string{Text(page.WithoutPrivate()), strings.Join(Lines(page), "\n")} {
			if strings.Contains(open, "77,7") || strings.Contains(open, "Lever alene") || !strings.Contains(open, "84,5") {
				t.Errorf("%s: got %s, want only what is not private", name, open)
			}
		}
		if got, want := Text(page.WithoutPrivate()), "2 × anden oplysning, der er privatmarkeret"; !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %q in it", name, got, want)
		}
		if Text(page) != whole {
			t.Errorf("%s: WithoutPrivate has changed the page", name)
		}
	}
}

// A level that the sender gave as the step of a scale is told in words.
func TestLevel(t *testing.T) {
	const severity = `"severity":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"CODE"}]},"code":`
	for code, want := range map[string]string{
		"5bdde847-2837-416b-ab63-bbff8b7aa531": "· Moderat nedsat funktionsevne",
		"d984ad21-48fe-4619-845e-2aa0303048e7": "· Funktionsevne skalering 2",
		"somebody-elses":                       "· somebody-elses",
		`1","display":"Let`:                    "· Let",
	} {
		text := strings.Replace(checked, `"code":{"text":"Lever`, strings.Replace(severity, "CODE", code, 1)+`{"text":"Lever`, 1)
		page, err := Read(document(t, strings.ReplaceAll(text, "MARK", "")), today)
		if err != nil {
			t.Fatal(err)
		}
		if got := Text(page); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %q in it", code, got, want)
		}
	}
}
