package readable

import (
	"fmt"
	"strings"
	"time"
)

// precision tells how much of a date FHIR was given.
type precision uint8

const (
	unread  precision = iota // no date FHIR knows: shown as written
	year                     // 2026
	month                    // 2026-11
	day                      // 2026-11-20
	instant                  // with a time and a zone
)

// moment is a FHIR date, dateTime or instant.
type moment struct {
	written   string
	at        time.Time // the start of it, in Danish time
	precision precision
}

// parseMoment reads the ways FHIR R4 writes a dateTime, which their lengths tell
// apart.
func parseMoment(s string) moment {
	layout, p := time.RFC3339Nano, instant
	switch len(s) {
	case 0:
		return moment{}
	case len("2006"):
		layout, p = "2006", year
	case len("2006-01"):
		layout, p = "2006-01", month
	case len(time.DateOnly):
		layout, p = time.DateOnly, day
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return moment{written: s}
	}
	if p == instant {
		t = danish(t)
	}
	return moment{s, t, p}
}

// months as the Danish spelling dictionary shortens them.
var months = [...]string{"jan.", "feb.", "marts", "april", "maj", "juni", "juli", "aug.", "sept.", "okt.", "nov.", "dec."}

// String writes a moment for Danish readers: 20. nov. 2026 kl. 9.10. The
// precision stays as it is, and what is no date is shown as written.
func (m moment) String() string {
	if m.precision == unread {
		return m.written
	}
	s := fmt.Sprintf("%04d", m.at.Year())
	if m.precision >= month {
		s = months[m.at.Month()-1] + " " + s
	}
	if m.precision >= day {
		s = fmt.Sprintf("%d. %s", m.at.Day(), s)
	}
	if m.precision == instant {
		s += fmt.Sprintf(" kl. %d.%02d", m.at.Hour(), m.at.Minute())
	}
	return s
}

// dayOf returns the calendar day of a moment as YYYY-MM-DD, and whether it has
// one.
func (m moment) dayOf() (string, bool) {
	return m.at.Format(time.DateOnly), m.precision >= day
}

// beside writes a moment where n stands: the time of day only if it tells the
// two apart.
func (m moment) beside(n moment) string {
	a, _ := m.dayOf()
	if b, _ := n.dayOf(); m.precision == instant && a != b {
		m.precision = day
	}
	return m.String()
}

// before reports whether m is surely before n: two instants by the clock, else the
// last day that m may be and the first that n may be by the calendar.
func (m moment) before(n moment) bool {
	if m.precision == instant && n.precision == instant {
		return m.at.Before(n.at)
	}
	last := m.at
	switch m.precision {
	case year:
		last = m.at.AddDate(1, 0, -1)
	case month:
		last = m.at.AddDate(0, 1, -1)
	}
	return m.precision != unread && n.precision != unread && last.Format(time.DateOnly) < n.at.Format(time.DateOnly)
}

// holds reports whether today is surely in a period, and whether it is surely not.
// A side that is not said is open.
func holds(start, end, today moment) (yes, no bool) {
	began := start.written == "" || start.precision >= day || start.before(today)
	over := end.written == "" || end.precision >= day || today.before(end)
	no = end.before(today) || today.before(start)
	return began && over && !no, no
}

// danish moves an instant to Danish time. The zone of a sender may be that of a
// server (Z); a time of day that is one hour off would be read as it stands.
// The rule is the one of directive 2000/84/EC, in force in Denmark since 1996:
// summer time from the last Sunday of March to the last Sunday of October, at
// 01.00 UTC. Older instants keep the zone they were written in.
func danish(t time.Time) time.Time {
	u := t.UTC()
	if u.Year() < 1996 {
		return t
	}
	if !u.Before(lastSunday(u.Year(), time.March)) && u.Before(lastSunday(u.Year(), time.October)) {
		return t.In(time.FixedZone("CEST", 2*60*60))
	}
	return t.In(time.FixedZone("CET", 60*60))
}

func lastSunday(year int, month time.Month) time.Time {
	last := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, -int(last.Weekday()))
}

// clock writes a FHIR time for Danish readers: 08:00:00 is 8.00, and seconds are
// there where there are any. What is no time is shown as written.
func clock(s string) string {
	t, err := time.Parse("15:04:05", s)
	if err != nil {
		if t, err = time.Parse("15:04", s); err != nil {
			return s
		}
	}
	if t.Second() != 0 {
		return fmt.Sprintf("%d.%02d.%02d", t.Hour(), t.Minute(), t.Second())
	}
	return fmt.Sprintf("%d.%02d", t.Hour(), t.Minute())
}

// age tells how long ago m was, in whole days of the calendar, and in words.
func (m moment) age(now time.Time) (days int, words string) {
	now = danish(now)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	then := time.Date(m.at.Year(), m.at.Month(), m.at.Day(), 0, 0, 0, 0, time.UTC)
	days = int(today.Sub(then).Hours() / 24)
	switch {
	case days < 0:
		return days, "ligger i fremtiden"
	case days == 0:
		return days, "i dag"
	case days == 1:
		return days, "i går"
	}
	return days, fmt.Sprintf("for %d dage siden", days)
}

// period writes the start and end of a FHIR Period.
func period(start, end string) string {
	switch s, e := parseMoment(start).String(), parseMoment(end).String(); {
	case start != "" && end != "":
		return s + " – " + e
	case start != "":
		return "fra " + s
	case end != "":
		return "til " + e
	}
	return ""
}

// join joins what is not empty.
func join(sep string, parts ...string) string {
	var full []string
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	return strings.Join(full, sep)
}
