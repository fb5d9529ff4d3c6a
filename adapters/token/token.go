// Package token decides who gets in. It is the authorization server of SMART
// Backend Services (HL7 SMART App Launch 2.2, "Backend Services" and "Client
// Authentication: Asymmetric"), and what checks its access tokens afterwards.
//
// A client proves who it is with an assertion that it signed (private_key_jwt,
// RFC 7523), with a key that was registered for it beforehand, and is given an
// access token for five minutes at most: bound to the client, to what it may do,
// to the key it used, and to its certificate where it has registered one
// (RFC 8705). There are no secrets to share, no refresh tokens and no users.
//
// Nothing here reads a socket, a file or a clock. A caller hands in what came
// and the time, and gets back what to answer.
package token

import (
	"context"
	"crypto/x509"
	"net"
	"net/url"
	"slices"
	"time"

	"tolk/mapping"
)

const (
	// longest is how far ahead an assertion may expire, and how long an access
	// token may live (SMART Backend Services: five minutes, for both).
	longest = 5 * time.Minute
	// mostSkew is how far apart two clocks may be before one is wrong.
	mostSkew = time.Minute
)

// Client is who may ask for an access token, as registered.
type Client struct {
	ID     string
	Keys   *Keys  // with one of them it signs its assertions
	Scopes Scopes // the most it may be given
	// Certificates are the fingerprints (Fingerprint) of the TLS certificates
	// it may come with. When there are any it must come with one of them, and a
	// token is worth nothing without the certificate it was asked for with.
	Certificates []string
}

// Used remembers which assertions have been used. Several nodes must ask one
// memory, and one that survives a restart closes the gap that Memory leaves.
type Used interface {
	// Once reports whether use is seen for the first time, and remembers it
	// until use.Until. It is asked by many goroutines at once: of two equal
	// uses exactly one is the first. Returns an error when it cannot tell; the
	// assertion is then not accepted.
	Once(ctx context.Context, use Use) (bool, error)
}

// Use is the use of one assertion.
type Use struct {
	Client, ID string    // its iss and its jti
	Now, Until time.Time // when it is used, and when it expires whatever the clock of its client
}

// Options is what an Authority is made of.
type Options struct {
	// TokenURL is the address of the token endpoint as clients know it. An
	// assertion is for exactly this audience.
	TokenURL string
	// Clients finds a registered client by its id. It is asked again for every
	// request, so that whoever is struck off is out at once.
	Clients func(id string) (*Client, bool)
	// Used remembers used assertions.
	Used Used
	// Secrets seal the access tokens, each of at least 32 random bytes: the
	// first seals, every one opens. To change it put the new one in front, and
	// take the old one away when its last token has expired. Nodes that answer
	// for each other have the same.
	Secrets [][]byte
	// Life is how long an access token lives; zero means five minutes, the most.
	Life time.Duration
	// Skew is how far the clocks of clients may be off; at most a minute.
	Skew time.Duration
}

// Authority decides who gets in. It never changes, and many goroutines may use
// it at once; new Options make a new Authority with the same Used.
type Authority struct {
	options Options // without the secrets
	seal    seal
}

// New makes an Authority. Returns an error that names the option at fault.
func New(o Options) (*Authority, error) {
	fault := func(option, message string) (*Authority, error) {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: option, Message: message}
	}
	if o.Life == 0 {
		o.Life = longest
	}
	switch {
	case !endpoint(o.TokenURL):
		return fault("TokenURL", "must be an absolute https URL without user, query and fragment (http on loopback only)")
	case o.Clients == nil:
		return fault("Clients", "is missing")
	case o.Used == nil:
		return fault("Used", "is missing")
	case o.Life < time.Second || o.Life > longest:
		return fault("Life", "must be from 1 s to 5 min")
	case o.Skew < 0 || o.Skew > mostSkew:
		return fault("Skew", "must be from 0 to 1 min")
	}
	s, err := newSeal(o.TokenURL, o.Secrets)
	if err != nil {
		return nil, err
	}
	o.Secrets = nil
	return &Authority{o, s}, nil
}

// client returns a client that is registered now.
func (a *Authority) client(id string) (*Client, bool) {
	c, ok := a.options.Clients(id)
	if !ok || c == nil || c.ID != id {
		return nil, false
	}
	return c, true
}

// endpoint reports whether clients may be told to send assertions to address.
func endpoint(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.String() != address {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}

// certified returns the fingerprint of the registered certificate that the
// client came with, "" when it has registered none, or why it is refused.
func (c *Client) certified(peer *x509.Certificate, now time.Time) (fingerprint, why string) {
	switch {
	case len(c.Certificates) == 0:
		return "", ""
	case peer == nil:
		return "", "no certificate came with the connection"
	case !slices.Contains(c.Certificates, Fingerprint(peer)):
		return "", "the certificate of the connection is not registered"
	case now.Before(peer.NotBefore) || now.After(peer.NotAfter):
		return "", "the certificate of the connection is not valid at this time"
	}
	return Fingerprint(peer), ""
}
