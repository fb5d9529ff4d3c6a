package plain

import (
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tolk/mapping/lens"
)

// formats are the checks that a pattern cannot make. They look at text only,
// and let pass what the pattern beside them refuses in plainer words.
var formats = []*jsonschema.Format{
	format("cpr", 10, digits(lens.CPRNumber)),
	format("x-ecpr", 10, lens.XECPR),
	format("d-ecpr", 10, lens.DECPR),
	format("sor", 11, lens.SOR),
	format("gln", 13, lens.GLN),
	format("cvr", 8, lens.CVR),
	format("authorisation", 5, lens.Authorisation),
	format("date", 10, lens.Date),
	format("date-time", 20, lens.Instant),
	format("date-or-date-time", 4, lens.DateTime),
	format("time-of-day", 5, timeOfDay),
}

// formatWords says in words what the formats take.
var formatWords = map[string]words{
	"cpr":               {"forventet et CPR-nummer, hvis første seks cifre er en dato", "expected a CPR number whose first six digits are a date"},
	"x-ecpr":            {"forventet et X-eCPR: dag, måned og år med to cifre hver, 1 eller 7, 2 store bogstaver og 1 ciffer", "expected an X-eCPR: day, month and year of two digits each, 1 or 7, 2 capital letters and 1 digit"},
	"d-ecpr":            {"forventet et D-eCPR: dag, måned og år med to cifre hver, 0, 5 eller 6, 2 store bogstaver og 1 ciffer", "expected a D-eCPR: day, month and year of two digits each, 0, 5 or 6, 2 capital letters and 1 digit"},
	"sor":               {"forventet en SOR-kode: mindst 11 cifre", "expected a SOR number: at least 11 digits"},
	"gln":               {"forventet et GLN: 13 cifre, det sidste et kontrolciffer", "expected a GLN: 13 digits, the last a check digit"},
	"cvr":               {"forventet et CVR-nummer: 8 cifre, der opfylder kontrollen", "expected a CVR number: 8 digits that meet its check"},
	"authorisation":     {"forventet et autorisations-ID: 5 tegn, cifre og store konsonanter", "expected an authorisation number: 5 characters, digits and capital consonants"},
	"date":              {"forventet en dato, der findes, som 2026-11-20", "expected a date that exists, such as 2026-11-20"},
	"date-time":         {"forventet dato, klokkeslæt og tidszone, der findes, som 2026-11-20T09:10:00+01:00", "expected a date, time and zone that exist, such as 2026-11-20T09:10:00+01:00"},
	"date-or-date-time": {"forventet en dato, der findes, som 2026-11-20, eller med klokkeslæt og tidszone som 2026-11-20T09:10:00+01:00", "expected a date that exists, such as 2026-11-20, or with time and zone, such as 2026-11-20T09:10:00+01:00"},
	"time-of-day":       {"forventet et klokkeslæt som 08:30; sekunder kun, når de ikke er 00", "expected a time such as 08:30; seconds only when they are not 00"},
}

// errFormat is told in words by formatWords, which never quote the value.
var errFormat = errors.New("not of the format")

// format makes a check of texts from a lens. What is shorter than all that can
// be of the format is left to the pattern.
func format(name string, least int, check func(string) (string, error)) *jsonschema.Format {
	return &jsonschema.Format{Name: name, Validate: func(v any) error {
		s, ok := v.(string)
		if !ok || len(s) < least {
			return nil
		}
		if _, err := check(s); err != nil {
			return errFormat
		}
		return nil
	}}
}

// digits leaves what is not all digits to the pattern.
func digits(check func(string) (string, error)) func(string) (string, error) {
	return func(text string) (string, error) {
		if strings.Trim(text, "0123456789") != "" {
			return text, nil
		}
		return check(text)
	}
}

// timeOfDay is a time with seconds only where they are not 00, so that each
// time has one spelling.
func timeOfDay(text string) (string, error) {
	if len(text) == len("08:30") {
		return lens.Time(text + ":00")
	}
	if strings.HasSuffix(text, ":00") {
		return "", errFormat
	}
	return lens.Time(text)
}
