package fmk

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// yes is an element that says something by being there.
func yes(string) (string, string) { return "true", "" }

// token is a code, which in FHIR begins and ends with no white space, without quotes.
func token(text string) (string, string) { return strings.TrimSpace(text), "" }

// day is a day. XML Schema allows a zone after it, FHIR does not.
func day(text string) (string, string) {
	const expected = "expected a day that the calendar has, such as 2026-01-10"
	text = strings.TrimSpace(text)
	if len(text) < 10 {
		return "", expected
	}
	day, zone := text[:10], text[10:]
	if zone == "" {
		zone = "Z"
	}
	if _, err := lens.DateTime(day + "T00:00:00" + zone); err != nil {
		return "", expected
	}
	return day, ""
}

// stamp is a day and a time. Where the sender states no zone, FHIR takes the
// day only.
func stamp(text string) (string, string) {
	text = strings.TrimSpace(text)
	if _, err := lens.Instant(text); err == nil {
		return text, ""
	}
	if _, err := lens.Instant(text + "Z"); err == nil {
		return text[:10], ""
	}
	return "", "expected a day, a time and a zone, such as 2026-01-10T09:30:47Z"
}

// instant is a stamp with a zone, and nothing where there is none.
func instant(text string) (string, string) {
	at, expected := stamp(text)
	if len(at) == len("2026-01-10") {
		return "", ""
	}
	return at, expected
}

// number is a decimal of XML Schema as one of JSON, every digit kept.
func number(text string) (string, string) {
	const expected = "expected a number with a point and no comma, such as 1.5"
	text = strings.TrimSpace(text)
	text = strings.TrimPrefix(text, "+")
	whole, fraction, _ := strings.Cut(text, ".")
	if whole == "" && fraction == "" || !digits(whole) || !digits(fraction) {
		return "", expected
	}
	for len(whole) > 1 && whole[0] == '0' {
		text, whole = text[1:], whole[1:]
	}
	switch {
	case whole == "":
		return "0" + text, ""
	case fraction == "":
		return whole, ""
	}
	return text, ""
}

// digits reports whether there is nothing but digits in text.
func digits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// count is a whole number.
func count(text string) (string, string) {
	raw, expected := number(text)
	if expected != "" || strings.Contains(raw, ".") {
		return "", "expected a whole number"
	}
	return raw, ""
}

// clock is a time of day.
func clock(text string) (string, string) {
	text = strings.TrimSpace(text)
	if _, err := lens.Time(text); err != nil {
		return "", "expected a time of day with seconds and without a zone, such as 08:00:00"
	}
	return text, ""
}

// among returns a value that writes what a table has for a text, and nothing
// for any other.
func among(table map[string]string) value {
	quoted := make(map[string]string, len(table))
	for text, to := range table {
		quoted[text] = tree.Quote(to)
	}
	return func(text string) (string, string) { return quoted[text], "" }
}

// outside returns a value that is a text as it stands, without quotes, unless the
// table has it.
func outside(table map[string]string) value {
	return func(text string) (string, string) {
		if _, ok := table[text]; ok {
			return "", ""
		}
		return text, ""
	}
}

// checked are the elements of the card whose values must be what XML Schema says
// wherever they stand, since a wrong one read in another way could be a dose.
var checked = map[string]value{
	"Quantity": number, "MinimumQuantity": number, "MaximumQuantity": number, "DoseQuantity": number,
	"FromValue": number, "MaximumDailyDose": number, "Value": number,
	"InfusionRate": number, "MinimumInfusionRate": number, "MaximumInfusionRate": number,
	"Duration": count, "MinimumDuration": count, "MaximumDuration": count, "MinimumDurationBetweenDoses": count,
	"TimesPerDay": count, "IterationInterval": count, "Index": count, "PeriodLength": count, "MinimumDaysBetweenEpisodes": count,
	"BirthDate": day, "TreatmentStartDate": day, "TreatmentEndDate": day, "ValidFrom": day, "CalculatedEndDate": day,
	"StartDate": day, "FromDate": day, "ToDate": day, "ActiveSince": day,
	"DateTime": stamp, "FromDateTime": stamp, "ToDateTime": stamp, "AdministrationDateTime": stamp,
}

// check refuses a card in which one of these is anything else.
func check(doc *tree.Doc, root tree.ID, e *edition) error {
	type demand struct {
		known, aside bool
		how          value  // nil: none
		passed       string // what was found to be so last: the lines of a card are much alike
	}
	demands := make([]demand, doc.Names()) // by name
	for n, end := root, doc.End(root); n < end; n++ {
		d := &demands[doc.Name(n)]
		if !d.known {
			d.known = true
			if e.spaces[doc.Space(n)] {
				d.aside, d.how = e.aside[doc.RawKey(n)], e.checked[doc.RawKey(n)]
			}
		}
		if d.aside {
			n = doc.End(n) - 1
			continue
		}
		if doc.Kind(n) != tree.String {
			continue
		}
		if doc.Name(n) == tree.TextName {
			d = &demands[doc.Name(doc.Parent(n))]
		}
		if d.how == nil {
			continue
		}
		text := doc.Text(n)
		if text != "" && text == d.passed {
			continue
		}
		if _, expected := d.how(text); expected != "" {
			return &mapping.Error{Kind: mapping.Value, Path: doc.Path(n), Message: expected, Value: text}
		}
		d.passed = text
	}
	return nil
}
