package tree

import (
	"path"
	"strings"
	"testing"

	"tolk/mapping"
)

// free pins what JSONTestSuite leaves to the parser (its i_ files). "" is
// accepted; anything else is the message to refuse with, its place left out.
var free = map[string]string{
	// Numbers are text here: none is too large or too precise to be carried.
	"i_number_double_huge_neg_exp.json":   "",
	"i_number_huge_exp.json":              "",
	"i_number_neg_int_huge_exp.json":      "",
	"i_number_pos_double_huge_exp.json":   "",
	"i_number_real_neg_overflow.json":     "",
	"i_number_real_pos_overflow.json":     "",
	"i_number_real_underflow.json":        "",
	"i_number_too_big_neg_int.json":       "",
	"i_number_too_big_pos_int.json":       "",
	"i_number_very_big_negative_int.json": "",

	// A lone surrogate is no character: there is no text it could stand for.
	"i_object_key_lone_2nd_surrogate.json":                loneLow,
	"i_string_1st_surrogate_but_2nd_missing.json":         loneHigh,
	"i_string_1st_valid_surrogate_2nd_invalid.json":       loneHigh,
	"i_string_incomplete_surrogate_and_escape_valid.json": loneHigh,
	"i_string_incomplete_surrogate_pair.json":             loneLow,
	"i_string_incomplete_surrogates_escape_valid.json":    loneHigh,
	"i_string_invalid_lonely_surrogate.json":              loneHigh,
	"i_string_invalid_surrogate.json":                     loneHigh,
	"i_string_inverted_surrogates_U+1D11E.json":           loneLow,
	"i_string_lone_second_surrogate.json":                 loneLow,

	// RFC 8259, section 8.1: JSON between systems is UTF-8, and nothing else.
	"i_string_UTF-16LE_with_BOM.json":              isUTF16,
	"i_string_UTF-8_invalid_sequence.json":         notUTF8,
	"i_string_UTF8_surrogate_U+D800.json":          notUTF8,
	"i_string_invalid_utf-8.json":                  notUTF8,
	"i_string_iso_latin_1.json":                    notUTF8,
	"i_string_lone_utf8_continuation_byte.json":    notUTF8,
	"i_string_not_in_unicode_range.json":           notUTF8,
	"i_string_overlong_sequence_2_bytes.json":      notUTF8,
	"i_string_overlong_sequence_6_bytes.json":      notUTF8,
	"i_string_overlong_sequence_6_bytes_null.json": notUTF8,
	"i_string_truncated-utf-8.json":                notUTF8,
	"i_string_utf16BE_no_BOM.json":                 isUTF16,
	"i_string_utf16LE_no_BOM.json":                 isUTF16,

	// RFC 8259, section 8.1: no byte order mark. It could not be written back
	// either: the tree keeps values, not what stands before them.
	"i_structure_UTF-8_BOM_empty_object.json": "the document begins with a byte order mark, expected UTF-8 without one",

	// Past the default limit.
	"i_structure_500_nested_arrays.json": "nested deeper than 64 levels",
}

const (
	loneLow  = "a lone low surrogate, expected a pair"
	loneHigh = "a lone high surrogate, expected a pair"
	notUTF8  = "the document is not UTF-8"
	isUTF16  = "the document is in UTF-16, expected UTF-8"
	twice    = "the same key stands twice"
)

// The files of JSONTestSuite that are JSON by its account and not by ours.
var strict = map[string]string{
	"y_object_duplicated_key.json":           twice,
	"y_object_duplicated_key_and_value.json": twice,
}

func TestJSONTestSuite(t *testing.T) {
	seen := map[byte]int{}
	for name, src := range jsonFiles(t, "corpora/json-suite/test_parsing") {
		name := path.Base(name)
		seen[name[0]]++
		message, pinned := free[name]
		if m, ok := strict[name]; ok {
			message, pinned = m, true
		}
		switch {
		case name[0] == 'n':
			refused(t, src, Limits{})
		case name[0] == 'i' && !pinned:
			t.Errorf("%s: not decided here", name)
		case message != "":
			checkMessage(t, name, src, message)
		default:
			checkRoundTrip(t, name, parse(t, src), compact(src))
		}
	}
	if seen['n'] == 0 || seen['y'] == 0 || seen['i'] != len(free) {
		t.Errorf("%d n_, %d y_, %d i_ files; want some, some, %d", seen['n'], seen['y'], seen['i'], len(free))
	}
	t.Logf("%d n_, %d y_, %d i_ files", seen['n'], seen['y'], seen['i'])
}

// What JSONTestSuite calls weird is carried as written or refused, never changed.
func TestJSONTestSuiteTransform(t *testing.T) {
	refuse := map[string]string{
		"object_same_key_different_values.json":    twice,
		"object_same_key_same_value.json":          twice,
		"object_same_key_unclear_values.json":      twice,
		"string_1_escaped_invalid_codepoint.json":  loneHigh,
		"string_2_escaped_invalid_codepoints.json": loneHigh,
		"string_3_escaped_invalid_codepoints.json": loneHigh,
		"string_1_invalid_codepoint.json":          notUTF8,
		"string_2_invalid_codepoints.json":         notUTF8,
		"string_3_invalid_codepoints.json":         notUTF8,
	}
	for name, src := range jsonFiles(t, "corpora/json-suite/test_transform") {
		if message, ok := refuse[path.Base(name)]; ok {
			checkMessage(t, name, src, message)
			continue
		}
		checkRoundTrip(t, name, parse(t, src), compact(src))
	}
}

func checkMessage(t *testing.T, name, src, message string) {
	t.Helper()
	e := refused(t, src, Limits{})
	kind := mapping.Structure
	if strings.HasPrefix(message, "nested") {
		kind = mapping.TooLong
	}
	if got, _, _ := strings.Cut(e.Message, " (line "); e.Kind != kind || got != message {
		t.Errorf("%s: got %s %q, want %s %q", name, e.Kind, e.Message, kind, message)
	}
}

// Every message of the parser, with its place and path.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"", "$this: the document ends here, expected a value (line 1, column 1)"},
		{" \n ", "$this: the document ends here, expected a value (line 2, column 2)"},
		{`[1,`, "$this[1]: the document ends here, expected a value (line 1, column 4)"},
		{`{} x`, "$this: text after the document, expected its end (line 1, column 4)"},
		{`01`, "$this: text after the document, expected its end (line 1, column 2)"},
		{`[tru]`, "$this[0]: expected a JSON value (line 1, column 2)"},
		{`[NaN]`, "$this[0]: expected a JSON value (line 1, column 2)"},
		{`[1 2]`, "$this: expected ',' or ']' (line 1, column 4)"},
		{`[1,]`, "$this[1]: expected a JSON value (line 1, column 4)"},
		{`{"a":1 "b"}`, "$this: expected ',' or '}' (line 1, column 8)"},
		{`{"a" 1}`, "$this: expected ':' after the key (line 1, column 6)"},
		{`{"a":1,}`, "$this: expected a key in double quotes (line 1, column 8)"},
		{`{a:1}`, "$this: expected a key in double quotes (line 1, column 2)"},
		{`{"resourceType":"Patient","name":[{"text":tru}]}`, "Patient.name[0].text: expected a JSON value (line 1, column 43)"},
		{"{\"a\":\n \"b\tc\"}", "$this.a: a control character in a string, expected an escape (line 2, column 4)"},
		{`"ab`, "$this: the document ends inside a string (line 1, column 4)"},
		{`"ab\`, "$this: the document ends inside an escape (line 1, column 5)"},
		{`"\x"`, `$this: expected one of " \ / b f n r t u after a backslash (line 1, column 3)`},
		{`"\u00g0"`, `$this: expected four hexadecimal digits after \u (line 1, column 3)`},
		{`"\udc00"`, "$this: a lone low surrogate, expected a pair (line 1, column 7)"},
		{`"\ud800"`, "$this: a lone high surrogate, expected a pair (line 1, column 7)"},
		{`"\ud800\ud800"`, "$this: a lone high surrogate, expected a pair (line 1, column 7)"},
		{`-`, "$this: expected a digit (line 1, column 2)"},
		{`1.`, "$this: expected a digit after the decimal point (line 1, column 3)"},
		{`1e+`, "$this: expected a digit in the exponent (line 1, column 4)"},
		{"[\n\"\xff\"]", "the document is not UTF-8 (line 2, column 2)"},
	} {
		if got := refused(t, c.src, Limits{}); got.Error() != c.want || got.Kind != mapping.Structure {
			t.Errorf("%q: got %s %q\nwant structure %q", c.src, got.Kind, got, c.want)
		}
	}
}
