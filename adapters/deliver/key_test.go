package deliver

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// Every file that a configuration names and that is not as it must be is refused
// with the field, and with nothing of a key.
func TestKeyFiles(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	small, _ := rsa.GenerateKey(rand.Reader, 1024)
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	good := jwkOf(t, ecKey(), "k")
	const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ"
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		path, want string
	}{
		{"sound", good, 0o640, "", ""},
		{"everybody's", good, 0o644, "token.key", "may be read by everybody"},
		{"no kid", jwkOf(t, ecKey(), ""), 0o600, "token.keyID", "expected the kid"},
		{"PEM without a kid", pemOf(t, ecKey()), 0o600, "token.keyID", "expected the kid"},
		{"public", jwkOf(t, ecKey().Public(), "k"), 0o600, "token.key", "RSA or an EC key"},
		{"P-256", jwkOf(t, p256, "k"), 0o600, "token.key", "P-384"},
		{"RSA 1024", pemOf(t, small), 0o600, "token.key", "2048"},
		{"Ed25519", jwkOf(t, edwards, "k"), 0o600, "token.key", "RSA or an EC key"},
		{"symmetric", `{"kty":"oct","kid":"k","k":"` + secret + `"}`, 0o600, "token.key", "RSA or an EC key"},
		{"member twice", strings.Replace(good, `{`, `{"kid":"x",`, 1), 0o600, "token.key", "one private key"},
		{"broken JWK", `{"kty":"EC","d":"` + secret + `"}`, 0o600, "token.key", "one private key"},
		{"broken PEM", "-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----\n", 0o600, "token.key", "one private key"},
		{"with a password", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte(secret)})), 0o600, "token.key", "without a password"},
		{"empty", "", 0o600, "token.key", "one private key"},
	} {
		kid := ""
		if strings.HasPrefix(tt.name, "RSA") {
			kid = "k"
		}
		_, err := readSigner("token", written(t, tt.text, tt.mode), kid)
		if tt.want == "" && err == nil {
			continue
		}
		var at *mapping.Error
		if !errors.As(err, &at) || at.Path != tt.path || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v, want %s: %s", tt.name, err, tt.path, tt.want)
		}
	}
	for name, file := range map[string]string{"missing": filepath.Join(t.TempDir(), "x"), "a folder": t.TempDir(), "none": ""} {
		if _, err := readSigner("token", file, "k"); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// pair makes a certificate of its own, for servers and clients on this machine.
func pair(t *testing.T) (certificate, key string) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), pemOf(t, k)
}

// A receiver of the configuration is called with our certificate, and only if it
// has one of its roots.
func TestMutualTLS(t *testing.T) {
	ours, key := pair(t)
	theirs, theirKey := pair(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) != 1 || r.Header.Get("X-Request-ID") != "1" {
			t.Errorf("got %d certificates", len(r.TLS.PeerCertificates))
		}
	}))
	mine, err := tls.X509KeyPair([]byte(theirs), []byte(theirKey))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(ours))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{mine}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	certificate, secret, root := written(t, ours, 0o644), written(t, key, 0o600), written(t, theirs, 0o644)
	for _, tt := range []struct {
		name string
		http exchange.HTTP
		want Verdict
	}{
		{"both", exchange.HTTP{Certificate: certificate, Key: secret, Roots: root}, Verdict{Delivered, "http-200", 0}},
		{"not theirs", exchange.HTTP{Certificate: certificate, Key: secret}, Verdict{Retry, Untrusted, 0}},
		{"not ours", exchange.HTTP{Roots: root}, Verdict{Retry, Untrusted, 0}},
	} {
		tt.http.URL, tt.http.Networks = server.URL, loopback
		c, err := Open(&exchange.Receiver{Name: "gp", HTTP: &tt.http}, at(noon))
		if err != nil {
			t.Fatal(err)
		}
		v, _ := c.Send(t.Context(), Parcel{ID: "1"})
		cut := v == Verdict{Retry, NoAnswer, 0} // the line may be cut before its reason was read
		if v != tt.want && !(cut && tt.http.Certificate == "") {
			t.Errorf("%s: got %+v, want %+v", tt.name, v, tt.want)
		}
		c.Close()
	}
}

// A receiver that cannot be opened says which field of it is at fault.
func TestOpen(t *testing.T) {
	ours, key := pair(t)
	_, other := pair(t)
	public, secret := written(t, ours, 0o644), written(t, key, 0o600)
	web := func(h exchange.HTTP) *exchange.Receiver {
		if h.URL == "" {
			h.URL = "https://gp.example.dk/fhir"
		}
		return &exchange.Receiver{Name: "gp", HTTP: &h, Resend: true, Acknowledges: true}
	}
	for _, tt := range []struct {
		name string
		r    *exchange.Receiver
		want string
	}{
		{"http", web(exchange.HTTP{}), ""},
		{"token", web(exchange.HTTP{Token: &exchange.TokenAt{URL: "https://gp.example.dk/token", Client: "c", Key: written(t, jwkOf(t, ecKey(), "k"), 0o600)}}), ""},
		{"folder", &exchange.Receiver{Name: "gp", Folder: &exchange.Folder{Path: t.TempDir()}}, ""},
		{"mailbox", &exchange.Receiver{Name: "gp", Mailbox: &exchange.Mailbox{}}, "receivers[gp]: expected http or folder"},
		{"no folder", &exchange.Receiver{Name: "gp", Folder: &exchange.Folder{Path: "/nowhere/at/all"}}, "receivers[gp].folder.path: is no folder"},
		{"a file", &exchange.Receiver{Name: "gp", Folder: &exchange.Folder{Path: public}}, "receivers[gp].folder.path: is no folder"},
		{"http:", web(exchange.HTTP{URL: "http://gp/"}), "receivers[gp].http: cannot be sent to: URL: expected https"},
		{"half", web(exchange.HTTP{Certificate: public}), "receivers[gp].http: expected both certificate and key"},
		{"no certificate", web(exchange.HTTP{Certificate: "/nowhere", Key: secret}), "receivers[gp].http.certificate: the file cannot be read"},
		{"no key", web(exchange.HTTP{Certificate: public, Key: "/nowhere"}), "receivers[gp].http.key: the file cannot be read"},
		{"everybody's key", web(exchange.HTTP{Certificate: public, Key: written(t, key, 0o604)}), "receivers[gp].http.key: may be read by everybody"},
		{"another's key", web(exchange.HTTP{Certificate: public, Key: written(t, other, 0o600)}), "receivers[gp].http.certificate: expected a certificate and its own key"},
		{"no roots", web(exchange.HTTP{Roots: "/nowhere"}), "receivers[gp].http.roots: the file cannot be read"},
		{"empty roots", web(exchange.HTTP{Roots: secret}), "receivers[gp].http.roots: expected certificates in PEM"},
		{"no token key", web(exchange.HTTP{Token: &exchange.TokenAt{URL: "https://x/token", Client: "c"}}), "receivers[gp].http.token.key: expected the name of a file"},
		{"token over http", web(exchange.HTTP{Token: &exchange.TokenAt{URL: "http://x/token", Client: "c"}}), "receivers[gp].http.token.url: expected https"},
	} {
		c, err := Open(tt.r, at(noon))
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		case err == nil:
			if s, ok := c.(*Sender); ok && (!s.to.Acknowledges || !s.to.Resend || (s.to.Token == nil) != (tt.r.HTTP.Token == nil)) {
				t.Errorf("%s: got %+v", tt.name, s.to)
			}
			c.Close()
		}
	}
}
