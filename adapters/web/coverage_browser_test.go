package web

import "testing"

// The coverage is a table whose fields are coloured, and says in numbers what the
// colours do.
func TestCoverageInBrowser(t *testing.T) {
	b := browse(t, testSite(t))
	if status := b.open("/coverage"); status != 200 {
		t.Fatalf("got %d", status)
	}
	b.accessible()
	b.shot("coverage")
	if got := b.count("table.heat td"); got == "0" {
		t.Error("no field")
	}
	if b.count("table.heat tbody tr") == "0" || b.count("table.share-table tbody tr") == "0" {
		t.Error("an empty table")
	}
	grey := b.script(`[...document.querySelectorAll("pattern")].map(p => [...p.children].slice(1).map(e => e.tagName + e.getAttribute("d") + getComputedStyle(e).fill).join() + p.getAttribute("width") + getComputedStyle(p.firstElementChild).fill.startsWith("rgb(255")).filter((s, i, all) => all.indexOf(s) == i).length`)
	if grey != "5" {
		t.Errorf("%s patterns, want one for each of five relations", grey)
	}
	b.dark(true)
	b.shot("coverage-dark")
	b.size(390, 844)
	b.fits()
	b.open("/coverage?map=tilstand.fsiii-ffb&lang=en")
	b.accessible()
	b.fits()
	b.shot("coverage-dark-phone")
}
