package measure

import (
	"math/big"
	"strconv"
	"strings"

	"tolk/mapping"
)

// The limits of a number: longer ones are no measurement, and an exponent of
// many digits is a small text that asks for much memory.
const (
	maxDigits   = 64
	maxExponent = 99
)

// decimal is a number as it was written: its digits, where its point stands,
// and how its exponent is marked.
type decimal struct {
	sign        string // "-" or empty
	whole, frac string
	mark        string // "e", "E", with "+" where it had one; empty without exponent
	exp         int
}

// parseDecimal reads a decimal of FHIR R4, which is a number of JSON. It is an
// error of the kind Value for anything else, and TooLong beyond the limits; the
// message says what is accepted and never quotes the text.
func parseDecimal(text string) (decimal, error) {
	var d decimal
	if len(text) > maxDigits {
		return d, &mapping.Error{Kind: mapping.TooLong, Message: "value: at most " + strconv.Itoa(maxDigits) + " characters are accepted in a number"}
	}
	rest := text
	if strings.HasPrefix(rest, "-") {
		d.sign, rest = "-", rest[1:]
	}
	d.whole, rest = digits(rest)
	if strings.HasPrefix(rest, ".") {
		d.frac, rest = digits(rest[1:])
		if d.frac == "" {
			return d, notDecimal(text)
		}
	}
	if d.whole == "" || len(d.whole) > 1 && d.whole[0] == '0' {
		return d, notDecimal(text)
	}
	if rest == "" {
		return d, nil
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return d, notDecimal(text)
	}
	d.mark, rest = rest[:1], rest[1:]
	negative := strings.HasPrefix(rest, "-")
	if negative || strings.HasPrefix(rest, "+") {
		if !negative {
			d.mark += "+"
		}
		rest = rest[1:]
	}
	power, after := digits(rest)
	if power == "" || after != "" {
		return d, notDecimal(text)
	}
	n, err := strconv.Atoi(power)
	if err != nil || n > maxExponent {
		return d, &mapping.Error{Kind: mapping.TooLong, Message: "value: an exponent of at most " + strconv.Itoa(maxExponent) + " is accepted"}
	}
	if d.exp = n; negative {
		d.exp = -n
	}
	return d, nil
}

// digits splits off the decimal digits that text begins with.
func digits(text string) (head, rest string) {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return text[:i], text[i:]
}

func notDecimal(text string) error {
	message := "value: expected a decimal number, as in 1.5"
	if strings.Contains(text, ",") {
		message = "value: expected a decimal number with a point, as in 1.5; a comma is not accepted"
	}
	return &mapping.Error{Kind: mapping.Value, Message: message}
}

// Number returns the exact value of a decimal number. The errors are those of
// Convert about a value; the caller knows the path, and adds it.
func Number(text string) (*big.Rat, error) {
	d, err := parseDecimal(text)
	if err != nil {
		return nil, err
	}
	return d.rat(), nil
}

// rat is the value. The digits were checked when they were read.
func (d decimal) rat() *big.Rat {
	n, _ := new(big.Int).SetString(d.sign+d.whole+d.frac, 10)
	return new(big.Rat).Mul(new(big.Rat).SetInt(n), power(d.exp-len(d.frac)))
}

// unit is one unit of the last digit that is written.
func (d decimal) unit() *big.Rat { return power(d.exp - len(d.frac)) }

// power returns ten to the n.
func power(n int) *big.Rat {
	p := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
	if n < 0 {
		p.Inv(p)
	}
	return p
}

// shift multiplies by ten to the k: it moves the point, or counts the exponent
// up where there is one. No digit is lost, and none is added but the zeros that
// a point needs beside it.
func (d decimal) shift(k int) decimal {
	if d.mark != "" {
		d.exp += k
		return d
	}
	if k > 0 {
		d.frac += strings.Repeat("0", max(k-len(d.frac), 0))
		d.whole, d.frac = d.whole+d.frac[:k], d.frac[k:]
	} else {
		d.whole = strings.Repeat("0", max(1-k-len(d.whole), 0)) + d.whole
		point := len(d.whole) + k
		d.whole, d.frac = d.whole[:point], d.whole[point:]+d.frac
	}
	if d.whole = strings.TrimLeft(d.whole, "0"); d.whole == "" {
		d.whole = "0"
	}
	return d
}

// String writes the number.
func (d decimal) String() string {
	var b strings.Builder
	b.WriteString(d.sign)
	b.WriteString(d.whole)
	if d.frac != "" {
		b.WriteString(".")
		b.WriteString(d.frac)
	}
	if d.mark != "" {
		mark := d.mark
		if d.exp < 0 {
			mark = mark[:1] // the sign of the exponent is its own
		}
		b.WriteString(mark)
		b.WriteString(strconv.Itoa(d.exp))
	}
	return b.String()
}

// tens returns n where r is ten to the n.
func tens(r *big.Rat) (n int, ok bool) {
	text, sign := r.Num().String(), 1
	if !r.IsInt() {
		text, sign = r.Denom().String(), -1
		if r.Num().String() != "1" {
			return 0, false
		}
	}
	if text[0] != '1' || strings.Trim(text[1:], "0") != "" {
		return 0, false
	}
	return sign * (len(text) - 1), true
}

// places returns how many decimals r takes to be written exactly, false if no
// number of them is enough: its denominator has a prime other than 2 and 5.
func places(r *big.Rat) (n int, ok bool) {
	left := new(big.Int).Set(r.Denom())
	count := func(prime int64) (times int) {
		p, rem := big.NewInt(prime), new(big.Int)
		for {
			q, _ := new(big.Int).QuoRem(left, p, rem)
			if rem.Sign() != 0 {
				return times
			}
			left = q
			times++
		}
	}
	n = max(count(2), count(5))
	return n, left.IsInt64() && left.Int64() == 1
}
