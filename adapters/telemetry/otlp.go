package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"tolk/mapping"
)

const (
	exportTime = 10 * time.Second // of one request to the collector
	quiet      = time.Minute      // between two lines in the log about it
)

// exporter posts spans in the JSON of OTLP over HTTP
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp), which every collector
// takes. The exporter of the SDK would bring gRPC and ten megabytes along.
type exporter struct {
	endpoint string
	headers  map[string]string
	client   *http.Client
	lost     prometheus.Counter
	log      *slog.Logger
	now      func() time.Time
	said     atomic.Int64 // when a failure was last logged
}

func newExporter(o Options, lost prometheus.Counter) (*exporter, error) {
	u, err := url.Parse(o.Traces.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "OTEL_EXPORTER_OTLP_ENDPOINT",
			Message: "expected a URL of the collector such as http://127.0.0.1:4318"}
	}
	return &exporter{endpoint: u.String(), headers: o.Traces.Headers, lost: lost, log: o.Log, now: o.Now,
		client: &http.Client{Timeout: exportTime, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the collector is where the environment says
		}}}, nil
}

// ExportSpans implements sdk.SpanExporter. What the collector does not take is
// counted and lost: traces are no reason to keep memory or to wait.
func (x *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if why := x.post(ctx, spans); why != "" {
		x.lost.Add(float64(len(spans)))
		if last, now := x.said.Load(), x.now().UnixNano(); now-last > int64(quiet) && x.said.CompareAndSwap(last, now) {
			x.log.Warn("traces are lost", "why", why)
		}
	}
	return nil
}

// Shutdown implements sdk.SpanExporter.
func (x *exporter) Shutdown(context.Context) error {
	x.client.CloseIdleConnections()
	return nil
}

// post sends spans and says why they did not arrive, nothing when they did. It
// never quotes the collector.
func (x *exporter) post(ctx context.Context, spans []sdk.ReadOnlySpan) string {
	body, err := json.Marshal(request(spans))
	if err != nil {
		return "the spans cannot be written"
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, x.endpoint, bytes.NewReader(body))
	if err != nil {
		return "the endpoint is no URL"
	}
	for k, v := range x.headers {
		q.Header.Set(k, v)
	}
	q.Header.Set("Content-Type", "application/json")
	r, err := x.client.Do(q)
	if err != nil {
		return "the collector does not answer"
	}
	defer r.Body.Close()
	io.Copy(io.Discard, io.LimitReader(r.Body, 64<<10)) // so that the connection is used again
	if r.StatusCode/100 != 2 {
		return "the collector answered " + strconv.Itoa(r.StatusCode)
	}
	return ""
}

// The messages of OTLP that are used, as its JSON has them.
type (
	otlpRequest struct {
		ResourceSpans []otlpResourceSpans `json:"resourceSpans"`
	}
	otlpResourceSpans struct {
		Resource struct {
			Attributes []otlpAttribute `json:"attributes"`
		} `json:"resource"`
		ScopeSpans []otlpScopeSpans `json:"scopeSpans"`
	}
	otlpScopeSpans struct {
		Scope struct {
			Name string `json:"name"`
		} `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		Parent     string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Links      []otlpLink      `json:"links,omitempty"`
		Status     otlpStatus      `json:"status"`
	}
	otlpLink struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	otlpStatus struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String *string `json:"stringValue,omitempty"`
		Int    *string `json:"intValue,omitempty"` // 64 bits are text in its JSON
	}
)

func request(spans []sdk.ReadOnlySpan) otlpRequest {
	var all otlpResourceSpans
	var scope otlpScopeSpans
	scope.Scope.Name = "tolk"
	for i, s := range spans {
		if i == 0 {
			all.Resource.Attributes = otlpAttributes(s.Resource().Attributes())
		}
		scope.Spans = append(scope.Spans, otlpOf(s))
	}
	all.ScopeSpans = []otlpScopeSpans{scope}
	return otlpRequest{[]otlpResourceSpans{all}}
}

func otlpOf(s sdk.ReadOnlySpan) otlpSpan {
	out := otlpSpan{
		TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
		Name: s.Name(), Kind: int(s.SpanKind()), // the numbers are the same
		Start: nanoseconds(s.StartTime()), End: nanoseconds(s.EndTime()), Attributes: otlpAttributes(s.Attributes()),
	}
	if s.Parent().SpanID().IsValid() {
		out.Parent = s.Parent().SpanID().String()
	}
	for _, l := range s.Links() {
		out.Links = append(out.Links, otlpLink{l.SpanContext.TraceID().String(), l.SpanContext.SpanID().String()})
	}
	if s.Status().Code == codes.Error {
		out.Status = otlpStatus{2, s.Status().Description}
	}
	return out
}

func nanoseconds(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func otlpAttributes(list []attribute.KeyValue) (out []otlpAttribute) {
	for _, a := range list {
		text, v := a.Value.String(), otlpValue{}
		if a.Value.Type() == attribute.INT64 {
			v.Int = &text
		} else {
			v.String = &text
		}
		out = append(out, otlpAttribute{string(a.Key), v})
	}
	return out
}
