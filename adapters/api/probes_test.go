package api

import (
	"strings"
	"testing"
)

// The eight elementary questions that a map service must answer, each a request
// with a ConceptMap of the caller's own.

const (
	probeMap = `{"resourceType":"ConceptMap","id":"probe","url":"urn:probe:map","version":"7","status":"active",` +
		`"sourceUri":"urn:probe:vs-a","targetUri":"urn:probe:vs-b","group":[{"source":"urn:probe:a","target":"urn:probe:b","element":[` +
		`{"code":"1","display":"One","target":[{"code":"x","display":"X","equivalence":"wider","comment":"x holds more"}]},` +
		`{"code":"2","display":"Two","target":[{"code":"x","display":"X","equivalence":"equivalent"}]},` +
		`{"code":"3","target":[{"equivalence":"unmatched","comment":"b has no such thing"}]}],` +
		`"unmapped":{"mode":"fixed","code":"other","display":"Something else"}},` +
		`{"source":"urn:probe:a","target":"urn:probe:c","element":[{"code":"1","target":[{"code":"c","equivalence":"inexact"}]}]}]}`
	otherMap = `{"resourceType":"ConceptMap","url":"urn:probe:other","version":"1","status":"active","sourceUri":"urn:probe:vs-z","targetUri":"urn:probe:vs-y",` +
		`"group":[{"source":"urn:probe:a","target":"urn:probe:b","element":[{"code":"1","target":[{"code":"z","equivalence":"narrower"}]}]}]}`
)

// probe asks with the two maps sent along, and writes the answer in short.
func probe(t *testing.T, h *harness, target string, params ...string) string {
	t.Helper()
	list := append([]string{`{"name":"tx-resource","resource":` + probeMap + `}`, `{"name":"tx-resource","resource":` + otherMap + `}`}, params...)
	a := h.send(t, "POST", target, `{"resourceType":"Parameters","parameter":[`+strings.Join(list, ",")+`]}`)
	if a.status != 200 {
		return a.body
	}
	result, message, matches := read(t, a)
	short := result
	for _, m := range matches {
		short += " " + m.equivalence + ":" + m.code
		if m.comment != "" {
			short += "(" + m.comment + ")"
		}
		if !strings.HasPrefix(m.source, "urn:probe:") || !strings.Contains(a.body, `"name":"originMap","valueCanonical":"`+m.source+`"`) {
			t.Errorf("no map named in %s", a.body)
		}
	}
	if result == "false" && message == "" {
		t.Errorf("no message in %s", a.body)
	}
	return short
}

func code4(code string) string {
	return `{"name":"code","valueCode":"` + code + `"},{"name":"system","valueUri":"urn:probe:a"}`
}

func check(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

const of = `{"name":"url","valueUri":"urn:probe:map"}`

func TestProbeReverse(t *testing.T) {
	got := probe(t, start(t, Limits{}), operation, of, `{"name":"code","valueCode":"x"},{"name":"system","valueUri":"urn:probe:b"},{"name":"reverse","valueBoolean":true}`)
	check(t, got, "true narrower:1(x holds more) equivalent:2")
}

func TestProbeTargetsystem(t *testing.T) {
	h := start(t, Limits{})
	check(t, probe(t, h, operation, of, code4("1"), `{"name":"targetsystem","valueUri":"urn:probe:c"}`), "true inexact:c")
	check(t, probe(t, h, operation, of, code4("1"), `{"name":"targetsystem","valueUri":"urn:probe:b"}`), "true wider:x(x holds more)")
}

func TestProbeSourceAndTargetValueSets(t *testing.T) {
	h := start(t, Limits{})
	b := `{"name":"targetsystem","valueUri":"urn:probe:b"}`
	check(t, probe(t, h, operation, b, code4("1"), `{"name":"source","valueUri":"urn:probe:vs-a"}`), "true wider:x(x holds more)")
	check(t, probe(t, h, operation, b, code4("1"), `{"name":"target","valueUri":"urn:probe:vs-y"}`), "true narrower:z")
	check(t, probe(t, h, operation, b, code4("1"), `{"name":"source","valueUri":"urn:probe:vs-a"},{"name":"target","valueUri":"urn:probe:vs-y"}`), "false")
	if got := probe(t, h, operation, code4("1"), `{"name":"target","valueUri":"urn:probe:vs-none"}`); !strings.Contains(got, "target: unknown value set") {
		t.Errorf("got %s", got)
	}
}

func TestProbeSecondCoding(t *testing.T) {
	got := probe(t, start(t, Limits{}), operation, of, `{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"system":"urn:probe:unknown","code":"1"},{"system":"urn:probe:a","code":"2"}]}}`)
	check(t, got, "true equivalent:x")
	got = probe(t, start(t, Limits{}), operation, of, `{"name":"codeableConcept","valueCodeableConcept":{"text":"two","coding":[{"display":"Two"},{"system":"urn:probe:a","code":"2"},{"code":"2"}]}}`)
	check(t, got, "true equivalent:x")
}

func TestProbeInstanceReverse(t *testing.T) {
	h := start(t, Limits{})
	a := h.send(t, "GET", "/fhir/ConceptMap/funktionsevne.ffb-fsiii.hjemmepleje/$translate?reverse=true&system="+fsiii+"&code=B2", "")
	result, _, matches := read(t, a)
	if result != "true" || len(matches) != 1 || matches[0].code != let || matches[0].source != "urn:tolk:ConceptMap:funktionsevne.ffb-fsiii.hjemmepleje|0.1.0" {
		t.Errorf("got %s", a.body)
	}
	outcomeText(t, h.send(t, "GET", "/fhir/ConceptMap/none/$translate?system="+fsiii+"&code=B2", ""), 404, "not-found")
	outcomeText(t, h.send(t, "GET", "/fhir/ConceptMap/maaltype.ffb-fsiii/$translate?url=x&system="+fsiii+"&code=B2", ""), 400, "invalid")
}

func TestProbeURLOfASentMap(t *testing.T) {
	h := start(t, Limits{})
	check(t, probe(t, h, operation, of, code4("2")), "true equivalent:x")
	check(t, probe(t, h, operation, `{"name":"url","valueUri":"urn:probe:other|1"}`, code4("1")), "true narrower:z")
	a := h.send(t, "POST", operation, `{"resourceType":"Parameters","parameter":[{"name":"conceptMap","resource":`+probeMap+`},`+code4("2")+`]}`)
	if result, _, matches := read(t, a); result != "true" || len(matches) != 1 || matches[0].source != "urn:probe:map|7" {
		t.Errorf("conceptMap: got %s", a.body)
	}
	// The map ends with the request.
	outcomeText(t, h.send(t, "GET", operation+"?code=1&system=urn:probe:a", ""), 404, "not-found")
}

func TestProbeUnmappedFixed(t *testing.T) {
	check(t, probe(t, start(t, Limits{}), operation, of, code4("99")), "true relatedto:other")
}

func TestProbeUnmatchedWithReason(t *testing.T) {
	check(t, probe(t, start(t, Limits{}), operation, of, code4("3")), "false unmatched:(b has no such thing)")
}
