package node

import (
	"testing"

	"tolk/mapping"
	"tolk/mapping/exchange"
)

// A document about two citizens is refused: one of them would not be found, and not
// be erased. The same citizen may be in it twice, and under two kinds of number.
func TestSeveralCitizens(t *testing.T) {
	patient := func(register, number string) string {
		return `{"resource":{"resourceType":"Patient","identifier":[{"system":"` + register + `","value":"` + number + `"}]}}`
	}
	for name, tt := range map[string]struct {
		second  string
		refused bool
	}{
		"another":            {patient(registers[0], "2311143995"), true},
		"himself":            {patient(registers[0], "150981-9996"), false},
		"another register":   {patient(registers[1], "0703921VJ4"), false},
		"somebody unknown":   {patient("https://example.dk/journal", "2311143995"), false},
		"no number":          {`{"resource":{"resourceType":"Patient"}}`, false},
		"a relative, beside": {`{"resource":{"resourceType":"RelatedPerson","identifier":[{"system":"` + registers[0] + `","value":"2311143995"}]}}`, false},
	} {
		body := `{"resourceType":"Bundle","type":"collection","entry":[` + patient(registers[0], "1509819996") + `,` + tt.second + `]}`
		_, err := read(exchange.Submission{Body: body, Document: "tilstande", From: "fhir"}, nil)
		e, _ := err.(*mapping.Error)
		if got := e != nil && e.Kind == mapping.BusinessRule && e.Path == "Bundle.entry"; got != tt.refused {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
