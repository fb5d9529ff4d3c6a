package api

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// The paths of the exchange.
const (
	exchangePath  = "/v1/exchange"
	mailboxesPath = "/v1/mailbox"
	mailboxPath   = mailboxesPath + "/:name"
	letterPath    = mailboxPath + "/:letter"
	auditPath     = "/v1/audit"
)

// exchangeRoutes lists the routes of the exchange. Which messages, mailboxes and
// rows a caller sees among all is for the node to say; here stands who may ask at
// all.
func (s *Server) exchangeRoutes() []route {
	get, post := []string{"GET"}, []string{"POST"}
	party := []exchange.Right{exchange.Send, exchange.Receive, exchange.Log}
	content := []exchange.Right{exchange.Send, exchange.Receive, exchange.Read}
	log, receive := []exchange.Right{exchange.Log}, []exchange.Right{exchange.Receive}
	operate, erase := []exchange.Right{exchange.Operate}, []exchange.Right{exchange.Delete}
	examine := []exchange.Right{exchange.Examine}
	return []route{
		{exchangePath, []string{"GET", "POST"}, s.kept(s.messages), []exchange.Right{exchange.Send, exchange.Receive, exchange.Log}},
		{exchangePath + "/_search", post, s.kept(s.searchMessages), party},
		{exchangePath + "/_act", post, s.kept(s.actOnMany), []exchange.Right{exchange.Operate, exchange.Delete}},
		{exchangePath + "/:id", get, s.kept(s.life), party},
		{exchangePath + "/:id/rerun", post, s.kept(s.actOnOne(exchange.Rerun)), operate},
		{exchangePath + "/:id/release", post, s.kept(s.actOnOne(exchange.Release)), operate},
		{exchangePath + "/:id/erase", post, s.kept(s.actOnOne(exchange.Erase)), erase},
		{exchangePath + "/:id/:part", get, s.kept(s.part), content},
		{mailboxesPath, get, s.kept(s.mailboxes), receive},
		{mailboxPath, get, s.kept(s.fetch), receive},
		{letterPath, []string{"GET", "DELETE"}, s.kept(s.letter), receive},
		{"/v1/receivers", get, s.kept(s.receivers), log},
		{"/v1/shadow", get, s.kept(s.shadow), log},
		{auditPath, get, s.kept(s.audit), examine},
		{auditPath + "/_search", post, s.kept(s.searchAudit), examine},
	}
}

// kept is around every handler of the exchange. The answers are JSON, or what
// was handed over as it came: an Accept header has nothing to choose from.
func (s *Server) kept(handle fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		switch {
		case s.exchange == nil:
			return noExchange()
		case namesCitizen(c):
			return citizenInURL()
		case c.Method() != fiber.MethodPost && len(c.Request().Body()) > 0:
			return illFramed("a " + c.Method() + " has no body; use POST")
		}
		c.Set(fiber.HeaderContentType, plainJSON)
		c.Response().Header.SetCanonical(varyName, varies)
		return handle(c)
	}
}

// uuid is how the node names a message, and others what is theirs. Its digits are
// nobody's number, though one in a thousand looks so.
var uuid = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)

// replacement is a number that a region gives who has none (X-eCPR): six digits of
// a date, a digit, two letters and a digit.
var replacement = regexp.MustCompile(`(?:^|[^0-9A-Za-z])(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])[0-9]{2}-?[0-9][A-Z]{2}[0-9](?:$|[^0-9A-Za-z])`)

// namesCitizen reports whether something in the path or in the query could be a
// citizen's number: addresses are logged by whoever stands in between.
func namesCitizen(c *fiber.Ctx) bool {
	for part := range strings.SplitSeq(c.Path(), "/") {
		if numbered(part) {
			return true
		}
	}
	given, err := pairs(c)
	if err != nil {
		return numbered(string(c.Request().URI().QueryString()))
	}
	for _, p := range given {
		if numbered(p.name) || numbered(p.value) {
			return true
		}
	}
	return false
}

// numbered reports whether a text could hold a citizen's number.
func numbered(text string) bool {
	const fewest = 8 // digits, of a replacement number
	n := 0
	for i := range len(text) {
		if digit(text[i]) {
			n++
		}
	}
	if n < fewest {
		return false
	}
	text = uuid.ReplaceAllString(text, "")
	return redacted(text) != text || replacement.MatchString(text)
}

func citizenInURL() error {
	return refuse(fiber.StatusBadRequest, mapping.Security,
		"an address must not name a citizen: what looks like a personal number is sent in the body of a POST, to "+exchangePath+"/_search or "+auditPath+"/_search")
}

func noExchange() error {
	return refuse(fiber.StatusNotFound, mapping.NotSupported, "no exchange runs here: nothing is kept; tolk serve --data DIR starts one")
}

// messages answers /v1/exchange: GET lists messages, POST hands one over.
func (s *Server) messages(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodPost {
		return s.accept(c, submitInputs)
	}
	return s.listMessages(c)
}

// bulk is how many budgets a question about many messages may take.
const bulk = 12

// inBudget returns the context of a question to the node. It does not end with
// the server: what was begun is answered.
func (s *Server) inBudget(budgets time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), budgets*s.limits.Budget)
}

// fieldNames are the parameters and the fields of the exchange by what the node calls
// them.
var fieldNames = map[string]string{"purpose": "purpose", "legalBasis": "legal-basis", "capacity": "capacity", "senderCapacity": "capacity",
	"consent": "consent", "receiver": "receiver", "document": "document", "from": "from", "to": "to", "state": "state", "sender": "sender",
	"channel": "channel", "citizen": "citizen", "before": "before", "limit": "limit", "message": "message", "after": "after",
	"do": "do", "ids": "ids", "filter": "filter", "maps": "maps", "why": "why"}

// about makes an answer of the node that there was no time for what it is. What
// it says is wrong with a parameter is wrong with the request, and every other
// error stays.
func about(err error) error {
	var l *exchange.Later
	if errors.As(err, &l) {
		return err
	}
	if ended(err) {
		return &exchange.Later{After: retryAfter, Err: err}
	}
	if found := all(err, "en"); len(found) == 1 {
		switch e := found[0]; e.Kind {
		case mapping.Required, mapping.Value, mapping.CodeInvalid:
			if name := fieldNames[e.Path]; name != "" {
				return badParameter(e.Kind, name, e.Message)
			}
		}
	}
	return err
}

// retryAfter is what a sender is told to wait when nobody knows better.
const retryAfter = 5 * time.Second

// ask puts a question to the node in time, for the caller of the request.
func ask[T any](s *Server, c *fiber.Ctx, question func(context.Context, exchange.Caller) (T, error)) (T, error) {
	return askLong(s, c, 1, question)
}

// askLong is ask for what may take several budgets.
func askLong[T any](s *Server, c *fiber.Ctx, budgets time.Duration, question func(context.Context, exchange.Caller) (T, error)) (T, error) {
	ctx, cancel := s.inBudget(budgets)
	defer cancel()
	var none T
	who, err := s.caller(c.Context())
	if err != nil {
		return none, err
	}
	answer, err := question(ctx, who)
	if err != nil {
		err = about(err)
	}
	return answer, err
}
