package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// most is how many different words a label may take before the rest are other.
const most = 400

// metrics are what is counted as it happens.
type metrics struct {
	messages, translations, sends, letters, alarms *prometheus.CounterVec

	accepting           prometheus.Histogram
	translating         *prometheus.HistogramVec
	sending             *prometheus.HistogramVec
	bytes               prometheus.Histogram
	lost                prometheus.Counter
	receivers, docs     *words
	classes, codes, any *words
}

func newMetrics(r *prometheus.Registry, o Options) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "tolk", Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, first, factor float64, n int) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Namespace: "tolk", Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(first, factor, n)}
	}
	m := &metrics{
		messages:     counter("messages_total", "Messages that were handed over, by what became of them.", "event", "document"),
		translations: counter("translations_total", "Translations for a receiver, by outcome.", "receiver", "document", "class"),
		sends:        counter("sends_total", "Attempts to send, by outcome and why.", "receiver", "class", "code"),
		letters:      counter("letters_total", "Letters fetched from mailboxes and taken.", "receiver", "event"),
		alarms:       counter("alarms_total", "Alarms that were raised.", "alarm", "receiver"),
		accepting:    prometheus.NewHistogram(histogram("accept_seconds", "How long a message took to be durable.", 0.0005, 2, 14)),
		translating: prometheus.NewHistogramVec(histogram("translate_seconds", "How long a translation took.", 0.00005, 4, 9),
			[]string{"document"}),
		sending: prometheus.NewHistogramVec(histogram("send_seconds", "How long an attempt to send took.", 0.004, 2, 14),
			[]string{"receiver"}),
		bytes: prometheus.NewHistogram(histogram("accepted_bytes", "How large accepted messages are.", 1024, 4, 8)),
		lost: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "tolk", Name: "spans_lost_total",
			Help: "Spans of traces that the collector did not take."}),
		receivers: newWords(), docs: newWords(), classes: newWords(), codes: newWords(), any: newWords(),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "tolk", Name: "build_info",
		Help: "The version that runs.", ConstLabels: prometheus.Labels{"version": word(o.Version)}})
	info.Set(1)
	r.MustRegister(m.messages, m.translations, m.sends, m.letters, m.alarms, m.accepting, m.translating, m.sending,
		m.bytes, m.lost, info, newState(o, m.receivers),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts an event. One of another name is a message's, under its name.
func (m *metrics) observe(e Event) {
	receiver, document, class := m.receivers.of(e.Receiver), m.docs.of(e.Document), m.classes.of(e.Class)
	switch e.What {
	case "translate":
		m.translations.WithLabelValues(receiver, document, class).Inc()
		m.translating.WithLabelValues(document).Observe(e.Took.Seconds())
	case "send":
		m.sends.WithLabelValues(receiver, class, m.codes.of(e.Code)).Inc()
		m.sending.WithLabelValues(receiver).Observe(e.Took.Seconds())
	case "fetch", "take":
		m.letters.WithLabelValues(receiver, e.What).Inc()
	case "alarm":
		m.alarms.WithLabelValues(class, receiver).Inc()
	default:
		m.messages.WithLabelValues(m.any.of(e.What), document).Inc()
		if e.What == "accept" {
			m.accepting.Observe(e.Took.Seconds())
			m.bytes.Observe(float64(e.Bytes))
		}
	}
}

// words keeps the values of a label few: what comes after so many others is
// "other".
type words struct {
	mu   sync.RWMutex
	seen map[string]struct{}
}

func newWords() *words { return &words{seen: map[string]struct{}{}} }

func (w *words) of(s string) string {
	w.mu.RLock()
	_, known := w.seen[s]
	w.mu.RUnlock()
	if known {
		return s
	}
	if word(s) != s {
		return word(s)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) >= most {
		return "other"
	}
	w.seen[s] = struct{}{}
	return s
}

// word returns s if it can be a word of the configuration, else "other": a label
// is not where a sentence or a citizen's number comes to stand.
func word(s string) string {
	digits := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '-': // also within a number: 250947-9989
		case c <= ' ' || c == 0x7f || c == 0xfffd:
			return "other"
		default:
			digits = 0
		}
		if digits == 10 {
			return "other"
		}
	}
	if len(s) > 100 {
		return "other"
	}
	return s
}
