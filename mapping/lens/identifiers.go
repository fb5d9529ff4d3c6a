// Package lens holds the named algorithms that rules may call, each a pure
// function from one spelling of a value to another.
package lens

import "strings"

// CPR returns a CPR number as ten digits and whether it can be one: ten digits
// (a hyphen after the sixth is dropped) of which the first four are a day and
// a month. There is no modulus 11 in it: numbers without one have been given
// out since 2007 (domain.md §5).
func CPR(value string) (string, bool) {
	if len(value) == 11 && value[6] == '-' {
		value = value[:6] + value[7:]
	}
	if len(value) != 10 || strings.Trim(value, "0123456789") != "" {
		return "", false
	}
	day, month := number(value[:2]), number(value[2:4])
	return value, month >= 1 && month <= 12 && day >= 1 && day <= days(2000, month) // in some year
}
