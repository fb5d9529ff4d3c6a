package token

import (
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tolk/fixtures/shared"
)

// wide are the algorithms of the corpus, so that its cases are judged by their
// signatures and not for their algorithm alone.
var wide = append([]algorithm{
	{name: "RS256", kty: "RSA"}, {name: "RS512", kty: "RSA"},
	{name: "PS256", kty: "RSA"}, {name: "PS512", kty: "RSA"},
	{name: "ES256", kty: "EC", curve: elliptic.P256()}, {name: "ES512", kty: "EC", curve: elliptic.P521()},
	{name: "HS256", kty: "oct"},
}, accepted...)

type vectors struct {
	Count  int `json:"numberOfTests"`
	Groups []struct {
		Private json.RawMessage
		Public  json.RawMessage
		Tests   []struct {
			ID      int `json:"tcId"`
			Comment string
			JWS     json.RawMessage
			JWE     json.RawMessage
			Result  string
		}
	} `json:"testGroups"`
}

// corpus reads one file of Project Wycheproof. The test is skipped where the
// public test material is missing.
func corpus(t *testing.T, name string) vectors {
	t.Helper()
	var v vectors
	if err := json.Unmarshal([]byte(shared.Read(t, "official", "corpora", "jwt", name)), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// compact is a JWS or JWE as a client would send it: what is not a string in the
// corpus is the JSON serialization.
func compact(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

// accepts reports whether text is a JWS that one of the keys signed.
func accepts(text string, k *Keys, allowed []algorithm) bool {
	s, err := split(text, allowed)
	if err != nil {
		return false
	}
	if key := k.keys[s.key]; key != nil {
		return key.verify(s)
	}
	return false
}

// sealedWith reports whether text is a JWS with an HMAC of the secret in jwk,
// which the program itself has no code for.
func sealedWith(text string, jwk json.RawMessage) bool {
	var secret struct{ K string }
	if json.Unmarshal(jwk, &secret) != nil {
		return false
	}
	k, ok := unbase64(secret.K)
	s, err := split(text, wide)
	if !ok || err != nil || s.algorithm != "HS256" {
		return false
	}
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(s.covered))
	return hmac.Equal(mac.Sum(nil), s.signature)
}

// stricter are the cases that are valid in the corpus and not here.
var stricter = map[int]string{
	346: "the key says PS256 and the signature is PS384",
	347: "ES521 is no algorithm",
	350: "the key says PS256 and the signature is PS384",
	351: "ES521 is no algorithm",
	372: "there is a character that base64url does not have",
	373: "there is a character that base64url does not have",
}

// Every case of json_web_signature_test.json has the outcome that the corpus
// says, with all its algorithms allowed; as the program is built, what is
// accepted is valid and has one of its algorithms.
func TestWycheproofSignatures(t *testing.T) {
	v := corpus(t, "json_web_signature_test.json")
	ran, valid, ours, strict, misprinted := 0, 0, 0, 0, 0
	for _, group := range v.Groups {
		public := group.Public
		if public == nil {
			public = group.Private
		}
		symmetric := strings.Contains(string(public), `"oct"`)
		open, errOpen := parseKeys(set(string(public)), wide)
		if symmetric && errOpen == nil {
			t.Error("a symmetric key was registered")
		}
		closed, errClosed := ParseKeys(set(string(public)))
		texts := map[string]bool{} // of the valid cases with this key
		for _, test := range group.Tests {
			ran++
			text := compact(test.JWS)
			got := symmetric && sealedWith(text, public) || errOpen == nil && accepts(text, open, wide)
			want := test.Result == "valid"
			if want {
				valid++
			}
			if _, known := stricter[test.ID]; known && want {
				strict++
				want = false
			}
			if want {
				texts[text] = true
			} else if texts[text] {
				// The padding that the case is about got lost in the corpus; what
				// is left is the text of a valid case.
				misprinted++
				want = true
			}
			if got != want {
				t.Errorf("case %d, %s: accepted %v, want %v", test.ID, test.Comment, got, want)
			}
			if errClosed != nil || !accepts(text, closed, accepted) {
				continue
			}
			ours++
			if s, _ := split(text, wide); !want || s == nil || !slices.Contains([]string{"RS384", "ES384", "PS384"}, s.algorithm) {
				t.Errorf("case %d, %s: accepted", test.ID, test.Comment)
			}
		}
	}
	if ran != v.Count || ran != 401 || valid != 46 || strict != len(stricter) || misprinted != 2 || ours != 8 {
		t.Errorf("%d cases of %d, %d valid, %d stricter, %d misprinted, %d with our algorithms", ran, v.Count, valid, strict, misprinted, ours)
	}
}

// Every case of json_web_key_test.json: keys that must not be used are not
// registered. Symmetric ones never are, good or not.
func TestWycheproofKeys(t *testing.T) {
	v := corpus(t, "json_web_key_test.json")
	ran, verified := 0, 0
	for _, group := range v.Groups {
		jwks := group.Public
		if jwks == nil {
			jwks = group.Private
		}
		symmetric := strings.Contains(string(jwks), `"oct"`)
		keys, err := parseKeys(string(jwks), wide)
		for _, test := range group.Tests {
			ran++
			got := err == nil && accepts(compact(test.JWS), keys, wide)
			want := test.Result == "valid" && !symmetric
			if got != want || !want && err == nil {
				t.Errorf("case %d, %s: accepted %v, want %v: %v", test.ID, test.Comment, got, want, err)
			}
			if got {
				verified++
			}
		}
	}
	if ran != v.Count || ran != 26 || verified != 1 {
		t.Errorf("%d cases of %d, %d verified", ran, v.Count, verified)
	}
}

// No case of json_web_encryption_test.json is an assertion, and no key in it can
// be registered.
func TestWycheproofEncryption(t *testing.T) {
	v := corpus(t, "json_web_encryption_test.json")
	ran := 0
	for _, group := range v.Groups {
		for _, jwk := range []json.RawMessage{group.Private, group.Public} {
			if jwk == nil {
				continue
			}
			if _, err := parseKeys(set(string(jwk)), wide); err == nil {
				t.Errorf("registered: %s", jwk)
			}
		}
		for _, test := range group.Tests {
			ran++
			if _, err := split(compact(test.JWE), wide); err == nil {
				t.Errorf("case %d, %s: taken apart", test.ID, test.Comment)
			}
		}
	}
	if ran != v.Count || ran != 139 {
		t.Errorf("%d cases of %d", ran, v.Count)
	}
}
