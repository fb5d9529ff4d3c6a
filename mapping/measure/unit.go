package measure

import (
	"math/big"
	"strconv"

	"tolk/mapping"
)

// Unit is a unit of the closed table units.csv.
type Unit struct {
	Code      string // UCUM's code, case and all
	Dimension string // units of one dimension convert, others do not
	Symbol    string // how it is printed for a Danish reader: the code where there is no other

	factor, offset *big.Rat // base = value * factor + offset
}

// UnitOf returns the unit that text names: its UCUM code, its printed symbol or
// another accepted spelling. They are told apart by case, as UCUM's codes are.
// What is not in the table ("stk") is no unit to compute with.
func UnitOf(text string) (Unit, bool) {
	u, ok := tables().units[text]
	return u, ok
}

// StrengthUnit returns the unit that a code of FMK's unit table (Medicinpriser,
// LMS15) names. Only codes that published material proves are here; for another
// one the unit text that FMK sends beside it may be tried with UnitOf.
func StrengthUnit(code string) (Unit, bool) {
	u, ok := tables().strengths[code]
	return u, ok
}

// Convert writes a value in another unit of the same dimension, exactly: there
// is no floating point in it, and a value that no decimal number can express in
// the target (1/3) is refused instead of rounded. The units are named as for
// UnitOf.
//
// Between units that differ by a power of ten the point moves and every digit
// stays, so that the precision stays: 169 cm is 1.69 m, 1.690 m is 169.0 cm. A
// point that would move beyond the digits gets zeros (1.7 m is 170 cm): only
// there does the way back not give the same text, though always the same value.
// A number with an exponent keeps it, counted up or down. Where only a constant
// is added (Cel, K) no decimal is dropped. By any other factor ([lb_av], h) the
// result has the decimals that its exact value takes.
//
// The errors are Value (no number, or not exact in the target), TooLong, and
// CodeInvalid (a unit that is not in the table, or of another dimension). They
// quote neither value nor unit, and have no path: the caller knows it.
func Convert(value, from, to string) (string, error) {
	d, err := parseDecimal(value)
	if err != nil {
		return "", err
	}
	source, target, err := pair(from, to)
	if err != nil {
		return "", err
	}
	if source.Code == target.Code {
		return value, nil
	}
	ratio, constant := between(source, target)
	k, decimalRatio := tens(ratio)
	if decimalRatio && constant.Sign() == 0 {
		if d = d.shift(k); max(d.exp, -d.exp) > maxExponent {
			return "", &mapping.Error{Kind: mapping.TooLong, Message: "value: its exponent in " + target.Code + " would be beyond " + strconv.Itoa(maxExponent)}
		}
		return d.String(), nil
	}
	y := d.rat()
	y.Add(y.Mul(y, ratio), constant)
	n, exact := places(y)
	if !exact {
		return "", &mapping.Error{Kind: mapping.Value, Message: "value: no decimal number says exactly this in " + target.Code + "; it is not rounded"}
	}
	if decimalRatio {
		n = max(n, len(d.frac)-d.exp-k)
	}
	return y.FloatString(n), nil
}

// pair looks two units up, which must be of one dimension.
func pair(from, to string) (source, target Unit, err error) {
	source, known := UnitOf(from)
	target, knownToo := UnitOf(to)
	switch {
	case !known || !knownToo:
		err = &mapping.Error{Kind: mapping.CodeInvalid, Message: "unit: not in the table of units; a UCUM code is accepted, as in mmol/L"}
	case source.Dimension != target.Dimension:
		err = &mapping.Error{Kind: mapping.CodeInvalid, Message: "unit: " + source.Code + " (" + source.Dimension + ") is not converted to " + target.Code + " (" + target.Dimension + ")"}
	}
	return source, target, err
}

// Fits reports whether a value in the unit that text names can be one of the
// item: it converts to the item's unit, and exactly. A number without a unit fits
// what is only counted, and so does one of points, which are no unit of the table.
// Where no value is given, only the unit is asked about.
func (i Item) Fits(value, unit string) bool {
	if i.Unit == "" {
		return true
	}
	own, _ := UnitOf(i.Unit)
	u, ok := UnitOf(unit)
	if !ok {
		return own.Code == "1" && (unit == "" || i.Kind == Integer)
	}
	if u.Dimension != own.Dimension || value == "" {
		return u.Dimension == own.Dimension
	}
	_, err := Convert(value, unit, i.Unit)
	return err == nil
}

// Defined reports whether a code says what unit its value is in: those of NPU
// and of MedCom (DNK, MCS) do, those of LOINC and SNOMED CT say no more than
// what was measured.
func Defined(c mapping.Coding) bool {
	if len(c.Code) < 3 {
		return false
	}
	switch c.Code[:3] {
	case "NPU", "DNK", "MCS":
		return true
	}
	return false
}

// between returns what to multiply by and then to add.
func between(source, target Unit) (ratio, constant *big.Rat) {
	ratio = new(big.Rat).Quo(source.factor, target.factor)
	constant = new(big.Rat).Sub(source.offset, target.offset)
	return ratio, constant.Quo(constant, target.factor)
}
