package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"tolk/mapping"
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
	// Token returns the bearer token to send, a fresh one when the last was
	// refused; nil sends none.
	Token func(ctx context.Context, fresh bool) (string, error)
	// TLS has the client certificate and the roots; nil takes the system's.
	TLS *tls.Config
	// Insecure allows http:// in a network of Networks.
	Insecure bool
}

// Parcel is one message as it is posted.
type Parcel struct {
	ID          string // X-Request-ID: this message, the same at every attempt
	Correlation string // X-Correlation-ID: the conversation
	ContentType string
	Body        []byte
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
	u, err := url.Parse(to.URL)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.Fragment != "":
		return nil, &mapping.Error{Kind: mapping.Value, Path: "URL", Message: "expected https://host/path without user and fragment"}
	case u.Scheme == "http" && to.Insecure && len(to.Networks) > 0:
	case u.Scheme != "https":
		return nil, &mapping.Error{Kind: mapping.Value, Path: "URL", Message: "expected https; http is for a network of one's own, when allowed"}
	}
	if to.Timeout == 0 {
		to.Timeout = 30 * time.Second
	}
	if to.Answer == 0 {
		to.Answer = 1 << 20
	}
	s := &Sender{to: to, now: now}
	dialer := &net.Dialer{Timeout: min(to.Timeout, 10*time.Second), ControlContext: s.permit}
	s.client = &http.Client{
		Timeout: to.Timeout,
		// A receiver that sends elsewhere is not followed: who answers there
		// was never agreed on.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // not from the environment either
			DialContext:            dialer.DialContext,
			TLSClientConfig:        to.TLS,
			TLSHandshakeTimeout:    10 * time.Second,
			DisableCompression:     true, // what is read is what was sent, and no more
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
		},
	}
	return s, nil
}

var errAddress = errors.New("deliver: the receiver's address is not allowed")

// permit refuses an address that the receiver may not stand at. It sees the one
// that is being called, so a name cannot mean another one between the question
// and the call.
func (s *Sender) permit(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errAddress
	}
	ip := at.Addr().Unmap().WithZone("")
	for _, p := range s.to.Networks {
		if p.Contains(ip) {
			return nil
		}
	}
	if !public(ip) {
		return errAddress
	}
	return nil
}

// nowhere are networks that are neither private by name nor anybody's on the
// internet: shared, for protocols and documents, and those that hide an
// address of version 4.
var nowhere = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("::/96"),
}

func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range nowhere {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// Send makes one attempt. It returns what it came to and what the receiver
// said, as far as it was read; the text of its answer may name a person.
func (s *Sender) Send(ctx context.Context, p Parcel) (Verdict, []byte) {
	v, said := s.post(ctx, p, false)
	if v.Code == Unauthorized && s.to.Token != nil {
		v, said = s.post(ctx, p, true)
	}
	return v, said
}

func (s *Sender) post(ctx context.Context, p Parcel, fresh bool) (Verdict, []byte) {
	missed := Verdict{Class: Retry, Code: NoAnswer}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.to.URL, bytes.NewReader(p.Body))
	if err != nil {
		return missed, nil
	}
	r.GetBody = nil // one attempt is one request: when it is made again is the journal's to say
	r.Header.Set("Content-Type", p.ContentType)
	r.Header.Set("Accept", "application/fhir+json, application/json;q=0.9, */*;q=0.1")
	r.Header.Set("User-Agent", "tolk")
	r.Header.Set("X-Request-ID", p.ID)
	if p.Correlation != "" {
		r.Header.Set("X-Correlation-ID", p.Correlation)
	}
	if s.to.Token != nil {
		token, err := s.to.Token(ctx, fresh)
		if err != nil {
			return Verdict{Class: Retry, Code: Unauthorized}, nil
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := s.client.Do(r)
	if errors.Is(err, errAddress) {
		return Verdict{Class: Retry, Code: Forbidden}, nil // the configuration's fault, not the message's
	}
	if err != nil {
		return missed, nil
	}
	defer got.Body.Close()
	said, err := io.ReadAll(io.LimitReader(got.Body, s.to.Answer))
	if err != nil && (got.StatusCode < 200 || got.StatusCode > 299) {
		return missed, nil // what it refused for is not known
	}
	return judge(answer{got.StatusCode, got.Header, issuesOf(said)}, s.now()), said
}

// Close gives up idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// String names the receiver, and no secret.
func (s *Sender) String() string { return fmt.Sprintf("receiver %s", s.to.Name) }
