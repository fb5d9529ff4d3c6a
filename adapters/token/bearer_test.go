package token

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
)

func TestBearer(t *testing.T) {
	w := newWorld(t)
	token := w.token(t, Request{})
	for _, tt := range []struct {
		name   string
		header []string
		code   Code
		status int // 200 if it is accepted
	}{
		{"none", nil, "", 401},
		{"right", []string{"Bearer " + token}, "", 200},
		{"lower case", []string{"bearer " + token}, "", 200},
		{"two blanks", []string{"Bearer  " + token}, "", 200},
		{"twice", []string{"Bearer " + token, "Bearer " + token}, InvalidRequest, 400},
		{"two in one", []string{"Bearer " + token + ", Bearer " + token}, InvalidToken, 401},
		{"Basic", []string{"Basic " + token}, "", 401},
		{"DPoP", []string{"DPoP " + token}, "", 401},
		{"token alone", []string{token}, "", 401},
		{"empty", []string{""}, "", 401},
		{"no token", []string{"Bearer"}, InvalidRequest, 400},
		{"blank token", []string{"Bearer   "}, InvalidRequest, 400},
		{"tab", []string{"Bearer\t" + token}, "", 401},
		{"too long", []string{"Bearer " + strings.Repeat("A", maxToken+1)}, InvalidRequest, 400},
		{"just so long", []string{"Bearer " + strings.Repeat("A", maxToken)}, InvalidToken, 401},
		{"words", []string{"Bearer " + canary}, InvalidToken, 401},
		{"an assertion", []string{"Bearer " + es().sign(header(es(), nil), claims(nil))}, InvalidToken, 401},
		{"padded", []string{"Bearer " + token + "="}, InvalidToken, 401},
		{"longer", []string{"Bearer " + token + "AAAA"}, InvalidToken, 401},
		{"shorter", []string{"Bearer " + token[:len(token)-4]}, InvalidToken, 401},
		{"nearly nothing", []string{"Bearer " + token[:11]}, InvalidToken, 401},
		{"the head alone", []string{"Bearer " + token[:12]}, InvalidToken, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if w.Opens(Call{Authorization: tt.header, Now: start.Add(time.Minute)}) != (tt.status == 200) {
				t.Error("it opens, or does not")
			}
			access, err := w.Authenticate(Call{Authorization: tt.header, Now: start.Add(time.Minute)})
			if tt.status == 200 {
				if err != nil || access.Client != bosted || access.Scopes.String() != "system/AuditEvent.rs system/Bundle.cr" {
					t.Errorf("got %+v, %v", access, err)
				}
				return
			}
			var r *Refusal
			if !errors.As(err, &r) || access != nil || r.Code != tt.code || r.Status() != tt.status {
				t.Fatalf("got %v, %+v, want %d %s", access, err, tt.status, tt.code)
			}
			want, text := "Bearer", r.Message
			if tt.code != "" {
				text = string(tt.code) + ": " + r.Message
				want = fmt.Sprintf(`Bearer error="%s", error_description="%s"`, tt.code, r.Message)
			}
			if r.Error() != text || r.Challenge() != want || !safe.MatchString(r.Message) || strings.Contains(fmt.Sprint(r, r.Why, r.Client), canary) {
				t.Errorf("got %s and %+v", r.Challenge(), r)
			}
			var one *mapping.Error
			if !errors.As(err, &one) || one.Kind != mapping.Security || one.Message != r.Message {
				t.Errorf("as the one error it is %+v", one)
			}
		})
	}
}

// No bit of a token can be changed.
func TestTokenIsSealed(t *testing.T) {
	w := newWorld(t)
	token := w.token(t, Request{})
	if plain, ok := unbase64(token); !ok || bytes.Contains(plain, []byte(bosted)) || bytes.Contains(plain, []byte("system/")) {
		t.Error("the token can be read")
	}
	b := []byte(token)
	for i := range b {
		for _, bit := range []byte{1, 2, 4} {
			b[i] ^= bit
			if _, why := w.call(t, string(b), start, nil); why != "the token is not one of ours" {
				t.Errorf("character %d changed: %q", i, why)
			}
			b[i] ^= bit
		}
	}
	if _, why := w.call(t, token, start, nil); why != "" {
		t.Errorf("unchanged: %s", why)
	}
}

// A token lives for five minutes, whichever way the clock is set.
func TestTokenInTime(t *testing.T) {
	w := newWorld(t)
	token := w.token(t, Request{})
	for _, tt := range []struct {
		at   time.Duration
		want string
	}{
		{0, ""}, {5*time.Minute - time.Nanosecond, ""}, {5 * time.Minute, "expired"}, {24 * time.Hour, "expired"},
		{-time.Minute, ""}, {-61 * time.Second, "a clock was set"}, {-24 * time.Hour, "a clock was set"},
	} {
		if _, why := w.call(t, token, start.Add(tt.at), nil); !strings.Contains(why, tt.want) || (why == "") != (tt.want == "") {
			t.Errorf("after %v: %q, want %q", tt.at, why, tt.want)
		}
	}
}

// What is taken from a client is taken from the tokens it has.
func TestTokenFollowsTheRegister(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*world)
		want   string
	}{
		"struck off":           {func(w *world) { delete(w.clients, bosted) }, "no longer registered"},
		"key taken back":       {func(w *world) { delete(w.clients[bosted].Keys.keys, "es") }, "no longer registered"},
		"all keys taken back":  {func(w *world) { w.clients[bosted].Keys = nil }, "no longer registered"},
		"another key":          {func(w *world) { w.clients[bosted].Keys = keys(t, thief().jwk("")) }, "no longer registered"},
		"the other key":        {func(w *world) { delete(w.clients[bosted].Keys.keys, "rs") }, ""},
		"certificate demanded": {func(w *world) { w.clients[bosted].Certificates = []string{"x"} }, "no certificate came"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			token := w.token(t, Request{})
			tt.change(w)
			if _, why := w.call(t, token, start, nil); !strings.Contains(why, tt.want) || (why == "") != (tt.want == "") {
				t.Errorf("got %q, want %q", why, tt.want)
			}
		})
	}
	w := newWorld(t)
	token := w.token(t, Request{})
	w.clients[bosted].Scopes = scopes(t, "system/Bundle.r system/Patient.r")
	if access, why := w.call(t, token, start, nil); why != "" || access.Scopes.String() != "system/Bundle.r" {
		t.Errorf("got %+v, %s", access, why)
	}
}

func TestDemand(t *testing.T) {
	w := newWorld(t)
	access, _ := w.call(t, w.token(t, Request{}), start, nil)
	if err := access.Demand(Create, "Bundle"); err != nil {
		t.Error(err)
	}
	var r *Refusal
	if err := access.Demand(Delete, "Bundle"); !errors.As(err, &r) || r.Code != InsufficientScope || r.Status() != 403 || r.Client != bosted ||
		r.Challenge() != `Bearer error="insufficient_scope", error_description="the access token does not allow this"` {
		t.Errorf("got %+v", err)
	}
}

// A secret is changed without a token being lost, and after that the old one
// opens nothing.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	before := w.token(t, Request{})
	first, second := w.made.Secrets[0], bytes.Repeat([]byte{7}, 32)
	next := func(secrets ...[]byte) { w.made.Secrets = secrets; w.build(t) }

	next(second, first)
	after := w.token(t, Request{})
	for _, token := range []string{before, after} {
		if _, why := w.call(t, token, start, nil); why != "" {
			t.Errorf("with both secrets: %s", why)
		}
	}
	next(second)
	if _, why := w.call(t, before, start, nil); why == "" {
		t.Error("the old secret is gone and its token is not")
	}
	if _, why := w.call(t, after, start, nil); why != "" {
		t.Errorf("with the new secret: %s", why)
	}
	next(first)
	if _, why := w.call(t, after, start, nil); why == "" {
		t.Error("the new secret was not used")
	}
}

// The keys change by themselves every hour, and a token is for one server.
func TestTokenKeys(t *testing.T) {
	w := newWorld(t)
	token := w.token(t, Request{})
	if a, b := w.seal.secrets[0].derive("hour 1", 32), w.seal.secrets[0].derive("hour 2", 32); bytes.Equal(a, b) {
		t.Error("two hours have the same key")
	}
	late := start.Add(59*time.Minute + 58*time.Second)
	jti++
	f := form(es().sign(header(es(), nil), claims(changes{"jti": fmt.Sprint(jti), "exp": late.Add(time.Minute).Unix(), "iat": nil})))
	over := granted(t, w.ask(t, Request{Form: f, Now: late}), "system/Bundle.c")
	if _, why := w.call(t, over, late.Add(time.Minute), nil); why != "" {
		t.Errorf("in the next hour: %s", why)
	}
	w.made.TokenURL = "https://else.example.dk/token"
	w.build(t)
	if _, why := w.call(t, token, start, nil); why != "the token is not one of ours" {
		t.Errorf("at another server with the same secret: %q", why)
	}
}

// Nothing that prints an Authority prints a secret.
func TestSecretIsNotPrinted(t *testing.T) {
	w := newWorld(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s"} {
		text := fmt.Sprintf(verb, *w.Authority) + fmt.Sprintf(verb, w.Authority)
		secret := w.made.Secrets[0]
		if strings.Contains(text, string(secret)) || strings.Contains(text, fmt.Sprintf("%x", secret)) || strings.Contains(text, fmt.Sprint(secret[:4])[1:]) {
			t.Errorf("%s prints a secret", verb)
		}
	}
}

// certificate returns a certificate that the client made itself, for a day.
func certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: start.Add(-12 * time.Hour), NotAfter: start.Add(12 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, other().key.Public(), other().key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A client with registered certificates gets nothing without one of them, and
// its token is worth nothing with another.
func TestCertificate(t *testing.T) {
	first, second, foreign := certificate(t), certificate(t), certificate(t)
	w := newWorld(t)
	if out := w.ask(t, Request{Form: form(es().sign(header(es(), nil), claims(nil))), Certificate: foreign}); out.Access == nil || out.Access.Certificate != "" {
		t.Error("a certificate that nobody registered binds a token")
	}
	w.clients[bosted].Certificates = []string{Fingerprint(first), Fingerprint(second)}
	ask := func(peer *x509.Certificate, at time.Duration) Response {
		jti++
		c := changes{"jti": fmt.Sprint(jti), "exp": after(at + time.Minute), "iat": nil}
		return w.ask(t, Request{Form: form(es().sign(header(es(), nil), claims(c))), Certificate: peer, Now: start.Add(at)})
	}
	for name, tt := range map[string]struct {
		peer *x509.Certificate
		at   time.Duration
		why  string
	}{
		"none":    {nil, 0, "no certificate came"},
		"foreign": {foreign, 0, "not registered"},
		"too old": {first, 13 * time.Hour, "not valid at this time"},
		"too new": {first, -13 * time.Hour, "not valid at this time"},
	} {
		out := ask(tt.peer, tt.at)
		refused(t, out, InvalidClient, "TLS certificate")
		if !strings.Contains(out.Refusal.Why, tt.why) || out.Refusal.Client != bosted {
			t.Errorf("%s: the audit is told %+v", name, out.Refusal)
		}
	}
	token := granted(t, ask(first, 0), "system/Bundle.c")
	for _, tt := range []struct {
		peer *x509.Certificate
		why  string
	}{{first, ""}, {second, "another certificate"}, {foreign, "not registered"}, {nil, "no certificate came"}} {
		if _, why := w.call(t, token, start, tt.peer); !strings.Contains(why, tt.why) || (why == "") != (tt.why == "") {
			t.Errorf("got %q, want %q", why, tt.why)
		}
	}
	w.clients[bosted].Certificates = []string{Fingerprint(second)}
	if _, why := w.call(t, token, start, first); why == "" {
		t.Error("a certificate that was taken back is accepted")
	}
	if got := Fingerprint(first); len(got) != 43 || strings.ContainsAny(got, "+/=") {
		t.Errorf("Fingerprint: got %s", got)
	}
}

// What does not come with the certificate must not use up the assertion.
func TestCertificateBeforeUse(t *testing.T) {
	peer := certificate(t)
	w := newWorld(t)
	w.clients[bosted].Certificates = []string{Fingerprint(peer)}
	f := form(es().sign(header(es(), nil), claims(nil)))
	refused(t, w.ask(t, Request{Form: f}), InvalidClient, "TLS certificate")
	granted(t, w.ask(t, Request{Form: f, Certificate: peer}), "system/Bundle.c")
}
