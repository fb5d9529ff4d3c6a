package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tolk/mapping/exchange"
)

// open are the routes that everybody may use.
var open = []string{"/healthz", "/readyz", "/fhir/metadata", smartPath, tokenPath, metricsPath, "/openapi.yaml", "/openapi.json", "/schemas/:document"}

// filled is the path of a route with something that is there, or is not, in the
// place of its parameters.
func filled(pattern, message string) string {
	letter := letterOne
	if message != messageOne {
		letter = message + ".18.1"
	}
	return strings.NewReplacer(":letter", letter, ":part", "original", ":name", "box", ":id", message, ":vid", "1", ":document", "tilstande").Replace(pattern)
}

// sound is a body that a route takes.
func sound(path string) string {
	switch {
	case path == exchangePath+"/_act":
		return `{"do":"rerun","ids":["` + messageOne + `"],"why":"the receiver is up again"}`
	case strings.HasSuffix(path, "/_search"):
		return `{"limit":5}`
	case strings.HasPrefix(path, exchangePath+"/"):
		return `{"why":"the receiver is up again"}`
	case path == tokenPath:
		return "grant_type=client_credentials"
	case path == exchangePath:
		return "{}"
	}
	return `{"resourceType":"Parameters"}`
}

// everything is a server with every route, and a client for every set of rights
// that lacks those of a route.
func everything(t *testing.T) *withNode {
	n := startNode(t, func(c *Config) {
		c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "tolk_up 1") })
	})
	for _, r := range n.served {
		less := slices.DeleteFunc(slices.Clone(everyRight), func(one exchange.Right) bool { return slices.Contains(r.rights, one) })
		if id := lacking(r); n.node.config.Client(id) == nil {
			n.node.config.Clients = append(n.node.config.Clients, exchange.Client{ID: id, Rights: less})
		}
	}
	return n
}

func lacking(r route) string {
	return "without" + strings.ReplaceAll(strings.Trim(fmt.Sprint(r.rights), "[]"), " ", "-")
}

// Every route has a right, or is one of those that are open to everybody.
func TestEveryRouteHasARight(t *testing.T) {
	n, guarded := everything(t), 0
	for _, r := range n.served {
		if slices.Contains(open, r.path) != (len(r.rights) == 0) {
			t.Errorf("%s: rights %v", r.path, r.rights)
		}
		for _, right := range r.rights {
			if !slices.Contains(everyRight, right) || scopes[right] == "" {
				t.Errorf("%s: %s is no right with a scope", r.path, right)
			}
		}
		if len(r.rights) > 0 {
			guarded++
		}
	}
	if guarded < 45 {
		t.Errorf("only %d routes", guarded)
	}
	for _, right := range everyRight {
		if !slices.ContainsFunc(n.served, func(r route) bool { return slices.Contains(r.rights, right) }) {
			t.Errorf("the right %s is good for nothing", right)
		}
	}
}

// Route × caller × object: who is not known gets nowhere, who lacks the right is
// told so, who has it sees his own, and what is another's is as if it were not
// there.
func TestWhoMayDoWhat(t *testing.T) {
	n, asked := everything(t), 0
	for _, r := range n.served {
		for _, method := range append(slices.Clone(r.methods), "HEAD", "PUT", "PATCH") {
			served := slices.Contains(r.methods, method)
			if method == "HEAD" && (!slices.Contains(r.methods, "GET") || r.path == mailboxPath) {
				continue
			}
			target, body := filled(r.path, messageOne), ""
			headers := []string{}
			if method == "POST" {
				body = sound(r.path)
				if r.path == tokenPath {
					headers = []string{"Content-Type", "application/x-www-form-urlencoded"}
				}
			}
			call := func(client, target string) answer {
				asked++
				var a answer
				if client == "" {
					a = n.send(t, method, target, body, headers...)
				} else {
					a = n.as(t, client, method, target, body, headers...)
				}
				if a.status >= 500 {
					t.Errorf("%s %s as %q: got %d %s", method, target, client, a.status, a.body)
				}
				return a
			}
			what := method + " " + target
			if !served && method != "HEAD" {
				for _, client := range []string{"", "owner"} {
					if a := call(client, target); a.status != 405 {
						t.Errorf("%s as %q: got %d", what, client, a.status)
					}
				}
				continue
			}
			if len(r.rights) == 0 {
				if a := call("", target); a.status >= 400 && r.path != metricsPath {
					t.Errorf("%s is not open: %d %s", what, a.status, a.body)
				}
				continue
			}
			before := len(n.node.callers)
			for _, nobody := range []string{"", "expired", "somebody-else"} {
				a := call(nobody, target)
				if challenge := a.header.Get("WWW-Authenticate"); a.status != 401 || !strings.HasPrefix(challenge, "Bearer") || nobody == "expired" && challenge != `Bearer error="invalid_token"` {
					t.Errorf("%s as %q: got %d, %q", what, nobody, a.status, challenge)
				}
				if method != "HEAD" {
					outcomeText(t, a, 401, "security")
				}
			}
			if a := call(lacking(r), target); a.status != 403 || a.header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s without %v: got %d", what, r.rights, a.status)
			}
			if len(n.node.callers) != before {
				t.Errorf("%s: the node was asked by somebody who may not", what)
			}
			if a := call("owner", target); a.status == 401 || a.status == 403 || strings.HasPrefix(r.path, "/v1/") && !slices.Contains([]string{translatePath, checkPath, testPath}, r.path) && a.status >= 300 {
				t.Errorf("%s as its owner: got %d %s", what, a.status, a.body)
			}
			if !strings.HasPrefix(r.path, "/v1/") || !strings.Contains(r.path, ":") {
				continue
			}
			theirs, nothing := call("other", target), call("owner", filled(r.path, messageNone))
			if r.path == mailboxPath { // the mailbox itself is what is another's
				nothing = call("owner", "/v1/mailbox/none")
			}
			if theirs.status != 404 || theirs.status != nothing.status || theirs.body != nothing.body {
				t.Errorf("%s: another's is told from nothing: %d %s, %d %s", what, theirs.status, theirs.body, nothing.status, nothing.body)
			}
		}
	}
	if asked < 500 {
		t.Errorf("only %d requests", asked)
	}
	if strings.Contains(n.logs.String(), `"level":"ERROR"`) {
		t.Error("the log has a bug of ours")
	}
	if !strings.Contains(n.logs.String(), `"client":"owner"`) || strings.Contains(n.logs.String(), "somebody-else") {
		t.Error("the log names no client, or one that nobody configured")
	}
}

// A citizen's number in an address is refused on every route of the exchange,
// repeated nowhere and logged nowhere, in whatever spelling; the same digits in an
// id of ours are no number.
func TestNoCitizenInAnAddress(t *testing.T) {
	n := startNode(t, nil)
	const ecpr = "0703921VJ4"
	spellings := []string{canary, canary[:6] + "-" + canary[6:], canary[:6] + "%2D" + canary[6:], "%32%35" + canary[2:], "x-" + canary, ecpr, "070392-1VJ4"}
	leaks := func(text string) bool {
		return strings.Contains(text, canary) || strings.Contains(text, "250947-9989") || strings.Contains(text, ecpr) || strings.Contains(text, "1VJ4")
	}
	check := func(method, target string) {
		t.Helper()
		body := ""
		if method == "POST" {
			body = `{"why":"x"}`
		}
		a := n.as(t, "owner", method, target, body)
		outcomeText(t, a, 400, "security")
		for name, values := range a.header {
			if leaks(name + strings.Join(values, " ")) {
				t.Errorf("%s %s: header %s", method, target, name)
			}
		}
		if leaks(a.body) {
			t.Errorf("%s %s: %s", method, target, a.body)
		}
	}
	for _, cpr := range spellings {
		for _, r := range n.exchangeRoutes() {
			for _, method := range r.methods {
				target := filled(r.path, messageOne)
				check(method, target+"?citizen="+cpr)
				check(method, target+"?"+cpr)
				check(method, target+"?receiver=a&message="+messageOne+"-"+cpr)
				for _, name := range []string{":id", ":part", ":name", ":letter"} {
					if strings.Contains(r.path, name) {
						check(method, filled(strings.Replace(r.path, name, cpr, 1), messageOne))
					}
				}
			}
		}
	}
	if leaks(n.logs.String()) || strings.Contains(n.logs.String(), cprMark) {
		t.Error("a number got as far as the log")
	}
	if len(n.node.filters)+len(n.node.handed)+len(n.node.actions)+len(n.node.audits) > 0 {
		t.Error("a number got as far as the node")
	}
	const looksLikeOne = "019a2b3c-4d5e-7f60-8a1b-a2509479989f"
	if a := n.as(t, "owner", "GET", "/v1/exchange/"+looksLikeOne, ""); a.status != 404 {
		t.Errorf("an id of ours: got %d %s", a.status, a.body)
	}
	if a := n.as(t, "owner", "POST", "/v1/exchange?consent=Consent/"+looksLikeOne, "{}", "Idempotency-Key", looksLikeOne); a.status != 202 {
		t.Errorf("a UUID as reference and as key: got %d %s", a.status, a.body)
	}
	if a := n.as(t, "owner", "GET", "/v1/mailbox/box/"+looksLikeOne+".17.1", ""); a.status != 404 {
		t.Errorf("a letter of ours: got %d %s", a.status, a.body)
	}
	for _, target := range []string{"/v1/exchange?citizen=x", "/v1/audit?citizen=x"} {
		if text := outcomeText(t, n.as(t, "owner", "GET", target, ""), 400, "not-supported"); !strings.Contains(text, "/_search") {
			t.Errorf("got %s", text)
		}
	}
}
