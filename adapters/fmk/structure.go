package fmk

import (
	"strconv"

	"tolk/mapping/tree"
)

// scheme is one Fixed or PRN of a period: when doses are given, and how it goes
// round.
type scheme struct {
	n         tree.ID
	prn       bool
	sequence  int
	interval  tree.ID // days from one round to the next, None where it does not go round
	kind      string  // Repeating, Non-repeating ... in FMK's words
	days      int
	weeks     int
	instructs tree.ID
	minimum   tree.ID // between two doses
}

// place is a day of a scheme.
type place struct {
	index, label tree.ID // number of the day in the round; day of the week
	week         int     // of a scheme by weeks, from 1
	unspecified  tree.ID // the day is nobody's choice yet
}

// FMK's words for a scheme that goes round, and for one that does not.
const (
	repeating = "Repeating"
	once      = "Non-repeating"
)

// when are the parts of the day.
var when = map[string]string{"Morning": `"MORN"`, "Noon": `"NOON"`, "Evening": `"EVE"`, "Night": `"NIGHT"`}

var weekdays = map[string]string{"Monday": "mon", "Tuesday": "tue", "Wednesday": "wed", "Thursday": "thu",
	"Friday": "fri", "Saturday": "sat", "Sunday": "sun"}

// structure writes the doses of one scheme.
func (r *regimen) structure(n tree.ID, sequence int, prn bool) {
	if r.doc.Kind(n) != tree.Object {
		return
	}
	s := scheme{n: n, prn: prn, sequence: sequence, interval: tree.None, instructs: tree.None, minimum: tree.None}
	profile := tree.None
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if r.doc.Space(c) != space {
			continue
		}
		switch r.doc.RawKey(c) {
		case "IterationInterval":
			s.interval = r.text(c)
		case "Instruction":
			s.instructs = r.text(r.doc.Child(c, "FreeText"))
		case "MinimumDurationBetweenDoses":
			s.minimum = c
		case "Day":
			s.days++
		case "Week":
			s.weeks++
		case "Profile":
			profile = c
		}
	}
	before := len(r.dosages)
	s.kind = r.doc.Text(r.text(r.doc.Find(profile, "ProfileCode", "PeriodType")))
	r.places(&s)
	if len(r.dosages) == before {
		r.flag(r.dosage(sequence), "fmk.dosage.no-dose")
	}
	for _, d := range r.dosages[before:] {
		r.general(d, &s)
	}
	r.profile(profile, r.dosages[before])
}

// profile accounts for FMK's own description of a scheme.
func (r *regimen) profile(n tree.ID, d tree.OutID) {
	if n == tree.None || r.doc.Kind(n) != tree.Object {
		return
	}
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		switch {
		case r.doc.Space(c) != space:
		case r.doc.RawKey(c) == "ProfileCode":
			r.tx.Drop(c, "fmk.dosage.profile", "it says once more what the scheme itself says")
		case r.doc.RawKey(c) == "ProfileDescription":
			r.keep(d, c, "fmk.dosage.profile")
		}
	}
}

// general writes what is said of every dose of a scheme.
func (r *regimen) general(d tree.OutID, s *scheme) {
	if !r.silent(s.instructs) {
		r.tx.Carry(d, "patientInstruction", s.instructs, "fmk.dosage.instruction")
	}
	if s.minimum != tree.None {
		r.keep(d, s.minimum, "fmk.dosage.minimum-interval")
		r.flag(d, "fmk.dosage.minimum-interval")
	}
	if s.interval != tree.None && !r.tx.Claimed(s.interval) {
		r.note(d, "IterationInterval", s.interval, "fmk.dosage.interval")
		r.flag(d, "fmk.dosage.interval")
	}
	switch {
	case !s.prn:
	case !r.silent(r.trigger):
		r.asked = true
		r.tx.Carry(r.out.Object(d, "asNeededCodeableConcept"), "text", r.trigger, "fmk.dosage.trigger")
	default:
		r.tx.Constant(d, "asNeededBoolean", "true", "fmk.dosage.prn")
	}
}

// places goes through the days of a scheme.
func (r *regimen) places(s *scheme) {
	week := 0
	for c := r.doc.First(s.n); c != tree.None; c = r.doc.Next(c) {
		if r.doc.Space(c) != space || r.doc.Kind(c) != tree.Object {
			continue
		}
		p := place{index: tree.None, label: tree.None, unspecified: tree.None}
		switch r.doc.RawKey(c) {
		case "Day":
			p.index = r.text(r.doc.Child(c, "Index"))
			r.day(c, s, p)
		case "UnspecifiedDay":
			p.unspecified = c
			r.day(c, s, p)
		case "Week":
			week++
			for d := r.doc.First(c); d != tree.None; d = r.doc.Next(d) {
				if r.doc.RawKey(d) == "Weekday" && r.doc.Space(d) == space && r.doc.Kind(d) == tree.Object {
					p.week, p.label = week, r.text(r.doc.Child(d, "Label"))
					r.day(d, s, p)
				}
			}
		}
	}
}

// day writes the doses of one day, or that it has none.
func (r *regimen) day(n tree.ID, s *scheme, p place) {
	before := len(r.dosages)
	r.doses(n, s, p)
	if len(r.dosages) > before {
		return
	}
	d := r.dosage(s.sequence)
	r.position(d, s, p)
	r.flag(d, "fmk.dosage.no-dose")
}

// doses writes the doses of one day: by the part of the day, by the clock, a
// number of times, or as often as it takes.
func (r *regimen) doses(n tree.ID, s *scheme, p place) {
	choice := r.doc.Child(n, "Dosage")
	if choice == tree.None || r.doc.Space(choice) != space {
		return
	}
	for c := r.doc.First(choice); c != tree.None; c = r.doc.Next(c) {
		if r.doc.Space(c) != space || r.doc.Kind(c) != tree.Object {
			continue
		}
		switch r.doc.RawKey(c) {
		case "PartOfDayDosage":
			for d := r.doc.First(c); d != tree.None; d = r.doc.Next(d) {
				if at := when[r.doc.RawKey(d)]; at != "" && r.doc.Space(d) == space && r.doc.Kind(d) == tree.Object {
					r.dose(d, s, p, at)
				}
			}
		case "TimeOfDayDosage":
			for d := r.doc.First(c); d != tree.None; d = r.doc.Next(d) {
				if r.doc.RawKey(d) == "TimeOfDayDose" && r.doc.Space(d) == space && r.doc.Kind(d) == tree.Object {
					r.dose(d, s, p, "")
				}
			}
		case "TimesPerDayDosage", "UnlimitedDayDosage":
			r.dose(c, s, p, "")
		}
	}
}

// dose writes one dose as a Dosage of its own.
func (r *regimen) dose(n tree.ID, s *scheme, p place, at string) {
	d := r.dosage(s.sequence)
	q := r.readDose(n)
	r.position(d, s, p)
	if at != "" {
		r.tx.Constant(r.out.Array(r.repeat(d), "when"), "", at, "fmk.dosage.part-of-day")
	}
	if q.clock != tree.None {
		if at, expected := clock(r.doc.Text(q.clock)); expected == "" {
			r.tx.Text(r.out.Array(r.repeat(d), "timeOfDay"), "", at, q.clock, "fmk.dosage.clock")
		} else {
			r.note(d, "Time", q.clock, "fmk.dosage.clock") // a time with a zone: FHIR has none
			r.flag(d, "fmk.dosage.clock")
		}
	}
	r.rhythm(d, s, p, &q, r.doc.RawKey(n) == "UnlimitedDayDosage")
	r.quantities(d, &q)
}

// position writes which day it is. FHIR has days of the week and no other: the
// third day of a round of fourteen has no home.
func (r *regimen) position(d tree.OutID, s *scheme, p place) {
	if p.label != tree.None {
		label := weekdays[r.doc.Text(p.label)]
		if label == "" {
			r.fail(p.label, "expected a day of the week in English, Monday to Sunday")
			return
		}
		r.tx.Text(r.out.Array(r.repeat(d), "dayOfWeek"), "", label, p.label, "fmk.dosage.weekday")
		if s.weeks > 1 {
			const id = "fmk.dosage.week"
			e := r.out.Object(r.notesOf(d, id), "")
			r.tx.Say(e, "url", "Week", id)
			r.tx.Generate(e, "valueString", strconv.Itoa(p.week), id)
			r.flag(d, id)
		}
	}
	if p.index != tree.None {
		if r.doc.Text(p.index) == "1" && s.days == 1 {
			r.tx.Use(p.index, "fmk.dosage.day")
		} else {
			r.note(d, "Index", p.index, "fmk.dosage.day")
			r.flag(d, "fmk.dosage.day")
		}
	}
	if p.index == tree.None && s.days > 1 {
		r.flag(d, "fmk.dosage.day") // which of the days it is, is not said
	}
	if p.unspecified != tree.None {
		const id = "fmk.dosage.unspecified-day"
		e := r.out.Object(r.notesOf(d, id), "")
		r.tx.Say(e, "url", "UnspecifiedDay", id)
		r.tx.Constant(e, "valueBoolean", "true", id)
		r.flag(d, id)
	}
}

// rhythm writes how often: so many times in so many days, where FHIR can say it
// as FMK does.
func (r *regimen) rhythm(d tree.OutID, s *scheme, p place, q *amount, unlimited bool) {
	const id = "fmk.dosage.interval"
	round := ""
	if s.interval != tree.None {
		round = r.doc.Text(s.interval)
	}
	switch {
	case p.label != tree.None:
		if s.weeks == 1 && (round == "7" || round == "" && s.kind == repeating) {
			if round != "" {
				r.tx.Use(s.interval, id) // the days of the week come every seven days
			}
		} else {
			r.unsaid(d, s, "fmk.dosage.week")
		}
		switch {
		case s.weeks == 1 && q.times != tree.None:
			r.frequency(d, q.times, tree.None)
		case s.weeks > 1 && round != "" && r.single(q):
			r.frequency(d, q.times, s.interval)
		case s.weeks > 1 && q.times != tree.None:
			r.note(d, "TimesPerDay", q.times, "fmk.dosage.times")
		}
	case unlimited:
		switch {
		case !s.prn:
			r.unsaid(d, s, "fmk.dosage.unlimited") // as often as it takes, and not as needed
		case round == "":
			r.flag(d, id) // on how many days is not said, or on one, and FHIR has no room for that
		case round == "1":
			r.tx.Use(s.interval, id)
		case round != "":
			r.unsaid(d, s, id)
		}
	case round == "1" || round != "" && r.single(q):
		r.frequency(d, q.times, s.interval)
	case round != "":
		r.note(d, "TimesPerDay", q.times, "fmk.dosage.times")
		r.unsaid(d, s, id)
	default:
		if q.times != tree.None {
			r.frequency(d, q.times, tree.None)
		}
		if s.kind == once {
			r.once(d, q)
		} else {
			r.flag(d, id) // whether it goes round is not said
		}
	}
}

// single reports whether a dose is given once a day.
func (r *regimen) single(q *amount) bool {
	return q.times == tree.None || r.doc.Text(q.times) == "1"
}

// unsaid keeps the rhythm of a scheme in FMK's words.
func (r *regimen) unsaid(d tree.OutID, s *scheme, id string) {
	if s.interval != tree.None {
		r.note(d, "IterationInterval", s.interval, id)
	}
	r.flag(d, id)
}

// frequency writes how many times in how many days; a day where None.
func (r *regimen) frequency(d tree.OutID, times, days tree.ID) {
	t := r.repeat(d)
	if times != tree.None {
		r.decimal(t, "frequency", times, "fmk.dosage.times")
	} else {
		r.tx.Constant(t, "frequency", "1", "fmk.dosage.interval")
	}
	if days != tree.None {
		r.decimal(t, "period", days, "fmk.dosage.interval")
	} else {
		r.tx.Constant(t, "period", "1", "fmk.dosage.times")
	}
	r.tx.Say(t, "periodUnit", "d", "fmk.dosage.interval")
}

// once writes that a dose is not repeated, as what has no interval is not.
func (r *regimen) once(d tree.OutID, q *amount) {
	const id = "fmk.dosage.once"
	if q.times != tree.None {
		r.decimal(r.repeat(d), "count", q.times, id)
		return
	}
	r.tx.Constant(r.repeat(d), "count", "1", id)
}
