package node

import (
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
	"tolk/mapping/tree"
)

// Whom a document is from and for is read from every form that says it.
func TestReadParties(t *testing.T) {
	c, err := core()
	if err != nil {
		t.Fatal(err)
	}
	hub := fixture(t, "henvisning/plain-to-fhir/bosted-til-psykiatrien/output.json")
	for _, x := range []struct {
		name, text, cvr string
		to              []string // GLN numbers, or names
	}{
		{"one", referral(t), "", []string{psychiatr.GLN}},
		{"two", strings.Replace(referral(t), `"modtagere": [`, `"modtagere": [{"navn":"Lægerne","gln":"`+doctor.GLN+`"},`, 1), "", []string{doctor.GLN, psychiatr.GLN}},
		{"one without a number is named after one that has", strings.Replace(referral(t), `"modtagere": [`, `"modtagere": [{"ydernummer":"012345"},`, 1), "", []string{psychiatr.GLN, ""}},
		{"a CVR number", strings.Replace(referral(t), `"gln": "`+bosted.GLN+`"`, `"cvr": "DK 12 34 56 74"`, 1), "12345674", []string{psychiatr.GLN}},
		{"a copy", strings.Replace(fixture(t, "korrespondance/plain-to-carecommunication/uden-telefon/input.json"), `"dokument"`, `"kopimodtagere":[{"navn":"Kopi"}],"dokument"`, 1), "", []string{"?", "Kopi"}},
		{"the hub", hub, "", []string{"5790000000012"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			r, err := read(exchange.Submission{Body: x.text}, c.Gateway)
			if err != nil {
				t.Fatal(err)
			}
			if r.cvr != x.cvr {
				t.Errorf("CVR: got %q, want %q", r.cvr, x.cvr)
			}
			var got []string
			for _, p := range append([]document.Party{r.addressed}, r.others...) {
				if p.GLN == "" {
					p.GLN = p.Name
				}
				got = append(got, p.GLN)
			}
			if len(got) != len(x.to) {
				t.Fatalf("got %q, want %q", got, x.to)
			}
			for i := range got {
				if got[i] != x.to[i] && !(x.to[i] == "?" && got[i] != "") {
					t.Errorf("got %q, want %q", got, x.to)
				}
			}
		})
	}
}

// A document is the same by its own identifier: other words under it are a
// conflict, to whomever it went; another receiver is another submission.
func TestOwnIdentifier(t *testing.T) {
	text := small(1, citizenNumber)
	hub := strings.Replace(fixture(t, "henvisning/plain-to-fhir/bosted-til-psykiatrien/output.json"), "5790000000005", bosted.GLN, -1)
	hub = strings.NewReplacer("999000016001", bosted.SOR, "333211000016005", psychiatr.SOR, "5790000000012", psychiatr.GLN).Replace(hub)
	worse := strings.Replace(text, `"rutine"`, `"haster"`, 1)
	if worse == text || !strings.Contains(hub, `"priority"`) {
		t.Fatal("the documents are not as this test has them")
	}
	for _, x := range []struct {
		name, first, second, receiver, key string
		want                               exchange.Verdict
	}{
		{"white space", text, strings.ReplaceAll(text, ":", ": ") + "\n", "psykiatri-post", "", exchange.Duplicate},
		{"other words", text, worse, "psykiatri-post", "", exchange.Conflict},
		{"other words to another", text, worse, "laege-post", "", exchange.Accepted},
		{"other words in another document", text, strings.Replace(worse, "d-1", "d-2", 1), "psykiatri-post", "", exchange.Accepted},
		{"without an identifier", strings.Replace(text, `"dokumentId":"d-1",`, "", 1), strings.Replace(worse, `"dokumentId":"d-1",`, "", 1), "psykiatri-post", "", exchange.Accepted},
		{"a key and white space", text, text + "\n", "psykiatri-post", "k", exchange.Duplicate},
		{"the hub, white space", hub, " " + hub, "psykiatri-post", "", exchange.Duplicate},
		{"the hub, other words", hub, strings.Replace(hub, `"priority"`, `"language": "da", "priority"`, 1), "psykiatri-post", "", exchange.Conflict},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := newWorld(t, story()).open()
			first := w.submit("bosted", exchange.Submission{Body: x.first, Receiver: "psykiatri-post", Key: x.key})
			got := w.submit("bosted", exchange.Submission{Body: x.second, Receiver: x.receiver, Key: x.key})
			if got.Verdict != x.want || x.want == exchange.Duplicate && got.ID != first.ID {
				t.Errorf("got %+v, want %s", got, x.want)
			}
		})
	}
}

// Who is addressed beside the receiver is not left out without a word, and nobody
// is written for under another's number.
func TestPartiesRefused(t *testing.T) {
	two := strings.Replace(referral(t), `"modtagere": [`, `"modtagere": [{"navn":"Lægerne","gln":"`+doctor.GLN+`"},`, 1)
	named := strings.NewReplacer(`"sor": "`+bosted.SOR+`",`, "", `"gln": "`+bosted.GLN+`"`, `"cvr": "29190925"`, "Bostedet Solsikken", "Hjemmesygeplejen").Replace(referral(t))
	for name, x := range map[string]struct {
		text, receiver string
		kind           mapping.Kind
		path           string
	}{
		"two, one asked for": {two, "laege-post", mapping.BusinessRule, "receiver"},
		"another name":       {named, "psykiatri-post", mapping.Security, "sender"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, story()).open()
			_, err := w.Submit(t.Context(), w.as("bosted"), consented(exchange.Submission{Body: x.text, Receiver: x.receiver}))
			demand(t, err, x.kind, x.path)
		})
	}
}

// A Consent says no in more ways than one, and one that is over is none.
func TestRefusedByConsent(t *testing.T) {
	consent := func(status, provision string) string {
		return `{"resource":{"resourceType":"Consent","status":"` + status + `","provision":{"type":"` + provision + `"}}}`
	}
	for _, x := range []struct {
		want bool
		all  []string
	}{
		{false, nil},
		{false, []string{consent("active", "permit")}},
		{true, []string{consent("active", "deny")}},
		{true, []string{consent("active", "permit"), consent("active", "deny")}},
		{true, []string{consent("rejected", "permit")}},
		{true, []string{consent("inactive", "permit")}},
		{false, []string{consent("inactive", "permit"), consent("active", "permit")}},
		{false, []string{consent("inactive", "deny")}},
		{false, []string{consent("entered-in-error", "deny")}},
		{true, []string{consent("proposed", "deny")}},
	} {
		text := `{"resourceType":"Bundle","type":"collection","entry":[` + strings.Join(x.all, ",") + `]}`
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := refused(d); got != x.want {
			t.Errorf("%s: got %t", text, got)
		}
	}
}
