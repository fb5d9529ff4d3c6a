package api

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// Access decides who gets in. An error of Authenticate that says so itself, with
// the methods Status and Challenge, is answered with that status and that
// WWW-Authenticate; the text of one must be safe anywhere.
type Access interface {
	// Token answers a request to the token endpoint: the fields of its body, and
	// what it came with.
	Token(ctx context.Context, form url.Values, call Call) TokenAnswer
	// Opens reports whether a request has a token that was given here and is not
	// over, without asking who shows it: it is asked before the body is read.
	Opens(call Call) bool
	// Authenticate says who makes a request.
	Authenticate(call Call) (Grant, error)
	// Configuration is the body of .well-known/smart-configuration.
	Configuration() []byte
}

// Call is a request as far as it says who makes it.
type Call struct {
	Authorization []string          // every Authorization header
	Certificate   *x509.Certificate // proved by the TLS handshake, nil for none; never from a header
	Now           time.Time
}

// TokenAnswer is the answer of the token endpoint, as it goes out.
type TokenAnswer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Grant is who was let in, and what for.
type Grant struct {
	Client string // as it is configured
	// Allows reports whether the token reaches as far as a scope; nil: as far as
	// the client does.
	Allows func(scope string) bool
}

// Local is the client that every caller is on a node for trying out.
const Local = "local"

// scopes are the scopes that stand for the rights of a client
// (https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html): a token
// that was asked for with fewer of them allows less than its client may.
var scopes = map[exchange.Right]string{
	exchange.Send:      "system/Bundle.c",
	exchange.Receive:   "system/Bundle.rd",
	exchange.Translate: "system/ConceptMap.rs",
	exchange.Log:       "system/Task.rs",
	exchange.Read:      "system/Binary.r",
	exchange.Operate:   "system/Task.u",
	exchange.Delete:    "system/Task.d",
	exchange.Examine:   "system/AuditEvent.rs",
}

// Scopes are the scopes that a client with these rights may be given, with a
// space between them.
func Scopes(rights []exchange.Right) string {
	all := make([]string, len(rights))
	for i, r := range rights {
		all[i] = scopes[r]
	}
	return strings.Join(all, " ")
}

// callerKey is where a request keeps who makes it.
const callerKey = "tolk.caller"

// guarded is in front of the handler of a route: who asks must be let in and have
// one of its rights. Where nothing is kept there is nobody to keep out.
func (s *Server) guarded(r route) fiber.Handler {
	if len(r.rights) == 0 || s.exchange == nil && s.entry == nil {
		return r.handle
	}
	return func(c *fiber.Ctx) error {
		if err := s.admit(c, r.rights...); err != nil {
			return err
		}
		return r.handle(c)
	}
}

// admit refuses who is not let in, and who has none of the rights. That he was
// refused stands in the audit before he is told.
func (s *Server) admit(c *fiber.Ctx, rights ...exchange.Right) error {
	who, err := s.caller(c.Context())
	if err == nil {
		for _, r := range rights {
			if err = who.May(r); err == nil {
				return nil
			}
		}
	}
	s.tellOf(c.Context(), who, err, c.Method()+" "+c.Route().Path)
	return err
}

// tellOf tells the node of an error, if it is that somebody was not let in or may
// not.
func (s *Server) tellOf(ctx *fasthttp.RequestCtx, who exchange.Caller, err error, route string) {
	switch code, list := s.judge(err, "en"); code {
	case fiber.StatusUnauthorized:
		s.tell(ctx, who, exchange.Refusal{Code: exchange.Unknown, Why: *list[0].Details.Text, Route: route})
	case fiber.StatusForbidden:
		s.tell(ctx, who, exchange.Refusal{Code: exchange.Forbidden, Why: *list[0].Details.Text, Route: route})
	}
}

// tell tells the node that a call was refused, and why: the words of the answer,
// in which nothing is the caller's. Who asked too much is answered as ever where
// that could not be written.
func (s *Server) tell(c *fasthttp.RequestCtx, who exchange.Caller, r exchange.Refusal) {
	if s.exchange == nil {
		return
	}
	ctx, cancel := s.inBudget(1)
	defer cancel()
	if who.Config == nil {
		who.Config = s.exchange.Config()
	}
	r.Request = string(c.Response.Header.Peek(requestID))
	if err := s.exchange.Refused(ctx, who, r); err != nil {
		s.log.Error("a refusal is not in the audit", "id", r.Request, "error", ours(err))
	}
}

// mayTranslate refuses who may hand messages over and nothing else.
func (s *Server) mayTranslate(c *fiber.Ctx) error {
	if s.exchange == nil && s.entry == nil {
		return nil
	}
	return s.admit(c, exchange.Translate)
}

// caller returns who makes a request. It is found out once.
func (s *Server) caller(ctx *fasthttp.RequestCtx) (exchange.Caller, error) {
	if who, ok := ctx.UserValue(callerKey).(exchange.Caller); ok {
		return who, nil
	}
	who, err := s.recognise(ctx)
	if err == nil {
		ctx.SetUserValue(callerKey, who)
	}
	return who, err
}

// recognise finds out who makes a request.
func (s *Server) recognise(ctx *fasthttp.RequestCtx) (who exchange.Caller, err error) {
	if s.exchange == nil { // Access without an exchange: nobody is configured
		return who, unknownCaller()
	}
	config := s.exchange.Config()
	grant := Grant{Client: Local}
	switch {
	case s.operator != nil:
		name := s.operator(unwrapped(ctx.Conn()))
		if name == "" {
			return who, unknownCaller()
		}
		return exchange.Caller{Config: config, Operator: name}, nil
	case s.entry != nil:
		if grant, err = s.entry.Authenticate(callOf(ctx)); err != nil {
			return who, err
		}
	default:
		if err := meant(ctx); err != nil {
			return who, err
		}
	}
	client := config.Client(grant.Client)
	if client == nil {
		return who, unknownCaller()
	}
	return exchange.Caller{Client: narrowed(client, grant), Config: config}, nil
}

// narrowed is a client with the rights that his token reaches.
func narrowed(client *exchange.Client, grant Grant) *exchange.Client {
	beyond := func(r exchange.Right) bool { return grant.Allows != nil && !grant.Allows(scopes[r]) }
	if !slices.ContainsFunc(client.Rights, beyond) {
		return client
	}
	less := *client
	less.Rights = slices.DeleteFunc(slices.Clone(client.Rights), beyond)
	return &less
}

// callOf reads what a request says of who makes it.
func callOf(ctx *fasthttp.RequestCtx) Call {
	call := shown(&ctx.Request.Header)
	if tls := ctx.TLSConnectionState(); tls != nil && len(tls.PeerCertificates) > 0 {
		call.Certificate = tls.PeerCertificates[0]
	}
	return call
}

// shown is a call as far as its header says who makes it.
func shown(h *fasthttp.RequestHeader) Call {
	call := Call{Now: time.Now()}
	for _, one := range h.PeekAll(fiber.HeaderAuthorization) {
		call.Authorization = append(call.Authorization, string(one))
	}
	return call
}

// unproven is how many bytes of a body are read of who shows no token: some more
// than a request for one takes.
const unproven = 2 * largestForm

// bounds says how much of a body is read, when its header has come.
func (s *Server) bounds(h *fasthttp.RequestHeader) (c fasthttp.RequestConfig) {
	length := h.ContentLength() // negative for chunks
	if s.entry != nil && (length < 0 || length > unproven) && !s.entry.Opens(shown(h)) {
		c.MaxRequestBodySize = min(unproven, s.limits.Body)
	}
	return c
}

// tooLong is the error of a body that was not read. Who is not let in is told that
// first, but where he asks for a token. After chunks fasthttp has no header any
// more to tell by.
func (s *Server) tooLong(ctx *fasthttp.RequestCtx, err error) error {
	h := &ctx.Request.Header
	if s.entry == nil || len(h.Host()) == 0 || string(ctx.Path()) == tokenPath || s.entry.Opens(shown(h)) {
		return err
	}
	who, no := s.recognise(ctx)
	if no == nil {
		return err
	}
	s.tellOf(ctx, who, no, "a request with a large body")
	return no
}

// meant refuses a request without a token that may not have been meant for this
// node by whoever sits at the machine: a page of another site makes its visitor's
// browser say so, or calls the machine by a name of that site.
func meant(ctx *fasthttp.RequestCtx) error {
	switch string(ctx.Request.Header.Peek("Sec-Fetch-Site")) {
	case "", "same-origin", "none":
	default:
		return byAnother
	}
	host := string(ctx.Host())
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || strings.EqualFold(host, "localhost") {
		return nil
	}
	return byAnotherName
}

// notMeant says why a request is not taken for one of whoever sits at the machine,
// and what he does instead. A person reads it, who followed a link.
type notMeant struct{ danish, english string }

var (
	byAnother = &notMeant{
		"en node uden kaldere svarer den, der sidder ved maskinen, og ikke på det, som et andet sted beder om, heller ikke gennem et link; åbn forsiden, og gå videre derfra, eller skriv adressen selv",
		"a node without clients answers whoever sits at its machine, and not what another site asks for, by a link neither; open the start page and go on from there, or type the address"}
	byAnotherName = &notMeant{
		"en node uden kaldere svarer den, der sidder ved maskinen, som localhost eller ved IP-adressen, og ikke under et andet navn; åbn den som http://localhost med dens port",
		"a node without clients answers whoever sits at its machine, as localhost or by the IP address, and by no other name; open it as http://localhost with its port"}
)

func (n *notMeant) Error() string { return n.english }

// Issues tells it in Danish or in English.
func (n *notMeant) Issues(language string) []*mapping.Error {
	message := n.english
	if language == "da" {
		message = n.danish
	}
	return []*mapping.Error{{Kind: mapping.Security, Message: message}}
}

// stranger is an error that says how somebody who is not let in is told so.
type stranger interface {
	error
	Status() int
	Challenge() string // of WWW-Authenticate (RFC 6750, section 3)
}

// unknown is a caller whom the configuration does not know.
type unknown struct{}

func (unknown) Error() string     { return "an access token of a configured client is needed" }
func (unknown) Status() int       { return fiber.StatusUnauthorized }
func (unknown) Challenge() string { return "Bearer" }

func unknownCaller() error { return unknown{} }
