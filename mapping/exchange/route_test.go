package exchange

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tolk/mapping"
	"tolk/mapping/document"
)

// facts are those of a message of the story, with what a test changes.
func facts(c *Config, sender, document string, change func(*Facts)) Facts {
	f := Facts{Sender: c.Client(sender), Document: document, Form: "plain", Bytes: 2000}
	f.Statement.Consent = "urn:samtykke:1"
	if change != nil {
		change(&f)
	}
	return f
}

func names(to []*Receiver) string {
	return strings.Join(codes(to, func(r *Receiver) string { return r.Name }), " ")
}

func TestDecide(t *testing.T) {
	story, _ := example(t, "bosted.yaml")
	town, _ := example(t, "kommune.yaml")
	post := func(f *Facts) { f.Receiver = "psykiatri-post" }
	health41 := func(f *Facts) {
		f.Statement = Statement{Purpose: "TREAT", LegalBasis: "sundhedsloven-41", Capacity: health}
	}
	doctor := document.Party{GLN: "5790000121526"}
	for _, tt := range []struct {
		config           *Config
		sender, document string
		change           func(*Facts)
		to, route, why   string
	}{
		{story, "bosted", document.Henvisning, nil, "psykiatri-henvisning", "henvisning",
			"route henvisning (the bosted and the region have agreed that its referrals go to the central visitation): henvisning from bosted to psykiatri-henvisning (xref01, http); TREAT by databeskyttelsesforordningen art. 6, stk. 1, litra a, and art. 9, stk. 2, litra a; databeskyttelsesloven § 7, stk. 1, the sender acting as social, a consent is referenced"},
		{story, "bosted", document.Medicinliste, health41, "laegehus", "sundhedstjek", "sundhedsloven § 41, stk. 2, nr. 1, the sender acting as health"},
		{story, "bosted", document.Korrespondance, post, "psykiatri-post", "brev-til-psykiatrien", "who asked for psykiatri-post, to psykiatri-post (carecommunication, http)"},
		{story, "bosted", document.Korrespondance, nil, "laegehus", "brev-til-laegen", ""},
		{story, "bosted", document.Korrespondance, func(f *Facts) { f.Addressed = document.Party{SOR: "333211000016005", GLN: "5790000000012"} },
			"psykiatri-post", "brev-til-psykiatrien", "addressed to the organisation of psykiatri-post, to psykiatri-post"},
		{story, "psykiatri", document.Korrespondance, func(f *Facts) { f.Receiver, f.Form = "bosted-post", "carecommunication" }, "bosted-post", "svar", "§ 43, stk. 1"},
		{story, "psykiatri", document.Korrespondance, func(f *Facts) { f.Addressed, f.Form = document.Party{GLN: "5790000000005"}, "carecommunication" }, "bosted-post", "svar", ""},
		{town, "sygepleje", document.Henvisning, func(f *Facts) { f.Receiver = "vans" }, "vans sygepleje", "henvisning", " to vans (xref01, folder) and to sygepleje (fsiii, http); "},
		{town, "sygepleje", document.Tilstande, func(f *Facts) {
			f.Form, f.Areas, f.Marked = "fsiii", []string{"forebyggelse"}, true
			f.Statement = Statement{Purpose: "COC", LegalBasis: "sundhedsloven-43", Capacity: health, Consent: "urn:1"}
		}, "myndighed", "forebyggelse", "it has content marked as private, which may go here: the citizen sees"},
		{town, "sygepleje", document.Tilstande, func(f *Facts) { f.Form, f.Receiver, f.Marked = "fsiii", "region", true }, "region", "direkte", "it has content marked as private"},
		{town, "sygepleje", document.Sundhedstjek, func(f *Facts) { f.Addressed = document.Party{SOR: "333211000016005"} }, "region", "direkte", "addressed to the organisation of region, to region (fhir, http)"},
		{story, "bosted", document.Sundhedstjek, func(f *Facts) { f.Addressed = doctor }, "laegehus", "sundhedstjek", ""},
	} {
		d, err := tt.config.Decide(facts(tt.config, tt.sender, tt.document, tt.change))
		if err != nil {
			t.Errorf("%s of %s: %v", tt.document, tt.sender, err)
			continue
		}
		if names(d.To) != tt.to || d.Route != tt.route || !strings.Contains(d.Why, tt.why) || d.Version != tt.config.Version {
			t.Errorf("%s of %s: got %q by %q (%s), want %q by %q (%s)", tt.document, tt.sender, names(d.To), d.Route, d.Why, tt.to, tt.route, tt.why)
		}
	}
}

func TestDecideRefuses(t *testing.T) {
	story, _ := example(t, "bosted.yaml")
	town, _ := example(t, "kommune.yaml")
	for _, tt := range []struct {
		config           *Config
		sender, document string
		change           func(*Facts)
		kind             mapping.Kind
		path, want       string
	}{
		{story, "", document.Henvisning, nil, mapping.Security, "", "by a client of the configuration"},
		{story, "bosted", document.Tilstande, nil, mapping.Security, "document", "bosted may hand over henvisning, sundhedstjek, medicinliste or korrespondance"},
		{story, "bosted", "", nil, mapping.Security, "document", "what this is was not recognised"},
		{story, "bosted", "2509479989", nil, mapping.CodeInvalid, "document", "expected tilstande, "},
		{story, "bosted", document.Henvisning, func(f *Facts) { f.From = document.Party{GLN: "5790000000012"} }, mapping.Security, "sender", "from another organisation than that of bosted"},
		{story, "bosted", document.Korrespondance, func(f *Facts) { f.Receiver = "laegehuset" }, mapping.NotFound, "receiver", "expected psykiatri-henvisning, psykiatri-post or laegehus; did you mean laegehus?"},
		{story, "bosted", document.Korrespondance, func(f *Facts) { f.Receiver = "2509479989" }, mapping.NotFound, "receiver", "expected psykiatri-henvisning"},
		{story, "bosted", document.Korrespondance, func(f *Facts) { f.Receiver = "bosted-post" }, mapping.Security, "receiver", "bosted may not send to bosted-post"},
		{story, "bosted", document.Korrespondance, func(f *Facts) { f.Receiver, f.Addressed = "psykiatri-post", document.Party{GLN: "5790000121526"} },
			mapping.BusinessRule, "receiver", "addressed to another organisation than that of psykiatri-post"},
		{story, "laegehus", document.Korrespondance, nil, mapping.NotFound, "receiver", "no route takes korrespondance from laegehus: nobody was asked for"},
		{story, "laegehus", document.Korrespondance, func(f *Facts) { f.Addressed = document.Party{GLN: "5790001382445"} }, mapping.NotFound, "receiver", "is no receiver here"},
		{story, "psykiatri", document.Korrespondance, func(f *Facts) { f.Addressed = document.Party{GLN: "5790000000005"}; f.Statement.Consent = "" }, mapping.Required, "consent", "takes the citizen's consent"},
		{story, "bosted", document.Henvisning, func(f *Facts) {
			f.Statement = Statement{Purpose: "TREAT", LegalBasis: "sundhedsloven-41", Capacity: health}
		}, mapping.BusinessRule, "consent", "the route henvisning takes the citizen's consent"},
		{story, "bosted", document.Henvisning, func(f *Facts) { f.Statement.LegalBasis = "sundhedsloven-41" }, mapping.Security, "legalBasis", "the sender acts as social"},
		{story, "psykiatri", document.Korrespondance, func(f *Facts) {
			f.Receiver = "bosted-post"
			f.Statement = Statement{Purpose: "COC", LegalBasis: "sundhedsloven-41", Capacity: health}
		}, mapping.Security, "legalBasis", "a receiver is of sector social"},
		{story, "psykiatri", document.Korrespondance, func(f *Facts) { f.Receiver, f.Marked = "bosted-post", true }, mapping.BusinessRule, "document", "marked as private"},
		{story, "bosted", document.Henvisning, func(f *Facts) { f.Bytes = 1<<20 + 1 }, mapping.TooLong, "", "psykiatri-henvisning takes at most 1048576 bytes"},
		{story, "bosted", document.Sundhedstjek, func(f *Facts) { f.Form = "ffb" }, mapping.BusinessRule, "document", "sundhedstjek is not read from ffb"},
		{town, "sygepleje", document.Korrespondance, func(f *Facts) { f.Receiver = "vans" }, mapping.BusinessRule, "document", "vans gets xref01, and korrespondance is not written as xref01: it is a referral and nothing else"},
		{town, "sygepleje", "", func(f *Facts) { f.Receiver = "region" }, mapping.NotFound, "receiver", "no route takes a document of an unrecognised kind from sygepleje to region"},
		{town, "sygepleje", document.Tilstande, func(f *Facts) { f.Areas = []string{"forebyggelse", "sygepleje"} }, mapping.NotFound, "receiver", "no route takes tilstande from sygepleje: the route forebyggelse is for forebyggelse, and the message is of forebyggelse and sygepleje"},
		{town, "sygepleje", document.Tilstande, nil, mapping.NotFound, "receiver", "the route forebyggelse is for forebyggelse, and the message has no concept of FSIII, which says its area"},
		{town, "myndighed", document.Henvisning, func(f *Facts) { f.Addressed = document.Party{GLN: "5790001382445"} }, mapping.NotFound, "receiver", "from myndighed to sygepleje, whom the message is addressed to"},
		{story, "bosted", document.Medicinliste, func(f *Facts) {
			f.Statement, f.Refused = Statement{Purpose: "TREAT", LegalBasis: "sundhedsloven-41", Capacity: health}, true
		}, mapping.BusinessRule, "consent", "the citizen does not consent, and sundhedsloven § 41"},
		{story, "bosted", document.Henvisning, func(f *Facts) { f.Refused = true }, mapping.BusinessRule, "consent", "the document itself says that the citizen does not consent"},
		{story, "bosted", document.Korrespondance, func(f *Facts) { f.Addressed = document.Party{SOR: "999000000016005", GLN: "5790001382445"} }, mapping.BusinessRule, "receiver", "addressed to another organisation than any that the route brev-til-laegen leads to"},
	} {
		d, err := tt.config.Decide(facts(tt.config, tt.sender, tt.document, tt.change))
		var e *mapping.Error
		if !errors.As(err, &e) || e.Kind != tt.kind || e.Path != tt.path || !strings.Contains(e.Error(), tt.want) {
			t.Errorf("%s of %q: got %+v, %v\nwant %s at %s: %s", tt.document, tt.sender, d, err, tt.kind, tt.path, tt.want)
		}
		if err != nil && citizen(err.Error()) {
			t.Errorf("%s of %q: a number of a citizen in %v", tt.document, tt.sender, err)
		}
	}
}

// A route that names no receivers leads to the one that it is for, also where
// another of the same organisation stands before it.
func TestRouteToWhomItIsFor(t *testing.T) {
	c, _ := example(t, "bosted.yaml")
	c.Route("brev-til-psykiatrien").To = nil
	d, err := c.Decide(facts(c, "bosted", document.Korrespondance, func(f *Facts) { f.Addressed = document.Party{GLN: "5790000000012"} }))
	if err != nil || names(d.To) != "psykiatri-post" {
		t.Errorf("got %+v, %v", d, err)
	}
}

// A client without the right to hand over does not, whatever else is its.
func TestDecideNeedsTheRight(t *testing.T) {
	c, _ := example(t, "bosted.yaml")
	c.Client("bosted").Rights = []Right{Receive, Operate}
	_, err := c.Decide(facts(c, "bosted", document.Henvisning, nil))
	var e *mapping.Error
	if !errors.As(err, &e) || e.Kind != mapping.Security || !strings.Contains(e.Message, "the right send") {
		t.Errorf("got %v", err)
	}
}

func TestMarked(t *testing.T) {
	c, _ := example(t, "kommune.yaml")
	for _, tt := range []struct {
		route, to string
		may       bool
	}{
		{"forebyggelse", "myndighed", true}, {"direkte", "myndighed", false}, {"direkte", "region", true},
		{"gone", "myndighed", false}, {"gone", "sygepleje", true},
	} {
		if err := c.Marked(tt.route, c.Receiver(tt.to)); (err == nil) != tt.may {
			t.Errorf("%s to %s: got %v", tt.route, tt.to, err)
		}
	}
	if err := c.Marked("direkte", &Receiver{Name: "x"}); err == nil {
		t.Error("marked content goes to a receiver of no sector")
	}
}

// draw draws from short lists, so that what is drawn meets.
type draw struct{ *rapid.T }

func (r draw) word(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(r.T, label)
}

func (r draw) list(label string, from ...string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, len(from), rapid.ID).Draw(r.T, label)
}

// reach is a list of a client: half of them are everything.
func (r draw) reach(label string, from ...string) []string {
	if rapid.Bool().Draw(r.T, label) {
		return []string{everything}
	}
	return r.list(label, from...)
}

func (r draw) party(label string) document.Party {
	if rapid.Bool().Draw(r.T, label) {
		return document.Party{}
	}
	return document.Party{SOR: r.word(label+" sor", "", "1", "2"), GLN: r.word(label+" gln", "", "1", "2")}
}

var (
	drawnClients   = []string{"a", "b", "c"}
	drawnReceivers = []string{"u", "v", "w", "x"}
	drawnAreas     = []string{"sygepleje", "hjemmepleje"}
)

// config draws a configuration as no file would have it.
func (r draw) config() *Config {
	c := &Config{Version: "drawn"}
	for _, id := range drawnClients {
		c.Clients = append(c.Clients, Client{ID: id, Sector: r.word("sector", Sectors()...), Organisation: r.party("client"), Rights: []Right{Send},
			Documents: r.reach("documents", document.Documents()...), Receivers: r.reach("reach", drawnReceivers...)})
	}
	for _, name := range drawnReceivers {
		c.Receivers = append(c.Receivers, Receiver{Name: name, Sector: r.word("sector", Sectors()...), Organisation: r.party("receiver"),
			Form: r.word("form", append(Forms(), Original, Original)...), Bytes: 1000, Mailbox: &Mailbox{}})
	}
	for i := range rapid.IntRange(1, 6).Draw(r.T, "routes") {
		c.Routes = append(c.Routes, Route{Name: fmt.Sprintf("r%d", i), Why: "it was drawn", Residue: Return,
			Senders: r.list("senders", drawnClients...), Receiver: r.word("receiver", append(drawnReceivers, "", "", "")...),
			Documents: r.list("documents", document.Documents()...), Areas: r.list("areas", drawnAreas...),
			To: r.list("to", drawnReceivers...), Consent: rapid.Bool().Draw(r.T, "consent"), Private: r.word("private", "", "a reason")})
	}
	return c
}

// letter draws a message for a configuration.
func (r draw) letter(c *Config) Facts {
	statement := rapid.SampledFrom([]Statement{
		{"TREAT", "sundhedsloven-41", health, ""}, {"COC", "sundhedsloven-43", health, "urn:1"}, {"TREAT", "samtykke", social, "urn:1"},
		{r.word("purpose", purposeCodes()...), r.word("basis", basisCodes()...), r.word("capacity", Sectors()...), r.word("consent", "", "urn:1")},
	}).Draw(r.T, "statement")
	return Facts{Sender: c.Client(r.word("sender", drawnClients...)), Receiver: r.word("asked", append(drawnReceivers, "", "")...), Addressed: r.party("addressed"),
		Document: r.word("document", append(document.Documents(), "")...), Form: r.word("from", append(Forms(), "")...),
		Areas: r.list("of", drawnAreas...), Marked: rapid.Bool().Draw(r.T, "marked"), Bytes: rapid.IntRange(0, 1100).Draw(r.T, "bytes"),
		Statement: statement}
}

// A decision always says why, by a route that is for the message, and leads nowhere
// where the client, the law, the route or the receiver says no. A refusal says why.
func TestDecideLaws(t *testing.T) {
	decided, refused := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		c := draw{r}.config()
		for range 30 {
			f := draw{r}.letter(c)
			d, err := c.Decide(f)
			var e *mapping.Error
			if err == nil {
				decided++
				holds(r, c, f, d)
				continue
			}
			refused++
			if !errors.As(err, &e) || e.Message == "" || d.To != nil {
				r.Fatalf("got %+v, %v", d, err)
			}
		}
	})
	if refused == 0 || decided == 0 {
		t.Errorf("%d decided, %d refused: the draw shows nothing", decided, refused)
	}
}

func holds(r *rapid.T, c *Config, f Facts, d Decision) {
	route := c.Route(d.Route)
	if route == nil || len(d.To) == 0 || d.Version != c.Version || !strings.Contains(d.Why, d.Route) || !strings.Contains(d.Why, route.Why) || !strings.Contains(d.Why, f.Statement.Purpose) {
		r.Fatalf("got %+v", d)
	}
	if len(route.To) > 0 && names(d.To) != strings.Join(route.To, " ") {
		r.Fatalf("%s leads to %v, went to %s", route.Name, route.To, names(d.To))
	}
	if route.Consent && f.Statement.Consent == "" {
		r.Fatal("without the consent that the route takes")
	}
	for _, to := range d.To {
		switch {
		case !slices.Contains(f.Sender.Receivers, "*") && !slices.Contains(f.Sender.Receivers, to.Name):
			r.Fatalf("%s does not reach %s", f.Sender.ID, to.Name)
		case !strings.Contains(d.Why, to.Name):
			r.Fatalf("%s is not said in %s", to.Name, d.Why)
		case f.Marked && to.Sector == social && route.Private == "":
			r.Fatal("marked content to the social side")
		case to.Takes(f.Document) != nil || f.Bytes > to.Bytes:
			r.Fatalf("%s does not take it", to.Name)
		case f.Statement.Check(f.Sender.Sector, to.Sector) != nil:
			r.Fatal("the law does not allow it")
		case to.Sector == social && f.Statement.LegalBasis == "sundhedsloven-41":
			r.Fatal("sundhedsloven § 41 to the social side")
		}
	}
}

// A route that stands behind one that covers it gets nothing: to refuse it when the
// configuration is read takes nothing away.
func TestCoversIsTrue(t *testing.T) {
	covered, taken := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		c := draw{r}.config()
		for i := range c.Routes {
			for j := range c.Routes {
				if i == j || !c.Routes[i].covers(&c.Routes[j]) {
					continue
				}
				covered++
				first := &Config{Clients: c.Clients, Receivers: c.Receivers, Routes: []Route{c.Routes[i]}}
				second := &Config{Clients: c.Clients, Receivers: c.Receivers, Routes: []Route{c.Routes[j]}}
				for range 10 {
					f := draw{r}.letter(c)
					asked := c.Receiver(f.Receiver)
					if by, _ := second.match(f, asked); by == nil {
						continue
					}
					taken++
					if by, _ := first.match(f, asked); by == nil {
						r.Fatalf("%+v does not cover %+v for %+v", c.Routes[i], c.Routes[j], f)
					}
				}
			}
		}
	})
	if covered == 0 || taken == 0 {
		t.Errorf("%d covered, %d messages taken: the draw shows nothing", covered, taken)
	}
}

func BenchmarkDecide(b *testing.B) {
	c, _ := example(b, "bosted.yaml")
	f := facts(c, "psykiatri", document.Korrespondance, func(f *Facts) { f.Receiver, f.Form = "bosted-post", "carecommunication" })
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Decide(f); err != nil {
			b.Fatal(err)
		}
	}
}
