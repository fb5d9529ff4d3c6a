package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	messageID = "019c8b1e-0000-7000-8000-0123456789ab"
	caller    = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)

// collector is a collector of traces that answers with a status.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	bodies [][]byte
	header http.Header
}

func collecting(t *testing.T, status int) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		c.bodies, c.header = append(c.bodies, body), r.Header
		c.mu.Unlock()
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(c.Close)
	return c
}

func TestSpans(t *testing.T) {
	c := collecting(t, http.StatusOK)
	x := telemetry(t, Options{Version: "1.2.3", Traces: Traces{Endpoint: c.URL + "/v1/traces", Headers: map[string]string{"Authorization": "Bearer x"}}})
	x.Observe(Event{What: "accept", Document: "carecommunication", Message: messageID, Took: 2 * time.Second, Bytes: 2000, Trace: caller})
	x.Observe(Event{What: "send", Receiver: "laegehus", Class: "dead", Code: "http-422", Message: messageID, Took: time.Second})
	x.Observe(Event{What: "alarm", Class: "waiting"}) // of no message
	if err := x.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(c.bodies) != 1 || c.header.Get("Authorization") != "Bearer x" || c.header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %d requests with %v", len(c.bodies), c.header)
	}
	var q otlpRequest
	d := json.NewDecoder(bytes.NewReader(c.bodies[0]))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		t.Fatal(err)
	}
	spans := q.ResourceSpans[0].ScopeSpans[0].Spans
	if len(spans) != 2 {
		t.Fatalf("got %d spans, want 2", len(spans))
	}
	first, second := spans[0], spans[1]
	if got, want := first.TraceID, strings.ReplaceAll(messageID, "-", ""); got != want || second.TraceID != want {
		t.Errorf("trace: got %s and %s, want the message's %s", got, second.TraceID, want)
	}
	if got := Traceparent(messageID); got != "00-"+first.TraceID+"-"+first.SpanID+"-01" {
		t.Errorf("Traceparent: got %s, want that of the first span %s", got, first.SpanID)
	}
	if first.Parent != "" || second.Parent != first.SpanID {
		t.Errorf("parents: got %q and %q, want none and %s", first.Parent, second.Parent, first.SpanID)
	}
	if len(first.Links) != 1 || first.Links[0] != (otlpLink{caller[3:35], caller[36:52]}) {
		t.Errorf("links: got %v, want the caller", first.Links)
	}
	if first.Kind != 5 || second.Kind != 4 || first.Name != "message accept" {
		t.Errorf("got kinds %d, %d and name %s; want 5 (consumer), 4 (producer)", first.Kind, second.Kind, first.Name)
	}
	if first.Status.Code != 0 || second.Status != (otlpStatus{2, "http-422"}) {
		t.Errorf("status: got %v and %v", first.Status, second.Status)
	}
	if got, want := first.Start, nanoseconds(now.Add(-2*time.Second)); got != want || first.End != nanoseconds(now) {
		t.Errorf("times: got %s to %s, want %s to %s", got, first.End, want, nanoseconds(now))
	}
	for _, want := range []string{`{"key":"service.name","value":{"stringValue":"tolk"}}`, `{"key":"tolk.bytes","value":{"intValue":"2000"}}`,
		`{"key":"tolk.receiver","value":{"stringValue":"laegehus"}}`} {
		if !bytes.Contains(c.bodies[0], []byte(want)) {
			t.Errorf("no %s in %s", want, c.bodies[0])
		}
	}
}

// What is no word of the configuration is in no span.
func TestSpansNameNobody(t *testing.T) {
	c := collecting(t, http.StatusOK)
	x := telemetry(t, Options{Traces: Traces{Endpoint: c.URL}})
	x.Observe(Event{What: citizen, Receiver: citizen, Document: citizen, Class: "dead", Code: citizen, Message: messageID, Trace: citizen})
	x.Observe(Event{What: "send", Message: citizen})
	x.Close(t.Context())
	if len(c.bodies) != 1 || bytes.Contains(c.bodies[0], []byte(citizen)) {
		t.Errorf("got %d requests: %s", len(c.bodies), c.bodies)
	}
}

// A collector that is not there costs a line in the log and a count, and keeps
// nobody waiting.
func TestCollectorIsGone(t *testing.T) {
	for name, status := range map[string]int{"not there": 0, "full": http.StatusTooManyRequests, "elsewhere": http.StatusFound} {
		c := collecting(t, http.StatusOK)
		if status != 0 {
			c.Config.Handler = http.RedirectHandler("/elsewhere", status)
		} else {
			c.Close()
		}
		var log bytes.Buffer
		x := telemetry(t, Options{Traces: Traces{Endpoint: c.URL}, Log: slog.New(slog.NewJSONHandler(&log, nil))})
		for range 3 {
			x.Observe(Event{What: "accept", Message: messageID})
		}
		if err := x.Close(context.Background()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if text := scrape(t, x); !strings.Contains(text, "tolk_spans_lost_total 3\n") {
			t.Errorf("%s: the loss is not counted", name)
		}
		if got := strings.Count(log.String(), "traces are lost"); got != 1 {
			t.Errorf("%s: got %d lines, want 1: %s", name, got, log.String())
		}
	}
}

func TestEndpointIsURL(t *testing.T) {
	for _, bad := range []string{"127.0.0.1:4318", "ftp://a/b", "http://", "http://a b/"} {
		if _, err := New(Options{Traces: Traces{Endpoint: bad}}); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
}

func TestParse(t *testing.T) {
	for header, want := range map[string]bool{
		caller: true, "01-" + caller[3:] + "-more": true, "": false, citizen: false,
		caller + "-more": false, "ff-" + caller[3:]: false, "0-" + caller[3:]: false,
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01": false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x": false,
	} {
		if _, got := parse(header); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
	if got := Traceparent("no id"); got != "" {
		t.Errorf("Traceparent of no id: got %s", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(caller)
	f.Add("00--")
	f.Fuzz(func(t *testing.T, header string) {
		if c, ok := parse(header); ok && !c.IsValid() {
			t.Errorf("%q: an invalid context", header)
		}
	})
}
