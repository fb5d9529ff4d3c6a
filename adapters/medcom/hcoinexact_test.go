package medcom

import (
	"strings"
	"testing"

	"tolk/mapping/document"
)

// A value that its other unit has no decimal number for is one value: the rest of
// the health check goes. It is not rounded: into the hub it goes as it stands, and
// out of it it has no place.
func TestAValueThatIsNotExactStopsNothingElse(t *testing.T) {
	check := func(system, weight, temperature string) string {
		observation := func(id, code, value, unit, ucum string) string {
			return `{"fullUrl":"urn:uuid:` + id + `","resource":{"resourceType":"Observation","id":"` + id + `","status":"final",
			"code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]},"effectiveDateTime":"2026-11-20T09:10:00+01:00",
			"valueQuantity":{"value":` + value + `,"unit":"` + unit + `","system":"http://unitsofmeasure.org","code":"` + ucum + `"}}}`
		}
		return `{"resourceType":"Bundle","type":"collection","entry":[` + observation("0d363340-b04e-5d97-8fa0-3f96c6392c22", weight, "81.4", "kg", "kg") + `,` +
			observation("246b82a7-2d8a-5c37-871b-6a2632d12f07", temperature, "98.5", "°F", "[degF]") + `]}`
	}
	out, err := HubToHCO(parse(t, check("http://loinc.org", "29463-7", "8310-5")), document.Request{})
	if err != nil {
		t.Fatalf("out: %v", err)
	}
	if got := string(out.Output); !strings.Contains(got, "81.4") || strings.Contains(got, "98.5") || strings.Contains(got, "36.9") {
		t.Errorf("out: got %s", got)
	}
	told := ""
	for _, n := range out.Ledger.Notices {
		told += n.Path + ": " + n.Message + "\n"
	}
	if !strings.Contains(told, "Bundle.entry[1].resource: left out: ") || !strings.Contains(told, "exactly") {
		t.Errorf("out: told %q", told)
	}
	in, err := HCOToHub(parse(t, check("urn:oid:1.2.208.176.2.1", "NPU03804", "NPU08676")), document.Request{})
	if err != nil {
		t.Fatalf("in: %v", err)
	}
	if got := string(in.Output); !strings.Contains(got, `"value":98.5,"unit":"°F"`) {
		t.Errorf("in: got %s", got)
	}
	if n := len(in.Ledger.Notices); n == 0 {
		t.Error("in: nobody is told")
	}
}
