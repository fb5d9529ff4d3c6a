package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// answers sends the form of the page and waits for the page that comes.
func (b *tab) answers(selector string) int {
	b.Helper()
	return b.follow(chromedp.Click(chromedp.CSS(selector)))
}

// Who changes the language of what a form was answered with keeps it: the same is
// asked again in the other language, with nothing of it in the address.
func TestLanguageOfAnAnswer(t *testing.T) {
	b := browse(t, testSite(t))
	b.allow("status of 422")
	const field = "document.getElementById('text').value = "
	ask := func(text, to string) {
		t.Helper()
		b.open("/translate?lang=da")
		b.script(field + text)
		b.script("document.getElementById('to').value = '" + to + "'")
		b.answers(".tr-own .tr-go button")
	}
	english := func(what, says string) {
		t.Helper()
		b.answers(`.tongues [lang="en"]`)
		if got := b.script("document.documentElement.lang"); got != "en" {
			t.Errorf("%s: the page is in %s", what, got)
		}
		if got := b.text("main"); !strings.Contains(got, says) {
			t.Errorf("%s: without %q: %.300s", what, says, got)
		}
		if got := b.script("location.pathname + location.search"); got != "/translate?lang=en" {
			t.Errorf("%s: at %s", what, got)
		}
		b.accessible()
		b.open("/coverage")
		if got := b.script("document.documentElement.lang"); got != "en" {
			t.Errorf("%s: the language is not kept: %s", what, got)
		}
	}
	ask(fmt.Sprintf("%q", inputOf(t, severalAreas)), "fsiii")
	english("translated", "Side by side")
	ask(`'{"a":1}'`, "fsiii")
	english("refused", "The document is still in the form")
	if got := b.open("/translate?lang=da&case=" + severalAreas); got != 200 {
		t.Fatalf("got %d", got)
	}
	b.answers(`.tongues [lang="en"]`)
	if got := b.script("location.search"); !strings.Contains(got, "case=") {
		t.Errorf("a page with an address of its own: at %s", got)
	}
}

// Enter in a field of the settings translates again; it fetches no file and changes
// no language.
func TestEnterTranslatesAgain(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/translate")
	b.script("document.getElementById('text').value = " + fmt.Sprintf("%q", inputOf(t, severalAreas)))
	b.script("document.getElementById('to').value = 'fsiii'")
	b.answers(".tr-own .tr-go button")
	b.script("document.querySelector('.tr-parties').open = true")
	b.script("document.getElementById('to').value = 'fhir'")
	b.script("document.getElementById('sender-name').focus()")
	b.keys("\r")
	b.wait("document.querySelector('h1')?.innerText.includes('FHIR')")
	if got := b.script("document.documentElement.lang + ' ' + location.pathname"); got != "da /translate" {
		t.Errorf("got %s", got)
	}
}
