package canonical

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tolk/mapping"
	"tolk/mapping/tree"
)

// reading reads a Parameters resource as it is written.
func reading(t testing.TB, text string) (Params, error) {
	t.Helper()
	d, err := tree.Parse(text, tree.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return ReadParams(d, d.Root())
}

// What is ill-formed is refused where it stands, with what would be accepted.
func TestParametersRefused(t *testing.T) {
	const first = "Parameters.parameter[0]"
	for given, want := range map[string]string{
		// the parameter itself
		`null`:                        first + ": expected an object with name and a value",
		`"url"`:                       first + ": expected an object with name and a value",
		`[]`:                          first + ": expected an object with name and a value",
		`{}`:                          first + ".name: required",
		`{"valueString":"x"}`:         first + ".name: required",
		`{"name":""}`:                 first + ".name: expected a string that is not empty",
		`{"name":null}`:               first + ".name: expected a string that is not empty",
		`{"name":7,"valueString":""}`: first + ".name: expected a string that is not empty",
		`{"name":["url"]}`:            first + ".name: expected a string that is not empty",
		`{"name":"url"}`:              first + ": a value, a resource or parts: one is required",
		`{"name":"url","valueUri":"a","valueString":"b"}`:                                  first + ": has more than one of value[x], resource and part",
		`{"name":"url","valueUri":"a","part":[]}`:                                          first + ": has more than one of value[x], resource and part",
		`{"name":"url","value":"a"}`:                                                       first + ".value: accepted in a parameter: name, value[x], resource, part",
		`{"name":"url","valueuri":"a"}`:                                                    first + ".valueuri: accepted in a parameter: name, value[x], resource, part",
		`{"name":"url","Value":"a"}`:                                                       first + ".Value: accepted in a parameter: name, value[x], resource, part",
		`{"name":"url","valueUri":"a","id":5}`:                                             first + ".id: expected a string that is not empty",
		`{"name":"url","valueUri":"a","extension":{}}`:                                     first + ".extension: expected an array of objects, not empty",
		`{"name":"url","valueUri":"a","extension":[null]}`:                                 first + ".extension: expected an array of objects, not empty",
		`{"name":"url","valueUri":null}`:                                                   first + ".valueUri: expected a string that is not empty",
		`{"name":"url","valueUri":""}`:                                                     first + ".valueUri: expected a string that is not empty",
		`{"name":"url","valueUri":{}}`:                                                     first + ".valueUri: expected a string that is not empty",
		`{"name":"mine","valueBoolean":"true"}`:                                            first + ".valueBoolean: accepted: true, false",
		`{"name":"mine","valueBoolean":null}`:                                              first + ".valueBoolean: accepted: true, false",
		`{"name":"mine","valueInteger":"7"}`:                                               first + ".valueInteger: expected a whole number",
		`{"name":"mine","valueInteger":7.5}`:                                               first + ".valueInteger: expected a whole number",
		`{"name":"mine","valuePositiveInt":[7]}`:                                           first + ".valuePositiveInt: expected a whole number",
		`{"name":"mine","valueDecimal":"7"}`:                                               first + ".valueDecimal: expected a number",
		`{"name":"mine","valuePeriod":[]}`:                                                 first + ".valuePeriod: expected an object that is not empty",
		`{"name":"mine","valuePeriod":{}}`:                                                 first + ".valuePeriod: expected an object that is not empty",
		`{"name":"mine","valuePeriod":null}`:                                               first + ".valuePeriod: expected an object that is not empty",
		`{"name":"mine","valueQuantity":"7 kg"}`:                                           first + ".valueQuantity: expected an object that is not empty",
		`{"name":"valueSet","resource":[]}`:                                                first + ".resource: expected a resource, an object with resourceType",
		`{"name":"valueSet","resource":null}`:                                              first + ".resource: expected a resource, an object with resourceType",
		`{"name":"valueSet","resource":{}}`:                                                first + ".resource: expected a resource, an object with resourceType",
		`{"name":"valueSet","resource":{"resourceType":7}}`:                                first + ".resource: expected a resource, an object with resourceType",
		`{"name":"mine","part":{}}`:                                                        first + ".part: expected an array of parameters, not empty",
		`{"name":"mine","part":[]}`:                                                        first + ".part: expected an array of parameters, not empty",
		`{"name":"mine","part":null}`:                                                      first + ".part: expected an array of parameters, not empty",
		`{"name":"mine","part":[null]}`:                                                    first + ".part[0]: expected an object with name and a value",
		`{"name":"mine","part":[{"name":"a","valueCode":"b"},{"name":"a","valueCode":4}]}`: first + ".part[1].valueCode: expected a string that is not empty",
		`{"name":"mine","part":[{"name":"a","valueCode":4}]}`:                              first + ".part[0].valueCode: expected a string that is not empty",
		// what codings are made of
		`{"name":"coding","valueCoding":[]}`:                                        first + ".valueCoding: expected a Coding, with system and code",
		`{"name":"coding","valueCoding":null}`:                                      first + ".valueCoding: expected a Coding, with system and code",
		`{"name":"coding","valueCoding":{"system":"x","code":null}}`:                first + ".valueCoding.code: expected a string that is not empty",
		`{"name":"coding","valueCoding":{"system":"x","code":7}}`:                   first + ".valueCoding.code: expected a string that is not empty",
		`{"name":"coding","valueCoding":{"system":"x","code":""}}`:                  first + ".valueCoding.code: expected a string that is not empty",
		`{"name":"coding","valueCoding":{"system":"x","code":"a","dispaly":"y"}}`:   first + ".valueCoding.dispaly: not an element of Coding; accepted: system, version, code, display, userSelected",
		`{"name":"coding","valueCoding":{"code":"a","userSelected":"yes"}}`:         first + ".valueCoding.userSelected: accepted: true, false",
		`{"name":"codeableConcept","valueCodeableConcept":[]}`:                      first + ".valueCodeableConcept: expected a CodeableConcept, with coding",
		`{"name":"codeableConcept","valueCodeableConcept":{"coding":{}}}`:           first + ".valueCodeableConcept.coding: expected an array of Coding, not empty",
		`{"name":"codeableConcept","valueCodeableConcept":{"coding":null}}`:         first + ".valueCodeableConcept.coding: expected an array of Coding, not empty",
		`{"name":"codeableConcept","valueCodeableConcept":{"coding":[]}}`:           first + ".valueCodeableConcept.coding: expected an array of Coding, not empty",
		`{"name":"codeableConcept","valueCodeableConcept":{"coding":[null]}}`:       first + ".valueCodeableConcept.coding[0]: expected a Coding, with system and code",
		`{"name":"codeableConcept","valueCodeableConcept":{"codings":[{}]}}`:        first + ".valueCodeableConcept.codings: not an element of CodeableConcept; accepted: coding, text",
		`{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"code":1}]}}`: first + ".valueCodeableConcept.coding[0].code: expected a string that is not empty",
		`{"name":"codeableConcept","valueCodeableConcept":{"text":1}}`:              first + ".valueCodeableConcept.text: expected a string that is not empty",
		// the type of what is known
		`{"name":"url","valueBoolean":true}`:                                                             first + ".valueBoolean: accepted for url: a string, as valueString, valueUri, valueCanonical, valueCode",
		`{"name":"url","valueInteger":5}`:                                                                first + ".valueInteger: accepted for url: a string, as valueString, valueUri, valueCanonical, valueCode",
		`{"name":"url","resource":{"resourceType":"Patient"}}`:                                           first + ".resource: accepted for url: a string, as valueString, valueUri, valueCanonical, valueCode",
		`{"name":"code","valueCoding":{"code":"a"}}`:                                                     first + ".valueCoding: accepted for code: a string, as valueString, valueUri, valueCanonical, valueCode",
		`{"name":"coding","valueCode":"a"}`:                                                              first + ".valueCode: accepted for coding: valueCoding",
		`{"name":"codingA","valueCodeableConcept":{"text":"a"}}`:                                         first + ".valueCodeableConcept: accepted for codingA: valueCoding",
		`{"name":"codeableConcept","valueCoding":{"code":"a"}}`:                                          first + ".valueCoding: accepted for codeableConcept: valueCodeableConcept",
		`{"name":"activeOnly","valueString":"true"}`:                                                     first + ".valueString: accepted for activeOnly: valueBoolean",
		`{"name":"count","valueString":"7"}`:                                                             first + ".valueString: accepted for count: valueInteger",
		`{"name":"valueSet","valueUri":"http://x"}`:                                                      first + ".valueUri: accepted for valueSet: resource",
		`{"name":"tx-resource","part":[{"name":"a","part":[]}]}`:                                         first + ".part: accepted for tx-resource: resource",
		`{"name":"date","valueBoolean":true}`:                                                            first + ".valueBoolean: accepted for date: a date, as valueDate, valueDateTime",
		`{"name":"url","valueUri":"a"},{"name":"url"}`:                                                   "Parameters.parameter[1]: a value, a resource or parts: one is required",
		`{"name":"url","valueUri":"a"},{"name":"url","part":[]}`:                                         "Parameters.parameter[1].part: accepted for url: a string, as valueString, valueUri, valueCanonical, valueCode",
		`{"name":"url","valueUri":"a"},{"name":"url","valueUri":"a"}`:                                    "Parameters.parameter[1]: url is given more than once, accepted once",
		`{"name":"count","valueInteger":1},{"name":"a","valueId":"b"},{"name":"count","valueInteger":2}`: "Parameters.parameter[2]: count is given more than once, accepted once",
	} {
		_, err := reading(t, `{"resourceType":"Parameters","parameter":[`+given+`]}`)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Error() != want || e.Kind == "" {
			t.Errorf("%s:\ngot  %v\nwant %s", given, err, want)
		}
	}
	for given, want := range map[string]string{
		`[]`:                           "$this: expected a resource of type Parameters",
		`{"resourceType":"Patient"}`:   "Patient: expected a resource of type Parameters",
		`{"resourceType":["Patient"]}`: "$this: expected a resource of type Parameters",
		`{"resourceType":"Parameters","parameter":{}}`:         "Parameters.parameter: expected an array",
		`{"resourceType":"Parameters","parameter":null}`:       "Parameters.parameter: expected an array",
		`{"resourceType":"Parameters","parameters":[]}`:        "Parameters.parameters: accepted in Parameters: resourceType, id, meta, language, parameter",
		`{"resourceType":"Parameters","id":7}`:                 "Parameters.id: expected a string that is not empty",
		`{"resourceType":"Parameters","language":null}`:        "Parameters.language: expected a string that is not empty",
		`{"resourceType":"Parameters","meta":[]}`:              "Parameters.meta: expected an object that is not empty",
		`{"resourceType":"Parameters","implicitRules":"http"}`: "Parameters.implicitRules: accepted in Parameters: resourceType, id, meta, language, parameter",
	} {
		_, err := reading(t, given)
		var e *mapping.Error
		if !errors.As(err, &e) || e.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", given, err, want)
		}
	}
}

// What is well-formed is read: names that nobody knows, every type of FHIR, what may
// stand more than once, and what says something about the parameter only.
func TestParametersRead(t *testing.T) {
	for given, want := range map[string]string{
		``: "",
		`{"name":"mine","valueString":"a"},{"name":"mine","valueString":"b"}`: "mine String a, mine String b",
		`{"name":"mine","valueDecimal":7.50}`:                                 "mine Decimal 7.50",
		`{"name":"mine","valueInteger":-7}`:                                   "mine Integer -7",
		`{"name":"mine","valueInteger64":"7"}`:                                "mine Integer64 7",
		`{"name":"mine","valuePeriod":{"start":"2026"}}`:                      "mine Period ",
		`{"name":"mine","valueAttachment":{"title":"a"}}`:                     "mine Attachment ",
		`{"name":"codeableConcept","valueCodeableConcept":{"id":"i","text":"a","_text":{"id":"t"},"extension":[{"url":"u"}]}}`:      "codeableConcept CodeableConcept ",
		`{"name":"mine","part":[{"name":"a","part":[{"name":"url","valueString":"b"}]}]}`:                                           "mine part ",
		`{"id":"p","extension":[{"url":"u"}],"name":"url","valueCanonical":"http://x|1"}`:                                           "url Canonical http://x|1",
		`{"name":"property","valueCode":"a"},{"name":"property","valueString":"b"}`:                                                 "property Code a, property String b",
		`{"name":"system-version","valueUri":"a|1"},{"name":"system-version","valueUri":"b|1"}`:                                     "system-version Uri a|1, system-version Uri b|1",
		`{"name":"date","valueDateTime":"2026-01-01"}`:                                                                              "date DateTime 2026-01-01",
		`{"name":"activeOnly","valueBoolean":false}`:                                                                                "activeOnly Boolean false",
		`{"name":"codeableConcept","valueCodeableConcept":{"text":"a"}}`:                                                            "codeableConcept CodeableConcept ",
		`{"name":"coding","valueCoding":{"id":"i","code":"a","_display":{"id":"x"},"extension":[{"url":"u"}],"userSelected":true}}`: "coding Coding ",
		`{"name":"tx-resource","resource":{"resourceType":"Patient"}},{"name":"tx-resource","resource":{"resourceType":"Basic"}}`:   "tx-resource resource , tx-resource resource ",
	} {
		p, err := reading(t, `{"resourceType":"Parameters","id":"a","meta":{"tag":[]},"language":"da","parameter":[`+given+`]}`)
		var got []string
		for _, q := range p {
			got = append(got, fmt.Sprintf("%s %s %s", q.Name, q.Type, q.Text))
		}
		if strings.Join(got, ", ") != want || err != nil {
			t.Errorf("%s:\ngot  %q, %v\nwant %q", given, strings.Join(got, ", "), err, want)
		}
	}
}

// In a query a value is text: it must be one of its type, and stand once too.
func TestSound(t *testing.T) {
	body := params(t, `{"name":"url","valueUri":"http://x"}`)
	for _, c := range []struct {
		p    Params
		want string
	}{
		{query("url", "http://x", "activeOnly", "true", "count", "10", "mine", "?", "mine", "!", "property", "a", "property", "b"), ""},
		{query("url", "a", "url", "b"), "url: given more than once, accepted once"},
		{append(body, query("url", "http://y")...), "url: given more than once, accepted once"},
		{append(body, query("property", "a", "property", "b")...), ""},
		{query("includeDefinition", "yes"), "includeDefinition: accepted: true, false"},
		{query("offset", "1.5"), "offset: expected a whole number"},
		{query("coding", "a|b"), "coding: accepted only in the Parameters of a POST"},
		{query("codeableConcept", "a"), "codeableConcept: accepted only in the Parameters of a POST"},
		{query("valueSet", "http://x"), "valueSet: accepted only in the Parameters of a POST"},
	} {
		err := c.p.Sound()
		if got := fmt.Sprint(err); got != c.want && !(err == nil && c.want == "") {
			t.Errorf("%v:\ngot  %v\nwant %s", c.p, err, c.want)
		}
	}
}

// asParameters writes parameters as a Parameters resource.
func asParameters(p Params) string {
	b := []byte(`{"resourceType":"Parameters","parameter":[`)
	for i, q := range p {
		if i > 0 {
			b = append(b, ',')
		}
		member := q.Type
		if member != "resource" && member != "part" {
			member = "value" + member
		}
		b = append(b, `{"name":`+tree.Quote(q.Name)+`,`+tree.Quote(member)+`:`...)
		b = append(q.Doc.Append(b, q.Node), '}')
	}
	return string(append(b, "]}"...))
}

// Whatever is sent, reading it does not panic, and what is accepted reads the same
// when it is written again. Every refusal says where and what.
func FuzzParameters(f *testing.F) {
	for _, seed := range []string{
		`{"name":"url","valueUri":"http://x"},{"name":"count","valueInteger":7},{"name":"activeOnly","valueBoolean":true}`,
		`{"name":"coding","valueCoding":{"system":"http://x","code":"a"}},{"name":"a","part":[{"name":"b","valueDecimal":1.50}]}`,
		`{"name":"codeableConcept","valueCodeableConcept":{"coding":[{"code":"a"},null]}}`,
		`{"name":"valueSet","resource":{"resourceType":"ValueSet"}},{"name":"x","valueString":"\u00e6"},{"name":7}`,
		`{"name":"url","valueUri":"a"},{"name":"url","part":[]}`, `null,[]`,
	} {
		f.Add(`{"resourceType":"Parameters","parameter":[` + seed + `]}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := tree.Parse(text, tree.Limits{Bytes: 1 << 16})
		if err != nil || d.XML() {
			return
		}
		p, err := ReadParams(d, d.Root())
		if err != nil {
			var e *mapping.Error
			if !errors.As(err, &e) || e.Path == "" || e.Message == "" {
				t.Errorf("refused without saying where and what: %v", err)
			}
			return
		}
		again, err := reading(t, asParameters(p))
		if err != nil || len(again) != len(p) {
			t.Fatalf("%s\nreads as %d parameters, %v, and not as %d", asParameters(p), len(again), err, len(p))
		}
		for i, q := range again {
			o := p[i]
			if q.Name != o.Name || q.Type != o.Type || q.Text != o.Text || string(q.Doc.Append(nil, q.Node)) != string(o.Doc.Append(nil, o.Node)) {
				t.Errorf("%d: got %+v, want %+v", i, q, o)
			}
		}
	})
}
