package readable

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// A thousand lines that all lead to one drug with a thousand notes would be a
// page of a million; a list that names one drug twice is still shown.
func TestOneResourceAgainAndAgain(t *testing.T) {
	for lines, want := range map[int]mapping.Kind{2: "", 1000: mapping.TooLong} {
		text := `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"List","id":"l","entry":[` +
			strings.TrimSuffix(strings.Repeat(`{"item":{"reference":"urn:uuid:s"}},`, lines), ",") +
			`]}},{"resource":{"resourceType":"MedicationStatement","id":"s","status":"active","note":[` +
			strings.TrimSuffix(strings.Repeat(`{"text":"x"},`, 1000), ",") + `]}}]}`
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Read(d, time.Time{})
		var e *mapping.Error
		if got := errors.As(err, &e); got != (want != "") || got && e.Kind != want {
			t.Errorf("%d lines: got %v, want %q", lines, err, want)
		}
	}
}

// What is said of several doses is said once; of a dose that is fixed and of one as
// needed, it stands which it is for.
func TestInstructions(t *testing.T) {
	instructed := func(text, rest string) string {
		return `{"patientInstruction":"` + text + `",` + rest + `,` + twoStk + `}`
	}
	evening, needed := strings.Replace(morning, "MORN", "EVE", 1), `"asNeededBoolean":true`
	for name, c := range map[string]struct {
		dosage string
		want   []string
	}{
		"twice":         {instructed("i højre øje", morning) + "," + instructed("i højre øje", evening), []string{"Vejledning: i højre øje"}},
		"two":           {instructed("i højre øje", morning) + "," + instructed("i venstre øje", evening), []string{"Vejledning: i højre øje", "Vejledning: i venstre øje"}},
		"fixed, needed": {instructed("i højre øje", morning) + "," + instructed("i venstre øje", needed), []string{"Vejledning, fast: i højre øje", "Vejledning, efter behov: i venstre øje"}},
		"fixed only":    {instructed("i højre øje", morning) + `,{` + needed + `,` + twoStk + `}`, []string{"Vejledning, fast: i højre øje"}},
	} {
		var got []string
		for _, f := range one(t, strings.Replace(`"status":"active","dosage":[`+c.dosage+`]`, "{", `{"text":"T",`, 1)).Medication.Fixed[0].Texts {
			if strings.HasPrefix(f.Name, "Vejledning") {
				got = append(got, f.Name+": "+f.Text)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// A drug of several strengths is not shown with the first of them, which would be
// another drug.
func TestStrengths(t *testing.T) {
	strength := func(value string) string {
		return `{"itemCodeableConcept":{"text":"x"},"strength":{"numerator":{"value":` + value + `,"unit":"mg"},"denominator":{"value":1}}}`
	}
	fmk := func(value, unit string) string { // several, or one in a unit that UCUM has not
		return `{"url":"urn:tolk:StructureDefinition:fmk-strength","extension":[{"url":"Value","valueString":"` + value + `"},{"url":"UnitText","valueString":"` + unit + `"}]}`
	}
	for ingredients, want := range map[string]string{
		strength("500"):                                                                  "500 mg",
		strength("500") + "," + strength("30.0"):                                         "500 mg + 30 mg",
		strength("500") + `,{"itemCodeableConcept":{"text":"y"}}`:                        "",
		`{"itemCodeableConcept":{"text":"y"}},` + strength("500"):                        "",
		`{"itemCodeableConcept":{"text":"y"},"isActive":false},` + strength("500"):       "500 mg",
		`],"extension":[` + fmk("500.000", "milligram") + "," + fmk("30.0", "milligram"): "500 milligram + 30 milligram",
		`],"extension":[` + fmk("100", "anti-Xa enheder"):                                "100 anti-Xa enheder",
	} {
		d, err := tree.Parse(`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:l","resource":{"resourceType":"List","id":"l","status":"current","mode":"snapshot",
		"entry":[{"item":{"reference":"urn:uuid:s"}}]}},{"fullUrl":"urn:uuid:s","resource":{"resourceType":"MedicationStatement","id":"s","status":"active","medicationReference":{"reference":"urn:uuid:m"},
		"dosage":[{"text":"T"}]}},{"fullUrl":"urn:uuid:m","resource":{"resourceType":"Medication","id":"m","code":{"text":"Pille"},"ingredient":[`+ingredients+`]}}]}`, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		page, err := Read(d, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got := page.Medication.Fixed[0].Strength; got != want {
			t.Errorf("%s: got %q, want %q", ingredients, got, want)
		}
	}
}

// Where every dosage has its own words, none of them is left out where a line or a
// cell is what a reader follows.
func TestEveryDoseIsTold(t *testing.T) {
	page := one(t, `"status":"active","dosage":[{"text":"4 stk mandag","patientInstruction":"med mad","timing":{"repeat":{"dayOfWeek":["mon"]}},`+twoStk+`},{"text":"1 stk ved uro","asNeededBoolean":true,`+twoStk+`}]`)
	want := "4 stk mandag; med mad; 1 stk ved uro"
	for _, lines := range [][]string{Lines(page), MedicineLines(page)} {
		if got := strings.Join(lines, "\n"); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	d := page.Medication.Fixed[0]
	if got := len(d.Follow()); got != 2 {
		t.Errorf("%d texts to follow, want 2: %v", got, d.Follow())
	}
	if got := d.Rest(); len(got) != 1 || got[0].Text != "med mad" {
		t.Errorf("the rest is %v", got)
	}
	if d := one(t, `"status":"active","dosage":[{"patientInstruction":"med mad"}]`).Medication.Fixed[0]; !slices.Contains(d.Marks, Mark{"alert", "Doseringstekst mangler"}) {
		t.Errorf("an instruction is no dose, and nothing says that there is none: %v", d.Marks)
	}
}
