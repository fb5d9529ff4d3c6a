package lens

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
)

// checks are the identifiers and times that are checked with an error.
var checks = map[string]func(string) (string, error){
	"CPRNumber": CPRNumber, "XECPR": XECPR, "DECPR": DECPR, "SOR": SOR, "GLN": GLN, "CVR": CVR,
	"Ydernummer": Ydernummer, "Authorisation": Authorisation,
	"Date": Date, "DateTime": DateTime, "Instant": Instant, "Time": Time,
}

func TestRegisters(t *testing.T) {
	for _, tt := range []struct{ check, in, want string }{ // no want: refused
		{"CPRNumber", "2509479989", "2509479989"},
		{"CPRNumber", "250947-9989", "2509479989"},
		{"CPRNumber", "1509819996", "1509819996"},
		{"CPRNumber", "2311143995", "2311143995"},
		{"CPRNumber", "2902000000", ""}, // 1900 had no 29 February
		{"CPRNumber", "2902004000", "2902004000"},
		{"CPRNumber", "3102004000", ""},
		{"CPRNumber", "0703921VJ4", ""},
		{"CPRNumber", "250947 9989", ""},
		{"CPRNumber", "２509479989", ""},
		{"XECPR", "0703921VJ4", "0703921VJ4"},
		{"XECPR", "0703927VJ4", "0703927VJ4"},
		{"XECPR", "0703920VJ4", ""},
		{"XECPR", "0703921vj4", ""},
		{"XECPR", "3102921VJ4", ""},
		{"XECPR", "07039211J4", ""},
		{"XECPR", "0703921V14", ""},
		{"XECPR", "0703921[J4", ""},
		{"XECPR", "0703921V[4", ""},
		{"XECPR", "0703921VJX", ""},
		{"XECPR", "2509479989", ""},
		{"DECPR", "0703920VJ4", "0703920VJ4"},
		{"DECPR", "0703925VJ4", "0703925VJ4"},
		{"DECPR", "0703926VJ4", "0703926VJ4"},
		{"DECPR", "0703921VJ4", ""},
		{"SOR", "52581000016005", "52581000016005"},
		{"SOR", "5258100001", ""},
		{"SOR", "5258100001600a", ""},
		{"SOR", "52581000016 05", ""},
		{"GLN", "5790001348120", "5790001348120"},
		{"GLN", "5790001348121", ""},
		{"GLN", "579000134812", ""},
		{"GLN", "579000134812:", ""}, // what stands ten after the digit 0
		{"CVR", "12345674", "12345674"},
		{"CVR", "12345675", ""},
		{"CVR", "1234567", ""},
		{"CVR", "1234567?", ""}, // what stands eleven after the digit 4
		{"Ydernummer", "012345", "012345"},
		{"Ydernummer", "12345", ""},
		{"Ydernummer", "0123456", ""},
		{"Ydernummer", "01234a", ""},
		{"Authorisation", "12345", "12345"},
		{"Authorisation", "bcd1y", "BCD1Y"},
		{"Authorisation", "ABCD1", ""},
		{"Authorisation", "1234", ""},
		{"Authorisation", "BÆD1", ""},
		{"Authorisation", "12ſ34", ""}, // whose capital is S
	} {
		got, err := checks[tt.check](tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s(%q): got %q, %v, want %q", tt.check, tt.in, got, err, tt.want)
		}
	}
}

// The first seven digits are read by the table that CPR-kontoret publishes.
func TestBirthDate(t *testing.T) {
	for in, want := range map[string]string{
		"2509479989": "1947-09-25", "1509819996": "1981-09-15", "2311143995": "1914-11-23",
		"0101000000": "1900-01-01", "0101993000": "1999-01-01",
		"0101364000": "2036-01-01", "0101374000": "1937-01-01", "0101994000": "1999-01-01",
		"0101575000": "2057-01-01", "0101585000": "1858-01-01", "0101998000": "1899-01-01",
		"0101369000": "2036-01-01", "0101379000": "1937-01-01",
		"2902005000": "2000-02-29", "010100-0000": "1900-01-01",
	} {
		if got, ok := BirthDate(in); got != want || !ok {
			t.Errorf("%s: got %q, %t, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "0703921VJ4", "3002005000", "2902015000"} {
		if got, ok := BirthDate(in); ok {
			t.Errorf("%s: got %q, want none", in, got)
		}
	}
}

// The rules of dk-core 3.7.0 (the invariants of its identifier profiles), which
// know no leap years and no normal spelling.
var published = map[string]*regexp.Regexp{
	"CPRNumber":     regexp.MustCompile(`^(` + dayMonth + `[0-9]{6})$`),
	"XECPR":         regexp.MustCompile(`^(` + dayMonth + `([0-9]{2})((1|7){1})([A-Z]{2})([0-9]{1}))$`),
	"DECPR":         regexp.MustCompile(`^(` + dayMonth + `([0-9]{2})((0|5|6){1})([A-Z]{2})([0-9]{1}))$`),
	"SOR":           regexp.MustCompile(`^([0-9]){11,}$`),
	"GLN":           regexp.MustCompile(`^[0-9]{13}$`),
	"CVR":           regexp.MustCompile(`^[0-9]{8}$`),
	"Authorisation": regexp.MustCompile(`^([b-df-hj-np-tv-zB-DF-HJ-NP-TV-Z0-9]){5}$`),
}

const dayMonth = `(((0[1-9]|1[0-9]|2[0-9]|3[0-1])(01|03|05|07|08|10|12))|((0[1-9]|1[0-9]|2[0-9]|30)(04|06|09|11))|((0[1-9]|1[0-9]|2[0-9])(02)))`

func TestRegistersAgreeWithPublishedRules(t *testing.T) {
	exact := []string{"XECPR", "DECPR", "SOR", "Authorisation"} // no check digit, no calendar
	for name, rule := range published {
		shaped := rapid.StringMatching(strings.Trim(rule.String(), "^$"))
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.OneOf(shaped, rapid.StringMatching(`[0-9]{8,13}`), rapid.String()).Draw(t, "text")
			got, err := checks[name](text)
			if err == nil && !rule.MatchString(got) {
				t.Fatalf("%s(%q): %q is accepted and breaks the published rule", name, text, got)
			}
			for _, e := range exact {
				if e == name && err != nil && rule.MatchString(text) {
					t.Fatalf("%s(%q): %v, and the published rule takes it", name, text, err)
				}
			}
		})
	}
}

// One digit written wrong, or two neighbours swapped where the register
// promises to find it, is refused.
func TestCheckDigits(t *testing.T) {
	for name, good := range map[string]string{"GLN": "5790001348120", "CVR": "12345674"} {
		for i := range good {
			for c := byte('0'); c <= '9'; c++ {
				bad := good[:i] + string(c) + good[i+1:]
				if _, err := checks[name](bad); (err == nil) != (bad == good) {
					t.Errorf("%s(%q): got %v", name, bad, err)
				}
			}
		}
	}
}

// checked holds an answer of any check to what all promise.
func checked(t interface {
	Helper()
	Fatalf(string, ...any)
}, name, text string) {
	t.Helper()
	got, err := checks[name](text)
	if err == nil {
		if again, err := checks[name](got); err != nil || again != got {
			t.Fatalf("%s(%q): the normal spelling %q gives %q, %v", name, text, got, again, err)
		}
		return
	}
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.Value || e.Value != "" || e.Err != nil || got != "" {
		t.Fatalf("%s(%q): got %q, %#v", name, text, got, err)
	}
	if other, _ := checks[name]("?"); other != "" {
		t.Fatalf("%s: a question mark is accepted", name)
	}
	if len(text) > 4 && strings.Contains(err.Error(), text) && !strings.Contains(examples, text) {
		t.Fatalf("%s: the error quotes the text: %v", name, err)
	}
}

// examples are the texts that messages give on their own account.
const examples = "expected accepted 2026-11-20T09:10:00+01:00 YYYY-MM-DD seconds digits number"

func FuzzChecks(f *testing.F) {
	for _, text := range []string{"250947-9989", "0703921VJ4", "5790001348120", "12345674", "012345", "BCD1Y",
		"2026-02-31", "2026-11-20T09:10:00.5+01:00", "2026-11-20T24:24:24Z", "09:10:60", "0000", "é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name := range checks {
			checked(t, name, text)
		}
	})
}
