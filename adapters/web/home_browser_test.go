package web

import "testing"

// The start page in the browser: both languages, light and dark, on a phone, and
// with the keyboard alone.
func TestHomeInBrowser(t *testing.T) {
	b := browse(t, testSite(t))
	if status := b.open("/"); status != 200 {
		t.Fatalf("got %d", status)
	}
	if got := b.script("document.documentElement.lang"); got != "da" {
		t.Errorf("lang: got %s", got)
	}
	b.accessible()
	b.shot("home")
	b.keys("\t")
	if got := b.text(":focus"); got != "Gå til indholdet" {
		t.Errorf("the first stop of Tab: got %q", got)
	}
	b.keys("\r")
	if got := b.script("location.hash"); got != "#main" {
		t.Errorf("the skip link leads to %q", got)
	}
	b.click(`[hreflang="en"]`)
	b.wait(`document.documentElement.lang == "en"`)
	b.dark(true)
	b.size(390, 844)
	b.fits()
	b.shot("home-dark-phone")
	b.open("/")
	if got := b.script("document.documentElement.lang"); got != "en" {
		t.Errorf("the language is forgotten: %s", got)
	}
}
