package healthcheck

import (
	"strings"
	"testing"

	"tolk/mapping/tree"
)

// A health check is about one citizen. With two in one document somebody's
// measurements, and the other's number, would go where they do not belong.
func TestOpenRefusesASecondCitizen(t *testing.T) {
	const (
		one  = `{"resource":{"resourceType":"Patient","id":"a"}}`
		two  = `{"resource":{"resourceType":"Patient","id":"b"}}`
		made = `{"resource":{"resourceType":"Observation","id":"c"}}`
	)
	for entries, refused := range map[string]bool{one + "," + made: false, made: false, one + "," + made + "," + two: true} {
		doc, err := tree.Parse(`{"resourceType":"Bundle","entry":[`+entries+`]}`, tree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(doc, "hco", Hub)
		if got := err != nil && strings.HasPrefix(err.Error(), "Bundle.entry[2].resource: a second citizen"); got != refused {
			t.Errorf("%s: got %v, want refused: %v", entries, err, refused)
		}
	}
}
