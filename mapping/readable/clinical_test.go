package readable

import (
	"os"
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// What is private is kept and said to be, and everything else is as in Lines. CAVE
// has a section of its own.
func TestMedicineLines(t *testing.T) {
	for _, name := range []string{"medicinliste", "sundhedstjek"} {
		text, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		d, err := tree.Parse(string(text), tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Options{}.Read(d)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(append(MeasurementLines(p), MedicineLines(p)...), "\n")
		for _, l := range Lines(p) {
			withheld := strings.HasPrefix(l, "Tilstand: ") || strings.HasPrefix(l, "CAVE: ") || strings.Contains(l, "privatmarkere")
			if !withheld && !strings.Contains(all, l) {
				t.Errorf("%s: no line %q", name, l)
			}
		}
		private := 0
		for _, g := range p.Medication.groups() {
			for _, drug := range *g {
				if drug.Private {
					private++
					if !strings.Contains(all, drug.Title()) || !strings.Contains(all, "Privatmarkeret") {
						t.Errorf("%s: a private line is not kept, or does not say so", name)
					}
				}
			}
		}
		if name == "medicinliste" && private == 0 {
			t.Error("the sample has no private line")
		}
	}
}
