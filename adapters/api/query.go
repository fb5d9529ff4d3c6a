package api

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
)

// format is FHIR's parameter for the media type (http://hl7.org/fhir/R4/http.html#parameters).
var format = input{name: "_format"}

// formatOnly is for a request that takes no other parameter, or others too.
var formatOnly = []input{format}

// pair is one parameter of a query.
type pair struct{ name, value string }

// pairs reads the query as it is written.
func pairs(c *fiber.Ctx) ([]pair, error) { return readPairs(string(c.Request().URI().QueryString())) }

// readPairs reads a query, or a form (https://url.spec.whatwg.org/#urlencoded-parsing),
// every value of it text.
func readPairs(written string) ([]pair, error) {
	all := make([]pair, 0, 8)
	for one := range strings.SplitSeq(written, "&") {
		if one == "" {
			continue
		}
		name, value, _ := strings.Cut(one, "=")
		name, wrong := url.QueryUnescape(name)
		value, bad := url.QueryUnescape(value)
		switch {
		case wrong != nil || bad != nil || strings.Contains(one, ";"):
			return nil, illFramed("the query is not written as name=value&name=value with %-escapes")
		case !text(value):
			return nil, badParameter(mapping.Structure, plainOr(name), "has characters that are not text in UTF-8")
		}
		all = append(all, pair{name, value})
	}
	return all, nil
}

// query reads the query of the request: every parameter must be declared, be
// given once unless it may be given often, and have a value.
func query(c *fiber.Ctx, declared ...input) (url.Values, error) {
	given, err := declaredPairs(c, declared)
	if err != nil {
		return nil, err
	}
	values := url.Values{}
	for _, p := range given {
		values.Add(p.name, p.value)
	}
	return values, nil
}

// declaredPairs reads the query as query does, with what is declared in several
// lists.
func declaredPairs(c *fiber.Ctx, declared ...[]input) ([]pair, error) {
	given, err := pairs(c)
	if err != nil {
		return nil, err
	}
	return given, declaredOnly(given, declared...)
}

// declaredOnly refuses a parameter that is not declared, is given too often or
// without a value.
func declaredOnly(given []pair, declared ...[]input) error {
	for i, p := range given {
		in, err := declaration(p.name, declared...)
		twice := func(before pair) bool { return before.name == p.name }
		switch {
		case err != nil:
			return err
		case !in.many && slices.ContainsFunc(given[:i], twice):
			return badParameter(mapping.Invalid, p.name, "given more than once, accepted once")
		case p.value == "":
			return badParameter(mapping.Required, p.name, "given without a value")
		case p.name == format.name && formats[p.value] == "":
			return notAcceptable(format.name, true)
		}
	}
	return nil
}

// declaration finds the parameter that is declared by a name. Another one is
// refused by its name, if that can be repeated.
func declaration(name string, declared ...[]input) (*input, error) {
	for _, list := range declared {
		for i := range list {
			switch in := &list[i]; {
			case in.name == name && in.refused != "":
				return nil, badParameter(mapping.NotSupported, name, in.refused)
			case in.name == name:
				return in, nil
			}
		}
	}
	var accepted []string
	for _, list := range declared {
		for _, in := range list {
			if in.refused == "" {
				accepted = append(accepted, in.name)
			}
		}
	}
	message := "unknown parameter; accepted: " + strings.Join(accepted, ", ") + mapping.Meant(name, accepted)
	if len(accepted) == 0 {
		message = "unknown parameter; accepted: none"
	}
	if !plainName(name) {
		return nil, badBody(mapping.NotSupported, "", message)
	}
	return nil, badParameter(mapping.NotSupported, name, message)
}

// text reports whether v is UTF-8 without control characters.
func text(v string) bool {
	for i := range len(v) {
		if v[i] < 0x20 || v[i] == 0x7f {
			return false
		}
	}
	return utf8.ValidString(v)
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
