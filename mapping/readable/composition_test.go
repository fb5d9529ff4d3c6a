package readable

import (
	"slices"
	"strings"
	"testing"
)

// medicated is the page of a list of one drug, whose Medication has these members.
func medicated(t *testing.T, members string) *Page {
	t.Helper()
	text := strings.Replace(bundle(`"2026-11-20T09:10:00+01:00"`, "p", `"status":"active","dosage":[{"text":"smøres på"}]`),
		`"medicationCodeableConcept":{"text":"Pille"}`, `"medicationReference":{"reference":"urn:uuid:m"}`, 1)
	text = strings.Replace(text, `{"fullUrl":"urn:uuid:q"`, `{"fullUrl":"urn:uuid:m","resource":{"resourceType":"Medication","id":"m","code":{"text":"Creme"}`+members+`}},{"fullUrl":"urn:uuid:q"`, 1)
	page, err := Read(document(t, text), today)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// What a drug is put together of, and what else it is called, is told wherever the
// drug is: on the page and in the line of it. The amounts are as the sender has them,
// with a comma, and no zeros that could be read as thousands.
func TestComposition(t *testing.T) {
	ext := func(name string, parts ...string) string {
		return `{"url":"urn:tolk:StructureDefinition:` + name + `",` + strings.Join(parts, ",") + `}`
	}
	amount := func(name, value, unit string) string {
		return ext(name, `"extension":[{"url":"Value","valueString":"`+value+`"},{"url":"UnitCode","extension":[{"url":"@source","valueString":"Magistrel"},{"url":"text()","valueString":"X"}]},{"url":"UnitText","valueString":"`+unit+`"}]`)
	}
	const ketamin, basis = `"itemCodeableConcept":{"text":"Ketamin"}`, `"itemCodeableConcept":{"text":"Basiscreme"}`
	for name, c := range map[string]struct {
		members string
		want    []Fact
		title   string
	}{
		"parts": {`,"ingredient":[{"isActive":true,"extension":[` + ext("type", `"valueString":"Aktiv"`) + `,` + amount("fmk-amount", "5.500", "gram") + `],` + ketamin + `},` +
			`{"isActive":false,"extension":[` + ext("type", `"valueString":"Andet"`) + `,` + amount("fmk-ratio", "95.000", "procent") + `],` + basis + `},{"itemCodeableConcept":{"text":"Vand"}}]`,
			[]Fact{{"Sammensætning", "Ketamin 5,5 gram (aktiv); Basiscreme 95 procent (andet); Vand"}}, "Creme"},
		"no word for the kind": {`,"ingredient":[{"isActive":true,` + ketamin + `},{"isActive":false,` + basis + `}]`,
			[]Fact{{"Sammensætning", "Ketamin (aktiv); Basiscreme (ikke aktiv)"}}, "Creme"},
		"two strengths": {`,"ingredient":[{"strength":{"numerator":{"value":5,"unit":"mg"},"denominator":{"value":1}},` + ketamin + `},{"strength":{"numerator":{"value":2,"unit":"mg"},"denominator":{"value":1}},"itemCodeableConcept":{"text":"Codein"}}]`,
			[]Fact{{"Sammensætning", "Ketamin 5 mg; Codein 2 mg"}}, "Creme 5 mg + 2 mg"},
		"the strength of the drug": {`,"ingredient":[{"strength":{"numerator":{"value":5,"unit":"mg"},"denominator":{"value":1}},` + ketamin + `}]`, nil, "Creme 5 mg"},
		"a strength beside parts": {`,"extension":[` + ext("fmk-strength", `"extension":[{"url":"Value","valueString":"3.0"},{"url":"UnitText","valueString":"enheder"}]`) + `],"ingredient":[{` + ketamin + `}]`,
			[]Fact{{"Sammensætning", "Ketamin"}}, "Creme 3 enheder"},
		"a part without a name": {`,"ingredient":[{},{` + ketamin + `}]`, []Fact{{"Sammensætning", "uden navn; Ketamin"}}, "Creme"},
		"names": {`,"extension":[` + ext("additional-name", `"valueString":"Ketamincreme"`) + `,` + ext("additional-name", `"valueString":"Smertecreme"`) + `]`,
			[]Fact{{"Andet navn", "Ketamincreme, Smertecreme"}}, "Creme"},
		"nothing": {``, nil, "Creme"},
	} {
		page := medicated(t, c.members)
		d := page.Medication.Fixed[0]
		got := slices.DeleteFunc(slices.Clone(d.Small), func(f Fact) bool { return f.Name != "Sammensætning" && f.Name != "Andet navn" })
		if !slices.Equal(got, c.want) || d.Title() != c.title {
			t.Errorf("%s: got %q %v, want %q %v", name, d.Title(), got, c.title, c.want)
		}
		for form, written := range map[string]string{"text": line(Text(page)), "html": string(HTML(page)), "narrative": Narrative(page), "lines": strings.Join(Lines(page), "\n")} {
			for _, f := range c.want {
				if !strings.Contains(written, f.Text) {
					t.Errorf("%s: %s does not tell %q", name, form, f.Text)
				}
			}
		}
	}
}

// What FMK has in words of its own beside the short text is told with the dose, once.
func TestFreeTextBesideTheShortText(t *testing.T) {
	free := func(text string) string {
		return `"extension":[{"url":"urn:tolk:StructureDefinition:long-text","valueString":"Lang"},{"url":"urn:tolk:StructureDefinition:fmk-dosage","extension":[{"url":"FreeText","valueString":"` + text + `"}]}]`
	}
	for text, want := range map[string]string{
		"højst ved smerter, aldrig med alkohol": "2 stk; højst ved smerter, aldrig med alkohol",
		"2  stk":                                "2 stk",
		"Lang":                                  "2 stk; Lang",
	} {
		page := one(t, `"status":"active","dosage":[{"text":"2 stk",`+free(text)+`}]`)
		if got := page.Medication.Fixed[0].words(); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
		if all := strings.Join(Lines(page), "\n"); !strings.Contains(all, want) {
			t.Errorf("%s: not in %s", text, all)
		}
		if page := line(Text(page)); strings.Contains(page, "FreeText") || strings.Count(page, "højst ved") > 1 {
			t.Errorf("%s: told twice on the page: %s", text, page)
		}
	}
}

// A number that is kept in FMK's words is shown as a dose is: FMK writes 10.000 for
// ten.
func TestKeptNumbers(t *testing.T) {
	page := one(t, `"status":"active","dosage":[{"text":"T","extension":[{"url":"urn:tolk:StructureDefinition:fmk-dosage","extension":[
		{"url":"Q","extension":[{"url":"FromValue","valueString":"8.500"},{"url":"Quantity","valueString":"10.000"},{"url":"Instruction","valueString":"ring"}]}]}]}]`)
	if got := page.Medication.Fixed[0].Small[0].Text; got != "FromValue 8,5, Quantity 10, Instruction ring" {
		t.Errorf("got %q", got)
	}
}
