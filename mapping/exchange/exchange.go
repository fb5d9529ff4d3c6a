// Package exchange says what an exchange of messages is, without a disk, a
// network or a clock: who may hand over and fetch what (Config), by what right
// (Statement), where a message goes and why (Decide), and what people are shown
// of it afterwards (Life).
//
// A node accepts, translates, routes and delivers by it; the fronts, HTTP and
// the command line, speak to the node in these words.
package exchange

import (
	"context"
	"time"
)

// Statement says why somebody may have what is in a message. Every exchange
// states all three; the words are those of the tables in this package.
type Statement struct {
	Purpose    string `yaml:"purpose" json:"purpose,omitempty"`         // a code of HL7's PurposeOfUse: TREAT
	LegalBasis string `yaml:"legalBasis" json:"legalBasis,omitempty"`   // sundhedsloven-41, samtykke ...
	Capacity   string `yaml:"capacity" json:"senderCapacity,omitempty"` // health | social: as what the sender acts
	Consent    string `yaml:"-" json:"consent,omitempty"`               // a reference to the citizen's consent, no text about it
}

// Caller is who asks, as he was authenticated. Nobody is nobody: the zero Caller
// may do nothing.
type Caller struct {
	Client *Client // as configured; nil for the operator at the machine itself
	Config *Config // the configuration he was authenticated by
	// Operator is whoever can read the data folder: he may do what an operator
	// may, and reads no content without saying why.
	Operator string
	// Why is why he looks at content, or for a citizen, that is not addressed to
	// him: for the audit, no citizen's name in it.
	Why string
}

// Submission is what a client hands over, as it came.
type Submission struct {
	Body        string // the whole of it, inflated, nothing opened
	ContentType string
	Key         string // Idempotency-Key: names the submission where the document has no identifier
	Receiver    string // whom it is for, a receiver of the configuration; empty: as the message and the routes say
	Document    string // the kind of document; empty: as it is recognised
	From        string // its form; empty: as it is recognised
	Statement   Statement
	Request     string // X-Request-ID
	Trace       string // traceparent of W3C Trace Context, as it came: at most 200 visible characters
}

// Verdict says what became of a submission that was answered.
type Verdict string

// The verdicts.
const (
	Accepted  Verdict = "accepted"  // it is durable
	Duplicate Verdict = "duplicate" // it was here before: the stored answer again
	Conflict  Verdict = "conflict"  // its identifiers were used for something else
)

// Receipt is the answer to a submission. A submission that is refused has none:
// it is an error, written in the audit.
type Receipt struct {
	Verdict Verdict
	ID      string // ours; the earlier message's for a duplicate
	Answer  []byte // JSON: what the sender is told, the same for every repetition
	Code    string // of a conflict: why
	Erased  bool   // it came before, and was erased since
}

// Refusal is a call that a front refused: who made it was not let in, or may not
// do it. Nothing in it is the caller's text.
type Refusal struct {
	Code    string // Unknown or Forbidden
	Why     string // in words, as it was answered
	Route   string // what was asked for: method and pattern, as GET /v1/exchange/:id
	Request string // X-Request-ID
}

// The codes of a refusal.
const (
	Unknown   = "unauthorized" // nobody knows who it is (401)
	Forbidden = "forbidden"    // he is known, and may not (403)
)

// Filter selects messages, newest first. What is empty selects all.
type Filter struct {
	State, Sender, Receiver, Document, Channel string
	Citizen                                    string // a CPR or X-eCPR number; never in a URL
	From, To                                   time.Time
	Before                                     int64 // the next page: Line.Seq of the last line
	Limit                                      int   // 1–1000; 100
}

// Line is one message in the exchange log. Nothing in it names a citizen.
type Line struct {
	Seq        int64      `json:"seq"`
	ID         string     `json:"id"`
	Accepted   time.Time  `json:"accepted"`
	Sender     string     `json:"sender"`
	Document   string     `json:"document"`
	Channel    string     `json:"channel"`
	Route      string     `json:"route"`
	Version    string     `json:"configuration"`
	Erased     bool       `json:"erased,omitempty"`
	Deliveries []Delivery `json:"deliveries"`
}

// Delivery is where a message is on its way to one receiver, and why.
type Delivery struct {
	ID       int64     `json:"id"`
	Receiver string    `json:"receiver"`
	State    string    `json:"state"` // waiting, retry, sending, dead, held, delivered, released
	Code     string    `json:"code,omitempty"`
	Why      string    `json:"why,omitempty"` // in words
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"` // of a retry
	Changed  time.Time `json:"changed"`
	Blocked  bool      `json:"blocked,omitempty"` // another message about the citizen stands before it
}

// Step is one thing that happened to a message, and why.
type Step struct {
	At       time.Time `json:"at"`
	What     string    `json:"what"` // accept, attempt, translated, delivered, retry, dead, held, acknowledged, rerun, release, erase, read ...
	Receiver string    `json:"receiver,omitempty"`
	Who      string    `json:"who,omitempty"`
	Code     string    `json:"code,omitempty"`
	Why      string    `json:"why,omitempty"`
	Maps     string    `json:"maps,omitempty"` // the version of the mappings in force
	Statement
}

// Life is everything that is known of one message, its content apart.
type Life struct {
	Line
	Why         string   `json:"why"` // the decision where it goes
	Correlation string   `json:"correlation,omitempty"`
	Answers     string   `json:"answers,omitempty"`        // the message of ours that it acknowledges
	AnsweredBy  []string `json:"acknowledgedBy,omitempty"` // the messages that acknowledge it
	Parts       []string `json:"parts"`                    // what Part returns to this caller
	Steps       []Step   `json:"steps"`
}

// Content is something with bytes, as it is given to whoever may have it.
type Content struct {
	Type string // the content type
	Body []byte
}

// The parts of a message. All but Original and Answer are of one receiver.
const (
	Original    = "original"    // as it was sent
	Translation = "translation" // what the receiver gets
	Ledger      = "ledger"      // the fate of every leaf
	Residue     = "residue"     // what the receiver's form has no place for
	Answer      = "answer"      // what the receiver said
)

// Action is what a person does with deliveries: those of the ids, or those that
// the filter selects.
type Action struct {
	Do       string   // Rerun, Release, Erase
	IDs      []string // messages
	Receiver string   // only the deliveries to it; empty: all
	Filter   *Filter
	Maps     string // Rerun: the version of the mappings to translate with; empty: that in force
	Why      string // required, for the audit; no citizen's name in it
	Dry      bool   // tell what would be done, and do nothing
}

// The actions.
const (
	Rerun   = "rerun"   // send a dead or held delivery again
	Release = "release" // take a delivery out for good
	Erase   = "erase"   // take a message away with its key
)

// Done is what came of an action for one message.
type Done struct {
	ID       string `json:"id"`
	Receiver string `json:"receiver,omitempty"`
	Did      string `json:"did,omitempty"`     // the action, empty where it was refused
	Refused  string `json:"refused,omitempty"` // why
}

// Letter is a message in a mailbox.
type Letter struct {
	ID          string    `json:"id"` // for Take: delivery and attempt
	Message     string    `json:"message"`
	Accepted    time.Time `json:"accepted"`
	Sender      string    `json:"sender"`
	Document    string    `json:"document"`
	Form        string    `json:"form"`
	Correlation string    `json:"correlation,omitempty"`
	ContentType string    `json:"contentType"`
	Until       time.Time `json:"until"` // when it is given again if it is not taken
	Body        []byte    `json:"-"`
}

// Node is what a front needs of an exchange. Every method returns a
// *mapping.Error for what the caller did wrong (kind security: not allowed; not
// found for what is not his to see), and *Later for what is not his fault.
type Node interface {
	// Config is the configuration in force.
	Config() *Config
	// Submit accepts a message: when it returns a Receipt that says accepted, the
	// message is durable.
	Submit(ctx context.Context, who Caller, s Submission) (Receipt, error)
	List(ctx context.Context, who Caller, f Filter) ([]Line, error)
	Life(ctx context.Context, who Caller, id string) (*Life, error)
	// Part returns a part of a message, and writes into the audit who read it.
	Part(ctx context.Context, who Caller, id, part, receiver string) (Content, error)
	Act(ctx context.Context, who Caller, a Action) ([]Done, error)
	// Fetch returns what waits in a mailbox, at most limit; when nothing does it
	// waits for the first until the context ends, and returns none then.
	Fetch(ctx context.Context, who Caller, mailbox string, limit int) ([]Letter, error)
	// Take says that a letter arrived: it is not given again. It is named as
	// Letter.ID, or with its message before it: MESSAGE.ID, and then it is of that
	// message.
	Take(ctx context.Context, who Caller, mailbox, letter string) error
	// Audit writes FHIR AuditEvents, one Bundle, newest last: a citizen's, a
	// message's, or all from the row after on.
	Audit(ctx context.Context, who Caller, q AuditQuery) ([]byte, error)
	// Health is where each receiver is.
	Health(ctx context.Context, who Caller) ([]Health, error)
	// Shadow tells how a candidate map would have translated what came.
	Shadow(ctx context.Context, who Caller) (*Shadowed, error)
	// Refused writes into the audit that a front refused a call. who is as far as he
	// is known: without a client where he was not let in. The error is for what could
	// not be written.
	Refused(ctx context.Context, who Caller, r Refusal) error
	// Ready says why nothing is accepted now, nil when it is.
	Ready() error
}

// AuditQuery selects rows of the audit.
type AuditQuery struct {
	Message, Citizen string
	After            int64
	Limit            int
}

// Health is where a receiver is.
type Health struct {
	Receiver string         `json:"receiver"`
	Channel  string         `json:"channel"`
	State    string         `json:"state"` // up, down (the breaker is open), gone (not in the configuration)
	Open     map[string]int `json:"open"`  // deliveries by state
	Oldest   time.Time      `json:"oldest,omitzero"`
	Retry    time.Time      `json:"retry,omitzero"` // when a receiver that is down is tried again
}

// Shadowed counts how a candidate map differs from the one in force.
type Shadowed struct {
	Candidate string       `json:"candidate"` // its tag
	Live      string       `json:"live"`
	Since     time.Time    `json:"since"`
	Documents int64        `json:"documents"`
	Same      int64        `json:"same"`
	Different int64        `json:"different"`
	Refused   int64        `json:"refused"` // by the candidate alone
	Skipped   int64        `json:"skipped"` // there was no time
	Leaves    []ShadowLeaf `json:"leaves"`
}

// ShadowLeaf is a place where the two differ, without a value.
type ShadowLeaf struct {
	Document string `json:"document"`
	To       string `json:"to"`
	Path     string `json:"path"`   // without indices
	Change   string `json:"change"` // added, removed, changed
	Count    int64  `json:"count"`
	Example  string `json:"example"` // the id of a message
}
