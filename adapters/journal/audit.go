package journal

import (
	"context"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tolk/mapping"
)

// Audit says who did something and by what right. It is sealed under the
// tenant's key and outlives the message.
type Audit struct {
	Actor      string `json:"actor"`                // the client or the person who acts
	Purpose    string `json:"purpose,omitempty"`    // why
	LegalBasis string `json:"legalBasis,omitempty"` // by what law, or which consent
	Capacity   string `json:"capacity,omitempty"`   // health | social
	Maps       string `json:"maps,omitempty"`       // the version of the mappings in use
	Consent    string `json:"consent,omitempty"`    // a reference to the citizen's consent
	Request    string `json:"request,omitempty"`    // X-Request-ID
	Detail     string `json:"detail,omitempty"`
}

// Remark is a row of the audit that is written by itself.
type Remark struct {
	Event, Code, Tenant  string
	Message, Destination string // may be empty
	Patient              string // the citizen's number, kept as its keyed hash; empty: as of Message
	Audit                Audit
}

// Entry is one row of the audit. Each has the hash of the row before it in its
// own, so that none can be changed, left out or put in without a trace.
type Entry struct {
	Seq         int64
	At          time.Time
	Event       string // accept, duplicate, conflict, attempt, delivered, retry, dead, held, rerun, release, erase, read ...
	Code        string // why, in one word
	Tenant      string
	Message     string
	Destination string
	Patient     []byte // the keyed hash
	Audit       Audit
	Hash        [32]byte
	// Channel and Document are those of the message, empty once it is forgotten.
	// They are no part of the row.
	Channel, Document string
}

// Head is the newest row of the audit. Kept outside, it shows later that no
// row was cut off the end.
type Head struct {
	Seq  int64
	Hash [32]byte
}

func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Seq, hex.EncodeToString(h.Hash[:])) }

func (a Audit) seal(key cipher.AEAD, tenant string) ([]byte, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	return seal(key, text, about("audit", tenant, "")), nil
}

// trace is what the writer needs of a row of the audit.
type trace struct {
	event, code, tenant, message, destination string
	patient, sealed                           []byte
}

// chain is the hash of a row: over its own canonical bytes, which are its
// fields in this order with their lengths, and over the hash before it.
func (t trace) chain(before [32]byte, seq, at int64) [32]byte {
	var n [16]byte
	binary.BigEndian.PutUint64(n[:8], uint64(seq))
	binary.BigEndian.PutUint64(n[8:], uint64(at))
	return sha256.Sum256(framed([]byte("tolk audit 1"), before[:], n[:], []byte(t.event), []byte(t.code), []byte(t.tenant),
		[]byte(t.message), []byte(t.destination), t.patient, t.sealed))
}

// audit writes the next row.
func (x *tx) audit(t trace) error {
	seq := x.head.Seq + 1
	hash := t.chain(x.head.Hash, seq, x.now)
	err := x.exec(`INSERT INTO audit VALUES(?,?,?,?,?,?,?,?,?,?)`,
		seq, x.now, t.event, t.code, t.tenant, t.message, t.destination, t.patient, t.sealed, hash[:])
	if err == nil {
		x.head = Head{seq, hash}
	}
	return err
}

// Note writes a row of the audit by itself, for what people do with a message
// that the journal does not see, such as reading it. It returns when the row
// is durable. Patient is the citizen's number, kept as its keyed hash.
func (j *Journal) Note(ctx context.Context, event, tenant, id, patient string, a Audit) error {
	return j.Remark(ctx, Remark{Event: event, Tenant: tenant, Message: id, Patient: patient, Audit: a})
}

// Remark is Note with everything that a row has.
func (j *Journal) Remark(ctx context.Context, r Remark) error {
	for _, f := range []struct {
		path, name string
		required   bool
	}{{"event", r.Event, true}, {"code", r.Code, false}, {"tenant", r.Tenant, true}, {"destination", r.Destination, false}} {
		if err := named(f.path, f.name, f.required); err != nil {
			return err
		}
	}
	if r.Message != "" && !uuid.MatchString(r.Message) {
		return notFound("message")
	}
	mac, err := j.hash(ctx, r.Tenant, "patient", r.Patient)
	if err != nil {
		return err
	}
	sealed, err := j.sealAudit(ctx, r.Tenant, r.Audit)
	if err != nil {
		return err
	}
	return j.write(ctx, small, func(x *tx) error {
		if mac == nil && r.Message != "" { // what is done with a message is done with what it says of somebody
			if _, err := x.one(`SELECT patient FROM message WHERE id=?`, []any{r.Message}, func(row row) { mac = row.blob(0) }); err != nil {
				return err
			}
		}
		return x.audit(trace{event: r.Event, code: r.Code, tenant: r.Tenant, message: r.Message, destination: r.Destination,
			patient: mac, sealed: sealed})
	})
}

func (j *Journal) sealAudit(ctx context.Context, tenant string, a Audit) ([]byte, error) {
	key, err := j.tenantKey(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return a.seal(key, tenant)
}

const auditColumns = `seq, at, event, code, tenant, message, destination, patient, sealed, hash`

// scan reads a row of the audit; its sealed part is not opened.
func scan(r row) (Entry, trace) {
	e := Entry{Seq: r.int(0), At: moment(r.int(1)), Event: r.text(2), Code: r.text(3), Tenant: r.text(4),
		Message: r.text(5), Destination: r.text(6), Patient: r.blob(7)}
	copy(e.Hash[:], r.blob(9))
	return e, trace{e.Event, e.Code, e.Tenant, e.Message, e.Destination, e.Patient, r.blob(8)}
}

// Verify walks the audit from its first row. It returns the newest row, or an
// error that names the first row that is not as it was written: changed,
// missing, or not the continuation of the one before it. A head that was kept
// outside must be on the way; the zero Head is.
func (j *Journal) Verify(ctx context.Context, kept Head) (Head, error) {
	var head Head
	err := j.ask(ctx, func(c *conn) error {
		for {
			before := head
			err := c.query(`SELECT `+auditColumns+` FROM audit WHERE seq>? ORDER BY seq LIMIT 500`, []any{head.Seq}, func(r row) error {
				e, t := scan(r)
				at := r.int(1)
				if e.Seq != head.Seq+1 {
					return broken(head.Seq+1, "is missing")
				}
				if t.chain(head.Hash, e.Seq, at) != e.Hash {
					return broken(e.Seq, "is not as it was written")
				}
				head = Head{e.Seq, e.Hash}
				if e.Seq == kept.Seq && head != kept {
					return broken(e.Seq, "is not the row that was kept outside")
				}
				return nil
			})
			if err != nil || ctx.Err() != nil {
				return err
			}
			if head == before {
				break
			}
		}
		// Every message names the row it was accepted with; a tail that was cut
		// off leaves messages whose row is not there.
		newest, err := c.number(`SELECT audit FROM message ORDER BY seq DESC LIMIT 1`)
		if err == nil && max(newest, kept.Seq) > head.Seq {
			err = broken(head.Seq+1, "is missing")
		}
		return err
	})
	if err == nil {
		err = ctx.Err()
	}
	return head, err
}

func broken(seq int64, what string) error {
	return &mapping.Error{Kind: mapping.Exception, Path: fmt.Sprintf("audit[%d]", seq),
		Message: "the row " + what, Err: ErrCorrupt}
}

// Trail selects rows of the audit, newest last, from the row after After on.
type Trail struct {
	Tenant  string // whose; needed with Patient, unless Tenants are
	Message string
	Patient string // the citizen's number
	// Tenants are those that Patient is looked for with: each hashes him with a
	// key of its own.
	Tenants []string
	After   int64
	Limit   int  // at most 1000
	last    bool // of what is selected the newest rows
}

// Audit returns the rows that t selects: a citizen's, a message's, or all.
func (j *Journal) Audit(ctx context.Context, t Trail) ([]Entry, error) { return j.trail(ctx, t, nil) }

// trail is Audit where damaged is nil. Else a row whose sealed part is not as it
// was written is returned without, and damaged set.
func (j *Journal) trail(ctx context.Context, t Trail, damaged *bool) ([]Entry, error) {
	where, args := `seq>?`, []any{t.After}
	if t.Message != "" {
		where, args = where+` AND message=?`, append(args, t.Message)
	}
	if t.Tenant != "" {
		where, args = where+` AND tenant=?`, append(args, t.Tenant)
	}
	if t.Patient != "" {
		macs, err := j.patients(ctx, t.Patient, append([]string{t.Tenant}, t.Tenants...))
		if err != nil {
			return nil, err
		}
		where, args = where+` AND patient IS NOT NULL AND patient IN (`+marks(len(macs))+`)`, append(args, macs...)
	}
	var entries []Entry
	var sealed [][]byte
	lend, order := j.read, ``
	if t.Message == "" { // for which there is no index of few rows
		lend = j.ask
	}
	if t.last {
		order = ` DESC`
	}
	err := lend(ctx, func(c *conn) error {
		return c.query(`SELECT `+auditColumns+`, (SELECT channel FROM message m WHERE m.id=audit.message), (SELECT document FROM message m WHERE m.id=audit.message)
			FROM audit WHERE `+where+` ORDER BY seq`+order+` LIMIT ?`, append(args, page(t.Limit)), func(r row) error {
			e, tr := scan(r)
			e.Channel, e.Document = r.text(10), r.text(11)
			entries, sealed = append(entries, e), append(sealed, tr.sealed)
			return nil
		})
	})
	if t.last {
		slices.Reverse(entries)
		slices.Reverse(sealed)
	}
	for i := range entries {
		if err != nil {
			break
		}
		err = j.openAudit(ctx, &entries[i], sealed[i])
		if damaged != nil && errors.Is(err, ErrCorrupt) {
			*damaged, err = true, nil
		}
	}
	return entries, err
}

func (j *Journal) openAudit(ctx context.Context, e *Entry, sealed []byte) error {
	if sealed == nil {
		return nil
	}
	key, err := j.tenantKey(ctx, e.Tenant)
	if err != nil {
		return err
	}
	text, err := unseal(key, sealed, about("audit", e.Tenant, ""))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &e.Audit)
}
