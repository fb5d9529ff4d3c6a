package fmk

import (
	"strconv"
	"strings"

	"tolk/mapping/tree"
)

// dose146 is one Dose of a day.
type dose146 struct {
	amount
	time tree.ID // of the day: a part of it or by the clock
}

// days writes the days of a structure. A day of which 1.6.0 could not say the
// same is kept as it is, and no dose is read from it.
func (r *regimen146) days(s *scheme, b *bounds) {
	r.each(s.n, func(c tree.ID, key string) {
		if r.doc.Kind(c) != tree.Object || key != "Day" && key != "AnyDay" {
			return
		}
		doses, plain := r.doses146(c)
		switch {
		case plain && r.unlimited(c, s, doses):
			r.asNeeded(c, doses[0], s)
		case plain && key == "Day" && r.certain(s, b):
			r.day146(c, doses, s)
		default:
			d := r.dosage(s.sequence)
			r.keep(d, c, "fmk.146.day")
			r.flag(d, "fmk.146.day")
		}
	})
}

// certain reports whether the doses of a scheme come in a rhythm that 1.6.0 has:
// they go round, and do so before the period is over, or are fixed and given
// once.
func (r *regimen146) certain(s *scheme, b *bounds) bool {
	if s.kind == once {
		return s.interval == tree.None && !s.prn
	}
	return s.interval != tree.None && !r.tooShort(s, b)
}

// unlimited reports whether a dose as needed may be taken as often as it takes:
// the one Dose of a scheme that does not go round, on any day or the first,
// without a time. So does FMK itself read it, in its translation of dosages to
// text (trifork/fmk-dosis-til-tekst-ts, StructureHelper.ts);
// DosageIsNotIterated.xsd alone does not say it.
func (r *regimen146) unlimited(n tree.ID, s *scheme, doses []dose146) bool {
	if number := r.text(r.doc.Child(n, "Number")); r.doc.RawKey(n) == "Day" && (number == tree.None || r.doc.Text(number) != "1") {
		return false
	}
	days := 0
	r.each(s.n, func(_ tree.ID, key string) {
		if key == "Day" || key == "AnyDay" {
			days++
		}
	})
	return s.prn && s.kind == once && s.interval == tree.None && days == 1 && len(doses) == 1 && doses[0].time == tree.None
}

// asNeeded writes a dose without a limit.
func (r *regimen146) asNeeded(n tree.ID, q dose146, s *scheme) {
	d := r.dosage(s.sequence)
	r.used(s)
	if number := r.text(r.doc.Child(n, "Number")); number != tree.None {
		r.tx.Use(number, "fmk.dosage.day")
	}
	r.quantities(d, &q.amount)
}

// used says that NotIterated chose how the doses are written.
func (r *regimen146) used(s *scheme) {
	r.each(s.n, func(c tree.ID, key string) {
		if key == "NotIterated" {
			r.tx.Use(c, "fmk.dosage.once")
		}
	})
}

// doses146 reads the doses of a day, and reports whether they are such as a day
// of 1.6.0 has (DosageChoice): all of different parts of the day, all of
// different times by the clock, or all without a time and of the same quantity.
func (r *regimen146) doses146(n tree.ID) (doses []dose146, plain bool) {
	r.each(n, func(c tree.ID, key string) {
		if key != "Dose" || r.doc.Kind(c) != tree.Object {
			return
		}
		q := dose146{time: tree.None, amount: amount{exact: tree.None, low: tree.None, high: tree.None, schema: tree.None,
			infusion: tree.None, clock: tree.None, times: tree.None, maximum: tree.None}}
		r.each(c, func(p tree.ID, key string) {
			if key == "Time" && q.time == tree.None {
				q.time = r.text(p)
			} else if at := q.part(dosage146[key]); at != nil && *at == tree.None {
				*at = r.text(p)
			}
		})
		doses = append(doses, q)
	})
	times := map[string]bool{}
	kinds := map[string]bool{}
	for _, q := range doses {
		if q.exact == tree.None && (q.low == tree.None || q.high == tree.None) || q.exact != tree.None && (q.low != tree.None || q.high != tree.None) {
			return doses, false
		}
		kind, at := "untimed:"+r.quantity146(q), ""
		if q.time != tree.None {
			at = r.doc.Text(q.time)
			if kind = "part"; times146[at] == "" {
				kind = "clock"
				if _, expected := clock(at); expected != "" {
					return doses, false
				}
			}
			if times[at] {
				return doses, false
			}
			times[at] = true
		}
		kinds[kind] = true
	}
	return doses, len(doses) > 0 && len(kinds) == 1
}

// quantity146 is how much of a dose, as one text to compare.
func (r *regimen146) quantity146(q dose146) string {
	var b strings.Builder
	for _, n := range []tree.ID{q.exact, q.low, q.high} {
		if n != tree.None {
			b.WriteString(strings.TrimSpace(r.doc.Text(n)))
		}
		b.WriteByte('/')
	}
	return b.String()
}

// day146 writes the doses of one day: one for each time, or one so many times a
// day.
func (r *regimen146) day146(n tree.ID, doses []dose146, s *scheme) {
	p := place{index: r.text(r.doc.Child(n, "Number")), label: tree.None, unspecified: tree.None}
	times := 0
	if doses[0].time == tree.None {
		times = len(doses)
		for _, q := range doses[1:] {
			for _, n := range []tree.ID{q.exact, q.low, q.high} {
				if n != tree.None { // and of what else stands in it, nobody knows
					r.tx.Use(n, "fmk.dosage.times")
				}
			}
		}
		doses = doses[:1]
	}
	for _, q := range doses {
		d := r.dosage(s.sequence)
		r.position(d, s, p)
		if p.index == tree.None {
			r.flag(d, "fmk.dosage.day") // which day it is, is not said
		}
		r.at146(d, q.time)
		r.rhythm146(d, s, times)
		r.quantities(d, &q.amount)
	}
}

// at146 writes when on the day.
func (r *regimen146) at146(d tree.OutID, n tree.ID) {
	if n == tree.None {
		return
	}
	text := r.doc.Text(n)
	if at := times146[text]; at != "" {
		r.tx.Leaf(r.out.Array(r.repeat(d), "when"), "", at, n, "fmk.dosage.part-of-day")
		return
	}
	at, _ := clock(text)
	r.tx.Text(r.out.Array(r.repeat(d), "timeOfDay"), "", at, n, "fmk.dosage.clock")
}

// rhythm146 writes how often, as rhythm does of 1.6.0: so many times a day, or 0
// of a dose that has a time.
func (r *regimen146) rhythm146(d tree.OutID, s *scheme, times int) {
	const id = "fmk.dosage.interval"
	switch {
	case s.interval != tree.None && (times <= 1 || strings.TrimSpace(r.doc.Text(s.interval)) == "1"):
		t := r.repeat(d)
		r.tx.Make(t, "frequency", strconv.Itoa(max(times, 1)), "fmk.dosage.times")
		r.decimal(t, "period", s.interval, id)
		r.tx.Say(t, "periodUnit", "d", id)
	case s.interval != tree.None:
		e := r.out.Object(r.notesOf(d, "fmk.dosage.times"), "")
		r.tx.Say(e, "url", "TimesPerDay", "fmk.dosage.times")
		r.tx.Generate(e, "valueString", strconv.Itoa(times), "fmk.dosage.times")
		r.unsaid(d, s, id)
	default:
		t := r.repeat(d)
		if times > 0 {
			r.tx.Make(t, "frequency", strconv.Itoa(times), "fmk.dosage.times")
			r.tx.Constant(t, "period", "1", "fmk.dosage.times")
			r.tx.Say(t, "periodUnit", "d", "fmk.dosage.times")
		}
		r.tx.Make(t, "count", strconv.Itoa(max(times, 1)), "fmk.dosage.once")
		r.used(s)
	}
}
