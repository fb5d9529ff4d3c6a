package token

import (
	"encoding/json"
	"fmt"
	"net/http"

	"tolk/mapping"
)

// Code is an error code of OAuth 2.0.
type Code string

// The codes in use: RFC 6749 §5.2, and RFC 6750 §3.1 for the last two.
// temporarily_unavailable is §4.1.2.1's; the token endpoint has no word of its
// own for a fault that is not the client's.
const (
	InvalidRequest         Code = "invalid_request"
	InvalidClient          Code = "invalid_client"
	UnsupportedGrantType   Code = "unsupported_grant_type"
	InvalidScope           Code = "invalid_scope"
	TemporarilyUnavailable Code = "temporarily_unavailable"
	InvalidToken           Code = "invalid_token"
	InsufficientScope      Code = "insufficient_scope"
)

var statuses = map[Code]int{
	InvalidRequest:         http.StatusBadRequest,
	InvalidClient:          http.StatusUnauthorized,
	UnsupportedGrantType:   http.StatusBadRequest,
	InvalidScope:           http.StatusBadRequest,
	TemporarilyUnavailable: http.StatusServiceUnavailable,
	InvalidToken:           http.StatusUnauthorized,
	InsufficientScope:      http.StatusForbidden,
}

// Refusal is a no. What it says to the one who asked never quotes what came in,
// and never tells which clients or keys are registered.
type Refusal struct {
	Code    Code   // "" when no token was shown at all (RFC 6750 §3.1 wants it so)
	Message string // for the one who asked: ASCII, without quotes (RFC 6749 §5.2)
	// Why is for the audit, where there is more to tell: who, and what exactly.
	// Client is the registered client whose id was used, by whomever; an id that
	// nobody registered stands nowhere.
	Why, Client string
	Err         error // what stood in the way, when it was not the request
}

// Error returns the code and the message; neither of them can name a person.
func (r *Refusal) Error() string {
	if r.Code == "" {
		return r.Message
	}
	return string(r.Code) + ": " + r.Message
}

// Unwrap returns the refusal as the one error of tolk.
func (r *Refusal) Unwrap() error {
	return &mapping.Error{Kind: mapping.Security, Message: r.Message, Err: r.Err}
}

// Status is the HTTP status to answer with.
func (r *Refusal) Status() int {
	if r.Code == "" {
		return http.StatusUnauthorized
	}
	return statuses[r.Code]
}

// Challenge is the WWW-Authenticate header to answer with, where an access token
// was refused (RFC 6750 §3).
func (r *Refusal) Challenge() string {
	if r.Code == "" {
		return "Bearer"
	}
	return fmt.Sprintf(`Bearer error="%s", error_description="%s"`, r.Code, r.Message)
}

// body is the answer of the token endpoint (RFC 6749 §5.2).
func (r *Refusal) body() []byte {
	return marshal(struct {
		Code    Code   `json:"error"`
		Message string `json:"error_description"`
	}{r.Code, r.Message})
}

// marshal writes what consists of our own strings and numbers.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the types are in this package, and none of them can fail
	}
	return b
}
