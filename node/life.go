package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tolk/adapters/journal"
	"tolk/mapping/exchange"
)

// seen is a message that a caller may see, with what the journal knows of it.
type seen struct {
	journal.Life
	object exchange.Object
	eyes   *journal.Eyes
	whole  bool // he sees all its deliveries
}

// see returns a message that a caller may see; anything else is not found.
func (n *Node) see(ctx context.Context, who exchange.Caller, id string) (*seen, error) {
	who = n.caller(who)
	e, err := n.eyes(who)
	if err != nil {
		return nil, err
	}
	l, err := n.journal.Life(ctx, id)
	switch {
	case is(err, journal.ErrNotFound):
		return nil, notFound("message")
	case err != nil:
		return nil, later(err)
	}
	s := &seen{Life: l, object: objectOf(l.Summary), eyes: e}
	if r := who.Config.Route(l.Summary.Route); r != nil {
		s.object.Residue = r.Residue
	}
	if s.whole = whole(e, l.Summary); !s.whole && !slices.ContainsFunc(s.object.Receivers, s.own) {
		return nil, notFound("message")
	}
	return s, who.Sees(s.object)
}

// own reports whether a receiver is one of the caller's.
func (s *seen) own(receiver string) bool {
	return s.eyes != nil && slices.Contains(s.eyes.Destinations, receiver)
}

// shows reports whether the caller may see what concerns a receiver.
func (s *seen) shows(receiver string) bool { return s.whole || s.own(receiver) }

func objectOf(s journal.Summary) exchange.Object {
	o := exchange.Object{Sender: s.Sender, Tenant: s.Tenant}
	for _, p := range s.States {
		o.Receivers = append(o.Receivers, p.Destination)
	}
	return o
}

// Life implements exchange.Node. A receiver sees what concerns it, and nothing of
// the other receivers of a message.
func (n *Node) Life(ctx context.Context, who exchange.Caller, id string) (*exchange.Life, error) {
	who = n.caller(who)
	s, err := n.see(ctx, who, id)
	if err != nil {
		return nil, err
	}
	l := &exchange.Life{Line: lineOf(s.Summary, s.eyes), Correlation: s.Envelope.Correlation, Parts: s.parts(who), Steps: s.steps(who)}
	for i := range l.Deliveries {
		l.Deliveries[i].Why = s.whyNow(l.Deliveries[i])
	}
	if s.Damaged && s.whole {
		l.Why = "what is stored of the message is not as it was written, and cannot be shown; what is here is what stands beside it"
	} else if s.whole {
		l.Why = s.Envelope.Route.Why
	}
	if s.whole {
		l.AnsweredBy = s.AnsweredBy
		if len(s.Answers) > 0 {
			l.Answers = s.Answers[0]
		}
	}
	return l, nil
}

// whyNow is why a delivery is where it is: the words of its last attempt, or the
// sentence for its code.
func (s *seen) whyNow(d exchange.Delivery) string {
	for _, t := range slices.Backward(s.Tries) {
		if t.Delivery == d.ID && t.State.String() == d.State && t.Reason.Code == d.Code && t.Reason.Text != "" {
			return t.Reason.Text
		}
	}
	return d.Why
}

// steps is what happened, in order, as far as the caller may see it.
func (s *seen) steps(who exchange.Caller) []exchange.Step {
	receiver := map[int64]string{}
	for _, p := range s.Summary.States {
		receiver[p.Delivery] = p.Destination
	}
	steps := []exchange.Step{}
	for _, t := range s.Tries {
		if t.Number > 0 && s.shows(receiver[t.Delivery]) {
			steps = append(steps, exchange.Step{At: t.Started, What: "attempt", Receiver: receiver[t.Delivery], Why: sentence("attempt", "")})
		}
	}
	for i, e := range s.Audit {
		if s.Omitted > 0 && i == len(s.Audit)/2 {
			steps = append(steps, exchange.Step{At: e.At, What: "omitted", Why: fmt.Sprintf("%d more steps stand in the audit of this message", s.Omitted)})
		}
		switch {
		case e.Destination != "" && !s.shows(e.Destination):
		case e.Destination == "" && !s.whole && e.Event != "accepted" && e.Audit.Actor != who.Name():
		default:
			steps = append(steps, s.step(e))
		}
	}
	slices.SortStableFunc(steps, func(a, b exchange.Step) int { return cmp.Or(a.At.Compare(b.At), rank(a)-rank(b)) })
	return steps
}

// rank keeps what follows from another thing behind it where both happened in one
// moment.
func rank(s exchange.Step) int {
	switch s.What {
	case "accept":
		return 0
	case "attempt":
		return 1
	}
	return 2
}

// step is a row of the audit in words.
func (s *seen) step(e journal.Entry) exchange.Step {
	step := exchange.Step{At: e.At, What: eventOf(e.Event), Receiver: e.Destination, Who: e.Audit.Actor, Code: e.Code, Maps: e.Audit.Maps,
		Statement: statementOf(e.Audit)}
	step.Why = sentence(e.Event, e.Code)
	switch {
	case e.Event == string(journal.Accepted) && s.whole && s.Envelope.Route.Why != "":
		step.Why = s.Envelope.Route.Why
	case e.Audit.Detail != "":
		step.Why = e.Audit.Detail
	case e.Event == "acknowledged" && e.Audit.Actor == self:
		step.Why = toldSender(e.Code)
	default:
		for _, t := range s.Tries {
			if t.Ended.Equal(e.At) && t.State.String() == e.Event && t.Reason.Code == e.Code && t.Reason.Text != "" && s.receiverOf(t) == e.Destination {
				step.Why = t.Reason.Text
			}
		}
	}
	return step
}

func (s *seen) receiverOf(t journal.Try) string {
	for _, p := range s.Summary.States {
		if p.Delivery == t.Delivery {
			return p.Destination
		}
	}
	return ""
}

func statementOf(a journal.Audit) exchange.Statement {
	return exchange.Statement{Purpose: a.Purpose, LegalBasis: a.LegalBasis, Capacity: a.Capacity, Consent: a.Consent}
}
