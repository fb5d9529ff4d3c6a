package api

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/tree"
)

// operands reads the parameters of a terminology operation: the query of a GET,
// the query and the Parameters of a POST. The operation itself knows which it
// takes, and refuses the others by name.
func (s *Server) operands(c *fiber.Ctx) (canonical.Params, error) {
	all, err := queryParams(c)
	if err != nil {
		return nil, err
	}
	if c.Method() != fiber.MethodPost {
		return all, ill(all.Sound())
	}
	d, err := s.resourceBody(c, "Parameters")
	if err != nil {
		return nil, err
	}
	given, err := canonical.ReadParams(d, d.Root())
	var e *mapping.Error
	if errors.As(err, &e) && e.Kind == mapping.Invalid && e.Path == d.Path(d.Root()) { // the name of a resource, and of no parameter
		return nil, badBody(e.Kind, e.Path, e.Message)
	}
	if err != nil {
		return nil, ill(err)
	}
	all = append(given, all...)
	return all, ill(all.Sound())
}

// queryParams reads the query, in the order of the names.
func queryParams(c *fiber.Ctx) (canonical.Params, error) {
	given, err := pairs(c)
	if err != nil || len(given) == 0 {
		return nil, err
	}
	slices.SortStableFunc(given, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	all := make(canonical.Params, 0, len(given)+1) // and the language of the header
	for _, p := range given {
		switch {
		case p.value == "":
			return nil, badParameter(mapping.Required, plainOr(p.name), "given without a value")
		case p.name == format.name && formats[p.value] == "":
			return nil, notAcceptable(format.name, true)
		}
		all = append(all, canonical.Param{Name: p.name, Text: p.value, Node: tree.None})
	}
	return all, nil
}

// plainOr returns a name if it may be repeated.
func plainOr(name string) string {
	if plainName(name) {
		return name
	}
	return "parameter"
}

// ill makes an error of the core that is about the request itself a 400; other
// errors stay what they are.
func ill(err error) error {
	e, ok := err.(*mapping.Error)
	if !ok || e.Kind == mapping.TooLong || e.Kind == mapping.NotFound {
		return err
	}
	path, message := e.Path, e.Message
	if plainName(path) && !strings.Contains(path, ".") { // which is a place in the body
		return badParameter(e.Kind, path, message)
	}
	return badBody(e.Kind, redacted(path), message)
}

// ofParameter makes an error of the core whose path is the name of a parameter one
// of the parameter: in the words of the answer it is no place in a document.
func ofParameter(err error, declared []input) error {
	e, ok := err.(*mapping.Error)
	if !ok || !slices.ContainsFunc(declared, func(in input) bool { return in.name == e.Path }) {
		return err
	}
	return &refusal{status: status(e.Kind), parameter: e.Path, issue: *e}
}

// instance adds the url of the resource in the path, for an operation on an
// instance.
func instance(c *fiber.Ctx, content *Content, kind string, p canonical.Params) (canonical.Params, error) {
	id := c.Params("id")
	if id == "" {
		return p, nil
	}
	found, ok := byID(content.Registry, kind, id)
	if !ok {
		return nil, refuse(fiber.StatusNotFound, mapping.NotFound, "no "+kind+" has this id")
	}
	named := []string{"url", "valueSet", "codeSystem"}
	if kind == "CodeSystem" {
		named = append(named, "system")
	}
	for _, name := range named {
		if _, twice := p.Find(name); twice {
			return nil, badParameter(mapping.Invalid, name, "given together with the id in the path")
		}
	}
	h := found.Header
	return append(p, canonical.Param{Name: "url", Text: h.Canonical(), Node: tree.None}), nil
}

// asked is what every handler of an operation begins with: the content, and
// the parameters.
func (s *Server) asked(c *fiber.Ctx, kind string) (*Content, canonical.Params, error) {
	content, err := s.content(c)
	if err != nil {
		return nil, nil, err
	}
	if content.Registry == nil {
		return nil, nil, notReady()
	}
	p, err := s.operands(c)
	if err != nil {
		return nil, nil, err
	}
	p, err = instance(c, content, kind, p)
	if err != nil {
		return nil, nil, err
	}
	return content, acceptLanguage(c, p), nil
}

// acceptLanguage takes the language of the header where no parameter names
// one. A header that cannot be read is left out of account.
func acceptLanguage(c *fiber.Ctx, p canonical.Params) canonical.Params {
	header := c.Get(fiber.HeaderAcceptLanguage)
	if header == "" || header == "*" || len(header) > 200 || !text(header) {
		return p
	}
	return append(p, canonical.Param{Name: canonical.AcceptLanguage, Text: header, Node: tree.None})
}
