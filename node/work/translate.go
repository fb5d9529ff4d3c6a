package work

import (
	"encoding/json"
	"fmt"
	"time"

	"tolk/adapters/journal"
	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/ledger"
	"tolk/mapping/message"
	"tolk/mapping/receiver"
)

// made says what was stored to be sent to a receiver: it is read back by every
// attempt, also of another process.
type made struct {
	Maps   string    `json:"maps,omitempty"` // the version that translated; empty where nothing was
	Type   string    `json:"type"`           // the content type
	SentAs []string  `json:"sentAs,omitempty"`
	Since  time.Time `json:"since"` // since when it is tried
}

// translated is what became of a message for one receiver.
type translated struct {
	made
	body     []byte
	parts    []journal.Part // what else is kept: the ledger, the residue
	verbatim bool
	shadow   *shadowJob // what a candidate could be asked
}

// The parts that are kept for a receiver, before the colon.
const (
	partMade   = "made"
	partType   = "type"
	partEscrow = "escrow"
)

func part(name, receiver string, body []byte) journal.Part {
	return journal.Part{Name: name + ":" + receiver, Body: body}
}

// stored reads what an earlier attempt stored, nil where none did.
func stored(parts []journal.Part, receiver string) *translated {
	var t *translated
	var body []byte
	for _, p := range parts {
		switch p.Name {
		case partMade + ":" + receiver:
			t = new(translated)
			if json.Unmarshal(p.Body, &t.made) != nil {
				return nil
			}
		case exchange.Translation + ":" + receiver:
			body = p.Body
		}
	}
	if t == nil || body == nil {
		return nil
	}
	t.body = body
	return t
}

// all are the parts to store.
func (t *translated) all(receiver string) ([]journal.Part, error) {
	text, err := json.Marshal(t.made)
	if err != nil {
		return nil, err
	}
	return append(t.parts, part(exchange.Translation, receiver, t.body), part(partType, receiver, []byte(t.Type)), part(partMade, receiver, text)), nil
}

// job is the translation of one message for one receiver. It is values only, so
// that it may go on when nobody waits for it any more.
type job struct {
	core     *Core
	to       *exchange.Receiver
	from     document.Party // whom the sender writes for
	route    exchange.Route // as it is now; the zero route allows nothing beside
	id       string
	document string
	form     string
	body     []byte
	now      time.Time
}

// translate makes of a message what its receiver gets. The error is a *refusal
// for what a person must decide.
func (j *job) translate() (*translated, error) {
	s, err := readSource(j.core.Gateway, j.body, j.document, j.form)
	if err != nil {
		return nil, heldBy(TranslationRefused, err)
	}
	if s.envelope != nil && s.envelope.Receipt != nil {
		return nil, held(TranslationRefused, "it is a receipt of the network, and no message")
	}
	if s.answer() {
		return j.finish(s, &translated{body: j.body, verbatim: true}, ledger.Conformance{})
	}
	if err := j.check(s); err != nil {
		return nil, err
	}
	if j.to.Form == exchange.Original || s.form == j.to.Form {
		if err := j.sound(s); err != nil {
			return nil, heldBy(TranslationRefused, err)
		}
		t := &translated{body: []byte(s.text), verbatim: true}
		if s.envelope == nil || string(s.envelope.Kind) == j.to.Envelope || j.to.Form == exchange.Original && j.to.Envelope == "" {
			t.body = j.body
		}
		return j.finish(s, t, ledger.Conformance{})
	}
	r, err := j.ask(s, j.core)
	if err != nil {
		return nil, heldBy(TranslationRefused, err)
	}
	t := &translated{made: made{Maps: j.core.Tag}, body: r.Output, shadow: &shadowJob{job: *j, source: s, output: r.Output}}
	account, err := json.Marshal(r.Ledger)
	if err != nil {
		return nil, heldBy(TranslationFault, err)
	}
	t.parts = []journal.Part{part(exchange.Ledger, j.to.Name, account)}
	if err := j.residue(t, r); err != nil {
		return nil, err
	}
	return j.finish(s, t, r.Ledger.Conformance)
}

// sound refuses a message of MedCom's that goes on as it came where its envelope is
// not sound, or where a document came along that is about another citizen: it is
// acknowledged as one that is translated. Of an event that is not translated the
// envelope is read alone.
func (j *job) sound(s *source) error {
	if s.message == nil {
		return nil
	}
	o := (&message.Processor{Gateway: j.core.Gateway}).Process(message.Ask{Body: s.text, Now: j.now, Own: party(j.to.Organisation)})
	if o.Message == nil { // a message of others, which has an envelope of its own
		return nil
	}
	if events[o.Message.Event] == "" {
		_, err := message.Read(s.doc)
		return err
	}
	return o.Err
}

// ask has a core translate a source. A panic is the caller's to catch.
func (j *job) ask(s *source, core *Core) (*document.Result, error) {
	from, to := document.AsWritten(j.to.Form, j.from, j.to.Organisation) // which nobody has said of this message
	if !s.bundled() {
		return core.Gateway.Translate(s.text, document.Request{Document: s.document, From: s.form, To: j.to.Form,
			Now: j.now, Sender: from, Receiver: to, Unreceipted: true, WithResidue: true})
	}
	o := (&message.Processor{Gateway: core.Gateway}).Process(message.Ask{Body: s.text, From: s.form, To: j.to.Form, Document: s.document,
		WithResidue: true, Unreceipted: true, Sender: from, Receiver: to, Now: j.now, Own: party(j.to.Organisation)})
	if o.Err == nil && o.Result == nil {
		return nil, unsupported("to", "what came is not translated to "+j.to.Form)
	}
	if o.Err != nil || j.to.Form == document.FHIR {
		return o.Result, o.Err
	}
	for _, x := range o.Attached {
		if !x.TakenBack { // the letter would name it, and nobody would have it
			return nil, &mapping.Error{Kind: mapping.BusinessRule, Path: x.Path,
				Message: "the document that came along (" + x.Document + ") has no place in " + j.to.Form + "; expected it as a message of its own, or a receiver of fhir or " + exchange.Original}
		}
	}
	return o.Result, nil
}

func party(p document.Party) message.Party {
	return message.Party{Name: p.Name, SOR: p.SOR, GLN: p.GLN}
}

// check refuses what the receiver's table says may not be sent.
func (j *job) check(s *source) error {
	if j.to.Check == "" {
		return nil
	}
	if j.core.Checker == nil {
		return held(CheckUnknown, "the tables of what receivers demand are not here")
	}
	checker, err := j.core.Checker()
	if err != nil {
		return heldBy(CheckUnknown, err)
	}
	if _, err := checker.Table(j.to.Check); err != nil {
		return heldBy(CheckUnknown, err)
	}
	a, err := checker.Check(s.text, receiver.Ask{Receiver: j.to.Check, Document: s.document, From: s.form, Now: j.now})
	if err != nil {
		return heldBy(TranslationRefused, err)
	}
	if a.Verdict == receiver.CannotBeSent {
		return &refusal{state: journal.Held, code: CheckNotMet, text: a.Text(),
			reason: &mapping.Error{Kind: mapping.BusinessRule, Message: a.Text()}}
	}
	return nil
}

// finish puts what was made into the receiver's envelope, where it wants one, and
// refuses what may not go there.
func (j *job) finish(s *source, t *translated, c ledger.Conformance) (*translated, error) {
	if err := j.private(s, t); err != nil {
		return nil, err
	}
	t.SentAs = identifiers(t.body)
	if j.to.Envelope != "" && !s.answer() && !enveloped(t.body) {
		body, err := enclose(j.to.Envelope, t.body, c, j.now)
		if err != nil {
			return nil, heldBy(EnvelopeRefused, err)
		}
		t.body, t.SentAs = body, identifiers(body)
	}
	limit := j.to.Bytes
	if limit <= 0 {
		limit = 16 << 20
	}
	if len(t.body) > limit {
		return nil, held(TooLarge, fmt.Sprintf("it is %d bytes as the receiver gets it; it takes %d", len(t.body), limit))
	}
	t.Type = contentType(t.body)
	return t, nil
}
