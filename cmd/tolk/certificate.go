package main

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"sync"
	"time"

	"tolk/mapping"
)

// keyPair is a certificate with its key, in two files that are replaced when it
// is about to expire.
type keyPair struct {
	certificate, key string
	log              *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	looked  time.Time
	changed time.Time // of the newer file
}

// read reads the files.
func (k *keyPair) read() error {
	pair, err := tls.LoadX509KeyPair(k.certificate, k.key)
	if err == nil {
		k.current, k.changed = &pair, newest(k.certificate, k.key)
	}
	return err
}

// newest is when the files were last changed.
func newest(names ...string) (at time.Time) {
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.ModTime().After(at) {
			at = info.ModTime()
		}
	}
	return at
}

// present is for tls.Config.GetCertificate. Files that are broken, or half
// copied, leave the certificate in force that is there.
func (k *keyPair) present(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := time.Now(); now.Sub(k.looked) > 10*look {
		k.looked = now
		if at := newest(k.certificate, k.key); !at.Equal(k.changed) {
			if err := k.read(); err != nil {
				k.log.Error("certificate refused", "file", k.certificate)
			} else {
				k.log.Info("certificate in force", "file", k.certificate)
			}
		}
	}
	return k.current, nil
}

// certificates returns what presents the certificate of two files, read again
// when they changed.
func certificates(certificate, key string, log *slog.Logger) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	k := &keyPair{certificate: certificate, key: key, log: log}
	if err := k.read(); err != nil {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "tls-cert", Message: "expected a certificate and its own key, both in PEM: " + certificate + " and " + key}
	}
	return k.present, nil
}

// secure is how connections are made over TLS. Clients may come with a
// certificate; with roots it must be of one of those, and without them its
// fingerprint is what counts (RFC 8705, section 2.2).
func (s *settings) secure(log *slog.Logger) (*tls.Config, error) {
	if s.tlsCert == "" {
		return nil, nil
	}
	present, err := certificates(s.tlsCert, s.tlsKey, log)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: present, ClientAuth: tls.RequestClientCert}
	if s.clientCA != "" {
		text, err := largest(s.clientCA)
		if err != nil {
			return nil, err
		}
		c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
		if !c.ClientCAs.AppendCertsFromPEM(text) {
			return nil, &mapping.Error{Kind: mapping.Invalid, Path: "client-ca", Message: "expected certificates in PEM: " + s.clientCA}
		}
	}
	return c, nil
}
