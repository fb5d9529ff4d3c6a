package token

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
)

// The form of a request, each rule broken alone.
func TestForm(t *testing.T) {
	sound := es().sign(header(es(), nil), claims(nil))
	for _, tt := range []struct {
		name    string
		change  url.Values // an empty list takes a parameter away
		code    Code       // "" if a token is given
		message string
	}{
		{name: "sound"},
		{"nothing", url.Values{"grant_type": {}, "client_assertion_type": {}, "client_assertion": {}, "scope": {}}, InvalidRequest, "grant_type is missing"},
		{"no grant_type", url.Values{"grant_type": {}}, InvalidRequest, "grant_type is missing"},
		{"grant_type empty", url.Values{"grant_type": {""}}, InvalidRequest, "grant_type is missing"},
		{"authorization_code", url.Values{"grant_type": {"authorization_code"}}, UnsupportedGrantType, "client_credentials"},
		{"password", url.Values{"grant_type": {"password"}, "password": {canary}}, UnsupportedGrantType, "client_credentials"},
		{"grant_type twice", url.Values{"grant_type": {"client_credentials", "client_credentials"}}, InvalidRequest, "more than once"},
		{"assertion twice", url.Values{"client_assertion": {sound, sound}}, InvalidRequest, "more than once"},
		{"scope twice", url.Values{"scope": {"system/Bundle.c", "system/Bundle.r"}}, InvalidRequest, "more than once"},
		{"unknown twice", url.Values{"x": {"1", "2"}}, InvalidRequest, "more than once"},
		{"unknown", url.Values{"x": {canary}}, "", ""},
		{"no assertion type", url.Values{"client_assertion_type": {}}, InvalidClient, "client_assertion_type"},
		{"SAML", url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}}, InvalidClient, "client_assertion_type"},
		{"no assertion", url.Values{"client_assertion": {}}, InvalidClient, "is missing"},
		{"secret", url.Values{"client_secret": {canary}}, InvalidRequest, "client_assertion only"},
		{"secret empty", url.Values{"client_secret": {""}}, InvalidRequest, "client_assertion only"},
		{"client_id right", url.Values{"client_id": {bosted}}, "", ""},
		{"client_id empty", url.Values{"client_id": {""}}, "", ""},
		{"client_id of another", url.Values{"client_id": {"other"}}, InvalidClient, "client_id"},
		{"no scope", url.Values{"scope": {}}, InvalidScope, "scope is missing"},
		{"scope empty", url.Values{"scope": {""}}, InvalidScope, "scope is missing"},
		{"scope of a user", url.Values{"scope": {"user/Bundle.c"}}, InvalidScope, "scope is not made of"},
		{"scope with a person", url.Values{"scope": {"system/Patient.r?identifier=" + canary}}, InvalidScope, "scope is not made of"},
		{"scope not allowed", url.Values{"scope": {"system/Patient.r"}}, InvalidScope, "none of the scopes"},
		{"action not allowed", url.Values{"scope": {"system/Bundle.d"}}, InvalidScope, "none of the scopes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := form(sound)
			for name, values := range tt.change {
				if f[name] = values; len(values) == 0 {
					f.Del(name)
				}
			}
			out := newWorld(t).ask(t, Request{Form: f})
			if tt.code == "" {
				granted(t, out, "system/Bundle.c")
				return
			}
			refused(t, out, tt.code, tt.message)
		})
	}
	refused(t, newWorld(t).ask(t, Request{Form: form(sound), Authorization: true}), InvalidRequest, "Authorization header")
	refused(t, newWorld(t).ask(t, Request{}), InvalidRequest, "grant_type is missing")
}

// What is asked for is narrowed to what the client may have.
func TestNarrowed(t *testing.T) {
	for asked, want := range map[string]string{
		"system/Bundle.c":                   "system/Bundle.c",
		"system/Bundle.cruds":               "system/Bundle.cr",
		"system/*.c":                        "system/Bundle.c",
		"system/*.cruds":                    "system/AuditEvent.rs system/Bundle.cr",
		"system/*.read":                     "system/AuditEvent.rs system/Bundle.r",
		"system/Patient.r system/Bundle.r":  "system/Bundle.r",
		"system/AuditEvent.* system/Bund.c": "system/AuditEvent.rs",
	} {
		f := form(es().sign(header(es(), nil), claims(nil)))
		f.Set("scope", asked)
		out := newWorld(t).ask(t, Request{Form: f})
		granted(t, out, want)
		if got := out.Access.Scopes.String(); got != want {
			t.Errorf("%s: got %s, want %s", asked, got, want)
		}
	}
}

// What the audit is told of a token.
func TestAccess(t *testing.T) {
	w := newWorld(t)
	out := w.ask(t, Request{Form: form(es().sign(header(es(), nil), claims(nil))), Now: start.Add(900 * time.Millisecond)})
	token := granted(t, out, "system/Bundle.c")
	a := out.Access
	if a.Client != bosted || !a.Issued.Equal(start) || !a.Expires.Equal(start.Add(5*time.Minute)) || a.Certificate != "" ||
		a.Key != w.clients[bosted].Keys.keys["es"].thumbprint || len(a.ID) < 26 || strings.Contains(token, a.ID) {
		t.Errorf("got %+v", a)
	}
	next := w.ask(t, Request{Form: form(es().sign(header(es(), nil), claims(changes{"jti": "jti-2"})))})
	if token == granted(t, next, "system/Bundle.c") || a.ID == next.Access.ID {
		t.Error("two tokens are the same")
	}
}

func TestOptions(t *testing.T) {
	sound := newWorld(t).made
	for _, tt := range []struct {
		name   string
		change func(*Options)
		path   string // "" if they are taken
	}{
		{"sound", func(*Options) {}, ""},
		{"on loopback", func(o *Options) { o.TokenURL = "http://127.0.0.1:8080/token" }, ""},
		{"on localhost", func(o *Options) { o.TokenURL = "http://localhost:8080/token" }, ""},
		{"on IPv6 loopback", func(o *Options) { o.TokenURL = "http://[::1]:8080/token" }, ""},
		{"no URL", func(o *Options) { o.TokenURL = "" }, "TokenURL"},
		{"a path", func(o *Options) { o.TokenURL = "/token" }, "TokenURL"},
		{"http", func(o *Options) { o.TokenURL = "http://tolk.example.dk/token" }, "TokenURL"},
		{"ftp on loopback", func(o *Options) { o.TokenURL = "ftp://127.0.0.1/token" }, "TokenURL"},
		{"with a query", func(o *Options) { o.TokenURL += "?a=b" }, "TokenURL"},
		{"with an empty query", func(o *Options) { o.TokenURL += "?" }, "TokenURL"},
		{"with a fragment", func(o *Options) { o.TokenURL += "#a" }, "TokenURL"},
		{"with a user", func(o *Options) { o.TokenURL = "https://a:b@tolk.example.dk/token" }, "TokenURL"},
		{"not as it is written", func(o *Options) { o.TokenURL = "HTTPS://tolk.example.dk/token" }, "TokenURL"},
		{"no URL at all", func(o *Options) { o.TokenURL = "https://tolk.example.dk/\x00" }, "TokenURL"},
		{"no clients", func(o *Options) { o.Clients = nil }, "Clients"},
		{"no memory", func(o *Options) { o.Used = nil }, "Used"},
		{"a life of a second", func(o *Options) { o.Life = time.Second }, ""},
		{"the most skew", func(o *Options) { o.Skew = time.Minute }, ""},
		{"no skew", func(o *Options) { o.Skew = 0 }, ""},
		{"a life too long", func(o *Options) { o.Life = 6 * time.Minute }, "Life"},
		{"a life too short", func(o *Options) { o.Life = time.Millisecond }, "Life"},
		{"a skew too large", func(o *Options) { o.Skew = 2 * time.Minute }, "Skew"},
		{"a skew below zero", func(o *Options) { o.Skew = -1 }, "Skew"},
		{"no secret", func(o *Options) { o.Secrets = nil }, "Secrets[0]"},
		{"a short secret", func(o *Options) { o.Secrets = append(o.Secrets, make([]byte, 31)) }, "Secrets[1]"},
		{"a secret twice", func(o *Options) { o.Secrets = [][]byte{o.Secrets[0], o.Secrets[0]} }, "Secrets[1]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := sound
			tt.change(&o)
			a, err := New(o)
			var fault *mapping.Error
			if errors.As(err, &fault); (a == nil) == (tt.path == "") || (fault == nil) != (tt.path == "") || fault != nil && fault.Path != tt.path {
				t.Errorf("got %v, %v, want a fault of %q", a, err, tt.path)
			}
		})
	}
}

func TestConfiguration(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal(newWorld(t).Configuration(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"token_endpoint":                                   tokenURL,
		"grant_types_supported":                            []any{"client_credentials"},
		"token_endpoint_auth_methods_supported":            []any{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []any{"RS384", "ES384", "PS384"},
		"scopes_supported":                                 []any{"system/*.cruds"},
		"capabilities":                                     []any{"client-confidential-asymmetric", "permission-v1", "permission-v2"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
