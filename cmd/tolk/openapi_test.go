package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"tolk/fixtures"
	"tolk/fixtures/openapi"
	"tolk/schemas"
)

// described is a node that runs, held against schemas/openapi.yaml.
type described struct {
	*server
	file *openapi.File

	mu   sync.Mutex
	done map[string]bool // operations that were answered 2xx
}

func describe(t *testing.T) *described {
	t.Helper()
	file, err := openapi.Read(schemas.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return &described{server: start(t, "TOLK_DATA="+t.TempDir()), file: file, done: map[string]bool{}}
}

// call makes a request, holds it and its answer against the file, and returns the
// status and the body.
func (d *described) call(t testing.TB, method, target, kind, body string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, d.url+strings.ReplaceAll(target, " ", "%20"), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range d.file.Faults(openapi.Call{Method: method, Target: r.URL.RequestURI(), Header: r.Header, Body: []byte(body),
		Status: answer.StatusCode, Answer: answer.Header, Text: text}) {
		t.Errorf("%s %s: %s", method, target, fault)
	}
	if o, there := d.file.Find(method, r.URL.RequestURI()); there && answer.StatusCode < 300 {
		d.mu.Lock()
		d.done[method+" "+o.Path] = true
		d.mu.Unlock()
	}
	return answer.StatusCode, string(text)
}

const asJSON = "application/json"

// Every operation of the file is really answered, and as it says; a table of calls
// leads through all of them.
func TestDescribedAnswers(t *testing.T) {
	d := describe(t)
	read := func(name string) string {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	record, referral := read("fixtures/tilstande/ffb-to-fsiii/indberetning/input.json"), read("fixtures/henvisning/plain-to-fhir/bosted-til-psykiatrien/input.json")
	const ffb, fsiii = "urn:oid:1.2.208.176.2.22", "urn:oid:1.2.208.176.2.21"
	const spise = "464a2ab6-a7df-4b3a-b74d-7873f4cfe668"
	coded := func(system, code string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"` + system + `","code":"` + code + `"}}]}`
	}
	type call struct{ method, target, kind, body string }
	calls := []call{
		{"POST", "/v1/translate?from=ffb&to=fsiii&area=hjemmepleje,sygepleje&accept=wider", asJSON, record},
		{"POST", "/v1/translate?from=ffb&to=fsiii&ledger=true&residue=true", asJSON, record},
		{"POST", "/v1/translate?from=ffb&to=fsiii&_format=xml", asJSON, record},
		{"POST", "/v1/translate?from=plain&to=xref01&sender-name=Bostedet", asJSON, referral},
		{"POST", "/v1/check?receiver=psykiatri", asJSON, referral},
		{"GET", "/fhir/ConceptMap/$translate?system=" + ffb + "&code=" + spise + "&area=hjemmepleje", "", ""},
		{"GET", "/fhir/ConceptMap/$translate?sourceSystem=" + ffb + "&sourceCode=" + spise, "", ""},
		{"GET", "/fhir/ConceptMap/$translate?reverse=true&_format=xml&system=" + fsiii + "&code=41c201d5-6d3d-4576-b3d2-510a9b105631", "", ""},
		{"POST", "/fhir/ConceptMap/$translate", asJSON, coded(ffb, spise)},
		{"GET", "/fhir/ConceptMap/tilstand.ffb-fsiii.hjemmepleje/$translate?system=" + ffb + "&code=" + spise, "", ""},
		{"POST", "/fhir/ConceptMap/tilstand.ffb-fsiii.hjemmepleje/$translate", asJSON, coded(ffb, spise)},
		{"GET", "/fhir/CodeSystem/$lookup?system=" + fsiii + "&code=J1.1", "", ""},
		{"GET", "/fhir/CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=female", "", ""},
		{"POST", "/fhir/CodeSystem/$lookup", asJSON, coded(fsiii, "J1.1")},
		{"GET", "/fhir/CodeSystem/$subsumes?system=" + ffb + "&codeA=" + spise + "&codeB=" + spise, "", ""},
		{"POST", "/fhir/CodeSystem/$subsumes?system=" + ffb + "&codeA=" + spise + "&codeB=" + spise, asJSON, `{"resourceType":"Parameters"}`},
		{"GET", "/fhir/CodeSystem/FFB/$subsumes?codeA=" + spise + "&codeB=" + spise, "", ""},
		{"POST", "/fhir/CodeSystem/FFB/$subsumes", asJSON, `{"resourceType":"Parameters","parameter":[{"name":"codeA","valueCode":"` + spise + `"},{"name":"codeB","valueCode":"` + spise + `"}]}`},
		{"GET", "/fhir/CodeSystem/$validate-code?url=" + ffb + "&code=" + spise + "&display=Drikke", "", ""},
		{"POST", "/fhir/CodeSystem/$validate-code", asJSON, coded(ffb, spise)},
		{"GET", "/fhir/CodeSystem/FFB/$validate-code?code=" + spise, "", ""},
		{"POST", "/fhir/CodeSystem/FFB/$validate-code", asJSON, coded(ffb, "nosuch")},
		{"POST", "/fhir/ValueSet/$batch-validate-code", asJSON, `{"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"urn:tolk:ValueSet:FFB"},` +
			`{"name":"validation","resource":` + coded(ffb, spise) + `},{"name":"validation","resource":{"resourceType":"Parameters"}}]}`},
		{"GET", "/fhir/ValueSet/$expand?url=urn:tolk:ValueSet:FFB&filter=sorg&count=2&includeDesignations=true&property=status&property=parent", "", ""},
		{"POST", "/fhir/ValueSet/$expand", asJSON, `{"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"urn:tolk:ValueSet:FFB"},{"name":"count","valueInteger":3}]}`},
		{"GET", "/fhir/ValueSet/FFB/$expand?count=2&_format=xml", "", ""},
		{"POST", "/fhir/ValueSet/FFB/$expand?count=2", asJSON, `{"resourceType":"Parameters"}`},
		{"GET", "/fhir/ValueSet/$validate-code?url=urn:tolk:ValueSet:FSIII&system=" + fsiii + "&code=B2", "", ""},
		{"POST", "/fhir/ValueSet/$validate-code?url=urn:tolk:ValueSet:FSIII", asJSON, coded(fsiii, "B2")},
		{"GET", "/fhir/ValueSet/FFB/$validate-code?system=" + ffb + "&code=" + spise, "", ""},
		{"POST", "/fhir/ValueSet/FFB/$validate-code", asJSON, coded("urn:x", spise)},
		{"GET", "/fhir/metadata", "", ""},
		{"GET", "/fhir/metadata?mode=terminology&_format=xml", "", ""},
		{"GET", "/fhir/$versions", "", ""},
		{"GET", "/fhir/$versions?_format=application/json", "", ""},
		{"POST", "/fhir/$process-message", asJSON, soundMessage(t)},
		{"POST", "/fhir/$process-message?to=plain&residue=true", asJSON, soundMessage(t)},
		{"POST", "/fhir?to=fsiii", asJSON, record},
		{"POST", "/fhir/?async=true&receiver=fsiii&purpose=TREAT&legal-basis=samtykke&capacity=social&consent=urn:uuid:7f6c1f0a-9e0e-4d5e-8a53-6f0b6f6c2b11", asJSON, record},
		{"POST", "/fhir", asJSON, `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"CodeSystem/$lookup?system=` + ffb + `&code=` + spise + `"}},{"request":{"method":"PUT","url":"x"}}]}`},
		{"GET", "/healthz", "", ""}, {"GET", "/readyz", "", ""}, {"GET", "/metrics", "", ""}, {"GET", "/openapi.yaml", "", ""}, {"GET", "/openapi.json", "", ""},
		{"GET", "/schemas/medicinliste", "", ""},
		{"GET", "/v1/exchange?state=held&from=2026-01-01&limit=3", "", ""},
		{"POST", "/v1/exchange/_search", asJSON, `{"state":"dead"}`},
		{"POST", "/v1/exchange/_act", asJSON, `{"do":"release","filter":{"state":"held"},"why":"the sender sends a new one","dry":true}`},
		{"GET", "/v1/mailbox", "", ""}, {"GET", "/v1/receivers", "", ""}, {"GET", "/v1/audit?limit=5", "", ""},
		{"POST", "/v1/audit/_search", asJSON, `{"limit":5}`},
	}
	for _, kind := range []string{"CodeSystem", "ValueSet", "ConceptMap", "Questionnaire"} {
		id := map[string]string{"CodeSystem": "FFB", "ValueSet": "FFB", "ConceptMap": "tilstand.ffb-fsiii", "Questionnaire": "sundhedsagent"}[kind]
		calls = append(calls, call{"GET", "/fhir/" + kind + "?_count=2&name:contains=s&_summary=true", "", ""}, call{"GET", "/fhir/" + kind + "/" + id, "", ""})
		_, text := d.call(t, "GET", "/fhir/"+kind+"/"+id+"?_summary=true", "", "")
		_, version, _ := strings.Cut(text, `"versionId":"`)
		version, _, _ = strings.Cut(version, `"`)
		calls = append(calls, call{"GET", "/fhir/" + kind + "/" + id + "/_history/" + version, "", ""})
	}
	for _, c := range calls {
		if status, text := d.call(t, c.method, c.target, c.kind, c.body); status >= 300 {
			t.Errorf("%s %s: got %d %.300s", c.method, c.target, status, text)
		}
	}
	d.deliver(t, referral)
	elsewhere := []string{"POST /token", "GET /fhir/.well-known/smart-configuration", "GET /v1/shadow", "POST /v1/test"} // in adapters/api, for want of clients, a candidate or an archive here
	for _, o := range d.file.Operations() {
		if name := o.Method + " " + o.Path; !d.done[name] && !slices.Contains(elsewhere, name) {
			t.Errorf("%s is in the file and was not answered", name)
		}
	}
}

// deliver leads one message through the exchange, and holds each step.
func (d *described) deliver(t *testing.T, referral string) {
	t.Helper()
	part := func(text, name string) string {
		_, after, _ := strings.Cut(text, `"`+name+`":"`)
		value, _, _ := strings.Cut(after, `"`)
		return value
	}
	const stated = "/v1/exchange?receiver=xref01&purpose=TREAT&legal-basis=samtykke&capacity=social&consent=urn:uuid:7f6c1f0a-9e0e-4d5e-8a53-6f0b6f6c2b11"
	_, receipt := d.call(t, "POST", stated, asJSON, referral, "Idempotency-Key", "a-1", "Prefer", "respond-async")
	if _, again := d.call(t, "POST", stated, asJSON, referral, "Idempotency-Key", "a-1"); again != receipt {
		t.Errorf("again: got %s, want %s", again, receipt)
	}
	id := part(receipt, "id")
	_, letters := d.call(t, "GET", "/v1/mailbox/xref01?wait=30&body=false", "", "")
	content := part(letters, "content")
	d.call(t, "GET", content, "", "")
	for _, one := range []string{"", "/original", "/ledger?receiver=xref01", "/translation", "/answer"} {
		d.call(t, "GET", "/v1/exchange/"+id+one, "", "")
	}
	d.call(t, "DELETE", content, "", "")
	d.call(t, "GET", "/v1/exchange/"+id, "", "")
	for _, do := range []string{"rerun", "release", "erase"} {
		d.call(t, "POST", "/v1/exchange/"+id+"/"+do, asJSON, `{"why":"to see what is answered"}`)
	}
	d.call(t, "GET", "/v1/audit?message="+id, "", "")
}

// Every fixture goes over HTTP as the file says: its document in, its answer out,
// what is refused too.
func TestDescribedFixtures(t *testing.T) {
	d := describe(t)
	cases, err := fixtures.Load(os.DirFS("../../fixtures"))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		q := url.Values{"document": {c.Request.Document}, "from": {c.Request.From}, "to": {c.Request.To}}
		if len(c.Request.Accept) > 0 {
			q.Set("accept", strings.Join(c.Request.Accept, ","))
		}
		if len(c.Request.Areas) > 0 {
			q.Set("area", strings.Trim(strings.ReplaceAll(fmt.Sprint(c.Request.Areas), " ", ","), "[]"))
		}
		kind := asJSON
		if strings.HasPrefix(strings.TrimLeft(c.Input, "\ufeff \n"), "<") {
			kind = "application/xml"
		}
		switch i % 3 {
		case 0:
			q.Set("ledger", "true")
			q.Set("residue", "true")
		case 1:
			q.Set("strict", fmt.Sprint(c.Request.Strict))
		}
		status, text := d.call(t, "POST", "/v1/translate?"+q.Encode(), kind, c.Input)
		if status >= 500 {
			t.Errorf("%s: got %d %s", c.Name, status, text)
		}
	}
	if len(cases) < 300 {
		t.Errorf("only %d cases", len(cases))
	}
}
