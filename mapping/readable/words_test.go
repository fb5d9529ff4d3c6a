package readable

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // Danish time, to hold our own rule against

	"pgregory.net/rapid"
)

func TestMoment(t *testing.T) {
	for written, want := range map[string]string{
		"2026":                              "2026",
		"2026-11":                           "nov. 2026",
		"2026-11-20":                        "20. nov. 2026",
		"2026-11-20T09:10:00+01:00":         "20. nov. 2026 kl. 9.10",
		"2026-11-20T08:10:00Z":              "20. nov. 2026 kl. 9.10", // a server's zone
		"2026-11-20T09:10:00.123456+01:00":  "20. nov. 2026 kl. 9.10",
		"2026-07-01T23:30:00Z":              "2. juli 2026 kl. 1.30", // the next day, in summer time
		"2026-03-29T00:59:59Z":              "29. marts 2026 kl. 1.59",
		"2026-03-29T01:00:00Z":              "29. marts 2026 kl. 3.00",
		"2026-10-25T00:59:59Z":              "25. okt. 2026 kl. 2.59",
		"2026-10-25T01:00:00Z":              "25. okt. 2026 kl. 2.00",
		"1985-07-01T12:00:00+02:00":         "1. juli 1985 kl. 12.00", // before the rule: as written
		"2026-02-31":                        "2026-02-31",             // no date
		"i morgen":                          "i morgen",
		"":                                  "",
		"0001-01-01":                        "1. jan. 0001",
		"2026-11-20T09:10":                  "2026-11-20T09:10",
		"2026-11-20T24:10:00+01:00":         "2026-11-20T24:10:00+01:00",
		"9999-12-31T23:59:59+14:00":         "31. dec. 9999 kl. 10.59",
		"2026-11-20T09:10:00+01:00 & mere.": "2026-11-20T09:10:00+01:00 & mere.",
	} {
		if got := parseMoment(written).String(); got != want {
			t.Errorf("%q: got %q, want %q", written, got, want)
		}
	}
}

// Our rule of summer time is the one of the time zone.
func TestDanishTime(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(820454400, 4102444800).Draw(t, "unix"), 0) // 1996 to 2100
		const layout = "2006-01-02 15:04"
		if got, want := danish(at).Format(layout), at.In(zone).Format(layout); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ written, measured, dosed string }{
		{"5.00", "5,00", "5"}, // a measurement keeps its precision, a dose has no zero to misread
		{"10.000", "10,000", "10"},
		{"1000", "1000", "1000"},
		{"0.50", "0,50", "0,5"},
		{"-1.50", "-1,50", "-1,5"},
		{"100", "100", "100"},
		{"0", "0", "0"},
		{"0.0", "0,0", "0"},
		{"1e3", "1e3", "1e3"},
		{"1E-2", "1E-2", "1E-2"},
		{"1,5", "1,5", "1,5"},
		{"", "", ""},
	} {
		if got := comma(c.written); got != c.measured {
			t.Errorf("comma(%q): got %q, want %q", c.written, got, c.measured)
		}
		if got := dose(c.written); got != c.dosed {
			t.Errorf("dose(%q): got %q, want %q", c.written, got, c.dosed)
		}
	}
}

// A dose that is shown is the number that was written.
func TestDoseIsTheSameNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		written := rapid.StringMatching(`-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?`).Draw(t, "number")
		shown := []byte(dose(written))
		for i := range shown {
			if shown[i] == ',' {
				shown[i] = '.'
			}
		}
		if sign, ok := compare(written, string(shown)); !ok || sign != 0 {
			t.Errorf("%s is shown as %s", written, shown)
		}
	})
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b string
		sign int
		ok   bool
	}{
		{"5.00", "5", 0, true}, {"0.1", "0.10", 0, true}, {"81.4", "78.20", 1, true}, {"-1", "0", -1, true},
		{"9007199254740993", "9007199254740992", 1, true}, // one apart, where a float sees none
		{"1e1000000000", "1", 0, false},                   // would be a gigabyte
		{"NaN", "1", 0, false}, {"", "1", 0, false}, {"1/3", "1", 0, false}, {"0x10", "1", 0, false}, {"1_0", "1", 0, false},
	} {
		if sign, ok := compare(c.a, c.b); sign != c.sign || ok != c.ok {
			t.Errorf("compare(%s, %s): got %d %v, want %d %v", c.a, c.b, sign, ok, c.sign, c.ok)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"Olanzapin \"Test\"":        "Olanzapin \"Test\"",
		" a\r\nb\rc\u2028d\u0085e ": "a\nb\nc\nd\ne",
		"a\tb":                      "a b",
		"a\x00b\x1b[31mc":           "a\ufffdb\ufffd[31mc",
		"1 stk\u202e5 stk":          "1 stk\ufffd5 stk", // would be read from right to left
		"\u2066x\u200b\ufeff":       "\ufffdx\ufffd\ufffd",
		"👩\u200d⚕️":                 "👩\u200d⚕️",
		"æøå ÆØÅ é":                 "æøå ÆØÅ é",
		"\ufffe\uffff":              "\ufffd\ufffd",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestHyphen(t *testing.T) {
	for in, want := range map[string]string{
		"2509479989": "250947-9989", "0703921VJ4": "070392-1VJ4", "250947-9989": "250947-9989", "": "", "abc": "abc",
	} {
		if got := hyphen(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// A code without words is told by the name its system has for it, where that is known,
// and never in place of what the document says.
func TestNameOfACode(t *testing.T) {
	o := Options{Now: today, Name: func(system, code string) string {
		if system+"|"+code != "urn:oid:1.2.208.176.2.22|464a" {
			return ""
		}
		return "Spise"
	}}
	for code, want := range map[string]string{
		`{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"464a"}]}`:                                          "Spise",
		`{"coding":[{"system":"urn:x","code":"y"},{"system":"urn:oid:1.2.208.176.2.22","code":"464a"}]}`:            "Spise",
		`{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"464a","display":"Maden"}]}`:                        "Maden",
		`{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"464a"},{"system":"urn:x","display":"Kan spise"}]}`: "Kan spise",
		`{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"464a"}],"text":"Spiser lidt"}`:                     "Spiser lidt",
		`{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"other"}]}`:                                         "other",
	} {
		page, err := o.Read(document(t, `{"resourceType":"Condition","subject":{"display":"Elmer"},"code":`+code+`}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := page.Conditions[0].Name; got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}

// A condition that came back is not one that got worse again: each status has words
// of its own, and the code systems their names.
func TestConditionWords(t *testing.T) {
	seen := map[string]bool{}
	for _, status := range []string{"active", "recurrence", "relapse", "inactive", "remission", "resolved"} {
		page, err := Read(document(t, `{"resourceType":"Condition","subject":{"display":"Elmer"},"clinicalStatus":{"coding":[{"code":"`+status+`"}]},"code":{"coding":[
			{"system":"urn:oid:1.2.208.176.2.4","code":"DF200"},{"system":"urn:oid:1.2.208.176.2.31","code":"P72"},{"system":"http://hl7.org/fhir/sid/icd-10","code":"F20"}]}}`), today)
		if err != nil {
			t.Fatal(err)
		}
		c := page.Conditions[0]
		if seen[c.Status] || c.Status == status {
			t.Errorf("%s: got %q, which another has or is no Danish", status, c.Status)
		}
		seen[c.Status] = true
		if want := []string{"SKS: DF200", "ICPC-2: P72", "ICD-10: F20"}; !slices.Equal(c.Also, want) {
			t.Errorf("codes: got %q, want %q", c.Also, want)
		}
	}
}
