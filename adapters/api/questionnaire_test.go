package api

import (
	"encoding/json"
	"strings"
	"testing"

	"tolk/mapping/canonical"
)

// A form is read and searched like every other resource, in no registry and by no
// operation.
func TestQuestionnaireIsReadAndSearched(t *testing.T) {
	h := start(t, Limits{})
	if a := h.send(t, "GET", "/fhir/Questionnaire", ""); a.status != 200 || !strings.Contains(a.body, `"total":0,`) {
		t.Errorf("without a form: got %d %s", a.status, a.body)
	}
	const text = `{"resourceType":"Questionnaire","id":"skema","url":"urn:x:skema","version":"1","title":"Et skema","status":"active","subjectType":["Patient"],"item":[{"linkId":"1","type":"display","text":"Æ"}]}`
	h.inForce().Forms = []*canonical.Header{{Type: "Questionnaire", ID: "skema", URL: "urn:x:skema", Version: "1", Title: "Et skema", Status: "active", Text: text}}
	a := h.send(t, "GET", "/fhir/Questionnaire/skema", "")
	var form struct {
		ID, Title string
		Meta      struct{ VersionID string }
		Item      []struct{ Text string }
	}
	if err := json.Unmarshal([]byte(a.body), &form); err != nil || form.ID != "skema" || len(form.Item) != 1 || form.Item[0].Text != "Æ" {
		t.Fatalf("%v: %s", err, a.body)
	}
	if again := h.send(t, "GET", "/fhir/Questionnaire/skema/_history/"+form.Meta.VersionID, ""); again.body != a.body {
		t.Errorf("the version is another: %s", again.body)
	}
	for query, want := range map[string]string{"url=urn:x:skema%7C1": `"total":1,`, "url=urn:x:skema%7C2": `"total":0,`, "title=et": `"total":1,`} {
		if a := h.send(t, "GET", "/fhir/Questionnaire?"+query, ""); a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%s: got %d %s, want %s", query, a.status, a.body, want)
		}
	}
	if a := h.send(t, "GET", "/fhir/Questionnaire?_summary=true", ""); strings.Contains(a.body, "linkId") || !strings.Contains(a.body, `"subjectType":["Patient"]`) {
		t.Errorf("got %s, want a summary", a.body)
	}
	outcomeText(t, h.send(t, "GET", "/fhir/CodeSystem/skema", ""), 404, "not-found")
	outcomeText(t, h.send(t, "GET", "/fhir/Questionnaire/another", ""), 404, "not-found")
}
