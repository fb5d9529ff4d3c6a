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
	for path, table := range map[string]string{"/exchange": "#lines .scroll", "/exchange/health": "#receivers .scroll"} {
		b.open(path)
		b.fits()
		if got := b.script("(s => s.scrollWidth - s.clientWidth)(document.querySelector('" + table + "'))"); got != "0" {
			t.Errorf("%s: its table goes on for %s pixels", path, got)
		}
	}
}
