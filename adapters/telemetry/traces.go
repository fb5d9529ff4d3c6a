package telemetry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Traces say where traces are sent. Without an endpoint none are made.
type Traces struct {
	Endpoint string            // the URL that spans are posted to: http://127.0.0.1:4318/v1/traces
	Headers  map[string]string // of each request, such as an authorization
	Service  string            // service.name; tolk
}

// tracer makes spans. The trace of a message has the message's identifier, and
// its first span, that of accepting it, is known from that too: so the spans of
// a message find each other across restarts, without anything being kept.
type tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	now      func() time.Time
}

func newTracer(o Options, lost prometheus.Counter) (*tracer, error) {
	to, err := newExporter(o, lost)
	if err != nil {
		return nil, err
	}
	service := o.Traces.Service
	if service == "" {
		service = "tolk"
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(to, sdk.WithExportTimeout(exportTime)),
		sdk.WithIDGenerator(identifiers{}),
		sdk.WithSampler(sdk.AlwaysSample()),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", service),
			attribute.String("service.version", o.Version))))
	return &tracer{provider: provider, tracer: provider.Tracer("tolk"), now: o.Now}, nil
}

// span makes one of an event that just ended.
func (t *tracer) span(e Event) {
	first, ok := origin(e.Message)
	if !ok {
		return
	}
	end := t.now()
	options := []trace.SpanStartOption{trace.WithTimestamp(end.Add(-e.Took)), trace.WithAttributes(attributes(e)...)}
	ctx := context.Background()
	if e.What == "accept" {
		ctx = context.WithValue(ctx, chosen{}, first)
		options = append(options, trace.WithSpanKind(trace.SpanKindConsumer))
		if caller, ok := parse(e.Trace); ok {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: caller}))
		}
	} else {
		ctx = trace.ContextWithRemoteSpanContext(ctx, first)
		if e.What == "send" {
			options = append(options, trace.WithSpanKind(trace.SpanKindProducer))
		}
	}
	_, span := t.tracer.Start(ctx, "message "+word(e.What), options...)
	if e.Class == "dead" || e.Class == "held" || e.Class == "retry" {
		span.SetStatus(codes.Error, word(e.Code))
	}
	span.End(trace.WithTimestamp(end))
}

func attributes(e Event) (list []attribute.KeyValue) {
	for _, a := range []struct{ name, value string }{
		{"tolk.message", e.Message}, {"tolk.receiver", word(e.Receiver)}, {"tolk.document", word(e.Document)},
		{"tolk.class", word(e.Class)}, {"tolk.code", word(e.Code)},
	} {
		if a.value != "" {
			list = append(list, attribute.String(a.name, a.value))
		}
	}
	if e.Bytes > 0 {
		list = append(list, attribute.Int("tolk.bytes", e.Bytes))
	}
	return list
}

// origin is the context of the first span of a message: its trace has the
// sixteen bytes of the message's UUID.
func origin(message string) (trace.SpanContext, bool) {
	id, err := trace.TraceIDFromHex(strings.ReplaceAll(message, "-", ""))
	if err != nil || len(message) != 36 {
		return trace.SpanContext{}, false
	}
	sum := sha256.Sum256([]byte(message))
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID(sum[:8]),
		TraceFlags: trace.FlagsSampled, Remote: true}), true
}

// Traceparent returns the header of that name (https://www.w3.org/TR/trace-context/)
// for what is sent on account of a message, empty for what is no message's
// identifier.
func Traceparent(message string) string {
	c, ok := origin(message)
	if !ok {
		return ""
	}
	return "00-" + c.TraceID().String() + "-" + c.SpanID().String() + "-01"
}

// parse reads a traceparent of any version, as far as version 00 goes.
func parse(header string) (trace.SpanContext, bool) {
	p := strings.SplitN(header, "-", 5)
	if len(p) < 4 || len(p[0]) != 2 || p[0] == "ff" || p[0] == "00" && len(p) != 4 || len(p[3]) != 2 {
		return trace.SpanContext{}, false
	}
	id, err := trace.TraceIDFromHex(p[1])
	if err != nil {
		return trace.SpanContext{}, false
	}
	span, err := trace.SpanIDFromHex(p[2])
	if err != nil {
		return trace.SpanContext{}, false
	}
	flags, err := hex.DecodeString(p[3])
	if err != nil {
		return trace.SpanContext{}, false
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span,
		TraceFlags: trace.TraceFlags(flags[0]) & trace.FlagsSampled, Remote: true}), true
}

// chosen is the key of the context that says which identifiers a first span has.
type chosen struct{}

// identifiers makes identifiers of spans. They need not be hard to guess.
type identifiers struct{}

// NewIDs implements sdk.IDGenerator.
func (i identifiers) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	if c, ok := ctx.Value(chosen{}).(trace.SpanContext); ok {
		return c.TraceID(), c.SpanID()
	}
	for n := 0; n < len(id); n += 8 {
		putRandom(id[n:])
	}
	return id, i.NewSpanID(ctx, id)
}

// NewSpanID implements sdk.IDGenerator.
func (identifiers) NewSpanID(context.Context, trace.TraceID) (span trace.SpanID) {
	putRandom(span[:])
	return span
}

// putRandom fills eight bytes, not all of them zero.
func putRandom(b []byte) {
	v := rand.Uint64() | 1
	for n := range 8 {
		b[n] = byte(v >> (8 * n))
	}
}
