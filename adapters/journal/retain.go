package journal

import (
	"context"
	"errors"
	"time"

	"tolk/mapping"
)

// Swept says what a sweep took away.
type Swept struct {
	Bodies   int // whose time was up
	Messages int // forgotten altogether, with their identifiers; the audit stays
}

// Keep sets how long bodies and identifiers are kept from now on, as
// Options.KeepBodies and KeepIDs do; 0 leaves what it is.
func (j *Journal) Keep(bodies, ids time.Duration) {
	if bodies > 0 {
		j.keep.bodies.Store(bodies.Milliseconds())
	}
	if ids > 0 {
		j.keep.ids.Store(ids.Milliseconds())
	}
}

const sweepStep = 500 // messages in one transaction, so that accepting goes on between

// Sweep erases what is kept no longer: the key and the body of messages whose
// last delivery ended more than KeepBodies ago, and what is left of a message
// once its identifiers are older than KeepIDs. A message with an open delivery
// is never touched: OldestBody tells of it.
func (j *Journal) Sweep(ctx context.Context) (s Swept, err error) {
	for done := false; !done && err == nil; {
		var n int
		n, err = told(ctx, j, (*tx).sweepBodies)
		s.Bodies, done = s.Bodies+n, n < sweepStep
	}
	for done := false; !done && err == nil; {
		var n int
		n, err = told(ctx, j, (*tx).forget)
		s.Messages, done = s.Messages+n, n < sweepStep
	}
	if err == nil && (s.Bodies > 0 || s.Messages > 0) {
		err = j.Purge(ctx)
	}
	return s, err
}

// sweepBodies erases the bodies of one step.
func (x *tx) sweepBodies() (n int, err error) {
	var list []found
	before := x.now - x.j.keep.bodies.Load()
	err = x.query(`SELECT m.seq, m.id, m.tenant, m.patient FROM body b CROSS JOIN message m ON m.seq=b.message
		WHERE b.part='original' AND m.accepted<=?1
		AND NOT EXISTS(SELECT 1 FROM delivery d WHERE `+its+` AND (d.state<=4 OR d.changed>?1))
		ORDER BY b.message LIMIT ?2`, []any{before, sweepStep}, func(r row) error {
		list = append(list, found{message: r.int(0), id: r.text(1), tenant: r.text(2), patient: r.blob(3)})
		return nil
	})
	for _, m := range list {
		if err == nil {
			err = x.dropKey(m.message)
		}
		if err == nil {
			err = x.audit(trace{event: "erase", code: "retention", tenant: m.tenant, message: m.id, patient: m.patient})
		}
	}
	return len(list), err
}

// dropKey takes away what a message can be read with, and what would be read.
func (x *tx) dropKey(message int64) error {
	err := x.exec(`UPDATE message SET wrapped=NULL, sealed=NULL WHERE seq=?`, message)
	if err == nil {
		err = x.exec(`DELETE FROM body WHERE message=?`, message)
	}
	if err == nil {
		err = x.exec(`UPDATE attempt SET sealed=NULL WHERE sealed IS NOT NULL AND delivery IN (SELECT d.seq FROM delivery d, message m WHERE m.seq=? AND `+its+`)`, message)
	}
	return err
}

// forget takes away the rows of messages without a body whose identifiers are
// kept no longer.
func (x *tx) forget() (n int, err error) {
	var seqs []int64
	var macs [][]byte
	err = x.query(`SELECT seq, bundle, header, transport, content FROM message WHERE wrapped IS NULL AND accepted<?
		ORDER BY seq LIMIT ?`, []any{x.now - x.j.keep.ids.Load(), sweepStep}, func(r row) error {
		seqs = append(seqs, r.int(0))
		macs = append(macs, r.blob(1), r.blob(2), r.blob(3))
		return nil
	})
	for _, seq := range seqs {
		for _, sql := range []string{
			`DELETE FROM attempt WHERE delivery IN (SELECT d.seq FROM delivery d, message m WHERE m.seq=? AND ` + its + `)`,
			`DELETE FROM sent WHERE delivery IN (SELECT d.seq FROM delivery d, message m WHERE m.seq=? AND ` + its + `)`,
			`DELETE FROM answered WHERE message=?1 OR answer=?1`,
			`DELETE FROM delivery WHERE seq IN (SELECT d.seq FROM delivery d, message m WHERE m.seq=? AND ` + its + `)`,
			`DELETE FROM ack WHERE message=?`,
			`DELETE FROM message WHERE seq=?`,
		} {
			if err == nil {
				err = x.exec(sql, seq)
			}
		}
	}
	for i, mac := range macs {
		if mac != nil && err == nil {
			err = x.exec(`DELETE FROM inbox WHERE mac=? AND message=?`, mac, seqs[i/3])
		}
	}
	return len(seqs), err
}

// Erase takes away a message for good: its key, its body, its answer, what its
// destinations said, and which citizen it is about. Its open deliveries are
// released. Identifiers stay as keyed hashes, so that it does not come in
// again. Returns ErrState while an attempt is under way, and ErrBusy when the
// message is erased but a reader keeps an old page from being overwritten:
// Purge ends it then.
func (j *Journal) Erase(ctx context.Context, id string, a Audit) error {
	if err := j.erase(ctx, id, a, nil); err != nil {
		return err
	}
	return j.Purge(ctx)
}

// EraseAll is Erase for many messages, with one Purge in the end. It returns what
// stood in the way of each, nil where it was erased. reply, nil for none, gives the
// message of ours that follows where a delivery was still open, as Release has it.
func (j *Journal) EraseAll(ctx context.Context, ids []string, a Audit, reply func(id string) *Message) ([]error, error) {
	errs := make([]error, len(ids))
	for i, id := range ids {
		errs[i] = j.erase(ctx, id, a, reply)
	}
	return errs, j.Purge(ctx)
}

func (j *Journal) erase(ctx context.Context, id string, a Audit, reply func(id string) *Message) error {
	var m kept
	err := j.read(ctx, func(c *conn) error {
		ok, err := c.one(`SELECT `+keptColumns+` FROM message WHERE id=?`, []any{id}, func(r row) { m = scanKept(r) })
		if err == nil && !ok {
			err = notFound("message")
		}
		return err
	})
	if err != nil {
		return err
	}
	audit, err := j.sealAudit(ctx, m.tenant, a)
	if err != nil {
		return err
	}
	var follows *record
	if reply != nil {
		if follows, err = j.prepareReply(ctx, reply(id), Answered{Message: id, Tenant: m.tenant}); err != nil {
			return err
		}
	}
	return j.write(ctx, small, func(x *tx) error {
		var open []int64
		err := x.query(`SELECT seq, state FROM delivery WHERE seq>=? AND seq<? AND state<=4`, []any{m.first, m.first + m.deliveries}, func(r row) error {
			if s := State(r.int(1)); s == Sending {
				return otherState(s)
			}
			open = append(open, r.int(0))
			return nil
		})
		for _, seq := range open {
			var d found
			if err == nil {
				d, err = x.find(seq)
			}
			if err == nil {
				err = x.move(d, change{to: Released, code: "erased", audit: audit})
			}
		}
		if err == nil && len(open) > 0 {
			err = x.reply(follows)
		}
		if err == nil {
			err = x.dropKey(m.seq)
		}
		for _, sql := range []string{
			`DELETE FROM ack WHERE message=?`,
			`UPDATE delivery SET patient=NULL WHERE seq IN (SELECT d.seq FROM delivery d, message m WHERE m.seq=? AND ` + its + `)`,
			`UPDATE message SET patient=NULL WHERE seq=?`,
		} {
			if err == nil {
				err = x.exec(sql, m.seq)
			}
		}
		if err == nil {
			err = x.audit(trace{event: "erase", code: "request", tenant: m.tenant, message: m.id, patient: m.patientID, sealed: audit})
		}
		return err
	})
}

// EraseCitizen erases every message about a citizen and returns how many. It
// does not stop at one that is being sent, and returns ErrState in the end:
// called again it erases the rest.
func (j *Journal) EraseCitizen(ctx context.Context, tenant, patient string, a Audit) (n int, err error) {
	if patient == "" {
		return 0, &mapping.Error{Kind: mapping.Required, Path: "patient", Message: "the citizen's number is missing"}
	}
	mac, err := j.hash(ctx, tenant, "patient", patient)
	if err != nil {
		return 0, err
	}
	var later error
	for after := int64(0); ; {
		var ids []string
		err := j.read(ctx, func(c *conn) error {
			return c.query(`SELECT seq, message FROM audit WHERE patient IS NOT NULL AND patient=?1 AND seq>?2 AND event='accepted'
				AND EXISTS(SELECT 1 FROM message m WHERE m.id=audit.message AND m.patient=?1) ORDER BY seq LIMIT 500`, []any{mac, after}, func(r row) error {
				after = r.int(0)
				ids = append(ids, r.text(1))
				return nil
			})
		})
		if err != nil {
			return n, err
		}
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			switch err := j.erase(ctx, id, a, nil); {
			case err == nil:
				n++
			case errors.Is(err, ErrState):
				later = err
			default:
				return n, err
			}
		}
	}
	if err := j.Purge(ctx); err != nil {
		return n, err
	}
	return n, later
}

// Purge moves the log into the file and cuts it off, so that nothing that was
// erased is left in either; pages are overwritten when their content goes. It
// needs a moment without readers, and returns ErrBusy when it found none.
func (j *Journal) Purge(ctx context.Context) error {
	for range 50 {
		blocked := true
		if err := j.submit(ctx, &job{alone: true, size: small, do: func(x *tx) error {
			_, err := x.one("PRAGMA wal_checkpoint(TRUNCATE)", nil, func(r row) { blocked = r.int(0) != 0 })
			return err
		}}); err != nil {
			return err
		}
		if !blocked {
			return nil
		}
		select {
		case <-ctx.Done():
			return busy(ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return busy(nil)
}

// OldestBody returns when the oldest message that can still be read was
// accepted, the zero time when there is none.
func (j *Journal) OldestBody(ctx context.Context) (oldest time.Time, err error) {
	err = j.ask(ctx, func(c *conn) error {
		_, err := c.one(`SELECT at FROM body ORDER BY message LIMIT 1`, nil, func(r row) { oldest = moment(r.int(0)) })
		return err
	})
	return oldest, err
}
