package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tolk/adapters/api"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/message"
	"tolk/mapping/receiver"
)

// lastAnswers is how long requests that run may take once the server is asked
// to stop.
const lastAnswers = 8 * time.Second

func serveCommand() *cobra.Command {
	var s settings
	var check bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP",
		Long: `serve answers HTTP: POST /v1/translate, POST /v1/check, POST /v1/test (a zip of
fixtures, as tolk test runs them), the FHIR operations ConceptMap/$translate,
CodeSystem/$lookup and $process-message under /fhir, /healthz, /readyz and /metrics.
At / is the workbench, the pages for people: concepts, coverage, a translation leaf
by leaf, the reference. Nothing has to be configured.

With --data it is a node of the exchange too: what is handed over to /v1/exchange,
or to /fhir with async=true, is on the disk before it is answered, and is then
translated and delivered. --config has the clients, receivers and routes, and
--keys the keys of the journal. Without --config there is one client, whoever
calls, and a mailbox for each form, to try it out on this machine; an address that
others reach is refused then. A changed configuration is in force after a second or
two, or at once on SIGHUP; one that is wrong is refused as a whole and named in the
log, and what was in force stays. Operators speak to the node by tolk exchange and
tolk audit, over sockets in the data folder.

--package and --content bring code systems, value sets and concept maps of
others: FHIR packages (.tgz), folders of JSON, and for --content a folder of
those. A changed --content is in force after a second or two, without a request
dropped; one that is broken is refused as a whole and named in the log, and what
was in force stays. Their concept maps answer before the embedded ones.
--candidate is such a folder whose mappings run beside those in force, on what
really comes, and deliver nothing: tolk exchange shadow tells the differences.

--overrides takes a site's own rows and rules, each with the one that it replaces and
why; they stand over the embedded maps and are shown with every answer that rests on
them. A changed folder is in force as a changed --content is. tolk lint checks it.

--receivers reads what receivers demand of a document, beside the examples that
are built in; a table that is wrong refuses the start.

Every setting may also stand in the environment, as TOLK_ and its name in capitals,
with _ for -: TOLK_LISTEN, TOLK_DATA, TOLK_TLS_CERT (--package and --maps several, as
in a PATH). A flag goes before it. A variable that is nearly one of them is refused:
what it says would be overlooked. Traces are sent where OpenTelemetry's own
OTEL_EXPORTER_OTLP_ENDPOINT says, and nowhere without it. --check shows what is in
force, proves everything that a start does, and ends.`,
		Example: `  tolk serve --listen 127.0.0.1:8080
  curl -d @record.json 'http://127.0.0.1:8080/v1/translate?from=ffb&to=fsiii&ledger=true'`,
		Args: takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			origins, err := environment(cmd.Flags())
			if err != nil {
				return err
			}
			if err := s.verify(); err != nil {
				return err
			}
			log := slog.New(api.Redact(slog.NewJSONHandler(cmd.ErrOrStderr(), nil)))
			if check {
				log = slog.New(slog.DiscardHandler)
			}
			s.loading = words{to: cmd.ErrOrStderr()}.reading("loading packages", append(s.packages, s.content)...)
			f, err := s.front(log)
			s.loading.clear()
			if err != nil {
				return err
			}
			if check {
				if err := s.prove(cmd.Context(), f); err != nil {
					return err
				}
				return emit(cmd.OutOrStdout(), s.effective(origins))
			}
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return f.serve(ctx, cmd.OutOrStdout())
		},
	}
	s.flags(cmd.Flags())
	cmd.Flags().BoolVar(&check, "check", false, "show the settings in force, verify them, and end")
	return cmd
}

// front is what answers, and what it needs.
type front struct {
	settings  *settings
	contents  *store
	candidate *store // nil for none
	own       message.Party
	tls       *tls.Config // nil for none
	built     build
	log       *slog.Logger
}

// front reads everything that there is to read before something is opened.
func (s *settings) front(log *slog.Logger) (*front, error) {
	core, err := wireOver(s.overrides, s.organisations)
	if err != nil {
		return nil, err
	}
	if s.receivers != "" { // what is built in is read when it is asked for
		tables, err := loadReceivers(core.terms, s.receivers)
		if err != nil {
			return nil, err
		}
		core.receivers = func() (*receiver.Tables, error) { return tables, nil }
	}
	f := &front{settings: s, built: builtFrom(), log: log}
	if f.contents, err = newStore(core, s, f.built.version, log); err != nil {
		return nil, err
	}
	if err := f.contents.pin(s.maps); err != nil {
		return nil, err
	}
	if s.candidate != "" {
		if f.candidate, err = f.contents.beside(s.candidate); err != nil {
			return nil, err
		}
	}
	if f.tls, err = s.secure(log); err != nil {
		return nil, err
	}
	f.own, err = ownParty(s.own)
	return f, err
}

// prove proves what is read when the exchange is opened, and opens nothing.
func (s *settings) prove(ctx context.Context, f *front) error {
	if s.config != "" {
		c, _, err := configure(s.config, f.contents.core.receivers)
		if err != nil {
			return err
		}
		if err := s.callable(c); err != nil {
			return err
		}
		if err := s.atHand(c, f.contents.workOf); err != nil {
			return err
		}
	}
	if s.data == "" || s.keys == "" {
		return nil
	}
	keys, err := journal.OpenKeys(s.keys)
	if err != nil {
		return err
	}
	if err := journal.Prove(ctx, s.data, keys); err != nil {
		return named(inWordsOf(err), s.data)
	}
	return nil
}

// serve answers HTTP until the context ends, or until the disk does not do what it
// is told. It writes the address to stdout when it listens; its log has nothing of
// a document.
func (f *front) serve(ctx context.Context, stdout io.Writer) (err error) {
	var o *office
	meter, err := observed(f.built, tracing(), func() *office { return o }, f.log)
	if err != nil {
		return err
	}
	defer func() {
		late, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		meter.Close(late)
	}()
	if f.settings.data != "" {
		if o, err = openOffice(ctx, f.settings, f.contents, f.candidate, meter, f.log); err != nil {
			return err
		}
		defer func() {
			if closing := o.node.Close(); err == nil {
				err = closing
			}
		}()
	}
	listener, address, err := f.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	config := f.answering()
	config.Metrics = meter
	if o != nil {
		config.Exchange = o.node
		if config.Access, err = o.open(address); err != nil {
			return err
		}
	}
	config.Pages = pagesOf(f.contents, f.built.version, config.Exchange)
	spare()
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var rest parts
	f.begin(running, &rest, o, config, stop)
	rest.serve(api.New(config), listener, stop)
	fmt.Fprintf(stdout, "listening on %s\n", address)
	f.log.Info("listening", "address", listener.Addr().String(), "version", f.built.version,
		"content", f.contents.current.Load().Tag, "packages", f.contents.first, "overrides", f.contents.wired.Load().overlay.named(), "exchange", o != nil)
	<-running.Done()
	rest.end(f.log)
	if cause := context.Cause(running); cause != nil && ctx.Err() == nil {
		return cause
	}
	f.log.Info("stopped")
	return nil
}

// listen opens the address, and returns it as a URL.
func (f *front) listen() (net.Listener, string, error) {
	l, err := net.Listen("tcp", f.settings.listen)
	if err != nil {
		return nil, "", &mapping.Error{Kind: mapping.NotFound, Path: "listen", Message: f.settings.listen + " cannot be opened; another program may have it", Err: err}
	}
	if f.tls == nil {
		return l, "http://" + l.Addr().String(), nil
	}
	return tls.NewListener(l, f.tls), "https://" + l.Addr().String(), nil
}

// answering is what the servers of a front have in common.
func (f *front) answering() api.Config {
	return api.Config{
		Content:  f.contents.current.Load,
		Open:     openEnvelope,
		Enclose:  enclosing,
		Test:     testArchive,
		Own:      f.own,
		Log:      f.log,
		Proxied:  f.settings.behindProxy,
		Version:  f.built.version,
		Released: f.built.released,
	}
}

// begin starts what runs beside the server: what looks at files, and of a node of
// the exchange its work and its sockets.
func (f *front) begin(ctx context.Context, rest *parts, o *office, config api.Config, stop context.CancelCauseFunc) {
	for _, s := range []*store{f.contents, f.candidate} {
		if s != nil && s.watches() {
			rest.run(func() { s.watch(ctx, look) })
		}
	}
	if o == nil {
		return
	}
	config.Access, config.Operator = nil, peer
	for name, server := range map[string]answerer{operatorSocket: api.New(config), controlSocket: httpServer{control(o.node.Journal())}} {
		l, err := listenSocket(f.settings.data, name)
		if err != nil { // some systems allow short paths only; messages are none the worse for it
			f.log.Warn("operators cannot reach this node while it runs", "error", fault(err))
			continue
		}
		rest.serve(server, l, stop)
	}
	if f.settings.config != "" {
		told := make(chan os.Signal, 1)
		if len(hangup) > 0 { // none means all of them
			signal.Notify(told, hangup...)
		}
		rest.run(func() { defer signal.Stop(told); o.follow(ctx, look, told) })
	}
	rest.run(func() {
		if err := o.stopped(ctx, look); err != nil {
			f.log.Error("the journal stopped; the node ends, and finds what is really there when it is started again")
			stop(inWordsOf(err))
		}
	})
	rest.run(func() {
		if err := o.node.Run(ctx); err != nil && ctx.Err() == nil {
			f.log.Error("the exchange stopped", "error", fault(err))
			stop(inWordsOf(err))
		}
	})
}

// answerer is a server of one listener.
type answerer interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}

// httpServer is net/http's, which says as an error that it was stopped.
type httpServer struct{ *http.Server }

func (s httpServer) Serve(l net.Listener) error {
	if err := s.Server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// parts are what runs until the program ends.
type parts struct {
	all     sync.WaitGroup
	servers []answerer
	open    []net.Listener
}

// run runs something that ends with the context.
func (p *parts) run(do func()) { p.all.Go(do) }

// serve runs a server, and stops everything if it ends by itself.
func (p *parts) serve(s answerer, l net.Listener, stop context.CancelCauseFunc) {
	p.servers, p.open = append(p.servers, s), append(p.open, l)
	p.all.Go(func() {
		if err := s.Serve(l); err != nil {
			stop(&mapping.Error{Kind: mapping.Exception, Path: "listen", Message: "the server ended by itself", Err: err})
		}
	})
}

// end stops the servers and returns when everything has ended: what runs is
// answered, and what is sent is sent, in the time that there is.
func (p *parts) end(log *slog.Logger) {
	late, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	var stopping sync.WaitGroup
	for i, s := range p.servers {
		stopping.Go(func() {
			if err := s.Shutdown(late); err != nil {
				log.Warn("stopped with requests unanswered")
			}
			p.open[i].Close() // of a server that was stopped before it began
		})
	}
	stopping.Wait()
	ended := make(chan struct{})
	go func() { p.all.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-late.Done():
	}
}
