package api

import (
	"os"
	"path/filepath"
	"testing"

	"tolk/fixtures/validator"
)

// What the server says is FHIR R4, by a validator that is not ours.
func TestAnswersAreFHIR(t *testing.T) {
	v := validator.Find(t)
	h := start(t, Limits{})
	dir := t.TempDir()
	for name, target := range map[string]string{
		"capabilities": "/fhir/metadata",
		"terminology":  "/fhir/metadata?mode=terminology",
		"versions":     "/fhir/$versions",
		"area":         "/fhir/ConceptMap/tilstand.ffb-fsiii.sygepleje",
		"search":       "/fhir/ConceptMap?_count=2",
		"summary":      "/fhir/ValueSet?_count=2&_summary=true",
		"match":        operation + "?system=" + fsiii + "&code=I12.2",
		"unmatched":    operation + "?system=" + ffb + "&code=1c327095-107f-4b96-88d0-ec562cb980be",
		"refused":      operation + "?code=1",
	} {
		file := filepath.Join(dir, name+".json")
		if err := os.WriteFile(file, []byte(h.send(t, "GET", target, "").body), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, i := range validator.Errors(v.Validate(t, "hl7.fhir.r4.core#4.0.1", nil, file)) {
			t.Error(i)
		}
	}
}
