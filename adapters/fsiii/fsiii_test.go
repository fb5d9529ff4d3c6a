package fsiii

import (
	"testing"

	"tolk/mapping/document"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

// Which use of a resource is meant, in either spelling of the codes.
func TestKind(t *testing.T) {
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	const fsiii, cs = `"system":"urn:oid:1.2.208.176.2.21","code":`, `"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":`
	tests := []struct{ resource, want string }{
		{`{"resourceType":"Condition","code":{"coding":[{` + fsiii + `"J1.1"}]}}`, "Condition.tilstand"},
		{`{"resourceType":"Condition","code":{"coding":[{` + fsiii + `"41c201d5-6d3d-4576-b3d2-510a9b105631"}]}}`, "Condition.tilstand"},
		{`{"resourceType":"Condition","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.31","code":"T90"}]}}`, "Condition.diagnose"},
		{`{"resourceType":"Goal","category":[{"coding":[{` + cs + `"ca552020-6ed1-4cdc-b0d4-32697f1f27ad"}]}]}`, "Goal.maal"},
		{`{"resourceType":"Goal"}`, "Goal.formaal"},
		{`{"resourceType":"CarePlan","activity":[{"detail":{"code":{"coding":[{` + fsiii + `"G1.10"}]}}}]}`, "CarePlan.indsats"},
		{`{"resourceType":"CarePlan","activity":[{"detail":{"status":"completed"}}]}`, "CarePlan.plan"},
		{`{"resourceType":"Observation","code":{"coding":[{"system":"http://snomed.info/sct","code":"712744002"}]}}`, "Observation.opfoelgning"},
		{`{"resourceType":"Observation","code":{"coding":[{` + fsiii + `"C"}]}}`, "Observation.borger"},
		{`{"resourceType":"Observation","code":{"coding":[{` + fsiii + `"687159ad-a61c-47c0-a878-53aa54bae2d5"}]}}`, "Observation.borger"},
		{`{"resourceType":"Observation","code":{"coding":[{` + fsiii + `"J1"}]}}`, "Observation.oplysning"},
		{`{"resourceType":"Encounter","status":"planned","type":[{"coding":[{` + cs + `"9f03dfbb-7a97-45a5-94db-d4c3501714a9"}]}]}`, "Encounter.opfoelgning"},
		{`{"resourceType":"Encounter","status":"finished"}`, "Encounter.kontakt"},
		{`{"resourceType":"Procedure"}`, "Procedure"},
		{`{"resourceType":"CareTeam"}`, ""},
	}
	for _, tt := range tests {
		d, err := tree.Parse(tt.resource, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r := document.Resource{Doc: d, Node: d.Root(), Type: d.Text(d.Child(d.Root(), "resourceType")), Terms: terms}
		if got := Form().Kind(r); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.resource, got, tt.want)
		}
	}
}
