package lens

import (
	"strings"

	"tolk/mapping"
)

// The functions here check an identifier by the rules of its register and
// return it in its normal spelling. Their errors are of the kind Value, say
// what is accepted, and never quote the text: it may be a person. The caller
// knows the path, and adds it.

func refuse(message string) (string, error) {
	return "", &mapping.Error{Kind: mapping.Value, Message: message}
}

// decimals reports whether text is decimal digits only, and some.
func decimals(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != ""
}

// CPRNumber is CPR with an error, and with the century: the seventh digit and
// the year give it, so that 29 February is refused in a year without one. There
// is no modulus 11 in it, as in CPR.
func CPRNumber(text string) (string, error) {
	ten, ok := CPR(text)
	if !ok {
		return refuse("CPR number: expected ten digits beginning with a day and a month, with or without a hyphen after the sixth")
	}
	if _, ok := BirthDate(ten); !ok {
		return refuse("CPR number: expected a date of birth that exists, as its first seven digits say it")
	}
	return ten, nil
}

// BirthDate returns the date of birth that a CPR number says, as YYYY-MM-DD,
// false for what is no CPR number. The century follows CPR-kontoret's table of
// the seventh digit and the year.
func BirthDate(cpr string) (date string, ok bool) {
	ten, ok := CPR(cpr)
	if !ok {
		return "", false
	}
	seventh, year := ten[6], ten[4:6]
	century := "19"
	switch {
	case (seventh == '4' || seventh == '9') && year <= "36":
		century = "20"
	case seventh >= '5' && seventh <= '8' && year <= "57":
		century = "20"
	case seventh >= '5' && seventh <= '8':
		century = "18"
	}
	date = century + year + "-" + ten[2:4] + "-" + ten[:2]
	_, err := Date(date)
	return date, err == nil
}

// XECPR is a national replacement number: a date as in a CPR number, then 1 or
// 7, two capital letters and a digit. The century cannot be told from it.
func XECPR(text string) (string, error) {
	if !replacement(text, "17") {
		return refuse("X-eCPR: expected a day, a month and a year of two digits each, then 1 or 7, two capital letters A to Z and a digit")
	}
	return text, nil
}

// DECPR is a replacement number of a region: as XECPR, with 0, 5 or 6.
func DECPR(text string) (string, error) {
	if !replacement(text, "056") {
		return refuse("D-eCPR: expected a day, a month and a year of two digits each, then 0, 5 or 6, two capital letters A to Z and a digit")
	}
	return text, nil
}

func replacement(text, seventh string) bool {
	if len(text) != 10 || !decimals(text[:6]) || !decimals(text[9:]) || strings.IndexByte(seventh, text[6]) < 0 {
		return false
	}
	if _, ok := CPR(text[:6] + "0000"); !ok {
		return false
	}
	return text[7] >= 'A' && text[7] <= 'Z' && text[8] >= 'A' && text[8] <= 'Z'
}

// SOR is a number of the register of health care organisations: 11 digits or
// more.
func SOR(text string) (string, error) {
	if !decimals(text) || len(text) < 11 {
		return refuse("SOR: expected 11 digits or more")
	}
	return text, nil
}

// GLN is a location number: 13 digits, the last of them GS1's check digit.
func GLN(text string) (string, error) {
	if !decimals(text) || len(text) != 13 {
		return refuse("GLN: expected 13 digits")
	}
	if weighted(text, "1313131313131")%10 != 0 {
		return refuse("GLN: expected a number whose last digit is its check digit (modulus 10); a digit is wrong")
	}
	return text, nil
}

// CVR is a number of the register of businesses: 8 digits, by modulus 11.
func CVR(text string) (string, error) {
	if !decimals(text) || len(text) != 8 {
		return refuse("CVR: expected 8 digits")
	}
	if weighted(text, "27654321")%11 != 0 {
		return refuse("CVR: expected a number whose last digit is its check digit (modulus 11); a digit is wrong")
	}
	return text, nil
}

// weighted is the sum of the digits, each times its weight.
func weighted(text, weights string) (sum int) {
	for i := range len(text) {
		sum += int(text[i]-'0') * int(weights[i]-'0')
	}
	return sum
}

// Ydernummer is the number of a practice under the national health insurance:
// six digits, of which the leading zeros count. It is a text, and no number.
func Ydernummer(text string) (string, error) {
	if !decimals(text) || len(text) != 6 {
		return refuse("ydernummer: expected 6 digits, leading zeros included")
	}
	return text, nil
}

// Authorisation is the authorisation number of a health professional: five
// digits and letters without vowels, Y excepted, in capitals.
func Authorisation(text string) (string, error) {
	capital := strings.ToUpper(text)
	if len(text) != 5 || len(capital) != 5 || strings.Trim(capital, "0123456789BCDFGHJKLMNPQRSTVWXYZ") != "" {
		return refuse("authorisation: expected five characters, digits and letters other than A, E, I, O and U")
	}
	return capital, nil
}
