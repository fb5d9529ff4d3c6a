package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The page in Danish titles every map in Danish, that in English as the map titles
// itself.
func TestCoverageTitles(t *testing.T) {
	site := testSite(t)
	base := served(t, site)
	danish, english := ask(t, base+"/coverage?lang=da").body, ask(t, base+"/coverage?lang=en").body
	seen := map[string]bool{}
	for _, m := range site.content().Terms.ConceptMaps() {
		name := strings.TrimSuffix(m.File, ".csv")
		if seen[name] {
			continue
		}
		seen[name] = true
		w, title := coverageWords["map."+name], strings.TrimSuffix(m.Title, " ("+string(m.Area)+")")
		if w.en != title {
			t.Errorf("%s: got %q in English, its title is %q", name, w.en, title)
		}
		if link := regexp.MustCompile(`map=` + name + `"[^>]*>([^<]*)`).FindStringSubmatch(danish); link == nil || link[1] != w.da || strings.Contains(link[0], "lang=") {
			t.Errorf("%s: got %q in Danish, want %q", name, link, w.da)
		}
		if link := regexp.MustCompile(`map=` + name + `"[^>]*>([^<]*)`).FindStringSubmatch(english); link == nil || link[1] != title {
			t.Errorf("%s: got %q in English, want %q", name, link, title)
		}
	}
	for key := range coverageWords {
		if name, ok := strings.CutPrefix(key, "map."); ok && !seen[name] {
			t.Errorf("%s: there is no such map", key)
		}
	}
}

// A bar says its numbers in words, which add up to the codes that it is of.
func TestCoverageBars(t *testing.T) {
	body := ask(t, served(t, testSite(t))+"/coverage?map=maaltype.ffb-fsiii&lang=en").body
	for _, want := range []string{`role="img" aria-label="equivalent `, `fill="url(#bar-inexact)"`, `<title>narrower `} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, fill := range regexp.MustCompile(`url\(#([^)]*)\)`).FindAllStringSubmatch(body, -1) {
		if !strings.Contains(body, `<pattern id="`+fill[1]+`"`) {
			t.Fatalf("there is no pattern %s", fill[1])
		}
	}
}

// A map that is none is not answered with another.
func TestCoverageOfNoMap(t *testing.T) {
	got := ask(t, served(t, testSite(t))+"/coverage?map=tilstand.ffb-fsii", "Accept-Language", "da")
	if got.status != http.StatusNotFound {
		t.Errorf("got %d", got.status)
	}
	got.has(t, "intet begrebskort hedder sådan; mente du tilstand.ffb-fsiii?")
}
