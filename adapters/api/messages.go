package api

import (
	"context"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/tree"
)

// listMessages answers GET /v1/exchange: the messages that the filters select,
// newest first.
func (s *Server) listMessages(c *fiber.Ctx) error {
	values, err := query(c, filterInputs...)
	if err != nil {
		return err
	}
	return s.sendMessages(c, values)
}

// searchMessages answers POST /v1/exchange/_search: the same with the filters in
// the body, where a citizen may be one.
func (s *Server) searchMessages(c *fiber.Ctx) error {
	values, _, err := s.given(c, soughtFields...)
	if err != nil {
		return err
	}
	return s.sendMessages(c, values)
}

func (s *Server) sendMessages(c *fiber.Ctx, values url.Values) error {
	filter, err := readFilter(values)
	if err != nil {
		return err
	}
	reason, err := readWhy(values)
	if err != nil {
		return err
	}
	lines, err := ask(s, c, func(ctx context.Context, who exchange.Caller) ([]exchange.Line, error) {
		who.Why = reason
		return s.exchange.List(ctx, who, filter)
	})
	if err != nil {
		return err
	}
	answer := struct {
		Messages []exchange.Line `json:"messages"`
		Before   int64           `json:"before,omitempty"` // asks for the next page; none on the last
	}{Messages: present(lines)}
	if len(lines) == filter.Limit {
		answer.Before = lines[len(lines)-1].Seq
	}
	return c.Send(encode(answer))
}

// present makes an empty list of none, so that it is written as a list.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// messageID returns the id of the message in the path. What is no id of the node
// names no message.
func messageID(c *fiber.Ctx) (string, error) {
	id := c.Params("id")
	if len(id) != 36 || !uuid.MatchString(id) {
		return "", noMessage()
	}
	return id, nil
}

func noMessage() error {
	return &mapping.Error{Kind: mapping.NotFound, Message: "no message of yours has this id"}
}

// life answers GET /v1/exchange/{id}: where a message is, and why, step by step.
func (s *Server) life(c *fiber.Ctx) error {
	if _, err := query(c); err != nil {
		return err
	}
	id, err := messageID(c)
	if err != nil {
		return err
	}
	life, err := ask(s, c, func(ctx context.Context, who exchange.Caller) (*exchange.Life, error) {
		return s.exchange.Life(ctx, who, id)
	})
	if err != nil {
		return err
	}
	return c.Send(encode(life))
}

// parts are what can be read of a message.
var parts = []string{exchange.Original, exchange.Translation, exchange.Ledger, exchange.Residue, exchange.Answer}

// part answers GET /v1/exchange/{id}/{part}: the bytes as they are kept.
func (s *Server) part(c *fiber.Ctx) error {
	values, err := query(c, input{name: "receiver"}, why)
	if err != nil {
		return err
	}
	id, err := messageID(c)
	if err != nil {
		return err
	}
	part, receiver := c.Params("part"), values.Get("receiver")
	switch {
	case !slices.Contains(parts, part):
		return noRoute()
	case part == exchange.Original && receiver != "":
		return badParameter(mapping.Invalid, "receiver", "the original is the same for every receiver; accepted with the translation, the ledger, the residue and the answer")
	}
	reason, err := readWhy(values)
	if err != nil {
		return err
	}
	content, err := s.contentOf(c, id, part, receiver, reason)
	if err != nil {
		return err
	}
	return download(c, content)
}

// contentOf asks for a part of a message, for a reason where one is said.
func (s *Server) contentOf(c *fiber.Ctx, id, part, receiver, reason string) (exchange.Content, error) {
	return ask(s, c, func(ctx context.Context, who exchange.Caller) (exchange.Content, error) {
		who.Why = reason
		return s.exchange.Part(ctx, who, id, part, receiver)
	})
}

// download answers with bytes of a sender or a receiver. A browser keeps them as a
// file and shows nothing of them.
func download(c *fiber.Ctx, content exchange.Content) error {
	kind := content.Type
	if kind == "" || !text(kind) {
		kind = fiber.MIMEOctetStream
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, "attachment")
	return c.Send(content.Body)
}

// actFields say what a person does with messages.
var actFields = []input{why, {name: "receiver"}, {name: "maps"}, {name: "dry", types: truthType}}

// actOnOne answers POST /v1/exchange/{id}/rerun, release and erase.
func (s *Server) actOnOne(do string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id, err := messageID(c)
		if err != nil {
			return err
		}
		values, _, err := s.given(c, actFields...)
		if err != nil {
			return err
		}
		action, err := readAction(values, do)
		if err != nil {
			return err
		}
		action.IDs = []string{id}
		return s.act(c, action)
	}
}

// actManyFields say the same of several: which ones is told by their ids, or by a
// filter.
var actManyFields = slices.Concat(actFields, []input{{name: "do"}, {name: "ids", many: true}, {name: "filter", types: objectType}})

// actOnMany answers POST /v1/exchange/_act.
func (s *Server) actOnMany(c *fiber.Ctx) error {
	values, d, err := s.given(c, actManyFields...)
	if err != nil {
		return err
	}
	action, err := readAction(values, values.Get("do"))
	if err != nil {
		return err
	}
	if action.IDs = values["ids"]; len(action.IDs) > mostMessages {
		return &mapping.Error{Kind: mapping.TooLong, Path: "ids", Message: "more than 1000 messages; select them with filter"}
	}
	if d != nil {
		if action.Filter, err = nestedFilter(d); err != nil {
			return err
		}
	}
	switch needs := map[string]exchange.Right{exchange.Rerun: exchange.Operate, exchange.Release: exchange.Operate, exchange.Erase: exchange.Delete}[action.Do]; {
	case needs == "":
		return badParameter(mapping.Value, "do", "accepted: rerun, release, erase")
	case (len(action.IDs) == 0) == (action.Filter == nil):
		return badParameter(mapping.Required, "ids", "required: ids or filter, one of them")
	default:
		if err := s.admit(c, needs); err != nil {
			return err
		}
	}
	return s.act(c, action)
}

// nestedFilter reads the filter in a body, nil for none. One that selects
// everything is taken for an oversight, also where it says how many at a time.
func nestedFilter(d *tree.Doc) (*exchange.Filter, error) {
	n := d.Child(d.Root(), "filter")
	if n == tree.None {
		return nil, nil
	}
	values, err := members(d, n, searchFields)
	if err != nil {
		return nil, err
	}
	said := len(values)
	for _, name := range []string{"limit", "before"} {
		if values.Has(name) {
			said--
		}
	}
	if said == 0 {
		return nil, badParameter(mapping.Required, "filter", "selects every message; say at least one thing of those that are meant")
	}
	filter, err := readFilter(values)
	if !values.Has("limit") {
		filter.Limit = mostMessages
	}
	return &filter, err
}

// readAction reads what is done, and why.
func readAction(values url.Values, do string) (a exchange.Action, err error) {
	a = exchange.Action{Do: do, Receiver: values.Get("receiver"), Maps: values.Get("maps")}
	if a.Why, err = readWhy(values); err != nil {
		return a, err
	}
	if a.Dry, err = flag(values, "dry"); err != nil {
		return a, err
	}
	switch {
	case a.Why == "":
		return a, badParameter(mapping.Required, "why", "required: the reason, for the audit")
	case a.Maps != "" && do != exchange.Rerun:
		return a, badParameter(mapping.Invalid, "maps", "is said of rerun alone")
	}
	return a, nil
}

// acted is what came of an action.
type acted struct {
	Dry  bool            `json:"dry,omitempty"`
	More bool            `json:"more,omitempty"` // there may be: the filter is at its limit
	Done []exchange.Done `json:"done"`
}

// act does it, and answers what came of it for each message.
func (s *Server) act(c *fiber.Ctx, action exchange.Action) error {
	done, err := askLong(s, c, bulk, func(ctx context.Context, who exchange.Caller) ([]exchange.Done, error) {
		return s.exchange.Act(ctx, who, action)
	})
	if err != nil {
		return err
	}
	of := map[string]bool{}
	for _, d := range done {
		of[d.ID] = true
	}
	return c.Send(encode(acted{action.Dry, action.Filter != nil && len(of) >= action.Filter.Limit, present(done)}))
}
