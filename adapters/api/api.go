// Package api is the front door over HTTP: the translation of documents, the
// terminology operations of FHIR R4, the exchange of messages, and what an
// operator needs to see that the gateway is up. Handlers are thin: they read the
// request strictly, ask the core or the node and write the answer. Nothing that a
// caller sent is kept here after the answer (what is handed over to be delivered,
// the node keeps), and nothing of it is ever logged.
package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"tolk/mapping/exchange"
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
	// Exchange keeps and delivers messages. Nil where nothing is kept: every caller
	// may then translate, and hand over nothing.
	Exchange exchange.Node
	// Access lets the clients of the exchange in. Nil on a node for trying out,
	// where every caller is the client Local of the configuration.
	Access Access
	// Operator names who is at the other end of a connection that nobody but the
	// operators of the machine can open, a socket in the data folder: every caller
	// is one of them, and none is asked for a token. Nil on every other address.
	Operator func(net.Conn) string
	// Proxied says that others reach the server through a proxy: that a request comes
	// from this machine then says nothing of who makes it.
	Proxied bool
	// Metrics answers GET /metrics. Nil where nothing is measured.
	Metrics http.Handler
	// Test runs worked examples. Nil where nobody does.
	Test Test
	// Pages are the pages for people. Nil where there are none.
	Pages Pages
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
	Polls        int           // that wait for a letter at a time, beside Connections: 128
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
	l.Polls = orDefault(l.Polls, 128)
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
	readings chan struct{} // one per large submission that is read
	proxied  bool
	exchange exchange.Node // nil for none
	entry    Access
	operator func(net.Conn) string
	metering func(*fiber.Ctx)
	test     Test
	polls    polls
	running  context.Context // until Shutdown, for what waits
	stop     context.CancelFunc
	version  string
	released string
	served   []route         // all of them, for the metadata
	pages    Pages           // nil for none
	paged    map[string]bool // the first part of the path of each page

	connections int           // at a time
	crowd       seldom        // the log of those beyond
	leaving     chan struct{} // one per connection that lingers
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
		readings: make(chan struct{}, max(limits.Translations/4, 1)),
		proxied:  c.Proxied,
		exchange: c.Exchange,
		entry:    c.Access,
		operator: c.Operator,
		metering: metering(c.Metrics),
		test:     c.Test,
		pages:    c.Pages,
		polls:    polls{most: limits.Polls},
		leaving:  make(chan struct{}, mostLingering),
		version:  c.Version,
		released: c.Released,
	}
	s.running, s.stop = context.WithCancel(context.Background())
	s.unrouted = s.routeLog("none")
	s.connections = limits.Connections
	if c.Exchange != nil {
		s.connections += limits.Polls // who waits for letters takes nobody's place
	}
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
		Concurrency:                  2 * s.connections, // crowded has the limit; a place is free a little before its worker
		DisablePreParseMultipartForm: true,
		DisableStartupMessage:        true,
		ErrorHandler:                 s.fail,
	})
	s.routes()
	s.app.Server().Handler = s.edge(s.app.Server().Handler)
	s.app.Server().HeaderReceived = s.bounds
	s.app.Server().ExpectHandler = s.expected
	s.app.Server().SecureErrorLogMessage = true
	return s
}

// route is one path with what may be done there, and by whom.
type route struct {
	path    string
	methods []string
	handle  fiber.Handler
	rights  []exchange.Right // one of them is needed; none: it is open to everybody
}

// routes is the table of everything the server answers to.
func (s *Server) routes() {
	get, post, both := []string{"GET"}, []string{"POST"}, []string{"GET", "POST"}
	translating, either := []exchange.Right{exchange.Translate}, []exchange.Right{exchange.Translate, exchange.Send}
	for _, r := range []route{
		{translatePath, post, s.answers(s.translate), translating},
		{checkPath, post, s.answers(s.check), translating},
		{testPath, post, s.answers(s.runTests), translating},
		{"/fhir/ConceptMap/$translate", both, s.answers(s.translateConcept), translating},
		{"/fhir/ConceptMap/:id/$translate", both, s.answers(s.translateConcept), translating},
		{"/fhir", post, s.answers(s.base), either},
		{"/fhir/", post, s.answers(s.base), either},
		{processPath, post, s.answers(s.processMessage), either},
		{"/fhir/CodeSystem/$lookup", both, s.answers(s.lookup), translating},
		{"/fhir/CodeSystem/$subsumes", both, s.answers(s.subsumes), translating},
		{"/fhir/CodeSystem/:id/$subsumes", both, s.answers(s.subsumes), translating},
		{"/fhir/CodeSystem/$validate-code", both, s.answers(s.validateInCodeSystem), translating},
		{"/fhir/CodeSystem/:id/$validate-code", both, s.answers(s.validateInCodeSystem), translating},
		{"/fhir/ValueSet/$batch-validate-code", post, s.answers(s.validateBatch), translating},
		{"/fhir/ValueSet/$expand", both, s.answers(s.expand), translating},
		{"/fhir/ValueSet/:id/$expand", both, s.answers(s.expand), translating},
		{"/fhir/ValueSet/$validate-code", both, s.answers(s.validateInValueSet), translating},
		{"/fhir/ValueSet/:id/$validate-code", both, s.answers(s.validateInValueSet), translating},
		{"/fhir/metadata", get, s.answers(s.capabilities), nil},
		{"/fhir/$versions", get, s.answers(s.versions), translating},
		{"/healthz", get, s.healthy, nil},
		{"/readyz", get, s.ready, nil},
	} {
		s.register(r)
	}
	for _, kind := range readable { // after the operations: an id would take their place
		s.register(route{"/fhir/" + kind, get, s.answers(s.search(kind)), translating})
		s.register(route{"/fhir/" + kind + "/:id", get, s.answers(s.read(kind)), translating})
		s.register(route{"/fhir/" + kind + "/:id/_history/:vid", get, s.answers(s.read(kind)), translating})
	}
	for _, r := range slices.Concat(s.entryRoutes(), s.exchangeRoutes(), openAPIRoutes(), s.pageRoutes()) {
		s.register(r)
	}
	s.app.Use(func(*fiber.Ctx) error { return noRoute() })
}

// register adds a route. HEAD goes with GET, OPTIONS tells what is allowed, and
// every other method is refused with the same list.
func (s *Server) register(r route) {
	s.served = append(s.served, r)
	log, handle := s.routeLog(r.path), s.guarded(r)
	named := func(handle fiber.Handler) fiber.Handler {
		return func(c *fiber.Ctx) error {
			c.Context().SetUserValue(routeKey, log)
			return handle(c)
		}
	}
	allow := ""
	for _, m := range r.methods {
		s.app.Add(m, r.path, named(handle))
		allow += m + ", "
		if m == fiber.MethodGet && r.path != mailboxPath { // fetching gives letters out
			s.app.Add(fiber.MethodHead, r.path, named(handle))
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
func (s *Server) Serve(listener net.Listener) error {
	return s.app.Listener(&crowded{Listener: listener, server: s, turned: make(chan struct{}, mostTurned)})
}

// Shutdown stops accepting, answers who waits for letters at once, lets the
// other requests that run be answered, and returns when they are or when the
// context ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	return s.app.ShutdownWithContext(ctx)
}
