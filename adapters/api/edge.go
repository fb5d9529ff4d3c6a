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
)

// The keys of what a request carries along for the log.
const (
	routeKey = "tolk.route"
	startKey = "tolk.start"
)

// requestID is the header that names a request in the answer and in the log.
const requestID = "X-Request-Id"

// edge is around every request that could be read: it gives it an id, refuses
// what is framed in more than one way, recovers a panic and writes the log.
func (s *Server) edge(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		ctx.SetUserValue(startKey, time.Now())
		s.headers(ctx)
		defer s.access(ctx)
		defer func() {
			if v := recover(); v != nil {
				s.refuse(ctx, panicked(v, debug.Stack()))
			}
		}()
		if err := framing(&ctx.Request.Header); err != nil {
			s.refuse(ctx, err)
			ctx.SetConnectionClose() // who knows where the next request would begin
			return
		}
		if !known(string(ctx.Method())) {
			s.refuse(ctx, unknownMethod())
			return
		}
		next(ctx)
	}
}

// known reports whether Fiber can route the method; it would answer others by
// itself, without an OperationOutcome.
func known(method string) bool { return slices.Contains(fiber.DefaultMethods, method) }

// headers sets what every answer carries. The answers are for the caller alone
// and hold nothing that a browser may run.
func (s *Server) headers(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderCacheControl, "no-store")
	h.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
	h.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	id := string(ctx.Request.Header.Peek(requestID))
	if !plainID(id) {
		id = rand.Text()
	}
	h.Set(requestID, id)
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

// access writes the one log line of a request. It tells the pattern of the
// route, never the path or the query: they are the caller's text.
func (s *Server) access(ctx *fasthttp.RequestCtx) {
	route, _ := ctx.UserValue(routeKey).(string)
	if route == "" {
		route = "none"
	}
	method := string(ctx.Method())
	if !known(method) {
		method = "other"
	}
	var took time.Duration
	if start, ok := ctx.UserValue(startKey).(time.Time); ok {
		took = time.Since(start)
	}
	s.log.LogAttrs(context.Background(), slog.LevelInfo, "request",
		slog.String("id", string(ctx.Response.Header.Peek(requestID))),
		slog.String("method", method),
		slog.String("route", route),
		slog.Int("status", ctx.Response.StatusCode()),
		slog.Duration("duration", took),
		slog.Int("bytes", len(ctx.Response.Body())))
}
