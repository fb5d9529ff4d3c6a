package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A body of 100 MB is refused before it is taken in, one that does not arrive in
// time holds no connection, and neither reaches the node.
func TestLargeAndSlowSubmissions(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Limits = Limits{Body: 1 << 20, Read: 150 * time.Millisecond} })
	address := n.listen(t)
	const post = "POST /v1/exchange HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer owner\r\n"
	for name, c := range map[string]struct {
		raw, want string
	}{
		"100 MB said":         {post + "Content-Length: 100000000\r\n\r\n{", "[413]"},
		"100 MB in chunks":    {post + "Transfer-Encoding: chunked\r\n\r\n5f5e100\r\n", "[413]"},
		"100 MB of async":     {strings.Replace(post, "/v1/exchange", "/fhir?async=true", 1) + "Content-Length: 100000000\r\n\r\n{", "[413]"},
		"100 MB for a token":  {"POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n{", "[413]"},
		"slow":                {post + "Content-Length: 10\r\n\r\n{", "[408]"},
		"slow chunks":         {post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{", "[408]"},
		"half a header":       {post + "X: ", "[408]"},
		"two lengths":         {post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "[400]"},
		"two keys are no two": {post + "Content-Length: 2\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nConnection: close\r\n\r\n{}", "[400]"},
	} {
		statuses, closed := speak(t, address, c.raw)
		if got := fmt.Sprint(statuses); got != c.want || !closed {
			t.Errorf("%s: got %s, closed %v, want %s", name, got, closed, c.want)
		}
	}
	if len(n.node.handed) > 0 {
		t.Errorf("%d reached the node", len(n.node.handed))
	}
	if statuses, _ := speak(t, address, post+"Content-Length: 2\r\nConnection: close\r\n\r\n{}"); fmt.Sprint(statuses) != "[202]" {
		t.Errorf("afterwards: got %v", statuses)
	}
}

// Connections that are opened and say nothing, or half of something, are closed in
// their time; what is too many is told so, and the node answers again.
func TestHalfOpenConnections(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Limits = Limits{Connections: 20, Polls: 5, Read: 300 * time.Millisecond} })
	address := n.listen(t)
	var open []net.Conn
	for i := range 200 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 {
			if _, err := io.WriteString(c, "POST /v1/exchange HTTP/1.1\r\nHost: a\r\nX"); err != nil && i < 20 {
				t.Error(err)
			}
		}
		open = append(open, c)
	}
	refused := 0
	for _, c := range open {
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if e, ok := err.(net.Error); ok && e.Timeout() {
			t.Fatal("a connection stays open")
		}
		if strings.HasPrefix(string(answer), "HTTP/1.1 503") {
			refused++
		}
	}
	if refused == 0 {
		t.Error("nobody was told that there are too many")
	}
	statuses, _ := speak(t, address, "POST /v1/exchange HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer owner\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
	if fmt.Sprint(statuses) != "[202]" {
		t.Errorf("afterwards: got %v", statuses)
	}
}

// The CapabilityStatement of a node with an exchange says what is true there, and
// that of one without does not.
func TestCapabilitiesOfAnExchange(t *testing.T) {
	type told struct {
		Rest []struct {
			Security struct {
				Service []struct {
					Coding []struct{ System, Code string }
				}
			}
			Resource               []struct{ Type string }
			Operation, Interaction []struct{ Name, Code, Documentation string }
		}
		Messaging []struct {
			ReliableCache int
			Documentation string
		}
	}
	read := func(body string) (s told) {
		t.Helper()
		if err := json.Unmarshal([]byte(body), &s); err != nil || len(s.Rest) != 1 || len(s.Messaging) != 1 {
			t.Fatalf("%v: %s", err, body)
		}
		return s
	}
	documented := func(s told) (text string) {
		for _, o := range append(s.Rest[0].Operation, s.Rest[0].Interaction...) {
			if o.Name == "process-message" || o.Code == "batch" {
				text += o.Documentation
			}
		}
		return text
	}
	n := startNode(t, nil)
	a := n.send(t, "GET", "/fhir/metadata", "")
	s := read(a.body)
	if c := s.Rest[0].Security.Service; len(c) != 1 || len(c[0].Coding) != 1 || c[0].Coding[0].Code != "SMART-on-FHIR" ||
		c[0].Coding[0].System != "http://terminology.hl7.org/CodeSystem/restful-security-service" {
		t.Errorf("got %+v", c)
	}
	if s.Messaging[0].ReliableCache != 90*24*60 || !strings.Contains(s.Messaging[0].Documentation, "accepted durably") || strings.Count(documented(s), "async=true") != 2 {
		t.Errorf("got %s", a.body)
	}
	for _, r := range s.Rest[0].Resource {
		if strings.Contains(r.Type, ".") {
			t.Errorf("%s is no type", r.Type)
		}
	}
	without := start(t, Limits{}).send(t, "GET", "/fhir/metadata", "")
	s = read(without.body)
	if strings.Contains(without.body, "security") || strings.Contains(without.body, "reliableCache") || strings.Contains(documented(s), "async=true") ||
		!strings.Contains(documented(s), "async is not served") {
		t.Errorf("got %s", without.body)
	}
	local := startNode(t, func(c *Config) { c.Access = nil })
	if body := local.send(t, "GET", "/fhir/metadata", "").body; strings.Contains(body, "SMART") || !strings.Contains(body, "accepted durably") {
		t.Errorf("got %s", body)
	}
}

// The matrix of whatever comes, on the routes of the exchange: no 5xx, no number
// repeated, an OperationOutcome for every refusal.
func TestExchangeMatrix(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Limits = Limits{Body: 1 << 20} })
	bodies := map[string][]string{
		"": nil, "{}": nil, "null": nil, "[]": nil, canary: nil, "\x00": nil, `{"why":"` + canary + `"}`: nil, `{"citizen":"` + canary + `","citizen":"x"}`: nil,
		`{"why":{"a":1}}`: nil, `{"filter":{"filter":{}}}`: nil, `{"ids":"` + canary + `"}`: nil, strings.Repeat("[", 100_000): nil, "<a/>": {"Content-Type", "application/xml"},
		"citizen=" + canary + "&x=%": {"Content-Type", "application/x-www-form-urlencoded"}, "a=b": {"Content-Type", ";;" + canary},
		zipped(t, strings.Repeat(" ", 4<<20)): {"Content-Encoding", "gzip"}, `{"why":"x"}`: {"Prefer", ",;=,respond-async;;", "Idempotency-Key", "x", "Accept", "text/html", "X-Http-Method-Override", "DELETE"},
	}
	queries := []string{"", "?wait=0&limit=1", "?async=true", "?%zz", "?=", "?&&", "?x;y", "?citizen=" + canary, "?limit=99999999999999999999", "?before=-1", "?_format=xml",
		"?" + strings.Repeat("a=b&", 200), "?receiver=" + strings.Repeat("x", 3000), "?receiver=%ff", "?state=%00"}
	asked := 0
	for _, r := range append(n.exchangeRoutes(), n.entryRoutes()...) {
		targets := []string{filled(r.path, messageOne), filled(r.path, "x"), strings.ReplaceAll(r.path, ":", "%3A"), r.path + "/", r.path + "/%00", r.path + "/%2e%2e/" + canary}
		for _, target := range targets {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
				ask := func(query, body string, headers []string) {
					asked++
					a := n.as(t, "owner", method, target+query, body, headers...)
					what := fmt.Sprintf("%s %.80s%.60s with %.60q: %d %.300s", method, target, query, body, a.status, a.body)
					if a.status >= 500 || a.status < 200 {
						t.Error(what)
					}
					if a.status >= 400 && method != "HEAD" && !strings.HasPrefix(a.body, `{"resourceType":"OperationOutcome"`) && !strings.HasPrefix(a.body, `{"error":"`) &&
						!strings.HasPrefix(a.body, `<?xml version="1.0" encoding="UTF-8"?><OperationOutcome`) {
						t.Errorf("no OperationOutcome: %s", what)
					}
					if strings.Contains(a.body, canary) {
						t.Errorf("repeats the request: %s", what)
					}
				}
				for _, query := range queries {
					ask(query, "", nil)
				}
				for body, headers := range bodies {
					if method == "POST" || len(body) < 1000 {
						ask("", body, headers)
					}
				}
			}
		}
	}
	if asked < 20_000 {
		t.Errorf("only %d requests", asked)
	}
	if strings.Contains(n.logs.String(), canary) || strings.Contains(n.logs.String(), `"level":"ERROR"`) {
		t.Error("the log has the canary, or a bug of ours")
	}
}

// A client that writes the token of another in a second header is nobody.
func TestTwoTokens(t *testing.T) {
	n := startNode(t, nil)
	address := n.listen(t)
	r, err := http.NewRequest("GET", "http://"+address+"/v1/exchange", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["Authorization"] = []string{"Bearer other", "Bearer owner"}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != 401 || len(n.door.calls) != 1 || len(n.door.calls[0].Authorization) != 2 {
		t.Errorf("got %d, %+v", a.StatusCode, n.door.calls)
	}
}
