package web

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tolk/adapters/api"
	"tolk/fixtures"
	"tolk/mapping"
	"tolk/mapping/example"
	"tolk/mapping/exchange"
	"tolk/mapping/explain"
)

const (
	severalAreas = "tilstande/ffb-to-fsiii/flere-omraader"
	suicidal     = "tilstande/ffb-to-fsiii/selvmord-uden-accept"
)

func inputOf(t testing.TB, name string) string {
	t.Helper()
	for _, file := range example.Inputs {
		if text, err := fs.ReadFile(fixtures.Inputs, name+"/"+file); err == nil {
			return string(text)
		}
	}
	t.Fatalf("%s has no input", name)
	return ""
}

// getTranslate asks for a page of this part, without a server around it.
func getTranslate(t testing.TB, s *Site, address string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for _, p := range s.Pages() {
		if p.Path == r.URL.Path {
			p.Serve(w, r, exchange.Caller{})
		}
	}
	return w
}

func wants(t testing.TB, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d", w.Code, status)
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("%d, without %q: %.3000s", w.Code, text, w.Body)
		}
	}
}

var (
	idOnPage   = regexp.MustCompile(` id="([^"]+)"`)
	linkOnPage = regexp.MustCompile(` href="#([^"]+)"`)
	endsOnPage = regexp.MustCompile(` data-o="([^"]+)"`)
)

// Every fixture has a page: translated, with both ends of every link there, or
// refused with a reason.
func TestTranslateEveryFixture(t *testing.T) {
	s := testSite(t)
	v := s.view(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/translate", nil), exchange.Caller{})
	all := v.examples()
	if len(all) < 500 {
		t.Fatalf("%d fixtures", len(all))
	}
	translated := 0
	for i, e := range all {
		if testing.Short() && i%7 != 0 {
			continue
		}
		w := getTranslate(t, s, "/translate?case="+e.Name+"&to="+e.To)
		body := w.Body.String()
		if e.Description == "" {
			t.Errorf("%s: no description", e.Name)
		}
		switch w.Code {
		case http.StatusOK:
			translated++
		case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusNotFound, http.StatusRequestEntityTooLarge:
			if !strings.Contains(body, `class="notice bad tr-fault"`) {
				t.Errorf("%s: %d without a reason", e.Name, w.Code)
			}
			continue
		default:
			t.Errorf("%s: %d", e.Name, w.Code)
			continue
		}
		ids := map[string]bool{}
		for _, m := range idOnPage.FindAllStringSubmatch(body, -1) {
			if ids[m[1]] {
				t.Errorf("%s: two have the id %s", e.Name, m[1])
			}
			ids[m[1]] = true
		}
		named := linkOnPage.FindAllStringSubmatch(body, -1)
		for _, m := range endsOnPage.FindAllStringSubmatch(body, -1) {
			for _, id := range strings.Fields(m[1]) {
				named = append(named, []string{"", id})
			}
		}
		for _, m := range named {
			if !ids[m[1]] {
				t.Errorf("%s: nothing has the id %s", e.Name, m[1])
			}
		}
	}
	if !testing.Short() && translated < 350 {
		t.Errorf("%d fixtures are translated", translated)
	}
}

func TestTranslateForm(t *testing.T) {
	s := testSite(t)
	wants(t, getTranslate(t, s, "/translate"), 200, "Oversæt et dokument", `autocomplete="off"`, "eksempler, her er 60 af dem. Søg for at se de andre.")
	wants(t, getTranslate(t, s, "/translate?lang=en"), 200, "Translate a document", "examples, here are 60 of them. Search to see the others.")
	wants(t, getTranslate(t, s, "/translate?q=selvmord+ffb+fsiii"), 200, suicidal)
	wants(t, getTranslate(t, s, "/translate?q=spr%C3%B8jtemiddel+xyzzy"), 200, "Ingen eksempler har de ord")
	part := getTranslate(t, s, "/translate/cases?q=selvmord")
	wants(t, part, 200, suicidal)
	if strings.Contains(part.Body.String(), "<html") {
		t.Error("the fixtures that a search finds are a whole page")
	}
	wants(t, getTranslate(t, s, "/translate?q=%3Cscript%3Ealert(1)%3C/script%3E"), 200, "&lt;script&gt;")
	w := postTranslate(t, s, "to", "fsiii")
	wants(t, w, 422, "intet dokument; indsæt et, vælg en fil eller tag et eksempel")
	wants(t, getTranslate(t, s, "/translate?case=tilstande/ffb-to-fsiii/findes-ikke"), 404, "intet eksempel hedder sådan")
	wants(t, getTranslate(t, s, "/translate?case=../../etc"), 404, "intet eksempel hedder sådan")
}

// What is pasted, uploaded and chosen is the same document, and is recognised.
func TestTranslateWaysIn(t *testing.T) {
	s := testSite(t)
	text := inputOf(t, severalAreas)
	for name, fields := range map[string][]string{
		"pasted":   {"text", strings.ReplaceAll(text, "\n", "\r\n"), "to", "fsiii"},
		"uploaded": {"file", text, "to", "fsiii"},
		"carried":  {"sealed", translateSeal(text), "to", "fsiii"},
		"asked":    {"text", text, "document", "tilstande", "from", "ffb", "to", "fsiii"},
	} {
		t.Run(name, func(t *testing.T) {
			w := postTranslate(t, s, append(fields, "area", "sygepleje", "area", "hjemmepleje")...)
			wants(t, w, 200, "FFB", "FSIII", ">Samtale<", "ffb-fsiii.condition/code", "tilstand.ffb-fsiii.csv:", "sha256="+translatePrint(text))
		})
	}
	for _, name := range []string{"medicinliste/fmk-to-fhir/adresse", "henvisning/xref15-to-fhir/visitation", "henvisning/xref01-to-fhir/akut-og-siddende",
		"tilstande/plain-to-fsiii/sygepleje-og-hjemmepleje", "sundhedstjek/hco-to-plain/hvem-der-maalte"} {
		w := postTranslate(t, s, "file", inputOf(t, name))
		wants(t, w, 200, `class="tr-pane" id="target"`)
	}
}

// The form comes from anywhere: what it says amiss is told, and nothing breaks.
func TestTranslateBadForm(t *testing.T) {
	s := testSite(t)
	text := inputOf(t, severalAreas)
	for name, c := range map[string]struct {
		status int
		says   string
		fields []string
	}{
		"a form that is not known": {400, "to", []string{"text", text, "to", "hl7v2"}},
		"an area that is none":     {400, "forventet sygepleje, hjemmepleje eller forebyggelse", []string{"text", text, "to", "fsiii", "area", "afdeling"}},
		"a proposal that is none":  {400, "forventet equivalent, wider", []string{"text", text, "to", "fsiii", "accept", "alt"}},
		"the same form":            {400, "dokumentet er allerede i det format", []string{"text", text, "to", "ffb"}},
		"what nobody knows":        {422, "dokumentets format genkendes ikke", []string{"text", `{"a":1}`}},
		"another kind":             {400, "", []string{"text", text, "document", "medicinliste", "to", "fhir"}},
		"no seal":                  {400, "giv dokumentet igen", []string{"sealed", "AAAA"}},
		"no base64":                {400, "giv dokumentet igen", []string{"sealed", "%%%"}},
	} {
		t.Run(name, func(t *testing.T) { wants(t, postTranslate(t, s, c.fields...), c.status, html.EscapeString(c.says)) })
	}
}

// A seal that swells is opened no further than a document may be.
func TestTranslateSealIsBounded(t *testing.T) {
	sealed := translateSeal(strings.Repeat(" ", translateLimit+1))
	if len(sealed) > 1<<20 {
		t.Fatalf("%d bytes", len(sealed))
	}
	wants(t, postTranslate(t, testSite(t), "sealed", sealed), 413, "16 MiB")
	cut, err := base64.StdEncoding.DecodeString(translateSeal("abc"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := translateUnseal(base64.StdEncoding.EncodeToString(cut[:len(cut)-9])); err == nil {
		t.Error("half a seal opens")
	}
	for _, text := range []string{"a\nb\r\nc", "\xff\xfe<\x00", `{"ø":"\u0000"}`} {
		if got, err := translateUnseal(translateSeal(text)); err != nil || got != text {
			t.Errorf("%q comes back as %q: %v", text, got, err)
		}
	}
}

// A document that is too large gets a page that says so.
func TestTranslateTooLarge(t *testing.T) {
	s := testSite(t)
	huge := strings.Repeat("x", translateLimit+1)
	wants(t, postTranslate(t, s, "text", huge), 413, "16 MiB", "Dokumentet blev ikke oversat")
	wants(t, postTranslate(t, s, "file", huge+huge), 413, "16 MiB")
}

// Nothing that is given is kept: not in a log, not in a cookie, not in a cache, not
// in the next answer, and not in an error.
func TestTranslateForgets(t *testing.T) {
	const canary = "Kanariefugl-7Q3"
	var log bytes.Buffer
	s := testSite(t)
	server := api.New(api.Config{
		Content: func() *api.Content { return &api.Content{Tag: "t", Terminology: s.content().Terms} },
		Pages:   sitePages{s}, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(l) }()
	good := strings.Replace(longRecord(3), "Et notat nummer 1", canary, 1)
	base := "http://" + l.Addr().String()
	for name, text := range map[string]string{
		"translated": good, "refused": `{"resourceType":"` + canary + `"}`, "broken": `{"` + canary + `":`,
		"a key": strings.Replace(good, `"note"`, `"`+canary+`"`, 1), "a code": strings.Replace(good, "986898d0-e2e5-4afa-9cb3-ee7aecaa0143", canary, 1),
	} {
		for path, to := range map[string]string{"/translate": "to=fsiii", "/translate/zip": "to=fsiii", "/translate/page": "to=fsiii",
			"/translate?lang=en": "to=fsiii&sender-person=" + canary} {
			form := strings.NewReader(to + "&from=ffb&text=" + strings.ReplaceAll(strings.ReplaceAll(text, "%", "%25"), "&", "%26"))
			r, err := http.NewRequest(http.MethodPost, base+path, form)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			a := send(t, r)
			if a.status >= 500 || a.header.Get("Cache-Control") != "no-store" || strings.Contains(fmt.Sprint(a.header), canary) {
				t.Errorf("%s to %s: %d, %v", name, path, a.status, a.header)
			}
			if cookie := a.header.Get("Set-Cookie"); cookie != "" && (!strings.HasPrefix(cookie, "lang=en;") || path != "/translate?lang=en") {
				t.Errorf("%s to %s: the cookie %s", name, path, cookie)
			}
		}
	}
	for _, path := range []string{"/translate", "/translate?q=" + canary[:4], "/translate?case=" + severalAreas} {
		if a := ask(t, base+path); strings.Contains(a.body, canary) {
			t.Errorf("%s has what was given before", path)
		}
	}
	l.Close()
	server.Shutdown(t.Context())
	<-done
	if !strings.Contains(log.String(), "/translate/zip") {
		t.Fatalf("the log has no requests: %.500s", log.String())
	}
	if strings.Contains(log.String(), canary) {
		t.Error("the log has what was given")
	}
}

// The download is a fixture that passes as it is.
func TestTranslateZipIsAFixture(t *testing.T) {
	s := testSite(t)
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	own := inputOf(t, severalAreas)
	for name, fields := range map[string][]string{
		"a fixture":      {"case", severalAreas},
		"a fixture anew": {"case", suicidal, "set", "on", "area", "hjemmepleje", "to", "fsiii"},
		"organisations":  {"case", "tilstande/ffb-to-fsiii/alle-omraader"},
		"of their own":   {"text", own, "to", "fsiii", "area", "sygepleje", "accept", "inexact"},
		"with parties": {"text", inputOf(t, "medicinliste/plain-to-fhir/fast-og-efter-behov"), "from", "plain", "to", "carecommunication",
			"sender-name", `Bosted "Test": å`, "sender-role", "leder", "receiver-gln", "5790000121526"},
		"XML to JSON":     {"file", inputOf(t, "medicinliste/fmk-to-fhir/adresse"), "to", "plain"},
		"another's words": {"text", own, "from", "ffb", "to", "fhir"},
	} {
		t.Run(name, func(t *testing.T) {
			w := postTranslateTo(t, s, "/translate/zip", fields...)
			if w.Code != 200 || w.Header().Get("Content-Type") != "application/zip" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), `attachment; filename="tolk-`) {
				t.Fatalf("%d %v: %.300s", w.Code, w.Header(), w.Body)
			}
			files := unzip(t, w.Body.Bytes())
			cases, err := fixtures.Load(files)
			if err != nil || len(cases) != 1 {
				t.Fatalf("%d cases: %v", len(cases), err)
			}
			if diff := cases[0].Check(content.Gateway); diff != "" {
				t.Error(diff)
			}
			for _, beside := range []string{"residue.json", "readable.html", "README.txt"} {
				if len(files[beside].Data) == 0 {
					t.Errorf("no %s", beside)
				}
			}
		})
	}
}

func unzip(t testing.TB, packed []byte) fstest.MapFS {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range r.File {
		opened, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(opened)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = &fstest.MapFile{Data: text}
	}
	return files
}

// The link repeats the case, and has neither the document nor a person in it.
func TestTranslateLink(t *testing.T) {
	s := testSite(t)
	text := inputOf(t, suicidal)
	w := postTranslate(t, s, "text", text, "to", "fsiii", "area", "sygepleje", "strict", "")
	m := regexp.MustCompile(`class="mono tr-link" href="([^"]+)"`).FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("%d: no link", w.Code)
	}
	address := html.UnescapeString(m[1])
	for _, personal := range []string{"2509479989", "Selvmord"} {
		if strings.Contains(address, personal) {
			t.Errorf("%s has %s", address, personal)
		}
	}
	print := translatePrint(text)
	if !strings.Contains(address, "sha256="+print) || len(print) != 16 || !strings.Contains(address, "area=sygepleje") {
		t.Fatalf("link %s", address)
	}
	wants(t, getTranslate(t, s, address), 200, print, "Linket handler om et dokument", `value="sygepleje" checked`, `<option value="fsiii" selected>`)
	wants(t, postTranslate(t, s, "text", text+"\n", "to", "fsiii", "sha256", print), 200, "Det er det dokument, linket handler om.")
	wants(t, postTranslate(t, s, "text", strings.Replace(text, "2024", "2023", 1), "to", "fsiii", "sha256", print), 200, "Det er ikke det dokument")
	wants(t, postTranslate(t, s, "text", "{", "to", "fsiii", "from", "ffb", "sha256", print), 400, "Det er ikke det dokument")

	w = getTranslate(t, s, "/translate?case="+severalAreas+"&to=fhir")
	wants(t, w, 200, `href="/translate?case=`+severalAreas+`&amp;to=fhir"`)
}

// The fixtures are listed as a newcomer looks for them, some of every direction; a
// search lists all that it finds, as far as there is room.
func TestTranslateCasesInOrder(t *testing.T) {
	all := testSite(t).view(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), exchange.Caller{}).examples()
	shelves, listed, found := translateShelves(all, "")
	var first []string
	n := 0
	for _, s := range shelves {
		first = append(first, s.Document+" "+s.From+" "+s.To)
		if n += len(s.Cases); len(s.Cases) > translateOfEach {
			t.Errorf("%d of %s", len(s.Cases), first[len(first)-1])
		}
	}
	want := []string{"tilstande ffb fsiii", "tilstande ffb plain", "tilstande ffb fhir", "tilstande fsiii ffb", "tilstande fsiii plain", "tilstande fsiii fhir", "tilstande plain ffb", "tilstande plain fsiii", "tilstande plain fhir", "tilstande fhir plain", "medicinliste plain fhir"}
	if len(first) < len(want) || !slices.Equal(first[:len(want)], want) {
		t.Errorf("got %v", first)
	}
	if found != len(all) || listed != n || listed != translateListed {
		t.Errorf("%d of %d and %d are listed", n, listed, found)
	}
	if shelves, listed, found = translateShelves(all, "tilstande ffb-to-fsiii"); len(shelves) != 1 || len(shelves[0].Cases) != translateListed || listed != translateListed || found <= listed {
		t.Errorf("%d shelves, %d of %d", len(shelves), listed, found)
	}
	wants(t, getTranslate(t, testSite(t), "/translate?lang=en&q=tilstande"), 200, "examples, the first 60 are shown")
}

// An organisation is in a link by its numbers: it may have a person's name, and
// somebody may write another number where its own belongs.
func TestTranslateLinkHasNoNames(t *testing.T) {
	s := testSite(t)
	link := func(fields ...string) string {
		w := postTranslate(t, s, fields...)
		m := regexp.MustCompile(`class="mono tr-link" href="([^"]+)"`).FindStringSubmatch(w.Body.String())
		if m == nil {
			t.Fatalf("%d: no link: %.500s", w.Code, w.Body)
		}
		return html.UnescapeString(m[1])
	}
	const list = "medicinliste/plain-to-fhir/fast-og-efter-behov"
	named := []string{"to", "carecommunication", "sender-person", "Signe Hansen", "sender-role", "Hansen", "sender-phone", "86123456", "sender-name", "Laege Jens Hansen", "sender-sor", "938061000016005", "sender-gln", "5790001382445", "receiver-name", "Laege Jens Hansen", "receiver-sor", "2509479989", "receiver-gln", "Jens Hansen"}
	for what, own := range map[string][]string{"of their own": {"text", inputOf(t, list)}, "a fixture": {"case", list, "set", "on"}} {
		got := link(append(own, named...)...)
		if strings.Contains(got, "Hansen") || strings.Contains(got, "2509479989") || strings.Contains(got, "86123456") || strings.Contains(got, "-name") {
			t.Errorf("%s: %s", what, got)
		}
		if !strings.Contains(got, "sender-sor=938061000016005") || !strings.Contains(got, "sender-gln=5790001382445") {
			t.Errorf("%s: the numbers are not in %s", what, got)
		}
	}
	const messaged = "henvisning/fhir-to-xref01/parterne-fra-kaldet"
	e := example.In(messaged)
	if err := e.Read(fixtures.Inputs); err != nil {
		t.Fatal(err)
	}
	c := e.Request
	if c.Sender.Name == "" || c.Receiver.Name == "" {
		t.Fatalf("%+v", c)
	}
	got := link("case", messaged, "set", "on", "sender-name", c.Sender.Name, "sender-gln", c.Sender.GLN, "receiver-name", c.Receiver.Name+" Jens Hansen", "receiver-gln", c.Receiver.GLN)
	if !strings.Contains(got, url.Values{"sender-name": {c.Sender.Name}}.Encode()) || strings.Contains(got, "receiver-name") {
		t.Errorf("a fixture's own: %s", got)
	}
}

// What waits for a person is written when one stands for it.
func TestTranslateAccept(t *testing.T) {
	s := testSite(t)
	first := getTranslate(t, s, "/translate?case="+suicidal)
	wants(t, first, 200, "Venter på et menneske", "a target group is no recorded condition")
	id := regexp.MustCompile(`name="accept" value="(p-[0-9a-f]+)"`).FindStringSubmatch(first.Body.String())
	sealed := regexp.MustCompile(`name="sealed" value="([^"]+)"`).FindStringSubmatch(first.Body.String())
	if id == nil || sealed == nil {
		t.Fatal("nothing can be written")
	}
	second := postTranslate(t, s, "case", suicidal, "set", "on", "to", "fsiii", "sealed", html.UnescapeString(sealed[1]), "accept", id[1])
	wants(t, second, 200, `name="accept" value="`+id[1]+`" checked`, "accept="+id[1])
	if strings.Contains(second.Body.String(), `aria-labelledby="waiting"`) {
		t.Error("it waits still")
	}
}

// Names and values are text, whatever stands in them.
func TestTranslateHarmless(t *testing.T) {
	s := testSite(t)
	const evil = `<script>alert(1)</script><img src=x onerror=alert(2)>"'><b`
	quoted := strings.NewReplacer(`"`, `\"`).Replace(evil)
	text := strings.NewReplacer("Et notat nummer 1", quoted, "Signe Test Sørensen", quoted, "urn:eget:felt", quoted, `"display":"Samtale"`, `"display":"`+quoted+`"`,
		`"bodySite"`, `"`+quoted+`"`).Replace(longRecord(4))
	for _, fields := range [][]string{{"text", text, "to", "fsiii"}, {"text", text, "to", "fhir"}, {"text", strings.Replace(text, "986898d0", quoted, 1), "from", "ffb", "to", "fsiii"},
		{"text", text, "to", "fsiii", "sender-name", evil, "receiver-name", evil}, {"text", inputOf(t, "medicinliste/plain-to-fhir/fast-og-efter-behov"), "to", "carecommunication", "sender-name", evil, "receiver-name", evil}, {"text", text, "to", evil, "case", evil, "document", evil, "accept", evil, "sha256", evil}} {
		w := postTranslate(t, s, fields...)
		if body := w.Body.String(); w.Code >= 500 || strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
			t.Errorf("%d: it is markup", w.Code)
		}
	}
}

// What is refused names the place, shows it in the text, and what stood there.
func TestTranslateRefused(t *testing.T) {
	s := testSite(t)
	wants(t, getTranslate(t, s, "/translate?case=tilstande/ffb-to-fsiii/fejl-ukendt-kode"), 422, "findes ikke i FFB", "Condition.code.coding[0].code", "<mark>", "Der stod")
	wants(t, postTranslate(t, s, "text", "{\n  \"resourceType\": \"Bundle\",\n  oops\n}", "from", "ffb"), 400, "line 3", `<span class="tr-nr">3</span>  <mark>oops</mark>`)
	wants(t, getTranslate(t, s, "/translate?case=tilstande/ffb-to-fsiii/fejl-cpr&lang=en"), 422, "The document was not translated", "Nothing was guessed")
}

func TestTranslatePlace(t *testing.T) {
	const doc = "{\n \"a\": \"b\",\n \"b\": {\"a\": 1, \"c\": [1, 2,\n  {\"d\": \"a\"}]},\n \"c\": true\n}"
	const xml = "<?xml version=\"1.0\"?>\n<n:A xmlns:n=\"u\">\n <n:B id=\"1\"/>\n <n:B\n  id=\"2\"><n:C>x</n:C></n:B></n:A>"
	for _, c := range []struct {
		text, path   string
		line, column int
	}{
		{doc, "$this", 1, 1}, {doc, "$this.a", 2, 2}, {doc, "$this.b", 3, 2}, {doc, "$this.b.a", 3, 8}, {doc, "$this.b.c[1]", 3, 25},
		{doc, "$this.b.c[2].d", 4, 4}, {doc, "$this.c", 5, 2}, {doc, "$this.x", 0, 0}, {doc, "", 0, 0},
		{xml, "A.B[0]", 3, 2}, {xml, "A.B[0].@id", 3, 7}, {xml, "A.B[1]", 4, 2}, {xml, "A.B[1].@id", 5, 3}, {xml, "A.B[1].C", 5, 10},
		{"{", "$this", 0, 0}, {"", "$this", 0, 0},
	} {
		line, column := translatePlace(c.text, &mapping.Error{Path: c.path})
		if line != c.line || column != c.column {
			t.Errorf("%q at %s: line %d, column %d, want %d, %d", c.text[:min(len(c.text), 8)], c.path, line, column, c.line, c.column)
		}
	}
	if line, column := translatePlace("", &mapping.Error{Message: "expected a JSON value (line 12, column 34)"}); line != 12 || column != 34 {
		t.Errorf("line %d, column %d", line, column)
	}
}

func TestLeafPlaces(t *testing.T) {
	for _, c := range []struct {
		path  string
		xml   bool
		group string
		tail  string
	}{
		{"Bundle.entry[3].resource.code.coding[0].code", false, "Bundle.entry[3]", "code.coding[0].code"},
		{"Bundle.entry[3].fullUrl", false, "Bundle.entry[3]", "fullUrl"},
		{"Bundle.meta.tag[0].code", false, "Bundle.meta", "tag[0].code"},
		{"Bundle.type", false, "Bundle", "type"},
		{"Condition.code.coding[0].system", false, "Condition", "code.coding[0].system"},
		{"$this.tilstande[0].koder[0].kode", false, "$this.tilstande[0]", "koder[0].kode"},
		{"$this.dele[0]", false, "$this", "dele[0]"},
		{"$this", false, "$this", "$this"},
		{"Emessage.HospitalReferral.Patient.StreetName", true, "Emessage.HospitalReferral.Patient", "StreetName"},
		{"A.B", true, "A", "B"},
	} {
		group := leafGroupOf(c.path, c.xml)
		tail, _ := leafTail(c.path, group)
		if group != c.group || tail != c.tail {
			t.Errorf("%s: %s and %s, want %s and %s", c.path, group, tail, c.group, c.tail)
		}
	}
	long := strings.Repeat("æ", 400)
	for value, want := range map[string]string{`"a\nb"`: "a\nb", `12.50`: "12.50", `"`: `"`, "tekst": "tekst", `"` + long + `"`: strings.Repeat("æ", leafValue)} {
		if got, cut := leafShown(value); got != want || (cut > 0) != (len(value) > 400) {
			t.Errorf("%.20s: %.20s, %d cut", value, got, cut)
		}
	}
}

// What the residue gives back is told also where nobody else goes back.
func TestLeafBack(t *testing.T) {
	for _, c := range []struct {
		back explain.Back
		want string
	}{
		{explain.Back{}, "back.none"},
		{explain.Back{Why: "no"}, "back.none"},
		{explain.Back{With: `"x"`}, "back.only"},
		{explain.Back{Offered: true, With: `"x"`, Without: `"x"`, Same: true}, "back.same"},
		{explain.Back{Offered: true, With: `"x"`}, "back.residue"},
		{explain.Back{Offered: true, Without: `"x"`}, "back.other"},
	} {
		if got := leafBack(c.back); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.back, got, c.want)
		}
	}
}

// Whatever text and place: an excerpt is lines of the text.
func FuzzTranslateExcerpt(f *testing.F) {
	f.Add("a\nb\nc", 2, 1)
	f.Add("æ\r\n\xff", 1, 2)
	f.Fuzz(func(t *testing.T, text string, line, column int) {
		if line < 1 || column < 1 {
			return
		}
		for _, l := range translateExcerpt(text, line, column) {
			if l.Number < 1 || l.Number > 1+strings.Count(text, "\n") {
				t.Errorf("line %d", l.Number)
			}
		}
	})
}

// Two hundred times the same question is one choice: for all places, or for one.
func TestTranslateChoices(t *testing.T) {
	s, text := testSite(t), longRecord(60)
	page := postTranslate(t, s, "text", text, "to", "fsiii").Body.String()
	if n := strings.Count(page, `class="sheet tr-wait"`); n != 1 {
		t.Errorf("%d choices of 59 times the same", n)
	}
	var buttons []string
	for _, m := range regexp.MustCompile(`name="accept" value="(p-[^"]+)"`).FindAllStringSubmatch(page, -1) {
		buttons = append(buttons, m[1])
	}
	if len(buttons) < 60 || len(strings.Fields(buttons[0])) != 59 {
		t.Fatalf("%d buttons, the first for %d places", len(buttons), len(strings.Fields(buttons[0])))
	}
	written := func(accept string) int {
		page := postTranslate(t, s, "text", text, "to", "fsiii", "accept", accept).Body.String()
		return 59 - len(regexp.MustCompile(`<li id="s[0-9]+" class="l [a-z]+ wait"[^>]*>(?:[^/]|/[^l])*?code\.coding\[0\]\.code<`).FindAllString(page, -1))
	}
	if got := written(buttons[0]); got != 59 {
		t.Errorf("the button for all places writes %d of 59", got)
	}
	if got := written(buttons[len(buttons)-1]); got != 1 {
		t.Errorf("the button for one place writes %d", got)
	}
	if got := written(""); got != 0 {
		t.Errorf("without a choice %d are written", got)
	}
}
