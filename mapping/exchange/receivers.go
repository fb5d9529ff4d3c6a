package exchange

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"tolk/mapping/document"
)

// The envelopes of the Danish health data network, and the forms that are messages
// that go in them.
const (
	vans = "vans"
	ehmi = "ehmi"
)

var enveloped = map[string][]string{
	vans: {"carecommunication", "hco", "xref01", Original},
	ehmi: {"carecommunication", "hco", Original},
}

// messages are the forms that name their receiver by both numbers.
var messages = []string{"carecommunication", "hco"}

// Forms lists the forms that a receiver can get, Original last.
func Forms() []string {
	var all []string
	for _, o := range document.Offers() {
		if o.Write == "" && !slices.Contains(all, o.Form) {
			all = append(all, o.Form)
		}
	}
	slices.Sort(all)
	return append(all, Original)
}

// receivers reads the receivers. The clients are known by now.
func (p *parser) receivers(all []fileReceiver, c *Config) {
	var names, folders []string
	for i, f := range all {
		at := fmt.Sprintf("$.receivers[%d]", i)
		p.unique(f.Name, at+".name", names)
		names = append(names, f.Name)
		p.oneOf(f.Sector, Sectors(), at+".sector")
		p.oneOf(f.Form, Forms(), at+".form")
		p.party(f.Organisation, at+".organisation")
		if o := f.Organisation; o.Person+o.Role+o.Phone != "" {
			p.fault(at+".organisation", "a message goes to an organisation; expected name, sor and gln alone")
		}
		if f.Check != "" && !plain(f.Check) {
			p.fault(at+".check", "expected the id of a table of demands")
		}
		r := Receiver{
			Name: f.Name, Client: f.Client, Sector: f.Sector, Organisation: f.Organisation,
			Form: f.Form, Envelope: f.Envelope, Check: f.Check,
			Concurrency: defaultConcurrency, Bytes: p.size(f.Bytes, at+".bytes", defaultBytes),
			Until:        p.duration(f.Until, at+".until", defaultUntil, time.Minute, 90*day),
			Acknowledges: f.Acknowledges, Resend: f.Resend,
		}
		if f.Concurrency != nil {
			r.Concurrency = *f.Concurrency
		}
		if r.Concurrency < 1 || r.Concurrency > 64 {
			p.fault(at+".concurrency", "expected how many attempts are made at a time, from 1 to 64")
		}
		if r.Until > c.Keep.Identifiers {
			p.fault(at+".until", "a message would be tried longer than its identifiers are kept (%s), and its repetition not be known; expected less, or more in keep.identifiers", span(c.Keep.Identifiers))
		}
		p.channel(f, &r, at)
		p.envelope(&r, at)
		if r.Folder != nil {
			if slices.Contains(folders, r.Folder.Path) {
				p.fault(at+".folder.path", "another receiver has this folder")
			}
			folders = append(folders, r.Folder.Path)
		}
		c.Receivers = append(c.Receivers, r)
	}
}

// channel reads how a receiver is reached: one of the three.
func (p *parser) channel(f fileReceiver, r *Receiver, at string) {
	given := 0
	for _, is := range []bool{f.HTTP != nil, f.Mailbox != nil, f.Folder != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		p.fault(at, "%d channels are given; expected one of http, mailbox and folder (a mailbox without settings is written mailbox: {})", given)
	}
	if f.HTTP != nil {
		r.HTTP = p.http(f.HTTP, at+".http")
	}
	if f.Mailbox != nil {
		r.Mailbox = &Mailbox{Again: p.duration(f.Mailbox.Again, at+".mailbox.again", defaultAgain, time.Second, day)}
		if f.Client == "" {
			p.fault(at, "a mailbox is fetched from by a client; expected the id of one in client")
		}
	}
	if f.Folder != nil {
		r.Folder = &Folder{Path: f.Folder.Path}
		if !path.IsAbs(f.Folder.Path) || path.Clean(f.Folder.Path) != f.Folder.Path || f.Folder.Path == "/" {
			p.fault(at+".folder.path", "expected the whole path of a folder, without . and ..")
		}
	}
}

// http reads how a receiver is posted to.
func (p *parser) http(f *fileHTTP, at string) *HTTP {
	h := &HTTP{
		URL: f.URL, Networks: p.networks(f.Networks, at+".networks"), Insecure: f.Insecure,
		Timeout:     p.duration(f.Timeout, at+".timeout", defaultTimeout, time.Second, 10*time.Minute),
		Certificate: f.Certificate, Key: f.Key, Roots: f.Roots,
	}
	to := reach{networks: h.Networks, insecure: h.Insecure}
	p.url(h.URL, at+".url", to)
	if (h.Certificate == "") != (h.Key == "") {
		p.fault(at, "a client certificate takes both, certificate and key; expected the two files or neither")
	}
	if h.Insecure && len(h.Networks) == 0 {
		p.fault(at+".insecure", "http:// is for a private network of one's own; expected it in networks")
	}
	if f.Token != nil {
		t := TokenAt(*f.Token)
		h.Token = &t
		p.url(t.URL, at+".token.url", to)
		for _, field := range []struct{ name, value, expected string }{
			{"client", t.Client, "as whom the token is asked for"},
			{"scope", t.Scope, "what it is asked for, such as system/Bundle.c"},
			{"key", t.Key, "the file with the private key"},
			{"keyId", t.KeyID, "the kid that the receiver knows the key by"},
		} {
			if field.value == "" {
				p.fault(at+".token."+field.name, "expected in token.%s %s", field.name, field.expected)
			}
		}
	}
	return h
}

// envelope checks that a form goes in an envelope, and that a message can say whom
// it is for.
func (p *parser) envelope(r *Receiver, at string) {
	o := r.Organisation
	if r.Envelope != "" {
		p.oneOf(r.Envelope, []string{vans, ehmi}, at+".envelope")
		if forms := enveloped[r.Envelope]; forms != nil && !slices.Contains(forms, r.Form) {
			p.fault(at+".envelope", "%s carries messages; expected the form %s", r.Envelope, oneOf(forms))
		}
		if r.Envelope == ehmi && r.Resend {
			p.fault(at+".resend", "on EHMI a message is sent again by a person alone; expected no resend")
		}
	}
	var missing []string
	both := slices.Contains(messages, r.Form) || r.Envelope == ehmi
	if o.SOR == "" && both {
		missing = append(missing, "sor")
	}
	if o.GLN == "" && (both || r.Envelope == vans) {
		missing = append(missing, "gln")
	}
	if len(missing) > 0 {
		what := r.Form
		if r.Envelope != "" {
			what += " in " + r.Envelope
		}
		p.fault(at+".organisation", "%s says whom it is for by number; expected %s", what, strings.Join(missing, " and "))
	}
}
