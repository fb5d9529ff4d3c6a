package deliver

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"

	"tolk/adapters/token"
	"tolk/mapping/exchange"
)

// The keys of the tests, made once.
var (
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
	ecKey  = sync.OnceValue(func() *ecdsa.PrivateKey { k, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader); return k })
)

// jwkOf returns a key, private or public, as a JWK with a kid.
func jwkOf(t testing.TB, key any, kid string) string {
	t.Helper()
	k, err := jwk.Import(key)
	if err != nil {
		t.Fatal(err)
	}
	if kid != "" {
		k.Set(jwk.KeyIDKey, kid)
	}
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func pemOf(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// written returns the name of a file with a text and a mode.
func written(t testing.TB, text string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return name
}

// endpoint is a token endpoint on this machine.
type endpoint struct {
	*httptest.Server
	calls, together, most atomic.Int32
}

func newEndpoint(t *testing.T, answer func(w http.ResponseWriter, form url.Values)) *endpoint {
	e := &endpoint{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.calls.Add(1)
		e.most.Store(max(e.most.Load(), e.together.Add(1)))
		defer e.together.Add(-1)
		if r.Method != "POST" || r.URL.Path != "/token" || r.URL.RawQuery != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("got %s %s", r.Method, r.URL)
		}
		r.ParseForm()
		answer(w, r.PostForm)
	}))
	t.Cleanup(e.Close)
	return e
}

// client returns what gets tokens from e.
func (e *endpoint) client(t *testing.T, key, kid string, now func() time.Time) func(context.Context, string) (string, error) {
	t.Helper()
	at := exchange.TokenAt{URL: e.URL + "/token", Client: "https://tolk.example.dk", Scope: "system/Bundle.c", Key: key, KeyID: kid}
	get, err := newTokens("token", at, Receiver{Networks: loopback, Insecure: true}, now)
	if err != nil {
		t.Fatal(err)
	}
	return get
}

// numbered answers with the tokens t1, t2, ... that live for so many seconds.
func numbered(life any) func(http.ResponseWriter, url.Values) {
	var n atomic.Int32
	return func(w http.ResponseWriter, _ url.Values) {
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":%v}`, n.Add(1), life)
	}
}

// Our own authorization server lets our own client in, with either algorithm and
// from either kind of file, and never takes an assertion twice.
func TestTokenOfOurOwn(t *testing.T) {
	for name, tt := range map[string]struct {
		text, kid string
		public    crypto.PublicKey
	}{
		"ES384 JWK": {jwkOf(t, ecKey(), "k"), "", ecKey().Public()},
		"RS384 JWK": {jwkOf(t, rsaKey(), "other"), "k", rsaKey().Public()},
		"ES384 PEM": {pemOf(t, ecKey()), "k", ecKey().Public()},
		"RS384 PEM": {pemOf(t, rsaKey()), "k", rsaKey().Public()},
		"RSA PEM":   {string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey())})), "k", rsaKey().Public()},
	} {
		keys, err := token.ParseKeys(`{"keys":[` + jwkOf(t, tt.public, "k") + `]}`)
		if err != nil {
			t.Fatal(err)
		}
		scopes, err := token.ParseScopes("system/Bundle.c")
		if err != nil {
			t.Fatal(err)
		}
		var authority *token.Authority
		e := newEndpoint(t, func(w http.ResponseWriter, form url.Values) {
			r := authority.Token(t.Context(), token.Request{Form: form, Now: noon.Add(time.Minute)}) // its clock is ahead
			w.WriteHeader(r.Status)
			w.Write(r.Body)
			if r.Refusal != nil {
				t.Errorf("%s: got %+v", name, r.Refusal)
			}
		})
		authority, err = token.New(token.Options{
			TokenURL: e.URL + "/token", Used: token.NewMemory(), Secrets: [][]byte{make([]byte, 32)}, Skew: 30 * time.Second,
			Clients: func(id string) (*token.Client, bool) {
				return &token.Client{ID: id, Keys: keys, Scopes: scopes}, id == "https://tolk.example.dk"
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		get := e.client(t, written(t, tt.text, 0o600), tt.kid, at(noon))
		first, err := get(t.Context(), "")
		if err != nil || first == "" {
			t.Fatalf("%s: got %q, %v", name, first, err)
		}
		if next, err := get(t.Context(), first); err != nil || next == first { // a jti of its own
			t.Errorf("%s: got %q again, %v", name, next, err)
		}
	}
}

// A token serves for four fifths of its life, to everybody who asks, and for the
// rest of it while there is no other; what is refused is replaced once for all.
func TestTokenLife(t *testing.T) {
	now := noon
	down := false
	give := numbered(100)
	e := newEndpoint(t, func(w http.ResponseWriter, form url.Values) {
		if down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		give(w, form)
	})
	get := e.client(t, written(t, jwkOf(t, ecKey(), "k"), 0o600), "", func() time.Time { return now })
	expect := func(refused, want string, calls int32) {
		t.Helper()
		got, err := get(t.Context(), refused)
		if got != want || (err == nil) != (want != "") || e.calls.Load() != calls {
			t.Errorf("got %q, %v after %d calls, want %q after %d", got, err, e.calls.Load(), want, calls)
		}
	}
	expect("", "t1", 1)
	now = now.Add(79 * time.Second)
	expect("", "t1", 1)
	now = now.Add(time.Second)
	expect("", "t2", 2)
	expect("t1", "t2", 2) // somebody was refused with what is replaced by now
	expect("t2", "t3", 3)
	now = now.Add(-72 * time.Hour) // the clock is set back: its age is not known
	expect("", "t4", 4)
	now = now.Add(144 * time.Hour)
	expect("", "t5", 5)

	down = true
	now = now.Add(90 * time.Second)
	expect("", "t5", 6) // old, and still good
	expect("", "t5", 6) // it is not asked at once again
	expect("t5", "", 6)
	now = now.Add(tokenPause)
	expect("t5", "", 7)
	now = now.Add(8 * time.Second)
	expect("", "", 8)
	down = false
	expect("", "", 8)
	now = now.Add(tokenPause)
	expect("", "t6", 9)
}

// However many ask at once, one request is under way, and all get its token; who
// cannot wait any longer leaves without one.
func TestTokenOneAtATime(t *testing.T) {
	give := numbered(300)
	e := newEndpoint(t, func(w http.ResponseWriter, form url.Values) { time.Sleep(50 * time.Millisecond); give(w, form) })
	get := e.client(t, written(t, jwkOf(t, ecKey(), "k"), 0o600), "", time.Now)
	ask := func(refused, want string) {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if got, err := get(t.Context(), refused); err != nil || got != want {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			})
		}
		all.Wait()
	}
	ask("", "t1")
	ask("t1", "t2")
	if e.calls.Load() != 2 || e.most.Load() != 1 {
		t.Errorf("got %d calls, %d at once", e.calls.Load(), e.most.Load())
	}
	var both sync.WaitGroup
	both.Go(func() { get(t.Context(), "t2") })
	time.Sleep(10 * time.Millisecond)
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if got, err := get(short, "t2"); got != "" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %q, %v", got, err)
	}
	both.Wait()
	gone, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	get(gone, "t3") // his end is nobody else's pause
	if got, err := get(t.Context(), "t3"); err != nil || got == "t3" {
		t.Errorf("got %q, %v", got, err)
	}
}

// Whatever a token endpoint answers, there is a token or a reason, and the message
// is kept.
func TestTokenEndpoints(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   string // the code; empty: there is a token
	}{
		{"sound", 200, `{"access_token":"a.b-c_d~e+f/g==","token_type":"bearer","expires_in":"300"}`, ""},
		{"no life", 200, `{"access_token":"a","token_type":"Bearer"}`, ""},
		{"for ever", 200, `{"access_token":"a","token_type":"Bearer","expires_in":1e300}`, ""},
		{"born old", 200, `{"access_token":"a","token_type":"Bearer","expires_in":0}`, ""},
		{"negative", 200, `{"access_token":"a","token_type":"Bearer","expires_in":-5}`, NoToken},
		{"no number", 200, `{"access_token":"a","token_type":"Bearer","expires_in":"NaN"}`, NoToken},
		{"another type", 200, `{"access_token":"a","token_type":"DPoP","expires_in":5}`, NoToken},
		{"none", 200, `{"token_type":"Bearer","expires_in":5}`, NoToken},
		{"a header", 200, `{"access_token":"a\r\nX-Evil: 1","token_type":"Bearer","expires_in":5}`, NoToken},
		{"only padding", 200, `{"access_token":"==","token_type":"Bearer","expires_in":5}`, NoToken},
		{"too long", 200, `{"access_token":"` + strings.Repeat("a", mostToken+1) + `","token_type":"Bearer"}`, NoToken},
		{"twice", 200, `{"access_token":"a","access_token":"b","token_type":"Bearer"}`, NoToken},
		{"huge", 200, `{"access_token":"a","token_type":"Bearer","x":"` + strings.Repeat("a", mostSaid) + `"}`, NoToken},
		{"nonsense", 200, `<html>`, NoToken},
		{"created", 201, `{"access_token":"a","token_type":"Bearer"}`, NoToken},
		{"refused", 400, `{"error":"invalid_client"}`, TokenRefused},
		{"unauthorized", 401, ``, TokenRefused},
		{"busy", 429, ``, NoToken},
		{"down", 503, ``, NoToken},
		{"elsewhere", 307, ``, NoToken},
	} {
		e := newEndpoint(t, func(w http.ResponseWriter, _ url.Values) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		})
		called := false
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			called = true
			if h := r.Header; h.Get("X-Evil") != "" || !strings.HasPrefix(h.Get("Authorization"), "Bearer a") {
				t.Errorf("%s: got %v", tt.name, h)
			}
		}, func(to *Receiver) { to.Token = e.client(t, written(t, jwkOf(t, ecKey(), "k"), 0o600), "", at(noon)) })
		v, said := s.Send(t.Context(), Parcel{ID: "1"})
		want := Verdict{Class: Retry, Code: tt.want}
		if tt.want == "" {
			want = Verdict{Class: Delivered, Code: "http-200"}
		}
		if v != want || called != (tt.want == "") || e.calls.Load() != 1 {
			t.Errorf("%s: got %+v, called %v after %d", tt.name, v, called, e.calls.Load())
		}
		if tt.want == TokenRefused && string(said) != tt.body {
			t.Errorf("%s: got %q", tt.name, said)
		}
	}
}

// A token endpoint stands where its receiver may stand, and is called in https.
func TestTokenAddresses(t *testing.T) {
	key := written(t, jwkOf(t, ecKey(), "k"), 0o600)
	e := newEndpoint(t, numbered(300))
	at1 := exchange.TokenAt{URL: e.URL + "/token", Client: "c", Key: key}
	get, err := newTokens("token", at1, Receiver{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Insecure: true}, at(noon))
	if err != nil {
		t.Fatal(err)
	}
	var no *tokenError
	if _, err := get(t.Context(), ""); !errors.As(err, &no) || no.code != Forbidden || e.calls.Load() != 0 {
		t.Errorf("got %v after %d calls", err, e.calls.Load())
	}
	for name, at2 := range map[string]exchange.TokenAt{
		"http":      {URL: "http://x/token", Client: "c", Key: key},
		"no url":    {Client: "c", Key: key},
		"no client": {URL: "https://x/token", Key: key},
		"no key":    {URL: "https://x/token", Client: "c"},
	} {
		if _, err := newTokens("token", at2, Receiver{}, at(noon)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// A receiver that refuses every token is called twice for a message, and the token
// endpoint as often.
func TestTokenRefusedForEver(t *testing.T) {
	e := newEndpoint(t, numbered(300))
	var calls atomic.Int32
	s := receiver(t, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); w.WriteHeader(http.StatusUnauthorized) },
		func(to *Receiver) { to.Token = e.client(t, written(t, jwkOf(t, ecKey(), "k"), 0o600), "", at(noon)) })
	for n := int32(1); n <= 3; n++ {
		if v, _ := s.Send(t.Context(), Parcel{ID: "1"}); v != (Verdict{Retry, Unauthorized, 0}) || calls.Load() != 2*n || e.calls.Load() != n+1 {
			t.Errorf("%d: got %+v after %d calls and %d for tokens", n, v, calls.Load(), e.calls.Load())
		}
	}
}

// What a token endpoint answers is a token that may stand in a header, or none.
func FuzzToken(f *testing.F) {
	f.Add(`{"access_token":"a","token_type":"bearer","expires_in":300}`)
	f.Add(`{"access_token":"a","token_type":"bearer","expires_in":"1e3"}`)
	f.Add(`{"access_token":"a","token_type":"bearer","expires_in":1e300}`)
	f.Add(`{"access_token":"a\u000d\u000ab","token_type":"bearer"}`)
	f.Fuzz(func(t *testing.T, said string) {
		token, life, ok := readToken([]byte(said))
		if ok && (!isToken(token) || !sendable("Bearer "+token) && len(token) < 1000 || life < 0 || life > mostLife) || !ok && token != "" {
			t.Errorf("got %q, %v, %v", token, life, ok)
		}
	})
}
