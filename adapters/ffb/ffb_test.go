package ffb

import (
	"testing"

	"tolk/mapping/document"
	"tolk/mapping/maps"
	"tolk/mapping/terminology"
	"tolk/mapping/tree"
	facts "tolk/schemas/terminology"
)

// Which use of a resource is meant, by what the profiles tell it apart by.
func TestKind(t *testing.T) {
	terms, err := terminology.New(facts.FS, maps.FS)
	if err != nil {
		t.Fatal(err)
	}
	const ffb, cs = `"system":"urn:oid:1.2.208.176.2.22","code":`, `"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":`
	tests := []struct{ resource, want string }{
		{`{"resourceType":"Condition","code":{"coding":[{` + ffb + `"464a2ab6-a7df-4b3a-b74d-7873f4cfe668"}]}}`, "Condition.tilstand"},
		{`{"resourceType":"Condition","code":{"coding":[{` + ffb + `"5e95db73-4d16-4084-93a3-595c0650b160"}]}}`, "Condition.maalgruppe"},
		{`{"resourceType":"Condition","meta":{"profile":["http://fhir.kl.dk/ffbreporting/StructureDefinition/kl-reporting-ffb-targetGroup"]},"code":{"coding":[{` + ffb + `"464a2ab6-a7df-4b3a-b74d-7873f4cfe668"}]}}`, "Condition.maalgruppe"},
		{`{"resourceType":"Condition","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.21","code":"J1.1"}]}}`, "Condition.tilstand"},
		{`{"resourceType":"Condition","code":{"text":"autisme"}}`, "Condition.diagnose"},
		{`{"resourceType":"Goal","category":[{"coding":[{` + cs + `"0bb3daef-538d-45dc-b444-abdbcb63f6bc"}]}]}`, "Goal.maal"},
		{`{"resourceType":"Goal","category":[{"coding":[{` + cs + `"416fe27d-3ccf-4390-8742-8b52a9d8dc78"}]}]}`, "Goal.formaal"},
		{`{"resourceType":"CarePlan","activity":[{"detail":{"code":{"coding":[{` + ffb + `"e7c8b42e-b882-4629-8e03-65e44b1aa3e3"}]}}}]}`, "CarePlan.indsats"},
		{`{"resourceType":"CarePlan"}`, "CarePlan.plan"},
		{`{"resourceType":"Observation","code":{"coding":[{` + cs + `"effe55c7-572c-4a99-8fb4-2a9dda2f6572"}]}}`, "Observation.stoettebehov"},
		{`{"resourceType":"Observation","code":{"coding":[{"system":"http://snomed.info/sct","code":"712744002"}]}}`, "Observation.opfoelgning"},
		{`{"resourceType":"Observation"}`, "Observation.oplysning"},
		{`{"resourceType":"Encounter","status":"planned","type":[{"coding":[{` + cs + `"9f03dfbb-7a97-45a5-94db-d4c3501714a9"}]}]}`, "Encounter.opfoelgning"},
		{`{"resourceType":"Encounter","status":"finished","type":[{"coding":[{` + cs + `"9f03dfbb-7a97-45a5-94db-d4c3501714a9"}]}]}`, "Encounter.kontakt"},
		{`{"resourceType":"Patient"}`, "Patient"},
		{`{"resourceType":"Medication"}`, ""},
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
