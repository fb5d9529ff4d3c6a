package faults

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"tolk/adapters/journal"
	"tolk/adapters/token"
)

// An access token is worth nothing when its five minutes are over. Nobody waits
// for that here: the token is one that the node itself would have given ten
// minutes ago, sealed with the secret that it makes of its keys. One of now gets
// in, which shows that the other is refused for its age.
func TestExpiredToken(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	for _, c := range []struct {
		age  time.Duration
		want int
	}{{10 * time.Minute, http.StatusUnauthorized}, {0, http.StatusUnprocessableEntity}} {
		given := n.givenAt(time.Now().Add(-c.age))
		got, err := n.call(n.current(), "POST", "/v1/exchange?receiver=ingen", []byte(laneLetter(0, 1, "").body),
			"Content-Type", "application/json", "Authorization", "Bearer "+given)
		if err != nil || got.status != c.want {
			t.Errorf("a token of %s ago: %s %v, want %d", c.age, got, err, c.want)
		}
	}
	n.nothingHappened(hospital)
	n.stop()
	n.verify()
}

// givenAt makes the access token that the node would give at a time.
func (n *node) givenAt(at time.Time) string {
	n.Helper()
	keys, err := journal.OpenKeys(n.path("keys.json"))
	if err != nil {
		n.Fatal(err)
	}
	secret, err := keys.MAC(n.Context(), "\x00tokens", []byte("the secret of access tokens"))
	if err != nil {
		n.Fatal(err)
	}
	known, err := token.ParseKeys(jwks(signingKey(bosted)))
	if err != nil {
		n.Fatal(err)
	}
	scopes, err := token.ParseScopes("system/Bundle.c")
	if err != nil {
		n.Fatal(err)
	}
	one := &token.Client{ID: bosted, Keys: known, Scopes: scopes}
	authority, err := token.New(token.Options{TokenURL: public + "/token", Used: token.NewMemory(), Secrets: [][]byte{secret},
		Clients: func(id string) (*token.Client, bool) { return one, id == bosted }})
	if err != nil {
		n.Fatal(err)
	}
	c := sound(bosted)
	c.Issued, c.Expires = at.Unix(), at.Add(4*time.Minute).Unix()
	r := authority.Token(n.Context(), token.Request{Now: at, Form: url.Values{"grant_type": {"client_credentials"}, "scope": {"system/Bundle.c"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion(signingKey(bosted), c)}}})
	var said struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(r.Body, &said); err != nil || said.Token == "" {
		n.Fatalf("no token was given: %d %s", r.Status, r.Body)
	}
	return said.Token
}
