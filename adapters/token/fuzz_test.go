package token

import (
	"context"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v3/jws"
)

// seeds are assertions that come close.
func seeds(f *testing.F) (sound string) {
	sound = es().sign(header(es(), nil), claims(nil))
	parts := strings.Split(sound, ".")
	f.Add(sound)
	f.Add(rs().sign(header(rs(), changes{"jku": "https://thief.example/jwks"}), claims(changes{"jti": "x"})))
	f.Add(thief().sign(header(thief(), nil), claims(nil)))
	f.Add(encode([]byte(`{"alg":"none","kid":"es","typ":"JWT"}`)) + "." + parts[1] + ".")
	f.Add(encode([]byte(`{"alg":"ES384","alg":"none","kid":"es","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2])
	f.Add(sound + "=")
	f.Add("..")
	return sound
}

// What is taken apart can be put together again, byte for byte, and the library
// sees the same algorithm and key in it.
func FuzzSplit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := split(text, accepted)
		if err != nil {
			if r, ok := err.(*Refusal); !ok || !safe.MatchString(r.Message) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		head, _, _ := strings.Cut(text, ".")
		if got := head + "." + encode([]byte(s.payload)) + "." + encode(s.signature); got != text {
			t.Errorf("%q comes together as %q", text, got)
		}
		m, err := jws.ParseString(text)
		if err != nil {
			return // the library also reads what is left alone here, like jwk
		}
		h := m.Signatures()[0].ProtectedHeaders()
		alg, _ := h.Algorithm()
		kid, _ := h.KeyID()
		if alg.String() != s.algorithm || kid != s.key || string(m.Payload()) != s.payload {
			t.Errorf("%q: read %+v, the library %v, %q", text, s, alg, kid)
		}
	})
}

// Nobody gets a token but with what a client signed.
func FuzzToken(f *testing.F) {
	sound := seeds(f)
	signed := sound[:strings.LastIndex(sound, ".")+1]
	w := newWorld(f)
	w.clients[bosted].Keys = keys(f, es().jwk(""))
	f.Fuzz(func(t *testing.T, text string) {
		w.made.Used = NewMemory()
		w.build(t)
		out := w.Token(context.Background(), Request{Form: form(text), Now: start})
		if out.Access != nil && !strings.HasPrefix(text, signed) {
			t.Errorf("a token for %q", text)
		}
		if out.Refusal != nil && (out.Refusal.Code != InvalidClient || !safe.MatchString(out.Refusal.Message)) {
			t.Errorf("%q is refused with %+v", text, out.Refusal)
		}
	})
}

// Whatever is shown as a token, it opens what a token was given for, or nothing.
func FuzzAuthenticate(f *testing.F) {
	w := newWorld(f)
	token := w.token(f, Request{})
	f.Add("Bearer " + token)
	f.Add("bearer  " + token[:40])
	f.Add("Basic eDp5")
	f.Fuzz(func(t *testing.T, header string) {
		access, err := w.Authenticate(Call{Authorization: []string{header}, Now: start})
		if (access == nil) == (err == nil) {
			t.Errorf("%q: %+v and %v", header, access, err)
		}
		if access != nil && (access.Client != bosted || access.Scopes.String() != "system/AuditEvent.rs system/Bundle.cr" || !access.Issued.Equal(start)) {
			t.Errorf("%q: %+v, which was never given", header, access)
		}
	})
}
