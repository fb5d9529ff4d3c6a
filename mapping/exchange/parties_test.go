package exchange

import (
	"errors"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
)

// Each of whom a message is addressed to is a receiver of its route, or it goes to
// none of them.
func TestEverybody(t *testing.T) {
	c, _ := example(t, "bosted.yaml")
	ward, doctor := document.Party{GLN: "5790000000012"}, document.Party{GLN: "5790000121526"}
	elsewhere := document.Party{SOR: "999000000016005", GLN: "5790001382445"}
	both := func(c *Config) {
		c.Route("brev-til-psykiatrien").To = []string{"psykiatri-post", "laegehus"}
	}
	try := Try()
	for _, tt := range []struct {
		name   string
		config *Config
		change func(*Config)
		first  document.Party
		others []document.Party
		asked  string
		to     string // empty: refused
		want   string
	}{
		{"one", c, nil, ward, nil, "", "psykiatri-post", ""},
		{"two, a route to one", c, nil, ward, []document.Party{doctor}, "", "", "2 organisations, copies counted, and 1 of them would get nothing"},
		{"two, asked for one", c, nil, ward, []document.Party{doctor}, "psykiatri-post", "", "1 of them"},
		{"three, one of them a person of no number", c, nil, ward, []document.Party{{Name: "Egen læge"}, elsewhere}, "", "", "3 organisations, copies counted, and 2 of them"},
		{"one has nothing that is known", c, nil, ward, []document.Party{{}}, "", "", "1 of them"},
		{"the same twice", c, nil, ward, []document.Party{{SOR: "333211000016005"}}, "", "psykiatri-post", ""},
		{"by name", c, nil, ward, []document.Party{{Name: "psykiatrisk  Center test"}}, "", "psykiatri-post", ""},
		{"the number of another under the name", c, nil, ward, []document.Party{{Name: "Psykiatrisk Center Test", GLN: doctor.GLN}}, "", "", "1 of them"},
		{"two, a route to both", c, both, ward, []document.Party{doctor}, "", "psykiatri-post laegehus", ""},
		{"whoever tries", try, nil, ward, []document.Party{doctor}, "fhir", "fhir", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config, sender := tt.config, "bosted"
			if config != try {
				config, _ = example(t, "bosted.yaml")
			} else {
				sender = Local
			}
			if tt.change != nil {
				tt.change(config)
			}
			d, err := config.Decide(facts(config, sender, document.Korrespondance, func(f *Facts) {
				f.Addressed, f.Others, f.Receiver = tt.first, tt.others, tt.asked
				if sender == Local {
					f.Statement = Statement{Purpose: "TREAT", LegalBasis: "samtykke", Capacity: social, Consent: "urn:samtykke:1"}
				}
			}))
			var e *mapping.Error
			switch {
			case tt.to != "" && (err != nil || names(d.To) != tt.to):
				t.Errorf("got %s, %v; want %s", names(d.To), err, tt.to)
			case tt.to == "" && (!errors.As(err, &e) || e.Kind != mapping.BusinessRule || e.Path != "receiver" || !strings.Contains(e.Message, tt.want)):
				t.Errorf("got %s, %v; want %s", names(d.To), err, tt.want)
			}
		})
	}
}

// No organisation is written for under the number of another.
func TestWrites(t *testing.T) {
	for _, tt := range []struct {
		name string
		from document.Party
		cvr  string
		want string // empty: it may
	}{
		{"nobody", document.Party{}, "", ""},
		{"its own number", document.Party{Name: "Afdeling Nord", GLN: "5790000000005"}, "", ""},
		{"its own name", document.Party{Name: "bostedet  Solsikken"}, "12345674", ""},
		{"a department, by its own number and CVR", document.Party{Name: "Afdeling Nord", SOR: "999000016001"}, "12345674", ""},
		{"another number", document.Party{Name: "Bostedet Solsikken", GLN: "5790000000012"}, "", "another organisation than that of bosted"},
		{"another name and CVR", document.Party{Name: "Hjemmesygeplejen i Testkommunen"}, "29190925", "of another name"},
		{"another name", document.Party{Name: "Hjemmesygeplejen i Testkommunen"}, "", "of another name"},
		{"another name with its CVR", document.Party{Name: "Hjemmesygeplejen i Testkommunen"}, "12345674", "of another name"},
		{"its own name with another CVR", document.Party{Name: "Bostedet Solsikken"}, "29190925", "its own CVR number"},
		{"another CVR alone", document.Party{}, "29190925", "its own CVR number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := example(t, "bosted.yaml")
			_, err := c.Decide(facts(c, "bosted", document.Henvisning, func(f *Facts) { f.From, f.CVR = tt.from, tt.cvr }))
			var e *mapping.Error
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.want != "" && (!errors.As(err, &e) || e.Kind != mapping.Security || e.Path != "sender" || !strings.Contains(e.Message, tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
