package readable

import (
	"slices"
	"strings"
	"testing"
)

// report is a health check of observations, each written without its type.
func report(t testing.TB, observations ...string) *Page {
	t.Helper()
	var results, entries []string
	for i, o := range observations {
		id := "o" + whole(i)
		results = append(results, `{"reference":"urn:uuid:`+id+`"}`)
		entries = append(entries, `{"fullUrl":"urn:uuid:`+id+`","resource":{"resourceType":"Observation","id":"`+id+`",`+o+`}}`)
	}
	page, err := Read(document(t, `{"resourceType":"Bundle","type":"collection","entry":[
	{"fullUrl":"urn:uuid:r","resource":{"resourceType":"DiagnosticReport","id":"r","status":"final","subject":{"reference":"urn:uuid:p"},"result":[`+strings.Join(results, ",")+`]}},
	{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Elmer"}]}},`+strings.Join(entries, ",")+`]}`), today)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// weight is an observation of the weight.
func weight(at, value string, more ...string) string {
	return `"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Vægt"},"effectiveDateTime":"` + at + `",` +
		`"valueQuantity":{"value":` + value + `,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}` + strings.Join(more, "")
}

// A trend is told only between two plain numbers of the same thing in the same
// unit, one surely before the other.
func TestTrend(t *testing.T) {
	other := func(o string, changes ...string) string { return strings.NewReplacer(changes...).Replace(o) }
	now := weight("2026-11-20T09:10:00+01:00", "81.4")
	for name, c := range map[string]struct {
		before string
		rows   int
		past   string // of the first row
	}{
		"up":            {weight("2026-05-12T10:00:00+02:00", "78.20"), 1, "↑ fra 78,20 kg (12. maj 2026)"},
		"down":          {weight("2026-05-12", "90"), 1, "↓ fra 90 kg (12. maj 2026)"},
		"the same":      {weight("2026-05-12", "81.400"), 1, "→ fra 81,400 kg (12. maj 2026)"},
		"the same day":  {weight("2026-11-20T07:10:00Z", "80"), 1, "↑ fra 80 kg (20. nov. 2026 kl. 8.10)"},
		"another unit":  {other(weight("2026-05-12", "78200"), `"kg"`, `"g"`), 1, "før 78200 g (12. maj 2026)"},
		"comparator":    {other(weight("2026-05-12", "80"), `"unit"`, `"comparator":"<","unit"`), 1, "før < 80 kg (12. maj 2026)"},
		"exponent":      {weight("2026-05-12", "8e1"), 1, "før 8e1 kg (12. maj 2026)"},
		"same time":     {weight("2026-11-20T08:10:00Z", "80"), 2, ""},
		"day unsure":    {weight("2026-11-20", "80"), 2, ""},
		"a past month":  {weight("2026-05", "80"), 1, "↑ fra 80 kg (maj 2026)"},
		"this month":    {weight("2026-11", "80"), 2, ""},
		"this year":     {weight("2026", "80"), 2, ""},
		"no time":       {weight("", "80"), 2, ""},
		"another code":  {other(weight("2026-05-12", "80"), "29463-7", "3141-9"), 2, ""},
		"one code more": {other(weight("2026-05-12", "80"), `"coding":[`, `"coding":[{"system":"urn:x","code":"y"},`), 2, ""},
		"no code":       {other(weight("2026-05-12", "80"), `"coding":[{"system":"http://loinc.org","code":"29463-7"}],`, ""), 2, ""},
		"another place": {weight("2026-05-12", "80", `,"bodySite":{"text":"venstre arm"}`), 2, ""},
		"mistaken":      {other(weight("2026-05-12", "80"), "final", "entered-in-error"), 1, ""},
		"preliminary":   {other(weight("2026-05-12", "80"), "final", "preliminary"), 2, "↑ fra 80 kg (12. maj 2026)"},
	} {
		for order, page := range map[string]*Page{"new first": report(t, now, c.before), "old first": report(t, c.before, now)} {
			rows := page.Check.Groups[0].Rows
			past := ""
			for _, r := range rows {
				if r.Parts[0].Value == "81,4 kg" {
					past = r.Parts[0].PastText()
				}
			}
			if len(rows) != c.rows || past != c.past {
				t.Errorf("%s, %s: got %d rows, %q; want %d, %q", name, order, len(rows), past, c.rows, c.past)
			}
		}
	}
}

// A value is marked as its source says, and never by us.
func TestMarks(t *testing.T) {
	interpreted := func(code string) string {
		return `,"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"` + code + `","display":"theirs"}]}]`
	}
	above := `,"referenceRange":[{"low":{"value":50,"unit":"kg"},"high":{"value":70.0,"unit":"kg"}}]`
	for name, c := range map[string]struct{ more, mark, reference string }{
		"beyond, not said":   {above, "", "50–70,0 kg"},
		"beyond, and normal": {above + interpreted("N"), "Normal", "50–70,0 kg"},
		"high":               {interpreted("H"), "Høj", ""},
		"critical":           {interpreted("LL"), "Kritisk lav", ""},
		"another word":       {interpreted("VS"), "theirs", ""},
		"their own words":    {`,"interpretation":[{"text":"Lidt højt"}]`, "Lidt højt", ""},
		"only a high end":    {`,"referenceRange":[{"high":{"value":70,"unit":"kg"}}]`, "", "≤ 70 kg"},
		"a text":             {`,"referenceRange":[{"text":"40-70 for voksne"}]`, "", "40-70 for voksne"},
	} {
		p := report(t, weight("2026-11-20", "81.4", c.more)).Check.Groups[0].Rows[0].Parts[0]
		mark := ""
		if p.Mark != nil {
			mark = p.Mark.Text
		}
		if mark != c.mark || p.Range != c.reference {
			t.Errorf("%s: got %q, %q; want %q, %q", name, mark, p.Range, c.mark, c.reference)
		}
	}
}

// What the source says of a measurement as a whole is told of it, though its values
// are those of its parts.
func TestMarkOfPanel(t *testing.T) {
	page := report(t, `"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}],"text":"Blodtryk"},"effectiveDateTime":"2026-11-20",
		"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"HH"}]}],"referenceRange":[{"text":"under 140/90"}],
		"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":180,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
		{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":110,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]`)
	for name, written := range map[string]string{"Text": Text(page), "HTML": string(HTML(page)), "Narrative": Narrative(page), "Lines": strings.Join(Lines(page), "\n")} {
		if !strings.Contains(strings.ToLower(written), "kritisk høj") || name != "Lines" && !strings.Contains(written, "under 140/90") {
			t.Errorf("%s: what the source says of the pressure is not told", name)
		}
	}
}

// That the citizen has said no to sharing is told before anything else of a health
// check and of a medication list, as of a referral.
func TestRefusalOfCheck(t *testing.T) {
	const no = `{"fullUrl":"urn:uuid:c","resource":{"resourceType":"Consent","id":"c","status":"active","patient":{"reference":"urn:uuid:p"},"dateTime":"2026-11-01","policyRule":{"text":"heller ikke egen læge"},"provision":{"type":"deny"}}},`
	for name, text := range map[string]string{
		"check": `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:r","resource":{"resourceType":"DiagnosticReport","id":"r","status":"final","subject":{"reference":"urn:uuid:p"}}},` + no + `{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Elmer"}]}}]}`,
		"list":  strings.Replace(bundle(`"2026-11-20"`, "p", `"status":"active"`), `{"fullUrl":"urn:uuid:q"`, no+`{"fullUrl":"urn:uuid:q"`, 1),
	} {
		page, err := Read(document(t, text), today)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Warnings) == 0 || page.Warnings[0] != "Borgeren har sagt nej til, at oplysningerne deles." {
			t.Errorf("%s: warnings %q", name, page.Warnings)
		}
		if !slices.Contains(page.Facts, Fact{"Samtykke", "IKKE givet, 1. nov. 2026, heller ikke egen læge"}) || len(page.Unshown) > 0 && strings.Contains(page.Unshown[0], "samtykke") {
			t.Errorf("%s: facts %q, not shown %q", name, page.Facts, page.Unshown)
		}
	}
}

// Every kind of value is shown.
func TestValues(t *testing.T) {
	for value, want := range map[string]string{
		`"valueQuantity":{"value":5.00,"comparator":"<","unit":"Cel","code":"Cel"}`:           "< 5,00 °C",
		`"valueQuantity":{"value":0.97,"unit":"1"}`:                                           "0,97",
		`"valueString":"15 om dagen"`:                                                         "15 om dagen",
		`"valueInteger":44`:                                                                   "44",
		`"valueBoolean":false`:                                                                "Nej",
		`"valueCodeableConcept":{"coding":[{"code":"x","display":"Vågen"}]}`:                  "Vågen",
		`"valueDateTime":"2026-11"`:                                                           "nov. 2026",
		`"valueTime":"08:05:00"`:                                                              "kl. 8.05",
		`"valueRange":{"low":{"value":1,"unit":"h"},"high":{"value":2,"unit":"h"}}`:           "1 h – 2 h",
		`"valueRatio":{"numerator":{"value":1},"denominator":{"value":128}}`:                  "1 : 128",
		`"valueSampledData":{}`:                                                               "Målekurve (vises ikke her)",
		`"dataAbsentReason":{"coding":[{"code":"asked-declined"}]}`:                           "Ikke målt: borgeren ønskede det ikke",
		`"dataAbsentReason":{"coding":[{"code":"error"}],"text":"Vægten var i stykker"}`:      "Ikke målt: Vægten var i stykker",
		`"note":[{"text":"x"}]`:                                                               "Ingen værdi",
		`"valuePeriod":{"start":"2026-11-01","end":"2026-11-03"}`:                             "1. nov. 2026 – 3. nov. 2026",
		`"component":[{"code":{"text":"a"},"valueInteger":1},{"code":{"text":"b"}}]`:          "1 Ingen værdi",
		`"valueInteger":3,"component":[{"code":{"text":"a"},"valueString":"x"}]`:              "3 x",
		`"valueQuantity":{"value":123456789012345678901234567890.0123456789,"unit":"mmol/L"}`: "123456789012345678901234567890.0123456789 mmol/L",
	} {
		var got []string
		for _, p := range report(t, `"status":"final","code":{"text":"X"},`+value).Check.Groups[0].Rows[0].Parts {
			got = append(got, p.Value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}

// A blood pressure is joined only when it is one.
func TestBloodPressure(t *testing.T) {
	part := func(code, value, unit string) string {
		return `{"code":{"coding":[{"system":"http://loinc.org","code":"` + code + `"}],"text":"` + code + `"},"valueQuantity":{"value":` + value + `,"unit":"` + unit + `"}}`
	}
	for parts, want := range map[string]string{
		part("8480-6", "142", "mmHg") + "," + part("8462-4", "88", "mmHg"):                                                          "142/88 mmHg",
		part("8462-4", "88", "mm[Hg]") + "," + part("8480-6", "142", "mm[Hg]"):                                                      "142/88 mmHg",
		part("8480-6", "142", "mmHg") + "," + part("8462-4", "11.7", "kPa"):                                                         "",
		part("8480-6", "142", "mmHg"):                                                                                               "",
		part("8480-6", "142", "mmHg") + "," + part("8480-6", "88", "mmHg"):                                                          "",
		part("8480-6", "142", "mmHg") + "," + strings.Replace(part("8462-4", "88", "mmHg"), `"unit"`, `"comparator":"<","unit"`, 1): "",
	} {
		m := report(t, `"status":"final","code":{"text":"Blodtryk"},"component":[`+parts+`]`).Check.Groups[0].Rows[0]
		if m.Joined != want {
			t.Errorf("%s: got %q, want %q", parts, m.Joined, want)
		}
	}
}

// The form of the sundhedsagent is read by its topics, another by its headings.
func TestScreening(t *testing.T) {
	page := sample(t, "sundhedstjek")
	s := page.Check.Screenings[0]
	if len(s.Groups) != 3 || s.Groups[0].Title != "Ja" || len(s.Groups[0].Rows) != 2 || s.Groups[0].Rows[0].Name != "Ernæring" {
		t.Errorf("groups: %v", s.Groups)
	}
	if len(s.Nos) < 20 || s.Blank != 0 {
		t.Errorf("%d answered no, %d not at all", len(s.Nos), s.Blank)
	}
	if len(page.Warnings) != 1 || !strings.HasPrefix(page.Warnings[0], "Haster: Selvmordstanker") {
		t.Errorf("warnings: %v", page.Warnings)
	}
	page = sample(t, "sundhedstjek", `"urn:tolk:Questionnaire:sundhedsagent|1.0.0"`, `"urn:other"`)
	s = page.Check.Screenings[0]
	if s.Title != "Screeningsskema" || len(s.Groups) == 0 || len(page.Warnings) != 0 {
		t.Errorf("another form: %q, %v, warnings %v", s.Title, s.Groups, page.Warnings)
	}
	page = sample(t, "sundhedstjek", `sundhedsagent|1.0.0"`, `sundhedsagent|2.0.0"`)
	if len(page.Warnings) != 1 || !strings.Contains(page.Warnings[0], "af en udgave") {
		t.Errorf("another version: %v", page.Warnings)
	}
}
