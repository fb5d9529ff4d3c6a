package readable

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// A thousand lines that all lead to one drug with a thousand notes would be a
// page of a million; a list that names one drug twice is still shown.
func TestOneResourceAgainAndAgain(t *testing.T) {
	for lines, want := range map[int]mapping.Kind{2: "", 1000: mapping.TooLong} {
		text := `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"List","id":"l","entry":[` +
			strings.TrimSuffix(strings.Repeat(`{"item":{"reference":"urn:uuid:s"}},`, lines), ",") +
			`]}},{"resource":{"resourceType":"MedicationStatement","id":"s","status":"active","note":[` +
			strings.TrimSuffix(strings.Repeat(`{"text":"x"},`, 1000), ",") + `]}}]}`
		d, err := tree.Parse(text, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Read(d, time.Time{})
		var e *mapping.Error
		if got := errors.As(err, &e); got != (want != "") || got && e.Kind != want {
			t.Errorf("%d lines: got %v, want %q", lines, err, want)
		}
	}
}
