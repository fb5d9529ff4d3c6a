package web

import (
	"context"
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"tolk/mapping"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	facts "tolk/schemas/terminology"
)

const scripted = `<script>alert(1)</script><img src=x onerror=alert(2)>`

// hostile is a content in which a display, and a map of somebody else, try to be
// more than a text.
func hostile(t *testing.T) Content {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(facts.FS, "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(facts.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "caresocialcodes.csv" {
			text = []byte(strings.Replace(string(text), ",observation,", `,"`+scripted+`",`, 1))
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	terms, err := terminology.New(files, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	terms, err = terms.With(terminology.Foreign{URL: "urn:example:" + scripted, Version: scripted, Title: scripted, Source: mapping.FFB, Target: mapping.FSIII,
		Rows: []terminology.ForeignRow{{Place: scripted, Source: "17c35058-eb88-4a7a-8727-74cd12be42c7", Target: "e671cc6c-a24b-4a50-82bf-8f3f6ab09c9a",
			Area: mapping.Sygepleje, Equivalence: mapping.Inexact, Guard: "problem", Reason: scripted}}})
	if err != nil {
		t.Fatal(err)
	}
	return Content{Tag: "fedcba9876543210", Terms: terms}
}

// A script in a display, in the map of somebody else, in a query or in an address
// is a text and nothing more. The tab fails the test if one runs, or is refused by
// the policy.
func TestScriptsAreTexts(t *testing.T) {
	b := browse(t, siteWith(hostile(t)))
	b.allow("status of 404")
	noMap := "/coverage?map=" + url.QueryEscape(scripted)
	for _, path := range []string{
		"/concepts", "/concepts?q=" + url.QueryEscape(scripted), "/concepts?q=alert&lang=en",
		"/concepts/caresocial/bb6fc544-7f4f-4b50-8868-1431e0df2381", "/concepts/ffb/17c35058-eb88-4a7a-8727-74cd12be42c7",
		"/concepts/fsiii/e671cc6c-a24b-4a50-82bf-8f3f6ab09c9a", noMap,
	} {
		if status := b.open(path); (status != 200) != (path == noMap) {
			t.Errorf("%s: got %d", path, status)
		}
		if got := b.count("main script, main img"); got != "0" {
			t.Errorf("%s: %s elements of the text", path, got)
		}
	}
	b.open("/concepts/caresocial/bb6fc544-7f4f-4b50-8868-1431e0df2381")
	if got := b.text("h1"); got != scripted {
		t.Errorf("the display: got %q", got)
	}
	b.open("/concepts/ffb/17c35058-eb88-4a7a-8727-74cd12be42c7")
	if got := b.text("table.matches"); !strings.Contains(got, scripted) {
		t.Errorf("the reason: got %q", got)
	}
	b.open("/concepts")
	b.script(`document.querySelector("#q").focus()`)
	b.keys("<script>alert(1)")
	b.wait(`document.querySelector("#found .hits mark")?.innerText.includes("<script>alert(1)")`) // the display above
	b.allow("status of 404")
	b.open("/concepts/ffb/" + url.PathEscape(scripted))
}

// Everything works without scripts.
func TestWithoutScripts(t *testing.T) {
	b := browse(t, testSite(t))
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.open("/")
	b.do(chromedp.SendKeys(chromedp.CSS("#q"), "tryksår"))
	if status := b.follow(chromedp.Click(chromedp.CSS(".searchbar button"))); status != 200 {
		t.Fatalf("got %d", status)
	}
	if got := b.text("#found mark"); got != "tryksår" {
		t.Errorf("got %q", got)
	}
	b.follow(chromedp.Click(chromedp.CSS("#found a[href^='/concepts/fsiii/']")))
	if got := b.text("h1"); got != "Problemer med tryksår" {
		t.Errorf("got %q", got)
	}
	b.open("/concepts")
	b.click("summary")
	b.wait(`document.querySelector("details").open`)
}
