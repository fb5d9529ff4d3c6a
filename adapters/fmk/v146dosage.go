package fmk

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tolk/mapping/tree"
)

// dosage146 says what each element of a dosage of 1.4.6 is called in 1.6.0, and
// which schema of 1.4.6 says what it is. An element that is not here says
// nothing that 1.6.0 says in the same way.
var dosage146 = map[string]string{
	"UnitText": "UnitText", // DosageForResponse.xsd, E2/DosageQuantityUnitText.xsd
	"Singular": "Singular", // DosageQuantityUnitTexts.xsd, E2/DosageQuantityUnitTexts.xsd
	"Plural":   "Plural",   // DosageQuantityUnitTexts.xsd, E2/DosageQuantityUnitTexts.xsd

	"StructuresFixed":           "Fixed", // DosageForResponse.xsd, DosageStructuresForResponse.xsd
	"StructuresAccordingToNeed": "PRN",   // DosageForResponse.xsd, DosageStructuresForResponse.xsd
	"Structure":                 "DosagePeriod",
	"EmptyStructure":            "Empty", // EmptyDosageStructure.xsd: the drug is not given

	"IterationInterval":        "IterationInterval", // DosageTimesIterationInterval.xsd: in days
	"NotIterated":              once,                // DosageIsNotIterated.xsd
	"StartDate":                "ValidFrom",         // DosageTimesStartDate.xsd
	"EndDate":                  "CalculatedEndDate", // DosageTimesEndDate.xsd
	"DosageEndingUndetermined": "Unknown",           // DosageTimesDosageEndingUndetermined.xsd
	"SupplementaryText":        "Instruction",       // DosageSupplementaryText.xsd: may not change the dose
	"Day":                      "Day",               // DosageDay.xsd
	"Number":                   "Index",             // DosageDayNumber.xsd: in the round

	"Quantity":        "Quantity",        // Dose.xsd, DoseQuantity.xsd
	"MinimalQuantity": "MinimumQuantity", // Dose.xsd, DoseQuantity.xsd
	"MaximalQuantity": "MaximumQuantity", // Dose.xsd, DoseQuantity.xsd

	"ShortText": "ShortText", // DosageTranslation.xsd, DosageTranslationShortText.xsd
	"LongText":  "LongText",  // DosageTranslation.xsd

	"FreeText": "FreeText", // DosageFreeTextForResponse.xsd
	"AdministrationAccordingToSchemaInLocalSystem": "AdministrationAccordingToSchemaInLocalSystem", // of the same name, ForResponse.xsd
}

// times146 are the parts of the day that a Time may be, and else a clock:
// DoseTime.xsd.
var times146 = map[string]string{"morning": when["Morning"], "noon": when["Noon"], "evening": when["Evening"], "night": when["Night"]}

// kinds146 says which groups of structures a dosage of this type has, fixed and
// as needed: DosageType.xsd.
var kinds146 = map[string][2]bool{"fast": {true, false}, "efter behov": {false, true}, "kombineret": {true, true}}

// regimen146 is a regimen of 1.4.6, whose fixed doses and those as needed stand
// apart, each with its own periods and texts.
type regimen146 struct {
	*regimen
	periods map[string]int // the number of a period, by from and to
	groups  [2]bool        // fixed, as needed: which there are
	last    int            // number of the last period
}

// group is one of the two groups of structures.
type group struct {
	n           tree.ID
	prn         bool
	first       int // of its Dosages
	short, long tree.ID
	told        []translation146
}

// translation146 is a translation to text, and the Dosage that it is told on.
type translation146 struct {
	n tree.ID
	d tree.OutID
}

// dosageOf146 writes the dosage of a line.
func dosageOf146(f *filling, n tree.ID, _ string) {
	if f.out.Child(f.slots[0], "dosage") != tree.NoOut {
		f.fail(n, "expected one Dosage, and which of several counts is not for a reader to guess")
		return
	}
	if f.doc.Kind(n) != tree.Object {
		return
	}
	r := &regimen146{regimen: newRegimen(f, n), periods: map[string]int{}}
	var groups []*group
	r.each(n, func(c tree.ID, key string) {
		switch dosage146[key] {
		case "UnitText", "Singular", "Plural":
			r.unitOf(c)
		case "Fixed", "PRN":
			g := &group{n: c, prn: dosage146[key] == "PRN"}
			if twice := slices.ContainsFunc(groups, func(o *group) bool { return o.prn == g.prn }); !twice && r.doc.Kind(c) == tree.Object {
				groups = append(groups, g)
			}
		case "FreeText", "AdministrationAccordingToSchemaInLocalSystem":
			r.last++
			r.unstructured(c, r.last)
		default:
			if key == "UnitTexts" && r.doc.Kind(c) == tree.Object {
				r.each(c, func(u tree.ID, _ string) { r.unitOf(u) })
			}
		}
	})
	for _, g := range groups {
		r.group(g)
	}
	if len(r.dosages) == 0 {
		r.flag(r.dosage(1), "fmk.dosage.no-dose")
	}
	r.first()
	r.sources(n)
	r.kind(n)
	for _, g := range groups {
		r.texts(g)
	}
	if !r.tx.Claimed(n) {
		r.flag(r.dosages[0], "fmk.dosage.unknown") // an element that nobody knows may say anything
	}
}

// each visits the elements of n that 1.4.6 declares.
func (r *regimen146) each(n tree.ID, visit func(c tree.ID, key string)) {
	for c := r.doc.First(n); c != tree.None; c = r.doc.Next(c) {
		if r.ours(c) {
			visit(c, r.doc.RawKey(c))
		}
	}
}

// unitOf finds the unit of the doses.
func (r *regimen146) unitOf(n tree.ID) {
	if at := r.part(dosage146[r.doc.RawKey(n)]); at != nil && *at == tree.None {
		*at = r.text(n)
	}
}

// sources accounts for where FMK has the words of the unit from, which 1.6.0
// does not say.
func (r *regimen146) sources(n tree.ID) {
	r.each(n, func(c tree.ID, key string) {
		if key != "UnitText" && key != "UnitTexts" {
			return
		}
		for a := r.doc.First(c); a != tree.None; a = r.doc.Next(a) {
			if name := r.doc.RawKey(a); name == "@source" || name == "@date" || name == "@yearAndWeek" {
				r.tx.Drop(a, "fmk.146.unit.source", "which list the words of the unit are from is no part of the dose")
			}
		}
	})
}

// kind accounts for the type of a dosage, which says once more which groups it
// has. Where it says something else, nobody knows which of them is right.
func (r *regimen146) kind(n tree.ID) {
	t := r.text(r.doc.Child(n, "Type"))
	if t == tree.None || r.tx.Claimed(t) {
		return
	}
	if groups, ok := kinds146[r.doc.Text(t)]; ok && groups == r.groups {
		r.tx.Drop(t, "fmk.dosage.profile", onceMore)
		return
	}
	r.note(r.dosages[0], "Type", t, "fmk.dosage.type")
	r.flag(r.dosages[0], "fmk.dosage.type")
}

// group writes the structures of one group: a period each.
func (r *regimen146) group(g *group) {
	g.first, g.short, g.long = len(r.dosages), tree.None, tree.None
	r.groups[map[bool]int{true: 1}[g.prn]] = true
	combined, only, structures := tree.None, tree.None, 0
	before := ""
	r.each(g.n, func(c tree.ID, key string) {
		switch {
		case key == "DosageTranslationCombined" && combined == tree.None: // DosageStructuresForResponse.xsd
			combined = c
		case (dosage146[key] == "DosagePeriod" || dosage146[key] == "Empty") && r.doc.Kind(c) == tree.Object:
			structures++
			only = r.doc.Child(c, "DosageTranslation") // DosageStructureForResponse.xsd
			begun := len(r.dosages)
			start := r.structure(c, g)
			if start < before { // they are told in another order than they come
				r.flag(r.dosages[begun], "fmk.146.order")
			}
			before = start
			g.told = append(g.told, translation146{only, r.dosages[begun]})
		}
	})
	if len(g.told) == 0 {
		return
	}
	g.told = append(g.told, translation146{combined, r.dosages[g.first]})
	switch {
	case combined != tree.None:
		g.short, g.long = r.words(combined)
	case structures == 1:
		g.short, g.long = r.words(only)
	}
	if g.first == 0 {
		r.short, r.long = g.short, g.long
	}
}

// words are the two texts of a translation.
func (r *regimen146) words(n tree.ID) (short, long tree.ID) {
	if n == tree.None || r.doc.Kind(n) != tree.Object {
		return tree.None, tree.None
	}
	return r.text(r.doc.Child(n, "ShortText")), r.text(r.doc.Child(n, "LongText"))
}

// texts writes the texts of the second group on its own first Dosage, since
// neither is of the whole dosage then, and accounts for those of the structures.
func (r *regimen146) texts(g *group) {
	if len(g.told) > 0 && g.first > 0 && (!r.alike(g.short, r.short) || !r.alike(g.long, r.long)) {
		d := r.dosages[g.first]
		if !r.silent(g.short) {
			r.tx.Carry(d, "text", g.short, "fmk.dosage.text")
		}
		if !r.silent(g.long) {
			r.tx.Carry(r.extension(d, "long-text", "fmk.dosage.long-text"), "valueString", g.long, "fmk.dosage.long-text")
		}
	}
	for _, t := range g.told {
		if t.n != tree.None && r.ours(t.n) && r.doc.Kind(t.n) == tree.Object {
			r.translation(t.n, g, t.d)
		}
	}
}

// alike reports whether two texts are the same.
func (r *regimen146) alike(a, b tree.ID) bool {
	return r.silent(a) && r.silent(b) || a != tree.None && b != tree.None && r.doc.Text(a) == r.doc.Text(b)
}

// translation accounts for what FMK made of a structure: a text that stands as
// the text already, another, or an average.
func (r *regimen146) translation(n tree.ID, g *group, d tree.OutID) {
	const id = "fmk.dosage.period-text"
	other := tree.NoOut
	r.each(n, func(c tree.ID, key string) {
		t := r.text(c)
		switch {
		case t == tree.None || r.tx.Claimed(t):
		case key == "ShortText" && r.alike(t, g.short), key == "LongText" && r.alike(t, g.long):
			r.tx.Use(t, "fmk.dosage.text")
		case key == "ShortText", key == "LongText":
			if other == tree.NoOut {
				other = r.out.Object(r.notesOf(d, id), "")
				r.tx.Say(other, "url", r.doc.RawKey(n), id)
			}
			r.nest(other, c, id)
		case averages[key]:
			r.tx.Drop(c, "fmk.146.average", "an average that FMK reckoned of the doses beside it")
		}
	})
}

// averages are reckoned of the structure, and no part of the rule:
// DosageTranslation.xsd.
var averages = map[string]bool{"AverageDailyDosage": true, "MinimalAverageDailyDosage": true, "MaximalAverageDailyDosage": true}

// structure writes one period of a group, and returns the day it starts.
func (r *regimen146) structure(n tree.ID, g *group) (start string) {
	s := scheme{n: n, prn: g.prn, interval: tree.None, instructs: tree.None, minimum: tree.None}
	b := bounds{start: tree.None, end: tree.None, length: tree.None}
	open, not := tree.None, tree.None
	r.each(n, func(c tree.ID, key string) {
		switch key {
		case "IterationInterval":
			s.interval = r.text(c)
		case "NotIterated":
			s.kind, not = dosage146[key], c
		case "StartDate":
			b.start = r.text(c)
		case "EndDate":
			b.end = r.text(c)
		case "DosageEndingUndetermined":
			open = c
		case "SupplementaryText":
			s.instructs = r.text(c)
		case "Day":
			s.days++
		}
	})
	before := len(r.dosages)
	apart := r.number(&s, &b, g)
	if r.doc.RawKey(n) == "EmptyStructure" {
		r.empty(s.sequence)
	} else {
		r.days(&s, &b)
	}
	if len(r.dosages) == before {
		r.flag(r.dosage(s.sequence), "fmk.dosage.no-dose")
	}
	for _, d := range r.dosages[before:] {
		r.general(d, &s)
		r.bound(d, &b)
		if apart {
			r.flag(d, "fmk.146.overlap")
		}
	}
	if open != tree.None {
		r.present(open, "fmk.dosage.end-unknown")
	}
	if not != tree.None && !r.tx.Claimed(not) {
		r.keep(r.dosages[before], not, "fmk.dosage.once")
		r.flag(r.dosages[before], "fmk.dosage.once")
	}
	if b.start == tree.None {
		return ""
	}
	return strings.TrimSpace(r.doc.Text(b.start))
}

// number gives a period its number. A period as needed has that of the fixed one
// with the same days; one with others overlaps them, which a row of numbers does
// not say.
func (r *regimen146) number(s *scheme, b *bounds, g *group) (apart bool) {
	days := ""
	for _, n := range []tree.ID{b.start, b.end} {
		if n != tree.None {
			days += strings.TrimSpace(r.doc.Text(n))
		}
		days += "/"
	}
	number, known := r.periods[days]
	if g.prn && known {
		s.sequence = number
		return false
	}
	r.last++
	s.sequence = r.last
	if !g.prn {
		r.periods[days] = r.last
	}
	return g.prn && r.groups[0]
}

// empty writes a period in which the drug is not given.
func (r *regimen146) empty(sequence int) {
	const id = "fmk.dosage.no-dose"
	d := r.dosage(sequence)
	e := r.out.Object(r.notesOf(d, id), "")
	r.tx.Say(e, "url", "EmptyStructure", id)
	r.tx.Constant(e, "valueBoolean", "true", id)
	r.flag(d, id)
}

// tooShort reports whether a period is over before its round is: it cannot go
// round, and what its interval is there for is not said.
func (r *regimen146) tooShort(s *scheme, b *bounds) bool {
	if s.interval == tree.None || b.start == tree.None || b.end == tree.None {
		return false
	}
	day := func(n tree.ID) (time.Time, error) {
		text := strings.TrimSpace(r.doc.Text(n))
		return time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
	}
	from, err := day(b.start)
	to, err2 := day(b.end)
	round, err3 := strconv.Atoi(strings.TrimSpace(r.doc.Text(s.interval)))
	return err == nil && err2 == nil && err3 == nil && to.Sub(from) < time.Duration(round-1)*24*time.Hour
}
