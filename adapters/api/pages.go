package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// Page is one page for people, or a file that pages need. Who has none of its
// rights does not get it; without rights it is open to everybody.
type Page struct {
	Path    string // as Fiber writes it; the parameters are the request's PathValue
	Methods []string
	Rights  []exchange.Right
	File    bool // it is a file that pages need, and is answered at once
	// Asks is of a page that has the node do something and translates nothing: how
	// long the answer is waited for. It takes no place among the translations, and
	// goes on when that time is over.
	Asks  time.Duration
	Serve func(w http.ResponseWriter, r *http.Request, who exchange.Caller)
}

// Pages are the pages of the workbench.
type Pages interface {
	All() []Page
	// Fault answers with a page that says what is wrong. The message is ours.
	Fault(w http.ResponseWriter, r *http.Request, status int, message string)
}

// pageRoutes lists the routes of the pages.
func (s *Server) pageRoutes() (all []route) {
	if s.pages == nil {
		return nil
	}
	s.paged = map[string]bool{}
	for _, p := range s.pages.All() {
		s.paged[first(p.Path)] = true
		all = append(all, route{path: p.Path, methods: p.Methods, handle: s.page(p), rights: p.Rights})
	}
	return all
}

// first is the first part of a path, which tells the pages from the rest.
func first(path string) string {
	part, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return part
}

// forPeople reports whether what is wrong with a request is told by a page: it
// was for one, or a browser asks for what is not there.
func (s *Server) forPeople(ctx *fasthttp.RequestCtx) bool {
	if len(ctx.Request.Header.Host()) == 0 {
		return false // of a request that was given up, nobody knows what it was for
	}
	if s.pages == nil {
		return false
	}
	part := first(string(ctx.Path()))
	if s.paged[part] {
		return true
	}
	browser := strings.Contains(string(ctx.Request.Header.Peek(fiber.HeaderAccept)), "text/html")
	return browser && part != "fhir" && part != "v1"
}

// page is the handler of a page.
func (s *Server) page(p Page) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !p.File && !visited(c.Context()) {
			return refuse(fiber.StatusForbidden, mapping.Security, "a page of another place asked for this; open it here, or by a link")
		}
		who, _ := c.Context().UserValue(callerKey).(exchange.Caller)
		ctx, cancel := s.inBudget(2)
		defer cancel()
		r, err := netRequest(ctx, c.Context())
		if err != nil {
			return illFramed("the request is not well-formed HTTP/1.1")
		}
		for _, name := range c.Route().Params {
			r.SetPathValue(name, c.Params(name))
		}
		w := &pageAnswer{server: s, header: http.Header{}}
		serve := func() (bool, error) { p.Serve(w, r, who); return true, nil }
		switch {
		case p.File:
			serve()
		case p.Asks > 0:
			timer := time.NewTimer(p.Asks)
			defer timer.Stop()
			_, err = until(timer, serve, errGoesOn)
		default: // a page may translate: as many at a time as elsewhere
			_, err = inTime(s, serve)
		}
		switch {
		case err == errGoesOn: // and still writes its own answer
			late := &pageAnswer{server: s, header: http.Header{}}
			s.pages.Fault(late, r, http.StatusGatewayTimeout, err.Error())
			late.send(c.Context())
		case err != nil:
			return err
		default:
			w.send(c.Context())
		}
		return nil
	}
}

// visited reports whether a page can have been asked for by one of ours, by a program
// or by somebody who goes to it, and not by a page of another place for itself: as
// a picture or in a frame, or with a form of its own
// (https://www.w3.org/TR/fetch-metadata/).
func visited(ctx *fasthttp.RequestCtx) bool {
	h := &ctx.Request.Header
	switch string(h.Peek("Sec-Fetch-Site")) {
	case "", "same-origin", "none":
		return true
	}
	return (ctx.IsGet() || ctx.IsHead()) && string(h.Peek("Sec-Fetch-Mode")) == "navigate" && string(h.Peek("Sec-Fetch-Dest")) == "document"
}

// errGoesOn is told to who had the node do something that takes longer than anyone
// waits. It is not to be sent again: it would be done twice.
var errGoesOn = errors.New("there is no answer yet; it goes on; look at the message before doing it again")

// netRequest is a request as net/http has it. Its texts are copies: Fiber uses the
// buffers again. A body in gzip is left as it is, no browser sends one.
func netRequest(ctx context.Context, c *fasthttp.RequestCtx) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, string(c.Method()), string(c.RequestURI()), bytes.NewReader(bytes.Clone(c.Request.Body())))
	if err != nil {
		return nil, err
	}
	for name, value := range c.Request.Header.All() {
		r.Header.Add(string(name), string(value))
	}
	r.Host, r.RequestURI = string(c.Host()), string(c.RequestURI())
	r.TLS = c.TLSConnectionState()
	if c.RemoteAddr() != nil {
		r.RemoteAddr = c.RemoteAddr().String()
	}
	return r, nil
}

// pageAnswer gathers what a page writes.
type pageAnswer struct {
	server *Server
	header http.Header
	status int
	body   bytes.Buffer
	zipped []byte // the body in gzip, where the page had it so
}

func (a *pageAnswer) Header() http.Header { return a.header }

func (a *pageAnswer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *pageAnswer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

var _ io.StringWriter = (*pageAnswer)(nil)

func (a *pageAnswer) WriteString(text string) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.WriteString(text)
}

// WriteZipped is the whole body, in gzip: it goes out so, or as it was before, as the
// caller takes it.
func (a *pageAnswer) WriteZipped(text []byte) {
	a.WriteHeader(http.StatusOK)
	a.zipped = text
}

// Mend is told by a page what is wrong and ours to mend.
func (a *pageAnswer) Mend(err error) {
	a.server.log.Error("internal error", "error", ours(err))
}

// send answers with what was written, in gzip if that is worth it.
func (a *pageAnswer) send(c *fasthttp.RequestCtx) {
	a.WriteHeader(http.StatusOK)
	h := &c.Response.Header
	for name, values := range a.header {
		h.Del(name)
		for _, v := range values {
			h.Add(name, v)
		}
	}
	c.Response.SetStatusCode(a.status)
	body := a.body.Bytes()
	small := a.zipped != nil
	if small || a.header.Get("Content-Encoding") == "" && len(body) >= worthwhile && deflatable(a.header.Get("Content-Type")) {
		h.Add(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
		taken := gzipped(string(c.Request.Header.Peek(fiber.HeaderAcceptEncoding)))
		if taken {
			h.Set(fiber.HeaderContentEncoding, "gzip")
		}
		switch {
		case small && taken:
			body = a.zipped
		case small:
			body = a.unzipped()
		case taken:
			body = deflated(body)
		}
	}
	c.Response.SetBodyRaw(body)
}

// unzipped is the body as it was before the page had it in gzip.
func (a *pageAnswer) unzipped() []byte {
	r, err := gzip.NewReader(bytes.NewReader(a.zipped))
	if err == nil {
		var text []byte
		if text, err = io.ReadAll(r); err == nil {
			return text
		}
	}
	panic("api: " + err.Error()) // it is our own
}

// deflatable reports whether a type of content is a text: a zip is compressed
// already.
func deflatable(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "xml") || strings.Contains(kind, "yaml")
}

// faulty answers with a page that says what is wrong.
func (s *Server) faulty(ctx *fasthttp.RequestCtx, code int, err error) {
	message := ""
	if _, list := s.judge(err, readerLanguage(ctx)); list[0].Details != nil {
		message = *list[0].Details.Text
	}
	r, bad := netRequest(context.Background(), ctx)
	if bad != nil { // what came is hardly a request: answer as to the start page
		r, _ = http.NewRequest(http.MethodGet, "/", nil)
	}
	w := &pageAnswer{server: s, header: http.Header{}}
	s.pages.Fault(w, r, code, message)
	w.send(ctx)
}

// readerLanguage is the language of a page: as its address says, as the reader chose
// before, or as the browser asks; Danish where none does.
func readerLanguage(ctx *fasthttp.RequestCtx) string {
	for _, chosen := range [][]byte{ctx.QueryArgs().Peek("lang"), ctx.Request.Header.Cookie("lang")} {
		if c := string(chosen); c == "da" || c == "en" {
			return c
		}
	}
	return mapping.Language(string(ctx.Request.Header.Peek(fiber.HeaderAcceptLanguage)), "da")
}
