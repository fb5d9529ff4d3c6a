package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tolk/fixtures"
	"tolk/mapping/exchange"
)

// visit asks a page of a site without a server between.
func visit(s *Site, p page, address string, headers ...string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	s.served(p)(w, r, exchange.Caller{})
	return w
}

// A page that is the same for everybody is made once for a content and a language,
// whoever asks for it and however many at once.
func TestPageIsMadeOnce(t *testing.T) {
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	now := content
	s := New(Config{Content: func() Content { return now }, Cases: fixtures.Inputs, Version: "v0.0.0-test"})
	for path, serve := range map[string]func(*view) error{"/reference/api": referenceAPI, "/concepts": concepts, "/coverage": coverageShown} {
		t.Run(path, func(t *testing.T) {
			now = content
			var made atomic.Int64
			p := page{path, get, nil, kept(func(v *view) error { made.Add(1); return serve(v) }, "q")}
			first := visit(s, p, path+"?lang=en")
			if first.Code != 200 || !strings.HasSuffix(strings.TrimSpace(first.Body.String()), "</html>") || first.Header().Get("Content-Security-Policy") != policy || first.Header().Get("Content-Language") != "en" {
				t.Fatalf("%d %v", first.Code, first.Header())
			}
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					asked := []string{path + "?lang=en", path + "?lang=en&x=" + fmt.Sprint(i), path + "?q=&lang=en"}[i%3]
					if w := visit(s, p, asked, "Accept-Language", "da", "Cookie", "lang=da"); w.Code != 200 || !bytes.Equal(w.Body.Bytes(), first.Body.Bytes()) {
						t.Errorf("%s: %d, another page", asked, w.Code)
					}
				})
			}
			all.Wait()
			if n := made.Load(); n != 1 {
				t.Errorf("made %d times in one language", n)
			}
			for range 3 {
				visit(s, p, path)
			}
			if n := made.Load(); n != 2 {
				t.Errorf("made %d times in two languages", n)
			}
			visit(s, p, path+"?q=x")
			visit(s, p, path, "HX-Request", "true")
			if n := made.Load(); n != 4 {
				t.Errorf("made %d times with a question and a part of it, want 4", n)
			}
			now.Tag = "another " + path
			for range 3 {
				visit(s, p, path)
			}
			if n := made.Load(); n != 5 {
				t.Errorf("made %d times with another content, want 5", n)
			}
		})
	}
}

// A page that is kept is open to everybody: it says nothing of who asked first.
func TestKeptPagesAreOpen(t *testing.T) {
	s := testSite(t)
	for _, p := range s.Pages() {
		if len(p.Rights) == 0 {
			continue
		}
		path := strings.NewReplacer(":id", "x", ":name", "x").Replace(p.Path)
		p.Serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil), exchange.Caller{})
	}
	if n := len(s.shelf.pages); n != 0 {
		t.Errorf("%d pages that need a right are kept", n)
	}
}

// There is a bound to what is kept, and what is wrong is not kept.
func TestShelfIsBounded(t *testing.T) {
	s := testSite(t)
	s.shelf.most = 1000
	made := map[string]int{}
	text := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i * i >> 3 * 31)
		}
		return b
	}
	p := page{"/:name", get, nil, kept(func(v *view) error {
		name := v.r.URL.Path
		made[name]++
		switch name {
		case "/fault":
			return broken(http.ErrAbortHandler)
		case "/panic":
			panic(name)
		case "/large":
			v.w.Write(text(100_000))
		}
		v.w.Write(text(300))
		return nil
	})}
	for i := range 12 {
		for range 2 {
			visit(s, p, fmt.Sprintf("/%d", i))
		}
	}
	if len(made) != 12 || made["/0"] != 1 || made["/11"] != 1 {
		t.Errorf("got %v", made)
	}
	if n := len(s.shelf.pages); n == 0 || n >= 12 || s.shelf.size > 1000 || len(s.shelf.order) != n {
		t.Errorf("%d pages of %d bytes are kept", n, s.shelf.size)
	}
	visit(s, p, "/0")
	if made["/0"] != 2 {
		t.Error("the oldest is still there")
	}
	for range 2 {
		visit(s, p, "/large")
		if w := visit(s, p, "/fault"); w.Code != 500 {
			t.Errorf("got %d", w.Code)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("it does not panic")
				}
			}()
			visit(s, p, "/panic")
		}()
	}
	if made["/large"] != 2 || made["/fault"] != 2 || made["/panic"] != 2 || s.shelf.size > 1000 {
		t.Errorf("got %v", made)
	}
}

// The examples are run once for all who ask at once; one who went away, and one for
// whom it went wrong, took nothing from the others. What it took is given back.
func TestExamplesRunOnce(t *testing.T) {
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	cases := &counted{FS: fixtures.Inputs}
	var spared atomic.Int64
	gave := make(chan bool, 100)
	s := New(Config{Content: func() Content { return content }, Cases: cases, Spare: func() { spared.Add(1); gave <- true }})
	cases.fails.Store(true)
	p := page{"/reference/rules", get, nil, kept(referenceRules, "q", "name")}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nothing was wrong with the first")
			}
		}()
		visit(s, p, "/reference/rules")
	}()
	cases.fails.Store(false)
	cases.read.Store(0)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			address := []string{"/reference/rules", "/reference/rules?q=status", "/reference/rules?name=" + url.QueryEscape("ffb-fsiii.condition/code")}[i%3]
			if w := visit(s, p, address); w.Code != http.StatusOK {
				t.Errorf("%s: got %d", address, w.Code)
			}
		})
	}
	all.Wait()
	<-gave
	once, err := fs.Glob(fixtures.Inputs, "*/*-to-*/*/input.*")
	if err != nil || len(once) == 0 {
		t.Fatalf("%d inputs: %v", len(once), err)
	}
	if got := int(cases.read.Load()); got != len(once) {
		t.Errorf("%d inputs were read, want each of %d once", got, len(once))
	}
	if n := spared.Load(); n > 2 { // after the examples, and perhaps after the page
		t.Errorf("memory was given back %d times", n)
	}
}

// counted counts the inputs that are read.
type counted struct {
	fs.FS
	read  atomic.Int64
	fails atomic.Bool
}

func (c *counted) Open(name string) (fs.File, error) {
	if strings.Contains(name, "/input.") {
		c.read.Add(1)
		if c.fails.Load() {
			panic("a fault of ours")
		}
	}
	return c.FS.Open(name)
}
