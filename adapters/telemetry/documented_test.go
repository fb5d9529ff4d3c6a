package telemetry

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The metrics in doc/operations.md are those that are registered.
func TestDocumentedMetrics(t *testing.T) {
	m, err := New(Options{Version: "1.0",
		Counts: func(context.Context) ([]Count, error) {
			return []Count{{Receiver: "laegehus", State: "retry", Deliveries: 1, Oldest: time.Now()}}, nil
		},
		OldestBody: func(context.Context) (time.Time, error) { return time.Now(), nil },
		Ready:      func() error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"accept", "translate", "send", "fetch", "alarm"} {
		m.Observe(Event{What: what, Receiver: "laegehus", Document: "henvisning", Class: "delivered", Code: "http-200"})
	}
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| Metric | Labels | |\n|---|---|---|\n")
	rows := 0
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "tolk_") {
			continue // those of Go and of the process are theirs
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		slices.Sort(labels)
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.GetName(), strings.Join(labels, ", "), f.GetHelp())
		rows++
	}
	if rows < 15 {
		t.Errorf("%d metrics, want at least 15", rows)
	}
	const file = "../../doc/operations.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const open, closing = "<!-- metrics: TOLK_UPDATE=1 go test ./adapters/telemetry -run TestDocumentedMetrics -->\n", "<!-- /metrics -->"
	before, rest, ok := strings.Cut(string(text), open)
	_, after, ok2 := strings.Cut(rest, closing)
	if !ok || !ok2 {
		t.Fatal("doc/operations.md has no place for the metrics")
	}
	want := before + open + b.String() + closing + after
	if want == string(text) {
		return
	}
	if os.Getenv("TOLK_UPDATE") == "" {
		t.Fatal("the metrics in doc/operations.md are not those that are registered; TOLK_UPDATE=1 writes them")
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
