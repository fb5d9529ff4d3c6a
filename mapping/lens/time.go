package lens

import "strings"

// Date checks a date of FHIR R4: a year, a month of a year, or a day that the
// calendar has. Its precision is kept: what comes back is what came.
func Date(text string) (string, error) {
	if fault := date(text); fault != "" {
		return refuse("date: " + fault)
	}
	return text, nil
}

// DateTime checks a dateTime of FHIR R4: a Date, or a day with a time to the
// second or finer and a zone. Precision and zone are kept as they came.
func DateTime(text string) (string, error) {
	day, clock, timed := strings.Cut(text, "T")
	if !timed {
		if fault := date(text); fault != "" {
			return refuse("dateTime: " + fault)
		}
		return text, nil
	}
	if len(day) != len("2026-11-20") {
		return refuse("dateTime: expected a day before the time, as in 2026-11-20T09:10:00+01:00")
	}
	if fault := date(day); fault != "" {
		return refuse("dateTime: " + fault)
	}
	at, offset := clock, ""
	if i := strings.IndexAny(clock, "Z+-"); i >= 0 {
		at, offset = clock[:i], clock[i:]
	}
	switch {
	case !clocked(at):
		return refuse("dateTime: expected a time as in 09:10:00, with seconds")
	case !zone(offset):
		return refuse("dateTime: expected a zone after the time, Z or as in +01:00")
	}
	return text, nil
}

// Instant checks an instant of FHIR R4: a dateTime that has a time.
func Instant(text string) (string, error) {
	if !strings.Contains(text, "T") {
		return refuse("instant: expected a day, a time and a zone, as in 2026-11-20T09:10:00+01:00")
	}
	return DateTime(text)
}

// Time checks a time of FHIR R4, which has seconds and no zone.
func Time(text string) (string, error) {
	if !clocked(text) {
		return refuse("time: expected hours, minutes and seconds, as in 09:10:00")
	}
	return text, nil
}

// date says what is wrong with a date, nothing where it is one.
func date(text string) string {
	const want = "expected YYYY, YYYY-MM or YYYY-MM-DD, as in 2026-11-20"
	shape := len(text) == 4 || len(text) == 7 || len(text) == 10
	if !shape || !decimals(text[:4]) ||
		len(text) >= 7 && (text[4] != '-' || !decimals(text[5:7])) ||
		len(text) == 10 && (text[7] != '-' || !decimals(text[8:])) {
		return want
	}
	year, month, day := number(text[:4]), 1, 1
	if len(text) >= 7 {
		month = number(text[5:7])
	}
	if len(text) == 10 {
		day = number(text[8:])
	}
	switch {
	case year == 0:
		return "expected a year from 0001"
	case month < 1 || month > 12:
		return "expected a month from 01 to 12"
	case day < 1 || day > days(year, month):
		return "expected a day that the month has"
	}
	return ""
}

// days is how many days a month has.
func days(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// number is the value of a few digits.
func number(digits string) (n int) {
	for _, c := range []byte(digits) {
		n = n*10 + int(c-'0')
	}
	return n
}

// clocked reports whether text is hh:mm:ss, with a fraction or without. FHIR
// has a second 60: leap seconds exist.
func clocked(text string) bool {
	if len(text) < 8 || text[2] != ':' || text[5] != ':' {
		return false
	}
	if len(text) > 8 && (text[8] != '.' || !decimals(text[9:])) {
		return false
	}
	within := func(part string, most int) bool { return decimals(part) && number(part) <= most }
	return within(text[:2], 23) && within(text[3:5], 59) && within(text[6:8], 60)
}

// zone reports whether text is Z or an offset of 14 hours at most.
func zone(text string) bool {
	if text == "Z" {
		return true
	}
	if len(text) != 6 || text[0] != '+' && text[0] != '-' || text[3] != ':' || !decimals(text[1:3]) || !decimals(text[4:]) {
		return false
	}
	hours, minutes := number(text[1:3]), number(text[4:])
	return hours < 14 && minutes < 60 || hours == 14 && minutes == 0
}
