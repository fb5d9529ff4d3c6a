package fhirxml

import (
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

const head = `<?xml version="1.0" encoding="UTF-8"?>`

// The two forms of one resource, to the byte in both directions. A type in
// front of { or < stands for the resource of it.
func TestBothWays(t *testing.T) {
	for _, c := range []struct{ json, xml string }{
		{`{"resourceType":"Patient"}`, `<Patient xmlns="http://hl7.org/fhir"/>`},
		{`{"resourceType":"Patient","id":"a","birthDate":"1947-09","active":true,"multipleBirthInteger":2}`, ""},
		{`{"resourceType":"Patient","id":"a","active":true,"birthDate":"1947-09","multipleBirthInteger":2}`,
			`<Patient xmlns="http://hl7.org/fhir"><id value="a"/><active value="true"/><birthDate value="1947-09"/><multipleBirthInteger value="2"/></Patient>`},
		// decimals as written
		{`{"resourceType":"Observation","valueQuantity":{"value":-1.50E+2,"unit":"mg"}}`,
			`<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="-1.50E+2"/><unit value="mg"/></valueQuantity></Observation>`},
		{`{"resourceType":"Observation","valueQuantity":{"value":0.00000000000000000000000000001000}}`,
			`<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="0.00000000000000000000000000001000"/></valueQuantity></Observation>`},
		// what an attribute needs escaped, and what it does not
		{`{"resourceType":"Basic","id":"<&>'\"\n\t\r\\æ😀"}`,
			`<Basic xmlns="http://hl7.org/fhir"><id value="&lt;&amp;>'&quot;&#10;&#9;&#13;\æ😀"/></Basic>`},
		// ids and extensions of primitives, one and many
		{`{"resourceType":"Patient","birthDate":"1947-09-25","_birthDate":{"id":"b","extension":[{"url":"u","valueBoolean":false}]}}`,
			`<Patient xmlns="http://hl7.org/fhir"><birthDate value="1947-09-25" id="b"><extension url="u"><valueBoolean value="false"/></extension></birthDate></Patient>`},
		{`{"resourceType":"Patient","_birthDate":{"extension":[{"url":"u","valueCode":"unknown"}]}}`,
			`<Patient xmlns="http://hl7.org/fhir"><birthDate><extension url="u"><valueCode value="unknown"/></extension></birthDate></Patient>`},
		{`{"resourceType":"Patient","name":[{"given":["Bruno",null,"Test"],"_given":[null,{"id":"g"},{"id":"h"}]},{"family":"Elmer"}]}`,
			`<Patient xmlns="http://hl7.org/fhir"><name><given value="Bruno"/><given id="g"/><given value="Test" id="h"/></name><name><family value="Elmer"/></name></Patient>`},
		{`{"resourceType":"Patient","name":[{"_given":[{"id":"g"},{"id":"h"}]}]}`,
			`<Patient xmlns="http://hl7.org/fhir"><name><given id="g"/><given id="h"/></name></Patient>`},
		// attributes before elements, extensions in extensions
		{`{"resourceType":"Basic","extension":[{"id":"e","extension":[{"url":"v","valueDecimal":1.0}],"url":"u"}]}`,
			`<Basic xmlns="http://hl7.org/fhir"><extension id="e" url="u"><extension url="v"><valueDecimal value="1.0"/></extension></extension></Basic>`},
		{`{"resourceType":"Observation","_valueString":{"id":"s"}}`,
			`<Observation xmlns="http://hl7.org/fhir"><valueString id="s"/></Observation>`},
		// resources in resources
		{`{"resourceType":"List","contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Basic"}],"status":"current"}`,
			`<List xmlns="http://hl7.org/fhir"><contained><Patient><id value="p"/></Patient></contained><contained><Basic/></contained><status value="current"/></List>`},
		{`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Binary","data":"AAAA"}}]}`,
			`<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><fullUrl value="urn:uuid:1"/><resource><Patient><id value="1"/></Patient></resource></entry>` +
				`<entry><resource><Binary><data value="AAAA"/></Binary></resource></entry></Bundle>`},
		{`{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","valueInteger":-3}]}]}`,
			`<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="a"/><part><name value="b"/><valueInteger value="-3"/></part></parameter></Parameters>`},
		// content of another element, and elements stated in place
		{`{"resourceType":"Questionnaire","item":[{"linkId":"1","item":[{"linkId":"1.1","item":[{"linkId":"1.1.1"}]}]}]}`,
			`<Questionnaire xmlns="http://hl7.org/fhir"><item><linkId value="1"/><item><linkId value="1.1"/><item><linkId value="1.1.1"/></item></item></item></Questionnaire>`},
		{`{"resourceType":"MedicationStatement","dosage":[{"timing":{"repeat":{"when":["MORN","NIGHT"]}},"asNeededBoolean":true}]}`,
			`<MedicationStatement xmlns="http://hl7.org/fhir"><dosage><timing><repeat><when value="MORN"/><when value="NIGHT"/></repeat></timing><asNeededBoolean value="true"/></dosage></MedicationStatement>`},
		// the narrative, untouched
		{`{"resourceType":"Basic","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" class='a'>\n <p >1 &lt; 2<br/><br /><!-- c --></p ></div>"}}`,
			`<Basic xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml" class='a'>` + "\n" + ` <p >1 &lt; 2<br/><br /><!-- c --></p ></div></text></Basic>`},
		{`{"resourceType":"Basic","text":{"div":"<h:div xmlns:h=\"http://www.w3.org/1999/xhtml\"/>"}}`,
			`<Basic xmlns="http://hl7.org/fhir"><text><h:div xmlns:h="http://www.w3.org/1999/xhtml"/></text></Basic>`},
	} {
		xml, err := ToXML(c.json, tree.Limits{})
		if c.xml != "" && string(xml) != head+c.xml {
			t.Errorf("%s: got %s, %v; want %s", c.json, xml, err, c.xml)
			continue
		}
		json, err := ToJSON(string(xml), tree.Limits{})
		if c.xml != "" && json != c.json {
			t.Errorf("%s: got %s, %v; want %s", c.xml, json, err, c.json)
		}
		law(t, c.json, c.json)
	}
}

// What may stand in XML and says nothing; and what may be written otherwise.
func TestXMLSpellings(t *testing.T) {
	for _, c := range []struct{ xml, want string }{
		{"\uFEFF" + head + "\n<!-- a -->\n<Patient xmlns='http://hl7.org/fhir' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='http://hl7.org/fhir a.xsd'>\n" +
			"  <!-- b --><?c d?>\n  <active value = 'true' ></active>\n</Patient>\n<!-- e -->",
			`{"resourceType":"Patient","active":true}`},
		{`<f:Patient xmlns:f="http://hl7.org/fhir"><f:birthDate id="&#98;"><!-- c --></f:birthDate></f:Patient>`,
			`{"resourceType":"Patient","_birthDate":{"id":"b"}}`},
		{`<Patient xmlns="http://hl7.org/fhir"><name><given value="a"/><!-- c --><given value="b"/></name><name><text value=" a  b "/></name></Patient>`,
			`{"resourceType":"Patient","name":[{"given":["a","b"]},{"text":" a  b "}]}`},
		{"<Basic xmlns='http://hl7.org/fhir'><id value='a\nb&#xA;c&lt;'/></Basic>", `{"resourceType":"Basic","id":"a b\nc<"}`},
		{`<Bundle xmlns="http://hl7.org/fhir"><entry><resource><!-- c --><Patient/><?p i?></resource></entry></Bundle>`,
			`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}`},
		{`<Patient xmlns="http://hl7.org/fhir"><birthDate value="1947"><?p i?></birthDate></Patient>`,
			`{"resourceType":"Patient","birthDate":"1947"}`},
		// the order is the sender's
		{`<Patient xmlns="http://hl7.org/fhir"><birthDate value="1947"/><active value="true"/></Patient>`,
			`{"resourceType":"Patient","birthDate":"1947","active":true}`},
	} {
		got, err := ToJSON(c.xml, tree.Limits{})
		if err != nil || got != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.xml, got, err, c.want)
		}
	}
}

// What says nothing in JSON: the order of members, nulls at the end, white
// space around the div.
func TestJSONSpellings(t *testing.T) {
	for _, c := range []struct{ json, want string }{
		{`{"birthDate":"1947","_active":{"id":"a"},"resourceType":"Patient","active":true}`,
			`{"resourceType":"Patient","active":true,"_active":{"id":"a"},"birthDate":"1947"}`},
		{`{"resourceType":"Patient","name":[{"_given":[null,{"id":"a"},null],"given":["b",null,"c"]}]}`,
			`{"resourceType":"Patient","name":[{"given":["b",null,"c"],"_given":[null,{"id":"a"},null]}]}`},
		{`{"resourceType":"Patient","name":[{"given":["b","c"],"_given":[{"id":"a"}]}]}`,
			`{"resourceType":"Patient","name":[{"given":["b","c"],"_given":[{"id":"a"},null]}]}`},
		{`{"resourceType":"Patient","name":[{"given":[null],"_given":[{"id":"a"}]}]}`,
			`{"resourceType":"Patient","name":[{"_given":[{"id":"a"}]}]}`},
		{`{"resourceType":"Patient","name":[{"given":["a"],"_given":[null]}]}`,
			`{"resourceType":"Patient","name":[{"given":["a"]}]}`},
		{`{"resourceType":"Basic","text":{"div":" <div xmlns='http://www.w3.org/1999/xhtml'/>\n"}}`,
			`{"resourceType":"Basic","text":{"div":"<div xmlns='http://www.w3.org/1999/xhtml'/>"}}`},
		{`{"resourceType":"\u0042asic","i\u0064":"\u0061\/"}`, `{"resourceType":"Basic","id":"a/"}`},
	} {
		xml, err := ToXML(c.json, tree.Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.json, err)
			continue
		}
		if got, err := ToJSON(string(xml), tree.Limits{}); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.json, got, err, c.want)
		}
	}
}

func fault(tb testing.TB, err error) string {
	tb.Helper()
	e, ok := err.(*mapping.Error)
	if !ok {
		tb.Fatalf("got %T %v, want a *mapping.Error", err, err)
	}
	if e.Value != "" || e.Kind == "" || e.Kind == mapping.Exception {
		tb.Errorf("kind %q, value %q", e.Kind, e.Value)
	}
	return e.Error()
}

// XML that is no resource, and where it is not.
func TestXMLRefused(t *testing.T) {
	for _, c := range []struct{ xml, want string }{
		{`<Patient`, "$this: the document ends inside a tag (line 1, column 9)"},
		{`<!DOCTYPE Patient><Patient xmlns="F"/>`, "$this: a DOCTYPE is not read: it can name files and multiply text; leave it out (line 1, column 1)"},
		{`<Patient/>`, "Patient: not in the namespace of FHIR, expected http://hl7.org/fhir"},
		{`<Patient xmlns="http://hl7.org/fhir/"/>`, "Patient: not in the namespace of FHIR, expected http://hl7.org/fhir"},
		{`<Foo xmlns="F"/>`, "Foo: not a resource type of FHIR R4 that tolk reads"},
		{`<Extension xmlns="F"/>`, "Extension: not a resource type of FHIR R4 that tolk reads"},
		{`<DomainResource xmlns="F"/>`, "DomainResource: not a resource type of FHIR R4 that tolk reads"},
		{`<Resource xmlns="F"/>`, "Resource: not a resource type of FHIR R4 that tolk reads"},
		{`<Patient xmlns="F">a</Patient>`, "Patient: text in an element, expected it in the attribute value"},
		{`<Patient xmlns="F"><active value="true"/>a</Patient>`, "Patient.text(): text beside elements, expected it in an attribute value"},
		{`<Patient xmlns="F"><birthDate>1947</birthDate></Patient>`, "Patient.birthDate: text in an element, expected it in the attribute value"},
		{`<Patient xmlns="F"><birthDate/></Patient>`, "Patient.birthDate: an empty element, expected the attribute value"},
		{`<Patient xmlns="F"><name/></Patient>`, "Patient.name: an empty element, expected elements in it"},
		{`<Patient xmlns="F"><name><!-- c --></name></Patient>`, "Patient.name: an empty element, expected elements in it"},
		{`<Patient xmlns="F"><foo value="1"/></Patient>`, "Patient.foo: not an element of Patient in FHIR R4"},
		{`<Patient xmlns="F"><deceased value="true"/></Patient>`, "Patient.deceased: not an element of Patient in FHIR R4"},
		{`<Patient xmlns="F"><resourceType value="Patient"/></Patient>`, "Patient.resourceType: not an element of Patient in FHIR R4"},
		{`<Patient xmlns="F"><name><given value="a"/></name><name><bar/></name></Patient>`, "Patient.name[1].bar: not an element of HumanName in FHIR R4"},
		{`<Patient xmlns="F"><name><id value="a"/></name></Patient>`, "Patient.name.id: not an element of HumanName in FHIR R4"},
		{`<Patient xmlns="F" id="a"/>`, "Patient.@id: not an attribute of Patient in FHIR R4"},
		{`<Patient xmlns="F"><name value="a"/></Patient>`, "Patient.name.@value: not an attribute of HumanName in FHIR R4"},
		{`<Patient xmlns="F"><name use="official"/></Patient>`, "Patient.name.@use: not an attribute of HumanName in FHIR R4"},
		{`<Patient xmlns="F"><active value="true" x="1"/></Patient>`, "Patient.active.@x: not an attribute of boolean in FHIR R4"},
		{`<Patient xmlns="F"><active f:value="true" xmlns:f="F"/></Patient>`, "Patient.active.@value: not an attribute of boolean in FHIR R4"},
		{`<Patient xmlns="F"><id value="a" id="b"/></Patient>`, "Patient.id.@id: not an attribute of System.String in FHIR R4"},
		{`<Patient xmlns="F"><active value="true"><value value="a"/></active></Patient>`, "Patient.active.value: not an element of boolean in FHIR R4"},
		{`<Patient xmlns="F"><active value="true" xmlns="G"/></Patient>`, "Patient.active: not in its namespace, expected http://hl7.org/fhir"},
		{`<Patient xmlns="F"><active value="1"/></Patient>`, "Patient.active.@value: not a boolean, expected true or false"},
		{`<Patient xmlns="F"><active value="True"/></Patient>`, "Patient.active.@value: not a boolean, expected true or false"},
		{`<Patient xmlns="F"><active value="true"/><active value="true"/></Patient>`, "Patient.active[1]: stands more than once, R4 has one at the most"},
		{`<Patient xmlns="F"><name><text value="a"/></name><active value="true"/><name><text value="b"/></name></Patient>`,
			"Patient.name[1]: stands again after other elements, expected all of one name side by side"},
		{`<Patient xmlns="F"><name><given id="a"><foo value="1"/></given></name></Patient>`, "Patient.name.given.foo: not an element of string in FHIR R4"},
		{`<Patient xmlns="F" schemaLocation="a b"/>`, "Patient.@schemaLocation: not an attribute of Patient in FHIR R4"},
		{`<Patient xmlns="F" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><name xsi:schemaLocation="a b"/></Patient>`, "Patient.name.@schemaLocation: not an attribute of HumanName in FHIR R4"},
		{`<Basic xmlns="F" xmlns:f="F"><extension f:url="u"><valueCode value="a"/></extension></Basic>`, "Basic.extension.@url: not an attribute of Extension in FHIR R4"},
		{`<Bundle xmlns="F"><entry><resource>a<Patient/></resource></entry></Bundle>`, "Bundle.entry.resource.text(): expected one resource and nothing else"},
		{`<Bundle xmlns="F"><entry><resource/></entry></Bundle>`, "Bundle.entry.resource: expected one resource and nothing else"},
		{`<Bundle xmlns="F"><entry><resource id="a"><Patient/></resource></entry></Bundle>`, "Bundle.entry.resource.@id: expected one resource and nothing else"},
		{`<Bundle xmlns="F"><entry><resource><Patient/><Patient/></resource></entry></Bundle>`, "Bundle.entry.resource.Patient[1]: expected one resource and nothing else"},
		{`<Bundle xmlns="F"><entry><resource><Foo/></resource></entry></Bundle>`, "Bundle.entry.resource.Foo: not a resource type of FHIR R4 that tolk reads"},
		{`<Basic xmlns="F"><text><div>a</div></text></Basic>`, "Basic.text.div: not in its namespace, expected http://www.w3.org/1999/xhtml"},
		{`<Basic xmlns="F"><text><div value="a"/></text></Basic>`, "Basic.text.div: not in its namespace, expected http://www.w3.org/1999/xhtml"},
		{`<Basic xmlns="F" xmlns:h="http://www.w3.org/1999/xhtml"><text><h:div/></text></Basic>`,
			"Basic.text.div: not a div that can stand alone, expected its namespaces declared on it: http://www.w3.org/1999/xhtml"},
	} {
		src := strings.ReplaceAll(c.xml, `"F"`, `"http://hl7.org/fhir"`)
		json, err := ToJSON(src, tree.Limits{})
		if err == nil {
			t.Errorf("%s: accepted as %s", src, json)
		} else if got := fault(t, err); got != c.want {
			t.Errorf("%s: got %q, want %q", src, got, c.want)
		}
	}
	for _, number := range []string{"", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", " 1", "1,5", "--1", "-", "1.5.2", "NaN", "1_0", "1d5", "1D5", "1ex5", "1:", "1;", "1/"} {
		_, err := ToJSON(`<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="`+number+`"/></valueQuantity></Observation>`, tree.Limits{})
		want := "Observation.valueQuantity.value.@value: not a number of FHIR, expected digits, with a point before decimals and no plus sign"
		if err == nil || fault(t, err) != want {
			t.Errorf("%q: got %v, want %q", number, err, want)
		}
	}
}

// JSON that has no place in XML, and where it is.
func TestJSONRefused(t *testing.T) {
	const alone = "null with nothing beside it, expected a value or, in the sibling, extensions"
	for _, c := range []struct{ json, want string }{
		{`[]`, "$this: expected a resource, which is an object"},
		{`{}`, "$this: resourceType is missing"},
		{`{"resourceType":"Foo"}`, "Foo.resourceType: not a resource type of FHIR R4 that tolk reads"},
		{`{"resourceType":"HumanName"}`, "HumanName.resourceType: not a resource type of FHIR R4 that tolk reads"},
		{`{"resourceType":1}`, "$this.resourceType: not a resource type of FHIR R4 that tolk reads"},
		{`{"resourceType":"Patient","foo":1}`, "Patient.foo: not an element of Patient in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","2509479989":1}`, "Patient.children()[1]: not an element of Patient in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","":1}`, "Patient.children()[1]: not an element of Patient in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","fhir_comments":["a"]}`, "Patient.fhir_comments: not an element of Patient in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","_name":[{"id":"a"}]}`, "Patient._name: not an element of Patient in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","_id":{"id":"a"}}`, "Patient._id: not an element of Patient in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","__active":{"id":"a"}}`, "Patient.__active: not an element of Patient in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","deceased":true}`, "Patient.deceased: not an element of Patient in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","name":[{"resourceType":"HumanName"}]}`, "Patient.name[0].resourceType: not an element of HumanName in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","_active":{"value":true}}`, "Patient._active.value: not an element of boolean in FHIR R4, XML has no place for it"},
		{`{"resourceType":"Patient","name":{"text":"a"}}`, "Patient.name: expected an array"},
		{`{"resourceType":"Patient","name":[]}`, "Patient.name: expected an array that is not empty"},
		{`{"resourceType":"Patient","name":["a"]}`, "Patient.name[0]: expected an object"},
		{`{"resourceType":"Patient","name":[null]}`, "Patient.name[0]: expected an object"},
		{`{"resourceType":"Patient","name":[{}]}`, "Patient.name[0]: expected an object that is not empty"},
		{`{"resourceType":"Patient","name":[{"given":"a"}]}`, "Patient.name[0].given: expected an array"},
		{`{"resourceType":"Patient","name":[{"given":[]}]}`, "Patient.name[0].given: expected an array that is not empty"},
		{`{"resourceType":"Patient","name":[{"given":["a",1]}]}`, "Patient.name[0].given[1]: expected a string"},
		{`{"resourceType":"Patient","name":[{"given":["a",null]}]}`, "Patient.name[0].given[1]: " + alone},
		{`{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,null]}]}`, "Patient.name[0].given[1]: " + alone},
		{`{"resourceType":"Patient","name":[{"given":["a"],"_given":[null,null]}]}`, "Patient.name[0]._given[1]: " + alone},
		{`{"resourceType":"Patient","name":[{"given":["a"],"_given":[{}]}]}`, "Patient.name[0]._given[0]: expected an object of an id and extensions that is not empty"},
		{`{"resourceType":"Patient","name":[{"given":["a"],"_given":{"id":"b"}}]}`, "Patient.name[0]._given: expected an array"},
		{`{"resourceType":"Patient","active":["true"]}`, "Patient.active: expected true or false, without quotes"},
		{`{"resourceType":"Patient","active":"true"}`, "Patient.active: expected true or false, without quotes"},
		{`{"resourceType":"Patient","active":null}`, "Patient.active: expected true or false, without quotes"},
		{`{"resourceType":"Patient","_active":null}`, "Patient._active: expected an object of an id and extensions"},
		{`{"resourceType":"Patient","active":true,"_active":{}}`, "Patient._active: expected an object of an id and extensions that is not empty"},
		{`{"resourceType":"Patient","birthDate":1947}`, "Patient.birthDate: expected a string"},
		{`{"resourceType":"Patient","multipleBirthInteger":"2"}`, "Patient.multipleBirthInteger: expected a number, without quotes"},
		{`{"resourceType":"Basic","extension":[{"url":1}]}`, "Basic.extension[0].url: expected a string"},
		{`{"resourceType":"Basic","extension":[{"url":null}]}`, "Basic.extension[0].url: expected a string"},
		{`{"resourceType":"Basic","id":"a\u0000"}`, "Basic.id: a character that XML does not have"},
		{`{"resourceType":"Basic","id":"a\uffff"}`, "Basic.id: a character that XML does not have"},
		{`{"resourceType":"Basic","id":"a\ufffeb"}`, "Basic.id: a character that XML does not have"},
		{`{"resourceType":"Basic","id":"a\uffffb"}`, "Basic.id: a character that XML does not have"},
		{`{"resourceType":"Basic","extension":[{"url":"a\u0000","valueCode":"b"}]}`, "Basic.extension[0].url: a character that XML does not have"},
		{`{"resourceType":"Basic","contained":[{"id":"a"}]}`, "Basic.contained[0]: resourceType is missing"},
		{`{"resourceType":"Basic","contained":["a"]}`, "Basic.contained[0]: expected a resource, which is an object"},
		{`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Foo"}}]}`, "Bundle.entry[0].resource.resourceType: not a resource type of FHIR R4 that tolk reads"},
		{`{"resourceType":"Basic","text":{"div":1}}`, "Basic.text.div: expected a string"},
		{`{"resourceType":"Basic","text":{"div":""}}`, "Basic.text.div: not the XML of a div: $this: the document ends here, expected an element (line 1, column 1)"},
		{`{"resourceType":"Basic","text":{"div":"<div>a</div>"}}`, `Basic.text.div: not the XML of a div: not a div of XHTML, expected <div xmlns="http://www.w3.org/1999/xhtml">`},
		{`{"resourceType":"Basic","text":{"div":"<p xmlns='http://www.w3.org/1999/xhtml'/>"}}`, `Basic.text.div: not the XML of a div: not a div of XHTML, expected <div xmlns="http://www.w3.org/1999/xhtml">`},
		{`{"resourceType":"Basic","text":{"div":"<!-- a --><div xmlns='http://www.w3.org/1999/xhtml'/>"}}`, `Basic.text.div: not the XML of a div: not a div of XHTML, expected <div xmlns="http://www.w3.org/1999/xhtml">`},
		{`{"resourceType":"Basic","text":{"div":"<div xmlns='http://www.w3.org/1999/xhtml'>&nbsp;</div>"}}`,
			"Basic.text.div: not the XML of a div: div: expected &amp; &lt; &gt; &quot; &apos; or a character reference after & (line 1, column 43)"},
		{`{"resourceType":"Basic","text":{"div":"<div xmlns='http://www.w3.org/1999/xhtml'/></text><text>"}}`,
			"Basic.text.div: not the XML of a div: div: a tag after the root element, expected the end of the document (line 1, column 44)"},
		{`{"resourceType":"Basic","text":{"_div":{"id":"a"}}}`, "Basic.text._div: not an element of Narrative in FHIR R4, XML has no place for it"},
	} {
		xml, err := ToXML(c.json, tree.Limits{})
		if err == nil {
			t.Errorf("%s: accepted as %s", c.json, xml)
		} else if got := fault(t, err); got != c.want {
			t.Errorf("%s: got %q, want %q", c.json, got, c.want)
		}
	}
}

// What is XML in FHIR's namespace is told by the namespace alone, in any encoding.
func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		`<Patient xmlns="http://hl7.org/fhir"/>`:    true,
		`<f:Foo xmlns:f="http://hl7.org/fhir"/>`:    true,
		utf16(`<Foo xmlns="http://hl7.org/fhir"/>`): true,
		`<Patient/>`: false,
		`<Patient xmlns="http://hl7.org/fhir/"/>`:                     false,
		`<a xmlns="urn:x"><Patient xmlns="http://hl7.org/fhir"/></a>`: false,
		`<Patient xmlns="http://hl7.org/fhir">`:                       false,
		"<Patient xmlns=\"http://hl7.org/fhir\">\xe6</Patient>":       false,
		`{"resourceType":"Patient"}`:                                  false,
		"":                                                            false,
	} {
		if got := Is(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

// utf16 is a text in UTF-16, the lower byte first, with a byte order mark.
func utf16(ascii string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for i := range len(ascii) {
		b.WriteByte(ascii[i])
		b.WriteByte(0)
	}
	return b.String()
}
