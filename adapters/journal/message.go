package journal

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"tolk/mapping"
)

// Message is what a sender hands over, with what was decided about it before
// it is acknowledged. Tenant, Sender, Channel, Document, Route and the names of
// destinations are words of the configuration and stand in the file as they
// are; everything else is the sender's and is sealed or hashed.
type Message struct {
	ID       string // ours, from NewID
	Tenant   string
	Sender   string // the client, as it is configured
	Channel  string // chooses the table of duplicates
	Document string // what kind of document, as routes call it
	Form     string // the form it is in, as it was settled; may be empty

	Transport   string // the identifier of the transport's envelope, if it has one
	Bundle      string // Bundle.id, or the envelope's where the channel has its own table
	Header      string // MessageHeader.id, or the document's
	Correlation string // the conversation
	Patient     string // the citizen's number, kept as a keyed hash only

	Body []byte
	// Asked is what was asked for with it, such as its receiver: the same bytes
	// with something else asked for are another content.
	Asked string
	// Content is the SHA-256 of what two messages are compared by, where that is
	// not the body: of the message in an envelope, which has another one each time.
	Content      [32]byte
	Route        Route
	Destinations []Destination
	Audit        Audit
	Answers      Answered // of an acknowledgement: what it answers
	// Answer is what the sender is told now, and again when he sends the same.
	Answer []byte
}

// Route is the decision where a message goes: which rule of the configuration,
// in which version, and why.
type Route struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Why     string `json:"why,omitempty"`
}

// Destination is one receiver of a message. With Held it starts held.
type Destination struct {
	Name string `json:"name"`
	Held Reason `json:"held,omitzero"`
}

// Reason says why something is where it is: a word that stands in the file as
// it is, such as "consent-missing", and a text that is sealed.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text,omitempty"`
}

// Envelope is what the journal knows of a message beside its body.
type Envelope struct {
	ID           string        `json:"id"`
	Tenant       string        `json:"tenant"`
	Sender       string        `json:"sender"`
	Channel      string        `json:"channel"`
	Document     string        `json:"document"`
	Transport    string        `json:"transport,omitempty"`
	Bundle       string        `json:"bundle,omitempty"`
	Header       string        `json:"header,omitempty"`
	Correlation  string        `json:"correlation,omitempty"`
	Form         string        `json:"form,omitempty"`
	Route        Route         `json:"route"`
	Destinations []Destination `json:"destinations,omitempty"`
	SHA256       [32]byte      `json:"-"`
	Digest       string        `json:"sha256"`
}

// Receipt is the journal's answer to a message.
type Receipt struct {
	Verdict Verdict
	// ID is the message stored under these identifiers: this one, or the one
	// that came before. Empty when a refused message repeats none.
	ID string
	// Answer is what the sender is told: the message's own, or the stored one
	// again, unchanged. Nil for a conflict, and where it was erased.
	Answer []byte
	Erased bool   // the message came before and was erased, its answer with it
	Code   string // of a conflict: ContentDiffers, BundleReused ...
}

// Verdict says what became of a message.
type Verdict string

// The verdicts.
const (
	Accepted  Verdict = "accepted"
	Duplicate Verdict = "duplicate"
	Conflict  Verdict = "conflict"
)

// NewID returns an identifier for a message: a UUID of version 7 (RFC 9562),
// so that messages of one time stand together in the file.
func NewID(now time.Time) string {
	var b [16]byte
	rand.Read(b[6:])
	binary.BigEndian.PutUint16(b[:], uint16(now.UnixMilli()>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(now.UnixMilli()))
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

var (
	uuid  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@|+-]{0,127}$`)
	// person finds what has the shape of a CPR number in a name, where none may
	// stand: ten digits that begin with a day and a month.
	person = regexp.MustCompile(`(?:^|[^0-9A-Za-z])(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])[0-9]{2}-?[0-9]{4}(?:$|[^0-9A-Za-z])`)
)

// named refuses what may not stand in the file as it is.
func named(path, name string, required bool) error {
	switch {
	case name == "" && !required:
		return nil
	case !names.MatchString(name):
		return &mapping.Error{Kind: mapping.Value, Path: path, Message: "expected 1 to 128 letters, digits and ._:/@|+-", Value: name}
	case person.MatchString(name):
		return &mapping.Error{Kind: mapping.Value, Path: path, Message: "has the shape of a CPR number, which may not stand in a name", Value: name}
	}
	return nil
}

// check refuses a message that cannot be stored as it is said to be.
func (m *Message) check(limit int) error {
	if !uuid.MatchString(m.ID) {
		return &mapping.Error{Kind: mapping.Value, Path: "ID", Message: "expected a UUID in lower case"}
	}
	if len(m.Body) > limit {
		return &mapping.Error{Kind: mapping.TooLong, Message: fmt.Sprintf("the body has more than %d bytes", limit)}
	}
	for _, f := range []struct {
		path, name string
		required   bool
	}{
		{"Tenant", m.Tenant, true}, {"Sender", m.Sender, true}, {"Channel", m.Channel, true}, {"Document", m.Document, true},
		{"Route.Name", m.Route.Name, false}, {"Route.Version", m.Route.Version, false},
	} {
		if err := named(f.path, f.name, f.required); err != nil {
			return err
		}
	}
	if m.Answers.Message != "" {
		if err := m.Answers.check(); err != nil {
			return err
		}
	}
	for i, d := range m.Destinations {
		if err := named(fmt.Sprintf("Destinations[%d].Name", i), d.Name, true); err != nil {
			return err
		}
		if err := named(fmt.Sprintf("Destinations[%d].Held.Code", i), d.Held.Code, d.Held.Text != ""); err != nil {
			return err
		}
	}
	return nil
}

// identifiers are the keyed hashes of what identifies a message; nil for what
// it does not have. content is set only where nothing else tells two messages
// apart.
type identifiers struct {
	bundle, header, transport, content, patient []byte
	print                                       []byte // of the bytes, always
}

// record is a message ready to be written: hashed and sealed by its sender's
// goroutine, so that the writer only writes.
type record struct {
	m      *Message
	ids    identifiers
	key    Wrapped
	sealed []byte // the envelope
	body   []byte
	answer []byte
	held   [][]byte // the reasons of held destinations
	audit  []byte
	told   []byte // the row of the audit in the life of the message that it answers
}

// hash returns the first 16 bytes of the keyed hash of parts, each with its
// length before it.
func (j *Journal) hash(ctx context.Context, tenant, kind string, parts ...string) ([]byte, error) {
	text := framed([]byte(kind))
	for _, p := range parts {
		if p == "" {
			return nil, nil
		}
		text = append(text, framed([]byte(p))...)
	}
	mac, err := j.keys.MAC(ctx, tenant, text)
	if err != nil || len(mac) < 16 {
		return nil, problem(transient, ErrBusy, "the keys do not answer", err)
	}
	return mac[:16], nil
}

// framed returns parts one after the other, each with its length before it, so
// that no two lists of parts give the same bytes.
func framed(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = binary.BigEndian.AppendUint64(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}

// identify hashes what identifies m. Identifiers hold for one sender on one
// channel: nobody is answered for what another one sent.
func (j *Journal) identify(ctx context.Context, m *Message, digest [32]byte) (ids identifiers, err error) {
	if m.Content != ([32]byte{}) {
		digest = m.Content
	}
	sum := string(digest[:])
	for _, f := range []struct {
		out   *[]byte
		kind  string
		parts []string
	}{
		{&ids.bundle, "bundle", []string{m.Channel, m.Sender, m.Bundle}},
		{&ids.header, "header", []string{m.Channel, m.Sender, m.Header}},
		{&ids.transport, "transport", []string{m.Channel, m.Sender, m.Transport}},
		{&ids.print, "print", m.content(sum)},
		{&ids.patient, "patient", []string{m.Patient}},
	} {
		if *f.out, err = j.hash(ctx, m.Tenant, f.kind, f.parts...); err != nil {
			return ids, err
		}
	}
	if ids.bundle == nil && ids.header == nil && ids.transport == nil {
		ids.content, err = j.hash(ctx, m.Tenant, "content", append([]string{m.Channel, m.Sender}, m.content(sum)...)...)
	}
	return ids, err
}

// content is what two messages are told apart by when their identifiers do not.
func (m *Message) content(sum string) []string {
	if m.Asked == "" {
		return []string{sum}
	}
	return []string{sum, m.Asked}
}

// prepare hashes and seals m.
func (j *Journal) prepare(ctx context.Context, m *Message) (*record, error) {
	if err := m.check(j.limit); err != nil {
		return nil, err
	}
	e := Envelope{
		ID: m.ID, Tenant: m.Tenant, Sender: m.Sender, Channel: m.Channel, Document: m.Document,
		Transport: m.Transport, Bundle: m.Bundle, Header: m.Header, Correlation: m.Correlation, Form: m.Form,
		Route: m.Route, Destinations: m.Destinations, SHA256: sha256.Sum256(m.Body),
	}
	e.Digest = hex.EncodeToString(e.SHA256[:])
	r := &record{m: m}
	var err error
	if r.ids, err = j.identify(ctx, m, e.SHA256); err != nil {
		return nil, err
	}
	key := fresh(32)
	if r.key, err = j.keys.Wrap(ctx, m.Tenant, key); err != nil {
		return nil, problem(transient, ErrBusy, "the keys do not answer", err)
	}
	a, err := gcm(key)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	r.sealed = seal(a, text, about("envelope", m.Tenant, m.ID))
	r.body = seal(a, m.Body, about(original, m.Tenant, m.ID))
	for _, d := range m.Destinations {
		held, err := result{Text: d.Held.Text}.seal(a, m.Tenant, m.ID)
		if err != nil {
			return nil, err
		}
		r.held = append(r.held, held)
	}
	kept, err := j.tenantKey(ctx, m.Tenant)
	if err != nil {
		return nil, err
	}
	r.answer = seal(kept, m.Answer, about("answer", m.Tenant, m.ID))
	if r.audit, err = m.Audit.seal(kept, m.Tenant); err == nil && m.Answers.Message != "" {
		r.told, err = j.sealAudit(ctx, m.Answers.Tenant, m.Audit)
	}
	return r, err
}

// original is the part of a body that the sender wrote.
const original = "original"

// about is what a sealed text is bound to: it cannot be read as anything else,
// or as another message's.
func about(what, tenant, id string) []byte { return framed([]byte(what), []byte(tenant), []byte(id)) }

// seal seals the result of an attempt, nil when there is nothing to say.
func (r result) seal(key cipher.AEAD, tenant, id string) ([]byte, error) {
	if key == nil || r.Text == "" && r.Answer == nil {
		return nil, nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return seal(key, text, about("attempt", tenant, id)), nil
}
