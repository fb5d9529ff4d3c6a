package lens

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		check, in string
		ok        bool
	}{
		{"Date", "2026", true}, {"Date", "2026-11", true}, {"Date", "2026-11-20", true},
		{"Date", "2026-02-31", false}, {"Date", "2026-02-29", false}, {"Date", "2024-02-29", true},
		{"Date", "1900-02-29", false}, {"Date", "2000-02-29", true},
		{"Date", "2026-13", false}, {"Date", "2026-00", false}, {"Date", "2026-11-00", false}, {"Date", "0000", false},
		{"Date", "20-11-2026", false}, {"Date", "2026-1-2", false}, {"Date", "2026/11/20", false}, {"Date", "2026-11-20Z", false},
		{"Date", "2026-11-20T09:10:00Z", false}, {"Date", "", false}, {"Date", " 2026", false},
		{"Date", "2026/11", false}, {"Date", "2026-1x", false}, {"Date", "2026-11/20", false}, {"Date", "2026-11-2x", false},
		{"DateTime", "2026-11-20T09:10:00+09:59", true}, {"DateTime", "2026-11-20T09:10:00+09:60", false}, {"DateTime", "2026-11-20T09:10:00-13:99", false},
		{"DateTime", "2026-11-20T09:10:00+09.30", false}, {"DateTime", "2026-11-20T09:10:00 09:30", false}, {"DateTime", "2026-11-20T09:10:00+15:00", false},
		{"Time", "08.00:00", false}, {"Time", "08:00.00", false}, {"Time", "08:00:00,5", false}, {"Time", "08:00:00x5", false}, {"Time", "08:00:61", false},
		{"DateTime", "2026-11", true}, {"DateTime", "2026-11-20T09:10:00+01:00", true},
		{"DateTime", "2026-11-20T09:10:00.000Z", true}, {"DateTime", "2026-11-20T23:59:60Z", true},
		{"DateTime", "2026-02-31T09:10:00Z", false}, {"DateTime", "2026-11-20T09:10:00", false},
		{"DateTime", "2026-11-20T09:10+01:00", false}, {"DateTime", "2026-11-20T24:00:00Z", false},
		{"DateTime", "2026-11-20T10:10:10Z", true}, {"DateTime", "2026-11-20T24:24:24Z", false}, {"DateTime", "2026-11-20T59:59:59Z", false},
		{"DateTime", "2026-11T09:10:00Z", false}, {"DateTime", "2026-11-20T09:10:00+14:00", true},
		{"DateTime", "2026-11-20T09:10:00+14:01", false}, {"DateTime", "2026-11-20T09:10:00.Z", false},
		{"DateTime", "2026-11-20 09:10:00Z", false}, {"DateTime", "2026-11-20T09:10:00z", false},
		{"Instant", "2026-11-20T09:10:00Z", true}, {"Instant", "2026-11-20", false},
		{"Time", "08:00:00", true}, {"Time", "08:00:00.50", true}, {"Time", "08:00", false}, {"Time", "8:00:00", false},
		{"Time", "08:00:00Z", false}, {"Time", "08:60:00", false},
	} {
		got, err := checks[tt.check](tt.in)
		if (err == nil) != tt.ok || tt.ok && got != tt.in {
			t.Errorf("%s(%q): got %q, %v, want %t", tt.check, tt.in, got, err, tt.ok)
		}
	}
}

// Every month has its last day, and no day after it.
func TestLastDays(t *testing.T) {
	for _, year := range []int{1900, 2000, 2024, 2026} {
		for month := time.January; month <= time.December; month++ {
			last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
			if text := fmt.Sprintf("%04d-%02d-%02d", year, month, last); date(text) != "" {
				t.Errorf("%s is refused: %s", text, date(text))
			}
			if text := fmt.Sprintf("%04d-%02d-%02d", year, month, last+1); date(text) == "" {
				t.Errorf("%s is taken", text)
			}
		}
	}
}

// The regular expressions of FHIR R4 (http://hl7.org/fhir/R4/datatypes.html),
// which know no calendar.
var r4 = map[string]*regexp.Regexp{
	"Date":     regexp.MustCompile(`^(` + year + `(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?)$`),
	"DateTime": regexp.MustCompile(`^(` + year + `(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])(T` + clock + zoned + `)?)?)?)$`),
	"Instant":  regexp.MustCompile(`^(` + year + `-(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])T` + clock + zoned + `)$`),
	"Time":     regexp.MustCompile(`^(` + clock + `)$`),
}

const (
	year  = `([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)`
	clock = `([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?`
	zoned = `(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))`
)

func TestTimesAgreeWithFHIR(t *testing.T) {
	for name, rule := range r4 {
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.OneOf(
				rapid.StringMatching(rule.String()[1:len(rule.String())-1]),
				rapid.StringMatching(`[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2}))?`),
			).Draw(t, "text")
			want := rule.MatchString(text)
			if want && len(text) >= 10 && name != "Time" {
				_, err := time.Parse("2006-01-02", text[:10])
				want = err == nil
			}
			if _, err := checks[name](text); (err == nil) != want {
				t.Fatalf("%s(%q): got %v, want accepted %t", name, text, err, want)
			}
		})
	}
}
