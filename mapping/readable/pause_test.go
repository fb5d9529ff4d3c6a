package readable

import (
	"slices"
	"strings"
	"testing"
)

// A pause holds from its first day to its last. Before it the drug is taken, and
// must not be looked for among the paused; the dates stand on the line too.
func TestPause(t *testing.T) {
	const statement = `"status":"on-hold","dosage":[{"text":"1 stk morgen",` + morning + `,` + twoStk + `}],"extension":[{"url":"urn:tolk:StructureDefinition:paused","valuePeriod":{PERIOD}}]`
	for name, c := range map[string]struct {
		period, mark, line string
		paused             bool
	}{
		"today":      {`"start":"2026-11-21","end":"2026-11-21"`, "", "[PAUSERET 21. nov. 2026 – 21. nov. 2026]", true},
		"open":       {`"start":"2026-11-01"`, "", "[PAUSERET fra 1. nov. 2026]", true},
		"to come":    {`"start":"2026-11-22"`, "Pausen begynder først 22. nov. 2026", "[Pausen begynder først 22. nov. 2026]", false},
		"over":       {`"start":"2026-11-01","end":"2026-11-20"`, "Pausens slutdato er passeret", "Pausens slutdato er passeret]", true},
		"no dates":   {``, "", "[PAUSERET]", true},
		"a mistaken": {`"start":"2026-12-01","end":"2026-11-20"`, "Pausens slutdato er passeret", "slutdato", true},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(bundle(`"2026-11-20T09:10:00+01:00"`, "p", statement), "PERIOD", c.period, 1)
			page, err := Read(document(t, strings.Replace(text, `"extension":[{"url":"urn:tolk:StructureDefinition:origin","valueCode":"fmk"}],`, "", 1)), today)
			if err != nil {
				t.Fatal(err)
			}
			m := page.Medication
			if got := len(m.Paused) == 1; got != c.paused || len(m.Paused)+len(m.Fixed) != 1 {
				t.Fatalf("paused: got %v, want %v", got, c.paused)
			}
			drug := append(slices.Clone(m.Paused), m.Fixed...)[0]
			if got := slices.ContainsFunc(drug.Marks, func(k Mark) bool { return k == Mark{"alert", c.mark} }); got != (c.mark != "") {
				t.Errorf("marks: got %v, want %q", drug.Marks, c.mark)
			}
			if !c.paused && (drug.Regime != nil || drug.AsText != notPaused) {
				t.Errorf("the dose stands by time of day: %v, %q", drug.Regime, drug.AsText)
			}
			if got := strings.Join(Lines(page), "\n"); !strings.Contains(got, c.line) {
				t.Errorf("got %q, want %q in it", got, c.line)
			}
		})
	}
}

// A line that is called active while a pause holds contradicts itself: no dose is
// put before a reader as one to give, and the pause is.
func TestPauseOfAnActiveLine(t *testing.T) {
	for dates, want := range map[string]string{
		`"start":"2026-11-21"`:                    "Pausen er i gang: fra 21. nov. 2026",
		`"end":"2026-11-21"`:                      "Pausen er i gang: til 21. nov. 2026",
		`"start":"2026-11-22"`:                    "",
		`"start":"2026-11-01","end":"2026-11-20"`: "",
	} {
		text := bundle(`"2026-11-20T09:10:00+01:00"`, "p", `"status":"active","dosage":[{"text":"T",`+morning+`,`+twoStk+`}]`)
		page, err := Read(document(t, strings.Replace(text, `"extension":[`, `"extension":[{"url":"urn:tolk:StructureDefinition:paused","valuePeriod":{`+dates+`}},`, 1)), today)
		if err != nil {
			t.Fatal(err)
		}
		d := page.Medication.Fixed[0]
		if got := slices.Contains(d.Marks, Mark{"alert", want}); got != (want != "") || (d.Regime == nil) != got {
			t.Errorf("%s: marks %v, regime %v", dates, d.Marks, d.Regime)
		}
	}
}
