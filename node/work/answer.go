package work

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tolk/adapters/deliver"
	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
	"tolk/mapping/tree"
	envelopes "tolk/node/enclose"
)

// Acknowledgements that the node makes: as what they are routed, and what they
// are called in the journal.
const (
	answerDocument = "acknowledgement"
	answerRoute    = "acknowledgement"
)

// reply gives an outcome the acknowledgement that the sender of a MedCom message
// is due, if there is one, and writes it. A message is acknowledged once: with
// fatal-error as soon as it stops at one receiver, with ok when all have it. Where
// a receiver acknowledges by itself, ok is its to say.
func (w *Work) reply(ctx context.Context, a journal.Attempt, p journal.Parcel, o *journal.Outcome, why error, write func() error) error {
	c := w.o.Config()
	if o.Reply != nil || o.State == journal.Retry || p.Body == nil {
		return write()
	}
	sender := c.Client(p.Envelope.Sender)
	if sender == nil || sender.Answers == "" {
		return write()
	}
	if c.Receiver(sender.Answers) == nil {
		w.o.Log.Error("acknowledgements of a client have nowhere to go", "client", sender.ID, "receiver", sender.Answers)
		return write()
	}
	if len(p.Envelope.Destinations) > 1 {
		// Of two that arrive at once, one must see the other.
		select {
		case w.last <- struct{}{}:
			defer func() { <-w.last }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if o.State == journal.Delivered {
		if due, err := w.arrived(ctx, a, p, o, c); err != nil || !due {
			if err != nil {
				w.o.Log.Error("whether a message arrived everywhere cannot be read", "message", a.Message, "error", safe(err))
			}
			return write()
		}
	}
	m, err := w.acknowledge(a, p, o, why, c, sender)
	if err != nil {
		w.o.Log.Error("a message is not acknowledged", "message", a.Message, "error", safe(err))
	}
	o.Reply = m
	return write()
}

// arrived reports whether a message has arrived everywhere with this outcome, and
// it is the node that says so.
func (w *Work) arrived(ctx context.Context, a journal.Attempt, p journal.Parcel, o *journal.Outcome, c *exchange.Config) (bool, error) {
	for _, d := range p.Envelope.Destinations {
		said := d.Name == a.Destination && o.Reason.Code == deliver.Acknowledged // in its answer, which went no further
		if to := c.Receiver(d.Name); to != nil && to.Acknowledges && !said {
			return false, nil
		}
	}
	if len(p.Envelope.Destinations) == 1 {
		return true, nil
	}
	life, err := w.journal.Life(ctx, a.Message)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(life.Summary.States, func(s journal.Progress) bool { return s.Delivery != a.Delivery && s.State != journal.Delivered }), nil
}

// Said are the codes of the acknowledgements that a receiver handed over of a
// message, in their order, and of those that the node made.
func (w *Work) Said(ctx context.Context, id, receiver string) (codes, told []string, err error) {
	if any, err := w.journal.Answered(ctx, id); err != nil || !any {
		return nil, nil, err
	}
	for after := int64(0); ; {
		rows, err := w.journal.Audit(ctx, journal.Trail{Message: id, After: after, Limit: 1000})
		if err != nil || len(rows) == 0 {
			return codes, told, err
		}
		for _, e := range rows {
			switch after = e.Seq; {
			case e.Event != "acknowledged" || e.Code == "":
			case e.Audit.Actor == actor:
				told = append(told, e.Code)
			case e.Destination == receiver:
				codes = append(codes, e.Code)
			}
		}
	}
}

// Refused raises the alarm of a message that its receiver refused after it took it.
func (w *Work) Refused(receiver string) { w.alarms.raise(alarmDead, receiver, w.o.Now()) }

// GivenUp is the acknowledgement that the sender of a message is due when a person
// takes it out, or erases it, before all its receivers have it: fatal-error, with the
// words. It is nil where none is due; one that was written before the journal does
// not write again.
func (w *Work) GivenUp(ctx context.Context, id, words string) *journal.Message {
	p, err := w.journal.Original(ctx, id)
	if err != nil {
		if !errors.Is(err, journal.ErrErased) {
			w.o.Log.Error("a message is not acknowledged", "message", id, "error", safe(err))
		}
		return nil
	}
	c := w.o.Config()
	sender := c.Client(p.Envelope.Sender)
	if sender == nil || sender.Answers == "" || c.Receiver(sender.Answers) == nil || len(p.Envelope.Destinations) == 0 {
		return nil
	}
	for _, d := range p.Envelope.Destinations {
		if codes, _, err := w.Said(ctx, id, d.Name); err == nil && slices.Contains(codes, message.Fatal) {
			return nil // he was told by the receiver
		}
	}
	a := journal.Attempt{Message: id, Destination: p.Envelope.Destinations[0].Name}
	why := &refusal{text: words, reason: &mapping.Error{Kind: mapping.BusinessRule, Message: words}}
	m, err := w.acknowledge(a, p, &journal.Outcome{State: journal.Released}, why, c, sender)
	if err != nil {
		w.o.Log.Error("a message is not acknowledged", "message", id, "error", safe(err))
	}
	return m
}

// acknowledge writes the acknowledgement of a message, nil for what is none of
// MedCom's.
func (w *Work) acknowledge(a journal.Attempt, p journal.Parcel, o *journal.Outcome, why error, c *exchange.Config, sender *exchange.Client) (m *journal.Message, err error) {
	defer func() {
		if v := recover(); v != nil { // what is recorded does not depend on it
			m, err = nil, newPanicked(v)
		}
	}()
	s, err := readSource(nil, p.Body, p.Envelope.Document, "any")
	if s == nil || err != nil || s.message == nil || s.answer() {
		return nil, nil // it does not say whom to answer
	}
	now := w.o.Now()
	own := message.Party{}
	if to := c.Receiver(a.Destination); to != nil {
		own = party(to.Organisation)
	}
	answer := message.Answer{Code: message.OK, Now: now, Own: own}
	if o.State != journal.Delivered {
		answer.Code, answer.Faults = message.Fatal, faults(o, why)
	}
	body, err := message.Acknowledge(s.message, answer)
	if err != nil {
		return nil, err
	}
	e := p.Envelope
	m = &journal.Message{ID: answerID(e.ID), Tenant: e.Tenant, Sender: actor, Channel: e.Channel, Document: answerDocument, Correlation: e.Correlation,
		Body: body, Destinations: []journal.Destination{{Name: sender.Answers}}, Answers: journal.Answered{Code: answer.Code},
		Route: journal.Route{Name: answerRoute, Version: c.Version, Why: fmt.Sprintf("it acknowledges message %s of %s, whose acknowledgements go to %s", e.ID, e.Sender, sender.Answers)},
		Audit: journal.Audit{Actor: actor}}
	if ids := identifiers(body); len(ids) == 2 {
		m.Header, m.Bundle = ids[0], ids[1]
	}
	if s.envelope != nil {
		if m.Body, m.Transport, err = envelopes.Acknowledgement(s.envelope, body, now); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// faults say why a message stopped, in the words of MedCom's acknowledgement. It
// is final for its sender: the same sent again meets the duplicate table.
func faults(o *journal.Outcome, why error) message.Faults {
	if no, ok := why.(*refusal); ok && no.reason != nil {
		return message.FaultsOf(no.reason)
	}
	text := "the message was not delivered (" + o.Reason.Code + ")"
	if o.Reason.Text != "" {
		text += ": " + o.Reason.Text
	}
	found := message.FaultsOf(&mapping.Error{Kind: mapping.BusinessRule, Message: text})
	if codes := refused(o.Answer); len(codes) > 0 {
		found[0].Code = codes[0]
	}
	return found
}

// refused returns the codes of MedCom's that a receiver refused a message with in
// its answer.
func refused(answer []byte) (codes []string) {
	s := &source{text: string(answer), xml: tree.IsXML(string(answer)), form: "any"}
	if len(answer) == 0 || s.read() != nil || !s.bundled() {
		return nil
	}
	m, _ := message.Read(s.doc)
	if m == nil || m.Response == nil {
		return nil
	}
	for _, i := range m.Response.Issues {
		if strings.HasSuffix(i.System, "/medcom-acknowledgement-error-codes") && i.Code != "" {
			codes = append(codes, i.Code)
		}
	}
	return codes
}

// answerID is the identifier of the acknowledgement of a message: the same for
// every one, so that the journal has room for one only.
func answerID(of string) string {
	sum := sha256.Sum256([]byte("acknowledgement\x00" + of))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a UUID of version 8
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
