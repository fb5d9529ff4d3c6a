package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/valyala/fasthttp/fasthttputil"

	"tolk/adapters/api"
	"tolk/mapping"
)

func workbenchCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "workbench [--data DIR]",
		Short: "Show the pages for people, on this machine alone",
		Long: `workbench answers with the pages for people: concepts and how they correspond,
translation leaf by leaf, and the reference of every rule. It writes the address to
stdout, and answers programs on this machine alone. Nothing pasted is stored.

With --data it is the operator's door to a node of the exchange that runs there, to
what tolk exchange does, erasing apart: the messages and why each is where it is,
dead letters to send again or take out, receivers. It must run as the account that the
node runs as. Since others may have accounts on the machine, the link that it writes has
a key in it: it opens once, for one browser, until the workbench is stopped. What you do
there stands in the node's audit in your name.

The link has a host of its own, a random name under .localhost, and answers to no other.
Chromium and Firefox know that it is this machine. For a browser that does not know it,
give an address with --listen: the link is then at that address. Mind what that costs:
a browser sends what opens the door at 127.0.0.1:8080 to every port of 127.0.0.1, also
to one where another account of the machine listens. Open no other page of this machine
in that browser meanwhile.`,
		Example: `  tolk workbench
  tolk workbench --data data
  tolk workbench --data data --listen 127.0.0.1:0`,
		Args: takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			origins, err := environment(cmd.Flags())
			if err != nil {
				return err
			}
			if origins["listen"] == "environment" { // it says where tolk serve answers
				s.listen = anyPort
			}
			if err := here(s.listen); err != nil {
				return err
			}
			own := s.data != "" && origins["listen"] != "flag"
			if s.data != "" && cmd.Flags().Changed("overrides") {
				return usageError("--overrides: the node at --data has its own; start tolk serve with them")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return s.workbench(ctx, own, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	p := cmd.Flags()
	p.StringVar(&s.listen, "listen", anyPort, "address to answer at, of this machine alone; port 0 takes a free one")
	p.StringVar(&s.data, "data", "", "folder of the journal of a node that runs; without it the pages know no exchange")
	overridesFlag(p, &s.overrides)
	return cmd
}

// anyPort is an address of this machine alone that nobody has.
const anyPort = "127.0.0.1:0"

// here refuses an address that other machines reach: who may come in there is not
// known.
func here(listen string) error {
	address, err := net.ResolveTCPAddr("tcp", listen)
	switch {
	case err != nil:
		return usageError("--listen: expected an address with a port, like 127.0.0.1:0")
	case !address.IP.IsLoopback():
		return usageError("--listen: other machines reach " + listen + "; expected an address of this machine alone, like 127.0.0.1:0")
	}
	return nil
}

// workbench answers until the context ends, with a host of its own where own says
// so.
func (s *settings) workbench(ctx context.Context, own bool, stdout, stderr io.Writer) error {
	behind, free, err := s.behind(ctx, stderr)
	if err != nil {
		return err
	}
	defer free()
	listeners, err := s.listeners(own)
	if err != nil {
		return &mapping.Error{Kind: mapping.NotFound, Path: "listen", Message: s.listen + " cannot be opened; another program may have it", Err: err}
	}
	d := newDoor(listeners[0].Addr().(*net.TCPAddr), behind, s.data != "", own)
	server := &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		defer l.Close()
		go func() { ended <- server.Serve(l) }()
	}
	if err := emit(stdout, []byte("open "+d.link()+"\n")); err != nil {
		server.Close()
		return err
	}
	w := words{to: stderr}
	if d.locked() {
		w.say("the link opens once, for one browser; what you do there stands in the audit in your name")
	}
	if own {
		w.hint("a browser that does not find the host: --listen 127.0.0.1:0, and see --help for what that costs")
	}
	w.hint("Ctrl-C ends it")
	select {
	case err := <-ended:
		return &mapping.Error{Kind: mapping.Exception, Path: "listen", Message: "the server ended by itself", Err: err}
	case <-ctx.Done():
	}
	late, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	if server.Shutdown(late) != nil {
		server.Close() // a browser that keeps asking
	}
	return nil
}

// listeners are what it answers at. A name under .localhost is both loopback
// addresses to a browser, and where one of them were free, another account could
// take it at our port and be sent the key: so both are taken, or neither.
func (s *settings) listeners(own bool) ([]net.Listener, error) {
	for range 20 { // the port that is free at one may be taken at the other
		first, err := net.Listen("tcp", s.listen)
		if err != nil {
			return nil, err
		}
		if !own {
			return []net.Listener{first}, nil
		}
		second, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(first.Addr().(*net.TCPAddr).Port)))
		switch {
		case err == nil:
			return []net.Listener{first, second}, nil
		case !errors.Is(err, syscall.EADDRINUSE): // there is no IPv6 here, for nobody
			return []net.Listener{first}, nil
		}
		first.Close()
	}
	return nil, syscall.EADDRINUSE
}

// behind returns what the pages are asked of: the node that runs in a folder, or
// one without an exchange that is made for it.
func (s *settings) behind(ctx context.Context, stderr io.Writer) (dial dialer, free func(), err error) {
	if s.data == "" {
		return s.alone(stderr)
	}
	c, err := dialSocket(ctx, s.data, operatorSocket)
	switch {
	case err == nil:
		c.Close()
	case errors.Is(err, syscall.EACCES):
		return nil, nil, &mapping.Error{Kind: mapping.Security, Path: s.data, Message: "a node runs there under another account; open the workbench as that account"}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, nil, &mapping.Error{Kind: mapping.NotFound, Path: s.data, Message: fmt.Sprintf("no node runs there; expected one, started with tolk serve --data %s", s.data)}
	default:
		return nil, nil, &mapping.Error{Kind: mapping.NotFound, Path: s.data, Message: "the node that runs there cannot be asked", Err: err}
	}
	return func(ctx context.Context) (net.Conn, error) { return dialSocket(ctx, s.data, operatorSocket) }, func() {}, nil
}

// alone makes the pages over the mappings that are built in, and those of
// --overrides, without an exchange.
func (s *settings) alone(stderr io.Writer) (dialer, func(), error) {
	log := slog.New(api.Redact(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	f, err := s.front(log)
	if err != nil {
		return nil, nil, err
	}
	config := f.answering()
	config.Pages = pagesOf(f.contents, f.built.version, nil)
	server, listener := api.New(config), fasthttputil.NewInmemoryListener()
	ended := make(chan struct{})
	go func() { defer close(ended); server.Serve(listener) }()
	spare()
	return func(context.Context) (net.Conn, error) { return listener.Dial() }, func() {
		late, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Shutdown(late)
		listener.Close()
		<-ended
	}, nil
}
