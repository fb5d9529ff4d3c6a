package journal

import (
	"context"

	"tolk/mapping"
)

// Accept makes a message durable. When it returns Accepted, the message with
// everything that was decided about it is on the disk, and the sender may be
// told so. Duplicate and Conflict are answers too, written in the audit: the
// journal had the message, or something else under its identifiers. An error
// (ErrBusy, ErrUnknown, ErrFull, ErrStopped, or what is wrong with m) means
// that the sender must keep the message.
func (j *Journal) Accept(ctx context.Context, m Message) (Receipt, error) {
	if err := j.Ready(); err != nil {
		return Receipt{}, err
	}
	r, err := j.prepare(ctx, &m)
	if err != nil {
		return Receipt{}, err
	}
	receipt := new(Receipt)
	var stored []byte
	err = j.submit(ctx, &job{accept: true, size: int64(len(m.Body) + small), do: func(x *tx) (err error) {
		*receipt, stored, err = x.accept(r)
		return err
	}})
	if err != nil {
		return Receipt{}, err
	}
	if receipt.Verdict != Duplicate {
		return *receipt, nil
	}
	if receipt.Erased = stored == nil; receipt.Erased {
		return *receipt, nil
	}
	key, err := j.tenantKey(ctx, m.Tenant)
	if err != nil {
		return Receipt{}, err
	}
	receipt.Answer, err = unseal(key, stored, about("answer", m.Tenant, receipt.ID))
	return *receipt, err
}

// accept decides about duplicates and writes the message if it is new. stored
// is the sealed answer to what it repeats.
func (x *tx) accept(r *record) (receipt Receipt, stored []byte, err error) {
	seen, err := x.sightings(r.ids)
	if err != nil {
		return receipt, nil, err
	}
	table := x.j.options.Channels[r.m.Channel]
	if table == nil {
		table = MedCom
	}
	action, code, of := table.decide(r.ids, seen)
	if action == Process {
		return Receipt{Verdict: Accepted, ID: r.m.ID, Answer: r.m.Answer}, nil, x.insert(r)
	}
	receipt = Receipt{Verdict: Conflict, Code: code}
	if action == Resend {
		receipt.Verdict = Duplicate
	}
	if of != 0 {
		if _, err = x.one(`SELECT id FROM message WHERE seq=?`, []any{of}, func(row row) { receipt.ID = row.text(0) }); err != nil {
			return receipt, nil, err
		}
	}
	if action == Resend {
		if _, err = x.one(`SELECT sealed FROM ack WHERE message=?`, []any{of}, func(row row) { stored = row.blob(0) }); err != nil {
			return receipt, nil, err
		}
	}
	about := receipt.ID // so that it stands in the life of the message it repeats
	if about == "" {
		about = r.m.ID
	}
	return receipt, stored, x.audit(trace{event: string(receipt.Verdict), code: code, tenant: r.m.Tenant,
		message: about, patient: r.ids.patient, sealed: r.audit})
}

// sightings looks up who had the identifiers first.
func (x *tx) sightings(ids identifiers) (s sightings, err error) {
	oldest := x.now - x.j.keep.ids.Load()
	for _, l := range []struct {
		mac []byte
		out *earlier
	}{{ids.bundle, &s.bundle}, {ids.header, &s.header}, {ids.transport, &s.transport}, {ids.content, &s.content}} {
		if l.mac == nil || err != nil {
			continue
		}
		_, err = x.one(`SELECT m.seq, m.content=? FROM inbox i JOIN message m ON m.seq=i.message WHERE i.mac=? AND m.accepted>=?`,
			[]any{ids.print, l.mac, oldest}, func(r row) { *l.out = earlier{r.int(0), r.int(1) == 1} })
	}
	return s, err
}

// insert writes all rows of a new message.
func (x *tx) insert(r *record) error {
	if n, err := x.number(`SELECT count(*) FROM message WHERE id=?`, r.m.ID); err != nil || n > 0 {
		if err == nil {
			err = &mapping.Error{Kind: mapping.Value, Path: "ID", Message: "the identifier was used before; each message needs its own"}
		}
		return err
	}
	x.message++
	seq, m := x.message, r.m
	err := x.audit(trace{event: string(Accepted), tenant: m.Tenant, message: m.ID, patient: r.ids.patient, sealed: r.audit})
	if err == nil {
		err = x.exec(`INSERT INTO message VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`, seq, m.ID, x.now,
			m.Tenant, m.Sender, m.Channel, m.Document, m.Route.Name, m.Route.Version,
			r.ids.bundle, r.ids.header, r.ids.transport, r.ids.print, r.ids.patient,
			r.key.KeyID, r.key.Bytes, r.sealed, x.head.Seq, x.delivery+1, len(m.Destinations))
	}
	if err == nil {
		err = x.exec(`INSERT INTO body VALUES(?,?,?,?)`, seq, original, x.now, r.body)
	}
	if err == nil {
		err = x.exec(`INSERT INTO ack VALUES(?,?,?)`, seq, x.now, r.answer)
	}
	oldest := x.now - x.j.keep.ids.Load()
	for _, mac := range [][]byte{r.ids.bundle, r.ids.header, r.ids.transport, r.ids.content} {
		if mac != nil && err == nil {
			// Whoever had it first keeps it, unless it is forgotten by now.
			err = x.exec(`INSERT INTO inbox VALUES(?,?) ON CONFLICT DO UPDATE SET message=excluded.message
				WHERE NOT EXISTS(SELECT 1 FROM message WHERE seq=inbox.message AND accepted>=?)`, mac, seq, oldest)
		}
	}
	for i, d := range m.Destinations {
		if err != nil {
			break
		}
		err = x.enqueue(seq, r, d, r.held[i])
	}
	if err == nil && m.Answers.Message != "" {
		err = x.answer(seq, r)
	}
	return err
}

// enqueue writes the delivery of a message to one destination.
func (x *tx) enqueue(message int64, r *record, d Destination, held []byte) error {
	x.delivery++
	state := Waiting
	if d.Held.Code != "" {
		state = Held
	}
	first := true
	if r.ids.patient != nil {
		before, err := x.number(`SELECT 1 FROM delivery WHERE destination=? AND patient IS NOT NULL AND patient=? AND state<=4 LIMIT 1`,
			d.Name, r.ids.patient)
		if err != nil {
			return err
		}
		first = before == 0
	}
	err := x.exec(`INSERT INTO delivery VALUES(?,?,?,?,?,?,?,0,0,0,?,?)`,
		x.delivery, message, d.Name, r.ids.patient, int(state), first, x.now, d.Held.Code, x.now)
	if err == nil && held != nil {
		err = x.exec(`INSERT INTO attempt VALUES(?,0,?,?,?,?,?)`, x.delivery, x.now, x.now, int(state), d.Held.Code, held)
	}
	x.ring[d.Name] = true
	return err
}
