package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The way of an operator in the browser: the list, the life of a message, a dead
// letter sent again after a look at what would happen, and the receivers.
func TestExchangeInBrowser(t *testing.T) {
	n := newExchangeSaid()
	b := browse(t, exchangeSite(t, n))
	click := func(selector string) int { return b.follow(chromedp.Click(chromedp.CSS(selector))) }
	if status := b.open("/exchange?lang=da"); status != 200 {
		t.Fatalf("got %d", status)
	}
	b.accessible()
	b.shot("exchange-da")
	b.script(`document.querySelector("#state").value = "dead"`)
	click(`.filters button`)
	if got := b.count("table.lines tbody tr"); got != "1" {
		t.Errorf("dead ones: got %s", got)
	}
	click(`table.lines a[href="/exchange/` + strandedID + `"]`)
	b.accessible()
	b.shot("life-da")
	if got := b.text(".timeline"); !strings.Contains(got, "Strandet") || !strings.Contains(got, "Kom igen") {
		t.Errorf("the life: %s", got)
	}
	click(`a[href="/exchange/dead"]`)
	b.accessible()
	b.shot("dead-da")
	b.click(`input[value="` + strandedID + ` xref01"]`)
	b.click(`#act-why`)
	b.keys("modtageren har rettet det")
	click(`.act button`)
	b.accessible()
	b.shot("dry-da")
	if got := b.text("main"); !strings.Contains(got, "Intet er gjort endnu") || n.rerun {
		t.Errorf("the dry run: %s", got)
	}
	click(`.confirm button`)
	b.shot("done-da")
	if !n.rerun || !strings.Contains(b.text("main"), "Gjort med 1") {
		t.Errorf("it was not done: %s", b.text("main"))
	}
	b.open("/exchange?lang=da")
	b.click(".citizen summary")
	b.click("#citizen")
	b.keys(canaryCPR + "\t" + "hun spørger\r")
	b.wait(`document.querySelector("#lines").innerText.includes("den borger")`)
	b.shot("citizen-da")
	b.open("/exchange/health?lang=en")
	b.accessible()
	b.shot("health-en")
	b.open("/exchange/shadow")
	b.accessible()
	b.shot("shadow-en")
	b.open("/exchange/" + strandedID)
	b.click(`#why`)
	b.keys("the GP says it is empty\r")
	b.wait(`document.querySelector("pre.content")`)
	b.accessible()
	b.shot("read-en")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, address := range b.asked {
		if strings.Contains(address, canaryCPR) {
			t.Errorf("an address names a citizen: %s", address)
		}
	}
}

// The pages in the dark and on a telephone, and the list with the keyboard alone.
func TestExchangeOnPhone(t *testing.T) {
	b := browse(t, exchangeSite(t, newExchangeSaid()))
	b.dark(true)
	b.size(390, 844)
	for _, page := range []string{"/exchange", "/exchange/" + strandedID, "/exchange/dead", "/exchange/health", "/exchange/shadow"} {
		b.open(page + "?lang=en")
		b.fits()
		b.accessible()
		b.shot("phone" + strings.NewReplacer("/", "-", strandedID, "life").Replace(page))
	}
	b.open("/exchange?live=1")
	b.script(`document.querySelector("table.lines a").focus()`)
	b.follow(chromedp.KeyEvent("\r"))
	if got := b.script("location.pathname"); got != "/exchange/"+strandedID {
		t.Errorf("Enter leads to %s", got)
	}
}

// Who changes the language of what would happen sees it in the other one: nothing is
// done by that.
func TestLanguageOfADryRun(t *testing.T) {
	n := newExchangeSaid()
	b := browse(t, exchangeSite(t, n))
	b.open("/exchange/dead?lang=da")
	b.click(`input[value="` + strandedID + ` xref01"]`)
	b.click(`#act-why`)
	b.keys("modtageren har rettet det")
	b.answers(`.act button`)
	b.answers(`.tongues [lang="en"]`)
	if got := b.text("main"); !strings.Contains(got, "Nothing has been done yet") || !strings.Contains(got, "modtageren har rettet det") || n.rerun {
		t.Errorf("in English: %s, done: %v", got, n.rerun)
	}
	b.accessible()
	b.answers(`.confirm button`)
	if !n.rerun || !strings.Contains(b.text("main"), "Done with 1") {
		t.Errorf("it was not done: %s", b.text("main"))
	}
	did := len(n.acts)
	b.answers(`.tongues [lang="da"]`)
	if len(n.acts) != did {
		t.Error("what was done is done again for its language")
	}
}
