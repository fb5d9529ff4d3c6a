package web

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// translateLong has the page translate a record of so many entries.
func translateLong(b *tab, entries int) {
	b.Helper()
	b.open("/translate")
	b.script(fmt.Sprintf("document.getElementById('text').value = %q", longRecord(entries)))
	b.script("document.getElementById('to').value = 'fsiii'")
	if got := b.follow(chromedp.Evaluate[chromedp.Void]("document.querySelector('.tr-go button').click()")); got != 200 {
		b.Fatalf("status %d", got)
	}
	b.wait("document.querySelector('.ten')")
}

// With the keyboard alone into a ten, a group of it, and its leaves; and on a phone
// in the dark.
func TestTensKeyboard(t *testing.T) {
	b := browse(t, testSite(t))
	translateLong(b, 40)
	b.shot("tens")
	if got := b.text("#source .ten:nth-child(2) summary"); !strings.Contains(got, "9 × Condition") || !strings.Contains(got, "Samtale") || !strings.Contains(got, "Bundle.entry[0]–[9]") {
		t.Errorf("a ten is called %q", got)
	}
	for range 80 {
		if b.keys("\t"); b.script("document.activeElement.parentElement.className") == "ten lazy" {
			break
		}
	}
	b.keys("\r")
	b.wait("document.querySelectorAll('#source .ten[open] .g').length === 10")
	b.keys("\t")
	b.keys("\r")
	b.wait("document.querySelector('#source .g[open] .l a[tabindex=\"0\"]')")
	b.keys("\t")
	if got := b.script("document.activeElement.closest('.l')?.parentElement.dataset.p"); got != "Bundle.entry[0]" {
		t.Fatalf("the tabulator gets to a leaf of %s", got)
	}
	b.keys(kb.ArrowRight)
	if got := b.script("document.activeElement.closest('.tr-pane').id + document.activeElement.closest('.ten').open"); got != "targettrue" {
		t.Errorf("its other end is in %s", got)
	}
	if got := visibleLeaves(b, "#target .l:has(:focus)"); got != 1 {
		t.Error("the other end is in focus and not seen")
	}
	b.click("label:has(#f-dropped)")
	if got := visibleLeaves(b, ".l:not(.dropped)"); got != 0 {
		t.Errorf("%d other leaves than the dropped", got)
	}
	if got := visibleLeaves(b, ".l.dropped"); got < 100 {
		t.Errorf("%d leaves of the first groups that have dropped ones", got)
	}
	b.click("label:has(#f-all)")
	b.script("document.querySelectorAll('.ten').forEach(t => t.open = false)")
	b.script("document.getElementById('leaf-open').click()")
	if got, all := b.count(".l"), visibleLeaves(b, ".l"); got != fmt.Sprint(all) || all < 1000 {
		t.Errorf("%d of %s leaves are seen, want all", all, got)
	}
	b.script("document.querySelectorAll('.ten:not(:nth-child(2)), .g').forEach(t => t.open = false)")
	b.dark(true)
	b.size(360, 780)
	b.accessible()
	b.fits()
	b.shot("tens-phone")
}

// Without scripts everything is there, and a link to a leaf opens what it is in.
func TestTensWithoutScripts(t *testing.T) {
	b := browse(t, testSite(t))
	translateLong(b, 40)
	first := b.script("[...document.querySelectorAll('.e .tr-paths a')].map(a => a.hash).find(h => h.startsWith('#s') && h.length > 3)")
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.open("/translate")
	b.script(fmt.Sprintf("document.getElementById('text').value = %q", longRecord(40)))
	b.script("document.getElementById('to').value = 'fsiii'")
	b.follow(chromedp.Evaluate[chromedp.Void]("document.querySelector('.tr-go button').click()"))
	b.wait("document.querySelectorAll('.ten > noscript > .g').length === 80")
	if got := visibleLeaves(b, ".l"); got != 0 {
		t.Errorf("%d leaves are seen before a ten is opened", got)
	}
	b.script(fmt.Sprintf("location.hash = %q", first))
	b.wait("document.querySelector('.l:target')?.checkVisibility()")
	b.shot("tens-without-scripts")
}

// An address that ends in a leaf goes to it, with scripts too.
func TestTensAddress(t *testing.T) {
	b := browse(t, testSite(t))
	translateLong(b, 40)
	b.script("location.hash = '#s321'")
	b.wait("document.activeElement.closest('#s321')?.checkVisibility()")
	b.script("location.hash = '#tg33'")
	b.wait("document.activeElement.parentElement.id === 'tg33' && document.getElementById('tg33').open")
}
