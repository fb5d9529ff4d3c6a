package deliver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"runtime"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// signer signs assertions with the one algorithm that its key is for.
type signer struct {
	algorithm jwa.SignatureAlgorithm
	private   any
	headers   jws.Headers
}

func (s *signer) sign(claims []byte) (string, error) {
	compact, err := jws.Sign(claims, jws.WithKey(s.algorithm, s.private, jws.WithProtectedHeaders(s.headers)))
	return string(compact), err
}

// readSigner reads a private key, a JWK or PEM without a password: RSA of 2048 bits
// or more for RS384, EC on P-384 for ES384, the two that every server of SMART
// takes. The name of the key is that of the configuration, or the kid of the JWK.
func readSigner(path, file, id string) (*signer, error) {
	text, err := readFile(path+".key", file, true)
	if err != nil {
		return nil, err
	}
	private, kid, err := readPrivate(text)
	if err != nil {
		return nil, fault(mapping.Value, path+".key", "expected one private key in "+file+": a JWK, or PEM without a password", nil)
	}
	if id == "" {
		id = kid
	}
	if id == "" {
		return nil, fault(mapping.Required, path+".keyID", "expected the kid that the key is registered with; the key itself has none", nil)
	}
	s := &signer{private: private, headers: jws.NewHeaders()}
	switch k := private.(type) {
	case *rsa.PrivateKey:
		s.algorithm = jwa.RS384()
		if bits := k.N.BitLen(); bits < 2048 || bits > 8192 {
			return nil, fault(mapping.Security, path+".key", "expected an RSA key of 2048 to 8192 bits", nil)
		}
	case *ecdsa.PrivateKey:
		s.algorithm = jwa.ES384()
		if k.Curve != elliptic.P384() {
			return nil, fault(mapping.Security, path+".key", "expected an EC key on P-384", nil)
		}
	default:
		return nil, fault(mapping.Security, path+".key", "expected an RSA or an EC key: RS384 and ES384 are what SMART has", nil)
	}
	for name, value := range map[string]string{jws.KeyIDKey: id, jws.TypeKey: "JWT"} {
		if err := s.headers.Set(name, value); err != nil {
			return nil, fault(mapping.Value, path+".keyID", "cannot be the kid of a key", nil)
		}
	}
	if _, err := s.sign([]byte("{}")); err != nil { // a key whose parts do not belong together
		return nil, fault(mapping.Value, path+".key", "is no key that signs; its parts do not belong together", nil)
	}
	return s, nil
}

// readPrivate reads a private key and its kid, if it has one. Its errors may quote
// the key.
func readPrivate(text []byte) (private any, kid string, err error) {
	if block, _ := pem.Decode(text); block != nil {
		switch block.Type {
		case "RSA PRIVATE KEY":
			private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			private, err = x509.ParseECPrivateKey(block.Bytes)
		default:
			private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		}
		return private, "", err
	}
	if _, err := tree.Parse(string(text), tree.Limits{Depth: 4, Nodes: 100}); err != nil { // every member once
		return nil, "", err
	}
	key, err := jwk.ParseKey(text)
	if err != nil {
		return nil, "", err
	}
	kid, _ = key.KeyID()
	err = jwk.Export(key, &private)
	return private, kid, err
}

// readTLS returns what mutual TLS needs, nil when there is nothing of it in the
// configuration. Roots take the place of the system's.
func readTLS(path, certificate, key, roots string) (*tls.Config, error) {
	if certificate == "" && key == "" && roots == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if (certificate == "") != (key == "") {
		return nil, fault(mapping.Required, path, "expected both certificate and key, or neither", nil)
	}
	if certificate != "" {
		public, err := readFile(path+".certificate", certificate, false)
		if err != nil {
			return nil, err
		}
		private, err := readFile(path+".key", key, true)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(public, private)
		if err != nil {
			return nil, fault(mapping.Value, path+".certificate", "expected a certificate and its own key, both in PEM and without a password: "+certificate+" and "+key, nil)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if roots != "" {
		text, err := readFile(path+".roots", roots, false)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fault(mapping.Value, path+".roots", "expected certificates in PEM in "+roots, nil)
		}
	}
	return c, nil
}

// readFile reads a file that the configuration names. One that is secret may not be
// readable by everybody.
func readFile(path, name string, secret bool) ([]byte, error) {
	if name == "" {
		return nil, fault(mapping.Required, path, "expected the name of a file", nil)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fault(mapping.NotFound, path, "the file cannot be read: "+name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, fault(mapping.NotFound, path, "is no file: "+name, err)
	}
	if secret && runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return nil, fault(mapping.Security, path, "may be read by everybody; expected mode 0600 or 0640: "+name, nil)
	}
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, fault(mapping.NotFound, path, "the file cannot be read: "+name, err)
	}
	return text, nil
}
