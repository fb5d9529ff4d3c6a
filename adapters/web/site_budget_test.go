package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/exchange"
)

var linked = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)

// The first page, with everything that it needs, is less than 150 KB over the wire;
// and so is each of the larger ones.
func TestFirstPageIsSmall(t *testing.T) {
	base := served(t, testSite(t))
	for path, most := range map[string]int{"/": 60_000, "/concepts": 150_000, "/coverage": 150_000, "/concepts/ffb/17c35058-eb88-4a7a-8727-74cd12be42c7": 150_000} {
		page := ask(t, base+path)
		if page.status != http.StatusOK {
			t.Fatalf("%s: got %d", path, page.status)
		}
		total, files := wire(t, base+path), 0
		for _, m := range linked.FindAllStringSubmatch(page.body, -1) {
			total += wire(t, base+m[1])
			files++
		}
		if total > most || files < 3 {
			t.Errorf("%s: %d bytes with %d files, at most %d", path, total, files, most)
		}
		t.Logf("%s: %d bytes", path, total)
	}
}

// wire is how many bytes an answer is in gzip.
func wire(t *testing.T, address string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip") // said by us, the client leaves the answer as it is
	a := send(t, r)
	if a.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%s: not in gzip", address)
	}
	return a.bytes
}

// A file has its hash in its name and is kept for good; another name is not found.
func TestStaticFilesAreKept(t *testing.T) {
	base := served(t, testSite(t))
	page := ask(t, base+"/")
	for _, m := range linked.FindAllStringSubmatch(page.body, -1) {
		a := ask(t, base+m[1])
		if a.status != 200 || !strings.Contains(a.header.Get("Cache-Control"), "immutable") || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", m[1], a.status, a.header)
		}
	}
	for _, path := range []string{"/static/tolk.css", "/static/..%2fweb.go", "/static/x.0123abcdef.js"} {
		if a := ask(t, base+path); a.status != 404 {
			t.Errorf("%s: got %d", path, a.status)
		}
	}
}

// What is not there is told as a page, to who asks for pages; the interface for
// programs answers as ever.
func TestFaultsArePages(t *testing.T) {
	base := served(t, testSite(t))
	for _, tt := range []struct {
		path, accept string
		status       int
		page         bool
	}{
		{"/concepts/ffb/nothing", "", 404, true},
		{"/concepts/snomed/1", "", 404, true},
		{"/nowhere", "text/html,*/*", 404, true},
		{"/nowhere", "application/fhir+json", 404, false},
		{"/v1/nowhere", "text/html", 404, false},
		{"/fhir/nowhere", "text/html", 404, false},
		{"/concepts/ffb/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "text/html", 404, true},
	} {
		a := ask(t, base+tt.path, "Accept", tt.accept)
		if got := strings.HasPrefix(a.body, "<!DOCTYPE html>"); a.status != tt.status || got != tt.page {
			t.Errorf("%s: got %d %.200s", tt.path, a.status, a.body)
		}
		if strings.Contains(a.body, "<script>alert") {
			t.Errorf("%s: repeats a script", tt.path)
		}
	}
	a := ask(t, base+"/concepts/ffb/nothing", "Accept-Language", "en")
	a.has(t, "There is nothing here", `lang="en"`)
	r, err := http.NewRequest(http.MethodPost, base+"/concepts", strings.NewReader("q=x"))
	if err != nil {
		t.Fatal(err)
	}
	if a := send(t, r); a.status != 405 || !strings.HasPrefix(a.body, "<!DOCTYPE html>") || a.header.Get("Allow") == "" {
		t.Errorf("POST: got %d %v %.100s", a.status, a.header, a.body)
	}
	unready := served(t, siteWith(Content{}))
	if a := ask(t, unready+"/", "Accept-Language", "en"); a.status != 503 {
		t.Errorf("without a content: got %d", a.status)
	}
}

// Every page has the strict policy, nothing inline, and is kept by nobody.
func TestPolicy(t *testing.T) {
	base := served(t, testSite(t))
	inline := regexp.MustCompile(`(?i)<script(?:>| [^>]*[^r]>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:`)
	for _, path := range []string{"/", "/concepts", "/concepts?q=sår", "/coverage", "/concepts/fsiii/J1.1", "/concepts/ffb/x"} {
		a := ask(t, base+strings.ReplaceAll(path, "å", "%C3%A5"))
		csp := a.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || len(a.header.Values("Content-Security-Policy")) != 1 {
			t.Errorf("%s: policy %q", path, csp)
		}
		if a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %q", path, a.header.Get("Cache-Control"))
		}
		if found := inline.FindString(a.body); found != "" {
			t.Errorf("%s: inline: %q", path, found)
		}
	}
}

// The language that somebody chose is kept in one cookie, which says nothing else.
func TestLanguageIsKept(t *testing.T) {
	base := served(t, testSite(t))
	a := ask(t, base+"/?lang=en")
	got := a.header.Values("Set-Cookie")
	if len(got) != 1 || !strings.HasPrefix(got[0], "lang=en; Path=/; ") || !strings.Contains(got[0], "SameSite=Lax") {
		t.Errorf("got %q", got)
	}
	for _, path := range []string{"/", "/?lang=xx"} {
		if got := ask(t, base+path).header.Values("Set-Cookie"); len(got) > 0 {
			t.Errorf("%s: got %q", path, got)
		}
	}
}

// The first page takes the server a few milliseconds at most.
func BenchmarkFirstPage(b *testing.B) { benchmarkPage(b, "/") }

func BenchmarkConcepts(b *testing.B) { benchmarkPage(b, "/concepts") }

func benchmarkPage(b *testing.B, path string) {
	site := testSite(b)
	for _, p := range site.Pages() {
		if p.Path != path {
			continue
		}
		b.ReportAllocs()
		for b.Loop() {
			w := httptest.NewRecorder()
			p.Serve(w, httptest.NewRequest(http.MethodGet, path, nil), exchange.Caller{})
			if w.Code != http.StatusOK {
				b.Fatal(w.Code)
			}
		}
	}
}

// What a page shows of documents and messages needs a right; what is the same for
// everybody is open.
func TestOpenPages(t *testing.T) {
	for _, p := range testSite(t).Pages() {
		part, _, _ := strings.Cut(strings.TrimPrefix(p.Path, "/"), "/")
		open := part == "" || part == "static" || part == "concepts" || part == "coverage" || part == "reference"
		if open != (len(p.Rights) == 0) {
			t.Errorf("%s: rights %v", p.Path, p.Rights)
		}
		if open && !slices.Equal(p.Methods, get) {
			t.Errorf("%s: open and takes %v", p.Path, p.Methods)
		}
	}
}
