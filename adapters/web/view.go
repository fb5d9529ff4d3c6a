package web

import (
	"bytes"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tolk/mapping/exchange"
)

// view is one request for a page, and its answer.
type view struct {
	w       http.ResponseWriter
	r       *http.Request
	site    *Site
	who     exchange.Caller
	lang    string // da or en
	content Content

	status int // of the answer; 0 means 200
}

func (s *Site) view(w http.ResponseWriter, r *http.Request, who exchange.Caller) *view {
	v := &view{w: w, r: r, site: s, who: who, lang: languageOf(r)}
	if s.content != nil {
		v.content = s.content()
	}
	if chosen := r.URL.Query().Get("lang"); chosen == v.lang && (r.Method == http.MethodGet || r.Method == http.MethodPost && ownPage(r)) {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: chosen, Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode})
	}
	return v
}

// frame is what the layout needs of a page.
type frame struct {
	Lang, Area      string // the area of the site, for the navigation
	Danish, English string // this page in the other language
	Again           string // the id of the form that asks for the same again, empty where an address does
	Version, Tag    string
	Nav             []link
	Data            any
}

// link is one entry of the navigation.
type link struct {
	Path, Key string
	Here      bool
}

// policy is the Content-Security-Policy of every page: nothing from elsewhere,
// nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// render answers with a page: templates/name.gohtml inside the layout. htmx gets
// the block main alone.
func (v *view) render(status int, name string, data any) error {
	if v.partial() {
		v.status = status
		return v.renderBlock(name, "main", data)
	}
	return v.write(status, name, "layout", v.framed(data))
}

// renderBlock answers with one block of templates/name.gohtml, for htmx to put
// into a page.
func (v *view) renderBlock(name, block string, data any) error {
	return v.write(max(v.status, http.StatusOK), name, block, data)
}

// partial reports whether htmx asks for a part of a page.
func (v *view) partial() bool {
	h := v.r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") == "" && h.Get("HX-History-Restore-Request") == ""
}

// execute renders a block of a template for a writer of its own.
func (v *view) execute(to io.Writer, name, block string, data any) error {
	t, ok := pageTemplates[v.lang]()[name]
	if !ok {
		panic("web: no template " + name) // the names are ours
	}
	return t.ExecuteTemplate(to, block, data)
}

func (v *view) write(status int, name, block string, data any) error {
	var b bytes.Buffer
	if err := v.execute(&b, name, block, data); err != nil {
		return broken(err)
	}
	v.pageHeaders()
	v.w.WriteHeader(status)
	v.w.Write(b.Bytes()) // whether it arrives, the server sees
	return nil
}

// pageHeaders are those of a page.
func (v *view) pageHeaders() {
	v.headers()
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.lang)
}

// headers are those of every answer for people. Nothing of it is kept by a
// browser, so that nothing pasted is; a file has its own.
func (v *view) headers() {
	h := v.w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language, Cookie, HX-Request")
}

// framed puts what a page shows into the frame.
func (v *view) framed(data any) frame {
	area, _, _ := strings.Cut(strings.TrimPrefix(v.r.URL.Path, "/"), "/")
	f := frame{Lang: v.lang, Area: area, Version: v.site.version, Tag: v.content.Tag, Data: data}
	if r, ok := data.(repeated); ok && v.r.Method == http.MethodPost {
		f.Again = r.again()
	}
	f.Danish, f.English = v.inLanguage("da", f.Again), v.inLanguage("en", f.Again)
	for _, l := range []link{{Path: "/translate", Key: "nav.translate"}, {Path: "/concepts", Key: "nav.concepts"},
		{Path: "/coverage", Key: "nav.coverage"}, {Path: "/reference", Key: "nav.reference"}, {Path: "/exchange", Key: "nav.exchange"}} {
		l.Here = strings.TrimPrefix(l.Path, "/") == area
		f.Nav = append(f.Nav, l)
	}
	return f
}

// repeated is what a page shows that answers a form, and has all of it in a form of
// its own: no address asks for it.
type repeated interface {
	again() string // the id of that form, empty where it must not be sent again
}

// inLanguage is the address of this page in a language: a form is sent to where it
// was sent before. Without one, what only a form does leads to where that stands.
func (v *view) inLanguage(lang, form string) string {
	path, q := "/"+strings.TrimLeft(v.r.URL.Path, "/"), url.Values{}
	switch {
	case v.r.Method == http.MethodGet || v.r.Method == http.MethodHead:
		q = v.r.URL.Query()
	case form == "" && strings.HasPrefix(path, "/translate/"):
		path = "/translate"
	}
	q.Set("lang", lang)
	return (&url.URL{Path: path, RawQuery: q.Encode()}).String()
}

// say returns words in the language of the view.
func (v *view) say(key string, values ...any) string { return say(v.lang, key, values...) }

// safe marks our own SVG, which was built of escaped parts.
func safe(markup string) template.HTML { return template.HTML(markup) }
