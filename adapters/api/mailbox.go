package api

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// fetchInputs are the parameters of GET /v1/mailbox/{name}: for how many seconds
// to wait for the first letter, how many to give, and whether with what is in
// them.
var fetchInputs = []input{{name: "wait"}, {name: "limit"}, {name: "body"}}

// The bounds of a fetch. Who does not want to wait is answered as soon as
// anything is there, and within shortestWait when nothing is.
const (
	longestWait  = 60
	shortestWait = time.Second
	fewLetters   = 10
	mostLetters  = 100
)

// mailboxes answers GET /v1/mailbox: the names of those that the caller fetches
// from.
func (s *Server) mailboxes(c *fiber.Ctx) error {
	if _, err := query(c); err != nil {
		return err
	}
	who, err := s.caller(c.Context())
	if err != nil {
		return err
	}
	names := []string{}
	for i := range who.Config.Receivers {
		if r := &who.Config.Receivers[i]; r.Mailbox != nil && (who.Client == nil || r.Client == who.Client.ID) {
			names = append(names, r.Name)
		}
	}
	return c.Send(encode(map[string][]string{"mailboxes": names}))
}

// letter is a letter as it is given out. Its id is an address: the message, and
// what the node calls the letter.
type letter struct {
	exchange.Letter
	ID      string `json:"id"`
	Content string `json:"content"`        // where its bytes are
	Body    []byte `json:"body,omitempty"` // the same bytes
}

// fetch answers GET /v1/mailbox/{name}: the letters that wait, which are given
// again unless they are taken. It waits for the first one if it is told to.
func (s *Server) fetch(c *fiber.Ctx) error {
	values, err := query(c, fetchInputs...)
	if err != nil {
		return err
	}
	seconds, err := number(values, "wait", 0, longestWait)
	if err != nil {
		return err
	}
	limit, err := atMost(values, "limit", fewLetters, mostLetters)
	if err != nil {
		return err
	}
	bodies, err := wanted(values, "body")
	if err != nil {
		return err
	}
	who, err := s.caller(c.Context())
	if err != nil {
		return err
	}
	wait := max(time.Duration(seconds)*time.Second, shortestWait)
	if seconds > 0 && !s.polls.begin(who.Name()) {
		c.Set(fiber.HeaderRetryAfter, "5") // for whoever finds nothing
		wait, seconds = shortestWait, 0
	}
	if seconds > 0 {
		defer s.polls.end(who.Name())
	}
	ctx, cancel := context.WithTimeout(s.running, wait)
	defer cancel()
	name := c.Params("name")
	given, err := s.exchange.Fetch(ctx, who, name, limit)
	if err != nil && !(ctx.Err() != nil && ended(err)) {
		return about(err)
	}
	letters := make([]letter, len(given))
	for i, l := range given {
		letters[i] = letter{Letter: l, ID: l.Message + "." + l.ID}
		letters[i].Content = mailboxesPath + "/" + url.PathEscape(name) + "/" + letters[i].ID
		if bodies {
			letters[i].Body = l.Body
		}
	}
	return c.Send(encode(map[string][]letter{"letters": letters}))
}

// ended reports whether an error says no more than that the time was over.
func ended(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// wanted reads a parameter that is true or false, true when it is not there.
func wanted(values url.Values, name string) (bool, error) {
	if !values.Has(name) {
		return true, nil
	}
	return flag(values, name)
}

// letter answers GET and DELETE /v1/mailbox/{name}/{letter}: what is in a letter,
// byte for byte, and that it arrived.
func (s *Server) letter(c *fiber.Ctx) error {
	if _, err := query(c); err != nil {
		return err
	}
	name := c.Params("name")
	id := c.Params("letter")
	message, attempt, _ := strings.Cut(id, ".")
	if attempt == "" || len(message) != 36 || !uuid.MatchString(message) {
		return noLetter()
	}
	if c.Method() == fiber.MethodDelete {
		_, err := ask(s, c, func(ctx context.Context, who exchange.Caller) (struct{}, error) {
			return struct{}{}, s.exchange.Take(ctx, who, name, id)
		})
		if err != nil {
			return err
		}
		c.Response().Header.Del(fiber.HeaderContentType)
		return noContent(c)
	}
	who, err := s.caller(c.Context())
	if err != nil {
		return err
	}
	r, err := who.Mailbox(name)
	if err != nil {
		return noLetter()
	}
	content, err := s.contentOf(c, message, exchange.Translation, name, "")
	if notFound(err) && r.Form == exchange.Original {
		content, err = s.contentOf(c, message, exchange.Original, name, "")
	}
	switch {
	case notFound(err):
		return noLetter()
	case err != nil:
		return err
	}
	return download(c, content)
}

func notFound(err error) bool {
	var e *mapping.Error
	return errors.As(err, &e) && e.Kind == mapping.NotFound
}

func noLetter() error {
	return &mapping.Error{Kind: mapping.NotFound, Message: "no letter of this mailbox has this id; its id is that in the answer of GET " + mailboxesPath + "/{name}"}
}

// polls counts the requests that wait for letters. They are bounded in all, and
// none is refused for it: who comes too many is answered at once.
type polls struct {
	most int

	mu    sync.Mutex
	total int
	of    map[string]int
}

// share is the part of all that one client may have.
const share = 4

// begin reports whether a client may wait.
func (p *polls) begin(client string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total >= p.most || p.of[client] >= max(p.most/share, 1) {
		return false
	}
	if p.of == nil {
		p.of = map[string]int{}
	}
	p.total++
	p.of[client]++
	return true
}

// end says that he waits no longer.
func (p *polls) end(client string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total--
	if p.of[client]--; p.of[client] == 0 {
		delete(p.of, client)
	}
}
