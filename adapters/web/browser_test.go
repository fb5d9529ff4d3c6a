package web

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	dialogs "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tolk/adapters/api"
	"tolk/fixtures/shared"
)

// served starts a server with the pages of a site, and returns its address.
func served(t testing.TB, site *Site) string {
	t.Helper()
	s := api.New(api.Config{
		Content:  func() *api.Content { return &api.Content{Tag: site.content().Tag, Terminology: site.content().Terms} },
		Exchange: site.exchange,
		Pages:    sitePages{site},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		l.Close()
		<-done
	})
	return "http://" + l.Addr().String()
}

// sitePages are the pages as the server takes them; cmd does the same.
type sitePages struct{ *Site }

func (s sitePages) All() (all []api.Page) {
	for _, p := range s.Pages() {
		all = append(all, api.Page(p))
	}
	return all
}

// tab is a tab of Chromium with cookies of its own, on a site. A test that uses
// one fails by itself where the page logs an error, asks another place for
// anything or opens a dialog.
type tab struct {
	testing.TB
	ctx     context.Context
	base    string
	mu      sync.Mutex
	heard   []string // what was wrong
	allowed []string
	asked   []string // every address that was asked
}

// chromium starts the browser that all tests share.
var chromium struct {
	sync.Mutex
	ctx context.Context
	end func()
}

// TestMain ends the browser with the tests.
func TestMain(m *testing.M) {
	m.Run()
	if chromium.end != nil {
		chromium.end()
	}
}

func launch(t testing.TB) context.Context {
	t.Helper()
	place := shared.Program(t, "chromium")
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.ctx != nil {
		return chromium.ctx
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(place), chromedp.WindowSize(1280, 900),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("accept-lang", "da"), chromedp.Flag("force-color-profile", "srgb"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	parent, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(parent)
	if err := chromedp.Do(ctx); err != nil {
		end()
		stop()
		t.Fatalf("chromium does not start: %v", err)
	}
	chromium.ctx, chromium.end = ctx, func() { end(); stop() }
	return ctx
}

// browse serves a site and opens a tab on it: 1280 wide, light, in Danish.
func browse(t testing.TB, site *Site) *tab {
	t.Helper()
	return browseAt(t, served(t, site))
}

// browseAt opens a tab on what is served at an address.
func browseAt(t testing.TB, base string) *tab {
	t.Helper()
	browser := launch(t)
	b := &tab{TB: t, base: base}
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	ctx, late := context.WithTimeout(ctx, 90*time.Second)
	b.ctx = ctx
	t.Cleanup(func() { late(); end(); b.judge() })
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
		return err
	}))
	b.size(1280, 900)
	b.dark(false)
	return b
}

// listen notes what no page may do.
func (b *tab) listen(event any) {
	wrong := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			wrong = "console: " + string(e.Type)
			for _, a := range e.Args {
				wrong += " " + a.Description + string(a.Value)
			}
		}
	case *runtime.EventExceptionThrown:
		wrong = "exception: " + e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			wrong += " " + x.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			wrong = "log: " + e.Entry.Text + " " + e.Entry.URL
		}
	case *network.EventRequestWillBeSent:
		b.mu.Lock()
		b.asked = append(b.asked, e.Request.URL)
		b.mu.Unlock()
		if !strings.HasPrefix(e.Request.URL, b.base+"/") && !strings.HasPrefix(e.Request.URL, "about:") && !strings.HasPrefix(e.Request.URL, "blob:") && !strings.HasPrefix(e.Request.URL, "data:") {
			wrong = "a request to another place: " + e.Request.URL
		}
	case *dialogs.EventJavascriptDialogOpening:
		wrong = "a dialog: " + e.Message
	}
	if wrong != "" {
		b.mu.Lock()
		b.heard = append(b.heard, wrong)
		b.mu.Unlock()
	}
}

// allow names a part of what the browser may log: of a page that is refused it
// logs the status.
func (b *tab) allow(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = append(b.allowed, part)
}

// judge fails the test for what was heard.
func (b *tab) judge() {
	b.mu.Lock()
	defer b.mu.Unlock()
next:
	for _, wrong := range b.heard {
		for _, part := range b.allowed {
			if strings.Contains(wrong, part) {
				continue next
			}
		}
		b.Errorf("the browser heard: %s", wrong)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// open goes to a path and waits until the page is there; it returns the status.
func (b *tab) open(path string) int {
	b.Helper()
	return b.follow(chromedp.Navigate(b.base + path))
}

// follow does what leads to another page, waits for it and returns its status.
func (b *tab) follow(steps ...chromedp.Action[chromedp.Void]) int {
	b.Helper()
	r, err := chromedp.RunResponse(b.ctx, steps...)
	if err != nil {
		b.Fatal(err)
	}
	if r == nil {
		return 0
	}
	return int(r.Status)
}

// size sets the size of the window; a phone has 390, 844.
func (b *tab) size(width, height int64) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// dark asks for dark pages, or for light ones. Nothing moves in either.
func (b *tab) dark(on bool) {
	b.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}

// keys types: "\t" is Tab, "\r" Enter, and the names of package kb.
func (b *tab) keys(keys string) { b.Helper(); b.do(chromedp.KeyEvent(keys)) }

// click clicks on the first element that a CSS selector finds.
func (b *tab) click(selector string) { b.Helper(); b.do(chromedp.Click(chromedp.CSS(selector))) }

// script returns what JavaScript gives, as text.
func (b *tab) script(expression string) string {
	b.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return text
}

// text is the text of the first element that a CSS selector finds.
func (b *tab) text(selector string) string {
	b.Helper()
	return strings.TrimSpace(b.script(fmt.Sprintf("document.querySelector(%q)?.innerText", selector)))
}

// count is how many elements a CSS selector finds.
func (b *tab) count(selector string) string {
	b.Helper()
	return b.script(fmt.Sprintf("document.querySelectorAll(%q).length", selector))
}

// wait waits until a condition in JavaScript holds.
func (b *tab) wait(condition string) {
	b.Helper()
	for until := time.Now().Add(15 * time.Second); ; time.Sleep(30 * time.Millisecond) {
		held, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if held && err == nil {
			return
		}
		if time.Now().After(until) { // an error may be that another page is coming
			b.Fatalf("it never holds: %s (%v)", condition, err)
		}
	}
}

// fits fails the test where the page is wider than the window.
func (b *tab) fits() {
	b.Helper()
	if got := b.script("document.documentElement.scrollWidth <= innerWidth ? 'fits' : document.documentElement.scrollWidth + ' in ' + innerWidth + ': ' + [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, pre, svg')).slice(0, 5).map(e => e.tagName + '.' + e.className).join(' ')"); got != "fits" {
		b.Errorf("the page scrolls sideways: %s", got)
	}
}

// shot keeps a picture of the whole page in the folder TOLK_SHOTS, to be looked
// at; without one it does nothing.
func (b *tab) shot(name string) {
	b.Helper()
	folder := os.Getenv("TOLK_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644); err != nil {
		b.Fatal(err)
	}
}
