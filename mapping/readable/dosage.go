package readable

import (
	"fmt"
	"slices"
	"strings"

	"tolk/mapping/tree"
)

// Why a dosage is shown as text only. Each is read after "Vist som tekst: ".
const (
	notWhole   = "den strukturerede dosering er ufuldstændig"
	notDaily   = "dosen er ikke den samme hver dag"
	notSaid    = "strukturen siger ikke, at dosen gives hver dag"
	notTimed   = "dosen er ikke knyttet til bestemte tider"
	notPlain   = "doseringen rummer mere, end en tabel kan vise"
	notOne     = "doseringen har flere perioder efter hinanden"
	notNow     = "doseringens periode er ikke den, der gælder i dag"
	notSure    = "det er ikke sikkert, at doseringens periode gælder i dag"
	notPaused  = "en pause er besluttet, men ikke begyndt"
	notActive  = "linjen er aktuel, og en pause er i gang"
	notGiven   = "strukturen har ingen dosis"
	notPresent = "der er ingen struktureret dosering"
)

// dosages reads the dosage of a statement: in the sender's words always, and by
// its structure where that is whole and simple.
func (h *hub) dosages(s tree.ID, drug *Drug) {
	words := "Doseringstekst"
	if drug.Origin == "FMK" {
		words = "FMK's tekst"
	}
	var fixed, needed []tree.ID
	incomplete := h.extended(s, "dosage-incomplete", "valueBoolean") == "true"
	sequences := map[string]bool{}
	worded := h.worded(s)
	for d := range h.all(s, "dosage") {
		short, long := h.text(d, "text"), h.extended(d, "long-text", "valueString")
		if short != "" {
			drug.Doses = append(drug.Doses, Fact{words, short})
			drug.Texts = append(drug.Texts, Fact{words, short})
		}
		if long != "" && line(long) != line(short) {
			if short == "" {
				drug.Doses = append(drug.Doses, Fact{"Lang tekst", long})
			}
			drug.Texts = append(drug.Texts, Fact{"Lang tekst", long})
		}
		switch own := h.freeText(d); {
		case own == "" || line(own) == line(short) || short == "" && line(own) == line(long):
		case line(own) == line(long):
			drug.Doses = append(drug.Doses, Fact{"Lang tekst", long})
		default:
			drug.Doses = append(drug.Doses, Fact{"Fritekst", own})
			drug.Texts = append(drug.Texts, Fact{"Fritekst", own})
		}
		if s := h.text(d, "patientInstruction"); s != "" && worded {
			drug.Texts = append(drug.Texts, Fact{instruction, s})
		}
		for e := range h.extensions(d, "fmk-dosage") {
			h.kept(e, "", drug)
		}
		incomplete = incomplete || h.extended(d, "dosage-incomplete", "valueBoolean") == "true"
		sequences[h.text(d, "sequence")] = true
		if drug.Route == "" {
			drug.Route = h.concept(h.d.Child(d, "route"))
		}
		if h.needed(d) {
			needed = append(needed, d)
			continue
		}
		fixed = append(fixed, d)
	}
	if !worded {
		drug.Texts = append(drug.Texts, h.instructions(fixed, needed)...)
	}
	if len(drug.Doses) == 0 {
		drug.mark("alert", "Doseringstekst mangler")
	}
	if incomplete {
		drug.mark("alert", "Struktureret dosering ufuldstændig")
		h.page.Medication.Incomplete = true
	}
	drug.Fixed = len(fixed) > 0 || len(needed) == 0
	for _, d := range needed {
		prn := PRN{For: h.concept(h.d.Child(d, "asNeededCodeableConcept"))}
		if !incomplete && len(sequences) == 1 && h.plain(d) == "" && h.only(h.d.Find(d, "timing", "repeat"), []string{"boundsPeriod"}) {
			prn.Dose, prn.Max = h.amount(d), h.maximum(d)
		}
		drug.PRN = append(drug.PRN, prn)
	}
	if drug.Fixed && len(needed) > 0 {
		drug.mark("note", "Fast og efter behov")
	}
	switch {
	case !drug.Fixed:
	case incomplete:
		drug.AsText = notWhole
	case len(sequences) > 1:
		drug.AsText = notOne
	default:
		drug.Regime, drug.AsText = h.regime(fixed)
	}
}

// instruction is what an instruction is called on the page.
const instruction = "Vejledning"

// needed reports whether a dose is taken as needed.
func (h *hub) needed(d tree.ID) bool {
	return h.flag(d, "asNeededBoolean") || h.d.Child(d, "asNeededCodeableConcept") != tree.None
}

// worded reports whether every dosage of a statement has words of its own, that
// its instruction can stand below.
func (h *hub) worded(s tree.ID) bool {
	for d := range h.all(s, "dosage") {
		if h.text(d, "text") == "" {
			return false
		}
	}
	return true
}

// instructions are those of doses that share their words, each once, and which
// doses it is for where it is not for all.
func (h *hub) instructions(fixed, needed []tree.ID) (all []Fact) {
	told := func(dosages []tree.ID) (texts []string) {
		for _, d := range dosages {
			if s := h.text(d, "patientInstruction"); s != "" && !slices.Contains(texts, s) {
				texts = append(texts, s)
			}
		}
		return texts
	}
	name := func(of string, others []tree.ID) string {
		if len(others) == 0 {
			return instruction
		}
		return instruction + ", " + of
	}
	asNeeded := told(needed)
	for _, s := range told(fixed) {
		if i := slices.Index(asNeeded, s); i >= 0 {
			asNeeded = slices.Delete(asNeeded, i, i+1)
			all = append(all, Fact{instruction, s})
			continue
		}
		all = append(all, Fact{name("fast", needed), s})
	}
	for _, s := range asNeeded {
		all = append(all, Fact{name("efter behov", fixed), s})
	}
	return all
}

// regime puts the doses of a day by their times, or says why that cannot be.
func (h *hub) regime(dosages []tree.ID) (*Regime, string) {
	r := &Regime{}
	places := map[string]*string{"MORN": &r.Morning, "NOON": &r.Noon, "EVE": &r.Evening, "NIGHT": &r.Night}
	for _, d := range dosages {
		if why := h.plain(d); why != "" {
			return nil, why
		}
		if h.d.Child(d, "maxDosePerPeriod") != tree.None {
			return nil, notPlain
		}
		slots := h.slots(d)
		if len(slots) > 24 {
			return nil, notPlain
		}
		if why := h.daily(d, len(slots)); why != "" {
			return nil, why
		}
		amount := h.amount(d)
		if amount == "" {
			return nil, notGiven
		}
		for _, slot := range slots {
			if place, ok := places[slot]; ok && *place == "" {
				*place = amount
				continue
			}
			if slices.ContainsFunc(r.Clock, func(f Fact) bool { return f.Name == slot }) || clock(slot) == slot {
				return nil, notPlain
			}
			r.Clock = append(r.Clock, Fact{slot, amount})
		}
	}
	slices.SortFunc(r.Clock, func(a, b Fact) int { return strings.Compare(a.Name, b.Name) }) // of one width: 08:00:00
	for i := range r.Clock {
		r.Clock[i].Name = clock(r.Clock[i].Name)
	}
	return r, ""
}

// slots are the times of day a dosage names, as FHIR writes them.
func (h *hub) slots(d tree.ID) (all []string) {
	for _, name := range []string{"when", "timeOfDay"} {
		for at := range h.all(h.d.Find(d, "timing", "repeat"), name) {
			all = append(all, h.text(at))
		}
	}
	return all
}

// daily says why a dosage is not one that is given every day at the slots.
// Weekly medicine that is read as daily kills: what is not said is not assumed.
func (h *hub) daily(d tree.ID, slots int) string {
	repeat := h.d.Find(d, "timing", "repeat")
	frequency, span, unit := h.text(repeat, "frequency"), h.text(repeat, "period"), h.text(repeat, "periodUnit")
	sign, ok := compare(span, "1")
	switch {
	case repeat == tree.None:
		return notPresent
	case h.d.Child(repeat, "dayOfWeek") != tree.None, span != "" && (!ok || sign != 0), unit != "" && unit != "d":
		return notDaily
	case slots == 0:
		return notTimed
	case span == "" || unit == "":
		return notSaid
	}
	if frequency != "" && frequency != whole(slots) { // once a day, in the morning or in the evening, is not twice
		return notPlain
	}
	return ""
}

// The elements of a Dosage that this page understands. Anything else could
// change what the rest means.
var (
	dosageKeys   = strings.Fields("sequence text extension patientInstruction timing asNeededBoolean asNeededCodeableConcept route doseAndRate maxDosePerPeriod")
	repeatKeys   = strings.Fields("boundsPeriod when timeOfDay dayOfWeek frequency period periodUnit")
	quantityKeys = strings.Fields("value unit system code")
	boundsKeys   = strings.Fields("start end")
)

// plain says why a Dosage is not one that a table can show.
func (h *hub) plain(d tree.ID) string {
	for e := range h.all(d, "extension") {
		switch h.text(e, "url") {
		case ours + "long-text":
		case ours + "fmk-dosage":
			for part := range h.all(e, "extension") {
				if h.text(part, "url") != pluralUnit {
					return notPlain
				}
			}
			if h.d.Child(e, "extension") == tree.None {
				return notPlain
			}
		default:
			return notPlain
		}
	}
	timing := h.d.Child(d, "timing")
	repeat := h.d.Child(timing, "repeat")
	bounds := h.d.Child(repeat, "boundsPeriod")
	if !h.only(d, dosageKeys) || !h.only(timing, []string{"repeat"}) || !h.only(repeat, repeatKeys) || !h.only(bounds, boundsKeys) {
		return notPlain
	}
	if !h.Now.IsZero() && bounds != tree.None {
		today := moment{at: danish(h.Now), precision: day}
		yes, no := holds(parseMoment(h.text(bounds, "start")), parseMoment(h.text(bounds, "end")), today)
		switch {
		case no:
			return notNow
		case !yes:
			return notSure
		}
	}
	return ""
}

// pluralUnit is the one part of FMK's rule without a home in FHIR that changes
// nothing: what more than one of the unit are called.
const pluralUnit = "Plural"

// freeText is the part in which FMK's free text is kept, where it has a short text
// beside it: both are words about the dose.
const freeText = "FreeText"

// freeText reads the free text of a dosage that has another text as its own.
func (h *hub) freeText(d tree.ID) string {
	for e := range h.extensions(d, "fmk-dosage") {
		for part := range h.all(e, "extension") {
			if h.text(part, "url") == freeText {
				return h.keptValue(part)
			}
		}
	}
	return ""
}

// kept reads the parts of FMK's rule that have no home in FHIR, under the names
// they have in FMK. What stands together in one part stands together on the page:
// which dose belongs to which value of a scheme must not be guessed.
func (h *hub) kept(e tree.ID, above string, drug *Drug) {
	for part := range h.all(e, "extension") {
		name := join(" ", above, h.text(part, "url"))
		if h.d.Child(part, "extension") == tree.None {
			if value := h.keptValue(part); value != "" && name != pluralUnit && name != freeText {
				drug.Small = append(drug.Small, Fact{"FMK " + name, value})
			}
			continue
		}
		var together []string
		for below := range h.all(part, "extension") {
			if value := h.keptValue(below); value != "" {
				together = append(together, h.text(below, "url")+" "+value)
			} else {
				together = nil
				break
			}
		}
		if len(together) < 2 {
			h.kept(part, name, drug)
			continue
		}
		drug.Small = append(drug.Small, Fact{"FMK " + name, strings.Join(together, ", ")})
	}
}

// keptValue is the value of an extension, empty if it has none or parts of its
// own.
func (h *hub) keptValue(e tree.ID) string {
	if h.d.Child(e, "extension") != tree.None {
		return ""
	}
	for c := h.d.First(e); c != tree.None; c = h.d.Next(c) {
		if value := h.text(c); strings.HasPrefix(h.d.Key(c), "value") && value != "" {
			return said(map[string]string{"true": "ja", "false": "nej"}, dose(value))
		}
	}
	return ""
}

// only reports whether n has no other members than keys.
func (h *hub) only(n tree.ID, keys []string) bool {
	if n == tree.None {
		return true
	}
	for c := h.d.First(n); c != tree.None; c = h.d.Next(c) {
		if !slices.Contains(keys, h.d.Key(c)) {
			return false
		}
	}
	return true
}

// amount writes the dose of a Dosage, empty when it is not one number or range
// with a unit.
func (h *hub) amount(d tree.ID) string {
	one, rates := tree.None, 0
	for r := range h.all(d, "doseAndRate") {
		one = r
		rates++
	}
	if rates != 1 {
		return ""
	}
	if q := h.d.Child(one, "doseQuantity"); q != tree.None && h.only(one, []string{"doseQuantity"}) {
		return h.counted(q, d)
	}
	r := h.d.Child(one, "doseRange")
	if r == tree.None || !h.only(one, []string{"doseRange"}) || !h.only(r, []string{"low", "high"}) {
		return ""
	}
	low, high := h.d.Child(r, "low"), h.d.Child(r, "high")
	if h.simple(low) == "" || h.simple(high) == "" || h.unit(low) != h.unit(high) {
		return ""
	}
	return dose(h.text(low, "value")) + "–" + h.counted(high, d)
}

// counted writes a quantity of a dosage: of more than one, the unit is what FMK
// calls several.
func (h *hub) counted(q, d tree.ID) string {
	plain, value := h.simple(q), h.text(q, "value")
	if sign, ok := compare(value, "1"); plain == "" || !ok || sign <= 0 {
		return plain
	}
	for e := range h.extensions(d, "fmk-dosage") {
		for part := range h.all(e, "extension") {
			if several := h.text(part, "valueString"); h.text(part, "url") == pluralUnit && several != "" {
				return dose(value) + " " + several
			}
		}
	}
	return plain
}

// simple writes a quantity that is a plain number with a unit, else nothing.
func (h *hub) simple(q tree.ID) string {
	value, unit := h.text(q, "value"), h.unit(q)
	if q == tree.None || unit == "" || !decimal(value) || !h.only(q, quantityKeys) {
		return ""
	}
	return dose(value) + " " + unit
}

// maximum writes maxDosePerPeriod: 4 stk pr. døgn.
func (h *hub) maximum(d tree.ID) string {
	m := h.d.Child(d, "maxDosePerPeriod")
	most, span := h.simple(h.d.Child(m, "numerator")), h.d.Child(m, "denominator")
	unit := h.unit(span)
	if code := h.text(span, "code"); code != "" {
		unit = code
	}
	n := h.text(span, "value")
	if most == "" || n == "" || !decimal(n) || unit == "" {
		return ""
	}
	if n = dose(n); n == "1" {
		return fmt.Sprintf("%s pr. %s", most, said(unitWords, unit))
	}
	return fmt.Sprintf("%s pr. %s %s", most, n, said(unitWords, unit))
}

func (d *Drug) mark(level, text string) { d.Marks = append(d.Marks, Mark{level, text}) }
