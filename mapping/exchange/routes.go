package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
)

// version is how a version of the mappings is named: by the first digits of the
// hash of what is in it.
var version = regexp.MustCompile(`^[0-9a-f]{16}$`)

// routes reads the routes. Clients and receivers are known by now.
func (p *parser) routes(all []fileRoute, c *Config) {
	clients := codes(c.Clients, func(k Client) string { return k.ID })
	receivers := codes(c.Receivers, func(r Receiver) string { return r.Name })
	areas := codes(mapping.Areas(), func(a mapping.Area) string { return string(a) })
	var names []string
	for i, f := range all {
		at := fmt.Sprintf("$.routes[%d]", i)
		p.unique(f.Name, at+".name", names)
		names = append(names, f.Name)
		p.each(f.Senders, clients, at+".senders")
		p.each(f.Documents, document.Documents(), at+".documents")
		p.each(f.Areas, areas, at+".areas")
		p.each(f.To, receivers, at+".to")
		if f.Receiver != "" {
			p.oneOf(f.Receiver, receivers, at+".receiver")
		}
		if f.Residue == "" {
			f.Residue = Return
		}
		p.oneOf(f.Residue, []string{Return, Attach, Escrow, Refuse}, at+".residue")
		if strings.TrimSpace(f.Why) == "" {
			p.fault(at+".why", "expected in a sentence why these messages go there; it is shown to whoever asks")
		}
		p.said(f.Why, at+".why")
		p.said(f.Private, at+".private")
		if f.Maps != "" && !version.MatchString(f.Maps) {
			p.fault(at+".maps", "expected the version of the mappings, the 16 digits (0-9, a-f) that a node says at its start as content=")
		}
		r := Route(f)
		p.leads(&r, c, at)
		for j := range c.Routes {
			p.apart(&c.Routes[j], &r, at)
		}
		c.Routes = append(c.Routes, r)
	}
}

// leads checks where a route leads: to receivers that get what it takes, from
// clients that may send it there.
func (p *parser) leads(r *Route, c *Config, at string) {
	to := r.To
	if len(to) == 0 && r.Receiver != "" {
		to = []string{r.Receiver}
	}
	within := func(j int) string {
		if len(r.To) == 0 {
			return at + ".receiver"
		}
		return fmt.Sprintf("%s.to[%d]", at, j)
	}
	other := len(to) == 0
	for j, name := range to {
		d := c.Receiver(name)
		if d == nil {
			continue
		}
		other = other || d.Sector != health
		for _, kind := range r.Documents {
			if err := d.Takes(kind); err != nil {
				p.fault(within(j), "%s", strings.TrimPrefix(err.Error(), "document: "))
			}
		}
	}
	if r.Private != "" && !other {
		p.fault(at+".private", "no receiver of the route is of the social side, and private is for those alone")
	}
	for i, id := range r.Senders {
		k := c.Client(id)
		if k == nil {
			continue
		}
		here := fmt.Sprintf("%s.senders[%d]", at, i)
		for _, name := range to {
			if !listed(k.Receivers, name) {
				p.fault(here, "%s may not send to %s; expected it among the receivers of the client", id, name)
			}
		}
		if len(r.Documents) > 0 && !slices.ContainsFunc(r.Documents, func(kind string) bool { return listed(k.Documents, kind) }) {
			p.fault(here, "%s may hand over none of the documents of the route", id)
		}
	}
}

// apart refuses a route that can never count, since one before it matches all that
// it matches.
func (p *parser) apart(before, r *Route, at string) {
	switch {
	case !before.covers(r):
	case r.covers(before):
		p.fault(at, "the routes %s and %s are for the same messages, and nothing tells them apart; expected one of the two, or another sender, receiver, document or area", before.Name, r.Name)
	default:
		p.fault(at, "the route never counts: %s stands before it and is for all of its messages; expected the narrower of the two first", before.Name)
	}
}

// covers reports whether a route matches every message that another one matches.
func (r *Route) covers(o *Route) bool {
	if len(r.To) == 0 && r.Receiver == "" && len(o.To) > 0 && o.Receiver == "" {
		return false // it matches no message where nobody is named
	}
	return (r.Receiver == "" || r.Receiver == o.Receiver) &&
		all(r.Senders, o.Senders) && all(r.Documents, o.Documents) && all(r.Areas, o.Areas)
}

// all reports whether a list holds another. An empty list is everything.
func all(list, of []string) bool {
	return len(list) == 0 || len(of) > 0 && !slices.ContainsFunc(of, func(word string) bool { return !slices.Contains(list, word) })
}

// relations checks what clients and receivers say of each other.
func (p *parser) relations(c *Config) {
	receivers := codes(c.Receivers, func(r Receiver) string { return r.Name })
	clients := codes(c.Clients, func(k Client) string { return k.ID })
	for i := range c.Clients {
		k, at := &c.Clients[i], fmt.Sprintf("$.clients[%d]", i)
		p.each(k.Receivers, append(receivers, everything), at+".receivers")
		if k.Answers == "" {
			continue
		}
		p.oneOf(k.Answers, receivers, at+".answers")
		switch r := c.Receiver(k.Answers); {
		case r == nil:
		case r.Client != k.ID && r.Client != "":
			p.fault(at+".answers", "%s is of another client, who would see what becomes of these messages; expected a receiver of one's own", r.Name)
		case r.Form != Original:
			p.fault(at+".answers", "acknowledgements are not translated; expected a receiver of the form %s", Original)
		}
	}
	for i := range c.Receivers {
		r, at := &c.Receivers[i], fmt.Sprintf("$.receivers[%d]", i)
		if r.Client == "" {
			continue
		}
		p.oneOf(r.Client, clients, at+".client")
		if k := c.Client(r.Client); k != nil && r.Mailbox != nil && !slices.Contains(k.Rights, Receive) {
			p.fault(at+".client", "%s may not fetch; expected it to have the right %s", k.ID, Receive)
		}
	}
}
