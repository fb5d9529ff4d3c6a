package api

import (
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/tree"
)

// isForm reports whether the body of a request is a form.
func isForm(c *fiber.Ctx) bool {
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	return err == nil && kind == fiber.MIMEApplicationForm
}

// The types of the fields that are no text: an object with fields of its own, a
// number and a truth, which may stand in quotes too.
var (
	objectType = []string{"object"}
	numberType = []string{"number"}
	truthType  = []string{"boolean"}
)

// given reads the fields in the body of a request, a form or a JSON object. What
// is not declared is refused by name. The document is nil for a form.
func (s *Server) given(c *fiber.Ctx, declared ...input) (url.Values, *tree.Doc, error) {
	if _, err := query(c); err != nil {
		return nil, nil, err
	}
	if isForm(c) {
		all, err := readPairs(string(c.Request().Body()))
		if err != nil {
			return nil, nil, illFramed("the body is not written as name=value&name=value with %-escapes")
		}
		if err := declaredOnly(all, declared); err != nil {
			return nil, nil, err
		}
		values := url.Values{}
		for _, p := range all {
			if in, _ := declaration(p.name, declared); slices.Equal(in.types, objectType) {
				return nil, nil, badParameter(mapping.Invalid, p.name, "accepted only in a JSON object")
			}
			values.Add(p.name, p.value)
		}
		return values, nil, nil
	}
	body, err := s.body(c, "a JSON object")
	if err != nil {
		return nil, nil, err
	}
	d, err := tree.Parse(body, tree.Limits{Bytes: s.limits.Body})
	if err != nil {
		return nil, nil, err
	}
	values, err := members(d, d.Root(), declared)
	return values, d, err
}

// members reads the fields of a JSON object, each of its type. One that is an object
// itself is left to be read by its own.
func members(d *tree.Doc, object tree.ID, declared []input) (url.Values, error) {
	if d.Kind(object) != tree.Object {
		return nil, badBody(mapping.Structure, d.Path(object), "expected an object")
	}
	values := url.Values{}
	for n := d.First(object); n != tree.None; n = d.Next(n) {
		in, err := declaration(d.Key(n), declared)
		if err != nil {
			return nil, err
		}
		if values[in.name], err = in.values(d, n); err != nil {
			return nil, err
		}
		if slices.Equal(in.types, objectType) {
			delete(values, in.name)
		}
	}
	return values, nil
}

// values reads the value of a field, none of an object. A person's number that lost
// its quotes, or a list of messages that came out empty, is never taken for another.
func (in *input) values(d *tree.Doc, n tree.ID) ([]string, error) {
	wrong := func(kind mapping.Kind, expected string) ([]string, error) {
		return nil, badParameter(kind, in.name, "expected "+expected)
	}
	kind := d.Kind(n)
	number, truth, object := slices.Equal(in.types, numberType), slices.Equal(in.types, truthType), slices.Equal(in.types, objectType)
	switch {
	case in.many:
		return in.list(d, n)
	case object && kind == tree.Object:
		return nil, nil
	case kind == tree.String && !object:
		if d.Text(n) == "" || !text(d.Text(n)) {
			return wrong(mapping.Value, "a text that is not empty")
		}
		return []string{d.Text(n)}, nil
	case number && kind == tree.Number, truth && kind == tree.Bool:
		return []string{d.Raw(n)}, nil
	case object:
		return wrong(mapping.Structure, "an object")
	case number:
		return wrong(mapping.Structure, "a whole number")
	case truth:
		return wrong(mapping.Structure, "true or false")
	}
	return wrong(mapping.Structure, "a string")
}

// list reads a field that is several texts.
func (in *input) list(d *tree.Doc, n tree.ID) (all []string, err error) {
	wrong := func(kind mapping.Kind) error {
		return badParameter(kind, in.name, "expected an array of strings, not empty")
	}
	if d.Kind(n) != tree.Array {
		return nil, wrong(mapping.Structure)
	}
	for m := d.First(n); m != tree.None; m = d.Next(m) {
		if d.Kind(m) != tree.String {
			return nil, wrong(mapping.Structure)
		}
		if d.Text(m) == "" || !text(d.Text(m)) {
			return nil, wrong(mapping.Value)
		}
		all = append(all, d.Text(m))
	}
	if len(all) == 0 {
		return nil, wrong(mapping.Required)
	}
	return all, nil
}

// filterInputs select messages. A citizen is named in a body only.
var (
	filterFields = []input{{name: "state"}, {name: "sender"}, {name: "receiver"}, {name: "document"}, {name: "channel"},
		{name: "from"}, {name: "to"}, {name: "before", types: numberType}, {name: "limit", types: numberType}}
	filterInputs = slices.Concat(filterFields, []input{{name: "citizen", refused: "a citizen is not named in an address; send the filters in the body of POST " + exchangePath + "/_search"}})
	searchFields = slices.Concat(filterFields, []input{{name: "citizen"}})
	soughtFields = slices.Concat(searchFields, []input{why})
)

// why is the reason that somebody reads what is not addressed to him, or looks for
// a citizen.
var why = input{name: "why"}

// longestWhy bounds what is kept in the audit for good.
const longestWhy = 1000

// readWhy reads it, empty for none.
func readWhy(values url.Values) (string, error) {
	reason := values.Get(why.name)
	switch {
	case numbered(reason):
		return "", badParameter(mapping.Security, why.name, "must not name a citizen: it is kept in the audit")
	case len(reason) > longestWhy:
		return "", badParameter(mapping.Value, why.name, "expected a sentence, of at most 1000 bytes: it is kept in the audit")
	}
	return reason, nil
}

// deliveryStates are where a delivery may be.
var deliveryStates = []string{"waiting", "retry", "sending", "dead", "held", "delivered", "released"}

// The page of a list that names none, and the largest.
const (
	fewMessages  = 100
	mostMessages = 1000
)

// readFilter reads which messages are meant.
func readFilter(values url.Values) (f exchange.Filter, err error) {
	f = exchange.Filter{State: values.Get("state"), Sender: values.Get("sender"), Receiver: values.Get("receiver"),
		Document: values.Get("document"), Channel: values.Get("channel"), Citizen: values.Get("citizen")}
	if f.State != "" && !slices.Contains(deliveryStates, f.State) {
		return f, badParameter(mapping.Value, "state", "accepted: "+strings.Join(deliveryStates, ", "))
	}
	if f.From, err = moment(values, "from", 0); err != nil {
		return f, err
	}
	if f.To, err = moment(values, "to", 1); err != nil {
		return f, err
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return f, badParameter(mapping.Value, "to", "expected what is after from")
	}
	if f.Before, err = position(values, "before"); err != nil {
		return f, err
	}
	f.Limit, err = atMost(values, "limit", fewMessages, mostMessages)
	return f, err
}

// moment reads a time, or a date: the first moment of it or, with days 1, of the
// next.
func moment(values url.Values, name string, days int) (time.Time, error) {
	text := values.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return at.AddDate(0, 0, days), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, badParameter(mapping.Value, name, "accepted: a date, 2006-01-02, or a time, 2006-01-02T15:04:05Z")
	}
	return at, nil
}

// position reads the number of a row, 0 for none.
func position(values url.Values, name string) (int64, error) {
	text := values.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, badParameter(mapping.Value, name, "expected a whole number, 0 or more")
	}
	return n, nil
}

// atMost reads how many are asked for, at least one. More than the most are refused:
// an answer cut to fewer would look like all of them.
func atMost(values url.Values, name string, otherwise, most int) (int, error) {
	text := values.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, badParameter(mapping.Value, name, "accepted: 1 to "+strconv.Itoa(most))
	}
	return n, nil
}
