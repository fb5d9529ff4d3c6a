package node

import (
	"context"
	"slices"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
	"tolk/mapping/tree"
)

// acknowledgement is what acknowledgements are called as a kind of document, and
// the route that they go by.
const acknowledgement = "acknowledgement"

// acknowledge settles an acknowledgement that a receiver hands over: it
// belongs to the delivery that it answers, is written into the life of that
// message, and goes on, as it came, to where the sender of that message has his
// answers. It is a message of its own and nobody acknowledges it.
func (n *Node) acknowledge(ctx context.Context, in *incoming) (journal.Message, error) {
	r := in.reading
	if r.message.Response == nil || r.message.Response.Of == "" {
		return journal.Message{}, fault(mapping.Required, "MessageHeader.response.identifier", "an acknowledgement names the message that it answers")
	}
	if err := r.bare(len(in.Body)); err != nil {
		return journal.Message{}, err
	}
	if err := in.client.Writes(r.from); err != nil {
		return journal.Message{}, err
	}
	sent, err := n.sentTo(ctx, in.client, in.config, r.message.Response.Of)
	if err != nil {
		return journal.Message{}, err
	}
	m := in.message(journal.NewID(in.at))
	m.Answers = journal.Answered{Message: sent.Message, Tenant: sent.Tenant, Destination: sent.Destination, Delivery: sent.Delivery, Code: responseCode(r.message.Response.Code)}
	m.Correlation = sent.Correlation
	why := "it acknowledges what went to " + sent.Destination
	receivers := []string{}
	contrary, err := n.contrary(ctx, sent, m.Answers.Code)
	if err != nil {
		return journal.Message{}, err
	}
	if to := answersOf(in.config, sent.Sender); contrary {
		why += "; the sender was told otherwise before, and is not told this: a person decides"
	} else if to != nil {
		m.Destinations = []journal.Destination{{Name: to.Name}}
		receivers = append(receivers, to.Name)
		why += "; the sender has his answers at " + to.Name
	} else {
		why += "; the sender takes no acknowledgements, it stands in the life of the message"
	}
	m.Route = journal.Route{Name: acknowledgement, Version: in.config.Version, Why: why}
	m.Answer, err = answer(m.ID, receivers, why)
	return m, err
}

// acknowledgeAgain sends the acknowledgement of a message once more, if there is one
// and it was delivered: who sends the same again may have lost it, and gets the same
// content as the first time (MedCom, Reliable Messaging).
func (n *Node) acknowledgeAgain(ctx context.Context, id string) {
	l, err := n.journal.Life(ctx, id)
	for _, answer := range l.AnsweredBy {
		var a journal.Life
		if err == nil {
			a, err = n.journal.Life(ctx, answer)
		}
		for _, d := range a.Summary.States {
			if err == nil && d.State == journal.Delivered {
				err = n.journal.Again(ctx, d.Delivery, journal.Audit{Actor: self,
					Detail: "the message that it acknowledges was handed over again: its acknowledgement may have been lost"})
			}
		}
	}
	if err != nil { // whoever sends it again once more, asks again
		n.options.Log.Error("an acknowledgement is not sent again", "message", id)
	}
}

// mostAcknowledgement is how large an acknowledgement may be: it says whether, and
// brings nothing along.
const mostAcknowledgement = 256 << 10

// bare refuses as an acknowledgement what is not sound, or holds more than one does:
// it goes to whoever is answered, and no route is asked.
func (r *reading) bare(bytes int) error {
	if bytes > mostAcknowledgement {
		return fault(mapping.TooLong, "", "an acknowledgement is larger than 256 KiB")
	}
	if faults := message.FaultsOf(r.faults); r.faults != nil && len(faults) > 0 {
		return faults[0].Error
	}
	for e := range list(r.doc, r.doc.Child(r.doc.Root(), "entry")) {
		resource := r.doc.Child(e, "resource")
		switch r.doc.Text(r.doc.Child(resource, "resourceType")) {
		case "MessageHeader", "OperationOutcome", "Organization", "Provenance":
			if r.doc.Child(resource, "contained") == tree.None {
				continue
			}
		}
		return fault(mapping.BusinessRule, r.doc.Path(e), "an acknowledgement has a MessageHeader, an OperationOutcome, Organizations and Provenances; expected nothing else in it")
	}
	return nil
}

// contrary reports whether the sender of a message was told the other thing of its
// delivery before: ok where this says that it was refused, or the reverse.
func (n *Node) contrary(ctx context.Context, sent journal.Sent, code string) (bool, error) {
	codes, told, err := n.work.Said(ctx, sent.Message, sent.Destination)
	return slices.ContainsFunc(append(codes, told...), func(before string) bool {
		return before == message.OK && code != message.OK || before == message.Fatal && code == message.OK
	}), err
}

// sentTo finds the delivery that a receiver of a client got under an identifier.
func (n *Node) sentTo(ctx context.Context, c *exchange.Client, config *exchange.Config, id string) (journal.Sent, error) {
	for i := range config.Receivers {
		r := &config.Receivers[i]
		if r.Client != c.ID {
			continue
		}
		sent, err := n.journal.FindSent(ctx, r.Name, id)
		switch {
		case err == nil && sent.Document == acknowledgement:
			return sent, fault(mapping.BusinessRule, "MessageHeader.response.identifier", "an acknowledgement is never acknowledged")
		case err == nil:
			return sent, nil
		case !is(err, journal.ErrNotFound):
			return sent, err
		}
	}
	return journal.Sent{}, fault(mapping.NotFound, "MessageHeader.response.identifier", "nothing was sent to this client under this identifier")
}

// answersOf is the receiver that a client has acknowledgements of its messages at.
func answersOf(config *exchange.Config, client string) *exchange.Receiver {
	c := config.Client(client)
	if c == nil || c.Answers == "" {
		return nil
	}
	return config.Receiver(c.Answers)
}

// responseCode is the code of a response as the audit has it: one of FHIR's three,
// or none.
func responseCode(code string) string {
	switch code {
	case message.OK, message.Transient, message.Fatal:
		return code
	}
	return ""
}
