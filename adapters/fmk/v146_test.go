package fmk

import (
	"errors"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// What a dosage of 1.4.6 becomes, to the letter: the same as one of 1.6.0 that
// says the same, and no dose where that is not certain.
func TestDosagesOf146(t *testing.T) {
	all := cards(t)
	for name, want := range map[string][]string{
		"v146-morgen-og-aften": {
			`sequence:1 timing:{"repeat":{"when":["MORN"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"when":["EVE"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"stk"}}]`},
		"v146-gange-daglig": {
			`sequence:1 timing:{"repeat":{"frequency":3,"period":1,"periodUnit":"d",` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":2,"unit":"tablet"}}] patientInstruction:"sammen med mad" fmk-dosage:[{"Plural","valueString":"tabletter"},{"DosageTranslation","extension":[{"LongText","valueString":"Dosering fra d. 10. jan. 2026: 2 tabletter 3 gange daglig"}]}]`},
		"v146-fast-og-pn": {
			`sequence:1 timing:{"repeat":{"when":["MORN"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}]`,
			`sequence:1 timing:{"repeat":{"frequency":2,"period":1,"periodUnit":"d",` + from10 + `}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}] patientInstruction:"ved uro" asNeededBoolean:true`},
		"v146-pn-uden-graense": {
			`sequence:1 doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}] patientInstruction:"ved uro" asNeededBoolean:true timing:{"repeat":{` + from10 + `}}`},
		"v146-engangsdosis": {
			`sequence:1 timing:{"repeat":{"frequency":1,"period":1,"periodUnit":"d","count":1,"boundsPeriod":{"start":"2026-01-10","end":"2026-01-10"}}} doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}]`},
		"v146-klokkeslaet": {
			`sequence:1 timing:{"repeat":{"timeOfDay":["08:00:00"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseRange":{"low":{"value":0.5,"unit":"stk"},"high":{"value":1.0,"unit":"stk"}}}]`,
			`sequence:1 timing:{"repeat":{"timeOfDay":["20:30:00"],` + daily + `,` + from10 + `}} doseAndRate:[{"doseRange":{"low":{"value":1,"unit":"stk"},"high":{"value":2,"unit":"stk"}}}]`},
		"v146-blandede-doser": {
			`sequence:1 fmk-dosage:[{"Day","extension":[{"Number","valueString":"1"},{"Dose","extension":[{"Time","valueString":"morning"},{"Quantity","valueString":"1"}]},{"Dose","extension":[{"Quantity","valueString":"2"}]},{"Dose","extension":[{"Time","valueString":"20:00:00"},{"Quantity","valueString":"1"}]}]},{"IterationInterval","valueString":"1"},{"UnitText","valueString":"stk"}] ` + incomplete + ` timing:{"repeat":{` + from10 + `}}`},
		"v146-fritekst": {
			`sequence:1 ` + incomplete + ` fmk-dosage:[{"Type","valueString":"ikke angivet"},{"DosageEndingUndetermined","valueBoolean":true}] timing:{"repeat":{` + from10 + `}}`},
		"v146-skema-i-lokalt-system": {
			`sequence:1 ` + incomplete + ` fmk-dosage:[{"AdministrationAccordingToSchemaInLocalSystem","valueBoolean":true},{"Type","valueString":"efter behov"},{"DosageStartedPreviously","valueBoolean":true}] asNeededBoolean:true timing:{"repeat":{"boundsPeriod":{"end":"2026-03-01"}}}`},
	} {
		got := translated(t, all[name]).dosages()
		if len(got) != len(want) {
			t.Errorf("%s: %d Dosages, want %d:\n%s", name, len(got), len(want), strings.Join(got, "\n"))
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: Dosage %d\n got %s\nwant %s", name, i+1, got[i], want[i])
			}
		}
	}
}

// The same facts in 1.6.0 and in 1.4.6 are the same dosage.
func TestSameDosageInBoth(t *testing.T) {
	all := cards(t)
	for newer, older := range map[string]string{
		"gange-daglig":     `<StructuresFixed><Structure><IterationInterval>1</IterationInterval><StartDate>2026-01-10</StartDate><DosageEndingUndetermined/><Day><Number>1</Number><Dose><Quantity>2</Quantity></Dose><Dose><Quantity>2</Quantity></Dose><Dose><Quantity>2</Quantity></Dose></Day></Structure></StructuresFixed><Type>fast</Type>`,
		"klokkeslaet":      `<StructuresFixed><Structure><IterationInterval>1</IterationInterval><StartDate>2026-01-10</StartDate><DosageEndingUndetermined/><Day><Number>1</Number><Dose><Time>08:00:00</Time><Quantity>1</Quantity></Dose><Dose><Time>20:30:00</Time><Quantity>2</Quantity></Dose></Day></Structure></StructuresFixed><Type>fast</Type>`,
		"dosisinterval":    `<StructuresFixed><Structure><IterationInterval>1</IterationInterval><StartDate>2026-01-10</StartDate><DosageEndingUndetermined/><Day><Number>1</Number>` + strings.Repeat(`<Dose><MinimalQuantity>1</MinimalQuantity><MaximalQuantity>2</MaximalQuantity></Dose>`, 4) + `</Day></Structure></StructuresFixed><Type>fast</Type>`,
		"engangsdosis":     `<StructuresFixed><Structure><NotIterated/><StartDate>2026-01-10</StartDate><EndDate>2026-01-10</EndDate><Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure></StructuresFixed><Type>fast</Type>`,
		"pn-uden-udloeser": `<StructuresAccordingToNeed><Structure><NotIterated/><StartDate>2026-01-10</StartDate><DosageEndingUndetermined/><AnyDay><Dose><Quantity>1</Quantity></Dose></AnyDay></Structure></StructuresAccordingToNeed><Type>efter behov</Type>`,
	} {
		unit := "stk"
		if newer == "pn-uden-udloeser" {
			unit = "sug"
		}
		got := translated(t, dosed(t, `<UnitText>`+unit+`</UnitText>`+older)).dosages()
		if want := translated(t, all[newer]).dosages(); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s\n got %s\nwant %s", newer, got, want)
		}
	}
}

// dosed is a card of 1.4.6 with this dosage.
func dosed(t *testing.T, dosage string) string {
	t.Helper()
	text := cards(t)["v146-morgen-og-aften"]
	from, to := strings.Index(text, "<Dosage>"), strings.Index(text, "</Dosage>")
	if from < 0 || to < 0 {
		t.Fatal("no Dosage")
	}
	return text[:from] + "<Dosage>" + dosage + text[to:]
}

// Where a dosage can be read in two ways, or in none, it is not read: the flag
// is set, and no dose is told but in FMK's words.
func TestNotCertain(t *testing.T) {
	const from = `<StartDate>2026-01-10</StartDate>`
	fixed := func(in string) string { return `<StructuresFixed>` + in + `</StructuresFixed><Type>fast</Type>` }
	prn := func(in string) string {
		return `<StructuresAccordingToNeed>` + in + `</StructuresAccordingToNeed><Type>efter behov</Type>`
	}
	for what, one := range map[string]struct {
		dosage string
		dose   bool // a dose is told, and the flag with it
	}{
		"two mornings":              {fixed(`<Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Number>1</Number><Dose><Time>morning</Time><Quantity>1</Quantity></Dose><Dose><Time>morning</Time><Quantity>1</Quantity></Dose></Day></Structure>`), false},
		"half a range":              {fixed(`<Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Number>1</Number><Dose><MinimalQuantity>1</MinimalQuantity></Dose></Day></Structure>`), false},
		"a dose and a range":        {fixed(`<Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Number>1</Number><Dose><Quantity>1</Quantity><MinimalQuantity>1</MinimalQuantity><MaximalQuantity>2</MaximalQuantity></Dose></Day></Structure>`), false},
		"a time with a zone":        {fixed(`<Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Number>1</Number><Dose><Time>08:00:00Z</Time><Quantity>1</Quantity></Dose></Day></Structure>`), false},
		"no dose":                   {fixed(`<Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Number>1</Number></Day></Structure>`), false},
		"goes round and does not":   {fixed(`<Structure><IterationInterval>1</IterationInterval><NotIterated/>` + from + `<Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), false},
		"neither":                   {fixed(`<Structure>` + from + `<Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), false},
		"too short a period":        {fixed(`<Structure><IterationInterval>7</IterationInterval>` + from + `<EndDate>2026-01-15</EndDate><Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), false},
		"as needed on the second":   {prn(`<Structure><NotIterated/>` + from + `<Day><Number>2</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), false},
		"as needed in the morning":  {prn(`<Structure><NotIterated/>` + from + `<AnyDay><Dose><Time>morning</Time><Quantity>1</Quantity></Dose></AnyDay></Structure>`), false},
		"any day that goes round":   {prn(`<Structure><IterationInterval>7</IterationInterval>` + from + `<AnyDay><Dose><Quantity>1</Quantity></Dose></AnyDay></Structure>`), false},
		"fixed on any day":          {fixed(`<Structure><NotIterated/>` + from + `<AnyDay><Dose><Quantity>1</Quantity></Dose></AnyDay></Structure>`), false},
		"nothing":                   {`<Type>fast</Type>`, false},
		"the second day":            {fixed(`<Structure><IterationInterval>7</IterationInterval>` + from + `<Day><Number>2</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), true},
		"a day without a number":    {fixed(`<Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), true},
		"fixed twice":               {`<StructuresFixed><Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure></StructuresFixed>` + fixed(`<Structure><IterationInterval>1</IterationInterval>`+from+`<Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), true},
		"another type":              {strings.Replace(fixed(`<Structure><IterationInterval>1</IterationInterval>`+from+`<Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), ">fast<", ">efter behov<", 1), true},
		"two times in three days":   {fixed(`<Structure><IterationInterval>3</IterationInterval>` + from + `<Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), true},
		"periods in another order":  {fixed(`<Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure><Structure><IterationInterval>1</IterationInterval><StartDate>2026-01-01</StartDate><EndDate>2026-01-09</EndDate><Day><Number>1</Number><Dose><Quantity>2</Quantity></Dose></Day></Structure>`), true},
		"two doses in one":          {fixed(`<Structure><IterationInterval>1</IterationInterval>` + from + `<Day><Number>1</Number><Dose><Quantity>1</Quantity><Quantity>2</Quantity></Dose></Day></Structure>`), true},
		"something that 1.6.0 says": {fixed(`<Structure><IterationInterval>1</IterationInterval><MinimumDurationBetweenDoses>60</MinimumDurationBetweenDoses>` + from + `<Day><Number>1</Number><Dose><Quantity>1</Quantity></Dose></Day></Structure>`), true},
	} {
		got := strings.Join(translated(t, dosed(t, one.dosage)).dosages(), "\n")
		if !strings.Contains(got, incomplete) || strings.Contains(got, "doseAndRate") != one.dose {
			t.Errorf("%s: got %s", what, got)
		}
	}
}

// The text of both groups stands on the first Dosage of each where they differ,
// and once where they do not.
func TestTextsOf146(t *testing.T) {
	text := cards(t)["v146-fast-og-pn"]
	texts := func(text string) (all []string) {
		h := translated(t, text)
		s := h.resources("MedicationStatement")[0]
		for d := h.First(h.Child(s, "dosage")); d != tree.None; d = h.Next(d) {
			all = append(all, h.Text(h.Child(d, "text")))
		}
		return all
	}
	if got := strings.Join(texts(text), "|"); got != "1 stk morgen|1 stk efter behov, højst 2 gange daglig" {
		t.Errorf("got %s", got)
	}
	from, to := strings.LastIndex(text, "<DosageTranslation>"), strings.LastIndex(text, "</DosageTranslation>")
	first := text[strings.Index(text, "<DosageTranslation>"):strings.Index(text, "</DosageTranslation>")]
	if got := strings.Join(texts(text[:from]+first+text[to:]), "|"); got != "1 stk morgen|" {
		t.Errorf("got %s", got)
	}
	if got := texts(cards(t)["v146-perioder-i-traek"])[0]; got != "2 stk morgen i 7 dage, pause i 7 dage, derefter 1 stk morgen" {
		t.Errorf("got %s", got)
	}
}

// What a card of 1.4.6 says beside the dosage.
func TestCardOf146(t *testing.T) {
	all := cards(t)
	for name, wants := range map[string][]string{
		"v146-morgen-og-aften": {`{"url":"` + own + `fmk-version","valueString":"FMK 1.4.6"}`, `"identifier":[{"system":"urn:oid:1.2.208.176.1.3","value":"12345"}]`,
			`"numerator":{"system":"http://unitsofmeasure.org","value":10.000,`, `"status":"active"`, `{"url":"` + own + `substitution-allowed","valueBoolean":true}`},
		"v146-gange-daglig": {`"valueString":"FMK 1.4.6 E2"`, `"code":"laegeordineret"`},
		"v146-fast-og-pn":   {`"valueString":"FMK 1.4.6 E3"`, `{"url":"` + own + `substitution-allowed","valueBoolean":false}`},
		"v146-privat":       {`{"url":"` + own + `withheld","valueUnsignedInt":1}`},
		"v146-alt-er-holdt-tilbage": {`{"url":"` + own + `withheld","valueUnsignedInt":1}`,
			`"emptyReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/list-empty-reason","code":"withheld"}]`},
		"v146-hvem-og-hvornaar": {`"status":"on-hold"`, `"status":"stopped"`, `{"url":"` + own + `paused","valuePeriod":{"start":"2026-02-01","end":"2026-02-14"}}`,
			`"code":"seponeret"`, `"relationship":[{"text":"Værge"}]`, `"given":["Nanna","Holm"],"family":"Lund","text":"Nanna Holm Lund"`, `"reasonCode":[{"text":"mod uro"}]`, `"code":[{"text":"Social- og sundhedsassistent"}]`},
		"v146-magistrelt-laegemiddel":    {`"code":{"text":"Melatonin 3 mg kapsler, fremstillet på apoteket"}`, `"postalCode":"8541","city":"Skødstrup"`, `{"isActive":true,"itemCodeableConcept":{"text":"fyldstof"}}`},
		"v146-navne-og-adressebeskyttet": {own + `name-protected`, own + `address-protected`, `"emptyReason":{"text":`},
	} {
		w, err := translate(all[name])
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(w.Output), want) {
				t.Errorf("%s: the output holds no %s", name, want)
			}
		}
		if len(w.Ledger.Notices) != 1 || !strings.Contains(w.Ledger.Notices[0].Message, "FMK 1.4.6") {
			t.Errorf("%s: notices %v", name, w.Ledger.Notices)
		}
	}
	if got := string(output(t, all["gange-daglig"])); strings.Contains(got, "fmk-version") {
		t.Error("the version of 1.6.0 is told")
	}
}

// A line is private where it says so, and where the card names it as private.
func TestPrivateIn146(t *testing.T) {
	text := cards(t)["v146-privat"]
	for what, text := range map[string]string{"marked": text, "named": strings.Replace(text, "<IsPrivateDrugMedication/>", "", 1)} {
		h := translated(t, text)
		var labels []string
		for _, s := range h.resources("MedicationStatement") {
			labels = append(labels, h.Text(h.Find(s, "meta", "security", "code")))
		}
		if got := strings.Join(labels, "|"); got != "R|" {
			t.Errorf("%s: labelled are %q", what, got)
		}
	}
}

// A version that is not read is named, with those that are.
func TestVersionsAreNamed(t *testing.T) {
	text := cards(t)["v146-morgen-og-aften"]
	for uri, want := range map[string]string{
		"2015/06/01/E6": "FMK 1.4.6 E6", "2015/01/01": "FMK 1.4.4", "2015/01/01/E5": "FMK 1.4.4 E5", "2013/06/01": "FMK 1.4.2",
		"2012/06/01": "FMK 1.4.0", "2009/01/01": "an FMK before 1.6.0",
	} {
		_, err := translate(strings.Replace(text, space146, dkma+uri, 1))
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != mapping.NotSupported || !strings.Contains(e.Message, "in "+want+", accepted is "+accepted) {
			t.Errorf("%s: got %v", uri, err)
		}
	}
	for name, want := range map[string]string{"afvist-v146-ugyldigt-kort": "invalid", "afvist-v146-dosis-med-komma": "a point and no comma", "afvist-v146-dato-31-februar": "a day that the calendar has"} {
		if _, err := translate(cards(t)[name]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
