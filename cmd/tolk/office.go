package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"tolk/adapters/api"
	"tolk/adapters/journal"
	"tolk/adapters/telemetry"
	"tolk/adapters/token"
	"tolk/mapping"
	"tolk/mapping/receiver"
	"tolk/mapping/rules"
	"tolk/node"
	"tolk/node/work"
)

// office is the exchange as this program runs it: a node, the configuration in
// force, and who may come in by it.
type office struct {
	settings  *settings
	log       *slog.Logger
	tables    func() (*receiver.Tables, error)
	node      *node.Node
	secret    []byte // seals access tokens
	force     atomic.Pointer[configured]
	authority atomic.Pointer[token.Authority] // nil for trying out
	public    func() string                   // what clients know the node by, where the configuration does not say
	files     []string                        // of the configuration, to be looked at
	hand      func(maps string) *work.Core    // what translates with a version of the mappings
}

// openOffice opens the journal and reads the configuration. Nothing runs yet.
func openOffice(ctx context.Context, s *settings, contents, candidate *store, meter *telemetry.Telemetry, log *slog.Logger) (*office, error) {
	o := &office{settings: s, log: log, tables: contents.core.receivers}
	c := trying()
	if s.config != "" {
		var err error
		if c, o.files, err = configure(s.config, o.tables); err != nil {
			return nil, err
		}
		if err := s.callable(c); err != nil {
			return nil, err
		}
	}
	keys, err := s.openKeys(log)
	if err != nil {
		return nil, err
	}
	if o.secret, err = keys.MAC(ctx, "\x00tokens", []byte("the secret of access tokens")); err != nil {
		return nil, err
	}
	o.force.Store(c)
	options := node.Options{Dir: s.data, Keys: keys, Config: c.Config, Core: contents.work, CoreOf: contents.workOf, Log: log,
		Observe: func(e work.Event) { meter.Observe(telemetry.Event(e)) }}
	if candidate != nil {
		options.Candidate = candidate.work
	}
	if o.node, err = node.Open(ctx, options); err != nil {
		return nil, err
	}
	o.hand = contents.workOf
	if err := o.settings.atHand(c, o.hand); err != nil {
		// A new program gives its mappings new versions, and must come up all the
		// same; on --check and when the file changes it is an error.
		log.Warn("a route demands mappings that are not at hand; what it takes is held", "error", fault(err))
	}
	return o, nil
}

// adopt puts a configuration in force: the node first, whose audit says so.
func (o *office) adopt(ctx context.Context, c *configured) error {
	if err := o.settings.callable(c); err != nil {
		return err
	}
	if err := o.settings.atHand(c, o.hand); err != nil {
		return err
	}
	authority, err := o.authorize(c)
	if err != nil {
		return err
	}
	if err := o.node.Reload(ctx, c.Config); err != nil {
		return err
	}
	o.force.Store(c)
	o.authority.Store(authority)
	return nil
}

// authorize makes who decides about the clients of a configuration.
func (o *office) authorize(c *configured) (*token.Authority, error) {
	public := c.Public
	if public == "" {
		public = o.public()
	}
	return token.New(token.Options{
		TokenURL: public + "/token", Used: o.node, Secrets: [][]byte{o.secret},
		Clients: func(id string) (*token.Client, bool) {
			one, ok := o.force.Load().clients[id]
			return one, ok
		},
	})
}

// open lets the clients in. Address is the URL where the node listens. It returns
// nil for a node for trying out, where nobody is asked who he is.
func (o *office) open(address string) (api.Access, error) {
	if o.settings.config == "" {
		return nil, nil
	}
	o.public = func() string { return address }
	authority, err := o.authorize(o.force.Load())
	if err != nil {
		return nil, err
	}
	o.authority.Store(authority)
	return access{authority: o.authority.Load, log: o.log, note: func(ctx context.Context, client, id string) error {
		return o.node.Journal().Remark(ctx, tokenGiven(client, id))
	}}, nil
}

// callable proves that clients can know where they call: on an address that other
// machines reach the configuration must say.
func (s *settings) callable(c *configured) error {
	if s.public() && c.Public == "" {
		return &mapping.Error{Kind: mapping.Required, Path: s.config + ": public",
			Message: "expected the URL that clients know the node by, as other machines reach it"}
	}
	return nil
}

// atHand proves that the mappings which routes demand are there.
func (s *settings) atHand(c *configured, hand func(maps string) *work.Core) error {
	for i, r := range c.Routes {
		if r.Maps != "" && hand(r.Maps) == nil {
			place := rules.Place(os.DirFS(filepath.Dir(s.config)), filepath.Base(s.config), fmt.Sprintf("$.routes[%d].maps", i))
			return &mapping.Error{Kind: mapping.NotFound, Path: filepath.Join(filepath.Dir(s.config), place),
				Message: "no mappings of this version are at hand; expected that in force, or one of --maps"}
		}
	}
	return nil
}

// stopped returns what stopped the journal, when it is. A disk that did not do
// what it was told is not asked again by the same process.
func (o *office) stopped(ctx context.Context, every time.Duration) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := o.node.Journal().Ready(); errors.Is(err, journal.ErrStopped) {
			return err
		}
	}
}

// openKeys opens the key file. For trying out one is made beside the data: where
// the data goes its keys do not go along.
func (s *settings) openKeys(log *slog.Logger) (*journal.KeyFile, error) {
	name := s.keys
	if name == "" {
		name = filepath.Clean(s.data) + ".keys.json"
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			if err := journal.InitKeys(name); err != nil {
				return nil, err
			}
			log.Warn("a key file was made for trying out; without it nothing in the data folder can be read", "keys", name)
		}
	}
	return journal.OpenKeys(name)
}

// observed returns what tells how the node is, once there is one.
func observed(built build, traces telemetry.Traces, o func() *office, log *slog.Logger) (*telemetry.Telemetry, error) {
	return telemetry.New(telemetry.Options{
		Version: built.version, Traces: traces, Log: log,
		Counts: func(ctx context.Context) ([]telemetry.Count, error) {
			if o() == nil {
				return nil, nil
			}
			counts, err := o().node.Journal().Counts(ctx)
			all := make([]telemetry.Count, len(counts))
			for i, c := range counts {
				all[i] = telemetry.Count{Receiver: c.Destination, State: c.State.String(), Deliveries: c.Deliveries, Oldest: c.Oldest}
			}
			return all, err
		},
		OldestBody: func(ctx context.Context) (time.Time, error) {
			if o() == nil {
				return time.Time{}, nil
			}
			return o().node.Journal().OldestBody(ctx)
		},
		Ready: func() error {
			if o() == nil {
				return nil
			}
			return o().node.Ready()
		},
	})
}

// tracing reads where traces go, from OpenTelemetry's own variables
// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
func tracing() telemetry.Traces {
	t := telemetry.Traces{Endpoint: os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), Service: os.Getenv("OTEL_SERVICE_NAME")}
	if base := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"); t.Endpoint == "" && base != "" {
		t.Endpoint = strings.TrimRight(base, "/") + "/v1/traces"
	}
	for pair := range strings.SplitSeq(os.Getenv("OTEL_EXPORTER_OTLP_HEADERS"), ",") {
		name, value, _ := strings.Cut(pair, "=")
		if text, err := url.PathUnescape(strings.TrimSpace(value)); err == nil && strings.TrimSpace(name) != "" {
			if t.Headers == nil {
				t.Headers = map[string]string{}
			}
			t.Headers[strings.TrimSpace(name)] = text
		}
	}
	return t
}
