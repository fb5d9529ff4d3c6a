package api

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/message"
)

// The message of the tests, and one that there is none of.
const (
	messageOne  = "019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071"
	messageNone = "019a2b3c-4d5e-7f60-8a1b-000000000000"
	letterOne   = messageOne + ".17.1"
)

// pretend stands for a node: it has one message and one mailbox, both of the
// client owner, and remembers what it was asked.
type pretend struct {
	config *exchange.Config

	mu        sync.Mutex
	callers   []exchange.Caller
	handed    []exchange.Submission
	filters   []exchange.Filter
	actions   []exchange.Action
	audits    []exchange.AuditQuery
	taken     []string
	receipt   exchange.Receipt
	err       error // of everything
	notReady  error
	letters   []exchange.Letter
	waitFirst bool // Fetch waits for its context
	waiting   int

	refused    []refusedCall
	notWritten error // of Refused

	hold chan struct{} // Submit waits for it to be closed; nil: it does not
}

// submitting is how many submissions have come so far.
func (p *pretend) submitting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.handed)
}

// refusedCall is what the node was told of a call that was refused.
type refusedCall struct {
	who string
	exchange.Refusal
}

func (p *pretend) Refused(_ context.Context, who exchange.Caller, r exchange.Refusal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = append(p.refused, refusedCall{who.Name(), r})
	return p.notWritten
}

func (p *pretend) Config() *exchange.Config { return p.config }

func (p *pretend) Ready() error { return p.notReady }

// ask notes who asks; owned refuses whom a thing is not for as if it were not there.
func (p *pretend) ask(who exchange.Caller) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.callers = append(p.callers, who)
	return p.err
}

func (p *pretend) owned(who exchange.Caller, is bool) error {
	if err := p.ask(who); err != nil {
		return err
	}
	if who.Client != nil && who.Client.ID == "other" || !is {
		return &mapping.Error{Kind: mapping.NotFound, Message: "nothing of yours"}
	}
	return nil
}

func (p *pretend) Submit(_ context.Context, who exchange.Caller, s exchange.Submission) (exchange.Receipt, error) {
	err := p.ask(who)
	p.mu.Lock()
	p.handed = append(p.handed, s)
	p.mu.Unlock()
	if p.hold != nil {
		<-p.hold
	}
	return p.receipt, err
}

func (p *pretend) List(_ context.Context, who exchange.Caller, f exchange.Filter) ([]exchange.Line, error) {
	p.filters = append(p.filters, f)
	return []exchange.Line{{Seq: 9, ID: messageOne}, {Seq: 7, ID: messageOne}}, p.ask(who)
}

func (p *pretend) Life(_ context.Context, who exchange.Caller, id string) (*exchange.Life, error) {
	life := &exchange.Life{Line: exchange.Line{ID: id}, Why: "route gp", Steps: []exchange.Step{{What: "accept", Statement: exchange.Statement{Purpose: "TREAT"}}}}
	return life, p.owned(who, id == messageOne)
}

// content is what a letter holds: bytes that every repair would change.
const content = "\ufeff<a>æ\r\n\x00\xff</a>\n"

func (p *pretend) Part(_ context.Context, who exchange.Caller, id, part, receiver string) (exchange.Content, error) {
	is := id == messageOne && (receiver == "" || receiver == "box" || receiver == "as-it-came" && part == exchange.Original)
	return exchange.Content{Type: "application/xml", Body: []byte(content)}, p.owned(who, is)
}

func (p *pretend) Act(_ context.Context, who exchange.Caller, a exchange.Action) ([]exchange.Done, error) {
	p.actions = append(p.actions, a)
	return []exchange.Done{{ID: messageOne, Did: a.Do}}, p.owned(who, a.Filter != nil || slices.Contains(a.IDs, messageOne))
}

func (p *pretend) Fetch(ctx context.Context, who exchange.Caller, mailbox string, limit int) ([]exchange.Letter, error) {
	if err := p.owned(who, mailbox == "box" || mailbox == "as-it-came"); err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.waiting++
	letters := p.letters
	p.mu.Unlock()
	if p.waitFirst {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return letters[:min(limit, len(letters))], nil
}

func (p *pretend) Take(_ context.Context, who exchange.Caller, mailbox, letter string) error {
	p.taken = append(p.taken, letter)
	return p.owned(who, mailbox == "box" && letter == letterOne)
}

func (p *pretend) Audit(_ context.Context, who exchange.Caller, q exchange.AuditQuery) ([]byte, error) {
	p.audits = append(p.audits, q)
	return []byte(`{"resourceType":"Bundle","type":"collection"}`), p.owned(who, true)
}

func (p *pretend) Health(_ context.Context, who exchange.Caller) ([]exchange.Health, error) {
	return []exchange.Health{{Receiver: "box", State: "up"}}, p.owned(who, true)
}

func (p *pretend) Shadow(_ context.Context, who exchange.Caller) (*exchange.Shadowed, error) {
	return &exchange.Shadowed{Candidate: "2"}, p.owned(who, true)
}

// no is a refusal as the package of the tokens has them.
type no struct{ code string }

func (n no) Error() string     { return n.code + ": the access token is not valid; ask for a new one" }
func (n no) Status() int       { return 401 }
func (n no) Challenge() string { return `Bearer error="` + n.code + `"` }

// doorman lets everybody in under the name that his token is.
type doorman struct {
	mu    sync.Mutex
	calls []Call
	form  url.Values

	tokenStatus int // of the token endpoint; 200
}

func (d *doorman) Token(_ context.Context, form url.Values, call Call) TokenAnswer {
	d.form = form
	if d.tokenStatus != 0 {
		return TokenAnswer{Status: d.tokenStatus, Header: map[string]string{"Content-Type": "application/json"}, Body: []byte(`{"error":"invalid_client"}`)}
	}
	return TokenAnswer{Status: 200, Header: map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}, Body: []byte(`{"access_token":"x","token_type":"bearer","expires_in":300,"scope":"system/Bundle.c"}`)}
}

func (d *doorman) Configuration() []byte { return []byte(`{"token_endpoint":"https://a/token"}`) }

func (d *doorman) Opens(call Call) bool {
	return len(call.Authorization) == 1 && strings.HasPrefix(call.Authorization[0], "Bearer ") && call.Authorization[0] != "Bearer expired"
}

func (d *doorman) Authenticate(call Call) (Grant, error) {
	d.mu.Lock()
	d.calls = append(d.calls, call)
	d.mu.Unlock()
	if len(call.Authorization) != 1 {
		return Grant{}, no{"invalid_request"}
	}
	client, ok := strings.CutPrefix(call.Authorization[0], "Bearer ")
	if !ok || client == "expired" {
		return Grant{}, no{"invalid_token"}
	}
	if client, scopes, narrow := strings.Cut(client, " "); narrow {
		return Grant{Client: client, Allows: func(scope string) bool { return slices.Contains(strings.Fields(scopes), scope) }}, nil
	}
	return Grant{Client: client}, nil
}

var everyRight = []exchange.Right{exchange.Send, exchange.Receive, exchange.Translate, exchange.Log, exchange.Read,
	exchange.Operate, exchange.Delete, exchange.Examine}

// withNode is a harness with an exchange.
type withNode struct {
	*harness
	node *pretend
	door *doorman
}

// startNode starts a server with an exchange, with a doorman unless change takes
// him away.
func startNode(t testing.TB, change func(*Config)) *withNode {
	t.Helper()
	words, err := snapshot()
	if err != nil {
		t.Fatal(err)
	}
	n := &withNode{harness: &harness{core: &stub{}, logs: &logbook{}}, door: &doorman{}, node: &pretend{
		receipt: exchange.Receipt{Verdict: exchange.Accepted, ID: messageOne, Answer: []byte(`{"id":"` + messageOne + `","status":"accepted"}`)},
		letters: []exchange.Letter{{ID: "17.1", Message: messageOne, Document: "henvisning", Form: "xref01", ContentType: "application/xml", Body: []byte(content)}},
		config: &exchange.Config{Version: "1", Keep: exchange.Keep{Identifiers: 90 * 24 * time.Hour}, Receivers: []exchange.Receiver{
			{Name: "box", Client: "owner", Form: "xref01", Mailbox: &exchange.Mailbox{}},
			{Name: "as-it-came", Client: "owner", Form: "original", Mailbox: &exchange.Mailbox{}},
			{Name: "gp", Client: "other", Form: "fhir", HTTP: &exchange.HTTP{}},
		}},
	}}
	for _, id := range []string{"owner", "other", Local} {
		n.node.config.Clients = append(n.node.config.Clients, exchange.Client{ID: id, Rights: everyRight})
	}
	content := &Content{Tag: "1", Translator: n.core, Terminology: words, Registry: embedded(t), Messages: &message.Processor{Gateway: gateway{stub: n.core}}}
	c := Config{Content: func() *Content { return content }, Log: slog.New(slog.NewJSONHandler(n.logs, nil)),
		Version: "1.2.3", Released: "2026-01-02", Exchange: n.node, Access: n.door}
	if change != nil {
		change(&c)
	}
	n.Server = New(c)
	return n
}

// as sends a request with the token of a client.
func (n *withNode) as(t testing.TB, client, method, target, body string, headers ...string) answer {
	t.Helper()
	return n.send(t, method, target, body, append([]string{"Authorization", "Bearer " + client}, headers...)...)
}

func (n *withNode) last() exchange.Submission { return n.node.handed[len(n.node.handed)-1] }

// What is handed over reaches the node as it came, and the answer is the node's.
func TestSubmit(t *testing.T) {
	n := startNode(t, nil)
	const body = "  {\"schema\":\"x\",\"a\":\"\\u00e6\"}\r\n"
	a := n.as(t, "owner", "POST", "/v1/exchange?purpose=TREAT&legal-basis=samtykke&capacity=social&consent=Consent/7&receiver=gp&document=henvisning&from=plain", body,
		"Content-Type", "application/json; charset=UTF-8", "Idempotency-Key", "order-7", "X-Request-Id", "request-12345")
	if a.status != 202 || a.body != string(n.node.receipt.Answer) || a.header.Get("Location") != "/v1/exchange/"+messageOne ||
		a.header.Get("Content-Type") != "application/json" || a.header.Get("Tolk-Duplicate") != "" {
		t.Errorf("got %d %v %s", a.status, a.header, a.body)
	}
	want := exchange.Submission{Body: body, ContentType: "application/json", Key: "order-7", Receiver: "gp", Document: "henvisning", From: "plain", Request: "request-12345",
		Statement: exchange.Statement{Purpose: "TREAT", LegalBasis: "samtykke", Capacity: "social", Consent: "Consent/7"}}
	if got := n.last(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if who := n.node.callers[0]; who.Client.ID != "owner" || who.Config != n.node.config {
		t.Errorf("got %+v", who)
	}
	n.node.receipt.Verdict = exchange.Duplicate
	again := n.as(t, "owner", "POST", "/v1/exchange", zipped(t, body), "Content-Encoding", "gzip")
	if again.status != 202 || again.body != a.body || again.header.Get("Location") != a.header.Get("Location") || again.header.Get("Tolk-Duplicate") != "true" || n.last().Body != body {
		t.Errorf("a repetition: got %d %v %s", again.status, again.header, again.body)
	}
	n.node.receipt = exchange.Receipt{Verdict: exchange.Duplicate, ID: messageOne, Erased: true}
	if a := n.as(t, "owner", "POST", "/v1/exchange", body); a.status != 202 || a.body != `{"id":"`+messageOne+`","status":"erased"}` {
		t.Errorf("of what was erased: got %d %s", a.status, a.body)
	}
	for code, words := range conflicts {
		n.node.receipt = exchange.Receipt{Verdict: exchange.Conflict, Code: code}
		if text := outcomeText(t, n.as(t, "owner", "POST", "/v1/exchange", body), 409, "conflict"); text != words {
			t.Errorf("%s: got %s", code, text)
		}
	}
	n.node.receipt.Code = "another"
	outcomeText(t, n.as(t, "owner", "POST", "/v1/exchange", body), 409, "conflict")
}

// What the node says no to is answered as what it is.
func TestRefusedByTheNode(t *testing.T) {
	n := startNode(t, nil)
	for name, c := range map[string]struct {
		err             error
		status          int
		kind, retry, at string
	}{
		"busy":          {&exchange.Later{After: 1500 * time.Millisecond, Err: errors.New(canary)}, 503, "transient", "2", ""},
		"at once":       {&exchange.Later{}, 503, "transient", "1", ""},
		"full":          {&exchange.Later{After: time.Minute, Full: true}, 507, "no-store", "60", ""},
		"late":          {context.DeadlineExceeded, 503, "transient", "5", ""},
		"no route":      {&mapping.Error{Kind: mapping.NotFound, Message: "no route"}, 422, "not-found", "", ""},
		"no receiver":   {&mapping.Error{Kind: mapping.NotFound, Path: "receiver", Message: "unknown"}, 422, "not-found", "", "http.receiver"},
		"not stated":    {&mapping.Error{Kind: mapping.Required, Path: "legalBasis", Message: "required"}, 400, "required", "", "http.legal-basis"},
		"not a purpose": {&mapping.Error{Kind: mapping.CodeInvalid, Path: "purpose", Message: "accepted: TREAT"}, 400, "code-invalid", "", "http.purpose"},
		"not lawful":    {&mapping.Error{Kind: mapping.Security, Path: "capacity", Message: "contradicts"}, 403, "security", "", "http.capacity"},
		"not allowed":   {&mapping.Error{Kind: mapping.Security, Message: "may not"}, 403, "security", "", ""},
		"not JSON":      {&mapping.Error{Kind: mapping.Structure, Path: "$", Message: "not JSON"}, 400, "structure", "", ""},
		"a rule":        {&mapping.Error{Kind: mapping.BusinessRule, Path: "consent", Message: "a consent is demanded"}, 422, "business-rule", "", "http.consent"},
		"too large":     {&mapping.Error{Kind: mapping.TooLong, Message: "too long"}, 413, "too-long", "", ""},
	} {
		n.node.err = c.err
		a := n.as(t, "owner", "POST", "/v1/exchange", "{}")
		text := outcomeText(t, a, c.status, c.kind)
		if got := a.header.Get("Retry-After"); got != c.retry || text == "" || strings.Contains(a.body, canary) {
			t.Errorf("%s: Retry-After %q, want %q: %s", name, got, c.retry, a.body)
		}
		if c.at != "" && !strings.Contains(a.body, `"location":["`+c.at+`"]`) {
			t.Errorf("%s: %s is not named: %s", name, c.at, a.body)
		}
	}
	n.node.err = errors.New("of " + canary)
	outcomeText(t, n.as(t, "owner", "POST", "/v1/exchange", "{}"), 500, "exception")
	if strings.Contains(n.logs.String(), canary) {
		t.Error("a foreign error is logged with its text")
	}
}

// What is wrong with the request itself reaches no node.
func TestRefusedSubmissions(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Limits.Body = 1 << 20 })
	for name, c := range map[string]struct {
		target, body string
		status       int
		kind         string
		headers      []string
	}{
		"form":           {"/v1/exchange", "a=b", 415, "not-supported", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		"multipart":      {"/v1/exchange", "--x", 415, "not-supported", []string{"Content-Type", "multipart/form-data; boundary=x"}},
		"text":           {"/v1/exchange", "{}", 415, "not-supported", []string{"Content-Type", "text/plain"}},
		"charset":        {"/v1/exchange", "{}", 415, "not-supported", []string{"Content-Type", "application/json; charset=latin1"}},
		"release 5":      {"/v1/exchange", "{}", 415, "not-supported", []string{"Content-Type", "application/fhir+json; fhirVersion=5.0"}},
		"brotli":         {"/v1/exchange", "{}", 415, "not-supported", []string{"Content-Encoding", "br"}},
		"bomb":           {"/v1/exchange", zipped(t, strings.Repeat(" ", 4<<20)), 413, "too-long", []string{"Content-Encoding", "gzip"}},
		"nothing":        {"/v1/exchange", "", 400, "required", nil},
		"a parameter":    {"/v1/exchange?purpos=TREAT", "{}", 400, "not-supported", nil},
		"twice":          {"/v1/exchange?purpose=TREAT&purpose=HPAYMT", "{}", 400, "invalid", nil},
		"async":          {"/v1/exchange?async=true", "{}", 400, "not-supported", nil},
		"to":             {"/fhir?async=true&to=fsiii", "{}", 400, "not-supported", nil},
		"response-url":   {"/fhir?async=true&response-url=http://a", "{}", 400, "not-supported", nil},
		"two keys":       {"/v1/exchange", "{}", 400, "structure", []string{"Idempotency-Key", "a", "Idempotency-Key", "b"}},
		"a long key":     {"/v1/exchange", "{}", 400, "structure", []string{"Idempotency-Key", strings.Repeat("x", 256)}},
		"a key of æ":     {"/v1/exchange", "{}", 400, "structure", []string{"Idempotency-Key", "æ"}},
		"a spaced key":   {"/v1/exchange", "{}", 400, "structure", []string{"Idempotency-Key", "a b"}},
		"a citizen":      {"/v1/exchange", "{}", 400, "structure", []string{"Idempotency-Key", "for-" + canary}},
		"his number":     {"/v1/exchange?consent=Consent/" + canary, "{}", 400, "security", nil},
		"his number too": {"/fhir?async=true&consent=" + canary, "{}", 400, "security", nil},
		"no content":     {processPath + "?async=true", `{"resourceType":"Parameters","parameter":[]}`, 400, "required", nil},
	} {
		a := n.as(t, "owner", "POST", c.target, c.body, c.headers...)
		if outcomeText(t, a, c.status, c.kind); strings.Contains(a.body, canary) {
			t.Errorf("%s: repeats the number", name)
		}
		if len(n.node.handed) > 0 {
			t.Fatalf("%s: handed to the node", name)
		}
	}
	a := n.as(t, "owner", "POST", "/fhir?async=true&_format=xml", "{}")
	if a.status != 400 || !strings.Contains(a.body, `value="_format: a receipt is JSON`) || len(n.node.handed) > 0 {
		t.Errorf("a receipt in XML: got %d %s", a.status, a.body)
	}
}

// FHIR hands over with async=true or with a preference; without, it is answered
// at once, as where there is no exchange.
func TestAsync(t *testing.T) {
	n := startNode(t, nil)
	for _, c := range []struct {
		target string
		prefer string
		status int
	}{
		{processPath + "?async=true", "", 202}, {processPath, "respond-async", 202}, {"/fhir", "return=minimal, Respond-Async; wait=5", 202}, {"/fhir/?async=true&_format=json", "", 202},
		{processPath + "?async=false", "", 200}, {processPath, "return=minimal", 200}, {"/fhir", "", 200},
	} {
		before := len(n.node.handed)
		headers := []string{"Content-Type", "application/fhir+json"}
		if c.prefer != "" {
			headers = append(headers, "Prefer", c.prefer)
		}
		a := n.as(t, "owner", "POST", c.target, care, headers...)
		handed := len(n.node.handed) > before
		if a.status != c.status || handed != (c.status == 202) || handed && (a.body != string(n.node.receipt.Answer) || n.last().Body != care) {
			t.Errorf("%s %s: got %d %.200s", c.target, c.prefer, a.status, a.body)
		}
		if got := a.header.Get("Preference-Applied"); (got == "respond-async") != (c.status == 202 && c.prefer != "") {
			t.Errorf("%s %s: Preference-Applied %q", c.target, c.prefer, got)
		}
	}
	if n.as(t, "owner", "POST", processPath+"?async=true", `{"resourceType":"Parameters","parameter":[{"name":"content","resource":`+care+`}]}`); n.last().Body != care {
		t.Errorf("out of Parameters: got %.200s", n.last().Body)
	}
	const xml = `<?xml version="1.0" encoding="UTF-8"?><Bundle xmlns="http://hl7.org/fhir"><type value="message"/></Bundle>`
	if a := n.as(t, "owner", "POST", "/fhir?async=true", xml, "Content-Type", "application/fhir+xml", "Accept", "application/fhir+xml"); a.status != 202 || n.last().Body != xml ||
		a.header.Get("Content-Type") != "application/json" {
		t.Errorf("XML: got %d %v %s", a.status, a.header, a.body)
	}
	before := len(n.node.handed)
	batch := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":"$process-message?async=true"},"resource":` + care + `},` +
		`{"request":{"method":"GET","url":"$versions"}},{"request":{"method":"GET","url":"../v1/exchange/` + messageOne + `"}}]}`
	a := n.as(t, "owner", "POST", "/fhir", batch)
	if a.status != 200 || len(n.node.handed) != before || !strings.Contains(a.body, "an entry of a batch is answered at once") || !strings.Contains(a.body, `"status":"404"`) ||
		!strings.Contains(a.body, `"valueCode":"4.0"`) {
		t.Errorf("in a batch: got %d %s", a.status, a.body)
	}
	none := start(t, Limits{})
	for _, headers := range [][]string{nil, {"Prefer", "respond-async"}} {
		target := processPath + "?async=true"
		if headers != nil {
			target = processPath
		}
		if text := outcomeText(t, none.send(t, "POST", target, care, headers...), 400, "not-supported"); !strings.Contains(text, "--data") {
			t.Errorf("got %s", text)
		}
	}
	if text := outcomeText(t, none.send(t, "POST", "/v1/exchange", care), 404, "not-supported"); !strings.Contains(text, "--data") {
		t.Errorf("got %s", text)
	}
}

// Everything that is answered with bytes is answered with those bytes.
func TestParts(t *testing.T) {
	n := startNode(t, nil)
	for _, target := range []string{"/v1/exchange/" + messageOne + "/original", "/v1/exchange/" + messageOne + "/translation?receiver=box",
		"/v1/mailbox/box/" + letterOne, "/v1/mailbox/as-it-came/" + letterOne} {
		a := n.as(t, "owner", "GET", target, "", "Accept-Encoding", "gzip")
		if a.status != 200 || !bytes.Equal([]byte(a.body), []byte(content)) || a.header.Get("Content-Type") != "application/xml" || a.header.Get("Content-Disposition") != "attachment" ||
			a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d %v %q", target, a.status, a.header, a.body)
		}
	}
	for _, target := range []string{"/v1/exchange/" + messageNone, "/v1/exchange/" + messageOne + "/translation?receiver=gp", "/v1/exchange/x", "/v1/exchange/" + messageOne + "x",
		"/v1/exchange/" + messageOne + "/keys", "/v1/mailbox/box/17.1", "/v1/mailbox/box/" + messageOne, "/v1/mailbox/gp/" + letterOne} {
		outcomeText(t, n.as(t, "owner", "GET", target, ""), 404, "not-found")
	}
	if text := outcomeText(t, n.as(t, "owner", "GET", "/v1/exchange/"+messageOne+"/original?receiver=box", ""), 400, "invalid"); !strings.HasPrefix(text, "receiver: the original is the same") {
		t.Errorf("a receiver of the original: got %q", text)
	}
	a := n.as(t, "owner", "GET", "/v1/exchange/"+messageOne, "")
	if a.status != 200 || !strings.Contains(a.body, `"why":"route gp"`) || !strings.Contains(a.body, `"what":"accept","purpose":"TREAT"`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
	for target, want := range map[string]string{
		"/v1/receivers": `{"receivers":[{"receiver":"box"`,
		"/v1/shadow":    `{"candidate":"2"`,
		"/v1/mailbox":   `{"mailboxes":["box","as-it-came"]}`,
		"/v1/audit?message=" + messageOne + "&after=7&limit=5": `{"resourceType":"Bundle","type":"collection"}`,
	} {
		if a := n.as(t, "owner", "GET", target, ""); a.status != 200 || !strings.HasPrefix(a.body, want) {
			t.Errorf("%s: got %d %s", target, a.status, a.body)
		}
	}
	if got, want := n.node.audits[0], (exchange.AuditQuery{Message: messageOne, After: 7, Limit: 5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
