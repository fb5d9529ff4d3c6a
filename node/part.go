package node

import (
	"context"
	"slices"
	"strings"

	"tolk/adapters/envelope"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/fhirxml"
	"tolk/mapping/tree"
)

// typePart is the part that has the content type of a translation.
const typePart = "type"

// escrowPart is the part that has the residue of a message whose route seals it:
// for the right content and a reason, whoever's message it is.
const escrowPart = "escrow"

// opens reports whether the caller may have what is in escrow, if he says why.
func (s *seen) opens(who exchange.Caller) bool {
	return who.May(exchange.Read) == nil && (who.Client == nil || who.Client.Tenant == s.object.Tenant)
}

// named are the parts that are of one receiver and kept as the journal's parts.
var named = []string{exchange.Translation, exchange.Ledger, exchange.Residue}

// parts lists what Part would return to the caller, each that is of a receiver
// with its name behind it.
func (s *seen) parts(who exchange.Caller) []string {
	list := []string{}
	if s.Summary.Erased || s.Damaged {
		return list
	}
	if who.Reads(s.object, exchange.Original, "") == nil {
		list = append(list, exchange.Original)
	}
	for _, part := range s.Parts {
		name, receiver, _ := strings.Cut(part, ":")
		if name == escrowPart && s.opens(who) {
			name = exchange.Residue
			part = name + ":" + receiver
		}
		if slices.Contains(named, name) && s.shows(receiver) && s.reads(who, name, receiver) == nil {
			list = append(list, part)
		}
	}
	for _, state := range s.Summary.States {
		if s.shows(state.Destination) && s.answer(state.Destination) != nil && who.Reads(s.object, exchange.Answer, state.Destination) == nil {
			list = append(list, exchange.Answer+":"+state.Destination)
		}
	}
	return list
}

// reads is Caller.Reads for a message on its way: what is written for a receiver is
// its own once it is given to it, and not before; what a person stopped or took out
// is never.
func (s *seen) reads(who exchange.Caller, part, receiver string) error {
	o := s.object
	if part == exchange.Translation || part == exchange.Residue {
		o.Receivers = nil
		for _, p := range s.Summary.States {
			if p.State == journal.Delivered || p.State == journal.Sending || p.State == journal.Retry && p.Code == journal.NotTaken {
				o.Receivers = append(o.Receivers, p.Destination)
			}
		}
	}
	return who.Reads(o, part, receiver)
}

// answer is what a receiver said last, nil if it said nothing.
func (s *seen) answer(receiver string) []byte {
	for _, t := range slices.Backward(s.Tries) {
		if t.Answer != nil && s.receiverOf(t) == receiver {
			return t.Answer
		}
	}
	return nil
}

// Part implements exchange.Node. The row of the audit is durable before the
// content leaves. Who neither sent it nor gets it, the operator or a client by the
// right content, says why.
func (n *Node) Part(ctx context.Context, who exchange.Caller, id, part, receiver string) (exchange.Content, error) {
	who = n.caller(who)
	s, err := n.see(ctx, who, id)
	if err != nil {
		return exchange.Content{}, err
	}
	if part == exchange.Original {
		receiver = ""
	} else if !slices.Contains(append(named, exchange.Answer), part) {
		return exchange.Content{}, fault(mapping.Value, "part", "expected original, translation, ledger, residue or answer")
	}
	if receiver, err = s.receiver(part, receiver); err != nil {
		return exchange.Content{}, err
	}
	if err := s.reads(who, part, receiver); err != nil {
		return exchange.Content{}, err
	}
	if who.Why == "" && !addressed(who, s.object, part, receiver) {
		return exchange.Content{}, fault(mapping.Required, "why", "the message is neither from nor to whoever reads it; expected the reason, which stands in the audit")
	}
	kept := part
	if part == exchange.Residue && slices.Contains(s.Parts, escrowPart+":"+receiver) && s.opens(who) {
		if kept = escrowPart; who.Why == "" {
			return exchange.Content{}, fault(mapping.Required, "why", "the route keeps it in escrow; expected the reason, which stands in the audit")
		}
	}
	c, err := n.content(ctx, s, kept, receiver)
	if err != nil {
		return exchange.Content{}, err
	}
	if err := n.note(ctx, who, journal.Remark{Event: "read", Code: kept, Tenant: s.Summary.Tenant, Message: id, Destination: receiver}); err != nil {
		return exchange.Content{}, err
	}
	return c, nil
}

// receiver settles whose part it is: the only one that there is, or the one that
// is named.
func (s *seen) receiver(part, name string) (string, error) {
	if part == exchange.Original {
		return "", nil
	}
	var shown []string
	for _, r := range s.object.Receivers {
		if s.shows(r) {
			shown = append(shown, r)
		}
	}
	switch {
	case name == "" && len(shown) == 1:
		return shown[0], nil
	case name == "":
		return "", fault(mapping.Required, "receiver", "expected one of "+strings.Join(shown, ", "))
	case !slices.Contains(shown, name):
		return "", notFound("receiver of this message")
	}
	return name, nil
}

// content returns the bytes of a part.
func (n *Node) content(ctx context.Context, s *seen, part, receiver string) (exchange.Content, error) {
	if s.Summary.Erased {
		return exchange.Content{}, fault(mapping.NotFound, "", "the content of the message was erased")
	}
	if part == exchange.Answer {
		if body := s.answer(receiver); body != nil {
			return exchange.Content{Type: contentType(string(body)), Body: body}, nil
		}
		return exchange.Content{}, fault(mapping.NotFound, "", "the receiver has said nothing that is kept")
	}
	p, err := n.journal.Original(ctx, s.Summary.ID)
	switch {
	case is(err, journal.ErrErased):
		return exchange.Content{}, fault(mapping.NotFound, "", "the content of the message was erased")
	case err != nil:
		return exchange.Content{}, later(err)
	case part == exchange.Original:
		return exchange.Content{Type: contentType(string(p.Body)), Body: p.Body}, nil
	}
	body, kind := partOf(p, part, receiver)
	if body == nil {
		return exchange.Content{}, fault(mapping.NotFound, "", "there is no such part for this receiver, or not yet")
	}
	return exchange.Content{Type: kind, Body: body}, nil
}

// partOf returns a part that is of a receiver, with its content type; nil where
// there is none.
func partOf(p journal.Parcel, part, receiver string) (body []byte, kind string) {
	for _, kept := range p.Parts {
		switch kept.Name {
		case part + ":" + receiver:
			body = kept.Body
		case typePart + ":" + receiver:
			kind = string(kept.Body)
		}
	}
	if part != exchange.Translation || kind == "" {
		kind = contentType(string(body))
	}
	return body, kind
}

// contentType is how a body is declared that nobody declared.
func contentType(text string) string {
	switch {
	case tree.IsXML(text) && !envelope.Is(text) && fhirxml.Is(text):
		return "application/fhir+xml"
	case tree.IsXML(text):
		return "application/xml"
	}
	d, err := tree.Parse(text, most)
	switch {
	case err != nil:
		return "application/octet-stream"
	case d.Child(d.Root(), "resourceType") != tree.None:
		return "application/fhir+json"
	}
	return "application/json"
}
