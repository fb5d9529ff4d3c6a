package fmk

import (
	"regexp"
	"strings"
	"testing"
)

var aDosage = regexp.MustCompile(`(?s)<Dosage>\s*<Precondition>.*</Dosage>`)

// card is a card of one line with this period.
func card(t *testing.T, period string) string {
	t.Helper()
	text := cards(t)["engangsdosis"]
	at := aDosage.FindString(text)
	if at == "" {
		t.Fatal("the card has no dosage to put another for")
	}
	return strings.Replace(text, at, `<Dosage><Precondition><ValidFrom>2026-01-10</ValidFrom></Precondition><UnitText>stk</UnitText><DosagePeriod>`+
		period+`<EndDate><Unknown/></EndDate></DosagePeriod></Dosage>`, 1)
}

// A dose that is not given as the rest of its Dosage says is not passed on as one
// that is: a day without a number is any of several, and what does not go round is
// not given again the day after (DayType.xsd, DosageStructure.xsd: Index and
// IterationInterval may be left out).
func TestSchemes(t *testing.T) {
	profile := func(prn, kind string) string {
		return `<Profile><ProfileCode><DosageType>` + prn + `</DosageType><PeriodType>` + kind + `</PeriodType><Schedule>Non-specific weekdays</Schedule><Frequency>N/A</Frequency></ProfileCode></Profile>`
	}
	day := func(index, dosage string) string { return `<Day>` + index + `<Dosage>` + dosage + `</Dosage></Day>` }
	const (
		one       = `<PartOfDayDosage><Morning><Quantity>1</Quantity></Morning></PartOfDayDosage>`
		two       = `<PartOfDayDosage><Morning><Quantity>2</Quantity></Morning></PartOfDayDosage>`
		thrice    = `<TimesPerDayDosage><Quantity>1</Quantity><TimesPerDay>3</TimesPerDay></TimesPerDayDosage>`
		unlimited = `<UnlimitedDayDosage><Quantity>1</Quantity></UnlimitedDayDosage>`
		first     = `<Index>1</Index>`
		every     = `<IterationInterval>1</IterationInterval>`
		second    = `<IterationInterval>2</IterationInterval>`
		stk       = `doseAndRate:[{"doseQuantity":{"value":1,"unit":"stk"}}]`
	)
	for name, c := range map[string]struct {
		period string
		want   []string
	}{
		"days without a number": {`<Fixed>` + second + day("", one) + day("", two) + profile("Fast", repeating) + `</Fixed>`, []string{
			`sequence:1 ` + incomplete + ` timing:{"repeat":{"when":["MORN"],"frequency":1,"period":2,"periodUnit":"d",` + from10 + `}} ` + stk,
			`sequence:1 ` + incomplete + ` timing:{"repeat":{"when":["MORN"],"frequency":1,"period":2,"periodUnit":"d",` + from10 + `}} ` + strings.Replace(stk, "1", "2", 1)}},
		"the only day without a number": {`<Fixed>` + every + day("", one) + profile("Fast", repeating) + `</Fixed>`, []string{
			`sequence:1 timing:{"repeat":{"when":["MORN"],` + daily + `,` + from10 + `}} ` + stk}},
		"as needed on one day": {`<PRN>` + day(first, thrice) + profile("PN", once) + `</PRN>`, []string{
			`sequence:1 timing:{"repeat":{"frequency":3,` + daily[len(`"frequency":1,`):] + `,"count":3,` + from10 + `}} ` + stk + ` asNeededBoolean:true`}},
		"as needed in the morning of one day": {`<PRN>` + day(first, one) + profile("PN", once) + `</PRN>`, []string{
			`sequence:1 timing:{"repeat":{"when":["MORN"],"count":1,` + from10 + `}} ` + stk + ` asNeededBoolean:true`}},
		"as needed without limit on one day": {`<PRN>` + day(first, unlimited) + profile("PN", once) + `</PRN>`, []string{
			`sequence:1 ` + incomplete + ` ` + stk + ` asNeededBoolean:true timing:{"repeat":{` + from10 + `}}`}},
		"as needed, and who knows how often": {`<PRN>` + day(first, thrice) + profile("PN", repeating) + `</PRN>`, []string{
			`sequence:1 timing:{"repeat":{"frequency":3,` + daily[len(`"frequency":1,`):] + `,` + from10 + `}} ` + incomplete + ` ` + stk + ` asNeededBoolean:true`}},
		"as needed every day": {`<PRN>` + every + day(first, unlimited) + profile("PN", repeating) + `</PRN>`, []string{
			`sequence:1 ` + stk + ` asNeededBoolean:true timing:{"repeat":{` + from10 + `}}`}},
	} {
		got := translated(t, card(t, c.period)).dosages()
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
}
