package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	tokenURL = "https://tolk.example.dk/token"
	bosted   = "https://bosted.example.dk/system"
	canary   = "2509479989" // MedCom's Bruno Test Elmer; stands for all that must not be repeated
)

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// signer signs as a client does, with the standard library.
type signer struct {
	alg, kid string
	key      crypto.Signer
}

// elliptic384 makes a key out of a word, the same in every process: a fuzz test
// runs in several.
func elliptic384(kid, word string) signer {
	seed := sha512.Sum384([]byte(word))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), seed[:])
	if err != nil {
		panic(err)
	}
	return signer{"ES384", kid, key}
}

func rsa2048() signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return signer{"RS384", "rs", key}
}

// The keys of the tests: two of one client, one of another, and one of a thief,
// who uses the name of the first.
var (
	rs    = sync.OnceValue(rsa2048)
	ps    = sync.OnceValue(func() signer { return signer{"PS384", "rs", rs().key} })
	es    = sync.OnceValue(func() signer { return elliptic384("es", "bosted") })
	other = sync.OnceValue(func() signer { return elliptic384("other", "other") })
	thief = sync.OnceValue(func() signer { return elliptic384("es", "thief") })
)

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign returns a compact JWS over the texts as they are.
func (s signer) sign(header, claims string) string {
	covered := encode([]byte(header)) + "." + encode([]byte(claims))
	sum := sha512.Sum384([]byte(covered))
	var sig []byte
	var err error
	switch key := s.key.(type) {
	case *ecdsa.PrivateKey:
		r, v, e := ecdsa.Sign(rand.Reader, key, sum[:])
		sig, err = append(r.FillBytes(make([]byte, 48)), v.FillBytes(make([]byte, 48))...), e
	case *rsa.PrivateKey:
		if s.alg == "PS384" {
			sig, err = rsa.SignPSS(rand.Reader, key, crypto.SHA384, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			sig, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA384, sum[:])
		}
	}
	if err != nil {
		panic(err)
	}
	return covered + "." + encode(sig)
}

// jwk returns the public key as a JWK, with further members.
func (s signer) jwk(more string) string {
	switch key := s.key.(type) {
	case *ecdsa.PrivateKey:
		b, err := key.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		x, y := b[1:49], b[49:]
		return fmt.Sprintf(`{"kty":"EC","crv":"P-384","x":"%s","y":"%s","kid":"%s"%s}`, encode(x), encode(y), s.kid, more)
	case *rsa.PrivateKey:
		e := big.NewInt(int64(key.E)).Bytes()
		return fmt.Sprintf(`{"kty":"RSA","n":"%s","e":"%s","kid":"%s"%s}`, encode(key.N.Bytes()), encode(e), s.kid, more)
	}
	panic("no such key")
}

func set(jwks ...string) string { return `{"keys":[` + strings.Join(jwks, ",") + `]}` }

func keys(t testing.TB, jwks ...string) *Keys {
	t.Helper()
	k, err := ParseKeys(set(jwks...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func scopes(t testing.TB, text string) Scopes {
	t.Helper()
	s, err := ParseScopes(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// world is an Authority with two clients.
type world struct {
	*Authority
	clients map[string]*Client
	made    Options
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clients: map[string]*Client{
		bosted:  {ID: bosted, Keys: keys(t, rs().jwk(""), es().jwk("")), Scopes: scopes(t, "system/Bundle.cr system/AuditEvent.rs")},
		"other": {ID: "other", Keys: keys(t, other().jwk("")), Scopes: scopes(t, "system/*.cruds")},
	}}
	w.made = Options{
		TokenURL: tokenURL, Used: NewMemory(), Skew: 30 * time.Second,
		Secrets: [][]byte{[]byte("0123456789abcdef0123456789abcdef")},
		Clients: func(id string) (*Client, bool) { c, ok := w.clients[id]; return c, ok },
	}
	w.build(t)
	return w
}

func (w *world) build(t testing.TB) {
	t.Helper()
	a, err := New(w.made)
	if err != nil {
		t.Fatal(err)
	}
	w.Authority = a
}

// with returns the JSON of an object after changes; a nil takes a member away,
// and raw JSON is taken as it is.
func with(members, changes map[string]any) string {
	out := map[string]any{}
	for _, m := range []map[string]any{members, changes} {
		for k, v := range m {
			out[k] = v
			if v == nil {
				delete(out, k)
			}
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func header(s signer, changes map[string]any) string {
	return with(map[string]any{"alg": s.alg, "kid": s.kid, "typ": "JWT"}, changes)
}

func claims(changes map[string]any) string {
	return with(map[string]any{
		"iss": bosted, "sub": bosted, "aud": tokenURL, "jti": "jti-1",
		"exp": start.Add(4 * time.Minute).Unix(), "iat": start.Unix(),
	}, changes)
}

func form(assertion string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType},
		"client_assertion": {assertion}, "scope": {"system/Bundle.c"},
	}
}

var safe = regexp.MustCompile(`^[\x20\x21\x23-\x5B\x5D-\x7E]+$`)

// ask asks the token endpoint, and checks what holds for every answer.
func (w *world) ask(t testing.TB, r Request) Response {
	t.Helper()
	if r.Now.IsZero() {
		r.Now = start
	}
	out := w.Token(context.Background(), r)
	var body map[string]any
	if err := json.Unmarshal(out.Body, &body); err != nil {
		t.Fatalf("the body is not JSON: %v", err)
	}
	if got := out.Header["Cache-Control"]; got != "no-store" {
		t.Errorf("Cache-Control: got %q", got)
	}
	if _, wait := out.Header["Retry-After"]; wait != (out.Status == 503) {
		t.Errorf("status %d, with Retry-After %v", out.Status, wait)
	}
	if strings.Contains(string(out.Body), canary) {
		t.Errorf("the answer repeats what came in: %s", out.Body)
	}
	if (out.Access == nil) == (out.Refusal == nil) || (out.Access == nil) == (out.Status == 200) {
		t.Fatalf("status %d with access %v and refusal %v", out.Status, out.Access, out.Refusal)
	}
	if out.Refusal != nil {
		message, _ := body["error_description"].(string)
		if code, _ := body["error"].(string); code != string(out.Refusal.Code) || !safe.MatchString(code) || !safe.MatchString(message) {
			t.Errorf("the body is not as RFC 6749 §5.2 has it: %s", out.Body)
		}
		if strings.Contains(out.Refusal.Error()+out.Refusal.Why+out.Refusal.Client, canary) {
			t.Errorf("the refusal repeats what came in: %+v", out.Refusal)
		}
	}
	return out
}

// refused checks that out says no with code, in words that contain message.
func refused(t testing.TB, out Response, code Code, message string) {
	t.Helper()
	if out.Refusal == nil {
		t.Fatalf("got a token, want %s: %s", code, message)
	}
	if out.Refusal.Code != code || !strings.Contains(out.Refusal.Message, message) || out.Status != statuses[code] {
		t.Errorf("got %d %v, want %d %s: %s", out.Status, out.Refusal, statuses[code], code, message)
	}
}

// granted checks that out has a token for scope, and returns the token.
func granted(t testing.TB, out Response, scope string) string {
	t.Helper()
	if out.Refusal != nil {
		t.Fatalf("refused: %v (%s)", out.Refusal, out.Refusal.Why)
	}
	var body struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		In    int    `json:"expires_in"`
		Scope string `json:"scope"`
	}
	if err := json.Unmarshal(out.Body, &body); err != nil {
		t.Fatal(err)
	}
	if body.Type != "bearer" || body.In != 300 || body.Scope != scope || body.Token == "" {
		t.Errorf("got %+v, want a bearer token for 300 s and %s", body, scope)
	}
	return body.Token
}

// token returns a fresh token of bosted.
func (w *world) token(t testing.TB, r Request) string {
	t.Helper()
	jti++
	r.Form = form(es().sign(header(es(), nil), claims(map[string]any{"jti": fmt.Sprint("fresh-", jti)})))
	r.Form.Set("scope", "system/*.cruds")
	return granted(t, w.ask(t, r), "system/AuditEvent.rs system/Bundle.cr")
}

var jti int

// call shows a token, and returns why it is not accepted, "" if it is.
func (w *world) call(t testing.TB, token string, now time.Time, peer *x509.Certificate) (*Access, string) {
	t.Helper()
	access, err := w.Authenticate(Call{Authorization: []string{"Bearer " + token}, Certificate: peer, Now: now})
	var r *Refusal
	if errors.As(err, &r) {
		if access != nil || r.Code != InvalidToken || r.Status() != 401 || !strings.HasPrefix(r.Challenge(), `Bearer error="invalid_token"`) {
			t.Errorf("got access %v and %+v", access, r)
		}
		return nil, r.Why
	}
	return access, ""
}
