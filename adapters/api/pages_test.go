package api

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"tolk/mapping/exchange"
)

// book is a workbench of one page for each thing that a page may do.
type book struct{}

func (book) All() []Page {
	page := func(path string, rights []exchange.Right, serve func(http.ResponseWriter, *http.Request, exchange.Caller)) Page {
		return Page{Path: path, Methods: []string{"GET", "POST"}, Rights: rights, Serve: serve}
	}
	return []Page{
		page("/", nil, func(w http.ResponseWriter, _ *http.Request, _ exchange.Caller) {
			io.WriteString(w, "<!DOCTYPE html>home")
		}),
		page("/book/:name", nil, func(w http.ResponseWriter, r *http.Request, _ exchange.Caller) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			body, err := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s?%s %q %v %s", r.Method, r.PathValue("name"), r.URL.RawQuery, body, err, strings.Repeat("long ", 400))
		}),
		page("/secret/letters", []exchange.Right{exchange.Log}, func(w http.ResponseWriter, _ *http.Request, who exchange.Caller) {
			fmt.Fprintf(w, "letters for %s", who.Name())
		}),
		page("/broken/page", nil, func(http.ResponseWriter, *http.Request, exchange.Caller) { panic("it holds " + canary) }),
		page("/mended/page", nil, func(w http.ResponseWriter, _ *http.Request, _ exchange.Caller) {
			w.(interface{ Mend(error) }).Mend(fmt.Errorf("a foreign text with %s", canary))
			w.WriteHeader(http.StatusInternalServerError)
		}),
	}
}

func (book) Fault(w http.ResponseWriter, r *http.Request, status int, message string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!DOCTYPE html>%d at %s: %s", status, r.URL.Path, message)
}

func startPages(t *testing.T, limits Limits) *harness {
	t.Helper()
	h := start(t, limits)
	logs := &logbook{}
	h.Server = New(Config{Content: h.contents, Log: slog.New(slog.NewJSONHandler(logs, nil)), Pages: book{}, Limits: limits})
	h.logs = logs
	return h
}

// browse sends a request over the network, as a browser does: the description of
// the interface for programs has nothing to say of pages.
func browse(t *testing.T, address, method, target, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+address+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// A page gets the request as it came, and its answer goes out as it wrote it.
func TestPageAnswers(t *testing.T) {
	h := startPages(t, Limits{}).listen(t)
	a := browse(t, h, "GET", "/book/a%20b?q=%C3%A5", "")
	if a.status != 200 || !strings.HasPrefix(a.body, `GET a b?q=%C3%A5 "" <nil>`) {
		t.Errorf("got %d %.80s", a.status, a.body)
	}
	if got := a.header.Values("Set-Cookie"); len(got) != 2 {
		t.Errorf("cookies: got %q", got)
	}
	if got := a.header.Values("Content-Security-Policy"); len(got) != 1 || got[0] != "default-src 'self'" {
		t.Errorf("policy: got %q", got)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page that says nothing of it is kept: %q", got)
	}
	if a := browse(t, h, "POST", "/book/x", "a=b", "Content-Type", "application/x-www-form-urlencoded"); !strings.HasPrefix(a.body, `POST x? "a=b" <nil>`) {
		t.Errorf("got %d %.80s", a.status, a.body)
	}
	if a := browse(t, h, "HEAD", "/book/x", ""); a.status != 200 || a.body != "" {
		t.Errorf("HEAD: got %d %.80s", a.status, a.body)
	}
	a = browse(t, h, "GET", "/book/x", "", "Accept-Encoding", "gzip")
	if a.header.Get("Content-Encoding") != "gzip" || !strings.Contains(a.header.Get("Vary"), "Accept-Encoding") {
		t.Errorf("got %v", a.header)
	}
	if r, err := gzip.NewReader(bytes.NewReader([]byte(a.body))); err != nil {
		t.Error(err)
	} else if text, err := io.ReadAll(r); err != nil || !strings.HasPrefix(string(text), "GET x?") {
		t.Errorf("got %.80s, %v", text, err)
	}
	if a := browse(t, h, "GET", "/", ""); a.body != "<!DOCTYPE html>home" {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// What is wrong with a request for a page is told by a page, and names nothing of
// a document; what is for programs is answered as ever.
func TestPageFaults(t *testing.T) {
	server := startPages(t, Limits{Body: 4 << 10})
	h := server.listen(t)
	for _, tt := range []struct {
		method, target, body, accept string
		status                       int
		page                         bool
	}{
		{"GET", "/broken/page", "", "", 500, true},
		{"POST", "/broken/page", "x", "", 500, true},
		{"PUT", "/book/x", "", "", 405, true},
		{"GET", "/book/x/y", "", "", 404, true},
		{"POST", "/book/x", strings.Repeat("x", 4<<10+1), "", 413, true},
		{"GET", "/unknown", "", "text/html", 404, true},
		{"GET", "/unknown", "", "*/*", 404, false},
		{"GET", "/v1/unknown", "", "text/html", 404, false},
		{"GET", "/fhir/unknown", "", "text/html", 404, false},
	} {
		a := browse(t, h, tt.method, tt.target, tt.body, "Accept", tt.accept)
		page := strings.HasPrefix(a.body, "<!DOCTYPE html>")
		if a.status != tt.status || page != tt.page || strings.Contains(a.body, canary) {
			t.Errorf("%s %s: got %d %.200s", tt.method, tt.target, a.status, a.body)
		}
		if !page && !strings.HasPrefix(a.body, `{"resourceType":"OperationOutcome"`) {
			t.Errorf("%s %s: neither a page nor an OperationOutcome: %.100s", tt.method, tt.target, a.body)
		}
	}
	if a := browse(t, h, "GET", "/mended/page", ""); a.status != 500 {
		t.Errorf("got %d", a.status)
	}
	if logs := server.logs.String(); strings.Contains(logs, canary) || strings.Count(logs, "internal error") != 3 {
		t.Errorf("the log: %s", logs)
	}
}

// Pages are guarded as everything else: who is not known and who lacks the right
// gets a page that says so, and the page knows who asks.
func TestPagesAreGuarded(t *testing.T) {
	h := startNode(t, func(c *Config) { c.Pages = book{} }).listen(t)
	if a := browse(t, h, "GET", "/secret/letters", ""); a.status != 401 || !strings.HasPrefix(a.body, "<!DOCTYPE html>401") || a.header.Get("Www-Authenticate") == "" {
		t.Errorf("without a token: got %d %.100s", a.status, a.body)
	}
	if a := browse(t, h, "GET", "/secret/letters", "", "Authorization", "Bearer "+"owner"); a.status != 200 || a.body != "letters for owner" {
		t.Errorf("with the right: got %d %.100s", a.status, a.body)
	}
	if a := browse(t, h, "GET", "/secret/letters", "", "Authorization", "Bearer "+"owner "+Scopes([]exchange.Right{exchange.Send})); a.status != 403 || !strings.HasPrefix(a.body, "<!DOCTYPE html>403") {
		t.Errorf("with less: got %d %.100s", a.status, a.body)
	}
	if a := browse(t, h, "GET", "/book/x", ""); a.status != 200 {
		t.Errorf("an open page: got %d", a.status)
	}
}

// A page of another place shows and costs nothing here: not as a picture, a frame or
// a script of its own, nor with a form. Who follows a link from there is let in.
func TestPagesOfOtherPlaces(t *testing.T) {
	h := startPages(t, Limits{}).listen(t)
	for _, tt := range []struct {
		method, site, mode, dest string
		status                   int
	}{
		{"GET", "", "", "", 200}, // a program, or a browser of old
		{"GET", "none", "navigate", "document", 200},
		{"GET", "same-origin", "cors", "empty", 200},
		{"POST", "same-origin", "navigate", "document", 200},
		{"GET", "cross-site", "navigate", "document", 200},
		{"GET", "same-site", "navigate", "document", 200},
		{"HEAD", "cross-site", "navigate", "document", 200},
		{"GET", "cross-site", "no-cors", "image", 403},
		{"GET", "same-site", "no-cors", "image", 403},
		{"HEAD", "cross-site", "no-cors", "image", 403},
		{"GET", "cross-site", "navigate", "iframe", 403},
		{"GET", "cross-site", "navigate", "object", 403},
		{"GET", "cross-site", "no-cors", "script", 403},
		{"GET", "cross-site", "cors", "empty", 403},
		{"GET", "cross-site", "no-cors", "document", 403},
		{"GET", "cross-site", "", "", 403},
		{"GET", "nonsense", "", "", 403},
		{"POST", "cross-site", "navigate", "document", 403},
		{"POST", "same-site", "navigate", "document", 403},
	} {
		var headers []string
		for name, value := range map[string]string{"Sec-Fetch-Site": tt.site, "Sec-Fetch-Mode": tt.mode, "Sec-Fetch-Dest": tt.dest} {
			if value != "" {
				headers = append(headers, name, value)
			}
		}
		a := browse(t, h, tt.method, "/book/x", "", headers...)
		if a.status != tt.status {
			t.Errorf("%+v: got %d %.200s", tt, a.status, a.body)
		}
		if a.status == 403 && tt.method != "HEAD" && (!strings.HasPrefix(a.body, "<!DOCTYPE html>403") || strings.Contains(a.body, "long")) {
			t.Errorf("%+v: got %.200s", tt, a.body)
		}
	}
	server := start(t, Limits{})
	server.Server = New(Config{Content: server.contents, Log: slog.New(slog.DiscardHandler), Pages: &shelf{taken: func() int { return 0 }}})
	if a := browse(t, server.listen(t), "GET", "/a/file", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"); a.status != 200 {
		t.Errorf("a file, which costs nothing: got %d", a.status)
	}
}

// What a page has in gzip goes out so, or as it was, as the browser takes it.
func TestPageInGzip(t *testing.T) {
	h := start(t, Limits{})
	h.Server = New(Config{Content: h.contents, Log: slog.New(slog.DiscardHandler), Pages: packed{}})
	address := h.listen(t)
	for accept, want := range map[string]string{"gzip, br": "gzip", "gzip;q=0, br": "", "": "", "*": "gzip"} {
		a := browse(t, address, "GET", "/packed/page", "", "Accept-Encoding", accept)
		text := a.body
		if want == "gzip" {
			text = string(unzippedOf(t, a.body))
		}
		if got := a.header.Get("Content-Encoding"); a.status != 200 || got != want || text != "<p>short" || !strings.Contains(a.header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%q: got %d %q %q, want it in %q", accept, a.status, got, text, want)
		}
	}
	if a := browse(t, address, "HEAD", "/packed/page", ""); a.status != 200 || a.body != "" {
		t.Errorf("HEAD: got %d %q", a.status, a.body)
	}
}

func unzippedOf(t *testing.T, small string) []byte {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// packed is a page that is kept in gzip.
type packed struct{ book }

func (packed) All() []Page {
	return []Page{{Path: "/packed/page", Methods: []string{http.MethodGet}, Serve: func(w http.ResponseWriter, _ *http.Request, _ exchange.Caller) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.(interface{ WriteZipped([]byte) }).WriteZipped(deflated([]byte("<p>short")))
	}}}
}

// A page waits for a place among the translations; a file does not.
func TestPagesTakeAPlace(t *testing.T) {
	h := start(t, Limits{})
	files := &shelf{}
	h.Server = New(Config{Content: h.contents, Log: slog.New(slog.DiscardHandler), Pages: files, Limits: Limits{Translations: 1}})
	files.taken = func() int { return len(h.slots) }
	address := h.listen(t)
	for path, want := range map[string]string{"/a/page": "1", "/a/file": "0"} {
		if got := browse(t, address, "GET", path, ""); got.body != want {
			t.Errorf("%s: %s places taken, want %s", path, got.body, want)
		}
	}
}

// shelf is a page and a file that tell how many places are taken.
type shelf struct {
	book
	taken func() int
}

func (s *shelf) All() []Page {
	tell := func(w http.ResponseWriter, _ *http.Request, _ exchange.Caller) { fmt.Fprint(w, s.taken()) }
	get := []string{http.MethodGet}
	return []Page{{Path: "/a/page", Methods: get, Serve: tell}, {Path: "/a/file", Methods: get, File: true, Serve: tell}}
}

// What a person has the node do takes no place among the translations, so that a
// flood of them does not keep him from it; and where it takes longer than anyone
// waits, he is told that it goes on, and it does.
func TestPagesThatAskTheNode(t *testing.T) {
	h := start(t, Limits{})
	desk := &desk{begun: make(chan bool), end: make(chan bool), ended: make(chan error, 1)}
	h.Server = New(Config{Content: h.contents, Log: slog.New(slog.DiscardHandler), Pages: desk, Limits: Limits{Translations: 1, Budget: 50 * time.Millisecond}})
	h.slots <- struct{}{} // a translation that takes all there is
	address := h.listen(t)
	if got := browse(t, address, "POST", "/desk/quick", "why=x"); got.status != 200 || got.body != "done" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	go func() { <-desk.begun }()
	got := browse(t, address, "POST", "/desk/long", "why=x")
	if got.status != http.StatusGatewayTimeout || !strings.Contains(got.body, "it goes on; look at the message before doing it again") || got.header.Get("Retry-After") != "" {
		t.Errorf("got %d %s %v", got.status, got.body, got.header)
	}
	close(desk.end)
	if err := <-desk.ended; err != nil {
		t.Errorf("it does not go on: %v", err)
	}
	if got := browse(t, address, "POST", "/desk/broken", "why=x"); got.status != 500 || strings.Contains(got.body, canary) {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// desk is where the node is asked.
type desk struct {
	book
	begun, end chan bool
	ended      chan error
}

func (d *desk) All() []Page {
	post := []string{http.MethodPost}
	return []Page{
		{Path: "/desk/quick", Methods: post, Asks: time.Minute, Serve: func(w http.ResponseWriter, _ *http.Request, _ exchange.Caller) { io.WriteString(w, "done") }},
		{Path: "/desk/long", Methods: post, Asks: 20 * time.Millisecond, Serve: func(w http.ResponseWriter, r *http.Request, _ exchange.Caller) {
			d.begun <- true
			<-d.end
			io.WriteString(w, "done")
			_, err := io.ReadAll(r.Body) // it is its own
			d.ended <- err
		}},
		{Path: "/desk/broken", Methods: post, Asks: time.Minute, Serve: func(http.ResponseWriter, *http.Request, exchange.Caller) { panic("it holds " + canary) }},
	}
}
