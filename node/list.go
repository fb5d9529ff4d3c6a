package node

import (
	"context"
	"slices"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
)

// eyes are what a caller may see of the exchange log, in the words of the
// journal; nil is everything. An error is for nobody. The caller is one of n.caller.
func (n *Node) eyes(who exchange.Caller) (*journal.Eyes, error) {
	switch {
	case who.Name() == "":
		return nil, fault(mapping.Security, "", "nobody may see where messages are; expected a client of the configuration")
	case who.Client == nil:
		return nil, nil
	}
	e := &journal.Eyes{Sender: who.Client.ID, Destinations: []string{}}
	if who.May(exchange.Log) == nil {
		e.Tenant = tenant(who.Client)
	}
	for _, r := range who.Config.Receivers {
		owner := who.Config.Client(r.Client)
		if owner != nil && (owner.ID == who.Client.ID || e.Tenant != "" && tenant(owner) == e.Tenant) {
			e.Destinations = append(e.Destinations, r.Name)
		}
	}
	return e, nil
}

// whole reports whether e sees a message with all its deliveries, and not only
// those to receivers of his own.
func whole(e *journal.Eyes, s journal.Summary) bool {
	return e == nil || s.Sender == e.Sender || e.Tenant != "" && s.Tenant == e.Tenant
}

// List implements exchange.Node. Who looks for a citizen is written down first.
func (n *Node) List(ctx context.Context, who exchange.Caller, f exchange.Filter) ([]exchange.Line, error) {
	who = n.caller(who)
	e, err := n.eyes(who)
	if err != nil {
		return nil, err
	}
	q, err := n.filter(ctx, f, e)
	if err != nil {
		return nil, err
	}
	if q.Patient != "" {
		if err := n.note(ctx, who, journal.Remark{Event: "search", Tenant: tenant(who.Client), Patient: q.Patient}); err != nil {
			return nil, err
		}
	}
	lines := []exchange.Line{}
	for {
		list, err := n.journal.List(ctx, q)
		if err != nil {
			return nil, later(err)
		}
		for _, s := range list {
			q.Before = s.Seq
			if line := lineOf(s, e); matches(line, f) {
				lines = append(lines, line)
			}
			if len(lines) == limitOf(f) {
				return lines, nil
			}
		}
		if len(list) < q.Limit {
			return lines, nil
		}
		if ctx.Err() != nil {
			return nil, later(ctx.Err())
		}
	}
}

// note writes a row of the audit for what a caller reads, and why if he says so,
// before he gets it.
func (n *Node) note(ctx context.Context, who exchange.Caller, r journal.Remark) error {
	if err := sayable(who.Why); err != nil {
		return err
	}
	r.Audit = auditOf(who)
	r.Audit.Detail = who.Why
	return later(n.journal.Remark(ctx, r))
}

// auditOf says who did something. What was agreed with a client holds for what it
// hands over: by what right it has what it fetches, the message itself says.
func auditOf(who exchange.Caller) journal.Audit { return journal.Audit{Actor: who.Name()} }

func limitOf(f exchange.Filter) int {
	if f.Limit == 0 {
		return 100
	}
	return f.Limit
}

// filter is f in the words of the journal.
func (n *Node) filter(ctx context.Context, f exchange.Filter, e *journal.Eyes) (journal.Filter, error) {
	q := journal.Filter{Sender: f.Sender, Channel: f.Channel, Document: f.Document, Destination: f.Receiver,
		From: f.From, To: f.To, Before: f.Before, Limit: limitOf(f), Eyes: e}
	if f.Limit < 0 || f.Limit > 1000 {
		return q, fault(mapping.Value, "limit", "expected 1 to 1000")
	}
	if f.Before < 0 {
		return q, fault(mapping.Value, "before", "expected the seq of the last line")
	}
	if f.State != "" {
		state, ok := journal.ParseState(f.State)
		if !ok {
			return q, fault(mapping.Value, "state", "expected waiting, retry, sending, dead, held, delivered or released")
		}
		q.State = &state
	}
	if f.Citizen != "" {
		if q.Patient = number(f.Citizen); q.Patient == "" {
			return q, fault(mapping.Value, "citizen", "expected a CPR, X-eCPR or D-eCPR number")
		}
		var err error
		if q.Tenants, err = n.tenants(ctx); err != nil {
			return q, err
		}
	}
	return q, nil
}

// lineOf is a line of the log as e may see it: the deliveries to others are not
// for the eyes of a receiver.
func lineOf(s journal.Summary, e *journal.Eyes) exchange.Line {
	line := exchange.Line{Seq: s.Seq, ID: s.ID, Accepted: s.Accepted, Sender: s.Sender, Document: s.Document, Channel: s.Channel,
		Route: s.Route, Version: s.Version, Erased: s.Erased, Deliveries: []exchange.Delivery{}}
	all := whole(e, s)
	for _, p := range s.States {
		if all || slices.Contains(e.Destinations, p.Destination) {
			line.Deliveries = append(line.Deliveries, deliveryOf(p))
		}
	}
	return line
}

func deliveryOf(p journal.Progress) exchange.Delivery {
	d := exchange.Delivery{ID: p.Delivery, Receiver: p.Destination, State: p.State.String(), Code: p.Code,
		Attempts: p.Attempts, Changed: p.Changed, Blocked: !p.First && !p.State.Final()}
	switch p.State {
	case journal.Retry:
		d.Next = p.At
	case journal.Sending: // the code in the journal is still that of the attempt before
		if d.Code = ""; p.Code == journal.InMailbox || p.Code == journal.NotTaken {
			d.Code = fetched
		}
	}
	d.Why = sentence(d.State, d.Code)
	return d
}

// matches reports whether what is left of a line is what was looked for.
func matches(line exchange.Line, f exchange.Filter) bool {
	if f.Receiver == "" && f.State == "" {
		return true
	}
	return slices.ContainsFunc(line.Deliveries, func(d exchange.Delivery) bool {
		return (f.Receiver == "" || d.Receiver == f.Receiver) && (f.State == "" || d.State == f.State)
	})
}
