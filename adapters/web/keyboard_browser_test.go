package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// focusScript tells of what has the focus: where it stands among all elements,
// and whether that can be seen.
const focusScript = `(() => {
  const e = document.activeElement;
  if (!e || e == document.body) return "none";
  const s = getComputedStyle(e), r = e.getBoundingClientRect();
  const seen = parseFloat(s.outlineWidth) >= 2 && s.outlineStyle != "none" && r.width > 0 && r.bottom > 0 && r.top < innerHeight;
  return [...document.querySelectorAll("*")].indexOf(e) + " " + (seen ? "seen" : "unseen: " + e.outerHTML.slice(0, 100));
})()`

// Tab goes through a page in the order in which it is read, past everything that
// can be used, and one always sees where it is.
func TestKeyboardOrder(t *testing.T) {
	b := browse(t, testSite(t))
	for _, path := range []string{"/", "/concepts", "/concepts/fsiii/I11.4", "/coverage", "/translate", "/reference", "/reference/rules"} {
		b.open(path)
		last, stops := -1, 0
		for range 30 {
			b.keys(kb.Tab)
			got := b.script(focusScript)
			if got == "none" {
				break // it left the page at its end
			}
			at, seen, _ := strings.Cut(got, " ")
			if seen != "seen" {
				t.Errorf("%s: stop %d is %s", path, stops, seen)
			}
			if n := number10(at); n <= last {
				t.Errorf("%s: stop %d goes back, from %d to %d", path, stops, last, n)
			} else {
				last = n
			}
			stops++
		}
		if stops < 8 {
			t.Errorf("%s: %d stops", path, stops)
		}
	}
}

func number10(text string) (n int) {
	for _, c := range text {
		n = 10*n + int(c-'0')
	}
	return n
}
