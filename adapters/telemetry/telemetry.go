// Package telemetry tells those who run a node how it is: as metrics in
// Prometheus's text format, and as OpenTelemetry traces sent by OTLP over HTTP.
//
// Labels are words of the configuration and of the program, and bounded in
// number: a metric has nothing of a citizen and no identifier of a message. A
// trace has the identifier of its message, and nothing else of it.
package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Event is something that happened: what a node tells its observer.
type Event struct {
	What     string // accept, duplicate, conflict, refused, translate, send, fetch, take, alarm
	Receiver string
	Document string
	Class    string // of a send: delivered, retry, dead; of an alarm: which
	Code     string // why, in one word
	Took     time.Duration
	Bytes    int
	Message  string // its id; empty for what is not of one message
	Trace    string // a W3C traceparent, the caller's; anything else is not used
}

// Count is how many deliveries to a receiver are in a state.
type Count struct {
	Receiver, State string
	Deliveries      int64
	Oldest          time.Time // when the oldest of them last changed
}

// Options say what is told, and where. The functions are asked at each scrape,
// and may be nil.
type Options struct {
	Version    string
	Counts     func(ctx context.Context) ([]Count, error)
	OldestBody func(ctx context.Context) (time.Time, error)
	Ready      func() error
	Traces     Traces
	Log        *slog.Logger     // nil: nothing is said
	Now        func() time.Time // nil: time.Now
}

// Telemetry is what a node is observed by. Its methods may be called by many
// goroutines, and none of them waits for the network or the disk but ServeHTTP
// and Close.
type Telemetry struct {
	registry *prometheus.Registry
	scrape   http.Handler
	metrics  *metrics
	tracer   *tracer // nil: no traces
}

// New returns telemetry that has seen nothing. Returns an error for an endpoint
// of traces that is no URL of HTTP.
func New(o Options) (*Telemetry, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	registry := prometheus.NewRegistry()
	t := &Telemetry{registry: registry, metrics: newMetrics(registry, o), scrape: promhttp.HandlerFor(registry, promhttp.HandlerOpts{})}
	if o.Traces.Endpoint != "" {
		var err error
		if t.tracer, err = newTracer(o, t.metrics.lost); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Observe counts an event, and makes it a span of its message's trace.
func (t *Telemetry) Observe(e Event) {
	t.metrics.observe(e)
	if t.tracer != nil && e.Message != "" {
		t.tracer.span(e)
	}
}

// ServeHTTP answers with everything as it is now, in Prometheus's text format.
func (t *Telemetry) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.scrape.ServeHTTP(w, r) }

// Close sends what is left of the traces.
func (t *Telemetry) Close(ctx context.Context) error {
	if t.tracer == nil {
		return nil
	}
	return t.tracer.provider.Shutdown(ctx)
}
