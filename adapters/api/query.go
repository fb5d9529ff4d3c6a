package api

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
)

// format is FHIR's parameter for the media type (http://hl7.org/fhir/R4/http.html#parameters).
var format = input{name: "_format"}

// query reads the query of the request: every parameter must be declared, be
// given once unless it may be given often, and hold text.
func query(c *fiber.Ctx, declared ...input) (url.Values, error) {
	values, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return nil, illFramed("the query is not written as name=value&name=value with %-escapes")
	}
	for name, given := range values {
		in, err := declaration(declared, name)
		if err != nil {
			return nil, err
		}
		if len(given) > 1 && !in.many {
			return nil, badParameter(mapping.Invalid, name, "given more than once, accepted once")
		}
		for _, v := range given {
			if v == "" {
				return nil, badParameter(mapping.Required, name, "given without a value")
			}
			if !text(v) {
				return nil, badParameter(mapping.Structure, name, "has characters that are not text in UTF-8")
			}
		}
	}
	if f := values.Get(format.name); f != "" && !formats[f] {
		return nil, notAcceptable()
	}
	return values, nil
}

// declaration finds the parameter that is declared by a name. Another one is
// refused by its name, if that can be repeated.
func declaration(declared []input, name string) (input, error) {
	var accepted []string
	for _, in := range declared {
		switch {
		case in.name == name && in.refused != "":
			return in, badParameter(mapping.NotSupported, name, in.refused)
		case in.name == name:
			return in, nil
		case in.refused == "":
			accepted = append(accepted, in.name)
		}
	}
	message := "unknown parameter; accepted: " + strings.Join(accepted, ", ")
	if !plainName(name) {
		return input{}, badBody(mapping.NotSupported, "", message)
	}
	return input{}, badParameter(mapping.NotSupported, name, message)
}

// text reports whether v is UTF-8 without control characters.
func text(v string) bool {
	return utf8.ValidString(v) && !strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// list splits a comma-separated parameter.
func list(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

// flag reads a parameter that is true or false, false when it is not there.
func flag(values url.Values, name string) (bool, error) {
	switch values.Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, badParameter(mapping.Value, name, "accepted: true, false")
}
