package redact

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tolk/mapping"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// The public test persons of MedCom, in the order that persons become them, and
// the test numbers of who has none: an X-eCPR and a D-eCPR.
var (
	testPersons = []string{"2509479989", "1509819996", "2311143995"}
	testNumbers = map[byte]string{'1': "0703921VJ4", '0': "0703925VJ4"}
)

var (
	uuidShape    = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	cprShape     = regexp.MustCompile(`^\d{6}[- ]?\d{4}$`)
	tokenShape   = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b\d{6}-\d{4}\b|\b\d{6}[0125-7][A-Z]{2}\d\b|[\p{L}\p{N}]+`)
	partOfNumber = regexp.MustCompile(`\d{4,}`)
	anyOther     = regexp.MustCompile(`(^|[^\pL\pN])\d{6}[01567][A-Z]{2}\d($|[^\pL\pN])`)
	otherNumber  = regexp.MustCompile(`^\d{6}[01567][A-Z]{2}\d$`)
)

// personal reports whether a text could be the number of a person or a phone: it
// has eight or ten digits in a row, or six and four, or is a replacement number.
func personal(text string) bool {
	if anyOther.MatchString(text) {
		return true
	}
	run := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run++
			continue
		}
		if run == 8 || run == 10 || run == 6 && i+5 <= len(text) && (text[i] == '-' || text[i] == ' ') && cprShape.MatchString(text[i-6:i+5]) {
			return true
		}
		run = 0
	}
	return false
}

// person returns the test person that a number of a person becomes, written as the
// number is, and false for what is no such number. It is an error that there are
// more persons than test persons.
func (s *session) person(d *tree.Doc, n tree.ID, number string) (string, bool, error) {
	if other, ok, err := s.other(d, n, number); ok || err != nil {
		return other, ok, err
	}
	ten, err := lens.CPRNumber(number)
	if err != nil {
		return "", false, nil
	}
	at := s.known(ten)
	if at < 0 {
		if len(s.persons) == len(testPersons) {
			return "", false, s.fault(mapping.NotSupported, d, n, "a fourth person with a number; there are three public test persons to stand for them, so a document about more is not redacted: take the others out first")
		}
		at, s.persons = len(s.persons), append(s.persons, ten)
	}
	test := testPersons[at]
	if len(number) == len("ddmmyy-nnnn") {
		test = test[:6] + number[6:7] + test[6:]
	}
	return test, true, nil
}

// other is person for a replacement number.
func (s *session) other(d *tree.Doc, n tree.ID, number string) (string, bool, error) {
	of := byte('0')
	if _, err := lens.XECPR(number); err == nil {
		of = '1'
	} else if _, err := lens.DECPR(number); err != nil {
		return "", false, nil
	}
	test := testNumbers[of]
	if before, ok := s.others[test]; ok && before != number {
		return "", false, s.fault(mapping.NotSupported, d, n, "a second person with a replacement number; there is one public test number to stand for it, so a document about more is not redacted: take the others out first")
	}
	s.others[test] = number
	return test, true, nil
}

// known returns which person has a number, -1 if none was met.
func (s *session) known(ten string) int {
	for i, p := range s.persons {
		if p == ten {
			return i
		}
	}
	return -1
}

// birthOf returns the birth date of the test person that a number becomes.
func (s *session) birthOf(number string) string {
	if ten, ok := lens.CPR(number); ok {
		if at := s.known(ten); at >= 0 {
			date, _ := lens.BirthDate(testPersons[at])
			return date
		}
	}
	if otherNumber.MatchString(number) {
		return "1992-03-07"
	}
	date, _ := lens.BirthDate(testPersons[0])
	return date
}

// identifier returns what stands for an identifier: part by part, what is between
// them kept, so that a number is the same alone and in a longer one.
func (s *session) identifier(text string) string {
	s.meet(text)
	if s.pass == reading && utf8.RuneCountInString(text) > 3 {
		s.idents[text] = true
	}
	return tokenShape.ReplaceAllStringFunc(text, s.token)
}

// token returns what stands for one part of an identifier.
func (s *session) token(part string) string {
	if cprShape.MatchString(part) {
		if ten, ok := lens.CPR(part); ok && s.known(ten) >= 0 {
			test := testPersons[s.known(ten)]
			if len(part) > 10 {
				test = test[:6] + part[6:7] + test[6:]
			}
			return test
		}
	}
	if otherNumber.MatchString(part) {
		for test, number := range s.others {
			if number == part {
				return test
			}
		}
	}
	if uuidShape.MatchString(part) {
		return s.uuid(part)
	}
	digits := strings.Trim(part, "0123456789") == ""
	if digits {
		return s.number(part)
	}
	hex := len(part) >= 16 && strings.Trim(part, "0123456789abcdef") == ""
	return s.standIn("id", part, func(from *stream) string {
		var b strings.Builder
		for _, r := range part {
			b.WriteByte(alike(r, hex, from))
		}
		return b.String()
	})
}

// uuid returns another UUID, of the same version and in the same case.
func (s *session) uuid(old string) string {
	lower := strings.ToLower(old)
	chosen := s.standIn("uuid", lower, func(from *stream) string {
		b := []byte(lower)
		for i := range b {
			if b[i] != '-' && i != 14 && i != 19 {
				b[i] = "0123456789abcdef"[from.below(16)]
			}
		}
		return string(b)
	})
	if old != lower {
		return strings.ToUpper(chosen)
	}
	return chosen
}

// number returns another number of as many digits, with the zeros it begins with. A
// location number and a CVR number stay as valid, or as wrong, as they are.
func (s *session) number(old string) string {
	rest := strings.TrimLeft(old, "0")
	if rest == "" {
		return old
	}
	if vocabulary["municipality"][rest] {
		return old[:len(old)-len(rest)] + s.municipality(rest)
	}
	gln, cvr := valid(lens.GLN, old), valid(lens.CVR, old)
	zeros := old[:len(old)-len(rest)]
	return zeros + s.standIn("number", rest, func(from *stream) string {
		b := digitsOf(len(rest), from)
		if len(old) == 13 && strings.HasPrefix(old, "57") {
			copy(b, "57999")
		}
		new := string(b)
		for n := 0; n < 1000; n++ {
			whole := zeros + new
			if valid(lens.GLN, whole) == gln && valid(lens.CVR, whole) == cvr && !cprLike(whole) && !birthLike(whole) && new != rest {
				break
			}
			if len(old) == 13 {
				new = new[:12] + string(rune('0'+n%10))
				continue
			}
			new = string(digitsOf(len(rest), from))
		}
		return new
	})
}

// municipality returns the number of another municipality: with a rare diagnosis the one
// that somebody lives in can tell who it is.
func (s *session) municipality(old string) string {
	all := slices.Sorted(maps.Keys(vocabulary["municipality"]))
	return s.standIn("number", old, func(from *stream) string {
		for {
			if new := all[from.below(len(all))]; new != old {
				return new
			}
		}
	})
}

func valid(check func(string) (string, error), text string) bool {
	_, err := check(text)
	return err == nil
}

// cprLike reports whether ten digits begin with a day and a month, the day of a
// replacement number too.
func cprLike(text string) bool {
	if len(text) != 10 {
		return false
	}
	day, month := int(text[0]-'0')*10+int(text[1]-'0'), int(text[2]-'0')*10+int(text[3]-'0')
	if day > 60 {
		day -= 60
	}
	return day >= 1 && day <= 31 && month >= 1 && month <= 12
}

// birthLike reports whether six digits are a day, a month and a year: the first half
// of the number of a person.
func birthLike(text string) bool {
	return len(text) == 6 && strings.Trim(text, "0123456789") == "" && cprLike(text+"0000")
}

// digitsOf returns n digits, the first not 0.
func digitsOf(n int, from *stream) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + from.below(10))
	}
	if b[0] == '0' {
		b[0] = byte('1' + from.below(9))
	}
	return b
}

// alike returns a character of the same kind.
func alike(r rune, hex bool, from *stream) byte {
	switch {
	case hex:
		return "0123456789abcdef"[from.below(16)]
	case r >= '0' && r <= '9':
		return byte('0' + from.below(10))
	case r >= 'A' && r <= 'Z': // no vowel, which an authorisation number has none of
		return "BCDFGHJKLMNPQRSTVWXYZ"[from.below(21)]
	}
	return byte('a' + from.below(26))
}

// phoneShape is one of the numbers that stand in one field.
var phoneShape = regexp.MustCompile(`[^/,;|]+`)

// phone returns numbers that nobody has: no Danish number begins with a 1.
func (s *session) phone(old string) string {
	s.meet(old)
	if !strings.ContainsAny(old, "0123456789") {
		return s.text(old)
	}
	return phoneShape.ReplaceAllStringFunc(old, s.onePhone)
}

// onePhone is phone for one number, and for more that nothing parts, eight digits at
// a time. The code of a country is kept where it is said to be one.
func (s *session) onePhone(old string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, old)
	if digits == "" {
		return s.text(old)
	}
	country := ""
	if lead := len(digits) - 8; lead > 0 && (lead <= 3 && strings.HasPrefix(strings.TrimLeft(old, " ("), "+") || lead <= 5 && strings.HasPrefix(digits, "00")) {
		country, digits = digits[:lead], digits[lead:]
	}
	new := ""
	for digits != "" {
		own := digits[max(0, len(digits)-8):]
		digits = digits[:len(digits)-len(own)]
		new = s.standIn("phone", own, func(from *stream) string {
			b := digitsOf(len(own), from)
			b[0] = '1'
			return string(b)
		}) + new
	}
	if strings.Trim(old, "0123456789+-. ()") != "" {
		return new // it says more than a number
	}
	b, at := []byte(old), 0
	for i, c := range b {
		if c >= '0' && c <= '9' {
			b[i] = (country + new)[at]
			at++
		}
	}
	return string(b)
}
