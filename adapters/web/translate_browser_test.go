package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// point moves the mouse to the middle of a leaf, once the page stands still.
func point(b *tab, selector string) {
	b.Helper()
	b.script("document.getElementById('both').scrollIntoView()")
	b.script(fmt.Sprintf("(l => { const p = l.closest('.tr-pane'); p.scrollTop += l.getBoundingClientRect().top - p.getBoundingClientRect().top - 90; window.still = false; requestAnimationFrame(() => requestAnimationFrame(() => { window.still = true })) })(document.querySelector(%q))", selector))
	b.wait("window.still")
	at := strings.Fields(b.script(fmt.Sprintf("(r => (r.x + r.width / 2) + ' ' + (r.y + r.height / 2))(document.querySelector(%q).getBoundingClientRect())", selector)))
	x, _ := strconv.ParseFloat(at[0], 64)
	y, _ := strconv.ParseFloat(at[1], 64)
	b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x-4, y), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
}

// visibleLeaves counts the leaves that are seen, of a selector.
func visibleLeaves(b *tab, selector string) int {
	b.Helper()
	n, err := strconv.Atoi(b.script(fmt.Sprintf("[...document.querySelectorAll(%q)].filter(l => l.checkVisibility()).length", selector)))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// focusedLeaf is the id of the leaf in focus.
func focusedLeaf(b *tab) string {
	b.Helper()
	return b.script("document.activeElement?.closest('.l')?.id")
}

// From the search to a fixture, and its two sides: what is pointed at shows its
// other end and why.
func TestTranslateBrowserHover(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/translate")
	b.accessible()
	b.shot("translate-form")
	b.script("document.getElementById('q').focus()")
	b.keys("selvmord ffb-to-fsiii")
	b.wait("document.querySelectorAll('#cases li').length === 2")
	b.open("/translate?case=" + severalAreas)
	b.accessible()

	code := `#source .l.converted[data-o]`
	point(b, code+" a")
	b.wait("document.querySelectorAll('#target .far').length > 1")
	want := b.script(fmt.Sprintf("document.querySelector(%q).dataset.o", code))
	if got := b.script("[...document.querySelectorAll('#target .l.far')].map(l => l.id).join(' ')"); got != want {
		t.Errorf("%s shows the other ends %s, want %s", code, got, want)
	}
	if focusedLeaf(b) != "undefined" {
		t.Error("pointing moves the focus")
	}
	point(b, `#target .l.constant a`)
	b.wait("document.querySelector('#why').textContent.includes('Har ingen anden ende')")
	point(b, `#source .l.converted[data-o] a`)
	b.wait("document.querySelectorAll('#target .far').length > 1")
	if why := b.text("#why"); !strings.Contains(why, "omsat") || !strings.Contains(why, "Bliver til") || !strings.Contains(why, "Vejen tilbage") {
		t.Errorf("the explanation says %q", why)
	}
	b.shot("translated")
}

// With the keyboard alone: to a leaf, to the next, to its other end and back, and
// from a leaf without one to the ledger.
func TestTranslateBrowserKeyboard(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/translate?case=" + severalAreas)
	for range 60 {
		if b.keys("\t"); focusedLeaf(b) != "undefined" {
			break
		}
	}
	if got := focusedLeaf(b); got != "s0" {
		t.Fatalf("the tabulator gets to leaf %s", got)
	}
	b.keys(kb.ArrowDown)
	b.keys(kb.ArrowDown)
	if got := focusedLeaf(b); got != "s2" {
		t.Errorf("two down is %s", got)
	}
	if got := b.script("document.activeElement.getAttribute('aria-describedby')"); got != "why" {
		t.Errorf("the leaf in focus is described by %s", got)
	}
	if !strings.Contains(b.text("#why"), "Bundle.timestamp") {
		t.Errorf("the explanation says %q", b.text("#why"))
	}
	b.keys("\r")
	if got := b.script("document.activeElement.closest('.tr-pane').id"); got != "target" {
		t.Errorf("Enter goes to the %s", got)
	}
	b.keys("\r")
	if got := focusedLeaf(b); got != "s2" {
		t.Errorf("Enter goes back to %s", got)
	}
	b.keys(kb.ArrowRight)
	b.keys(kb.ArrowLeft)
	if got := focusedLeaf(b); got != "s2" {
		t.Errorf("right and left is %s", got)
	}
	b.keys(kb.End)
	b.keys(kb.Home)
	if got := focusedLeaf(b); got != "s0" {
		t.Errorf("Home is %s", got)
	}
	b.script("document.querySelector('#source .l.dropped a').focus()")
	b.keys("\r")
	if got := b.script("document.activeElement.closest('.e.dropped')?.firstElementChild.open"); got != "true" {
		t.Errorf("Enter on a leaf that was dropped does not open the ledger: %s", got)
	}
	b.keys("\t") // of all the leaves of a side one is on the way
	outline := b.script("getComputedStyle(document.activeElement).outlineStyle")
	if outline != "solid" {
		t.Errorf("the focus is outlined %s", outline)
	}
	if got := b.count(`.tr-pane .l a[tabindex="0"]`); got != "2" {
		t.Errorf("%s leaves are on the way of the tabulator", got)
	}
}

func TestTranslateBrowserFilter(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/translate?case=" + severalAreas)
	all := visibleLeaves(b, ".l")
	b.click("label:has(#f-dropped)")
	if got, want := visibleLeaves(b, ".l"), visibleLeaves(b, ".l.dropped"); got != want || want != 14 {
		t.Errorf("%d leaves are shown, %d of them dropped", got, want)
	}
	if got := visibleLeaves(b, ".e:not(.dropped)"); got != 0 {
		t.Errorf("%d other entries of the ledger", got)
	}
	if got := visibleLeaves(b, ".g:not(:has(.dropped))"); got != 0 {
		t.Errorf("%d groups without one", got)
	}
	b.click("label:has(#f-all)")
	b.script("document.getElementById('leaf-search').focus()")
	b.keys("SAMTALE")
	b.wait("document.querySelectorAll('.l[hidden]').length > 20")
	if got := visibleLeaves(b, ".l"); got < 2 || got > all/2 {
		t.Errorf("%d of %d leaves are found", got, all)
	}
	b.script("document.getElementById('leaf-search').select()")
	b.keys(kb.Backspace)
	b.wait("document.querySelectorAll('.l[hidden]').length === 0")
	if got := visibleLeaves(b, ".l"); got != all {
		t.Errorf("%d leaves, want %d", got, all)
	}
}

// Without scripts every leaf is a link to its other end, and the filter works.
func TestTranslateBrowserWithoutScripts(t *testing.T) {
	b := browse(t, testSite(t))
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.open("/translate?case=" + severalAreas)
	b.click("#source .l.converted a")
	b.wait("location.hash.startsWith('#t') && document.querySelector('#target .l:target')")
	b.click("label:has(#f-used)")
	if got, want := visibleLeaves(b, ".l"), visibleLeaves(b, ".l.used"); got != want || want != 6 {
		t.Errorf("%d leaves are shown, %d of them used", got, want)
	}
	if b.script("getComputedStyle(document.getElementById('why')).display") != "none" {
		t.Error("an explanation that nobody fills is shown")
	}
	b.open("/translate?q=selvmord")
	b.follow(chromedp.Click(chromedp.CSS("#cases li a")))
	b.wait("document.querySelector('#source .l')")
}

// A person stands for a proposal; what is downloaded and printed is of the same
// document.
func TestTranslateBrowserAccept(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/translate?case=" + suicidal)
	b.shot("translated-waiting")
	b.script("document.querySelector('.tr-wait button').scrollIntoView({block:'center'})")
	if got := b.follow(chromedp.Click(chromedp.CSS(".tr-wait button"))); got != 200 {
		t.Fatalf("status %d", got)
	}
	if b.count(".tr-wait") != "0" || b.count(`input[name="accept"][value^="p-"]:checked`) != "1" {
		t.Error("the proposal is not written")
	}
	b.script("fetch('/translate/zip', {method: 'POST', body: new FormData(document.getElementById('again'))}).then(async r => { document.body.dataset.zip = r.status + ' ' + r.headers.get('Content-Type') + ' ' + (await r.arrayBuffer()).byteLength })")
	b.wait("document.body.dataset.zip")
	if got := b.script("document.body.dataset.zip"); !strings.HasPrefix(got, "200 application/zip ") {
		t.Errorf("the download is %s", got)
	}
	b.script("document.querySelector('button[formaction=\"/translate/page\"]').removeAttribute('formtarget')")
	b.script("scrollTo(0, 0)")
	if got := b.follow(chromedp.Click(chromedp.CSS(`button[formaction="/translate/page"]`))); got != 200 {
		t.Fatalf("the page to print has status %d", got)
	}
	if style := b.script("getComputedStyle(document.body).fontFamily"); strings.HasPrefix(style, "\"Times") {
		t.Errorf("the page to print has no style: %s", style)
	}
	b.shot("translated-print")
}

// What is pasted is a document of one's own; markup in it is text.
func TestTranslateBrowserPaste(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/translate?lang=en")
	evil := `<img src=x onerror=alert(1)><script>alert(2)</script>`
	text := strings.NewReplacer("Et notat nummer 1", evil, "Signe Test Sørensen", evil, "urn:eget:felt", "javascript:alert(3)", `"display":"Samtale"`, `"display":"`+evil+`"`).Replace(longRecord(3))
	b.script(fmt.Sprintf("document.getElementById('text').value = %q", text))
	b.script("document.getElementById('to').value = 'fsiii'")
	b.script("document.querySelector('.tr-go button').scrollIntoView({block:'center'})")
	if got := b.follow(chromedp.Click(chromedp.CSS(".tr-go button"))); got != 200 {
		t.Fatalf("status %d", got)
	}
	if got := b.script("document.querySelector('main').textContent.includes('<script>alert(2)')"); got != "true" {
		t.Error("the value is not shown as it is")
	}
	if got := b.script("document.querySelectorAll('main img, main script').length"); got != "0" {
		t.Errorf("%s elements came out of the values", got)
	}
	if kept := b.script("location.search + document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"); strings.Contains(kept, "2509479989") || len(kept) > 200 {
		t.Errorf("something of it is kept: %.300s", kept)
	}
	b.open("/translate")
	b.script("document.getElementById('file').dataset.limit = 20000, document.getElementById('text').value = 'ø'.repeat(10001)")
	b.script("document.querySelector('.tr-go button').click()")
	b.wait("!document.getElementById('file-large').hidden")
}

// A refused document: the place in it, and the form to mend it in.
func TestTranslateBrowserRefused(t *testing.T) {
	b := browse(t, testSite(t))
	b.allow("status of 422")
	if got := b.open("/translate?case=tilstande/ffb-to-fsiii/fejl-ukendt-kode"); got != 422 {
		t.Fatalf("status %d", got)
	}
	b.accessible()
	b.fits()
	if b.count(".tr-excerpt mark") != "1" || !strings.Contains(b.text(".tr-fault"), "findes ikke i FFB") {
		t.Errorf("the fault says %q", b.text(".tr-fault"))
	}
	b.shot("refused")
}

// In the dark, on a phone and in English.
func TestTranslateBrowserElsewhere(t *testing.T) {
	b := browse(t, testSite(t))
	b.dark(true)
	b.open("/translate?case=" + suicidal + "&lang=en")
	if got := b.script("document.documentElement.lang + ' ' + document.querySelector('.tr-side h3').textContent.trim().split(' ')[0]"); got != "en Source" {
		t.Errorf("in English it begins %s", got)
	}
	b.shot("translated-dark")
	b.size(390, 844)
	b.accessible()
	b.fits()
	above := b.script("document.getElementById('source').getBoundingClientRect().bottom <= document.getElementById('target').getBoundingClientRect().top")
	if above != "true" {
		t.Error("on a phone the two sides are not one above the other")
	}
	b.click("#source .l.converted a")
	b.wait("document.querySelector('#target .far')")
	b.shot("translated-phone")
	b.open("/translate")
	b.fits()
	b.shot("translate-phone")
}

// A Bundle of 200 entries: its groups are closed, and opening one shows the leaf.
func TestTranslateBrowserLong(t *testing.T) {
	b := browse(t, testSite(t))
	b.open("/translate?case=" + suicidal) // a browser's very first page takes it half a second, whatever is on it
	b.open("/translate")
	b.script(fmt.Sprintf("document.getElementById('text').value = %q", longRecord(200)))
	b.script("document.getElementById('to').value = 'fsiii'")
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
		return err
	}))
	if got := b.follow(chromedp.Evaluate[chromedp.Void]("document.querySelector('.tr-go button').click()")); got != 200 {
		t.Fatalf("status %d", got)
	}
	b.wait("document.readyState === 'complete'")
	t.Logf("the page in the browser, ms: %s", b.script(`(n => JSON.stringify({first: n.responseStart, last: n.responseEnd, read: n.domInteractive, scripted: n.domContentLoadedEventEnd, done: n.duration}))(performance.getEntriesByType('navigation')[0])`))
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		m, err := chromedp.Call(ctx, performance.GetMetrics, struct{}{})
		if err != nil {
			return err
		}
		for _, one := range m.Metrics {
			if one.Name == "TaskDuration" {
				t.Logf("the browser worked for %.2f s", one.Value)
			}
		}
		return nil
	}))
	if n, _ := strconv.Atoi(b.count("main *")); n > 3500 {
		t.Errorf("%d elements, at most 3,500: what is closed is not made", n)
	}
	if got := b.count(".g[open], .ten[open]"); got != "0" {
		t.Errorf("%s parts are open", got)
	}
	if got := b.count(".tr-wait"); got != "1" {
		t.Errorf("%s choices of 199 times the same", got)
	}
	b.script("document.querySelector('.tr-wait details').open = true")
	b.script("document.querySelector('.tr-later').open = true")
	b.wait("document.querySelector('.tr-later .tr-narrative li')")
	b.accessible()
	b.fits()
	b.shot("translated-choices")
	b.script("document.querySelector('.tr-later').open = document.querySelector('.tr-wait details').open = false")
	b.script("document.querySelectorAll('#source .ten')[14].open = true")
	b.wait("document.getElementById('sg150')")
	b.script("document.getElementById('sg150').open = true")
	b.wait("document.querySelector('#sg150 .l.converted a').checkVisibility()")
	b.script("document.querySelector('#sg150 .l.converted a').focus()")
	b.wait("document.querySelector('#target .ten[open] .g[open] .l.far')")
	if got := b.count(".ten:not(.lazy)"); got != "2" {
		t.Errorf("%s tens are made, want the one that was opened and the one of the other end", got)
	}
	b.script("document.getElementById('leaf-search').focus()")
	b.keys("notat nummer 177,")
	b.wait("document.querySelectorAll('#source .ten:not([hidden])').length === 1")
	if got := visibleLeaves(b, ".l"); got != 1 {
		t.Errorf("%d leaves have the text", got)
	}
	b.script("document.querySelector('.e.dropped details').open = true")
	b.script("document.querySelector('.e.dropped .tr-paths a').click()")
	b.wait("document.activeElement.closest('.l.dropped')")
	b.shot("translated-long")
}
