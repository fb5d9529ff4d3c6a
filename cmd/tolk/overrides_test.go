package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/ledger"
	"tolk/mapping/terminology"
)

const eating = "464a2ab6-a7df-4b3a-b74d-7873f4cfe668"

// aarhus is a site that judges one row otherwise, and states two rules.
func aarhus() map[string]string {
	return map[string]string{
		"site.yaml": "site: aarhus\ntitle: Aarhus Kommune\nversion: 1.2.0\n",
		"tilstand.ffb-fsiii.csv": "source,source_display,area,target,target_display,equivalence,guard,reason,status,replaces,because\n" +
			eating + ",Spise,hjemmepleje,41c201d5-6d3d-4576-b3d2-510a9b105631,Spise og drikke,inexact,,We record drinking apart,accepted,wider 41c201d5-6d3d-4576-b3d2-510a9b105631,our home care agreed so in March\n",
		"rules.yaml": "- replaces: ffb-fsiii.condition.recorded\n  because: our system keeps the date of import there\n" +
			"  rule: {id: recorded, both: recordedDate, drop: the date of import says nothing of the condition}\n",
	}
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func eats(c *core) []terminology.Match {
	return c.terms.Matches(mapping.Concept{System: mapping.FFB, Code: eating}, terminology.Options{Areas: []mapping.Area{mapping.Hjemmepleje}})
}

// Each kind of folder that mappings are in is taken for what it is.
func TestWireWith(t *testing.T) {
	rows := "index.csv outside.csv"
	maps := map[string]string{}
	names, err := filepath.Glob("../../mapping/maps/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		maps[filepath.Base(name)] = strings.Replace(string(text), "urn:tolk:ConceptMap:tilstand.ffb-fsiii,0.1.0", "urn:tolk:ConceptMap:tilstand.ffb-fsiii,9.9.9", 1)
	}
	if len(maps) < len(strings.Fields(rows)) {
		t.Fatal("no maps")
	}
	c, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ source, relation, version string }{
		"nothing":    {"", "wider", "0.1.0"},
		"embedded":   {"embedded", "wider", "0.1.0"},
		"overrides":  {folder(t, aarhus()), "inexact", "0.1.0+aarhus.1.2.0"},
		"whole maps": {folder(t, maps), "wider", "9.9.9"},
		"packages":   {folder(t, map[string]string{"ConceptMap.json": stamped(t, c, 3)["ConceptMap-stamp.json"]}), "", "3"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := wireWith(test.source, "")
			if err != nil {
				t.Fatal(err)
			}
			matches := eats(c)
			if name == "packages" {
				all := c.terms.ConceptMaps()
				if !slices.ContainsFunc(all, func(m *terminology.ConceptMap) bool { return m.URL == "http://x/stamp-map" || m.Version == "3" }) {
					t.Errorf("the map of the package is not in force: %s|%s", all[0].URL, all[0].Version)
				}
				return
			}
			if len(matches) != 1 || string(matches[0].Equivalence) != test.relation || matches[0].Version != test.version {
				t.Errorf("got %+v", matches)
			}
			if len(c.rules) != 3 || c.gateway == nil || c.fields == nil {
				t.Errorf("the core is not whole: %d rule files", len(c.rules))
			}
		})
	}
	for source, want := range map[string]string{
		"nosuch":            "nosuch: there is no such folder; expected embedded, a folder with site.yaml",
		t.TempDir():         ": no folder of mappings; expected embedded, a folder with site.yaml",
		"overrides_test.go": "overrides_test.go: it is a file; ",
	} {
		if _, err := wireWith(source, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", source, err, want)
		}
	}
}

// What a site may not state is refused, and every place is one that the reader
// finds: below the folder he named.
func TestOverridesRefused(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"no site's name":  {"site.yaml", "version: 1\n", "site.yaml:1:1: site: expected a name"},
		"fields":          {"fields/plain.yaml", "a: b\n", "fields: cannot be overridden; expected rows"},
		"receivers":       {"receivers/a.yaml", "a: b\n", "--receivers takes a folder"},
		"a whole file":    {"ffb-fsiii.yaml", "left: ffb\n", "ffb-fsiii.yaml: cannot be overridden as a file; expected its rules one by one in rules.yaml"},
		"a slip":          {"rule.yaml", "[]\n", "; did you mean rules.yaml?"},
		"another ending":  {"rules.yml", "[]\n", "rules.yml: is not read so; did you mean rules.yaml?"},
		"in capitals":     {"tilstand.ffb-fsiii.CSV", "source\n", "tilstand.ffb-fsiii.CSV: is not read so; did you mean tilstand.ffb-fsiii.csv?"},
		"an empty site":   {"site.yaml", "", "site.yaml: the file is empty"},
		"a mark":          {"site.yaml", "\ufeffsite: aarhus\n", "site.yaml:1:1: the file begins with a byte order mark"},
		"UTF-16":          {"tilstand.ffb-fsiii.csv", "\xff\xfes\x00", "csv:1:1: the file is in UTF-16"},
		"the index":       {"index.csv", "file\n", "index.csv: cannot be overridden"},
		"a lens":          {"rules.yaml", "- replaces: ffb-fsiii.condition.severity\n  because: b\n  rule: {both: severity, via: severty}\n", "no lens is called severty; did you mean severity?"},
		"a row that went": {"tilstand.ffb-fsiii.csv", strings.Replace(aarhus()["tilstand.ffb-fsiii.csv"], "wider 41c", "narrower 41c", 1), "tilstand.ffb-fsiii.csv:2:"},
	} {
		t.Run(name, func(t *testing.T) {
			files := aarhus()
			files[c.file] = c.text
			dir := folder(t, files)
			_, err := wireWith(dir, "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if name != "a lens" && !strings.HasPrefix(err.Error(), dir) {
				t.Errorf("got %v, want the folder before it", err)
			}
			l, err := newLinter(dir, "")
			if err != nil {
				t.Fatal(err)
			}
			if r := l.run(); r.OK || !slices.ContainsFunc(r.Findings, func(f finding) bool { return strings.Contains(f.place()+": "+f.Message, c.want) }) {
				t.Errorf("lint: got %+v, want %s", r, c.want)
			}
		})
	}
}

// A node looks at the overrides as it does at its content: a changed folder comes
// into force, one that is wrong changes nothing, and each has a tag of its own.
func TestOverridesAreWatched(t *testing.T) {
	dir := folder(t, aarhus())
	s := &settings{overrides: dir}
	c, err := wireOver(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := wire("")
	if err != nil {
		t.Fatal(err)
	}
	st, err := newStore(c, s, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	without, err := newStore(plain, &settings{}, "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	first := st.current.Load()
	if first.Tag == without.current.Load().Tag {
		t.Error("the tag does not tell that there are overrides")
	}
	logs := &logbook{}
	st.log = slog.New(slog.NewJSONHandler(logs, nil))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan bool)
	go func() { st.watch(ctx, 10*time.Millisecond); close(ended) }()
	defer func() { cancel(); <-ended }()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	put("tilstand.ffb-fsiii.csv", strings.Replace(aarhus()["tilstand.ffb-fsiii.csv"], ",inexact,", ",inexcat,", 1))
	logs.await(t, "did you mean inexact?")
	if st.current.Load() != first {
		t.Error("broken overrides changed the content in force")
	}
	put("tilstand.ffb-fsiii.csv", strings.Replace(aarhus()["tilstand.ffb-fsiii.csv"], ",inexact,", ",narrower,", 1))
	logs.await(t, "aarhus 1.2.0")
	second := st.current.Load()
	if second == first || second.Tag == first.Tag || string(eats(st.wired.Load())[0].Equivalence) != "narrower" {
		t.Error("the changed overrides are not in force")
	}
	// Only the rules differ: that is another content too.
	put("rules.yaml", "[]\n")
	for end := time.Now().Add(10 * time.Second); st.current.Load() == second && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
	}
	if third := st.current.Load(); third.Tag == second.Tag || third == second {
		t.Error("other rules have the same tag")
	}
}

// A folder that is none of overrides is told where one is.
func TestOverridesNear(t *testing.T) {
	files := aarhus()
	files["overrides/site.yaml"] = files["site.yaml"]
	delete(files, "site.yaml")
	for want, dir := range map[string]string{
		"overrides is one":                         folder(t, files),
		"it has site.yml; did you mean site.yaml?": folder(t, map[string]string{"site.yml": "site: a\n"}),
		"there is no such folder":                  "nosuch",
	} {
		_, wired := wireOver(dir, "")
		_, linted := newLinter(dir, "")
		for _, err := range []error{wired, linted} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
}

// What waits for a person says whose row it is, and why.
func TestOverridesProposed(t *testing.T) {
	c, err := wireWith(folder(t, aarhus()), "")
	if err != nil {
		t.Fatal(err)
	}
	text := `{"resourceType":"Condition","id":"a","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"` + eating + `"}]},"subject":{"reference":"Patient/p"}}`
	r, err := c.gateway.Translate(text, document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}})
	if err != nil {
		t.Fatal(err)
	}
	want := ledger.Site{Name: "aarhus", Replaces: "wider 41c201d5-6d3d-4576-b3d2-510a9b105631", Because: "our home care agreed so in March"}
	if p := r.Ledger.Proposals; len(p) != 1 || len(p[0].Candidates) != 1 || p[0].Candidates[0].Site == nil || *p[0].Candidates[0].Site != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
}

// What a site states is named on the ledger, where it fired.
func TestOverridesOnTheLedger(t *testing.T) {
	files := aarhus() // equivalent is written without a person
	files["tilstand.ffb-fsiii.csv"] = strings.Replace(files["tilstand.ffb-fsiii.csv"], ",inexact,", ",equivalent,", 1)
	c, err := wireWith(folder(t, files), "")
	if err != nil {
		t.Fatal(err)
	}
	text := `{"resourceType":"Condition","id":"a","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},` +
		`"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"` + eating + `","display":"Spise"}]},` +
		`"severity":{"coding":[{"system":"urn:oid:1.2.208.176.2.22","code":"8328ce4a-6238-4f73-bf1a-74aadb68eff8","display":"Let nedsat funktionsevne"}]},` +
		`"subject":{"reference":"Patient/p"},"recordedDate":"2026-11-20"}`
	r, err := c.gateway.Translate(text, document.Request{From: "ffb", To: "fsiii", Areas: []mapping.Area{mapping.Hjemmepleje}})
	if err != nil {
		t.Fatal(err)
	}
	told, err := encode(r.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"rule": "ffb-fsiii.condition/recorded@aarhus"`, `"because": "our home care agreed so in March"`, `"row": "aarhus/tilstand.ffb-fsiii.csv:2"`,
		`"map": "urn:tolk:ConceptMap:tilstand.ffb-fsiii.hjemmepleje|0.1.0+aarhus.1.2.0"`, `"reason": "the date of import says nothing of the condition"`} {
		if !strings.Contains(string(told), want) {
			t.Errorf("the ledger has no %s:\n%s", want, told)
		}
	}
}

// A node that serves answers with the site's row, says whose it is, and says at its
// start what is in force.
func TestOverridesAreServed(t *testing.T) {
	s := start(t, "TOLK_OVERRIDES="+folder(t, aarhus()))
	const comment = "We record drinking apart (site aarhus replaces wider 41c201d5-6d3d-4576-b3d2-510a9b105631, because our home care agreed so in March)"
	for path, wants := range map[string][]string{
		"/fhir/ConceptMap/$translate?system=urn:oid:1.2.208.176.2.22&code=" + eating + "&area=hjemmepleje": {
			`"valueCode":"inexact"`, `"valueString":"` + comment + `"`, `"valueString":"aarhus/tilstand.ffb-fsiii.csv:2"`,
			`urn:tolk:ConceptMap:tilstand.ffb-fsiii.hjemmepleje|0.1.0+aarhus.1.2.0`},
		"/fhir/ConceptMap/tilstand.ffb-fsiii.hjemmepleje": {`"comment":"` + comment + `"`, `"version":"0.1.0+aarhus.1.2.0"`},
		"/fhir/ConceptMap/tilstand.fsiii-ffb":             {`"version":"0.1.0"`},
		"/readyz":                                         {"ok"},
	} {
		status, _, body := s.ask(t, "GET", path, "")
		for _, want := range wants {
			if status != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: got %d %.600s, want %s", path, status, body, want)
			}
		}
	}
	if log := s.stop(t); !strings.Contains(log, `"overrides":"aarhus 1.2.0"`) {
		t.Errorf("the log does not say what is in force: %s", log)
	}
}
