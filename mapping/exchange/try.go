package exchange

import (
	"slices"

	"tolk/mapping/document"
)

// Local is the id of the client of Try.
const Local = "local"

// Try is the configuration without a file, on a loopback address: one client,
// Local, with every right, and for each written form a mailbox of its name, besides
// Original, to which everything goes as it came. The sender asks for one by name.
// FFB and the plain JSON are read on the social side, everything else on the
// health side: a statement must fit.
func Try() *Config {
	c := &Config{
		Version: "try",
		Clients: []Client{{
			ID: Local, Tenant: defaultTenant, Sector: social, Organisation: document.Party{Name: "whoever tries tolk on this machine"},
			Rights: Rights(), Documents: []string{everything}, Receivers: []string{everything},
		}},
		Routes: []Route{{Name: "asked", Residue: Return, Why: "on this machine everything goes to the form that is asked for"}},
		Keep:   Keep{Bodies: defaultBodies, Identifiers: defaultIdentifiers},
		Alarms: Alarms{Waiting: defaultWaiting},
	}
	for _, form := range Forms() {
		sector := health
		if slices.Contains([]string{"ffb", "plain"}, form) {
			sector = social
		}
		c.Receivers = append(c.Receivers, Receiver{
			Name: form, Client: Local, Sector: sector, Organisation: document.Party{Name: form}, Form: form,
			Mailbox: &Mailbox{Again: defaultAgain}, Concurrency: defaultConcurrency, Bytes: defaultBytes, Until: defaultUntil,
		})
	}
	return c
}
