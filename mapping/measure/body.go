package measure

import (
	"math/big"

	"tolk/mapping"
)

// BMI returns the body mass index of a weight in kilograms and a height in
// metres, to one decimal, rounded half up from the exact quotient. It is an
// error of the kind Value where one of them is no number above zero.
func BMI(weightKg, heightM string) (string, error) {
	weight, err := positive("weight", weightKg)
	if err != nil {
		return "", err
	}
	height, err := positive("height", heightM)
	if err != nil {
		return "", err
	}
	index := weight.Quo(weight, height.Mul(height, height))
	return index.FloatString(1), nil // half away from zero, and it is above zero
}

func positive(what, text string) (*big.Rat, error) {
	r, err := Number(text)
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.Value, Message: what, Err: err}
	}
	if r.Sign() <= 0 {
		return nil, &mapping.Error{Kind: mapping.Value, Message: what + ": expected a number above 0"}
	}
	return r, nil
}

// SameBMI reports whether a stated index is the computed one, give or take one
// unit of the stated last digit: who states 28 or 28.1 may have cut or rounded.
// An index stated with more decimals than the computed one has is held to the
// last digit of the computed one. It is an error where one is no number.
func SameBMI(stated, computed string) (bool, error) {
	s, err := parseDecimal(stated)
	if err != nil {
		return false, err
	}
	c, err := parseDecimal(computed)
	if err != nil {
		return false, err
	}
	tolerance := s.unit()
	if u := c.unit(); u.Cmp(tolerance) > 0 {
		tolerance = u
	}
	apart := new(big.Rat).Sub(s.rat(), c.rat())
	return apart.Abs(apart).Cmp(tolerance) <= 0, nil
}

// Plausible returns a warning where the value of an item lies outside what the
// table holds plausible, and nothing where it lies inside or the item has no
// bounds. The bounds are ours (a height of 17 m is a slip of the point); they
// are no reference range, and a value outside them is reported, never changed.
// An empty unit is that of the item. The error is one of a number or a unit, as
// for Convert.
func Plausible(i Item, value, unit string) (warning string, err error) {
	r, err := Number(value)
	if err != nil || i.Low == "" {
		return "", err
	}
	in := i.Unit
	if in == "" {
		in = "1" // a score
	}
	if unit != "" && unit != in {
		source, target, err := pair(unit, in)
		if err != nil {
			return "", err
		}
		ratio, constant := between(source, target)
		r.Add(r.Mul(r, ratio), constant)
	}
	low, high := tables().bounds[i.Name][0], tables().bounds[i.Name][1]
	if r.Cmp(low) >= 0 && r.Cmp(high) <= 0 {
		return "", nil
	}
	symbol := ""
	if u, ok := UnitOf(i.Unit); ok && u.Code != "1" {
		symbol = " " + u.Symbol
	}
	return i.Name + ": outside what is plausible, " + i.Low + " to " + i.High + symbol, nil
}
