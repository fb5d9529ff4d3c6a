package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// speak sends bytes to the server as they are and returns every answer until
// the server closes or falls silent.
func speak(t *testing.T, address, raw string) (statuses []int, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(400 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for {
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			e, ok := err.(net.Error)
			return statuses, !ok || !e.Timeout()
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return statuses, true
		}
		response.Body.Close()
		statuses = append(statuses, response.StatusCode)
	}
}

// A request that two servers could read in two ways is refused, and so is
// everything after it on the connection: the second request, hidden in what one
// of them takes for the body of the first, must never be answered.
func TestSmuggling(t *testing.T) {
	h := start(t, Limits{})
	address := h.listen(t)
	const (
		post   = "POST /v1/translate?from=ffb&to=fsiii HTTP/1.1\r\n"
		host   = "Host: a\r\n"
		hidden = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
		chunks = "0\r\n\r\n"
	)
	for name, raw := range map[string]string{
		"length and chunked":           post + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + hidden,
		"chunked and length":           post + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + chunks + hidden,
		"identity and length":          post + host + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"identity":                     post + host + "Transfer-Encoding: identity\r\n\r\n" + hidden,
		"gzip, chunked":                post + host + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunks + hidden,
		"Chunked":                      post + host + "Transfer-Encoding: Chunked\r\n\r\n" + chunks + hidden,
		"xchunked":                     post + host + "Transfer-Encoding: xchunked\r\n\r\n" + chunks + hidden,
		"chunked with a vertical tab":  post + host + "Transfer-Encoding: \x0bchunked\r\n\r\n" + chunks + hidden,
		"chunked twice":                post + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + hidden,
		"chunked and identity":         post + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + chunks + hidden,
		"empty transfer coding":        post + host + "Transfer-Encoding:\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"chunked on HTTP/1.0":          strings.Replace(post, "1.1", "1.0", 1) + host + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + hidden,
		"two lengths":                  post + host + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"two lengths in one":           post + host + "Content-Length: 2, 2\r\n\r\n{}" + hidden,
		"length with a sign":           post + host + "Content-Length: +2\r\n\r\n{}" + hidden,
		"negative length":              post + host + "Content-Length: -2\r\n\r\n{}" + hidden,
		"length in hex":                post + host + "Content-Length: 0x2\r\n\r\n{}" + hidden,
		"length too large":             post + host + "Content-Length: 99999999999999999999\r\n\r\n{}" + hidden,
		"space before the colon":       post + host + "Content-Length : 2\r\n\r\n{}" + hidden,
		"tab before the colon":         post + host + "Transfer-Encoding\t: chunked\r\n\r\n" + chunks + hidden,
		"space in a name":              post + host + "X Y: 1\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"space before a name":          post + " " + host + "Content-Length: 2\r\n\r\n{}" + hidden,
		"folded":                       post + host + "X: 1\r\n Content-Length: 2\r\n\r\n" + hidden,
		"folded coding":                post + host + "Transfer-Encoding:\r\n chunked\r\n\r\n" + chunks + hidden,
		"no name":                      post + host + ": 1\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"no colon":                     post + host + "X\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"NUL in a name":                post + host + "X\x00: 1\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"NUL in a value":               post + host + "X: \x00\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"CR in a value":                post + host + "X: a\rContent-Length: 5\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"bare LF":                      post + host + "X: a\nContent-Length: 2\r\n\r\n{}" + hidden,
		"two hosts":                    post + host + host + "Content-Length: 2\r\n\r\n{}" + hidden,
		"no host":                      post + "Content-Length: 2\r\n\r\n{}" + hidden,
		"two content types":            post + host + "Content-Type: application/json\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"two content encodings":        post + host + "Content-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}" + hidden,
		"chunk size with a sign":       post + host + "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n" + chunks + hidden,
		"chunk size too large":         post + host + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n{}\r\n" + chunks + hidden,
		"chunk longer than its size":   post + host + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n" + chunks + hidden,
		"length in a trailer":          post + host + "Trailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n" + hidden,
		"HTTP/0.9":                     "GET /healthz\r\n\r\n" + hidden,
		"HTTP/2 preface":               "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden,
		"HTTP/1.9":                     "GET /healthz HTTP/1.9\r\nHost: a\r\n\r\n" + hidden,
		"two spaces":                   "GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + hidden,
		"space in the target":          "GET /healthz x HTTP/1.1\r\nHost: a\r\n\r\n" + hidden,
		"body on a GET, length unsaid": "GET /fhir/metadata HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n" + chunks + hidden,
	} {
		statuses, closed := speak(t, address, raw)
		if len(statuses) > 1 || len(statuses) == 1 && (statuses[0] < 400 || statuses[0] > 499) || !closed {
			t.Errorf("%s: answered %v, closed %v; want one refusal and the connection closed", name, statuses, closed)
		}
	}
	if calls := h.core.count(); calls != 0 {
		t.Errorf("%d of the requests reached the core", calls)
	}
}

// What is framed in one way only is answered, one after the other.
func TestSoundRequestsOnOneConnection(t *testing.T) {
	h := start(t, Limits{})
	address := h.listen(t)
	const post = "POST /v1/translate?from=ffb&to=fsiii HTTP/1.1\r\nHost: a\r\n"
	raw := post + "Content-Length: 2\r\n\r\n{}" +
		post + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;ext=1\r\n}\r\n0\r\n\r\n" +
		"GET http://a/healthz HTTP/1.1\r\nhost:a\r\n\r\n" +
		"GET /v1/translate HTTP/1.1\r\nHost: a\r\n\r\n" +
		post + "Content-Length: 3\r\n\r\n{x}" +
		post + "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
	statuses, closed := speak(t, address, raw)
	if got, want := fmt.Sprint(statuses), "[200 200 200 405 400 100 200]"; got != want || !closed {
		t.Errorf("got %s, closed %v, want %s", got, closed, want)
	}
}

// A body over the limit is refused before it is taken in, and one that does not
// arrive in time does not hold a connection.
func TestLargeAndSlowBodies(t *testing.T) {
	h := start(t, Limits{Body: 1 << 20, Read: 150 * time.Millisecond})
	address := h.listen(t)
	const post = "POST /v1/translate?from=ffb&to=fsiii HTTP/1.1\r\nHost: a\r\n"
	for name, c := range map[string]struct {
		raw  string
		want string
	}{
		"50 MB said":     {post + "Content-Length: 50000000\r\n\r\n{", "[413]"},
		"chunks":         {post + "Transfer-Encoding: chunked\r\n\r\n200000\r\n", "[413]"},
		"slow body":      {post + "Content-Length: 10\r\n\r\n{", "[408]"},
		"slow headers":   {post + "X: ", "[408]"},
		"slow chunks":    {post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{", "[408]"},
		"many headers":   {full(post + "X: "), "[431]"},
		"a long line":    {full("GET /healthz?"), "[431]"},
		"nothing at all": {"", "[408]"},
	} {
		statuses, closed := speak(t, address, c.raw)
		if got := fmt.Sprint(statuses); got != c.want || !closed {
			t.Errorf("%s: got %s, closed %v, want %s", name, got, closed, c.want)
		}
	}
	if !strings.Contains(h.logs.String(), `"status":413`) || !strings.Contains(h.logs.String(), `"status":408`) {
		t.Errorf("not in the log: %s", h.logs)
	}
}

// full extends the start of a request to all that the headers may take, so that
// the server has read everything when it gives up.
func full(start string) string { return start + strings.Repeat("x", 16<<10-len(start)) }
