package work

import (
	"slices"
	"testing"
	"time"
)

// Whatever comes is read or refused, and what is sent is declared.
func FuzzSource(f *testing.F) {
	vans, err := enclose("vans", []byte(care(f)), noConformance, time.Now())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{care(f), string(vans), `{"a":1}`, `<a/>`, `<Bundle xmlns="http://hl7.org/fhir"><type value="message"/></Bundle>`, `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{}}]}`, "\xff\xfe<", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := readSource(&fakeGateway{}, body, "", "")
		if err == nil && s.doc != nil {
			marked(s.doc)
		}
		if ids := identifiers(body); len(ids) > 3 {
			t.Errorf("got %q", ids)
		}
		if kind := contentType(body); !slices.Contains([]string{"application/json", "application/xml", "application/fhir+json", "application/fhir+xml"}, kind) {
			t.Errorf("got %q", kind)
		}
		attach(body, body)
		refused(body)
	})
}
