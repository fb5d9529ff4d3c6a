package readable

import (
	"math/big"
	"strings"
)

// decimal is what a FHIR decimal may look like to be compared and shown with a
// comma: digits, at most one point, no exponent. Longer ones are shown as
// written, and compared with nothing.
func decimal(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	return len(s) <= 40 && number(whole) && (!point || number(fraction))
}

func number(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// comma writes a measured value for Danish readers: the point becomes a comma,
// and every digit stays, because 5.00 was measured finer than 5. Where a point
// stood as in 10.000, a Dane would have read ten thousand.
func comma(s string) string {
	if !decimal(s) {
		return s
	}
	return strings.Replace(s, ".", ",", 1)
}

// dose writes a dose for Danish readers: a comma, and no zeros at the end of the
// decimals. FMK writes 10.000 for ten, and a zero after the comma is how a dose
// is read ten or a thousand times too large. The number is the same.
func dose(s string) string {
	if !decimal(s) {
		return s
	}
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return comma(s)
}

// compare compares two decimals exactly; ok is false when one of them is none.
func compare(a, b string) (sign int, ok bool) {
	if !decimal(a) || !decimal(b) {
		return 0, false
	}
	x, ok1 := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	return x.Cmp(y), true
}

// arrows show which way a value went, by the sign of a comparison.
var arrows = map[int]string{-1: "↓", 0: "→", 1: "↑"}
