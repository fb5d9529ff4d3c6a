package fhir

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestCodes(t *testing.T) {
	for path, want := range map[string]string{
		"Patient.gender":         "female male other unknown",
		"Quantity.comparator":    "< <= > >=",
		"Timing.repeat.when":     "AC ACD ACM ACV AFT AFT.early AFT.late C CD CM CV EVE EVE.early EVE.late HS MORN MORN.early MORN.late NIGHT NOON PC PCD PCM PCV PHS WAKE",
		"Attachment.contentType": "", // R4 lists no media types
		"Money.currency":         "",
		"Patient.language":       "", // preferred
		"Coding.code":            "",
		"Patient.active":         "",
		"Patient":                "",
	} {
		if got := strings.Join(slices.Sorted(maps.Keys(Codes(path))), " "); got != want {
			t.Errorf("Codes(%s)\n got %s\nwant %s", path, got, want)
		}
	}
}

// Every element of the table is one of type code, is there once, and has codes.
func TestCodesAreOfElements(t *testing.T) {
	rows := strings.Split(strings.TrimSuffix(codesTable, "\n"), "\n")
	if rows[0] != "elements,codes" || len(rows) < 100 {
		t.Fatalf("%d rows below %q", len(rows)-1, rows[0])
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		elements, listed, ok := strings.Cut(row, ",")
		if !ok || len(strings.Fields(listed)) < 2 || strings.Contains(listed, ",") {
			t.Errorf("%s: not elements and their codes", row)
		}
		for path := range strings.FieldsSeq(elements) {
			e, ok := Lookup(path)
			if extension := strings.HasPrefix(path, "http://"); !extension && (!ok || !slices.Contains(e.Types, "code")) || seen[path] {
				t.Errorf("%s: %s, seen before: %t", path, show(e, ok), seen[path])
			}
			seen[path] = true
		}
	}
}

func TestSystemCode(t *testing.T) {
	const observation = "http://terminology.hl7.org/CodeSystem/observation-category"
	for _, c := range []struct {
		url, code string
		held, has bool
	}{
		{observation, "laboratory", true, true},
		{observation, "laborator", true, false},
		{observation, "laboratory survey", true, false},
		{observation, "", true, false},
		{"http://terminology.hl7.org/CodeSystem/v3-RoleCode", "FTH", true, true},
		{"http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes", "carecoordination", true, true},
		{"http://loinc.org", "laboratory", false, false},
		{"", "laboratory", false, false},
	} {
		if held, has := SystemCode(c.url, c.code); held != c.held || has != c.has {
			t.Errorf("SystemCode(%s, %s) = %t, %t", c.url, c.code, held, has)
		}
	}
}
