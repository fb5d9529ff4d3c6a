package fmk

import "tolk/mapping/tree"

// amount is how much of a dose, how fast, and at most.
type amount struct {
	exact, low, high tree.ID
	schema           tree.ID // the parameter that decides
	infusion         tree.ID
	clock            tree.ID
	times            tree.ID // a day
	maximum          tree.ID // a day
}

// part says where the part of a dose that is in this element is kept until the dose
// is written, nil if it is none.
func (q *amount) part(name string) *tree.ID {
	switch name {
	case "Quantity":
		return &q.exact
	case "MinimumQuantity":
		return &q.low
	case "MaximumQuantity":
		return &q.high
	case "Time":
		return &q.clock
	case "TimesPerDay":
		return &q.times
	case "MaximumDailyDose":
		return &q.maximum
	case "AccordingToParameterSchema":
		return &q.schema
	}
	return nil
}

// readDose reads one dose.
func (r *regimen) readDose(n tree.ID) amount {
	q := amount{exact: tree.None, low: tree.None, high: tree.None, schema: tree.None, infusion: tree.None,
		clock: tree.None, times: tree.None, maximum: tree.None}
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if r.doc.Space(c) != space {
			continue
		}
		if at := q.part(r.doc.RawKey(c)); at != nil {
			if *at == tree.None {
				*at = r.text(c)
			}
		} else if r.doc.RawKey(c) == "Infusion" && q.infusion == tree.None {
			q.infusion = c
		}
	}
	return q
}

// quantities writes how much. A dose by a parameter is none that can be said
// here, and none is chosen.
func (r *regimen) quantities(d tree.OutID, q *amount) {
	if q.schema != tree.None {
		r.note(d, "AccordingToParameterSchema", q.schema, "fmk.dosage.parameter")
		r.flag(d, "fmk.dosage.parameter")
	}
	switch {
	case q.exact != tree.None:
		r.quantity(r.out.Object(r.rate(d), "doseQuantity"), q.exact, "fmk.dosage.quantity")
	case q.low != tree.None || q.high != tree.None:
		r.interval(r.out.Object(r.rate(d), "doseRange"), q.low, q.high, "fmk.dosage.range", r.quantity)
	case q.schema == tree.None:
		r.flag(d, "fmk.dosage.no-dose")
	}
	if q.infusion != tree.None {
		r.infusion(d, q.infusion)
	}
	if q.maximum != tree.None {
		const id = "fmk.dosage.maximum"
		m := r.out.Object(d, "maxDosePerPeriod")
		r.quantity(r.out.Object(m, "numerator"), q.maximum, id)
		day := r.out.Object(m, "denominator")
		r.tx.Constant(day, "value", "1", id)
		r.measured(day, "døgn", "d", id)
	}
}

// rate returns the one element of doseAndRate.
func (r *regimen) rate(d tree.OutID) tree.OutID {
	a := r.array(d, "doseAndRate")
	if o := r.out.First(a); o != tree.NoOut {
		return o
	}
	return r.out.Object(a, "")
}

// quantity writes a dose in FMK's unit, in its words.
func (r *regimen) quantity(o tree.OutID, n tree.ID, id string) {
	r.decimal(o, "value", n, id)
	if !r.silent(r.unit) {
		r.tx.Carry(o, "unit", r.unit, "fmk.dosage.unit")
	}
}

// interval writes from and to, or the one that is known.
func (r *regimen) interval(o tree.OutID, low, high tree.ID, id string, write func(tree.OutID, tree.ID, string)) {
	if low != tree.None {
		write(r.out.Object(o, "low"), low, id)
	}
	if high != tree.None {
		write(r.out.Object(o, "high"), high, id)
	}
}

// infusion writes how fast, in millilitres an hour, or how long, in minutes.
func (r *regimen) infusion(d tree.OutID, n tree.ID) {
	part := map[string]tree.ID{}
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if _, twice := part[r.doc.RawKey(c)]; r.doc.Space(c) == space && !twice {
			part[r.doc.RawKey(c)] = r.text(c)
		}
	}
	find := func(name string) tree.ID {
		if p, ok := part[name]; ok {
			return p
		}
		return tree.None
	}
	const id = "fmk.dosage.infusion-rate"
	if rate := find("InfusionRate"); rate != tree.None {
		ratio := r.out.Object(r.rate(d), "rateRatio")
		volume := r.out.Object(ratio, "numerator")
		r.decimal(volume, "value", rate, id)
		r.measured(volume, "ml", "mL", id)
		hour := r.out.Object(ratio, "denominator")
		r.tx.Constant(hour, "value", "1", id)
		r.measured(hour, "time", "h", id)
	}
	if low, high := find("MinimumInfusionRate"), find("MaximumInfusionRate"); low != tree.None || high != tree.None {
		r.interval(r.out.Object(r.rate(d), "rateRange"), low, high, id, r.hourly)
	}
	r.lasts(d, find("Duration"), find("MinimumDuration"), find("MaximumDuration"))
}

func (r *regimen) hourly(o tree.OutID, n tree.ID, id string) {
	r.decimal(o, "value", n, id)
	r.measured(o, "ml/time", "mL/h", id)
}

// lasts writes how long a dose takes. FHIR has a longest time only beside a
// time, and no shortest one alone.
func (r *regimen) lasts(d tree.OutID, exact, low, high tree.ID) {
	const id = "fmk.dosage.infusion-time"
	if exact == tree.None && low != tree.None && high != tree.None {
		exact, low = low, tree.None
		r.decimal(r.repeat(d), "durationMax", high, id)
		high = tree.None
	}
	if exact != tree.None {
		r.decimal(r.repeat(d), "duration", exact, id)
		r.tx.Say(r.repeat(d), "durationUnit", "min", id)
	}
	for _, one := range []struct {
		name string
		n    tree.ID
	}{{"MinimumDuration", low}, {"MaximumDuration", high}} {
		if one.n != tree.None {
			r.note(d, one.name, one.n, id)
			r.flag(d, id)
		}
	}
}
