package journal

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"math"
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
	Retry:   {Sending, Held, Released, Delivered, Dead}, // the last two by what its destination tells late
	Sending: {Delivered, Retry, Dead, Held},
	Dead:    {Waiting, Released},
	Held:    {Waiting, Released},
}

// may reports whether to may follow s.
func (s State) may(to State) bool { return !s.Final() && slices.Contains(follows[s], to) }

// Queue is what waits for one destination: what was never tried, or what is to
// be tried again. They are apart so that retries have a lane of their own.
// Letters are what lies ready in a mailbox: their deliveries are in state Retry
// under the code InMailbox or NotTaken, and are not among the Retries.
type Queue struct {
	Destination string
	Retries     bool
	Letters     bool
	// Part is the name of a part of which Due.Bytes is the size.
	Part string
}

// The codes of a letter that lies ready in a mailbox.
const (
	InMailbox = "in-mailbox" // it was never given out
	NotTaken  = "not-taken"  // it was given out, and nobody said that it arrived
)

// NoMailbox is the code of what was a letter before its destination ceased to be a
// mailbox.
const NoMailbox = "no-mailbox"

// SendLetters lets what lies ready in a mailbox be tried like everything else, for
// a destination that is none any more. It returns how many there were.
func (j *Journal) SendLetters(ctx context.Context, destination string) (int64, error) {
	return told(ctx, j, func(x *tx) (int64, error) {
		n, err := x.number(`SELECT count(*) FROM delivery WHERE destination=? AND state=1 AND `+isLetter, destination)
		if err != nil || n == 0 {
			return n, err
		}
		x.ring[destination] = true
		return n, x.exec(`UPDATE delivery SET code=?, changed=? WHERE destination=? AND state=1 AND `+isLetter, NoMailbox, x.now, destination)
	})
}

// isLetter is what the column code of a letter fulfils.
const isLetter = `code IN ('` + InMailbox + `','` + NotTaken + `')`

// Due is a delivery that may be attempted now: the first open one of its
// patient at its destination.
type Due struct {
	Delivery int64
	Attempts int       // so far
	At       time.Time // since when
	Bytes    int64     // about the size of Queue.Part; 0 where there is none
}

// Due returns what may be attempted now, oldest first, at most limit (up to
// 1000), and when the next will be due, the zero time when none is foreseen.
// What another delivery of the same patient stands before is not among them.
func (j *Journal) Due(ctx context.Context, q Queue, limit int) (due []Due, next time.Time, err error) {
	now := j.now()
	if last := j.seen.Swap(now); now < last-setBack {
		// The clock was set back: nothing waits longer for that than it was to.
		if err := j.write(ctx, small, (*tx).clamp); err != nil {
			j.sees(last) // whoever asks next finds it, and does it
			return nil, next, err
		}
	}
	// What was never tried is due, whatever the clock said when it came.
	state, horizon := Waiting, int64(math.MaxInt64)
	if q.Retries || q.Letters {
		state, horizon = Retry, now
	}
	err = j.read(ctx, func(c *conn) error {
		size := `0`
		args := []any{q.Destination, int(state), q.Letters, horizon, page(limit)}
		if q.Part != "" {
			size = `(SELECT length(sealed) FROM body b WHERE b.message=delivery.message AND b.part=?)`
			args = append([]any{q.Part}, args...)
		}
		err := c.query(`SELECT seq, attempts, at, `+size+` FROM delivery WHERE destination=? AND state=? AND head=1 AND state<=1 AND (`+isLetter+`)=? AND at<=?
			ORDER BY at, seq LIMIT ?`, args, func(r row) error {
			due = append(due, Due{r.int(0), int(r.int(1)), moment(r.int(2)), r.int(3)})
			return nil
		})
		if err != nil || state == Waiting {
			return err
		}
		_, err = c.one(`SELECT at FROM delivery WHERE destination=? AND state=? AND head=1 AND state<=1 AND (`+isLetter+`)=? AND at>?
			ORDER BY at LIMIT 1`, []any{q.Destination, int(state), q.Letters, now}, func(r row) { next = moment(r.int(0)) })
		return err
	})
	return due, next, err
}

// setBack is by how many ms a clock is behind that was set back, and not read a
// moment earlier by another goroutine.
const setBack = 1000

// clamp brings forward what waits longer than it was told to, because the
// clock was set back since.
func (x *tx) clamp() error {
	return x.exec(`UPDATE delivery SET at=?1+wait WHERE state<=1 AND at>?1+wait`, x.now)
}

// sees remembers the latest time that something was written at: Due knows by it
// that the clock was set back.
func (j *Journal) sees(now int64) {
	for last := j.seen.Load(); now > last && !j.seen.CompareAndSwap(last, now); {
		last = j.seen.Load()
	}
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
	return j.attempt(ctx, delivery, nil)
}

// GiveOut is Attempt for a letter that a receiver fetches: who did, and by what
// right, stands in the audit when it returns.
func (j *Journal) GiveOut(ctx context.Context, delivery int64, a Audit) (Attempt, error) {
	var d found
	err := j.read(ctx, func(c *conn) (err error) {
		d, err = (&tx{conn: c}).find(delivery)
		return err
	})
	if err != nil {
		return Attempt{}, err
	}
	sealed, err := j.sealAudit(ctx, d.tenant, a)
	if err != nil {
		return Attempt{}, err
	}
	return j.attempt(ctx, delivery, func(x *tx, d found) error {
		return x.audit(trace{event: "fetch", tenant: d.tenant, message: d.id, destination: d.destination, patient: d.patient, sealed: sealed})
	})
}

func (j *Journal) attempt(ctx context.Context, delivery int64, also func(*tx, found) error) (Attempt, error) {
	return told(ctx, j, func(x *tx) (Attempt, error) {
		d, err := x.find(delivery)
		if err != nil {
			return Attempt{}, err
		}
		if !d.state.may(Sending) || !d.head {
			return Attempt{}, otherState(d.state)
		}
		a := Attempt{Delivery: delivery, Number: d.attempts + 1, Message: d.id, Destination: d.destination, message: d.message}
		err = x.exec(`UPDATE delivery SET state=?, attempts=attempts+1, changed=? WHERE seq=?`, int(Sending), x.now, delivery)
		if err == nil {
			err = x.exec(`INSERT INTO attempt(delivery, number, started) VALUES(?,?,?)`, delivery, a.Number, x.now)
		}
		if err == nil && also != nil {
			err = also(x, d)
		}
		return a, err
	})
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
	// SentAs are the identifiers of what was sent that an answer to it may name:
	// Bundle.id, MessageHeader.id, the number of a letter. Better told to Store,
	// before it is sent: an answer may be faster than this.
	SentAs []string
	// Reply is a message of ours that follows from it, such as a negative
	// acknowledgement; it is stored in the same transaction or not at all, and
	// never taken for a duplicate. It answers the message of the attempt.
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
	if errors.Is(err, ErrCorrupt) {
		key, err = nil, nil // how it ended can be told still, but for the words
	}
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
		answer := *o.Reply
		answer.Answers = Answered{Message: a.Message, Tenant: tenant, Destination: a.Destination, Code: answer.Answers.Code}
		if reply, err = j.prepare(ctx, &answer); err != nil {
			return err
		}
	}
	macs, err := j.sentAs(ctx, a.Destination, o.SentAs)
	if err != nil {
		return err
	}
	return j.write(ctx, small+len(sealed), func(x *tx) error {
		d, err := x.find(a.Delivery)
		if err != nil {
			return err
		}
		if d.attempts != a.Number || d.state != Sending && !d.late(o.State) {
			return otherState(d.state)
		}
		err = x.exec(`UPDATE attempt SET ended=?, state=?, code=?, sealed=? WHERE delivery=? AND number=?`,
			x.now, int(o.State), o.Reason.Code, sealed, a.Delivery, a.Number)
		if err == nil {
			err = x.move(d, change{to: o.State, code: o.Reason.Code, wait: max(o.After, 0), audit: audit})
		}
		if err == nil {
			err = x.remember(a.Delivery, macs)
		}
		if err == nil && reply != nil {
			err = x.insert(reply)
		}
		return err
	})
}

// late reports whether d is a letter whose receiver says that it arrived, after
// it was taken back and before it was given out again.
func (d found) late(to State) bool {
	return to == Delivered && d.state == Retry && d.code == NotTaken
}

// Resume returns an attempt by its number, for an outcome that is told later,
// perhaps to another process. Whether it is still the last one Finish says.
func (j *Journal) Resume(ctx context.Context, delivery int64, number int) (Attempt, error) {
	var a Attempt
	err := j.read(ctx, func(c *conn) error {
		d, err := (&tx{conn: c}).find(delivery)
		if err == nil && (number < 1 || number > d.attempts) {
			err = notFound("attempt")
		}
		a = Attempt{Delivery: delivery, Number: number, Message: d.id, Destination: d.destination, message: d.message}
		return err
	})
	return a, err
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
	code                    string
}

func (x *tx) find(delivery int64) (d found, err error) {
	ok, err := x.one(`SELECT d.seq, d.message, m.id, m.tenant, d.destination, d.patient, d.state, d.head, d.attempts, d.broken, d.code
		FROM delivery d JOIN message m ON m.seq=d.message WHERE d.seq=?`, []any{delivery}, func(r row) {
		d = found{seq: r.int(0), message: r.int(1), id: r.text(2), tenant: r.text(3), destination: r.text(4), patient: r.blob(5),
			state: State(r.int(6)), head: r.int(7) == 1, attempts: int(r.int(8)), broken: int(r.int(9)), code: r.text(10)}
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
		// Of a letter that was given out nothing is known but that; it cannot have
		// ended the process.
		c := change{to: Retry, code: NotTaken}
		if d.code != InMailbox && d.code != NotTaken {
			if c = (change{to: Retry, code: interrupted, event: interrupted}); d.broken+1 >= x.j.options.MaxBroken {
				c.to = Dead
			}
		}
		err = x.exec(`UPDATE attempt SET ended=?, state=?, code=? WHERE delivery=? AND number=?`, x.now, int(c.to), c.code, seq, d.attempts)
		if err == nil {
			err = x.move(d, c)
		}
	}
	if err == nil {
		err = x.clamp()
	}
	return err
}

// decide moves a delivery on a person's word.
func (j *Journal) decide(ctx context.Context, delivery int64, to State, r Reason, event string, a Audit, reply *Message) error {
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
	follows, err := j.prepareReply(ctx, reply, Answered{Message: d.id, Tenant: d.tenant, Destination: d.destination})
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
		if err := x.move(d, change{to: to, code: r.Code, event: event, audit: audit}); err != nil {
			return err
		}
		return x.reply(follows)
	})
}

// prepareReply prepares a message of ours that follows from a decision about
// another one; nil where none does.
func (j *Journal) prepareReply(ctx context.Context, m *Message, to Answered) (*record, error) {
	if m == nil {
		return nil, nil
	}
	answer := *m
	to.Code, answer.Answers = answer.Answers.Code, to
	return j.prepare(ctx, &answer)
}

// reply writes a message of ours that follows from a decision, unless it was
// written before.
func (x *tx) reply(r *record) error {
	if r == nil {
		return nil
	}
	if n, err := x.number(`SELECT count(*) FROM message WHERE id=?`, r.m.ID); err != nil || n > 0 {
		return err
	}
	return x.insert(r)
}

// Rerun sends a dead or held delivery again, in its old place.
func (j *Journal) Rerun(ctx context.Context, delivery int64, r Reason, a Audit) error {
	return j.decide(ctx, delivery, Waiting, r, "rerun", a, nil)
}

// Release takes a delivery out for good, without sending it; what the patient
// has behind it goes on. reply, nil for none, is a message of ours that follows
// from that, as Outcome.Reply is; one that was written before is not written again.
// Returns ErrState while an attempt is under way.
func (j *Journal) Release(ctx context.Context, delivery int64, r Reason, a Audit, reply *Message) error {
	return j.decide(ctx, delivery, Released, r, "", a, reply)
}

// Hold keeps a delivery that waits from being sent, as when a consent is
// withdrawn, and with it what the patient has behind it.
func (j *Journal) Hold(ctx context.Context, delivery int64, r Reason, a Audit) error {
	return j.decide(ctx, delivery, Held, r, "", a, nil)
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

// ParseState returns the state with a name (State.String), and whether there is
// one.
func ParseState(name string) (State, bool) {
	n := slices.Index(stateNames[:], name)
	return State(n), n >= 0
}
