package exchange

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/lens"
	"tolk/mapping/tree"
)

// clients reads the clients, each by itself; what they say of receivers is
// checked when those are known.
func (p *parser) clients(all []fileClient, c *Config) {
	if len(all) == 0 {
		p.fault("$.clients", "expected at least one client; without any nobody gets in")
	}
	var ids []string
	for i, f := range all {
		at := fmt.Sprintf("$.clients[%d]", i)
		p.unique(f.ID, at+".id", ids)
		ids = append(ids, f.ID)
		p.oneOf(f.Sector, Sectors(), at+".sector")
		p.party(f.Organisation, at+".organisation")
		k := Client{
			ID: f.ID, Tenant: f.Tenant, Sector: f.Sector, Organisation: f.Organisation, CVR: f.CVR,
			Documents: f.Documents, Receivers: f.Receivers, Statement: f.Statement, Answers: f.Answers,
			Rights: p.rights(f.Rights, at+".rights"), JWKS: p.jwks(f.JWKS, at+".jwks"), Certificates: f.Certificates,
		}
		if k.Tenant == "" {
			k.Tenant = defaultTenant
		}
		if !plain(k.Tenant) {
			p.fault(at+".tenant", "expected a name of small letters, digits and hyphens")
		}
		if _, err := lens.CVR(k.CVR); err != nil && k.CVR != "" {
			p.fault(at+".cvr", "%v", err)
		}
		for j, x5t := range k.Certificates {
			if b, err := base64.RawURLEncoding.Strict().DecodeString(x5t); err != nil || len(b) != 32 {
				p.fault(fmt.Sprintf("%s.certificates[%d]", at, j), "expected the SHA-256 of a certificate as x5t#S256 has it: 43 characters of base64url")
			}
		}
		p.sends(&k, at)
		p.standing(&k, at+".statement")
		c.Clients = append(c.Clients, k)
	}
}

// rights reads what a client may do.
func (p *parser) rights(names []string, at string) []Right {
	known := codes(Rights(), func(r Right) string { return string(r) })
	if len(names) == 0 {
		p.fault(at, "expected what the client may do: %s", oneOf(known))
	}
	p.each(names, known, at)
	var all []Right
	for _, name := range names {
		all = append(all, Right(name))
	}
	return all
}

// sends checks that who may hand over says what and to whom, and nobody else.
func (p *parser) sends(k *Client, at string) {
	p.each(k.Documents, append(document.Documents(), everything), at+".documents")
	may := slices.Contains(k.Rights, Send)
	switch {
	case may && len(k.Documents) == 0:
		p.fault(at+".documents", "expected what the client may hand over: %s", oneOf(append(document.Documents(), everything)))
	case may && len(k.Receivers) == 0:
		p.fault(at+".receivers", "expected whom the client may send to: names of receivers, or %s for everybody", everything)
	case !may && len(k.Documents)+len(k.Receivers) > 0:
		p.fault(at+".rights", "the client has documents or receivers, and may not hand over anything; expected the right %s", Send)
	}
}

// standing checks what was agreed with a client, as far as it goes.
func (p *parser) standing(k *Client, at string) {
	err := k.Statement.words()
	if err == nil && slices.Contains(Sectors(), k.Sector) {
		err = k.Statement.agrees(k.Sector, nil)
	}
	var e *mapping.Error
	if errors.As(err, &e) {
		p.fault(at+"."+e.Path, "%s", e.Message)
	}
}

// party checks an organisation. It has a name, and what numbers it has are such.
func (p *parser) party(o document.Party, at string) {
	if strings.TrimSpace(o.Name) == "" {
		p.fault(at+".name", "expected the name of the organisation")
	}
	for _, text := range []struct{ value, at string }{{o.Name, "name"}, {o.Person, "person"}, {o.Role, "role"}, {o.Phone, "phone"}} {
		p.said(text.value, at+"."+text.at)
	}
	if _, err := lens.SOR(o.SOR); err != nil && o.SOR != "" {
		p.fault(at+".sor", "%v", err)
	}
	if _, err := lens.GLN(o.GLN); err != nil && o.GLN != "" {
		p.fault(at+".gln", "%v", err)
	}
}

// jwks reads the public keys of a client: from the file that is named, or as they
// stand there. Whether each key is good is for the adapter that verifies with it;
// a private one is refused here already, since it should not have come this far.
func (p *parser) jwks(text, at string) string {
	if text == "" {
		p.fault(at, "expected a file with the public keys of the client, a JWK Set; without one it cannot prove who it is")
		return ""
	}
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		b, err := p.read(text)
		if err != nil {
			p.fault(at, "the file cannot be read; expected a JWK Set")
			return ""
		}
		text = string(b)
	}
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		p.fault(at, "this is no JSON; expected a JWK Set")
		return ""
	}
	keys := tree.None
	if d.Kind(d.Root()) == tree.Object {
		keys = d.Child(d.Root(), "keys")
	}
	if keys == tree.None || d.Kind(keys) != tree.Array || d.First(keys) == tree.None {
		p.fault(at, "expected a JWK Set: an object with keys, and at least one in it")
		return ""
	}
	for k := d.First(keys); k != tree.None; k = d.Next(k) {
		for _, secret := range []string{"d", "k"} {
			if d.Kind(k) == tree.Object && d.Child(k, secret) != tree.None {
				p.fault(at, "there is a private key among these; expected public ones alone, and this one is burnt")
			}
		}
	}
	return text
}
