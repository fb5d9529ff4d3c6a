package web

import (
	"encoding/xml"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

// shownConcept asks a site for the page of a concept, without a server between.
func shownConcept(t *testing.T, site *Site, e *terminology.Entry, lang string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/?lang="+lang, nil)
	r.URL.Path = conceptPath(e.Concept)
	r.SetPathValue("system", slugOf(e.System))
	r.SetPathValue("code", e.Code)
	w := httptest.NewRecorder()
	for _, p := range site.Pages() {
		if p.Path == "/concepts/:system/:code" {
			p.Serve(w, r, exchange.Caller{})
		}
	}
	if w.Code != http.StatusOK {
		t.Fatalf("%s: got %d", e.Display, w.Code)
	}
	return w.Body.String()
}

var drawing = regexp.MustCompile(`(?s)<svg class="picture.*?</svg>`)

// Every concept has its page: with the reason of every match, forward and back, or
// with the reason why no map has it.
func TestEveryConceptHasItsPage(t *testing.T) {
	site := testSite(t)
	terms := site.content().Terms
	pages, reasons := 0, 0
	for _, system := range terms.CodeSystems() {
		for _, e := range terms.Entries(system.URL) {
			body := shownConcept(t, site, e, "en")
			pages++
			want := []string{e.Display, e.Code, "https://fhir.kl.dk/term/CodeSystem-"}
			matches := append(terms.Matches(e.Concept, terminology.Options{Target: mapping.FFB}), terms.Matches(e.Concept, terminology.Options{Target: mapping.FSIII})...)
			for _, m := range matches {
				want = append(want, m.Reason, m.Row, m.Display, m.Version)
				reasons++
			}
			if outside := terms.Outside(e.Concept, ""); len(matches) == 0 && outside != "" {
				want = append(want, outside)
			} else if len(matches) == 0 && !strings.Contains(body, "No concept map covers this code system") {
				t.Errorf("%s: says not why nothing matches", e.Display)
			}
			text := html.UnescapeString(body)
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%s: without %q", e.Display, w)
				}
			}
			wellFormed(t, e.Display, drawing.FindString(body))
		}
	}
	if pages < 700 || reasons < 500 {
		t.Errorf("%d pages with %d reasons", pages, reasons)
	}
}

func wellFormed(t *testing.T, name, picture string) {
	t.Helper()
	parser := xml.NewDecoder(strings.NewReader(picture))
	for {
		if _, err := parser.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: the picture: %v", name, err)
			return
		}
	}
}

// What is forward on one page is reverse on the other.
func TestForwardAndReverseAgree(t *testing.T) {
	site := testSite(t)
	v := site.view(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), exchange.Caller{})
	all, forward, reverse := v.comesFrom(), 0, 0
	for _, arrivals := range all {
		reverse += len(arrivals)
	}
	for _, system := range []string{mapping.FFB, mapping.FSIII} {
		for _, e := range v.content.Terms.Entries(system) {
			for _, m := range v.becomes(e) {
				if m.Equivalence.Match() {
					forward++
				}
			}
		}
	}
	if forward != reverse || forward == 0 {
		t.Errorf("%d forward, %d reverse", forward, reverse)
	}
}

// A row that a site states is shown as such, with what it replaces and why.
func TestSiteRowIsShown(t *testing.T) {
	terms, err := terminology.Overridden(facts.FS, maps.FS, terminology.Overrides{Site: "aarhus", Version: "1.2.0", Tables: fstest.MapFS{
		"tilstand.ffb-fsiii.csv": &fstest.MapFile{Data: []byte("source,source_display,area,target,target_display,equivalence,guard,reason,status,replaces,because\n" +
			"17c35058-eb88-4a7a-8727-74cd12be42c7,Opmærksomhed og koncentrationsevne,hjemmepleje,,,unmatched,,the scale tells it better,accepted,inexact d7687a4e-d848-4931-940e-8ef338eb3f85,our nurses agreed in March\n")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	base := served(t, siteWith(Content{Tag: "site", Terms: terms}))
	a := ask(t, base+"/concepts/ffb/17c35058-eb88-4a7a-8727-74cd12be42c7", "Accept-Language", "en")
	a.has(t, "Own to aarhus", "replaces inexact d7687a4e-d848-4931-940e-8ef338eb3f85", "our nurses agreed in March", "the scale tells it better", "aarhus/tilstand.ffb-fsiii.csv:2", "0.1.0&#43;aarhus.1.2.0")
	ask(t, base+"/", "Accept-Language", "en").has(t, "Own to aarhus", "or beside them: 1")
}

// htmx gets what stands in the middle, a browser a whole page, for the same
// address.
func TestSearchInParts(t *testing.T) {
	base := served(t, testSite(t))
	whole := ask(t, base+"/concepts?q=tryks%C3%A5r")
	whole.has(t, "<!DOCTYPE html>", "<mark>tryksår</mark>")
	part := ask(t, base+"/concepts?q=tryks%C3%A5r", "HX-Request", "true", "HX-Target", "found")
	part.has(t, "<mark>tryksår</mark>")
	if strings.Contains(part.body, "<html") || strings.Contains(part.body, "<form") {
		t.Errorf("got %.300s", part.body)
	}
	if all := ask(t, base+"/concepts?q=", "HX-Request", "true", "HX-Target", "found"); !strings.Contains(all.body, "<details>") {
		t.Errorf("an empty search: got %.300s", all.body)
	}
	ask(t, base+"/concepts?q=j1.1", "Accept-Language", "en").has(t, "1 found", "<code class=\"quiet\">J1.1</code>")
	ask(t, base+"/concepts?q=xyzzy", "Accept-Language", "en").has(t, "No concept has “xyzzy” in its name.")
}
