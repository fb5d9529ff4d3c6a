package api

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// The bounds of lingering (RFC 9112, section 9.6): how many connections wait at a
// time for the end of what is sent after its answer, and how much and how long is
// waited for on each. It is far less than a connection may take that is listened to
// (Limits.Read), and nothing that is read is kept. Twice the largest body is what an
// honest sender is over by who did not know the limit; five seconds take it from a
// line of 50 Mbit/s; and who falls silent for a second has sent all, or hangs. Whom
// there is no place for is closed on at once, and may not see why.
const (
	mostLingering = 256
	lingerBodies  = 2 // of the limit of a body
	lingerTime    = 5 * time.Second
	lingerQuiet   = time.Second
	lingerPiece   = 16 << 10 // bytes read at a time
)

// lingering is a connection that, where more is sent on it than was read, is closed
// only when that has come. Closed with unread bytes it would be reset, and who is
// still sending would lose the answer that tells him why.
type lingering struct {
	net.Conn
	server *Server
	more   atomic.Bool // something was left unread
}

// sealed is a connection of TLS: fasthttp knows them by these methods.
type sealed interface {
	net.Conn
	Handshake() error
	ConnectionState() tls.ConnectionState
}

// lingeringSealed is lingering over TLS.
type lingeringSealed struct {
	*lingering
	tls sealed
}

func (c *lingeringSealed) Handshake() error                     { return c.tls.Handshake() }
func (c *lingeringSealed) ConnectionState() tls.ConnectionState { return c.tls.ConnectionState() }

// lingers makes a connection one that lingers.
func (s *Server) lingers(c net.Conn) net.Conn {
	l := &lingering{Conn: c, server: s}
	if c, ok := c.(sealed); ok {
		return &lingeringSealed{l, c}
	}
	return l
}

// expectMore says that more is coming on a connection than will be read.
func expectMore(c net.Conn) {
	if l, ok := c.(interface{ expectMore() }); ok {
		l.expectMore()
	}
}

func (c *lingering) expectMore() { c.more.Store(true) }

// unwrapped is a connection as it was accepted.
func unwrapped(c net.Conn) net.Conn {
	if l, ok := c.(interface{ accepted() net.Conn }); ok {
		return l.accepted()
	}
	return c
}

func (c *lingering) accepted() net.Conn { return c.Conn }

// Close closes the connection, now or when what is still sent has come. It does not
// wait for that: the place of the connection is free for the next.
func (c *lingering) Close() error {
	if !c.more.Swap(false) {
		return c.Conn.Close()
	}
	select {
	case c.server.leaving <- struct{}{}:
		go func() {
			defer func() { <-c.server.leaving }()
			c.server.seeOff(c.Conn)
		}()
		return nil
	default:
		return c.Conn.Close()
	}
}

// seeOff closes a connection after its last answer: it says that no more comes from
// here, throws away what still comes from there, within bounds, and closes.
func (s *Server) seeOff(c net.Conn) {
	defer c.Close()
	if !halfClosed(c) {
		return
	}
	if over, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = over.NetConn() // nothing of it is looked at, and so it need not be deciphered
		if !halfClosed(c) {
			return
		}
	}
	piece, end := make([]byte, lingerPiece), time.Now().Add(lingerTime)
	for left := lingerBodies * s.limits.Body; left > 0; {
		now := time.Now()
		if !now.Before(end) || c.SetReadDeadline(earlier(end, now.Add(lingerQuiet))) != nil {
			return
		}
		n, err := c.Read(piece)
		if left -= n; err != nil {
			return // he closed it, or is silent
		}
	}
}

// halfClosed says on a connection that nothing more is sent, where that can be said.
// It reports whether the connection is still there.
func halfClosed(c net.Conn) bool {
	half, ok := c.(interface{ CloseWrite() error })
	return !ok || half.CloseWrite() == nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// expected answers Expect: 100-continue (RFC 9110, section 10.1.1): whose body will
// not be read is told so before he sends it.
func (s *Server) expected(ctx *fasthttp.RequestCtx) int {
	most := s.limits.Body
	if own := s.bounds(&ctx.Request.Header).MaxRequestBodySize; own > 0 {
		most = own
	}
	if ctx.Request.Header.ContentLength() <= most {
		return fiber.StatusContinue
	}
	s.unread(ctx, fiber.ErrRequestEntityTooLarge)
	return ctx.Response.StatusCode()
}

// unread refuses a request that was not read to its end.
func (s *Server) unread(ctx *fasthttp.RequestCtx, err error) {
	came := time.Now()
	s.headers(ctx)
	var f *fiber.Error
	if errors.As(err, &f) && f.Code == fiber.StatusRequestEntityTooLarge {
		err = s.tooLong(ctx, err)
	}
	s.refuse(ctx, err)
	s.access(ctx, came)
	expectMore(ctx.Conn())
}
