package api

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/exchange"
	"tolk/mapping/tree"
)

// Filters are read alike from the query, from a JSON object and from a form; a
// citizen from the last two only.
func TestFilters(t *testing.T) {
	n := startNode(t, nil)
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	want := exchange.Filter{State: "dead", Sender: "bosted", Receiver: "gp", Document: "henvisning", Channel: "medcom", Before: 7, Limit: 2,
		From: time.Date(2026, 1, 2, 0, 0, 0, 0, time.Local), To: time.Date(2026, 1, 4, 0, 0, 0, 0, time.Local)}
	const query = "state=dead&sender=bosted&receiver=gp&document=henvisning&channel=medcom&from=2026-01-02&to=2026-01-03&before=7&limit=2"
	const json = `{"state":"dead","sender":"bosted","receiver":"gp","document":"henvisning","channel":"medcom","from":"2026-01-02","to":"2026-01-03","before":7,"limit":"2"`
	citizen := want
	citizen.Citizen = canary
	for name, c := range map[string]struct {
		method, target, body string
		headers              []string
		want                 exchange.Filter
	}{
		"query":             {"GET", "/v1/exchange?" + query, "", nil, want},
		"JSON":              {"POST", "/v1/exchange/_search", json + "}", nil, want},
		"form":              {"POST", "/v1/exchange/_search", query, form, want},
		"JSON of a man":     {"POST", "/v1/exchange/_search", json + `,"citizen":"` + canary + `"}`, nil, citizen},
		"form of a man":     {"POST", "/v1/exchange/_search", query + "&citizen=" + canary, form, citizen},
		"nothing":           {"GET", "/v1/exchange", "", nil, exchange.Filter{Limit: 100}},
		"nothing in JSON":   {"POST", "/v1/exchange/_search", "{}", nil, exchange.Filter{Limit: 100}},
		"as many as may be": {"GET", "/v1/exchange?limit=1000", "", nil, exchange.Filter{Limit: 1000}},
		"a moment":          {"GET", "/v1/exchange?from=2026-01-02T03:04:05Z", "", nil, exchange.Filter{Limit: 100, From: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
	} {
		a := n.as(t, "owner", c.method, c.target, c.body, c.headers...)
		if a.status != 200 {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
			continue
		}
		got := n.node.filters[len(n.node.filters)-1]
		if !got.From.Equal(c.want.From) || !got.To.Equal(c.want.To) {
			t.Errorf("%s: got %s to %s", name, got.From, got.To)
		}
		got.From, got.To = c.want.From, c.want.To
		if got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if more := strings.HasSuffix(a.body, `"before":7}`); more != (c.want.Limit == 2) { // the page is full
			t.Errorf("%s: %s", name, a.body)
		}
	}
	asked := len(n.node.filters)
	for name, c := range map[string]struct {
		target, body, kind string
		status             int
		headers            []string
	}{
		"a state":         {"/v1/exchange/_search", `{"state":"died"}`, "value", 400, nil},
		"backwards":       {"/v1/exchange/_search", `{"from":"2026-02-02","to":"2026-02-01"}`, "value", 400, nil},
		"a date":          {"/v1/exchange/_search", `{"from":"02-01-2026"}`, "value", 400, nil},
		"a limit":         {"/v1/exchange/_search", `{"limit":0}`, "value", 400, nil},
		"too many":        {"/v1/exchange/_search", `{"limit":1001}`, "value", 400, nil},
		"very many":       {"/v1/exchange/_search", `{"limit":"99999999999999999999"}`, "value", 400, nil},
		"half a message":  {"/v1/exchange/_search", `{"before":1.5}`, "value", 400, nil},
		"before the time": {"/v1/exchange/_search", `{"before":-1}`, "value", 400, nil},
		"a field":         {"/v1/exchange/_search", `{"cpr":"x"}`, "not-supported", 400, nil},
		"a number as key": {"/v1/exchange/_search", `{"` + canary + `":"x"}`, "not-supported", 400, nil},
		"twice":           {"/v1/exchange/_search", `{"state":"dead","state":"held"}`, "structure", 400, nil},
		"twice in a form": {"/v1/exchange/_search", `state=dead&state=held`, "invalid", 400, form},
		"a list":          {"/v1/exchange/_search", `{"state":["dead"]}`, "structure", 400, nil},
		"no object":       {"/v1/exchange/_search", `[]`, "structure", 400, nil},
		"an empty text":   {"/v1/exchange/_search", `{"sender":""}`, "value", 400, nil},
		"a control sign":  {"/v1/exchange/_search", `{"sender":"\u0000"}`, "value", 400, nil},
		"a query":         {"/v1/exchange/_search?state=dead", `{}`, "not-supported", 400, nil},
		"a bad form":      {"/v1/exchange/_search", "state=%zz", "structure", 400, form},
		"XML":             {"/v1/exchange/_search", "<a/>", "not-supported", 415, []string{"Content-Type", "application/xml"}},
		"no body":         {"/v1/exchange/_search", "", "required", 400, nil},
		"an audit":        {"/v1/audit/_search", `{"message":"x"}`, "value", 400, nil},
	} {
		if a := n.as(t, "owner", "POST", c.target, c.body, c.headers...); strings.Contains(a.body, canary) {
			t.Errorf("%s: %s", name, a.body)
		} else {
			outcomeText(t, a, c.status, c.kind)
		}
	}
	if len(n.node.filters) != asked || len(n.node.audits) > 0 {
		t.Error("a refused filter reached the node")
	}
	if n.as(t, "owner", "POST", "/v1/audit/_search", `{"citizen":"`+canary+`","after":3}`); n.node.audits[0] != (exchange.AuditQuery{Citizen: canary, After: 3, Limit: 100}) {
		t.Errorf("got %+v", n.node.audits)
	}
	if strings.Contains(n.logs.String(), canary) {
		t.Error("the log has the number")
	}
}

// What people do with messages says why, of which, and needs the right to it.
func TestActions(t *testing.T) {
	n := startNode(t, nil)
	n.node.config.Clients = append(n.node.config.Clients, exchange.Client{ID: "eraser", Rights: []exchange.Right{exchange.Delete}})
	for name, c := range map[string]struct {
		client, target, body string
		status               int
		kind                 string
		want                 exchange.Action
	}{
		"rerun":   {"owner", "/v1/exchange/" + messageOne + "/rerun", `{"why":"w","receiver":"gp","maps":"2","dry":true}`, 200, "", exchange.Action{Do: "rerun", IDs: []string{messageOne}, Why: "w", Receiver: "gp", Maps: "2", Dry: true}},
		"release": {"owner", "/v1/exchange/" + messageOne + "/release", `{"why":"w"}`, 200, "", exchange.Action{Do: "release", IDs: []string{messageOne}, Why: "w"}},
		"erase":   {"eraser", "/v1/exchange/" + messageOne + "/erase", `{"why":"w"}`, 200, "", exchange.Action{Do: "erase", IDs: []string{messageOne}, Why: "w"}},
		"many":    {"owner", "/v1/exchange/_act", `{"do":"rerun","why":"w","ids":["` + messageOne + `","x"]}`, 200, "", exchange.Action{Do: "rerun", IDs: []string{messageOne, "x"}, Why: "w"}},
		"by a filter": {"owner", "/v1/exchange/_act", `{"do":"erase","why":"w","filter":{"citizen":"` + canary + `"}}`, 200, "",
			exchange.Action{Do: "erase", Why: "w", Filter: &exchange.Filter{Citizen: canary, Limit: 1000}}},
		"no why":            {"owner", "/v1/exchange/" + messageOne + "/rerun", `{}`, 400, "required", exchange.Action{}},
		"his number":        {"owner", "/v1/exchange/" + messageOne + "/rerun", `{"why":"he, ` + canary + `, asked"}`, 400, "security", exchange.Action{}},
		"dry or not":        {"owner", "/v1/exchange/" + messageOne + "/rerun", `{"why":"w","dry":"perhaps"}`, 400, "value", exchange.Action{}},
		"maps of a release": {"owner", "/v1/exchange/" + messageOne + "/release", `{"why":"w","maps":"2"}`, 400, "invalid", exchange.Action{}},
		"what":              {"owner", "/v1/exchange/_act", `{"why":"w","ids":["x"]}`, 400, "value", exchange.Action{}},
		"of none":           {"owner", "/v1/exchange/_act", `{"do":"rerun","why":"w"}`, 400, "required", exchange.Action{}},
		"of an empty list":  {"owner", "/v1/exchange/_act", `{"do":"rerun","why":"w","ids":[]}`, 400, "required", exchange.Action{}},
		"of all":            {"owner", "/v1/exchange/_act", `{"do":"rerun","why":"w","filter":{}}`, 400, "required", exchange.Action{}},
		"of all, in part":   {"owner", "/v1/exchange/_act", `{"do":"erase","why":"w","filter":{"limit":1000}}`, 400, "required", exchange.Action{}},
		"of all before":     {"owner", "/v1/exchange/_act", `{"do":"erase","why":"w","filter":{"before":900,"limit":10}}`, 400, "required", exchange.Action{}},
		"of both":           {"owner", "/v1/exchange/_act", `{"do":"rerun","why":"w","filter":{"state":"dead"},"ids":["x"]}`, 400, "required", exchange.Action{}},
		"a text as filter":  {"owner", "/v1/exchange/_act", `{"do":"rerun","why":"w","filter":"state=dead"}`, 400, "structure", exchange.Action{}},
		"ids that are none": {"owner", "/v1/exchange/_act", `{"do":"rerun","why":"w","ids":[7]}`, 400, "structure", exchange.Action{}},
		"another's right":   {"eraser", "/v1/exchange/_act", `{"do":"rerun","why":"w","ids":["x"]}`, 403, "security", exchange.Action{}},
		"very many":         {"owner", "/v1/exchange/_act", `{"do":"rerun","why":"w","ids":["x"` + strings.Repeat(`,"x"`, 1000) + `]}`, 413, "too-long", exchange.Action{}},
	} {
		before := len(n.node.actions)
		a := n.as(t, c.client, "POST", c.target, c.body)
		if c.kind != "" {
			if outcomeText(t, a, c.status, c.kind); len(n.node.actions) != before || strings.Contains(a.body, canary) {
				t.Errorf("%s: %s", name, a.body)
			}
			continue
		}
		if a.status != c.status || !strings.Contains(a.body, `"done":[{"id":"`+messageOne) || len(n.node.actions) == before {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
			continue
		}
		if got := n.node.actions[before]; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	for filter, more := range map[string]bool{`{"state":"dead","limit":1}`: true, `{"state":"dead","limit":2}`: false, `{"state":"dead"}`: false} {
		a := n.as(t, "owner", "POST", "/v1/exchange/_act", `{"do":"rerun","why":"w","filter":`+filter+`}`)
		if a.status != 200 || strings.Contains(a.body, `"more":true`) != more {
			t.Errorf("%s: got %d %s, want more %t", filter, a.status, a.body, more)
		}
	}
	a := n.as(t, "owner", "POST", "/v1/exchange/_act", "do=rerun&why=w&ids=x&filter=y", "Content-Type", "application/x-www-form-urlencoded")
	outcomeText(t, a, 400, "invalid")
}

// What the node finds wrong with a field is told by the name of the field.
func TestFieldsOfTheNode(t *testing.T) {
	n := startNode(t, nil)
	for target, path := range map[string]string{"/v1/exchange/" + messageOne + "/translation": "receiver", "/v1/exchange": "state", "/v1/audit": "message"} {
		n.node.err = &mapping.Error{Kind: mapping.Required, Path: path, Message: "expected one of gp, box"}
		if a := n.as(t, "owner", "GET", target, ""); !strings.Contains(outcomeText(t, a, 400, "required"), "gp, box") || !strings.Contains(a.body, `"http.`+path+`"`) {
			t.Errorf("got %s", a.body)
		}
		n.node.err = &mapping.Error{Kind: mapping.Required, Path: "Bundle.entry", Message: "required"}
		outcomeText(t, n.as(t, "owner", "GET", target, ""), 422, "required")
	}
}

// Whatever stands in a body, its fields are read as declared, or refused as one of
// our errors.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{`{"do":"rerun","ids":["a"],"why":"w","filter":{"state":"dead"}}`, `{"ids":"a","dry":true}`, `{"filter":[]}`, `[]`, `{"why":null}`, `{"a":{"b":1}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, body string) {
		d, err := tree.Parse(body, tree.Limits{})
		if err != nil {
			return
		}
		values, err := members(d, d.Root(), actManyFields)
		if err != nil {
			if all(err, "en") == nil {
				t.Errorf("%s: %v", body, err)
			}
			return
		}
		for name, given := range values {
			if in, err := declaration(name, actManyFields); err != nil || len(given) > 1 && !in.many {
				t.Errorf("%s: %s is %q", body, name, given)
			}
		}
		if _, err := nestedFilter(d); err != nil && all(err, "en") == nil {
			t.Errorf("%s: %v", body, err)
		}
		_, _ = readAction(values, values.Get("do"))
	})
}
