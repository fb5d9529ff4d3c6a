package plain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tolk/fixtures/validator"
	"tolk/schemas"
)

// The hub's Bundle of whatever a schema can say meets FHIR R4 and the Danish
// profiles it claims.
func TestHubIsValid(t *testing.T) {
	v := validator.Find(t)
	dir := t.TempDir()
	var files []string
	for _, name := range schemas.Documents() {
		forward, _ := ways(t, name)
		s := schema(t, name)
		documents := rapid.Custom(func(r *rapid.T) string { return generated(r, s, false) })
		for i := range 15 {
			text := documents.Example(i)
			w, err := forward(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			file := filepath.Join(dir, fmt.Sprintf("%s-%d.json", name, i))
			if err := os.WriteFile(file, w.Output, 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	examples, err := filepath.Glob("../../fixtures/*/plain-to-fhir/*/output.json")
	if err != nil || len(examples) < 20 {
		t.Fatalf("%d worked examples: %v", len(examples), err)
	}
	for some := range slices.Chunk(append(files, examples...), 15) { // the validator's answer has an end
		for _, issue := range validator.Errors(v.Validate(t, "hl7.fhir.dk.core#3.7.0", nil, some...)) {
			t.Error(issue)
		}
	}
}
