package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const citizen = "2509479989"

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func scrape(t *testing.T, x *Telemetry) string {
	t.Helper()
	w := httptest.NewRecorder()
	x.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if kind := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Fatalf("got %d %s: %s", w.Code, kind, w.Body)
	}
	return w.Body.String()
}

func telemetry(t *testing.T, o Options) *Telemetry {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	x, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestEventsAreCounted(t *testing.T) {
	x := telemetry(t, Options{Version: "1.2.3"})
	for _, e := range []Event{
		{What: "accept", Document: "carecommunication", Took: 3 * time.Millisecond, Bytes: 2000, Message: "m"},
		{What: "accept", Document: "carecommunication", Took: time.Second, Bytes: 1 << 20},
		{What: "duplicate", Document: "carecommunication"},
		{What: "translate", Receiver: "laegehus", Document: "carecommunication", Class: "translated", Took: time.Millisecond},
		{What: "send", Receiver: "laegehus", Class: "retry", Code: "http-503", Took: 40 * time.Millisecond},
		{What: "fetch", Receiver: "post"}, {What: "take", Receiver: "post"},
		{What: "alarm", Receiver: "laegehus", Class: "waiting"},
	} {
		x.Observe(e)
	}
	text := scrape(t, x)
	for _, want := range []string{
		`tolk_build_info{version="1.2.3"} 1`,
		`tolk_messages_total{document="carecommunication",event="accept"} 2`,
		`tolk_messages_total{document="carecommunication",event="duplicate"} 1`,
		`tolk_accept_seconds_bucket{le="0.004"} 1`,
		`tolk_accept_seconds_count 2`,
		`tolk_accepted_bytes_bucket{le="4096"} 1`,
		`tolk_translations_total{class="translated",document="carecommunication",receiver="laegehus"} 1`,
		`tolk_translate_seconds_count{document="carecommunication"} 1`,
		`tolk_sends_total{class="retry",code="http-503",receiver="laegehus"} 1`,
		`tolk_send_seconds_count{receiver="laegehus"} 1`,
		`tolk_letters_total{event="fetch",receiver="post"} 1`,
		`tolk_letters_total{event="take",receiver="post"} 1`,
		`tolk_alarms_total{alarm="waiting",receiver="laegehus"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(text, want+"\n") && !strings.Contains(text, "\n"+want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// What somebody put where a word belongs comes to stand in no label.
func TestLabelsAreWords(t *testing.T) {
	x := telemetry(t, Options{})
	for _, s := range []string{citizen, "250947-9989", "cpr " + citizen, "Hr. Hansen har ringet", strings.Repeat("a", 101), "a\x00b", "\xff"} {
		x.Observe(Event{What: "send", Receiver: s, Class: s, Code: s})
		x.Observe(Event{What: s, Document: s})
		x.Observe(Event{What: "alarm", Class: s})
	}
	text := scrape(t, x)
	for _, not := range []string{citizen, "250947", "Hansen", "aaaaaaaa"} {
		if strings.Contains(text, not) {
			t.Errorf("%s stands in the metrics", not)
		}
	}
	if want := `tolk_sends_total{class="other",code="other",receiver="other"} 7`; !strings.Contains(text, want) {
		t.Errorf("no %s in\n%s", want, text)
	}
}

func TestLabelsAreBounded(t *testing.T) {
	x := telemetry(t, Options{})
	for i := range 3 * most {
		x.Observe(Event{What: "send", Receiver: fmt.Sprintf("r%d", i), Class: "delivered"})
	}
	if got := strings.Count(scrape(t, x), "\ntolk_sends_total{"); got != most+1 {
		t.Errorf("got %d series, want %d and other", got, most)
	}
}

func TestState(t *testing.T) {
	var broken error
	x := telemetry(t, Options{
		Counts: func(context.Context) ([]Count, error) {
			return []Count{
				{Receiver: "laegehus", State: "dead", Deliveries: 2, Oldest: now.Add(-time.Hour)},
				{Receiver: citizen, State: "retry", Deliveries: 1, Oldest: now.Add(-time.Minute)},
				{Receiver: "250947-9989", State: "retry", Deliveries: 3, Oldest: now.Add(-2 * time.Minute)},
			}, broken
		},
		OldestBody: func(context.Context) (time.Time, error) { return now.Add(-48 * time.Hour), broken },
		Ready:      func() error { return broken },
	})
	text := scrape(t, x)
	for _, want := range []string{
		"tolk_ready 1", `tolk_deliveries{receiver="laegehus",state="dead"} 2`, `tolk_deliveries{receiver="other",state="retry"} 4`,
		`tolk_delivery_oldest_age_seconds{receiver="laegehus",state="dead"} 3600`,
		`tolk_delivery_oldest_age_seconds{receiver="other",state="retry"} 120`,
		"tolk_oldest_body_age_seconds 172800", "tolk_scrape_incomplete 0",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	broken = errors.New("the disk is gone")
	text = scrape(t, x)
	if !strings.Contains(text, "tolk_ready 0\n") || !strings.Contains(text, "tolk_scrape_incomplete 1\n") || strings.Contains(text, "tolk_deliveries{") {
		t.Errorf("a journal that does not answer: got\n%s", text)
	}
}

// A node without a journal tells nothing of one.
func TestStateIsOptional(t *testing.T) {
	text := scrape(t, telemetry(t, Options{}))
	if strings.Contains(text, "tolk_ready") || !strings.Contains(text, "tolk_scrape_incomplete 0") {
		t.Errorf("got\n%s", text)
	}
}

func TestObserveIsConcurrent(t *testing.T) {
	x := telemetry(t, Options{})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 100 {
				x.Observe(Event{What: "send", Receiver: fmt.Sprint("r", (i+n)%10), Class: "delivered"})
			}
		})
	}
	scrape(t, x)
	all.Wait()
	if got := strings.Count(scrape(t, x), "\ntolk_sends_total{"); got != 10 {
		t.Errorf("got %d series, want 10", got)
	}
}

// Observing is on the way of every message.
func BenchmarkObserve(b *testing.B) {
	x, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		x.Observe(Event{What: "send", Receiver: "laegehus", Class: "delivered", Took: time.Millisecond, Message: "m"})
	}
}
