package fsiii

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures"
	"tolk/fixtures/validator"
	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

func run(t *testing.T, text string) (string, map[string]int, string, error) {
	t.Helper()
	doc, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := Steps()[0].Run(document.Source{Doc: doc, Bytes: text}, document.Request{Document: document.Medicinliste})
	if err != nil {
		return "", nil, "", err
	}
	notices := ""
	for _, n := range w.Ledger.Notices {
		notices += n.Message
	}
	return string(w.Output), w.Ledger.Counts, notices, nil
}

// Everything goes as it is: the same bytes, every leaf carried, and valid.
func TestMedicationListGoesAsItIs(t *testing.T) {
	all, err := fixtures.Load(os.DirFS(filepath.Join("..", "..", "fixtures")))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, c := range all {
		if !strings.HasPrefix(c.Name, "medicinliste/fhir-to-fsiii/") {
			continue
		}
		out, counts, notices, err := run(t, c.Input)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		doc, err := tree.Parse(c.Input, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if want := string(doc.Append(nil, doc.Root())); out != want {
			t.Errorf("%s: got %s, want %s", c.Name, out, want)
		}
		if counts["carried"] != doc.Leaves() {
			t.Errorf("%s: %d of %d leaves are carried", c.Name, counts["carried"], doc.Leaves())
		}
		if silent := strings.HasSuffix(c.Name, "/tom-uden-aarsag"); silent != (notices == bundle.SilentNotice) {
			t.Errorf("%s: the sender is told %q", c.Name, notices)
		}
		if strings.Contains(out, "G1.2") || strings.Contains(out, `"CarePlan"`) {
			t.Errorf("%s: an intervention is asserted that nobody recorded", c.Name)
		}
		file := filepath.Join(t.TempDir(), filepath.Base(c.Name)+".json")
		if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, i := range validator.Errors(validator.Find(t).Validate(t, "hl7.fhir.dk.core#3.7.0", nil, files...)) {
		t.Error(i)
	}
}

func TestMedicationListRefuses(t *testing.T) {
	tests := []struct {
		text string
		kind mapping.Kind
		path string
	}{
		{`[]`, mapping.Invalid, "resourceType"},
		{`{"resourceType":"Bundle"}`, mapping.Required, "Bundle.entry"},
		{`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}`, mapping.Required, "Bundle.entry"},
		{`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"List","subject":{"reference":"Patient/1"}}}]}`, mapping.Required, "Bundle.entry[0].resource.subject"},
	}
	for _, tt := range tests {
		_, _, _, err := run(t, tt.text)
		if e, ok := err.(*mapping.Error); !ok || e.Kind != tt.kind || e.Path != tt.path {
			t.Errorf("%s: got %v, want %s at %s", tt.text, err, tt.kind, tt.path)
		}
	}
}
