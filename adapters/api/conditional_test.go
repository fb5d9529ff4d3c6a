package api

import (
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const soevn = lookup + "?system=" + ffb + "&code=83376fdb-f55d-4dd9-944e-b49631a9836f"

// large is a question whose answer is worth compressing.
const large = operation + "?system=" + ffb + "&code=83376fdb-f55d-4dd9-944e-b49631a9836f"

// inflated reads a body in gzip.
func inflated(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// Who has the answer already gets none, before any work and after it.
func TestConditionalRequests(t *testing.T) {
	h := start(t, Limits{})
	first := h.send(t, "GET", soevn, "")
	tag := first.header.Get("ETag")
	if first.status != 200 || !strings.HasPrefix(tag, `W/"1-`) || first.header.Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("got %d, ETag %q, Cache-Control %q", first.status, tag, first.header.Get("Cache-Control"))
	}
	if again := h.send(t, "GET", soevn, ""); again.body != first.body || again.header.Get("ETag") != tag || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Errorf("the second answer: got %q with %v, want %q with %v", again.body, again.header, first.body, first.header)
	}
	for _, none := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag} {
		for _, fresh := range []*harness{h, start(t, Limits{})} {
			a := fresh.send(t, "GET", soevn, "", "If-None-Match", none)
			if a.status != 304 || a.body != "" || a.header.Get("ETag") != tag {
				t.Errorf("If-None-Match %s: got %d %q, ETag %q", none, a.status, a.body, a.header.Get("ETag"))
			}
		}
	}
	if a := h.send(t, "HEAD", soevn, "", "If-None-Match", tag); a.status != 304 {
		t.Errorf("HEAD: got %d", a.status)
	}
	for _, any := range []string{"*", " * "} {
		for _, asked := range []*harness{h, start(t, Limits{})} { // kept, and before any work
			if a := asked.send(t, "GET", soevn, "", "If-None-Match", any); a.status != 304 || a.body != "" || a.header.Get("ETag") != tag {
				t.Errorf("If-None-Match %q: got %d %q, ETag %q", any, a.status, a.body, a.header.Get("ETag"))
			}
			if a := asked.send(t, "GET", "/fhir/CodeSystem/FSIII", "", "If-None-Match", any); a.status != 304 || a.body != "" || a.header.Get("ETag") == "" {
				t.Errorf("If-None-Match %q of a resource: got %d, ETag %q", any, a.status, a.header.Get("ETag"))
			}
		}
	}
	for _, none := range []string{`W/"2-abc"`, `""`, "x", `"*"`, `x, *`} {
		if a := h.send(t, "GET", soevn, "", "If-None-Match", none); a.status != 200 || a.body != first.body {
			t.Errorf("If-None-Match %s: got %d", none, a.status)
		}
	}
	other := h.send(t, "GET", soevn, "", "Accept", "application/json")
	if other.header.Get("ETag") == tag || other.header.Get("Content-Type") != "application/json" {
		t.Errorf("another media type: got ETag %q and %q", other.header.Get("ETag"), other.header.Get("Content-Type"))
	}
}

// A search names the host it was asked by; what one caller was answered is not
// the answer to another.
func TestAnswersBelongToTheirHost(t *testing.T) {
	h := start(t, Limits{})
	for _, host := range []string{"a.example", "b.example", "a.example"} {
		a := h.send(t, "GET", "/fhir/CodeSystem?_count=1", "", "X-Forwarded-Host", host)
		if a.status != 200 || !strings.Contains(a.body, "http://"+host+"/") || strings.Count(a.body, ".example/") != strings.Count(a.body, host+"/") {
			t.Errorf("%s: got %d %.300s", host, a.status, a.body)
		}
	}
}

// What is refused has no ETag, is not kept and may not be stored.
func TestRefusalsAreNotKept(t *testing.T) {
	h := start(t, Limits{})
	for range 2 {
		a := h.send(t, "GET", lookup+"?system="+ffb+"&code=none", "", "If-None-Match", "*")
		if a.status < 400 || a.header.Get("ETag") != "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %d, ETag %q, Cache-Control %q", a.status, a.header.Get("ETag"), a.header.Get("Cache-Control"))
		}
	}
	if a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii", "{}"); a.header.Get("ETag") != "" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a document: got ETag %q, Cache-Control %q", a.header.Get("ETag"), a.header.Get("Cache-Control"))
	}
}

// Another content has other ETags, and answers nothing of the one before.
func TestAnotherContentAnswersAnew(t *testing.T) {
	h := start(t, Limits{})
	before := h.inForce()
	var now atomic.Pointer[Content]
	now.Store(before)
	h.Server = New(Config{Content: now.Load})
	first := h.send(t, "GET", soevn, "")
	now.Store(&Content{Tag: "2", Translator: before.Translator, Terminology: before.Terminology, Registry: before.Registry})
	second := h.send(t, "GET", soevn, "", "If-None-Match", first.header.Get("ETag"))
	if second.status != 200 || second.header.Get("ETag") == first.header.Get("ETag") {
		t.Errorf("got %d with ETag %q, want 200 with another than %q", second.status, second.header.Get("ETag"), first.header.Get("ETag"))
	}
}

func TestGzip(t *testing.T) {
	h := start(t, Limits{})
	plain := h.send(t, "GET", large, "")
	if plain.header.Get("Content-Encoding") != "" || len(plain.body) < worthwhile {
		t.Fatalf("unasked: got %q for %d bytes", plain.header.Get("Content-Encoding"), len(plain.body))
	}
	for header, want := range map[string]bool{
		"gzip": true, "deflate, gzip;q=0.5": true, "*": true, "GZIP": true,
		"gzip;q=0": false, "identity": false, "br": false, "*, gzip; q=0": false, "*;q=0": false, "gzip;q=x": false,
	} {
		for range 2 { // written anew, and as kept
			a := h.send(t, "GET", large, "", "Accept-Encoding", header)
			if got := a.header.Get("Content-Encoding") == "gzip"; got != want {
				t.Errorf("%s: got gzip %t", header, got)
				continue
			}
			if want {
				a.body = inflated(t, a.body)
			}
			if a.body != plain.body || !strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s: another body, or Vary %q", header, a.header.Values("Vary"))
			}
		}
	}
	body := `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"urn:oid:1.2.208.176.2.22","code":"83376fdb-f55d-4dd9-944e-b49631a9836f"}}]}`
	posted, packed := h.send(t, "POST", operation, body), h.send(t, "POST", operation, body, "Accept-Encoding", "gzip")
	if packed.header.Get("Content-Encoding") != "gzip" || inflated(t, packed.body) != posted.body {
		t.Errorf("POST: got %q", packed.header.Get("Content-Encoding"))
	}
}

// What is kept stays within its bounds, and what is asked often stays.
func TestAnswersAreBounded(t *testing.T) {
	var a answers
	often := &written{body: []byte("often")}
	a.keep("often", often)
	body := make([]byte, 64<<10)
	for i := range 1000 {
		a.keep(fmt.Sprint(i), &written{body: body})
		if found, ok := a.find([]byte("often")); !ok || found != often {
			t.Fatalf("after %d others: what is asked often is gone", i)
		}
	}
	bytes := 0
	for _, generation := range []map[string]*written{a.young, a.old} {
		for question, w := range generation {
			bytes += len(question) + 2*len(w.body)
		}
	}
	if limit := 2 * (generationSize + 2*len(body) + 100); bytes > limit {
		t.Errorf("got %d bytes kept, want at most %d", bytes, limit)
	}
	if _, ok := a.find([]byte("0")); ok {
		t.Error("what was asked once, long ago, is still kept")
	}
	a.keep("large", &written{body: make([]byte, largestKept+1)})
	if _, ok := a.find([]byte("large")); ok {
		t.Error("a large answer is kept")
	}
}

func TestAnswersAreShared(t *testing.T) {
	h := start(t, Limits{})
	want := h.send(t, "GET", large, "").body
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				encoding := []string{"gzip", "identity"}[i%2]
				a := h.send(t, "GET", large, "", "Accept-Encoding", encoding)
				if encoding == "gzip" {
					a.body = inflated(t, a.body)
				}
				if a.body != want {
					t.Errorf("%s: another body", encoding)
				}
			}
		})
	}
	all.Wait()
}
