package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What is typed is found while it is typed, inside a compound too, and is in the
// address, so that it can be sent to somebody.
func TestConceptSearchInBrowser(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/concepts")
	b.accessible()
	b.shot("concepts")
	b.keys("/")
	if got := b.script("document.activeElement.id"); got != "q" {
		t.Errorf("/ goes to %q", got)
	}
	b.script("document.activeElement.value = ''") // chromedp types the letter of a key that was taken
	b.keys("saar")
	b.wait(`document.querySelector("#found mark")`)
	b.wait(`location.search == "?q=saar"`)
	if got := b.script(`[...document.querySelectorAll("#found a")].map(a => a.innerText).join("|")`); !strings.Contains(got, "Problemer med tryksår") {
		t.Errorf("found: %s", got)
	}
	if got := b.text("#found mark"); !strings.EqualFold(got, "sår") {
		t.Errorf("marked: %q", got)
	}
	b.accessible()
	b.shot("concepts-found")
	b.open("/concepts?q=J1.1&lang=en")
	if got := b.text("#found-status"); !strings.HasPrefix(got, "1 found") {
		t.Errorf("J1.1: got %q", got)
	}
}

// The trees are used with the keyboard alone: Tab goes from the search to the first
// chapter, Enter opens it, and where one is can be seen.
func TestConceptTreeByKeyboard(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/concepts")
	for range 40 {
		b.keys(kb.Tab)
		if b.script("document.activeElement.tagName") == "SUMMARY" {
			break
		}
	}
	if got := b.script("document.activeElement.tagName"); got != "SUMMARY" {
		t.Fatalf("Tab comes to no branch but to %s", got)
	}
	if got := b.script("getComputedStyle(document.activeElement).outlineWidth"); got == "0px" {
		t.Error("the focus cannot be seen")
	}
	b.keys(kb.Enter)
	b.wait("document.activeElement.parentElement.open")
	b.keys(kb.Tab)
	if got := b.script("document.activeElement.tagName + ' ' + document.activeElement.pathname.slice(0, 14)"); got != "A /concepts/ffb/" && got != "A /concepts/ffb" {
		t.Errorf("the next stop: %s", got)
	}
	b.follow(chromedp.KeyEvent(kb.Enter))
	if got := b.script("location.pathname"); !strings.HasPrefix(got, "/concepts/ffb/") {
		t.Errorf("Enter leads to %s", got)
	}
	b.open("/concepts")
	b.click("[data-open=true]")
	b.wait(`document.querySelector(".tree details li details").open`)
	b.shot("concepts-open")
}

// A concept has its matches as lines, and the same as a table with the reasons: on
// a wide page and on a phone, in the light and in the dark.
func TestConceptInBrowser(t *testing.T) {
	b := browse(t, testSite(t))
	const path = "/concepts/ffb/17c35058-eb88-4a7a-8727-74cd12be42c7"
	if status := b.open(path); status != 200 {
		t.Fatalf("got %d", status)
	}
	b.accessible()
	b.shot("concept")
	if got := b.count(".picture .rel-inexact .line"); got == "0" {
		t.Error("no line of an inexact match")
	}
	strokes := b.script(`["equivalent","wider","narrower","inexact","unmatched"].map(r => { const s = getComputedStyle(document.querySelector(".legend .rel-" + r + " .line")); return s.stroke + s.strokeDasharray }).filter((s, i, all) => all.indexOf(s) == i).length`)
	if strokes != "5" {
		t.Errorf("%s strokes for five relations", strokes)
	}
	dashes := b.script(`["equivalent","wider","narrower","inexact","unmatched"].map(r => getComputedStyle(document.querySelector(".legend .rel-" + r + " .line")).strokeDasharray).filter((s, i, all) => all.indexOf(s) == i).length`)
	if dashes != "5" {
		t.Errorf("%s line styles for five relations: without colour they are alike", dashes)
	}
	b.dark(true)
	b.shot("concept-dark")
	b.size(390, 844)
	b.fits()
	b.accessible()
	b.open(path + "?lang=en")
	b.fits()
	b.shot("concept-dark-phone")
	b.dark(false)
	b.open("/concepts")
	b.fits()
	b.shot("concepts-phone")
}
