package token

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tolk/mapping/tree"
)

// maxName bounds the names a client gives: its id, its keys, its assertions.
const maxName = 255

// assertion is what a client says to prove who it is (RFC 7523 §3). Its form and
// its times have been judged; whether the client said it has not.
type assertion struct {
	*signed
	client  string // iss and sub
	id      string // jti
	expires time.Time
}

// assert reads an assertion and judges what needs no knowledge of the client.
func (a *Authority) assert(compact string, now time.Time) (*assertion, error) {
	s, err := split(compact, accepted)
	if err != nil {
		return nil, err
	}
	switch {
	case s.key == "" || len(s.key) > maxName:
		return nil, doubt("the header of client_assertion has no kid of at most 255 bytes")
	case !slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, s.typ) }):
		return nil, doubt("the typ of client_assertion must be JWT")
	}
	d, ok := object(s.payload)
	if !ok {
		return nil, doubt("the claims of client_assertion are not a JSON object with every name once")
	}
	out := &assertion{signed: s, client: member(d, "iss"), id: member(d, "jti")}
	switch {
	case out.client == "" || len(out.client) > maxName:
		return nil, doubt("the iss of client_assertion must be the client_id")
	case member(d, "sub") != out.client:
		return nil, doubt("the sub of client_assertion must be its iss")
	case audience(d) != a.options.TokenURL:
		return nil, doubt("the aud of client_assertion must be the token endpoint and nothing else")
	case out.id == "" || len(out.id) > maxName:
		return nil, doubt("the jti of client_assertion must be a string of 1 to 255 bytes")
	}
	out.expires, err = a.times(d, now)
	return out, err
}

// types are the media types an assertion may say it has: SMART's, and the one
// that is to keep assertions apart from every other JWT.
var types = []string{"JWT", "client-authentication+jwt"}

// audience returns the one audience of an assertion, "" if it is not one: what
// is addressed to two can be passed on by the one to the other.
func audience(d *tree.Doc) string {
	aud := d.Child(d.Root(), "aud")
	if aud == tree.None || d.Kind(aud) != tree.Array {
		return d.Text(aud)
	}
	if first := d.First(aud); first != tree.None && d.Next(first) == tree.None {
		return d.Text(first)
	}
	return ""
}

// times judges exp, iat and nbf against now, with the skew given in favour of
// the client, and returns exp.
func (a *Authority) times(d *tree.Doc, now time.Time) (exp time.Time, err error) {
	exp, has, ok := instant(d, "exp")
	iat, hasIat, okIat := instant(d, "iat")
	nbf, hasNbf, okNbf := instant(d, "nbf")
	switch {
	case !ok || !okIat || !okNbf:
		return exp, doubt("exp, iat and nbf of client_assertion must be numbers of seconds since 1970")
	case !has:
		return exp, doubt("client_assertion has no exp")
	case !now.Before(exp.Add(a.options.Skew)):
		return exp, doubt("client_assertion has expired")
	case exp.After(now.Add(longest + a.options.Skew)):
		return exp, doubt("the exp of client_assertion is more than five minutes ahead")
	case hasIat && iat.After(now.Add(a.options.Skew)):
		return exp, doubt("the iat of client_assertion is in the future")
	case hasIat && (!iat.Before(exp) || exp.Sub(iat) > longest):
		return exp, doubt("the exp of client_assertion must be after its iat, by five minutes at most")
	case hasNbf && nbf.After(now.Add(a.options.Skew)):
		return exp, doubt("client_assertion is not valid yet")
	case hasNbf && !nbf.Before(exp):
		return exp, doubt("the exp of client_assertion must be after its nbf")
	}
	return exp, nil
}

// instant reads a NumericDate (RFC 7519 §2), fractions left out. It is not ok
// when it is there and is no such number.
func instant(d *tree.Doc, name string) (t time.Time, has, ok bool) {
	n := d.Child(d.Root(), name)
	if n == tree.None {
		return t, false, true
	}
	seconds, err := strconv.ParseFloat(d.Raw(n), 64)
	if d.Kind(n) != tree.Number || err != nil || seconds < 0 || seconds > 1e11 {
		return t, true, false
	}
	return time.Unix(int64(math.Floor(seconds)), 0), true, true
}

// prove returns the client that made an assertion and the key it has for it. What
// it answers is the same for a client that is not there, a key that is not there
// and a signature that is not right; how soon is not, as ids are no secret.
func (a *Authority) prove(ctx context.Context, as *assertion, r Request) (*Client, *key, error) {
	no := func(client, why string) (*Client, *key, error) {
		return nil, nil, &Refusal{Code: InvalidClient, Client: client, Why: why,
			Message: "client_assertion is not signed with a key that this client has registered"}
	}
	client, registered := a.client(as.client)
	if !registered || client.Keys == nil {
		return no("", "no such client")
	}
	k := client.Keys.keys[as.key]
	switch {
	case k == nil:
		return no(client.ID, "no key with this kid")
	case !slices.Contains(k.algorithms, as.algorithm):
		return no(client.ID, "the key is not for "+as.algorithm)
	case !k.verify(as.signed):
		return no(client.ID, "the signature does not verify")
	}
	if _, why := client.certified(r.Certificate, r.Now); why != "" {
		return nil, nil, &Refusal{Code: InvalidClient, Client: client.ID, Why: why,
			Message: "the connection does not have a TLS certificate that this client has registered"}
	}
	first, err := a.options.Used.Once(ctx, Use{Client: client.ID, ID: as.id, Now: r.Now, Until: as.expires.Add(a.options.Skew)})
	switch {
	case err != nil:
		return nil, nil, &Refusal{Code: TemporarilyUnavailable, Client: client.ID, Err: err,
			Why: "the memory of used assertions did not answer", Message: "no token can be given just now; try again with a new client_assertion"}
	case !first:
		return nil, nil, &Refusal{Code: InvalidClient, Client: client.ID, Why: "an assertion was used again",
			Message: "client_assertion has been used before; every request needs a new jti"}
	}
	return client, k, nil
}
