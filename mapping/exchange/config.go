package exchange

import (
	"net/netip"
	"time"

	"tolk/mapping/document"
)

// Config is one version of the configuration of a node. It is not changed:
// another one is another value, put in force as a whole.
type Config struct {
	Version   string // the first 12 hexadecimal digits of the SHA-256 of the file
	Public    string // the URL that clients know the node by; empty on loopback
	Clients   []Client
	Receivers []Receiver
	Routes    []Route
	Keep      Keep
	Alarms    Alarms
}

// Right is something that a client may do beside handing over and fetching.
type Right string

// The rights.
const (
	Send      Right = "send"      // hand over messages
	Receive   Right = "receive"   // fetch from its own mailboxes
	Translate Right = "translate" // translate, check, look up: nothing is kept
	Log       Right = "log"       // see where every message of its tenant is, and why
	Read      Right = "content"   // see what is in every message of its tenant
	Operate   Right = "operate"   // rerun and release
	Delete    Right = "erase"     // erase
	Examine   Right = "audit"     // read the audit
)

// Client is a system that is let in.
type Client struct {
	ID           string
	Tenant       string         // whose keys its messages are sealed with; tolk
	Sector       string         // social | health
	Organisation document.Party // with what it writes messages as a sender
	CVR          string
	Rights       []Right
	Documents    []string // what it may hand over; "*" is everything
	Receivers    []string // whom it may send to; "*" is everybody
	// Statement holds for everything that it hands over and does not state
	// otherwise: what was agreed with it.
	Statement Statement
	// Answers is the receiver that acknowledgements of its messages go to; empty:
	// none are made.
	Answers      string
	JWKS         string   // a JWK Set with its public keys
	Certificates []string // x5t#S256 of those it may come with
}

// Receiver is where messages go.
type Receiver struct {
	Name         string
	Client       string         // who may see what is sent here, and fetches it; may be empty for http and folder
	Sector       string         // social | health
	Organisation document.Party // with what messages are addressed to it
	Form         string         // ffb, fsiii, fhir, plain, carecommunication, xref01 ...; original: as it came
	Envelope     string         // vans, ehmi; empty: none
	Check        string         // the table of demands (mapping/receiver) that a document must meet; empty: none
	HTTP         *HTTP          // one of the three
	Mailbox      *Mailbox
	Folder       *Folder
	Concurrency  int           // attempts at a time; 4
	Bytes        int           // the largest message; 16 MiB
	Until        time.Duration // how long a message is tried; 72 h
	// Acknowledges says that it answers messages with acknowledgements of its own.
	// Otherwise the node acknowledges what was delivered.
	Acknowledges bool
	// Resend allows the node to send again by itself after a transient-error.
	Resend bool
}

// Channel names how a receiver is reached: http, mailbox, folder.
func (r *Receiver) Channel() string {
	switch {
	case r.HTTP != nil:
		return "http"
	case r.Mailbox != nil:
		return "mailbox"
	}
	return "folder"
}

// HTTP is a receiver that messages are posted to.
type HTTP struct {
	URL      string
	Networks []netip.Prefix // private networks it may stand in
	Insecure bool           // http:// in one of Networks
	Timeout  time.Duration  // of an attempt; 30 s
	// Token asks for an access token first (SMART Backend Services).
	Token *TokenAt
	// Certificate, Key and Roots are files in PEM, for mutual TLS.
	Certificate, Key, Roots string
}

// TokenAt is where and as whom an access token is asked for.
type TokenAt struct {
	URL, Client, Scope string
	Key                string // file with the private key, a JWK or PEM
	KeyID              string
}

// Mailbox is a receiver that fetches by itself.
type Mailbox struct {
	Again time.Duration // when a letter that was not taken is given again; 5 min
}

// Folder is a receiver that takes files from a folder.
type Folder struct {
	Path string
}

// Route says where messages go. Every field that is not empty must match; the
// first route of the list that matches counts, and two that would say different
// things of one message with nothing between them that tells them apart are
// refused when the configuration is read.
type Route struct {
	Name      string
	Senders   []string // clients
	Receiver  string   // a receiver: whom the sender asked for or, if nobody, whom the message is addressed to
	Documents []string
	Areas     []string // of FSIII; every one of the message must be among them
	To        []string // the receivers; empty: whom the sender asked for, or whom the message is addressed to
	Residue   string   // Return, Attach, Escrow, Refuse
	Consent   bool     // a consent must be referenced
	Maps      string   // the version (tag) of the mappings that is demanded; empty: that in force
	// Private is why marked content (meta.security R, privatmarkering) may go to
	// the social side here; empty: it may not.
	Private string
	Why     string // for people; required
}

// What a route does with what the form of a receiver has no place for.
const (
	Return = "return" // the sender may fetch it
	Attach = "attach" // it goes along
	Escrow = "escrow" // it is sealed, and nobody is given it without a reason
	Refuse = "refuse" // nothing is sent
)

// Keep says how long things are kept.
type Keep struct {
	Bodies      time.Duration // after the last delivery ended; 30 days
	Identifiers time.Duration // 90 days
}

// Alarms says whom to tell.
type Alarms struct {
	Webhook  string // gets JSON: what, receiver, since when; nothing of a citizen
	Networks []netip.Prefix
	Insecure bool
	Waiting  time.Duration // a message that waits so long is an alarm; 1 h
}
