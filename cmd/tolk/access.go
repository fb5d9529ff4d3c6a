package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"

	"tolk/adapters/api"
	"tolk/adapters/journal"
	"tolk/adapters/token"
)

// access lets the clients of the configuration in. It is the door between the
// server, which knows HTTP, and the authority, which knows tokens.
type access struct {
	authority func() *token.Authority
	note      func(ctx context.Context, client, id string) error // that a token was given
	log       *slog.Logger
}

// Token implements api.Access. A token that was given is in the audit before it
// leaves; who was refused is in the log alone, so that nobody fills the journal
// with what he is refused.
func (a access) Token(ctx context.Context, form url.Values, call api.Call) api.TokenAnswer {
	r := a.authority().Token(ctx, token.Request{Form: form, Authorization: len(call.Authorization) > 0,
		Certificate: call.Certificate, Now: call.Now})
	if r.Access != nil {
		err := a.note(ctx, r.Access.Client, r.Access.ID)
		switch {
		case errors.Is(err, journal.ErrFull): // who fetches makes room
			a.log.Warn("token given, and the audit has no room for it", "client", r.Access.Client, "token", r.Access.ID)
		case err != nil:
			return api.TokenAnswer{Status: 503, Header: map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Retry-After": "5"},
				Body: []byte(`{"error":"temporarily_unavailable","error_description":"the audit cannot be written now"}`)}
		}
	}
	if r.Refusal != nil {
		a.log.Warn("token refused", "code", string(r.Refusal.Code), "client", r.Refusal.Client, "why", r.Refusal.Why)
	}
	return api.TokenAnswer{Status: r.Status, Header: r.Header, Body: r.Body}
}

// Opens implements api.Access.
func (a access) Opens(call api.Call) bool {
	return a.authority().Opens(token.Call{Authorization: call.Authorization, Now: call.Now})
}

// Authenticate implements api.Access.
func (a access) Authenticate(call api.Call) (api.Grant, error) {
	got, err := a.authority().Authenticate(token.Call{Authorization: call.Authorization, Certificate: call.Certificate, Now: call.Now})
	if err != nil {
		var r *token.Refusal
		if errors.As(err, &r) && r.Why != "" {
			a.log.Warn("call refused", "code", string(r.Code), "client", r.Client, "why", r.Why)
		}
		return api.Grant{}, err
	}
	return api.Grant{Client: got.Client, Allows: func(scope string) bool {
		asked, err := token.ParseScopes(scope)
		return err == nil && asked.Meet(got.Scopes).String() == asked.String()
	}}, nil
}

// Configuration implements api.Access.
func (a access) Configuration() []byte { return a.authority().Configuration() }

// tokenGiven is the row of the audit for a token.
func tokenGiven(client, id string) journal.Remark {
	return journal.Remark{Event: "token", Tenant: ownTenant, Audit: journal.Audit{Actor: client, Detail: "token " + id}}
}

// ownTenant is whose keys seal what is the node's own.
const ownTenant = "tolk"
