package token

import (
	"crypto/x509"
	"strings"
	"time"
)

// Call is a request to anything but the token endpoint, as far as it says who
// makes it.
type Call struct {
	Authorization []string          // every Authorization header
	Certificate   *x509.Certificate // as in Request
	Now           time.Time
}

// Authenticate returns what the access token of a call stands for, narrowed to
// what its client may have now: a client that was struck off, a key that was
// taken back and a right that was taken away count from the next call on.
// Every error is a *Refusal.
func (a *Authority) Authenticate(c Call) (*Access, error) {
	token, err := c.bearer()
	if err != nil {
		return nil, err
	}
	no := func(client, why string) (*Access, error) {
		return nil, &Refusal{Code: InvalidToken, Client: client, Why: why, Message: "the access token is not valid; ask for a new one"}
	}
	access, ok := a.seal.open(token)
	if !ok {
		return no("", "the token is not one of ours")
	}
	client, registered := a.client(access.Client)
	switch {
	case !registered:
		return no("", "the client is no longer registered")
	case !client.Keys.named(access.Key):
		return no(client.ID, "the key that was used for the token is no longer registered")
	case !c.Now.Before(access.Expires):
		return no(client.ID, "the token has expired")
	case access.Issued.After(c.Now.Add(mostSkew)):
		return no(client.ID, "the token is from the future: a clock was set")
	}
	switch fingerprint, why := client.certified(c.Certificate, c.Now); {
	case why != "":
		return no(client.ID, why)
	case fingerprint != access.Certificate:
		return no(client.ID, "the token was given to another certificate")
	}
	access.Scopes = access.Scopes.Meet(client.Scopes)
	return access, nil
}

// Opens reports whether a call has a token of ours that is not over. Whoever shows
// it, and what it allows, Authenticate says.
func (a *Authority) Opens(c Call) bool {
	token, err := c.bearer()
	if err != nil {
		return false
	}
	access, ok := a.seal.open(token)
	if !ok || !c.Now.Before(access.Expires) {
		return false
	}
	_, registered := a.client(access.Client)
	return registered
}

// bearer returns the token of a call (RFC 6750 §2.1). In a form or in the query
// a token is not looked for.
func (c Call) bearer() (string, error) {
	no := func(message string) (string, error) {
		return "", &Refusal{Code: InvalidRequest, Message: message}
	}
	switch len(c.Authorization) {
	case 0:
		return "", &Refusal{Message: "an access token is needed"}
	case 1:
	default:
		return no("there is more than one Authorization header")
	}
	scheme, token, _ := strings.Cut(c.Authorization[0], " ")
	token = strings.TrimLeft(token, " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return "", &Refusal{Message: "an access token is needed; accepted: Bearer"}
	case token == "":
		return no("the Authorization header has no token")
	case len(token) > maxToken:
		return no("the access token is too long")
	}
	return token, nil
}
