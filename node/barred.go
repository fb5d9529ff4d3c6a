package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping/exchange"
)

// The words of the audit for calls that a front refused.
const (
	callRefused  = "barred"
	callsRefused = "barred-more"
)

// Of each client, and of all whom nobody knows together, as many refusals in a
// while have a row of their own, and the rest of them one together: whoever knocks
// without end does not fill the disk.
const (
	barredRows  = 10
	barredWhile = time.Minute
)

// door counts the refusals of one client.
type door struct {
	tenant string
	since  time.Time // of the while that is counted
	rows   int
	more   int // that have no row yet
}

// doors are those of all clients, by their id; there are no more of them than the
// configurations had clients, and the one of nobody.
type doors struct {
	mu sync.Mutex
	of map[string]*door
}

// Refused implements exchange.Node. It returns when the row, where the refusal has
// one of its own, is durable.
func (n *Node) Refused(ctx context.Context, who exchange.Caller, r exchange.Refusal) error {
	who = n.caller(who)
	own, over := n.doors.refused(who.Name(), tenant(who.Client), n.options.Now())
	if over != nil {
		if err := n.tellMore(ctx, over); err != nil {
			return err
		}
	}
	if !own {
		return nil
	}
	a := auditOf(who)
	a.Request, a.Detail = r.Request, r.Route
	if r.Why != "" {
		a.Detail += ": " + r.Why
	}
	if sayable(a.Detail) != nil {
		a.Detail = ""
	}
	return later(n.journal.Remark(ctx, journal.Remark{Event: callRefused, Code: r.Code, Tenant: tenant(who.Client), Audit: a}))
}

// many is what is to be told of refusals that had no row.
type many struct {
	name, tenant string
	since        time.Time
	count        int
}

// refused counts a refusal, and reports whether it has a row of its own. Where the
// while is over, it returns what is to be told of it.
func (d *doors) refused(name, tenant string, now time.Time) (own bool, over *many) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of = map[string]*door{}
	}
	c := d.of[name]
	if c == nil {
		c = &door{tenant: tenant, since: now}
		d.of[name] = c
	}
	if c.over(now) {
		over = c.begin(name, now)
	}
	if c.rows < barredRows {
		c.rows++
		return true, over
	}
	c.more++
	return false, over
}

// over reports whether the while has passed; it has too where the clock was set
// back.
func (c *door) over(now time.Time) bool {
	passed := now.Sub(c.since)
	return passed >= barredWhile || passed < 0
}

// begin begins another while, and returns what is to be told of the one before.
func (c *door) begin(name string, now time.Time) (over *many) {
	if c.more > 0 {
		over = &many{name, c.tenant, c.since, c.more}
	}
	c.since, c.rows, c.more = now, 0, 0
	return over
}

// passed are the whiles that are over, or all of them.
func (d *doors) passed(now time.Time, all bool) (list []*many) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, c := range d.of {
		if !all && !c.over(now) {
			continue
		}
		if m := c.begin(name, now); m != nil {
			list = append(list, m)
		}
		delete(d.of, name)
	}
	return list
}

// tellBarred writes down what was counted and is over, or all of it.
func (n *Node) tellBarred(ctx context.Context, all bool) {
	for _, m := range n.doors.passed(n.options.Now(), all) {
		if err := n.tellMore(ctx, m); err != nil {
			n.options.Log.Error("refused calls cannot be written into the audit", "client", m.name, "calls", m.count)
		}
	}
}

func (n *Node) tellMore(ctx context.Context, m *many) error {
	a := journal.Audit{Actor: m.name, Detail: fmt.Sprintf("%d more calls were refused from %s on", m.count, m.since.UTC().Format(time.RFC3339))}
	return later(n.journal.Remark(ctx, journal.Remark{Event: callsRefused, Tenant: m.tenant, Audit: a}))
}
