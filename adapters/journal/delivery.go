package journal

import (
	"context"
	"crypto/cipher"
	"fmt"
	"slices"
	"time"

	"tolk/mapping"
)

// State is where a delivery is.
type State int

// The states. The first five are open: a delivery in one of them keeps its
// place before what the same patient has to the same destination. The last two
// are final. The numbers stand in the file.
const (
	Waiting   State = iota // to be sent for the first time
	Retry                  // to be sent again, at a time
	Sending                // an attempt is under way
	Dead                   // no attempt will help; a person must decide
	Held                   // it may not be sent; a person must decide
	Delivered              // the destination has it
	Released               // a person took it out; it is not sent
)

var stateNames = [...]string{"waiting", "retry", "sending", "dead", "held", "delivered", "released"}

func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return fmt.Sprintf("state(%d)", int(s))
	}
	return stateNames[s]
}

// Final reports whether nothing follows s.
func (s State) Final() bool { return s == Delivered || s == Released }

// follows has the states that may follow each state. Sending is entered by
// Attempt alone, and left by Finish or by the end of the process.
var follows = [...][]State{
	Waiting: {Sending, Held, Released},
	Retry:   {Sending, Held, Released},
	Sending: {Delivered, Retry, Dead, Held},
	Dead:    {Waiting, Released},
	Held:    {Waiting, Released},
}

// may reports whether to may follow s.
func (s State) may(to State) bool { return !s.Final() && slices.Contains(follows[s], to) }

// Queue is what waits for one destination: what was never tried, or what is to
// be tried again. They are apart so that retries have a lane of their own.
type Queue struct {
	Destination string
	Retries     bool
}

// Due is a delivery that may be attempted now: the first open one of its
// patient at its destination.
type Due struct {
	Delivery int64
	Attempts int       // so far
	At       time.Time // since when
}

// Due returns what may be attempted now, oldest first, at most limit (up to
// 1000), and when the next will be due, the zero time when none is foreseen.
// What another delivery of the same patient stands before is not among them.
func (j *Journal) Due(ctx context.Context, q Queue, limit int) (due []Due, next time.Time, err error) {
	now := j.now()
	if last := j.seen.Swap(now); now < last-1000 {
		// The clock was set back: nothing waits longer for that than it was to.
		if err := j.write(ctx, small, (*tx).clamp); err != nil {
			return nil, next, err
		}
	}
	state := Waiting
	if q.Retries {
		state = Retry
	}
	err = j.read(ctx, func(c *conn) error {
		err := c.query(`SELECT seq, attempts, at FROM delivery WHERE destination=? AND state=? AND head=1 AND state<=1 AND at<=?
			ORDER BY at, seq LIMIT ?`, []any{q.Destination, int(state), now, page(limit)}, func(r row) error {
			due = append(due, Due{r.int(0), int(r.int(1)), moment(r.int(2))})
			return nil
		})
		if err != nil {
			return err
		}
		_, err = c.one(`SELECT at FROM delivery WHERE destination=? AND state=? AND head=1 AND state<=1 AND at>?
			ORDER BY at LIMIT 1`, []any{q.Destination, int(state), now}, func(r row) { next = moment(r.int(0)) })
		return err
	})
	return due, next, err
}

// clamp brings forward what waits longer than it was told to, because the
// clock was set back since.
func (x *tx) clamp() error {
	return x.exec(`UPDATE delivery SET at=?1+wait WHERE state=1 AND at>?1+wait`, x.now)
}

// Attempt is the right to try a delivery once.
type Attempt struct {
	Delivery    int64
	Number      int // counts from 1
	Message     string
	Destination string
	message     int64
}

// Attempt begins an attempt: when it returns, the attempt is durable, so that
// one which ends the process is found out. Returns ErrState for a delivery
// that is not due to be sent or that another one is sending.
func (j *Journal) Attempt(ctx context.Context, delivery int64) (Attempt, error) {
	a := new(Attempt)
	err := j.write(ctx, small, func(x *tx) error {
		d, err := x.find(delivery)
		if err != nil {
			return err
		}
		if !d.state.may(Sending) || !d.head {
			return otherState(d.state)
		}
		*a = Attempt{Delivery: delivery, Number: d.attempts + 1, Message: d.id, Destination: d.destination, message: d.message}
		err = x.exec(`UPDATE delivery SET state=?, attempts=attempts+1, changed=? WHERE seq=?`, int(Sending), x.now, delivery)
		if err == nil {
			err = x.exec(`INSERT INTO attempt(delivery, number, started) VALUES(?,?,?)`, delivery, a.Number, x.now)
		}
		return err
	})
	return *a, err
}

func otherState(s State) error {
	return problem(mapping.BusinessRule, ErrState, "the delivery is "+s.String()+" or stands behind another one", nil)
}

// Outcome is how an attempt ended: Delivered, Retry, Dead or Held.
type Outcome struct {
	State  State
	Reason Reason
	After  time.Duration // of a retry: how long to wait
	Answer []byte        // what the destination said, kept sealed
	Audit  Audit
	// Reply is a message of ours that follows from it, such as a negative
	// acknowledgement; it is stored in the same transaction or not at all, and
	// never taken for a duplicate.
	Reply *Message
}

// result is what of an outcome is sealed under the message's key.
type result struct {
	Text   string `json:"text,omitempty"`
	Answer []byte `json:"answer,omitempty"`
}

// Finish records how an attempt ended. Returns ErrState when the attempt is no
// longer the delivery's last: what it did was decided otherwise.
func (j *Journal) Finish(ctx context.Context, a Attempt, o Outcome) error {
	if !Sending.may(o.State) {
		return &mapping.Error{Kind: mapping.Value, Path: "State", Message: "expected delivered, retry, dead or held"}
	}
	if err := named("Reason.Code", o.Reason.Code, o.State != Delivered); err != nil {
		return err
	}
	tenant, key, err := j.messageKey(ctx, a.message)
	if err != nil {
		return err
	}
	sealed, err := result{o.Reason.Text, o.Answer}.seal(key, tenant, a.Message)
	if err != nil {
		return err
	}
	audit, err := j.sealAudit(ctx, tenant, o.Audit)
	if err != nil {
		return err
	}
	var reply *record
	if o.Reply != nil {
		if reply, err = j.prepare(ctx, o.Reply); err != nil {
			return err
		}
	}
	return j.write(ctx, small+len(sealed), func(x *tx) error {
		d, err := x.find(a.Delivery)
		if err != nil {
			return err
		}
		if d.state != Sending || d.attempts != a.Number {
			return otherState(d.state)
		}
		err = x.exec(`UPDATE attempt SET ended=?, state=?, code=?, sealed=? WHERE delivery=? AND number=?`,
			x.now, int(o.State), o.Reason.Code, sealed, a.Delivery, a.Number)
		if err == nil {
			err = x.move(d, change{to: o.State, code: o.Reason.Code, wait: max(o.After, 0), audit: audit})
		}
		if err == nil && reply != nil {
			err = x.insert(reply)
		}
		return err
	})
}

// change is a step of a delivery from one state to another.
type change struct {
	to    State
	code  string
	wait  time.Duration
	audit []byte
	event string // of the audit; the state's name when empty
}

// found is a delivery as the file has it.
type found struct {
	seq, message            int64
	id, tenant, destination string
	patient                 []byte
	state                   State
	head                    bool
	attempts, broken        int
}

func (x *tx) find(delivery int64) (d found, err error) {
	ok, err := x.one(`SELECT d.seq, d.message, m.id, m.tenant, d.destination, d.patient, d.state, d.head, d.attempts, d.broken
		FROM delivery d JOIN message m ON m.seq=d.message WHERE d.seq=?`, []any{delivery}, func(r row) {
		d = found{seq: r.int(0), message: r.int(1), id: r.text(2), tenant: r.text(3), destination: r.text(4), patient: r.blob(5),
			state: State(r.int(6)), head: r.int(7) == 1, attempts: int(r.int(8)), broken: int(r.int(9))}
	})
	if err == nil && !ok {
		err = notFound("delivery")
	}
	return d, err
}

// move writes a change of state with its row of the audit, and lets the next
// delivery of the patient go when this one has ended.
func (x *tx) move(d found, c change) error {
	if !d.state.may(c.to) {
		return otherState(d.state)
	}
	broken := 0
	if c.code == interrupted {
		broken = d.broken + 1
	}
	wait := c.wait.Milliseconds()
	err := x.exec(`UPDATE delivery SET state=?, head=?, at=?, wait=?, broken=?, code=?, changed=? WHERE seq=?`,
		int(c.to), d.head && !c.to.Final(), x.now+wait, wait, broken, c.code, x.now, d.seq)
	if err == nil && c.to.Final() && d.head && d.patient != nil {
		err = x.exec(`UPDATE delivery SET head=1 WHERE seq=(SELECT seq FROM delivery
			WHERE destination=? AND patient IS NOT NULL AND patient=? AND state<=4 ORDER BY seq LIMIT 1)`, d.destination, d.patient)
	}
	if err == nil {
		if c.event == "" {
			c.event = c.to.String()
		}
		err = x.audit(trace{event: c.event, code: c.code, tenant: d.tenant, message: d.id, destination: d.destination,
			patient: d.patient, sealed: c.audit})
	}
	x.ring[d.destination] = true
	return err
}

// interrupted is the code of an attempt that ended with the process.
const interrupted = "interrupted"

// recover takes back what the last process was sending, with the same
// identifiers. Whatever ended the process too often is dead: it may be the
// cause.
func (x *tx) recover() error {
	var left []int64
	err := x.query(`SELECT seq FROM delivery WHERE state=2`, nil, func(r row) error {
		left = append(left, r.int(0))
		return nil
	})
	for _, seq := range left {
		if err != nil {
			return err
		}
		var d found
		if d, err = x.find(seq); err != nil {
			return err
		}
		to := Retry
		if d.broken+1 >= x.j.options.MaxBroken {
			to = Dead
		}
		err = x.exec(`UPDATE attempt SET ended=?, state=?, code=? WHERE delivery=? AND number=?`, x.now, int(to), interrupted, seq, d.attempts)
		if err == nil {
			err = x.move(d, change{to: to, code: interrupted, event: interrupted})
		}
	}
	if err == nil {
		err = x.clamp()
	}
	return err
}

// decide moves a delivery on a person's word.
func (j *Journal) decide(ctx context.Context, delivery int64, to State, r Reason, event string, a Audit) error {
	if err := named("Reason.Code", r.Code, r.Text != ""); err != nil {
		return err
	}
	var d found
	err := j.read(ctx, func(c *conn) (err error) {
		d, err = (&tx{conn: c}).find(delivery)
		return err
	})
	if err != nil {
		return err
	}
	if r.Text != "" {
		a.Detail = r.Text
	}
	audit, err := j.sealAudit(ctx, d.tenant, a)
	if err != nil {
		return err
	}
	return j.write(ctx, small, func(x *tx) error {
		d, err := x.find(delivery)
		if err == nil && d.state == Sending {
			err = otherState(d.state) // how the attempt ends, Finish alone says
		}
		if err != nil {
			return err
		}
		return x.move(d, change{to: to, code: r.Code, event: event, audit: audit})
	})
}

// Rerun sends a dead or held delivery again, in its old place.
func (j *Journal) Rerun(ctx context.Context, delivery int64, r Reason, a Audit) error {
	return j.decide(ctx, delivery, Waiting, r, "rerun", a)
}

// Release takes a delivery out for good, without sending it; what the patient
// has behind it goes on. Returns ErrState while an attempt is under way.
func (j *Journal) Release(ctx context.Context, delivery int64, r Reason, a Audit) error {
	return j.decide(ctx, delivery, Released, r, "", a)
}

// Hold keeps a delivery that waits from being sent, as when a consent is
// withdrawn, and with it what the patient has behind it.
func (j *Journal) Hold(ctx context.Context, delivery int64, r Reason, a Audit) error {
	return j.decide(ctx, delivery, Held, r, "", a)
}

// messageKey returns a message's own key, nil when it was erased.
func (j *Journal) messageKey(ctx context.Context, seq int64) (tenant string, key cipher.AEAD, err error) {
	var w Wrapped
	err = j.read(ctx, func(c *conn) error {
		ok, err := c.one(`SELECT tenant, keyid, wrapped FROM message WHERE seq=?`, []any{seq}, func(r row) {
			tenant, w = r.text(0), Wrapped{r.text(1), r.blob(2)}
		})
		if err == nil && !ok {
			err = notFound("message")
		}
		return err
	})
	if err != nil || w.Bytes == nil {
		return tenant, nil, err
	}
	key, err = j.unwrap(ctx, tenant, w)
	return tenant, key, err
}

func (j *Journal) unwrap(ctx context.Context, tenant string, w Wrapped) (cipher.AEAD, error) {
	key, err := j.keys.Unwrap(ctx, tenant, w)
	if err != nil {
		return nil, err
	}
	return gcm(key)
}
