package api

import (
	"bufio"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// The bounds of turning away: how many are at a time, and how long one may take to
// say what he came for.
const (
	mostTurned  = 1024
	turningTime = 2 * time.Second
)

// crowded is a listener that keeps the connections of a server within its limit.
// Who comes when all places are taken is told that nothing happened and when to
// come again; fasthttp by itself would say it in words that no client of FHIR
// reads.
type crowded struct {
	net.Listener
	server *Server
	turned chan struct{} // one per connection that is turned away now
}

// Accept returns the next connection that there is room for.
func (l *crowded) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if int(l.server.app.Server().GetOpenConnectionsCount()) < l.server.connections {
			return l.server.lingers(c), nil
		}
		select {
		case l.turned <- struct{}{}:
			go func() {
				defer func() { <-l.turned }()
				l.server.turnAway(c)
			}()
		default:
			c.Close()
		}
	}
}

// turnAway answers whatever a connection came for with 503. It waits for the
// request, since an answer before it would be nobody's, and for the end of it.
func (s *Server) turnAway(c net.Conn) {
	defer c.Close()
	s.crowd.say(func() { s.log.Warn("more connections than are taken", "limit", s.connections) })
	if c.SetDeadline(time.Now().Add(turningTime)) != nil {
		return
	}
	if _, err := c.Read(make([]byte, 4<<10)); err != nil {
		return
	}
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, c.RemoteAddr(), nil)
	s.headers(&ctx)
	s.refuse(&ctx, refuse(fiber.StatusServiceUnavailable, transient, "every connection of this node is taken; nothing was done, and the same may be sent again later"))
	ctx.Response.Header.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(retryAfter/time.Second)))
	ctx.Response.SetConnectionClose()
	w := bufio.NewWriter(c)
	if ctx.Response.Write(w) != nil || w.Flush() != nil {
		return
	}
	s.seeOff(c)
}

// seldom says something at most once a minute.
type seldom struct{ last atomic.Int64 }

func (s *seldom) say(it func()) {
	now, last := time.Now().UnixNano(), s.last.Load()
	if now-last > int64(time.Minute) && s.last.CompareAndSwap(last, now) {
		it()
	}
}
