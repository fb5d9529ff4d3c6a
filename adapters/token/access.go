package token

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"tolk/mapping"
)

// Access is what one access token stands for.
type Access struct {
	ID              string // names the token in the audit; nobody gets in with it
	Client          string
	Scopes          Scopes
	Issued, Expires time.Time
	Key             string // the key that was used for it (RFC 7638, SHA-256)
	Certificate     string // the certificate it is bound to, "" if to none
}

// Demand returns nil when the token allows the actions with a type of resource,
// and else the refusal to answer with.
func (a *Access) Demand(actions Actions, resource string) error {
	if a.Scopes.May(actions, resource) {
		return nil
	}
	return &Refusal{Code: InsufficientScope, Client: a.Client, Message: "the access token does not allow this"}
}

// Fingerprint returns the SHA-256 of a certificate as RFC 8705 §3.1 writes it
// (x5t#S256): 43 characters of base64url.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// seal turns an Access into a token that nobody else can read or make, and back.
//
// A token is base64url over: the version, four bytes that name the secret, the
// hour, and what AES-256-GCM makes of the content. Each hour has a key of its
// own, derived from the secret by HKDF-SHA-256, so that keys change by
// themselves and nodes with the same secret need not speak to each other.
type seal struct {
	audience string // a token of one server is nothing at another with the same secret
	secrets  []*secret
}

// secret keeps what it derives from out of sight of everything that prints.
type secret struct {
	name   [4]byte
	derive func(purpose string, size int) []byte
	latest atomic.Pointer[hourly] // the last hour a token was good for
}

// hourly is the cipher of one hour.
type hourly struct {
	hour uint32
	cipher.AEAD
}

const (
	version  = 1
	headSize = 1 + 4 + 4 // version, name of the secret, hour
	maxToken = 16 << 10
)

// sealed is the content of a token.
type sealed struct {
	ID      string `json:"i"`
	Client  string `json:"c"`
	Scopes  string `json:"s"`
	Issued  int64  `json:"t"`
	Expires int64  `json:"e"`
	Key     string `json:"k"`
	Peer    string `json:"x,omitempty"`
}

func newSeal(audience string, secrets [][]byte) (seal, error) {
	s := seal{audience: audience}
	fault := func(i int, message string) (seal, error) {
		return seal{}, &mapping.Error{Kind: mapping.Security, Path: fmt.Sprintf("Secrets[%d]", i), Message: message}
	}
	if len(secrets) == 0 {
		return fault(0, "is missing")
	}
	for i, root := range secrets {
		if len(root) < 32 {
			return fault(i, "must have at least 32 random bytes")
		}
		next := &secret{derive: from(bytes.Clone(root))}
		copy(next.name[:], next.derive("tolk access token, name of the secret", len(next.name)))
		for _, other := range s.secrets {
			if other.name == next.name {
				return fault(i, "stands twice")
			}
		}
		s.secrets = append(s.secrets, next)
	}
	return s, nil
}

// from derives keys from root, for each purpose another.
func from(root []byte) func(purpose string, size int) []byte {
	return func(purpose string, size int) []byte {
		b, err := hkdf.Key(sha256.New, root, nil, purpose, size)
		if err != nil {
			panic(err) // only for a size that is too large
		}
		return b
	}
}

// cipher returns the cipher of one hour.
func (s *secret) cipher(hour uint32) *hourly {
	if latest := s.latest.Load(); latest != nil && latest.hour == hour {
		return latest
	}
	block, err := aes.NewCipher(s.derive(fmt.Sprintf("tolk access token, hour %d", hour), 32))
	if err != nil {
		panic(err) // only for a key of another length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for a block of another length
	}
	return &hourly{hour, aead}
}

// close makes the token of a.
func (s seal) close(a *Access) string {
	hour := uint32(a.Issued.Unix() / 3600)
	head := append([]byte{version}, s.secrets[0].name[:]...)
	head = binary.BigEndian.AppendUint32(head, hour)
	content := marshal(sealed{a.ID, a.Client, a.Scopes.String(), a.Issued.Unix(), a.Expires.Unix(), a.Key, a.Certificate})
	current := s.secrets[0].cipher(hour)
	s.secrets[0].latest.Store(current)
	body := current.Seal(nil, nil, content, s.bound(head))
	return base64.RawURLEncoding.EncodeToString(append(head, body...))
}

// open returns what a token stands for, and whether it is one of ours. Whether
// it is still good is not asked here.
func (s seal) open(token string) (*Access, bool) {
	b, ok := unbase64(token)
	if !ok || len(b) < headSize || b[0] != version {
		return nil, false
	}
	head, body := b[:headSize], b[headSize:]
	for _, secret := range s.secrets {
		if [4]byte(head[1:5]) != secret.name {
			continue
		}
		then := secret.cipher(binary.BigEndian.Uint32(head[5:]))
		content, err := then.Open(nil, nil, body, s.bound(head))
		if err != nil {
			return nil, false
		}
		secret.latest.Store(then)
		return unmarshal(content)
	}
	return nil, false
}

// bound is what a token is bound to without containing it.
func (s seal) bound(head []byte) []byte {
	return append(bytes.Clone(head), s.audience...)
}

// unmarshal reads what close wrote: the seal has shown that nobody else did.
func unmarshal(content []byte) (*Access, bool) {
	var in sealed
	if err := json.Unmarshal(content, &in); err != nil {
		return nil, false
	}
	scopes, err := ParseScopes(in.Scopes)
	if err != nil {
		return nil, false
	}
	return &Access{
		ID: in.ID, Client: in.Client, Scopes: scopes, Key: in.Key, Certificate: in.Peer,
		Issued: time.Unix(in.Issued, 0), Expires: time.Unix(in.Expires, 0),
	}, true
}
