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
	"sync/atomic"
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
	// Spare gives back memory that is needed no more; nil for nothing. It is called
	// after something large was made, at most once a second.
	Spare func()
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
	spare    func()
	piled    atomic.Bool // something large was made, and what that took was not given back
	tidying  atomic.Bool // it will be soon
	shelf    shelf

	mu     sync.Mutex
	shared map[any]any // what the parts keep of a content: see keep
	of     string      // the tag of the content of shared
}

// New makes a site.
func New(c Config) *Site {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Site{content: c.Content, cases: c.Cases, exchange: c.Exchange, version: c.Version, now: c.Now, spare: c.Spare}
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
		s.tidy()
	}
}

// tidy has memory given back where something large was made. Collecting all of it
// takes as long as a page, and who looks at one looks at several: a moment later is
// soon enough for all of them.
func (s *Site) tidy() {
	if s.spare != nil && s.piled.Load() && s.tidying.CompareAndSwap(false, true) {
		time.AfterFunc(time.Second, func() {
			s.piled.Store(false)
			s.tidying.Store(false)
			s.spare()
		})
	}
}
