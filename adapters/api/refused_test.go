package api

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// Who is not let in, and who may not, is told to the node before he is answered:
// once, by the route, and without what he came with.
func TestRefusalsAreTold(t *testing.T) {
	n := startNode(t, nil)
	n.node.config.Clients = append(n.node.config.Clients, exchange.Client{ID: "sender", Rights: []exchange.Right{exchange.Send}})
	for name, c := range map[string]struct {
		token, method, target string
		status                int
		who, code, why, route string
	}{
		"no token":      {"expired", "GET", "/v1/exchange/" + messageOne + "?state=x", 401, "", exchange.Unknown, "invalid_token: the access token is not valid; ask for a new one", "GET /v1/exchange/:id"},
		"a stranger":    {"nobody", "HEAD", "/v1/audit", 401, "", exchange.Unknown, "an access token of a configured client is needed", "HEAD /v1/audit"},
		"no right":      {"sender", "GET", "/v1/audit", 403, "sender", exchange.Forbidden, "not allowed to read the audit: it takes the right audit", "GET /v1/audit"},
		"one of two":    {"sender", "POST", "/fhir", 403, "sender", exchange.Forbidden, "not allowed to translate, check and look up: it takes the right translate", "POST /fhir"},
		"a narrow word": {"owner system/Bundle.c", "GET", "/v1/shadow", 403, "owner", exchange.Forbidden, "not allowed to see the messages of others: it takes the right log", "GET /v1/shadow"},
	} {
		n.node.refused = nil
		a := n.as(t, c.token, c.method, c.target, "", "X-Request-Id", "request-12345")
		want := []refusedCall{{c.who, exchange.Refusal{Code: c.code, Why: c.why, Route: c.route, Request: "request-12345"}}}
		if a.status != c.status || !reflect.DeepEqual(n.node.refused, want) {
			t.Errorf("%s: got %d %+v, want %d %+v", name, a.status, n.node.refused, c.status, want)
		}
	}
	n.node.refused = nil
	if a := n.send(t, "GET", "/v1/exchange", ""); a.status != 401 || len(n.node.refused) != 1 {
		t.Errorf("without a header: got %d %+v", a.status, n.node.refused)
	}
	n.door.tokenStatus = 401
	n.send(t, "POST", "/token", "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded")
	if got := n.node.refused; len(got) != 2 || got[1].Route != "POST /token" || got[1].Code != exchange.Unknown || got[1].Why == "" {
		t.Errorf("of the token endpoint: got %+v", got)
	}
	local := startNode(t, func(c *Config) { c.Access = nil })
	if local.send(t, "GET", "/v1/exchange", "", "Host", "evil.example"); len(local.node.refused) != 1 || local.node.refused[0].Code != exchange.Forbidden {
		t.Errorf("of another site: got %+v", local.node.refused)
	}
}

// What the node refuses it has written down itself, and what is let in is no
// refusal.
func TestOthersAreNotTold(t *testing.T) {
	n := startNode(t, nil)
	n.as(t, "owner", "GET", "/v1/exchange", "")
	n.as(t, "owner", "GET", "/v1/nothing", "")
	n.as(t, "other", "GET", "/v1/exchange/"+messageOne, "")
	n.node.err = &mapping.Error{Kind: mapping.Security, Message: "contradicts"}
	outcomeText(t, n.as(t, "owner", "POST", "/v1/exchange", "{}"), 403, "security")
	if len(n.node.refused) > 0 {
		t.Errorf("got %+v", n.node.refused)
	}
}

// A refusal that could not be written down is one all the same.
func TestRefusalNotWritten(t *testing.T) {
	n := startNode(t, nil)
	n.node.notWritten = errors.New("of " + canary)
	outcomeText(t, n.as(t, "expired", "GET", "/v1/exchange", ""), 401, "security")
	if log := n.logs.String(); !strings.Contains(log, "a refusal is not in the audit") || strings.Contains(log, canary) {
		t.Errorf("got %s", log)
	}
}

// The trace of the caller goes along where it is one.
func TestTrace(t *testing.T) {
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	n := startNode(t, nil)
	for name, c := range map[string]struct {
		headers []string
		want    string
	}{
		"one":          {[]string{"traceparent", trace}, trace},
		"a later kind": {[]string{"Traceparent", "cc" + trace[2:] + "-what-the-future-will-be-like"}, "cc" + trace[2:] + "-what-the-future-will-be-like"},
		"none":         {nil, ""},
		"two":          {[]string{"traceparent", trace, "traceparent", trace}, ""},
		"a text":       {[]string{"traceparent", "of " + canary}, ""},
		"one behind":   {[]string{"traceparent", canary + trace}, ""},
		"very long":    {[]string{"traceparent", trace + "-" + strings.Repeat("x", 150)}, ""},
		"not visible":  {[]string{"traceparent", trace + "- æ"}, ""},
		"a number":     {[]string{"traceparent", trace + "-" + canary}, ""},
	} {
		if a := n.as(t, "owner", "POST", "/v1/exchange", "{}", c.headers...); a.status != 202 || n.last().Trace != c.want {
			t.Errorf("%s: got %d %q, want %q", name, a.status, n.last().Trace, c.want)
		}
	}
}

// Why somebody reads, or looks for a citizen, reaches the node.
func TestWhy(t *testing.T) {
	n := startNode(t, nil)
	const why = "the GP says it is empty"
	for name, c := range map[string]struct{ method, target, body string }{
		"a part":          {"GET", "/v1/exchange/" + messageOne + "/original?why=the%20GP%20says%20it+is+empty", ""},
		"of a receiver":   {"GET", "/v1/exchange/" + messageOne + "/translation?receiver=box&why=the%20GP%20says%20it%20is%20empty", ""},
		"a citizen":       {"POST", "/v1/exchange/_search", `{"citizen":"` + canary + `","why":"` + why + `"}`},
		"a citizen's own": {"POST", "/v1/audit/_search", `{"citizen":"` + canary + `","why":"` + why + `"}`},
	} {
		n.node.callers = nil
		a := n.as(t, "owner", c.method, c.target, c.body)
		if a.status != 200 || len(n.node.callers) != 1 || n.node.callers[0].Why != why {
			t.Errorf("%s: got %d %.200s of %+v", name, a.status, a.body, n.node.callers)
		}
	}
	for name, c := range map[string]struct{ method, target, body, kind string }{
		"a number in the address": {"GET", "/v1/exchange/" + messageOne + "/original?why=of+" + canary, "", "security"},
		"a number":                {"POST", "/v1/exchange/_search", `{"citizen":"` + canary + `","why":"of ` + canary + `"}`, "security"},
		"a number for the audit":  {"POST", "/v1/audit/_search", `{"citizen":"` + canary + `","why":"of ` + canary + `"}`, "security"},
		"a book":                  {"POST", "/v1/exchange/_search", `{"citizen":"` + canary + `","why":"` + strings.Repeat("x", 1001) + `"}`, "value"},
		"a book for an act":       {"POST", "/v1/exchange/" + messageOne + "/rerun", `{"why":"` + strings.Repeat("x", 1001) + `"}`, "value"},
		"a list":                  {"GET", "/v1/exchange?why=x", "", "not-supported"},
	} {
		if a := n.as(t, "owner", c.method, c.target, c.body); a.status != 400 || !strings.Contains(a.body, `"code":"`+c.kind+`"`) || strings.Contains(a.body, canary) {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
}

// A letter is read by whom the mailbox is of: who only may read the content of
// others says why, at the message itself.
func TestLetterOfAnother(t *testing.T) {
	n := startNode(t, nil)
	n.node.config.Clients = append(n.node.config.Clients, exchange.Client{ID: "colleague", Rights: everyRight})
	n.node.callers = nil
	outcomeText(t, n.as(t, "colleague", "GET", "/v1/mailbox/box/"+letterOne, ""), 404, "not-found")
	if len(n.node.callers) > 0 {
		t.Errorf("the node was asked: %+v", n.node.callers)
	}
}
