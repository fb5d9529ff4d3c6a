package api

import (
	"fmt"
	"strings"
	"testing"
)

// What a terminology operation would overlook beside what it answers from is
// refused by name: every one of these was once answered as if it were not there.
func TestNothingIsOverlooked(t *testing.T) {
	h := start(t, Limits{})
	const (
		ofFFB, ofFSIII = "urn:oid:1.2.208.176.2.22", "urn:oid:1.2.208.176.2.21"
		spise          = "464a2ab6-a7df-4b3a-b74d-7873f4cfe668"
		inFSIII, inFFB = `{"name":"coding","valueCoding":{"system":"` + ofFSIII + `","code":"B2"}}`, `{"name":"coding","valueCoding":{"system":"` + ofFFB + `","code":"` + spise + `"}}`
		either         = `{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"system":"` + ofFFB + `","code":"` + spise + `"},{"system":"urn:x","code":"y"}]}}`
		inSystem       = "/fhir/CodeSystem/$validate-code"
		subsumes       = "/fhir/CodeSystem/$subsumes"
		target         = "/fhir/ConceptMap/$translate?targetCode=B2&"
	)
	word := func(name string) string { return fmt.Sprintf(`{"name":"%s","valueString":"x"}`, name) }
	pair := strings.Replace(inFSIII, `"coding"`, `"codingA"`, 1) + "," + strings.Replace(inFSIII, `"coding"`, `"codingB"`, 1)
	all := map[string]refusedCase{
		"a code beside a coding":       {"POST", validate, posted(inFSIII, word("code")), "invalid", "code: given beside coding"},
		"a coding beside a concept":    {"POST", inSystem, posted(inFFB, either), "invalid", "coding: given beside codeableConcept"},
		"inferring beside a coding":    {"POST", validate, posted(inFSIII, `{"name":"inferSystem","valueBoolean":true}`), "invalid", "inferSystem: goes with code"},
		"a version beside a coding":    {"POST", inSystem, posted(inFSIII, word("version")), "invalid", "version: goes with code"},
		"system beside url":            {"GET", inSystem + "?url=" + fsiii + "&code=B2&system=x", "", "invalid", "system: given beside url"},
		"two versions":                 {"GET", inSystem + "?url=" + fsiii + "&code=B2&version=20240530&systemVersion=1", "", "invalid", "systemVersion: given beside version"},
		"system beside the id":         {"GET", "/fhir/CodeSystem/FSIII/$validate-code?code=B2&system=x", "", "invalid", "system: given together with the id in the path"},
		"subsumes, system and id":      {"GET", "/fhir/CodeSystem/FSIII/$subsumes?codeA=B&codeB=B2&system=x", "", "invalid", "system: given together with the id in the path"},
		"a coding of another system":   {"POST", "/fhir/CodeSystem/FSIII/$validate-code", posted(inFFB), "invalid", "coding: is of another code system"},
		"a coding and another url":     {"POST", inSystem, posted(inFFB, uriParameter("url", ofFSIII)), "invalid", "coding: is of another code system"},
		"a coding and another system":  {"POST", inSystem, posted(inFFB, uriParameter("system", ofFSIII)), "invalid", "coding: is of another code system"},
		"a concept of another":         {"POST", "/fhir/CodeSystem/FSIII/$validate-code", posted(either), "invalid", "codeableConcept: is of another code system"},
		"codings of another":           {"POST", "/fhir/CodeSystem/FFB/$subsumes", posted(pair), "invalid", "codingA: is of another code system"},
		"a code beside codingA":        {"POST", subsumes, posted(pair, word("codeA")), "invalid", "codingA: given beside codeA"},
		"a system beside the codings":  {"POST", subsumes, posted(pair, uriParameter("system", ofFSIII)), "invalid", "system: goes with codeA and codeB"},
		"a version beside the codings": {"POST", subsumes, posted(pair, word("version")), "invalid", "version: goes with codeA and codeB"},
		"lookup, version and coding": {"POST", lookup, posted(`{"name":"coding","valueCoding":{"system":"http://x/cs","code":"a"}}`, word("version"),
			sentSystem(`{"code":"a"}`)), "invalid", "version: goes with code"},
		"R4's targetsystem with targetCode": {"GET", target + "system=" + fsiii + "&targetsystem=x", "", "invalid", "targetsystem: is R4's name"},
		"three systems":                     {"GET", target + "targetSystem=" + fsiii + "&sourceSystem=" + ffb + "&system=x", "", "invalid", "system: given beside targetSystem and sourceSystem"},
	}
	for _, name := range []string{"system", "systemVersion", "display"} {
		all[name+" beside a coding"] = refusedCase{"POST", validate, posted(inFSIII, word(name)), "invalid", name + ": goes with code"}
		all[name+" beside a concept"] = refusedCase{"POST", validate, posted(either, word(name)), "invalid", name + ": goes with code"}
	}
	for _, name := range []string{"useSupplement", "displayLanguage", "default-valueset-version"} {
		all["subsumes with "+name] = refusedCase{"GET", subsumes + "?system=" + fsiii + "&codeA=B&codeB=B2&" + name + "=da%7C1", "", "not-supported", name + ": has no say"}
	}
	refuseAll(t, func(c refusedCase) answer {
		if c.method == "POST" && strings.HasPrefix(c.target, validate) {
			c.target += "?url=" + fsiii + "%3Ffhir_vs"
		}
		return h.send(t, c.method, c.target, c.body, "Content-Type", "application/fhir+json")
	}, all)
	for _, c := range []refusedCase{
		{"POST", "/fhir/CodeSystem/FFB/$validate-code", posted(inFFB), "", `"valueBoolean":true`},
		{"POST", "/fhir/CodeSystem/FFB/$validate-code", posted(`{"name":"coding","valueCoding":{"code":"` + spise + `"}}`), "", `"valueBoolean":true`},
		{"POST", "/fhir/CodeSystem/FFB/$validate-code", posted(either), "", `"valueBoolean":`}, // one of two is of it
		{"POST", inSystem, posted(inFFB, uriParameter("url", ofFFB+"|20240530")), "", `"valueBoolean":true`},
		{"POST", "/fhir/CodeSystem/FSIII/$subsumes", posted(pair), "", "equivalent"},
		{"GET", lookup + "?system=" + fsiii + "&code=B2&cache-id=1&uuid=2&diagnostics=true&no-cache=true", "", "", "FSIII"},
	} {
		if a := h.send(t, c.method, c.target, c.body, "Content-Type", "application/fhir+json"); a.status != 200 || !strings.Contains(a.body, c.text) {
			t.Errorf("%s %.200s: got %d %.400s, want %s", c.target, c.body, a.status, a.body, c.text)
		}
	}
}

// A parameter that is at fault is told as a location of the request, and a place in
// what was sent as an expression.
func TestWhereAFaultIs(t *testing.T) {
	h := start(t, Limits{})
	const code = "?system=" + fsiii + "&code=B2&"
	for _, tt := range []struct{ method, target, body, want string }{
		{"GET", operation + code + "url=urn:x", "", `"location":["http.url"]`},
		{"GET", operation + code + "version=9", "", `"location":["http.version"]`},
		{"GET", operation + code + "targetsystem=urn:x", "", `"location":["http.targetsystem"]`},
		{"GET", lookup + code + "version=9", "", `"location":["http.version"]`},
		{"POST", expansion, `{"resourceType":"Parameters","parameter":{}}`, `"expression":["Parameters.parameter"]`},
		{"POST", operation, posted(uriParameter("url", "urn:x"), uriParameter("url", "urn:x")), `"expression":["Parameters.parameter[1]"]`},
		{"POST", validate, posted(uriParameter("url", "urn:x"), uriParameter("url", "urn:x")), `"expression":["Parameters.parameter[1]"]`},
	} {
		if a := h.send(t, tt.method, tt.target, tt.body, "Content-Type", "application/fhir+json"); a.status < 400 || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s: got %d %s, want %s", tt.method, tt.target, a.status, a.body, tt.want)
		}
	}
}
