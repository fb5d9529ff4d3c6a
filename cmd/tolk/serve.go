package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tolk/adapters/api"
	"tolk/mapping"
	"tolk/mapping/message"
	"tolk/mapping/receiver"
)

// lastAnswers is how long requests that run may take once the server is asked
// to stop.
const lastAnswers = 15 * time.Second

func serveCommand() *cobra.Command {
	var s settings
	var check bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP",
		Long: `serve answers HTTP: POST /v1/translate, POST /v1/check, the FHIR operations
ConceptMap/$translate, CodeSystem/$lookup and $process-message under /fhir,
/healthz and /readyz. Nothing has to be configured.

It answers its own machine only: no clients can be configured yet, so an address
that others reach is refused.

--package and --content bring code systems, value sets and concept maps of
others: FHIR packages (.tgz), folders of JSON, and for --content a folder of
those. A changed --content is in force after a second or two, without a request
dropped; one that is broken is refused as a whole and named in the log, and what
was in force stays. Their concept maps answer before the embedded ones.

Every setting may also stand in the environment: TOLK_LISTEN, TOLK_DATA,
TOLK_ORGANISATIONS, TOLK_PACKAGE (several as in a PATH), TOLK_CONTENT,
TOLK_RECEIVERS, TOLK_OWN. A flag goes before it. --check shows what is in force, does what
a start does except for opening the address, and ends.

--receivers reads what receivers demand of a document, beside the examples that
are built in; a table that is wrong refuses the start.

--data is for the journal of the exchange. Until there is an exchange nothing is
stored; the folder is made if it is missing, and a start is refused where it
cannot be written to.`,
		Example: `  tolk serve --listen 127.0.0.1:8080
  curl -d @record.json 'http://127.0.0.1:8080/v1/translate?from=ffb&to=fsiii&ledger=true'`,
		Args: takes(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			origins := environment(cmd.Flags())
			if err := s.verify(); err != nil {
				return err
			}
			core, err := wire(s.organisations)
			if err != nil {
				return err
			}
			if s.receivers != "" { // what is built in is read when it is asked for
				tables, err := loadReceivers(core.terms, s.receivers)
				if err != nil {
					return err
				}
				core.receivers = func() (*receiver.Tables, error) { return tables, nil }
			}
			built := builtFrom()
			log := slog.New(api.Redact(slog.NewJSONHandler(cmd.ErrOrStderr(), nil)))
			if check {
				log = slog.New(slog.DiscardHandler)
			}
			store, err := newStore(core, &s, built.version, log)
			if err != nil {
				return err
			}
			if check {
				return emit(cmd.OutOrStdout(), s.effective(origins))
			}
			ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			own, _ := ownParty(s.own) // which verify has read
			return serve(ctx, s.listen, store, own, built, cmd.OutOrStdout(), log)
		},
	}
	s.flags(cmd.Flags())
	cmd.Flags().BoolVar(&check, "check", false, "show the settings in force, verify them, and end")
	return cmd
}

// serve answers HTTP at the address until the context ends. It writes the
// address to stdout when it listens; its log has nothing of a document.
func serve(ctx context.Context, listen string, contents *store, own message.Party, built build, stdout io.Writer, log *slog.Logger) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return &mapping.Error{Kind: mapping.NotFound, Path: "listen", Message: listen + " cannot be opened; another program may have it", Err: err}
	}
	spare()
	server := api.New(api.Config{
		Content:  contents.current.Load,
		Open:     openEnvelope,
		Enclose:  enclosing,
		Own:      own,
		Log:      log,
		Version:  built.version,
		Released: built.released,
	})
	fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr())
	log.Info("listening", "address", listener.Addr().String(), "version", built.version,
		"content", contents.current.Load().Tag, "packages", contents.first)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	if contents.folder != "" {
		go contents.watch(watching, look)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return &mapping.Error{Kind: mapping.Exception, Path: "listen", Message: "the server ended by itself", Err: err}
	case <-ctx.Done():
	}
	late, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	err = server.Shutdown(late)
	listener.Close() // of a server that was stopped before it began
	if err != nil {
		log.Warn("stopped with requests unanswered")
		return nil
	}
	<-ended
	log.Info("stopped")
	return nil
}
