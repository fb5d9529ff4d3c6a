package exchange

import (
	"slices"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
)

func TestFind(t *testing.T) {
	c, _ := example(t, "bosted.yaml")
	if k := c.Client("laegehus"); k == nil || k.ID != "laegehus" || c.Client("nobody") != nil || c.Client("") != nil {
		t.Errorf("client: got %v", k)
	}
	if r := c.Receiver("laegehus"); r == nil || r.Name != "laegehus" || c.Receiver("") != nil {
		t.Errorf("receiver: got %v", r)
	}
	if r := c.Route("svar"); r == nil || r.Name != "svar" || c.Route("nowhere") != nil {
		t.Errorf("route: got %v", r)
	}
	for client, want := range map[string]string{"bosted": "bosted-post bosted-kvitteringer", "laegehus": "laegehus", "psykiatri": "", "": "", "nobody": ""} {
		if got := names(c.Mailboxes(client)); got != want {
			t.Errorf("%q: got %q, want %q", client, got, want)
		}
	}
}

func TestAddressed(t *testing.T) {
	c, _ := example(t, "bosted.yaml")
	for _, tt := range []struct{ sor, gln, want string }{
		{"333211000016005", "5790000000012", "psykiatri-henvisning"},
		{"", "5790000121526", "laegehus"},
		{"52581000016005", "", "laegehus"},
		{"52581000016005", "5790000000012", ""}, // of two organisations
		{"", "", ""},
		{"", "5790001382445", ""},
	} {
		got := ""
		if r := c.Addressed(document.Party{SOR: tt.sor, GLN: tt.gln}); r != nil {
			got = r.Name
		}
		if got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.sor, tt.gln, got, tt.want)
		}
	}
}

// A receiver takes what its form is written for, and says why not.
func TestTakes(t *testing.T) {
	for _, o := range document.Offers() {
		r := &Receiver{Name: "r", Form: o.Form}
		err := r.Takes(o.Document)
		if (err == nil) != (o.Write == "") || err != nil && (kindOf(t, err) != mapping.BusinessRule || !strings.Contains(err.Error(), o.Write)) {
			t.Errorf("%s as %s: got %v, want %q", o.Document, o.Form, err, o.Write)
		}
		if err := (&Receiver{Form: Original}).Takes(o.Document); err != nil {
			t.Errorf("%s as it came: %v", o.Document, err)
		}
	}
	for kind, want := range map[string]string{"": "was not recognised", "indlaeggelse": "indlaeggelse is not written as fhir"} {
		if err := (&Receiver{Name: "r", Form: "fhir"}).Takes(kind); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", kind, err)
		}
		if err := (&Receiver{Form: Original}).Takes(kind); err != nil {
			t.Errorf("%q as it came: %v", kind, err)
		}
	}
}

// Without a file everything is tried by name, with a statement.
func TestTry(t *testing.T) {
	c := Try()
	local := c.Client(Local)
	for _, r := range Rights() {
		if err := (Caller{Client: local, Config: c}).May(r); err != nil {
			t.Error(err)
		}
	}
	if got := names(c.Mailboxes(Local)); got != "carecommunication ffb fhir fsiii hco plain xref01 original" {
		t.Errorf("mailboxes: got %q", got)
	}
	health41 := Statement{Purpose: "TREAT", LegalBasis: "sundhedsloven-41", Capacity: health}
	consented := Statement{Purpose: "TREAT", LegalBasis: "samtykke", Capacity: social, Consent: "urn:1"}
	for _, r := range c.Receivers {
		for _, kind := range document.Documents() {
			if r.Takes(kind) != nil {
				continue
			}
			for s, want := range map[Statement]bool{{}: false, consented: true, health41: r.Sector == health} {
				d, err := c.Decide(Facts{Sender: local, Receiver: r.Name, Document: kind, Statement: s})
				if (err == nil) != want || want && (names(d.To) != r.Name || d.Why == "") {
					t.Errorf("%s to %s by %v: got %v, %v", kind, r.Name, s, d, err)
				}
			}
		}
		if r.Concurrency < 1 || r.Bytes < 1 || r.Until < 1 || !slices.Contains(Sectors(), r.Sector) {
			t.Errorf("got %+v", r)
		}
	}
	if _, err := c.Decide(Facts{Sender: local, Document: document.Henvisning, Statement: consented}); kindOf(t, err) != mapping.NotFound {
		t.Errorf("nobody asked for: got %v", err)
	}
}
