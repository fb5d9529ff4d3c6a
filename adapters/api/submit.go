package api

import (
	"context"
	"errors"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/tree"
)

// submitInputs are the parameters of POST /v1/exchange: why the receiver may have
// what is handed over, whom it is for and what it is.
var submitInputs = []input{{name: "purpose"}, {name: "legal-basis"}, {name: "capacity"}, {name: "consent"},
	{name: "receiver"}, {name: "document"}, {name: "from"}}

// asyncInputs are those parameters where FHIR has the route.
var asyncInputs = slices.Concat(submitInputs, []input{{name: "async"}, format,
	{name: "response-url", refused: "answers go to the receiver that is configured for the client"}})

// The headers of a submission, and of its answer.
const (
	keyHeader       = "Idempotency-Key"
	preferHeader    = "Prefer"
	appliedHeader   = "Preference-Applied"
	duplicateHeader = "Tolk-Duplicate"
	respondAsync    = "respond-async"
)

// later reports whether a message is to be kept and delivered, and not answered
// at once: FHIR says so with async=true, HTTP with a preference (RFC 7240).
func later(c *fiber.Ctx) bool {
	if string(c.Request().URI().QueryArgs().Peek("async")) == "true" {
		return true
	}
	for _, header := range c.Request().Header.PeekAll(preferHeader) {
		for one := range strings.SplitSeq(string(header), ",") {
			name, _, _ := strings.Cut(one, ";")
			if strings.EqualFold(strings.TrimSpace(name), respondAsync) {
				return true
			}
		}
	}
	return false
}

// acceptLater answers what FHIR hands over to be delivered.
func (s *Server) acceptLater(c *fiber.Ctx) error {
	switch {
	case c.Context().UserValue(batchKey) != nil:
		return badParameter(mapping.NotSupported, "async", "an entry of a batch is answered at once; hand a message over by itself")
	case s.exchange == nil:
		return badParameter(mapping.NotSupported, "async", "a message is answered at once: no exchange runs here that could keep it; tolk serve --data DIR starts one; accepted: false")
	case namesCitizen(c):
		return citizenInURL()
	}
	return s.accept(c, asyncInputs)
}

// accept hands a message over to the node. When it answers 202 the message is
// durable.
func (s *Server) accept(c *fiber.Ctx, declared []input) error {
	if err := s.admit(c, exchange.Send); err != nil {
		return err
	}
	values, err := query(c, declared...)
	if err != nil {
		return err
	}
	if xmlKinds[formats[values.Get(format.name)]] {
		return badParameter(mapping.NotSupported, format.name, "a receipt is JSON; accepted: json, application/fhir+json, application/json")
	}
	handed := exchange.Submission{
		Receiver: values.Get("receiver"), Document: values.Get("document"), From: values.Get("from"),
		Statement: stated(values), Request: string(c.Response().Header.Peek(requestID)), Trace: trace(c),
	}
	if handed.Key, err = idempotencyKey(c); err != nil {
		return err
	}
	if handed.ContentType, err = handedType(c); err != nil {
		return err
	}
	if handed.Body, err = s.inflated(c, "the message to deliver"); err != nil {
		return err
	}
	if c.Path() == processPath {
		if handed.Body, err = unpacked(handed.Body); err != nil {
			return err
		}
	}
	leave, err := s.place(len(handed.Body))
	if err != nil {
		return err
	}
	defer leave()
	receipt, err := ask(s, c, func(ctx context.Context, who exchange.Caller) (exchange.Receipt, error) {
		return s.exchange.Submit(ctx, who, handed)
	})
	if err != nil {
		return submitted(err)
	}
	return receive(c, receipt)
}

// heavy is from how many bytes on a submission waits for a place: read, it takes
// many times its size.
const heavy = 256 << 10

// place waits for one where a submission of a size is read, one per processor;
// what is small needs none. It is left with what is returned.
func (s *Server) place(size int) (leave func(), err error) {
	if size < heavy {
		return func() {}, nil
	}
	timer := time.NewTimer(s.limits.Budget)
	defer timer.Stop()
	select {
	case s.readings <- struct{}{}:
		return func() { <-s.readings }, nil
	case <-timer.C:
		return nil, &exchange.Later{After: retryAfter}
	}
}

// stated reads why the receiver may have what is handed over.
func stated(values url.Values) exchange.Statement {
	return exchange.Statement{Purpose: values.Get("purpose"), LegalBasis: values.Get("legal-basis"),
		Capacity: values.Get("capacity"), Consent: values.Get("consent")}
}

// receive answers with a receipt: the same bytes for every repetition.
func receive(c *fiber.Ctx, receipt exchange.Receipt) error {
	if receipt.Verdict == exchange.Conflict {
		return refuse(fiber.StatusConflict, conflict, conflicting(receipt.Code))
	}
	c.Location(exchangePath + "/" + receipt.ID)
	c.Set(fiber.HeaderContentType, plainJSON)
	if c.Get(preferHeader) != "" && later(c) {
		c.Set(appliedHeader, respondAsync)
	}
	body := receipt.Answer
	if receipt.Verdict == exchange.Duplicate {
		c.Set(duplicateHeader, "true")
		if receipt.Erased && len(body) == 0 { // the answer went with the message
			body = encode(map[string]string{"id": receipt.ID, "status": "erased"})
		}
	}
	c.Status(fiber.StatusAccepted)
	return c.Send(body)
}

// conflicts tell why a message is refused whose identifiers were used before.
var conflicts = map[string]string{
	"content-differs":  "a message with the same identifiers and another content was accepted before",
	"bundle-id-reused": "Bundle.id was used for another MessageHeader.id before; a new message needs a new one",
	"header-id-seen":   "MessageHeader.id came before, in another Bundle",
	"both-ids-seen":    "the message came before, and on this channel a repeated message is not answered again",
	"transport-reused": "the Idempotency-Key, or the identifier of the envelope, was used for another message",
	"ids-of-two":       "the identifiers belong to two different messages that were accepted before",
}

func conflicting(code string) string {
	if words := conflicts[code]; words != "" {
		return words
	}
	return "the identifiers of the message were used before"
}

// submitted is why a message was not accepted. What is not found is a route or a
// receiver, and not the path of the request; what is said in a parameter is named
// as one.
func submitted(err error) error {
	var r *refusal
	var l *exchange.Later
	found := all(err, "en")
	if errors.As(err, &r) || errors.As(err, &l) || len(found) != 1 {
		return err
	}
	told := *found[0]
	code, parameter := status(told.Kind), fieldNames[told.Path]
	switch {
	case told.Kind == mapping.NotFound:
		code = fiber.StatusUnprocessableEntity
	case parameter == "" || code >= fiber.StatusInternalServerError:
		return err
	}
	if parameter != "" {
		told.Path = parameter
	}
	return &refusal{status: code, parameter: parameter, issue: told}
}

// idempotencyKey reads the name that a sender gives a submission: the same one,
// the same submission.
func idempotencyKey(c *fiber.Ctx) (string, error) {
	given := c.Request().Header.PeekAll(keyHeader)
	if len(given) == 0 {
		return "", nil
	}
	key := string(given[0])
	switch {
	case len(given) > 1:
		return "", illFramed("idempotency-key: given more than once, accepted once")
	case key == "" || len(key) > 255 || strings.ContainsFunc(key, notVisible):
		return "", illFramed("idempotency-key: accepted: 1 to 255 letters, digits and signs of ASCII")
	case numbered(key):
		return "", illFramed("idempotency-key: must not name a citizen; a random UUID does")
	}
	return key, nil
}

// traceparent is the header by which callers say what trace a request belongs to
// (https://www.w3.org/TR/trace-context/), and how it begins in every version.
const traceparent = "traceparent"

var traceBegins = regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)`)

// trace returns the trace that a request belongs to, empty for none: what is no
// trace is not worth an error.
func trace(c *fiber.Ctx) string {
	const (
		most  = 200
		whole = 55 // of version 00
	)
	given := c.Request().Header.PeekAll(traceparent)
	if len(given) != 1 {
		return ""
	}
	t := string(given[0])
	if len(t) > most || !traceBegins.MatchString(t) || strings.ContainsFunc(t, notVisible) || numbered(t[whole:]) {
		return ""
	}
	return t
}

func notVisible(r rune) bool { return r <= ' ' || r > '~' }

// handedType returns the media type of what is handed over, empty where none is
// said: any JSON and any XML.
func handedType(c *fiber.Ctx) (string, error) {
	header := c.Get(fiber.HeaderContentType)
	if header == "" {
		return "", nil
	}
	kind, params, err := mime.ParseMediaType(header)
	json := kind == plainJSON || strings.HasSuffix(kind, "+json")
	xml := kind == plainXML || kind == textXML || strings.HasSuffix(kind, "+xml")
	switch {
	case err != nil || !json && !xml:
		return "", wrongType("content-type: accepted: application/json, application/fhir+json, application/xml, text/xml, application/fhir+xml, and others that end in +json or +xml; curl says neither unless given -H 'Content-Type: application/json'")
	case json && params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
		return "", wrongType("content-type: charset: accepted: utf-8")
	case !release4(params):
		return "", wrongType("content-type: fhirVersion: accepted: 4.0")
	}
	return kind, nil
}

// unpacked takes a message out of the Parameters that FHIR also lets it stand in;
// any other text stays as it came.
func unpacked(body string) (string, error) {
	const enough = 512 // what stands before the type of a resource
	if head := body[:min(len(body), enough)]; !strings.Contains(head, "Parameters") {
		return body, nil
	}
	limits := tree.Limits{Bytes: len(body)}
	text, err := jsonOf(body, limits)
	if err != nil {
		return "", err
	}
	d, err := tree.Parse(text, limits)
	if err != nil {
		return "", err
	}
	in := received{body: body, doc: d}
	if err := in.unpack(); err != nil {
		return "", err
	}
	return in.body, nil
}
