package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/samply/golang-fhir-models/fhir-models/fhir"
	"github.com/valyala/fasthttp"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
)

// This file is the only one that knows HTTP status codes.

// The issue types that the core has no use for (http://hl7.org/fhir/R4/valueset-issue-type.html):
// transient is for what is right the next time.
const (
	transient mapping.Kind = "transient"
	noStore   mapping.Kind = "no-store" // the same, because there is no room to keep anything
	conflict  mapping.Kind = "conflict" // it contradicts what came before
)

// status tells how an error of the core is answered: 400 for a request that
// must be written in another way, 422 for a document or a code that was read
// and understood and cannot be answered.
func status(kind mapping.Kind) int {
	switch kind {
	case mapping.Structure, mapping.Invalid, mapping.NotSupported:
		return fiber.StatusBadRequest
	case mapping.Required, mapping.Value, mapping.CodeInvalid, mapping.BusinessRule:
		return fiber.StatusUnprocessableEntity
	case mapping.NotFound:
		return fiber.StatusNotFound
	case mapping.TooLong:
		return fiber.StatusRequestEntityTooLarge
	case mapping.Security:
		return fiber.StatusForbidden
	case mapping.Timeout, transient:
		return fiber.StatusServiceUnavailable
	}
	return fiber.StatusInternalServerError
}

// refusal is an error of the request itself, whose status its kind alone does
// not tell.
type refusal struct {
	status    int
	parameter string // the HTTP parameter at fault, if one is
	issue     mapping.Error
}

func (r *refusal) Error() string { return r.issue.Error() }

// Unwrap gives the issue to whoever looks for the one error type.
func (r *refusal) Unwrap() error { return &r.issue }

func refuse(status int, kind mapping.Kind, message string) error {
	return &refusal{status: status, issue: mapping.Error{Kind: kind, Message: message}}
}

func noRoute() error {
	return refuse(fiber.StatusNotFound, mapping.NotFound, "nothing is at this path; /openapi.yaml lists what there is")
}

func wrongMethod(allow string) error {
	return refuse(fiber.StatusMethodNotAllowed, mapping.NotSupported, "the method is not supported here; accepted: "+allow)
}

func unknownMethod() error {
	return refuse(fiber.StatusBadRequest, mapping.NotSupported, "the method is not one of HTTP's")
}

func illFramed(message string) error {
	return refuse(fiber.StatusBadRequest, mapping.Structure, message)
}

func wrongType(message string) error {
	return refuse(fiber.StatusUnsupportedMediaType, mapping.NotSupported, message)
}

// notAcceptable refuses the media type that is asked for, by what asks for it (accept,
// or _format), where the answer may be XML and where it may not.
func notAcceptable(by string, xml bool) error {
	e := mapping.Error{Kind: mapping.NotSupported, Path: by, Message: "this answer is JSON; expected application/json or application/fhir+json"}
	if xml {
		e.Message = "answers are application/fhir+json or application/json, and in FHIR 4.0 application/fhir+xml or application/xml"
	}
	if by == format.name {
		return &refusal{status: fiber.StatusNotAcceptable, parameter: by, issue: e}
	}
	return refuse(fiber.StatusNotAcceptable, e.Kind, e.Error())
}

func notReady() error {
	return refuse(fiber.StatusServiceUnavailable, transient, "the terminology is not loaded yet")
}

func emptyBody(expected string) error {
	return refuse(fiber.StatusBadRequest, mapping.Required, "the body is empty; expected "+expected)
}

// badParameter refuses a parameter of the query, or of Parameters, by name.
func badParameter(kind mapping.Kind, name, message string) error {
	return &refusal{status: fiber.StatusBadRequest, parameter: name,
		issue: mapping.Error{Kind: kind, Path: name, Message: message}}
}

// badBody refuses what stands at a path of the body of an operation; the path
// is empty where the place cannot be told.
func badBody(kind mapping.Kind, path, message string) error {
	return &refusal{status: fiber.StatusBadRequest, issue: mapping.Error{Kind: kind, Path: path, Message: message}}
}

// overBudget is the error of a translation that took too long or found no
// place to run in that time.
func overBudget() error {
	return &mapping.Error{Kind: mapping.Timeout, Message: "the time budget of the request is spent; send it again later or in smaller parts"}
}

// bug is a recovered panic. Its text may quote a document, so only what the
// runtime itself says of it is kept.
type bug struct {
	what  string
	stack []byte
}

func (b *bug) Error() string { return b.what }

func panicked(v any, stack []byte) error {
	if e, ok := v.(runtime.Error); ok {
		return &bug{what: e.Error(), stack: stack}
	}
	return &bug{what: fmt.Sprintf("panic of type %T", v), stack: stack}
}

// fail is what Fiber calls with every error of a handler, and with what could
// not be read as a request at all. Such a request has not passed the edge.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	ctx := c.Context()
	if ctx.UserValue(edgeKey) != nil {
		s.refuse(ctx, err)
		return nil
	}
	s.unread(ctx, err)
	return nil
}

// refuse writes err as an OperationOutcome. Only what is ours to mend is
// logged, and the caller learns nothing of it but that it happened.
func (s *Server) refuse(ctx *fasthttp.RequestCtx, err error) {
	code, body := s.outcomeOf(err, language(string(ctx.Request.Header.Peek(fiber.HeaderAcceptLanguage))))
	if code >= fiber.StatusInternalServerError && code != fiber.StatusServiceUnavailable && code != fiber.StatusInsufficientStorage {
		attrs := []any{"id", string(ctx.Response.Header.Peek(requestID)), "error", ours(err)}
		var b *bug
		if errors.As(err, &b) {
			attrs = append(attrs, "stack", string(b.stack))
		}
		s.log.Error("internal error", attrs...)
	}
	advise(&ctx.Response.Header, err)
	if s.forPeople(ctx) {
		s.faulty(ctx, code, err)
		return
	}
	ctx.Response.SetStatusCode(code)
	ctx.Response.SetBodyRaw(body)
	if respell(&ctx.Response) != nil || !xmlKinds[string(ctx.Response.Header.ContentType())] {
		ctx.Response.Header.SetContentType(fhirJSON)
	}
}

// advise puts into the headers what a caller may do about an error: come again
// later, or show who he is.
func advise(h *fasthttp.ResponseHeader, err error) {
	var l *exchange.Later
	var no stranger
	switch {
	case errors.As(err, &l):
		seconds := int64((l.After + time.Second - 1) / time.Second)
		h.Set(fiber.HeaderRetryAfter, strconv.FormatInt(max(seconds, 1), 10))
	case errors.As(err, &no):
		h.Set(fiber.HeaderWWWAuthenticate, no.Challenge())
	}
}

// language is the language in which a caller is told what is wrong: Danish where
// he wants it more than English, for what there are Danish words for.
func language(accept string) string { return mapping.Language(accept, "en") }

// outcomeOf returns the status of an error and the OperationOutcome that tells
// of it. An operation on codes that has no answer tells in the words of the
// terminology ecosystem.
func (s *Server) outcomeOf(err error, language string) (int, []byte) {
	var f *canonical.Failure
	if errors.As(err, &f) {
		code := fiber.StatusUnprocessableEntity
		switch {
		case f.NotFound:
			code = fiber.StatusNotFound
		case f.Code == "invalid":
			code = fiber.StatusBadRequest
		}
		told := f.Issue
		told.Text, told.Expression = redacted(told.Text), redacted(told.Expression)
		return code, appendIssues(nil, []canonical.Issue{told})
	}
	code, list := s.judge(err, language)
	return code, outcome(list)
}

// judge returns the status of an error and what the caller is told of it.
func (s *Server) judge(err error, language string) (int, []fhir.OperationOutcomeIssue) {
	var r *refusal
	var f *fiber.Error
	var l *exchange.Later
	var no stranger
	switch found := all(err, language); {
	case errors.As(err, &l):
		code, kind := fiber.StatusServiceUnavailable, transient
		if l.Full {
			code, kind = fiber.StatusInsufficientStorage, noStore
		}
		return code, []fhir.OperationOutcomeIssue{issue(&mapping.Error{Kind: kind, Message: l.Error()}, "")}
	case errors.As(err, &no):
		return no.Status(), []fhir.OperationOutcomeIssue{issue(&mapping.Error{Kind: mapping.Security, Message: no.Error()}, "")}
	case errors.As(err, &r):
		return r.status, []fhir.OperationOutcomeIssue{issue(&r.issue, r.parameter)}
	case errors.As(err, &f):
		return s.judge(s.unreadable(f.Code), language)
	case len(found) > 0 && status(found[0].Kind) < fiber.StatusInternalServerError, len(found) > 0 && found[0].Kind == mapping.Timeout:
		issues := make([]fhir.OperationOutcomeIssue, len(found))
		for i, e := range found {
			issues[i] = issue(e, "")
		}
		return status(found[0].Kind), issues
	}
	return fiber.StatusInternalServerError, []fhir.OperationOutcomeIssue{
		issue(&mapping.Error{Kind: mapping.Exception, Message: "internal error"}, "")}
}

// unreadable puts what Fiber and fasthttp refuse by themselves in our words:
// theirs quote the request.
func (s *Server) unreadable(code int) error {
	switch code {
	case fiber.StatusRequestHeaderFieldsTooLarge:
		return refuse(code, mapping.TooLong, fmt.Sprintf("the request line and headers are longer than %d bytes", s.limits.Header))
	case fiber.StatusRequestEntityTooLarge:
		text := fmt.Sprintf("the body is longer than %d bytes", s.limits.Body)
		if s.entry != nil {
			text += fmt.Sprintf(", or than %d and without an access token", unproven)
		}
		return refuse(code, mapping.TooLong, text)
	case fiber.StatusRequestTimeout:
		return refuse(code, mapping.Timeout, fmt.Sprintf("the request did not arrive within %s", s.limits.Read))
	}
	return illFramed("the request is not well-formed HTTP/1.1")
}

// worded is an error that has its words in more than one language.
type worded interface {
	Issues(language string) []*mapping.Error
}

// all lists the errors of the core in err, the joined ones one by one.
func all(err error, language string) []*mapping.Error {
	if w, ok := err.(worded); ok {
		return w.Issues(language)
	}
	if e, ok := err.(*mapping.Error); ok {
		return []*mapping.Error{e}
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var found []*mapping.Error
		for _, e := range joined.Unwrap() {
			found = append(found, all(e, language)...)
		}
		return found
	}
	if inner := errors.Unwrap(err); inner != nil {
		return all(inner, language)
	}
	return nil
}

// ours is what may be logged of an error: the text of our own, the type of a
// foreign one.
func ours(err error) string {
	var b *bug
	var l *exchange.Later
	if errors.As(err, &l) {
		return l.Error()
	} else if found := all(err, "en"); len(found) > 0 {
		return found[0].Error()
	} else if errors.As(err, &b) {
		return b.Error()
	}
	return fmt.Sprintf("%T", err)
}

// issue renders an error. The value of it, which is the sender's, stays out:
// an OperationOutcome is kept and passed on by others. What the core refuses of the
// query has the name of the parameter for its path.
func issue(e *mapping.Error, parameter string) fhir.OperationOutcomeIssue {
	text := redacted(e.Error()) // nobody puts a number there; if somebody does, it ends here
	i := fhir.OperationOutcomeIssue{
		Severity: fhir.IssueSeverityError,
		Code:     issueType(e.Kind),
		Details:  &fhir.CodeableConcept{Text: &text},
	}
	if parameter == "" && document.IsParameter(e.Path) {
		parameter = e.Path
	}
	switch {
	case parameter != "":
		i.Location = []string{"http." + parameter}
	case e.Path != "":
		i.Expression = []string{redacted(e.Path)}
	}
	if e.Kind == mapping.Exception {
		i.Severity = fhir.IssueSeverityFatal
	}
	return i
}

// issueType finds the model's number for a kind; the zero value would say
// "invalid".
func issueType(kind mapping.Kind) fhir.IssueType {
	var t fhir.IssueType
	if err := t.UnmarshalJSON([]byte(kind)); err != nil {
		return fhir.IssueTypeException
	}
	return t
}

// outcome writes an OperationOutcome. The model's own MarshalJSON would escape
// '<' and put the resource type last; the type without it does neither.
func outcome(issues []fhir.OperationOutcomeIssue) []byte {
	return encode(struct {
		ResourceType string `json:"resourceType"`
		fhir.OtherOperationOutcome
	}{"OperationOutcome", fhir.OtherOperationOutcome{Issue: issues}})
}

// encode writes one of our own values as JSON, without the HTML escapes.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("api: " + err.Error()) // our own types always encode
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// noContent answers that all is well and there is nothing to read.
func noContent(c *fiber.Ctx) error {
	c.Status(fiber.StatusNoContent)
	return nil
}

// plainName reports whether a caller's name of something may be repeated in a
// message.
func plainName(name string) bool {
	if name == "" || len(name) > 40 || strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.')
	}) {
		return false
	}
	run := 0
	for _, c := range []byte(name) {
		if run++; !digit(c) {
			run = 0
		}
		if run > 4 {
			return false
		}
	}
	return true
}
