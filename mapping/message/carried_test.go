package message

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/bundle"
	"tolk/mapping/document"
	"tolk/mapping/tree"
)

// A document about another citizen refuses the message, and the answer names no
// number.
func TestProcessAnotherCitizen(t *testing.T) {
	list := func(cpr string) string {
		return `{"resourceType":"Bundle","type":"collection","note":"fhir-content","entry":[{"resource":{"resourceType":"List","code":{"coding":[{"system":"http://loinc.org","code":"10160-0"}]}}},` +
			`{"resource":{"resourceType":"Patient","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"` + cpr + `"}]}}]}`
	}
	m := parse(t, sound(t))
	own := ""
	if b, err := bundle.Read(m); err == nil {
		for _, e := range b.Entries {
			if e.Type == "Patient" {
				own = m.Text(m.Find(e.Node, "identifier", "value"))
			}
		}
	}
	if o := process(Ask{Body: carrying(t, list(own)), To: "plain"}, &fake{}); o.Err != nil || len(o.Attached) != 1 {
		t.Fatalf("the same citizen: %+v", o)
	}
	for _, a := range []Ask{{}, {To: "plain"}, {To: "plain", Document: "medicinliste"}} {
		a.Body = carrying(t, list("1509819996"))
		f := &fake{}
		o := process(a, f)
		var e *mapping.Error
		if !errors.As(o.Err, &e) || e.Path != "Bundle.entry[5].resource.data" || o.Result != nil || o.Attached != nil || len(f.asked) != 0 {
			t.Fatalf("%+v: %+v", a.To, o)
		}
		if r := response(t, o); r.Code != Fatal || strings.Contains(string(o.Acknowledgement), "1509819996") || strings.Contains(string(o.Acknowledgement), own) {
			t.Errorf("%q: answered %+v", a.To, r)
		}
	}
}

// What is no document, and why.
func TestOpen(t *testing.T) {
	base := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, c := range map[string]struct{ data, fault string }{
		"JSON":          {`"data":"` + base(`{"a":1}`) + `"`, ""},
		"XML":           {`"data":"` + base(`<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/></Bundle>`) + `"`, ""},
		"with a break":  {`"data":" ` + base(`{"a":1}`)[:4] + `\n` + base(`{"a":1}`)[4:] + `"`, ""},
		"nothing":       {`"id":"x"`, "expected the document"},
		"a number":      {`"data":1`, "expected the document"},
		"no base64":     {`"data":"!"`, "expected base64"},
		"no JSON":       {`"data":"` + base(`{`) + `"`, "the attached document cannot be read: "},
		"too many":      {`"data":"` + base(`[`+strings.Repeat(`0,`, carriedNodes)+`0]`) + `"`, "the attached document cannot be read: "},
		"XML of others": {`"data":"` + base(`<Bundle xmlns="urn:x"/>`) + `"`, "the attached document cannot be read: "},
	} {
		b, err := bundle.Read(parse(t, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Binary","contentType":"Application/FHIR+JSON; charset=utf-8",`+c.data+`}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		all := Carries(b)
		if len(all) != 1 {
			t.Fatalf("%s: %d are carried", name, len(all))
		}
		if got := all[0]; c.fault == "" && (got.Err != nil || got.Doc == nil) || c.fault != "" && (got.Err == nil || !strings.Contains(got.Err.Error(), c.fault)) {
			t.Errorf("%s: %v", name, got.Err)
		}
	}
}

// A message that carries MedCom's content is one of MedCom's, whatever its header
// says of the event.
func TestProcessUnknownEvent(t *testing.T) {
	f := recognising{{Form: "fhir", Document: "korrespondance"}, {Form: "carecommunication", Document: "tilstande"}}
	for _, found := range f {
		body := with(t, sound(t), eventCodes, "http://example.org/events",
			`"meta": {"profile": ["http://medcomfhir.dk/ig/carecommunication/StructureDefinition/medcom-careCommunication-message"]},`, "",
			`"meta": {"profile": ["http://medcomfhir.dk/ig/carecommunication/StructureDefinition/medcom-careCommunication-messageHeader"]},`, "")
		o := (&Processor{Gateway: recognising{found}}).Process(Ask{Body: body, Now: now})
		if o.Message == nil || response(t, o).Code != Fatal {
			t.Errorf("recognised as %v: %+v", found, o)
		}
	}
}

// recognising is a gateway that recognises the same in everything.
type recognising []document.Recognised

func (recognising) Translate(string, document.Request) (*document.Result, error) {
	return nil, &mapping.Error{Kind: mapping.NotSupported, Message: "nothing is translated"}
}

func (r recognising) Recognise(*tree.Doc) []document.Recognised { return r }
