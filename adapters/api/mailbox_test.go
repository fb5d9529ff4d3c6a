package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/mapping/exchange"
)

// A letter is given with its bytes, again by itself, and is taken.
func TestMailbox(t *testing.T) {
	n := startNode(t, nil)
	n.node.letters = append(n.node.letters, exchange.Letter{ID: "18.1", Message: messageOne, Body: []byte("{}")})
	var answer struct {
		Letters []struct {
			ID, Message, Document, Form, ContentType, Content string
			Body                                              []byte
		}
	}
	a := n.as(t, "owner", "GET", "/v1/mailbox/box", "")
	if err := json.Unmarshal([]byte(a.body), &answer); err != nil || a.status != 200 || len(answer.Letters) != 2 {
		t.Fatalf("%v: %d %s", err, a.status, a.body)
	}
	l := answer.Letters[0]
	if l.ID != letterOne || l.Message != messageOne || l.Document != "henvisning" || l.Form != "xref01" || l.ContentType != "application/xml" ||
		l.Content != "/v1/mailbox/box/"+letterOne || !bytes.Equal(l.Body, []byte(content)) {
		t.Errorf("got %+v", l)
	}
	if raw := n.as(t, "owner", "GET", l.Content, ""); raw.body != content || raw.header.Get("Content-Type") != l.ContentType {
		t.Errorf("got %v %q", raw.header, raw.body)
	}
	if a := n.as(t, "owner", "GET", "/v1/mailbox/box?limit=1&body=false", ""); strings.Contains(a.body, `"body"`) || strings.Contains(a.body, ".18.1") || !strings.Contains(a.body, letterOne) {
		t.Errorf("one without its content: %s", a.body)
	}
	if a := n.as(t, "owner", "DELETE", l.Content, ""); a.status != 204 || a.body != "" || len(n.node.taken) != 1 || n.node.taken[0] != letterOne {
		t.Errorf("taken: got %d %s, %v", a.status, a.body, n.node.taken)
	}
	n.node.letters = nil
	if a := n.as(t, "owner", "GET", "/v1/mailbox/box", ""); a.status != 200 || a.body != `{"letters":[]}` {
		t.Errorf("none: got %d %s", a.status, a.body)
	}
	for _, query := range []string{"wait=-1", "wait=x", "limit=0", "limit=101", "body=no", "max=1", "wait=1&wait=2"} {
		if a := n.as(t, "owner", "GET", "/v1/mailbox/box?"+query, ""); a.status != 400 {
			t.Errorf("%s: got %d", query, a.status)
		}
	}
	for target, want := range map[string]string{
		"/v1/mailbox/box?limit=101": "limit: accepted: 1 to 100",
		"/v1/exchange?limit=5000":   "limit: accepted: 1 to 1000", "/v1/exchange?limit=x": "limit: accepted: 1 to 1000",
		"/v1/audit?limit=1001": "limit: accepted: 1 to 1000", "/v1/audit?limit=99999999999999999999": "limit: accepted: 1 to 1000",
	} {
		if a := n.as(t, "owner", "GET", target, ""); a.status != 400 || !strings.Contains(a.body, want+`"`) {
			t.Errorf("%s: got %d %s, want %s", target, a.status, a.body, want)
		}
	}
	fetched := n.node.waiting
	if a := n.as(t, "owner", "HEAD", "/v1/mailbox/box", ""); a.status != 405 || a.header.Get("Allow") != "GET, OPTIONS" || n.node.waiting != fetched {
		t.Errorf("HEAD: got %d, %q: it gives out letters that nobody reads", a.status, a.header.Get("Allow"))
	}
	if a := n.as(t, "owner", "GET", "/v1/mailbox/box?wait=1", "x"); a.status != 400 {
		t.Errorf("with a body: got %d", a.status)
	}
}

// patient polls a server until it answers.
func patient(t *testing.T, address, client, query string) (string, http.Header) {
	r, err := http.NewRequest("GET", "http://"+address+"/v1/mailbox/box?"+query, nil)
	if err != nil {
		t.Error(err)
		return "", nil
	}
	r.Header.Set("Authorization", "Bearer "+client)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	a, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second}).Do(r)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return "", nil
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != 200 {
		t.Errorf("%s: %d %s: %v", query, a.StatusCode, body, err)
	}
	return string(body), a.Header
}

// waits waits until so many requests have come to wait in the node.
func (p *pretend) waits(t *testing.T, many int) {
	t.Helper()
	for range 500 {
		p.mu.Lock()
		is := p.waiting
		p.mu.Unlock()
		if is >= many {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d requests do not wait", many)
}

// Who waits for letters takes no connection and no slot of the others, is answered
// at once where too many wait already, and when the server stops.
func TestLongPolls(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Limits = Limits{Connections: 2, Translations: 1, Polls: 8} })
	n.node.waitFirst = true
	address := n.listen(t)
	var polling sync.WaitGroup
	ended := make(chan struct{})
	for _, client := range []string{"owner", "owner", "local", "local"} {
		polling.Go(func() {
			if body, _ := patient(t, address, client, "wait=60"); body != `{"letters":[]}` {
				t.Errorf("got %s", body)
			}
		})
	}
	go func() { polling.Wait(); close(ended) }()
	n.node.waits(t, 4)
	if n.connections != 2+8 {
		t.Errorf("%d connections", n.connections)
	}
	begin := time.Now()
	body, header := patient(t, address, "owner", "wait=60") // the third of the owner
	if took := time.Since(begin); body != `{"letters":[]}` || header.Get("Retry-After") != "5" || took > 10*time.Second {
		t.Errorf("one too many: %s after %s, Retry-After %q", body, took, header.Get("Retry-After"))
	}
	if _, header = patient(t, address, "owner", ""); header.Get("Retry-After") != "" {
		t.Error("who does not wait is told to come later")
	}
	if a := n.as(t, "owner", "POST", "/v1/translate?from=ffb&to=fsiii", "{}"); a.status != 200 {
		t.Errorf("meanwhile: got %d %s", a.status, a.body)
	}
	select {
	case <-ended:
		t.Error("a long poll ended before its time")
	default:
	}
	begin = time.Now()
	n.stop() // as Shutdown does first
	<-ended
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("stopped after %s", took)
	}
	if n.polls.total != 0 || len(n.polls.of) != 0 {
		t.Errorf("%d waits are left over: %v", n.polls.total, n.polls.of)
	}
}

// Shutdown does not wait for who waits.
func TestShutdownEndsPolls(t *testing.T) {
	n := startNode(t, nil)
	n.node.waitFirst = true
	address := n.listen(t) // its cleanup shuts down, and fails after two seconds
	var polling sync.WaitGroup
	polling.Go(func() { patient(t, address, "owner", "wait=60") })
	n.node.waits(t, 1)
	begin := time.Now()
	if err := n.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	polling.Wait()
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}
