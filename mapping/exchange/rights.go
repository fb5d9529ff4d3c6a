package exchange

import (
	"slices"

	"tolk/mapping"
)

// rights are what a client can be given, with what a refusal calls it.
var rights = []struct {
	right Right
	does  string
}{
	{Send, "hand over messages"},
	{Receive, "fetch from mailboxes"},
	{Translate, "translate, check and look up"},
	{Log, "see the messages of others"},
	{Read, "read what is in the messages of others"},
	{Operate, "rerun and release"},
	{Delete, "erase"},
	{Examine, "read the audit"},
}

// Rights lists the rights that a client can be given.
func Rights() []Right {
	all := make([]Right, len(rights))
	for i, r := range rights {
		all[i] = r.right
	}
	return all
}

// Name is who asks, for the audit and the log: the id of a client, or
// operator:NAME; empty for nobody.
func (who Caller) Name() string {
	switch {
	case who.Client != nil:
		return who.Client.ID
	case who.Operator != "":
		return "operator:" + who.Operator
	}
	return ""
}

// Tenant is whose messages the caller is about: that of his client. It is empty
// for the operator, who is about all of them, and for nobody.
func (who Caller) Tenant() string {
	if who.Client == nil {
		return ""
	}
	return who.Client.Tenant
}

// operates reports whether the caller is the operator at the machine. Whoever
// came in as a client is that client, whatever else is said of him.
func (who Caller) operates() bool { return who.Client == nil && who.Operator != "" }

func (who Caller) has(r Right) bool {
	return who.operates() || who.Client != nil && slices.Contains(who.Client.Rights, r)
}

// May returns nil if the caller has a right, and else an error of kind security.
// The operator has them all.
func (who Caller) May(r Right) error {
	if who.has(r) {
		return nil
	}
	does := string(r)
	for _, known := range rights {
		if known.right == r {
			does = known.does
		}
	}
	return &mapping.Error{Kind: mapping.Security, Message: "not allowed to " + does + ": it takes the right " + string(r)}
}

// Object is a message as far as it says whose it is.
type Object struct {
	Sender    string   // the id of the client that handed it over
	Tenant    string   // that it is sealed for
	Receivers []string // the names of the receivers that it goes to
	Residue   string   // what its route does with the residue: return | attach | escrow | refuse
}

// Sees returns nil if the caller may see where a message is and why: what he
// sent, what goes to receivers of his, and with the right log what is of his
// tenant or goes to it. The error is of kind not-found: what is not his to see is
// not there.
func (who Caller) Sees(o Object) error {
	if who.sent(o) || who.has(Log) && who.of(o) {
		return nil
	}
	for _, name := range o.Receivers {
		if who.receives(name, Log) {
			return nil
		}
	}
	return &mapping.Error{Kind: mapping.NotFound, Message: "there is no such message"}
}

// Reads returns nil if the caller may read a part (Original, Translation ...) of
// a message, of the delivery to a receiver where it is of one. Who sent a message
// may read all of it; who receives it, what is written for him, what he answered,
// and the residue where the route attaches it. The right content gives the one and
// the other to the tenant. The error is of kind not-found for what he does not see,
// and security for what he only may not read.
func (who Caller) Reads(o Object, part, receiver string) error {
	if who.sent(o) || who.has(Read) && who.of(o) {
		return nil
	}
	written := part == Translation || part == Answer || part == Residue && o.Residue == Attach
	if written && slices.Contains(o.Receivers, receiver) && who.receives(receiver, Read) {
		return nil
	}
	if err := who.Sees(o); err != nil {
		return err
	}
	return &mapping.Error{Kind: mapping.Security, Path: "part", Message: "not allowed to read this: what is in a message is for who sent it, and what was written for a receiver for that one; others of the tenant need the right " + string(Read)}
}

// Acts returns nil if the caller may use a right (Operate, Delete) on a message:
// he has it, and the message is sealed for his tenant. The error is of kind not-found for
// what he does not see, and security else.
func (who Caller) Acts(o Object, r Right) error {
	if who.has(r) && who.of(o) {
		return nil
	}
	if err := who.Sees(o); err != nil {
		return err
	}
	if err := who.May(r); err != nil {
		return err
	}
	return &mapping.Error{Kind: mapping.Security, Message: "not allowed: the message is of another tenant"}
}

// Mailbox returns a mailbox that the caller fetches from. The error is of kind
// security for who may not fetch at all, and not-found for a mailbox that is not
// his.
func (who Caller) Mailbox(name string) (*Receiver, error) {
	if err := who.May(Receive); err != nil {
		return nil, err
	}
	if who.Client != nil && who.Config != nil {
		var names []string
		for _, r := range who.Config.Mailboxes(who.Client.ID) {
			if r.Name == name {
				return r, nil
			}
			names = append(names, r.Name)
		}
		if hint := oneOf(names); hint != "" {
			return nil, &mapping.Error{Kind: mapping.NotFound, Path: "mailbox", Message: "expected a mailbox of one's own: " + hint + mapping.Meant(name, names), Value: name}
		}
	}
	return nil, &mapping.Error{Kind: mapping.NotFound, Path: "mailbox", Message: "there is no mailbox of one's own to fetch from", Value: name}
}

func (who Caller) sent(o Object) bool { return who.Client != nil && who.Client.ID == o.Sender }

// of reports whether a message is sealed for the caller's tenant.
func (who Caller) of(o Object) bool {
	return who.operates() || who.Client != nil && o.Tenant == who.Client.Tenant
}

// receives reports whether a receiver is the caller's, or with a right one of his
// tenant.
func (who Caller) receives(name string, r Right) bool {
	if who.Client == nil || who.Config == nil {
		return false
	}
	to := who.Config.Receiver(name)
	if to == nil || to.Client == "" {
		return false
	}
	owner := who.Config.Client(to.Client)
	return owner != nil && (owner.ID == who.Client.ID || who.has(r) && owner.Tenant == who.Client.Tenant)
}
