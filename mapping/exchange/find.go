package exchange

import (
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
)

// Client returns the client with an id, nil if there is none.
func (c *Config) Client(id string) *Client {
	for i := range c.Clients {
		if c.Clients[i].ID == id {
			return &c.Clients[i]
		}
	}
	return nil
}

// Receiver returns the receiver with a name, nil if there is none.
func (c *Config) Receiver(name string) *Receiver {
	for i := range c.Receivers {
		if c.Receivers[i].Name == name {
			return &c.Receivers[i]
		}
	}
	return nil
}

// Route returns the route with a name, nil if there is none.
func (c *Config) Route(name string) *Route {
	for i := range c.Routes {
		if c.Routes[i].Name == name {
			return &c.Routes[i]
		}
	}
	return nil
}

// Mailboxes returns the mailboxes that a client, by its id, fetches from.
func (c *Config) Mailboxes(client string) []*Receiver {
	var all []*Receiver
	for i := range c.Receivers {
		if r := &c.Receivers[i]; r.Mailbox != nil && r.Client != "" && r.Client == client {
			all = append(all, r)
		}
	}
	return all
}

// Addressed returns the receiver that a message is addressed to, by the SOR and
// GLN numbers of an organisation; the first in the configuration where several
// are of one organisation, and nil where none is.
func (c *Config) Addressed(p document.Party) *Receiver {
	for i := range c.Receivers {
		if is(c.Receivers[i].Organisation, p) {
			return &c.Receivers[i]
		}
	}
	return nil
}

// Takes returns nil if the receiver gets a kind of document in its form, and else
// an error of kind business-rule that says why not. Everything goes as it came.
func (r *Receiver) Takes(kind string) error {
	if r.Form == Original {
		return nil
	}
	message := kind + " is not written as " + r.Form
	if kind == "" {
		message = "the kind of document was not recognised, and what is not goes nowhere but " + Original + "; expected the sender to state it"
	}
	for _, o := range document.Offers() {
		if o.Document != kind || o.Form != r.Form {
			continue
		}
		if o.Write == "" {
			return nil
		}
		message += ": " + o.Write
	}
	return &mapping.Error{Kind: mapping.BusinessRule, Path: "document", Message: r.Name + " gets " + r.Form + ", and " + message}
}

// is reports whether two parties are one organisation: they have a number in
// common, and none in which they differ.
func is(a, b document.Party) bool {
	return !differ(a, b) && (a.SOR != "" && a.SOR == b.SOR || a.GLN != "" && a.GLN == b.GLN)
}

// numbered reports whether a party has a number that others know it by.
func numbered(p document.Party) bool { return p.SOR != "" || p.GLN != "" }

// named reports whether two parties have one name, however it is spaced and
// capitalised.
func named(a, b document.Party) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a.Name), " "), strings.Join(strings.Fields(b.Name), " "))
}

// differ reports whether two parties both have a number in a register, and not the
// same.
func differ(a, b document.Party) bool {
	return a.SOR != "" && b.SOR != "" && a.SOR != b.SOR || a.GLN != "" && b.GLN != "" && a.GLN != b.GLN
}
