package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// textsIn lists the texts in the Go files of a folder of this module.
func textsIn(t *testing.T, folder string, see func(ast.Node)) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				if value, err := strconv.Unquote(text.Value); err == nil {
					all = append(all, value)
				}
			}
			if see != nil && n != nil {
				see(n)
			}
			return true
		})
	}
	return all
}

// The sentences that the node has for what happened, and why, are all there in
// Danish; and none is there that nobody says.
func TestNodeInDanish(t *testing.T) {
	sentences := map[string]bool{}
	said := textsIn(t, "node", func(n ast.Node) {
		table, ok := n.(*ast.ValueSpec)
		if !ok || len(table.Values) != 1 || table.Names[0].Name != "happened" && table.Names[0].Name != "reasons" {
			return
		}
		for _, e := range table.Values[0].(*ast.CompositeLit).Elts {
			value, err := strconv.Unquote(e.(*ast.KeyValueExpr).Value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			sentences[value] = true
		}
	})
	if len(sentences) < 70 {
		t.Fatalf("%d sentences", len(sentences))
	}
	for sentence := range sentences {
		if all := told("da", sentence); len(all) != 1 || all[0].Lang != "da" {
			t.Errorf("not there in Danish: %q", sentence)
		}
	}
	for _, folder := range []string{"adapters/api", "adapters/token", "mapping/exchange", "mapping/document", "mapping/terminology"} {
		said = append(said, textsIn(t, folder, nil)...)
	}
	everything := strings.Join(said, "") // one that goes on in the next text is one
	for _, table := range []map[string]string{serverWords, nodeWords, settingWords} {
		for english, danish := range table {
			for _, part := range strings.Split(english, "%s") {
				if !strings.Contains(everything, strings.TrimSuffix(strings.TrimPrefix(part, "it "), "expected ")) { // which one text begins and another ends
					t.Errorf("%q is said by nobody: %q", english, part)
				}
			}
			if strings.Count(english, "%s") != strings.Count(danish, "%s") {
				t.Errorf("%q: other values in Danish", english)
			}
		}
	}
}

func TestTold(t *testing.T) {
	for english, want := range map[string][]saidIn{
		"there is no such message": {{"da", "meddelelsen findes ikke"}},
		"the receiver has it: the receiver fetched it and said that it arrived":              {{"da", "modtageren har den: modtageren hentede den og sagde, at den kom frem"}},
		"it is sent again later: the receiver answered 503: it cannot take it now":           {{"da", "den sendes igen senere: modtageren svarede 503: den kan ikke tage imod lige nu"}},
		"the method is not supported here; accepted: GET, HEAD, OPTIONS":                     {{"da", "adressen bruges ikke sådan; den tager imod GET, HEAD, OPTIONS"}},
		"not allowed to see the messages of others: it takes the right log":                  {{"da", "du må ikke se andres meddelelser; det kræver retten log"}},
		"a person decided it: de har rettet det på deres side":                               {{"da", "et menneske besluttede det"}, {"da", "de har rettet det på deres side"}},
		"a person decided it: they mended what was wrong with it":                            {{"da", "et menneske besluttede det"}, {"en", "they mended what was wrong with it"}},
		"route asked (on this machine): henvisning from local, who asked for xref01":         {{"en", "route asked (on this machine): henvisning from local, who asked for xref01"}},
		"the body is longer than 16777216 bytes, or than 131072 and without an access token": {{"da", "det, der blev sendt, er på mere end 16777216 bytes, eller mere end 131072 uden et adgangstoken"}},
		"the form of the document is not recognised; expected plain, ffb or xref15":          {{"da", "dokumentets format genkendes ikke; forventet plain, ffb eller xref15"}},
		"only a document from ffb is translated for an area; one from fsiii has its own":     {{"da", "kun et dokument fra ffb oversættes til et område; et fra fsiii har sit eget"}},
		"expected a date or a time":                            {{"en", "expected a date or a time"}},
		"it is retry; only what is dead or held is sent again": {{"da", "den er »prøves igen«; kun hvad der er strandet eller holdt tilbage, sendes igen"}},
		"it is delivered already":                              {{"da", "den er »leveret« allerede"}},
		"unknown in FFB 20240530":                              {{"da", "findes ikke i FFB 20240530"}},
		"":                                                     nil,
	} {
		got := told("da", english)
		same := len(got) == len(want)
		for i := range got {
			same = same && got[i] == want[i]
		}
		if !same {
			t.Errorf("%q: got %+v, want %+v", english, got, want)
		}
		if got := told("en", english); english != "" && (len(got) != 1 || got[0].Text != english) {
			t.Errorf("%q in English: got %+v", english, got)
		}
	}
}

// What is wrong with the settings of the page is said in its language.
func TestSettingsInDanish(t *testing.T) {
	s := testSite(t)
	text := inputOf(t, severalAreas)
	for want, fields := range map[string][]string{
		"dokumentets format genkendes ikke; forventet plain, ffb,":                    {"text", `{"a":1}`},
		"forventet sygepleje, hjemmepleje eller forebyggelse":                         {"text", text, "to", "fsiii", "area", "afdeling"},
		"dokumentet er allerede i det format; forventet et andet end det, det er fra": {"text", text, "to", "ffb"},
		"forventet equivalent, wider, narrower, inexact eller et forslags id (p-…)":   {"text", text, "to", "fsiii", "accept", "alt"},
		"; mente du fsiii?": {"text", text, "to", "fsii"},
		"ingen kode oversættes mellem plain og fhir; forventet ingen": {"case", "medicinliste/plain-to-fhir/fast-og-efter-behov", "set", "on", "to", "fhir", "area", "sygepleje"},
	} {
		page := html.UnescapeString(postTranslate(t, s, fields...).Body.String())
		if m := regexp.MustCompile(`<strong lang="(..)">([^<]*)</strong>`).FindStringSubmatch(page); m == nil || m[1] != "da" || !strings.Contains(m[2], want) {
			t.Errorf("without %q: %q", want, m)
		}
	}
}

var marked = regexp.MustCompile(`lang="(da|en)">([^<]+)<`)

// What a Danish page says of an address, of a rule and of a message is in Danish, and
// what is another's is marked as what it is.
func TestFaultsOfAPageInDanish(t *testing.T) {
	n := newExchangeSaid()
	base := served(t, exchangeSite(t, n))
	html5 := []string{"Accept", "text/html", "Accept-Language", "da"}
	for path, want := range map[string]string{
		"/nothing":                       "der er ingen side på denne adresse",
		"/translate/zip":                 "adressen bruges ikke sådan; den tager imod POST, OPTIONS",
		"/reference/rules?name=zzzzzzzz": "ingen regel hedder sådan",
		"/exchange/" + strings.Replace(strandedID, "01a2", "ffff", 1): "meddelelsen findes ikke",
		"/exchange/dead":          "modtageren tager den ikke, og tager heller ikke den samme igen",
		"/exchange":               "modtageren blev ikke nået, eller svarede ikke i tide",
		"/exchange/" + strandedID: "meddelelsen er gemt, og afsenderen har fået det at vide",
	} {
		page := html.UnescapeString(ask(t, base+path, html5...).body)
		found := false
		for _, m := range marked.FindAllStringSubmatch(page, -1) {
			found = found || m[1] == "da" && m[2] == want
		}
		if !found {
			t.Errorf("%s: without %q in Danish: %v", path, want, marked.FindAllString(page, -1))
		}
	}
	if page := html.UnescapeString(ask(t, base+"/reference/rules?name=fmk.patient.nam", html5...).body); !strings.Contains(page, "ingen regel hedder sådan; mente du fmk.patient.name?") {
		t.Errorf("a rule that is misspelt: %.3000s", page)
	}
	if page := html.UnescapeString(ask(t, base+"/reference/rules?name=fmk.patient.nam", "Accept-Language", "en").body); !strings.Contains(page, "no rule has this name; did you mean fmk.patient.name?") {
		t.Errorf("in English: %.3000s", page)
	}
	n.config.Clients[0].Rights = nil
	if got := postForm(t, base, "/exchange/act", url.Values{}, "Accept-Language", "da"); got.status != http.StatusForbidden || !strings.Contains(got.body, "du må ikke") {
		t.Errorf("who may not: %d %.2000s", got.status, got.body)
	}
}
