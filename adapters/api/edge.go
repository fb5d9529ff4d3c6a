package api

import (
	"context"
	"crypto/rand"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tolk/mapping/exchange"
)

// The keys of what a request carries along: the log of its route, and that it has
// passed the edge.
const (
	routeKey = "tolk.route"
	edgeKey  = "tolk.edge"
)

// routeLog returns the log for the requests of a route. It tells the pattern of
// the route, never the path or the query: they are the caller's text.
func (s *Server) routeLog(pattern string) slog.Handler {
	return s.log.Handler().WithAttrs([]slog.Attr{slog.String("route", pattern)})
}

// requestID is the header that names a request in the answer and in the log.
const requestID = "X-Request-Id"

var requestIDName = []byte(requestID)

// edge is around every request that could be read: it gives it an id, refuses
// what is framed in more than one way, recovers a panic and writes the log.
func (s *Server) edge(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		defer s.access(ctx, time.Now())
		ctx.SetUserValue(edgeKey, true)
		s.headers(ctx)
		defer func() {
			if v := recover(); v != nil {
				s.refuse(ctx, panicked(v, debug.Stack()))
			}
		}()
		if err := framing(&ctx.Request.Header); err != nil {
			s.refuse(ctx, err)
			ctx.SetConnectionClose() // who knows where the next request would begin
			expectMore(ctx.Conn())
			return
		}
		if !known(ctx.Method()) {
			s.refuse(ctx, unknownMethod())
			return
		}
		next(ctx)
	}
}

// known reports whether Fiber can route the method; it would answer others by
// itself, without an OperationOutcome.
func known(method []byte) bool {
	return slices.ContainsFunc(fiber.DefaultMethods, func(m string) bool { return m == string(method) })
}

// always is what every answer carries, the names as HTTP writes them. The answers
// are for the caller alone and hold nothing that a browser may run.
var always = [][2][]byte{
	{[]byte(fiber.HeaderXContentTypeOptions), []byte("nosniff")},
	{[]byte(fiber.HeaderCacheControl), []byte("no-store")},
	{[]byte(fiber.HeaderContentSecurityPolicy), []byte("default-src 'none'; frame-ancestors 'none'")},
	{[]byte(fiber.HeaderReferrerPolicy), []byte("no-referrer")},
}

// headers sets what every answer carries.
func (s *Server) headers(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	for _, one := range always {
		h.SetCanonical(one[0], one[1])
	}
	id := string(ctx.Request.Header.Peek(requestID))
	if !plainID(id) {
		id = rand.Text()
	}
	h.SetCanonical(requestIDName, []byte(id))
}

// plainID reports whether a caller's request id may stand in our log.
func plainID(id string) bool {
	if len(id) < 8 || len(id) > 64 || redacted(id) != id {
		return false
	}
	for _, c := range []byte(id) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

// access writes the one log line of a request that came at a time.
func (s *Server) access(ctx *fasthttp.RequestCtx, came time.Time) {
	log, ok := ctx.UserValue(routeKey).(slog.Handler)
	if !ok {
		log = s.unrouted
	}
	background := context.Background()
	if !log.Enabled(background, slog.LevelInfo) {
		return
	}
	method := "other"
	if known(ctx.Method()) {
		method = string(ctx.Method())
	}
	// Without the logger, which would look up the line of this call each time.
	now := time.Now()
	line := slog.NewRecord(now, slog.LevelInfo, "request", 0)
	line.AddAttrs(
		slog.String("id", string(ctx.Response.Header.PeekCanonical(requestIDName))),
		slog.String("method", method),
		slog.Int("status", ctx.Response.StatusCode()),
		slog.Duration("duration", now.Sub(came)),
		slog.Int("bytes", len(ctx.Response.Body())))
	if who, ok := ctx.UserValue(callerKey).(exchange.Caller); ok {
		line.AddAttrs(slog.String("client", who.Name()))
	}
	_ = log.Handle(background, line) // as the logger does: there is nobody to tell
}
