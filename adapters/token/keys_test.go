package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"tolk/mapping"
)

func rsaJWK(n, e *big.Int) string {
	return fmt.Sprintf(`{"kty":"RSA","kid":"a","n":"%s","e":"%s"}`, encode(n.Bytes()), encode(e.Bytes()))
}

// What cannot be registered, where it is at fault, and in words without any part
// of the key.
func TestKeysRefused(t *testing.T) {
	n := rs().key.(*rsa.PrivateKey).N
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := p256.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	short := fmt.Sprintf(`{"kty":"EC","kid":"a","crv":"P-256","x":"%s","y":"%s"`, encode(point[1:33]), encode(point[33:]))
	big64 := new(big.Int).Lsh(big.NewInt(1), 64)
	sound := es().jwk("")
	for name, tt := range map[string]struct{ jwks, path, message string }{
		"not JSON":          {`{"keys":[`, "", "not JSON"},
		"name twice":        {`{"keys":[],"keys":[` + sound + `]}`, "", "not JSON"},
		"a key alone":       {sound, "keys", "at least one key"},
		"no keys":           {`{"keys":[]}`, "keys", "at least one key"},
		"keys an object":    {`{"keys":{"0":` + sound + `}}`, "keys", "at least one key"},
		"a list":            {`[` + sound + `]`, "keys", "at least one key"},
		"a string":          {set(`"x"`), "keys[0]", "not a JSON object"},
		"private":           {set(sound, rs().jwk(`,"d":"`+canary+`"`)), "keys[1].d", "is secret"},
		"a prime":           {set(rs().jwk(`,"p":"AQAB"`)), "keys[0].p", "is secret"},
		"symmetric":         {set(`{"kty":"oct","kid":"a","k":"` + canary + `"}`), "keys[0].k", "is secret"},
		"another kind":      {set(`{"kty":"OKP","kid":"a","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`), "keys[0].kty", "RSA or EC"},
		"no kty":            {set(`{"kid":"a"}`), "keys[0].kty", "RSA or EC"},
		"no kid":            {set(strings.Replace(sound, `"kid":"es"`, `"use":"sig"`, 1)), "keys[0].kid", "1 to 255"},
		"kid a number":      {set(strings.Replace(sound, `"es"`, `1`, 1)), "keys[0].kid", "1 to 255"},
		"kid too long":      {set(strings.Replace(sound, `"es"`, `"`+strings.Repeat("x", 256)+`"`, 1)), "keys[0].kid", "1 to 255"},
		"kid twice":         {set(sound, strings.Replace(rs().jwk(""), `"rs"`, `"es"`, 1)), "keys[1].kid", "twice"},
		"for encryption":    {set(es().jwk(`,"use":"enc"`)), "keys[0].use", "must be sig"},
		"use empty":         {set(es().jwk(`,"use":""`)), "keys[0].use", "must be sig"},
		"to encrypt":        {set(es().jwk(`,"key_ops":["encrypt"]`)), "keys[0].key_ops", "verify"},
		"to verify and not": {set(es().jwk(`,"key_ops":["verify","encrypt"]`)), "keys[0].key_ops", "verify"},
		"to do nothing":     {set(es().jwk(`,"key_ops":[]`)), "keys[0].key_ops", "verify"},
		"key_ops a string":  {set(es().jwk(`,"key_ops":"verify"`)), "keys[0].key_ops", "verify"},
		"alg RS256":         {set(rs().jwk(`,"alg":"RS256"`)), "keys[0].alg", "RS384, ES384, PS384"},
		"alg none":          {set(rs().jwk(`,"alg":"none"`)), "keys[0].alg", "accepted"},
		"alg of EC for RSA": {set(rs().jwk(`,"alg":"ES384"`)), "keys[0].alg", "accepted"},
		"alg of RSA for EC": {set(es().jwk(`,"alg":"RS384"`)), "keys[0].alg", "accepted"},
		"P-256":             {set(short + `}`), "keys[0].crv", "curve"},
		"P-256 as ES384":    {set(short + `,"alg":"ES384"}`), "keys[0].crv", "curve"},
		"curve of another":  {set(strings.Replace(sound, "P-384", "P-521", 1)), "keys[0]", ""},
		"no y":              {set(`{"kty":"EC","kid":"a","crv":"P-384","x":"AQ"}`), "keys[0]", ""},
		"off the curve":     {set(fmt.Sprintf(`{"kty":"EC","kid":"a","crv":"P-384","x":"%s","y":"%[1]s"}`, encode(make([]byte, 48)))), "keys[0]", ""},
		"no modulus":        {set(`{"kty":"RSA","kid":"a","e":"AQAB"}`), "keys[0].n", "2048"},
		"1024 bits":         {set(rsaJWK(small.N, big.NewInt(65537))), "keys[0].n", "2048"},
		"2047 bits":         {set(rsaJWK(new(big.Int).Rsh(n, 1), big.NewInt(65537))), "keys[0].n", "2048"},
		"8193 bits":         {set(rsaJWK(new(big.Int).Lsh(big.NewInt(1), 8192), big.NewInt(65537))), "keys[0].n", "8192"},
		"exponent 1":        {set(rsaJWK(n, big.NewInt(1))), "keys[0].e", "65537"},
		"exponent 3":        {set(rsaJWK(n, big.NewInt(3))), "keys[0].e", "65537"},
		"exponent even":     {set(rsaJWK(n, big.NewInt(65538))), "keys[0].e", "odd"},
		"exponent too long": {set(rsaJWK(n, new(big.Int).Add(big64, big.NewInt(65537)))), "keys[0].e", "2147483647"},
		"modulus a number":  {set(`{"kty":"RSA","kid":"a","e":"AQAB","n":17}`), "keys[0].n", "2048"},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := ParseKeys(tt.jwks)
			var fault *mapping.Error
			if k != nil || !errors.As(err, &fault) {
				t.Fatalf("got %v, %v", k, err)
			}
			if !strings.HasPrefix(fault.Path, tt.path) || !strings.Contains(fault.Message, tt.message) {
				t.Errorf("got %v, want %s: %s", fault, tt.path, tt.message)
			}
			if fault.Value != "" || strings.Contains(err.Error(), canary) {
				t.Errorf("a part of the key stands in %+v", fault)
			}
		})
	}
}

func TestKeysAccepted(t *testing.T) {
	for name, jwk := range map[string]string{
		"EC":                 es().jwk(""),
		"EC, all said":       es().jwk(`,"use":"sig","key_ops":["verify"],"alg":"ES384"`),
		"RSA":                rs().jwk(""),
		"RSA for PS384":      rs().jwk(`,"alg":"PS384"`),
		"long kid":           strings.Replace(es().jwk(""), `"es"`, `"`+strings.Repeat("x", 255)+`"`, 1),
		"as large as can be": rsaJWK(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 8192), big.NewInt(1)), big.NewInt(1<<31-1)),
		"with a URL":         es().jwk(`,"x5u":"https://thief.example/x","ext":true`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseKeys(set(jwk)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The thumbprint of the RSA key that RFC 7638 §3.1 works out.
func TestThumbprint(t *testing.T) {
	const n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs" +
		"tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91" +
		"CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
	k := keys(t, `{"kty":"RSA","n":"`+n+`","e":"AQAB","kid":"2011-04-29"}`)
	if want := "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"; !k.named(want) || k.named("x") || (*Keys)(nil).named(want) {
		t.Errorf("got %s, want %s", k.keys["2011-04-29"].thumbprint, want)
	}
}

func TestRoca(t *testing.T) {
	product := big.NewInt(1)
	for _, p := range rocaPrimes {
		if !big.NewInt(p).ProbablyPrime(0) {
			t.Errorf("%d is no prime", p)
		}
		product.Mul(product, big.NewInt(p))
	}
	marked := new(big.Int).Exp(big.NewInt(65537), big.NewInt(123457), product)
	if !roca(marked) || !roca(marked.Add(marked, product)) {
		t.Error("a power of 65537 is not found")
	}
	if roca(marked.Add(marked, big.NewInt(2))) || roca(rs().key.(*rsa.PrivateKey).N) {
		t.Error("found where it is not")
	}
}

// A JWK Set can be anything; what is registered can verify.
func FuzzKeys(f *testing.F) {
	f.Add(set(es().jwk(`,"use":"sig"`), rs().jwk(`,"alg":"PS384"`)))
	f.Add(set(rsaJWK(big.NewInt(65537), big.NewInt(1))))
	f.Fuzz(func(t *testing.T, jwks string) {
		k, err := ParseKeys(jwks)
		if err != nil {
			return
		}
		for kid, key := range k.keys {
			if b, err := base64.RawURLEncoding.DecodeString(key.thumbprint); kid == "" || err != nil || len(b) != 32 || len(key.algorithms) == 0 {
				t.Errorf("registered %q: %+v", kid, key)
			}
		}
	})
}
