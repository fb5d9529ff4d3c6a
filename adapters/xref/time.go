package xref

import (
	"strings"
	"time"

	"tolk/mapping/lens"
)

// The format states Danish time and no zone; FHIR wants the zone. Denmark has
// followed directive 2000/84/EC and those before it since 1996: summer time from
// the last Sunday of March to the last Sunday of October, at 01:00 UTC.
const (
	winter, summer = "+01:00", "+02:00"
	since          = 1996
)

// zoned returns a Danish date and time of day (hh:mm) as a dateTime of FHIR. It
// is not ok for what is no such time, for the hour that the clock passes twice
// in October or not at all in March, and before 1996.
func zoned(date, clock string) (moment string, ok bool) {
	at, err := time.Parse("2006-01-02T15:04", date+"T"+clock)
	if err != nil || at.Year() < since || len(clock) != 5 {
		return "", false
	}
	begins, ends := lastSunday(at.Year(), time.March).Add(2*time.Hour), lastSunday(at.Year(), time.October).Add(3*time.Hour)
	zone := winter
	switch {
	case !at.Before(begins) && at.Before(begins.Add(time.Hour)), !at.Before(ends.Add(-time.Hour)) && at.Before(ends):
		return "", false
	case at.After(begins) && at.Before(ends):
		zone = summer
	}
	return date + "T" + clock + ":00" + zone, true
}

// lastSunday is the beginning of the last Sunday of a month of 31 days.
func lastSunday(year int, month time.Month) time.Time {
	last := time.Date(year, month, 31, 0, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, -int(last.Weekday()))
}

// unzoned returns a dateTime of FHIR as the date and the time of day in Denmark.
// A dateTime without a time has no clock. exact tells that nothing of it was
// left out: the format has no seconds.
func unzoned(moment string) (date, clock string, exact, ok bool) {
	if _, err := lens.DateTime(moment); err != nil {
		return "", "", false, false
	}
	if !strings.Contains(moment, "T") {
		return moment, "", true, len(moment) == len("2006-01-02")
	}
	at, err := time.Parse(time.RFC3339Nano, moment)
	if err != nil {
		return "", "", false, false
	}
	utc := at.UTC()
	begins, ends := lastSunday(utc.Year(), time.March).Add(time.Hour), lastSunday(utc.Year(), time.October).Add(time.Hour)
	hours := 1
	if utc.Year() >= since && !utc.Before(begins) && utc.Before(ends) {
		hours = 2
	}
	local := utc.Add(time.Duration(hours) * time.Hour)
	return local.Format("2006-01-02"), local.Format("15:04"), utc.Second() == 0 && utc.Nanosecond() == 0, true
}
