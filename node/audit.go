package node

import (
	"context"
	"net/url"
	"os"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/auditevent"
	"tolk/mapping/exchange"
)

// Audit implements exchange.Node. That somebody read it stands in it before he
// gets it.
func (n *Node) Audit(ctx context.Context, who exchange.Caller, q exchange.AuditQuery) ([]byte, error) {
	who = n.caller(who)
	if who.Name() == "" {
		return nil, fault(mapping.Security, "", "nobody may read the audit; expected a client of the configuration")
	}
	if err := who.May(exchange.Examine); err != nil {
		return nil, err
	}
	t := journal.Trail{Message: q.Message, After: q.After, Limit: q.Limit}
	if who.Client != nil {
		t.Tenant = tenant(who.Client)
	}
	switch {
	case q.Limit < 0 || q.Limit > 1000:
		return nil, fault(mapping.Value, "limit", "expected 1 to 1000")
	case q.After < 0:
		return nil, fault(mapping.Value, "after", "expected the number of a row")
	case q.Citizen != "":
		if t.Patient = number(q.Citizen); t.Patient == "" {
			return nil, fault(mapping.Value, "citizen", "expected a CPR, X-eCPR or D-eCPR number")
		}
		if t.Tenant == "" {
			var err error
			if t.Tenants, err = n.tenants(ctx); err != nil {
				return nil, err
			}
		}
	}
	if q.Message != "" {
		if err := n.audited(ctx, who, q.Message); err != nil {
			return nil, err
		}
	}
	remark := journal.Remark{Event: "audit", Tenant: tenant(who.Client), Message: q.Message, Patient: t.Patient}
	if err := n.note(ctx, who, remark); err != nil {
		return nil, err
	}
	entries, err := n.journal.Audit(ctx, t)
	if err != nil {
		return nil, later(err)
	}
	if err := n.state(ctx, entries); err != nil {
		return nil, later(err)
	}
	rows := make([]auditevent.Row, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, rowOf(e, t.Patient))
	}
	return auditevent.Write(rows, n.name(), n.options.Now())
}

// state gives the rows of what became of a message, at the hands of its sender and
// its receivers, the statement that it was handed over with: that is by what right a
// receiver has what he fetched, and why. Others say why themselves.
func (n *Node) state(ctx context.Context, entries []journal.Entry) error {
	handed := map[string]journal.Audit{}
	for _, e := range entries {
		if e.Event == string(journal.Accepted) {
			handed[e.Message] = e.Audit
		}
	}
	for i := range entries {
		e := &entries[i]
		onTheWay := e.Event == "fetch" || e.Event == "attempt" || e.Event == "delivered" || e.Event == "read" && e.Audit.Detail == ""
		if !onTheWay || e.Message == "" || e.Audit.Purpose != "" || e.Audit.LegalBasis != "" {
			continue
		}
		a, known := handed[e.Message]
		if !known {
			first, err := n.journal.Audit(ctx, journal.Trail{Message: e.Message, Limit: 1})
			if err != nil {
				return err
			}
			if len(first) > 0 && first[0].Event == string(journal.Accepted) {
				a = first[0].Audit
			}
			handed[e.Message] = a
		}
		e.Audit.Purpose, e.Audit.LegalBasis, e.Audit.Capacity, e.Audit.Consent = a.Purpose, a.LegalBasis, a.Capacity, a.Consent
	}
	return nil
}

// audited refuses a message that is not there, or not of the caller's tenant.
func (n *Node) audited(ctx context.Context, who exchange.Caller, id string) error {
	l, err := n.journal.Life(ctx, id)
	switch {
	case is(err, journal.ErrNotFound), err == nil && who.Client != nil && l.Summary.Tenant != tenant(who.Client):
		return notFound("message")
	}
	return later(err)
}

// name is the node as its audit names it.
func (n *Node) name() auditevent.Node {
	node := auditevent.Node{Name: "tolk", Public: n.Config().Public}
	if u, err := url.Parse(node.Public); err == nil && u.Host != "" {
		node.Name = u.Host
	} else if host, err := os.Hostname(); err == nil && host != "" {
		node.Name = host
	}
	return node
}

// rowOf is a row of the journal as it is exported. The citizen's number is in it
// where it was asked for by that number, and the keyed hash elsewhere.
func rowOf(e journal.Entry, patient string) auditevent.Row {
	r := auditevent.Row{Seq: e.Seq, At: e.At, Event: eventOf(e.Event), Code: e.Code, Detail: e.Audit.Detail, Actor: e.Audit.Actor,
		Receiver: e.Destination, Message: e.Message, Maps: e.Audit.Maps, Pseudonym: e.Patient, Patient: patient,
		Statement: statementOf(e.Audit), Hash: e.Hash, Channel: e.Channel, Document: e.Document}
	switch {
	case r.Detail != "":
	case e.Event == "acknowledged" && e.Audit.Actor == self:
		r.Detail = toldSender(e.Code)
	default:
		r.Detail = sentence(e.Event, e.Code)
	}
	if e.Code == journal.InMailbox {
		r.Event = "ready" // it is where its receiver fetches it: nothing went wrong
	}
	if r.Actor == self {
		r.Actor = "" // the node by itself
	}
	return r
}

// Health implements exchange.Node. Who may not see the whole log sees the
// receivers that are his own.
func (n *Node) Health(ctx context.Context, who exchange.Caller) ([]exchange.Health, error) {
	who = n.caller(who)
	e, err := n.eyes(who)
	if err != nil {
		return nil, err
	}
	all, err := n.work.Health(ctx)
	if err != nil {
		return nil, later(err)
	}
	if e == nil || e.Tenant != "" {
		return all, nil
	}
	own := []exchange.Health{}
	for _, h := range all {
		for _, d := range e.Destinations {
			if h.Receiver == d {
				own = append(own, h)
			}
		}
	}
	return own, nil
}

// Shadow implements exchange.Node.
func (n *Node) Shadow(_ context.Context, who exchange.Caller) (*exchange.Shadowed, error) {
	who = n.caller(who)
	if who.Name() == "" {
		return nil, fault(mapping.Security, "", "nobody may see it; expected a client of the configuration")
	}
	if err := who.May(exchange.Log); err != nil {
		return nil, err
	}
	s := n.work.Shadow()
	if s == nil {
		return nil, fault(mapping.NotFound, "", "no candidate runs in the shadow; the node was started without one")
	}
	return s, nil
}
