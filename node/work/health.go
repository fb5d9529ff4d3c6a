package work

import (
	"context"
	"maps"
	"slices"

	"tolk/adapters/journal"
	"tolk/mapping/exchange"
)

// Where a receiver is.
const (
	up   = "up"
	down = "down"
	gone = "gone"
)

func (w *Work) health(ctx context.Context) ([]exchange.Health, error) {
	counts, err := w.journal.Counts(ctx)
	if err != nil {
		return nil, err
	}
	c := w.o.Config()
	all := map[string]*exchange.Health{}
	for i := range c.Receivers {
		r := &c.Receivers[i]
		h := &exchange.Health{Receiver: r.Name, Channel: r.Channel(), State: up, Open: map[string]int{}}
		if s := w.station(r.Name); s != nil && s.sender != nil {
			if is, _, until := s.gate.down(); is {
				h.State, h.Retry = down, until
			}
		}
		all[r.Name] = h
	}
	for _, n := range counts {
		h := all[n.Destination]
		if h == nil {
			h = &exchange.Health{Receiver: n.Destination, State: gone, Open: map[string]int{}}
			all[n.Destination] = h
		}
		h.Open[n.State.String()] += int(n.Deliveries)
		if n.State != journal.Dead && n.State != journal.Held && (h.Oldest.IsZero() || n.Oldest.Before(h.Oldest)) {
			h.Oldest = n.Oldest
		}
	}
	list := make([]exchange.Health, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, *all[name])
	}
	return list, nil
}
