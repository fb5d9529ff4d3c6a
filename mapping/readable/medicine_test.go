package readable

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// bundle is a list of one drug, read when date says, about subject.
func bundle(date, subject, statement string) string {
	return `{"resourceType":"Bundle","type":"collection","entry":[
	{"fullUrl":"urn:uuid:l","resource":{"resourceType":"List","id":"l","status":"current","date":` + date + `,"subject":{"reference":"urn:uuid:p"},"entry":[{"item":{"reference":"urn:uuid:s"}}]}},
	{"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Elmer","given":["Bruno","Test"]}]}},
	{"fullUrl":"urn:uuid:q","resource":{"resourceType":"Patient","id":"q","name":[{"family":"Berggren"}]}},
	{"fullUrl":"urn:uuid:s","resource":{"resourceType":"MedicationStatement","id":"s","extension":[{"url":"urn:tolk:StructureDefinition:origin","valueCode":"fmk"}],
	"medicationCodeableConcept":{"text":"Pille"},"subject":{"reference":"urn:uuid:` + subject + `"},` + statement + `}}]}`
}

// one is the page of a list of one drug.
func one(t testing.TB, statement string) *Page {
	t.Helper()
	page, err := Read(document(t, bundle(`"2026-11-20T09:10:00+01:00"`, "p", statement)), today)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

const (
	morning = `"timing":{"repeat":{"when":["MORN"],"frequency":1,"period":1,"periodUnit":"d"}}`
	twoStk  = `"doseAndRate":[{"doseQuantity":{"value":2.000,"unit":"stk"}}]`
)

// A dose stands in the table only when its structure is whole and simple, and the
// sender's words always stand beside it.
func TestRegime(t *testing.T) {
	for name, c := range map[string]struct{ dosage, line, why string }{
		"morning":           {`{"text":"T",` + morning + `,` + twoStk + `}`, "Morgen 2 stk", ""},
		"decimals":          {`{"text":"T",` + morning + `,"doseAndRate":[{"doseQuantity":{"value":10.500,"unit":"ml"}}]}`, "Morgen 10,5 ml", ""},
		"plural":            {`{"text":"T","extension":[{"url":"urn:tolk:StructureDefinition:fmk-dosage","extension":[{"url":"Plural","valueString":"tabletter"}]}],` + strings.NewReplacer(`"MORN"`, `"MORN","EVE"`, `"frequency":1`, `"frequency":2`).Replace(morning) + `,` + strings.Replace(twoStk, "stk", "tablet", 1) + `}`, "Morgen 2 tabletter | Aften 2 tabletter", ""},
		"not plural":        {`{"text":"T","extension":[{"url":"urn:tolk:StructureDefinition:fmk-dosage","extension":[{"url":"Plural","valueString":"tabletter"}]}],` + morning + `,"doseAndRate":[{"doseQuantity":{"value":0.5,"unit":"tablet"}}]}`, "Morgen 0,5 tablet", ""},
		"kept of FMK's":     {`{"text":"T","extension":[{"url":"urn:tolk:StructureDefinition:fmk-dosage","extension":[{"url":"MinimumInterval","valueString":"4"}]}],` + morning + `,` + twoStk + `}`, "", notPlain},
		"14 days, no time":  {`{"text":"T","timing":{"repeat":{"frequency":1,"period":14,"periodUnit":"d"}},` + twoStk + `}`, "", notDaily},
		"range":             {`{"text":"T",` + morning + `,"doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"stk"},"high":{"value":2,"unit":"stk"}}}]}`, "Morgen 1–2 stk", ""},
		"several":           {`{"text":"T",` + morning + `,` + twoStk + `},{` + strings.Replace(morning, "MORN", "NIGHT", 1) + `,` + twoStk + `}`, "Morgen 2 stk | Nat 2 stk", ""},
		"clock":             {`{"text":"T","timing":{"repeat":{"timeOfDay":["20:00:00","08:30:00"],"frequency":2,"period":1,"periodUnit":"d"}},` + twoStk + `}`, "kl. 8.30 2 stk | kl. 20.00 2 stk", ""},
		"bounds now":        {`{"text":"T",` + strings.Replace(morning, `"when"`, `"boundsPeriod":{"start":"2026-11-01","end":"2026-11-21"},"when"`, 1) + `,` + twoStk + `}`, "Morgen 2 stk", ""},
		"bounds past":       {`{"text":"T",` + strings.Replace(morning, `"when"`, `"boundsPeriod":{"end":"2026-11-20"},"when"`, 1) + `,` + twoStk + `}`, "", notNow},
		"bounds to come":    {`{"text":"T",` + strings.Replace(morning, `"when"`, `"boundsPeriod":{"start":"2026-11-22"},"when"`, 1) + `,` + twoStk + `}`, "", notNow},
		"bounds of months":  {`{"text":"T",` + strings.Replace(morning, `"when"`, `"boundsPeriod":{"start":"2026-10","end":"2027"},"when"`, 1) + `,` + twoStk + `}`, "Morgen 2 stk", ""},
		"bounds past month": {`{"text":"T",` + strings.Replace(morning, `"when"`, `"boundsPeriod":{"end":"2026-10"},"when"`, 1) + `,` + twoStk + `}`, "", notNow},
		"bounds next year":  {`{"text":"T",` + strings.Replace(morning, `"when"`, `"boundsPeriod":{"start":"2027"},"when"`, 1) + `,` + twoStk + `}`, "", notNow},
		"from this month":   {`{"text":"T",` + strings.Replace(morning, `"when"`, `"boundsPeriod":{"start":"2026-11"},"when"`, 1) + `,` + twoStk + `}`, "", notSure},
		"to this year":      {`{"text":"T",` + strings.Replace(morning, `"when"`, `"boundsPeriod":{"end":"2026"},"when"`, 1) + `,` + twoStk + `}`, "", notSure},
		"text only":         {`{"text":"T"}`, "", notPresent},
		"weekly":            {`{"text":"T",` + strings.Replace(morning, `"when"`, `"dayOfWeek":["mon"],"when"`, 1) + `,` + twoStk + `}`, "", notDaily},
		"every second day":  {`{"text":"T",` + strings.Replace(morning, `"period":1`, `"period":2`, 1) + `,` + twoStk + `}`, "", notDaily},
		"per week":          {`{"text":"T",` + strings.Replace(morning, `"d"`, `"wk"`, 1) + `,` + twoStk + `}`, "", notDaily},
		"no period":         {`{"text":"T","timing":{"repeat":{"when":["MORN"]}},` + twoStk + `}`, "", notSaid},
		"three times daily": {`{"text":"T","timing":{"repeat":{"frequency":3,"period":1,"periodUnit":"d"}},` + twoStk + `}`, "", notTimed},
		"once, or twice":    {`{"text":"T",` + strings.Replace(morning, `"MORN"`, `"MORN","EVE"`, 1) + `,` + twoStk + `}`, "", notPlain},
		"twice a morning":   {`{"text":"T",` + strings.Replace(morning, `"frequency":1`, `"frequency":2`, 1) + `,` + twoStk + `}`, "", notPlain},
		"another when":      {`{"text":"T",` + strings.Replace(morning, "MORN", "PCM", 1) + `,` + twoStk + `}`, "", notPlain},
		"the same time":     {`{"text":"T",` + morning + `,` + twoStk + `},{` + morning + `,` + twoStk + `}`, "", notPlain},
		"seconds":           {`{"text":"T","timing":{"repeat":{"timeOfDay":["08:00:00","08:00:30"],"frequency":2,"period":1,"periodUnit":"d"}},` + twoStk + `}`, "kl. 8.00 2 stk | kl. 8.00.30 2 stk", ""},
		"offset":            {`{"text":"T",` + strings.Replace(morning, `"when"`, `"offset":30,"when"`, 1) + `,` + twoStk + `}`, "", notPlain},
		"count":             {`{"text":"T",` + strings.Replace(morning, `"when"`, `"count":3,"when"`, 1) + `,` + twoStk + `}`, "", notPlain},
		"event":             {`{"text":"T",` + strings.Replace(morning, `{"repeat"`, `{"event":["2026-11-20"],"repeat"`, 1) + `,` + twoStk + `}`, "", notPlain},
		"instruction":       {`{"text":"T","additionalInstruction":[{"text":"x"}],` + morning + `,` + twoStk + `}`, "", notPlain},
		"a maximum":         {`{"text":"T","maxDosePerPeriod":{},` + morning + `,` + twoStk + `}`, "", notPlain},
		"other extension":   {`{"text":"T","extension":[{"url":"urn:x","valueString":"y"}],` + morning + `,` + twoStk + `}`, "", notPlain},
		"modifier":          {`{"text":"T","modifierExtension":[{"url":"urn:x"}],` + morning + `,` + twoStk + `}`, "", notPlain},
		"incomplete":        {`{"text":"T","extension":[{"url":"urn:tolk:StructureDefinition:dosage-incomplete","valueBoolean":true}],` + morning + `,` + twoStk + `}`, "", notWhole},
		"periods":           {`{"text":"T","sequence":1,` + morning + `,` + twoStk + `},{"sequence":2,` + morning + `,` + twoStk + `}`, "", notOne},
		"no dose":           {`{"text":"T",` + morning + `}`, "", notGiven},
		"no unit":           {`{"text":"T",` + morning + `,"doseAndRate":[{"doseQuantity":{"value":2}}]}`, "", notGiven},
		"a comparator":      {`{"text":"T",` + morning + `,"doseAndRate":[{"doseQuantity":{"value":2,"comparator":"<","unit":"stk"}}]}`, "", notGiven},
		"an exponent":       {`{"text":"T",` + morning + `,"doseAndRate":[{"doseQuantity":{"value":1e3,"unit":"stk"}}]}`, "", notGiven},
		"a rate":            {`{"text":"T",` + morning + `,"doseAndRate":[{"rateQuantity":{"value":2,"unit":"ml/h"}}]}`, "", notGiven},
		"dose and rate":     {`{"text":"T",` + morning + `,"doseAndRate":[{"doseQuantity":{"value":2,"unit":"ml"},"rateQuantity":{"value":2,"unit":"ml/h"}}]}`, "", notGiven},
		"two doses":         {`{"text":"T",` + morning + `,"doseAndRate":[{"doseQuantity":{"value":2,"unit":"ml"}},{"doseQuantity":{"value":3,"unit":"ml"}}]}`, "", notGiven},
	} {
		t.Run(name, func(t *testing.T) {
			page := one(t, `"status":"active","dosage":[`+c.dosage+`]`)
			d := page.Medication.Fixed[0]
			line := ""
			if d.Regime != nil {
				line = d.Regime.Line()
			}
			if line != c.line || d.AsText != c.why {
				t.Errorf("got %q, as text because %q; want %q, %q", line, d.AsText, c.line, c.why)
			}
			for _, written := range []string{Text(page), string(HTML(page)), Narrative(page)} {
				if !strings.Contains(written, "FMK&#39;s tekst") && !strings.Contains(written, "FMK's tekst: T") {
					t.Error("FMK's own words are not there")
				}
			}
		})
	}
}

// As needed: the dose, what for and the most, or the text.
func TestNeeded(t *testing.T) {
	most := `"maxDosePerPeriod":{"numerator":{"value":8.0,"unit":"stk"},"denominator":{"value":%s,"unit":"døgn","code":"%s"}}`
	for name, c := range map[string]struct{ dosage, want string }{
		"whole":      {`"asNeededCodeableConcept":{"text":"smerter"},` + twoStk + `,` + fmt.Sprintf(most, "1", "d"), "Pr. gang 2 stk | smerter | højst 8 stk pr. døgn"},
		"two days":   {`"asNeededBoolean":true,` + twoStk + `,` + fmt.Sprintf(most, "2", "wk"), "Pr. gang 2 stk | højst 8 stk pr. 2 uge"},
		"no maximum": {`"asNeededBoolean":true,` + twoStk, "Pr. gang 2 stk | højst: se teksten"},
		"timed":      {`"asNeededBoolean":true,` + morning + `,` + twoStk, "Følg teksten"},
		"a weekday":  {`"asNeededBoolean":true,"timing":{"repeat":{"dayOfWeek":["mon"]}},` + twoStk + `,` + fmt.Sprintf(most, "1", "d"), "Følg teksten"},
		"so often":   {`"asNeededBoolean":true,"timing":{"repeat":{"frequency":1}},` + twoStk, "Følg teksten"},
		"no dose":    {`"asNeededCodeableConcept":{"text":"uro"}`, "Følg teksten | uro"},
		"interval":   {`"asNeededBoolean":true,"extension":[{"url":"urn:tolk:StructureDefinition:fmk-dosage"}],` + twoStk, "Følg teksten"},
	} {
		m := one(t, `"status":"active","dosage":[{"text":"T",`+c.dosage+`}]`).Medication
		if len(m.Fixed) != 0 || len(m.Needed) != 1 {
			t.Fatalf("%s: %d fixed, %d needed", name, len(m.Fixed), len(m.Needed))
		}
		if got := m.Needed[0].PRN[0].Line(); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// Where a line stands follows its status and, when the day is known, its dates.
func TestStanding(t *testing.T) {
	for name, c := range map[string]struct{ statement, section, mark string }{
		"active":           {`"status":"active"`, "Fast medicin", ""},
		"on hold":          {`"status":"on-hold"`, "Pauseret", ""},
		"completed":        {`"status":"completed"`, "Ophørt eller afsluttet", ""},
		"stopped":          {`"status":"stopped"`, "Ophørt eller afsluttet", ""},
		"not taken":        {`"status":"not-taken"`, "Ophørt eller afsluttet", ""},
		"mistaken":         {`"status":"entered-in-error"`, "Ophørt eller afsluttet", ""},
		"intended":         {`"status":"intended"`, "Ikke begyndt endnu", ""},
		"to come":          {`"status":"active","effectivePeriod":{"start":"2026-11-22"}`, "Ikke begyndt endnu", ""},
		"from today":       {`"status":"active","effectivePeriod":{"start":"2026-11-21"}`, "Fast medicin", ""},
		"to today":         {`"status":"active","effectivePeriod":{"end":"2026-11-21"}`, "Fast medicin", ""},
		"end has passed":   {`"status":"active","effectivePeriod":{"end":"2026-11-20"}`, "Fast medicin", "Slutdatoen er passeret"},
		"to a past month":  {`"status":"active","effectivePeriod":{"end":"2026-10"}`, "Fast medicin", "Slutdatoen er passeret"},
		"to a past year":   {`"status":"active","effectivePeriod":{"end":"2025"}`, "Fast medicin", "Slutdatoen er passeret"},
		"to this month":    {`"status":"active","effectivePeriod":{"end":"2026-11"}`, "Fast medicin", ""},
		"from next month":  {`"status":"active","effectivePeriod":{"start":"2026-12"}`, "Ikke begyndt endnu", ""},
		"from next year":   {`"status":"active","effectivePeriod":{"start":"2027"}`, "Ikke begyndt endnu", ""},
		"from this year":   {`"status":"active","effectivePeriod":{"start":"2026"}`, "Fast medicin", ""},
		"unknown":          {`"status":"unknown"`, "Status ukendt", ""},
		"a word of theirs": {`"status":"aktiv"`, "Status ukendt", ""},
	} {
		t.Run(name, func(t *testing.T) {
			page := one(t, c.statement+`,"dosage":[{"text":"T",`+morning+`,`+twoStk+`}]`)
			for _, s := range page.Medication.Sections() {
				if (len(s.Drugs) == 1) != (s.Title == c.section) {
					t.Errorf("%d under %s", len(s.Drugs), s.Title)
				}
				for _, d := range s.Drugs {
					if c.mark != "" && (!slices.Contains(d.Marks, Mark{"alert", c.mark}) || d.Regime != nil) {
						t.Errorf("marks %v, regime %v", d.Marks, d.Regime)
					}
				}
			}
		})
	}
}

// What was given is told by its number and its words, and why it was not given by the
// code and the words: one of them is not the other.
func TestEvents(t *testing.T) {
	for name, c := range map[string]struct{ administration, what, dose string }{
		"number":          {`"status":"completed","dosage":{"dose":{"value":2.0,"unit":"stk"}}`, "Givet", "2 stk"},
		"words":           {`"status":"completed","dosage":{"text":"knust"}`, "Givet", "knust"},
		"both":            {`"status":"completed","dosage":{"text":"knust","dose":{"value":2,"unit":"stk"}}`, "Givet", "2 stk, knust"},
		"the same":        {`"status":"completed","dosage":{"text":"2 stk","dose":{"value":2,"unit":"stk"}}`, "Givet", "2 stk"},
		"code":            {`"status":"not-done","statusReason":[{"coding":[{"system":"urn:tolk:CodeSystem:ikke-givet","code":"kastetOp"}]}]`, "Ikke givet: kastet op", ""},
		"code and words":  {`"status":"not-done","statusReason":[{"coding":[{"system":"urn:tolk:CodeSystem:ikke-givet","code":"afvist"}],"text":"ville i bad"}]`, "Ikke givet: afvist: ville i bad", ""},
		"another's code":  {`"status":"not-done","statusReason":[{"coding":[{"system":"urn:x","code":"x","display":"Kvalme"}],"text":"efter maden"}]`, "Ikke givet: Kvalme: efter maden", ""},
		"other and words": {`"status":"not-done","statusReason":[{"coding":[{"system":"urn:tolk:CodeSystem:ikke-givet","code":"andet"}],"text":"strømmen gik"}]`, "Ikke givet: andet: strømmen gik", ""},
		"absent":          {`"status":"not-done","statusReason":[{"coding":[{"system":"urn:tolk:CodeSystem:ikke-givet","code":"fravaerende"}]}]`, "Ikke givet: fraværende", ""},
	} {
		text := strings.Replace(bundle(`"2026-11-20"`, "p", `"status":"active"`), `{"fullUrl":"urn:uuid:q"`,
			`{"fullUrl":"urn:uuid:a","resource":{"resourceType":"MedicationAdministration","id":"a","subject":{"reference":"urn:uuid:p"},"medicationCodeableConcept":{"text":"Pille"},"effectiveDateTime":"2026-11-20",`+c.administration+`}},{"fullUrl":"urn:uuid:q"`, 1)
		page, err := Read(document(t, text), today)
		if err != nil {
			t.Fatal(err)
		}
		if e := page.Medication.Events[0]; e.What != c.what || e.Dose != c.dose {
			t.Errorf("%s: got %q, %q; want %q, %q", name, e.What, e.Dose, c.what, c.dose)
		}
	}
}

// Why a list is empty is told by its code, and by the words beside it.
func TestEmptyList(t *testing.T) {
	for reason, want := range map[string]string{
		`{"coding":[{"code":"notasked"}]}`:                        "der er ikke spurgt",
		`{"text":"borgeren sov"}`:                                 "borgeren sov",
		`{"coding":[{"code":"notasked"}],"text":"borgeren sov"}`:  "der er ikke spurgt: borgeren sov",
		`{"coding":[{"code":"x","display":"Lukket"}],"text":"x"}`: "Lukket: x",
	} {
		page, err := Read(document(t, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","status":"current","subject":{"display":"Elmer"},"emptyReason":`+reason+`}}]}`), today)
		if err != nil {
			t.Fatal(err)
		}
		if got := page.Medication.Empty; got != want {
			t.Errorf("%s: got %q, want %q", reason, got, want)
		}
	}
}

// A list tells when it was read and how old that is.
func TestAge(t *testing.T) {
	for name, c := range map[string]struct {
		date, old, age string
		options        Options
	}{
		"fresh":       {`"2026-11-20T09:10:00+01:00"`, "", "i går", Options{Now: today}},
		"today":       {`"2026-11-21T00:00:00+01:00"`, "", "i dag", Options{Now: today}},
		"seven days":  {`"2026-11-14"`, "", "for 7 dage siden", Options{Now: today}},
		"eight days":  {`"2026-11-13"`, "GAMMEL KOPI", "for 8 dage siden", Options{Now: today}},
		"one allowed": {`"2026-11-19"`, "GAMMEL KOPI", "for 2 dage siden", Options{Now: today, StaleAfter: 1}},
		"future":      {`"2026-11-22"`, "DATO I FREMTIDEN", "ligger i fremtiden", Options{Now: today}},
		"a month":     {`"2026-11"`, "ALDER UKENDT", "", Options{Now: today}},
		"no date":     {`"i går"`, "ALDER UKENDT", "", Options{Now: today}},
		"missing":     {`""`, "ALDER UKENDT", "", Options{}},
		"no clock":    {`"2020-01-01"`, "", "", Options{}},
	} {
		page, err := c.options.Read(document(t, bundle(c.date, "p", `"status":"active","dosage":[{"text":"T"}]`)))
		if err != nil {
			t.Fatal(err)
		}
		m := page.Medication
		if m.Old != c.old || m.Age != c.age {
			t.Errorf("%s: got %q %q, want %q %q", name, m.Old, m.Age, c.old, c.age)
		}
		for _, written := range []string{Text(page), string(HTML(page)), Narrative(page), strings.Join(Lines(page), "\n")} {
			if c.old != "" && !strings.Contains(written, c.old) {
				t.Errorf("%s: not said: %s", name, c.old)
			}
		}
	}
}

// A text that is kept says when the list was read, and how old it was where that is too
// old, but nothing that the next day makes wrong.
func TestAgeInWhatIsKept(t *testing.T) {
	for date, want := range map[string]string{
		`"2026-11-20T09:10:00+01:00"`: "20. nov. 2026 kl. 9.10",
		`"2026-11-13"`:                "8 dage gammel, da dette blev skrevet",
	} {
		page, err := Options{Now: today, Kept: true}.Read(document(t, bundle(date, "p", `"status":"active","dosage":[{"text":"T"}]`)))
		if err != nil {
			t.Fatal(err)
		}
		for _, written := range []string{Text(page), Narrative(page), strings.Join(Lines(page), "\n")} {
			if strings.Contains(written, "i går") || strings.Contains(written, "siden") {
				t.Errorf("%s: got %s", date, written)
			}
		}
		if got := Text(page); !strings.Contains(got, want) {
			t.Errorf("%s: %q is not said in %s", date, want, got)
		}
	}
}

// What the citizen has marked private can be left out, and that is said.
func TestWithoutPrivate(t *testing.T) {
	page := sample(t, "medicinliste")
	open := page.WithoutPrivate()
	if page.Medication.Withheld != 1 || open.Medication.Withheld != 2 || open.Medication.Lines() != page.Medication.Lines()-1 {
		t.Errorf("withheld %d then %d, lines %d then %d", page.Medication.Withheld, open.Medication.Withheld, page.Medication.Lines(), open.Medication.Lines())
	}
	if !strings.Contains(Text(page), "Sertralin") {
		t.Error("the whole page has lost the line")
	}
	for _, written := range []string{Text(open), string(HTML(open)), Narrative(open), strings.Join(Lines(page), "\n")} {
		if strings.Contains(written, "Sertralin") {
			t.Error("a private line is told")
		}
		if !strings.Contains(written, "2 lægemidler er privatmarkeret og holdt tilbage") {
			t.Error("that lines are held back is not said")
		}
	}
	// a drug given, told of by its Medication alone, is as private as its line
	page = sample(t, "medicinliste", `"supportingInformation": [{"reference": "urn:uuid:`+statementOf(t, "Sertralin")+`"}]`, `"supportingInformation": []`)
	if written := Text(page.WithoutPrivate()); strings.Contains(written, "Sertralin") {
		t.Error("a private drug is told among what was given")
	}
}

// statementOf returns the id of the line of a drug in the sample.
func statementOf(t *testing.T, name string) string {
	t.Helper()
	var bundle struct {
		Entry []struct {
			Resource struct {
				ResourceType, ID    string
				MedicationReference struct{ Reference string }
				Code                json.RawMessage
			}
		}
	}
	if err := json.Unmarshal([]byte(parsed(t, "medicinliste").Source()), &bundle); err != nil {
		t.Fatal(err)
	}
	for _, m := range bundle.Entry {
		for _, s := range bundle.Entry {
			if strings.Contains(string(m.Resource.Code), name) && s.Resource.ResourceType == "MedicationStatement" && s.Resource.MedicationReference.Reference == "urn:uuid:"+m.Resource.ID {
				return s.Resource.ID
			}
		}
	}
	t.Fatalf("no line of %s", name)
	return ""
}

// Lines say neither who the citizen is nor any number of theirs.
func TestLinesNameNobody(t *testing.T) {
	for _, name := range samples {
		for _, line := range Lines(sample(t, name)) {
			for _, bad := range []string{"Elmer", "Berggren", "9989", "9996", "\n"} {
				if strings.Contains(line, bad) {
					t.Errorf("%s: %q", name, line)
				}
			}
		}
		if written := Narrative(sample(t, name)); strings.Contains(written, "9989") || strings.Contains(written, "9996") {
			t.Errorf("%s: the narrative holds the number of the citizen", name)
		}
	}
}

// What cannot be shown as it stands is warned of, and somebody else's is never
// shown.
func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct{ statement, want, not string }{
		"modifier":      {`"status":"active","modifierExtension":[{"url":"urn:x"}],"dosage":[{"text":"T"}]`, "modifierExtension", ""},
		"no text":       {`"status":"active","dosage":[{` + morning + `}]`, "Doseringstekst mangler", ""},
		"no dosage":     {`"status":"active"`, "Doseringstekst mangler", ""},
		"restricted":    {`"status":"active","meta":{"security":[{"code":"R"}]},"dosage":[{"text":"T"}]`, "Privatmarkeret", ""},
		"two texts":     {`"status":"active","dosage":[{"text":"T"},{"text":"U"}]`, "FMK's tekst: U", ""},
		"long the same": {`"status":"active","dosage":[{"text":"T","extension":[{"url":"urn:tolk:StructureDefinition:long-text","valueString":"T"}]}]`, "T", "Lang tekst"},
	} {
		page := one(t, c.statement)
		got := Text(page)
		if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s: want %q, not %q:\n%s", name, c.want, c.not, got)
		}
	}
	page, err := Read(document(t, bundle(`"2026-11-20"`, "q", `"status":"active","dosage":[{"text":"T"}]`)), today)
	if err != nil {
		t.Fatal(err)
	}
	if got := Text(page); !strings.Contains(got, "en anden end borgeren") || strings.Contains(got, "Pille") || strings.Contains(got, "Berggren") {
		t.Errorf("somebody else's line:\n%s", got)
	}
}

// A loose Condition is shown too, and so is whom it names.
func TestLooseCondition(t *testing.T) {
	page, err := Read(document(t, `{"resourceType":"Condition","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"x","display":"Spise"}]},
		"subject":{"reference":"Patient/1","identifier":{"system":"urn:oid:1.2.208.176.1.2","value":"2509479989"}}}`), today)
	if err != nil {
		t.Fatal(err)
	}
	if page.Citizen.ID != "250947-9989" || len(page.Conditions) != 1 || page.Conditions[0].Name != "Spise" || len(page.Warnings) != 0 {
		t.Errorf("got %+v", page)
	}
	page, err = Read(document(t, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","subject":{"reference":"Patient/1"}}},{"resource":{"resourceType":"Condition","subject":{"reference":"Patient/2"}}}]}`), today)
	if err != nil || len(page.Conditions) != 1 || len(page.Warnings) != 2 {
		t.Errorf("two citizens: %v, %+v", err, page)
	}
}

// What is no hub document is refused by name.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                        "resourceType: expected a Bundle, the hub document, or a Condition",
		`{"resourceType":"Bundle"}`: "Bundle.entry: the Bundle holds no resource to show",
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}`: "Bundle.entry[0].resource: expected a List (medication list), a DiagnosticReport (health check), a ServiceRequest (referral), a Communication (correspondence) or Conditions",
	} {
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Read(d, time.Time{})
		var e *mapping.Error
		if !errors.As(err, &e) || e.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
