package api

import (
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/mapping/exchange"
	"tolk/mapping/ledger"
	"tolk/mapping/receiver"
)

// The file names every field that an answer of ours could have, also those that no
// request of the tests is answered with.
func TestDescribedTypes(t *testing.T) {
	type facts ledger.Ledger
	for schema, answer := range map[string]any{
		"TestRun": fixtures.Answer{}, "Check": receiver.Answer{},
		"Ledger": struct {
			facts
			Source []ledger.Line   `json:"source"`
			Target []ledger.Origin `json:"target"`
		}{},
		"Message": exchange.Line{}, "Life": exchange.Life{}, "Letter": letter{}, "Shadow": exchange.Shadowed{},
		"Receivers": struct {
			Receivers []exchange.Health `json:"receivers"`
		}{},
		"Done": acted{},
	} {
		for _, fault := range described31(t).Undescribed(schema, answer) {
			t.Errorf("schemas/openapi.yaml: %s", fault)
		}
	}
}

// Every parameter that the file names is one that its operation knows.
func TestDescribedParametersAreKnown(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Test = examples })
	asked := 0
	for _, o := range described31(t).Operations() {
		id := map[string]string{"CodeSystem": "FFB", "ValueSet": "FFB", "ConceptMap": "tilstand.ffb-fsiii", "Questionnaire": "x"}
		path := o.Path
		for kind, one := range id {
			if strings.HasPrefix(path, "/fhir/"+kind+"/") {
				path = strings.Replace(path, "{id}", one, 1)
			}
		}
		path = strings.NewReplacer("{id}", messageOne, "{part}", "translation", "{name}", "box", "{letter}", letterOne, "{vid}", "1").Replace(path)
		for _, name := range o.Parameters("query") {
			body := ""
			if o.Method == "POST" {
				body = `{"resourceType":"Parameters"}`
			}
			asked++
			known := false
			for _, with := range []string{"", "&async=true", "&system=urn:x"} { // some are for what is handed over, or of other systems than ours
				a := n.as(t, "owner", o.Method, path+"?"+name+"=1"+with, body)
				known = known || !strings.Contains(a.body, name+": unknown parameter") && !strings.Contains(a.body, name+": not supported") &&
					(with == "" || !strings.Contains(a.body, strings.Trim(strings.Split(with, "=")[0], "&")+": unknown parameter"))
			}
			if !known {
				t.Errorf("%s %s: the file has %s, and it is refused", o.Method, o.Path, name)
			}
		}
	}
	if asked < 200 {
		t.Errorf("only %d parameters", asked)
	}
}
