package fmk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tolk/fixtures/shared"
)

// xsd returns the published schema of the answer, which lies beside the
// checkout. CI always has it, and xmllint.
func xsd(tb testing.TB) string {
	tb.Helper()
	shared.Program(tb, "xmllint")
	return shared.Path(tb, "official", "fmk", "schemas-2022", "01", "01", "GetMedicineCardResponse.xsd")
}

// Our own cards are valid by the published schema: what translates is FMK, and
// not what we took for it.
func TestCardsAreValid(t *testing.T) {
	schema := xsd(t)
	dir := t.TempDir()
	args := []string{"--noout", "--schema", schema}
	for name, text := range cards(t) {
		if refused(name) || strings.Contains(name, "fremmed-navnerum") || strings.Contains(name, "v146") {
			continue
		}
		file := filepath.Join(dir, name+".xml")
		if err := os.WriteFile(file, []byte(bare(t, text)), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.Command("xmllint", args...).CombinedOutput(); err != nil {
		for _, line := range strings.Split(string(out), "\n") {
			if !strings.HasSuffix(line, " validates") {
				t.Error(line)
			}
		}
		t.Fatal(err)
	}
}

// A card that is refused for its values is none that the schema allows either,
// so that nothing is refused that FMK may send. The schema knows no CPR number,
// and allows an answer to hold several cards or one of an organisation.
func TestRefusedCardsAreNotValid(t *testing.T) {
	schema := xsd(t)
	ours := map[string]bool{"afvist-cpr-ugyldigt": true, "afvist-to-kort": true, "afvist-organisationens-kort": true}
	for name, text := range cards(t) {
		if !refused(name) || strings.Contains(name, "v146") { // the schema is that of 1.6.0
			continue
		}
		file := filepath.Join(t.TempDir(), name+".xml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := exec.Command("xmllint", "--noout", "--schema", schema, file).Run(); (err == nil) != ours[name] {
			t.Errorf("%s: the schema says %v", name, err)
		}
	}
}

// bare is the card without the envelope around it.
func bare(t *testing.T, text string) string {
	t.Helper()
	doc, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := Recognise(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Element(n)
}
