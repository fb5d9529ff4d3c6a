package web

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	saidInTemplate = regexp.MustCompile(`\bt "([^"]+)"`)
	saidInGo       = regexp.MustCompile(`\bsay\((?:v\.lang, |lang, )?"([^"]+)"`)
	quoted         = regexp.MustCompile(`"([a-z]+(?:\.[A-Za-z0-9_-]+)+)"`)
	madeOf         = regexp.MustCompile(`print "([^"]+)"|"([a-z]+\.(?:[a-z]+\.)*)" ?\+|print \.\w+ "(\.[^"]+)"`)
	verb           = regexp.MustCompile(`%[-+# 0-9.]*[a-z]`)
)

// spoken reads the templates and the Go files: the keys that are asked for, every
// text that could be one, and the beginnings of keys that are put together.
func spoken(t *testing.T) (asked, perhaps, beginnings map[string]string) {
	asked, perhaps, beginnings = map[string]string{}, map[string]string{}, map[string]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	templates, err := filepath.Glob("templates/*.gohtml")
	if err != nil || len(templates) == 0 {
		t.Fatalf("%d templates: %v", len(templates), err)
	}
	for _, file := range append(files, templates...) {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "words") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pattern := saidInGo
		if strings.HasSuffix(file, ".gohtml") {
			pattern = saidInTemplate
		}
		for _, m := range pattern.FindAllStringSubmatch(string(text), -1) {
			asked[m[1]] = file
		}
		for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
			perhaps[m[1]] = file
		}
		for _, m := range madeOf.FindAllStringSubmatch(string(text), -1) {
			beginnings[m[1]+m[2]] = file
		}
	}
	return asked, perhaps, beginnings
}

// Every word that a page asks for is there, in both languages and with the same
// values; and none is there that no page asks for.
func TestWords(t *testing.T) {
	asked, perhaps, beginnings := spoken(t)
	delete(beginnings, "")
	for key, file := range asked {
		if !known(key) && !strings.HasSuffix(key, ".") {
			t.Errorf("%s asks for %q, which has no words", file, key)
		}
	}
	seen := map[string]bool{}
	for _, table := range wordTables {
		for key, w := range table {
			switch {
			case seen[key]:
				t.Errorf("%s: said twice", key)
			case w.da == "" || w.en == "":
				t.Errorf("%s: in one language only", key)
			case !slices.Equal(verb.FindAllString(w.da, -1), verb.FindAllString(w.en, -1)):
				t.Errorf("%s: other values in the other language: %q, %q", key, w.da, w.en)
			}
			seen[key] = true
			if asked[key] != "" || perhaps[key] != "" || perhaps[strings.TrimSuffix(key, ".text")] != "" {
				continue
			}
			if !slices.ContainsFunc(slices.Collect(maps.Keys(beginnings)), func(b string) bool { return strings.HasPrefix(key, b) }) {
				t.Errorf("%s: no page asks for it", key)
			}
		}
	}
	if len(asked) == 0 || len(seen) == 0 {
		t.Errorf("%d keys asked for, %d there", len(asked), len(seen))
	}
}

func TestLanguageOf(t *testing.T) {
	for _, tt := range []struct{ target, cookie, accept, want string }{
		{"/", "", "", "da"},
		{"/", "", "en-GB,en;q=0.9,da;q=0.8", "en"},
		{"/", "", "de, da;q=0.3, en;q=0.2", "da"},
		{"/", "", "de", "da"},
		{"/", "", "en;q=x", "da"},
		{"/", "en", "da", "en"},
		{"/", "<script>", "da", "da"},
		{"/?lang=da", "en", "en", "da"},
		{"/?lang=xx", "", "en", "en"},
	} {
		r, err := http.NewRequest(http.MethodGet, tt.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", tt.accept)
		if tt.cookie != "" {
			r.AddCookie(&http.Cookie{Name: languageCookie, Value: tt.cookie})
		}
		if got := languageOf(r); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		n      int
		da, en string
	}{{0, "0", "0"}, {999, "999", "999"}, {1000, "1.000", "1,000"}, {1234567, "1.234.567", "1,234,567"}, {-1234, "-1.234", "-1,234"}, {-123, "-123", "-123"}} {
		if da, en := number("da", tt.n), number("en", tt.n); da != tt.da || en != tt.en {
			t.Errorf("%d: got %s and %s, want %s and %s", tt.n, da, en, tt.da, tt.en)
		}
	}
}
