package exchange

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
)

// private are the networks that no address of the internet is in. Only those are
// listed by a receiver: what stands elsewhere needs no leave.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("fc00::/7"),
	netip.MustParsePrefix("fe80::/10"),
}

// networks reads the private networks that somebody may stand in.
func (p *parser) networks(texts []string, at string) []netip.Prefix {
	var all []netip.Prefix
	for i, text := range texts {
		here := fmt.Sprintf("%s[%d]", at, i)
		n, err := netip.ParsePrefix(text)
		switch {
		case err != nil || n.Masked() != n:
			p.fault(here, "expected a network such as 10.20.0.0/16, with no bit set behind its mask")
		case !slices.ContainsFunc(private, func(all netip.Prefix) bool { return all.Contains(n.Addr()) && n.Bits() >= all.Bits() }):
			p.fault(here, "expected a private network (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, fc00::/7, fe80::/10) or a part of one; what stands elsewhere is not listed")
		default:
			all = append(all, n)
		}
	}
	return all
}

// reach says what an address may be, beside https:// on the internet.
type reach struct {
	networks []netip.Prefix // private networks it may stand in
	insecure bool           // http:// in them
	loopback bool           // http:// and private addresses on this machine
}

// url checks the address of a server. A name is not looked up here: what it means
// is checked when it is called.
func (p *parser) url(text, at string, r reach) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		p.fault(at, "expected https://host/path, without user and fragment")
		return
	}
	if citizen(text) {
		p.fault(at, "there is a number of a citizen in this; no address has one")
		return
	}
	host := u.Hostname()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, numeric := netip.ParseAddr(host)
	ip = ip.Unmap().WithZone("")
	here := r.loopback && numeric == nil && ip.IsLoopback()
	switch {
	case u.Scheme == "http" && !here && !(r.insecure && len(r.networks) > 0):
		p.fault(at, "expected https://; http:// is for a private network of one's own, with insecure: true and the network in networks")
	case u.Scheme != "http" && u.Scheme != "https":
		p.fault(at, "expected https://host/path")
	}
	if numeric != nil || here {
		return
	}
	within := func(all []netip.Prefix) bool {
		return slices.ContainsFunc(all, func(n netip.Prefix) bool { return n.Contains(ip) })
	}
	switch {
	case within(r.networks):
	case within(private), !ip.IsGlobalUnicast():
		p.fault(at, "this is a private address; expected the network that it stands in among networks")
	case u.Scheme == "http":
		p.fault(at, "this address is not in networks; expected https://, http:// is for a private network of one's own")
	}
}
