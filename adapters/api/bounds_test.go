package api

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Whoever has no token has nothing large read of him: he is told who is let in
// before his body is taken in.
func TestLargeBodiesOfStrangers(t *testing.T) {
	n := startNode(t, nil)
	address := n.listen(t)
	for name, c := range map[string]struct{ raw, want string }{
		"nobody":           {"POST /v1/exchange HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n{", "[401]"},
		"nobody in chunks": {"POST /v1/exchange HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n50000\r\n", "[413]"},
		"an old token":     {"POST /fhir HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer expired\r\nContent-Length: 10000000\r\n\r\n{", "[401]"},
		"for a token":      {"POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n{", "[413]"},
		"a client":         {"POST /v1/exchange HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer owner\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat(" ", 1_000_000), "[202]"},
		"a small one":      {"POST /v1/exchange HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", "[401]"},
	} {
		n.node.mu.Lock()
		n.node.refused = nil
		n.node.mu.Unlock()
		statuses, closed := speak(t, address, c.raw)
		if got := fmt.Sprint(statuses); got != c.want || !closed {
			t.Errorf("%s: got %s, closed %v, want %s", name, got, closed, c.want)
		}
		n.node.mu.Lock()
		if told := len(n.node.refused); (told == 1) != (c.want == "[401]") {
			t.Errorf("%s: told %+v", name, n.node.refused)
		} else if told == 1 && (n.node.refused[0].Why == "" || strings.Contains(n.node.refused[0].Route, " /fhir")) {
			t.Errorf("%s: told %+v", name, n.node.refused)
		}
		n.node.mu.Unlock()
	}
}

// What is large to read is read a few at a time; the others wait for as long as a
// request may take, and are then told to come again. What is small is not held up.
func TestLargeSubmissionsTakeTurns(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Limits = Limits{Translations: 8, Budget: 300 * time.Millisecond} })
	n.node.hold = make(chan struct{})
	large := `{"a":"` + strings.Repeat("x", heavy) + `"}`
	var all sync.WaitGroup
	for range cap(n.readings) {
		all.Go(func() {
			if a := n.as(t, "owner", "POST", "/v1/exchange", large); a.status != 202 {
				t.Errorf("got %d %.200s", a.status, a.body)
			}
		})
	}
	for end := time.Now().Add(5 * time.Second); len(n.readings) < cap(n.readings) && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	a := n.as(t, "owner", "POST", "/v1/exchange", large)
	if outcomeText(t, a, 503, "transient"); a.header.Get("Retry-After") == "" {
		t.Errorf("got %v", a.header)
	}
	small := make(chan answer)
	go func() { small <- n.as(t, "owner", "POST", "/v1/exchange", "{}") }()
	for end := time.Now().Add(5 * time.Second); n.node.submitting() < cap(n.readings)+1 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	close(n.node.hold)
	if a := <-small; a.status != 202 {
		t.Errorf("got %d %.200s", a.status, a.body)
	}
	all.Wait()
	if a := n.as(t, "owner", "POST", "/v1/exchange", large); a.status != 202 {
		t.Errorf("afterwards: got %d %.200s", a.status, a.body)
	}
}

// Behind a proxy every call comes from this machine, and so may one of a page that
// somebody at it looks at: the measurements are for who asks for this machine by
// itself.
func TestMetricsBehindAProxy(t *testing.T) {
	for _, c := range []struct {
		proxied bool
		host    string
		want    int
	}{{false, "127.0.0.1", 200}, {false, "evil.example", 401}, {true, "127.0.0.1", 401}} {
		n := startNode(t, func(config *Config) {
			config.Proxied = c.proxied
			config.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "tolk_up 1") })
		})
		conn, err := net.Dial("tcp", n.listen(t))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", c.host)
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), fmt.Sprintf("HTTP/1.1 %d ", c.want)) {
			t.Errorf("%+v: %v %.100s", c, err, answer)
		}
	}
}
