package exchange

import (
	"tolk/mapping/document"
)

// Facts are what a decision is made from: read from the envelope of a message
// and from who brought it, never from what people wrote in it.
type Facts struct {
	Sender    *Client
	Receiver  string         // the receiver that the sender asked for; may be empty
	Addressed document.Party // whom the message itself is addressed to; may be empty
	// Others are whom it is addressed to besides: further receivers, and copies.
	Others    []document.Party
	From      document.Party // whom the message says that it is from; may be empty
	CVR       string         // of whom it says that it is from; may be empty
	Document  string
	Form      string
	Areas     []string // of FSIII, where they are known before it is translated
	Marked    bool     // meta.security R or a privatmarkering is known to be in it
	Refused   bool     // it says itself that the citizen does not consent
	Bytes     int
	Statement Statement // with what the client's own adds
}

// Decision is where a message goes.
type Decision struct {
	Route   string
	Version string // of the configuration
	Why     string // in words, naming route, receiver and rule; nothing of a citizen
	To      []*Receiver
}
