package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tolk/mapping/exchange"
)

// The pages tell of the content in force: its tag, and the version of the program;
// a part of one does not.
func TestPagesTellTheContent(t *testing.T) {
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	contents, err := newStore(c, &settings{}, "v1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	tag, asked := contents.current.Load().Tag, 0
	for _, p := range pagesOf(contents, "v1.2.3", nil).All() {
		if strings.Contains(p.Path, ":") || p.Methods[0] != http.MethodGet || strings.HasPrefix(p.Path, "/exchange") || p.Path == "/translate/cases" {
			continue
		}
		w := httptest.NewRecorder()
		p.Serve(w, httptest.NewRequest(http.MethodGet, p.Path, nil), exchange.Caller{})
		if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, tag) || !strings.Contains(body, "tolk v1.2.3") {
			t.Errorf("%s: got %d %.300s", p.Path, w.Code, body)
		}
		asked++
	}
	if asked < 5 {
		t.Errorf("%d pages", asked)
	}
}
