package journal

import (
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tolk/mapping"
)

// Parcel is what an attempt works on: the message as it was sent, and what was
// kept beside it.
type Parcel struct {
	Envelope Envelope
	Accepted time.Time
	Body     []byte
	Parts    []Part
}

// Part is something made from a message and kept with it under its key, such
// as a translation or its ledger.
type Part struct {
	Name string
	Body []byte
}

// kept is a message as the file has it.
type kept struct {
	first, deliveries                                 int64
	seq, accepted                                     int64
	id, tenant, sender, channel, kind, route, version string
	print, sealed, patientID                          []byte
	key                                               Wrapped
}

const keptColumns = `seq, accepted, id, tenant, sender, channel, document, route, version, content, sealed, keyid, wrapped, patient, delivery, deliveries`

func scanKept(r row) kept {
	return kept{seq: r.int(0), accepted: r.int(1), id: r.text(2), tenant: r.text(3), sender: r.text(4), channel: r.text(5),
		kind: r.text(6), route: r.text(7), version: r.text(8), print: r.blob(9), sealed: r.blob(10),
		key: Wrapped{r.text(11), r.blob(12)}, patientID: r.blob(13), first: r.int(14), deliveries: r.int(15)}
}

// Open returns what an attempt is to send. Returns ErrCorrupt when one bit of
// it, of its envelope or of where it goes is not what was accepted, and
// ErrErased when the content was erased: neither may be sent.
func (j *Journal) Open(ctx context.Context, a Attempt) (Parcel, error) {
	p, err := j.parcel(ctx, "seq", a.message)
	if err != nil {
		return Parcel{}, err
	}
	if p.Envelope.ID != a.Message {
		return Parcel{}, corrupt("the message is not the one that the attempt is of", nil)
	}
	if !slices.ContainsFunc(p.Envelope.Destinations, func(d Destination) bool { return d.Name == a.Destination }) {
		return Parcel{}, corrupt("the destination is not one that the message was accepted for", nil)
	}
	return p, nil
}

// Original returns a message as it was sent, and everything kept beside it.
// Who may read it, and that he did (Note), is the caller's to see to.
func (j *Journal) Original(ctx context.Context, id string) (Parcel, error) {
	return j.parcel(ctx, "id", id)
}

// parcel opens the message with a value in a column. An attempt knows the row, and
// finds it though the index of the names be damaged.
func (j *Journal) parcel(ctx context.Context, column string, value any) (p Parcel, err error) {
	var m kept
	var parts []Part
	err = j.read(ctx, func(c *conn) error {
		ok, err := c.one(`SELECT `+keptColumns+` FROM message WHERE `+column+`=?`, []any{value}, func(r row) { m = scanKept(r) })
		if err != nil || !ok {
			return either(err, notFound("message"))
		}
		return c.query(`SELECT part, sealed FROM body WHERE message=? ORDER BY part`, []any{m.seq}, func(r row) error {
			parts = append(parts, Part{r.text(0), r.blob(1)})
			return nil
		})
	})
	if err != nil {
		return p, err
	}
	var key cipher.AEAD
	if p.Envelope, key, err = j.envelope(ctx, m); err != nil {
		return Parcel{}, err
	}
	found := false
	p.Accepted = moment(m.accepted)
	for _, part := range parts {
		text, err := unseal(key, part.Body, about(part.Name, m.tenant, m.id))
		if err != nil {
			return Parcel{}, err
		}
		if part.Name != original {
			p.Parts = append(p.Parts, Part{part.Name, text})
			continue
		}
		found = true
		if p.Body = text; sha256.Sum256(text) != p.Envelope.SHA256 {
			return Parcel{}, corrupt("the body is not the one that was accepted", nil)
		}
	}
	if !found {
		return Parcel{}, corrupt("the body is missing", nil)
	}
	return p, nil
}

func either(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// envelope opens the envelope of m and compares it with what stands in plain.
func (j *Journal) envelope(ctx context.Context, m kept) (e Envelope, key cipher.AEAD, err error) {
	if m.key.Bytes == nil {
		return e, nil, problem(mapping.NotFound, ErrErased, "the content of the message was erased", nil)
	}
	if key, err = j.unwrap(ctx, m.tenant, m.key); err != nil {
		return e, nil, err
	}
	text, err := unseal(key, m.sealed, about("envelope", m.tenant, m.id))
	if err != nil {
		return e, nil, err
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, nil, corrupt("the envelope cannot be read", err)
	}
	digest, err := hex.DecodeString(e.Digest)
	copy(e.SHA256[:], digest)
	if err != nil || e.ID != m.id || e.Tenant != m.tenant || e.Sender != m.sender || e.Channel != m.channel ||
		e.Document != m.kind || e.Route.Name != m.route || e.Route.Version != m.version {
		return e, nil, corrupt("the envelope is not the one that was accepted", nil)
	}
	return e, key, nil
}

// Store keeps parts beside a message, in the place of older ones of the same
// name: the bytes to send, before they are sent, so that every attempt sends
// the same. What they will be sent as (Outcome.SentAs) is kept with them.
// Returns ErrState when a is no longer the last attempt.
func (j *Journal) Store(ctx context.Context, a Attempt, parts []Part, sentAs ...string) error {
	tenant, key, err := j.messageKey(ctx, a.message)
	if err != nil {
		return err
	}
	if key == nil {
		return problem(mapping.NotFound, ErrErased, "the content of the message was erased", nil)
	}
	size := small
	sealed := make([][]byte, len(parts))
	for i, p := range parts {
		if err := named(fmt.Sprintf("parts[%d].Name", i), p.Name, true); err != nil {
			return err
		}
		if p.Name == original {
			return &mapping.Error{Kind: mapping.Value, Path: "Name", Message: "original is the sender's and is not replaced"}
		}
		sealed[i] = seal(key, p.Body, about(p.Name, tenant, a.Message))
		size += len(p.Body)
	}
	macs, err := j.sentAs(ctx, a.Destination, sentAs)
	if err != nil {
		return err
	}
	return j.write(ctx, size, func(x *tx) error {
		d, err := x.find(a.Delivery)
		if err == nil && (d.state != Sending || d.attempts != a.Number) {
			err = otherState(d.state)
		}
		for i, p := range parts {
			if err == nil {
				err = x.exec(`INSERT OR REPLACE INTO body VALUES(?,?,?,?)`, a.message, p.Name, x.now, sealed[i])
			}
		}
		if err == nil {
			err = x.remember(a.Delivery, macs)
		}
		return err
	})
}

// Summary is a line of the exchange log.
type Summary struct {
	Seq      int64
	ID       string
	Accepted time.Time
	Tenant   string
	Sender   string
	Channel  string
	Document string
	Route    string
	Version  string
	Erased   bool
	States   []Progress
}

// Progress is where one delivery of a message is.
type Progress struct {
	Delivery    int64
	Destination string
	State       State
	Code        string // why
	Attempts    int
	At          time.Time // of a retry: when
	Changed     time.Time
	First       bool // nothing of the same patient stands before it
}

// its is what a delivery d of the message m fulfils.
const its = "d.seq>=m.delivery AND d.seq<m.delivery+m.deliveries"

// Filter selects messages, newest first. What is empty selects all.
type Filter struct {
	Tenant, Sender, Channel, Document string
	Destination                       string
	State                             *State
	Patient                           string // the citizen's number; Tenant or Tenants are needed with it
	// Tenants are those that Patient is looked for with: each hashes him with a
	// key of its own.
	Tenants  []string
	Eyes     *Eyes // whose eyes see the list; nil sees all
	From, To time.Time
	Before   int64 // for the next page: the Seq of the last line
	Limit    int
}

// Eyes see a message of a tenant, of a sender, or to one of some destinations:
// one of the three is enough. What is empty sees nothing.
type Eyes struct {
	Tenant, Sender string
	Destinations   []string
}

// List returns the lines of the exchange log that f selects.
func (j *Journal) List(ctx context.Context, f Filter) (list []Summary, err error) {
	where, args := `1`, []any{}
	and := func(term string, value any) { where, args = where+" AND "+term, append(args, value) }
	for _, t := range []struct{ term, value string }{
		{"m.tenant=?", f.Tenant}, {"m.sender=?", f.Sender}, {"m.channel=?", f.Channel}, {"m.document=?", f.Document},
	} {
		if t.value != "" {
			and(t.term, t.value)
		}
	}
	if f.Patient != "" {
		macs, err := j.patients(ctx, f.Patient, append([]string{f.Tenant}, f.Tenants...))
		if err != nil {
			return nil, err
		}
		where += " AND m.id IN (SELECT message FROM audit WHERE patient IS NOT NULL AND patient IN (" + marks(len(macs)) + ") AND event='accepted')"
		args = append(args, macs...)
	}
	if e := f.Eyes; e != nil {
		where += " AND (m.tenant=? OR m.sender=? OR EXISTS(SELECT 1 FROM delivery d WHERE " + its + " AND d.destination IN (" + marks(len(e.Destinations)) + ")))"
		args = append(args, e.Tenant, e.Sender)
		for _, d := range e.Destinations {
			args = append(args, d)
		}
	}
	switch {
	case f.Destination != "" && f.State != nil:
		and("EXISTS(SELECT 1 FROM delivery d WHERE "+its+" AND d.destination=? AND d.state="+fmt.Sprint(int(*f.State))+")", f.Destination)
	case f.Destination != "":
		and("EXISTS(SELECT 1 FROM delivery d WHERE "+its+" AND d.destination=?)", f.Destination)
	case f.State != nil:
		and("EXISTS(SELECT 1 FROM delivery d WHERE "+its+" AND d.state=?)", int(*f.State))
	}
	if !f.From.IsZero() {
		and("m.accepted>=?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		and("m.accepted<?", f.To.UnixMilli())
	}
	if f.Before > 0 {
		and("m.seq<?", f.Before)
	}
	err = j.ask(ctx, func(c *conn) error {
		var found []kept
		err := c.query(`SELECT `+keptColumns+` FROM message m WHERE `+where+` ORDER BY m.seq DESC LIMIT ?`, append(args, page(f.Limit)), func(r row) error {
			found = append(found, scanKept(r))
			return nil
		})
		for _, m := range found {
			line := m.summary()
			if err == nil {
				line.States, err = progress(c, m)
			}
			list = append(list, line)
		}
		return err
	})
	return list, err
}

func (m kept) summary() Summary {
	return Summary{Seq: m.seq, ID: m.id, Accepted: moment(m.accepted), Tenant: m.tenant, Sender: m.sender, Channel: m.channel,
		Document: m.kind, Route: m.route, Version: m.version, Erased: m.key.Bytes == nil}
}

// progress returns where the deliveries of a message are.
func progress(c *conn, m kept) (list []Progress, err error) {
	err = c.query(`SELECT seq, destination, state, code, attempts, at, changed, head FROM delivery WHERE seq>=? AND seq<?
		ORDER BY seq`, []any{m.first, m.first + m.deliveries}, func(r row) error {
		list = append(list, Progress{r.int(0), r.text(1), State(r.int(2)), r.text(3), int(r.int(4)), moment(r.int(5)), moment(r.int(6)), r.int(7) == 1})
		return nil
	})
	return list, err
}

// Try is one attempt as it went. Number 0 is no attempt: it has why the
// delivery was held from the beginning.
type Try struct {
	Delivery int64
	Number   int
	Started  time.Time
	Ended    time.Time // zero while under way
	State    State
	Reason   Reason
	Answer   []byte // what the destination said
}

// Life is everything the journal knows of one message, the bodies apart.
type Life struct {
	Summary  Summary
	Envelope Envelope // only the plain fields once it is erased, or where it is damaged
	// Damaged is true where something sealed is not as it was written: it is left
	// out.
	Damaged bool
	Tries   []Try
	Audit   []Entry
	// Answers are the messages that it acknowledges, AnsweredBy those that
	// acknowledge it.
	Answers, AnsweredBy []string
	Parts               []string // the names of what is kept beside the message
	Omitted             int64    // rows of the audit in its middle that are not here, of which it has more than two thousand
}

// Life returns the whole life of a message.
func (j *Journal) Life(ctx context.Context, id string) (l Life, err error) {
	var m kept
	var sealed [][]byte
	err = j.read(ctx, func(c *conn) error {
		ok, err := c.one(`SELECT `+keptColumns+` FROM message WHERE id=?`, []any{id}, func(r row) { m = scanKept(r) })
		if err != nil || !ok {
			return either(err, notFound("message"))
		}
		l.Summary = m.summary()
		if l.Summary.States, err = progress(c, m); err != nil {
			return err
		}
		if l.Answers, l.AnsweredBy, err = answers(c, m.seq); err != nil {
			return err
		}
		if err = c.query(`SELECT part FROM body WHERE message=? AND part<>'original' ORDER BY part`, []any{m.seq}, func(r row) error {
			l.Parts = append(l.Parts, r.text(0))
			return nil
		}); err != nil {
			return err
		}
		return c.query(`SELECT a.delivery, a.number, a.started, a.ended, a.state, a.code, a.sealed FROM attempt a
			WHERE a.delivery>=? AND a.delivery<? ORDER BY a.started DESC, a.delivery DESC, a.number DESC LIMIT 2000`, []any{m.first, m.first + m.deliveries}, func(r row) error {
			t := Try{Delivery: r.int(0), Number: int(r.int(1)), Started: moment(r.int(2)), State: Sending, Reason: Reason{Code: r.text(5)}}
			if ended := r.int(3); ended != 0 {
				t.Ended, t.State = moment(ended), State(r.int(4))
			}
			l.Tries, sealed = append(l.Tries, t), append(sealed, r.blob(6))
			return nil
		})
	})
	if err != nil {
		return l, err
	}
	slices.Reverse(l.Tries)
	slices.Reverse(sealed)
	l.Envelope = Envelope{ID: m.id, Tenant: m.tenant, Sender: m.sender, Channel: m.channel, Document: m.kind, Route: Route{Name: m.route, Version: m.version}}
	if !l.Summary.Erased {
		if err := j.openLife(ctx, &l, m, sealed); err != nil {
			return l, err
		}
	}
	return l, j.history(ctx, &l)
}

// history reads the audit of a message: the oldest rows and the newest, and how many
// there are between them. Whoever reads a thing a thousand times hides nothing by it.
func (j *Journal) history(ctx context.Context, l *Life) (err error) {
	of := Trail{Message: l.Summary.ID}
	if l.Audit, err = j.trail(ctx, of, &l.Damaged); err != nil || len(l.Audit) < page(0) {
		return err
	}
	of.After, of.last = l.Audit[len(l.Audit)-1].Seq, true
	newest, err := j.trail(ctx, of, &l.Damaged)
	if err != nil || len(newest) == 0 {
		return err
	}
	l.Audit = append(l.Audit, newest...)
	return j.read(ctx, func(c *conn) (err error) {
		l.Omitted, err = c.number(`SELECT count(*) FROM audit WHERE message=? AND seq>? AND seq<?`, of.Message, of.After, newest[0].Seq)
		return err
	})
}

// openLife opens what is sealed of a message and its attempts, as far as it is as
// it was written.
func (j *Journal) openLife(ctx context.Context, l *Life, m kept, sealed [][]byte) error {
	e, key, err := j.envelope(ctx, m)
	if l.Damaged = errors.Is(err, ErrCorrupt); err == nil {
		l.Envelope = e
	} else if !l.Damaged {
		return err
	}
	for i := range l.Tries {
		if key == nil {
			break
		}
		switch err := l.Tries[i].open(key, m, sealed[i]); {
		case errors.Is(err, ErrCorrupt):
			l.Damaged = true
		case err != nil:
			return err
		}
	}
	return nil
}

func (t *Try) open(key cipher.AEAD, m kept, sealed []byte) error {
	if sealed == nil {
		return nil
	}
	text, err := unseal(key, sealed, about("attempt", m.tenant, m.id))
	if err != nil {
		return err
	}
	var r result
	if err := json.Unmarshal(text, &r); err != nil {
		return corrupt("the outcome of an attempt cannot be read", err)
	}
	t.Reason.Text, t.Answer = r.Text, r.Answer
	return nil
}

// Counts are the figures of what is open, for metrics.
type Counts struct {
	Destination string
	State       State
	Deliveries  int64
	Oldest      time.Time // when the oldest of them last changed
}

// Counts returns how many deliveries are open, by destination and state.
func (j *Journal) Counts(ctx context.Context) (list []Counts, err error) {
	err = j.ask(ctx, func(c *conn) error {
		return c.query(`SELECT destination, state, count(*), min(changed) FROM delivery WHERE state<=4 GROUP BY 1, 2`, nil, func(r row) error {
			list = append(list, Counts{r.text(0), State(r.int(1)), r.int(2), moment(r.int(3))})
			return nil
		})
	})
	return list, err
}
