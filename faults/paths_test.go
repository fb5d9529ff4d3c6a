package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// collector is what a node tells others of itself: the webhook of its alarms, and
// the collector of its traces. It keeps what it is told.
type collector struct {
	server *httptest.Server
	sink
}

func newCollector(t *testing.T) *collector {
	c := &collector{}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.Write([]byte(r.URL.String() + "\n"))
		c.Write(append(body, '\n'))
	}))
	t.Cleanup(c.server.Close)
	return c
}

// The canary: a citizen's number goes every way there is into a node, also those
// that nobody should take, and comes out nowhere but where it was sent: in no log,
// no measurement, no trace, no alarm, no address, and no answer to somebody who
// put it where it may not stand. When the citizen is erased, no file of the node
// knows the number.
func TestCanary(t *testing.T) {
	t.Parallel()
	alarms, traces := newCollector(t), newCollector(t)
	hospital, refusing := newReceiver(t), newReceiver(t)
	number := citizens[0].number
	refusing.behave(func(arrival) (bool, http.HandlerFunc) {
		return false, text(422, "application/fhir+json", `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":"`+number+` er ukendt"}]}`)
	})
	folder := t.TempDir()
	c := configure(posted("sygehus", hospital.url()), posted("afviser", refusing.url()),
		target{Name: "xref01", Sector: "health", Form: "xref01", Mailbox: map[string]any{"again": "5m"}, Client: psychiatry},
		target{Name: "postkasse", Sector: "health", Form: "original", Mailbox: map[string]any{"again": "5m"}, Client: psychiatry},
		target{Name: "mappe", Sector: "health", Form: "fhir", Folder: map[string]any{"path": folder}})
	c.Alarms = map[string]any{"webhook": alarms.server.URL + "/alarm", "networks": []string{"127.0.0.0/8"}, "insecure": true}
	n := newNode(t, c)
	n.env = []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + traces.server.URL}
	n.start()
	sender, watch := n.as(bosted), n.as(overseer)

	// The ways in that lead somewhere, and those that end in a dead or held letter.
	for _, to := range []string{"sygehus", "afviser", "xref01", "postkasse", "mappe"} {
		for i := range citizens {
			l := referral("kanarie", i, &citizens[i])
			l.receiver = to
			first, err := sender.push(l)
			if err != nil || first.status != http.StatusAccepted {
				t.Fatalf("%s: %s %v", to, first, err)
			}
			n.unseen("the receipt", first)
			again, err := sender.push(l)
			if err != nil || !bytes.Equal(again.body, first.body) {
				t.Errorf("%s: the duplicate is answered with %s %v", to, again, err)
			}
		}
	}
	bundle, header := uuid(), uuid()
	for range 2 {
		l := care(t, bundle, header)
		l.receiver = "sygehus"
		l.body = strings.Replace(l.body, "Sertralin", "Sertralin "+uuid()+" "+number, 1) // the second conflicts with the first
		got, err := n.as(psychiatry).push(l)
		if err != nil {
			t.Fatal(err)
		}
		n.unseen("the answer to a message or its conflict", got)
	}

	// The ways that lead nowhere. Nothing is repeated, neither to the sender: what
	// he put into an address stands in the logs on the way.
	for _, wrong := range n.wrongWays(number) {
		n.unseen(wrong.what, wrong.got)
		if wrong.got.status < 400 || wrong.got.status >= 500 {
			t.Errorf("%s: answered with %s, want 4xx", wrong.what, wrong.got)
		}
	}

	// Reading is the way out for who may read; it leaves no trace of the number
	// either.
	if _, err := n.as(psychiatry).fetch("postkasse"); err != nil {
		t.Error(err)
	}
	until(t, "the rest lies where it lies", patience, func() bool { return watch.open("afviser", "dead") == len(citizens) })
	for _, search := range []string{"/v1/exchange/_search", "/v1/audit/_search"} {
		got, err := watch.do(http.MethodPost, search, []byte(`{"citizen":"`+number+`"}`), "Content-Type", "application/json")
		if err != nil || got.status != http.StatusOK || !bytes.Contains(got.body, []byte("bosted")) {
			t.Errorf("%s does not find the citizen: %s %v", search, got, err)
		}
	}
	if what, found := findCitizen([]byte(n.metrics())); found {
		t.Errorf("the measurements name a citizen: %s", what)
	}
	for _, r := range []*receiver{hospital, refusing} {
		for _, a := range r.arrivals() {
			if what, found := findCitizen([]byte(a.Path + a.Request + a.Correlation)); found {
				t.Errorf("a request to a receiver names a citizen outside its body: %s", what)
			}
		}
	}
	if found := findCitizenIn(t, n.data); len(found) > 0 {
		t.Errorf("before it is erased, in files: %q", found)
	}

	// Erased, by citizen.
	for _, of := range citizens {
		n.erase(of.number)
	}
	for _, moment := range []string{"while it runs", "after it has ended"} {
		if moment == "after it has ended" {
			n.verify()
			n.stop()
		}
		if found := findCitizenIn(t, n.data); len(found) > 0 {
			t.Errorf("erased, and %s still there: %q", moment, found)
		}
	}
	for name, told := range map[string]*collector{"an alarm": alarms, "a trace": traces} {
		if len(told.bytes()) == 0 {
			t.Errorf("%s was never told", name)
		}
		if what, found := findCitizen(told.bytes()); found {
			t.Errorf("%s names a citizen: %s", name, what)
		}
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*"))
	if what, found := findCitizen([]byte(strings.Join(names, " "))); found || len(names) == 0 {
		t.Errorf("%d files in the folder, %s", len(names), what)
	}
}

// unseen fails the test where an answer names a citizen, in its header or body.
func (n *node) unseen(what string, got reply) {
	n.Helper()
	if where, found := findCitizen([]byte(fmt.Sprint(got.header, string(got.body)))); found {
		n.Errorf("%s: the answer names a citizen: %s", what, where)
	}
}

// erase erases everything about a citizen, and there is something.
func (n *node) erase(number string) {
	n.Helper()
	order, err := json.Marshal(map[string]any{"do": "erase", "filter": map[string]string{"citizen": number}, "why": "the citizen asked for it"})
	if err != nil {
		n.Fatal(err)
	}
	got, err := n.as(overseer).do(http.MethodPost, "/v1/exchange/_act", order, "Content-Type", "application/json")
	if err != nil || got.status != http.StatusOK || !bytes.Contains(got.body, []byte(`"did":"erase"`)) {
		n.Errorf("erasing: %s %v", got, err)
	}
}

type wrongWay struct {
	what string
	got  reply
}

// wrongWays sends a citizen's number where it may not stand.
func (n *node) wrongWays(number string) (all []wrongWay) {
	n.Helper()
	sender, watch := n.as(bosted), n.as(overseer)
	ask := func(what string, c *client, method, path, body string, pairs ...string) {
		n.Helper()
		got, err := c.do(method, path, []byte(body), pairs...)
		if err != nil {
			n.Errorf("%s: %v", what, err)
			return
		}
		all = append(all, wrongWay{what, got})
	}
	body := laneLetter(0, 1, "sygehus").body
	json := []string{"Content-Type", "application/json"}
	ask("in the query of a list", watch, "GET", "/v1/exchange?citizen="+number, "")
	ask("in another parameter", watch, "GET", "/v1/exchange?sender="+number, "")
	ask("as an unknown parameter", watch, "GET", "/v1/exchange?"+number+"=1", "")
	ask("with a hyphen", watch, "GET", "/v1/exchange?receiver="+number[:6]+"-"+number[6:], "")
	ask("in the query of the audit", watch, "GET", "/v1/audit?citizen="+number, "")
	ask("as a message", watch, "GET", "/v1/exchange/"+number, "")
	ask("as a mailbox", n.as(psychiatry), "GET", "/v1/mailbox/"+number, "")
	ask("as a letter", n.as(psychiatry), "DELETE", "/v1/mailbox/postkasse/"+number, "")
	ask("as a path that is none", sender, "GET", "/v1/"+number, "")
	ask("as a resource", sender, "GET", "/fhir/Patient/"+number, "")
	ask("as a receiver", sender, "POST", "/v1/exchange?receiver="+number, body, json...)
	ask("as a purpose", sender, "POST", "/v1/exchange?receiver=sygehus&purpose="+number, body, json...)
	ask("as a consent", sender, "POST", "/v1/exchange?receiver=sygehus&consent="+url.QueryEscape(number), body, json...)
	ask("as a key", sender, "POST", "/v1/exchange?receiver=sygehus", body, append(json, "Idempotency-Key", number)...)
	ask("as a media type", sender, "POST", "/v1/exchange?receiver=sygehus", body, "Content-Type", "application/"+number)
	ask("in what is no document", sender, "POST", "/v1/exchange?receiver=sygehus", `{"cpr":"`+number+`"`, json...)
	ask("in nonsense", sender, "POST", "/v1/exchange?receiver=sygehus", "\x00\xff"+number, json...)
	ask("in XML that is none", sender, "POST", "/v1/exchange?receiver=sygehus", "<a>"+number, "Content-Type", "application/xml")
	ask("as the name of a document", sender, "POST", "/v1/exchange?receiver=sygehus", `{"dokument":"`+number+`"}`, json...)
	ask("as the reason of an action", watch, "POST", "/v1/exchange/_act", `{"do":"erase","ids":["`+number+`"],"why":"`+number+`"}`, json...)
	ask("in a search that is none", watch, "POST", "/v1/exchange/_search", `{"state":"`+number+`"}`, json...)
	l := n.current()
	for what, token := range map[string]string{"as a token": number, "as no bearer": "Basic " + number} {
		got, err := n.call(l, "GET", "/v1/exchange", nil, "Authorization", strings.TrimPrefix("Bearer "+token, "Bearer Basic "), "traceparent", "00-"+number, "User-Agent", number)
		if err != nil {
			n.Errorf("%s: %v", what, err)
		}
		all = append(all, wrongWay{what, got})
	}
	got, err := n.ask(assertion(signingKey(bosted), sound(number)))
	if err != nil {
		n.Error(err)
	}
	return append(all, wrongWay{"as a client", got})
}

// A header that names a citizen is not repeated, in no log either, and stands in
// no way of a message that is sound.
func TestCitizenInHeaders(t *testing.T) {
	t.Parallel()
	hospital := newReceiver(t)
	n := started(t, configure(posted("sygehus", hospital.url())))
	var all sync.WaitGroup
	for _, header := range []string{"X-Request-ID", "X-Correlation-ID", "traceparent", "User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Prefer", "Accept"} {
		all.Go(func() {
			l := referral("hoved"+strings.ToLower(strings.ReplaceAll(header, "-", "")), 1, &citizens[0])
			l.receiver = "sygehus"
			got, err := n.as(bosted).push(l, header, "x "+citizens[0].number)
			if err != nil || got.status >= 500 {
				t.Errorf("%s: %s %v", header, got, err)
			}
			n.unseen(header, got)
		})
	}
	all.Wait()
	rest(t, n.as(overseer), patience)
	for _, a := range hospital.arrivals() {
		if what, found := findCitizen([]byte(a.Path + a.Request + a.Correlation)); found {
			t.Errorf("a request to a receiver names a citizen: %s", what)
		}
	}
	n.stop()
	n.verify()
}
