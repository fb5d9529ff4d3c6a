package api

import (
	"strings"
	"testing"
)

// refusedCase is a request that was once answered as if part of it were not there.
type refusedCase struct{ method, target, body, kind, text string }

// refuseAll sends them, and wants each refused with 400 in these words.
func refuseAll(t *testing.T, send func(c refusedCase) answer, all map[string]refusedCase) {
	t.Helper()
	for name, c := range all {
		if got := outcomeText(t, send(c), 400, c.kind); !strings.Contains(got, c.text) {
			t.Errorf("%s: got %q, want %q", name, got, c.text)
		}
	}
}

// An act on many messages is done on those that are named, or not at all: what is
// not of its type in the file is refused, not read as something else.
func TestFieldsOfTheirType(t *testing.T) {
	n := startNode(t, nil)
	const act, search, id = "/v1/exchange/_act", "/v1/exchange/_search", `"` + messageOne + `"`
	refuseAll(t, func(c refusedCase) answer { return n.as(t, "owner", c.method, c.target, c.body) }, map[string]refusedCase{
		"no ids beside a filter": {"POST", act, `{"do":"erase","ids":[],"filter":{"state":"dead"},"why":"x"}`, "required", "ids: expected an array of strings, not empty"},
		"no ids":                 {"POST", act, `{"do":"erase","ids":[],"why":"x"}`, "required", "ids: expected an array of strings, not empty"},
		"an id alone":            {"POST", act, `{"do":"erase","ids":` + id + `,"why":"x"}`, "structure", "ids: expected an array of strings, not empty"},
		"an empty id":            {"POST", act, `{"do":"erase","ids":[` + id + `,""],"why":"x"}`, "value", "ids: expected an array of strings, not empty"},
		"an id that is a number": {"POST", act, `{"do":"erase","ids":[7],"why":"x"}`, "structure", "ids: expected an array of strings, not empty"},
		"a reason in numbers":    {"POST", act, `{"do":"erase","ids":[` + id + `],"why":5}`, "structure", "why: expected a string"},
		"a reason that is true":  {"POST", "/v1/exchange/" + messageOne + "/rerun", `{"why":true}`, "structure", "why: expected a string"},
		"dry, perhaps":           {"POST", act, `{"do":"erase","ids":[` + id + `],"why":"x","dry":0}`, "structure", "dry: expected true or false"},
		"a filter of numbers":    {"POST", act, `{"do":"erase","filter":{"sender":7},"why":"x"}`, "structure", "sender: expected a string"},
		"a number for a citizen": {"POST", search, `{"citizen":` + canary + `}`, "structure", "citizen: expected a string"},
		"a limit that is true":   {"POST", search, `{"limit":true}`, "structure", "limit: expected a whole number"},
		"a citizen of the audit": {"POST", "/v1/audit/_search", `{"citizen":` + canary + `}`, "structure", "citizen: expected a string"},
	})
	if len(n.node.actions) > 0 {
		t.Errorf("done: %+v", n.node.actions)
	}
	for _, body := range []string{`{"limit":7}`, `{"limit":"7","before":12}`, `{"citizen":"` + canary + `"}`} {
		if a := n.as(t, "owner", "POST", search, body); a.status != 200 {
			t.Errorf("%s: got %d %s", body, a.status, a.body)
		}
	}
	for _, dry := range []string{`true`, `"true"`} {
		if a := n.as(t, "owner", "POST", act, `{"do":"erase","ids":[`+id+`],"why":"x","dry":`+dry+`}`); a.status != 200 {
			t.Errorf("dry %s: got %d %s", dry, a.status, a.body)
		}
	}
}

// A batch is a list of requests: what is none is not taken for an empty one.
func TestBatchOfNoList(t *testing.T) {
	h := start(t, Limits{})
	batch := func(entry string) refusedCase {
		return refusedCase{"POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":` + entry + `}`, "structure", "Bundle.entry"}
	}
	const one = `{"request":{"method":"GET","url":"metadata"}}`
	refuseAll(t, func(c refusedCase) answer { return h.send(t, c.method, c.target, c.body, "Content-Type", fhirJSON) }, map[string]refusedCase{
		"an object":   batch(`{"a":` + one + `}`),
		"a text":      batch(`"x"`),
		"null":        batch(`null`),
		"nulls":       batch(`[null]`),
		"one is none": batch(`[` + one + `,"x"]`),
		"a list in a list": {"POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":[[]]}`, "structure",
			"Bundle.entry[0]: expected an object with request"},
	})
	if a := h.send(t, "POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"metadata"},"resource":{"resourceType":"Basic"}}]}`,
		"Content-Type", fhirJSON); a.status != 200 || !strings.Contains(a.body, "a GET has no resource; use POST") || !strings.Contains(a.body, `"status":"400"`) {
		t.Errorf("a GET with a resource: got %d %s", a.status, a.body)
	}
}

// What FHIR R4 and R5 call by two names is said by one of them.
func TestTranslateSaidTwice(t *testing.T) {
	h := start(t, Limits{})
	get := func(query, text string) refusedCase {
		return refusedCase{"GET", "/fhir/ConceptMap/$translate?" + query, "", "invalid", text}
	}
	post := func(parameter, kind, text string) refusedCase {
		return refusedCase{"POST", "/fhir/ConceptMap/$translate", `{"resourceType":"Parameters","parameter":[` + parameter + `]}`, kind, text}
	}
	const coding = `{"name":"sourceCoding","valueCoding":{"system":"http://x","code":"a"}}`
	refuseAll(t, func(c refusedCase) answer { return h.send(t, c.method, c.target, c.body, "Content-Type", fhirJSON) }, map[string]refusedCase{
		"a system":   get("sourceCode=a&system=http://x&sourceSystem=http://y", "sourceSystem: given beside system, which says the same"),
		"a source":   get("code=a&system=http://x&source=http://y&sourceScope=http://z", "sourceScope: given beside source, which says the same"),
		"a target":   get("code=a&system=http://x&target=http://y&targetScope=http://z", "targetScope: given beside target, which says the same"),
		"a targeted": get("code=a&system=http://x&targetsystem=http://y&targetSystem=http://z", "targetSystem: given beside targetsystem, which says the same"),
		"a system of a coding": post(coding+`,{"name":"sourceSystem","valueUri":"http://y"}`, "invalid",
			"sourceSystem: goes with sourceCode; a Coding has its own"),
		"a system of R4's coding": post(`{"name":"coding","valueCoding":{"system":"http://x","code":"a"}},{"name":"sourceSystem","valueUri":"http://y"}`, "invalid",
			"sourceSystem: goes with sourceCode; a Coding has its own"),
		"a system of a target": post(`{"name":"targetCoding","valueCoding":{"system":"http://x","code":"a"}},{"name":"targetSystem","valueUri":"http://y"}`, "invalid",
			"targetSystem: goes with targetCode; a Coding has its own"),
		"two values of a dependency": post(coding+`,{"name":"dependency","part":[{"name":"element","valueUri":"e"},{"name":"attribute","valueUri":"f"},{"name":"value","valueCode":"v"}]}`,
			"invalid", "attribute: given beside element, which says the same"),
		"an id that is a number":  post(`{"id":7,"name":"code","valueCode":"a"}`, "value", "Parameters.parameter[0].id: expected a string that is not empty"),
		"an extension of no kind": post(`{"extension":{},"name":"code","valueCode":"a"}`, "structure", "Parameters.parameter[0].extension: expected an array"),
		"a coding chosen by nobody": post(`{"name":"coding","valueCoding":{"system":"http://x","code":"a","userSelected":"yes"}}`, "value",
			"userSelected: accepted: true, false"),
	})
}

// Backwards, with R5's names, system is that of the target and sourceSystem the one
// that is asked for.
func TestTranslateBackwardsBothSystems(t *testing.T) {
	h := start(t, Limits{})
	a := h.send(t, "GET", "/fhir/ConceptMap/$translate?targetCode=x&system=urn:oid:1.2.208.176.2.22&sourceSystem=urn:oid:1.2.208.176.2.21", "")
	if strings.Contains(a.body, "which says the same") {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// The ledger that comes back with restore=true is the one that was given.
func TestRestoredLedger(t *testing.T) {
	h := start(t, Limits{})
	a := h.send(t, "POST", "/v1/translate?from=ffb&to=fsiii&restore=true", `{"output":{},"residue":null,"ledger":7}`, "Content-Type", plainJSON)
	if got := outcomeText(t, a, 400, "structure"); !strings.Contains(got, "ledger: expected the ledger of the answer, an object") {
		t.Errorf("got %q", got)
	}
}

// The parameters of the terminology operations are judged where they stand, in a body
// and in a query.
func TestTerminologyParameters(t *testing.T) {
	h := start(t, Limits{})
	const lookup = "/fhir/CodeSystem/$lookup"
	a := h.send(t, "POST", lookup, `{"resourceType":"Parameters","parameter":[{"name":"system","valueUri":"http://x"},{"name":"code","valueCode":null}]}`, "Content-Type", fhirJSON)
	outcomeText(t, a, 400, "value")
	if !strings.Contains(a.body, `"expression":["Parameters.parameter[1].valueCode"]`) {
		t.Errorf("got %s", a.body)
	}
	refuseAll(t, func(c refusedCase) answer { return h.send(t, c.method, c.target, c.body, "Content-Type", fhirJSON) }, map[string]refusedCase{
		"twice in a query": {"GET", lookup + "?code=a&code=b&system=x", "", "invalid", "code: given more than once, accepted once"},
		"in both": {"POST", lookup + "?code=a", `{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"b"},{"name":"system","valueUri":"x"}]}`,
			"invalid", "code: given more than once, accepted once"},
		"no flag": {"GET", "/fhir/ValueSet/$expand?url=x&includeDefinition=yes", "", "value", "includeDefinition: accepted: true, false"},
	})
}
