package redact

import (
	"fmt"
	"regexp"
	"time"
)

var (
	dateShape = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?((?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?\s?(?:Z|[+-]\d{2}:\d{2})?)$`)
	timeShape = regexp.MustCompile(`^\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$`)
)

// date moves a date by the weeks of the document, its precision, its time and its
// zone kept, and returns false for what is no date. A day that no calendar has
// stays one: of it only the year is moved.
func (s *session) date(old string) (string, bool) {
	m := dateShape.FindStringSubmatch(old)
	if m == nil || m[2] == "" && m[4] != "" || m[3] == "" && m[4] != "" {
		return "", false
	}
	year, month, day := m[1], m[2], m[3]
	switch {
	case month == "":
		return s.moved(year + "-07-01")[:4], true
	case day == "":
		if _, err := time.Parse("2006-01", year+"-"+month); err != nil {
			return s.moved(year + "-07-01")[:4] + "-" + month, true
		}
		return s.moved(year + "-" + month + "-15")[:7], true
	}
	if _, err := time.Parse(time.DateOnly, old[:10]); err != nil {
		return s.moved(year + "-07-01")[:4] + "-" + month + "-" + day + m[4], true
	}
	return s.moved(old[:10]) + m[4], true
}

// moved moves a day of the calendar.
func (s *session) moved(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil || at.Year() < 100 {
		return day // the year 0000 has no meaning that could be moved
	}
	return at.AddDate(0, 0, s.shift).Format(time.DateOnly)
}

// week moves a year and a week of it.
func (s *session) week(old string) (string, bool) {
	var year, week int
	if n, _ := fmt.Sscanf(old, "%4d-%2d", &year, &week); n != 2 || len(old) != 7 || week < 1 || week > 53 {
		return "", false
	}
	// The fourth of January is in the first week.
	at := time.Date(year, 1, 4+7*(week-1), 0, 0, 0, 0, time.UTC).AddDate(0, 0, s.shift)
	year, week = at.ISOWeek()
	return fmt.Sprintf("%04d-%02d", year, week), true
}

// born returns the birth date of a person, as precise as the old one, false for
// what is no date.
func (s *session) born(old, number string) (string, bool) {
	m := dateShape.FindStringSubmatch(old)
	if m == nil {
		return "", false
	}
	date := s.birthOf(number)
	if _, err := time.Parse(time.DateOnly, old[:min(len(old), 10)]); err != nil && m[3] != "" {
		return s.date(old)
	}
	return date[:len(old)-len(m[4])] + m[4], true
}
