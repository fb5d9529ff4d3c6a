package journal

import (
	"context"
	"strings"

	"tolk/mapping"
)

// Answered is what an acknowledgement answers: a message of ours, by our
// identifier, as it was delivered to one destination.
type Answered struct {
	Message, Tenant string
	Destination     string
	// Delivery is the one that is answered, 0 where that is not known. If it
	// waits to be sent again it waits for nothing: its destination has it.
	Delivery int64
	Code     string // what the acknowledgement says: ok, transient-error, fatal-error
}

func (a Answered) check() error {
	if !uuid.MatchString(a.Message) {
		return &mapping.Error{Kind: mapping.Value, Path: "Answers.Message", Message: "expected a UUID in lower case"}
	}
	for _, f := range []struct {
		path, name string
		required   bool
	}{{"Answers.Tenant", a.Tenant, true}, {"Answers.Destination", a.Destination, false}, {"Answers.Code", a.Code, false}} {
		if err := named(f.path, f.name, f.required); err != nil {
			return err
		}
	}
	return nil
}

// acknowledged is the event, in the audit and on a delivery, of a message that
// its destination answered.
const acknowledged = "acknowledged"

// answer ties the message seq to the one that it answers, in whose life it is
// written.
func (x *tx) answer(seq int64, r *record) error {
	to := r.m.Answers
	var of int64
	var patient []byte
	ok, err := x.one(`SELECT seq, patient FROM message WHERE id=? AND tenant=?`, []any{to.Message, to.Tenant}, func(r row) {
		of, patient = r.int(0), r.blob(1)
	})
	if err != nil || !ok { // it was forgotten meanwhile
		return err
	}
	if err := x.exec(`INSERT OR IGNORE INTO answered VALUES(?,?)`, of, seq); err != nil {
		return err
	}
	err = x.audit(trace{event: acknowledged, code: to.Code, tenant: to.Tenant, message: to.Message, destination: to.Destination,
		patient: patient, sealed: r.told})
	if err != nil || to.Delivery == 0 {
		return err
	}
	d, err := x.find(to.Delivery)
	if err == nil && d.state == Delivered && (to.Code == "fatal-error" || to.Code == "transient-error") {
		return x.unsay(d, to.Code, r.told)
	}
	if err != nil || d.state != Retry {
		return err
	}
	switch to.Code {
	case "ok":
		return x.move(d, change{to: Delivered, code: acknowledged, audit: r.told})
	case "fatal-error":
		return x.move(d, change{to: Dead, code: to.Code, audit: r.told})
	}
	return nil
}

// unsay makes dead what was delivered, and is refused by its destination after that.
// It takes its place before what the patient has at the destination again, unless
// something of that is under way.
func (x *tx) unsay(d found, code string, audit []byte) error {
	return x.reopen(d, Dead, code, Dead.String(), audit)
}

// reopen puts a delivery that was delivered into an open state.
func (x *tx) reopen(d found, to State, code, event string, audit []byte) error {
	ahead, err := int64(0), error(nil)
	if d.patient != nil {
		ahead, err = x.number(`SELECT count(*) FROM delivery WHERE destination=? AND patient IS NOT NULL AND patient=? AND state<=4 AND head=1`, d.destination, d.patient)
	}
	if err == nil {
		err = x.exec(`UPDATE delivery SET state=?, head=?, at=?, wait=0, code=?, changed=? WHERE seq=?`, int(to), ahead == 0, x.now, code, x.now, d.seq)
	}
	if err == nil {
		err = x.audit(trace{event: event, code: code, tenant: d.tenant, message: d.id, destination: d.destination, patient: d.patient, sealed: audit})
	}
	x.ring[d.destination] = true
	return err
}

// Again sends once more what was delivered, as it was sent: an acknowledgement that
// its destination asks for by repeating what it answers. It does nothing with a
// delivery in another state, or whose message was erased.
func (j *Journal) Again(ctx context.Context, delivery int64, a Audit) error {
	var d found
	err := j.read(ctx, func(c *conn) (err error) {
		d, err = (&tx{conn: c}).find(delivery)
		return err
	})
	if err != nil {
		return err
	}
	audit, err := j.sealAudit(ctx, d.tenant, a)
	if err != nil {
		return err
	}
	return j.write(ctx, small, func(x *tx) error {
		d, err := x.find(delivery)
		if err != nil || d.state != Delivered {
			return err
		}
		if kept, err := x.number(`SELECT count(*) FROM message WHERE seq=? AND wrapped IS NOT NULL`, d.message); err != nil || kept == 0 {
			return err
		}
		return x.reopen(d, Waiting, string(Duplicate), "rerun", audit)
	})
}

// Answered reports whether something answers a message.
func (j *Journal) Answered(ctx context.Context, id string) (yes bool, err error) {
	err = j.read(ctx, func(c *conn) error {
		yes, err = c.one(`SELECT 1 FROM message m JOIN answered a ON a.message=m.seq WHERE m.id=? LIMIT 1`, []any{id}, func(row) {})
		return err
	})
	return yes, err
}

// answers returns the messages that seq acknowledges, and those that acknowledge
// it.
func answers(c *conn, seq int64) (of, by []string, err error) {
	for _, l := range []struct {
		sql string
		out *[]string
	}{
		{`SELECT m.id FROM answered a JOIN message m ON m.seq=a.message WHERE a.answer=? ORDER BY a.message`, &of},
		{`SELECT m.id FROM answered a JOIN message m ON m.seq=a.answer WHERE a.message=? ORDER BY a.answer`, &by},
	} {
		if err == nil {
			err = c.query(l.sql, []any{seq}, func(r row) error {
				*l.out = append(*l.out, r.text(0))
				return nil
			})
		}
	}
	return of, by, err
}

// Sent is a delivery that went out under an identifier.
type Sent struct {
	Delivery            int64
	Destination         string
	Message             string // ours
	Tenant, Sender      string
	Channel, Document   string
	Correlation, Header string // as the envelope of the message has them, empty once it is erased
}

// FindSent returns the newest delivery to a destination that was sent under an
// identifier (Outcome.SentAs, Store), ErrNotFound where there is none.
func (j *Journal) FindSent(ctx context.Context, destination, id string) (s Sent, err error) {
	macs, err := j.sentAs(ctx, destination, []string{id})
	if err != nil {
		return s, err
	}
	if len(macs) == 0 {
		return s, notFound("delivery")
	}
	var m kept
	err = j.read(ctx, func(c *conn) error {
		ok, err := c.one(`SELECT s.delivery, d.destination, d.message FROM sent s JOIN delivery d ON d.seq=s.delivery WHERE s.mac=?
			ORDER BY s.delivery DESC LIMIT 1`, []any{macs[0]}, func(r row) {
			s.Delivery, s.Destination, m.seq = r.int(0), r.text(1), r.int(2)
		})
		if err != nil || !ok {
			return either(err, notFound("delivery"))
		}
		_, err = c.one(`SELECT `+keptColumns+` FROM message WHERE seq=?`, []any{m.seq}, func(r row) { m = scanKept(r) })
		return err
	})
	if err != nil {
		return s, err
	}
	s.Message, s.Tenant, s.Sender, s.Channel, s.Document = m.id, m.tenant, m.sender, m.channel, m.kind
	if m.key.Bytes != nil {
		e, _, err := j.envelope(ctx, m)
		if err != nil {
			return s, err
		}
		s.Correlation, s.Header = e.Correlation, e.Header
	}
	return s, nil
}

// sentAs hashes the identifiers that something is sent under. They belong to the
// destination, whoever's message it was: so the key is the journal's own.
func (j *Journal) sentAs(ctx context.Context, destination string, ids []string) (macs [][]byte, err error) {
	for _, id := range ids {
		mac, err := j.hash(ctx, own, "sent", destination, id)
		if err != nil {
			return nil, err
		}
		if mac != nil {
			macs = append(macs, mac)
		}
	}
	return macs, nil
}

// own is the tenant whose key hashes what is the node's own.
const own = "tolk"

func (x *tx) remember(delivery int64, macs [][]byte) error {
	for _, mac := range macs {
		if err := x.exec(`INSERT OR IGNORE INTO sent VALUES(?,?)`, mac, delivery); err != nil {
			return err
		}
	}
	return nil
}

// patients hashes a citizen's number with the keys of some tenants.
func (j *Journal) patients(ctx context.Context, number string, tenants []string) (macs []any, err error) {
	for _, tenant := range tenants {
		if tenant == "" {
			continue
		}
		mac, err := j.hash(ctx, tenant, "patient", number)
		if err != nil {
			return nil, err
		}
		macs = append(macs, mac)
	}
	return macs, nil
}

// marks returns n question marks with commas between them.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }
