package api

import (
	"fmt"
	"strings"
	"testing"
)

const (
	expansion = "/fhir/ValueSet/$expand"
	validate  = "/fhir/ValueSet/$validate-code"
)

// Parameters of a POST, each a JSON object.
func posted(list ...string) string {
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(list, ",") + `]}`
}

func uriParameter(name, value string) string {
	return fmt.Sprintf(`{"name":"%s","valueUri":"%s"}`, name, value)
}

// sentSystem is a code system that comes with a request.
func sentSystem(concepts string) string {
	return `{"name":"tx-resource","resource":{"resourceType":"CodeSystem","url":"http://x/cs","version":"1","status":"active","content":"complete","concept":[` + concepts + `]}}`
}

func sentValueSet(url, compose string) string {
	return `{"name":"tx-resource","resource":{"resourceType":"ValueSet","url":"` + url + `","status":"active","compose":{` + compose + `}}}`
}

// The operations answer by GET and by POST, on the type and on an instance, and
// from what is sent along.
func TestOperations(t *testing.T) {
	h := start(t, Limits{})
	sent := sentSystem(`{"code":"a","display":"Alpha","concept":[{"code":"b","display":"Beta"}]}`)
	for _, tt := range []struct{ method, target, body, want string }{
		{"GET", expansion + "?url=" + fsiii + "%3Ffhir_vs&count=1&offset=2", "", `"total":828,"offset":2`},
		{"POST", expansion, posted(uriParameter("url", "http://x/cs?fhir_vs"), sent), `"contains":[{"system":"http://x/cs","code":"a","display":"Alpha","contains":[{"system":"http://x/cs","code":"b","display":"Beta"}]}]`},
		{"POST", expansion, posted(`{"name":"valueSet","resource":{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"http://x/cs","concept":[{"code":"b"}]}]}}}`, sent), `"total":1,`},
		{"GET", validate + "?url=" + fsiii + "%3Ffhir_vs&system=" + fsiii + "&code=B2", "", `{"name":"result","valueBoolean":true}`},
		{"POST", validate, posted(uriParameter("url", "http://x/cs?fhir_vs"), uriParameter("system", "http://x/cs"), `{"name":"code","valueCode":"c"}`, sent), `Unknown code 'c' in the CodeSystem 'http://x/cs' version '1'`},
		{"GET", "/fhir/CodeSystem/$validate-code?url=" + fsiii + "&code=B2", "", `{"name":"result","valueBoolean":true}`},
		{"GET", "/fhir/CodeSystem/$subsumes?system=" + fsiii + "&codeA=B&codeB=B2", "", `{"name":"outcome","valueCode":"`},
		{"POST", "/fhir/CodeSystem/$subsumes", posted(uriParameter("system", "http://x/cs"), `{"name":"codeA","valueCode":"a"}`, `{"name":"codeB","valueCode":"b"}`, sent), `"valueCode":"subsumes"`},
		{"POST", lookup, posted(uriParameter("system", "http://x/cs"), `{"name":"code","valueCode":"b"}`, sent), `{"name":"property","part":[{"name":"code","valueCode":"parent"},{"name":"value","valueCode":"a"},{"name":"description","valueString":"Alpha"}]}`},
		{"POST", "/fhir/ValueSet/$batch-validate-code", posted(uriParameter("url", "http://x/cs?fhir_vs"), sent,
			`{"name":"validation","resource":`+posted(`{"name":"coding","valueCoding":{"system":"http://x/cs","code":"b"}}`)+`}`,
			`{"name":"validation","resource":`+posted(`{"name":"display","valueString":"x"}`)+`}`), `Unable to find code to validate`},
	} {
		a := h.send(t, tt.method, tt.target, tt.body, "Content-Type", "application/fhir+json")
		if a.status != 200 || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s %.300s:\ngot  %d %.800s\nwant %s", tt.method, tt.target, tt.body, a.status, a.body, tt.want)
		}
	}
}

// Whatever is wrong is refused with a 4xx that names it.
func TestOperationsRefuse(t *testing.T) {
	h := start(t, Limits{})
	circle := posted(uriParameter("url", "http://x/1"), sentValueSet("http://x/1", `"include":[{"valueSet":["http://x/2"]}]`), sentValueSet("http://x/2", `"include":[{"valueSet":["http://x/1"]}]`))
	twice := posted(uriParameter("url", "http://x/cs?fhir_vs"), sentSystem(`{"code":"a"},{"code":"a"}`))
	cyclic := posted(uriParameter("url", "http://x/cs?fhir_vs"), sentSystem(`{"code":"a","property":[{"code":"parent","valueCode":"b"}]},{"code":"b","property":[{"code":"parent","valueCode":"a"}]}`))
	long := posted(uriParameter("url", "http://x/1"), sentSystem(`{"code":"a"}`), sentValueSet("http://x/1", `"include":[{"system":"http://x/cs","filter":[{"property":"code","op":"regex","value":"`+strings.Repeat("(a*)*", 300)+`"}]}]`))
	for _, tt := range []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{"GET", expansion, "", 400, "url or valueSet: one is required"},
		{"GET", expansion + "?url=http://x", "", 404, "'http://x' could not be found"},
		{"GET", expansion + "?url=" + fsiii + "%3Ffhir_vs&count=x", "", 400, "count: expected a whole number"},
		{"GET", expansion + "?url=" + fsiii + "%3Ffhir_vs&colour=x", "", 400, "colour: unknown parameter"},
		{"GET", expansion + "?url=" + fsiii + "%3Ffhir_vs&force-system-version=" + fsiii + "|9", "", 404, "version '9' could not be found"},
		{"GET", "/fhir/ValueSet/none/$expand", "", 404, "no ValueSet has this id"},
		{"GET", validate + "?url=http://x&code=a&system=b", "", 404, "'http://x' could not be found"},
		{"GET", validate + "?url=http://x", "", 400, "Unable to find code to validate"},
		{"GET", "/fhir/CodeSystem/$subsumes?system=http://x&codeA=a&codeB=b", "", 404, "'http://x' could not be found"},
		{"GET", lookup + "?system=http://x&code=a", "", 404, "'http://x' could not be found"},
		{"POST", expansion, circle, 422, "http://x/1 → http://x/2 → http://x/1"},
		{"POST", expansion, twice, 400, "given twice in http://x/cs|1: a"},
		{"POST", expansion, cyclic, 400, "a → b → a"},
		{"POST", expansion, long, 400, "longer than 1000 characters"},
		{"POST", expansion, `{"resourceType":"Bundle"}`, 400, "expected a resource of type Parameters"},
		{"POST", expansion, posted(`{"name":"url"}`), 400, "one is required"},
		{"POST", expansion, posted(`{"name":"valueSet","resource":{"resourceType":"CodeSystem","url":"http://x"}}`), 400, "expected a ValueSet"},
		{"POST", "/fhir/ValueSet/$batch-validate-code", posted(), 400, "validation: required"},
	} {
		a := h.send(t, tt.method, tt.target, tt.body, "Content-Type", "application/fhir+json")
		if a.status != tt.status || !strings.Contains(a.body, tt.want) || !strings.HasPrefix(a.body, `{"resourceType":"OperationOutcome"`) {
			t.Errorf("%s %s %.300s:\ngot  %d %.500s\nwant %d %s", tt.method, tt.target, tt.body, a.status, a.body, tt.status, tt.want)
		}
	}
}

// A batch is answered entry by entry, whatever becomes of each.
func TestBatch(t *testing.T) {
	h := start(t, Limits{})
	entry := func(method, url, resource string) string {
		if resource != "" {
			resource = `,"resource":` + resource
		}
		return `{"request":{"method":"` + method + `","url":"` + url + `"}` + resource + `}`
	}
	bundle := func(kind string, entries ...string) string {
		return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`
	}
	a := h.send(t, "POST", "/fhir", bundle("batch",
		entry("GET", lookup[len("/fhir/"):]+"?system="+fsiii+"&code=B2", ""),
		entry("GET", "/ValueSet/$expand?url=http://x", ""),
		entry("POST", "CodeSystem/$validate-code", posted(uriParameter("url", "urn:oid:1.2.208.176.2.21"), `{"name":"code","valueCode":"B2"}`)),
		entry("DELETE", "ValueSet/x", ""),
		entry("GET", "http://elsewhere/ValueSet", ""),
		entry("GET", "nothing", ""),
		`{}`), "Content-Type", "application/fhir+json")
	for _, want := range []string{`{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":{"resourceType":"Parameters"`, `"status":"200"`, `'http://x' could not be found`,
		"entry[3].request.method: accepted: GET, POST", "entry[4].request.url", "entry[6].request.method"} {
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("got %d %.3000s\nwant %s", a.status, a.body, want)
		}
	}
	if got := strings.Count(a.body, `"response":{"status":`); got != 7 {
		t.Errorf("%d answers to 7 entries", got)
	}
	for body, want := range map[string]string{
		bundle("searchset"):                               "Bundle.type: accepted: message, collection, document, transaction, batch",
		`{"resourceType":"Patient"}`:                      "expected a Bundle: message",
		bundle("batch", strings.Repeat(`{},`, 1000)+`{}`): "more than 1000 entries",
		"": "the body is empty",
	} {
		if a := h.send(t, "POST", "/fhir/", body); a.status < 400 || a.status > 413 || !strings.Contains(a.body, want) {
			t.Errorf("%.100s:\ngot  %d %s\nwant %s", body, a.status, a.body, want)
		}
	}
}

// Every operation with every odd value of every parameter: no answer is a 5xx,
// and no refusal repeats a CPR number.
func TestOperationsMatrix(t *testing.T) {
	h := start(t, Limits{})
	targets := []string{expansion, validate, lookup, "/fhir/CodeSystem/$validate-code", "/fhir/CodeSystem/$subsumes", "/fhir/ValueSet/$batch-validate-code", "/fhir"}
	names := []string{"url", "valueSet", "valueSetVersion", "code", "system", "coding", "codeableConcept", "display", "filter", "count", "offset", "property", "displayLanguage",
		"tx-resource", "useSupplement", "system-version", "force-system-version", "validation", "codeA", "codingA", "activeOnly", "designation", canary}
	values := []string{`"valueString":"` + canary + `"`, `"valueString":""`, `"valueInteger":1e999`, `"valueBoolean":true`, `"valueCoding":{}`, `"valueCoding":[]`, `"valueCodeableConcept":{"coding":{}}`,
		`"valueCodeableConcept":{"coding":[null,1,"a",{"system":1,"code":{}}]}`, `"resource":{}`, `"resource":[]`, `"resource":{"resourceType":"ValueSet"}`, `"resource":{"resourceType":"ValueSet","compose":{"include":{}}}`,
		`"resource":{"resourceType":"ValueSet","compose":{"include":[{"system":"http://x/cs","concept":[{}],"filter":[{}]}]}}`, `"resource":{"resourceType":"CodeSystem","url":"http://x/cs","concept":[{"code":"a"}]}`,
		`"resource":{"resourceType":"ConceptMap"}`, `"part":[]`, `"part":{}`, `"x":1`, `"valueUri":"http://x/cs?fhir_vs"`, `"valueCanonical":"|"`, `"valueCode":"*;q=0"`}
	common := `,{"name":"url","valueUri":"http://x/cs?fhir_vs"},{"name":"system","valueUri":"http://x/cs"},{"name":"code","valueCode":"a"},{"name":"codeA","valueCode":"a"},{"name":"codeB","valueCode":"a"},` + sentSystem(`{"code":"a"}`)
	for _, target := range targets {
		for _, name := range names {
			for _, value := range values {
				for _, more := range []string{"", common} {
					a := h.send(t, "POST", target, `{"resourceType":"Parameters","parameter":[{"name":"`+name+`",`+value+`}`+more+`]}`)
					if a.status >= 500 || a.status < 200 {
						t.Errorf("%s %s %s: %d %.300s", target, name, value, a.status, a.body)
					}
					if a.status >= 400 && (strings.Contains(a.body, canary) || !strings.HasPrefix(a.body, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"`)) {
						t.Errorf("%s %s %s: repeats the request, or is no OperationOutcome: %.300s", target, name, value, a.body)
					}
				}
			}
		}
	}
	if strings.Contains(h.logs.String(), canary) {
		t.Error("the log holds what was sent")
	}
}
