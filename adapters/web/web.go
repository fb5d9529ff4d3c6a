// Package web is the workbench: pages for people about what the gateway knows and
// does. They are made on the server, work without scripts and with a keyboard, ask
// nothing of another place, and keep nothing of what is pasted into them.
//
// Each part has a table of its pages, its words and its templates. A page is a
// function of a view that reads the request and renders a template.
package web

import (
	"io/fs"
	"net/http"
	"slices"
	"sync"
	"time"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/fields"
	"tolk/mapping/rules"
	"tolk/mapping/terminology"
)

// Config is what the pages need of the rest of the program.
type Config struct {
	// Content returns the content in force; its Terms are nil while there is none.
	// It is asked once per request.
	Content func() Content
	// Cases are worked examples: <document>/<from>-to-<to>/<case>/{input.*,case.yaml}.
	Cases fs.FS
	// Exchange keeps and delivers messages; nil for none.
	Exchange exchange.Node
	Version  string
	Now      func() time.Time // nil for the clock
}

// Content is what the pages tell of.
type Content struct {
	Tag     string // another content has another
	Terms   *terminology.Terminology
	Gateway *document.Gateway
	Rules   []rules.File
	Fields  *fields.Library
}

// Site is the workbench. It may be used by any number of goroutines.
type Site struct {
	content  func() Content
	cases    fs.FS
	exchange exchange.Node
	version  string
	now      func() time.Time

	mu     sync.Mutex
	shared map[any]any // what other parts keep of a content: see Site.keep
	of     string      // the tag of the content of shared
}

// New makes a site.
func New(c Config) *Site {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Site{content: c.Content, cases: c.Cases, exchange: c.Exchange, version: c.Version, now: c.Now}
}

// Page is one page, or a file that pages need.
type Page struct {
	Path    string // as Fiber writes patterns; the parameters are the request's PathValue
	Methods []string
	Rights  []exchange.Right // one of them is needed; none: it is open to everybody
	File    bool             // it is a file, and costs nothing
	Asks    time.Duration    // it has the node do something and translates nothing: how long that is waited for
	Serve   func(w http.ResponseWriter, r *http.Request, who exchange.Caller)
}

// page is a Page of ours.
type page struct {
	path    string
	methods []string
	rights  []exchange.Right
	serve   func(*view) error
}

var (
	get  = []string{http.MethodGet}
	post = []string{http.MethodPost}
	both = []string{http.MethodGet, http.MethodPost}
)

// Pages lists all pages.
func (s *Site) Pages() []Page {
	ours := slices.Concat(homePages, conceptPages, coveragePages, translatePages, referencePages, exchangePages)
	all := []Page{{Path: staticPath + ":name", Methods: get, File: true, Serve: static}}
	for _, p := range ours {
		one := Page{Path: p.path, Methods: p.methods, Rights: p.rights, Serve: s.served(p)}
		if p.path == actPath || p.path == readPath {
			one.Asks = exchangeBudget
		}
		all = append(all, one)
	}
	return all
}

// served answers a request for a page.
func (s *Site) served(p page) func(http.ResponseWriter, *http.Request, exchange.Caller) {
	return func(w http.ResponseWriter, r *http.Request, who exchange.Caller) {
		v := s.view(w, r, who)
		if v.content.Terms == nil {
			v.fault(&mapping.Error{Kind: mapping.Timeout, Message: "the terminology is not loaded yet"})
			return
		}
		if err := p.serve(v); err != nil {
			v.fault(err)
		}
	}
}

// keep returns what make makes for a key of a content, made once: the next
// content has its own. A part of the pages calls it for what takes long; who asks
// while it is made waits for it, and nobody else does.
func keep[K comparable, T any](s *Site, c Content, key K, make func() T) T {
	s.mu.Lock()
	if s.shared == nil || s.of != c.Tag {
		s.shared, s.of = map[any]any{}, c.Tag
	}
	once, ok := s.shared[key].(func() T)
	if !ok {
		once = sync.OnceValue(make)
		s.shared[key] = once
	}
	s.mu.Unlock()
	return once()
}
