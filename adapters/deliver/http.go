package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Receiver is where messages go, from the configuration and from nowhere else.
type Receiver struct {
	Name string
	// URL is where a message is posted. Only its host is ever called.
	URL string
	// Networks are the private, loopback or link-local networks that the
	// receiver may stand in. Public addresses need none.
	Networks []netip.Prefix
	// Timeout is how long an attempt may take; 30 s.
	Timeout time.Duration
	// Answer is how many bytes of an answer are read; 1 MB.
	Answer int64
	// Token returns the bearer token to send, another one than refused, which the
	// receiver did not take; nil sends none.
	Token func(ctx context.Context, refused string) (string, error)
	// TLS has the client certificate and the roots; nil takes the system's.
	TLS *tls.Config
	// Insecure allows http:// in a network of Networks.
	Insecure bool
	// Acknowledges says that an acknowledgement is expected of it, in its answer or
	// by itself later.
	Acknowledges bool
	// Resend allows to send again by itself after a transient-error.
	Resend bool
}

// Sender posts messages to one receiver. It may be used by many goroutines.
type Sender struct {
	to     Receiver
	client *http.Client
	now    func() time.Time
}

// New returns the sender of a receiver. Returns an error for a URL that cannot
// be one.
func New(to Receiver, now func() time.Time) (*Sender, error) {
	if err := checkURL("URL", to.URL, to.Networks, to.Insecure); err != nil {
		return nil, err
	}
	if to.Timeout <= 0 {
		to.Timeout = 30 * time.Second
	}
	if to.Answer <= 0 {
		to.Answer = 1 << 20
	}
	return &Sender{to, newClient(to.URL, to.Networks, to.Timeout, to.TLS), now}, nil
}

// Send makes one attempt; a token that the receiver refuses is asked for anew
// once. Of an answer it returns what is kept: all that was read of an
// acknowledgement or of why a message is dead, else the beginning.
func (s *Sender) Send(ctx context.Context, p Parcel) (Verdict, []byte) {
	ctx, cancel := context.WithTimeout(ctx, s.to.Timeout)
	defer cancel()
	v, said, token := s.post(ctx, p, "")
	if v.Code == Unauthorized && token != "" {
		v, said, _ = s.post(ctx, p, token)
	}
	return v, keep(v, said)
}

// post makes a request and returns the token that it was made with.
func (s *Sender) post(ctx context.Context, p Parcel, refused string) (v Verdict, said []byte, token string) {
	again := func(code string, said []byte) (Verdict, []byte, string) {
		return Verdict{Class: Retry, Code: code}, said, token
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.to.URL, bytes.NewReader(p.Body))
	if err != nil {
		return again(NoAnswer, nil)
	}
	r.GetBody = nil // one attempt is one request: when it is made again is the journal's to say
	set := func(name, value string) {
		if value != "" && sendable(value) {
			r.Header.Set(name, value)
		}
	}
	set("Content-Type", p.ContentType)
	set("X-Request-ID", p.ID)
	set("X-Correlation-ID", p.Correlation)
	set("traceparent", traceparent(p.ID))
	r.Header.Set("Accept", "application/fhir+json, application/json;q=0.9, */*;q=0.1")
	r.Header.Set("User-Agent", "tolk")
	if s.to.Token != nil {
		var no *tokenError
		if token, err = s.to.Token(ctx, refused); errors.As(err, &no) {
			return again(no.code, no.said)
		} else if err != nil {
			return again(NoToken, nil)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := s.client.Do(r)
	if err != nil {
		return again(reason(err), nil)
	}
	defer got.Body.Close()
	said, err = io.ReadAll(io.LimitReader(got.Body, s.to.Answer))
	if err != nil && (got.StatusCode < 200 || got.StatusCode > 299) {
		return again(NoAnswer, nil) // what it refused for is not known
	}
	return s.judge(answer{got.StatusCode, got.Header, hear(said)}, p.Body, s.now()), said, token
}

// sendable reports whether a text can stand in a header. One that cannot is left
// out: a message is not held back for the name of its conversation.
func sendable(value string) bool {
	return len(value) <= 1024 && !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

// Close gives up idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// String names the receiver, and no secret.
func (s *Sender) String() string { return fmt.Sprintf("receiver %s", s.to.Name) }
