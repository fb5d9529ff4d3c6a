package token

import (
	"encoding/base64"
	"slices"
	"strings"

	"tolk/mapping/tree"
)

// maxAssertion bounds what is taken apart before anybody has proved anything.
// An assertion with a 4096-bit RSA signature has some 1,200 bytes.
const maxAssertion = 8 << 10

// signed is a JWS in the compact serialization (RFC 7515 §3.1) taken apart.
// Nothing of it is proved.
type signed struct {
	algorithm string // alg, one of those allowed
	key       string // kid, "" if it is not there
	typ       string
	payload   string
	covered   string // what the signature is over: header and payload as they came
	signature []byte
}

// split takes a compact JWS apart. It is stricter than the standard where that
// is loose: no padding, no line break and no unused bit in base64url, no name
// twice, and never an algorithm that was not allowed. Members that offer a key
// or say where to fetch one (jwk, jku, x5c, x5u) are not looked at.
func split(compact string, allowed []algorithm) (*signed, error) {
	if len(compact) > maxAssertion {
		return nil, doubt("client_assertion is longer than 8192 characters")
	}
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return nil, doubt("client_assertion is not a JWS in compact form: three parts with a dot between them")
	}
	var plain [3][]byte
	for i, part := range parts {
		b, ok := unbase64(part)
		if !ok {
			return nil, doubt("client_assertion is not base64url without padding")
		}
		plain[i] = b
	}
	s := &signed{
		payload:   string(plain[1]),
		covered:   parts[0] + "." + parts[1],
		signature: plain[2],
	}
	if err := s.read(string(plain[0]), allowed); err != nil {
		return nil, err
	}
	if len(s.signature) == 0 {
		return nil, doubt("client_assertion has no signature")
	}
	return s, nil
}

// read takes over what the header says.
func (s *signed) read(header string, allowed []algorithm) error {
	d, ok := object(header)
	if !ok {
		return doubt("the header of client_assertion is not a JSON object with every name once")
	}
	for _, name := range []string{"crit", "b64"} {
		if d.Child(d.Root(), name) != tree.None {
			return doubt("the header of client_assertion has " + name + ", which is not supported")
		}
	}
	s.algorithm, s.key, s.typ = member(d, "alg"), member(d, "kid"), member(d, "typ")
	if !slices.ContainsFunc(allowed, func(a algorithm) bool { return a.name == s.algorithm }) {
		return doubt("the alg of client_assertion must be " + names(allowed))
	}
	return nil
}

// unbase64 decodes base64url without padding (RFC 7515 §2), every text in one
// way only. The decoder of the standard library ignores line breaks.
func unbase64(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return b, err == nil
}

// object reads a JSON object of a stranger.
func object(src string) (*tree.Doc, bool) {
	d, err := tree.Parse(src, tree.Limits{Depth: 16, Bytes: maxAssertion, Nodes: 1000})
	if err != nil || d.Kind(d.Root()) != tree.Object {
		return nil, false
	}
	return d, true
}

// member returns the text of a member of the root, "" if it is no string.
func member(d *tree.Doc, name string) string { return d.Text(d.Child(d.Root(), name)) }

// doubt is the refusal of an assertion for what anybody can see in it.
func doubt(message string) error { return &Refusal{Code: InvalidClient, Message: message} }
