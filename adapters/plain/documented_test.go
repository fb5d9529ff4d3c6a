package plain

import (
	"regexp"
	"strings"
	"testing"

	"tolk/schemas"
	"tolk/schemas/fhir"
)

var (
	selector = regexp.MustCompile(`\[[^\]]*=[^\]]*\]`)
	address  = regexp.MustCompile(`\([^)]*\)`)
)

// The FHIR element that a field is said to become is one that R4 has.
func TestElementsAreOfR4(t *testing.T) {
	for _, name := range schemas.Documents() {
		checked := 0
		each("", schema(t, name), func(at, _ string, p map[string]any) {
			path := address.ReplaceAllString(selector.ReplaceAllString(p["x-fhir"].(string), ""), "")
			steps := strings.Split(path, ".")
			if len(steps) == 1 {
				if _, ok := fhir.Resolve(steps[0]); !ok {
					t.Errorf("%s%s: R4 has no type %s", name, at, path)
				}
				return
			}
			last := len(steps) - 1
			if choice, ok := strings.CutSuffix(steps[last], "[x]"); ok {
				steps[last] = choice + "Quantity" // a choice is there if one of its types is
			}
			if _, ok := fhir.Resolve(steps[0], steps[1:]...); !ok {
				t.Errorf("%s%s: R4 has no element %s", name, at, path)
			}
			checked++
		})
		if checked < 20 {
			t.Errorf("%s: %d elements looked up", name, checked)
		}
	}
}
