package web

import "testing"

// On a narrow phone no page is wider than it, in either language, and what a message
// waits for is not to the right of what is seen.
func TestNarrowPhone(t *testing.T) {
	b := browse(t, testSite(t))
	b.size(360, 780)
	for _, path := range []string{"/", "/translate", "/concepts", "/coverage", "/reference", "/exchange"} {
		for _, lang := range []string{"da", "en"} {
			b.open(path + "?lang=" + lang)
			b.fits()
		}
	}
	b = browse(t, exchangeSite(t, newExchangeSaid()))
	b.size(360, 780)
	for path, table := range map[string]string{"/exchange": "#lines .scroll", "/exchange/health": "#receivers .scroll", "/exchange/shadow": "main .scroll"} {
		b.open(path)
		b.fits()
		if got := b.script("(s => s.scrollWidth - s.clientWidth)(document.querySelector('" + table + "'))"); got != "0" {
			t.Errorf("%s: its table goes on for %s pixels", path, got)
		}
	}
}

// On a narrow phone the document to read stands in one column, and each cell of a
// table says what it is.
func TestReadOnNarrowPhone(t *testing.T) {
	b := browse(t, testSite(t))
	b.size(360, 740)
	for example, column := range map[string]string{
		"sundhedstjek/plain-to-fhir/helt-tjek":            "Værdi",
		"medicinliste/plain-to-fhir/fast-og-efter-behov":  "Dosering",
		"henvisning/plain-to-fhir/bosted-til-psykiatrien": "Værdi",
		severalAreas: "",
	} {
		b.open("/translate?case=" + example)
		b.fits()
		if got := b.script("(n => n.scrollWidth - n.clientWidth)(document.querySelector('.tr-narrative'))"); got != "0" {
			t.Errorf("%s: what is to be read goes on for %s pixels", example, got)
		}
		if got := b.script("[...document.querySelectorAll('.tr-narrative td')].some(d => getComputedStyle(d, '::before').content.includes('" + column + "')) || !document.querySelector('.tr-narrative table')"); got != "true" {
			t.Errorf("%s: no cell says that it is %s", example, column)
		}
	}
	b.size(1280, 900)
	b.open("/translate?case=sundhedstjek/plain-to-fhir/helt-tjek")
	if got := b.script("getComputedStyle(document.querySelector('.tr-narrative td')).display"); got != "table-cell" {
		t.Errorf("on a wide page a cell is a %s", got)
	}
}
