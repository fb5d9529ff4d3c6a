package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
	"tolk/node/work"
)

// Submit implements exchange.Node. What it refuses stands in the audit before it
// returns, with the word for why and no text of the sender's.
func (n *Node) Submit(ctx context.Context, who exchange.Caller, s exchange.Submission) (exchange.Receipt, error) {
	start := n.options.Now()
	who = n.caller(who)
	if who.Client == nil {
		return exchange.Receipt{}, fault(mapping.Security, "", "a message is handed over by a client of the configuration")
	}
	in := incoming{Submission: s, client: who.Client, config: who.Config, at: start}
	m, err := n.settle(ctx, &in)
	if err != nil {
		return exchange.Receipt{}, n.refuse(ctx, &in, err)
	}
	r, err := n.journal.Accept(ctx, m)
	if err != nil {
		return exchange.Receipt{}, later(err)
	}
	receipt := exchange.Receipt{Verdict: exchange.Verdict(r.Verdict), ID: r.ID, Answer: r.Answer, Code: r.Code, Erased: r.Erased}
	if m.Answers.Delivery != 0 && receipt.Verdict == exchange.Accepted && m.Answers.Code != message.OK && m.Answers.Code != "" {
		n.work.Refused(m.Answers.Destination)
	}
	if receipt.Verdict == exchange.Duplicate && m.Channel != viaDocument {
		n.acknowledgeAgain(ctx, r.ID)
	}
	what := map[exchange.Verdict]string{exchange.Accepted: "accept", exchange.Duplicate: "duplicate", exchange.Conflict: "conflict"}[receipt.Verdict]
	n.observe(work.Event{What: what, Receiver: only(m.Destinations), Document: m.Document, Code: r.Code,
		Took: n.options.Now().Sub(start), Bytes: len(s.Body), Message: r.ID, Trace: s.Trace})
	return receipt, nil
}

// only is the receiver of a message that has one.
func only(to []journal.Destination) string {
	if len(to) == 1 {
		return to[0].Name
	}
	return ""
}

// incoming is a submission on its way in, with what is known of it so far.
type incoming struct {
	exchange.Submission
	client  *exchange.Client
	config  *exchange.Config
	at      time.Time
	reading *reading // nil until it was read
}

// audit says who hands it over and by what right.
func (in *incoming) audit() journal.Audit {
	st := in.Statement.With(in.client.Statement)
	return journal.Audit{Actor: in.client.ID, Purpose: st.Purpose, LegalBasis: st.LegalBasis, Capacity: st.Capacity,
		Consent: st.Consent, Request: in.Request}
}

// mostKey is how long an Idempotency-Key may be.
const mostKey = 255

// settle reads a submission, decides where it goes, and returns it as the journal
// takes it.
func (n *Node) settle(ctx context.Context, in *incoming) (journal.Message, error) {
	caller := exchange.Caller{Client: in.client, Config: in.config}
	if err := caller.May(exchange.Send); err != nil {
		return journal.Message{}, err
	}
	if len(in.Key) > mostKey {
		return journal.Message{}, fault(mapping.TooLong, "Idempotency-Key", "expected at most 255 characters")
	}
	var known recogniser
	core := n.options.Core()
	if core != nil {
		known = core.Gateway
	}
	r, err := read(in.Submission, known)
	in.reading = r
	if err != nil {
		return journal.Message{}, err
	}
	if r.message != nil && r.message.IsAnswer {
		return n.acknowledge(ctx, in)
	}
	if err := r.asked(in.Document, in.client); err != nil {
		return journal.Message{}, err
	}
	facts := exchange.Facts{Sender: in.client, Receiver: in.Receiver, From: r.from, CVR: r.cvr, Addressed: r.addressed, Others: r.others, Document: r.document, Form: r.form,
		Marked: r.marked, Refused: r.refused, Bytes: len(in.Body), Statement: in.Statement.With(in.client.Statement)}
	if core != nil && byArea(in.config) {
		facts.Areas = r.areas(core.Terms)
	}
	d, err := in.config.Decide(facts)
	if err != nil {
		return journal.Message{}, err
	}
	m := in.message(journal.NewID(in.at))
	m.Route = journal.Route{Name: d.Route, Version: d.Version, Why: d.Why}
	receivers := make([]string, 0, len(d.To))
	for _, to := range d.To {
		m.Destinations = append(m.Destinations, journal.Destination{Name: to.Name})
		receivers = append(receivers, to.Name)
	}
	m.Answer, err = answer(m.ID, receivers, d.Why)
	return m, err
}

// message is the submission as the journal takes it, but for where it goes.
func (in *incoming) message(id string) journal.Message {
	r := in.reading
	m := journal.Message{
		ID: id, Tenant: tenant(in.client), Sender: in.client.ID, Channel: r.channel, Document: r.document, Form: r.form,
		Transport: in.Key, Bundle: r.bundle, Header: r.header, Correlation: r.correlation, Patient: r.citizen,
		Body: []byte(in.Body), Asked: in.Receiver, Content: r.content, Audit: in.audit(),
	}
	if m.Correlation == "" {
		m.Correlation = id
	}
	switch {
	case r.channel != viaDocument:
	case r.header == "" && r.own != "":
		m.Header = in.Receiver + "#" + r.own // one document may go to several, each once
	case r.header == "" && in.Key == "":
		// The same bytes to the same receiver are the same submission, with
		// whatever white space in JSON: one program sends a file as it is and the
		// next one without its line ends. One identifier stands for both.
		h := sha256.New()
		if r.doc != nil {
			compact := r.doc.Append(nil, r.doc.Root())
			m.Content = sha256.Sum256(compact)
			h.Write(compact)
		} else {
			h.Write(m.Body)
		}
		h.Write(append([]byte{0}, in.Receiver...))
		m.Bundle = hex.EncodeToString(h.Sum(nil))
	}
	return m
}

// answer is what the sender is told of a message that was accepted: the same
// bytes whenever he asks again.
func answer(id string, receivers []string, why string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		ID        string   `json:"id"`
		Status    string   `json:"status"`
		Receivers []string `json:"receivers"`
		Why       string   `json:"why"`
	}{id, string(exchange.Accepted), receivers, why})
	return bytes.TrimSpace(b.Bytes()), err
}

// refuse writes into the audit that a submission was refused, and returns the
// error for its sender: the one that it was refused for, or that it is not known
// yet whether it is, where that could not be written.
func (n *Node) refuse(ctx context.Context, in *incoming, err error) error {
	if l := (*exchange.Later)(nil); errors.As(later(err), &l) {
		return l // it was not refused: it was not looked at
	}
	a := in.audit()
	a.Detail = said(err)
	remark := journal.Remark{Event: "refused", Code: codeOf(err), Tenant: tenant(in.client), Audit: a}
	kind := ""
	if r := in.reading; r != nil {
		remark.Patient, kind = r.citizen, r.document
	}
	if in.config.Receiver(in.Receiver) != nil {
		remark.Destination = in.Receiver
	}
	if e := n.journal.Remark(ctx, remark); e != nil {
		return later(e)
	}
	n.observe(work.Event{What: "refused", Receiver: remark.Destination, Document: kind, Code: remark.Code,
		Took: n.options.Now().Sub(in.at), Bytes: len(in.Body), Trace: in.Trace})
	return err
}
