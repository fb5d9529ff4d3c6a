package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"tolk/mapping"
)

var errAddress = errors.New("deliver: the receiver's address is not allowed")

// networks are the private, loopback and link-local networks that may be called.
type networks []netip.Prefix

// permit refuses an address that the receiver may not stand at. It sees the one
// that is being called, so a name cannot mean another one between the question
// and the call.
func (ns networks) permit(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errAddress
	}
	if ip := at.Addr().Unmap().WithZone(""); !ns.contain(ip) && !public(ip) {
		return errAddress
	}
	return nil
}

// permitOwn refuses what is not in the listed networks: http:// goes nowhere else,
// whatever address a name has today.
func (ns networks) permitOwn(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !ns.contain(at.Addr().Unmap().WithZone("")) {
		return errAddress
	}
	return nil
}

func (ns networks) contain(ip netip.Addr) bool {
	return slices.ContainsFunc(ns, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// nowhere are networks that are neither private by name nor anybody's on the
// internet: shared, for protocols and documents, and those that hide an
// address of version 4.
var nowhere = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
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

// checkURL returns nil for a URL that may be called.
func checkURL(path, text string, ns networks, insecure bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Hostname() == "", u.User != nil, u.Fragment != "":
		return fault(mapping.Value, path, "expected https://host/path without user and fragment", nil)
	case u.Scheme == "http" && insecure && len(ns) > 0:
	case u.Scheme != "https":
		return fault(mapping.Value, path, "expected https; http is for a network of one's own, when allowed", nil)
	}
	return nil
}

// newClient returns a client that calls the host of a URL, which was checked, as it
// is written, at an address that is allowed, and nobody else.
func newClient(to string, ns networks, timeout time.Duration, secure *tls.Config) *http.Client {
	permit := ns.permit
	if u, err := url.Parse(to); err != nil || u.Scheme != "https" {
		permit = ns.permitOwn
	}
	dialer := &net.Dialer{Timeout: min(timeout, 10*time.Second), ControlContext: permit}
	return &http.Client{
		Timeout: timeout,
		// A receiver that sends elsewhere is not followed: who answers there
		// was never agreed on.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // not from the environment either
			DialContext:            dialer.DialContext,
			TLSClientConfig:        secure,
			TLSHandshakeTimeout:    10 * time.Second,
			DisableCompression:     true, // what is read is what was sent, and no more
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
		},
	}
}

// reason says in one word why a call came to no answer.
func reason(err error) string {
	var certificate *tls.CertificateVerificationError
	var alert *net.OpError
	switch {
	case errors.Is(err, errAddress):
		return Forbidden // the configuration's fault, not the message's
	case errors.As(err, &certificate), errors.As(err, &alert) && alert.Op == "remote error": // crypto/tls's word for an alert
		return Untrusted
	}
	return NoAnswer
}
