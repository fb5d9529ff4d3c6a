package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A document that cannot be shown for print, or packed, stays in the form of the page
// that says why; where there is none any more, the other language has a page all the
// same.
func TestTranslateBesideRefused(t *testing.T) {
	s := testSite(t)
	for _, path := range []string{"/translate/page", "/translate/zip"} {
		wants(t, postTranslateTo(t, s, path, "text", `{"a":1}`), 422, "Dokumentet blev ikke oversat", `name="sealed" value="`, `formaction="`+path+`?lang=en"`)
		wants(t, postTranslateTo(t, s, path), 422, "intet dokument", `id="again"`)
		w := httptest.NewRecorder()
		s.Fault(w, httptest.NewRequest(http.MethodPost, path, nil), http.StatusRequestEntityTooLarge, "")
		wants(t, w, 413, `href="/translate?lang=en"`)
	}
}
