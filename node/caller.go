package node

import (
	"slices"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// caller is who asks as the configuration in force has him, with no right that
// his token does not give him: one that was struck off since he was let in is
// nobody.
func (n *Node) caller(who exchange.Caller) exchange.Caller {
	config := n.Config()
	if who.Client == nil {
		return exchange.Caller{Config: config, Operator: who.Operator, Why: who.Why}
	}
	return exchange.Caller{Config: config, Client: narrowed(config.Client(who.Client.ID), who.Client.Rights), Why: who.Why}
}

// narrowed is a client with those of its rights that are among the given ones.
func narrowed(c *exchange.Client, given []exchange.Right) *exchange.Client {
	beyond := func(r exchange.Right) bool { return !slices.Contains(given, r) }
	if c == nil || !slices.ContainsFunc(c.Rights, beyond) {
		return c
	}
	less := *c
	less.Rights = slices.DeleteFunc(slices.Clone(c.Rights), beyond)
	return &less
}

// mostWhy is how long a reason may be.
const mostWhy = 1000

// sayable refuses a reason that may not stand in the audit.
func sayable(why string) error {
	if len(why) > mostWhy || personal.MatchString(why) {
		return fault(mapping.Value, "why", "expected at most 1000 characters, and no number of a citizen")
	}
	return nil
}

// addressed reports whether a part of a message is the caller's without a right of
// his: he sent it, or it was written for him. Whoever reads anything else says why.
func addressed(who exchange.Caller, o exchange.Object, part, receiver string) bool {
	if who.Client == nil {
		return false
	}
	alone := *who.Client
	alone.Rights = nil
	return exchange.Caller{Client: &alone, Config: who.Config}.Reads(o, part, receiver) == nil
}
