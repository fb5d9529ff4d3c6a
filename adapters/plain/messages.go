package plain

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"tolk/mapping"
)

// words is one message in both languages.
type words struct{ danish, english string }

// types is what a JSON type is called; a number is shown, because what is
// mostly sent instead is "1,5".
var types = map[string]words{
	"string":  {"tekst i anførselstegn", "text in quotes"},
	"number":  {"et tal med punktum og uden anførselstegn, som 1.5", "a number with a point and without quotes, such as 1.5"},
	"integer": {"et helt tal uden anførselstegn, som 3", "a whole number without quotes, such as 3"},
	"boolean": {"true eller false uden anførselstegn", "true or false without quotes"},
	"object":  {"et objekt { }", "an object { }"},
	"array":   {"en liste [ ]", "a list [ ]"},
	"null":    {"null", "null"},
}

// many is how many words nobody wants to read through.
const many = 12

// explain says what was expected where a keyword of the schema is not met. It
// tells what the schema wants and never what the sender wrote.
func explain(k jsonschema.ErrorKind) (mapping.Kind, words) {
	switch k := k.(type) {
	case *kind.Type:
		var da, en []string
		for _, want := range k.Want {
			da, en = append(da, types[want].danish), append(en, types[want].english)
		}
		return mapping.Structure, words{"forventet " + list(da, "eller"), "expected " + list(en, "or")}
	case *kind.Enum:
		var all []string
		for _, want := range k.Want {
			all = append(all, fmt.Sprint(want))
		}
		if got, ok := k.Got.(string); ok && len(all) > many {
			if near := nearest(got, all); near != "" {
				return mapping.Value, words{"formen har ikke dette ord; mente du " + near + "?", "the form has no such word; did you mean " + near + "?"}
			}
		}
		return mapping.Value, words{"forventet " + list(all, "eller"), "expected " + list(all, "or")}
	case *kind.Const:
		if k.Want == true {
			return mapping.Value, words{"kan kun være true; udelad feltet ellers", "can only be true; leave the field out otherwise"}
		}
		return mapping.Value, words{fmt.Sprintf("forventet %v", k.Want), fmt.Sprintf("expected %v", k.Want)}
	case *kind.Format:
		return mapping.Value, formatWords[k.Want]
	case *kind.Pattern:
		if w, ok := patternWords[k.Want]; ok {
			return mapping.Value, w
		}
		return mapping.Value, words{"forventet formen " + k.Want, "expected the pattern " + k.Want}
	case *kind.MinItems:
		return mapping.Value, words{fmt.Sprintf("forventet mindst %d; udelad feltet, når listen er tom", k.Want), fmt.Sprintf("expected at least %d; leave the field out when the list is empty", k.Want)}
	case *kind.MaxItems:
		return mapping.Value, words{fmt.Sprintf("forventet højst %d", k.Want), fmt.Sprintf("expected at most %d", k.Want)}
	case *kind.UniqueItems:
		return mapping.Value, words{"det samme står to gange", "the same stands twice"}
	case *kind.MinProperties:
		return mapping.Required, words{"forventet mindst ét felt", "expected at least one field"}
	case *kind.Minimum:
		return mapping.Value, words{"forventet mindst " + k.Want.RatString(), "expected at least " + k.Want.RatString()}
	case *kind.Maximum:
		return mapping.Value, words{"forventet højst " + k.Want.RatString(), "expected at most " + k.Want.RatString()}
	case *kind.ExclusiveMinimum:
		return mapping.Value, words{"forventet mere end " + k.Want.RatString(), "expected more than " + k.Want.RatString()}
	case *kind.FalseSchema, *kind.Not:
		return mapping.Invalid, words{"feltet må ikke stå her", "the field may not stand here"}
	}
	return mapping.Invalid, words{"opfylder ikke skemaet", "does not meet the schema"}
}

var beside = regexp.MustCompile(`/dependentSchemas/([A-Za-z]+)/properties/[A-Za-z]+$`)

// together says beside what a field may not stand, read from where in the
// schema it is forbidden.
func together(at string) words {
	if m := beside.FindStringSubmatch(at); m != nil {
		return words{"må ikke stå sammen med " + m[1], "may not stand together with " + m[1]}
	}
	return words{"feltet må ikke stå her", "the field may not stand here"}
}

// because adds to what is expected of a field which other field demands it, where
// one does: its own list of words allows more.
func because(at string, w words) words {
	if m := beside.FindStringSubmatch(at); m != nil {
		return words{w.danish + ", fordi " + m[1] + " er udfyldt", w.english + ", because " + m[1] + " is there"}
	}
	return w
}

// patternWords says in words what the patterns of the schemas take.
var patternWords = map[string]words{
	`\S`:                                 {"forventet tekst med indhold; udelad feltet, når der ikke er noget at sige", "expected text that says something; leave the field out when there is nothing to say"},
	`^\S+$`:                              {"forventet en kode uden mellemrum", "expected a code without spaces"},
	base64Pattern:                        {"forventet base64", "expected base64"},
	`^[A-Za-z0-9.-]{1,64}$`:              {"forventet et id: højst 64 bogstaver, cifre, bindestreger og punktummer", "expected an id: at most 64 letters, digits, hyphens and points"},
	letterPattern:                        {"forventet id på en meddelelse, eller på et brev: brevets id, # og afsenderens GLN", "expected the id of a message, or of a letter: its id, # and the GLN of its sender"},
	`^[0-9]+$`:                           {"forventet cifre", "expected digits"},
	`^[+]?[0-9]+$`:                       {"forventet et telefonnummer: cifre uden mellemrum, gerne med + foran", "expected a telephone number: digits without spaces, after a + or not"},
	`^[0-9]{6}$`:                         {"forventet 6 cifre", "expected 6 digits"},
	`^[0-9]{8}$`:                         {"forventet 8 cifre", "expected 8 digits"},
	`^[0-9]{10}$`:                        {"forventet et CPR-nummer: 10 cifre uden bindestreg; et X-eCPR står i xecpr, et D-eCPR i decpr", "expected a CPR number: 10 digits without a hyphen; an X-eCPR stands in xecpr, a D-eCPR in decpr"},
	`^[0-9]{11,18}$`:                     {"forventet 11 til 18 cifre", "expected 11 to 18 digits"},
	`^[0-9]{13}$`:                        {"forventet 13 cifre", "expected 13 digits"},
	`^[0-9A-Z]{5}$`:                      {"forventet 5 tegn, cifre og store bogstaver", "expected 5 characters, digits and capital letters"},
	`^[A-Za-z][A-Za-z0-9]*$`:             {"forventet et navn af bogstaver og cifre", "expected a name of letters and digits"},
	`^[0-9]{7}[A-Z]{2}[0-9]$`:            formatWords["x-ecpr"],
	`^[0-9]{6}[056][A-Z]{2}[0-9]$`:       formatWords["d-ecpr"],
	`^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`: {"forventet en dato, måned eller et år: 2026-11-20, 2026-11 eller 2026", "expected a date, a month or a year: 2026-11-20, 2026-11 or 2026"},
	`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`:       formatWords["date"],
	`^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$`:    formatWords["time-of-day"],
	`^(ffb|fsiii|sks|icpc2|snomed|[a-z]+:\S+)$`:                                                             {"forventet ffb, fsiii, sks, icpc2, snomed eller et kodesystems URI", "expected ffb, fsiii, sks, icpc2, snomed or the URI of a code system"},
	`^[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?$`:                                                         {"forventet en ATC-kode som N02BE01", "expected an ATC code such as N02BE01"},
	`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`:                                        {"forventet en UUID med små bogstaver", "expected a UUID in small letters"},
	`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`:          formatWords["date-time"],
	`^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$`: formatWords["date-or-date-time"],
}

// faultsOfJSON is what the reader of JSON says, in Danish.
var faultsOfJSON = [][2]string{
	{"the document is larger than", "dokumentet er for stort"},
	{"the document has more than", "dokumentet har for mange felter"},
	{"nested deeper than", "dokumentet er for dybt"},
	{"text after the document", "der er tekst efter dokumentet"},
	{"the document ends here", "dokumentet slutter her; forventet en værdi"},
	{"expected a JSON value", "forventet en JSON-værdi: tekst i anførselstegn, et tal, true, false, { } eller [ ]"},
	{"expected ',' or ']'", "forventet ',' eller ']'"},
	{"expected a key in double quotes", "forventet et feltnavn i dobbelte anførselstegn"},
	{"the same key stands twice", "det samme felt står to gange"},
	{"expected ':' after the key", "forventet ':' efter feltnavnet"},
	{"expected ',' or '}'", "forventet ',' eller '}'"},
	{"a control character in a string", "et kontroltegn i en tekst; forventet en escape"},
	{"the document ends inside", "dokumentet slutter midt i en tekst"},
	{"expected one of", `forventet et af " \ / b f n r t u efter en omvendt skråstreg`},
	{"expected four hexadecimal digits", `forventet fire hexadecimale cifre efter \u`},
	{"a lone", "et halvt surrogatpar; forventet begge dele"},
	{"expected a digit", "forventet et ciffer"},
	{"the document is not UTF-8", "dokumentet er ikke UTF-8"},
}

// comma finds a decimal comma in a number without quotes.
var comma = regexp.MustCompile(`:\s*-?[0-9]+,[0-9]`)

// danish returns what the reader of JSON says in Danish, with the same line
// and column.
func danish(message string) string {
	where := ""
	if i := strings.LastIndex(message, " (line "); i >= 0 {
		where = strings.NewReplacer("line", "linje", "column", "kolonne").Replace(message[i:])
	}
	for _, f := range faultsOfJSON {
		if strings.HasPrefix(message, f[0]) {
			return f[1] + where
		}
	}
	return message
}

// list joins names: a, b or c.
func list(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + last + " " + names[len(names)-1]
}

// asName writes a name as KL does, in ASCII.
var asName = strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa", "Æ", "ae", "Ø", "oe", "Å", "aa", "_", "", "-", "", " ", "")

// nearest returns the name that name may be a slip of, empty if none is near:
// the same without capitals and signs, or one or two letters away.
func nearest(name string, names []string) string {
	if len(name) > 40 {
		return ""
	}
	name = strings.ToLower(asName.Replace(name))
	near, at := "", 3
	for _, n := range names {
		d := distance(name, strings.ToLower(n))
		if d < at && 3*d <= len(n) {
			near, at = n, d
		}
	}
	return near
}

// distance is how many letters are to be put in, taken out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
