package measure

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
)

func TestConvert(t *testing.T) {
	for _, tt := range []struct{ value, from, to, want string }{ // no want: refused
		{"169", "cm", "m", "1.69"},
		{"1.690", "m", "cm", "169.0"},
		{"1.69", "m", "cm", "169"},
		{"1.7", "m", "cm", "170"},
		{"170", "cm", "m", "1.70"},
		{"0", "cm", "m", "0.00"},
		{"0.05", "m", "cm", "5"},
		{"5", "cm", "m", "0.05"},
		{"-0.5", "m", "cm", "-50"},
		{"80.0", "kg", "g", "80000"},
		{"80.00", "kg", "kg", "80.00"},
		{"80", "kg", "kilogram", "80"},
		{"0.1", "kg", "mg", "100000"},
		{"1.50e2", "cm", "m", "1.50e0"},
		{"1.5E+2", "m", "cm", "1.5E+4"},
		{"1.5E+2", "m", "mm", "1.5E+5"},
		{"15e-1", "m", "cm", "15e1"},
		{"98", "%", "1", "0.98"},
		{"0.975", "1", "%", "97.5"},
		{"37.0", "Cel", "K", "310.15"},
		{"37.125", "Cel", "K", "310.275"},
		{"36.85", "°C", "K", "310.00"},
		{"98.6", "[degF]", "Cel", "37"},
		{"100", "[degF]", "Cel", ""}, // 37.777…
		{"37.5", "Cel", "[degF]", "99.5"},
		{"150", "[lb_av]", "kg", "68.0388555"},
		{"70", "kg", "[lb_av]", ""},
		{"70", "[in_i]", "cm", "177.8"},
		{"1.5", "h", "min", "90"},
		{"90", "min", "h", "1.5"},
		{"20", "min", "h", ""}, // 1/3
		{"120", "mmHg", "mm[Hg]", "120"},
		{"72", "slag/minut", "/min", "72"},
		{"72", "1/min", "{beats}/min", "72"},
		{"8.1", "10^9/L", "10*9/L", "8.1"},
		{"85", "µmol/L", "mmol/L", "0.085"},
		{"7.8", "mmol/l", "mmol/L", "7.8"},
		{"48", "mmol/mol", "%", ""}, // HbA1c in the two units is no proportion
		{"7.1", "mmol/L", "g/L", ""},
		{"1", "stk", "g", ""},
		{"1", "Mg", "g", ""},
		{"1", "", "g", ""},
		{"1,5", "m", "cm", ""},
		{"1.", "m", "cm", ""}, {".5", "m", "cm", ""}, {"+1", "m", "cm", ""}, {"01", "m", "cm", ""}, {"-", "m", "cm", ""},
		{"1e", "m", "cm", ""}, {"1e+", "m", "cm", ""}, {"1e5x", "m", "cm", ""}, {"0x1", "m", "cm", ""}, {"1_0", "m", "cm", ""},
		{"1 ", "m", "cm", ""}, {" 1", "m", "cm", ""}, {"1.5.5", "m", "cm", ""}, {"", "m", "cm", ""}, {"NaN", "m", "cm", ""}, {"١", "m", "cm", ""},
		{"1e99", "m", "cm", ""}, {"1e100", "m", "cm", ""}, {"1e999999999999", "m", "cm", ""}, {"1e-100", "m", "cm", ""},
		{strings.Repeat("9", 64), "m", "mm", strings.Repeat("9", 64) + "000"},
		{strings.Repeat("9", 65), "m", "mm", ""},
	} {
		got, err := Convert(tt.value, tt.from, tt.to)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s %s in %s: got %q, %v, want %q", tt.value, tt.from, tt.to, got, err, tt.want)
		}
	}
}

func TestErrorsOfNumbers(t *testing.T) {
	for value, want := range map[string]string{
		"1,5":   "value: expected a decimal number with a point, as in 1.5; a comma is not accepted",
		"tolv":  "value: expected a decimal number, as in 1.5",
		"1e777": "value: an exponent of at most 99 is accepted",
	} {
		_, err := Convert(value, "m", "cm")
		var e *mapping.Error
		if !errors.As(err, &e) || e.Error() != want || e.Value != "" || strings.Contains(e.Error(), value) {
			t.Errorf("%s: got %v, want %s", value, err, want)
		}
	}
	if _, err := Convert("777", "2509479989", "cm"); err == nil || strings.Contains(err.Error(), "2509479989") || strings.Contains(err.Error(), "777") {
		t.Errorf("the error quotes what came in: %v", err)
	}
}

// number draws decimals, with and without an exponent.
func number(t *rapid.T) string {
	return rapid.OneOf(
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,7})(\.[0-9]{1,8})?`),
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,4})?[eE]\+?[1-9]?[0-9]`),
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,4})?[eE]-[1-4]?[1-9]`),
	).Draw(t, "number")
}

// alike draws two units of one dimension.
func alike(t *rapid.T) (a, b Unit) {
	codes := unitCodes()
	a = tables().units[rapid.SampledFrom(codes).Draw(t, "a")]
	var same []string
	for _, code := range codes {
		if tables().units[code].Dimension == a.Dimension {
			same = append(same, code)
		}
	}
	return a, tables().units[rapid.SampledFrom(same).Draw(t, "b")]
}

func unitCodes() (codes []string) {
	for name, u := range tables().units {
		if name == u.Code {
			codes = append(codes, name)
		}
	}
	sortStrings(codes)
	return codes
}

// base is the value in the base of the dimension, by the arithmetic that the
// table promises and by no other way.
func base(t *rapid.T, text string, u Unit) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r.Add(r.Mul(r, u.factor), u.offset)
}

// There and back again: the value is always the same, and so is its text unless
// the first way had to fill up with zeros or went by another factor than ten.
func TestConvertThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := number(t)
		a, b := alike(t)
		there, err := Convert(text, a.Code, b.Code)
		if err != nil {
			ratio, constant := between(a, b)
			y := base(t, text, Unit{factor: ratio, offset: constant})
			_, exact := places(y)
			if _, isTen := tens(ratio); exact && !(isTen && strings.ContainsAny(text, "eE")) {
				t.Fatalf("%s %s is exact in %s and refused: %v", text, a.Code, b.Code, err)
			}
			return
		}
		if !json.Valid([]byte(there)) {
			t.Fatalf("%s %s: %q is no number", text, a.Code, there)
		}
		if x, y := base(t, text, a), base(t, there, b); x.Cmp(y) != 0 {
			t.Fatalf("%s %s is not %s %s", text, a.Code, there, b.Code)
		}
		back, err := Convert(there, b.Code, a.Code)
		if err != nil {
			if len(there) > maxDigits {
				return // grew beyond what is read
			}
			t.Fatalf("%s %s does not go back to %s: %v", there, b.Code, a.Code, err)
		}
		x, _ := new(big.Rat).SetString(text)
		if y, _ := new(big.Rat).SetString(back); x.Cmp(y) != 0 {
			t.Fatalf("%s came back as %s", text, back)
		}
		ratio, constant := between(a, b)
		k, isTen := tens(ratio)
		d, _ := parseDecimal(text)
		if isTen && constant.Sign() == 0 && d.mark == "" && k <= len(d.frac) && back != text {
			t.Fatalf("%s came back as %s", text, back)
		}
	})
}

// A number is a number of JSON, no more and no less, within the limits.
func FuzzNumber(f *testing.F) {
	for _, text := range []string{"1.5", "1,5", "-0", "1e5", "1E+05", "00", "1.", "١", "12345678901234567890.5e-7"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Number(text)
		if err != nil {
			var e *mapping.Error
			if !errors.As(err, &e) || e.Value != "" || e.Err != nil || r != nil {
				t.Fatalf("%q: got %v, %#v", text, r, err)
			}
			if e.Kind == mapping.TooLong {
				return
			}
		}
		want := json.Valid([]byte(text)) && text == strings.TrimSpace(text) && strings.IndexAny(text, "-0123456789") == 0
		if (err == nil) != want {
			t.Fatalf("%q: got %v, want accepted %t", text, err, want)
		}
		if err != nil {
			return
		}
		if oracle, ok := new(big.Rat).SetString(text); !ok || oracle.Cmp(r) != 0 {
			t.Fatalf("%q: got %s", text, r)
		}
		if d, _ := parseDecimal(text); canonicalExponent(text) && d.String() != text {
			t.Fatalf("%q is written %q", text, d)
		}
	})
}

// canonicalExponent: e05 is read, and written e5.
func canonicalExponent(text string) bool {
	i := strings.IndexAny(text, "eE")
	if i < 0 {
		return true
	}
	power := strings.TrimLeft(text[i+1:], "+-")
	return power == "0" && !strings.Contains(text[i:], "-") || power[0] != '0'
}
