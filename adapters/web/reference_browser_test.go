package web

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A reader finds a rule of a pair, with a mouse and with nothing but a keyboard, in
// both languages, in the dark and on a telephone.
func TestBrowseReference(t *testing.T) {
	b := browse(t, testSite(t))
	if got := b.open("/reference?lang=da"); got != 200 {
		t.Fatalf("got %d", got)
	}
	b.accessible()
	b.shot("reference-da")
	b.follow(chromedp.Click(chromedp.CSS(`a[href="/reference/tilstande/ffb/fsiii"]`)))
	b.accessible()
	b.shot("pair-da")
	b.click(`#q`)
	b.keys("birth")
	b.wait(`/^\d+ af \d+ regler/.test(document.querySelector("#rules [role=status]").innerText)`)
	if got := b.count("details.group[open]"); got == "0" {
		t.Error("what was found stays closed")
	}
	b.open("/reference/tilstande/plain/fsiii?q=status&lang=en")
	b.shot("pair-en")
	b.dark(true)
	b.size(390, 844)
	b.open("/reference/tilstande/ffb/fsiii?q=code&lang=da")
	b.fits()
	b.accessible()
	b.shot("pair-phone-dark")
	b.open("/reference?lang=en")
	b.fits()
	b.shot("reference-phone-dark")
	b.size(1280, 900)
	b.open("/reference/rules?name=ffb-fsiii.condition/code&lang=en")
	b.accessible()
	b.shot("rule-dark")
	b.dark(false)
	b.open("/reference/medicinliste/fmk/ffb?lang=da")
	b.fits()
	b.accessible()
	b.shot("pair-coded")
	b.open("/reference/rules?lang=da")
	b.fits()
	b.shot("rules")
	b.open("/reference/api?lang=en")
	b.accessible()
	b.fits()
	b.script(`document.querySelector("#post-v1-translate").open = true`)
	b.shot("api")
}
