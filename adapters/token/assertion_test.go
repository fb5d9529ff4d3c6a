package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// changes are changes to the header or to the claims of a sound assertion.
type changes = map[string]any

func after(d time.Duration) int64 { return start.Add(d).Unix() }

// Every rule about an assertion, each broken alone. The signature is right in
// all of them.
func TestAssertion(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, tt := range []struct {
		name           string
		header, claims changes
		want           string // "" if it is accepted
	}{
		{name: "sound"},
		{"alg none", changes{"alg": "none"}, nil, "alg"},
		{"alg None", changes{"alg": "None"}, nil, "alg"},
		{"alg empty", changes{"alg": ""}, nil, "alg"},
		{"alg missing", changes{"alg": nil}, nil, "alg"},
		{"alg a number", changes{"alg": 384}, nil, "alg"},
		{"alg a list", changes{"alg": []string{"ES384"}}, nil, "alg"},
		{"alg lower case", changes{"alg": "es384"}, nil, "alg"},
		{"alg HS384", changes{"alg": "HS384"}, nil, "alg"},
		{"alg RS256", changes{"alg": "RS256"}, nil, "alg"},
		{"alg ES256", changes{"alg": "ES256"}, nil, "alg"},
		{"alg PS512", changes{"alg": "PS512"}, nil, "alg"},
		{"alg EdDSA", changes{"alg": "EdDSA"}, nil, "alg"},
		{"alg of another key", changes{"alg": "RS384"}, nil, "not signed with a key"},
		{"crit", changes{"crit": []string{"exp"}}, nil, "crit"},
		{"crit empty", changes{"crit": []string{}}, nil, "crit"},
		{"crit null", changes{"crit": json.RawMessage("null")}, nil, "crit"},
		{"b64 false", changes{"b64": false}, nil, "b64"},
		{"b64 true", changes{"b64": true}, nil, "b64"},
		{"typ missing", changes{"typ": nil}, nil, "typ"},
		{"typ of an access token", changes{"typ": "at+jwt"}, nil, "typ"},
		{"typ lower case", changes{"typ": "jwt"}, nil, ""},
		{"typ of its own", changes{"typ": "client-authentication+jwt"}, nil, ""},
		{"kid missing", changes{"kid": nil}, nil, "kid"},
		{"kid too long", changes{"kid": long}, nil, "kid"},
		{"kid just so long", changes{"kid": long[1:]}, nil, "not signed with a key"},
		{"kid unknown", changes{"kid": "es2"}, nil, "not signed with a key"},
		{"kid of another client", changes{"kid": "other"}, nil, "not signed with a key"},
		{"jku ignored", changes{"jku": "https://thief.example/jwks"}, nil, ""},
		{"jku nonsense ignored", changes{"jku": 17}, nil, ""},
		{"x5u ignored", changes{"x5u": "https://thief.example/x"}, nil, ""},
		{"x5c nonsense ignored", changes{"x5c": "x"}, nil, ""},
		{"jwk ignored", changes{"jwk": json.RawMessage(thief().jwk(""))}, nil, ""},
		{"jwk nonsense ignored", changes{"jwk": changes{"kty": 1}}, nil, ""},

		{"iss missing", nil, changes{"iss": nil}, "iss"},
		{"iss empty", nil, changes{"iss": "", "sub": ""}, "iss"},
		{"iss a list", nil, changes{"iss": []string{bosted}}, "iss"},
		{"iss too long", nil, changes{"iss": long, "sub": long}, "iss"},
		{"iss just so long", nil, changes{"iss": long[1:], "sub": long[1:]}, "not signed with a key"},
		{"iss unknown", nil, changes{"iss": canary, "sub": canary}, "not signed with a key"},
		{"iss of another client", nil, changes{"iss": "other", "sub": "other"}, "not signed with a key"},
		{"iss with a slash more", nil, changes{"iss": bosted + "/", "sub": bosted + "/"}, "not signed with a key"},
		{"sub missing", nil, changes{"sub": nil}, "sub"},
		{"sub of another client", nil, changes{"sub": "other"}, "sub"},
		{"sub a person", nil, changes{"sub": canary}, "sub"},

		{"aud missing", nil, changes{"aud": nil}, "aud"},
		{"aud of another", nil, changes{"aud": "https://else.example.dk/token"}, "aud"},
		{"aud begins so", nil, changes{"aud": tokenURL + "/x"}, "aud"},
		{"aud with a slash more", nil, changes{"aud": tokenURL + "/"}, "aud"},
		{"aud in capitals", nil, changes{"aud": strings.ToUpper(tokenURL)}, "aud"},
		{"aud the base", nil, changes{"aud": "https://tolk.example.dk"}, "aud"},
		{"aud a list of it", nil, changes{"aud": []string{tokenURL}}, ""},
		{"aud a list of two", nil, changes{"aud": []string{tokenURL, "https://else.example.dk/token"}}, "aud"},
		{"aud a list of nothing", nil, changes{"aud": []string{}}, "aud"},
		{"aud a list in a list", nil, changes{"aud": [][]string{{tokenURL}}}, "aud"},
		{"aud an object", nil, changes{"aud": changes{"x": tokenURL}}, "aud"},

		{"jti missing", nil, changes{"jti": nil}, "jti"},
		{"jti empty", nil, changes{"jti": ""}, "jti"},
		{"jti a number", nil, changes{"jti": 7}, "jti"},
		{"jti too long", nil, changes{"jti": long}, "jti"},
		{"jti just so long", nil, changes{"jti": long[1:]}, ""},

		{"exp missing", nil, changes{"exp": nil}, "no exp"},
		{"exp text", nil, changes{"exp": "1795334640"}, "numbers of seconds"},
		{"exp null", nil, changes{"exp": json.RawMessage("null")}, "numbers of seconds"},
		{"exp negative", nil, changes{"exp": -1}, "numbers of seconds"},
		{"exp huge", nil, changes{"exp": json.RawMessage("1e300")}, "numbers of seconds"},
		{"exp beyond floats", nil, changes{"exp": json.RawMessage("1e999")}, "numbers of seconds"},
		{"exp in milliseconds", nil, changes{"exp": start.Add(time.Minute).UnixMilli()}, "numbers of seconds"},
		{"exp a fraction", nil, changes{"exp": json.RawMessage(fmt.Sprint(after(4*time.Minute), ".75"))}, ""},
		{"exp now, within the skew", nil, changes{"exp": after(0), "iat": after(-time.Minute)}, ""},
		{"exp at the end of the skew", nil, changes{"exp": after(-30 * time.Second), "iat": nil}, "expired"},
		{"exp last second of the skew", nil, changes{"exp": after(-29 * time.Second), "iat": nil}, ""},
		{"exp 1970", nil, changes{"exp": 0, "iat": nil}, "expired"},
		{"exp at five minutes", nil, changes{"exp": after(5 * time.Minute)}, ""},
		{"exp at five minutes and the skew", nil, changes{"exp": after(5*time.Minute + 30*time.Second), "iat": nil}, ""},
		{"exp beyond both", nil, changes{"exp": after(5*time.Minute + 31*time.Second), "iat": nil}, "five minutes ahead"},
		{"exp in a year", nil, changes{"exp": after(365 * 24 * time.Hour)}, "five minutes ahead"},

		{"iat missing", nil, changes{"iat": nil}, ""},
		{"iat text", nil, changes{"iat": "now"}, "numbers of seconds"},
		{"iat within the skew", nil, changes{"iat": after(30 * time.Second)}, ""},
		{"iat in the future", nil, changes{"iat": after(31 * time.Second)}, "iat"},
		{"iat yesterday", nil, changes{"iat": after(-24 * time.Hour)}, "after its iat"},
		{"iat with a life of five minutes", nil, changes{"iat": after(-time.Minute)}, ""},
		{"iat with a life beyond", nil, changes{"iat": after(-time.Minute - time.Second)}, "after its iat"},
		{"iat at exp", nil, changes{"iat": after(10 * time.Second), "exp": after(10 * time.Second)}, "after its iat"},
		{"nbf now", nil, changes{"nbf": after(0)}, ""},
		{"nbf within the skew", nil, changes{"nbf": after(30 * time.Second)}, ""},
		{"nbf later", nil, changes{"nbf": after(31 * time.Second)}, "not valid yet"},
		{"nbf after exp", nil, changes{"nbf": after(20 * time.Second), "exp": after(20 * time.Second)}, "after its nbf"},
		{"nbf true", nil, changes{"nbf": true}, "numbers of seconds"},

		{"claims of one's own", nil, changes{"cpr": canary, "extensions": changes{"hl7-b2b": changes{}}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := newWorld(t).ask(t, Request{Form: form(es().sign(header(es(), tt.header), claims(tt.claims)))})
			if tt.want == "" {
				granted(t, out, "system/Bundle.c")
				return
			}
			refused(t, out, InvalidClient, tt.want)
		})
	}
}

// The texts that are no assertion, signed or not.
func TestNoAssertion(t *testing.T) {
	sound := es().sign(header(es(), nil), claims(nil))
	parts := strings.Split(sound, ".")
	twice := strings.Replace(claims(nil), `{`, `{"iss":"other",`, 1)
	escaped := strings.Replace(claims(nil), `{`, `{"is\u0073":"other",`, 1)
	for name, tt := range map[string]struct{ assertion, want string }{
		"words":                 {canary, "compact form"},
		"two parts":             {parts[0] + "." + parts[1], "compact form"},
		"four parts":            {sound + ".", "compact form"},
		"encrypted":             {sound + "." + parts[0] + "." + parts[1], "compact form"},
		"JSON serialization":    {`{"payload":"` + parts[1] + `","signatures":[]}`, "compact form"},
		"no signature":          {parts[0] + "." + parts[1] + ".", "has no signature"},
		"no header":             {"." + parts[1] + "." + parts[2], "not a JSON object"},
		"no claims":             {es().sign(header(es(), nil), ""), "claims of client_assertion are not"},
		"padding":               {sound + "=", "base64url"},
		"line break":            {parts[0] + "." + parts[1] + "\n." + parts[2], "base64url"},
		"carriage return":       {parts[0] + "\r." + parts[1] + "." + parts[2], "base64url"},
		"blank":                 {" " + sound, "base64url"},
		"plain base64":          {parts[0] + "." + parts[1] + "." + "+/" + parts[2][2:], "base64url"},
		"unused bits":           {parts[0] + "." + parts[1] + ".AB", "base64url"},
		"too long":              {strings.Repeat("x", maxAssertion+1), "longer than"},
		"header a list":         {es().sign(`["ES384"]`, claims(nil)), "not a JSON object"},
		"header with alg twice": {es().sign(`{"alg":"none","alg":"ES384","kid":"es","typ":"JWT"}`, claims(nil)), "not a JSON object"},
		"header with ALG":       {es().sign(`{"ALG":"ES384","kid":"es","typ":"JWT"}`, claims(nil)), "alg"},
		"claims a list":         {es().sign(header(es(), nil), `[]`), "claims of client_assertion are not"},
		"claims with iss twice": {es().sign(header(es(), nil), twice), "claims of client_assertion are not"},
		"iss twice by escape":   {es().sign(header(es(), nil), escaped), "claims of client_assertion are not"},
		"claims and more":       {es().sign(header(es(), nil), claims(nil)+"{}"), "claims of client_assertion are not"},
		"claims in Latin-1":     {es().sign(header(es(), nil), strings.Replace(claims(nil), "jti-1", "\xe6", 1)), "claims of client_assertion are not"},
		"claims too deep":       {es().sign(header(es(), nil), `{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+"}"), "claims of client_assertion are not"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, newWorld(t).ask(t, Request{Form: form(tt.assertion)}), InvalidClient, tt.want)
		})
	}
}

// Nothing that was signed can be changed, in any bit, and no other signature is
// one. What is told is the same as for a client that nobody knows.
func TestSignature(t *testing.T) {
	w := newWorld(t)
	for _, s := range []signer{rs(), ps(), es()} {
		sound := s.sign(header(s, nil), claims(changes{"jti": s.alg}))
		granted(t, w.ask(t, Request{Form: form(sound)}), "system/Bundle.c")
		b := []byte(sound)
		for i := range b {
			b[i] ^= 1
			if out := w.ask(t, Request{Form: form(string(b))}); out.Refusal == nil || out.Refusal.Code != InvalidClient {
				t.Errorf("%s: accepted with character %d changed", s.alg, i)
			}
			b[i] ^= 1
		}
	}
	unknown := w.ask(t, Request{Form: form(es().sign(header(es(), nil), claims(changes{"iss": "nobody", "sub": "nobody"})))})
	forged := w.ask(t, Request{Form: form(thief().sign(header(thief(), nil), claims(nil)))})
	embedded := w.ask(t, Request{Form: form(thief().sign(header(thief(), changes{"jwk": json.RawMessage(thief().jwk(""))}), claims(nil)))})
	mixed := w.ask(t, Request{Form: form(rs().sign(header(ps(), nil), claims(nil)))})
	for name, out := range map[string]Response{"forged": forged, "own key embedded": embedded, "PS384 said, RS384 done": mixed} {
		if string(out.Body) != string(unknown.Body) || out.Status != unknown.Status {
			t.Errorf("%s: got %s, for an unknown client %s", name, out.Body, unknown.Body)
		}
		if out.Refusal.Client != bosted || out.Refusal.Why != "the signature does not verify" {
			t.Errorf("%s: the audit is told %+v", name, out.Refusal)
		}
	}
	if unknown.Refusal.Client != "" || unknown.Refusal.Why != "no such client" {
		t.Errorf("unknown: the audit is told %+v", unknown.Refusal)
	}
}

// A key with an alg of its own is for nothing else, and one without is for what
// its kind can do.
func TestKeyIsBoundToItsAlgorithm(t *testing.T) {
	w := newWorld(t)
	w.clients[bosted].Keys = keys(t, rs().jwk(`,"alg":"PS384"`))
	out := w.ask(t, Request{Form: form(rs().sign(header(rs(), nil), claims(nil)))})
	refused(t, out, InvalidClient, "not signed with a key")
	if out.Refusal.Why != "the key is not for RS384" {
		t.Errorf("the audit is told %+v", out.Refusal)
	}
	granted(t, w.ask(t, Request{Form: form(ps().sign(header(ps(), nil), claims(nil)))}), "system/Bundle.c")
}

func TestClientsThatAreNone(t *testing.T) {
	sound := form(es().sign(header(es(), nil), claims(nil)))
	for name, client := range map[string]*Client{
		"nil":           nil,
		"without keys":  {ID: bosted},
		"of another id": {ID: "other", Keys: keys(t, es().jwk(""))},
	} {
		w := newWorld(t)
		w.clients[bosted] = client
		t.Run(name, func(t *testing.T) {
			refused(t, w.ask(t, Request{Form: sound}), InvalidClient, "not signed with a key")
		})
	}
}

func TestAssertionOnce(t *testing.T) {
	w := newWorld(t)
	sound := form(es().sign(header(es(), nil), claims(nil)))
	granted(t, w.ask(t, Request{Form: sound}), "system/Bundle.c")
	out := w.ask(t, Request{Form: sound, Now: start.Add(time.Second)})
	refused(t, out, InvalidClient, "used before")
	if out.Refusal.Client != bosted {
		t.Errorf("the audit is told %+v", out.Refusal)
	}
	again := form(rs().sign(header(rs(), nil), claims(changes{"exp": after(5 * time.Minute)})))
	refused(t, w.ask(t, Request{Form: again}), InvalidClient, "used before")

	w.clients["other"].Keys = keys(t, other().jwk(""))
	same := form(other().sign(header(other(), nil), claims(changes{"iss": "other", "sub": "other"})))
	granted(t, w.ask(t, Request{Form: same}), "system/Bundle.c") // a jti is its client's own
}

// What does not prove anything must not use up the jti of somebody else.
func TestForgeryUsesNothingUp(t *testing.T) {
	w := newWorld(t)
	refused(t, w.ask(t, Request{Form: form(thief().sign(header(thief(), nil), claims(nil)))}), InvalidClient, "not signed")
	granted(t, w.ask(t, Request{Form: form(es().sign(header(es(), nil), claims(nil)))}), "system/Bundle.c")
}

type broken struct{}

var errBroken = errors.New("redis said " + canary)

func (broken) Once(context.Context, Use) (bool, error) { return true, errBroken }

// A memory that cannot tell lets nobody in, and it is not the client's fault.
func TestMemoryThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	w.made.Used = broken{}
	w.build(t)
	out := w.ask(t, Request{Form: form(es().sign(header(es(), nil), claims(nil)))})
	refused(t, out, TemporarilyUnavailable, "try again")
	if out.Header["Retry-After"] != "10" || !errors.Is(out.Refusal, errBroken) {
		t.Errorf("got Retry-After %q and %v", out.Header["Retry-After"], out.Refusal.Err)
	}
}
