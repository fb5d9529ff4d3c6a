// Package api is the front door over HTTP: the translation of documents, the
// terminology operations of FHIR R4, and what an operator needs to see that the
// gateway is up. Handlers are thin: they read the request strictly, ask the
// core and write the answer. Nothing that a caller sent is kept after the
// answer, and nothing of it is ever logged.
package api

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping/message"
)

// Config is what the server needs of the rest of the program.
type Config struct {
	// Content returns the content in force, nil while there is none. It is asked
	// once per request.
	Content func() *Content
	// Log gets one line per request and one per bug; nil discards them. CPR
	// numbers are redacted whatever handler stands behind it.
	Log *slog.Logger
	// Open opens a text that is a network envelope, whose message has at most most
	// bytes; it returns nil for a text that is none. Nil where none is opened.
	Open func(text string, most int) (*Opened, error)
	// Enclose returns what puts a translated document, in a form, into a network
	// envelope of a kind; an error where no such envelope is written. Nil where
	// none is.
	Enclose func(kind, form string) (Enclose, error)
	// Own is who answers a message that does not say whom it is for. Without it
	// such a message is refused, and not acknowledged.
	Own message.Party
	// Version and Released (a date, YYYY-MM-DD) are those of the program, for
	// the CapabilityStatement. An empty Released is the day of the start.
	Version, Released string
	Limits            Limits
}

// Limits bounds what one request may cost. The zero value of a field means its
// default.
type Limits struct {
	Body         int           // bytes of a body, also once inflated: 16 MiB
	Header       int           // bytes of the request line and all headers: 16 KiB
	Read         time.Duration // to receive a whole request: 30 s
	Write        time.Duration // to send the answer: 30 s
	Idle         time.Duration // between two requests on a connection: 60 s
	Budget       time.Duration // to translate a document: 10 s
	Connections  int           // at a time: 512
	Translations int           // at a time: four per processor
}

func (l Limits) withDefaults() Limits {
	l.Body = orDefault(l.Body, 16<<20)
	l.Header = orDefault(l.Header, 16<<10)
	l.Read = orDefault(l.Read, 30*time.Second)
	l.Write = orDefault(l.Write, 30*time.Second)
	l.Idle = orDefault(l.Idle, 60*time.Second)
	l.Budget = orDefault(l.Budget, 10*time.Second)
	l.Connections = orDefault(l.Connections, 512)
	l.Translations = orDefault(l.Translations, 4*runtime.GOMAXPROCS(0))
	return l
}

func orDefault[T int | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

// Server answers HTTP requests. It opens no address by itself: Serve takes a
// listener.
type Server struct {
	app      *fiber.App
	contents func() *Content // asked by content only
	open     func(text string, most int) (*Opened, error)
	enclose  func(kind, form string) (Enclose, error)
	own      message.Party
	log      *slog.Logger
	unrouted slog.Handler // the log of requests that no route is for
	limits   Limits
	slots    chan struct{} // one per translation that runs
	version  string
	released string
	served   []route // all of them, for the metadata
}

// New makes a server. It answers once Serve is called.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Released == "" {
		c.Released = time.Now().Format(time.DateOnly)
	}
	limits := c.Limits.withDefaults()
	s := &Server{
		contents: c.Content,
		open:     c.Open,
		enclose:  c.Enclose,
		own:      c.Own,
		log:      slog.New(Redact(c.Log.Handler())),
		limits:   limits,
		slots:    make(chan struct{}, limits.Translations),
		version:  c.Version,
		released: c.Released,
	}
	s.unrouted = s.routeLog("none")
	s.app = fiber.New(fiber.Config{
		// Fiber reuses its buffers. Without this one citizen's data can turn up
		// in another's answer.
		Immutable: true,
		// A client may write $translate as %24translate.
		UnescapePath:                 true,
		StrictRouting:                true,
		CaseSensitive:                true,
		BodyLimit:                    limits.Body,
		ReadBufferSize:               limits.Header,
		WriteBufferSize:              16 << 10, // nearly every answer goes out in one piece
		ReadTimeout:                  limits.Read,
		WriteTimeout:                 limits.Write,
		IdleTimeout:                  limits.Idle,
		Concurrency:                  limits.Connections,
		DisablePreParseMultipartForm: true,
		DisableStartupMessage:        true,
		ErrorHandler:                 s.fail,
	})
	s.routes()
	s.app.Server().Handler = s.edge(s.app.Server().Handler)
	s.app.Server().SecureErrorLogMessage = true
	return s
}

// route is one path with what may be done there.
type route struct {
	path    string
	methods []string
	handle  fiber.Handler
}

// routes is the table of everything the server answers to.
func (s *Server) routes() {
	get, post, both := []string{"GET"}, []string{"POST"}, []string{"GET", "POST"}
	for _, r := range []route{
		{translatePath, post, s.answers(s.translate)},
		{checkPath, post, s.answers(s.check)},
		{"/fhir/ConceptMap/$translate", both, s.answers(s.translateConcept)},
		{"/fhir/ConceptMap/:id/$translate", both, s.answers(s.translateConcept)},
		{"/fhir", post, s.answers(s.base)},
		{"/fhir/", post, s.answers(s.base)},
		{processPath, post, s.answers(s.processMessage)},
		{"/fhir/CodeSystem/$lookup", both, s.answers(s.lookup)},
		{"/fhir/CodeSystem/$subsumes", both, s.answers(s.subsumes)},
		{"/fhir/CodeSystem/:id/$subsumes", both, s.answers(s.subsumes)},
		{"/fhir/CodeSystem/$validate-code", both, s.answers(s.validateInCodeSystem)},
		{"/fhir/CodeSystem/:id/$validate-code", both, s.answers(s.validateInCodeSystem)},
		{"/fhir/ValueSet/$batch-validate-code", post, s.answers(s.validateBatch)},
		{"/fhir/ValueSet/$expand", both, s.answers(s.expand)},
		{"/fhir/ValueSet/:id/$expand", both, s.answers(s.expand)},
		{"/fhir/ValueSet/$validate-code", both, s.answers(s.validateInValueSet)},
		{"/fhir/ValueSet/:id/$validate-code", both, s.answers(s.validateInValueSet)},
		{"/fhir/metadata", get, s.answers(s.capabilities)},
		{"/fhir/$versions", get, s.answers(s.versions)},
		{"/healthz", get, s.healthy},
		{"/readyz", get, s.ready},
	} {
		s.register(r)
	}
	for _, kind := range readable { // after the operations: an id would take their place
		s.register(route{"/fhir/" + kind, get, s.answers(s.search(kind))})
		s.register(route{"/fhir/" + kind + "/:id", get, s.answers(s.read(kind))})
		s.register(route{"/fhir/" + kind + "/:id/_history/:vid", get, s.answers(s.read(kind))})
	}
	s.app.Use(func(*fiber.Ctx) error { return noRoute() })
}

// register adds a route. HEAD goes with GET, OPTIONS tells what is allowed, and
// every other method is refused with the same list.
func (s *Server) register(r route) {
	s.served = append(s.served, r)
	log := s.routeLog(r.path)
	named := func(handle fiber.Handler) fiber.Handler {
		return func(c *fiber.Ctx) error {
			c.Context().SetUserValue(routeKey, log)
			return handle(c)
		}
	}
	allow := ""
	for _, m := range r.methods {
		s.app.Add(m, r.path, named(r.handle))
		allow += m + ", "
		if m == fiber.MethodGet {
			s.app.Add(fiber.MethodHead, r.path, named(r.handle))
			allow += "HEAD, "
		}
	}
	allow += "OPTIONS"
	s.app.All(r.path, named(func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderAllow, allow)
		if c.Method() == fiber.MethodOptions {
			return noContent(c)
		}
		return wrongMethod(allow)
	}))
}

// Serve answers requests on the listener until Shutdown. It returns what ended
// it, nil after Shutdown.
func (s *Server) Serve(listener net.Listener) error { return s.app.Listener(listener) }

// Shutdown stops accepting, lets the requests that run be answered, and returns
// when they are or when the context ends.
func (s *Server) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }
