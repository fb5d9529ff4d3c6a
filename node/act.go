package node

import (
	"context"
	"regexp"
	"slices"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
)

// mostActs is how many messages one action is done with: a person looks at what
// came of it before he goes on.
const mostActs = 10_000

// Act implements exchange.Node. Of each message it tells what was done or why not;
// the error is for an action that is none.
func (n *Node) Act(ctx context.Context, who exchange.Caller, a exchange.Action) ([]exchange.Done, error) {
	who = n.caller(who)
	right, err := n.action(who, a)
	if err != nil {
		return nil, err
	}
	ids, err := n.selected(ctx, who, a)
	if err != nil {
		return nil, err
	}
	done := []exchange.Done{}
	var erase []string
	for _, id := range ids {
		s, refused := n.actable(ctx, who, id, right)
		switch {
		case refused != nil:
			if !isFault(refused) {
				return done, refused
			}
			done = append(done, exchange.Done{ID: id, Refused: said(refused)})
		case a.Do == exchange.Erase:
			erase = append(erase, id)
		default:
			list, err := n.move(ctx, who, s, a)
			if done = append(done, list...); err != nil {
				return done, err
			}
		}
	}
	if len(erase) > 0 {
		list, err := n.erase(ctx, who, erase, a)
		return append(done, list...), err
	}
	return done, nil
}

// personal finds what has the shape of a CPR number, where none is wanted.
var personal = regexp.MustCompile(`(?:^|\D)\d{6}[- ]?\d{4}(?:\D|$)`)

// action refuses an action that is none, and returns the right that it takes.
func (n *Node) action(who exchange.Caller, a exchange.Action) (exchange.Right, error) {
	right, known := map[string]exchange.Right{exchange.Rerun: exchange.Operate, exchange.Release: exchange.Operate, exchange.Erase: exchange.Delete}[a.Do]
	switch {
	case !known:
		return "", fault(mapping.Value, "do", "expected rerun, release or erase")
	case who.Name() == "":
		return "", fault(mapping.Security, "", "nobody may do this; expected a client of the configuration")
	case who.May(right) != nil:
		return "", who.May(right)
	case a.Why == "":
		return "", fault(mapping.Required, "why", "the reason is missing; it stands in the audit")
	case sayable(a.Why) != nil:
		return "", sayable(a.Why)
	case len(a.IDs) == 0 && a.Filter == nil:
		return "", fault(mapping.Required, "ids", "expected the ids of messages, or a filter")
	case len(a.IDs) > 0 && a.Filter != nil:
		return "", fault(mapping.Value, "filter", "expected either the ids of messages or a filter")
	case len(a.IDs) > mostActs:
		return "", fault(mapping.TooLong, "ids", "expected at most 10000 messages at a time")
	case a.Do == exchange.Erase && a.Receiver != "":
		return "", fault(mapping.Value, "receiver", "a message is erased whole; expected no receiver")
	case a.Maps != "" && a.Do != exchange.Rerun:
		return "", fault(mapping.Value, "maps", "is for rerun alone")
	case a.Maps != "" && !n.has(a.Maps):
		return "", fault(mapping.NotFound, "maps", "the node does not have this version of the mappings")
	}
	return right, nil
}

// has reports whether the node can translate with a version of the mappings.
func (n *Node) has(tag string) bool {
	if core := n.options.Core(); core != nil && core.Tag == tag {
		return true
	}
	return n.options.CoreOf != nil && n.options.CoreOf(tag) != nil
}

// selected are the messages that an action is about, each once.
func (n *Node) selected(ctx context.Context, who exchange.Caller, a exchange.Action) ([]string, error) {
	if a.Filter == nil {
		var ids []string
		for _, id := range a.IDs {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		return ids, nil
	}
	f := *a.Filter
	if a.Receiver != "" && f.Receiver == "" {
		f.Receiver = a.Receiver
	}
	most := mostActs
	if f.Limit > 0 {
		most = f.Limit
	}
	f.Limit = 1000
	var ids []string
	for {
		lines, err := n.List(ctx, who, f)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if ids = append(ids, l.ID); len(ids) == most {
				return ids, nil
			}
		}
		if len(lines) < f.Limit {
			return ids, nil
		}
		f.Before = lines[len(lines)-1].Seq
	}
}

// isFault reports whether an error is one of the caller's.
func isFault(err error) bool {
	_, ok := err.(*mapping.Error)
	return ok
}

// actable returns a message that the caller may act on.
func (n *Node) actable(ctx context.Context, who exchange.Caller, id string, right exchange.Right) (*seen, error) {
	s, err := n.see(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return s, who.Acts(s.object, right)
}

// move reruns or releases the deliveries of a message.
func (n *Node) move(ctx context.Context, who exchange.Caller, s *seen, a exchange.Action) ([]exchange.Done, error) {
	var done []exchange.Done
	id := s.Summary.ID
	for _, p := range s.Summary.States {
		if a.Receiver != "" && p.Destination != a.Receiver || a.Filter != nil && a.Filter.State != "" && p.State.String() != a.Filter.State {
			continue
		}
		d := exchange.Done{ID: id, Receiver: p.Destination, Did: a.Do}
		if why := impossible(a.Do, p.State, s.Summary.Erased); why != "" {
			d.Did, d.Refused = "", why
		} else if !a.Dry {
			audit := journal.Audit{Actor: who.Name(), Maps: a.Maps, Detail: a.Why}
			reason := journal.Reason{Code: byHand, Text: a.Why}
			do := n.journal.Rerun
			if a.Do == exchange.Release {
				do = n.release(id)
			}
			switch err := do(ctx, p.Delivery, reason, audit); {
			case is(err, journal.ErrState):
				d.Did, d.Refused = "", "it changed meanwhile; look again"
			case err != nil:
				return done, later(err)
			}
		}
		done = append(done, d)
	}
	if len(done) == 0 {
		done = append(done, exchange.Done{ID: id, Receiver: a.Receiver, Refused: "it has no such delivery"})
	}
	return done, nil
}

// release takes a delivery of a message out, and tells its sender where he is due an
// acknowledgement.
func (n *Node) release(id string) func(context.Context, int64, journal.Reason, journal.Audit) error {
	return func(ctx context.Context, delivery int64, r journal.Reason, a journal.Audit) error {
		reply := n.work.GivenUp(ctx, id, "the message was taken out by hand before all its receivers had it, and is not sent to them; ask whoever runs the exchange")
		return n.journal.Release(ctx, delivery, r, a, reply)
	}
}

// impossible says why an action cannot be done with a delivery in a state, empty
// where it can.
func impossible(do string, s journal.State, erased bool) string {
	switch {
	case s == journal.Sending:
		return "an attempt is under way; look again when it has ended"
	case do == exchange.Rerun && erased:
		return "its content was erased"
	case do == exchange.Rerun && s != journal.Dead && s != journal.Held:
		return "it is " + s.String() + "; only what is dead or held is sent again"
	case do == exchange.Release && s.Final():
		return "it is " + s.String() + " already"
	}
	return ""
}

// erase takes messages away, each with its key.
func (n *Node) erase(ctx context.Context, who exchange.Caller, ids []string, a exchange.Action) ([]exchange.Done, error) {
	var done []exchange.Done
	if a.Dry {
		for _, id := range ids {
			done = append(done, exchange.Done{ID: id, Did: a.Do})
		}
		return done, nil
	}
	errs, err := n.journal.EraseAll(ctx, ids, journal.Audit{Actor: who.Name(), Detail: a.Why}, func(id string) *journal.Message {
		return n.work.GivenUp(ctx, id, "the message was erased before all its receivers had it, and is not sent to them; ask whoever runs the exchange")
	})
	for i, id := range ids {
		d := exchange.Done{ID: id, Did: a.Do}
		if e := errs[i]; e != nil {
			if d.Did, d.Refused = "", said(e); is(e, journal.ErrState) {
				d.Refused = "an attempt is under way; erase it when it has ended"
			}
		}
		done = append(done, d)
	}
	return done, later(err)
}

// EraseCitizen erases every message about a citizen that the caller may erase,
// and tells what came of each.
func (n *Node) EraseCitizen(ctx context.Context, who exchange.Caller, citizen, why string) ([]exchange.Done, error) {
	return n.Act(ctx, who, exchange.Action{Do: exchange.Erase, Filter: &exchange.Filter{Citizen: citizen}, Why: why})
}
