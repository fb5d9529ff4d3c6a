package token

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tolk/mapping"
)

// assertionType says that the client proves itself with a JWT (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Request is a request to the token endpoint, as the HTTP side read it.
type Request struct {
	Form          url.Values        // the body, application/x-www-form-urlencoded; never the query
	Authorization bool              // whether there is an Authorization header
	Certificate   *x509.Certificate // the client's, proved by the TLS handshake; nil if there is none. Never from a header
	Now           time.Time
}

// Response is what to answer, and what to write into the audit: of Access and
// Refusal exactly one is there. The token itself stands in Body only.
type Response struct {
	Status  int
	Header  map[string]string
	Body    []byte
	Access  *Access
	Refusal *Refusal
}

// Token answers POST to the token endpoint (RFC 6749 §4.4 and §5).
func (a *Authority) Token(ctx context.Context, r Request) Response {
	access, err := a.grant(ctx, r)
	out := Response{Header: map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache",
	}}
	if err != nil {
		errors.As(err, &out.Refusal)
		out.Status, out.Body = out.Refusal.Status(), out.Refusal.body()
		if out.Refusal.Code == TemporarilyUnavailable {
			out.Header["Retry-After"] = strconv.Itoa(retryAfter)
		}
		return out
	}
	out.Status, out.Access = http.StatusOK, access
	out.Body = marshal(struct {
		Token     string `json:"access_token"`
		Type      string `json:"token_type"`
		ExpiresIn int    `json:"expires_in"`
		Scope     string `json:"scope"`
	}{a.seal.close(access), "bearer", int(access.Expires.Sub(access.Issued) / time.Second), access.Scopes.String()})
	return out
}

// retryAfter is how many seconds to wait when no token can be given.
const retryAfter = 10

// grant decides about a request. Every error is a Refusal.
func (a *Authority) grant(ctx context.Context, r Request) (*Access, error) {
	if err := r.proper(); err != nil {
		return nil, err
	}
	as, err := a.assert(r.Form.Get("client_assertion"), r.Now)
	if err != nil {
		return nil, err
	}
	if id := r.Form.Get("client_id"); id != "" && id != as.client {
		return nil, doubt("client_id is not the iss of client_assertion; it may be left out")
	}
	client, k, err := a.prove(ctx, as, r)
	if err != nil {
		return nil, err
	}
	scopes, err := narrow(client, r.Form.Get("scope"))
	if err != nil {
		return nil, err
	}
	certificate, _ := client.certified(r.Certificate, r.Now)
	now := r.Now.Truncate(time.Second)
	return &Access{
		ID: rand.Text(), Client: client.ID, Scopes: scopes, Issued: now, Expires: now.Add(a.options.Life),
		Key: k.thumbprint, Certificate: certificate,
	}, nil
}

// proper checks the form of a request. A parameter that is not known is left
// alone (RFC 6749 §3.2), one that stands twice is not.
func (r Request) proper() error {
	for _, values := range r.Form {
		if len(values) > 1 {
			return &Refusal{Code: InvalidRequest, Message: "a parameter stands more than once"}
		}
	}
	switch grant := r.Form.Get("grant_type"); {
	case r.Authorization || r.Form.Has("client_secret"):
		return &Refusal{Code: InvalidRequest, Message: "a client proves itself with client_assertion only, not also with a secret or an Authorization header"}
	case grant == "":
		return &Refusal{Code: InvalidRequest, Message: "grant_type is missing; accepted: client_credentials"}
	case grant != "client_credentials":
		return &Refusal{Code: UnsupportedGrantType, Message: "grant_type must be client_credentials"}
	case r.Form.Get("client_assertion_type") != assertionType:
		return doubt("client_assertion_type must be " + assertionType)
	case r.Form.Get("client_assertion") == "":
		return doubt("client_assertion is missing")
	}
	return nil
}

// narrow returns what a client asked for as far as it may have it.
func narrow(client *Client, asked string) (Scopes, error) {
	no := func(message string) (Scopes, error) {
		return nil, &Refusal{Code: InvalidScope, Client: client.ID, Message: message}
	}
	if asked == "" {
		return no("scope is missing; name what is needed, like system/Bundle.c")
	}
	scopes, err := ParseScopes(asked)
	var fault *mapping.Error
	if errors.As(err, &fault) {
		return no(fault.Path + " " + fault.Message)
	}
	granted := scopes.Meet(client.Scopes)
	if len(granted) == 0 {
		return no("this client may have none of the scopes it asked for")
	}
	return granted, nil
}
