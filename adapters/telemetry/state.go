package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// patience is how long a scrape waits for the journal.
const patience = 2 * time.Second

// state is what is asked at each scrape.
type state struct {
	o                                        Options
	receivers                                *words
	ready, deliveries, oldest, body, unasked *prometheus.Desc
}

func newState(o Options, receivers *words) *state {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("tolk_"+name, help, labels, nil)
	}
	return &state{o: o, receivers: receivers,
		ready:      desc("ready", "Whether messages are accepted: 1, or 0."),
		deliveries: desc("deliveries", "Open deliveries.", "receiver", "state"),
		oldest:     desc("delivery_oldest_age_seconds", "How long ago the oldest of them last changed.", "receiver", "state"),
		body:       desc("oldest_body_age_seconds", "How long ago the oldest message was accepted that can still be read; 0 where there is none."),
		unasked:    desc("scrape_incomplete", "1 when the journal did not answer this scrape, and its metrics are missing in it."),
	}
}

// Describe implements prometheus.Collector.
func (s *state) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.ready, s.deliveries, s.oldest, s.body, s.unasked} {
		to <- d
	}
}

// Collect implements prometheus.Collector. What cannot be told is left out, and
// that it is left out is told.
func (s *state) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now, missing := s.o.Now(), 0.0
	if s.o.Ready != nil {
		ready := 1.0
		if s.o.Ready() != nil {
			ready = 0
		}
		gauge(s.ready, ready)
	}
	if s.o.Counts != nil {
		counts, err := s.o.Counts(ctx)
		if err != nil {
			missing = 1
			counts = nil
		}
		for _, c := range s.merged(counts) {
			gauge(s.deliveries, float64(c.Deliveries), c.Receiver, c.State)
			gauge(s.oldest, age(now, c.Oldest), c.Receiver, c.State)
		}
	}
	if s.o.OldestBody != nil {
		if at, err := s.o.OldestBody(ctx); err == nil {
			gauge(s.body, age(now, at))
		} else {
			missing = 1
		}
	}
	gauge(s.unasked, missing)
}

// merged adds up what has the same labels: two series of one name and labels
// would end the scrape.
func (s *state) merged(counts []Count) []Count {
	var list []Count
	at := map[[2]string]int{}
	for _, c := range counts {
		c.Receiver, c.State = s.receivers.of(c.Receiver), word(c.State)
		key := [2]string{c.Receiver, c.State}
		i, ok := at[key]
		if !ok {
			at[key] = len(list)
			list = append(list, c)
			continue
		}
		list[i].Deliveries += c.Deliveries
		if c.Oldest.Before(list[i].Oldest) {
			list[i].Oldest = c.Oldest
		}
	}
	return list
}

// age is how long ago t was: 0 for no time, and for one to come.
func age(now, t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(0, now.Sub(t).Seconds())
}
