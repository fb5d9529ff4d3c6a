package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// algorithm is a signature algorithm (RFC 7518 §3.1) with the keys it takes.
type algorithm struct {
	name  string
	kty   string
	curve elliptic.Curve // of EC keys
}

// accepted are the algorithms of clients: the two that SMART demands of every
// server, and RSA with the better padding.
var accepted = []algorithm{
	{name: "RS384", kty: "RSA"},
	{name: "ES384", kty: "EC", curve: elliptic.P384()},
	{name: "PS384", kty: "RSA"},
}

func names(algorithms []algorithm) string {
	var s []string
	for _, a := range algorithms {
		s = append(s, a.name)
	}
	return strings.Join(s, ", ")
}

// Keys are the public keys that one client registered, by their kid.
type Keys struct{ keys map[string]*key }

type key struct {
	algorithms []string // the only ones it verifies
	public     any      // *rsa.PublicKey or *ecdsa.PublicKey
	thumbprint string   // RFC 7638, SHA-256, base64url
}

// ParseKeys reads a JWK Set (RFC 7517 §5) that a client hands over for
// registration. Every key must be good for signing an assertion: what is private
// or secret, weak, for another use or for another algorithm is refused with its
// place, as is a kid that stands twice. No part of a key stands in the error.
func ParseKeys(jwks string) (*Keys, error) { return parseKeys(jwks, accepted) }

func parseKeys(jwks string, allowed []algorithm) (*Keys, error) {
	d, err := tree.Parse(jwks, tree.Limits{Depth: 8, Bytes: 1 << 20, Nodes: 10_000})
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.Structure, Message: "the JWK Set is not JSON with every name once", Err: err}
	}
	list := d.Child(d.Root(), "keys")
	if list == tree.None || d.Kind(list) != tree.Array || d.First(list) == tree.None {
		return nil, &mapping.Error{Kind: mapping.Required, Path: "keys", Message: "a JWK Set has an array keys with at least one key"}
	}
	keys := &Keys{map[string]*key{}}
	for i, n := 0, d.First(list); n != tree.None; i, n = i+1, d.Next(n) {
		path := fmt.Sprintf("keys[%d]", i)
		k, fault := parseKey(d, n, allowed)
		if fault != nil {
			fault.Path = strings.TrimSuffix(path+"."+fault.Path, ".")
			return nil, fault
		}
		kid := d.Text(d.Child(n, "kid"))
		if _, twice := keys.keys[kid]; twice {
			return nil, &mapping.Error{Kind: mapping.Value, Path: path + ".kid", Message: "stands twice; every key has its own"}
		}
		keys.keys[kid] = k
	}
	return keys, nil
}

// parseKey reads one key. The path of the error starts at the key.
func parseKey(d *tree.Doc, n tree.ID, allowed []algorithm) (*key, *mapping.Error) {
	algorithms, fault := purpose(d, n, allowed)
	if fault != nil {
		return nil, fault
	}
	if d.Text(d.Child(n, "kty")) == "RSA" {
		if fault := weak(d, n); fault != nil {
			return nil, fault
		}
	}
	parsed, err := jwk.ParseKey([]byte(d.Raw(n)))
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.Value, Message: "is not a public key", Err: err}
	}
	k := &key{}
	if err := jwk.Export(parsed, &k.public); err != nil {
		return nil, &mapping.Error{Kind: mapping.Value, Message: "is not a public key", Err: err}
	}
	sum, err := parsed.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, &mapping.Error{Kind: mapping.Value, Message: "is not a public key", Err: err}
	}
	k.thumbprint = base64.RawURLEncoding.EncodeToString(sum)
	for _, a := range algorithms {
		if fits(k.public, a) {
			k.algorithms = append(k.algorithms, a.name)
		}
	}
	if len(k.algorithms) == 0 {
		return nil, &mapping.Error{Kind: mapping.Value, Path: "crv", Message: "is not the curve of the algorithm; accepted: " + names(allowed)}
	}
	return k, nil
}

// purpose checks what a key says of itself, and returns the algorithms that are
// left to it.
func purpose(d *tree.Doc, n tree.ID, allowed []algorithm) ([]algorithm, *mapping.Error) {
	value := func(path, message string) ([]algorithm, *mapping.Error) {
		return nil, &mapping.Error{Kind: mapping.Value, Path: path, Message: message}
	}
	if d.Kind(n) != tree.Object {
		return value("", "is not a JSON object")
	}
	text := func(name string) string { return d.Text(d.Child(n, name)) }
	has := func(name string) bool { return d.Child(n, name) != tree.None }
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if has(name) {
			return nil, &mapping.Error{Kind: mapping.Security, Path: name,
				Message: "is secret; register public keys only, and replace this one, as it has been seen"}
		}
	}
	left := slices.DeleteFunc(slices.Clone(allowed), func(a algorithm) bool {
		return a.kty != text("kty") || has("alg") && a.name != text("alg")
	})
	switch {
	case text("kty") != "RSA" && text("kty") != "EC":
		return value("kty", "must be RSA or EC")
	case text("kid") == "" || len(text("kid")) > maxName:
		return value("kid", "must be a string of 1 to 255 bytes")
	case has("use") && text("use") != "sig":
		return value("use", "must be sig")
	case has("key_ops") && !verifies(d, d.Child(n, "key_ops")):
		return value("key_ops", "must be [verify]")
	case len(left) == 0:
		return value("alg", "is not for this kty; accepted: "+names(allowed))
	}
	return left, nil
}

// verifies reports whether a list of key operations is verify and nothing else
// (RFC 7517 §4.3).
func verifies(d *tree.Doc, list tree.ID) bool {
	first := d.First(list)
	return first != tree.None && d.Text(first) == "verify" && d.Next(first) == tree.None
}

// fits reports whether a public key is of the kind that a takes.
func fits(public any, a algorithm) bool {
	switch p := public.(type) {
	case *rsa.PublicKey:
		return a.kty == "RSA"
	case *ecdsa.PublicKey:
		return a.kty == "EC" && p.Curve == a.curve
	}
	return false
}

// weak says why the numbers of an RSA key are not to be trusted, nil if they may
// be. The library's own limits are settings of the whole process.
func weak(d *tree.Doc, jwk tree.ID) *mapping.Error {
	value := func(path, message string) *mapping.Error {
		return &mapping.Error{Kind: mapping.Value, Path: path, Message: message}
	}
	number := func(name string) *big.Int {
		b, _ := unbase64(d.Text(d.Child(jwk, name))) // what is no number has no bits
		return new(big.Int).SetBytes(b)
	}
	n, e := number("n"), number("e")
	switch {
	case n.BitLen() < 2048 || n.BitLen() > 8192:
		return value("n", "must be base64url of 2048 to 8192 bits")
	case e.BitLen() < 17 || e.BitLen() > 31 || e.Bit(0) == 0:
		return value("e", "must be base64url of an odd number from 65537 (FIPS 186-5, A.1.1) to 2147483647")
	case roca(n):
		return value("n", "comes from a generator whose keys can be factored (CVE-2017-15361)")
	}
	return nil
}

// verify reports whether k signed s, with an algorithm that k is for.
func (k *key) verify(s *signed) bool {
	name, known := jwa.LookupSignatureAlgorithm(s.algorithm)
	if !known || !slices.Contains(k.algorithms, s.algorithm) {
		return false
	}
	v, err := jws.VerifierFor(name)
	return err == nil && v.Verify(k.public, []byte(s.covered), s.signature) == nil
}

// named reports whether a key with the thumbprint is still registered.
func (k *Keys) named(thumbprint string) bool {
	if k == nil {
		return false
	}
	for _, key := range k.keys {
		if key.thumbprint == thumbprint {
			return true
		}
	}
	return false
}
