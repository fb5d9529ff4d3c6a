package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/maps"
	"tolk/mapping/message"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

// canary is the CPR number of MedCom's public test person Bruno Test Elmer.
const canary = "2509479989"

// stub stands for the core: it reads the document as strictly as the core does
// and gives it back, unless the test says otherwise.
type stub struct {
	mu       sync.Mutex
	requests []document.Request
	answer   func(document string, request document.Request) (*document.Result, error)
}

func (s *stub) Translate(doc string, request document.Request) (*document.Result, error) {
	s.mu.Lock()
	s.requests = append(s.requests, request)
	s.mu.Unlock()
	if s.answer != nil {
		return s.answer(doc, request)
	}
	if _, err := tree.Parse(doc, tree.Limits{}); err != nil {
		return nil, err
	}
	return &document.Result{Output: []byte(doc), Ledger: &ledger.Ledger{From: request.From, To: request.To,
		Counts: map[string]int{"leaves": 9, "carried": 4, "converted": 2, "used": 1, "residue": 1, "dropped": 1},
	}, Residue: []byte(`[{"path":"Patient.name"}]`)}, nil
}

func (s *stub) last() document.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[len(s.requests)-1]
}

func (s *stub) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// logbook collects what the server logs.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var snapshot = sync.OnceValues(func() (*terminology.Terminology, error) { return terminology.New(facts.FS, maps.FS) })

// harness is a server with all that a test looks at.
type harness struct {
	*Server
	core *stub
	logs *logbook
}

func start(t testing.TB, limits Limits) *harness {
	t.Helper()
	words, err := snapshot()
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{core: &stub{}, logs: &logbook{}}
	content := &Content{Tag: "1", Translator: h.core, Terminology: words, Registry: embedded(t), Messages: &message.Processor{Gateway: gateway{stub: h.core}}}
	h.Server = New(Config{
		Content: func() *Content { return content },
		Log:     slog.New(slog.NewJSONHandler(h.logs, nil)),
		Version: "1.2.3", Released: "2026-01-02", Limits: limits,
		Test: examples,
	})
	return h
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// send puts one request to the server, without a network. Headers are given as
// name and value in turn.
func (h *harness) send(t testing.TB, method, target, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := h.app.Test(r, 20_000)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{response.StatusCode, response.Header, string(text)}
	conforms(t, method, target, body, r.Header, a)
	return a
}

// listen serves on a port of this machine until the test ends.
func (h *harness) listen(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(listener) }()
	t.Cleanup(func() {
		if err := h.app.ShutdownWithTimeout(2 * time.Second); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// outcomeText fails the test unless a is an OperationOutcome with one issue of
// this status and type; it returns the text of the issue.
func outcomeText(t testing.TB, a answer, status int, kind string) string {
	t.Helper()
	d, err := tree.Parse(a.body, tree.Limits{})
	if err != nil {
		t.Errorf("%d %q: %v", a.status, a.body, err)
		return ""
	}
	got := d.Text(d.Find(d.Root(), "issue", "code"))
	if a.status != status || got != kind || d.Text(d.Child(d.Root(), "resourceType")) != "OperationOutcome" {
		t.Errorf("got %d %s\nwant %d %s", a.status, a.body, status, kind)
	}
	if got := a.header.Get("Content-Type"); got != "application/fhir+json" {
		t.Errorf("content type of an OperationOutcome: got %q", got)
	}
	return d.Text(d.Find(d.Root(), "issue", "details", "text"))
}

func TestEveryAnswerIsPrivateAndNamed(t *testing.T) {
	h := start(t, Limits{})
	for target, kept := range map[string]string{"/healthz": "no-store", "/fhir/metadata": "private, no-cache", "/nowhere": "no-store", "/v1/translate": "no-store"} {
		a := h.send(t, "GET", target, "")
		for name, want := range map[string]string{
			"X-Content-Type-Options":  "nosniff",
			"Cache-Control":           kept,
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q", target, name, got, want)
			}
		}
		if id := a.header.Get("X-Request-Id"); len(id) < 20 || !strings.Contains(h.logs.String(), id) {
			t.Errorf("%s: the id %q is not in the log", target, id)
		}
		if a.header.Get("Server") != "" {
			t.Errorf("%s: tells what serves it: %q", target, a.header.Get("Server"))
		}
	}
}

// The settings of Fiber that keep one request out of another and memory bounded.
func TestFiberIsSetUpSafely(t *testing.T) {
	h := start(t, Limits{})
	c, s := h.app.Config(), h.app.Server()
	if !c.Immutable || c.StreamRequestBody || s.StreamRequestBody || !s.DisablePreParseMultipartForm || c.BodyLimit != 16<<20 || s.MaxRequestBodySize != 16<<20 {
		t.Errorf("got %+v", c)
	}
	if s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || h.connections != 512 || s.Concurrency < 512 || s.ReadBufferSize != 16<<10 {
		t.Errorf("timeouts %s %s %s, %d connections, headers of %d bytes", s.ReadTimeout, s.WriteTimeout, s.IdleTimeout, h.connections, s.ReadBufferSize)
	}
}

func TestRequestIDIsTakenOnlyIfPlain(t *testing.T) {
	h := start(t, Limits{})
	for id, taken := range map[string]bool{
		"9f1c2d3e-77aa-4b1c":     true,
		"order_7.retry-2":        true,
		"short":                  false,
		"two words here":         false,
		"250947-9989":            false,
		"id-" + canary + "-x":    false,
		strings.Repeat("x", 200): false,
		"<script>alert(1)":       false,
	} {
		if got := h.send(t, "GET", "/healthz", "", "X-Request-Id", id).header.Get("X-Request-Id"); (got == id) != taken || got == "" {
			t.Errorf("%q: got %q", id, got)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	h := start(t, Limits{})
	for _, target := range []string{"/healthz", "/readyz"} {
		if a := h.send(t, "GET", target, ""); a.status != 200 || a.body != "ok\n" {
			t.Errorf("%s: got %d %q", target, a.status, a.body)
		}
		if a := h.send(t, "HEAD", target, ""); a.status != 200 || a.body != "" {
			t.Errorf("HEAD %s: got %d %q", target, a.status, a.body)
		}
	}
	unready := &harness{Server: New(Config{Content: func() *Content { return nil }}), logs: &logbook{}}
	if a := unready.send(t, "GET", "/healthz", ""); a.status != 200 {
		t.Errorf("healthz without terminology: got %d", a.status)
	}
	for _, target := range []string{"/readyz", "/fhir/CodeSystem/$lookup?code=x&system=y", "/fhir/ConceptMap/$translate?code=x&system=y"} {
		outcomeText(t, unready.send(t, "GET", target, ""), 503, "transient")
	}
	outcomeText(t, unready.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", "{}"), 503, "transient")
}

func TestMethodsAndPaths(t *testing.T) {
	h := start(t, Limits{})
	for _, c := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/v1/translate", 405, "POST, OPTIONS"},
		{"HEAD", "/v1/translate", 405, "POST, OPTIONS"},
		{"OPTIONS", "/v1/translate", 204, "POST, OPTIONS"},
		{"DELETE", "/fhir/metadata", 405, "GET, HEAD, OPTIONS"},
		{"POST", "/fhir/metadata", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/fhir/ConceptMap/$translate", 204, "GET, HEAD, POST, OPTIONS"},
		{"PUT", "/fhir/CodeSystem/$lookup", 405, "GET, HEAD, POST, OPTIONS"},
		{"TRACE", "/healthz", 405, "GET, HEAD, OPTIONS"},
		{"GET", "/", 404, ""},
		{"GET", "/fhir/Metadata", 404, ""},
		{"GET", "/healthz/", 404, ""},
		{"OPTIONS", "/nowhere", 404, ""},
		{"GET", "/v1/../fhir/metadata", 404, ""},
		{"PROPFIND", "/healthz", 400, ""},
	} {
		a := h.send(t, c.method, c.target, "")
		if a.status != c.status || a.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d, Allow %q; want %d, %q", c.method, c.target, a.status, a.header.Get("Allow"), c.status, c.allow)
		}
		if a.status >= 400 && c.method != "HEAD" {
			outcomeText(t, a, c.status, map[int]string{404: "not-found", 405: "not-supported", 400: "not-supported"}[c.status])
		}
	}
	if a := h.send(t, "GET", "/fhir/ConceptMap/%24translate?code=x&system=y", ""); !strings.Contains(a.body, "unknown code system") {
		t.Errorf("an escaped $ is not the operation: %d %s", a.status, a.body)
	}
}

func TestAccept(t *testing.T) {
	h := start(t, Limits{})
	for accept, want := range map[string]string{
		"":                                       "application/fhir+json",
		"*/*":                                    "application/fhir+json",
		"application/*":                          "application/fhir+json",
		"application/fhir+json":                  "application/fhir+json",
		"application/fhir+json; fhirVersion=4.0": "application/fhir+json",
		"application/json":                       "application/json",
		"text/html, application/json;q=0.9":      "application/json",
		"application/json;q=0.2, */*":            "application/fhir+json",
		"application/fhir+json;q=0, */*":         "application/json",
		"application/fhir+xml":                   "application/fhir+xml",
		"text/xml;q=0.9, text/html":              "text/xml",
		"text/*":                                 "text/xml",
		"text/html":                              "",
		"application/fhir+json; fhirVersion=5.0": "",
		"*/*;q=0":                                "",
		"application/fhir+json;q=zero":           "",
		"application/xml, application/fhir+json;q=0.001": "application/xml",
	} {
		var headers []string
		if accept != "" {
			headers = []string{"Accept", accept}
		}
		a := h.send(t, "GET", "/fhir/metadata", "", headers...)
		if want == "" {
			if text := outcomeText(t, a, 406, "not-supported"); !strings.Contains(text, "accept: answers are application/fhir+json or application/json, and in FHIR 4.0") {
				t.Errorf("%q: got %q", accept, text)
			}
		} else if a.status != 200 || a.header.Get("Content-Type") != want {
			t.Errorf("%q: got %d %q, want %q", accept, a.status, a.header.Get("Content-Type"), want)
		}
	}
}

// textOf returns a text of the first issue of an OperationOutcome.
func textOf(a answer, path ...string) string {
	d, err := tree.Parse(a.body, tree.Limits{})
	if err != nil {
		return a.body
	}
	return d.Text(d.Find(d.Root(), append([]string{"issue"}, path...)...))
}
