package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/mapping/example"
)

// The language of every description of an example can be told.
func TestTongueOfExamples(t *testing.T) {
	found, err := fs.Glob(fixtures.Inputs, "*/*-to-*/*/case.yaml")
	if err != nil || len(found) < 500 {
		t.Fatalf("%d examples: %v", len(found), err)
	}
	counts := map[string]int{}
	for _, file := range found {
		e := example.In(strings.TrimSuffix(file, "/case.yaml"))
		if err := e.Read(fixtures.Inputs); err != nil {
			t.Fatal(err)
		}
		danish, english := tongues(e.Description)
		if letters := strings.ContainsAny(e.Description, "æøåÆØÅ"); danish == english && (danish > 0 || letters) {
			t.Errorf("%s: %d words of Danish, %d of English: %s", e.Name, danish, english, e.Description)
		}
		counts[tongue(e.Description)]++
	}
	if counts["da"] < 20 || counts["en"] < 400 {
		t.Errorf("got %v", counts)
	}
}

func TestTongue(t *testing.T) {
	for text, want := range map[string]string{
		"navnerummet er XREF01s": "da",
		"pædagogens iagttagelse under Ernæring; kræver en sygeplejefaglig vurdering": "da",
		"to der får kopi af svaret, og to pårørende":                                 "da",
		"the need for support (støttebehovsniveau) is FFB's own scale":               "en",
		"'Gå på toilettet' is the activity, not the urinary function":                "en",
		"Yes": "en",
		"":    "en",
	} {
		if got := tongue(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	for english, danish := range faultWords {
		if tongue(english) != "en" || tongue(danish) != "da" {
			t.Errorf("%q, %q: the wrong language", english, danish)
		}
	}
}

// What the pages themselves find wrong is there in Danish, each message of them.
func TestFaultsInDanish(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			one, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			message, ours := "", false
			for _, e := range one.Elts {
				field, ok := e.(*ast.KeyValueExpr)
				if !ok {
					return true
				}
				name, _ := field.Key.(*ast.Ident)
				if name == nil {
					return true
				}
				if kind, ok := field.Value.(*ast.SelectorExpr); ok && name.Name == "Kind" && kind.Sel.Name == "Exception" {
					ours = true // it is for us to mend, and the page does not say what
				}
				if text, ok := field.Value.(*ast.BasicLit); ok && name.Name == "Message" {
					message, _ = strconv.Unquote(text.Value)
				}
			}
			if message != "" && !ours {
				said[message] = true
				if faultWords[message] == "" {
					t.Errorf("%s: %q is not there in Danish", file, message)
				}
			}
			return true
		})
	}
	for message := range faultWords {
		if !said[message] {
			t.Errorf("%q is said by nobody", message)
		}
	}
}

// Each text that is in another language than its page says so, and what the page says
// itself is in its own.
func TestLanguagesOfAPage(t *testing.T) {
	base := served(t, testSite(t))
	for _, c := range []struct{ path, da, en string }{
		{"/translate?q=version+brevet", `<span lang="da">en version af brevet der ikke læses</span>`, `<span lang="da">en version af brevet der ikke læses</span>`},
		{"/translate?case=" + severalAreas, `<p class="lead" lang="en">`, `<p class="lead" lang="en">`},
		{"/translate?case=medicinliste/plain-to-fhir/fejl-dansk-31-februar", `<strong lang="da">forventet en dato, der findes`, `<strong lang="en">expected a date that exists`},
		{"/translate?case=none", `<strong lang="da">intet eksempel hedder sådan`, `<strong lang="en">no fixture has this name`},
		{"/reference/tilstande/ffb/ffb", `lang="da">et dokument oversættes ikke til det format`, `lang="en">a document is not translated`},
		{"/reference/tilstande/ffb/fsiii", ` – <span lang="en">`, ` – <span lang="en">`},
	} {
		for lang, want := range map[string]string{"da": c.da, "en": c.en} {
			if page := ask(t, base+c.path, "Accept-Language", lang).body; !strings.Contains(page, want) {
				t.Errorf("%s in %s: want it with %s", c.path, lang, want)
			}
		}
	}
	page := postTranslate(t, testSite(t), "to", "fsiii")
	if got := page.Body.String(); page.Code != http.StatusBadRequest && page.Code != http.StatusUnprocessableEntity || !strings.Contains(got, `<strong lang="da">intet dokument; indsæt et`) {
		t.Errorf("without a document: got %d", page.Code)
	}
}

// A page of another place can keep no language here by a form of its own.
func TestLanguageOfAnothersForm(t *testing.T) {
	base := served(t, testSite(t))
	for site, want := range map[string]bool{"same-origin": true, "cross-site": false} {
		got := postForm(t, base, "/translate?lang=en", url.Values{"text": {"{}"}}, "Sec-Fetch-Site", site)
		if kept := got.header.Get("Set-Cookie") != ""; kept != want {
			t.Errorf("%s: %d, kept %v", site, got.status, kept)
		}
	}
}

// What is too large is told by a page in the language of its reader.
func TestTooLargeInItsLanguage(t *testing.T) {
	base := served(t, testSite(t))
	large := strings.Repeat("text=xxx&", 18<<20/9)
	for lang, want := range map[string]string{"da": "Det er for stort", "en": "It is too large"} {
		r, err := http.NewRequest(http.MethodPost, base+"/translate", strings.NewReader(large))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept-Language", lang)
		got := send(t, r)
		if got.status != http.StatusRequestEntityTooLarge || got.header.Get("Content-Language") != lang || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", lang, got.status, got.header)
		}
		got.has(t, want)
	}
}
