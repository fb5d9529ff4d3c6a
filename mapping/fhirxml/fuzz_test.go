package fhirxml

import (
	"testing"

	"tolk/mapping/tree"
)

// FuzzToJSON: no text makes ToJSON panic, and what it accepts comes back the
// same from JSON.
func FuzzToJSON(f *testing.F) {
	for _, src := range []string{
		`<Patient xmlns="http://hl7.org/fhir"><id value="a"/><name id="n"><given value="a"/><given><extension url="u"><valueCode value="b"/></extension></given></name></Patient>`,
		`<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Observation><valueQuantity><value value="-1.50E+2"/></valueQuantity></Observation></resource></entry></Bundle>`,
		`<Basic xmlns="http://hl7.org/fhir"><text><status value="empty"/><div xmlns="http://www.w3.org/1999/xhtml">a &lt; b<br/></div></text></Basic>`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		json, err := ToJSON(src, tree.Limits{})
		if err != nil {
			fault(t, err)
			return
		}
		if _, err := tree.Parse(json, tree.Limits{Depth: 1000}); err != nil {
			t.Fatalf("%s: what was written is no JSON: %v", src, err)
		}
		stable(t, json)
	})
}

// FuzzFromJSON: no document makes FromJSON panic, and what it accepts comes
// back the same from XML.
func FuzzFromJSON(f *testing.F) {
	for _, src := range []string{
		`{"resourceType":"Patient","id":"a","name":[{"id":"n","given":["a",null],"_given":[null,{"extension":[{"url":"u","valueCode":"b"}]}]}]}`,
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","valueQuantity":{"value":-1.50E+2}}}]}`,
		`{"resourceType":"Basic","text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a &lt; b\r\n</div>"}}`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		xml, err := ToXML(src, tree.Limits{})
		if err != nil {
			fault(t, err)
			return
		}
		json, err := ToJSON(string(xml), tree.Limits{Depth: 1000})
		if err != nil {
			t.Fatalf("%s: what was written is refused: %v: %s", src, err, xml)
		}
		stable(t, json)
	})
}

// stable checks that a JSON that came from XML is the same after XML.
func stable(t *testing.T, json string) {
	t.Helper()
	xml, err := ToXML(json, tree.Limits{Depth: 1000})
	if err != nil {
		t.Fatalf("%s: refused: %v", json, err)
	}
	back, err := ToJSON(string(xml), tree.Limits{Depth: 1000})
	if err != nil {
		t.Fatalf("%s: refused: %v", xml, err)
	}
	if got, want := canonical(parse(t, back), 0), canonical(parse(t, json), 0); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if again, err := ToXML(back, tree.Limits{Depth: 1000}); err != nil || string(again) != string(xml) {
		t.Errorf("got %s, %v; want %s", again, err, xml)
	}
}
