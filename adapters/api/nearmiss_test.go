package api

import (
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/document"
)

// Who asks for nearly the right thing is told which word was wrong, where it stands and
// what would do.
func TestNearMisses(t *testing.T) {
	h := start(t, Limits{})
	h.core.answer = func(_ string, q document.Request) (*document.Result, error) {
		return nil, &mapping.Error{Kind: mapping.Invalid, Path: "residue", Message: "expected the residue of a translation"}
	}
	for _, c := range []struct {
		method, target, body, accept string
		status                       int
		want, place                  string
	}{
		{"GET", "/fhir/metadata?_format=html", "", "", 406, "_format: answers are application/fhir+json", `"location":["http._format"]`},
		{"POST", "/v1/translate?from=ffb&too=fsiii", `{}`, "", 400, "; did you mean to?", `"location":["http.too"]`},
		{"GET", "/fhir/CodeSystem?name:exct=x", "", "", 400, "; did you mean name:exact?", ""},
		{"POST", "/fhir/CodeSystem/$lookup", `{"resourceType":"Parameters","parameter":[{"name":"codde","valueCode":"x"}]}`, "", 400, "; did you mean code?", ""},
		{"GET", "/fhir/ValueSet/$expand?url=x&cuont=1", "", "", 400, "; did you mean count?", `"location":["http.cuont"]`},
		{"POST", "/fhir/CodeSystem/$lookup", `{"resourceType":"Patient"}`, "", 400, "Patient: expected a resource of type Parameters", `"expression":["Patient"]`},
		{"GET", "/v1/schemas?x=1", "", "", 404, "nothing is at this path; /openapi.yaml lists what there is", ""},
		{"POST", "/v1/translate?from=fsiii&to=ffb&restore=true", `{"output":{},"residue":[]}`, "", 400, "$this.residue: expected the residue of a translation", `"expression":["$this.residue"]`},
		{"POST", "/v1/translate?from=ffb&to=fsiii&ledger=true", `{}`, "application/fhir+xml", 406, "accept: this answer is JSON; expected application/json", ""},
		{"POST", "/v1/translate?from=ffb&to=fsiii&ledger=true&_format=xml", `{}`, "", 406, "_format: this answer is JSON", ""},
		{"POST", "/v1/check?receiver=kommune", `{}`, "application/fhir+xml", 406, "accept: this answer is JSON; expected application/json", ""},
	} {
		var headers []string
		if c.accept != "" {
			headers = []string{"Accept", c.accept}
		}
		a := h.send(t, c.method, c.target, c.body, headers...)
		if a.status != c.status || !strings.Contains(a.body, c.want) || !strings.Contains(a.body, c.place) {
			t.Errorf("%s %s: got %d %s, want %d %s %s", c.method, c.target, a.status, a.body, c.status, c.want, c.place)
		}
	}
	n := startNode(t, nil)
	for _, target := range []string{"/v1/mailbox?x=1", "/v1/exchange/" + messageOne + "?x=1"} {
		if a := n.as(t, "owner", "GET", target, ""); a.status != 400 || !strings.Contains(a.body, "x: unknown parameter; accepted: none\"") {
			t.Errorf("%s: got %d %s", target, a.status, a.body)
		}
	}
}
