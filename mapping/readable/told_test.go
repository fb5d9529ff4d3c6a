package readable

import (
	"slices"
	"strings"
	"testing"
)

// What was done to a line is named, and not only that something was.
func TestActivities(t *testing.T) {
	for of, want := range map[string]string{
		`"activity":{"coding":[{"code":"CREATE"}]}`:                                        "Oprettet",
		`"activity":{"coding":[{"code":"pauseret"}]}`:                                      "Sat på pause",
		`"activity":{"coding":[{"code":"privatmarkeret"}]}`:                                "Privatmarkeret",
		`"activity":{"coding":[{"code":"privatmarkering-fjernet"}]}`:                       "Privatmarkering fjernet",
		`"activity":{"text":"Afstemt"}`:                                                    "Registreret: Afstemt",
		`"agent":[{"type":{"coding":[{"code":"enterer"}]},"who":{"display":"Anna Test"}}]`: "Indberettet",
		`"recorded":"2026-11-19T08:00:00+01:00"`:                                           "Registreret",
	} {
		text := bundle(`"2026-11-20T09:10:00+01:00"`, "p", `"status":"active"`)
		text = strings.TrimSuffix(text, "]}") + `,{"fullUrl":"urn:uuid:v","resource":{"resourceType":"Provenance","id":"v","target":[{"reference":"urn:uuid:s"}],"occurredDateTime":"2026-11-19",` + of + `}}]}`
		page, err := Read(document(t, text), today)
		if err != nil {
			t.Fatal(err)
		}
		m := page.Medication
		small := append(slices.Clone(m.Fixed), m.Needed...)
		if len(small) == 0 {
			small = m.Unclear
		}
		if len(small) == 0 || !slices.ContainsFunc(small[0].Small, func(f Fact) bool { return f.Name == want }) {
			t.Errorf("%s: want %q in %+v", of, want, small)
		}
	}
}

// Whether the drug may be exchanged and when it is followed up stands on the line.
func TestSubstitutionAndFollowUp(t *testing.T) {
	const own = "urn:tolk:StructureDefinition:"
	text := strings.Replace(bundle(`"2026-11-20T09:10:00+01:00"`, "p", `"status":"active"`), `"valueCode":"fmk"}`, `"valueCode":"fmk"},
		{"url":"`+own+`substitution-allowed","valueBoolean":false},{"url":"`+own+`follow-up","valueDate":"2026-12-01"},{"url":"`+own+`follow-up","valueDate":"2027-03-01"}`, 1)
	page, err := Read(document(t, text), today)
	if err != nil {
		t.Fatal(err)
	}
	html, words := HTML(page), Text(page)
	for _, want := range []string{"lægemidlet må ikke skiftes ud med et tilsvarende", "1. dec. 2026, 1. marts 2027"} {
		if !strings.Contains(string(html), want) || !strings.Contains(string(words), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}
