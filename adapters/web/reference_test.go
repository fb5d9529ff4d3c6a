package web

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"tolk/fixtures"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/rules"
	"tolk/schemas"
)

// Every rule on the ledger of every worked example has a page that says what is
// stated of it; one of the rule files and of the field correspondences says where
// it is written.
func TestEveryRuleIsTold(t *testing.T) {
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	site := siteWith(content)
	base := served(t, site)
	told := map[string]bool{}
	cases, err := fixtures.Load(fixtures.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	pairs := map[string]map[string]bool{} // the rules by pair
	for _, c := range cases {
		g := content.Gateway
		if len(c.Organisations) > 0 {
			if g, err = g.WithOrganisations(c.Organisations); err != nil {
				t.Fatal(err)
			}
		}
		result, err := g.Translate(c.Input, c.Request)
		if err != nil {
			continue // a case of what is refused
		}
		pair := "/reference/" + c.Request.Document + "/" + c.Request.From + "/" + c.Request.To
		if pairs[pair] == nil {
			pairs[pair] = map[string]bool{}
		}
		note := func(names string) {
			for _, name := range ruleNames(names) {
				told[name], pairs[pair][name] = true, true
			}
		}
		for _, l := range result.Ledger.Lines() {
			note(l.Rule)
		}
		for _, o := range result.Ledger.Origins() {
			note(o.Rule)
		}
	}
	if len(told) < 1000 {
		t.Fatalf("%d rules only", len(told))
	}
	book := newRuleBook(content.Rules)
	for name := range told {
		if s := book.find(name); s == nil && slices.ContainsFunc(content.Rules, func(f rules.File) bool { return strings.HasPrefix(name, strings.TrimSuffix(f.Name, ".yaml")+".") }) {
			t.Errorf("%s is in a rule file, and is not stated", name)
		}
	}
	for pair, names := range pairs {
		body := ask(t, base+pair).body
		for name := range names {
			if !strings.Contains(body, `id="`+ruleAnchor("rule", name)+`"`) && !strings.Contains(body, "name="+url.QueryEscape(name)) {
				t.Errorf("%s does not tell of %s", pair, name)
			}
		}
	}
	for i, name := range sortedKeys(told) {
		if i%40 != 0 { // a page is one function of a name: some of them over HTTP, all of them in it
			continue
		}
		got := ask(t, base+"/reference/rules?name="+url.QueryEscape(name))
		if got.status != http.StatusOK || !strings.Contains(html.UnescapeString(got.body), name) {
			t.Errorf("%s: got %d", name, got.status)
		}
	}
	shown := site.view(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), exchange.Caller{}).allShow()
	for name := range told {
		if row, ok := ruleOf(book, shown, name); !ok || !row.Stated() && row.Sighting.Cases() == 0 {
			t.Errorf("%s has no page", name)
		}
	}
}

// Every field correspondence is stated, with the paths that run, and has a place.
func TestEveryFieldIsStated(t *testing.T) {
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	book, rows := newRuleBook(content.Rules), 0
	for _, name := range document.Documents() {
		for _, r := range content.Fields.Book(name, "plain").Rows() {
			rows++
			s := book.find(r.ID)
			switch {
			case s == nil:
				t.Errorf("%s is not stated", r.ID)
			case !strings.HasPrefix(s.Place, "fields/") || strings.HasSuffix(s.Place, ":1:1"):
				t.Errorf("%s stands in %q", r.ID, s.Place)
			case s.Why != r.Drop:
				t.Errorf("%s: got %q, want %q", r.ID, s.Why, r.Drop)
			case !slices.ContainsFunc(append(s.Else, elsewhereStated{s.Left, s.Right}), func(e elsewhereStated) bool {
				right := e.Target.Path
				if s.What == statesFixed {
					right += " = " + e.Target.Is
				}
				return e.Source.Path == r.Left && right == r.Right
			}):
				t.Errorf("%s: got %v and %v, want %q and %q", r.ID, s.Left, s.Right, r.Left, r.Right)
			}
		}
	}
	if rows < 500 {
		t.Errorf("%d rows only", rows)
	}
	for _, s := range book.all {
		if s.Place == "" || s.Name == "" || s.What == "" {
			t.Errorf("%+v", s)
		}
		if s.What == statesField && s.Via != "" && len(s.Words) == 0 && s.Lens() == "" {
			t.Errorf("%s: there are no words for %s", s.Name, s.Via)
		}
	}
}

// Every pair has its page; one that is not offered says why, and what there is not
// is not found.
func TestReferencePairs(t *testing.T) {
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	base := served(t, siteWith(content))
	home := ask(t, base+"/reference").body
	for _, from := range document.Offers() {
		for _, to := range document.Offers() {
			if from.Document != to.Document || from.Form == to.Form {
				continue
			}
			path := "/reference/" + from.Document + "/" + from.Form + "/" + to.Form
			got := ask(t, base+path+"?lang=en")
			why := from.Read
			if why == "" {
				why = to.Write
			}
			switch {
			case got.status != http.StatusOK:
				t.Errorf("%s: got %d", path, got.status)
			case why != "" && !strings.Contains(html.UnescapeString(got.body), why):
				t.Errorf("%s does not say why not", path)
			case why == "" && (strings.Contains(got.body, "It is not translated") || !strings.Contains(home, `href="`+path+`"`)):
				t.Errorf("%s: it is offered, and the pages do not say so", path)
			case why == "" && !strings.Contains(got.body, `class="rulelist`):
				t.Errorf("%s has no rule", path)
			}
		}
	}
	for path, want := range map[string]int{"/reference/tilstande/ffb/ffb": 404, "/reference/x/ffb/fsiii": 404, "/reference/tilstande/ffb/x": 404,
		"/reference/rules?name=nosuch": 404, "/reference/rules?name=ffb-fsiii.condition/cod": 404, "/reference/rules?name=%3Cscript%3E": 404, "/reference/rules?q=%3Cscript%3Ealert(1)": 200} {
		got := ask(t, base+path, "Accept-Language", "en")
		if got.status != want || strings.Contains(got.body, "<script>") {
			t.Errorf("%s: got %d, want %d", path, got.status, want)
		}
	}
	ask(t, base+"/reference/rules?name=ffb-fsiii.condition/cod").has(t, "mente du ffb-fsiii.condition/code?")
	ask(t, base+"/reference/rules?name=medicinliste.plain/borger/koen&lang=en").has(t, "<code>kvinde</code> = <code>female</code>", "fields/plain.yaml:")
	ask(t, base+"/reference/rules?name="+url.QueryEscape("fmk.patient.name > medicinliste.plain/borger/fornavn")+"&lang=en").has(t, "one after the other", "is code of the program")
	ask(t, base+"/reference/medicinliste/fmk/plain?q=birthdate&lang=en", "HX-Request", "true").has(t, "rules", "birthDate")
}

// A rule that a site states otherwise is shown as such.
func TestReferenceShowsOverrides(t *testing.T) {
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	content.Tag = "with overrides"
	content.Rules = slices.Clone(content.Rules)
	for i, f := range content.Rules {
		content.Rules[i].Maps = slices.Clone(f.Maps)
		for j, m := range f.Maps {
			content.Rules[i].Maps[j].Rules = slices.Clone(m.Rules)
			for k, r := range m.Rules {
				if f.Name == "ffb-fsiii.yaml" && m.Map == "condition" && r.ID == "last-asserted" {
					content.Rules[i].Maps[j].Rules[k].Site = &rules.Override{Site: "aarhus", Replaces: "ffb-fsiii.condition.last-asserted", Because: "we <say> so"}
				}
			}
		}
	}
	base := served(t, siteWith(content))
	ask(t, base+"/reference/tilstande/ffb/fsiii?lang=en").has(t, "<strong>aarhus</strong>", "we &lt;say&gt; so", "aarhus/rules.yaml")
}

// The page of the API shows every operation that the published description has.
func TestReferenceAPI(t *testing.T) {
	page, err := readAPI(schemas.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Groups) < 3 || page.Title == "" || len(page.Security) == 0 {
		t.Fatalf("%d groups, title %q, %d schemes", len(page.Groups), page.Title, len(page.Security))
	}
	got := ask(t, served(t, testSite(t))+"/reference/api?lang=en")
	if got.status != http.StatusOK {
		t.Fatalf("got %d", got.status)
	}
	ids := map[string]bool{}
	operations := 0
	for _, g := range page.Groups {
		for _, o := range g.Operations {
			operations++
			if !strings.Contains(got.body, `id="`+o.ID()+`"`) || !strings.Contains(html.UnescapeString(got.body), o.Path) || len(o.Answers) == 0 || o.Summary == "" {
				t.Errorf("%s %s is not told in full", o.Method, o.Path)
			}
			if ids[o.ID()] {
				t.Errorf("%s names two operations", o.ID())
			}
			ids[o.ID()] = true
		}
	}
	if operations < 20 || !ids["post-v1-translate"] {
		t.Errorf("%d operations", operations)
	}
	if _, err := readAPI([]byte("paths: [")); err == nil {
		t.Error("what is no YAML was read")
	}
}

func TestTextBlocks(t *testing.T) {
	const text = "one `two` **three**\nfour\n\n## head\n- a\n  b\n- [c](/d) [e](f.md)\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```\n<b>\n```\n"
	var kinds []string
	blocks := textBlocks(text)
	for _, b := range blocks {
		kinds = append(kinds, b.Kind)
	}
	if want := []string{"paragraph", "heading", "list", "table", "code"}; !slices.Equal(kinds, want) {
		t.Fatalf("got %v, want %v", kinds, want)
	}
	want := []textSpan{{Text: "one "}, {Text: "two", Code: true}, {Text: " "}, {Text: "three", Strong: true}, {Text: " four"}}
	if !slices.Equal(blocks[0].Line, want) {
		t.Errorf("got %v, want %v", blocks[0].Line, want)
	}
	if l := blocks[2].List; len(l) != 2 || l[0][0].Text != "a b" || l[1][0].Link != "/d" || l[1][2].Link != "" {
		t.Errorf("got %v", l)
	}
	if b := blocks[3]; len(b.Head) != 2 || len(b.Rows) != 1 || b.Rows[0][1][0].Text != "2" || blocks[4].Code != "<b>" {
		t.Errorf("got %+v %+v", b, blocks[4])
	}
}

// Several readers at once make the reference once, and all get it.
func TestReferenceAtOnce(t *testing.T) {
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	base := served(t, siteWith(content))
	var all sync.WaitGroup
	for range 4 {
		for _, path := range []string{"/reference/sundhedstjek/hco/plain", "/reference/sundhedstjek/plain/hco", "/reference"} {
			all.Go(func() {
				if got := ask(t, base+path); got.status != http.StatusOK {
					t.Errorf("%s: got %d", path, got.status)
				}
			})
		}
	}
	all.Wait()
}

// The maps on a page of a pair are called as its reader speaks.
func TestReferenceMapTitles(t *testing.T) {
	base := served(t, testSite(t))
	const path = "/reference/tilstande/ffb/fsiii?lang="
	ask(t, base+path+"en").has(t, `<span class="small" lang="en">FFB conditions to FSIII conditions</span>`)
	danish := ask(t, base+path+"da")
	danish.has(t, `<span class="small">FFB-tilstande til FSIII-tilstande</span>`)
	if strings.Contains(danish.body, "FFB conditions to") {
		t.Error("a title in English stands on the Danish page")
	}
}
