package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// exchangeSaid is a node that has three messages, and remembers what it was asked.
// A real one answers in cmd.
type exchangeSaid struct {
	exchange.Node // what the pages do not ask for

	mu     sync.Mutex
	config *exchange.Config
	asked  []exchange.Filter
	whys   []string
	acts   []exchange.Action
	rerun  bool
	barred bool // whoever looks sees nothing
	many   bool // it has as many messages as anybody asks for
}

const (
	strandedID  = "01a201ad-f89a-7f34-80e1-12f027471422"
	deliveredID = "01a201ad-f89a-7f34-80e1-12f027471423"
	heldID      = "01a201ad-f89a-7f34-80e1-12f027471424"
	canaryCPR   = "2509479989"
)

func newExchangeSaid() *exchangeSaid { return &exchangeSaid{config: exchange.Try()} }

func (n *exchangeSaid) Config() *exchange.Config { return n.config }
func (n *exchangeSaid) Ready() error             { return nil }

func exchangeThen(minute int) time.Time {
	return time.Date(2026, 11, 22, 7, minute, 0, 0, time.UTC)
}

func (n *exchangeSaid) lines() []exchange.Line {
	state, code, why := "dead", "fatal-error", "the receiver does not take it, and will not take the same again"
	if n.rerun {
		state, code, why = "waiting", "", "it waits to be sent for the first time"
	}
	return []exchange.Line{
		{Seq: 3, ID: strandedID, Accepted: exchangeThen(40), Sender: "local", Document: "henvisning", Channel: "document", Route: "asked", Version: "try",
			Deliveries: []exchange.Delivery{{ID: 1, Receiver: "xref01", State: state, Code: code, Why: why, Attempts: 2, Changed: exchangeThen(41)}}},
		{Seq: 2, ID: heldID, Accepted: exchangeThen(20), Sender: "local", Document: "sundhedstjek", Channel: "medcom", Route: "asked", Version: "try",
			Deliveries: []exchange.Delivery{{ID: 2, Receiver: "ffb", State: "held", Code: "private-content", Why: "it has content marked as private, which may not go to the social side by this route", Attempts: 1, Changed: exchangeThen(21)},
				{ID: 3, Receiver: "hco", State: "retry", Why: "the receiver was not reached, or did not answer in time", Attempts: 4, Changed: exchangeThen(30), Next: exchangeThen(59)}}},
		{Seq: 1, ID: deliveredID, Accepted: exchangeThen(5), Sender: "<script>alert(1)</script>", Document: "medicinliste", Channel: "vans", Route: "asked", Version: "try", Erased: true,
			Deliveries: []exchange.Delivery{{ID: 4, Receiver: "carecommunication", State: "delivered", Attempts: 1, Changed: exchangeThen(6)}}},
	}
}

func (n *exchangeSaid) List(_ context.Context, who exchange.Caller, f exchange.Filter) ([]exchange.Line, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked, n.whys = append(n.asked, f), append(n.whys, who.Why)
	if n.barred {
		return nil, nil
	}
	if n.many {
		return slices.Repeat(n.lines()[:1], f.Limit), nil
	}
	return slices.DeleteFunc(n.lines(), func(l exchange.Line) bool {
		of := func(d exchange.Delivery) bool {
			return (f.State == "" || d.State == f.State) && (f.Receiver == "" || d.Receiver == f.Receiver)
		}
		return !slices.ContainsFunc(l.Deliveries, of) || f.Document != "" && l.Document != f.Document
	}), nil
}

func (n *exchangeSaid) Life(_ context.Context, _ exchange.Caller, id string) (*exchange.Life, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.lines() {
		if l.ID != id || n.barred {
			continue
		}
		return &exchange.Life{Line: l, Why: "route asked (on this machine everything goes to the form that is asked for): henvisning from local, who asked for xref01", Correlation: id,
			AnsweredBy: []string{deliveredID}, Parts: []string{"original", "ledger:xref01", "translation:xref01"}, Steps: []exchange.Step{
				{At: exchangeThen(40), What: "accept", Who: "local", Why: "the message is durable, and its sender was told so", Statement: exchange.Statement{Purpose: "TREAT", LegalBasis: "samtykke", Capacity: "social", Consent: "urn:uuid:7f6c1f0a-9e0e-4d5e-8a53-6f0b6f6c2b11"}},
				{At: exchangeThen(40), What: "attempt", Receiver: "xref01", Why: "an attempt begins"},
				{At: exchangeThen(40), What: "retry", Receiver: "xref01", Who: "tolk", Code: "no-answer", Why: "the receiver was not reached, or did not answer in time", Maps: "8a5761cb9ffafe91"},
				{At: exchangeThen(40), What: "duplicate", Who: "local", Why: "the sender sent it again and got the first answer again; nothing was stored twice"},
				{At: exchangeThen(41), What: "dead", Receiver: "xref01", Who: "tolk", Code: "fatal-error", Why: "the receiver does not take it, and will not take the same again"},
				{At: exchangeThen(42), What: "strange", Why: "<img src=x onerror=alert(1)>"},
			}}, nil
	}
	return nil, &mapping.Error{Kind: mapping.NotFound, Message: "there is no such message"}
}

func (n *exchangeSaid) Part(_ context.Context, who exchange.Caller, _, part, _ string) (exchange.Content, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.barred {
		return exchange.Content{}, &mapping.Error{Kind: mapping.Security, Path: "part", Message: "not allowed to read this"}
	}
	n.whys = append(n.whys, who.Why)
	return exchange.Content{Type: "application/json", Body: []byte(`{"part":"` + part + `","cpr":"` + canaryCPR + `","navn":"</pre><script>alert(1)</script>"}`)}, nil
}

func (n *exchangeSaid) Act(_ context.Context, _ exchange.Caller, a exchange.Action) (done []exchange.Done, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acts = append(n.acts, a)
	for _, id := range a.IDs {
		d := exchange.Done{ID: id, Receiver: a.Receiver, Did: a.Do}
		if id == deliveredID {
			d.Did, d.Refused = "", "it is delivered already"
		}
		n.rerun = n.rerun || !a.Dry && d.Refused == "" && a.Do == exchange.Rerun
		done = append(done, d)
	}
	return done, nil
}

func (n *exchangeSaid) Health(context.Context, exchange.Caller) ([]exchange.Health, error) {
	return []exchange.Health{
		{Receiver: "carecommunication", Channel: "mailbox", State: "up"},
		{Receiver: "laegehus", Channel: "http", State: "gone", Open: map[string]int{"waiting": 3}, Oldest: exchangeThen(0)},
		{Receiver: "xref01", Channel: "http", State: "down", Open: map[string]int{"retry": 12, "dead": 1}, Oldest: exchangeThen(40), Retry: exchangeThen(59)},
	}, nil
}

func (n *exchangeSaid) Shadow(context.Context, exchange.Caller) (*exchange.Shadowed, error) {
	if n.barred {
		return nil, &mapping.Error{Kind: mapping.NotFound, Message: "no candidate runs in the shadow; the node was started without one"}
	}
	return &exchange.Shadowed{Candidate: "8a5761cb9ffafe91", Live: "1b5761cb9ffafe91", Since: exchangeThen(0), Documents: 120, Same: 117, Different: 3,
		Leaves: []exchange.ShadowLeaf{{Document: "tilstande", To: "fsiii", Path: "Bundle.entry.resource.code", Change: "changed", Count: 3, Example: strandedID}}}, nil
}

func (n *exchangeSaid) Refused(context.Context, exchange.Caller, exchange.Refusal) error { return nil }

// exchangeSite is a site over a node.
func exchangeSite(t testing.TB, n exchange.Node) *Site {
	t.Helper()
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	s := siteWith(content)
	s.exchange = n
	return s
}

// postForm sends a form as a page of the site does.
func postForm(t testing.TB, base, path string, form url.Values, headers ...string) answered {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(t, r)
}

// Without an exchange the pages say how to start one.
func TestNoExchange(t *testing.T) {
	base := served(t, testSite(t))
	for _, path := range []string{"/exchange", "/exchange/dead", "/exchange/health", "/exchange/shadow", "/exchange/" + strandedID} {
		got := ask(t, base+path, "Accept-Language", "en")
		if got.status != http.StatusOK {
			t.Errorf("%s: got %d", path, got.status)
		}
		got.has(t, "No exchange runs here", "tolk serve --data data")
	}
}

func TestExchangePages(t *testing.T) {
	n := newExchangeSaid()
	base := served(t, exchangeSite(t, n))
	english := []string{"Accept-Language", "en"}
	ask(t, base+"/exchange?state=dead", english...).has(t, `href="/exchange/`+strandedID+`"`, "the receiver does not take it", "henvisning")
	if got := ask(t, base+"/exchange?state=dead").body; strings.Contains(got, deliveredID) {
		t.Error("the filter did not filter")
	}
	ask(t, base+"/", english...).has(t, `<a class="card" href="/exchange">`)
	ask(t, base+"/exchange", english...).has(t, "&lt;script&gt;alert(1)", "Refresh every 10 seconds", "Erased")
	ask(t, base+"/exchange?live=1", english...).has(t, `hx-trigger="every 10s"`, "Pause refreshing")
	ask(t, base+"/exchange/"+strandedID, english...).has(t, "The life of the message", "Came again", "came again once", "samtykke", "Dead", "fatal-error", "8a5761cb9ffafe91", `value="`+strandedID+` xref01"`, "&lt;img src=x")
	ask(t, base+"/exchange/dead", english...).has(t, "marked as private", "Send again", "See what would happen")
	ask(t, base+"/exchange/health", english...).has(t, "not in the configuration", "retry</span> 12", "20 minutes ago", "60 minutes ago")
	ask(t, base+"/exchange/shadow", english...).has(t, "117", "97 %", "Bundle.entry.resource.code")
	for _, path := range []string{"/exchange/nothing", "/exchange/" + strings.Replace(strandedID, "01a2", "ffff", 1)} {
		if got := ask(t, base+path); got.status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, got.status)
		}
	}
	if got := ask(t, base+"/exchange?from=yesterday"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a date that is none: got %d", got.status)
	}
}

// A citizen is looked for by POST and with a reason alone, and is in no address and
// in no answer.
func TestExchangeCitizen(t *testing.T) {
	n := newExchangeSaid()
	base := served(t, exchangeSite(t, n))
	for _, query := range []string{"citizen=1", "sender=" + canaryCPR, "receiver=250947-9989", "state=0703921VJ4"} {
		got := ask(t, base+"/exchange?"+query)
		if got.status/100 != 4 {
			t.Errorf("%s: got %d, want it refused", query, got.status)
		}
	}
	if len(n.asked) > 0 {
		t.Fatalf("the node was asked: %v", n.asked)
	}
	if got := postForm(t, base, "/exchange", url.Values{"citizen": {canaryCPR}}); got.status != http.StatusUnprocessableEntity || len(n.asked) > 0 {
		t.Errorf("without a reason: got %d, and the node was asked %d times", got.status, len(n.asked))
	}
	got := postForm(t, base, "/exchange", url.Values{"citizen": {canaryCPR}, "why": {"the GP asks"}})
	if got.status != http.StatusOK || len(n.asked) != 1 || n.asked[0].Citizen != canaryCPR || n.whys[0] != "the GP asks" {
		t.Fatalf("got %d, asked %v %v", got.status, n.asked, n.whys)
	}
	if strings.Contains(got.body, canaryCPR) || strings.Contains(got.body, `hx-trigger="every`) {
		t.Error("the number is in the answer, or the answer asks again")
	}
	postForm(t, base, "/exchange", url.Values{"citizen": {canaryCPR}, "why": {"x"}}, "Sec-Fetch-Site", "cross-site")
	if len(n.asked) != 1 {
		t.Error("a page of another place could ask")
	}
}

// A citizen with more messages than one page lists has them all on it, as many as the
// node gives at once; and where that is not all, the page says so.
func TestExchangeCitizenWithMany(t *testing.T) {
	n := newExchangeSaid()
	base := served(t, exchangeSite(t, n))
	look := url.Values{"citizen": {canaryCPR}, "why": {"the GP asks"}}
	const cut = "Kun de nyeste 1.000 vises"
	if got := postForm(t, base, "/exchange", look); strings.Contains(got.body, cut) || n.asked[0].Limit != 1000 {
		t.Errorf("asked for %d, and told that there are more: %v", n.asked[0].Limit, strings.Contains(got.body, cut))
	}
	n.many = true
	postForm(t, base, "/exchange", look).has(t, cut)
	if got := ask(t, base+"/exchange"); strings.Contains(got.body, cut) || !strings.Contains(got.body, "before=") {
		t.Error("the list of all does not lead to its next page")
	}
}

// What is in a message is shown for a reason, escaped, and kept by nobody.
func TestExchangeRead(t *testing.T) {
	n := newExchangeSaid()
	base := served(t, exchangeSite(t, n))
	path := "/exchange/" + strandedID + "/read"
	if got := postForm(t, base, path, url.Values{"part": {"original"}}); got.status != http.StatusUnprocessableEntity || len(n.whys) > 0 {
		t.Errorf("without a reason: got %d", got.status)
	}
	got := postForm(t, base, path, url.Values{"part": {"ledger:xref01"}, "why": {"the GP says it is empty"}}, "Accept-Language", "en")
	got.has(t, canaryCPR, "&lt;/pre&gt;&lt;script&gt;", "It is in the audit that you read this")
	if n.whys[0] != "the GP says it is empty" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v, Cache-Control %s", n.whys, got.header.Get("Cache-Control"))
	}
	file := postForm(t, base, path, url.Values{"part": {"original"}, "why": {"x"}, "as": {"file"}})
	if file.header.Get("Content-Disposition") != `attachment; filename="original.json"` || !strings.HasPrefix(file.body, `{"part"`) {
		t.Errorf("got %s: %.40s", file.header.Get("Content-Disposition"), file.body)
	}
	if got := ask(t, base+path, "Accept-Language", "en"); got.status != http.StatusOK || strings.Contains(got.body, canaryCPR) || len(n.whys) != 2 {
		t.Errorf("GET: got %d, want the page of the message", got.status)
	}
	if got := postForm(t, base, path, url.Values{"part": {"secrets"}, "why": {"x"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a part that is none: got %d", got.status)
	}
}

// An action is told first and done when it is confirmed, each of the deliveries
// that were chosen and no other.
func TestExchangeAct(t *testing.T) {
	n := newExchangeSaid()
	base := served(t, exchangeSite(t, n))
	form := url.Values{"pair": {strandedID + " xref01", heldID + " ffb", deliveredID + " xref01"}, "do": {"rerun"}, "why": {"they mended it"}, "maps": {"8a5761cb9ffafe91"}, "back": {"/exchange/dead"}}
	got := postForm(t, base, "/exchange/act", form, "Accept-Language", "en")
	got.has(t, "Nothing has been done yet", "It can be done with 2", "Confirm: send 2 again", "it is delivered already", `name="confirm" value="yes"`)
	if n.rerun || len(n.acts) != 2 || !n.acts[0].Dry || n.acts[0].Receiver != "xref01" || n.acts[0].Maps != "8a5761cb9ffafe91" || n.acts[1].Receiver != "ffb" || !slices.Equal(n.acts[1].IDs, []string{heldID}) {
		t.Fatalf("got %+v", n.acts)
	}
	form.Set("confirm", "yes")
	postForm(t, base, "/exchange/act", form, "Accept-Language", "en").has(t, "Done with 2", "Not with 1")
	if !n.rerun || n.acts[2].Dry || n.acts[2].Why != "they mended it" {
		t.Errorf("got %+v", n.acts)
	}
	asked := len(n.acts)
	for name, c := range map[string]struct {
		change  url.Values
		headers []string
		want    int
	}{
		"from another place":     {nil, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"from the same site":     {nil, []string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		"from another origin":    {nil, []string{"Origin", "http://evil.example"}, http.StatusForbidden},
		"without a reason":       {url.Values{"why": {" "}}, nil, http.StatusUnprocessableEntity},
		"erase":                  {url.Values{"do": {"erase"}}, nil, http.StatusUnprocessableEntity},
		"nothing chosen":         {url.Values{"pair": nil}, nil, http.StatusUnprocessableEntity},
		"an id that is none":     {url.Values{"pair": {"1 xref01"}}, nil, http.StatusUnprocessableEntity},
		"a pair without a place": {url.Values{"pair": {strandedID}}, nil, http.StatusUnprocessableEntity},
	} {
		changed := url.Values{}
		for k, v := range form {
			changed[k] = v
		}
		for k, v := range c.change {
			changed[k] = v
		}
		if got := postForm(t, base, "/exchange/act", changed, c.headers...); got.status != c.want {
			t.Errorf("%s: got %d, want %d", name, got.status, c.want)
		}
	}
	if len(n.acts) != asked {
		t.Error("something was done")
	}
	if ask(t, base+"/exchange/act?do=rerun&confirm=yes&why=x&pair="+url.QueryEscape(strandedID+" xref01")); len(n.acts) != asked {
		t.Error("a GET did something")
	}
}

// Who may not operate or see sees no form for it, and nothing of what is there.
func TestExchangeRights(t *testing.T) {
	n := newExchangeSaid()
	n.config.Clients[0].Rights = []exchange.Right{exchange.Send}
	base := served(t, exchangeSite(t, n))
	for _, path := range []string{"/exchange", "/exchange/dead", "/exchange/" + strandedID} {
		if got := ask(t, base+path); got.status != http.StatusOK || strings.Contains(got.body, `action="/exchange/act"`) || strings.Contains(got.body, "/exchange/health") {
			t.Errorf("%s: got %d, with a form or a link for others", path, got.status)
		}
	}
	for _, path := range []string{"/exchange/health", "/exchange/shadow"} {
		got := ask(t, base+path, "Accept-Language", "en")
		if got.status != http.StatusForbidden || strings.Contains(got.body, "xref01") || strings.Contains(got.body, "8a5761cb") {
			t.Errorf("%s: got %d %s", path, got.status, got.body)
		}
		got.has(t, "You may not do that here", "<!DOCTYPE html>")
	}
	if got := postForm(t, base, "/exchange/act", url.Values{"pair": {strandedID + " xref01"}, "do": {"rerun"}, "why": {"x"}, "confirm": {"yes"}}); got.status != http.StatusForbidden || len(n.acts) > 0 {
		t.Errorf("got %d, and %v was done", got.status, n.acts)
	}
	n.barred = true
	if got := ask(t, base+"/exchange/"+strandedID); got.status != http.StatusNotFound || strings.Contains(got.body, "henvisning") {
		t.Errorf("of others: got %d", got.status)
	}
	if got := postForm(t, base, "/exchange/"+strandedID+"/read", url.Values{"part": {"original"}, "why": {"x"}}); got.status != http.StatusForbidden || strings.Contains(got.body, canaryCPR) {
		t.Errorf("content of others: got %d", got.status)
	}
}

// Doing and reading wait longer than a translation, and take none's place.
func TestExchangeAsks(t *testing.T) {
	asks := 0
	for _, p := range testSite(t).Pages() {
		if want := p.Path == "/exchange/act" || p.Path == "/exchange/:id/read"; want != (p.Asks == 30*time.Second) {
			t.Errorf("%s: waits %s for the node", p.Path, p.Asks)
		} else if want {
			asks++
		}
	}
	if asks != 2 {
		t.Errorf("got %d pages, want 2", asks)
	}
}

// Who forgot something in a form is told its name as the form has it, and the way back
// to the form.
func TestExchangeFormFaults(t *testing.T) {
	base := served(t, exchangeSite(t, newExchangeSaid()))
	for path, c := range map[string]struct {
		form        url.Values
		field, back string
	}{
		"/exchange":                         {url.Values{"citizen": {canaryCPR}}, "Hvorfor", "/exchange"},
		"/exchange/act":                     {url.Values{"do": {"rerun"}, "back": {"/exchange/" + strandedID}}, "Leveringer", "/exchange/" + strandedID},
		"/exchange/" + strandedID + "/read": {url.Values{"part": {"original"}}, "Hvorfor", "/exchange/" + strandedID},
	} {
		got := postForm(t, base, path, c.form, "Accept-Language", "da")
		got.has(t, "<strong>"+c.field+"</strong>", `<a class="button" href="`+c.back+`">Tilbage</a>`)
	}
	ask(t, base+"/exchange?from=yesterday", "Accept-Language", "da").has(t, "<strong>Fra og med</strong>", `<a class="button" href="/exchange">Tilbage</a>`)
}
