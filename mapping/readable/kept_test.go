package readable

import (
	"reflect"
	"testing"
)

// What of FMK's rule has no home is all told, however deep it stands, and what
// stands together in it stands together.
func TestKept(t *testing.T) {
	leaf := func(name, value string) string { return `{"url":"` + name + `","valueString":"` + value + `"}` }
	part := func(name, parts string) string { return `{"url":"` + name + `","extension":[` + parts + `]}` }
	for name, c := range map[string]struct {
		parts string
		want  []Fact
	}{
		"a leaf":         {leaf("MinimumInterval", "4"), []Fact{{"FMK MinimumInterval", "4"}}},
		"a flag":         {`{"url":"UnspecifiedDay","valueBoolean":true}`, []Fact{{"FMK UnspecifiedDay", "ja"}}},
		"the plural":     {leaf("Plural", "tabletter"), nil},
		"one below":      {part("ParameterUnit", leaf("Text", "mmol/l")), []Fact{{"FMK ParameterUnit Text", "mmol/l"}}},
		"two together":   {part("Q", leaf("FromValue", "1.5")+","+leaf("Quantity", "2")), []Fact{{"FMK Q", "FromValue 1,5, Quantity 2"}}},
		"three deep":     {part("Parameter", leaf("Name", "INR")+","+part("Schema", part("Q", leaf("FromValue", "1.5")+","+leaf("Quantity", "2")))), []Fact{{"FMK Parameter Name", "INR"}, {"FMK Parameter Schema Q", "FromValue 1,5, Quantity 2"}}},
		"one says empty": {part("Q", leaf("FromValue", "1.5")+`,{"url":"Quantity"},`+leaf("Criterion", "over 4")), []Fact{{"FMK Q FromValue", "1,5"}, {"FMK Q Criterion", "over 4"}}},
	} {
		page := one(t, `"status":"active","dosage":[{"text":"T","extension":[{"url":"urn:tolk:StructureDefinition:fmk-dosage","extension":[`+c.parts+`]}]}]`)
		var got []Fact
		for _, f := range page.Medication.Fixed[0].Small {
			if len(f.Name) > 4 && f.Name[:4] == "FMK " {
				got = append(got, f)
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
