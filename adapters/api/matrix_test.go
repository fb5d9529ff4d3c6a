package api

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/mapping/document"
	"tolk/mapping/ledger"
)

// Every route with every method, body and query: whatever comes, no answer is a
// 5xx, and every refusal is an OperationOutcome that does not repeat it.
func TestMatrix(t *testing.T) {
	h := start(t, Limits{Body: 1 << 20})
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "REPORT"}
	targets := []string{"/v1/translate", operation, lookup, "/fhir/metadata", processPath, "/healthz", "/readyz", "/", "/fhir", "/fhir/ConceptMap",
		"/fhir/ConceptMap/x/$translate", "/v1/translate/", "//", "/%00", "/%2e%2e/etc/passwd", "/" + canary, "/%ff"}
	queries := []string{"", "?from=ffb&to=fsiii", "?from=ffb&to=fsiii&restore=true", "?system=" + fsiii + "&code=B2", "?code=" + canary,
		"?%zz", "?a=1&a=2", "?=", "?&&", "?" + strings.Repeat("a=b&", 200), "?from=ffb&to=" + strings.Repeat("x", 3000), "?_format=xml", "?x;y"}
	type body struct {
		name, text string
		headers    []string
	}
	bodies := []body{
		{name: "empty"},
		{name: "object", text: `{}`},
		{name: "parameters", text: `{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"` + canary + `"}]}`},
		{name: "null", text: `null`},
		{name: "not JSON", text: canary},
		{name: "NUL", text: "\x00"},
		{name: "bad UTF-8", text: "{\"a\":\"\xff\"}"},
		{name: "duplicate keys", text: `{"` + canary + `":1,"` + canary + `":2}`},
		{name: "deep", text: strings.Repeat("[", 100_000)},
		{name: "deep objects", text: strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)},
		{name: "large", text: `"` + strings.Repeat("x", 1<<20-2) + `"`},
		{name: "XML", text: "<Bundle/>", headers: []string{"Content-Type", "application/fhir+xml"}},
		{name: "XML of FHIR", text: `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="` + canary + `"/></parameter></Parameters>`, headers: []string{"Content-Type", "application/xml", "Accept", "application/fhir+xml"}},
		{name: "a billion laughs", text: `<!DOCTYPE a [<!ENTITY b "` + canary + `">]><a>&b;</a>`, headers: []string{"Content-Type", "text/xml"}},
		{name: "form", text: "from=ffb", headers: []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{name: "multipart", text: "--x\r\n", headers: []string{"Content-Type", "multipart/form-data; boundary=x"}},
		{name: "odd type", text: "{}", headers: []string{"Content-Type", ";;" + canary}},
		{name: "charset", text: "{}", headers: []string{"Content-Type", "application/json; charset=latin1"}},
		{name: "release 5", text: "{}", headers: []string{"Content-Type", "application/fhir+json; fhirVersion=5.0"}},
		{name: "bomb", text: zipped(t, strings.Repeat(" ", 4<<20)), headers: []string{"Content-Encoding", "gzip"}},
		{name: "not gzip", text: canary, headers: []string{"Content-Encoding", "gzip"}},
		{name: "half a gzip", text: zipped(t, bundle)[:40], headers: []string{"Content-Encoding", "gzip"}},
		{name: "empty gzip", text: zipped(t, ""), headers: []string{"Content-Encoding", "gzip"}},
		{name: "brotli", text: "{}", headers: []string{"Content-Encoding", "br"}},
		{name: "gzip twice", text: zipped(t, zipped(t, "{}")), headers: []string{"Content-Encoding", "gzip, gzip"}},
		{name: "odd headers", text: "{}", headers: []string{"Accept", canary, "X-Request-Id", canary, "Range", "bytes=0-0", "If-None-Match", "*", "X-Http-Method-Override", "DELETE"}},
	}
	asked := 0
	ask := func(method, target, query string, b body) {
		asked++
		a := h.send(t, method, target+query, b.text, b.headers...)
		what := fmt.Sprintf("%s %s%.60s with %s: %d %.300s", method, target, query, b.name, a.status, a.body)
		if a.status >= 500 || a.status < 200 {
			t.Error(what)
		}
		if a.status >= 400 && method != "HEAD" && !strings.HasPrefix(a.body, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"`) &&
			!strings.HasPrefix(a.body, `<?xml version="1.0" encoding="UTF-8"?><OperationOutcome xmlns="http://hl7.org/fhir"><issue><severity value="error"/><code value="`) {
			t.Errorf("no OperationOutcome: %s", what)
		}
		if a.status >= 400 && strings.Contains(a.body, canary) {
			t.Errorf("repeats the request: %s", what)
		}
	}
	for _, target := range targets {
		for _, method := range methods {
			for _, query := range queries {
				ask(method, target, query, bodies[0])
			}
			for _, b := range bodies {
				if method == "POST" || len(b.text) < 1000 { // a large body is large with any method
					ask(method, target, "", b)
				}
			}
		}
	}
	for _, b := range bodies {
		ask("POST", "/v1/translate", "?from=ffb&to=fsiii", b)
		ask("POST", "/v1/translate", "?from=ffb&to=fsiii&restore=true", b)
	}
	if asked < 5000 {
		t.Errorf("only %d requests", asked)
	}
	if strings.Contains(h.logs.String(), canary) || strings.Contains(h.logs.String(), `"level":"ERROR"`) {
		t.Error("the log has the canary, or a bug of ours")
	}
}

// Two ways to be too large once inflated, and what is refused for its type.
func TestCompressedBodies(t *testing.T) {
	h := start(t, Limits{Body: 100_000})
	for name, c := range map[string]struct {
		text, coding string
		status       int
		kind         string
	}{
		"ratio":       {zipped(t, `"`+strings.Repeat("x", 90_000)+`"`), "gzip", 413, "too-long"},
		"size":        {zipped(t, `"`+noise(150_000)+`"`), "gzip", 413, "too-long"},
		"within both": {zipped(t, `"`+noise(50_000)+`"`), "GZip", 200, ""},
		"deflate":     {"x", "deflate", 415, "not-supported"},
		"not gzip":    {"x", "gzip", 400, "structure"},
		"truncated":   {zipped(t, bundle)[:30], "gzip", 400, "structure"},
		"trailing":    {zipped(t, bundle) + "rest of it", "gzip", 400, "structure"},
	} {
		a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", c.text, "Content-Encoding", c.coding)
		if c.kind == "" {
			if a.status != c.status {
				t.Errorf("%s: got %d %.200s", name, a.status, a.body)
			}
			continue
		}
		outcomeText(t, a, c.status, c.kind)
	}
}

// noise is text that gzip makes little smaller.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz012345"[r.IntN(32)]
	}
	return string(b)
}

// The canary goes in everywhere and comes out nowhere but in the document.
func TestCanary(t *testing.T) {
	h := start(t, Limits{})
	hyphened := canary[:6] + "-" + canary[6:]
	for _, cpr := range []string{canary, hyphened} {
		for _, target := range []string{"/" + cpr, "/v1/translate?" + cpr + "=1", "/v1/translate?from=" + cpr + "&to=" + cpr + "&area=" + cpr,
			"/v1/translate?from=ffb&to=fsiii", operation + "?system=" + cpr + "&code=" + cpr, operation + "?code=" + cpr + "&system=" + ffb + "&url=" + cpr + "&area=" + cpr,
			lookup + "?code=" + cpr + "&system=" + fsiii, lookup + "?code=B2&system=" + fsiii + "&property=" + cpr, "/healthz?" + cpr} {
			for _, method := range []string{"GET", "POST", "DELETE", cpr} {
				for _, text := range []string{"", `{"` + cpr + `":`, `"` + cpr, `{"resourceType":"` + cpr + `","` + cpr + `":"` + cpr + `"}`,
					`{"resourceType":"Parameters","parameter":[{"name":"` + cpr + `","` + cpr + `":"` + cpr + `"}]}`} {
					a := h.send(t, method, target, text, "User-Agent", cpr, "X-Request-Id", cpr+"-"+cpr, "Accept", "*/*", "Authorization", cpr, cpr, cpr)
					for name, values := range a.header {
						if joined := name + strings.Join(values, " "); strings.Contains(joined, canary) || strings.Contains(joined, hyphened) {
							t.Errorf("%s %s: header %s: %s", method, target, name, joined)
						}
					}
					if a.status >= 400 && (strings.Contains(a.body, canary) || strings.Contains(a.body, hyphened)) {
						t.Errorf("%s %s: %s", method, target, a.body)
					}
				}
			}
		}
	}
	logs := h.logs.String()
	if strings.Contains(logs, canary) || strings.Contains(logs, hyphened) || strings.Contains(logs, cprMark) {
		t.Error("a number got as far as the log")
	}
	if !strings.Contains(logs, `"route":"/fhir/CodeSystem/$lookup"`) || !strings.Contains(logs, `"route":"none"`) {
		t.Error("the log does not tell the routes")
	}
}

// Two citizens at the same time, on connections that are used again: what one
// sends never turns up with the other, neither in the answer nor in what the
// core has been given.
func TestCitizensNeverMix(t *testing.T) {
	h := start(t, Limits{Translations: 8})
	var mu sync.Mutex
	type given struct{ doc, accept string }
	kept := map[given]given{} // as given, not copied, by a copy made at once
	h.core.answer = func(doc string, request document.Request) (*document.Result, error) {
		at := given{strings.Clone(doc), strings.Clone(request.Accept[0])}
		time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
		mu.Lock()
		kept[at] = given{doc, request.Accept[0]}
		mu.Unlock()
		return &document.Result{Output: []byte(doc), Ledger: &ledger.Ledger{}}, nil
	}
	address := h.listen(t)
	var wait sync.WaitGroup
	for citizen := range 2 {
		for worker := range 4 {
			wait.Go(func() {
				client := &http.Client{Transport: &http.Transport{}}
				defer client.CloseIdleConnections()
				for i := range 100 {
					name := fmt.Sprintf("citizen-%d-%d-%d", citizen, worker, i)
					doc := `{"name":"` + name + `","fill":"` + strings.Repeat(fmt.Sprint(citizen), 100+i*7) + `"}`
					response, err := client.Post("http://"+address+"/v1/translate?from=ffb&to=fsiii&accept="+name, "application/json", strings.NewReader(doc))
					if err != nil {
						t.Error(err)
						return
					}
					got, err := io.ReadAll(response.Body)
					response.Body.Close()
					if err != nil || !bytes.Equal(got, []byte(doc)) {
						t.Errorf("%s: got %.200s: %v", name, got, err)
					}
				}
			})
		}
	}
	wait.Wait()
	if len(kept) != 800 {
		t.Errorf("the core was given %d documents, want 800", len(kept))
	}
	for at, later := range kept {
		if at != later {
			t.Errorf("what the core holds has changed: %.200v became %.200v", at, later)
		}
	}
}
