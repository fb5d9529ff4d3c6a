package api

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// sendAll sends a request whole, and only then reads: what the answer is, and
// whether the connection ends as it should after it. It never stops sending early,
// as a client does that hears nothing while it writes.
func sendAll(t *testing.T, c net.Conn, header, body string) answer {
	t.Helper()
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, header+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for part := body; part != ""; {
		n := min(len(part), 64<<10)
		if _, err := io.WriteString(c, part[:n]); err != nil {
			t.Errorf("%.60s: %d bytes before the end: %v", header, len(part), err)
			return answer{}
		}
		part = part[n:]
	}
	r := bufio.NewReader(c)
	got, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Errorf("%.60s: no answer: %v", header, err)
		return answer{}
	}
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Errorf("%.60s: %v after %q", header, err, text)
	}
	if _, err := r.ReadByte(); got.Close && err != io.EOF {
		t.Errorf("%.60s: after the answer: %v, want the end", header, err)
	}
	return answer{got.StatusCode, got.Header, string(text)}
}

// inChunks is a body as chunks.
func inChunks(body string) string {
	var b strings.Builder
	for rest := body; rest != ""; {
		n := min(len(rest), 1<<20)
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	return b.String() + "0\r\n\r\n"
}

// Whoever sends more than is taken hears the whole answer, also when he listens only
// after he has sent it all: a connection closed with unread bytes is reset, and the
// answer goes with it.
func TestAnswerBeforeTheBody(t *testing.T) {
	const post = "POST /v1/translate?from=ffb&to=fsiii HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
	large := strings.Repeat(" ", 20<<20)
	length := fmt.Sprintf("Content-Length: %d", len(large))
	const chunked = "Transfer-Encoding: chunked"
	h := start(t, Limits{})
	plain, secure := h.listen(t), start(t, Limits{})
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate(t, "node")}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- secure.Serve(listener) }()
	t.Cleanup(func() {
		if err := secure.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	openly := func() (net.Conn, error) { return net.Dial("tcp", plain) }
	sealed := func() (net.Conn, error) {
		return tls.Dial("tcp", listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	}
	for name, c := range map[string]struct {
		dial         func() (net.Conn, error)
		header, body string
	}{
		"a length":        {openly, post + length, large},
		"chunks":          {openly, post + chunked, inChunks(large)},
		"without waiting": {openly, post + "Expect: 100-continue\r\n" + length, large},
		"TLS, a length":   {sealed, post + length, large},
		"TLS, chunks":     {sealed, post + chunked, inChunks(large)},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := c.dial()
			if err != nil {
				t.Fatal(err)
			}
			outcomeText(t, sendAll(t, conn, c.header, c.body), 413, "too-long")
		})
	}
}

// So does whoever is refused for another reason before his body is read.
func TestRefusedBeforeTheBody(t *testing.T) {
	n := startNode(t, nil)
	address := n.listen(t)
	large := strings.Repeat(" ", 10<<20)
	const post, owner = "POST /v1/exchange HTTP/1.1\r\nHost: a\r\n", "Authorization: Bearer owner\r\n"
	length := fmt.Sprintf("Content-Length: %d", len(large))
	for name, c := range map[string]struct {
		header, body string
		status       int
	}{
		"nobody":                  {post + length, large, 401},
		"nobody in chunks":        {post + "Transfer-Encoding: chunked", inChunks(large), 413},
		"for a token":             {"POST /token HTTP/1.1\r\nHost: a\r\n" + length, large, 413},
		"another type":            {post + owner + "Content-Type: text/plain\r\nConnection: close\r\n" + length, large, 415},
		"framed twice":            {post + owner + "Content-Length: 1\r\nContent-Length: 1", large, 400},
		"headers without an end":  {post + "X: " + large, "", 431},
		"a query that is no such": {"POST /v1/ex change HTTP/1.1\r\nHost: a\r\n" + length, large, 400},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			if a := sendAll(t, conn, c.header, c.body); a.status != c.status || !strings.Contains(a.body, "OperationOutcome") {
				t.Errorf("got %d %.300s, want %d", a.status, a.body, c.status)
			}
		})
	}
}

// And so does whoever is turned away at the door.
func TestTurnedAwayBeforeTheBody(t *testing.T) {
	h := start(t, Limits{Connections: 1})
	address := h.listen(t)
	held, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	fmt.Fprint(held, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
	if a, err := http.ReadResponse(bufio.NewReader(held), nil); err != nil || a.StatusCode != 200 {
		t.Fatalf("got %+v, %v", a, err)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	const size = 20 << 20
	outcomeText(t, sendAll(t, conn, fmt.Sprintf("POST /v1/translate HTTP/1.1\r\nHost: a\r\nContent-Length: %d", size), strings.Repeat(" ", size)), 503, "transient")
}

// Who asks first whether to send at all is told no, and sends nothing.
func TestExpectationRefused(t *testing.T) {
	h := start(t, Limits{Body: 1 << 20})
	address := h.listen(t)
	const post = "POST /v1/translate?from=ffb&to=fsiii HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	for _, c := range []struct{ raw, want string }{
		{post + "Content-Length: 1048577\r\n\r\n", "[413]"},
		{post + "Connection: close\r\nContent-Length: 2\r\n\r\n{}", "[100 200]"},
	} {
		if statuses, closed := speak(t, address, c.raw); fmt.Sprint(statuses) != c.want || !closed {
			t.Errorf("%q: got %v, closed %v, want %s", c.raw, statuses, closed, c.want)
		}
	}
	n := startNode(t, nil)
	if statuses, _ := speak(t, n.listen(t), "POST /v1/exchange HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10000000\r\n\r\n"); fmt.Sprint(statuses) != "[401]" {
		t.Errorf("nobody: got %v, want [401]", statuses)
	}
}

// endless is a connection of somebody who never stops sending, or, silent, never
// begins.
type endless struct {
	net.Conn
	silent        bool
	read          int
	halved, ended bool
	until         time.Time
}

func (c *endless) Read(p []byte) (int, error) {
	if c.silent || !time.Now().Before(c.until) {
		return 0, errTimeout{}
	}
	c.read += len(p)
	return len(p), nil
}
func (c *endless) CloseWrite() error                 { c.halved = true; return nil }
func (c *endless) Close() error                      { c.ended = true; return nil }
func (c *endless) SetReadDeadline(t time.Time) error { c.until = t; return nil }

type errTimeout struct{ error }

func (errTimeout) Timeout() bool { return true }

// Nobody holds a connection by sending on, by falling silent, or in a crowd.
func TestLingeringIsBounded(t *testing.T) {
	h := start(t, Limits{Body: 1 << 20})
	for name, c := range map[string]*endless{"sends on": {}, "silent": {silent: true}} {
		h.seeOff(c)
		if most := lingerBodies*h.limits.Body + lingerPiece; !c.halved || !c.ended || c.read > most {
			t.Errorf("%s: got %+v, want it closed after at most %d bytes", name, c, most)
		}
		if left := time.Until(c.until); left > lingerQuiet {
			t.Errorf("%s: would wait %s more for the next byte", name, left)
		}
	}
	for range cap(h.leaving) {
		h.leaving <- struct{}{}
	}
	one := &endless{}
	c := h.lingers(one)
	expectMore(c)
	if err := c.Close(); err != nil || !one.ended || one.read > 0 {
		t.Errorf("one too many: got %+v, %v, want it closed at once", one, err)
	}
	<-h.leaving
	for _, more := range []bool{false, true} {
		other := &endless{silent: true}
		c := h.lingers(other)
		if more {
			expectMore(c)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		h.leaving <- struct{}{} // there is a place again when it is closed
		if !other.ended || other.halved != more {
			t.Errorf("more %v: got %+v", more, other)
		}
		<-h.leaving
	}
}
